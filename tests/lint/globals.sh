#!/bin/sh
# SPDX-License-Identifier: MIT
# globals.sh [BUILD]: no object of the library exports a variable; base and codec keep none at all. Const tables are fine: the
# section tells, as nm calls relocated const tables "D".
build=${1:-build}
bad=0
for c in lib/*/*.c; do
	o=$build/${c%.c}.o
	[ -f "$o" ] || { echo "$c:1: not compiled, $o is missing"; bad=1; continue; }
	objdump -t "$o" | awk -v c="$c" '
	BEGIN { still = c ~ /^lib\/(base|codec)\// }
	{
		# ADDRESS FLAGS SECTION<TAB>SIZE [.hidden] NAME: flags are seven columns, g at the first, O at the last
		at = index($0, " ")
		flags = substr($0, at + 1, 7)
		rest = substr($0, at + 9)
		section = rest; sub(/\t.*/, "", section)
		name = rest; sub(/.* /, "", name)
	}
	flags !~ /O/ && section != "*COM*" { next }
	section !~ /^\.(data|bss|tdata|tbss)/ && section != "*COM*" { next }
	section ~ /^\.data\.rel\.ro/ || name == "prog" { next }
	flags ~ /^[gu]/ || section == "*COM*" { print c ":1: exports the variable " name; bad = 1; next }
	still { print c ":1: keeps the variable " name "; base and codec have no state"; bad = 1 }
	END { exit bad }' || bad=1
done
exit $bad
