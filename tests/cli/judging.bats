#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Alarms as points are stored and time passes: sit-ingest judges what comes, sit-alarm run what time alone decides.
load ../helpers
load ../driven

given() {
	export SIT_NOW=2026-02-01T12:00:00Z
	new_store
	sit-site add plant
	sit-model add em
	for p in v w state; do sit-datapoint add $p model=em type="$([[ $p == state ]] && echo string || echo float)"; done
	sit-device add m1 site=plant model=em
}

# at TIME COMMAND...: the same at that time of the day.
at() {
	SIT_NOW=2026-02-01T$1Z "${@:2}"
}

# put TIME TERM...: values of m1.
put() {
	at "$1" sit-ingest -q --as "${device:-m1}" "${@:2}"
}

# story: what happened, oldest first.
story() {
	sql "SELECT c.ts / 1000000 % 86400, d.name, a.rule, c.change, COALESCE(c.why, '') FROM alarm_change c JOIN alarm a ON a.id = c.alarm_id JOIN device d ON d.id = a.device_id ORDER BY c.id" |
		awk -F'|' '{ printf "%02d:%02d:%02d %s %s %s%s\n", int($1 / 3600), int($1 / 60) % 60, $1 % 60, $2, $3, $4, $5 ? " " $5 : "" }'
}

tells() {
	diff <((($# == 0)) || printf '%s\n' "$@") <(story) >&2 || explain 'another story'
}

@test "a value over the threshold is an alarm in the transaction that stores it, and ends below the clear level" {
	sit-rule add over model=em datapoint=v condition=gt threshold=250 clear=245
	put 12:01:00 v=249
	put 12:02:00 v=251
	put 12:03:00 v=247 # hysteresis
	put 12:04:00 v=245.5
	put 12:05:00 v=245
	put 12:06:00 v=247
	put 12:07:00 v=252
	tells '12:02:00 m1 over raised' '12:05:00 m1 over cleared value' '12:07:00 m1 over raised'
	[[ $(sql 'SELECT number FROM alarm ORDER BY id' | xargs) == '1 2' ]]
	[[ $(sql 'SELECT message FROM alarm WHERE number = 1') == 'v 251 is above 250' ]]
}

@test "for= of a silent device: the alarm comes at its time, whoever died meanwhile" {
	sit-rule add over model=em datapoint=v condition=gt threshold=250 for=5m
	put 12:01:00 v=251
	at 12:05:59 sit-alarm run
	tells
	at 12:30:00 sit-alarm run >"$BATS_TEST_TMPDIR/out"
	tells '12:06:00 m1 over raised'
	[[ $(jq -r '.rule + .change + .ts' "$BATS_TEST_TMPDIR/out") == overraised2026-02-01T12:06:00Z ]]
	at 12:31:00 sit-alarm run >"$BATS_TEST_TMPDIR/out"
	[[ ! -s $BATS_TEST_TMPDIR/out ]]
	at 12:31:00 sit-alarm run --dry-run
}

@test "nothing comes: per datapoint, also one that never came, within the interval" {
	sit-rule add quiet model=em datapoint=w condition=no_data threshold=10m severity=error
	put 12:01:00 v=1 # another datapoint
	at 12:09:59 sit-alarm run
	tells
	at 12:12:00 sit-alarm run >/dev/null
	tells '12:10:00 m1 quiet raised'
	put 12:13:00 w=1
	for m in 14 20 22; do put 12:$m:00 w=1; at 12:$m:30 sit-alarm run; done
	at 12:31:59 sit-alarm run
	at 12:32:00 sit-alarm run >/dev/null
	tells '12:10:00 m1 quiet raised' '12:13:00 m1 quiet cleared value' '12:32:00 m1 quiet raised'
}

@test "of ten thousand datapoints one goes quiet: it alone is an alarm, when its interval is over" {
	for d in {1..100}; do echo "{\"name\":\"d$d\",\"model\":\"em\"}"; done | sit-device add --file -
	for p in {1..100}; do echo "{\"name\":\"p$p\",\"model\":\"em\"}"; done | sit-datapoint add --file -
	for p in {1..100}; do
		echo "{\"name\":\"quiet$p\",\"model\":\"em\",\"datapoint\":\"p$p\",\"condition\":\"no_data\",\"threshold\":\"10m\"}"
	done | sit-rule add --file -
	# all TIME WITHOUT: every device sends every datapoint, but for one.
	all() {
		awk -v t="$1" -v without="$2" 'BEGIN { for (d = 1; d <= 100; d++) { s = ""
			for (p = 1; p <= 100; p++) if (d "/" p != without) s = s (s ? "," : "") "\"p" p "\":" d + p
			print "{\"device\":\"d" d "\",\"ts\":\"2026-02-01T" t "Z\",\"values\":{" s "}}" } }' | at "$1" sit-ingest -q
	}
	all 12:01:00 none
	all 12:09:00 42/7
	at 12:10:59 sit-alarm run
	[[ $(story | grep -v ' m1 ') == '' ]]
	at 12:11:01 sit-alarm run >/dev/null
	[[ $(story | grep -v ' m1 ') == '12:11:00 d42 quiet7 raised' ]]
}

@test "what comes late or backwards moves nothing back" {
	sit-rule add over model=em datapoint=v condition=gt threshold=250
	put 12:10:00 v=251
	at 12:11:00 sit-ingest -q --as m1 v=240 --at 2026-02-01T12:05:00Z
	tells '12:10:00 m1 over raised'
	printf '%s\n' ts,device,datapoint,value 2026-02-01T12:14:00Z,m1,v,240 2026-02-01T12:13:00Z,m1,v,260 2026-02-01T12:12:00Z,m1,v,230 |
		at 12:20:00 sit-ingest -q
	tells '12:10:00 m1 over raised' '12:12:00 m1 over cleared value' '12:13:00 m1 over raised' '12:14:00 m1 over cleared value'
}

@test "a day of data, shuffled, partly twice: the same store, the same hours, the same newest value" {
	awk 'BEGIN { for (i = 0; i < 1440; i++) printf "{\"device\":\"m1\",\"ts\":\"%ds\",\"values\":{\"v\":%d,\"w\":%.2f}}\n", 1769817600 + 60 * i, i * 7919 % 300, i / 7 }' |
		sed 's/"ts":"\([0-9]*\)s"/"ts":\1/' >"$BATS_TEST_TMPDIR/day"
	shown() {
		sit-query m1 v,w --during 2026-01-31 -f csv
		sit-query m1 v,w --during 2026-01-31 --every 1h --agg avg,min,max,count,first,last -f csv
		sit-latest m1 --columns datapoint,ts,value -f csv
	}
	sit-ingest -q "$BATS_TEST_TMPDIR/day"
	shown >"$BATS_TEST_TMPDIR/sorted"
	SIT_DB=$(place other)
	export SIT_DB
	given
	{ cat "$BATS_TEST_TMPDIR/day"; head -n 200 "$BATS_TEST_TMPDIR/day"; } | sort -t: -k 3.9 | split -n r/7 - "$BATS_TEST_TMPDIR/part."
	for part in "$BATS_TEST_TMPDIR"/part.*; do sit-ingest -q "$part"; done
	shown | diff "$BATS_TEST_TMPDIR/sorted" -
	(($(wc -l <"$BATS_TEST_TMPDIR/sorted") > 2900))
}

@test "history from before the rule is none of its alarms; what holds now is" {
	sit-ingest -q --as m1 v=300 --at 2026-01-31T10:00:00Z
	sit-rule add over model=em datapoint=v condition=gt threshold=250 for=1m
	printf 'ts,device,datapoint,value\n' >"$BATS_TEST_TMPDIR/h.csv"
	for i in 1 2 3 4; do printf '2026-01-31T1%s:30:00Z,m1,v,%s\n' $i $((i % 2 ? 300 : 200)); done >>"$BATS_TEST_TMPDIR/h.csv"
	sit-ingest -q "$BATS_TEST_TMPDIR/h.csv"
	at 12:05:00 sit-alarm run
	tells
	put 12:06:00 v=300
	at 12:07:00 sit-alarm run
	tells '12:07:00 m1 over raised'
	# a rule that is new to a device which is over already
	sit-rule add over2 model=em datapoint=v condition=gt threshold=260
	at 12:08:00 sit-alarm run
	tells '12:07:00 m1 over raised' '12:06:00 m1 over2 raised'
}

@test "since when a rule watches a device does not depend on who looks when" {
	put 12:00:00 v=15
	at 12:01:00 sit-rule add never model=em datapoint=w condition=no_data threshold=5m
	at 12:01:00 sit-rule add long model=em datapoint=v condition=gt threshold=10 for=5m
	at 12:01:00 sit-rule add gone model=em datapoint=v condition=gt threshold=10 gap=30s # what is older says nothing of now
	at 12:30:00 sit-alarm run >/dev/null
	diff <(printf '12:06:00 m1 %s raised\n' long never) <(story | sort) >&2
	at 12:40:00 sit-device add m2 model=em
	at 12:50:00 sit-alarm run >/dev/null
	[[ $(story | tail -n 1) == '12:45:00 m2 never raised' ]]
	at 13:00:00 sit-rule set long for=10m
	at 13:30:00 sit-alarm run >/dev/null
	[[ $(story | tail -n 2) == $'13:00:00 m1 long cleared rule\n13:10:00 m1 long raised' ]]
	at 13:40:00 sit-device set m1 enabled=false
	at 13:50:00 sit-device set m1 enabled=true
	at 14:30:00 sit-alarm run >/dev/null
	[[ $(story | grep ' m1 ' | tail -n 2 | sort) == $'13:55:00 m1 never raised\n14:00:00 m1 long raised' ]]
	at 14:31:00 sit-rule add other device=m1 overrides=long datapoint=v condition=gt threshold=100
	at 14:40:00 sit-rule rm other --yes
	at 15:30:00 sit-alarm run >/dev/null
	[[ $(story | tail -n 1) == '14:50:00 m1 long raised' ]]
}

# Everything that rules can look at, as a file for sit-rule eval, too.
many_rules() {
	sit-rule add gt model=em datapoint=v condition=gt threshold=60 clear=50
	sit-rule add lt model=em datapoint=v condition=lte threshold=10
	sit-rule add held model=em datapoint=v condition=gte threshold=50 for=3m keep_for=2m
	sit-rule add between model=em datapoint=v condition=between threshold=40..45
	sit-rule add outside model=em datapoint=v condition=outside threshold=5..95 severity=error
	sit-rule add ladder model=em datapoint=v condition=gt threshold=50 ladder=error:70,critical:90
	sit-rule add ofm model=em datapoint=v condition=gt threshold=50 count=3/5
	sit-rule add change model=em datapoint=state condition=change
	sit-rule add stuck model=em datapoint=state condition=stuck threshold=4m
	sit-rule add rate model=em datapoint=v condition=rate threshold=40 per=1m
	sit-rule add is model=em datapoint=state condition=eq threshold=on
	sit-rule add both model=em condition=expr expr="v>50 and w<50"
	sit-rule add gap model=em datapoint=w condition=gt threshold=50 gap=90s stale=clear
	sit-rule add flap model=em datapoint=w condition=gt threshold=50 flap=3/10m
	sit-rule add inhibited model=em datapoint=w condition=lt threshold=50 inhibit=gt
	sit-rule add silence model=em datapoint=w condition=no_data threshold=3m
}

# timeline: an hour and a half of made-up values, the same each time.
timeline() {
	awk 'BEGIN { srand(7); v = 50; print "ts,device,datapoint,value"
		for (m = 1; m <= 90; m++) { t = sprintf("2026-02-01T%02d:%02d:00Z", 12 + int(m / 60), m % 60)
			v += (rand() - 0.5) * 60; if (v < 0) v = 0; if (v > 100) v = 100
			printf "%s,m1,v,%.1f\n", t, v
			if (rand() < 0.7) printf "%s,m1,w,%.1f\n", t, rand() * 100
			if (rand() < 0.5) printf "%s,m1,state,%s\n", t, rand() < 0.5 ? "on" : "off" } }'
}

# oracle: what the pure filter says of it.
oracle() {
	many_rules
	sit-rule export --select 'enabled=true' >"$BATS_TEST_TMPDIR/rules.json"
	sit-alarm run
	timeline >"$BATS_TEST_TMPDIR/t.csv"
	sit-rule eval --rules "$BATS_TEST_TMPDIR/rules.json" --to 2026-02-01T13:31:00Z "$BATS_TEST_TMPDIR/t.csv" |
		jq -r '"\(.ts[11:19]) \(.device) \(.rule) \(.change)\(if .why then " " + .why else "" end)"' | sort >"$BATS_TEST_TMPDIR/want"
	(($(wc -l <"$BATS_TEST_TMPDIR/want") > 100))
}

@test "in one go: what sit-rule eval says without a store" {
	oracle
	at 13:30:00 sit-ingest -q "$BATS_TEST_TMPDIR/t.csv"
	at 13:31:00 sit-alarm run >/dev/null
	diff "$BATS_TEST_TMPDIR/want" <(story | sort) >&2 || explain 'another story'
}

@test "minute by minute, each by another process, and the clock in between: the same" {
	local m t
	oracle
	for m in $(seq 90); do
		printf -v t '%02d:%02d' $((12 + m / 60)) $((m % 60))
		(head -1 "$BATS_TEST_TMPDIR/t.csv" && grep "T$t:" "$BATS_TEST_TMPDIR/t.csv") | at "$t:00" sit-ingest -q
		((m % 7)) || at "$t:30" sit-alarm run >/dev/null
	done
	at 13:31:00 sit-alarm run >/dev/null
	diff "$BATS_TEST_TMPDIR/want" <(story | sort) >&2 || explain 'another story'
}

@test "a rule that is changed or removed takes its alarms with it; one whose text alone changes does not" {
	sit-rule add over model=em datapoint=v condition=gt threshold=250
	put 12:01:00 v=260
	at 12:02:00 sit-rule set over title='Too high' note=x
	tells '12:01:00 m1 over raised'
	at 12:03:00 sit-rule set over threshold=255
	tells '12:01:00 m1 over raised' '12:03:00 m1 over cleared rule'
	at 12:04:00 sit-alarm run >/dev/null # and it is over that one, too
	at 12:05:00 sit-rule set over enabled=false
	at 12:06:00 sit-alarm run
	at 12:07:00 sit-rule set over enabled=true
	put 12:08:00 v=261
	at 12:09:00 sit-rule rm over --yes
	tells '12:01:00 m1 over raised' '12:03:00 m1 over cleared rule' '12:03:00 m1 over raised' '12:05:00 m1 over cleared rule' '12:07:00 m1 over raised' \
		'12:09:00 m1 over cleared rule'
	try sit-rule show over
	want 3
}

@test "a device that is moved to another model, switched off or removed: its alarms end" {
	sit-model add other
	sit-datapoint add v model=other
	for d in m2 m3; do sit-device add $d site=plant model=em; done
	sit-rule add over model=em datapoint=v condition=gt threshold=250
	for device in m1 m2 m3; do put 12:01:00 v=260; done
	at 12:02:00 sit-device set m1 model=other
	at 12:03:00 sit-device set m2 enabled=false
	at 12:04:00 sit-device rm m3 --yes
	at 12:05:00 sit-alarm run
	tells '12:01:00 m1 over raised' '12:01:00 m2 over raised' '12:01:00 m3 over raised' '12:02:00 m1 over cleared rule' '12:03:00 m2 over cleared rule' \
		'12:04:00 m3 over cleared rule'
	[[ $(sql 'SELECT count(*) FROM alarm_state') == 0 ]]
}

@test "a rule of the device stands in for that of its model, also switched off; thresholds out of its fields" {
	for d in m2 m3 m4; do sit-device add $d site=plant model=em; done
	sit-field add limit noun=device type=float
	sit-device set m1 field.limit=250
	sit-device set m4 field.limit=300
	sit-rule add over model=em datapoint=v condition=gt threshold=field.limit
	sit-rule add mine device=m2 overrides=over datapoint=v condition=gt threshold=270
	sit-rule add off device=m4 overrides=over datapoint=v condition=gt threshold=1 enabled=false
	for device in m1 m2 m3 m4; do put 12:01:00 v=260 2>>"$BATS_TEST_TMPDIR/err"; done
	tells '12:01:00 m1 over raised'
	grep -q 'rule over is not judged on m3: .*limit' "$BATS_TEST_TMPDIR/err"
	at 12:02:00 sit-device set m1 field.limit=280
	device=m1 put 12:03:00 v=260
	device=m2 put 12:04:00 v=275
	tells '12:01:00 m1 over raised' '12:03:00 m1 over cleared rule' '12:04:00 m2 mine raised'
}

@test "another threshold of the device is judged when time is, although nothing comes" {
	sit-field add limit noun=device type=float
	sit-device set m1 field.limit=50
	sit-rule add over model=em datapoint=v condition=gt threshold=field.limit
	put 12:01:00 v=40
	at 12:02:00 sit-device set m1 field.limit=30
	at 12:03:00 sit-alarm run >/dev/null
	tells '12:03:00 m1 over raised'
	at 12:04:00 sit-device set m1 title='the same limit'
	at 12:05:00 sit-alarm run >/dev/null
	at 12:06:00 sit-device set m1 field.limit=100
	at 12:07:00 sit-alarm run >/dev/null
	tells '12:03:00 m1 over raised' '12:07:00 m1 over cleared rule'
}

@test "how many of the last values of several datapoints: the same, each by another process" {
	sit-rule add three model=em condition=expr expr='v>10 and w>10' count=3/3
	sit-rule add some model=em condition=expr expr='v>10 and w>10' count=3/5
	sit-alarm run
	put 12:00:01 w=15
	put 12:00:02 w=15 # so far nothing is known of v
	for s in 03 04; do put 12:00:$s v=15; done
	tells
	put 12:00:05 v=15
	[[ $(story | sort | xargs) == '12:00:05 m1 some raised 12:00:05 m1 three raised' ]]
	put 12:00:06 w=5
	for s in 07 08; do put 12:00:$s w=15; done
	at 12:01:00 sit-rule test three --last 10m --changes -f jsonl | jq -r '.change + " " + .ts[11:19]' >"$BATS_TEST_TMPDIR/tried"
	diff "$BATS_TEST_TMPDIR/tried" <(story | awk '$3 == "three" { print $4, $1 }') >&2
}

@test "a value that is bad is unknown, also to the next process" {
	sit-rule add either model=em condition=expr expr='v>10 or w>10'
	sit-rule add both model=em condition=expr expr='v>10 and w>10'
	sit-alarm run
	put 12:00:00 v=5
	put 12:00:10 w=15
	echo '{"device":"m1","datapoint":"v","ts":"2026-02-01T12:00:20Z","value":null,"quality":"bad"}' | at 12:00:20 sit-ingest -q
	put 12:00:30 w=5 # v may be over: it is not known to have ended
	tells '12:00:10 m1 either raised'
	put 12:00:40 v=15
	echo '{"device":"m1","datapoint":"v","ts":"2026-02-01T12:00:50Z","value":null,"quality":"bad"}' | at 12:00:50 sit-ingest -q
	put 12:01:00 w=15
	put 12:01:10 v=5 w=5
	tells '12:00:10 m1 either raised' '12:01:10 m1 either cleared value'
}

@test "datapoints of the gateway; and while that is silent, its devices are not alarms of their own" {
	sit-gateway add gw site=plant offline_after=5m
	sit-datapoint add limit device=gw
	for i in $(seq 5); do echo "{\"name\":\"e$i\",\"edge_key\":\"$i\"}"; done | sit-device add --file - site=plant model=em gateway=gw
	sit-rule add over model=em condition=expr expr='v > gateway.limit'
	sit-rule add lost model=em datapoint=v condition=no_data threshold=10m inhibit=gateway
	sit-rule add gone device=gw condition=eq datapoint=online threshold=false severity=critical
	sit-alarm run >/dev/null
	device=gw put 12:01:00 limit=100
	device=e1 put 12:02:00 v=101
	device=gw put 12:03:00 limit=102
	tells '12:02:00 e1 over raised' '12:03:00 e1 over cleared value'
	for device in e1 e2 e3 e4 e5; do put 12:04:00 v=1; done
	at 12:20:00 sit-alarm run >/dev/null
	story | grep -v ' m1 ' | tail -n +3 >"$BATS_TEST_TMPDIR/then"
	diff <(echo '12:20:00 gw gone raised') "$BATS_TEST_TMPDIR/then" >&2
	# it comes back with two of them
	device=gw put 12:21:00 limit=102
	device=e1 put 12:21:00 v=1
	device=e2 put 12:21:00 v=1
	at 12:22:00 sit-alarm run >/dev/null
	story | grep -v ' m1 ' | tail -n +4 | sort >"$BATS_TEST_TMPDIR/then"
	[[ $(grep -c 'lost raised' "$BATS_TEST_TMPDIR/then") == 3 ]]
	grep -q 'gw gone cleared' "$BATS_TEST_TMPDIR/then"
}

@test "what is known of the gateway itself is an input like another, when time is judged and when points come" {
	sit-gateway add gw site=plant offline_after=5m
	sit-datapoint add temp device=gw
	sit-device add e1 edge_key=1 model=em gateway=gw
	sit-rule add lost model=em condition=expr expr='not gateway.online' # of m1, which is behind none, nothing is known
	sit-rule add long model=em condition=expr expr='gateway.last_seen_age > 600'
	sit-rule add there model=em condition=expr expr='gateway.online and v > 250'
	sit-alarm run
	device=gw put 12:01:00 temp=20
	device=e1 put 12:01:00 v=1
	device=e1 put 12:02:00 v=251
	tells '12:02:00 e1 there raised'
	at 12:08:00 sit-alarm run >/dev/null
	at 12:13:00 sit-alarm run >/dev/null
	tells '12:02:00 e1 there raised' '12:08:00 e1 lost raised' '12:08:00 e1 there cleared value' '12:13:00 e1 long raised'
	device=gw put 12:14:00 temp=20
	at 12:15:00 sit-alarm run >/dev/null
	diff <(printf '12:15:00 e1 %s\n' 'long cleared value' 'lost cleared value' 'there raised') <(story | tail -n +5 | sort) >&2
	at 12:16:00 sit-alarm explain 2 >/dev/null
}

stored_one() {
	[[ $(sql 'SELECT sum(stored) FROM ledger') == 1 ]]
}

@test "rules change while a stream is being stored: from then on it is judged by the new ones" {
	sit-rule add over model=em datapoint=v condition=gt threshold=250
	mkfifo "$BATS_TEST_TMPDIR/in"
	at 12:01:00 sit-ingest -q --flush 10ms "$BATS_TEST_TMPDIR/in" 3>&- &
	local pid=$!
	exec 9>"$BATS_TEST_TMPDIR/in"
	echo '{"device":"m1","ts":"2026-02-01T12:01:00Z","values":{"v":240}}' >&9
	eventually stored_one
	at 12:02:00 sit-rule set over threshold=200
	echo '{"device":"m1","ts":"2026-02-01T12:02:30Z","values":{"v":240}}' >&9
	exec 9>&-
	wait $pid
	# the first look of the new rule is at what is there: as of our clock
	[[ $(story | wc -l) == 1 && $(story) == *'m1 over raised' ]]
}

@test "organisations: each has its own rules, devices and alarms" {
	sit-org add other parent=default
	sit-site add plant --org other
	sit-model add em --org other
	sit-datapoint add v model=em --org other
	sit-device add x1 site=plant model=em --org other
	sit-rule add theirs model=em datapoint=v condition=gt threshold=10 --org other
	sit-rule add quiet model=em datapoint=v condition=no_data threshold=1m --org other
	put 12:01:00 v=100
	tells
	at 12:00:30 sit-ingest -q --org other --as x1 v=100
	at 12:01:00 sit-alarm run --org other >/dev/null
	at 12:10:00 sit-alarm run # not of the others
	at 12:10:00 sit-alarm run --org '*' >/dev/null
	SIT_ORG=default tells '12:00:30 x1 theirs raised' '12:01:30 x1 quiet raised'
}
