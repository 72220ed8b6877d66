#!/bin/sh
# SPDX-License-Identifier: MIT
# shell.sh: shellcheck over every script. In bats files: variables come from helpers.
bad=0
scripts=$(find tests share examples .ci -type f ! -path '*/data/*' -exec awk 'FNR == 1 { if (/^#!.*(\/|env )(ba|da)?sh( |$)/) print FILENAME; nextfile }' {} + | sort)
# shellcheck disable=SC2086
shellcheck -S warning -f gcc $scripts || bad=1
shellcheck -S warning -f gcc -s bash completions/*.bash tests/*.bash || bad=1
find tests share -name '*.bats' -print0 | sort -z |
	xargs -0 shellcheck -S warning -f gcc -s bats -e SC2154,SC2034 || bad=1
exit $bad
