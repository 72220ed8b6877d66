#!/bin/sh
# SPDX-License-Identifier: MIT
# man.sh PROGRAM: its page says every option and verb that the program has, and none that it has not; options that all programs
# share are in sit(1). The page is correct mdoc.
here=$(dirname "$0")
p=$1
page=man/$p.1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

[ -f "$page" ] || { echo "$page:1: there is no manual of $p"; exit 1; }
"${SIT_BIN:-build/bin}/$p" --describe >"$work/describe" || { echo "$page:1: $p --describe failed"; exit 1; }
awk -f "$here/man.awk" "$page" >"$work/page"
if [ "$p" = sit ] || [ ! -f man/sit.1 ]; then cp "$work/page" "$work/common"; else awk -f "$here/man.awk" man/sit.1 >"$work/common"; fi

options='.options[] | "\(.common) --\(.long)", (select(.short != "") | "\(.common) -\(.short)")'
jq -r "$options" "$work/describe" >"$work/options"
jq -r '.verbs[].name | gsub(" "; "_")' "$work/describe" >"$work/verbs"

{
	while read -r common option; do
		where=$work/page at=$page
		[ "$common" = false ] || { where=$work/common at=man/sit.1; [ -f "$at" ] || at=$page; }
		grep -q -e "^say $option " "$where" || echo "$at:1: does not say option $option of $p"
	done <"$work/options"
	while read -r verb; do
		grep -q -e "^cm $verb " "$work/page" || echo "$page:1: does not say verb $verb of $p"
	done <"$work/verbs"
	# sit(1) documents for all programs; another page only for its own.
	sed -n 's/^fl \(.*\) \([0-9]*\)$/\1 \2/p' "$work/page" | while read -r option line; do
		grep -q -e " $option\$" "$work/options" || echo "$page:$line: $p has no option $option"
	done
	mandoc -Tlint -W style "$page" 2>&1 | grep -v -e 'referenced manual not found' -e 'outdated mandoc.db' | sed 's/^mandoc: //'
} >"$work/found"
cat "$work/found"
[ ! -s "$work/found" ]
