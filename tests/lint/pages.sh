#!/bin/sh
# SPDX-License-Identifier: MIT
# pages.sh: every page is correct mdoc, and what it refers to of ours is there.
# One at a time: what it says of several on its two streams comes mixed within lines.
for page in man/*.[1-8] share/new/*.1; do mandoc -Tlint -W style "$page" 2>&1; done | grep -v -e 'referenced manual not found' -e 'outdated mandoc.db' | sed 's/^mandoc: //' | grep . && exit 1
awk '
$1 == ".Xr" && $2 ~ /^sit/ && (getline line <("man/" $2 "." $3)) < 0 && FILENAME !~ /new/ {
	print FILENAME ":" FNR ": there is no " $2 "(" $3 ")"
	bad = 1
}
{ close("man/" $2 "." $3) }
END { exit bad }' man/*.[1-8]
