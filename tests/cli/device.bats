#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Verbs of devices alone: what they lack to be complete, and their labels. (status and run: state.bats.)
load ../helpers

given() {
	new_store --org acme
	sit-site add plant
	sit-model add meter
	sit-policy add telemetry
	sit-datapoint add energy_kwh model=meter required=true
	sit-datapoint add power_kw model=meter
}

# missing DEVICE...: what checklist finds missing.
missing() {
	sit-device checklist "$@" | jq -r 'select(.ok | not) | .item' | tr '\n' ' '
}

@test "checklist: what a device needs, whether it is there, what to do about it" {
	sit-device add m-1
	try sit-device checklist m-1 -f csv
	want 1 && silent_stderr
	expect 'device,item,ok,todo
m-1,site,false,sit-device set m-1 site=SITE
m-1,model,false,sit-device set m-1 model=MODEL
m-1,serial,false,sit-device set m-1 serial=NUMBER
m-1,policy,false,sit-device set m-1 policy=POLICY
m-1,enabled,true,
m-1,heard,false,"it was never heard of: is it on, does it know the broker?"'
}

@test "checklist: item by item it becomes complete" {
	sit-device add m-1 site=plant serial=4711 policy=telemetry
	[[ $(missing m-1) == 'model heard ' ]]
	sit-device set m-1 model=meter enabled=false
	[[ $(missing m-1) == 'enabled datapoint energy_kwh heard ' ]]
	sit-device set m-1 enabled=true
	sit-ingest --as m-1 power_kw=1 # of the two only energy is required
	[[ $(missing m-1) == 'datapoint energy_kwh ' ]]
	sit-ingest --as m-1 energy_kwh=1
	try sit-device checklist m-1
	want 0
	[[ $(jq -s 'map(.ok) | all' <<<"$output") == true ]]
}

@test "checklist: a device's own datapoint says whether the model's is required of it" {
	sit-device add m-1 site=plant serial=4711 policy=telemetry model=meter
	sit-ingest --as m-1 power_kw=1
	sit-datapoint add energy_kwh device=m-1 required=false
	sit-datapoint add power_kw device=m-1 required=true
	sit-datapoint add extra device=m-1 required=true
	[[ $(missing m-1) == 'datapoint extra ' ]]
}

@test "checklist: a peripheral needs its edge key, an api_endpoint its address, both no more than that" {
	sit-gateway add gw-1
	sit-device add p-1 gateway=gw-1
	[[ $(missing p-1) == 'site model edge_key serial policy heard ' ]]
	sit-device add api-1 type=api_endpoint
	[[ $(missing api-1) == 'site model at policy heard ' ]]
}

@test "checklist: custom fields that are required" {
	sit-device add m-1
	sit-field add room noun=device type=text required=true
	sit-field add colour noun=device type=text
	[[ $(missing m-1) == 'site model serial policy field.room heard ' ]]
	sit-device set m-1 field.room=E12
	[[ $(missing m-1) == 'site model serial policy heard ' ]]
}

@test "checklist: of those that are named or selected, of all without" {
	sit-device add m-1
	sit-device add m-2 site=plant
	try sit-device checklist
	[[ $(jq -r .device <<<"$output" | uniq | tr '\n' ' ') == 'm-1 m-2 ' ]]
	try sit-device checklist site=plant
	[[ $(jq -r .device <<<"$output" | uniq) == m-2 ]]
	try sit-device checklist m-3
	want 3
}

# scanned FILE.svg: what a scanner reads from it, sorted.
scanned() {
	command -v rsvg-convert zbarimg >/dev/null || skip "no rsvg-convert or zbarimg"
	rsvg-convert --zoom 4 "$1" -o "$BATS_TEST_TMPDIR/label.png"
	zbarimg -q --raw "$BATS_TEST_TMPDIR/label.png" 2>/dev/null | sort
}

@test "label: a scanner reads from the sheet what the records say" {
	sit-device add m-1 title='Pump <1> & Co "west"' serial='SN 4711/ü' key='urn:1&2'
	sit-device add m-2
	try sit-device label m-1 m-2 --columns name,code -f csv
	expect 'name,code
m-1,sit:acme/m-1?serial=SN%204711%2F%C3%BC&key=urn%3A1%262
m-2,sit:acme/m-2'
	try sit-device label m-1 m-2 -o "$BATS_TEST_TMPDIR/sheet.svg"
	want 0 && silent_stdout && silent_stderr
	[[ $(scanned "$BATS_TEST_TMPDIR/sheet.svg") == 'sit:acme/m-1?serial=SN%204711%2F%C3%BC&key=urn%3A1%262
sit:acme/m-2' ]]
	grep -q '>Pump &#60;1&#62; &#38; Co "west"<' "$BATS_TEST_TMPDIR/sheet.svg"
}

@test "label: a large code is read, a text that is too long for one is refused" {
	sit-device add m-1 serial="$(printf '%0100d' 7)" key="$(printf 'k%0200d' 8)"
	sit-device label m-1 -o "$BATS_TEST_TMPDIR/sheet.svg"
	[[ $(scanned "$BATS_TEST_TMPDIR/sheet.svg") == "sit:acme/m-1?serial=$(printf '%0100d' 7)&key=$(printf 'k%0200d' 8)" ]]
	sit-device set m-1 serial="$(printf 'ü%.0s' {1..50})" key="$(printf 'ü%.0s' {1..125})" # 6 bytes each, once encoded
	try sit-device label m-1 -o "$BATS_TEST_TMPDIR/none.svg"
	want 2 && one_line_stderr 'm-1: '
	[[ ! -e $BATS_TEST_TMPDIR/none.svg ]]
}

# blocks_to_pbm: half blocks, light ones drawn, as an image of 4 pixels a module with a quiet zone.
blocks_to_pbm() {
	python3 -c '
import sys
rows = []
for line in sys.stdin.read().splitlines()[1:]:
    rows.append([c in "▄ " for c in line])
    rows.append([c in "▀ " for c in line])
width = len(rows[0])
rows = [[False] * width] * 4 + rows[:width - 2] + [[False] * width] * 4
rows = [[False] * 4 + r + [False] * 4 for r in rows]
print("P1", len(rows[0]) * 4, len(rows) * 4)
for r in rows:
    for _ in range(4):
        print(" ".join("1" if c else "0" for c in r for _ in range(4)))'
}

@test "label: what is on the terminal is the same code" {
	command -v zbarimg >/dev/null || skip "no zbarimg"
	sit-device add m-1 serial=4711
	sit-device label m-1 -f table >"$BATS_TEST_TMPDIR/blocks"
	[[ $(head -n 1 "$BATS_TEST_TMPDIR/blocks") == m-1 ]]
	blocks_to_pbm <"$BATS_TEST_TMPDIR/blocks" >"$BATS_TEST_TMPDIR/code.pbm"
	[[ $(zbarimg -q --raw "$BATS_TEST_TMPDIR/code.pbm" 2>/dev/null) == sit:acme/m-1?serial=4711 ]]
	# in colour the dark modules are drawn, on white: every second line begins and ends with its sequence
	sit-device label m-1 -f table --color always | sed 1d >"$BATS_TEST_TMPDIR/colour"
	[[ $(grep -vc $'^\033\[30;107m.*\033\[0m$' "$BATS_TEST_TMPDIR/colour") == 0 ]]
	sed 's/\x1b\[[0-9;]*m//g; y/ ▄▀█/█▀▄ /' "$BATS_TEST_TMPDIR/colour" >"$BATS_TEST_TMPDIR/inverted"
	diff <(sed '1d; $d' "$BATS_TEST_TMPDIR/blocks") <(sed '$d' "$BATS_TEST_TMPDIR/inverted")
}

@test "label: needs names; a device that is not there is exit 3, and no file is left" {
	try sit-device label
	want 2 && one_line_stderr 'needs names'
	try sit-device label m-9 -o "$BATS_TEST_TMPDIR/sheet.svg"
	want 3
	try sit-device label 'name=none*' -o "$BATS_TEST_TMPDIR/sheet.svg"
	want 3
	[[ ! -e $BATS_TEST_TMPDIR/sheet.svg ]]
}

@test "only sit-device carries the library that makes codes" {
	for p in $(programs); do
		[[ $p == sit-device ]] || ! readelf -d "$SIT_BIN/$p" | grep -q qrencode || explain "$p is linked with libqrencode"
	done
	readelf -d "$SIT_BIN/sit-device" | grep -q libqrencode
}
