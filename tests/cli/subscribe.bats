#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sit-subscribe beside sit-publish: what is sent comes out, as it was or as other servers have it.
load ../helpers

given() {
	BROKER_DIR=$BATS_TEST_TMPDIR/broker
	mkdir -p "$BROKER_DIR"
	load ../broker
	export SIT_ORG=acme
	broker_start
}

teardown() {
	broker_stop KILL
}

# heard N OPTION...: the next N records, in $BATS_TEST_TMPDIR/heard once heard_all.
heard() {
	timeout 120 sit-subscribe "$BROKER" --client-id ear --count "$@" >"$BATS_TEST_TMPDIR/heard" 2>"$BATS_TEST_TMPDIR/told" 3>&- &
	ear=$!
	until_true 10 broker_knows ear
}
heard_all() {
	status=0
	wait "$ear" || status=$?
	output=$(cat "$BATS_TEST_TMPDIR/heard") stderr=$(cat "$BATS_TEST_TMPDIR/told")
	want 0
}

@test "points, of a device and behind a gateway, as records that are read again" {
	heard 3
	{
		echo '{"device":"m1","ts":"2026-01-01T00:00:00Z","values":{"v":1.5,"on":true}}'
		echo '{"gateway":"g","edge_key":"bus/3","ts":"2026-01-01T00:00:01Z","datapoint":"v","value":"x"}'
	} | sit-publish "$BROKER"
	heard_all
	expect_json '[.ts,.device,.gateway,.edge_key,.datapoint,.value]' '["2026-01-01T00:00:00Z","m1",null,null,"v",1.5]' \
		'["2026-01-01T00:00:00Z","m1",null,null,"on",true]' '["2026-01-01T00:00:01Z",null,"g","bus/3","v","x"]'
	new_store --org acme
	sit-gateway add g
	sit-device add m1
	sit-device add b gateway=g edge_key=bus/3
	for p in v:m1 on:m1 v:b; do sit-datapoint add "${p%:*}" device="${p#*:}" type="$(case $p in on*) echo boolean ;; v:b) echo string ;; *) echo float ;; esac)"; done
	sit-ingest "$BATS_TEST_TMPDIR/heard"
	try sit-latest --columns device,value
	expect_json '[.device,.value]' '["b","x"]' '["m1",true]' '["m1",1.5]'
}

@test "--raw prints messages; a filter chooses them" {
	heard 2 --raw --topic 'sit/acme/+/status' --topic 'other/#'
	echo '"online"' | sit-publish "$BROKER" --topic sit/acme/m1/event 2>/dev/null || [[ $? == 6 ]]
	echo '{"status":"online"}' | sit-publish "$BROKER" --topic sit/acme/m1/status
	echo '{"a":1}' | sit-publish "$BROKER" --topic other/thing --retain
	heard_all
	expect_json '[.topic,.payload,.retained]' '["sit/acme/m1/status","{\"status\":\"online\"}",false]' '["other/thing","{\"a\":1}",false]'
	heard 1 --raw --topic 'other/#'
	heard_all
	expect_json '[.payload,.retained]' '["{\"a\":1}",true]'
}

@test "sent as other servers have it" {
	point='{"device":"m1","ts":"2026-01-01T00:00:00Z","datapoint":"v","value":1}'
	heard 3 --raw --topic '#'
	for p in saveit zoho thingsboard; do echo "$point" | sit-publish "$BROKER" --profile $p; done
	heard_all
	expect_json '[.topic,(.payload|fromjson)]' '["saveit/m1/telemetry",{"v":1,"timestamp":"2026-01-01T00:00:00Z"}]' \
		'["/devices/m1/telemetry",{"v":1,"data_ts":1767225600000}]' \
		'["m1/v1/devices/me/telemetry",{"values":{"v":1},"ts":1767225600000}]'
}

@test "records that cannot be sent are told, the others are sent" {
	heard 1
	printf '%s\n' '{"datapoint":"v","value":1}' 'no json' '{"device":"m1"}' '[]' '{"device":"m1","ts":1,"values":{"v":1}}' >"$BATS_TEST_TMPDIR/in"
	try sit-publish "$BROKER" "$BATS_TEST_TMPDIR/in"
	want 6
	[[ $stderr == *"in:1: the record names no device"*"in:2: "*"in:3: neither a point"* ]] || explain "each is told"
	heard_all
	expect_json .value 1
}

@test "what cannot be read is told; the end of the connection is exit 5, with -F the beginning of another" {
	sit-subscribe "$BROKER" --client-id one 2>"$BATS_TEST_TMPDIR/one" 3>&- &
	one=$!
	sit-subscribe "$BROKER" --client-id two -F --count 1 >"$BATS_TEST_TMPDIR/two" 2>/dev/null 3>&- &
	two=$!
	until_true 10 broker_knows one
	until_true 10 broker_knows two
	echo '{"v":1}' | sit-publish "$BROKER" --topic sit/acme/m1/telemetry
	until_true 10 grep -q 'sit/acme/m1/telemetry: neither a point' "$BATS_TEST_TMPDIR/one"
	broker_stop
	status=0
	wait "$one" || status=$?
	want 5
	broker_start
	until_true 20 broker_knows two 2
	echo '{"device":"m1","ts":1,"values":{"v":1}}' | sit-publish "$BROKER"
	wait "$two"
	[[ $(jq .value "$BATS_TEST_TMPDIR/two") == 1 ]]
}

@test "operands that cannot be" {
	try sit-subscribe nowhere
	want 2
	try sit-subscribe "$BROKER" --topic 'a/#/b'
	want 2
	try sit-publish "$BROKER" --topic 'a/+' /dev/null
	want 2
	try sit-publish "$BROKER" "$BATS_TEST_TMPDIR/none"
	want 3
}

@test "a broker that is not there is named" {
	try sit-subscribe mqtt+unix:///nowhere/socket
	want 5 && one_line_stderr 'sit-subscribe: mqtt+unix:///nowhere/socket: no connection'
	try sit-publish mqtt://127.0.0.1:1 </dev/null
	want 5 && one_line_stderr 'sit-publish: mqtt://127.0.0.1:1: no connection'
}
