#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Points into the store: shapes, books, refusals. The books always balance, good records around bad ones are kept.
load ../helpers

given() {
	new_store
	sit-site add plant tz=Europe/Berlin
	sit-model add meter
	sit-device add meter-1 site=plant model=meter
	sit-datapoint add voltage_l1 model=meter unit=V
	sit-datapoint add energy_kwh model=meter kind=counter min=0
	sit-datapoint add running model=meter type=boolean kind=state
	sit-datapoint add mode model=meter type=enum words=off,on,fault kind=state
	sit-datapoint add note model=meter type=string kind=text
	sit-datapoint add where_is model=meter type=location kind=state
	sit-datapoint add pulses model=meter type=int
	IN=$BATS_TEST_TMPDIR/in
}

points() { sit-query meter-1 "${1-*}" --all --columns ts,datapoint,value,quality; }
books() { [[ $stderr == *"$1"* ]] || explain "books should say $1"; }

@test "flat points, messages, arrays, pretty-printed values" {
	cat >"$IN" <<-'END'
		{"ts":"2026-01-01T00:00:00Z","device":"meter-1","datapoint":"voltage_l1","value":230.1,"quality":"good"}
		{"device":"meter-1","ts":"2026-01-01T00:01:00Z","values":{"voltage_l1":230.2,"energy_kwh":1,"running":true}}
		[{"device":"meter-1","ts":1767225720,"values":{"voltage_l1":230.3}},
		 {"device":"meter-1","ts":1767225780000,"values":{"note":"it's \"fine\""}}]
		{
		  "device": "meter-1",
		  "ts": "2026-01-01T00:04:00Z",
		  "values": { "where_is": {"lat": 52.5, "lon": 13.40}, "mode": "on" }
		}
	END
	try sit-ingest -v "$IN"
	want 0
	books 'read 8 = stored 8 + corrected 0'
	try points
	expect_json '[.datapoint, .ts, .value]' \
		'["energy_kwh","2026-01-01T00:01:00Z",1]' '["mode","2026-01-01T00:04:00Z","on"]' \
		'["note","2026-01-01T00:03:00Z","it'"'"'s \"fine\""]' '["running","2026-01-01T00:01:00Z",true]' \
		'["voltage_l1","2026-01-01T00:00:00Z",230.1]' '["voltage_l1","2026-01-01T00:01:00Z",230.2]' \
		'["voltage_l1","2026-01-01T00:02:00Z",230.3]' '["where_is","2026-01-01T00:04:00Z",{"lat":52.5,"lon":13.4}]'
}

@test "a message without ts has the time of arrival" {
	echo '{"device":"meter-1","values":{"voltage_l1":1}}' | sit-ingest
	try points
	expect_json .ts '"2026-02-01T12:00:00Z"'
}

@test "a run that went well prints nothing; -v prints the books, --stats a record" {
	echo '{"device":"meter-1","values":{"voltage_l1":1}}' >"$IN"
	try sit-ingest "$IN"
	want 0 && silent_stdout && silent_stderr
	try sit-ingest --stats "$IN"
	want 0 && silent_stderr
	expect_json '[.read, .stored, .duplicate]' '[1,0,1]'
}

@test "gateway messages are resolved by edge key" {
	sit-gateway add gw-1
	sit-device add sub-3 gateway=gw-1 edge_key=modbus_3 model=meter
	echo '{"gateway":"gw-1","edge_key":"modbus_3","ts":"2026-01-01T00:00:00Z","values":{"voltage_l1":229}}
{"gateway":"gw-1","edge_key":"modbus_4","ts":"2026-01-01T00:00:00Z","values":{"voltage_l1":229}}' >"$IN"
	try sit-ingest "$IN"
	want 6
	books 'stored 1 + corrected 0 + duplicate 0 + rejected 0 + quarantined 1'
	try sit-latest
	expect_json '[.device, .value]' '["sub-3",229]'
}

@test "the same file twice is all duplicates; another value corrects, and the old one is kept" {
	echo '{"device":"meter-1","ts":"2026-01-01T00:00:00Z","values":{"voltage_l1":1,"energy_kwh":5}}' >"$IN"
	sit-ingest "$IN"
	try sit-ingest -v "$IN"
	books 'stored 0 + corrected 0 + duplicate 2'
	try sit-ingest --as meter-1 voltage_l1=2 --at 2026-01-01T00:00:00Z
	want 0
	books 'corrected 1'
	[[ $(sql 'SELECT CAST(num AS BIGINT) FROM correction') == 1 ]]
	try points voltage_l1
	expect_json .value 2
	echo '{"device":"meter-1","ts":"2026-01-01T00:00:00Z","values":{"voltage_l1":3}}' >"$IN"
	try sit-ingest -v --keep first "$IN"
	want 0
	books 'duplicate 1 (1 in conflict)'
	try points voltage_l1
	expect_json .value 2
}

@test "wide CSV: columns are datapoints by key or name, empty cells are empty" {
	sit-datapoint set meter:voltage_l1 key=U1
	printf '\xef\xbb\xbfts,U1,energy_kwh\r\n2026-01-01T00:00:00Z,230,\r\n2026-01-01 01:00:00,231,7\r\n2026-01-01T02:00:00Z,?,8' >"$IN"
	try sit-ingest -v --as meter-1 --null '?' "$IN"
	want 0
	books 'read 6 = stored 3 + corrected 1 + duplicate 0 + rejected 0 + quarantined 0 + empty 2'
	try points voltage_l1 # one o'clock in Berlin is midnight UTC: the second row corrects the first
	expect_json '[.ts, .value]' '["2026-01-01T00:00:00Z",231]'
}

@test "long CSV, device column, semicolons, decimal commas, two time columns, columns by number" {
	printf 'ts,device,datapoint,value,quality\n2026-01-01T00:00:00Z,meter-1,voltage_l1,230,suspect\n2026-01-01T00:00:00Z,meter-1,energy_kwh,,bad\n' >"$IN"
	try sit-ingest "$IN"
	want 0
	try points
	expect_json '[.datapoint, .value, .quality]' '["energy_kwh",null,"bad"]' '["voltage_l1",230,"suspect"]'
	printf 'Datum;Zeit;;Gerät\n31.01.2026;08:15;1234,5;meter-1\n' >"$IN"
	try sit-ingest --delimiter ';' --decimal , --time Datum,Zeit --time-format '%d.%m.%Y %H:%M' --device-column Gerät \
		--map 3=energy_kwh "$IN"
	want 0
	try sit-latest meter-1 --datapoint energy_kwh
	expect_json '[.ts, .value]' '["2026-01-31T07:15:00Z",1234.5]'
}

@test "gzip, several files, standard input" {
	echo '{"device":"meter-1","ts":"2026-01-01T00:00:00Z","values":{"voltage_l1":1}}' | gzip >"$IN.gz"
	echo '{"device":"meter-1","ts":"2026-01-01T00:00:01Z","values":{"voltage_l1":1}}' >"$IN"
	try sit-ingest -v "$IN.gz" "$IN" </dev/null
	books 'read 2 = stored 2'
	gzip -dc "$IN.gz" | sit-ingest -
	head -c 40 "$IN.gz" >"$IN.cut.gz"
	try sit-ingest "$IN.cut.gz"
	[[ $status != 0 && $stderr == *damaged* ]]
}

@test "conversion: scale and offset keep the raw value, limits make it suspect, types are minded" {
	sit-datapoint add power_kw device=meter-1 scale=0.001 offset=1
	sit-ingest --as meter-1 power_kw=1500 energy_kwh=-1 --at 2026-01-01T00:00:00Z
	try sit-query meter-1 '*' --all --columns datapoint,value,raw,quality
	expect_json '[.datapoint, .value, .raw, .quality]' '["energy_kwh",-1,null,"suspect"]' '["power_kw",2.5,1500,"good"]'
	for bad in voltage_l1=abc voltage_l1=0x10 voltage_l1=NaN voltage_l1=1e400 voltage_l1=9007199254740993 running=maybe \
		mode=broken pulses=1.5 where_is=here; do
		try sit-ingest --as meter-1 "$bad"
		want 6 && [[ ${stderr_lines[0]} == *"${bad%%=*}"* ]] || explain "$bad should be refused by name"
	done
	[[ $(sql 'SELECT coalesce(sum(points), 0) FROM lane') == 2 ]]
}

@test "numbers come back as they went in" {
	i=0
	for v in 0.1 -0.0 5e-324 1.7976931348623157e308 123456789.123 9007199254740992 -17 1e21 0.30000000000000004; do
		sit-ingest --as meter-1 "voltage_l1=$v" --at "2026-01-01T00:00:0${i}Z"
		i=$((i + 1))
	done
	try points voltage_l1
	expect_json .value 0.1 -0 5e-324 1.7976931348623157e308 123456789.123 9007199254740992 -17 1e21 0.30000000000000004
	[[ ${lines[1]} == *'"value":-0,'* ]]
}

@test "epoch numbers: seconds, milli-, micro- and nanoseconds, in JSON and CSV" {
	for ts in 1767225601 1767225602123 1767225603123456 1767225604123456789; do
		echo "{\"device\":\"meter-1\",\"ts\":$ts,\"values\":{\"voltage_l1\":1}}"
	done | sit-ingest
	sit-ingest <<<'[{"device":"meter-1","ts" : 1767225605123456499,"values":{"voltage_l1":1}}]'
	sit-ingest --input csv --as meter-1 <<<$'ts,voltage_l1\n1767225606123456500,1'
	try points voltage_l1
	expect_json .ts 2026-01-01T00:00:01Z 2026-01-01T00:00:02.123Z 2026-01-01T00:00:03.123456Z 2026-01-01T00:00:04.123457Z \
		2026-01-01T00:00:05.123456Z 2026-01-01T00:00:06.123457Z
	try sit-ingest --as meter-1 <<<'{"datapoint":"voltage_l1","ts":1767225601,"value":1767225604123456789}'
	want 6 && [[ ${stderr_lines[0]} == *"integer 1767225604123456789 does not fit a double exactly"* ]]
}

@test "a bad record costs only itself: one line says where and why" {
	cat >"$IN" <<-'END'
		{"device":"meter-1","ts":"2026-01-01T00:00:00Z","values":{"voltage_l1":1}}
		{"device":"meter-1","ts":"2026-01-01T00:00:01Z","values":{"volt
		{"device":"meter-1","ts":"2026-01-01T00:00:02Z","values":{"voltage_l1":3}}
		nonsense
		{"device":"meter-1","ts":"2026-13-01T00:00:02Z","datapoint":"voltage_l1","value":3}
		{"device":"meter-1","ts":"2026-01-01T00:00:03Z","datapoint":"voltage_l1","qualty":3,"value":3}
		{"device":"meter-1","ts":"2026-01-01T00:00:04Z","datapoint":"voltage_l1","value":[1]}
		17
		{"ts":"2026-01-01T00:00:04Z","datapoint":"voltage_l1","value":1}
		{"device":"meter-1","ts":"2026-01-01T00:00:05Z","datapoint":"voltage_l1","value":6}
	END
	try sit-ingest "$IN" --rejects "$BATS_TEST_TMPDIR/rejects"
	want 6
	books 'stored 3 + corrected 0 + duplicate 0 + rejected 7'
	[[ $stderr == *"in:4: "* && $stderr == *'unknown key "qualty" of a point (did you mean "quality"?)'* ]]
	[[ $(wc -l <"$BATS_TEST_TMPDIR/rejects") == 7 ]]
	[[ $(jq -r 'select(.place | endswith(":4")) | .text' "$BATS_TEST_TMPDIR/rejects") == nonsense ]]
}

@test "rejects are mended and piped back" {
	printf 'ts,voltage_l1\n2026-01-01T00:00:00Z,23O\n' >"$IN"
	try sit-ingest --as meter-1 --rejects "$BATS_TEST_TMPDIR/rejects" "$IN"
	want 6
	sed 's/23O/230/g' "$BATS_TEST_TMPDIR/rejects" | sit-ingest --as meter-1
	try points
	expect_json .value 230
	echo '{"device":"meter-1","ts":"2026-01-01T01:00:00Z","values":{"voltage_l1":1e999}}' >"$IN"
	rm "$BATS_TEST_TMPDIR/rejects"
	try sit-ingest --rejects "$BATS_TEST_TMPDIR/rejects" "$IN"
	want 6
	sed 's/1e999/99/g' "$BATS_TEST_TMPDIR/rejects" | sit-ingest
	try sit-latest meter-1
	expect_json .value 99
}

@test "unknown names wait up to a number for each source; what is beyond is refused, with books that say so" {
	echo '{"device":"ghost","datapoint":"v","ts":"2026-01-01T00:00:00Z","value":1}' >"$BATS_TEST_TMPDIR/flood.jsonl"
	try sit-ingest -q "$BATS_TEST_TMPDIR/flood.jsonl"
	want 6
	sql "INSERT INTO quarantine (org_id, at, reason, source, datapoint, ts, value, quality) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99997)
		SELECT q.org_id, q.at, q.reason, q.source, q.datapoint, q.ts, q.value, q.quality FROM n, quarantine q"
	for i in 1 2 3 4 5; do echo "{\"device\":\"ghost-$i\",\"datapoint\":\"v\",\"ts\":\"2026-01-02T00:00:00Z\",\"value\":$i}"; done >"$BATS_TEST_TMPDIR/flood.jsonl"
	try sit-ingest -v "$BATS_TEST_TMPDIR/flood.jsonl" --rejects "$BATS_TEST_TMPDIR/rejects"
	want 6
	books 'read 5 = stored 0 + corrected 0 + duplicate 0 + rejected 3 + quarantined 2 + empty 0'
	[[ $stderr == *'unknown device "ghost-3": 100000 points of unknown names wait from here already (sit-quarantine)'* ]] || explain reason
	[[ $(jq -r .text "$BATS_TEST_TMPDIR/rejects" | jq -sc 'map(.value)') == '[3,4,5]' ]] || explain rejects
	[[ $(sql "SELECT SUM(rejected), SUM(quarantined) FROM ledger") == '3|3' ]]
	# Another source has its own, and what has room again takes more.
	try sit-ingest -v - <"$BATS_TEST_TMPDIR/flood.jsonl"
	books 'rejected 0 + quarantined 5'
	sql "DELETE FROM quarantine WHERE id > 10"
	try sit-ingest -v "$BATS_TEST_TMPDIR/flood.jsonl"
	books 'rejected 0 + quarantined 5'
}

@test "a time in 1900 or 9999 waits in quarantine as suspect; --skew moves the limits" {
	for t in 1900-01-01T00:00:00Z 9999-01-01T00:00:00Z; do
		echo "{\"device\":\"meter-1\",\"ts\":\"$t\",\"values\":{\"voltage_l1\":1}}"
	done >"$IN"
	try sit-ingest "$IN"
	want 6
	books 'quarantined 2'
	try sit-quarantine list --columns quality
	expect_json .quality '"suspect"' '"suspect"'
	try sit-ingest --skew 60000d/3000000d "$IN"
	want 0
}

@test "nesting, NUL bytes, bad UTF-8, a binary file: refused, never a crash" {
	printf '[%.0s' {1..100000} >"$IN"
	try sit-ingest "$IN"
	want 6
	printf '{"device":"meter-1","values":{"note":"a\0b"}}\n{"device":"meter-1","values":{"note":"\xff"}}\n{"device":"meter-1","values":{"note":"ok"}}\n' >"$IN"
	try sit-ingest "$IN"
	want 6
	books 'stored 1'
	head -c 100000 /dev/urandom >"$IN"
	try sit-ingest --as meter-1 "$IN"
	[[ $status == 6 || $status == 2 ]]
}

@test "a line of 100 MB costs no memory, and the good lines around it are kept" {
	{
		echo '{"device":"meter-1","ts":"2026-01-01T00:00:00Z","values":{"voltage_l1":1}}'
		head -c 100000000 /dev/zero | tr '\0' x
		echo
		echo '{"device":"meter-1","ts":"2026-01-01T00:00:01Z","values":{"voltage_l1":2}}'
	} >"$IN"
	sanitized || ulimit -v 200000
	try sit-ingest "$IN"
	want 6
	books 'read 3 = stored 2 + corrected 0 + duplicate 0 + rejected 1'
}

@test "a missing file, a folder, no rights" {
	try sit-ingest /nonexistent
	want 3 && [[ $stderr == *'/nonexistent: No such file'* ]]
	try sit-ingest "$BATS_TEST_TMPDIR"
	[[ $status != 0 && $stderr == *"$BATS_TEST_TMPDIR"* ]]
}

@test "a disk that fills up: nothing half-written, exit 5" {
	only_sqlite "the disk is that of Postgres's server"
	# texts that do not pack well
	awk 'BEGIN { srand(7); for (i = 1; i <= 20000; i++) {
		note = ""; for (k = 0; k < 6; k++) note = note int(rand() * 1e9)
		printf "{\"device\":\"meter-1\",\"ts\":%d,\"values\":{\"voltage_l1\":%d,\"note\":\"%s\"}}\n", 1767225600 + i, i, note } }' >"$IN"
	try bash -c "ulimit -f 600; sit-ingest --batch 5000 --flush 10m '$IN'"
	want 5
	sit-db check
	n=$(sql 'SELECT coalesce(sum(points), 0) FROM lane')
	[[ $((n % 5000)) == 0 ]]
	try sit-ingest -v "$IN"
	want 0
	books 'read 40000 = stored'
	[[ $(sql 'SELECT coalesce(sum(points), 0) FROM lane') == 40000 ]]
}

@test "killed at any moment and started again: nothing lost, nothing twice" {
	for i in $(seq 20000); do echo "{\"device\":\"meter-1\",\"ts\":$((1767225600 + i)),\"values\":{\"voltage_l1\":$i}}"; done >"$IN"
	for ms in 01 02 03 05 08 12; do
		timeout -s KILL "0.$ms" sit-ingest --batch 500 "$IN" 2>/dev/null || true
		sit-db check
	done
	sit-ingest "$IN"
	try sit-query meter-1 voltage_l1 --all --agg count,sum
	expect_json '[.count, .sum]' '[20000,200010000]'
	try sit-db check
	want 0
}

@test "SIGTERM commits what is in hand and exits 143" {
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	sit-ingest <"$BATS_TEST_TMPDIR/pipe" &
	pid=$!
	exec 7>"$BATS_TEST_TMPDIR/pipe"
	echo '{"device":"meter-1","ts":"2026-01-01T00:00:00Z","values":{"voltage_l1":1}}' >&7
	for _ in $(seq 3000); do
		[[ $(sql 'SELECT coalesce(sum(points), 0) FROM lane') == 1 ]] && break
		sleep 0.02
	done
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	exec 7>&-
	[[ $status == 143 ]]
	[[ $(sql 'SELECT coalesce(sum(points), 0) FROM lane') == 1 ]]
}

@test "auto-create takes what a device sends as text: a name like @FILE opens no file" {
	echo 'of this machine' >"$BATS_TEST_TMPDIR/secret"
	echo "{\"device\":\"new-2\",\"ts\":\"2026-01-01T00:00:00Z\",\"values\":{\"@$BATS_TEST_TMPDIR/secret\":1}}" >"$IN"
	try sit-ingest --auto-create plant "$IN"
	want 0
	try sit-datapoint list device=new-2 --columns key
	expect_json .key "\"@$BATS_TEST_TMPDIR/secret\""
}

@test "auto-create makes devices and datapoints, folds names, keeps the key" {
	echo '{"device":"new-1","ts":"2026-01-01T00:00:00Z","values":{"Temp °C":21.5,"2nd":1,"state":"run","on":true}}' >"$IN"
	try sit-ingest --auto-create plant "$IN" --dry-run -v
	want 0
	try sit-device show new-1
	want 3
	try sit-ingest --auto-create plant "$IN"
	want 0
	try sit-datapoint list device=new-1 --columns name,key,type
	expect_json '[.name, .key, .type]' '["Temp___C","Temp °C","float"]' '["on",null,"boolean"]' '["state",null,"string"]' '["v2nd","2nd","float"]'
	echo '{"device":"new-1","ts":"2026-01-01T00:00:01Z","values":{"Temp °C":"hot"}}' >"$IN"
	try sit-ingest --auto-create plant "$IN"
	want 6
	books 'quarantined 1'
	for i in $(seq 5); do echo "{\"device\":\"n-$i\",\"values\":{\"v\":1}}"; done >"$IN"
	try sit-ingest --auto-create plant --max-create 4 "$IN"
	want 6
	books 'stored 2 + corrected 0 + duplicate 0 + rejected 0 + quarantined 3'
	try sit-ingest --auto-create nowhere "$IN"
	want 3 && [[ $stderr == *'no site "nowhere"'* ]]
}

@test "--emit prints stored points after commit, not duplicates" {
	echo '{"device":"meter-1","ts":"2026-01-01T00:00:00Z","values":{"voltage_l1":1}}' >"$IN"
	try sit-ingest --emit "$IN"
	expect '{"ts":"2026-01-01T00:00:00Z","device":"meter-1","datapoint":"voltage_l1","value":1,"quality":"good"}'
	try sit-ingest --emit "$IN"
	want 0 && silent_stdout
	sit-query meter-1 '*' --all >"$BATS_TEST_TMPDIR/out"
	try sit-ingest -v "$BATS_TEST_TMPDIR/out"
	books 'duplicate 1'
}

@test "the ledger and the runs keep the books" {
	echo '{"device":"meter-1","ts":"2026-01-01T00:00:00Z","values":{"voltage_l1":1,"nope":2}}' >"$IN"
	try sit-ingest "$IN"
	want 6
	try sit-db sql 'SELECT stored, quarantined, first_reason FROM ledger'
	expect_json '[.stored, .quarantined, .first_reason]' '[1,1,"unknown datapoint \"nope\" of device \"meter-1\" (did you mean \"note\"?)"]'
	try sit-db sql 'SELECT program, exit, counters FROM run'
	expect_json '[.program, .exit, (.counters | fromjson | .read)]' '["sit-ingest",6,2]'
}

@test "quarantine: list, adopt once the datapoint is there, throw away" {
	echo '{"device":"meter-1","ts":"2026-01-01T00:00:00Z","values":{"temp":21,"other":1}}
{"device":"ghost","ts":"2026-01-01T00:00:00Z","values":{"a":1,"b":"x"}}' >"$IN"
	try sit-ingest "$IN"
	want 6
	try sit-quarantine list device=meter-1 --columns datapoint,value
	expect_json '[.datapoint, .value]' '["temp",21]' '["other",1]'
	sit-datapoint add temp device=meter-1
	try sit-quarantine adopt -v
	want 6
	books 'read 4 = stored 1 + corrected 0 + duplicate 0 + rejected 0 + quarantined 3'
	try sit-latest meter-1
	expect_json '[.datapoint, .value]' '["temp",21]'
	try sit-quarantine list -e
	expect_lines 3
	try sit-quarantine rm device=ghost -y
	want 0
	try sit-quarantine rm device=ghost -y
	want 3
	try sit-quarantine rm "$(sit-quarantine list --columns id -f tsv --no-header)" -y
	want 0
	try sit-quarantine list -e
	want 1 && silent_stdout
}

@test "quarantine: show prints everything of one, and one that is not there is exit 3" {
	try sit-ingest --as nobody power=1
	want 6
	try sit-quarantine show 1 -f table
	want 0
	[[ ${lines[0]} == id*at*source*place*gateway*quality* ]] || explain "not everything"
	try sit-quarantine show 99
	want 3
	silent_stdout
	one_line_stderr 'no quarantined point 99'
}

@test "a row that is no CSV is reported with its line" {
	printf 'ts,power\n2026-01-01T00:00:00Z,1\n\n2026-01-01T00:01:00Z,\xff\n' >"$BATS_TEST_TMPDIR/bad.csv"
	try sit-ingest --as meter-1 "$BATS_TEST_TMPDIR/bad.csv"
	want 6
	[[ $stderr == *"/bad.csv:4: invalid UTF-8"* ]] || explain "no line"
}

@test "a device that is not enabled is held back" {
	sit-device set meter-1 enabled=false
	try sit-ingest --as meter-1 voltage_l1=1
	want 6 && [[ $stderr == *'not enabled'* ]]
	sit-device set meter-1 enabled=true
	sit-quarantine adopt
	try sit-latest meter-1
	expect_json .value 1
}

@test "options that make no sense are refused" {
	try sit-ingest --at 08:00 </dev/null
	want 2
	printf 'a,b\n1,2\n' >"$IN"
	try sit-ingest --as meter-1 "$IN"
	want 2 && [[ $stderr == *'no column "ts"'* ]]
	try sit-ingest --as meter-1 --time tme "$IN"
	want 2
	printf 'ts,b\n1,2\n' >"$IN"
	try sit-ingest "$IN"
	want 2 && [[ $stderr == *'--as DEVICE'* ]]
	try sit-ingest --emit --stats "$IN"
	want 2
	try sit-ingest --keep some "$IN"
	want 2
	try sit-ingest power=1
	want 2
	one_line_stderr 'power=1: no such file; values by hand need their device (--as DEVICE)'
	try sit-ingest --decimal , /dev/null
	want 2
	one_line_stderr '--decimal: "," is what delimits cells: say --delimiter'
}

@test "postgres is said to be missing, not tried" {
	try sit-latest --db postgres://localhost/x
	[[ $status != 0 ]] && one_line_stderr ostgres
}

@test "where numbers have a comma, one with a point is refused: it may be a thousand times what it looks like" {
	sit-device add comma-1 site=plant
	sit-datapoint add v device=comma-1
	try sit-ingest --as comma-1 --delimiter ';' --decimal , -v <<<$'ts;v\n2026-01-01;1,5\n2026-01-02;1.234\n2026-01-03;1.234,5\n2026-01-04;17'
	want 6
	[[ $stderr == *'stdin:3: a number with a point, where --decimal says that they have a comma'* ]]
	[[ $stderr == *'stdin:4: value "1.234,5" is not a number'* ]]
	[[ $stderr == *'read 4 = stored 2 + corrected 0 + duplicate 0 + rejected 2 '* ]]
}

@test "a table whose cells something else separates says so" {
	try sit-ingest --as m1 <<<$'Datum;v\n2026-01-01;1'
	want 2 && one_line_stderr "there is no column \"ts\", only \"Datum;v\": is --delimiter ';' meant?"
}

@test "quarantine: what waits for its time is only taken by its reason or number" {
	sit-ingest -q --as meter-1 voltage_l1=1 --at 2027-11-26T00:00:00Z 2>/dev/null || true
	sit-ingest -q --as meter-2 voltage_l1=1 --at 2027-11-26T00:00:00Z 2>/dev/null || true
	sit-device add meter-2 site=plant model=meter
	try sit-quarantine adopt
	want 6 # meter-2 is there now, and its time is as odd
	[[ $stderr == *"1 points wait for their time and were left: "*"sit-quarantine adopt 'reason=time*'"* ]] || explain "nothing of what is left"
	try sit-quarantine list --columns device,reason
	expect_json .reason '"time is too far from now (--skew)"' '"time is too far from now (--skew)"'
	try sit-quarantine adopt device=meter-1
	want 0
	try sit-latest meter-1
	silent_stdout
	try sit-quarantine adopt 'reason=time*' device=meter-1
	want 0 && silent_stderr
	try sit-quarantine adopt 2
	want 0 && silent_stderr
	try sit-query '*' '*' --all --columns device,ts,quality
	expect_json '[.device, .ts, .quality]' '["meter-1","2027-11-26T00:00:00Z","suspect"]' '["meter-2","2027-11-26T00:00:00Z","suspect"]'
}

@test "quarantine: a point that still waits after adopt says for what" {
	sit-ingest -q --as meter-9 volts=1 2>/dev/null || true
	try sit-quarantine list
	expect_json .reason '"unknown device \"meter-9\" (did you mean \"meter-1\"?)"'
	sit-device add meter-9 site=plant model=meter
	try sit-quarantine adopt -n
	want 6
	try sit-quarantine list
	expect_json .reason '"unknown device \"meter-9\" (did you mean \"meter-1\"?)"'
	try sit-quarantine adopt
	want 6
	try sit-quarantine list
	expect_json .reason '"unknown datapoint \"volts\" of device \"meter-9\""'
}

@test "a name that is nearly one that there is: which, and where the points are" {
	echo '{"device":"meter-1","values":{"voltage_L1":1,"voltage_l1":2}}
{"device":"meter1","values":{"voltage_l1":3}}' >"$IN"
	try sit-ingest "$IN"
	want 6
	[[ $stderr == *'unknown datapoint "voltage_L1" of device "meter-1" (did you mean "voltage_l1"?)'* ]] || explain "no near datapoint"
	[[ $stderr == *'unknown device "meter1" (did you mean "meter-1"?)'* ]] || explain "no near device"
	[[ $stderr == *'quarantined 2 '*': sit-quarantine list' ]] || explain "does not say where they are"
	try sit-quarantine show 1
	expect_json .reason '"unknown datapoint \"voltage_L1\" of device \"meter-1\" (did you mean \"voltage_l1\"?)"'
}

@test "a value in another unit than its datapoint's is converted, or refused: never taken for what it is not" {
	in_unit() { echo "{\"device\":\"meter-1\",\"ts\":\"2026-01-01T00:00:0${4-0}Z\",\"datapoint\":\"$1\",\"value\":$2,\"unit\":\"$3\"}"; }
	sit-datapoint add temp model=meter unit=°C
	sit-datapoint add volume model=meter unit=m3
	sit-datapoint add scaled model=meter unit=V scale=0.1
	{
		in_unit voltage_l1 0.2315 kV
		in_unit voltage_l1 230 volt 1
		in_unit temp 68 degF
		in_unit volume 7 m³
		in_unit pulses 3 imp # no unit of its own: nothing to hold it against
		in_unit scaled 2300 V
	} >"$IN"
	try sit-ingest "$IN"
	want 0 && silent_stderr
	try sit-query meter-1 '*' --all --columns datapoint,value
	expect_json '[.datapoint, .value]' '["pulses",3]' '["scaled",230]' '["temp",20]' '["voltage_l1",231.5]' '["voltage_l1",230]' '["volume",7]'
	in_unit voltage_l1 5 A 2 >"$IN"
	in_unit voltage_l1 5 v 2 >>"$IN"
	in_unit scaled 2 kV 2 >>"$IN"
	printf 'ts,device,datapoint,value,unit\n2026-01-01T00:00:03Z,meter-1,voltage_l1,0.25,kV\n2026-01-01T00:00:03Z,meter-1,temp,1,bar\n' >"$IN.csv"
	try sit-ingest "$IN" "$IN.csv"
	want 6
	books 'stored 1 + corrected 0 + duplicate 0 + rejected 4'
	[[ $stderr == *':1: the value is in "A", voltage_l1 in "V": one cannot be made the other'* ]] || explain "no two units"
	[[ $stderr == *':3: the value is in "kV", and scaled scales what comes to "V": say raw beside the value'* ]] || explain "guesses"
	try sit-latest meter-1 --datapoint voltage_l1
	expect_json .value 250
}

@test "quarantine keeps the unit of a value" {
	echo '{"device":"new","ts":"2026-01-01T00:00:00Z","datapoint":"voltage_l1","value":0.23,"unit":"kV"}' | sit-ingest -q 2>/dev/null || true
	try sit-quarantine list
	expect_json .value '{"value":0.23,"unit":"kV"}'
	sit-device add new site=plant model=meter
	sit-quarantine adopt
	try sit-latest new
	expect_json .value 230
}

@test "a time that is none says what would read it; UTF-16 is named, and what makes it UTF-8" {
	printf 'ts,power\n25.11.2026 00:15,1\n' >"$IN"
	try sit-ingest --as meter-1 "$IN"
	want 6
	[[ $stderr == *'"25.11.2026 00:15" is not a time, see sit-time(7) (--time-format for times written otherwise)'* ]] || explain "no way shown"
	printf 'ts,power\n2026-01-01T00:00:00Z,1\n' | iconv -f UTF-8 -t UTF-16 >"$IN"
	try sit-ingest --as meter-1 "$IN"
	want 2
	[[ $stderr == *"$IN: is UTF-16, not UTF-8: iconv -f UTF-16 -t UTF-8 makes it so"* ]] || explain "UTF-16 is not named"
}
