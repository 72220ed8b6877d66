#!/bin/sh
# SPDX-License-Identifier: MIT
# generated.sh: the committed completions and pages are what make generate writes.
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
bad=0
"${MAKE:-make}" -s generate OUT="$work" || exit 1
cd "$work" || exit 1
made=$(find completions man -type f | sort)
cd "$OLDPWD" || exit 1
for f in $made; do
	diff -u "$f" "$work/$f" >"$work/diff" 2>&1 && continue
	echo "$f:1: differs from what the programs describe; run make generate"
	head -n 20 "$work/diff"
	bad=1
done
for f in completions/*; do
	[ -f "$work/$f" ] && continue
	echo "$f:1: make generate does not write it"
	bad=1
done
exit $bad
