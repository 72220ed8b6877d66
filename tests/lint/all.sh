#!/bin/sh
# SPDX-License-Identifier: MIT
# all.sh [NAME...]: every check, or those named; each says file:line: what is wrong, then "ok NAME" or "not ok NAME". Two that use all cores by
# themselves come last, the others are made one a core.
cd "$(dirname "$0")/../.." || exit 1
lint=tests/lint
build=${BUILD:-build}
jobs=${JOBS:-$(nproc)}
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

one() {
	ended=0
	said=$("$1" 2>&1) || ended=$?
	[ "$ended" = 0 ] && printf '%s\n' "${said:+$said
}ok lint $1" && return
	printf '%s\nnot ok lint %s\n' "$said" "$1"
	return 1
}

if [ "${LINT_ONE-}" ]; then
	unset LINT_ONE
	one "$1"
	exit
fi
bad=0
[ $# -gt 0 ] || set -- shell headers man self generated layers sql silence sizes docs globals words pages cppcheck tidy
list=$(mktemp) || exit 1
alone=
for check; do
	case $check in
	cppcheck | tidy) alone="$alone $check" ;;
	*) echo "$check" ;;
	esac
done >"$list"
LINT_ONE=1 xargs -n 1 -P "$jobs" "$lint/all.sh" <"$list" || bad=1
rm -f "$list"
for check in $alone; do one "$check" || bad=1; done
exit $bad
