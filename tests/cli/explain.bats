#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Why are points missing? A cause is planted, and is named: in a word, in one line, with what it is known from.
load ../helpers

given() {
	new_store
	sit-site add plant
	sit-model add meter
	sit-datapoint add power_kw model=meter
	sit-datapoint add energy_kwh model=meter
	sit-gateway add gw-1
	sit-device add meter-1 site=plant model=meter
	sit-device add meter-2 site=plant model=meter gateway=gw-1 edge_key=modbus_3
}

# at HH:MM COMMAND...: run it at that time of the day before the tests' now.
at() {
	SIT_NOW=2026-02-01T$1:00Z "${@:2}"
}

# minutes HH:MM N [DEVICE [DATAPOINT]]: a point a minute, N of them, each brought in when it is measured.
minutes() {
	local h=${1%:*} m=${1#*:} i t
	for ((i = 0; i < $2; i++)); do
		t=$(printf '%02d:%02d' $((10#$h + (10#$m + i) / 60)) $(((10#$m + i) % 60)))
		at "$t" sit-ingest -q --as "${3-meter-1}" "${4-power_kw}=$i" --at "2026-02-01T$t:00Z" || return
	done
}

# json RECORD...: records as a stream.
json() {
	printf '%s\n' "$@" | sit-ingest -q 2>/dev/null || [[ $? == 6 ]]
}

# because CAUSE [WORDS]: exit 1, one record, that cause and words in it.
because() {
	want 1 && expect_lines 1 && silent_stderr || return
	[[ $(jq -r .cause <<<"$output") == "$1" ]] || explain "the cause should be $1" || return
	[[ $output == *"${2-}"* ]] || explain "it should say: $2"
}

@test "points flow: exit 0, and how often they come" {
	minutes 11:50 10
	try sit-explain meter-1
	want 0 && silent_stderr
	expect_json '[.verdict, .cause, .what]' '["ok",null,"points flow, the newest of 2026-02-01T11:59:00Z, usually every 1m"]'
	try sit-explain meter-1:power_kw -q
	want 0 && silent_stdout
	try sit-explain meter-1 --format table
	expect 'meter-1: points flow, the newest of 2026-02-01T11:59:00Z, usually every 1m'
}

@test "received before, but stopped: since when, and what is usual" {
	minutes 11:00 10
	try sit-explain meter-1
	because stopped 'received before, but stopped at 2026-02-01T11:09:00Z; usually every 1m'
	expect_json .since '"2026-02-01T11:09:00Z"'
	[[ $output == *'last heard of 2026-02-01T11:09:00Z; run 10 of sit-ingest from hand'* ]]
	try sit-explain meter-1 -f table
	want 1 && expect_lines 1
	[[ $output == 'meter-1: received before, but stopped'* ]]
}

@test "one datapoint of a device has stopped, the others go on" {
	minutes 11:00 10 meter-1 energy_kwh
	minutes 11:50 10
	try sit-explain meter-1
	because stopped 'stopped at 2026-02-01T11:09:00Z'
	expect_json .datapoint '"energy_kwh"'
	try sit-explain meter-1:power_kw
	want 0
}

@test "nothing was ever received" {
	try sit-explain meter-1
	because never_received 'nothing was ever received, since it was added'
	try sit-explain meter-1:energy_kwh
	because never_received
	minutes 11:50 10
	try sit-explain meter-1:energy_kwh
	because stopped 'nothing was ever received of energy_kwh'
}

@test "under a name near it: which, and which is meant" {
	minutes 11:00 5
	for i in 1 2 3; do json "{\"device\":\"metr-1\",\"datapoint\":\"power_kw\",\"value\":$i}"; done
	try sit-explain meter-1
	because unknown_device '3 points came as \"metr-1\", which no device is called; was meter-1 meant?'
	expect_json '[.step, .points]' '["resolve",3]'
	[[ $output == *'quarantine 1: unknown device'* && $output == *'sit-device set meter-1 key=metr-1'* ]]
	# What is told to do helps.
	sit-device set meter-1 key=metr-1
	sit-quarantine adopt device=metr-1 >/dev/null
	try sit-explain meter-1
	want 0
	# meter-2 is no misspelling of a meter-3.
	json '{"device":"meter-3","datapoint":"power_kw","value":1}'
	try sit-explain meter-2
	because never_received
	# The name itself can be asked about.
	try sit-explain meter-3
	because unknown_device '1 point came as \"meter-3\"'
	try sit-explain meter-9
	want 3 && one_line_stderr 'no device "meter-9" (did you mean'
}

@test "under an edge key near it, behind its gateway" {
	json '{"gateway":"gw-1","edge_key":"modbus-3","values":{"power_kw":1}}'
	try sit-explain meter-2
	because unknown_device '1 point came as \"gw-1/modbus-3\"'
}

@test "points that came before there was such a device wait to be adopted" {
	json '{"device":"meter-7","datapoint":"power_kw","value":1}'
	sit-device add meter-7 model=meter
	try sit-explain meter-7
	because unknown_device 'before there was such a device'
	[[ $output == *'sit-quarantine adopt device=meter-7'* ]]
}

@test "under a name that no datapoint has: which is meant" {
	json '{"device":"meter-1","values":{"powr_kw":1}}'
	try sit-explain meter-1:power_kw
	because unknown_datapoint '1 point came as \"powr_kw\", which no datapoint of the device is called; was power_kw meant?'
	try sit-explain meter-1:energy_kwh
	because stopped
	try sit-explain meter-1:powr_kw
	because unknown_datapoint 'was power_kw meant?'
	try sit-explain meter-1:pwer_kw
	want 3 && one_line_stderr 'did you mean "power_kw"?'
	try sit-explain meter-1:online
	want 2 && one_line_stderr 'computed'
}

@test "in another organisation: named to who may see it, and to nobody else" {
	sit-org add a parent=default
	sit-org add kanari parent=default
	sit-device add m --org a
	printf '{"device":"m","datapoint":"power_kw","value":%s}\n' 1 2 | SIT_ORG=kanari sit-ingest -q 2>/dev/null || [[ $? == 6 ]]
	try sit-explain a/m
	because other_organisation '2 points arrived in organisation kanari, which has no device of that name'
	try sit-explain m --org a
	because never_received
	[[ $output != *kanari* ]]
	sit-device add m --org kanari
	sit-datapoint add power_kw device=m --org kanari
	sit-quarantine adopt device=m --org kanari >/dev/null
	SIT_ORG=kanari sit-ingest -q --as m power_kw=1
	try sit-explain a/m
	because other_organisation 'points arrive in organisation kanari, which has a device of that name'
	try sit-explain m --org a
	because never_received
	[[ $output != *kanari* ]]
	# Brought in by the parent for a child's device.
	json '{"device":"a/m","datapoint":"power_kw","value":1}'
	try sit-explain a/m
	because other_organisation 'were brought in for another organisation'
}

@test "a clock that is ahead, and one that is behind" {
	minutes 11:00 5
	printf '{"device":"meter-1","datapoint":"power_kw","value":1,"ts":"%s"}\n' 2031-01-01T00:00:00Z |
		sit-ingest -q 2>/dev/null || [[ $? == 6 ]]
	try sit-explain meter-1
	because time_future '1 point wait'
	expect_json .step '"validate"'
	sit-quarantine rm device=meter-1 --yes 2>/dev/null || sit-quarantine rm device=meter-1
	printf '{"device":"meter-1","datapoint":"power_kw","value":1,"ts":"%s"}\n' 2001-01-01T00:00:00Z |
		sit-ingest -q --skew 30d/1h 2>/dev/null || [[ $? == 6 ]]
	try sit-explain meter-1
	because time_past 'too far in the past'
}

@test "points that arrive and bear other times" {
	minutes 09:00 5
	at 10:30 json '{"device":"meter-1","datapoint":"power_kw","value":1,"ts":"2020-01-01T00:00:00Z"}'
	at 11:30 json '{"device":"meter-1","datapoint":"power_kw","value":1,"ts":"2020-01-01T00:01:00Z"}'
	try sit-explain meter-1
	because other_times '2 points arrived meanwhile, but bear other times: the newest is of 2026-02-01T09:04:00Z'
}

@test "a device that is disabled: since when, and by whom" {
	minutes 11:00 5
	at 11:10 sit-device set meter-1 enabled=false
	json '{"device":"meter-1","datapoint":"power_kw","value":1}'
	try sit-explain meter-1
	because disabled 'the device is disabled since 2026-02-01T11:10:00Z'
	[[ $output == *"audit row "*" of $(id -un)("* && $output == *'quarantine 1: the device is not enabled'* ]]
	# Who may not see the trail is not told who it was.
	sit-user add v role=viewer
	sit-user key add v -q -o "$BATS_TEST_TMPDIR/key"
	SIT_KEY=@$BATS_TEST_TMPDIR/key try sit-explain meter-1
	because disabled
	[[ $output != *"$(id -un)("* ]]
	sit-device set meter-1 enabled=true
	try sit-explain meter-1
	because disabled 'was not enabled: 1 point wait'
}

@test "a device that is retired, or deleted with its points" {
	minutes 11:00 5
	at 11:10 sit-device rm meter-1 --yes
	try sit-explain meter-1
	because retired 'the device is retired since 2026-02-01T11:10:00Z'
	minutes 11:00 5 meter-2
	at 11:20 sit-device rm meter-2 --purge --yes
	try sit-explain meter-2
	because deleted 'the device was deleted at 2026-02-01T11:20:00Z'
	at 11:30 sit-device add meter-2 model=meter
	try sit-explain meter-2
	because deleted 'with its points; this one is of 2026-02-01T11:30:00Z'
}

@test "values of another type, and values that are none" {
	minutes 11:00 5
	json '{"device":"meter-1","datapoint":"power_kw","value":"high"}'
	try sit-explain meter-1:power_kw
	because wrong_type '1 point wait in quarantine: their values are of another type'
	try sit-explain meter-1:energy_kwh
	because stopped
	minutes 11:00 5 meter-2
	printf 'ts,device,datapoint,value\n2026-02-01T12:00:00Z,meter-2,power_kw,abc\n' >"$BATS_TEST_TMPDIR/p.csv"
	SIT_NOW=2026-02-01T13:00:00Z sit-ingest -q "$BATS_TEST_TMPDIR/p.csv" 2>/dev/null || [[ $? == 6 ]]
	SIT_NOW=2026-02-01T13:01:00Z try sit-explain meter-2
	because bad_value 'not a number (datapoint power_kw)'
	expect_json '[.step, .points]' '["convert",1]'
}

@test "points over a limit" {
	minutes 11:00 5
	json '{"device":"meter-1","datapoint":"powr","value":1}'
	# As the limits of organisations and policies hold points back.
	sql "UPDATE quarantine SET reason = 'over_limit: 100 messages a minute, policy small', datapoint = 'power_kw'"
	try sit-explain meter-1
	because over_limit 'over_limit: 100 messages a minute'
	expect_json .step '"limits"'
}

@test "the gateway is silent" {
	at 10:00 json '{"gateway":"gw-1","edge_key":"modbus_3","values":{"power_kw":1}}'
	try sit-explain meter-2
	because gateway_silent 'its gateway gw-1 is silent since 2026-02-01T10:00:00Z'
	[[ $output == *'sit-explain gw-1'* ]]
	# What is not behind it has another reason.
	try sit-explain meter-1
	because never_received
}

@test "the source failed: with its reason" {
	at 11:00 json '{"device":"meter-1","datapoint":"power_kw","value":1,"ts":"2026-02-01T10:58:00Z"}' \
		'{"device":"meter-1","datapoint":"power_kw","value":1,"ts":"2026-02-01T10:59:00Z"}' \
		'{"device":"meter-1","datapoint":"power_kw","value":1,"ts":"2026-02-01T11:00:00Z"}'
	at 11:05 try sit-ingest - <"$BATS_TEST_TMPDIR"
	[[ $status != 0 ]]
	try sit-explain meter-1
	because source_failed 'the source stopped: sit-ingest from stdin ended with exit 2 at 2026-02-01T11:05:00Z: '
	[[ $output == *"$(jq -r .what <<<"$output" | sed 's/.*Z: //')"* && $output == *directory* ]]
	# It went well again since: then it is the device.
	at 11:30 json '{"device":"meter-2","datapoint":"power_kw","value":1}'
	try sit-explain meter-1
	because stopped
}

@test "points that retention has deleted" {
	minutes 09:00 5
	sit-prune --older-than 2h --yes
	try sit-explain meter-1 --during today
	because retention 'points before 2026-02-01T10:00:00Z were deleted by retention'
	[[ $output == *'audit row'* ]]
}

@test "what came between a backup and its restore is not in the store" {
	only_sqlite 'a backup of a server is a dump'
	minutes 10:00 5
	sit-backup create "$BATS_TEST_TMPDIR/b" >/dev/null
	minutes 11:00 10
	rm "$SIT_DB"*
	sit-backup restore "$BATS_TEST_TMPDIR/b" --to "$SIT_DB" >/dev/null
	sql "UPDATE epoch SET taken = 1769940300000000, started = 1769945400000000"
	minutes 11:50 10
	try sit-explain meter-1 --from 2026-02-01T11:00 --to 2026-02-01T11:10
	because restored 'the store was restored at 2026-02-01T11:30:00Z from a backup of 2026-02-01T10:05:00Z'
}

@test "a gap in the range asked about: from when to when" {
	minutes 09:00 10
	minutes 09:40 10
	try sit-explain meter-1 --from 2026-02-01T09:00 --to 2026-02-01T09:50
	because stopped 'nothing from 2026-02-01T09:09:00Z to 2026-02-01T09:40:00Z'
	try sit-explain meter-1 --from 2026-02-01T09:00 --to 2026-02-01T09:10
	want 0
	try sit-explain meter-1 --from 2026-02-01T10:00 --to 2026-02-01T11:00
	because stopped 'nothing then: received before, the last of 2026-02-01T09:49:00Z'
	try sit-explain meter-1 --during 2027
	want 2 && one_line_stderr 'has not begun'
}

@test "-v and --all print every step of the way" {
	minutes 11:00 5
	at 11:10 sit-device set meter-1 enabled=false
	json '{"device":"meter-1","datapoint":"power_kw","value":"x"}'
	try sit-explain meter-1 -v
	want 1
	expect_json .step '"source"' '"resolve"' '"definition"' '"convert"' '"validate"' '"limits"' '"store"' '"latest"'
	expect_json '[.verdict, .cause]' '["ok",null]' '["cause","disabled"]' '["not reached",null]' '["not reached",null]' '["not reached",null]' \
		'["not reached",null]' '["not reached",null]' '["not reached",null]'
	first=$output
	try sit-explain meter-1 --all
	expect "$first"
	minutes 11:55 5 meter-2
	try sit-explain meter-2 --all
	want 0
	expect_json .verdict '"ok"' '"ok"' '"ok"' '"ok"' '"ok"' '"ok"' '"ok"' '"ok"'
}
