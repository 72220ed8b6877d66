#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sit-query: which series, which points, which buckets, in which order. Expected numbers are worked out by hand.
load ../helpers

# Berlin (+01:00 in winter) and Kolkata (+05:30); registers of two meters, the voltage of one.
given() {
	new_store
	sit-site add berlin tz=Europe/Berlin
	sit-site add kolkata tz=Asia/Kolkata
	sit-model add meter
	sit-datapoint add energy model=meter kind=counter unit=kWh precision=1
	sit-datapoint add voltage model=meter unit=V scale=0.1
	sit-datapoint add status model=meter type=string kind=text
	sit-device add m-1 site=berlin model=meter
	sit-device add m-2 site=kolkata model=meter
	sit-device add spare site=berlin model=meter
	sit-ingest <<-'END'
		{"device":"m-2","datapoint":"energy","ts":"2026-01-31T20:00:00Z","value":500}
		{"device":"m-2","datapoint":"energy","ts":"2026-02-01T06:00:00Z","value":507}
		{"device":"m-1","datapoint":"energy","ts":"2026-01-31T22:30:00Z","value":100.25}
		{"device":"m-1","datapoint":"energy","ts":"2026-01-31T23:30:00Z","value":103}
		{"device":"m-1","datapoint":"energy","ts":"2026-02-01T00:15:00Z","value":110.5}
		{"device":"m-1","datapoint":"voltage","ts":"2026-02-01T00:15:00Z","value":2300}
		{"device":"m-1","datapoint":"voltage","ts":"2026-01-31T11:59:59Z","value":2290}
		{"device":"m-1","datapoint":"status","ts":"2026-02-01T00:00:00Z","value":"ok, \"fine\""}
	END
}

# rows FIELD...: those fields of each record, one line each.
rows() {
	local list
	list=$(printf ',.%s' "$@")
	jq -r "[${list#,}] | map(tostring) | join(\" \")" <<<"$output"
}

expect_rows() {
	local want=$1
	shift
	[[ $(rows "$@") == "$want" ]] || explain "rows: $(rows "$@")"
}

@test "points come by device, datapoint, time; without a range those of the last 24 hours" {
	try sit-query 'm-*' '*'
	want 0
	silent_stderr
	expect_rows "m-1 energy 2026-01-31T22:30:00Z 100.25
m-1 energy 2026-01-31T23:30:00Z 103
m-1 energy 2026-02-01T00:15:00Z 110.5
m-1 status 2026-02-01T00:00:00Z ok, \"fine\"
m-1 voltage 2026-02-01T00:15:00Z 230
m-2 energy 2026-01-31T20:00:00Z 500
m-2 energy 2026-02-01T06:00:00Z 507" device datapoint ts value
	try sit-query m-1 voltage --all
	expect_rows "229 good
230 good" value quality
}

@test "devices: names, lists, globs, filters, short forms; datapoints: lists and globs" {
	for call in "m-1 m-2" "m-1,m-2" "m-*" "m-1 m-2 m-1" "model=meter" "name=m-*" "*"; do
		read -ra words <<<"$call"
		try sit-query "${words[@]}" energy
		want 0
		expect_lines 5
	done
	try sit-query 'm-*' site=kolkata energy
	expect_lines 2
	try sit-query -s berlin 'energy,vol*'
	expect_lines 4
	try sit-query -d m-2 '*'
	expect_lines 2
	try sit-query 'none-*' '*'
	want 0
	silent_stdout
}

@test "what is not there is exit 3, with a near name" {
	try sit-query m-3 energy
	want 3
	one_line_stderr 'no device "m-3" (did you mean "m-'
	try sit-query m-1 energ --all
	want 3
	silent_stdout
	one_line_stderr '"energ" there (did you mean "energy"?)'
	try sit-query m-1 energy,nothing --all
	want 3
	silent_stdout
	one_line_stderr '"nothing"'
	try sit-query energy
	want 2
	one_line_stderr
}

@test "ranges are half-open and read in the zone of each device's site" {
	try sit-query m-1 energy --from 2026-01-31T23:30:00Z --to 2026-02-01T00:15:00Z
	expect_rows "103" value
	try sit-query m-1 m-2 energy --from 2026-02-01 --to 2026-02-02
	expect_rows "m-1 103
m-1 110.5
m-2 500
m-2 507" device value
	try sit-query m-1 m-2 energy --from 2026-02-01 --to 2026-02-02 --tz UTC
	expect_rows "m-1 2026-02-01T00:15:00Z
m-2 2026-02-01T06:00:00Z" device ts
	try sit-query m-1 energy --all --last 1h
	want 2
}

@test "more columns for who asks; a table rounds to the precision, data does not" {
	try sit-query m-1 voltage --columns device,unit,site,raw,org -f csv
	expect "device,unit,site,raw,org
m-1,V,berlin,2300,default"
	try sit-query m-1 energy -f table --columns value --no-header
	expect "100.2
103.0
110.5"
	try sit-query m-1 energy -f csv --columns value --no-header
	expect "100.25
103
110.5"
}

# A page, then the next behind the last row of the one before, until there is none.
@test "pages with --limit and --after are the whole, whatever their size" {
	whole=$(sit-query 'm-*' '*' --all)
	for size in 1 2 3 7 8 100; do
		pages='' after=''
		for ((n = 0; n < 20; n++)); do
			page=$(sit-query 'm-*' '*' --all -N "$size" ${after:+--after "$after"})
			[[ $page ]] || break
			pages+=${pages:+$'\n'}$page
			after=$(tail -n 1 <<<"$page" | jq -r '"\(.device):\(.datapoint)@\(.ts)"')
		done
		[[ $pages == "$whole" ]] || explain "pages of $size"
	done
	try sit-query m-1 energy --after nonsense
	want 2
	try sit-query m-1 energy --limit 2 --every 1h
	want 2
}

@test "pages go through descendants in the order of the names shown" {
	sit-org add aaa parent=default
	sit-org add zzz parent=default
	for o in aaa zzz; do
		sit-device add p --org "$o"
		sit-datapoint add x device=p --org "$o"
		sit-ingest --org "$o" --as p x=1 --at 2026-02-01T00:00:00Z
	done
	try sit-query '*' 'x,energy' --all
	expect_rows "aaa/p
m-1
m-1
m-1
m-2
m-2
zzz/p" device
	[[ $(jq -r .org <<<"${lines[0]}") == aaa ]]
	try sit-query '*' 'x,energy' --all -N 5 --after aaa/p:x@2026-02-01T00:00:00Z
	expect_rows "m-1
m-1
m-1
m-2
m-2" device
	try sit-query '*' 'x,energy' --all --after m-2:energy@2026-02-01T06:00:00Z
	expect_rows "zzz/p" device
	try sit-query aaa/p x --all
	expect_lines 1
}

@test "buckets begin where the site's clocks do" {
	try sit-query m-1 energy --all --every 1d
	expect "$(printf '%s\n' \
		'{"ts":"2026-01-30T23:00:00Z","device":"m-1","datapoint":"energy","count":1,"min":100.25,"max":100.25,"avg":100.25}' \
		'{"ts":"2026-01-31T23:00:00Z","device":"m-1","datapoint":"energy","count":2,"min":103,"max":110.5,"avg":106.75}')"
	try sit-query m-1 m-2 energy --all --every 1d --agg count --tz UTC
	expect_rows "m-1 2026-01-31T00:00:00Z 2
m-1 2026-02-01T00:00:00Z 1
m-2 2026-01-31T00:00:00Z 1
m-2 2026-02-01T00:00:00Z 1" device ts count
	try sit-query m-2 energy --all --every 1h --agg first
	expect_rows "2026-01-31T19:30:00Z 500
2026-02-01T05:30:00Z 507" ts first
}

@test "deltas count from the value before, and add up" {
	try sit-query m-1 energy --all --every 1h --agg delta
	expect_rows "2026-01-31T22:00:00Z 0
2026-01-31T23:00:00Z 2.75
2026-02-01T00:00:00Z 7.5" ts delta
	try sit-query m-1 energy --from 2026-02-01T01:00+01:00 --to 2026-02-02 --agg delta,first,last
	expect_rows "2026-02-01T00:00:00Z 7.5 110.5 110.5" ts delta first last
}

@test "--agg without --every: one bucket, from the range's begin or the first value" {
	try sit-query m-1 energy --all --agg count,sum
	expect_rows "2026-01-31T22:30:00Z 3 313.75" ts count sum
	try sit-query m-1 energy --from 2026-01-31T00:00Z --agg count
	expect_rows "2026-01-31T00:00:00Z 3" ts count
	try sit-query m-1 status --all --agg count
	silent_stdout
	try sit-query m-1 energy --agg mean
	want 2
	one_line_stderr '"mean"'
	try sit-query m-1 energy --every 7h
	want 2
}

@test "--by: sums of sums, least of least, deltas added, over zones too" {
	try sit-query 'm-*' energy --all --agg count,sum,min,max,avg,first,last,delta --by model -f csv
	expect "ts,model,datapoint,count,sum,min,max,avg,first,last,delta
2026-01-31T20:00:00Z,meter,energy,5,1320.75,100.25,507,264.15,500,507,17.25"
	try sit-query 'm-*' energy --all --every 1d --tz UTC --agg count,delta --by datapoint
	expect_rows "2026-01-31T00:00:00Z energy 3 2.75
2026-02-01T00:00:00Z energy 2 14.5" ts datapoint count delta
	try sit-query 'm-*' 'energy,voltage' --all --agg count --by site
	expect_rows "berlin energy 3
berlin voltage 2
kolkata energy 2" site datapoint count
	# One day of local time is another stretch of UTC in each zone: still one group.
	try sit-query 'm-*' energy --during 2026-02-01 --agg count --by model
	expect_rows "2026-01-31T18:30:00Z meter 4" ts model count
	try sit-query 'm-*' energy --by colour
	want 2
}

@test "what is bad or stale is printed and counts in no aggregate" {
	sit-ingest <<<'{"device":"m-1","datapoint":"energy","ts":"2026-02-01T00:20:00Z","value":9999,"quality":"bad"}'
	try sit-query m-1 energy --all
	expect_rows "good
good
good
bad" quality
	try sit-query m-1 energy --all --agg count,max
	expect_rows "3 110.5" count max
}

@test "a definition's key does not stand for another datapoint" {
	sit-datapoint add energy_in model=meter key=energy unit=MJ
	sit-ingest --as m-1 energy_in=5
	try sit-query m-1 'energy*' --all --columns datapoint,unit -f csv --no-header
	[[ $output == *"energy,kWh"* && $output != *"energy,MJ"* && $output == *"energy_in,MJ"* ]] || explain units
}

# many N: a point a second for m-1.
many() {
	awk -v n="$1" 'BEGIN { print "ts,energy"; for (i = 1; i <= n; i++) printf "%ds,%d\n", 1767225600 + i, i }' | sit-ingest --as m-1
}

@test "a signal stops a long answer" {
	many 500000
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	sit-query '*' '*' --all >"$BATS_TEST_TMPDIR/pipe" 2>/dev/null &
	pid=$!
	exec 5<"$BATS_TEST_TMPDIR/pipe"
	read -r -u 5 _
	kill -TERM "$pid"
	cat <&5 >"$BATS_TEST_TMPDIR/rest"
	rc=0
	wait "$pid" || rc=$?
	[[ $rc == 143 ]] || explain "ended with $rc"
	(($(wc -l <"$BATS_TEST_TMPDIR/rest") < 400000))
}

# The reader is slow: meanwhile the store can be written, and its log does not wait for the reader.
@test "nothing of the store is held while the answer is printed" {
	many 20000
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	sit-query '*' '*' --all >"$BATS_TEST_TMPDIR/pipe" &
	pid=$!
	exec 5<"$BATS_TEST_TMPDIR/pipe"
	read -r -u 5 _
	sleep 0.2
	sit-ingest --as m-1 energy=120
	if on_postgres; then
		held=$(sql "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
			AND (state LIKE 'idle in%' OR backend_xmin IS NOT NULL)")
		[[ $held == 0 ]] || explain "a reader holds a snapshot"
	else
		[[ $(sqlite3 "$SIT_DB" "PRAGMA wal_checkpoint(TRUNCATE)") == 0\|* ]] || explain "a reader holds the log"
	fi
	cat <&5 >/dev/null
	wait "$pid"
}

# declared PROGRAM RECORD: the fields of the records on standard output are those that the program says a RECORD has, none missing.
declared() {
	local printed of
	printed=$(jq -r keys_unsorted[] <<<"$output" | sort -u)
	of=$("$1" --describe | jq -r --arg name "$2" '.records[] | select(.name == $name) | .fields[].name' | sort)
	[[ -n $printed && $printed == "$of" ]] || explain "$1 prints ${printed//$'\n'/ } and declares ${of//$'\n'/ }"
}

@test "what is printed is declared: points, buckets, the latest, what waits, the books" {
	try sit-query m-1 energy --all --columns ts,device,datapoint,value,quality,unit,site,gateway,raw,org
	want 0
	declared sit-query point
	output=$(for by in site gateway model type org datapoint; do
		sit-query 'm-*' energy --all --by "$by" --agg count,sum,min,max,avg,first,last,delta
	done && sit-query m-1 energy --all --every 1d)
	declared sit-query bucket
	try sit-latest --columns ts,device,datapoint,value,unit,quality,age,site,org
	want 0
	declared sit-latest latest
	try sit-ingest --stats nowhere.x=1 --as nobody
	want 6
	declared sit-ingest books
	try sit-quarantine list
	want 0
	declared sit-quarantine "quarantined point"
	try sit find m-1
	want 0
	declared sit find
	try sit-db stats
	want 0
	declared sit-db "store stats"
	try sit-org tree
	want 0
	declared sit-org "org tree"
}

@test "an empty name chooses nothing, least of all everything" {
	try sit-query '' energy --all
	want 2
	one_line_stderr "an empty name of a device: '*' stands for all"
	try sit-query m-1 '' --all
	want 2
	one_line_stderr "an empty name of a datapoint: '*' stands for all"
	try sit-latest ''
	want 2
	try sit-device label ''
	want 2
	one_line_stderr
}

@test "a file whose suffix nothing here writes is not begun; what mktemp makes is" {
	try sit-latest meter-1 -o "$BATS_TEST_TMPDIR/x.xlsx"
	want 2 && one_line_stderr 'x.xlsx: its suffix is none of .csv .tsv .jsonl .json .txt'
	[[ ! -e $BATS_TEST_TMPDIR/x.xlsx ]]
	try sit-device list -o "$BATS_TEST_TMPDIR/x.xlsx" -f csv
	want 0
	try sit-device list -o "$BATS_TEST_TMPDIR/tmp.x7HkZ0aBcD"
	want 0
}
