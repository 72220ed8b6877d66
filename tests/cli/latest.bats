#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sit-latest: the newest value of each datapoint.
load ../helpers

given() {
	new_store
	sit-site add plant
	sit-model add pump
	sit-datapoint add speed model=pump unit=rpm precision=0
	sit-datapoint add state model=pump type=string kind=text
	sit-device add p-1 site=plant model=pump
	sit-device add p-2 model=pump
	sit-ingest <<-'END'
		{"device":"p-1","datapoint":"speed","ts":"2026-02-01T11:58:30Z","value":1480.5}
		{"device":"p-1","datapoint":"speed","ts":"2026-02-01T11:00:00Z","value":900}
		{"device":"p-1","datapoint":"state","ts":"2026-02-01T10:00:00Z","value":"run"}
		{"device":"p-2","datapoint":"speed","ts":"2026-01-01T00:00:00Z","value":0,"quality":"suspect"}
	END
}

@test "all of it, in the order of names; a late point is not the latest" {
	try sit-latest
	want 0
	silent_stderr
	expect '{"ts":"2026-02-01T11:58:30Z","device":"p-1","datapoint":"speed","value":1480.5,"unit":"rpm","quality":"good"}
{"ts":"2026-02-01T10:00:00Z","device":"p-1","datapoint":"state","value":"run","unit":null,"quality":"good"}
{"ts":"2026-01-01T00:00:00Z","device":"p-2","datapoint":"speed","value":0,"unit":"rpm","quality":"suspect"}'
	sit-ingest --as p-1 speed=1 --at 2026-02-01T11:30:00Z
	try sit-latest p-1 --datapoint speed
	expect_json .value 1480.5
}

@test "chosen by name, glob, filter, datapoint" {
	try sit-latest p-2
	expect_lines 1
	try sit-latest 'p-*' --datapoint 's*d'
	expect_json '[.device, .datapoint]' '["p-1","speed"]' '["p-2","speed"]'
	try sit-latest site=plant --datapoint speed,state
	expect_lines 2
	try sit-latest site=
	expect_json .device '"p-2"'
	try sit-latest p-3
	want 3
	one_line_stderr 'no device "p-3" (did you mean "p-'
}

@test "age and site for who asks" {
	try sit-latest p-1 --datapoint speed --columns value,age,site -f csv
	expect 'value,age,site
1480.5,1m30s,plant'
}

@test "a value without a number is no value: the one before stays" {
	sit-ingest <<<'{"device":"p-1","datapoint":"speed","ts":"2026-02-01T11:59:00Z","value":null,"quality":"bad"}'
	[[ $(sit-query p-1 speed --last 1h | wc -l) == 3 ]]
	try sit-latest p-1 --datapoint speed
	expect_json .value 1480.5
}

@test "-e: exit 1 when nothing is found, in silence" {
	try sit-latest -e 'none-*'
	want 1
	silent_stdout
	silent_stderr
	try sit-latest 'none-*'
	want 0
	try sit-latest -e p-1
	want 0
}

@test "it starts fast: nothing is linked that it does not need" {
	# jansson may be there, and the mathematics of SQLite; CSV, gzip and regular expressions may not
	needed=$(readelf -d "$SIT_BIN/sit-latest" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
	[[ $needed ]]
	while read -r lib; do
		case $lib in
		libjansson.so* | libm.so* | libc.so*) ;;
		libgcc_s.so*) sanitized || explain "linked with $lib" ;;
		*) explain "linked with $lib" ;;
		esac
	done <<<"$needed"
}
