#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What is wrong with the system itself is an event when it begins and when it is over, however often it is seen.
load ../helpers

given() {
	new_store
	FAULT=${SIT_FAULT:-${SIT_BIN%/bin}/fault}
}

# told ABOUT: severities of its events.
told() {
	sit-event list kind=system -f jsonl | jq -r "select(.data.about == \"$1\").severity" | xargs
}

@test "a backup that fails, and one that does not" {
	only_sqlite 'sit-backup restores files'
	: >"$BATS_TEST_TMPDIR/file"
	for _ in 1 2; do
		try sit-backup create "$BATS_TEST_TMPDIR/file/x"
		((status != 0))
	done
	run -0 sit-event list kind=system
	expect_json '[.severity, .source, .data.about, (.message | test("sit-backup create: .*file/x"))]' '["error","system","backup",true]'
	sit-backup create "$BATS_TEST_TMPDIR/b" >/dev/null
	sit-backup create "$BATS_TEST_TMPDIR/b2" >/dev/null
	[[ $(told backup) == 'error info' ]]
	# It can be told to somebody.
	sit-notify channel add log type=file path="$BATS_TEST_TMPDIR/log"
	sit-notify route add r channel=log kind=system severity=error
	sit-notify run
	run -0 jq -r .record.severity "$BATS_TEST_TMPDIR/log"
	expect error
	try sit-backup create
	want 2
	[[ $(told backup) == 'error info' ]] # asked wrongly
}

@test "a compaction that fails, one that finds damage, and one that does not" {
	only_sqlite 'a file that is written past us'
	local from to
	sit-device add a
	sit-datapoint add x device=a
	for from in 0 3 6; do
		for to in 1 2; do printf '{"device":"a","datapoint":"x","ts":"2026-01-01T00:0%d:00Z","value":%d}\n' $((from + to)) $to; done | sit-ingest -q
	done
	sqlite3 "$SIT_DB" "CREATE TRIGGER no BEFORE INSERT ON chunk BEGIN SELECT RAISE(ABORT, 'not today'); END"
	for _ in 1 2; do
		try sit-db compact --all
		((status != 0)) || explain 'it cannot be done'
	done
	run -0 sit-event list kind=system
	expect_json '[.severity, .source, .data.about, (.message | test("sit-db compact: .*not today"))]' '["error","system","compact",true]'
	try sit-db compact --budget nonsense
	want 2
	[[ $(told compact) == error ]] # asked wrongly
	sqlite3 "$SIT_DB" 'DROP TRIGGER no'
	sit-db compact # too few points for a chunk: they stay in a run
	[[ $(told compact) == 'error info' ]]
	sqlite3 "$SIT_DB" 'UPDATE point_run SET data = zeroblob(length(data))'
	try sit-db compact --all
	want 6
	one_line_stderr 'is put aside unread'
	[[ $(told compact) == 'error info error' ]]
	sit-db compact --all
	[[ $(told compact) == 'error info error info' ]]
}

@test "an ingest whose merges find damage says so, once" {
	only_sqlite 'a file that is written past us'
	local i
	sit-device add a
	sit-datapoint add x device=a
	seq 0 3 | while read -r i; do sit-ingest -q --as a x="$i" --at "2026-01-01T00:0$i:00Z"; done
	sqlite3 "$SIT_DB" 'UPDATE point_run SET data = zeroblob(length(data)) WHERE seq = (SELECT MIN(seq) FROM point_run)'
	for i in $(seq 10 40); do
		sit-ingest -q --as a x="$i" --at "2026-01-01T00:$i:00Z" 2>>"$BATS_TEST_TMPDIR/said"
	done
	one=$(<"$BATS_TEST_TMPDIR/said")
	[[ $one == 'sit-ingest: a damaged run '*' is put aside unread'*'sit-backup list'* && $one != *$'\n'* ]] || explain "$one"
	run -0 sit-event list kind=system
	expect_json '[.severity, .data.about, (.message | test("sit-ingest: a damaged run"))]' '["error","store",true]'
	sit-db check
	[[ $(told store) == 'error info' ]]
}

@test "a trail that was changed, a store that is damaged" {
	only_sqlite 'a file that is written past us'
	sit-site add plant
	sqlite3 "$SIT_DB" "UPDATE audit SET name = 'other' WHERE name = 'plant'"
	try sit-audit verify
	want 1
	[[ $(told 'audit trail') == critical ]]
	sqlite3 "$SIT_DB" "UPDATE audit SET name = 'plant' WHERE name = 'other'"
	sit-audit verify
	[[ $(told 'audit trail') == 'critical info' ]]
	sqlite3 "$SIT_DB" "PRAGMA foreign_keys = off; UPDATE site SET org_id = 99 WHERE name = 'plant'"
	try sit-db check
	want 1
	[[ $(told store) == critical ]]
}

@test "a disk that is nearly full, worse, and has room again" {
	only_sqlite 'the disk of a server is not looked at'
	full() {
		FAULT_FREE_MB=$1 LD_PRELOAD=$FAULT/statvfs.so sit-alarm run --org "${2-default}"
	}
	full 50000
	[[ $(told disk) == '' ]]
	full 900
	full 800
	[[ $(told disk) == warning ]]
	full 100
	full 800
	[[ $(told disk) == 'warning critical' ]]
	full 50000
	full 50000
	[[ $(told disk) == 'warning critical info' ]]
	sit-org add other --org '*'
	full 900 '*'
	[[ $(told disk) == 'warning critical info warning' && $(SIT_ORG=other told disk) == warning ]]
	sit-alarm run --org other --dry-run
}

@test "a quota that is nearly used up" {
	sit-org set default max_devices=5 max_points_per_day=10
	for d in a b c d e; do sit-device add $d 2>/dev/null; done
	sit-datapoint add x device=a
	for i in {1..9}; do sit-ingest -q --as a x=$i --at "2026-02-01T12:0$i:00Z" 2>/dev/null; done
	run -0 sit-event list kind=system
	expect_json '[.severity, .data.about, .message]' \
		'["warning","quota of devices","organisation default has 4 of the 5 devices that it may have"]' \
		'["warning","quota of points","organisation default has stored 8 of the 10 points that it may store today"]'
	sit-device rm d e b -y
	sit-device add f
	SIT_NOW=2026-02-02T12:00:00Z sit-ingest -q --as a x=1 --at 2026-02-02T12:00:00Z
	[[ $(told 'quota of devices') == 'warning info' && $(told 'quota of points') == 'warning info' ]]
}
