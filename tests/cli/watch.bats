#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Live records with a cursor that goes on exactly; what is lost to a reader is said.
load ../helpers

given() {
	new_store
	sit-site add plant
	sit-device add m-1 site=plant
	sit-device add m-2
	sit-datapoint add v device=m-1
	sit-datapoint add v device=m-2
	out=$BATS_TEST_TMPDIR/out
}

# begin VERB [OPTIONS]: follow into $out; it follows by the time that this returns.
begin() {
	: >"$out.err"
	sit-watch "$@" -v -f jsonl >"$out" 2>"$out.err" &
	pid=$!
	until grep -q 'from .* on' "$out.err" || ! kill -0 "$pid"; do
		command sleep 0.01
	done
}

# put FROM TO: values FROM to TO of m-1 and m-2, a transaction each.
put() {
	for i in $(seq "$1" "$2"); do
		printf '{"device":"m-1","datapoint":"v","value":%d,"ts":%d}\n{"device":"m-2","datapoint":"v","value":%d,"ts":%d}\n' "$i" "$((1769900000 + i))" "$i" "$((1769900000 + i))" |
			sit-ingest -q
	done
}

@test "points come as they are stored, until --count" {
	begin points m-1 --count 3
	put 1 3
	wait "$pid"
	[ "$(jq -c '[.device, .datapoint, .value, .quality]' "$out" | tr '\n' ' ')" = '["m-1","v",1,"good"] ["m-1","v",2,"good"] ["m-1","v",3,"good"] ' ]
}

@test "behind the cursor of any record the rest comes, each once, also of what was merged meanwhile" {
	begin points --count 1
	put 1 30
	wait "$pid"
	cursor=$(jq -r .cursor "$out")
	[ "$(sql 'SELECT COUNT(*) FROM run_tail')" -gt 0 ]
	all=$(sit-watch points --since "$cursor" --idle 100ms)
	[ "$(jq -c '[.device, .value]' <<<"$all" | sort -u | wc -l)" = 59 ]
	[ "$(wc -l <<<"$all")" = 59 ]
	[ "$(jq -c 'select(.gap)' <<<"$all")" = '' ]
	for at in 1 2 7 30 58; do
		cursor=$(sed -n "${at}p" <<<"$all" | jq -r .cursor)
		[ "$(sit-watch points --since "$cursor" --idle 100ms)" = "$(tail -n +$((at + 1)) <<<"$all")" ]
	done
	cursor=$(tail -n 1 <<<"$all" | jq -r .cursor)
	try sit-watch points --since "$cursor" --idle 100ms
	expect ''
}

@test "corrections and late points come when they are written" {
	put 1 3
	begin points m-1 --count 2
	sit-ingest -q --as m-1 v=9 --at 1769900002s || [ $? = 6 ]
	sit-ingest -q --as m-1 v=8 --at 1769900000s
	wait "$pid"
	[ "$(jq -c '[.ts, .value]' "$out" | tr '\n' ' ')" = '["2026-01-31T22:53:22Z",9] ["2026-01-31T22:53:20Z",8] ' ]
}

@test "what was merged while nobody was known to watch is a gap that is said" {
	begin points --count 1
	put 1 1
	wait "$pid"
	cursor=$(jq -r .cursor "$out")
	sql "UPDATE counter SET value = 0 WHERE name = 'watch'" # a day later
	put 2 20
	try sit-watch points --since "$cursor" --idle 100ms
	want 0
	[[ $stderr == *'a gap (merged): of what arrived from 2026-02-01T12:00:00Z'* ]]
	[ "$(jq -c 'select(.gap) | [.gap, .from, .to, .device]' <<<"$output")" = '["merged","2026-02-01T12:00:00Z","2026-02-01T12:00:00Z",null]' ]
	# What is there still comes, and the gap has a cursor of its own.
	jq -e 'select(.value == 20)' <<<"$output"
	cursor=$(jq -r 'select(.gap) | .cursor' <<<"$output")
	try sit-watch points --since "$cursor" --idle 100ms
	[ "$(jq -c 'select(.gap)' <<<"$output")" = '' ]
}

@test "a slow reader that never reads keeps nobody waiting, and costs a megabyte at most" {
	only_sqlite 'sizes of a file'
	begin points --count 1
	put 1 1
	wait "$pid"
	cursor=$(jq -r .cursor "$out")
	for k in 1 2 3; do
		awk -v k=$k 'BEGIN { srand(k); for (i = 0; i < 300000; i++) printf "{\"device\":\"m-1\",\"datapoint\":\"v\",\"value\":%.15g,\"ts\":%d}\n", rand(), 1760000000 + k * 1000000 + i }' |
			sit-ingest -q --batch 20000
	done
	[ "$(sql 'SELECT SUM(LENGTH(data)) FROM run_tail')" -le 1048576 ]
	try sit-watch points --since "$cursor" --count 1
	[ "$(head -n 1 <<<"$output" | jq -r .gap)" = merged ]
}

@test "what is erased is not kept for readers" {
	begin points --count 1
	put 1 20
	wait "$pid"
	[ "$(sql 'SELECT COUNT(*) FROM run_tail')" -gt 0 ]
	sit-device rm m-1 --purge --yes
	[ "$(sql 'SELECT COUNT(*) FROM run_tail')" = 0 ]
	try sit-watch points --since "$(jq -r .cursor "$out")" --idle 100ms
	[ "$(jq -c 'select(.gap) | .gap' <<<"$output")" = '"merged"' ]
	[ "$(jq -c 'select(.device == "m-1")' <<<"$output")" = '' ]
}

@test "a new device of the selection is followed at once" {
	begin points site=plant --count 1
	sit-device add m-3 site=plant
	sit-datapoint add v device=m-3
	put 1 1 # m-1 is of the site
	wait "$pid"
	cursor=$(jq -r .cursor "$out")
	sit-ingest -q --as m-3 v=3
	try sit-watch points site=plant --since "$cursor" --idle 100ms
	expect_json '[.device, .value]' '["m-3",3]'
}

@test "events: the cursor goes on behind each, filters hold" {
	begin events --count 2
	sit-event add message=one
	sit-event add message=two device=m-1 severity=error
	wait "$pid"
	[ "$(jq -c '[.message, .device, .severity]' "$out" | tr '\n' ' ')" = '["one",null,"info"] ["two","m-1","error"] ' ]
	sit-event add message=three device=m-2
	try sit-watch events --since "$(head -n 1 "$out" | jq -r .cursor)" --idle 50ms
	expect_json .message '"two"' '"three"'
	try sit-watch events site=plant severity=error --since "$(head -n 1 "$out" | jq -r .cursor)" --idle 50ms
	expect_json .message '"two"'
	try sit-watch events --since nonsense
	want 2
	try sit-watch points --since "$(head -n 1 "$out" | jq -r .cursor)"
	want 2 && one_line_stderr 'is no cursor of these records'
}

@test "a number of an event is never given twice: what comes behind a purge is not missed" {
	sit-event add message=kept
	begin events --count 1
	sit-event add message=gone device=m-2
	wait "$pid"
	sit-device rm m-2 --purge --yes
	sit-event add message=next
	try sit-watch events --since "$(jq -r .cursor "$out")" --idle 50ms
	expect_json .message '"next"'
}

@test "alarms: what happens to them" {
	begin alarms m-1 --count 1
	sql "INSERT INTO alarm (org_id, device_id, rule_id, number, rule, datapoint, severity, raised, suppressed, flapping, flaps, threshold, message)
	SELECT org_id, id, 1, 1, 'hot', 'v', 'error', 1769940000000000, 0, 0, 0, '80', 'too hot' FROM device"
	sql "INSERT INTO alarm_change (org_id, alarm_id, ts, at, change, severity, value, flaps, message)
	SELECT org_id, id, raised, raised, 'raised', severity, '81.5', 0, message FROM alarm"
	# On a server who commits tells; this was by hand.
	sit-event add message=tell
	wait "$pid"
	[ "$(jq -c '[.rule, .device, .datapoint, .change, .severity, .value, .threshold, .message]' "$out")" = '["hot","m-1","v","raised","error",81.5,"80","too hot"]' ]
	try sit-watch alarms --since "$(jq -r .cursor "$out")" --idle 50ms
	expect_json .device '"m-2"'
}

@test "status: devices that come and go" {
	begin status --count 2
	sit-ingest -q --as m-1 v=1
	sit-event add message=other device=m-1
	SIT_NOW=2026-02-01T13:00:00Z sit-device run
	wait "$pid"
	[ "$(jq -c '[.ts, .device, .message]' "$out" | tr '\n' ' ')" = '["2026-02-01T12:00:00Z","m-1","online"] ["2026-02-01T13:00:00Z","m-1","offline"] ' ]
}

@test "after a restore cursors of before are told so, once" {
	only_sqlite 'the same, of a database'
	begin events --count 1
	sit-event add message=one
	wait "$pid"
	cursor=$(jq -r .cursor "$out")
	sit-backup create "$BATS_TEST_TMPDIR/set"
	sit-backup restore "$BATS_TEST_TMPDIR/set" --replace
	try sit-watch events --since "$cursor" --idle 50ms
	[ "$(jq -c .gap <<<"$output")" = '"restored"' ]
	sit-event add message=two
	try sit-watch events --since "$(jq -r .cursor <<<"$output")" --idle 50ms
	expect_json .message '"two"'
}

@test "who may only read the store watches it, too" {
	only_sqlite 'rights of files'
	[ "$(id -u)" != 0 ] || skip 'root may write everything'
	put 1 1
	chmod a-w "$SIT_DB"
	try sit-watch points --idle 50ms
	want 0
}

@test "an empty cursor is from now on: a script's first run has no other" {
	sit-event add message=before
	try sit-watch events --since '' --idle 50ms
	want 0 && silent_stdout
	try sit-watch events --since 'e' --idle 50ms
	want 2
}
