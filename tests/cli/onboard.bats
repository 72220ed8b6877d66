#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
load ../helpers

given() {
	new_store
	sit-site add plant
	sit-policy add metering
	sit-gateway add gw-1 site=plant
	cd "$BATS_TEST_TMPDIR" || return 1
}

url=mqtts://broker.example.com

@test "a dry run says what a run would: the second of a name is refused" {
	printf 'name\nd1\nd1\n' >"$BATS_TEST_TMPDIR/two.csv"
	try sit-onboard add --file "$BATS_TEST_TMPDIR/two.csv" --into "$BATS_TEST_TMPDIR/into" --url mqtt://x -n
	want 6
	[[ $stderr == *'two.csv:3: device "d1" is there already'* ]] || explain 'no second'
	[[ $(sql "SELECT COUNT(*) FROM device WHERE name = 'd1'") == 0 ]]
}

@test "one device, and all it needs to know, once" {
	try sit-onboard add meter-1 site=plant policy=metering --url $url -o meter-1.json
	want 0
	silent_stdout
	[[ $(stat -c %a meter-1.json) == 600 ]]
	output=$(<meter-1.json)
	expect_json '[.device, .org, .host, .port, .tls, .username == .client_id, (.password | length), .topics.telemetry]' \
		'["meter-1","default","broker.example.com",8883,true,true,52,"sit/default/meter-1/telemetry"]'
	password=$(jq -r .password meter-1.json)
	[[ $(sql "SELECT count(*) FROM credential WHERE hash LIKE '\$7\$101\$%'") == 1 ]]
	run grep -F "$password" <(sql 'SELECT hash FROM credential UNION ALL SELECT CAST(new AS TEXT) FROM audit')
	[[ $status == 1 ]]
	try sit-device credential list meter-1 -f jsonl
	expect_json '[.device, .state]' '["meter-1","good"]'
	try sit-onboard add meter-2 --url $url -o meter-1.json
	want 7
	one_line_stderr 'is there already'
	try sit-device show meter-2
	want 3
}

@test "many: each by itself, what is refused is said and kept" {
	printf 'name,gateway,at\nd1,,\nd2,gw-1,\nd1,,\nbad name,,\nd3,,modbus://10.0.0.1/1\nd4,nobody,\n' >in.csv
	try sit-onboard add --file in.csv site=plant policy=metering --url $url -o out.jsonl --rejects rejects
	want 6
	[[ $stderr == *'in.csv:4: device "d1" is there already'* && $stderr == *'3 records refused'* ]]
	[[ $(jq -r .device out.jsonl) == d1 ]]
	[[ $(jq -r .place rejects) == $'in.csv:4\nin.csv:5\nin.csv:7' ]]
	try sit-device list type=smart_sensor,peripheral -f csv --columns name,gateway,edge_key,policy,site --no-header
	expect $'d1,,,metering,plant\nd2,gw-1,d2,metering,plant\nd3,,,metering,plant'
	printf '{"name":"e1","site":"plant"}\n{"name":"e2","nonsense":1}\n' >in.jsonl
	try sit-onboard add --url $url --into bundles --bundle c <in.jsonl
	want 6
	[[ $(ls bundles) == e1.h && $(stat -c %a bundles/e1.h) == 600 ]]
	printf '#include "e1.h"\nint main(void) { return SIT_MQTT_PORT != 8883 || sizeof(SIT_MQTT_PASSWORD) != 53; }\n' >bundles/e1.c
	cc -o e1 bundles/e1.c && ./e1
}

@test "nothing is handed out, and nothing kept, of what fails or is only tried" {
	try sit-onboard add d1 --url $url
	want 2
	one_line_stderr '-o FILE'
	try sit-onboard add d1 -o d1.json
	want 7
	one_line_stderr '--url'
	try sit-onboard add d1 --url $url -o /dev/full/none
	[[ $status != 0 ]]
	try sit-onboard add d1 site=nowhere --url $url -o d1.json
	[[ $status != 0 && ! -e d1.json ]]
	before=$(fingerprint)
	try sit-onboard add d1 --url $url -n -o d1.json
	want 0
	[[ ! -e d1.json && $(fingerprint) == "$before" ]]
	[[ $(sql 'SELECT count(*) FROM credential') == 0 ]]
	try sit-device show d1
	want 3
}

@test "a command line that publishes" {
	sit-onboard add d1 --url mqtt://localhost:1884 --bundle mosquitto_pub -o d1.sh
	[[ $(<d1.sh) =~ ^mosquitto_pub\ -V\ 5\ -q\ 1\ -h\ localhost\ -p\ 1884\ -i\ (dev_[a-z0-9]{8})\ -u\ (dev_[a-z0-9]{8})\ -P\ [a-z0-9]{52}\ -t\ sit/default/d1/telemetry ]]
	[[ ${BASH_REMATCH[1]} == "${BASH_REMATCH[2]}" ]]
}

@test "who has key and secret claims a device, once, into another organisation too" {
	sit-org add buyer parent=default
	sit-site add hall --org buyer
	sit-onboard register SN-42 title='Meter of series 4' -o SN-42.secret
	[[ $(stat -c %a SN-42.secret) == 600 ]]
	printf 'wrong\n' >wrong && chmod 600 wrong
	for attempt in "SN-42 --secret @wrong" "SN-43 --secret @SN-42.secret"; do
		# shellcheck disable=SC2086
		try sit-onboard claim $attempt --org buyer --url $url -o mine.json
		want 4
		one_line_stderr 'there is no such claim, or that is not its secret, or it has ended'
	done
	try sit-onboard claim SN-42 --secret @SN-42.secret site=plant --org buyer --url $url -o mine.json
	[[ $status != 0 && ! -e mine.json ]]
	try sit-onboard claim SN-42 --secret @SN-42.secret site=hall title=other --org buyer --url $url -o mine.json
	want 2
	try sit-onboard claim SN-42 --secret @SN-42.secret site=hall name=meter --org buyer --url $url -o mine.json
	want 0
	[[ $(jq -r '[.org, .device] | join(" ")' mine.json) == 'buyer meter' ]]
	try sit-device show meter --org buyer -f jsonl
	expect_json '[.title, .site]' '["Meter of series 4","hall"]'
	try sit-onboard claim SN-42 --secret @SN-42.secret --org buyer --url $url -o again.json
	want 7
	try sit-onboard list -f jsonl
	expect_json '[.key, .state, .claimed_by]' '["SN-42","claimed","buyer"]'
	sit-onboard rm SN-42
	try sit-onboard rm SN-42
	want 3
}

@test "a claim ends" {
	sit-onboard register SN-1 --expires 1d -o s1
	SIT_NOW=2026-02-02T12:00:00Z try sit-onboard claim SN-1 --secret @s1 --url $url -o x
	want 4
	try sit-onboard register SN-1 -o s2
	want 7
	try sit-onboard register SN-2 nonsense=1 -o s3
	want 2
}

@test "the history of a gateway: what was done with it, and since when it is heard of" {
	sit-gateway credential add gw-1 -q --url $url -o gw.json --note first
	sit-gateway set gw-1 firmware=1.2 -m 'new firmware'
	login=$(jq -r .username gw.json)
	sit-gateway credential revoke "$login"
	printf '{"gateway":"gw-1","edge_key":"x","values":{"a":1}}\n' | sit-ingest -q 2>/dev/null || true
	try sit-gateway history gw-1 -f jsonl
	expect_json '[.what, .new.firmware // .new.credential // null, .message]' '["add",null,null]' "[\"add-credential\",\"$login\",null]" \
		'["set","1.2","new firmware"]' "[\"revoke-credential\",\"$login\",null]" '["online",null,null]'
	try sit-gateway credential add nobody --url $url -o y
	want 3
	sit-device add d9
	try sit-gateway credential add d9 --url $url -o y
	want 3
}
