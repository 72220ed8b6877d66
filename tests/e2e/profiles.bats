#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Topics and bodies of other servers, with what real devices sent (tests/data/mqtt).
load ../helpers

given() {
	BROKER_DIR=$BATS_TEST_TMPDIR/broker
	mkdir -p "$BROKER_DIR"
	load ../broker
	ERR=$BATS_TEST_TMPDIR/stderr
	meter=tests/data/mqtt/homewizard-kwh1.json
	new_store
	sit-site add plant
	sit-gateway add gw-1 site=plant
	sit-device add p1 gateway=gw-1 edge_key=17 site=plant
	sit-device add m1 site=plant
	sit-device add foreign-17 site=plant
	broker_start
}

teardown() {
	[[ ! ${ingest-} ]] || kill -9 "$ingest" 2>/dev/null || :
	broker_stop KILL
	[[ ! -e $BATS_TEST_TMPDIR/places ]] || xargs -n 1 dropdb --if-exists --force <"$BATS_TEST_TMPDIR/places"
}

# begin PROFILE [OPTION...]
begin() {
	sit-ingest -v "$BROKER" --profile "$1" --auto-create plant "${@:2}" 2>>"$ERR" 3>&- &
	ingest=$!
	until_true 10 broker_knows sit-ingest-default
}
finish() {
	kill "$ingest"
	wait "$ingest" || :
	ingest=
	stderr=$(cat "$ERR")
}
pub() { mosquitto_pub --unix "$BROKER_DIR/socket" -q 1 "$@"; }
has() { [[ $(sit-query "$1" "$2" --all -f csv --no-header --columns ts,value) == "$3" ]]; }
answered() { [[ $(sql 'SELECT ref FROM inbox') == 42 ]]; }
# all_of DEVICE TS: every name and value of the meter's body is a point of the device at that time.
all_of() {
	cmp -s <(jq -cS '[to_entries[] | [.key, .value]] | sort[]' $meter) \
		<(sit-query "$1" '*' --all -f jsonl | jq -c --arg ts "$2" 'select(.ts == $ts) | [.datapoint, .value]' | jq -cs 'sort[]')
}

@test "saveit: flat bodies; the device in a gateway's topic is an edge key, never somebody else's id" {
	begin saveit
	pub -t saveit/gw-1/17/telemetry -m "$(jq -c '. + {timestamp: "2026-01-01T00:00:00Z"}' $meter)"
	until_true 10 all_of p1 2026-01-01T00:00:00Z
	pub -t saveit/gw-1/telemetry -m '{"edgeKey":"17","timestamp":1767225601,"active_power_w":5}'
	until_true 10 has p1 active_power_w '2026-01-01T00:00:00Z,-45.252
2026-01-01T00:00:01Z,5'
	pub -t device/m1/telemetry -m '{"timestamp":1,"v":1,"inner":{"a":1}}'
	until_true 10 has m1 v 1970-01-01T00:00:01Z,1
	pub -t device/m1/commands/ack -m '{"correlation_id":"cmd_1","status":"completed"}'
	pub -t saveit/gw-1/heartbeat -n
	pub -t saveit/gw-1/foreign-17/telemetry -m '{"timestamp":1,"v":66}'
	until_true 10 grep -q 'no device with edge key "foreign-17" behind gateway "gw-1"' "$ERR"
	finish
	[[ $stderr == *'value is neither number, text, boolean nor location'* ]] || explain "the inner object"
	[[ $(sql "SELECT payload FROM inbox WHERE kind = 'command/ack'") == '{"correlation_id":"cmd_1","status":"completed"}' ]]
	[[ -z $(sit-query foreign-17 '*' --all) ]]
}

@test "zoho: data_ts in milliseconds, objects are devices behind it or parts of a name, <ERROR> is a bad value" {
	begin zoho
	pub -t /devices/gw-1/telemetry -m "$(jq -c '{data_ts: 1767225600123, "17": ., temperature: "<ERROR>", ac_1: {power: 3}}' $meter)"
	until_true 10 all_of p1 2026-01-01T00:00:00.123Z
	until_true 10 has gw-1 ac_1_power 2026-01-01T00:00:00.123Z,3
	finish
	pub -t /device/m1/telemetry -m '{"data_ts":1767225600000,"v":1}'
	pub -t /device/m1/telemetry -m '{"data_ts":1767225601000,"v":"<ERROR>"}'
	begin zoho
	until_true 10 has m1 v '2026-01-01T00:00:00Z,1
2026-01-01T00:00:01Z,'
	run sit-query m1 v --all --columns quality
	expect_json .quality '"good"' '"bad"'
}

@test "thingsboard: of a device, of a gateway, one and many; without a name before the topic it is the device of --as" {
	begin thingsboard --as m1
	pub -t p1/v1/devices/me/telemetry -m "$(jq -c '[{ts: 1767225600000, values: .}]' $meter)"
	pub -t gw-1/v1/gateway/telemetry -m "$(jq -c '{"17": [{ts: 1767225601000, values: .}]}' $meter)"
	pub -t v1/devices/me/telemetry -m '{"ts":1767225600000,"values":{"v":1}}'
	until_true 10 all_of p1 2026-01-01T00:00:00Z
	until_true 10 all_of p1 2026-01-01T00:00:01Z
	until_true 10 has m1 v 2026-01-01T00:00:00Z,1
	pub -t gw-1/v1/gateway/disconnect -m '{"device":"17"}'
	pub -t p1/v1/devices/me/rpc/response/42 -m '{"ok":true}'
	until_true 10 answered
	[[ $(sql 'SELECT ref, kind FROM inbox') == '42|command/ack' ]]
	[[ $(sql "SELECT online FROM device_state s JOIN device d ON d.id = s.device_id WHERE d.name = 'p1'") == 1 ]] # it has answered since
}

@test "texts of a weather station, as a device says them" {
	begin saveit
	pub -t device/m1/data -m x
	pub -t device/m1/telemetry -m "$(jq -c . tests/data/mqtt/ecowitt-gw1000.json)"
	until_true 10 has m1 tempf '2026-02-01T12:00:00Z,-4.4'
}

@test "payloads that are no JSON, or hold nan: each is refused, the others are stored" {
	begin saveit
	good=0 n=0
	while read -r payload; do
		n=$((n + 1))
		payload=$(jq -r . <<<"$payload")
		! jq -se 'length == 1 and (.[0] | type) == "object"' >/dev/null 2>&1 <<<"${payload//nan/@}" || good=$((good + 1))
		pub -t device/m1/telemetry -m "$payload"
	done < <(jq -c .payload tests/data/mqtt/tasmota.jsonl)
	pub -t device/m1/telemetry -m '{"timestamp":1,"last":1}'
	until_true 20 has m1 last 1970-01-01T00:00:01Z,1
	finish
	((n == 34 && good > 10 && good < n))
	refused=$(grep -c -e 'not JSON' -e 'no object of names' -e 'is empty' "$ERR")
	((refused == n - good)) || explain "$refused refused, $((n - good)) of $n are not objects"
}
