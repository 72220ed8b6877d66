#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Alarms: looked at, acknowledged, shelved, silenced. How rules find them is in tests/unit/judge.c.
load ../helpers

given() {
	new_store
	sit-site add plant tz=Europe/Berlin
	sit-model add meter
	sit-datapoint add v model=meter
	sit-device add m1 model=meter site=plant
	sit-device add m2 model=meter
	sit-group add pumps select=name=m2
	sit-user add anna role=operator
	sit-rule add over model=meter datapoint=v condition=gt threshold=10 ladder=critical:20
	sit-rule add under model=meter datapoint=v condition=lt threshold=0 severity=info
	sit-alarm run
}

# value DEVICE VALUE MINUTE [ARRIVES]: measured at 12:MINUTE, it arrives a second later, or at 12:ARRIVES.
value() {
	SIT_NOW=2026-02-01T12:${4-$3}:01Z sit-ingest -q --as "$1" "v=$2" --at "2026-02-01T12:$3:00Z"
}

# at MINUTE COMMAND...: as of 12:MINUTE.
at() {
	local minute=$1
	shift
	SIT_NOW=2026-02-01T12:$minute:30Z "$@"
}

# states: "ID STATE" of all alarms.
states() {
	sit-alarm list --all --columns id,state -f tsv --no-header
}

# told ID: "change" or "(change)" of what people are not told of, in order.
told() {
	sql "SELECT CASE WHEN told IS NULL THEN change ELSE '(' || change || ')' END FROM alarm_change WHERE alarm_id = $1 ORDER BY id" | tr '\n' ' '
}

@test "what is wrong now, and what was" {
	value m1 15 01
	value m2 25 02
	value m2 5 03
	value m2 -1 04
	try sit-alarm list --columns id,state,severity,device,rule,value,message -f tsv --no-header
	expect "$(printf '1\tactive\twarning\tm1\tover\t15\tv 15 is above 10\n3\tactive\tinfo\tm2\tunder\t-1\tv -1 is below 0')"
	try at 10 sit-alarm list --all
	expect_json '[.id, .state, .raised, .cleared, .duration, .site]' \
		'[1,"active","2026-02-01T12:01:00Z",null,"9m30s","plant"]' \
		'[2,"cleared","2026-02-01T12:02:00Z","2026-02-01T12:03:00Z","1m",null]' \
		'[3,"active","2026-02-01T12:04:00Z",null,"6m30s",null]'
	try sit-alarm show 2
	expect_json '[.rule, .severity, .why, .number]' '["over","critical","value",1]'
	try sit-alarm show 7
	want 3
	one_line_stderr 'no alarm 7'
	try sit-alarm history 2
	expect_json '[.ts, .alarm, .change, .value]' '["2026-02-01T12:02:00Z",2,"raised","25"]' '["2026-02-01T12:03:00Z",2,"cleared","5"]'
	try sit-alarm list --from 2026-02-01T12:02:30Z --to 2026-02-01T12:03:30Z --columns id -f tsv --no-header
	expect "$(printf '1\n2')"
}

# ids FILTER...: of all alarms that fit.
ids() {
	sit-alarm list --all --columns id -f tsv --no-header "$@" | tr '\n' ' '
}

@test "filters: of the alarm, of its device, by rank" {
	value m1 15 01
	value m2 25 02
	value m2 -1 04
	[[ $(ids m2) == '2 3 ' ]]
	[[ $(ids 1 3) == '1 3 ' ]]
	[[ $(ids m1 3) == '1 3 ' ]]
	[[ $(ids 'm*' rule=over) == '1 2 ' ]]
	[[ $(ids site=plant) == '1 ' ]]
	[[ $(ids -s plant) == '1 ' ]]
	[[ $(ids group:pumps) == '2 3 ' ]]
	[[ $(ids 'not group:pumps or rule=under') == '1 3 ' ]]
	[[ $(ids 'severity>=warning') == '1 2 ' ]]
	[[ $(ids 'severity<warning') == '3 ' ]]
	[[ $(ids severity=info..error) == '1 3 ' ]]
	[[ $(ids 'severity>critical') == '' ]]
	[[ $(ids state=cleared) == '2 ' ]]
	[[ $(ids 'raised>=2026-02-01T12:02Z' --select 'device.name = m2 and rule != over') == '3 ' ]]
	[[ $(ids --limit 1 --after 1) == '2 ' ]]
	try sit-alarm list 'severity>=bad'
	want 2
	one_line_stderr 'severity: "bad" is none of info, warning, error, critical'
	try sit-alarm list m3
	want 3
	one_line_stderr 'no device "m3"'
	try sit-alarm list site.floor=1
	want 2
}

@test "check is for cron: 1 when something is wrong that nobody has quieted" {
	try sit-alarm check
	want 0
	value m1 15 01
	try sit-alarm check
	want 1
	silent_stdout
	silent_stderr
	try sit-alarm check -v m1
	want 1
	one_line_stderr '1 active'
	try sit-alarm check m2
	want 0
	try sit-alarm check 1
	want 1
	try sit-alarm check 99
	want 3
	one_line_stderr 'no alarm 99'
	try sit-alarm check m2 0
	want 3
	try sit-alarm list 99
	want 3
	one_line_stderr 'no alarm 99'
	at 02 sit-alarm ack 1
	try sit-alarm check
	want 1
	at 03 sit-alarm shelve 1 --for 1h
	try sit-alarm check
	want 0
}

# rows: "DEVICE RULE" of what is written down.
rows() {
	sql "SELECT d.name || ' ' || r.name FROM alarm_state s JOIN device d ON d.id = s.device_id JOIN rule r ON r.id = s.rule_id ORDER BY 1" | tr '\n' ' '
}

@test "a rule under which nothing ever was leaves no state behind, and begins as it did in each process" {
	[[ $(rows) == '' ]]
	value m1 5 01
	value m2 5 01
	[[ $(rows) == '' ]]
	value m1 15 02
	value m1 5 03
	[[ $(rows) == 'm1 over ' ]]
	value m1 15 04
	try sit-alarm list --all --columns id,number,raised -f tsv --no-header
	expect "$(printf '1\t1\t2026-02-01T12:02:00Z\n2\t2\t2026-02-01T12:04:00Z')"
	sit-rule add silent model=meter datapoint=v condition=no_data threshold=10m
	sit-rule add long model=meter datapoint=v condition=gt threshold=4 for=5m
	at 05 sit-alarm run
	[[ $(rows) == 'm1 long m1 over m1 silent m2 long m2 silent ' ]]
	sit-rule set over threshold=14 # it is another rule now, which is remembered to have had two alarms
	at 06 sit-alarm run
	[[ $(sit-alarm list rule=over --columns id,number,raised -f tsv --no-header) == "$(printf '3\t3\t2026-02-01T12:04:00Z')" ]]
	at 07 sit-rule set over for=3m # and another one once more, whose state is written before it has an alarm
	at 08 sit-alarm run
	at 15 sit-alarm run
	[[ $(sit-alarm list rule=over --columns id,number -f tsv --no-header) == *"$(printf '\t4')" ]]
}

@test "acknowledged it still ends, and what comes then is another" {
	value m1 15 01
	at 01 sit-alarm ack 1 -m 'on my way'
	[[ $(states) == $'1\tacknowledged' ]]
	try at 02 sit-alarm ack 1 -v
	want 0
	one_line_stderr 'it was so already'
	value m1 5 03
	try at 04 sit-alarm ack 1
	want 7
	one_line_stderr 'alarm 1 has ended'
	value m1 16 05
	[[ $(states) == $'1\tcleared\n2\tactive' ]]
	try sit-alarm history 1
	expect_json '[.change, .note, .who != null]' '["raised",null,false]' '["acknowledged","on my way",true]' '["cleared",null,false]'
	try sit-alarm show 1
	expect_json '[.acked, .why]' '["2026-02-01T12:01:30Z","value"]'
	try sit-audit list noun=alarm --columns verb,name,message -f tsv --no-header
	expect "$(printf 'ack\t1\ton my way')"
}

@test "cleared by hand it comes back with the next value that is still wrong" {
	value m1 15 01
	at 02 sit-alarm clear 1 -m 'sensor was wet'
	try sit-alarm show 1
	expect_json '[.state, .why, .cleared]' '["cleared","person","2026-02-01T12:02:30Z"]'
	at 03 sit-alarm run
	[[ $(states) == $'1\tcleared' ]]
	value m1 15.5 04
	[[ $(states) == $'1\tcleared\n2\tactive' ]]
}

@test "shelved, nobody is told of it, until then or until somebody says so" {
	value m1 15 01
	try at 02 sit-alarm shelve 1
	want 2
	one_line_stderr '--for DURATION or --until TIME'
	at 02 sit-alarm shelve 1 --until 2026-02-01T12:10:00Z
	value m1 25 03
	[[ $(told 1) == 'raised (shelved) (escalated) ' ]] || explain "$(told 1)"
	at 10 sit-alarm run >/dev/null
	[[ $(told 1) == 'raised (shelved) (escalated) unshelved ' ]]
	at 11 sit-alarm shelve 1 --for 1h
	[[ $(states) == $'1\tshelved' ]]
	at 12 sit-alarm unshelve 1
	[[ $(states) == $'1\tactive' ]]
	try at 13 sit-alarm unshelve 1 -v
	one_line_stderr 'it was so already'
}

@test "many at once: numbers from elsewhere, or a selection" {
	value m1 15 01
	value m2 15 02
	value m2 5 03
	value m2 15 04
	run --separate-stderr bash -c 'printf "1\n2\n3\n" | SIT_NOW=2026-02-01T12:05:00Z sit-alarm ack -'
	want 6
	[[ $stderr == *'alarm 2 has ended'* && $stderr == *'1 of 3 refused'* ]] || explain 'one is refused'
	[[ $(states) == $'1\tacknowledged\n2\tcleared\n3\tacknowledged' ]]
	at 05 sit-alarm clear --select 'rule=over and device=m2'
	[[ $(states) == $'1\tacknowledged\n2\tcleared\n3\tcleared' ]]
	at 06 sit-alarm clear -s plant --dry-run
	[[ $(states) == $'1\tacknowledged\n2\tcleared\n3\tcleared' ]]
	at 06 sit-alarm clear -s plant
	[[ $(states) == $'1\tcleared\n2\tcleared\n3\tcleared' ]]
	try sit-alarm ack
	want 2
	try sit-alarm ack m1
	want 2
	one_line_stderr 'no number of an alarm'
}

@test "assigned and talked about" {
	value m1 15 01
	sit-alarm assign 1 anna
	try sit-alarm assign 1 bert
	want 3
	one_line_stderr 'no user "bert"'
	try sit-alarm comment 1
	want 2
	sit-alarm comment 1 -m 'ordered a new one'
	[[ $(ids assigned=anna) == '1 ' ]]
	try sit-alarm history 1
	expect_json '[.change, .note]' '["raised",null]' '["assigned","anna"]' '["commented","ordered a new one"]'
	[[ $(told 1) == 'raised (assigned) (commented) ' ]]
	sit-alarm assign --none 1
	[[ $(ids assigned=) == '1 ' ]]
}

@test "sums: how many, how soon, at what rate" {
	try sit-alarm stats
	expect_json '[.alarms, .mtta, .rate]' '[0,null,0]'
	value m1 15 01
	at 02 sit-alarm ack 1
	value m1 5 04
	value m1 15 05
	at 05 sit-alarm ack 2
	value m1 5 06
	value m2 15 07
	value m2 -1 11
	try at 31 sit-alarm stats --from 2026-02-01T12:00Z --to 2026-02-01T12:30Z
	expect_json '[.alarms, .active, .unacked, .mtta, .mttr, .peak, (.rate * 1000 | round)]' '[4,1,1,"1m","2m40s",3,1333]'
	try at 31 sit-alarm stats --by device,rule
	expect_json '[.device, .rule, .alarms, .mttr]' '["m1","over",2,"2m"]' '["m2","over",1,"4m"]' '["m2","under",1,null]'
	try at 31 sit-alarm stats --by rule --top 1
	expect_json '[.rule, .alarms]' '["over",3]'
	try sit-alarm stats --by rule,rule
	want 2
}

@test "a silence: nobody is told meanwhile, and then of what is still there" {
	at 02 sit-alarm silence add site=plant 'severity<=warning' --for 8m -m 'pump test'
	try at 03 sit-alarm silence list
	expect_json '[.id, .state, .begins, .ends, .matchers, .note, .owner != null]' \
		'[1,"on","2026-02-01T12:02:30Z","2026-02-01T12:10:30Z",["site=plant","severity<=warning"],"pump test",true]'
	value m1 15 03
	value m2 15 03
	[[ $(states) == $'1\tsuppressed\n2\tactive' ]]
	[[ $(told 1) == '(raised) ' && $(told 2) == 'raised ' ]]
	try sit-alarm check m1
	want 0
	value m1 25 05 # worse than what the silence is about
	[[ $(told 1) == '(raised) escalated ' ]]
	at 06 sit-alarm run
	value m1 15 07
	value m1 5 08
	value m1 15 09
	[[ $(states) == $'1\tcleared\n2\tactive\n3\tsuppressed' ]]
	at 09 sit-alarm run
	[[ $(told 3) == '(raised) ' ]]
	at 11 sit-alarm run
	at 12 sit-alarm run
	[[ $(told 3) == '(raised) unsuppressed ' && $(told 2) == 'raised ' ]]
	[[ $(states) == $'1\tcleared\n2\tactive\n3\tactive' ]]
	value m1 5 13
	[[ $(told 3) == '(raised) unsuppressed cleared ' ]]
	[[ -z $(at 14 sit-alarm silence list) ]]
	try at 14 sit-alarm silence list --all
	expect_json .state '"over"'
}

@test "a silence that begins finds what is there already; one that is ended lets go" {
	value m2 15 01
	at 02 sit-alarm silence add group:pumps --until 2026-02-02 -m works
	at 03 sit-alarm run
	[[ $(states) == $'1\tsuppressed' ]]
	sit-alarm silence rm 1
	at 04 sit-alarm run
	[[ $(told 1) == 'raised (suppressed) unsuppressed ' ]]
	try sit-alarm silence rm 1
	want 3
	one_line_stderr 'no silence 1'
	try sit-audit list noun=silence --columns verb,name,message -f tsv --no-header
	expect "$(printf 'add\t1\tworks\ndelete\t1\t')"
}

@test "a silence has an end, a reason, and is about what is known of an alarm" {
	try sit-alarm silence add m1 -m x
	want 2
	one_line_stderr '--for DURATION or --until TIME'
	try sit-alarm silence add m1 --for 1h
	want 2
	one_line_stderr 'why?'
	try sit-alarm silence add m1 --until 2026-01-01 -m x
	want 2
	try sit-alarm silence add 'raised>now' --for 1h -m x
	want 2
	try sit-alarm silence add group:none --for 1h -m x
	want 3
	try sit-alarm silence add m9 --for 1h -m x
	want 3
	try sit-alarm silence add rule=ovr --for 1h -m x
	want 3
	one_line_stderr 'rule: no rule "ovr" (did you mean "over"?)'
	try sit-alarm silence add 'device=m1 and not (rule=over,none)' --for 1h -m x
	want 3
	try sit-alarm silence add m1 'rule=over,none*' --for 1h -m x --dry-run
	want 0
	try sit-alarm silence add m1 --schedule 'tue 25:00' --until 2027-01-01 -m x
	want 2
	[[ -z $(sit-alarm silence list --all) ]]
	sit-alarm silence add group:pumps --for 1h -m x
	sit-group rm pumps --yes
	value m2 15 01
	[[ $(told 1) == 'raised ' ]] # it is about nothing now, and in nobody's way
}

# quiet TIME: an alarm of m1 that is raised then: is it suppressed?
quiet() {
	SIT_NOW=$1 sit-ingest -q --as m1 v=5 --at "$(date -u -d "$1 - 20 sec" +%FT%TZ)"
	SIT_NOW=$1 sit-ingest -q --as m1 v=15 --at "$1"
	SIT_NOW=$1 sit-alarm list -f jsonl rule=over | jq .suppressed
}

@test "a weekly window keeps to local clocks when they change" {
	sit-alarm silence add m1 --schedule 'sun 02:00-04:00, tue 02:00-04:00' --tz Europe/Berlin --until 2027-01-01 -m 'weekly test'
	# In winter at 01:00Z to 03:00Z.
	[[ $(quiet 2026-03-24T00:59:00Z) == false ]]
	[[ $(quiet 2026-03-24T01:00:00Z) == true ]]
	[[ $(quiet 2026-03-24T02:59:00Z) == true ]]
	[[ $(quiet 2026-03-24T03:00:00Z) == false ]]
	# On the Sunday on which 02:00 is 03:00 it is an hour long,
	[[ $(quiet 2026-03-29T00:59:00Z) == false ]]
	[[ $(quiet 2026-03-29T01:00:00Z) == true ]]
	[[ $(quiet 2026-03-29T02:00:00Z) == false ]]
	# and in summer at 00:00Z to 02:00Z.
	[[ $(quiet 2026-03-30T23:59:00Z) == false ]]
	[[ $(quiet 2026-03-31T00:00:00Z) == true ]]
	[[ $(quiet 2026-03-31T02:00:00Z) == false ]]
	# On the Sunday that has 02:00 twice it is three hours long.
	[[ $(quiet 2026-10-24T23:59:00Z) == false ]]
	[[ $(quiet 2026-10-25T00:00:00Z) == true ]]
	[[ $(quiet 2026-10-25T02:59:00Z) == true ]]
	[[ $(quiet 2026-10-25T03:00:00Z) == false ]]
}

@test "a parent sees alarms of those below it, and does nothing with them" {
	value m1 15 01
	sit-org add kid parent=default
	export SIT_ORG=kid
	sit-model add meter
	sit-datapoint add v model=meter
	sit-device add k1 model=meter
	sit-rule add high model=meter datapoint=v condition=gt threshold=1
	sit-alarm run
	value k1 2 02
	try sit-alarm list
	expect_json '[.id, .device, .org]' '[2,"k1","kid"]'
	try sit-alarm ack 1
	want 3
	unset SIT_ORG
	try sit-alarm list --columns id,org,device -f tsv --no-header
	expect "$(printf '1\tdefault\tm1\n2\tkid\tkid/k1')"
	try sit-alarm ack 2
	want 4
	sit-alarm silence add 'severity>=info' --for 1h -m x
	SIT_ORG=kid value k1 1 03
	SIT_ORG=kid value k1 2 04
	[[ $(told 3) == 'raised ' ]]
}

@test "explained: the rule, the values at which it turned, and what was written" {
	sit-rule set over clear=8 for=2m keep_for=1m
	sit-alarm run
	value m1 5 01
	value m1 12 02
	value m1 13 03
	value m1 14 04
	value m1 9 05
	value m1 7 06
	value m1 6 07
	try sit-alarm explain 1
	expect_json 'select(.step == "rule") | .note | test("threshold=10 clear=8 .*for=2m keep_for=1m")' true
	expect_json 'select(.step == "judged") | [.ts[14:16], .what, .value]' \
		'["02","pending",12]' '["04","raised",13]' '["04","firing",14]' '["06","clearing",7]' '["07","cleared",7]' '["07","ok",6]'
	expect_json 'select(.step == "change") | [.ts[14:16], .what]' '["04","raised"]' '["07","cleared"]'
	# What is changed later does not change what was.
	SIT_NOW=2026-02-01T13:00:00Z sit-rule set over threshold=20 ladder=critical:40 name=above
	SIT_NOW=2026-02-01T14:00:00Z sit-rule set above threshold=30 for=
	was=$(sit-alarm explain 1 | jq -c 'select(.step != "edited")')
	[[ $(jq -r 'select(.step == "rule").note' <<<"$was") == *'threshold=10 clear=8 '*'for=2m'* ]]
	[[ $(jq -r 'select(.step == "judged") | .what' <<<"$was" | xargs) == 'pending raised firing clearing cleared ok' ]]
	run -0 sit-alarm explain 1
	expect_json 'select(.step == "edited") | [.ts, (.note | test("\"threshold\":\"20\""))]' '["2026-02-01T13:00:00Z",true]' '["2026-02-01T14:00:00Z",true]'
	try sit-alarm explain 9
	want 3
}

@test "explained: what came from the gateway, from which device of the asset, and what no point says" {
	sit-asset add pump site=plant
	sit-gateway add gw site=plant model=meter
	sit-device set m1 m2 asset=pump
	sit-device set m1 gateway=gw
	sit-rule add flow model=meter condition=expr expr='asset.v>50 and gateway.v<3' severity=error
	sit-rule add age model=meter condition=gt datapoint=last_seen_age threshold=300 severity=error
	sit-rule add off model=meter condition=eq datapoint=online threshold=false severity=error
	sit-alarm run
	value gw 2 01
	value m2 60 02
	local id
	id=$(sit-alarm list rule=flow device=m1 -f jsonl | jq .id)
	SIT_NOW=2026-02-01T14:00:00Z try sit-alarm explain "$id"
	expect_json 'select(.step == "input") | [.what, .value, .note]' '["gateway.v",2,"good, of gw"]' '["asset.v",60,"good, of m2"]'
	expect_json 'select(.step == "judged") | .what' '"raised"' '"firing"'
	SIT_NOW=2026-02-01T14:00:00Z sit-alarm run >/dev/null
	id=$(sit-alarm list rule=age device=m2 -f jsonl | jq .id)
	SIT_NOW=2026-02-01T14:00:00Z try sit-alarm explain "$id"
	[[ $(jq -c 'select(.step == "input") | [.what, (.value > 300)]' <<<"$output" | sort -u) == '["last_seen_age",true]' ]]
	id=$(sit-alarm list rule=off device=m2 -f jsonl | jq .id)
	SIT_NOW=2026-02-01T14:00:00Z try sit-alarm explain "$id"
	[[ $(jq -c 'select(.step == "input") | [.what, .value]' <<<"$output" | tail -n 1) == '["online",false]' ]]
}
