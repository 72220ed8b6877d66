#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Kept things: one descriptor, the same verbs for all of them.
load ../helpers

given() {
	new_store
	sit-site add plant tz=Europe/Berlin latitude=52.5 longitude=13.4
	sit-site add house tz=Europe/Paris
	sit-model add meter
	sit-gateway add gw-1 site=plant
}

@test "add, list, show, set, rm" {
	try sit-site list --columns name,tz
	expect $'{"name":"house","tz":"Europe/Paris"}\n{"name":"plant","tz":"Europe/Berlin"}'
	sit-site set plant title='Hall 7' address=
	try sit-site show plant
	expect_json '[.title, .latitude, .address]' '["Hall 7",52.5,null]'
	try sit-site rm house --yes
	want 0 && silent_stdout && silent_stderr
	try sit-site list --columns name
	expect '{"name":"plant"}'
}

@test "what was wrong, and a near name" {
	try sit-site add plant
	want 7 && one_line_stderr 'sit-site: site "plant" is there already'
	try sit-site add 'hall 7'
	want 2 && one_line_stderr 'is not a name'
	try sit-site add hall tz=Europe/Berln
	want 2 && one_line_stderr 'Europe/Berln'
	try sit-site add hall latitude=91 longitude=0
	want 2 && one_line_stderr 'outside -90..90'
	try sit-site add hall latitude=9
	want 2 && one_line_stderr 'go together'
	try sit-site add hall titel=x
	want 2 && one_line_stderr 'no field "titel" (did you mean "title"?)'
	try sit-site show plnt
	want 3 && one_line_stderr 'no site "plnt" (did you mean "plant"?)'
	try sit-device add d site=plnt
	want 2 && one_line_stderr 'did you mean "plant"?'
	try sit-site lst
	want 2 && one_line_stderr 'did you mean "list"?'
	try sit-site list --colums name
	want 2 && one_line_stderr 'did you mean "columns"?'
	try sit-site list --columns nam
	want 2 && one_line_stderr 'did you mean "name"?'
	try sit-site list --upsert
	want 2 && one_line_stderr '--upsert does not go with list'
}

# near COMMAND... => WORD for each line on standard input: exit 2, and WORD is what was meant.
near() {
	local line
	local -a command
	while IFS= read -r line; do
		read -ra command <<<"${line%%=>*}"
		try "${command[@]}"
		want 2 && one_line_stderr "(did you mean \"${line#*=>}\"?)" || { echo "^ $line" >&2; return 1; }
	done
}

@test "what was meant: programs, verbs, options, fields, columns, words" {
	near <<-'END'
	sit stie list=>site
	sit setings=>settings
	sit site lst=>list
	sit-site lst=>list
	sit-group stat g=>stats
	sit-group membr=>members
	sit-group member ad g d=>member add
	sit-group membr rm g d=>member rm
	sit-site list --selct title=x=>select
	sit-site add hall titel=x=>title
	sit-site set plant titel=x=>title
	sit-site list titel=x=>title
	sit-site list --select titel=x=>title
	sit-device list site.titel=x=>title
	sit-site list --columns name,titel=>title
	sit-site list --sort titel=>title
	sit-site list --sort=-titel=>title
	sit-site list -f jsnl=>jsonl
	sit-device add d type=gatewy=>gateway
	sit-device add d site=plnt=>plant
	sit-query d x --agg av=>avg
	sit-query d x --by sites=>site
	END
}

@test "devices: a peripheral names its gateway, edge keys are unique there" {
	sit-device add p1 gateway=gw-1 edge_key=modbus_3
	try sit-device show p1
	expect_json '[.type, .gateway, .edge_key, .enabled]' '["peripheral","gw-1","modbus_3",true]'
	try sit-device add p2 gateway=gw-1 edge_key=modbus_3
	want 7 && one_line_stderr 'edge_key'
	try sit-device add p2 type=peripheral
	want 2 && one_line_stderr 'a peripheral needs one'
	try sit-gateway list --columns name
	expect '{"name":"gw-1"}'
	try sit-gateway show p1
	want 3
	try sit-gateway rm gw-1 -y
	want 7 && one_line_stderr 'still has 1 device'
}

@test "filters: value, list, pattern, range, regular expression, not, empty" {
	sit-device add sdm-1 site=plant unit=1
	sit-device add sdm-2 site=plant unit=2
	sit-device add acme-9 site=house unit=9 title='Über'
	names() { sit-device list "$@" --columns name -f tsv --no-header | paste -sd' '; }
	[[ $(names site=plant) == 'gw-1 sdm-1 sdm-2' ]]
	[[ $(names site=plant name='sdm*') == 'sdm-1 sdm-2' ]]
	[[ $(names name=sdm-1,acme-9) == 'acme-9 sdm-1' ]]
	[[ $(names unit=2..) == 'acme-9 sdm-2' ]]
	[[ $(names unit=1..9) == 'sdm-1 sdm-2' ]]
	[[ $(names unit=..2) == sdm-1 ]]
	[[ $(names 'name:re=^(sdm|gw)-[12]$') == 'gw-1 sdm-1 sdm-2' ]]
	[[ $(names 'title:re=^Ü') == acme-9 ]]
	[[ $(names name:not='sdm*') == 'acme-9 gw-1' ]]
	[[ $(names unit=) == gw-1 ]]
	[[ $(names type=gateway) == gw-1 ]]
	try sit-device list unit
	want 2 && one_line_stderr 'did the shell eat'
	try sit-device list 'name:re=('
	want 2 && one_line_stderr 'missing closing parenthesis'
	try sit-device list sitee=plant
	want 2 && one_line_stderr 'did you mean "site"?'
	try sit-device list site=nowhere -e
	want 1 && silent_stdout && silent_stderr
}

@test "a hostile regular expression ends, and says so" {
	sit-device add d title=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!
	try timeout 20 sit-device list 'title:re=^(a+)+$'
	[[ $status != 0 && $status != 124 ]]
	[[ $stderr == *'too costly'* ]]
}

@test "datapoints belong to a model or a device" {
	sit-device add d model=meter
	sit-datapoint add energy_kwh model=meter kind=counter unit=kWh precision=2 expected_interval=15m
	sit-datapoint add power_kw device=d key=P scale=0.001
	try sit-datapoint add power_kw
	want 2 && one_line_stderr 'model=... or device=...'
	try sit-datapoint add 1st model=meter
	want 2 && one_line_stderr 'is not an identifier'
	try sit-datapoint add s model=meter type=enum
	want 2 && one_line_stderr 'words'
	try sit-datapoint show meter:energy_kwh
	expect_json '[.model, .kind, .expected_interval]' '["meter","counter","15m"]'
	sit-datapoint set d:power_kw unit=kW
	try sit-datapoint list device=d --columns name,unit
	expect '{"name":"power_kw","unit":"kW"}'
	try sit-datapoint set d:power_kw device=gw-1
	want 2 && one_line_stderr 'cannot be changed'
	sit-device rm d -y
	try sit-datapoint list --columns name
	expect '{"name":"energy_kwh"}'
}

@test "add --file takes what list writes, in every format" {
	sit-device add a site=plant title='with, "quotes"' note=$'two\nlines'
	for format in jsonl csv tsv json; do
		input=auto
		[[ $format == tsv ]] && input=tsv # is not told from CSV by itself
		sit-device list -f $format --columns name,title,site,type,note >"$BATS_TEST_TMPDIR/list.$format"
		sit-device rm a -y
		sit-device add --upsert -i "$input" --file "$BATS_TEST_TMPDIR/list.$format"
		try sit-device show a
		expect_json '[.title, .note, .site]' '["with, \"quotes\"","two\nlines","plant"]'
	done
}

@test "add --file: a bad row costs only itself, and is reported with its line" {
	printf 'name,site,unit\nm1,plant,1\nm 2,plant,2\nm3,nowhere,3\nm4,plant,many\nm5,plant,5\n' >"$BATS_TEST_TMPDIR/m.csv"
	try sit-device add --file "$BATS_TEST_TMPDIR/m.csv" type=smart_sensor
	want 6
	[[ ${stderr_lines[0]} == *"m.csv:3: name: \"m 2\" is not a name"* ]]
	[[ ${stderr_lines[1]} == *"m.csv:4: site: no site \"nowhere\""* ]]
	[[ ${stderr_lines[2]} == *"m.csv:5: unit: \"many\" is not a whole number"* ]]
	try sit-device list 'name=m*' --columns name -f tsv --no-header
	expect $'m1\nm5'
	try sit-device add --file "$BATS_TEST_TMPDIR/m.csv"
	want 6
	try sit-device add --file "$BATS_TEST_TMPDIR/m.csv" --upsert
	want 6 && expect_lines 0
	printf 'name,sitee\nm9,plant\n' >"$BATS_TEST_TMPDIR/n.csv"
	try sit-device add --file "$BATS_TEST_TMPDIR/n.csv"
	want 2 && one_line_stderr 'did you mean "site"?'
}

@test "--dry-run changes nothing" {
	try sit-site add hall --dry-run
	want 0 && one_line_stderr 'site "hall" added (dry run)'
	try sit-site rm house --dry-run
	want 0
	try sit-site list --columns name -f tsv --no-header
	expect $'house\nplant'
}

@test "rm asks; off a terminal it refuses without --yes" {
	try sit-site rm house </dev/null
	want 2 && one_line_stderr '--yes'
}

@test "rm retires what has points and frees its name" {
	sit-device add d
	sit-datapoint add v device=d
	sit-ingest --as d v=1
	try sit-device rm d -y -v
	want 0 && one_line_stderr 'device "d" retired'
	try sit-device show d
	want 3
	sit-device add d
	try sit-latest d
	want 0 && silent_stdout
	[[ $(sql 'SELECT coalesce(sum(points), 0) FROM lane') == 1 ]]
	sit-datapoint add v device=d
	sit-ingest --as d v=2
	sit-device rm d -y --purge
	[[ $(sql "SELECT coalesce(sum(points), 0) FROM lane") == 1 ]]
}

@test "every change has its audit row: who, what, old, new, why" {
	sit-site set plant title=Hall -m 'renamed it'
	sit-site rm house -y
	try sit-db sql "SELECT verb, noun, name, old, new, message, actor <> '' AS who, hash FROM audit WHERE verb <> 'add' ORDER BY id"
	expect_json '[.verb, .name, .message, .who]' '["set","plant","renamed it",1]' '["delete","house",null,1]'
	[[ ${lines[0]} == *'{\"title\":null}'* && ${lines[0]} == *'{\"title\":\"Hall\"}'* ]]
	n=$(sql 'SELECT count(*) FROM audit')
	try sit-site set plant title=Hall
	want 0
	[[ $(sql 'SELECT count(*) FROM audit') == "$n" ]]
	try sit-site add plant
	[[ $(sql 'SELECT count(*) FROM audit') == "$n" ]]
}

@test "field=@FILE reads a file, @@ is an at sign, = clears" {
	printf 'a longer note\n' >"$BATS_TEST_TMPDIR/note"
	sit-device add d note=@"$BATS_TEST_TMPDIR/note" title=@@home
	try sit-device show d
	expect_json '[.note, .title]' '["a longer note","@home"]'
	sit-device set d title=
	try sit-device show d
	expect_json .title null
	try sit-device set d note=@/nonexistent
	want 3 && one_line_stderr /nonexistent
}

@test "text is kept as it is: SQL, quotes, control characters are only text" {
	evil="'); DROP TABLE site; -- \" \$1 %s"
	sit-site add s1 title="$evil"
	try sit-site show s1
	expect_json .title "$(jq -n --arg t "$evil" '$t')"
	try sit-site list "title=$evil" --columns name
	expect '{"name":"s1"}'
	sit-site add s2 title=$'\e[2Jred\tx'
	try sit-site list name=s2 -f table --columns title --no-header
	expect '\x1b[2Jred\x09x'
	try sit-site add s3 title=$'\xff\xfe'
	want 2 && one_line_stderr 'not UTF-8'
	try sit-site list "name=x' OR '1'='1"
	want 0 && silent_stdout
}

@test "formats and columns and sort" {
	try sit-site list -f csv --columns name,latitude
	expect $'name,latitude\nhouse,\nplant,52.5'
	try sit-site list -f json --columns name
	expect_json 'map(.name)' '["house","plant"]'
	try sit-site list --sort -name --columns name -f tsv --no-header
	expect $'plant\nhouse'
	try sit-site list -f table --columns name,latitude
	[[ ${lines[0]} == 'name   latitude' && ${lines[2]} == 'plant      52.5' ]]
	sit-site list -o "$BATS_TEST_TMPDIR/s.csv" --columns name
	[[ $(cat "$BATS_TEST_TMPDIR/s.csv") == $'name\nhouse\nplant' ]]
	try sit-site list -o /nonexistent/s.csv
	want 3 && one_line_stderr /nonexistent/s.csv
}

@test "a failed write is a failed program, a closed pipe is not" {
	run --separate-stderr bash -c 'sit-site list >/dev/full'
	want 5 && one_line_stderr 'write failed'
	run --separate-stderr bash -c 'set -o pipefail; sit-site list | head -1'
	[[ $status == 0 || $status == 141 ]] && silent_stderr
}

@test "abbreviated options are for terminals" {
	try sit-site list --form csv
	want 2 && one_line_stderr 'write --format in full'
}

@test "many at once: one transaction, or chunks; again with --upsert nothing changes" {
	awk 'BEGIN { for (i = 1; i <= 2500; i++) printf "{\"name\":\"m%04d\",\"serial\":\"S%d\"}\n", i, i }' >"$BATS_TEST_TMPDIR/m"
	sed '2000s/.*/{"name":"m2000","colour":"red"}/' "$BATS_TEST_TMPDIR/m" >"$BATS_TEST_TMPDIR/bad"
	try sit-device add --file "$BATS_TEST_TMPDIR/bad" --chunk 1000
	want 6 && [[ $stderr == *'bad:2000: a device has no field "colour"'* ]]
	[[ $(sit-device list 'name=m*' --columns name | wc -l) == 2499 ]]
	n=$(sql 'SELECT count(*) FROM audit')
	try sit-device add --file "$BATS_TEST_TMPDIR/m" --upsert -v
	want 0
	[[ $(grep -c unchanged <<<"$stderr") == 2499 && $(grep -c added <<<"$stderr") == 1 ]]
	[[ $(sql 'SELECT count(*) FROM audit') == $((n + 1)) ]]
	try sit-device add --file "$BATS_TEST_TMPDIR/m"
	want 6
	[[ $(wc -l <<<"$stderr") -le 2501 ]]
}

@test "what is named twice, or named and selected, is meant once" {
	sit-site add q1 && sit-site add q2
	try sit-site rm q1 --select 'name=q*' --yes
	want 0
	expect_json '[.name, .result]' '["q1","deleted"]' '["q2","deleted"]'
	sit-site add q1
	try sit-site rm q1 q1 --yes
	want 0
	try sit-site show plant house plant
	expect_json .name '"plant"' '"house"'
	printf 'name,tz,name\na,UTC,b\n' >"$BATS_TEST_TMPDIR/twice.csv"
	try sit-site add --file "$BATS_TEST_TMPDIR/twice.csv"
	want 2
	one_line_stderr 'twice.csv:1: column "name" is there twice'
}

@test "an organisation is removed when nothing is in it; else it says what is, and what to do" {
	only() { sit-org list --org '*' --columns name -f tsv --no-header | tr '\n' ' '; }
	sit-org add acme --org '*'
	sit-org add kid parent=acme --org acme
	try sit-org rm acme -y --org '*'
	want 7 && one_line_stderr 'acme: still has 1 org'
	sit-org rm kid -y --org acme
	sit-site add plant --org acme
	for d in m1 m2; do sit-device add $d site=plant --org acme; done
	sit-user add anna --org acme
	try sit-org rm acme -y --org '*'
	want 7 && one_line_stderr 'acme: still has 1 site, 2 devices, 1 user: remove them, or all at once (sit-org export, then sit-org erase)'
	sit-device rm m1 m2 -y --org acme
	sit-site rm plant -y --org acme
	sit-user rm anna -y --org acme
	sit-org rm acme -y --org '*'
	[[ $(only) == 'default ' ]] || explain "$(only)"
	try sit-site list --org acme
	want 3
	sit-org add acme --org '*'
	try sit-org rm default -y --org '*'
	want 7 && one_line_stderr 'is the organisation that the store was made with'
	sit-db check
}

@test "CSV with semicolons: --delimiter reads it, and who forgets that is told" {
	printf 'name;title\nhall;Hall 7\n' >"$BATS_TEST_TMPDIR/s.csv"
	try sit-site add --file "$BATS_TEST_TMPDIR/s.csv"
	want 2 && one_line_stderr "there is one column, \"name;title\": is --delimiter ';' meant?"
	sit-site add --file "$BATS_TEST_TMPDIR/s.csv" --delimiter ';'
	try sit-site show hall
	expect_json .title '"Hall 7"'
	try sit-site add --file "$BATS_TEST_TMPDIR/s.csv" --delimiter ';;'
	want 2 && one_line_stderr '--delimiter: one character, or tab'
}

@test "a filter that names what is not there says so where somebody looks" {
	try sit-device list site=plnat -v
	want 0 && silent_stdout && one_line_stderr 'no site "plnat" (did you mean "plant"?)'
	try sit-device list site=plnat # into a pipe: nothing is what there is
	want 0 && silent_stdout && silent_stderr
	try sit-device list site=house -v
	want 0 && silent_stderr
	try sit-device list 'site=pl*x' -v
	want 0 && silent_stderr
}

@test "sit help is the help of sit, or of a program" {
	try sit help device
	want 0 && [[ ${lines[0]} == 'sit-device - '* ]]
	try sit help sit-device
	want 0 && [[ ${lines[0]} == 'sit-device - '* ]]
	try sit help
	want 0 && [[ ${lines[0]} == 'sit - '* ]]
	try sit help devise
	want 2 && one_line_stderr 'did you mean "device"?'
}
