#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Alarm rules: kept, as text, as a filter over points, tried over what was. What each condition and modifier means is in tests/unit/judge.c.
load ../helpers

given() {
	new_store
	sit-site add plant tz=Europe/Berlin
	sit-model add meter
	sit-datapoint add v model=meter
	sit-datapoint add w model=meter
	sit-field add limit noun=device type=float
	sit-device add m1 model=meter site=plant field.limit=20
	sit-device add m2 model=meter site=plant field.limit=12
}

# Ten minutes of two devices: v goes from 1 to 10 and back on m1, and is 15 on m2; w is 1.
points() {
	local i
	for i in 1 2 3 4 5 6 7 8 9 10 9 8 7 6 5 4 3 2 1; do
		printf '{"device":"m1","ts":"2026-01-20T10:%02d:00Z","values":{"v":%d,"w":1}}\n' "$((n = ${n:--1} + 1))" "$i"
		printf '{"device":"m2","ts":"2026-01-20T10:%02d:00Z","datapoint":"v","value":15}\n' "$n"
	done
}

# expect_rows FILTER JSON: of all records together.
expect_rows() {
	[[ $(jq -sc "$1" <<<"$output") == "$2" ]] || explain "$1 gives $(jq -sc "$1" <<<"$output"), want $2"
}

# changes: "TS rule device change" of what eval printed, times as minutes.
changes() {
	jq -r '[(.ts | sub(".*T10:"; "") | sub(":00Z"; "")), .rule, .device, .change] | join(" ")' <<<"$output"
}

@test "rules are kept, checked and removed" {
	sit-rule add over model=meter datapoint=v condition=gt threshold=253 clear=250 for=5m severity=error ladder=critical:270
	try sit-rule show over
	expect_json '[.kind, .model, .condition, .threshold, .clear, .["for"], .severity, .stale, .enabled]' '["alarm","meter","gt","253","250","5m","error","unknown",true]'
	sit-rule set over threshold=255
	try sit-rule set over clear=260
	want 2
	one_line_stderr 'clear: lies beyond the threshold'
	try sit-rule set over condition=expr
	want 2
	one_line_stderr 'threshold: an expression has its own numbers'
	try sit-rule add two model=meter device=m1 datapoint=v condition=gt threshold=1
	want 2
	one_line_stderr 'to a model or to a device'
	try sit-rule add bad model=meter expr='v > 1'
	want 2
	one_line_stderr 'condition: a rule needs one (condition=gt, lt, eq, neq, gte, lte, between, outside, change, no_data, rate, stuck, expr)'
	try sit-rule add bad model=meter condition=expr expr='v > 1 and'
	want 2
	one_line_stderr 'expr: column 10'
	try sit-rule add bad model=meter condition=expr expr='os.execute("id")'
	want 2
	one_line_stderr 'no such function'
	try sit-rule add bad device=m1 overrides=none datapoint=v condition=gt threshold=1
	want 2
	one_line_stderr 'no rule "none"'
	sit-rule add own device=m1 overrides=over datapoint=v condition=gt threshold=1
	try sit-rule list --columns name,threshold -f tsv --no-header
	expect "$(printf 'over\t255\nown\t1')"
	try sit-model rm meter --yes
	want 7
	try sit-rule rm over --yes
	want 7
	one_line_stderr 'still has 1 rule'
	sit-rule rm own --yes
	sit-rule rm over --yes
	try sit-audit list noun=rule --columns verb,name -f tsv --no-header
	expect "$(printf 'add\tover\nset\tover\nadd\town\ndelete\town\ndelete\tover')"
}

@test "rules as text: what is exported and applied is the same again, alone and in the estate" {
	sit-rule add over model=meter datapoint=v condition=gt threshold=253 schedule='mon-fri 08:00-18:00' message='{device}: {value}'
	sit-rule add own device=m1 overrides=over datapoint=v condition=gt threshold=300
	sit-rule add phases model=meter condition=expr expr='v>253 or w>253'
	sit-rule export over own phases >"$BATS_TEST_TMPDIR/rules.json"
	sit-estate export >"$BATS_TEST_TMPDIR/estate.json"
	sit-rule set over threshold=254
	try sit-rule diff "$BATS_TEST_TMPDIR/rules.json"
	want 1
	expect '{"noun":"rule","name":"over","field":"threshold","here":"254","there":"253"}'
	sit-rule rm own --yes
	sit-rule rm over phases --yes
	sit-rule apply "$BATS_TEST_TMPDIR/rules.json"
	try sit-estate diff "$BATS_TEST_TMPDIR/estate.json"
	want 0
	silent_stdout
	sit-estate export | cmp - "$BATS_TEST_TMPDIR/estate.json"
	jq '{rules: .rules, sites: .sites}' "$BATS_TEST_TMPDIR/estate.json" >"$BATS_TEST_TMPDIR/more.json"
	try sit-rule apply "$BATS_TEST_TMPDIR/more.json"
	want 2
	one_line_stderr 'only rules belong here'
}

@test "what a rule looks at is there: a name that nothing has is refused, wherever it comes from" {
	local dir=$BATS_TEST_TMPDIR
	sit-datapoint add own device=m2
	try sit-rule add over model=meter datapoint=vv condition=gt threshold=1
	want 2
	one_line_stderr 'datapoint: no datapoint "vv" of model meter (did you mean "v"?)'
	try sit-rule add over device=m1 datapoint=own condition=gt threshold=1 # m2's
	want 2
	one_line_stderr 'no datapoint "own" of device m1 (sit-datapoint add own device=m1 makes one)'
	try sit-rule add over model=meter condition=expr expr='v>1 and ww>1'
	want 2
	one_line_stderr 'expr: no datapoint "ww" of model meter (did you mean "w"?)'
	try sit-rule add over model=meter condition=expr expr='v>1' clear='ww>1'
	want 2
	one_line_stderr 'clear: no datapoint "ww"'
	try sit-rule add over model=meter condition=expr expr='v>1 and gateway.rssi<5'
	want 2
	one_line_stderr 'expr: gateway.rssi: no device has a datapoint "rssi"'
	try sit-rule add over model=meter condition=expr expr='v>1 and not asset.online'
	want 2
	one_line_stderr 'expr: asset.online: an asset has none; a device has (online), and its gateway (gateway.online)'

	sit-rule add any model=meter condition=expr expr='v>1 and own>1 and online and gateway.w>1 and gateway.online'
	sit-rule add late model=meter datapoint=last_seen_age condition=gt threshold=600
	sit-rule add over device=m1 datapoint=v condition=gt threshold=1
	try sit-rule set over datapoint=vv
	want 2
	one_line_stderr 'over: datapoint: no datapoint "vv" of device m1 (did you mean "v"?)'
	try sit-rule test over datapoint=vv
	want 2
	one_line_stderr 'datapoint: no datapoint "vv" of device m1'
	printf 'name,model,datapoint,condition,threshold\nr1,meter,vv,gt,1\nr2,meter,w,gt,1\n' >"$dir/r.csv"
	try sit-rule add --file "$dir/r.csv"
	want 6
	[[ $stderr == *'r.csv:2: datapoint: no datapoint "vv" of model meter'* ]] || explain "$stderr"
	sit-rule show r2 >/dev/null
	sit-rule export | jq '.rules.over.datapoint = "vv"' >"$dir/r.json"
	try sit-rule apply "$dir/r.json"
	want 2
	[[ $stderr == *'r.json: rules.over.datapoint: no datapoint "vv" of device m1'* ]] || explain "$stderr"
}

# refused WHY TERM...: a rule with these terms is not taken, and this is why.
refused() {
	try sit-rule add never model=meter "${@:2}"
	want 2
	one_line_stderr "$1"
}

@test "what can never be so is refused: words that an enum has not, order where there are no numbers, fields that are none" {
	sit-datapoint add st model=meter type=enum words=off,on,fault
	sit-datapoint add n model=meter type=enum words=1,2
	sit-datapoint add b model=meter type=boolean
	sit-datapoint add txt model=meter type=string
	sit-datapoint add loc model=meter type=location
	sit-datapoint add st device=m2 words=off,own
	sit-field add text noun=device type=string
	refused 'threshold: "faultt" is no word of st (did you mean "fault"?)' datapoint=st condition=eq threshold=faultt
	refused 'threshold: "burnt" is no word of st (off,on,fault)' datapoint=st condition=neq threshold=burnt
	refused 'threshold: "3" is no word of n (1,2)' datapoint=n condition=eq threshold=3
	refused 'condition: gt is about numbers, and st is of type enum' datapoint=st condition=gt threshold=1
	refused 'condition: rate is about numbers, and txt is of type string' datapoint=txt condition=rate threshold=1
	refused 'condition: outside is about numbers' datapoint=txt condition=outside threshold=1..4
	refused 'condition: loc is a location: only no_data' datapoint=loc condition=change
	refused 'threshold: b is a boolean: write true or false' datapoint=b condition=eq threshold=maybe
	refused 'threshold: online is a boolean: write true or false' datapoint=online condition=neq threshold=maybe
	refused 'threshold: b is a boolean, 0 or 1: that is never so' datapoint=b condition=gt threshold=1
	refused 'threshold: v is a number (type=float): write one' datapoint=v condition=eq threshold=abc
	refused 'threshold: devices have no field "limt" (did you mean "limit"?)' datapoint=v condition=gt threshold=field.limt
	refused 'ladder: devices have no field "worse" (sit-field add worse noun=device makes one)' datapoint=v condition=gt threshold=1 ladder=error:field.worse
	refused 'threshold: field.text is a text: gt needs a number (type=float)' datapoint=v condition=gt threshold=field.text
	refused 'clear: field.text is a text: lte needs a number' datapoint=v condition=lte threshold=3 clear=field.text
	refused 'threshold: field.limit is a number: between needs a range' datapoint=v condition=between threshold=field.limit
	sit-rule add word model=meter datapoint=st condition=neq threshold=fault
	sit-rule add own model=meter datapoint=st condition=eq threshold=own # of one device
	sit-rule add digit model=meter datapoint=n condition=eq threshold=1
	sit-rule add truth model=meter datapoint=b condition=eq threshold=1
	sit-rule add order model=meter datapoint=b condition=gt threshold=0
	sit-rule add text model=meter datapoint=txt condition=eq threshold=field.text
	sit-rule add range model=meter datapoint=v condition=between threshold=field.text

	try sit-rule set word threshold=falt
	want 2
	one_line_stderr 'word: threshold: "falt" is no word of st (did you mean "fault"?)'
	try sit-rule test word threshold=falt
	want 2
	one_line_stderr 'threshold: "falt" is no word of st'
	try sit-rule add mine device=m2 overrides=word datapoint=st condition=eq threshold=fault # m2 has words of its own
	want 2
	one_line_stderr '"fault" is no word of st'
	sit-rule export word | jq '.rules.word.threshold = "falt"' >"$BATS_TEST_TMPDIR/r.json"
	try sit-rule apply "$BATS_TEST_TMPDIR/r.json"
	want 2
	[[ $stderr == *'rules.word.threshold: "falt" is no word of st'* ]] || explain "$stderr"
	sql "UPDATE rule SET threshold = 'falt' WHERE name = 'word'" # kept before such a thing was refused
	sit-rule set word note=old
	try sit-rule set word threshold=faul
	want 2
}

@test "a ladder goes on from the threshold, step by step" {
	refused 'ladder: warning does not lie beyond the threshold' datapoint=v condition=gt threshold=10 severity=info ladder=warning:5
	refused 'ladder: error does not lie beyond the step before' datapoint=v condition=gt threshold=10 severity=info ladder=warning:20,error:15
	sit-rule add over model=meter datapoint=v condition=gt threshold=10 ladder=error:20
	try sit-rule set over threshold=20
	want 2
	one_line_stderr 'over: ladder: error does not lie beyond the threshold'
	try sit-rule test over threshold=30
	want 2
	one_line_stderr 'ladder: error does not lie beyond the threshold'
	sql "UPDATE rule SET ladder = 'error:5'" # kept before such a thing was refused
	sit-rule set over note=old
	sit-ingest -q --as m1 v=11
	try sit-alarm run
	want 0
	printf '%s\n' '{"rules":{"r":{"datapoint":"v","condition":"lt","threshold":"1","ladder":"error:2"}}}' >"$BATS_TEST_TMPDIR/r.json"
	try sit-rule eval --rules "$BATS_TEST_TMPDIR/r.json" </dev/null
	want 2
	one_line_stderr 'rules.r: ladder: error does not lie beyond the threshold'
}

@test "a rule that inhibits is there, or comes in the same text" {
	local dir=$BATS_TEST_TMPDIR
	sit-rule add over model=meter datapoint=v condition=gt threshold=10 inhibit=gateway
	refused 'inhibit: no rule "ovr" (did you mean "over"?)' datapoint=v condition=gt threshold=1 inhibit=ovr
	refused 'inhibit: write the name of a rule, or gateway' datapoint=v condition=gt threshold=1 inhibit=id:1
	try sit-rule set over inhibit=none
	want 2
	one_line_stderr 'over: inhibit: no rule "none"'
	sit-rule add under model=meter datapoint=v condition=lt threshold=1 inhibit=over
	sit-rule set over inhibit=under
	sit-rule export >"$dir/r.json"
	SIT_DB=$(place other)
	export SIT_DB
	given
	jq 'del(.rules.under)' "$dir/r.json" >"$dir/one.json"
	try sit-rule apply "$dir/one.json"
	want 2
	[[ $stderr == *'rules.over.inhibit: no rule "under"'* ]] || explain "$stderr"
	sit-rule apply "$dir/r.json" # each inhibits the other
	sit-rule export | cmp - "$dir/r.json"
	jq '.rules.over.threshold = "high" | .rules.new = (.rules.under | .inhibit = "over")' "$dir/r.json" >"$dir/bad.json"
	try sit-rule apply "$dir/bad.json"
	want 2
	[[ $stderr == *'1 wrong thing'* ]] || explain "one cause, told more than once: $stderr"
}

@test "a rule that others name neither goes nor is called otherwise" {
	sit-rule add over model=meter datapoint=v condition=gt threshold=10
	sit-rule add overt model=meter datapoint=v condition=gt threshold=10
	sit-rule add under model=meter datapoint=w condition=lt threshold=1 inhibit=over
	try sit-rule rm over --yes
	want 7
	one_line_stderr 'over: inhibit of rule under names it'
	try sit-rule set over name=above
	want 7
	one_line_stderr 'over: name: inhibit of rule under names it'
	sit-rule set under inhibit=
	sit-notify channel add log type=file path="$BATS_TEST_TMPDIR/log"
	sit-notify route add r channel=log rule='u*, over'
	try sit-rule rm over --yes
	want 7
	one_line_stderr 'over: the list of route r names it'
	try sit-rule set over name=above
	want 7
	sit-notify route set r rule='over*' # a pattern names none
	SIT_NOW=2026-02-01T12:00:00Z sit-alarm silence add rule=over --until 2026-02-02 -m works
	SIT_NOW=2026-02-01T12:00:00Z sit-alarm silence add 'device=m1 and not rule=overt*' --until 2026-02-02 -m works
	SIT_NOW=2026-02-01T13:00:00Z try sit-rule set over name=above
	want 7
	one_line_stderr 'over: name: silence 1 names it'
	SIT_NOW=2026-02-01T13:00:00Z sit-rule set overt name=overly
	SIT_NOW=2026-02-02T13:00:00Z sit-rule set over name=above # the silence is over
	sit-rule set above name=over
	SIT_NOW=2026-02-01T13:00:00Z sit-rule rm over --yes # it is about nothing then
	sit-rule rm overly under --yes
}

@test "an estate without a rule and without what named it is applied, in whatever order" {
	local dir=$BATS_TEST_TMPDIR
	sit-rule add a model=meter datapoint=v condition=gt threshold=10
	sit-rule add b model=meter datapoint=w condition=lt threshold=1 inhibit=a
	sit-rule add c model=meter datapoint=w condition=lt threshold=1 inhibit=b
	sit-estate export | jq '.rules = {b: (.rules.b | del(.inhibit))}' >"$dir/r.json"
	sit-estate apply "$dir/r.json" --prune --yes
	try sit-rule list --columns name,inhibit -f tsv --no-header
	expect "$(printf 'b	')"
}

@test "a datapoint that a rule looks at neither goes nor is called otherwise, unless the rule changes with it" {
	local dir=$BATS_TEST_TMPDIR
	sit-rule add over model=meter condition=expr expr='v>1 or gateway.w>1'
	try sit-datapoint rm meter:v --yes
	want 7
	one_line_stderr 'meter:v: rule over looks at it'
	try sit-datapoint set meter:v name=u
	want 7
	one_line_stderr 'rule over looks at it'
	try sit-datapoint rm meter:w --yes
	want 7
	one_line_stderr 'rule over looks at it'
	sit-model add other
	sit-datapoint add v model=other
	sit-datapoint rm other:v --yes # another one of that name
	sit-datapoint add v device=m1
	sit-datapoint rm m1:v --yes # the model's is there still

	sit-estate export | jq '.models.meter.datapoints |= (.u = .v | del(.v)) | .rules.over.expr = "u>1 or gateway.w>1"' >"$dir/e.json"
	try sit-estate apply "$dir/e.json" --prune --yes
	want 0
	try sit-datapoint list model=meter --columns name -f tsv --no-header
	expect "$(printf 'u\nw')"
	jq '.models.meter.datapoints |= del(.u)' "$dir/e.json" >"$dir/f.json"
	try sit-estate apply "$dir/f.json" --prune --yes
	want 2
	[[ $stderr == *'rule over looks at it'* ]] || explain "$stderr"
	jq '.models.meter.datapoints.q = {"type":"none"} | .rules.q = {"model":"meter","datapoint":"q","condition":"gt","threshold":"1"}' "$dir/e.json" >"$dir/g.json"
	try sit-estate apply "$dir/g.json"
	want 2
	[[ $stderr == *'1 wrong thing'* ]] || explain "one cause, told more than once: $stderr"
	sit-rule rm over --yes
	sit-datapoint rm meter:u --yes
}

@test "export: all without a name, some by a pattern; models too" {
	sit-rule add over model=meter datapoint=v condition=gt threshold=253
	sit-rule add under model=meter datapoint=v condition=lt threshold=200
	try sit-rule export
	[ "$(jq -c '.rules | keys' <<<"$output")" = '["over","under"]' ]
	try sit-rule export 'un*'
	[ "$(jq -c '.rules | keys' <<<"$output")" = '["under"]' ]
	try sit-rule export over 'un*'
	[ "$(jq -c '.rules | keys' <<<"$output")" = '["over","under"]' ]
	try sit-model export
	[ "$(jq -c '.models | keys' <<<"$output")" = '["meter"]' ]
	try sit-rule export nosuch
	want 3
}

@test "eval is a filter: points in, changes out, no store" {
	sit-rule add high model=meter datapoint=v condition=gte threshold=8 clear=6 for=1m
	sit-rule add both model=meter condition=expr expr='v>9 and w=1' severity=critical
	sit-rule export high both >"$BATS_TEST_TMPDIR/rules.json"
	points >"$BATS_TEST_TMPDIR/points.jsonl"
	export SIT_DB=$BATS_TEST_TMPDIR/none.db
	try sit-rule eval --rules "$BATS_TEST_TMPDIR/rules.json" -f jsonl "$BATS_TEST_TMPDIR/points.jsonl"
	want 0
	silent_stderr
	[[ $(changes) == "$(printf '%s\n' '01 high m2 raised' '08 high m1 raised' '09 both m1 raised' '10 both m1 cleared' '14 high m1 cleared')" ]] || explain 'other changes'
	[[ ! -e $SIT_DB ]]
	# the same in pieces through a pipe, as CSV, and packed
	jq -r '.device as $d | .ts as $t | (.values // {v: .value}) | to_entries[] | [$t, $d, .key, .value] | @csv' "$BATS_TEST_TMPDIR/points.jsonl" |
		sed '1i ts,device,datapoint,value' | gzip >"$BATS_TEST_TMPDIR/points.csv.gz"
	sit-rule eval --rules "$BATS_TEST_TMPDIR/rules.json" -f jsonl "$BATS_TEST_TMPDIR/points.csv.gz" | cmp - <(printf '%s\n' "$output")
	sit-rule eval --rules "$BATS_TEST_TMPDIR/rules.json" -f jsonl <"$BATS_TEST_TMPDIR/points.jsonl" | cmp - <(printf '%s\n' "$output")
}

@test "three phases in one rule: an alarm whichever of them is over (no OR elsewhere makes people clone rules)" {
	printf '%s\n' '{"rules":{"over":{"condition":"expr","expr":"l1>16 or l2>16 or l3>16"}}}' >"$BATS_TEST_TMPDIR/r.json"
	printf '%s\n' ts,l1,l2,l3 2026-01-20T10:00Z,10,10,10 2026-01-20T10:01Z,10,10,17 2026-01-20T10:02Z,10,17,10 2026-01-20T10:03Z,10,10,10 >"$BATS_TEST_TMPDIR/p.csv"
	try sit-rule eval --rules "$BATS_TEST_TMPDIR/r.json" --as m -f jsonl "$BATS_TEST_TMPDIR/p.csv"
	[[ $(jq -r '.change' <<<"$output" | xargs) == 'raised cleared raised cleared' || $(jq -r '.change' <<<"$output" | xargs) == 'raised cleared' ]] || explain 'other changes'
	expect_rows '[.[0].ts, .[-1].ts]' '["2026-01-20T10:01:00Z","2026-01-20T10:03:00Z"]'
}

@test "a noisy sine around its limit is one alarm" {
	awk 'BEGIN { srand(7); print "ts,v"
		for (i = 0; i < 3400; i += 5) printf "%ds,%.3f\n", 1769940000 + i, 10 + 3 * sin(i / 3600 * 6.2832) + rand() - 0.5 }' >"$BATS_TEST_TMPDIR/p.csv"
	# raised RULE-FIELDS: how often it is raised over that hour.
	raised() {
		echo "{\"rules\":{\"over\":{\"datapoint\":\"v\",\"condition\":\"gt\",\"threshold\":\"10\",$1}}}" >"$BATS_TEST_TMPDIR/r.json"
		sit-rule eval --rules "$BATS_TEST_TMPDIR/r.json" --as m -f jsonl "$BATS_TEST_TMPDIR/p.csv" | grep -c '"raised"' || true
	}
	(($(raised '"severity":"error"') > 5)) # a bare threshold
	[[ $(raised '"clear":"8"') == 1 ]]     # a level below it
	[[ $(raised '"for":"10s","keep_for":"5m"') == 1 ]]
}

@test "a rule that inhibits another: one alarm, and the other one when that is over" {
	printf '%s\n' '{"rules":{"off":{"datapoint":"on","condition":"eq","threshold":"false"},"low":{"datapoint":"flow","condition":"lt","threshold":"1","inhibit":"off"}}}' >"$BATS_TEST_TMPDIR/r.json"
	printf '%s\n' ts,on,flow 2026-01-20T10:00Z,false,0 2026-01-20T10:01Z,false,0 2026-01-20T10:02Z,true,0 >"$BATS_TEST_TMPDIR/p.csv"
	try sit-rule eval --rules "$BATS_TEST_TMPDIR/r.json" --as m -f jsonl "$BATS_TEST_TMPDIR/p.csv"
	want 0
	[[ $(changes) == "$(printf '%s\n' '00 off m raised' '02 off m cleared' '02 low m raised')" ]] || explain 'other changes'
}

@test "who is silent is found out: by what comes after, by others that speak, by the time it is" {
	printf '%s\n' '{"rules":{"silent":{"datapoint":"v","condition":"no_data","threshold":"5m"}}}' >"$BATS_TEST_TMPDIR/r.json"
	printf '%s\n' ts,device,datapoint,value 2026-01-20T10:00Z,a,v,1 2026-01-20T10:00Z,b,v,1 2026-01-20T10:04Z,b,v,1 2026-01-20T10:08Z,b,v,1 >"$BATS_TEST_TMPDIR/p.csv"
	try sit-rule eval --rules "$BATS_TEST_TMPDIR/r.json" -f jsonl "$BATS_TEST_TMPDIR/p.csv"
	silent_stdout
	try sit-rule eval --rules "$BATS_TEST_TMPDIR/r.json" -f jsonl --in-order "$BATS_TEST_TMPDIR/p.csv"
	[[ $(changes) == '05 silent a raised' ]] || explain 'other changes'
	try sit-rule eval --rules "$BATS_TEST_TMPDIR/r.json" -f jsonl --to 2026-01-20T10:30Z "$BATS_TEST_TMPDIR/p.csv"
	[[ $(changes) == "$(printf '%s\n' '05 silent a raised' '13 silent b raised')" ]] || explain 'other changes'
}

@test "what cannot be read costs itself only" {
	printf '%s\n' '{"rules":{"r":{"datapoint":"v","condition":"gt","threshold":"1"}}}' >"$BATS_TEST_TMPDIR/r.json"
	printf '%s\n' '{"device":"m","ts":"2026-01-20T10:00:00Z","datapoint":"v","value":2}' '{"device":"m"}' 'nonsense' '{"ts":"2026-01-20T10:01:00Z","datapoint":"v","value":1}' \
		'{"device":"m","ts":"2026-01-20T10:02:00Z","datapoint":"v","value":1}' >"$BATS_TEST_TMPDIR/p.jsonl"
	try sit-rule eval --rules "$BATS_TEST_TMPDIR/r.json" -f jsonl "$BATS_TEST_TMPDIR/p.jsonl"
	want 6
	[[ $(changes) == "$(printf '%s\n' '00 r m raised' '02 r m cleared')" ]] || explain 'other changes'
	[[ $stderr == *'p.jsonl:2: ts: is missing'* && $stderr == *'p.jsonl:3: '* && $stderr == *'p.jsonl:4: no device (--as DEVICE)'* ]] || explain 'other lines'
	printf '%s\n' '{"rules":{"r":{"datapoint":"v","condition":"gt","treshold":"1"}}}' >"$BATS_TEST_TMPDIR/r.json"
	try sit-rule eval --rules "$BATS_TEST_TMPDIR/r.json" "$BATS_TEST_TMPDIR/p.jsonl"
	want 2
	one_line_stderr 'r.json: rules.r: a rule has no field "treshold" (did you mean "threshold"?)'
}

@test "test: the rule beside the changed one, a sweep, each change" {
	sit-rule add high model=meter datapoint=v condition=gte threshold=8
	points | sit-ingest -q
	try sit-rule test high threshold=9 for=2m --during 2026-01-20
	want 0
	expect_rows '[.[] | [.variant, .devices, .points, .alarms, .flaps]]' '[["live",2,38,2,0],["threshold=9 for=2m",2,38,2,0]]'
	expect_rows '[.[].hours | . * 60 | round]' '[845,839]'
	try sit-rule test high threshold=7..9/1 for=0s..2m/1m --during 2026-01-20
	expect_rows '[.[].variant][0:4]' '["live","threshold=7 for=0s","threshold=7 for=1m","threshold=7 for=2m"]'
	expect_rows 'length' 10
	try sit-rule test high threshold=9 --changes --during 2026-01-20
	[[ $(jq -r 'select(.device == "m1") | [.variant, .ts, .change] | @tsv' <<<"$output") == "$(printf '%s\t2026-01-20T10:%s:00Z\t%s\n' live 07 raised live 12 cleared 'threshold=9' 08 raised 'threshold=9' 11 cleared)" ]] ||
		explain 'other changes'
	try sit-rule test high threshold=9 # the last 30 days
	expect_rows '.[1].points' 38
	try sit-rule test none
	want 3
	one_line_stderr 'no rule "none"'
	try sit-rule test high threshold=1 threshold=2
	want 2
	one_line_stderr 'threshold: is given twice'
	try sit-rule test high threshold=1..1000000/1
	want 2
	one_line_stderr 'a sweep is FROM..TO/STEP'
}

@test "test: thresholds of the device, rules that stand in, several datapoints, rules of a file" {
	sit-rule add limit model=meter datapoint=v condition=gt threshold=field.limit
	points | sit-ingest -q
	try sit-rule test limit --changes
	[[ $(jq -r '[.device, .change, .threshold] | @tsv' <<<"$output") == "$(printf 'm2\traised\t12')" ]] || explain 'other changes'
	sit-device set m1 field.limit=
	try sit-rule test limit
	want 2
	one_line_stderr 'm1: field.limit: has no value'
	sit-rule add high model=meter datapoint=v condition=gt threshold=8
	sit-rule add mine device=m2 overrides=high datapoint=v condition=gt threshold=100
	try sit-rule test high
	expect_json '[.devices, .alarms]' '[1,1]'
	sit-rule add both model=meter condition=expr expr='v>8 and w=1'
	try sit-rule test both
	expect_json '[.devices, .points, .alarms]' '[2,57,1]'
	sit-rule add online model=meter datapoint=online condition=eq threshold=false
	try sit-rule test online
	want 2
	one_line_stderr 'only while devices are watched'
	sit-rule export high | sed 's/"8"/"9"/' >"$BATS_TEST_TMPDIR/r.json"
	try sit-rule test high --rules "$BATS_TEST_TMPDIR/r.json" threshold=10
	expect_rows '[.[] | [.variant, .hours > 0, (.hours * 60 | round)]]' '[["live",true,3],["file",true,1],["threshold=10",false,0]]'
}

@test "test: what people acknowledged, and what they would not have been told with other words" {
	sql 'UPDATE device SET created = 0' >/dev/null
	SIT_NOW=2026-01-20T09:00:00Z sit-rule add high model=meter datapoint=v condition=gt threshold=8
	points | SIT_NOW=2026-01-20T12:00:00Z sit-ingest -q
	[[ $(sql 'SELECT COUNT(*) FROM alarm') == 2 ]]
	try sit-rule test high
	expect_json '[.alarms, .acknowledged, .missed]' '[2,0,0]'
	sql "UPDATE alarm SET acked = raised + 1000000, acked_by = 'anna'" >/dev/null
	try sit-rule test high threshold=10
	expect_rows '[.[] | [.variant, .acknowledged, .missed]]' '[["live",2,0],["threshold=10",2,1]]'
	try sit-rule test high threshold=1000
	expect_rows '[.[] | [.acknowledged, .missed]]' '[[2,0],[2,2]]'
	try sit-rule test high --from 2026-01-21
	expect_json '[.alarms, .acknowledged, .missed]' '[0,0,0]'
	sit-rule export high >"$BATS_TEST_TMPDIR/r.json"
	try sit-rule test high --rules "$BATS_TEST_TMPDIR/r.json" --points <(points)
	[[ $(jq -c '[.acknowledged, .missed]' <<<"$output" | sort -u) == '[null,null]' ]]
}

@test "test: points of a file, labels, and no store" {
	points >"$BATS_TEST_TMPDIR/p.jsonl"
	printf '%s\n' '{"rules":{"high":{"datapoint":"v","condition":"gte","threshold":"8","device":"m1"}}}' >"$BATS_TEST_TMPDIR/r.json"
	printf '%s\n' device,from,to m1,2026-01-20T10:11:00Z,2026-01-20T10:20:00Z m1,2026-01-20T11:00:00Z,2026-01-20T11:20:00Z m2,2026-01-20T10:00:00Z,2026-01-20T11:00:00Z >"$BATS_TEST_TMPDIR/w.csv"
	export SIT_DB=$BATS_TEST_TMPDIR/none.db
	try sit-rule test high --rules "$BATS_TEST_TMPDIR/r.json" --points "$BATS_TEST_TMPDIR/p.jsonl" --labels "$BATS_TEST_TMPDIR/w.csv" threshold=10
	want 0
	expect_rows '[.[] | [.variant, .alarms, .windows, .hit, .false, .precision, .recall]]' '[["live",1,2,1,0,1,0.5],["threshold=10",1,2,0,1,0,0]]'
	try sit-rule test high --rules "$BATS_TEST_TMPDIR/r.json" --points - <"$BATS_TEST_TMPDIR/p.jsonl"
	expect_json '[.variant, .points, .windows]' '["live",19,null]'
}

@test "the rules of examples/nab hit as many windows as the best thresholds, with less than half of the false alarms" {
	try examples/nab/judge.sh
	want 0
	[[ ${lines[-1]} == $'all\t44\t27\t16' ]] || explain 'other sums'
}
