#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
load ../helpers

@test "init makes a store once, with its organisation" {
	new_place
	try sit-db init
	want 0 && silent_stdout
	try sit-db init
	want 7 && one_line_stderr 'exists already'
	try sit-org list --columns name
	expect_json .name '"default"'
	on_postgres || [[ $(stat -c %a "$SIT_DB") == 600 ]]
}

@test "init on a disk that is full leaves nothing behind, wherever it stopped" {
	only_sqlite "the disk is the server of Postgres's"
	for blocks in 1 8 16 32 48 64 96; do
		try bash -c "ulimit -f $blocks; sit-db init"
		[[ $status == 5 ]] || continue
		one_line_stderr "$SIT_DB"
		[[ ! -e $SIT_DB && ! -e $SIT_DB-wal ]] || explain "a store is left after $blocks blocks"
		stopped="${stopped-} $blocks"
	done
	[[ $stopped == *' 64'* ]]
	rm -f "$SIT_DB"
	sit-db init
}

@test "init --org names the organisation; the store remembers it as the default" {
	new_place
	sit-db init --org acme
	sit-site add plant
	try sit-db sql 'SELECT o.name AS org, s.name AS site FROM site s JOIN org o ON o.id = s.org_id'
	expect_json '[.org, .site]' '["acme","plant"]'
}

@test "a missing store: exit 3, the path, where it came from, what to do" {
	try sit-latest
	want 3 && one_line_stderr "$SIT_DB: no store there (from SIT_DB); sit-db init makes one"
	try sit-latest --db /nonexistent/x.db
	want 3 && one_line_stderr '/nonexistent/x.db: no store there (from --db)'
}

@test "a file that is no store, an empty one, a foreign database, a damaged one" {
	only_sqlite 'about files'
	echo 'this is not a database at all, whatever its name says' >"$SIT_DB"
	try sit-latest
	want 5 && one_line_stderr 'is damaged or no store'
	rm "$SIT_DB"
	sqlite3 "$SIT_DB" 'CREATE TABLE x (a)'
	try sit-latest
	want 7 && one_line_stderr 'is not a sit store'
}

@test "a store of a newer program is refused, one of an older program says how to migrate" {
	new_store
	sql "INSERT INTO migration VALUES (99, 'tomorrow', 0); UPDATE meta SET value = '99' WHERE name LIKE 'min_%'"
	try sit-latest
	want 7 && one_line_stderr 'schema 99 is newer than this program'
	try sit-db migrate
	want 7
	sql "DELETE FROM migration WHERE version >= 4"
	try sit-latest
	want 7 && one_line_stderr 'run sit-db migrate'
}

# tests/data/schema/N.sql is a store as the last program of version N wrote it: two organisations, a meter behind a gateway, points of all types.
@test "migrate brings every older version to the newest, with the same schema and everything in it" {
	only_sqlite 'no store in Postgres is older than this version'
	new_store
	newest=$(sqlite3 "$SIT_DB" 'SELECT max(version) FROM migration')
	sqlite3 "$SIT_DB" "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name" >"$BATS_TEST_TMPDIR/fresh"
	for old in "$top"/tests/data/schema/*.sql; do
		rm -f "$SIT_DB"*
		sqlite3 "$SIT_DB" <"$old"
		sqlite3 "$SIT_DB" "PRAGMA application_id = 0x53495421"
		try sit-latest
		want 7 && one_line_stderr 'run sit-db migrate'
		try sit-db migrate
		want 0
		[[ $(tail -n 1 <<<"$output" | jq .version) == "$newest" ]] || explain "$old"
		sqlite3 "$SIT_DB" "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name" | diff - "$BATS_TEST_TMPDIR/fresh"
		try sit-db check
		want 0
		try sit-device list --columns name,site,gateway,model,edge_key,key -f tsv --no-header
		expect $'gw-1\tplant\t\t\t\t\nheat-1\t\t\t\t\tH\nmeter-1\tplant\tgw-1\tmeter\t3\t'
		try sit-query '*' '*' --all --columns ts,device,datapoint,value,quality,raw
		expect_json '[.ts, .datapoint, .value, .quality, .raw]' '["2026-02-01T10:00:00Z","note","it is\nhot","good",null]' \
			'["2026-02-01T10:00:00Z","v",0,"good",null]' '["2026-02-01T10:01:00.500Z","v",null,"bad",null]' \
			'["2026-02-01T10:00:00Z","where",{"lat":1.5,"lon":2},"good",null]' '["2026-02-01T10:00:00Z","power_kw",1.6,"good",1600]' \
			'["2026-02-01T10:00:00Z","state","on","good",null]'
		[[ $(sqlite3 "$SIT_DB" 'SELECT count(*) FROM correction') == 1 ]]
		try sit-policy list --columns name -f tsv --no-header
		expect $'controlled-device\nfull-access\ntelemetry-only\nnorth/controlled-device\nnorth/full-access\nnorth/telemetry-only'
		try sit-model set meter title='A meter'
		want 0
	done
}

@test "check is silent on a good store and names what is wrong with a bad one" {
	new_store
	sit-site add plant
	try sit-db check
	want 0 && silent_stdout
	bad="INSERT INTO device (org_id, name, site_id, type, enabled, created) VALUES (1, 'd', 77, 'toaster', 1, 0)"
	if on_postgres; then
		SIT_DB=${SIT_DB/sit@/super@} sql "SET session_replication_role = replica; $bad"
	else
		sqlite3 "$SIT_DB" "PRAGMA foreign_keys = 0; $bad"
	fi
	try sit-db check
	want 1
	[[ $output == *'row '*' of device refers to no row of site'* && $output == *'toaster'*'none of its words'* ]]
}

@test "a flipped page is found" {
	only_sqlite 'about a file'
	new_store
	for i in 1 2 3 4 5 6 7 8; do sit-site add "plant-$i" address=xxxxxxxxxxxxxxxxxxxxxxxxxxxx; done
	size=$(stat -c %s "$SIT_DB")
	dd if=/dev/urandom of="$SIT_DB" bs=1 seek=$((size - 9000)) count=4096 conv=notrunc status=none
	try sit-db check
	[[ $status == 1 || $status == 5 ]]
}

@test "sql reads; it writes only when told, and never in between" {
	new_store
	try sit-db sql 'SELECT 1 AS one, NULL AS none, 2.5 AS x'
	want 0
	expect '{"one":1,"none":null,"x":2.5}'
	try sit-db sql "DELETE FROM org"
	want 4 && one_line_stderr 'without --write'
	try sit-db sql --write "INSERT INTO meta VALUES ('a', 'b')"
	want 0
	try sit-db sql 'SELEC 1'
	want 2 && one_line_stderr 'syntax error'
	run bash -c 'echo "SELECT 7 AS n" | sit-db sql -'
	expect '{"n":7}'
}

@test "stats count what is there" {
	new_store
	sit-site add plant
	sit-device add d
	sit-datapoint add v device=d
	printf 'ts,v\n2026-01-01T00:00:00Z,1\n2026-01-02T00:00:00Z,2\n' | sit-ingest --as d
	try sit-db stats
	expect_json '[.sites, .devices, .series, .points, .oldest, .newest]' '[1,1,1,2,"2026-01-01T00:00:00Z","2026-01-02T00:00:00Z"]'
}

@test "stats by organisation and device: as many points as there are, late, corrected, deleted and pruned ones too" {
	new_store
	sit-org add other parent=default
	for org in default other; do
		sit-site add plant --org $org
		for d in d1 d2 empty; do sit-device add $d site=plant --org $org; sit-datapoint add v device=$d --org $org; sit-datapoint add w device=$d --org $org; done
	done
	minutes() { awk -v a="$1" -v b="$2" 'BEGIN { print "ts,v,w"; for (i = a; i < b; i++) printf "%ds,%d,%d\n", 1767225600 + 60 * i, i, i % 7 }'; }
	minutes 0 6000 | sit-ingest --as d1
	minutes 0 10 | sit-ingest --as d2 --org other
	sit-db compact --all
	minutes 6000 6100 | sit-ingest --as d1
	sit-ingest --as d1 v=-1 --at 2026-01-02T00:00:30Z
	sit-ingest --as d1 w=-1 --at 2026-01-02T00:00:00Z
	minutes 100 200 | sit-ingest --as d2
	sit-prune --older-than 31d10h d2 --yes
	try sit-db stats --by device
	want 0
	expect_json '[.org, .device, .series, .points, .oldest, .newest]' \
		'["default","d1",2,12201,"2026-01-01T00:00:00Z","2026-01-05T05:39:00Z"]' '["default","d2",2,160,"2026-01-01T02:00:00Z","2026-01-01T03:19:00Z"]' \
		'["other","d2",2,20,"2026-01-01T00:00:00Z","2026-01-01T00:09:00Z"]'
	jq -es '(map(.runs) == [3, 1, 0]) and (map(.chunks > 0) == [true, false, true]) and all(.bytes > 0 and .bytes_per_point > 0.1 and .bytes_per_point < 20)' <<<"$output"
	try sit-db stats --by org
	expect_json '[.org, .series, .points, .runs > 0]' '["default",4,12361,true]' '["other",2,20,false]'
	[[ $(jq -s 'map(.points) | add' <<<"$output") == $(sit-db stats | jq .points) ]]
	try sit-db stats --by site
	want 2 && one_line_stderr '--by'
}

@test "the durability settings are what they must be" {
	only_sqlite 'settings of SQLite'
	new_store
	[[ $(sqlite3 "$SIT_DB" 'PRAGMA journal_mode') == wal ]]
	[[ $(sqlite3 "$SIT_DB" 'PRAGMA auto_vacuum') == 2 ]]
	sqlite3 "$SIT_DB" 'PRAGMA journal_mode = DELETE' >/dev/null
	sit-site add plant
	[[ $(sqlite3 "$SIT_DB" 'PRAGMA journal_mode') == wal ]]
}

@test "a store at rest is one file; its log is empty" {
	only_sqlite 'about files'
	new_store
	sit-site add plant
	[[ ! -s $SIT_DB-wal ]]
}

@test "settings: flag before environment before file, with their origins" {
	mkdir -p "$XDG_CONFIG_HOME/sit"
	printf '# mine\ntz = Europe/Berlin\nformat=csv\n' >"$XDG_CONFIG_HOME/sit/sit.conf"
	try sit settings --show-origin --no-header
	want 0
	[[ ${lines[2]} == "tz,Europe/Berlin,$XDG_CONFIG_HOME/sit/sit.conf:2" ]]
	SIT_TZ=UTC try sit settings --show-origin --no-header
	[[ ${lines[2]} == tz,UTC,SIT_TZ ]]
	SIT_TZ=UTC try sit settings --show-origin --no-header --tz Asia/Kolkata
	[[ ${lines[2]} == tz,Asia/Kolkata,--tz ]]
	printf 'colour = red\n' >"$XDG_CONFIG_HOME/sit/sit.conf"
	try sit settings
	want 2 && one_line_stderr 'sit.conf:1: unknown key "colour"'
}

@test "sit alone lists programs, sit X runs sit-X, a near name is suggested" {
	try sit
	want 0
	[[ $output == *'sit-ingest '* && $output == *$'\nestate\n'* ]]
	new_store
	try sit site add plant
	want 0
	try sit site list --columns name
	expect '{"name":"plant"}'
	try sit sit
	want 2
	try sit devic list
	want 2 && one_line_stderr 'did you mean "device"?'
}

@test "sit find: things of the estate, then programs, verbs, options and fields" {
	try sit find shelf
	want 0 && silent_stdout
	try sit find shelf -e
	want 1
	new_store
	sit-site add plant title='Hall of the north'
	sit-field add room
	sit-device add m1 serial=SN-77 field.room="O'Hara (1)"
	try sit find 'sn-7'
	expect '{"what":"device","name":"m1","about":null}'
	try sit find "o'hara (1)"
	expect_json .name '"m1"'
	try sit find "OF THE NORTH"
	expect_json '[.what, .name, .about]' '["site","plant","Hall of the north"]'
	try sit find quarantine
	[[ $output == *'{"what":"program","name":"sit-quarantine",'* ]]
	try sit find rejects
	[[ $output == *'"sit-ingest --rejects"'* ]]
	sit-org add other parent=default && sit-org add deep --org other parent=other
	try sit find SN-77 --org other
	silent_stdout
	try sit find x --db "$BATS_TEST_TMPDIR/none.db"
	want 3
}

@test "in Postgres: a login that is granted the role works in an organisation, owns nothing, and sees none but through the programs" {
	on_postgres || skip 'files have no logins'
	new_store
	sit-site add plant
	role=$(sql "SELECT value FROM meta WHERE name = 'role'")
	login=guest_$BASHPID
	psql -qX -U super -c "CREATE ROLE $login LOGIN; GRANT \"$role\" TO $login"
	SIT_DB=${SIT_DB/sit@/$login@}
	sit-site add mill
	try sit-site list --columns name
	expect_json .name '"mill"' '"plant"'
	try sit-site list --org '*'
	want 4 && one_line_stderr 'is for the owner'
	try sit-org add other --org '*'
	want 4
	try sit-db sql 'SELECT * FROM site'
	want 0 && silent_stdout
	try sit-db migrate
	want 4
	psql -qX -U super -c "DROP ROLE $login"
}

@test "in Postgres: the password of a URL is refused on the command line and shown nowhere" {
	on_postgres || skip 'files have no passwords'
	new_store
	sit-site add plant
	try sit-site list -D "${SIT_DB/sit@/sit:geheim@}"
	want 2 && one_line_stderr 'can be read by everybody'
	[[ $stderr != *geheim* ]]
	SIT_DB=${SIT_DB/sit@/sit:geheim@} try sit settings
	want 0 && [[ $output != *geheim* && $output == *postgres://sit@* ]]
	SIT_DB="${SIT_DB/host=*/host=/nonexistent}&password=geheim" try sit-site list
	want 5 && [[ $stderr != *geheim* ]]
}
