#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2046,SC2154 # words without blanks; names are of ../driven and of eval
# Devices that were made for another server, on a broker that sit-broker drives: each has the topics of its profile and no others.
load ../helpers
load ../driven

given() {
	new_store
	broker_given
	meter=tests/data/mqtt/homewizard-kwh1.json
	sit-org set default profile=zoho
	sit-org add blue parent=default profile=thingsboard
	sit-site add plant
	sit-site add hall -O blue
	sit-gateway add gw-1 site=plant
	sit-device add p1 gateway=gw-1 edge_key=17 site=plant
	sit-device add m1 site=plant
	sit-device add own site=plant profile=sit
	sit-device add m1 -O blue site=hall
	for d in gw-1 m1 own; do login $d; done
	sit-device credential add m1 -O blue -q -o "$bundles/blue.json" --url "mqtt://127.0.0.1:$port"
	start_broker --listen "127.0.0.1:$port"
}

# ingest PROFILE [OPTION...]
ingest() {
	sit-ingest -q "mqtt+unix://$dir/mqtt.sock" --user sit-ingest --password "@$dir/services/sit-ingest.ingest" --profile "$1" --auto-create "${@:2}" \
		2>"$BATS_TEST_TMPDIR/ingest.$1" 3>&- &
	eval "$1=$!"
}
finish() {
	kill "$1"
	wait "$1" || :
}
has() { [[ $(sit-query "$1" "$2" --all -f csv --no-header --columns ts,value "${@:4}") == "$3" ]]; }

@test "each is granted the topics of its profile and only those; what it says there is stored" {
	try sit-broker sync -f jsonl
	want 0
	ingest zoho plant --client-id zoho
	ingest thingsboard hall -O blue --client-id thingsboard
	[[ $(jq -r .topics.telemetry "$bundles/m1.json") == /devices/m1/telemetry ]]
	[[ $(jq -r .topics.telemetry "$bundles/own.json") == sit/default/own/telemetry ]]
	[[ $(jq -r .topics.telemetry "$bundles/blue.json") == m1/v1/devices/me/telemetry ]]
	[[ $(jq -c '.topics | has("ota")' "$bundles/m1.json") == false ]]
	# What real devices sent, each under its own login.
	stored() { pub gw-1 /devices/gw-1/telemetry -m "$(jq -c '{data_ts: 1767225600123, "17": .}' "$meter")" && has p1 active_power_w 2026-01-01T00:00:00.123Z,-45.252; }
	eventually stored
	pub m1 /devices/m1/telemetry -m '{"data_ts":1767225600000,"v":1}'
	eventually has m1 v 2026-01-01T00:00:00Z,1
	stored() { pub blue m1/v1/devices/me/telemetry -m "$(jq -c '{ts: 1767225600000, values: .}' "$meter")" && has m1 active_power_w 2026-01-01T00:00:00Z,-45.252 -O blue; }
	eventually stored
	pub own sit/default/own/telemetry -m '{}'
	# Neither another's topics, nor those of another profile, nor of all.
	while read -r who topic; do
		! pub "$who" "$topic" -m '{"data_ts":1767225601000,"ts":1767225601000,"v":66,"values":{"v":66}}' || explain "$who may publish $topic"
	done <<-'END'
		m1 /devices/gw-1/telemetry
		m1 /device/gw-1/telemetry
		m1 sit/default/m1/telemetry
		m1 m1/v1/devices/me/telemetry
		m1 /devices/m1/commands
		own /devices/own/telemetry
		own /devices/m1/telemetry
		blue v1/devices/me/telemetry
		blue v1/gateway/telemetry
		blue m1/v1/gateway/telemetry
		blue /devices/m1/telemetry
		blue sit/blue/m1/telemetry
	END
	finish "$zoho"
	finish "$thingsboard"
	[[ -z $(sit-query '*' '*' --all -O default -f jsonl | jq 'select(.value == 66)') ]]
	# A command reaches it under its topic.
	mosquitto_sub $(as m1) -t /devices/m1/commands -C 1 -W 10 >"$BATS_TEST_TMPDIR/command" 3>&- &
	told() { mosquitto_pub $(service sit-command.command) -q 1 -t /devices/m1/commands -m go && [[ -s $BATS_TEST_TMPDIR/command ]]; }
	eventually told
}

@test "a profile is one organisation's: another has neither it nor its topics" {
	try sit-org set blue profile=zoho
	want 7
	one_line_stderr 'profile: another org has it already'
	sit-device add z -O blue site=hall
	sit-device credential add z -O blue -q -o "$bundles/z.json" --url "mqtt://127.0.0.1:$port"
	sit-device set z -O blue profile=zoho
	try sit-device credential add z -O blue -q -o "$bundles/z2.json" --url "mqtt://127.0.0.1:$port"
	want 7
	one_line_stderr 'device "z" uses topics of zoho, which its organisation has not: sit-org set blue profile=zoho'
	try sit-broker sync
	one_line_stderr 'left out'
	! pub z /devices/z/telemetry -m x || explain "it came in"
	try sit-broker check
	want 1
	[[ $output == *'their device uses topics that their organisation has not'* ]]
	sit-device set z -O blue profile=
	sit-broker sync
	pub z z/v1/devices/me/telemetry -m x
}
