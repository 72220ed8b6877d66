#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sit-export: what it writes comes back as it was, to the bit; a sheet with a column per datapoint; records that pass through.
load ../helpers

estate() {
	new_store
	sit-site add plant tz=Europe/Berlin
	sit-model add m
	sit-datapoint add x model=m
	sit-datapoint add scaled model=m scale=0.1 offset=-3
	sit-datapoint add note model=m type=string kind=text
	sit-datapoint add on model=m type=boolean kind=state
	sit-datapoint add place model=m type=location
	sit-device add d-1 model=m site=plant
	sit-device add d-2 model=m site=plant
}

given() {
	estate
	cd "$BATS_TEST_TMPDIR" || return
}

# One point a second, of a device and a datapoint: the JSON values on standard input.
points() {
	local value n=$3
	while IFS= read -r value; do
		printf '{"device":"%s","datapoint":"%s","ts":"2026-02-01T00:%02d:%02dZ","value":%s}\n' "$1" "$2" $((n / 60)) $((n % 60)) "$value"
		n=$((n + 1))
	done
}

# Everything that a value can be, and the texts that formats and spreadsheets trip over.
hard_ones() {
	points d-1 x 0 <<-'END'
		-0
		0
		5e-324
		2.2250738585072009e-308
		1.7976931348623157e308
		0.1
		1e22
		-1.5e-7
		9007199254740992
	END
	points d-1 scaled 100 <<<$'2300\n0\n30\n-0\n1e-300\n-3.3333333333333335'
	points d-1 on 200 <<<$'true\nfalse'
	points d-1 place 300 <<<$'{"lat":55.5,"lon":-9.25}\n{"lat":-0.0,"lon":1e-9}'
	points d-2 note 400 <<-'END'
		""
		"a\nb"
		"say \"hi\""
		"\"q\""
		"\"\""
		"\\t"
		"C:\\temp"
		"\ttab"
		"\r\nx"
		" lead"
		"trail "
		"=1+1"
		"'=1"
		"''+2"
		"'plain"
		"-5"
		"+x"
		"@y"
		"a,b;c"
		"ünï"
		"true"
		"5"
		"\r"
	END
	cat <<-'END'
		{"device":"d-1","datapoint":"x","ts":"2026-02-01T01:00:00.25Z","value":null,"quality":"bad"}
		{"device":"d-1","datapoint":"x","ts":"2026-02-01T01:00:00.123456Z","value":null,"quality":"stale"}
		{"device":"d-2","datapoint":"x","ts":"1969-12-31T23:59:59.999999Z","value":3,"quality":"suspect"}
		{"device":"d-2","datapoint":"note","ts":"2026-02-01T01:00:00Z","value":"","quality":"bad"}
		{"device":"d-2","datapoint":"note","ts":"2026-02-01T01:00:01Z","value":null,"quality":"bad"}
	END
}

@test "what is written comes back to the bit: every format, guarded or not" {
	hard_ones >in
	sit-ingest in
	sit-export '*' '*' --all -o whole.jsonl
	(($(wc -l <whole.jsonl) == $(wc -l <in)))
	first=$SIT_DB
	for how in jsonl csv 'csv --no-guard' tsv 'tsv --no-guard' 'csv --tz Asia/Kolkata'; do
		read -ra words <<<"$how"
		format=${words[0]}
		SIT_DB=$first sit-export '*' '*' --all -f "${words[@]}" -o "out.$format"
		SIT_DB=$(place again)
		on_postgres || rm -f "$SIT_DB"*
		estate
		unguard=--unguard
		[[ $how != *--no-guard ]] || unguard=
		try sit-ingest -i "$format" ${unguard:+"$unguard"} "out.$format"
		want 0 && silent_stderr
		sit-export '*' '*' --all -o again.jsonl
		cmp whole.jsonl again.jsonl || explain "$how: $(diff whole.jsonl again.jsonl | head -n 4)"
	done
}

@test "a raw value comes back with its value, whatever the scale is by then" {
	sit-ingest --as d-1 scaled=2300 --at 2026-02-01T00:00:00Z
	sit-export d-1 '*' --all >point
	SIT_DB=$(place again)
	estate
	sit-datapoint set m:scaled scale=7
	sit-ingest point
	try sit-query d-1 scaled --all --columns value,raw -f csv --no-header
	expect 227,2300
	for bad in '"raw":"x"' '"raw":true'; do
		try sit-ingest <<<"{\"device\":\"d-1\",\"datapoint\":\"scaled\",\"value\":1,$bad}"
		want 6
		[[ $stderr == *'raw goes with a value, and both are numbers'* ]] || explain "why?"
	done
}

@test "a point that waits in quarantine is scaled once when it is adopted" {
	printf '%s\n' '{"device":"d-3","datapoint":"scaled","ts":"2026-02-01T00:00:00Z","value":227,"raw":2300}' >in
	try sit-ingest in
	want 6
	sit-device add d-3 model=m
	sit-quarantine adopt
	try sit-query d-3 scaled --all --columns value,raw -f csv --no-header
	expect 227,2300
}

@test "texts that spreadsheets take for formulas get an apostrophe in csv and tsv; numbers never do" {
	sit-ingest --as d-1 x=-5 --at 2026-02-01T00:00:00Z
	points d-1 note 0 <<<$'"=cmd|x"\n"-5"\n"fine"' | sit-ingest
	try sit-export d-1 note,x --all -f csv --columns value --no-header
	expect "'=cmd|x
'-5
fine
-5"
	try sit-export d-1 note,x --all -f csv --columns value --no-header --no-guard
	expect '=cmd|x
-5
fine
-5'
	try sit-export d-1 note --all -f jsonl
	expect_json .value '"=cmd|x"' '"-5"' '"fine"'
}

wide_points() {
	sit-ingest <<-'END'
		{"device":"d-1","ts":"2026-02-01T01:00:00Z","values":{"x":1.5,"on":true,"scaled":100}}
		{"device":"d-1","ts":"2026-02-01T01:01:00Z","values":{"x":2.5}}
		{"device":"d-2","ts":"2026-02-01T00:30:00Z","values":{"note":"a, b"}}
		{"device":"d-2","ts":"2026-02-01T01:01:00Z","values":{"x":7,"note":"=b"}}
	END
}

@test "--wide: a row per device and time, a column per datapoint" {
	wide_points
	try sit-export '*' '*' --all --wide -f csv
	want 0
	expect 'ts,device,note,on,scaled,x
2026-02-01T01:00:00Z,d-1,,true,7,1.5
2026-02-01T01:01:00Z,d-1,,,,2.5
2026-02-01T00:30:00Z,d-2,"a, b",,,
2026-02-01T01:01:00Z,d-2,'"'=b"',,,7'
	try sit-export d-1 x,scaled --from 2026-02-01T02:00 --wide -f tsv
	expect $'ts\tdevice\tscaled\tx\n2026-02-01T01:00:00Z\td-1\t7\t1.5\n2026-02-01T01:01:00Z\td-1\t\t2.5'
	try sit-export 'none*' '*' --all --wide -f csv
	expect ts,device
}

@test "a wide sheet of raw values comes back" {
	wide_points
	sit-export '*' '*' --all -o whole.jsonl
	sit-export '*' '*' --all --wide --raw -o sheet.csv
	SIT_DB=$(place again)
	estate
	try sit-ingest -v --unguard sheet.csv
	want 0
	[[ $stderr == *'stored 7 '*'empty 9'* ]] || explain "books"
	sit-export '*' '*' --all -o again.jsonl
	cmp whole.jsonl again.jsonl
}

@test "records on standard input go to the format of the output" {
	points d-1 x 0 <<<$'1\n3' | sit-ingest
	sit-query d-1 x --all --every 1h --agg avg,count | sit-export -o month.csv
	[[ $(<month.csv) == 'ts,device,datapoint,avg,count
2026-02-01T00:00:00Z,d-1,x,2,2' ]]
	try sit-export -o again.jsonl <month.csv
	want 0 && silent_stdout
	[[ $(<again.jsonl) == '{"ts":"2026-02-01T00:00:00Z","device":"d-1","datapoint":"x","avg":2,"count":2}' ]]
	try sit-export --columns count,nothing,ts --tz Europe/Berlin -f csv <month.csv
	expect 'count,nothing,ts
2,,2026-02-01T01:00:00+01:00'
	try sit-export -f csv </dev/null
	expect 'ts,device,datapoint,value,quality'
}

@test "records of others: any names, epochs, nesting; the guard holds for them too" {
	try sit-export -f csv <<<'{"a \"b\",c":1,"ts":1767225600,"o":{"k":[1]},"t":"@x"}'
	expect '"a ""b"",c",ts,o,t
1,2026-01-01T00:00:00Z,"{""k"":[1]}",'"'@x"
	sit-export -f csv <<<'{"a \"b\",c":12345678901,"ts":"2026-01-01T00:00:00+01:00"}' >foreign.csv
	try sit-export -f jsonl <foreign.csv
	expect '{"a \"b\",c":12345678901,"ts":"2025-12-31T23:00:00Z"}'
	try sit-export -f csv <<<$'name,n\n007,007\n12,-5\nx,18446744073709551615'
	expect $'name,n\n007,007\n12,-5\nx,18446744073709551615'
}

@test "a bad record is said and left out; one with a new field ends it, and no file is left" {
	try sit-export -f csv <<<$'{"a":1}\nnonsense\n5\n{"a":2}'
	want 6
	expect $'a\n1\n2'
	[[ ${stderr_lines[0]} == 'sit-export: standard input:2: '* && ${stderr_lines[1]} == *':3: not an object'* ]] || explain "lines"
	try sit-export -o out.csv <<<$'{"a":1}\n{"b":2}'
	want 2 && one_line_stderr 'standard input:2: "b" was no field of the first record'
	[[ ! -e out.csv ]]
	try sit-export -f csv <<<$'a,a\n1,2'
	want 2
}

@test "what does not fit together is exit 2; xlsx is not there yet" {
	for call in '-o month.xlsx' '-f xlsx' '-o noname' 'd-1' '-s plant' '--all' '--raw d-1 x' '--all --last 1h d-1 x'; do
		read -ra words <<<"$call"
		try sit-export "${words[@]}" </dev/null
		want 2 && one_line_stderr && silent_stdout || { echo "^ $call" >&2; return 1; }
	done
	[[ ! -e month.xlsx && ! -e noname ]]
	try sit-export d-9 x --all
	want 3
	try sit-export d-1 nothing --all
	want 3
}

@test "memory does not grow with the points" {
	! sanitized || skip "a sanitizer takes memory of its own"
	awk 'BEGIN { print "ts,device,note,x"; for (i = 0; i < 200000; i++) printf "%ds,d-1,%s,%d\n", 1767225600 + i, i % 9 ? "" : "n", i }' |
		sit-ingest --batch 100000
	for how in '' --wide; do
		(ulimit -v 40000 && exec sit-export d-1 '*' --all ${how:+"$how"} -f csv >out.csv) || explain "more than 40 MB"
		(($(wc -l <out.csv) > 200000))
	done
}
