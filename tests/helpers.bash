# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# For all bats files: `load ../helpers`. Every test has its own store path, a fixed clock, and nothing of the caller's settings.
bats_require_minimum_version 1.5.0

top=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd)
SIT_BIN=${SIT_BIN:-build/bin}
[[ $SIT_BIN == /* ]] || SIT_BIN=$top/$SIT_BIN
export SIT_BIN

setup() {
	export SIT_DB SIT_NOW=2026-02-01T12:00:00Z
	SIT_DB=$(place test)
	export PATH=$SIT_BIN:$PATH LC_ALL=C.UTF-8 TZ=UTC
	export HOME=$BATS_TEST_TMPDIR/home XDG_CONFIG_HOME=$BATS_TEST_TMPDIR/config XDG_DATA_HOME=$BATS_TEST_TMPDIR/data
	unset SIT_ORG SIT_TZ SIT_FORMAT SIT_KEY NO_COLOR
	mkdir -p "$HOME" "$XDG_CONFIG_HOME" "$XDG_DATA_HOME"
	cd "$top" || return 1
	if declare -F given >/dev/null; then
		given
	fi
}

teardown() {
	[[ ! -e $BATS_TEST_TMPDIR/places ]] || xargs -n 1 dropdb --if-exists --force <"$BATS_TEST_TMPDIR/places"
}

# Tests run on SQLite, and with SIT_TEST_STORE=pg once more on the server of tests/with-postgres, each in databases of its own.
on_postgres() {
	[[ ${SIT_TEST_STORE-} == pg ]]
}

# The programs carry sanitizers, which take memory, and stand in for malloc.
sanitized() {
	grep -qa __asan_init "$SIT_BIN/sit-db"
}

# only_sqlite WHY: the test is about files of SQLite.
only_sqlite() {
	! on_postgres || skip "$1"
}

# only_postgres WHY: the test is about what a server does.
only_postgres() {
	on_postgres || skip "$1"
}

# place NAME: where a store of that name would be; nothing is there yet.
place() {
	local name=t${BATS_SUITE_TEST_NUMBER:-0}_${BASHPID}_$1
	if on_postgres; then
		echo "$name" >>"$BATS_TEST_TMPDIR/places"
		# shellcheck disable=SC2059 # a URL with %s for the database
		printf "$SIT_TEST_PG\n" "$name"
	else
		printf '%s\n' "$BATS_TEST_TMPDIR/$1.db"
	fi
}

# shellcheck disable=SC2120
# new_place [URL]: an empty database for sit-db init; where stores are files there is nothing to do.
new_place() {
	local name=${1:-$SIT_DB}
	name=${name%%\?*}
	! on_postgres || createdb "${name##*/}"
}

# sql TEXT: look into the store beside all programs; columns are separated by '|'.
sql() {
	if on_postgres; then
		PGOPTIONS='-c search_path=main' psql -qAtX -v ON_ERROR_STOP=1 -d "$SIT_DB" -c "$1"
	else
		sqlite3 "$SIT_DB" "$1"
	fi
}

# fingerprint: the same as before when nothing whatever was written to the store.
fingerprint() {
	if on_postgres; then
		pg_dump -a -d "${SIT_DB/sit@/super@}" | grep -v -e '^\\\(un\)\?restrict ' -e setval | md5sum
	else
		md5sum <"$SIT_DB"
	fi
}

# Why a test fails: a line, then what the program said.
explain() {
	{
		printf '%s\n' "$1"
		printf 'status: %s\n' "${status-}"
		printf 'stdout: %s\n' "${output-}"
		printf 'stderr: %s\n' "${stderr-}"
	} >&2
	return 1
}

# new_store [--org X]: an empty store at $SIT_DB that honours SIT_NOW. A copy of the first one: to make it takes nine times as long, under sanitizers sixty (measured).
new_store() {
	local name=${SIT_DB%%\?*} made=$BATS_RUN_TMPDIR/store$*.db
	if on_postgres && (($# == 0)); then
		# shellcheck disable=SC2086 # an option and its word, or nothing
		createdb -T sit_template $SIT_TEST_PG_COPY "${name##*/}"
	elif ! on_postgres && [[ ${SIT_NOW-} == 2026-02-01T12:00:00Z && $SIT_DB == /* && ! -e $SIT_DB ]]; then
		[[ -e $made ]] || { sit-db init --test "$@" -D "$made.$BASHPID" >/dev/null && mv "$made.$BASHPID" "$made"; }
		cp -p "$made" "$SIT_DB"
	else
		new_place
		sit-db init --test "$@" >/dev/null
	fi
}

# try COMMAND...: run it with standard error apart, in $status, $output, $lines, $stderr, $stderr_lines.
try() {
	run --separate-stderr "$@"
}

# want STATUS: what the last command ended with.
want() {
	[[ $status == "$1" ]] || explain "exit status $status, want $1"
}

silent_stdout() {
	[[ -z $output ]] || explain "standard output should be empty"
}

silent_stderr() {
	[[ -z $stderr ]] || explain "standard error should be empty"
}

# one_line_stderr [PATTERN]: exactly one line, that contains the text.
one_line_stderr() {
	[[ -n $stderr && $stderr != *$'\n'* ]] || explain "standard error should be one line"
	[[ $stderr == *"${1-}"* ]] || explain "standard error should contain: $1"
}

# expect TEXT: standard output, byte for byte but for line ends at its end.
expect() {
	[[ $output == "$1" ]] || explain "want on standard output: $1"
}

# expect_lines N: number of lines on standard output.
expect_lines() {
	local n
	n=$(printf '%s' "$output${output:+$'\n'}" | wc -l)
	((n == $1)) || explain "$n lines, want $1"
}

# expect_json FILTER VALUE...: what jq's filter gives over the records on standard output, one value a record.
expect_json() {
	local filter=$1 got want
	shift
	got=$(jq -c "$filter" <<<"$output") || explain "not JSON"
	want=$(printf '%s\n' "$@" | jq -c .) || want=$(printf '%s\n' "$@" | jq -Rc .)
	[[ $got == "$want" ]] || explain "$filter gives ${got//$'\n'/ }, want ${want//$'\n'/ }"
}

# programs: names of all programs that were built.
programs() {
	local p
	for p in "$SIT_BIN"/sit*; do
		[[ -x $p && ! -d $p ]] && printf '%s\n' "${p##*/}"
	done
}
