#!/bin/sh
# SPDX-License-Identifier: MIT
# shell.sh: shellcheck over every script, and what other shells say of theirs. In bats files: variables come from helpers.
bad=0
scripts=$(find tests share examples .ci -type f ! -path '*/data/*' -exec awk 'FNR == 1 { if (/^#!.*(\/|env )(ba|da)?sh( |$)/) print FILENAME; nextfile }' {} + | sort)
# shellcheck disable=SC2086
shellcheck -S warning -f gcc $scripts || bad=1
shellcheck -S warning -f gcc -s bash completions/*.bash tests/*.bash || bad=1
find tests share -name '*.bats' -print0 | sort -z |
	xargs -0 shellcheck -S warning -f gcc -s bats -e SC2154,SC2034 || bad=1
# Other languages than shellcheck's: whether the shell itself can read it.
reads() {
	reader=$1
	command -v "$reader" >/dev/null || return 0
	shift
	for f; do
		[ -f "$f" ] || continue
		"$reader" -n "$f" >"$said" 2>&1 || bad=1
		sed "s|^|$f:1: |" "$said"
	done
}
said=$(mktemp) || exit 1
trap 'rm -f "$said"' EXIT
reads zsh completions/_* tests/*.zsh
reads fish completions/*.fish tests/*.fish
exit $bad
