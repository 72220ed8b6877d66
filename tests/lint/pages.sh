#!/bin/sh
# SPDX-License-Identifier: MIT
# pages.sh: every page is correct mdoc, and what it refers to of ours is there.
# On standard error is only what its database lacks, in the middle of lines of the other.
mandoc -Tlint -W style man/*.[1-8] share/new/*.1 2>/dev/null | grep -v 'referenced manual not found' | sed 's/^mandoc: //' | grep . && exit 1
awk '
$1 == ".Xr" && $2 ~ /^sit/ && (getline line <("man/" $2 "." $3)) < 0 && FILENAME !~ /new/ {
	print FILENAME ":" FNR ": there is no " $2 "(" $3 ")"
	bad = 1
}
{ close("man/" $2 "." $3) }
END { exit bad }' man/*.[1-8]
