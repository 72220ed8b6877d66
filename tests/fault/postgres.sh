#!/usr/bin/env bash
# shellcheck disable=SC2154 # what fault.bash sets
# SPDX-License-Identifier: MIT
# postgres.sh ROUNDS NAME...: what a server can do to a stream that goes in (under tests/with-postgres): terminated, restarted, unanswered. F23.
# Each says "ok NAME".
set -euo pipefail
work=$(mktemp -d "${TMPDIR:-/tmp}/sit-fault.XXXXXX")
cleanup() {
	local pid
	for pid in $(jobs -p); do
		kill "$pid" 2>/dev/null || true
	done
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
# shellcheck source=tests/fault/fault.bash
. tests/fault/fault.bash
devices=20

url() { # DATABASE [HOST]
	# shellcheck disable=SC2059 # a URL with %s for the database
	printf "${SIT_TEST_PG%\?*}?host=${2:-$SIT_TEST_PG_DIR}\n" "$1"
}

# stream NAME ROUNDS DISTURB LEAST [HOST]: so many times new points go in while DISTURB is called with the database's name and a time in us; LEAST
# percent of the programs go on all the same.
stream() {
	local name=$1 rounds=$2 disturb=$3 least=$4 host=${5-} db i pid rc from took counted survived=0
	local -a reports=()
	createdb "$name"
	db=$(url "$name")
	empty_store "$db" "$devices"
	messages 0 40 "$devices" >"$work/part"
	from=${EPOCHREALTIME/./}
	sit-ingest --db "$db" "${emitting[@]}" "$work/part" >"$work/report.0"
	took=$((${EPOCHREALTIME/./} - from))
	reports=("$work/report.0")
	cp "$work/part" "$work/all"
	for ((i = 1; i <= rounds; i++)); do
		messages $((i * 40)) 40 "$devices" >"$work/part"
		cat "$work/part" >>"$work/all"
		rc=0
		sit-ingest --db "$(url "$name" $host)" "${emitting[@]}" "$work/part" >"$work/report.$i" 2>"$work/err" &
		pid=$!
		"$disturb" "$name" $((RANDOM * took / 32768))
		wait "$pid" || rc=$?
		# Where it was not writing it may end, and say so.
		[[ $rc == 0 ]] || ended_well "$rc" "$work/err" || return
		[[ $rc == 0 ]] || echo "# $name: $(head -n 1 "$work/err")"
		((survived += rc == 0))
		reports+=("$work/report.$i")
	done
	echo "# $name: $survived of $rounds went on, the others said so"
	((survived * 100 >= rounds * least)) || { fail "only $survived of $rounds went on"; return; }
	# A batch that was stored and done again would be counted again.
	counted=$(psql -qAtX -U super -d "$name" -c 'SELECT sum(stored), sum(duplicate) FROM main.ledger')
	[[ $counted == "$(sit-db stats --db "$db" -f jsonl | jq .points)|0" ]] || { fail "the ledger says $counted"; return; }
	holds "$db" "$work/all" "${reports[@]}"
}

after() { # US
	sleep "$(printf '%d.%06d' $(($1 / 1000000)) $(($1 % 1000000)))"
}

terminate() {
	after "$2"
	psql -qAtX -U super -d postgres -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '$1'" >/dev/null
}

restart() {
	after "$2"
	"$SIT_TEST_PG_CTL" restart -m immediate
}

nothing() { :; }

terminated() { stream terminated "$1" terminate 30; }
restarted() { stream restarted "$1" restart 0; }
unanswered() {
	local proxy ready
	mkdir "$work/proxy"
	exec {ready}< <(exec python3 tests/fault/pgproxy.py "$SIT_TEST_PG_DIR/.s.PGSQL.${PGPORT:-5432}" "$work/proxy/.s.PGSQL.${PGPORT:-5432}" 5 "$work/lost" & echo $!; wait)
	read -r proxy <&"$ready"
	read -r _ <&"$ready"
	stream unanswered "$1" nothing 100 "$work/proxy" || { kill "$proxy"; return 1; }
	kill "$proxy"
	(($(grep -c reply "$work/lost") >= $1 && $(grep -c request "$work/lost") >= $1)) || fail "only $(sort "$work/lost" | uniq -c) were lost"
}

rounds=$1
shift
bad=0
for name; do
	if "$name" "$rounds"; then
		echo "ok $name"
	else
		echo "not ok $name"
		bad=1
	fi
done
exit $bad
