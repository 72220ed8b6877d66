#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The selector language of sit-selectors(7), and targets of verbs: lists of names, --select, many at once.
load ../helpers

given() {
	new_store
	sit-site add berlin tz=Europe/Berlin title='Hall 7'
	sit-site add lisbon tz=Europe/Lisbon
	sit-model add sdm title='Three phases'
	sit-datapoint add voltage model=sdm
	sit-model add heat
	sit-product add sdm630 manufacturer=Eastron model_number=SDM630 model=sdm verified=true
	sit-field add floor noun=device type=integer min=-2 max=40
	sit-field add tags noun=device type=multiselect words=hot,cold,wet
	sit-asset add line-1 site=berlin
	sit-asset add press parent=line-1
	sit-gateway add gw-1 site=berlin
	sit-device add m1 site=berlin product=sdm630 field.floor=1 field.tags=hot,wet firmware=1.9 asset=press
	sit-device add m2 site=berlin product=sdm630 field.floor=2 firmware=1.10 asset=line-1
	sit-device add m3 site=lisbon model=heat field.floor=-1 enabled=false
	sit-device add m4 gateway=gw-1 edge_key=4 title="it's \"so\""
}

# chosen NAME... -- ARGUMENT...: what list finds with these arguments, in order of names.
chosen() {
	local want=''
	while [[ $1 != -- ]]; do
		want+=${want:+$'\n'}$1
		shift
	done
	shift
	try sit-device list --columns name -f tsv --no-header "$@"
	want 0 && expect "$want"
}

@test "a word that a field cannot have is refused with those that it can, wherever a selection is" {
	for argv in 'sit-device list type=sensor' 'sit-device list type=gateway,sensor' 'sit-device list type:not=sensor' 'sit-device set --select type=sensor note=x' \
		'sit-alarm list severity=awful' 'sit-alarm list severity=awful..' 'sit-alarm list state=nonsense' 'sit-event list kind=none' \
		'sit-alarm history severity=awful' 'sit-device list field.tags=dry'; do
		# shellcheck disable=SC2086 # the words of the line
		try $argv
		want 2 && one_line_stderr 'is none of'
	done
	try sit-device list 'type = "sensor"'
	want 2 && one_line_stderr 'type: "sensor" is none of smart_sensor, peripheral, gateway, api_endpoint'
	try sit-device list type=gatway
	want 2 && one_line_stderr 'did you mean "gateway"?'
	chosen gw-1 -- 'type=gate*'
	chosen -- 'type='
	chosen m1 -- field.tags=hot,cold
}

@test "comparisons, and, or, not, parentheses" {
	chosen m1 m2 -- 'site=berlin and not type=gateway'
	chosen gw-1 m1 m2 m3 -- 'site=berlin or enabled=false'
	chosen m1 -- 'field.floor>=1 and field.floor<2'
	chosen m2 m3 -- 'field.floor>1 or field.floor<=-1'
	chosen m1 m2 -- '(site=berlin or site=lisbon) and model=sdm'
	chosen m3 -- 'site!=berlin and site!='"''"
	chosen gw-1 m2 m3 m4 -- 'not (name=m1)'
	chosen m1 m2 -- 'not (not model=sdm)'
	chosen m1 m2 m3 -- 'name=m1 or name=m2 or name=m3 and site=lisbon'
	chosen m3 -- '(name=m1 or name=m2 or name=m3) and site=lisbon'
}

@test "fields of what is referred to, and so on" {
	chosen gw-1 m1 m2 -- "site.tz='Europe/Berlin'"
	chosen m3 -- 'site.tz=Europe/L*'
	chosen m1 m2 -- 'product.manufacturer=Eastron'
	chosen m1 m2 -- 'model.title~^Three'
	chosen m1 -- 'asset.parent=line-1'
	chosen m1 -- 'asset.parent.name=line-1'
	chosen m4 -- 'gateway.site.tz=Europe/Berlin'
	chosen m1 m2 -- 'product.verified=true'
	sit-model set sdm note=x
	chosen m3 -- 'model.version<2'
}

@test "versions compare by number, custom fields by their type" {
	chosen m1 -- 'firmware<1.10'
	chosen m2 -- 'firmware>=1.10'
	chosen m1 -- 'field.tags=hot'
	chosen m1 -- 'field.tags=wet'
	chosen -- 'field.tags=cold'
	chosen m1 m2 -- 'field.floor=1..3'
	chosen gw-1 m4 -- field.floor=
}

@test "regular expressions: PCRE2, not anchored; one that never ends is refused" {
	chosen m1 m2 m3 m4 -- 'name ~ ^m[0-9]$'
	chosen gw-1 -- 'name !~ ^m'
	try sit-device list 'name ~ (('
	want 2 && one_line_stderr name
	sit-device set m4 note="$(printf 'a%.0s' {1..4000})b"
	try timeout 20 sit-device list 'note ~ ^(a+)+$'
	want 2 && one_line_stderr 'note'
}

@test "values: quoted is literal, bare has lists, patterns and ranges" {
	chosen m4 -- "title='it''s \"so\"'"
	chosen m4 -- 'title="it'"'"'s ""so"""'
	chosen m1 m3 -- 'name=m1,m3'
	sit-device set m1 title='a,b' && sit-device set m2 title='m*'
	chosen m1 -- "title='a,b'"
	chosen m2 -- "title='m*'"
	chosen m2 -- 'title=m\*'
}

@test "groups and assets stand for their devices" {
	sit-group add phases select='model=sdm'
	sit-group add mine
	sit-group member add mine m3 group:phases
	chosen m1 m2 -- group:phases
	chosen m1 m2 m3 -- group:mine
	chosen m1 m2 -- 'group:mine and site=berlin'
	chosen gw-1 m4 -- 'not group:mine'
	chosen m1 m2 -- asset:line-1
	chosen m1 -- asset:press
	try sit-device list group:nobody
	want 3 && one_line_stderr 'no group "nobody"'
	try sit-device list asset:nobody
	want 3 && one_line_stderr 'no asset "nobody"'
	try sit-site list group:mine
	want 2
}

@test "what is wrong is said with its place" {
	try sit-device list 'site=berlin and'
	want 2 && one_line_stderr 'ends where'
	try sit-device list '(site=berlin'
	want 2 && one_line_stderr ')'
	try sit-device list sitee=berlin
	want 2 && one_line_stderr 'did you mean "site"?'
	try sit-device list site.zone=x
	want 2 && one_line_stderr zone
	try sit-device list 'title.x=1'
	want 2 && one_line_stderr 'refers to nothing'
	try sit-device list 'field.floor<x'
	want 2 && one_line_stderr floor
	try sit-device list name
	want 2 && one_line_stderr "did the shell eat a '<'"
	try sit-device list gateway.gateway.gateway.gateway.name=x
	want 2 && one_line_stderr 'too many references'
	try sit-device list "$(printf '(%.0s' {1..100})name=x$(printf ')%.0s' {1..100})"
	want 2 && one_line_stderr 'nested too deep'
}

@test "hostile values are only values" {
	while IFS= read -r line; do
		[[ $line && $line != '#'* ]] || continue
		try sit-device list --select "title='${line//\'/\'\'}'" --columns name -f tsv --no-header
		if [[ $status != 0 ]]; then
			want 2 && one_line_stderr || return
		fi
		silent_stdout || return
	done < <(sed -n '1~12p' tests/data/naughty/blns.txt)
	chosen gw-1 m1 m2 m3 m4 --
}

@test "the same selectors choose points" {
	for d in m1 m2 m3; do
		sit-datapoint add power device=$d
		sit-ingest --as $d power=1 --at 2026-02-01T11:00:00Z 2>/dev/null || true
	done
	try sit-latest --select 'model=sdm and field.floor<2'
	expect_json .device '"m1"'
	try sit-query 'site.tz=Europe/Berlin' power --all
	expect_json .device '"m1"' '"m2"'
	printf 'm2\nm1\n' >"$BATS_TEST_TMPDIR/names"
	try sit-latest @"$BATS_TEST_TMPDIR/names"
	expect_json .device '"m1"' '"m2"'
}

@test "set and rm: names from a list, from standard input, ended by NUL" {
	printf 'm1\n\nm2\n' >"$BATS_TEST_TMPDIR/names"
	try sit-device set @"$BATS_TEST_TMPDIR/names" note=x
	want 0
	expect_json '[.name, .result]' '["m1","changed"]' '["m2","changed"]'
	try bash -c 'printf "m1\nm3\n" | sit-device set - note=x'
	expect_json '[.name, .result]' '["m1","unchanged"]' '["m3","changed"]'
	try bash -c 'printf "m1\0m3\0" | sit-device set -0 - note=y'
	expect_json '[.name, .result]' '["m1","changed"]' '["m3","changed"]'
	try bash -c 'printf "m1\nnobody\n" | sit-device set - note=z'
	want 3 && one_line_stderr 'no device "nobody"'
	chosen m1 m3 -- note=y
}

@test "--select: a line for each, dry runs, one refused does not stop the others" {
	try sit-device set --select 'model=sdm' note=x --dry-run
	want 0
	expect_json '[.name, .result]' '["m1","changed"]' '["m2","changed"]'
	chosen -- note=x
	sit-device set --select 'model=sdm' note=x -q
	chosen m1 m2 -- note=x
	try sit-device set --select 'site=berlin' gateway=gw-1
	want 6
	expect_json '[.name, .result]' '["gw-1","refused"]' '["m1","changed"]' '["m2","changed"]'
	[[ $(jq -r 'select(.name == "gw-1").why' <<<"$output") == *gateway* ]]
	try sit-device rm --select 'name=none'
	want 0
}

@test "nothing removes more than --max-targets, by default 100" {
	seq -f 'bulk-%g' 1 120 | jq -Rc '{name: .}' | sit-device add --file -
	try sit-device rm --select 'name=bulk*' -y
	want 2 && one_line_stderr '120 devices, more than 100'
	try sit-device rm --select 'name=bulk*' -y --max-targets 119
	want 2
	try sit-device rm --select 'name=bulk*' -y --max-targets 120
	want 0 && expect_lines 120
	chosen gw-1 m1 m2 m3 m4 --
	try sit-device set --select 'name=m*' note=q --max-targets 3
	want 2
}
