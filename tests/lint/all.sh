#!/bin/sh
# SPDX-License-Identifier: MIT
# all.sh [NAME...]: every check, or those named, one after the other; each says file:line: what is wrong, then "ok NAME" or "not ok NAME".
cd "$(dirname "$0")/../.." || exit 1
lint=tests/lint
build=${BUILD:-build}
jobs=${JOBS:-2}
SIT_BIN=$build/bin
export SIT_BIN
unset MAKEFLAGS MFLAGS

layers() { find lib cmd -name '*.[ch]' | sort | xargs awk -f $lint/layers.awk lib/LAYERS; }
sql() { $lint/sql.sh; }
silence() { $lint/silence.sh; }
sizes() { find lib cmd -name '*.[ch]' | sort | xargs awk -f $lint/c.awk | awk -f $lint/sizes.awk; }
docs() { awk -f $lint/docs.awk lib/*/*.h; }
headers() { $lint/headers.sh; }
globals() { $lint/globals.sh "$build"; }
words() { $lint/words.sh; }
shell() { $lint/shell.sh; }
pages() { $lint/pages.sh; }
man() {
	bad=0
	for p in "$SIT_BIN"/sit*; do $lint/man.sh "${p##*/}" || bad=1; done
	return $bad
}
generated() { $lint/generated.sh; }
self() { bats --tap $lint/self.bats; }
tidy() { make -s -k -j"$jobs" tidy; }
# Off: what takes cleanup attributes for leaks, and what guesses about callers; sanitizers see both.
cppcheck() {
	mkdir -p "$build/cppcheck"
	command cppcheck -q -j"$jobs" --std=c11 --enable=warning,portability --error-exitcode=1 --inline-suppr \
		--suppress=missingIncludeSystem --suppress=memleak --suppress=ctuuninitvar --suppress=ctunullpointer --suppress=nullPointerRedundantCheck \
		--template='{file}:{line}: {message} [{id}]' \
		--cppcheck-build-dir="$build/cppcheck" -Ilib -D_GNU_SOURCE -DSIT_VERSION='""' -DSIT_PREFIX='""' lib cmd
}

bad=0
[ $# -gt 0 ] || set -- layers sql silence sizes docs headers globals words shell pages man generated self cppcheck tidy
for check; do
	if "$check"; then
		echo "ok lint $check"
	else
		echo "not ok lint $check"
		bad=1
	fi
done
exit $bad
