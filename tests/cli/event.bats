#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What happened: by hand, by the toolkit, by what devices say; listed in one order with alarms, seen together, as a timeline.
load ../helpers

given() {
	new_store
	sit-site add plant
	sit-gateway add gw site=plant
	sit-device add m-1 site=plant gateway=gw edge_key=1
	sit-device add m-2 site=plant gateway=gw edge_key=2
	sit-device add alone
}

# until_lines FILE N: the file has so many lines.
until_lines() {
	until [ "$(wc -l <"$1")" -ge "$2" ]; do
		command sleep 0.01
	done
}

# alarm DEVICE RAISED CLEARED: an alarm that was, in microseconds; CLEARED NULL: that is.
alarm() {
	sql "INSERT INTO alarm (org_id, device_id, rule_id, number, rule, severity, raised, cleared, suppressed, flapping, flaps, message)
	SELECT org_id, id, 1, 1, 'hot', 'error', $2, $3, 0, 0, 0, 'too hot' FROM device WHERE name = '$1'"
	sql "INSERT INTO alarm_change (org_id, alarm_id, ts, at, change, severity, flaps, message)
	SELECT org_id, id, raised, raised, 'raised', severity, 0, message FROM alarm"
}

@test "add writes down what happened, and who says so" {
	sit-event add message='door open' device=m-1 kind=maintenance severity=warning ts=2026-02-01T11:00:00Z data='{"door": 2}'
	sit-event add message='the lights went out'
	try sit-event list
	expect_json '[.id, .ts, .device, .kind, .severity, .message, .source, .data]' '[1,"2026-02-01T11:00:00Z","m-1","maintenance","warning","door open","hand",{"door":2}]' \
		'[2,"2026-02-01T12:00:00Z",null,"user_action","info","the lights went out","hand",null]'
	expect_json '.who == null' false false
	try sit-event show 1
	expect_json '[.id, .org]' '[1,"default"]'
	try sit-event show 9
	want 3 && one_line_stderr 'no event 9'
}

@test "add refuses what it cannot keep" {
	try sit-event add message=x kind=strange
	want 2
	try sit-event add kind=system
	want 2 && one_line_stderr message
	try sit-event add message=x device=m-3
	want 3 && one_line_stderr 'no device "m-3"'
	try sit-event add message=x data='{"a":'
	want 2 && one_line_stderr data
	try sit-event list
	expect ''
}

@test "add --file takes what list writes, line by line" {
	sit-event add message=one device=m-1
	sit-event add message=two severity=error
	sit-event list >"$BATS_TEST_TMPDIR/events"
	echo '{"message":"three","device":"nobody"}' >>"$BATS_TEST_TMPDIR/events"
	try sit-event add --file "$BATS_TEST_TMPDIR/events"
	want 6 && [[ $stderr == *':3: no device "nobody"'* ]]
	try sit-event list --columns device,message,severity -f csv --no-header
	expect 'm-1,one,info
,two,error
m-1,one,info
,two,error'
}

@test "list finds by fields of events, by devices, and in a range" {
	sit-event add message=a device=m-1 severity=error ts=2026-01-31T10:00:00Z
	sit-event add message=b device=alone kind=system ts=2026-02-01T10:00:00Z
	sit-event add message=c ts=2026-02-01T11:00:00Z
	for ask in 'severity=error:a' 'kind=system:b' 'm-1:a' 'site=plant:a' 'device=alone:b' 'message:re=^c:c' '-d alone:b' '--during 2026-01:a' '--last 90m:c'; do
		# shellcheck disable=SC2086 # options
		try sit-event list ${ask%:*} --columns message -f csv --no-header
		expect "${ask##*:}"
	done
	try sit-event list site=plant kind=system -e
	want 1
	try sit-event list nonsense=1
	want 2
	try sit-event list m-9
	want 3
}

@test "what happened to alarms is listed in its place" {
	sit-event add message=before device=m-1 ts=2026-02-01T10:00:00Z
	sit-event add message=after device=m-1 ts=2026-02-01T11:00:00Z
	alarm m-1 1769941800000000 NULL
	try sit-event list --columns id,kind,message,alarm,change,rule -f csv --no-header
	expect '1,user_action,before,,,
,alarm,too hot,1,raised,hot
2,user_action,after,,,'
	try sit-event list kind=alarm --columns message -f csv --no-header
	expect 'too hot'
}

@test "a device that comes and goes is an event, once each" {
	sit-datapoint add v device=m-1
	sit-ingest -q --as m-1 v=1
	sit-ingest -q --as m-1 v=2 --at 2026-02-01T12:00:01Z
	SIT_NOW=2026-02-01T13:00:00Z sit-device run
	SIT_NOW=2026-02-01T13:01:00Z sit-device run
	SIT_NOW=2026-02-01T14:00:00Z sit-ingest -q --as m-1 v=3
	try sit-event list device=m-1 --columns ts,kind,severity,message,source -f csv --no-header
	expect '2026-02-01T12:00:00Z,state_change,info,online,state
2026-02-01T13:00:00Z,state_change,warning,offline,state
2026-02-01T14:00:00Z,state_change,info,online,state'
	# Who comes is no news for notices, who goes is.
	[ "$(sql "SELECT message FROM event WHERE told IS NULL")" = offline ]
	try sit-device history m-1 --columns what -f csv --no-header
	expect 'add
online
offline
online'
}

@test "a restore is an event of the store" {
	only_sqlite 'the same, of a database'
	sit-backup create "$BATS_TEST_TMPDIR/set"
	sit-backup restore "$BATS_TEST_TMPDIR/set" -D "$BATS_TEST_TMPDIR/again.db"
	try sit-event list -D "$BATS_TEST_TMPDIR/again.db"
	expect_json '[.kind, .severity, .source, (.message | startswith("restored from the backup"))]' '["system","warning","backup",true]'
}

@test "correlate: what happened behind one gateway within the window, first cause first" {
	sit-event add message=gone device=gw ts=2026-02-01T10:00:00Z severity=error
	sit-event add message=silent device=m-2 ts=2026-02-01T10:00:50Z
	sit-event add message=silent device=m-1 ts=2026-02-01T10:01:40Z
	sit-event add message=other device=alone ts=2026-02-01T10:00:10Z
	sit-event add message=late device=m-1 ts=2026-02-01T10:05:00Z
	sit-event add message=late device=m-1 ts=2026-02-01T10:05:01Z
	try sit-event correlate --window 60s --columns group,of,after,device,message -f csv --no-header
	expect '1,gw,0s,gw,gone
1,gw,50s,m-2,silent
1,gw,1m40s,m-1,silent'
	try sit-event correlate --window 30s
	expect ''
	try sit-event correlate --window 10m --columns device -f csv --no-header
	expect $'gw\nm-2\nm-1\nm-1\nm-1'
}

@test "correlate: of one asset, too" {
	sit-asset add pump site=plant
	sit-device add p-1 asset=pump
	sit-device add p-2 asset=pump
	sit-event add message=a device=p-1
	sit-event add message=b device=p-2
	try sit-event correlate --columns of,message -f csv --no-header
	expect $'pump,a\npump,b'
}

@test "timeline: spans and instants as records, bars on a terminal" {
	sit-datapoint add v device=m-1
	SIT_NOW=2026-02-01T06:00:00Z sit-ingest -q --as m-1 v=1
	SIT_NOW=2026-02-01T09:00:00Z sit-device run
	sit-event add message='new sensor' kind=maintenance device=m-1 ts=2026-02-01T10:00:00Z
	alarm m-1 1769929200000000 1769932800000000
	try sit-event timeline m-1 --from 2026-02-01 --to 2026-02-01T12:00:00Z
	expect_json '[.lane, .from, .to, .what]' '["state","2026-02-01T00:00:00Z","2026-02-01T06:00:00Z","offline"]' \
		'["state","2026-02-01T06:00:00Z","2026-02-01T09:00:00Z","online"]' '["alarm","2026-02-01T07:00:00Z","2026-02-01T08:00:00Z","hot"]' \
		'["state","2026-02-01T09:00:00Z",null,"offline"]' '["maintenance","2026-02-01T10:00:00Z",null,"maintenance"]'
	try sit-event timeline m-1 --from 2026-02-01 --to 2026-02-01T12:00:00Z -f table
	expect 'm-1  2026-02-01T00:00:00Z to 2026-02-01T12:00:00Z, 12m a character
online           |..............................###############...............|
hot              |                                   eeeee                    |
maintenance      |                                                  i         |
event            |                                                            |
# online  . offline  i info  w warning  e error  c critical'
	try sit-event timeline m-9
	want 3
}

@test "list -F goes on with what is written" {
	sit-event add message=one
	sit-event list -F --columns message -f csv --no-header >"$BATS_TEST_TMPDIR/out" &
	pid=$!
	until_lines "$BATS_TEST_TMPDIR/out" 1
	sit-event add message=two
	until_lines "$BATS_TEST_TMPDIR/out" 2
	kill "$pid"
	wait "$pid" || true
	[ "$(cat "$BATS_TEST_TMPDIR/out")" = $'one\ntwo' ]
}
