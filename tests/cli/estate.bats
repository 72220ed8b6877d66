#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The estate as text: out, beside the store, in. What goes out comes in again, byte for byte.
load ../helpers

given() {
	new_store
	dir=$BATS_TEST_TMPDIR
}

# other_store: go on in an empty one.
other_store() {
	export SIT_DB
	SIT_DB=$(place other)
	on_postgres || rm -f "$SIT_DB"*
	new_store
}

# small_estate: a few things of every kind.
small_estate() {
	sit-field add floor noun=device type=integer
	sit-site add plant tz=Europe/Berlin title='Hall "7"'
	sit-model add meter
	sit-datapoint add energy_kwh model=meter kind=counter unit=kWh
	sit-product add sdm manufacturer=Eastron model_number=SDM630 model=meter
	sit-asset add hall site=plant
	sit-gateway add gw site=plant
	sit-device add m1 site=plant gateway=gw product=sdm asset=hall field.floor=3
	sit-datapoint add energy_kwh device=m1 max=250
	sit-group add all
	sit-group add some
	sit-group member add all gw group:some
	sit-group member add some m1
	sit-rule add hot model=meter datapoint=energy_kwh condition=gt threshold=5
	sit-notify channel add ops type=email url=smtp://mail.example:587 from=sit@example.com to=ops@example.com user=sit 2>/dev/null
	sit-notify channel add page type=exec command='["/bin/true","x"]' timeout=1m
	sit-notify route add night channel=ops select='group:all and site=plant' change=raised,cleared group=30s escalate=15m:page quiet=22:00-06:00
}

# rows: everything in the store that an application may write.
rows() {
	local t
	for t in org site model model_version device datapoint asset product policy device_group group_member field field_value rule audit; do
		sql "SELECT '$t', * FROM $t"
	done
}

@test "export: sorted, one thing a line, parts of a thing one a line" {
	small_estate
	try sit-estate export
	want 0
	[[ $output == *'
  "devices": {
    "gw": {"enabled": true, "site": "plant", "type": "gateway"},
    "m1": {
      "asset": "hall",
      "datapoints": {
        "energy_kwh": {"kind": "counter", "max": 250, "type": "float"}
      },
      "enabled": true,
      "field.floor": 3,
      "gateway": "gw",'* ]] || explain "devices look otherwise"
	[[ $output == *'
    "all": {
      "devices": [
        "gw"
      ],
      "groups": [
        "some"
      ]
    },'* ]] || explain "groups look otherwise"
	[[ $output != *'"id"'* && $output != *created* && $output != *last_seen* && $output != *version* ]]
	jq -S . <<<"$output" >"$dir/sorted"
	jq . <<<"$output" | cmp - "$dir/sorted"
}

@test "export, apply into a new store, export: the same bytes; applying again writes nothing" {
	small_estate
	sit-estate export -o "$dir/a.json"
	other_store
	try sit-estate apply "$dir/a.json"
	want 0 && silent_stdout && one_line_stderr 'channel ops needs its secret: sit-notify channel secret ops'
	sit-estate export | cmp - "$dir/a.json"
	before=$(fingerprint) audit=$(rows)
	try sit-estate apply "$dir/a.json"
	want 0 && silent_stdout && silent_stderr
	[[ $before == "$(fingerprint)" && $audit == "$(rows)" ]]
	gzip -c "$dir/a.json" | sit-estate diff -
}

@test "what a device may send is part of it; it is set, changed, taken back, and in the trail" {
	small_estate
	sit-limit set m1 100:1s,2000:60s over=quarantine
	sit-limit set gw 5:1m
	sit-estate export -o "$dir/a.json"
	grep -q '"gw": {.*"limit": {"rule": "5:1m"}' "$dir/a.json"
	other_store
	sit-estate apply "$dir/a.json"
	sit-estate export | cmp - "$dir/a.json"
	try sit-limit list -f jsonl
	[[ $(jq -c 'select(.from == "own") | [.whose, .limit, .over]' <<<"$output") == $'["device:gw","5:1m","delay"]\n["device:m1","100:1s,2000:1m","quarantine"]' ]] || explain limits
	try sit-estate apply "$dir/a.json" -v
	want 0 && one_line_stderr 'added 0, changed 0, removed 0'
	# Said otherwise, and no more.
	jq '.devices.gw.limit.rule = "7:60s" | del(.devices.m1.limit)' "$dir/a.json" >"$dir/b.json"
	try sit-estate diff "$dir/b.json" --columns noun,name,field,there -f tsv --no-header
	want 1 && expect $'device\tgw\tlimit\t{"rule": "7:1m"}\ndevice\tm1\tlimit\t'
	sit-estate apply "$dir/b.json"
	try sit-limit list -f jsonl
	[[ $(jq -c 'select(.from == "own") | [.whose, .limit]' <<<"$output") == '["device:gw","7:1m"]' ]] || explain limits
	[[ $(sit-audit list noun=limit -f jsonl | jq -c '[.verb, .name]' | tail -n2 | sort) == $'["delete","device:m1"]\n["set","device:gw"]' ]]
	sit-audit verify
	# Wrong ones are told with their place, and nothing is changed.
	for bad in '"5:1m"' '{"rule":"often"}' '{"rule":"5:1m","over":"drop"}' '{"rule":"5:1m","most":1}'; do
		jq --argjson bad "$bad" '.devices.gw.limit = $bad' "$dir/a.json" >"$dir/c.json"
		try sit-estate apply "$dir/c.json"
		want 2
		[[ $stderr == *"devices.gw.limit: "* ]] || explain "$bad"
	done
}

@test "a folder: a file for each site and model, one for the rest; what is no more goes, what is the same stays" {
	small_estate
	sit-site add spare
	sit-estate export -o "$dir/e/"
	(cd "$dir/e" && find . -type f | sort) >"$dir/files"
	diff - "$dir/files" <<-'EOT'
		./estate.json
		./models/meter.json
		./sites/plant.json
		./sites/spare.json
	EOT
	[[ $(jq -c 'map_values(keys)' "$dir/e/sites/plant.json") == '{"assets":["hall"],"devices":["gw","m1"],"sites":["plant"]}' ]]
	sit-estate diff "$dir/e"
	touch -d 2020-01-01 "$dir/e/models/meter.json"
	sit-site rm spare -y
	sit-estate export -o "$dir/e"
	[[ ! -e $dir/e/sites/spare.json && $(date -r "$dir/e/models/meter.json" +%Y) == 2020 ]]
	sit-estate export -o "$dir/a.json"
	other_store
	sit-estate apply "$dir/e"
	sit-estate export | cmp - "$dir/a.json"
	cp "$dir/e/models/meter.json" "$dir/e/models/copy.json"
	try sit-estate apply "$dir/e"
	want 2 && one_line_stderr 'models/meter.json: models.meter: is in '
}

@test "diff: a record for each thing and field; exit 1 when something differs" {
	small_estate
	sit-estate export |
		jq 'del(.devices.m1["field.floor"], .assets.hall, .devices.m1.asset) | .sites.plant.title = "x" | .devices.new = {} | .groups.all.devices = []' >"$dir/b.json"
	try sit-estate diff "$dir/b.json"
	want 1 && silent_stderr
	expect_json '[.noun, .name, .field, .here, .there]' '["site","plant","title","Hall \"7\"","x"]' \
		'["asset","hall",null,{"site":"plant"},null]' '["device","m1","asset","hall",null]' \
		'["device","m1","field.floor",3,null]' '["device","new",null,null,{}]' '["group","all","devices",["gw"],null]'
	other_store
	try sit-estate diff "$dir/b.json"
	want 1
	[[ $output == *'{"noun":"device","name":"m1","field":null,"here":null'* ]]
}

@test "apply says with -v and --dry-run what it does; --dry-run does nothing" {
	small_estate
	sit-estate export | jq '.sites.plant.title = "x" | .devices.new = {}' >"$dir/b.json"
	before=$(rows)
	try sit-estate apply "$dir/b.json" --dry-run
	want 0
	[[ ${stderr_lines[0]} == 'sit-estate: site "plant" changed: title (dry run)' ]]
	[[ ${stderr_lines[1]} == 'sit-estate: device "new" added (dry run)' ]]
	[[ ${stderr_lines[2]} == 'sit-estate: added 1, changed 1, removed 0, only here 0 (dry run)' ]]
	[[ $before == "$(rows)" ]]
	sit-estate apply "$dir/b.json" -m 'as ordered'
	try sit-device show new
	want 0
	[[ $(sql "SELECT verb || ' ' || name FROM audit WHERE message = 'as ordered' ORDER BY id" | paste -sd,) == 'set plant,add new' ]]
}

@test "what is not in the file stays; --prune removes it, of the kinds that the file holds, and asks" {
	small_estate
	sit-site add spare
	sit-device add idle
	sit-datapoint add v device=m1
	sit-ingest --as m1 v=1
	sit-estate export | jq '{devices: {gw: .devices.gw, m1: (.devices.m1 | del(.datapoints))}}' >"$dir/b.json"
	try sit-estate apply "$dir/b.json" -v
	want 0 && one_line_stderr 'added 0, changed 0, removed 0, only here 3'
	try sit-estate apply "$dir/b.json" --prune </dev/null
	want 2 && one_line_stderr 'Remove 3 things?'
	try sit-estate apply "$dir/b.json" --prune --dry-run
	want 0
	[[ ${stderr_lines[0]} == 'sit-estate: 3 to be removed (dry run)' ]]
	try sit-estate apply "$dir/b.json" --prune --yes -v
	want 0
	[[ $stderr == *'datapoint "m1:v" retired'*'datapoint "m1:energy_kwh" '*'device "idle" deleted'* || $stderr == *'device "idle" deleted'*'datapoint "m1:v" retired'* ]]
	try sit-site show spare
	want 0
	try sit-group show all
	want 0
	echo '{"sites": {}}' >"$dir/b.json"
	try sit-estate apply "$dir/b.json" --prune --yes
	want 2
	[[ ${stderr_lines[0]} == "sit-estate: $dir/b.json: cannot remove site plant: still has "* ]]
	try sit-site show spare
	want 0
}

@test "every bad thing is told with file and path, and nothing is changed" {
	cat >"$dir/e.json" <<-'EOT'
		{"sites": {"s": {"tz": "X/Y"}, "a b": {}, "t": {"titel": "x"}},
		 "assets": {"c": {"site": "nowhere"}, "d": {"parent": "c"}},
		 "devices": {"meter-1": {"site": "x"}, "q": {"unit": "many", "title": ["x"], "site": "id:1", "field.nope": 1, "created": "now"},
		             "p": {"type": "peripheral"}, "d": {"datapoints": {"bad-name": {}, "e": {"type": "enum"}}}},
		 "groups": {"sel": {"select": "name=x", "devices": ["p"]}, "g": {"devices": [3]}}}
	EOT
	before=$(rows)
	try sit-estate apply "$dir/e.json"
	want 2 && silent_stdout
	diff - <(sed "s,^sit-estate: $dir/,," <<<"$stderr" | sort) <<-'EOT'
		e.json: assets.c.site: no site "nowhere"
		e.json: devices.d.datapoints.bad-name.name: "bad-name" is not an identifier: 1 to 63 of letters, digits, '_'; a letter first
		e.json: devices.d.datapoints.e.words: an enum needs them (words=off,on)
		e.json: devices.meter-1.site: no site "x"
		e.json: devices.p.gateway: a peripheral needs one (gateway=...)
		e.json: devices.q.created: is not set this way
		e.json: devices.q.site: "id:1": write the name of a site of this organisation
		e.json: devices.q.title: takes one value, not a list
		e.json: devices.q.unit: "many" is not a whole number
		e.json: devices.q: a device has no field "field.nope"
		e.json: groups.g.devices: should be a list of names
		e.json: groups.sel.devices: a group with a selector has no members by hand
		e.json: nothing is changed: 15 wrong things are in it
		e.json: sites.a b.name: "a b" is not a name: 1 to 63 of letters, digits, '.', '_', '-'; a letter or digit first
		e.json: sites.s.tz: there is no time zone "X/Y"
		e.json: sites.t: a site has no field "titel" (did you mean "title"?)
	EOT
	[[ $before == "$(rows)" ]]
}

@test "files that are none" {
	refused() {
		printf '%s' "$1" >"$dir/f.json"
		try sit-estate apply "$dir/f.json"
		want "${3:-2}" && one_line_stderr "$dir/f.json: $2"
	}
	refused '{"devics": {}}' 'devics: no such kind of things (did you mean "devices"?)'
	refused '{"devices": {"a": {}, "a": {}}}' 'duplicate key "a"'
	refused '{"devices": []}' 'devices: should be an object of things by their names'
	refused '{"devices": {"a": 1}}' 'devices.a: should be an object'
	refused '{"models": {"a": {"datapoints": 1}}}' 'models.a.datapoints: should be an object'
	refused '[]' 'not an object'
	refused '' 'not JSON: empty'
	refused $'{"devices": {\n"a": {},\n "b" {}}}' 'line 3: not JSON at byte 6'
	try sit-estate apply "$dir/none.json"
	want 3
	mkdir "$dir/empty"
	try sit-estate diff "$dir/empty"
	want 3 && one_line_stderr 'no estate.json'
	try sit-estate export --org '*'
	want 2
}

@test "circles are refused, with a line that names them" {
	echo '{"sites": {"s": {}}, "assets": {"a": {"parent": "b"}, "b": {"parent": "a"}, "c": {"parent": "c"}}}' >"$dir/e.json"
	try sit-estate apply "$dir/e.json"
	want 2
	[[ $stderr == *'assets.a.parent: goes round in a circle through "b"'*'assets.b.parent: goes round in a circle through "a"'* ]]
	[[ $stderr == *'assets.c.parent: goes round in a circle through "c"'* ]]
	echo '{"groups": {"a": {"groups": ["b"]}, "b": {"groups": ["c"]}, "c": {"groups": ["a"]}}}' >"$dir/e.json"
	try sit-estate apply "$dir/e.json"
	want 2
	[[ ${stderr_lines[0]} == *'groups.b.groups: c: group c is in itself'* && ${#stderr_lines[@]} == 2 ]]
	echo '{"groups": {"a": {"select": "group:b"}, "b": {"select": "group:a"}}}' >"$dir/e.json"
	try sit-estate apply "$dir/e.json"
	want 2
	[[ ${stderr_lines[0]} == *'is in itself'* && ${#stderr_lines[@]} == 2 ]]
	sit-site add s
	sit-asset add a site=s
	sit-asset add b parent=a
	echo '{"assets": {"a": {"site": "s", "parent": "b"}, "b": {"site": "s", "parent": "a"}}}' >"$dir/e.json"
	try sit-estate apply "$dir/e.json"
	want 2
	[[ ${stderr_lines[0]} == *'assets.a.parent: b is itself below a' ]]
}

@test "references forward and in circles, where they may be" {
	cat >"$dir/e.json" <<-'EOT'
		{"fields": {"device:peer": {"type": "reference", "refers": "device"}, "site:head": {"type": "reference", "refers": "device"}},
		 "groups": {"a": {"select": "group:b or name=z"}, "b": {"groups": ["c"]}, "c": {"devices": ["a"]}},
		 "devices": {"a": {"gateway": "z", "field.peer": "b"}, "b": {"field.peer": "a", "site": "s"}, "z": {"type": "gateway", "asset": "aa"}},
		 "assets": {"aa": {"parent": "bb"}, "bb": {"parent": "cc"}, "cc": {"site": "s"}}, "sites": {"s": {"field.head": "a"}}}
	EOT
	sit-estate apply "$dir/e.json"
	try sit-group members a
	expect_json .name '"a"' '"z"'
	try sit-device list --columns name,type,field.peer name=a,b
	expect_json '[.name, .type, .["field.peer"]]' '["a","peripheral","b"]' '["b","smart_sensor","a"]'
	try sit-asset show aa
	expect_json .site '"s"'
}

@test "names given up and taken by another in one go" {
	cat >"$dir/e.json" <<-'EOT'
		{"devices": {"g": {"type": "gateway"}, "m1": {"gateway": "g", "edge_key": "1"}, "m2": {"gateway": "g", "edge_key": "2"}}}
	EOT
	sit-estate apply "$dir/e.json"
	jq '.devices.m1.edge_key = "2" | .devices.m2.edge_key = "1"' "$dir/e.json" >"$dir/s.json"
	sit-estate apply "$dir/s.json"
	try sit-device list edge_key:not= --columns name,edge_key
	expect_json '[.name, .edge_key]' '["m1","2"]' '["m2","1"]'
	# A renamed device is another one: the old keeps its key until it is pruned.
	jq '.devices.new = .devices.m1 | del(.devices.m1)' "$dir/s.json" >"$dir/f.json"
	try sit-estate apply "$dir/f.json"
	want 2
	[[ ${stderr_lines[0]} == *'devices.new.edge_key: another device of that gateway has it already' ]]
	sit-estate apply "$dir/f.json" --prune --yes
	try sit-device list edge_key:not= --columns name,edge_key
	expect_json '[.name, .edge_key]' '["m2","1"]' '["new","2"]'
}

@test "names that differ only in case are two things" {
	echo '{"devices": {"Meter": {"title": "large"}, "meter": {"title": "small"}}, "sites": {"S": {}, "s": {}}}' | sit-estate apply -
	try sit-device list --columns name,title
	expect_json '[.name, .title]' '["Meter","large"]' '["meter","small"]'
	sit-estate export -o "$dir/e/"
	[[ -f $dir/e/sites/S.json && -f $dir/e/sites/s.json ]]
	echo '{"devices": {"meter": {"site": "PLANT"}}, "sites": {"plant": {}}}' >"$dir/e.json"
	try sit-estate apply "$dir/e.json"
	want 2
	[[ ${stderr_lines[0]} == *'devices.meter.site: no site "PLANT"'* ]]
}

@test "what a thing has is described whole: what is not said is empty, or has its default where it must not be" {
	sit-site add s tz=Europe/Berlin title=x
	sit-device add d site=s title=y
	echo '{"devices": {"d": {"enabled": false}}, "sites": {"s": {}}}' | sit-estate apply -
	try sit-site show s
	expect_json '[.tz, .title]' '["UTC",null]'
	try sit-device show d
	expect_json '[.site, .title, .enabled, .type]' '[null,null,false,"smart_sensor"]'
}

@test "custom fields: values of one that the text does not know are left alone; required ones are asked of new things" {
	sit-device add old
	sit-field add floor noun=device type=integer required=true default=
	sit-estate export -o "$dir/a.json"
	other_store
	sit-estate apply "$dir/a.json" # old has none, as it was there before the field
	sit-estate export | cmp - "$dir/a.json"
	echo '{"devices": {"new": {}}}' >"$dir/b.json"
	try sit-estate apply "$dir/b.json"
	want 2
	[[ ${stderr_lines[0]} == *'devices.new.field.floor: a device needs one'* ]]
	sit-device set old field.floor=4
	echo '{"fields": {}, "devices": {"old": {"title": "x"}}}' >"$dir/b.json"
	sit-estate apply "$dir/b.json"
	try sit-device show old
	expect_json '[.title, .["field.floor"]]' '["x",4]'
	echo '{"fields": {"device:floor": {"type": "string"}}}' >"$dir/b.json"
	try sit-estate apply "$dir/b.json"
	want 2
	[[ ${stderr_lines[0]} == *'fields.device:floor.type: cannot be changed'* ]]
}

@test "a product that gets another model takes its devices with it, and the text must say so" {
	small_estate
	sit-model add other
	sit-estate export | jq '.products.sdm.model = "other"' >"$dir/b.json"
	try sit-estate apply "$dir/b.json"
	want 2
	[[ ${stderr_lines[0]} == *'devices.m1.model: product sdm has the model other'* ]]
	jq '.devices.m1.model = "other"' "$dir/b.json" >"$dir/c.json"
	sit-estate apply "$dir/c.json"
	sit-estate diff "$dir/c.json"
}

@test "one version of a model for each application that changes it" {
	small_estate
	version() { sit-model show meter -f jsonl | jq .version; }
	before=$(version)
	sit-estate export | jq '.models.meter.title = "x" | .models.meter.datapoints.a = {} | .models.meter.datapoints.b = {}' >"$dir/b.json"
	sit-estate apply "$dir/b.json"
	[[ $(version) == $((before + 1)) ]]
	sit-estate apply "$dir/b.json"
	[[ $(version) == $((before + 1)) ]]
}

@test "datapoints of a device that was retired are nobody's" {
	sit-device add d
	sit-datapoint add v device=d
	sit-ingest --as d v=1
	sit-device rm d -y
	sit-device add d
	try sit-datapoint list
	silent_stdout
	try sit-estate export
	[[ $output != *datapoints* ]]
}

# The strong form: of estates at random all that was written comes out again; going from one to another leaves what a new store would hold.
@test "random estates survive, and become each other" {
	for seed in 1 2 3 4 5 6; do
		for s in "$seed" $((seed + 1000)); do
			awk -v seed=$s -f tests/cli/estate.awk tests/data/naughty/blns.txt >"$dir/$s.json"
		done
		g=$dir/$seed.json h=$dir/$((seed + 1000)).json
		other_store
		sit-estate apply "$g"
		sit-estate export -o "$dir/a.json"
		jq -e -n --slurpfile g "$g" --slurpfile a "$dir/a.json" '($a[0] * $g[0]) == $a[0]' >/dev/null
		before=$(fingerprint)
		sit-estate apply "$g"
		sit-estate diff "$dir/a.json"
		[[ $before == "$(fingerprint)" ]]
		rm -rf "$dir/e"
		sit-estate export -o "$dir/e/"
		sit-estate apply "$h" --prune --yes
		sit-estate export -o "$dir/b.json"
		other_store
		sit-estate apply "$dir/e"
		sit-estate export | cmp - "$dir/a.json"
		other_store
		sit-estate apply "$h" --prune --yes
		sit-estate export | cmp - "$dir/b.json"
	done
}
