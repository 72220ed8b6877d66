#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sit-db copy. Where stores are in Postgres, from a file into a database and back; else between files.
load ../helpers
load ../fault/fault

given() {
	T=$BATS_TEST_TMPDIR
	A=$T/a.db
	C=$T/c.db
	NEW=$(place new)
	new_place "$NEW"
}

# An estate with all that a store can hold: two organisations, values of all types and qualities, corrections, quarantine, groups, retired things.
estate() {
	export SIT_DB=$A
	sit-db init --test --org root
	sit-org add acme parent=root title='Ä – "A" & Söhne'
	export SIT_ORG=acme
	sit-field add cf noun=site type=float
	sit-site add plant tz=Europe/Berlin latitude=48.1 longitude=-0.5 field.cf=0.1
	sit-site add gone
	sit-asset add hall site=plant
	sit-model add meter
	sit-datapoint add v model=meter unit=V scale=0.1
	# The gateway has a higher id than what is behind it.
	sit-device add m1 site=plant model=meter asset=hall
	sit-gateway add gw1
	sit-device set m1 gateway=gw1 edge_key=3
	sit-group add all select='name=m*'
	sit-group add some
	sit-group member add some m1 group:all
	local i
	for i in $(seq 400); do
		echo "{\"device\":\"m1\",\"ts\":$((1767225600 + 60 * i)),\"values\":{\"v\":$((2300 + i % 7))}}"
	done | sit-ingest -q
	cat <<-'END' | sit-ingest -q --auto-create plant
		{"device":"odd","datapoint":"n","ts":1767225600,"value":-0.0}
		{"device":"odd","datapoint":"n","ts":1767225601,"value":1e-308}
		{"device":"odd","datapoint":"n","ts":1767225602,"value":null,"quality":"bad"}
		{"device":"odd","datapoint":"b","ts":1767225600,"value":true,"quality":"suspect"}
		{"device":"odd","datapoint":"s","ts":1767225600,"value":"it\nis 'hot' – 🔥"}
		{"device":"odd","datapoint":"l","ts":1767225600,"value":{"lat":1.5,"lon":-2}}
	END
	sit-db compact --all
	sit-ingest -q --as m1 v=9 --at 2026-01-01T00:01:00Z
	echo '{"device":"ghost","datapoint":"x","value":1}' | sit-ingest -q 2>/dev/null || true
	sit-site rm gone -y
	unset SIT_ORG SIT_DB
}

# answers STORE: what programs say of it.
answers() {
	local o
	for o in root acme; do
		sit-estate export -O $o -D "$1"
		sit-query '*' '*' --all -O $o -D "$1" --columns ts,device,datapoint,value,quality,raw
		sit-latest -O $o -D "$1"
		sit-quarantine list -O $o -D "$1"
		sit-group members some -O $o -D "$1" 2>&1
		sit-site list -O $o -D "$1" --columns id,name,latitude,field.cf 2>&1
	done
	sit-db stats --by device -D "$1" -f jsonl
	sit-db sql "SELECT * FROM audit WHERE verb <> 'read' ORDER BY id" -D "$1"
	sit-db sql 'SELECT * FROM correction ORDER BY id' -D "$1"
	sit-db sql 'SELECT * FROM ledger ORDER BY org_id, source, device_id, hour' -D "$1"
}

same_answers() { # STORE STORE
	diff <(answers "$1") <(answers "$2") || explain 'the copy says something else'
}

@test "a copy says what the store says, there and back, and can be worked in" {
	estate
	try sit-db copy "$A" "$NEW"
	want 0 && silent_stdout && silent_stderr
	try sit-db check -D "$NEW"
	want 0
	same_answers "$A" "$NEW"
	try sit-db copy "$NEW" "$C" -v
	want 0 && one_line_stderr '406 points, the same on both sides'
	try sit-db check -D "$C"
	want 0
	same_answers "$A" "$C"
	# New things get numbers of their own, and references are looked at again.
	for s in "$NEW" "$C"; do
		sit-site add fresh -O acme -D "$s"
		sit-ingest -q --as m1 v=1 --at 2026-02-01T00:00:00Z -O acme -D "$s"
		try sit-latest m1 -O acme -D "$s"
		expect_json .value 0.1
		try sit-db sql "INSERT INTO site (org_id, name, tz, created) VALUES (77, 'x', 'UTC', 0)" --write -D "$s"
		want 7
		try sit-db check -D "$s"
		want 0
	done
	[[ $(sit-db sql "SELECT count(*) AS n FROM meta WHERE name = 'copy_of'" -D "$NEW" | jq .n) == 0 ]]
}

@test "the copy in Postgres has the references, rights and policies of a store that was made there" {
	on_postgres || skip 'about Postgres'
	estate
	sit-db copy "$A" "$NEW"
	fresh=$(place fresh)
	new_place "$fresh"
	sit-db init -D "$fresh"
	shape() {
		psql -qAtX -d "$1" -c "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'main'::regnamespace ORDER BY 1, 2" \
			-c "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class WHERE relnamespace = 'main'::regnamespace AND relkind = 'r' ORDER BY 1" \
			-c "SELECT polname, polrelid::regclass, polcmd FROM pg_policy ORDER BY 2, 1" | grep -v 'chunk_[0-9]' # parts are those of the months that are there
	}
	diff <(shape "$fresh") <(shape "$NEW")
	try sit-site list -O acme -D "$NEW"
	expect_json .name '"plant"'
}

@test "where something is, nothing is copied to; what is not there is not found; passwords are refused" {
	estate
	sit-db init -D "$C"
	before=$(md5sum <"$C")
	try sit-db copy "$A" "$C"
	want 7 && one_line_stderr 'a store is there already'
	[[ $(md5sum <"$C") == "$before" ]]
	try sit-db copy "$A" "$A"
	want 7
	try sit-db copy "$T/none.db" "$T/x.db"
	want 3 && one_line_stderr 'none.db'
	[[ ! -e $T/x.db ]]
	try sit-db copy "$A" postgres://sit:geheim@localhost/x
	want 2 && one_line_stderr 'can be read by everybody'
	[[ $stderr != *geheim* ]]
	try sit-db copy "$A"
	want 2
}

# large STORE: enough that a copy takes a moment.
large() {
	FAULT_SEED=1
	empty_store "$1" 1500
	messages 0 40 1500 | sit-ingest -q -D "$1"
	sit-db compact --all -D "$1"
}

# stopped FROM TO MS: the copy is killed after so many milliseconds: 137, or what it ended with.
stopped() {
	local pid
	rc=0
	sit-db copy "$1" "$2" 2>"$T/err" &
	pid=$!
	sleep "0.$(printf %03d "$3")"
	kill -KILL "$pid" 2>/dev/null || true
	{ wait "$pid" || rc=$?; } 2>/dev/null
}

# unfinished STORE: a copy was begun and not ended there.
unfinished() {
	[[ $(sit-db sql "SELECT count(*) AS n FROM meta WHERE name = 'copy_of'" -D "$1" 2>/dev/null | jq .n) == 1 ]]
}

# begun FROM TO: the copy is killed in the middle.
begun() {
	local ms
	for ((ms = 40; ms < 1000; ms += 30)); do
		stopped "$1" "$2" "$ms"
		((rc == 137)) || break
		! unfinished "$2" || return 0
	done
	skip 'this machine copies it at once'
}

# until_done FROM TO: killed again and again, a bit later each time, until it comes to its end.
until_done() {
	local ms killed=0
	for ((ms = 30; ms < 1000; ms += 40)); do
		stopped "$1" "$2" "$ms"
		((rc == 137)) || break
		((++killed))
		unfinished "$2" || continue
		try sit-device list -D "$2"
		[[ $status != 0 && -z $output ]] || explain 'an unfinished copy is worked in' || return
	done
	((killed > 0)) || explain 'it was never killed' || return
	if ((rc == 137)); then
		rc=0
		sit-db copy "$1" "$2" 2>"$T/err" || rc=$?
	fi
	# The last one may have been killed behind its end.
	[[ $rc == 0 || $rc == 7 ]] || explain "copy ended with $rc: $(<"$T/err")" || return
	! unfinished "$2"
}

@test "killed in the middle and run again, it goes on: nothing is lost or there twice" {
	large "$A"
	until_done "$A" "$NEW"
	try sit-db check -D "$NEW"
	want 0
	until_done "$NEW" "$C"
	try sit-db check -D "$C"
	want 0
	for s in "$NEW" "$C"; do
		[[ $(sit-db stats -D "$s" -f jsonl | jq -c '[.devices, .points, .series, .chunks, .runs, .audit]') == \
			"$(sit-db stats -D "$A" -f jsonl | jq -c '[.devices, .points, .series, .chunks, .runs, .audit]')" ]]
	done
	diff <(sit-export 'm-1*' '*' --all -D "$A" -f csv | md5sum) <(sit-export 'm-1*' '*' --all -D "$C" -f csv | md5sum)
}

@test "what changed between a stop and the next run is copied anew" {
	large "$A"
	begun "$A" "$NEW"
	sit-device rm m-7 -y --purge -D "$A"
	sit-device set m-8 title=changed -D "$A"
	sit-ingest -q --as m-9 a=-1 --at 2026-01-01T00:00:00Z -D "$A"
	try sit-db copy "$A" "$NEW"
	want 0 && silent_stderr
	diff <(sit-export '*' '*' --all -D "$A" -f csv | md5sum) <(sit-export '*' '*' --all -D "$NEW" -f csv | md5sum)
	diff <(sit-device list -D "$A") <(sit-device list -D "$NEW")
	# Another store does not go on with it.
	cp "$A" "$T/b.db"
	begun "$A" "$C"
	try sit-db copy "$T/b.db" "$C"
	want 7 && one_line_stderr "is an unfinished copy of $A"
}

@test "whoever writes to the store meanwhile is noticed: the copy is of one moment, and says that it is" {
	large "$A"
	(
		n=0
		while [[ ! -e $T/stop ]]; do
			sit-ingest -q --as m-1 a=$n --at "$((1780000000 + n))s" -D "$A"
			n=$((n + 1))
		done
		echo "$n" >"$T/written"
	) &
	try sit-db copy "$A" "$NEW"
	: >"$T/stop"
	wait
	want 6 && one_line_stderr 'was written to meanwhile'
	try sit-db check -D "$NEW"
	want 0
	# A beginning of what was written.
	sit-query m-1 a --from 2026-05-01 --to 2027-01-01 -D "$NEW" -f csv --no-header --columns value >"$T/there"
	n=$(wc -l <"$T/there")
	((n < $(<"$T/written")))
	seq 0 $((n - 1)) | cmp - "$T/there"
}
