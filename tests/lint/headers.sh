#!/bin/sh
# SPDX-License-Identifier: MIT
# headers.sh: every header compiles alone, and its guard is called after its path.
bad=0
pq=$(pkg-config --cflags libpq)
for h in lib/*/*.h; do
	guard=SIT_$(echo "${h#lib/}" | tr 'a-z/.-' 'A-Z___')
	if ! grep -q "^#ifndef $guard\$" "$h" || ! grep -q "^#define $guard\$" "$h"; then
		echo "$h:1: the guard should be $guard"
		bad=1
	fi
	# shellcheck disable=SC2086 # flags are words
	${CC:-cc} -std=c11 -D_GNU_SOURCE -Ilib $pq -Wall -Wextra -Werror -fsyntax-only -include "$h" -x c /dev/null 2>&1 || {
		echo "$h:1: does not compile alone"
		bad=1
	}
done
exit $bad
