#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# One store on three servers: the one of tests/with-postgres, and two that are started here. What it answers is what a store on one server answers.
load ../helpers

# The user that servers run as.
as() {
	if [[ $(id -u) == 0 ]]; then
		setpriv --reuid="$SERVER_USER" --regid="$(id -g "$SERVER_USER")" --clear-groups env HOME="$SERVERS" "$@"
	else
		"$@"
	fi
}

# server N COMMAND...: pg_ctl of server N.
server() {
	local n=$1
	shift
	(cd / && as pg_ctl -D "$SERVERS/$n/data" -l "$SERVERS/$n.log" -w "$@" >/dev/null 2>&1)
}

setup_file() {
	on_postgres || return 0
	export SERVERS SERVER_USER=postgres PGPASSFILE
	SERVERS=$(mktemp -d /tmp/sit-shards.XXXXXX)
	PGPASSFILE=$SERVERS/pass
	id -u $SERVER_USER >/dev/null 2>&1 || SERVER_USER=nobody
	[[ $(id -u) != 0 ]] || chown "$SERVER_USER" "$SERVERS"
	chmod 755 "$SERVERS"
	echo '*:*:*:super:pass of super' >"$PGPASSFILE"
	chmod 600 "$PGPASSFILE"
	echo 'pass of super' >"$SERVERS/word"
	chmod 644 "$SERVERS/word"
	local n
	for n in 1 2; do
		mkdir "$SERVERS/$n"
		[[ $(id -u) != 0 ]] || chown "$SERVER_USER" "$SERVERS/$n"
		# Who comes from the store must know a password, or the server of the store does not let its owner go there.
		(cd / && as initdb -D "$SERVERS/$n/data" -U super -A scram-sha-256 --pwfile="$SERVERS/word" -E UTF8 --locale=C.UTF-8 -N) >"$SERVERS/$n.made" 2>&1
		echo "unix_socket_directories = '$SERVERS/$n'
			listen_addresses = ''
			fsync = off
			full_page_writes = off
			shared_buffers = 32MB
			autovacuum = off
			max_connections = 60" >>"$SERVERS/$n/data/postgresql.conf"
		server $n start
	done
	estate
}

teardown_file() {
	[[ ${SERVERS-} ]] || return 0
	dropdb --if-exists shard_estate
	local n
	for n in 1 2; do server $n stop -m immediate || true; done
	rm -rf "$SERVERS"
}

# shard N: the URL of this test's database on server N.
shard() {
	printf 'postgres://super@/t%s?host=%s/%s' "$BATS_SUITE_TEST_NUMBER" "$SERVERS" "$1"
}

# on N TEXT: SQL on server N.
on() {
	psql -qAtX -v ON_ERROR_STOP=1 -d "$(shard "$1")" -c "$2"
}

# roles N: who may come from stores to server N, whatever database.
roles() {
	on "$1" "SELECT rolname FROM pg_roles WHERE rolname LIKE 'sit\_shard%' ORDER BY 1"
}

# The store that each test begins with a copy of: eight devices with so many series that lanes of theirs lie on all servers, and one of another organisation.
estate() {
	local d
	local -x SIT_DB SIT_NOW=2026-02-01T12:00:00Z PATH=$SIT_BIN:$PATH
	SIT_DB=${SIT_TEST_PG/\%s/shard_estate}
	createdb -T sit_template shard_estate
	psql -qX -d "${SIT_DB/sit@/super@}" -c 'SET client_min_messages = warning; CREATE EXTENSION postgres_fdw; GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO sit'
	sit-org add b parent=default
	sit-site add plant
	sit-site add plant --org b
	for d in $(seq 8); do echo "{\"name\":\"m-$d\"}"; done | sit-device add --file - site=plant
	sit-device add n-1 site=plant --org b
	awk 'BEGIN { for (d = 1; d <= 8; d++) { for (k = 0; k < 250; k++) printf "{\"name\":\"v%d\",\"device\":\"m-%d\"}\n", k, d
		printf "{\"name\":\"note\",\"type\":\"string\",\"device\":\"m-%d\"}\n", d } }' | sit-datapoint add --file -
	sit-datapoint add v0 device=n-1 --org b
	batch 0 | sit-ingest -q
	sit-ingest -q --as m-3 note=x --at 2026-01-01T00:00:00Z
	sit-ingest -q --org b --as n-1 v0=1 --at 2026-01-01T00:00:00Z
}

# batch HOUR: a point of each series.
batch() {
	awk -v t="$1" 'BEGIN { for (d = 1; d <= 8; d++) { printf "{\"device\":\"m-%d\",\"ts\":%d,\"values\":{", d, 1767225600 + 3600 * t
		for (k = 0; k < 250; k++) printf "%s\"v%d\":%d", k ? "," : "", k, t * k + d; print "}}" } }'
}

given() {
	on_postgres || { new_store; return; }
	local n name=${SIT_DB%%\?*}
	createdb -T shard_estate "${name##*/}"
	for n in 1 2; do psql -qX -d "postgres://super@/postgres?host=$SERVERS/$n" -c "CREATE DATABASE t$BATS_SUITE_TEST_NUMBER"; done
}

# hours FROM TO [FACTOR [DEVICE]]: a point each hour of v0 of one device, or of all.
hours() {
	awk -v a="$(date -ud "$1" +%s)" -v b="$(date -ud "$2" +%s)" -v by="${3:-1}" -v only="${4-}" 'BEGIN { print "ts,device,datapoint,value"
		for (t = a; t < b; t += 3600) for (d = 1; d <= 8; d++) if (!only || d == only) printf "%ds,m-%d,v0,%.3f\n", t, d, d * by * (t / 3600 % 1000) / 7 }' |
		sit-ingest -q
}

# answers [STORE]: what programs say of points.
# shellcheck disable=SC2120
answers() {
	local -x SIT_DB=${1-$SIT_DB}
	sit-query '*' v0,v7,note --all -f csv
	sit-query '*' v0 --all --every 1mo --tz UTC --agg count,sum,min,max,first,last -f csv
	sit-query '*' v0 --during 2026-01-10 --every 6h --agg avg,count -f csv
	sit-latest '*' --datapoint v0,v249,note -f csv
	sit-export '*' v0,note -f csv --all
	sit-db stats -f jsonl | jq -c '[.series, .points, .oldest, .newest]'
}

# three: the store on three servers.
three() {
	sit-db shard add one "$(shard 1)"
	sit-db shard add two "$(shard 2)"
}

agree() {
	try sit-db shard check
	want 0 && silent_stdout
}

clean() {
	try sit-db check
	want 0 && silent_stdout
	agree
}

# same AS: answers are those of the file.
same() {
	answers >"$BATS_TEST_TMPDIR/now"
	diff "$1" "$BATS_TEST_TMPDIR/now" >&2 || explain "other answers than in $1"
}

@test "on SQLite there are no shards" {
	! on_postgres || skip 'about files'
	for verb in 'add x postgres://u@h/d' list 'rm x' check; do
		# shellcheck disable=SC2086 # words
		try sit-db shard $verb
		want 7 && silent_stdout && one_line_stderr 'only a store in Postgres'
	done
}

# work: all that is done to points, with what programs say after each step.
work() {
	hours 2025-11-05 2025-12-31T22:00
	sit-db compact --all
	answers
	hours 2026-01-05 2026-01-20
	sit-ingest -q --as m-2 v0=7 --at 2025-12-31T23:59:59.999999Z # late
	sit-ingest -q --as m-3 note='it is "hot" {a,b}' --at 2026-01-31T12:00:00Z
	hours 2025-11-10 2025-11-12 -3 4 # corrections of what is packed
	hours 2026-01-06 2026-01-08 -3
	answers
	sit-db compact
	answers
	sit-prune m-6 --older-than 60d --yes
	sit-prune --older-than 30d --yes --select 'name=m-[78]'
	sit-device rm m-5 --purge --yes
	answers
	sit-db compact --all
	answers
	sit-db stats --by device -f jsonl | jq -c '[.org, .device, .series, .points, .oldest, .newest]'
	sit-db check
}

@test "three servers say the same as one, whatever is done" {
	on_postgres || skip 'about servers'
	local all=$SIT_DB plain
	plain=${SIT_DB%%\?*}_plain
	plain="$plain?${SIT_DB#*\?}"
	echo "$(basename "${plain%%\?*}")" >>"$BATS_TEST_TMPDIR/places"
	createdb -T "$(basename "${all%%\?*}")" "$(basename "${plain%%\?*}")"
	SIT_DB=$plain work >"$BATS_TEST_TMPDIR/one"
	three
	work >"$BATS_TEST_TMPDIR/three"
	diff "$BATS_TEST_TMPDIR/one" "$BATS_TEST_TMPDIR/three" >&2 || explain 'three servers say something else'
	(($(wc -l <"$BATS_TEST_TMPDIR/one") > 30000))
	clean
	try sit-db shard list -f jsonl
	expect_json '[.name, .slots]' '["one",3]' '["two",2]'
	# and there they are
	for n in 1 2; do
		[[ $(on $n "SELECT string_agg(c.relname, ' ') FROM pg_class c WHERE relkind = 'r' AND relname LIKE 'chunk\_%'" | wc -w) -ge 2 ]]
		(($(for t in $(on $n "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE 'chunk\_%'"); do on $n "SELECT count(*) FROM sit_shard.$t"; done | paste -sd+ | bc) > 0))
	done
}

@test "a store with points is spread, goes on after a stop, and comes home again" {
	on_postgres || skip 'about servers'
	hours 2025-12-05 2026-01-20
	sit-db compact --all
	hours 2026-01-20 2026-01-22
	answers >"$BATS_TEST_TMPDIR/was"
	roles 1 >"$BATS_TEST_TMPDIR/roles" # of the stores of other tests
	try sit-db shard add one "$(shard 1)" -v
	want 0 && silent_stdout && one_line_stderr '4 slots moved'
	[[ $(roles 1) != "$(cat "$BATS_TEST_TMPDIR/roles")" ]]
	same "$BATS_TEST_TMPDIR/was"
	# as when it was stopped before its last slot
	psql -qX -d "$SIT_DB" -c 'SELECT main.shard_move(i, NULL) FROM (SELECT substring(relname FROM 12)::int AS i FROM pg_class WHERE relkind = '"'f' AND relname LIKE 'point\_run\_h%'"' LIMIT 1) x' >/dev/null
	try sit-db shard add one "$(shard 1)" -v
	want 0 && one_line_stderr '1 slots moved'
	try sit-db shard add one "$(shard 2)"
	want 7 && one_line_stderr 'already'
	try sit-db shard add two "$(shard 1)&port=1"
	want 5
	sit-db shard add two "$(shard 2)"
	same "$BATS_TEST_TMPDIR/was"
	agree
	try sit-db shard rm one
	want 0 && silent_stdout
	same "$BATS_TEST_TMPDIR/was"
	[[ $(on 1 "SELECT count(*) FROM pg_namespace WHERE nspname = 'sit_shard'") == 0 ]]
	roles 1 | cmp - "$BATS_TEST_TMPDIR/roles"
	sit-db shard rm two
	try sit-db shard rm two
	want 3 && one_line_stderr 'no shard "two"'
	same "$BATS_TEST_TMPDIR/was"
	agree
	hours 2026-01-22 2026-01-24
	clean
}

# broken N: from now on server N says no when it is to commit points.
broken() {
	local t
	on "$1" "CREATE FUNCTION sit_shard.no() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN RAISE EXCEPTION 'not today'; END \$\$"
	for t in $(on "$1" "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'sit_shard'::regnamespace AND relname ~ '^(point_run|chunk)_'"); do
		on "$1" "CREATE CONSTRAINT TRIGGER no AFTER INSERT OR DELETE ON sit_shard.$t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sit_shard.no()"
	done
}

mended() {
	on "$1" 'SET client_min_messages = warning; DROP FUNCTION sit_shard.no() CASCADE'
}

@test "what one shard has committed and another has not is taken back" {
	on_postgres || skip 'about servers'
	local n ahead=0 d
	three
	answers() { # of those that nobody else writes to meanwhile
		sit-query 'm-[1-6]' v0,v7,v249,note --all -f csv
		sit-latest 'm-[1-6]' --datapoint v0,v249 -f csv
	}
	batch 1 | sit-ingest -q
	for n in 1 2; do
		batch $((10 + n)) | sit-ingest -q # to be compacted
		answers >"$BATS_TEST_TMPDIR/was"
		broken $n
		batch $((20 + n)) >"$BATS_TEST_TMPDIR/batch"
		try sit-ingest "$BATS_TEST_TMPDIR/batch"
		want 5 && one_line_stderr 'not today'
		try sit-db shard check
		ahead=$((ahead + (status == 1)))
		[[ $status == 0 || $output == *'came to nothing'* ]] || explain 'another finding'
		# Others go on with numbers that the lost change had.
		for d in m-7 m-8; do sit-ingest -q --as "$d" "v0=$n" --at 2026-01-31T00:00:00Z 2>/dev/null || true; done
		sit-ingest -q --org b --as n-1 "v0=$n" --at 2026-01-31T00:00:00Z 2>/dev/null || true
		same "$BATS_TEST_TMPDIR/was"
		agree
		try sit-db compact --all
		want 5
		try sit-db shard check
		ahead=$((ahead + (status == 1)))
		mended $n
		# Nobody has read meanwhile: who writes takes it back.
		try sit-ingest -v "$BATS_TEST_TMPDIR/batch"
		want 0 && one_line_stderr 'read 2000 = stored 2000 +'
		agree
		answers >"$BATS_TEST_TMPDIR/was"
		broken $n
		try sit-device rm m-1 m-2 m-3 --purge --yes
		want 5
		try sit-db shard check
		ahead=$((ahead + (status == 1)))
		mended $n
		same "$BATS_TEST_TMPDIR/was"
		agree
		sit-db compact --all
		same "$BATS_TEST_TMPDIR/was"
	done
	# In one of the two orders the other one had committed.
	((ahead > 0)) || explain 'nothing was ever half committed'
	sit-device rm m-1 --purge --yes
	clean
}

@test "while a shard is down what it holds is not to be had, the rest goes in, and nothing is lost" {
	on_postgres || skip 'about servers'
	local d in=0 out=0
	three
	hours 2026-01-05 2026-01-10
	answers >"$BATS_TEST_TMPDIR/was"
	server 2 stop -m immediate
	try sit-db stats
	want 5 && silent_stdout && one_line_stderr 'a shard of the store is not to be had'
	try sit-db shard check
	want 1
	[[ $output == *'shard two: '* && $output != *'shard one'* ]] || explain 'it should name the one'
	try sit-db shard list
	want 0
	sit-device add late site=plant
	for d in $(seq 8); do
		try sit-ingest -q --as "m-$d" v0=1 --at 2026-01-20T00:00:00Z
		((status == 0)) && ((++in)) || { ((++out)) && want 5 && one_line_stderr 'a shard of the store'; }
		echo "m-$d $status" >>"$BATS_TEST_TMPDIR/done"
	done
	((in > 0 && out > 0)) || explain "$in went in, $out did not"
	server 2 start
	agree
	while read -r d status; do
		[[ $(sit-query "$d" v0 --all -f csv --no-header | wc -l) == $((121 + (status == 0))) ]] || explain "of $d"
	done <"$BATS_TEST_TMPDIR/done"
	for d in $(seq 8); do sit-ingest -q --as "m-$d" v0=1 --at 2026-01-20T00:00:00Z; done
	[[ $(sit-query 'm-*' v0 --all -f csv --no-header | wc -l) == $((122 * 8)) ]]
	clean
}

# slots_on SHARD: the numbers of its slots, as the store says.
slots_on() {
	sql "SELECT string_agg(substring(relname FROM '[0-9]+$'), ' ') FROM pg_class c JOIN pg_foreign_table f ON f.ftrelid = c.oid JOIN pg_foreign_server s
		ON s.oid = f.ftserver WHERE srvname = 'sit_shard_$1' AND relname LIKE 'point\_run\_h%'"
}

# held_by SHARD: the devices whose v0 lies on it.
held_by() {
	sql "SELECT d.name FROM series s JOIN device d ON d.id = s.device_id WHERE s.name = 'v0' AND d.org_id = 1 AND EXISTS (SELECT FROM unnest(string_to_array('$(slots_on "$1")', ' ')) i
		WHERE satisfies_hash_partition('main.point_run'::regclass, 8, i::int, s.id / 256)) ORDER BY 1"
}

@test "what is on the shards that are up is read; for each one that is not a line says what is missing" {
	on_postgres || skip 'about servers'
	local d gone n
	three
	hours 2026-01-05 2026-01-10
	sit-db compact --all
	hours 2026-01-10 2026-01-11
	sit-query '*' v0 --all -f csv >"$BATS_TEST_TMPDIR/was"
	sit-latest '*' --datapoint v0 -f csv >"$BATS_TEST_TMPDIR/latest"
	gone=$(held_by two)
	n=$(wc -l <<<"$gone")
	((n > 0 && n < 8)) || explain "of v0 there is $gone"
	server 2 stop -m immediate
	grep -v -F -f <(sed 's/.*/,&,/' <<<"$gone") "$BATS_TEST_TMPDIR/was" >"$BATS_TEST_TMPDIR/want"
	try sit-query '*' v0 --all -f csv
	want 6 && one_line_stderr "shard two is not to be had (could not connect to server"
	one_line_stderr "what it has of $n series is left out, of $(head -n 1 <<<"$gone"):v0"
	[[ $output == "$(cat "$BATS_TEST_TMPDIR/want")" ]] || explain 'it should be all of the others, and nothing else'
	d=$(head -n 1 <<<"$gone")
	try sit-query "$d" v0 --all --every 1mo --tz UTC --agg count,delta -f jsonl
	want 6 && silent_stdout && one_line_stderr "of 1 series is left out, of $d:v0"
	d=$(seq -f m-%.0f 8 | grep -vxF "$gone" | head -n 1)
	try sit-query "$d" v0 --all --every 1mo --tz UTC --agg count,delta -f jsonl
	want 0 && silent_stderr && expect_json .count 145
	try sit-export '*' v0 --all --wide -f csv
	want 6 && one_line_stderr "of $n series is left out"
	[[ $(wc -l <<<"$output") == $(wc -l <"$BATS_TEST_TMPDIR/want") ]] || explain 'a line for each time of a device'
	# The newest that a merge has seen is known here: it is shown, and said that there may be more.
	try sit-latest '*' --datapoint v0 -f csv
	want 6 && one_line_stderr "of $n series is left out"
	diff <(grep -v -F -f <(sed 's/.*/,&,/' <<<"$gone") "$BATS_TEST_TMPDIR/latest") <(grep -v -F -f <(sed 's/.*/,&,/' <<<"$gone") <<<"$output") >&2
	# Both of them
	server 1 stop -m immediate
	try sit-query '*' v0 --all -f csv
	want 6
	[[ $(wc -l <<<"$stderr") == 2 && $stderr == *'shard one is not to be had'* && $stderr == *'shard two is not to be had'* ]] || explain 'a line for each'
	# What somebody decides by is whole, or not at all.
	try sit-db copy "$SIT_DB" "$BATS_TEST_TMPDIR/copy.db"
	want 5
	server 1 start
	server 2 start
	try sit-query '*' v0 --all -f csv
	want 0 && silent_stderr
	cmp "$BATS_TEST_TMPDIR/was" - <<<"$output"
	clean
}

@test "a shard that is ahead is put right while another one is down" {
	on_postgres || skip 'about servers'
	local d gone
	three
	hours 2026-01-05 2026-01-06
	gone=$(held_by two)
	batch 1 >"$BATS_TEST_TMPDIR/batch"
	sit-query '*' v0 --all -f csv | grep -v -F -f <(sed 's/.*/,&,/' <<<"$gone") >"$BATS_TEST_TMPDIR/want"
	broken 2
	try sit-ingest "$BATS_TEST_TMPDIR/batch"
	want 5
	sit-db shard check >"$BATS_TEST_TMPDIR/check" || true
	server 2 stop -m immediate
	try sit-query '*' v0 --all -f csv
	want 6
	[[ $output == "$(cat "$BATS_TEST_TMPDIR/want")" ]] || explain 'what came to nothing was read'
	try sit-db shard check
	want 1
	[[ $output != *'came to nothing'* ]] || explain 'it should have been taken back'
	server 2 start
	mended 2
	agree
	# The servers commit in an order of their own (of the numbers that they have for each other); in the other one nothing was ahead.
	grep -q 'shard one: .*came to nothing' "$BATS_TEST_TMPDIR/check" || skip 'the servers committed in the other order'
}

@test "a shard is closed to others; organisations stay apart" {
	on_postgres || skip 'about servers'
	three
	hours 2026-01-05 2026-01-06
	[[ $(sit-query '*' v0 --all --org b -f jsonl | jq -r .device) == n-1 ]]
	try sit-query m-1 v0 --all --org b
	want 3
	on 1 "SET client_min_messages = error; DROP ROLE IF EXISTS stranger; CREATE ROLE stranger LOGIN PASSWORD 'x'"
	local t
	t=$(on 1 "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE 'point\_run\_%' LIMIT 1")
	PGPASSWORD=x run ! psql -qAtX -d "$(shard 1 | sed s/super@/stranger@/)" -c "SELECT count(*) FROM sit_shard.$t"
	on 1 'DROP ROLE stranger'
	# The role that scoped connections are has no way to a part by itself.
	[[ $(sql "SELECT count(*) FROM pg_class WHERE relispartition AND has_table_privilege((SELECT value FROM meta WHERE name = 'role'), oid, 'SELECT')") == 0 ]]
	# No password of the store's is in what it tells.
	sit-db shard list | grep -q -i password && false
	try sit-db shard add three "postgres://u:secret@h/d"
	want 2
}

@test "a backup holds everything, of one moment; it becomes a file, and that a store in one place or on shards again" {
	on_postgres || skip 'about servers'
	local set=$BATS_TEST_TMPDIR/set back
	hours 2026-01-05 2026-01-10
	three
	sit-db compact --all
	hours 2026-01-10 2026-01-11
	answers >"$BATS_TEST_TMPDIR/was"
	try sit-backup create "$set" --verify
	want 0 && silent_stdout && silent_stderr
	[[ $(jq -c '[.file, .points]' "$set/MANIFEST") == "[\"store.db.zst\",$(sit-db stats -f jsonl | jq .points)]" ]]
	sit-backup restore "$set" --to "$BATS_TEST_TMPDIR/back.db"
	SIT_DB=$BATS_TEST_TMPDIR/back.db same "$BATS_TEST_TMPDIR/was"
	try sit-db check -D "$BATS_TEST_TMPDIR/back.db"
	want 0 && silent_stdout
	# It does not take itself for one on several servers, nor for the one whose shards those are.
	back=${SIT_DB%%\?*}_back
	echo "$(basename "$back")" >>"$BATS_TEST_TMPDIR/places"
	psql -qX -d "${SIT_DB/sit@/super@}" -c "CREATE DATABASE $(basename "$back") OWNER sit"
	back="$back?${SIT_DB#*\?}"
	sit-db copy "$BATS_TEST_TMPDIR/back.db" "$back"
	psql -qX -d "${back/sit@/super@}" -c 'SET client_min_messages = warning; CREATE EXTENSION postgres_fdw; GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO sit'
	SIT_DB=$back same "$BATS_TEST_TMPDIR/was"
	batch 700 | sit-ingest -q -D "$back"
	try sit-db shard add one "$(shard 1)" -D "$back"
	want 7 && one_line_stderr 'is a shard of another store'
	agree
	# While a shard is down there is none, rather than half of one.
	server 2 stop -m immediate
	try sit-backup create "$BATS_TEST_TMPDIR/half"
	want 5 && one_line_stderr 'a shard of the store'
	[[ ! -e $BATS_TEST_TMPDIR/half ]]
	server 2 start
}

@test "without the extension, or the right to it, it is said what to do" {
	on_postgres || skip 'about servers'
	psql -qX -d "${SIT_DB/sit@/super@}" -c 'REVOKE USAGE ON FOREIGN DATA WRAPPER postgres_fdw FROM sit'
	try sit-db shard add one "$(shard 1)"
	want 7 && one_line_stderr 'CREATE EXTENSION IF NOT EXISTS postgres_fdw; GRANT USAGE'
	try sit-db shard list
	want 0 && silent_stdout
	try sit-db shard add 'One!' "$(shard 1)"
	want 2
}
