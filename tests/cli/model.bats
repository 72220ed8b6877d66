#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Models as text, their versions, and what devices make of them.
load ../helpers

given() {
	new_store
	dir=$BATS_TEST_TMPDIR
	cat >"$dir/m.json" <<-'EOT'
		{"models": {"em": {"title": "Meter", "datapoints": {
			"u": {"key": "U", "max": 300, "min": 100, "scale": 0.1, "unit": "V", "expected_interval": "1m"}, "i": {"unit": "A"}}}}}
	EOT
	sit-model apply "$dir/m.json"
}

@test "every blueprint that is shipped applies, says the same again, and changes nothing the second time" {
	n=0
	for f in share/models/*.json; do
		name=$(basename "$f" .json)
		sit-model apply "$f"
		sit-model export "$name" | cmp - "$f"
		n=$((n + 1))
	done
	((n == 6))
	before=$(fingerprint)
	for f in share/models/*.json; do
		try sit-model apply "$f" -v
		want 0 && one_line_stderr 'added 0, changed 0, removed 0'
		sit-model diff "$f"
	done
	[[ $before == "$(fingerprint)" ]]
	try sit-model list version:not=1
	silent_stdout
	sit-device add m model=energy-meter
	sit-ingest --as m voltage_l1=230.1 energy_import=12.5
	try sit-latest m
	expect_json '[.datapoint, .unit, .quality]' '["energy_import","kWh","good"]' '["voltage_l1","V","good"]'
}

@test "apply shows what it would change; a datapoint that is no more is retired when there are points of it, else deleted" {
	sit-device add d model=em
	sit-ingest --as d u=2300
	echo '{"models": {"em": {"title": "Meter", "datapoints": {"p": {"unit": "W"}}}}}' >"$dir/m.json"
	try sit-model diff "$dir/m.json"
	want 1
	expect_json '[.noun, .name, (.here == null), (.there == null)]' '["datapoint","em:i",false,true]' '["datapoint","em:u",false,true]' \
		'["datapoint","em:p",true,false]'
	try sit-model apply "$dir/m.json" --dry-run
	want 0
	[[ $stderr == *'"em:i" deleted (dry run)'*'"em:u" retired (dry run)'* || $stderr == *'"em:u" retired (dry run)'*'"em:i" deleted (dry run)'* ]]
	[[ $stderr == *'"em:p" added (dry run)'* ]]
	sit-model diff "$dir/m.json" && explain 'the dry run did something'
	sit-model apply "$dir/m.json"
	sit-model diff "$dir/m.json"
	try sit-latest d
	expect_json '[.datapoint, .value]' '["u",230]'
	try sit-model show em
	expect_json .version 2
}

@test "only models are read, and other models are left alone" {
	echo '{"models": {"other": {}}}' | sit-model apply -
	try sit-model list --columns name
	expect_json .name '"em"' '"other"'
	echo '{"models": {}, "sites": {}}' >"$dir/x.json"
	try sit-model apply "$dir/x.json"
	want 2 && one_line_stderr 'x.json: sites: only models belong here'
	echo '{"models": {"em": {"datapoints": {"u": {"min": 5, "max": 1}, "i": {"precision": 99}}}}}' >"$dir/x.json"
	try sit-model apply "$dir/x.json"
	want 2
	[[ ${stderr_lines[0]} == *'x.json: models.em.datapoints.i.precision: 99 is outside 0..15' ]]
}

@test "export names what it prints; clone begins with what another has" {
	sit-model clone em sub
	try sit-model export sub
	jq '.models.em = .models.sub | del(.models.sub)' <<<"$output" | sit-model diff -
	try sit-model clone em sub
	want 7 && one_line_stderr 'model "sub" is there already'
	try sit-model clone none x
	want 3
	try sit-model clone em 'a b'
	want 2
	try sit-model export none
	want 3
	try sit-model export --select 'name=*'
	[[ $(jq -c '.models | keys' <<<"$output") == '["em","sub"]' ]]
}

@test "versions: each change makes one, with the hash of its text; sync brings devices of a model that does not propagate" {
	sit-device add d model=em
	sit-model set em propagate=false
	sit-datapoint add x model=em
	try sit-model history em --columns version,devices,hash,text
	expect_json '[.version, .devices]' '[3,0]' '[2,0]' '[1,1]'
	while read -r line; do
		[[ $(jq -r .hash <<<"$line") == "$(sql "SELECT text FROM model_version WHERE version = $(jq -r .version <<<"$line")" | tr -d '\n' | sha256sum | cut -d' ' -f1)" ]]
	done <<<"$output"
	[[ $(jq -c 'select(.version == 1) | .text.datapoints | keys' <<<"$output") == '["i","u"]' ]]
	try sit-model devices em
	expect_json '[.device, .version, .newest, .behind]' '["d",1,3,true]'
	try sit-model sync em --dry-run
	one_line_count=${#stderr_lines[@]}
	((one_line_count == 2))
	try sit-model devices em
	expect_json .behind true
	sit-model sync em
	try sit-model devices em
	expect_json '[.device, .version, .newest, .behind]' '["d",3,3,false]'
	audit=$(sql "SELECT count(*) FROM audit WHERE verb = 'sync' AND name = 'em'")
	sit-model sync em
	[[ $audit == 1 && $(sql "SELECT count(*) FROM audit WHERE verb = 'sync'") == 1 ]]
}

@test "a device's own datapoint with only limits takes everything else from its model's" {
	sit-device add d model=em
	sit-datapoint add u device=d max=240
	printf '{"device":"d","datapoint":"U","ts":"2026-02-01T00:00:00Z","value":2300}\n{"device":"d","datapoint":"U","ts":"2026-02-01T00:01:00Z","value":2500}\n' | sit-ingest
	try sit-query d u --all --columns datapoint,value,raw,unit,quality
	expect_json '[.datapoint, .value, .raw, .unit, .quality]' '["u",230,2300,"V","good"]' '["u",250,2500,"V","suspect"]'
	sit-device add e model=em
	printf '{"device":"e","datapoint":"U","ts":"2026-02-01T00:01:00Z","value":2500}\n' | sit-ingest
	try sit-query e u --all --columns value,quality
	expect_json '[.value, .quality]' '[250,"good"]'
	sit-datapoint set d:u scale=1
	sit-ingest --as d U=120 --at 2026-02-01T00:02:00Z
	try sit-latest d
	expect_json '[.datapoint, .value, .unit]' '["u",120,"V"]'
}
