# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: MIT
# What the tests of faults share: a stream of points, a store for them, and what must hold whatever happened. Sourced by run.sh (make
# fault) and by tests/cli/fault.bats, which sets $work and SIT_BIN. FAULT_SEED and FAULT_ROUNDS choose what happens and how often.
RANDOM=${FAULT_SEED:=1}

# messages FIRST COUNT DEVICES: of five datapoints each, COUNT minutes of all devices from minute FIRST on.
messages() {
	awk -v first="$1" -v count="$2" -v devices="$3" 'BEGIN {
		for (m = first; m < first + count; m++)
			for (d = 1; d <= devices; d++)
				printf "{\"device\":\"m-%d\",\"ts\":%d,\"values\":{\"a\":%.1f,\"b\":%d,\"c\":%.3f,\"d\":%d,\"e\":%.2f}}\n", d, 1767225600 + 60 * m,
					230 + (m * 7 + d) % 50 / 10, m, (m * d) % 1000 / 1000, m % 2, m * d / 100
	}'
}
points_of() { echo $(($(wc -l <"$1") * 5)); }

# empty_store FILE DEVICES
empty_store() {
	rm -f "$1" "$1"-* "$1".*
	sit-db init --db "$1" >/dev/null
	sit-model add meter --db "$1"
	printf '{"name":"%s","model":"meter"}\n' a b c d e | sit-datapoint add --file - --db "$1"
	seq -f '{"name":"m-%g","model":"meter"}' "$2" | sit-device add --file - --db "$1"
}

# copy_store FROM TO: with nothing of an earlier TO beside it.
copy_store() {
	rm -f "$2" "$2"-* "$2".*
	cp "$1" "$2"
}

fail() {
	printf 'not ok: %s (FAULT_SEED=%s)\n' "$*" "$FAULT_SEED" >&2
	return 1
}

# Ingest that reports what it stored, a line a point.
emitting=(--emit -f csv --no-header --batch 500)

# holds STORE INPUT REPORT...: what was reported is stored, nothing twice, the store is sound; then all of the input goes in, and is there once.
holds() {
	local db=$1 input=$2 lost twice books count
	shift 2
	sit-db check --db "$db" >"$work/check" 2>&1 || { fail "sit-db check: $(head -n 1 "$work/check")"; return; }
	sit-export '*' '*' --all --db "$db" -f csv --no-header --columns ts,device,datapoint,value,quality | LC_ALL=C sort >"$work/stored"
	# The end of a report may be cut off within a line: that was not reported.
	for report; do
		tail -c 1 "$report" | grep -q . && sed '$d' "$report" || cat "$report"
	done | LC_ALL=C sort >"$work/reported"
	lost=$(LC_ALL=C comm -23 "$work/reported" "$work/stored" | wc -l)
	((lost == 0)) || { fail "$lost points were reported and are not there"; return; }
	twice=$(cut -d, -f1-3 "$work/stored" | uniq -d | wc -l)
	((twice == 0)) || { fail "$twice points are there twice"; return; }
	books=$(sit-ingest --db "$db" --stats -f jsonl "$input") || { fail "ingest afterwards: exit $?"; return; }
	jq -e --argjson all "$(points_of "$input")" '.read == $all and .stored + .duplicate == $all' <<<"$books" >/dev/null ||
		{ fail "books afterwards: $books"; return; }
	count=$(sit-export '*' '*' --all --db "$db" -f csv --no-header | wc -l)
	((count == $(points_of "$input"))) || { fail "$count points of $(points_of "$input")"; return; }
	sit-db check --db "$db" >"$work/check" 2>&1 || fail "sit-db check at the end: $(head -n 1 "$work/check")"
}

# kills ROUNDS DEVICES: a stream that goes in is killed at a random moment, begins anew where the next minutes are, is killed again.
kills() {
	local rounds=$1 devices=$2 db=$work/kills.db i pid from took us rc killed=0
	local -a reports=()
	empty_store "$db" "$devices"
	messages 0 40 "$devices" >"$work/part"
	from=${EPOCHREALTIME/./}
	sit-ingest --db "$db" "${emitting[@]}" "$work/part" >"$work/report.0"
	took=$((${EPOCHREALTIME/./} - from))
	reports=("$work/report.0")
	cp "$work/part" "$work/all"
	# On a machine whose load comes and goes the first run may have taken longer than those that follow: then the kills come earlier.
	for ((i = 1; i <= rounds || (i <= rounds * 5 && killed * 2 < rounds); i++)); do
		messages $((i * 40)) 40 "$devices" >"$work/part"
		cat "$work/part" >>"$work/all"
		: >"$work/report.$i" # the kill may come before the program does
		sit-ingest --db "$db" "${emitting[@]}" < <(cat "$work/part") >"$work/report.$i" &
		pid=$!
		us=$((RANDOM * took / 32768))
		sleep "$(printf '%d.%06d' $((us / 1000000)) $((us % 1000000)))"
		kill -KILL "$pid" 2>/dev/null || true
		rc=0
		wait "$pid" 2>/dev/null || rc=$?
		killed=$((killed + (rc == 137)))
		((rc == 137)) || took=$((took * 3 / 4 + 1))
		reports+=("$work/report.$i")
	done
	((killed * 2 >= rounds)) || { fail "only $killed of $rounds were killed while they ran"; return; }
	holds "$db" "$work/all" "${reports[@]}"
}

# kills_at_calls STEP DEVICES: killed at the n-th system call that changes a file, for every STEP-th n, until it ends by itself.
kills_at_calls() {
	local step=$1 devices=$2 n killed=0 rc=137 calls=pwrite64,write,fdatasync,fsync,ftruncate,unlink,rename,linkat
	empty_store "$work/empty.db" "$devices"
	messages 0 10 "$devices" >"$work/calls.in"
	for ((n = 1; rc != 0; n += step)); do
		copy_store "$work/empty.db" "$work/calls.db"
		rc=0
		( # of its own, for the shell that says "Killed"
			strace -f -o /dev/null -e trace="$calls" -e inject="$calls:signal=KILL:when=$n" \
				sit-ingest --db "$work/calls.db" "${emitting[@]}" --batch 50 "$work/calls.in" >"$work/calls.out" 2>"$work/calls.err"
			exit $?
		) 2>/dev/null || rc=$?
		[[ $rc == 0 || $rc == 137 ]] || { fail "call $n: exit $rc: $(head -n 1 "$work/calls.err")"; return; }
		((killed += rc != 0))
		holds "$work/calls.db" "$work/calls.in" "$work/calls.out" || { fail "killed at call $n"; return; }
	done
	((killed > 0)) || fail 'nothing was killed'
}

# full_by_limit DEVICES: no file may grow beyond a part of what is needed (RLIMIT_FSIZE).
full_by_limit() {
	local devices=$1 blocks from rc part stopped=0
	empty_store "$work/empty.db" "$devices"
	messages 0 1500 "$devices" >"$work/full.in"
	copy_store "$work/empty.db" "$work/full.db"
	sit-ingest --db "$work/full.db" "$work/full.in"
	from=$(($(stat -c %s "$work/empty.db") / 1024))
	blocks=$(($(stat -c %s "$work/full.db") / 1024 - from))
	for part in 20 50 80; do
		copy_store "$work/empty.db" "$work/full.db"
		rc=0
		(
			ulimit -f $((from + blocks * part / 100))
			sit-ingest --db "$work/full.db" "${emitting[@]}" "$work/full.in" 2>"$work/full.err" | cat >"$work/full.out"
			exit "${PIPESTATUS[0]}"
		) || rc=$?
		ended_well "$rc" "$work/full.err" || return
		stopped=$((stopped + (rc == 5)))
		holds "$work/full.db" "$work/full.in" "$work/full.out" || { fail "files limited at $part %"; return; }
	done
	((stopped > 0)) || fail 'no limit was reached'
}

# Done, or stopped by the disk with one line that says so.
ended_well() { # STATUS ERRORS
	[[ $1 == 0 && ! -s $2 ]] || { [[ $1 == 5 ]] && (($(grep -vc '^sit-ingest: read ' "$2") == 1)); } ||
		fail "exit $1: $(head -n 3 "$2")"
}

# full_disk DEVICES: a file system of its own that is too small; then it is made larger.
full_disk() {
	local devices=$1 need part rc stopped=0 disk=$work/disk
	empty_store "$work/empty.db" "$devices"
	messages 0 200 "$devices" >"$work/full.in"
	copy_store "$work/empty.db" "$work/full.db"
	sit-ingest --db "$work/full.db" "$work/full.in"
	need=$(stat -c %s "$work/full.db")
	mkdir -p "$disk"
	for part in 50 90 150; do
		mount -t tmpfs -o size=$((need * part / 100)) fault "$disk" || return
		rc=0
		if cp "$work/empty.db" "$disk/full.db" 2>/dev/null; then
			sit-ingest --db "$disk/full.db" "${emitting[@]}" "$work/full.in" >"$work/full.out" 2>"$work/full.err" || rc=$?
			((stopped += rc == 5))
			ended_well "$rc" "$work/full.err" && mount -o remount,size=$((need * 20)) "$disk" &&
				holds "$disk/full.db" "$work/full.in" "$work/full.out" || rc=255
		fi
		umount "$disk"
		((rc != 255)) || { fail "disk of $part %"; return; }
	done
	((stopped > 0)) || fail 'the disk was never full'
}

# snapshot --db STORE: a backup that is thrown away.
snapshot() {
	rm -rf "$work/snapshot"
	sit-backup create "$work/snapshot" "$@"
}

# pieces NAME FIRST DEVICES SECONDS: minutes from FIRST on, twenty at a time, until the time is up; kept in NAME.in.
pieces() {
	local m pause end=$((SECONDS + $4))
	exec {pause}<>"$work/pause"
	for ((m = $2; SECONDS < end; m += 20)); do
		messages "$m" 20 "$3" | tee -a "$work/$1.in" || break
		read -rt 0.05 -u "$pause" || true # a live source is not as fast as it can be
	done
	exec {pause}>&-
}

# crowd SECONDS DEVICES: for so long two ingests, questions, compaction and backups at once: nobody sees an error.
crowd() {
	local seconds=$1 devices=$2 db=$work/crowd.db rc=0 name
	local -a writers=()
	empty_store "$db" "$devices"
	rm -f "$work/stop" "$work/pause" "$work"/crowd.err.* "$work/a.in" "$work/b.in"
	mkfifo "$work/pause"
	for name in a:0 b:10; do
		pieces "${name%:*}" "${name#*:}" "$devices" "$seconds" |
			sit-ingest --db "$db" --keep first "${emitting[@]}" - >"$work/${name%:*}.out" 2>"$work/crowd.err.${name%:*}" &
		writers+=($!)
	done
	for name in 'sit-query * * --all --every 1h --agg count' 'sit-db compact' snapshot; do
		( set -f
		# shellcheck disable=SC2086
		while [[ ! -e $work/stop ]]; do $name --db "$db" >/dev/null || echo "exit $?" >&2; done ) 2>"$work/crowd.err.${name%% *}" &
	done
	for name in "${writers[@]}"; do wait "$name" || rc=1; done
	: >"$work/stop"
	wait
	for name in "$work"/crowd.err.*; do
		[[ ! -s $name ]] || { fail "${name##*.} saw: $(sort "$name" | uniq -c | head -n 3)"; rc=1; }
	done
	((rc == 0)) || return
	sort -u "$work/a.in" "$work/b.in" >"$work/both.in"
	holds "$db" "$work/both.in" "$work/a.out" "$work/b.out"
}

# backups ROUNDS DEVICES: beside a running ingest. Each restores, and holds all that was reported before it began, and then a beginning of what came.
backups() {
	local rounds=$1 devices=$2 db=$work/backups.db i n pid had rc=0
	empty_store "$db" "$devices"
	rm -rf "$work/sets" "$work/pause" "$work/more.in"
	mkdir "$work/sets"
	mkfifo "$work/pause"
	pieces more 0 "$devices" 86400 | sit-ingest --db "$db" "${emitting[@]}" - >"$work/backups.out" 2>"$work/backups.err" &
	pid=$!
	for ((i = 1; i <= rounds; i++)); do
		had[i]=$(wc -l <"$work/backups.out")
		sit-backup create "$work/sets/$i" --db "$db" || { fail "backup $i: exit $?"; rc=1; }
	done
	kill -TERM "$pid"
	wait "$pid" 2>/dev/null || true
	for ((i = 1; i <= rounds && rc == 0; i++)); do
		sit-backup verify "$work/sets/$i" >"$work/backups.found" || { fail "backup $i: $(head -n 1 "$work/backups.found")"; return; }
		rm -f "$work"/restored.db*
		sit-backup restore "$work/sets/$i" --to "$work/restored.db" >/dev/null || { fail "restore $i: exit $?"; return; }
		sit-export '*' '*' --all --db "$work/restored.db" -f csv --no-header --columns ts,device,datapoint,value,quality | LC_ALL=C sort >"$work/restored"
		n=$(wc -l <"$work/restored")
		((n >= had[i])) || { fail "backup $i has $n points, ${had[i]} had been reported"; return; }
		head -n "$n" "$work/backups.out" | LC_ALL=C sort | cmp -s - "$work/restored" || { fail "backup $i is no beginning of what came"; return; }
	done
	((rc == 0 && $(wc -l <"$work/restored") > 0)) || fail 'nothing came in'
}

# together DEVICES MINUTES: two ingests of the same points and more, questions, and compaction where there is one, all at once: nobody sees an error.
together() {
	local devices=$1 minutes=$2 db=$work/together.db rc=0 a b
	empty_store "$db" "$devices"
	messages 0 "$minutes" "$devices" >"$work/a.in"
	messages $((minutes / 2)) "$minutes" "$devices" >"$work/b.in"
	rm -f "$work/stop" "$work"/together.err.*
	writer() {
		local from=${EPOCHREALTIME/./}
		sit-ingest --db "$db" --keep first "${emitting[@]}" "$work/$1.in" >"$work/$1.out" 2>"$work/together.err.$1" || echo "exit $?" >>"$work/together.err.$1"
		echo $((${EPOCHREALTIME/./} - from)) >"$work/$1.took"
	}
	again() { # NAME COMMAND...: until both are through
		local name=$1
		shift
		while [[ ! -e $work/stop ]]; do
			"$@" --db "$db" >/dev/null 2>>"$work/together.err.$name" || echo "exit $?" >>"$work/together.err.$name"
		done
	}
	writer a &
	a=$!
	writer b &
	b=$!
	again query sit-query '*' '*' --all --every 1h --agg count &
	again latest sit-latest &
	again check sit-db check &
	again compact sit-db compact &
	again backup snapshot &
	wait "$a" "$b"
	: >"$work/stop"
	wait
	for f in "$work"/together.err.*; do
		[[ ! -s $f ]] || { fail "${f##*.} saw: $(sort "$f" | uniq -c | head -n 3)"; rc=1; }
	done
	((rc == 0)) || return
	awk '{ v[NR] = $1 } END { s = v[1] < v[2] ? v[1] / v[2] : v[2] / v[1]; exit s < 0.25 }' "$work/a.took" "$work/b.took" ||
		{ fail "one ingest starved: $(cat "$work/a.took" "$work/b.took" | paste -sd' ') us"; return; }
	sort -u "$work/a.in" "$work/b.in" >"$work/both.in"
	holds "$db" "$work/both.in" "$work/a.out" "$work/b.out"
}

# compact_kills ROUNDS DEVICES: while points go in and are asked for, compaction is killed at a random moment, again and again.
compact_kills() {
	local rounds=$1 devices=$2 db=$work/ckills.db rc i a b us pid took pause killed=0
	empty_store "$db" "$devices"
	messages 0 1500 "$devices" >"$work/part"
	sit-ingest --db "$db" "${emitting[@]}" "$work/part" >"$work/ckills.0"
	cp "$work/part" "$work/ckills.in"
	rm -f "$work/stop" "$work"/ckills.err.*
	( for ((m = 1500; ; m += 100)); do
		[[ ! -e $work/stop ]] || break
		messages "$m" 100 "$devices" >"$work/more"
		cat "$work/more" >>"$work/ckills.in"
		sit-ingest --db "$db" "${emitting[@]}" "$work/more" || echo "exit $?" >&2
	done >"$work/ckills.1" 2>"$work/ckills.err.ingest" ) &
	a=$!
	( while [[ ! -e $work/stop ]]; do
		sit-query '*' '*' --all --every 1d --agg count --db "$db" >/dev/null || echo "exit $?" >&2
		sit-latest --db "$db" >/dev/null || echo "exit $?" >&2
	done 2>"$work/ckills.err.query" ) &
	b=$!
	mkfifo "$work/pause"
	exec {pause}<>"$work/pause"
	sit-db compact --all --db "$db"
	# One that is killed while a sanitizer looks for leaks is complained of by it.
	local -x ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
	us=${EPOCHREALTIME/./}
	sit-db compact --all --db "$db"
	took=$((${EPOCHREALTIME/./} - us))
	for ((i = 0; i < rounds * 10 && killed < rounds; i++)); do
		sit-db compact --all --db "$db" 2>>"$work/ckills.err.compact" &
		pid=$!
		us=$((RANDOM * took / 32768))
		read -rt "$(printf '0.%06d' "$us")" -u "$pause" || true # sleep takes longer to start
		kill -KILL "$pid" 2>/dev/null || true
		rc=0
		wait "$pid" 2>/dev/null || rc=$?
		[[ $rc == 0 || $rc == 137 ]] || fail "compact: exit $rc"
		killed=$((killed + (rc == 137)))
	done
	: >"$work/stop"
	wait "$a" "$b"
	exec {pause}>&-
	for f in "$work"/ckills.err.*; do
		[[ ! -s $f ]] || { fail "${f##*.} saw: $(sort "$f" | uniq -c | head -n 3)"; return; }
	done
	((killed * 2 >= rounds)) || { fail "only $killed of $i compactions were killed while they ran"; return; }
	holds "$db" "$work/ckills.in" "$work/ckills.0" "$work/ckills.1" || return
	sit-db compact --all --db "$db"
	holds "$db" "$work/ckills.in" "$work/ckills.0" "$work/ckills.1"
}

# torn STATES DEVICES: the power goes at random moments of ingest, merges, seals and compaction; sectors not synced are written or not.
torn() {
	local states=$1 devices=$2 db=$work/torn.db so=${FAULT:?}/record.so
	empty_store "$db" "$devices"
	messages 0 200 "$devices" >"$work/torn.in"
	sit-ingest --db "$db" "${emitting[@]}" --batch 20000 "$work/torn.in" >"$work/torn.report"
	cp "$db" "$work/torn.base"
	rm -f "$work/torn.record"
	messages 200 100 "$devices" >"$work/torn.in"
	recorded() { FAULT_STORE=$db FAULT_RECORD=$work/torn.record FAULT_REPORT=$work/torn.report LD_PRELOAD=$so "$@"; }
	recorded sit-ingest --db "$db" "${emitting[@]}" --batch 100 "$work/torn.in" >>"$work/torn.report"
	recorded sit-db compact --all --db "$db"
	python3 tests/fault/torn.py "$work/torn.record" "$work/torn.base" "$work/torn.report" "$states" "$FAULT_SEED" || fail 'power cuts'
}

# flipped TABLE ROWID SQL WHERE...: what the statement does to the row of a copy is found by check, by name and time, left out by reads, put aside by a merge.
flipped() {
	local table=$1 row=$2 change=$3 where=$4 db=$work/flip.db rc=0 late
	copy_store "$work/flips.db" "$db"
	[[ $(sqlite3 "$db" "PRAGMA foreign_keys = 0; UPDATE $table SET $change WHERE rowid = $row; SELECT changes()") == 1 ]] || { fail "$table $row: $change"; return; }
	sit-db check --db "$db" >"$work/flip.check" 2>/dev/null || rc=$?
	((rc == 1)) || { fail "check does not see $table $row: $change"; return; }
	case $where in
	elsewhere) return ;; # the row is another's now: it has no name
	esac
	grep -Eq 'points of m-1:[ab], [0-9T:.Z-]+ to [0-9T:.Z-]+: ' "$work/flip.check" || { fail "no name: $(<"$work/flip.check")"; return; }
	[[ $where != hidden ]] || return 0 # out of sight of its organisation
	rc=0
	sit-query m-1 '*' --all --db "$db" -f csv --no-header >"$work/flip.out" 2>"$work/flip.err" || rc=$?
	((rc == 6)) && grep -q 'a damaged' "$work/flip.err" || { fail "query of $table $row: $change: exit $rc"; return; }
	LC_ALL=C sort "$work/flip.out" | LC_ALL=C comm -23 - "$work/flips.out" >"$work/flip.more"
	[[ ! -s $work/flip.more && $(wc -l <"$work/flip.out") -lt $(wc -l <"$work/flips.out") ]] || { fail "$table $row: $change: wrong points"; return; }
	[[ $where == aside ]] || return 0
	late=$(sqlite3 "$work/flips.db" "SELECT t0 + 1 FROM $table WHERE rowid = $row")
	printf '{"device":"m-1","ts":%d,"values":{"a":1,"b":1}}\n' "$late" | sit-ingest --db "$db" -q
	sit-db compact --all --db "$db" 2>"$work/flip.err" || { rc=$?; ((rc == 6)) || { fail "compact: $(<"$work/flip.err")"; return; }; }
	sit-db check --db "$db" >"$work/flip.check" || { fail "after a merge: $(<"$work/flip.check")"; return; }
	[[ $(sqlite3 "$db" "SELECT count(*) FROM ${table}_damaged") == 1 ]] || fail "$table $row: $change: not put aside"
}

# flips STEP: every STEP-th byte of chunks and runs, every STEP-th bit of one of each, every column beside them.
flips() {
	local step=$1 table row bytes i n=0 column
	empty_store "$work/flips.db" 1
	messages 0 3000 1 | jq -c 'del(.values.c, .values.d, .values.e)' | sit-ingest --db "$work/flips.db" -q
	sit-db compact --all --db "$work/flips.db"
	for i in 3000 3040; do messages $i 40 1 | jq -c 'del(.values.c, .values.d, .values.e)' | sit-ingest --db "$work/flips.db" -q; done
	sit-query m-1 '*' --all --db "$work/flips.db" -f csv --no-header | LC_ALL=C sort >"$work/flips.out"
	for table in chunk point_run; do
		for row in $(sqlite3 "$work/flips.db" "SELECT rowid FROM $table ORDER BY rowid LIMIT 2"); do
			bytes=$(sqlite3 "$work/flips.db" "SELECT length(data) FROM $table WHERE rowid = $row")
			for ((i = n % step; i < bytes; i += step, n++)); do
				flip_bit "$table" "$row" "$i" $((n % 8)) "$( ((n % 8)) && echo here || echo aside)" || return
			done
		done
		for ((i = 0; i < bytes * 8; i += step * 4 + 1)); do flip_bit "$table" "$row" $((i / 8)) $((i % 8)) here || return; done
	done
	for column in t0 t1 n vmin vmax; do flipped chunk 1 "$column = $column + 1" here || return; done
	for column in tier t0 t1 n written seq; do flipped point_run "$(sqlite3 "$work/flips.db" 'SELECT max(rowid) FROM point_run')" "$column = $column + 1" here || return; done
	flipped point_run "$(sqlite3 "$work/flips.db" 'SELECT max(rowid) FROM point_run')" 'merged = 1 - merged' here || return
	flipped chunk 1 'vmin = NULL, vmax = NULL' here && flipped chunk 1 'org_id = org_id + 1' hidden && flipped point_run 1 'org_id = org_id + 1' hidden &&
		flipped chunk 1 'series_id = series_id + 100' elsewhere && flipped point_run 1 'lane = lane + 1' elsewhere
}

flip_bit() { # TABLE ROWID BYTE BIT WHERE
	local hex
	hex=$(sqlite3 "$work/flips.db" "SELECT hex(substr(data, $3 + 1, 1)) FROM $1 WHERE rowid = $2")
	flipped "$1" "$2" "data = CAST(substr(data, 1, $3) || x'$(printf '%02x' $((0x$hex ^ 1 << $4)))' || substr(data, $3 + 2) AS BLOB)" "$5"
}
