#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Devices are heard of: last_seen by our clock, last_telemetry by theirs, online until they are silent for too long.
load ../helpers

given() {
	new_store
	sit-site add plant
	sit-model add meter
	sit-datapoint add v model=meter expected_interval=1m # late after 3m
	sit-device add m-1 site=plant model=meter
	sit-gateway add gw-1 site=plant
	sit-device add p-1 site=plant model=meter gateway=gw-1 edge_key=modbus_1
	sit-device add p-2 site=plant model=meter gateway=gw-1 edge_key=modbus_2
}

# says DEVICE [TIME [VALUE]]: the device sends a value with its own time, or without one, through a pipe.
says() {
	printf '{"device":"%s"%s,"values":{"v":%s}}\n' "$1" "${2:+,\"ts\":\"$2\"}" "${3:-1}" | sit-ingest --keep last
}

# through GATEWAY EDGE_KEY
through() {
	printf '{"gateway":"%s","edge_key":"%s","values":{"v":1}}\n' "$1" "$2" | sit-ingest "${@:3}"
}

# at TIME COMMAND...: run it then.
at() {
	local when=$1
	shift
	SIT_NOW=$when "$@"
}

# state DEVICE: online last_seen last_telemetry clock_skew, as list has them.
state() {
	sit-device list "name=$1" --columns online,last_seen,last_telemetry,clock_skew -f csv --no-header
}

@test "a message makes its device online: arrival, event time and the way between the clocks are kept apart" {
	[[ $(state m-1) == ,,, ]]
	says m-1 2026-02-01T11:59:57.5Z
	[[ $(state m-1) == true,2026-02-01T12:00:00Z,2026-02-01T11:59:57.500Z,-2s500ms ]]
	[[ $(state p-1) == ,,, ]]
}

@test "a message without a time says nothing of a clock" {
	says m-1
	[[ $(state m-1) == true,2026-02-01T12:00:00Z,2026-02-01T12:00:00Z, ]]
	at 2026-02-01T12:00:30Z says m-1 2026-02-01T12:00:28Z
	at 2026-02-01T12:00:40Z says m-1
	[[ $(state m-1) == true,2026-02-01T12:00:40Z,2026-02-01T12:00:40Z,-2s ]]
}

@test "times go forward only: a late point moves last_seen, not last_telemetry" {
	says m-1 2026-02-01T12:00:00Z
	at 2026-02-01T12:01:00Z says m-1 2026-02-01T11:58:30Z
	try sit-device list name=m-1 --columns last_seen,last_telemetry
	expect_json '[.last_seen, .last_telemetry]' '["2026-02-01T12:01:00Z","2026-02-01T12:00:00Z"]'
}

@test "a file of last year is history: no sign of life, no skew" {
	printf 'ts,v\n2025-03-01T00:00:00Z,1\n2025-03-02T00:00:00Z,2\n' >"$BATS_TEST_TMPDIR/old.csv"
	sit-ingest --as m-1 "$BATS_TEST_TMPDIR/old.csv"
	[[ $(state m-1) == false,,2025-03-02T00:00:00Z, ]]
	sit-ingest --as m-1 <"$BATS_TEST_TMPDIR/old.csv"
	# shellcheck disable=SC2002 # a pipe is what is tried
	cat "$BATS_TEST_TMPDIR/old.csv" | sit-ingest --as m-1
	sit-ingest --as m-1 v=3 --at 2025-04-01
	[[ $(state m-1) == false,,2025-04-01T00:00:00Z, ]]
}

@test "a file of the last minute is a sign of life, but tells nothing of a clock" {
	printf 'ts,v\n2026-02-01T11:59:30Z,1\n' >"$BATS_TEST_TMPDIR/new.csv"
	sit-ingest --as m-1 "$BATS_TEST_TMPDIR/new.csv"
	[[ $(state m-1) == true,2026-02-01T12:00:00Z,2026-02-01T11:59:30Z, ]]
}

@test "by hand is a sign of life when it is of now" {
	sit-ingest --as m-1 v=1
	[[ $(state m-1) == true,2026-02-01T12:00:00Z,2026-02-01T12:00:00Z, ]]
}

@test "from a live source a device with a wrong clock is online, and its skew says how wrong" {
	echo '{"device":"m-1","ts":"1970-01-01T00:00:10Z","values":{"v":1}}' | sit-ingest --keep first
	try sit-device list name=m-1 --columns online,last_seen,last_telemetry
	expect_json '[.online, .last_seen, .last_telemetry]' '[true,"2026-02-01T12:00:00Z","1970-01-01T00:00:10Z"]'
	try sit-latest m-1 --datapoint clock_skew
	expect_json .value -1769947190
	echo '{"device":"p-1","ts":"2026-02-01T13:00:00Z","values":{"v":1}}' | sit-ingest --keep first
	try sit-latest p-1 --datapoint clock_skew
	expect_json .value 3600
}

@test "what is refused or quarantined is a sign of life; what a dry run reads and what is adopted is none" {
	says m-1 '' '"abc"' || true
	says p-1 2026-02-01T12:00:00Z '2,"unheard_of":1' || true
	try sit-device list 'name=m-1,p-1' --columns name,last_seen
	expect_json .last_seen '"2026-02-01T12:00:00Z"' '"2026-02-01T12:00:00Z"'
	try sit-latest 'm-1,p-1' --datapoint v
	expect_json .device '"p-1"'
	echo '{"device":"p-2","values":{"v":1}}' | sit-ingest -n
	[[ $(state p-2) == ,,, ]]
	echo '{"device":"new","ts":"2026-02-01T11:59:00Z","values":{"v":1}}' | sit-ingest -q 2>/dev/null || true
	sit-device add new model=meter
	sit-quarantine adopt device=new
	[[ $(state new) == false,,2026-02-01T11:59:00Z, ]]
}

@test "a device that is not enabled is not followed" {
	sit-device set m-1 enabled=false
	says m-1 2>/dev/null || true
	[[ $(state m-1) == ,,, ]]
	try sit-device status m-1
	want 0
	expect_json '[.late, .why]' '[false,null]'
}

@test "a gateway is seen when a device behind it is heard of through it" {
	says p-1 # by a way of its own
	[[ $(state gw-1) == ,,, ]]
	through gw-1 modbus_1
	[[ $(state gw-1) == true,2026-02-01T12:00:00Z,, ]]
	at 2026-02-01T12:05:00Z through gw-1 modbus_99 -q 2>/dev/null || true # a device that nobody knows
	[[ $(state gw-1) == true,2026-02-01T12:05:00Z,, ]]
}

@test "a run writes a device's row at once, then every ten seconds at most, and at its end" {
	for i in 1 2 3 4 5 6; do
		printf '{"device":"m-1","ts":"2026-02-01T11:59:0%d.%03dZ","values":{"v":%d}}\n' 1 "$i" "$i"
	done >"$BATS_TEST_TMPDIR/p"
	try sit-ingest -vv --batch 1 - <"$BATS_TEST_TMPDIR/p"
	want 0
	writes='UPDATE main.device_state' # tried first, where its outcome is known at once
	! on_postgres || writes='INSERT INTO main.device_state'
	[[ $(grep -c "$writes" <<<"$stderr") == 2 ]] || explain "two writes of the row are enough"
	[[ $(state m-1) == true,2026-02-01T12:00:00Z,2026-02-01T11:59:01.006Z, ]]
}

@test "status: a row each, exit 1 when one is late" {
	says m-1 2026-02-01T11:59:59Z
	through gw-1 modbus_1
	try at 2026-02-01T12:03:00Z sit-device status m-1 p-1 --columns name,site,online,age,clock_skew,expected,late,why -f csv
	want 0
	expect 'name,site,online,age,clock_skew,expected,late,why
m-1,plant,true,3m,-1s,3m,false,
p-1,plant,true,3m,,3m,false,'
	try at 2026-02-01T12:03:01Z sit-device status 'name=m*'
	want 1
	silent_stderr
	expect_json '[.name, .online, .late, .why]' '["m-1",true,true,"silent"]'
	try at 2026-02-01T12:00:00Z sit-device status
	expect_json .name '"gw-1"' '"m-1"' '"p-1"' '"p-2"'
	try sit-device status no-such
	want 3
}

@test "status --late is silent when all is well, -q answers with the exit status alone" {
	says m-1
	try sit-device status --late m-1
	want 0 && silent_stdout && silent_stderr
	try at 2026-02-01T12:30:00Z sit-device status --late --select 'site=plant and name=m*'
	want 1
	expect_json .name '"m-1"'
	try at 2026-02-01T12:30:00Z sit-device status --late -q m-1
	want 1 && silent_stdout && silent_stderr
	try sit-device status -q m-1
	want 0 && silent_stdout
}

@test "behind a silent gateway, that is why" {
	says m-1
	through gw-1 modbus_1
	try at 2026-02-01T12:05:00Z sit-device status --late
	expect_json '[.name, .why]' '["m-1","silent"]' '["p-1","silent"]' '["p-2","never"]'
	try at 2026-02-01T12:11:00Z sit-device status --late
	expect_json '[.name, .why]' '["gw-1","silent"]' '["m-1","silent"]' '["p-1","gateway"]' '["p-2","gateway"]'
	try at 2026-02-01T12:11:00Z sit-gateway status
	want 1
	expect_json '[.name, .late]' '["gw-1",true]'
	try sit-gateway status m-1
	want 3 && one_line_stderr 'no gateway "m-1"'
}

@test "what is new is late only once it should have come" {
	try sit-device status m-1 --columns late,why
	expect_json '[.late, .why]' '[false,null]'
	try at 2026-02-01T12:03:01Z sit-device status m-1 --columns late,why,age
	expect_json '[.late, .why, .age]' '[true,"never",null]'
}

@test "offline_after: the device's word, the model's, three times what is expected, ten minutes" {
	expected() { sit-device status "$1" --columns expected -f csv --no-header || true; }
	[[ $(expected m-1) == 3m ]]
	[[ $(expected gw-1) == 10m ]]
	sit-model set meter offline_after=1h
	[[ $(expected m-1) == 1h ]]
	sit-device set m-1 offline_after=30s
	[[ $(expected m-1) == 30s ]]
}

@test "run: silent devices go offline, once, and come back by themselves" {
	says m-1
	says p-1
	sit-device set p-1 offline_after=1h
	try at 2026-02-01T12:03:00Z sit-device run -v
	want 0 && one_line_stderr '0 went offline'
	try at 2026-02-01T12:03:01Z sit-device run -n
	want 0 && one_line_stderr '1 went offline (dry run)'
	try at 2026-02-01T12:03:01Z sit-device run
	want 0 && silent_stdout && silent_stderr
	try sit-device list 'name=m-1,p-1' --columns name,online
	expect_json '[.name, .online]' '["m-1",false]' '["p-1",true]'
	try at 2026-02-01T12:10:00Z sit-device run -v
	one_line_stderr '0 went offline'
	try sit-device status m-1 --columns since
	expect_json .since '"2026-02-01T12:03:01Z"'
	at 2026-02-01T12:20:00Z says m-1
	try at 2026-02-01T12:20:00Z sit-device status m-1 --columns online,since,late
	want 0
	expect_json '[.online, .since, .late]' '[true,"2026-02-01T12:20:00Z",false]'
	at 2026-02-01T12:20:30Z says m-1
	try at 2026-02-01T12:20:30Z sit-device status m-1 --columns since
	expect_json .since '"2026-02-01T12:20:00Z"'
}

@test "run finds the shortest silence allowed, whoever says it" {
	sit-device set gw-1 offline_after=5s
	says m-1
	echo '{"device":"gw-1","values":{"v":1}}' | sit-ingest -q 2>/dev/null || true
	try at 2026-02-01T12:00:06Z sit-device run -v
	one_line_stderr '1 went offline'
	[[ $(sit-device list online=false --columns name -f csv --no-header) == gw-1 ]]
}

@test "run works through more than one statement's worth of devices" {
	for ((i = 0; i < 5500; i++)); do echo "{\"name\":\"x-$i\"}"; done | sit-device add --file - model=meter
	for ((i = 0; i < 5500; i++)); do echo "{\"device\":\"x-$i\",\"values\":{\"v\":$i}}"; done | sit-ingest
	[[ $(sit-device list online=true --columns name | wc -l) == 5500 ]]
	try at 2026-02-01T13:00:00Z sit-device run -v
	one_line_stderr '5500 went offline'
	[[ $(sit-device list online=true --columns name | wc -l) == 0 ]]
}

@test "our clock goes back an hour: nothing is late, nothing seen earlier than it was" {
	says m-1
	at 2026-02-01T11:00:00Z says m-1
	[[ $(state m-1) == true,2026-02-01T12:00:00Z,2026-02-01T12:00:00Z, ]]
	try at 2026-02-01T11:00:00Z sit-device status -q m-1
	want 0
	try at 2026-02-01T11:00:00Z sit-device run -v
	one_line_stderr '0 went offline'
	try at 2026-02-01T12:01:00Z sit-device run -v
	one_line_stderr '0 went offline'
}

@test "our clock flickers by a second: online stays what it is" {
	for i in 1 0 1 0 1 0; do
		at "2026-02-01T12:00:0${i}Z" says m-1
		at "2026-02-01T12:00:0${i}Z" sit-device run
	done
	try sit-device status m-1 --columns online,since,last_seen
	expect_json '[.online, .since, .last_seen]' '[true,"2026-02-01T12:00:01Z","2026-02-01T12:00:01Z"]'
}

@test "our clock was in 2100 for a while: what it left behind does not keep a dead device alive" {
	at 2100-01-01T00:00:00Z says m-1
	at 2100-01-01T00:00:00Z says p-1
	try sit-device status --late m-1
	want 1
	at 2026-02-01T12:00:05Z says p-1
	try at 2026-02-01T12:00:10Z sit-device run -v
	one_line_stderr '1 went offline'
	try sit-device list 'name=m-1,p-1' --columns name,online,last_seen
	expect_json '[.name, .online, .last_seen]' '["m-1",false,"2100-01-01T00:00:00Z"]' '["p-1",true,"2026-02-01T12:00:05Z"]'
}

@test "our clock begins in 1970, as without a battery: what is known stays" {
	says m-1
	at 1970-01-01T00:00:05Z says m-1
	try at 1970-01-01T00:00:10Z sit-device run -v
	one_line_stderr '0 went offline'
	try at 1970-01-01T00:00:10Z sit-device status -q
	want 0
	[[ $(state m-1) == true,2026-02-01T12:00:00Z,2026-02-01T12:00:00Z, ]]
}

@test "sit-latest prints online, last_seen_age and clock_skew when they are named" {
	says m-1 2026-02-01T11:59:58Z
	export SIT_NOW=2026-02-01T12:01:30Z
	try sit-latest m-1
	expect_json .datapoint '"v"'
	try sit-latest m-1 --datapoint 'v,online,last_seen_age,clock_skew' --columns ts,datapoint,value,unit,quality -f csv
	expect 'ts,datapoint,value,unit,quality
2026-02-01T12:00:00Z,clock_skew,-2,s,good
2026-02-01T12:01:30Z,last_seen_age,90,s,good
2026-02-01T12:00:00Z,online,true,,good
2026-02-01T11:59:58Z,v,1,,good'
	try sit-latest -e p-1 --datapoint online
	want 1 # nothing is known
	try sit-latest site=plant --datapoint online
	expect_json .device '"m-1"'
}

@test "they are not stored: points of those names are quarantined, datapoints cannot be called so" {
	for name in online last_seen_age clock_skew; do
		try sit-ingest --as m-1 "$name=1"
		want 6
		[[ $stderr == *"$name is computed, not stored: a datapoint of another name with key=$name takes it"* ]] || explain "reason"
		try sit-datapoint add "$name" device=m-1
		want 2 && one_line_stderr "every device has a datapoint $name already"
		try sit-datapoint add "$name" model=meter
		want 2
	done
	sit-datapoint add heard device=m-1 key=online
	sit-ingest --as m-1 online=1
	try sit-latest m-1 --datapoint heard
	expect_json .value 1
	echo '{"device":"auto","values":{"online":true}}' | sit-ingest -q --auto-create plant 2>/dev/null || true
	try sit-quarantine list device=auto
	expect_json .datapoint '"online"'
}

@test "another organisation's devices are not seen, not swept" {
	sit-org add other parent=default
	sit-device add m-9 --org other
	at 2026-02-01T12:00:00Z sit-ingest --org other -q --as m-9 v=1 2>/dev/null || true
	[[ $(sit-device list --org other --columns online -f csv --no-header) == true ]]
	try at 2026-02-02T00:00:00Z sit-device run -v
	one_line_stderr '0 went offline'
	sit-org add third --org '*'
	try sit-device status --org third
	silent_stdout
	try at 2026-02-02T00:00:00Z sit-device run -v --org third
	one_line_stderr '0 went offline'
	try at 2026-02-02T00:00:00Z sit-device status --org default --late --columns org,name
	expect_json 'select(.org == "other").name' '"other/m-9"'
	try at 2026-02-02T00:00:00Z sit-device run -v --org '*'
	one_line_stderr '1 went offline'
}
