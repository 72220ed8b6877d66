#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Points in the store: what compact, check and a full disk do to them.
load ../helpers

given() {
	new_store
	sit-site add plant
	sit-device add m-1 site=plant
	sit-datapoint add v device=m-1
}

# points FROM TO: one a minute.
points() {
	awk -v a="$1" -v b="$2" 'BEGIN { print "ts,v"; for (i = a; i < b; i++) printf "%ds,%.1f\n", 1767225600 + 60 * i, 230 + i % 37 / 10 }'
}

@test "compact makes the store small and changes no answer" {
	for i in 0 1 2 3 4 5 6 7 8 9; do points $((i * 1000)) $((i * 1000 + 1000)) | sit-ingest --as m-1; done
	sit-query m-1 v --all -f csv >"$BATS_TEST_TMPDIR/before"
	try sit-db compact --all
	want 0 && silent_stdout && silent_stderr
	sit-query m-1 v --all -f csv | cmp - "$BATS_TEST_TMPDIR/before"
	[[ $(sql 'SELECT count(*) FROM point_run') == 0 ]]
	on_postgres || [[ $(sqlite3 -readonly "$SIT_DB" 'PRAGMA freelist_count') == 0 && ! -s $SIT_DB-wal ]]
	bytes=$(sql 'SELECT sum(length(data)) FROM chunk')
	((bytes < 12000)) || explain "$bytes bytes for 10000 points"
	try sit-db check
	want 0 && silent_stdout
}

chunks() { sql "SELECT count(*) FROM chunk $*"; }

@test "compact joins small chunks that lie side by side, not over the end of a month, and then leaves them" {
	for i in 0 1 2 3 4 5 6 7; do
		points $((44540 + i * 25)) $((44540 + i * 25 + 25)) | sit-ingest --as m-1
		sit-ingest --as m-1 v=7 --at "2026-01-3${i/[2-9]/0}T00:0$i:30Z"
		sit-db compact --all
	done
	sit-query m-1 v --all -f csv >"$BATS_TEST_TMPDIR/before"
	[[ $(chunks) == 2 ]] || explain "$(chunks) chunks for the ends of two months"
	[[ $(chunks "WHERE t0 < 1769904000000000 AND t1 >= 1769904000000000") == 0 ]]
	sql 'SELECT data FROM chunk ORDER BY series_id, t0' | cksum >"$BATS_TEST_TMPDIR/chunks"
	seq=$(sql "SELECT value FROM counter WHERE name = 'seq'")
	sit-db compact --all
	[[ $(sql "SELECT value FROM counter WHERE name = 'seq'") == "$seq" ]] || explain 'done again'
	sit-query m-1 v --all -f csv | cmp - "$BATS_TEST_TMPDIR/before"
	try sit-db check
	want 0 && silent_stdout
}

@test "compact with no time does one step; run again and again it comes to the end, and an end is an end" {
	points 0 44000 | sit-ingest --as m-1
	points 0 44000 | sed '1s/v/w/' >"$BATS_TEST_TMPDIR/w"
	sit-datapoint add w device=m-1
	for i in 0 1 2 3; do sed -n "1p;$((i * 11000 + 2)),$((i * 11000 + 11001))p" "$BATS_TEST_TMPDIR/w" | sit-ingest --as m-1; done
	sit-query m-1 '*' --all -f csv >"$BATS_TEST_TMPDIR/before"
	for ((n = 0; n < 50; n++)); do
		try sit-db compact --all --budget 1us -v
		want 0
		[[ -n $stderr ]] || break
		sit-query m-1 '*' --all -f csv | cmp - "$BATS_TEST_TMPDIR/before"
	done
	((n > 1 && n < 50)) || explain "$n steps"
	[[ $(sql 'SELECT count(*) FROM point_run') == 0 ]]
	try sit-db check
	want 0 && silent_stdout
}

@test "what retention has hidden is thrown away in steps too" {
	SIT_NOW=2026-05-01T00:00:00Z
	for i in 0 1 2 3; do points $((i * 40000)) $((i * 40000 + 40000)) | sit-ingest --as m-1; done
	sit-db compact --all
	sit-prune --older-than 40d m-1 --yes
	for ((n = 0; n < 50; n++)); do
		try sit-db compact --all --budget 1us -v
		want 0
		[[ -n $stderr ]] || break
	done
	((n > 1 && n < 50)) || explain "$n steps"
	[[ $(chunks "WHERE t0 < (SELECT min(floor) FROM series)") == 0 && $(chunks) -gt 0 ]]
	[[ $(sql 'SELECT sum(points) FROM lane') == $(sit-query m-1 v --all | wc -l) ]]
	try sit-db check
	want 0 && silent_stdout
}

@test "a late point and a correction find their chunk" {
	points 0 5000 | sit-ingest --as m-1
	sit-db compact --all
	sit-ingest --as m-1 v=1 --at 2026-01-02T00:00:30Z
	sit-ingest --as m-1 v=2 --at 2026-01-02T00:00:00Z
	for _ in 1 2; do
		try sit-query m-1 v --from 2026-01-02T00:00:00Z --to 2026-01-02T00:01:00Z --columns value
		expect_json .value 2 1
		sit-db compact --all
	done
	try sit-db check
	want 0
	try sit-db stats
	expect_json .points 5001
	[[ $(sql 'SELECT count(*) FROM correction') == 1 ]]
}

@test "a flipped bit is named by check, left out of answers, put aside by compact" {
	points 0 3000 | sit-ingest --as m-1
	sit-db compact --all
	sql "UPDATE chunk SET n = n + 1 WHERE t0 = (SELECT min(t0) FROM chunk)"
	try sit-db check
	want 1
	[[ $output == *'m-1:v, 2026-01-01T00:00:00Z'*'checksum is wrong'* ]] || explain naming
	try sit-query m-1 v --all
	want 6
	expect_lines 1976
	[[ $stderr == *'damaged chunk of m-1:v'* ]] || explain report
	points 0 1 | sit-ingest --as m-1
	try sit-db compact --all
	want 6
	one_line_stderr 'a damaged chunk of m-1:v, 2026-01-01T00:00:00Z'
	one_line_stderr 'is put aside unread: what it had is in backups only'
	sit-db compact --all # it is said once
	try sit-db check
	want 0
	[[ $(sql 'SELECT count(*) FROM chunk_damaged') == 1 ]]
	try sit-db stats
	expect_json .points 1977
}

@test "a flipped bit in the bytes of a run is found" {
	points 0 100 | sit-ingest --as m-1
	if on_postgres; then
		sql "UPDATE point_run SET data = set_byte(data, 20, 165)"
	else
		sql "UPDATE point_run SET data = CAST(substr(data, 1, 20) || x'a5' || substr(data, 22) AS BLOB)"
	fi
	try sit-db check
	want 1
	[[ $output == *m-1:v*checksum* ]] || explain naming
	try sit-query m-1 v --all
	want 6 && silent_stdout
	try sit-latest
	want 6
}

@test "a disk that fills up in the middle of a seal loses nothing" {
	only_sqlite "the disk is that of Postgres's server"
	for i in 0 1 2 3 4 5 6; do awk -v a="$i" 'BEGIN { srand(a); print "ts,v"; for (i = 0; i < 3000; i++) print 1767225600 + 60 * (a * 3000 + i) "s," rand() }' | sit-ingest --as m-1; done
	sit-query m-1 v --all -f csv >"$BATS_TEST_TMPDIR/before"
	runs=$(sqlite3 -readonly "$SIT_DB" 'SELECT group_concat(seq) FROM point_run')
	for kib in 4 8 16 32 48 64 80 96; do
		try bash -c "ulimit -f $kib; trap '' XFSZ; sit-db compact --all"
		want 5
		one_line_stderr "$SIT_DB"
		[[ $(sqlite3 -readonly "$SIT_DB" 'SELECT group_concat(seq) FROM point_run') == "$runs" ]] || explain "with $kib KiB the seal came to its end"
		sit-query m-1 v --all -f csv | cmp - "$BATS_TEST_TMPDIR/before"
		try sit-db check
		want 0 && silent_stdout
	done
	sit-db compact --all
	[[ $(sql 'SELECT count(*) FROM point_run') == 0 && $(chunks) -gt 20 ]]
	sit-query m-1 v --all -f csv | cmp - "$BATS_TEST_TMPDIR/before"
	try sit-db stats
	expect_json .points 21000
}

@test "a store that kept points as rows keeps its points" {
	only_sqlite 'no store in Postgres is as old as that'
	rm -f "$SIT_DB"*
	sqlite3 "$SIT_DB" <tests/data/schema/4.sql
	sqlite3 "$SIT_DB" "PRAGMA application_id = 0x53495421; DELETE FROM point; DELETE FROM correction; DELETE FROM series;
		INSERT INTO series SELECT 1, org_id, id, 'v' FROM device WHERE name = 'meter-1' UNION ALL SELECT 7, org_id, id, 'note' FROM device WHERE name = 'meter-1';
		INSERT INTO point VALUES (1, 1767225600000000, 1, 1, 0, 0.1, NULL, NULL), (1, 1769904000000000, 1, 1, 1, -0.0, NULL, 5.0),
			(7, 1767225600000001, 1, 3, 0, NULL, 'idle', NULL), (7, 1767225600000002, 1, 0, 2, NULL, NULL, NULL)"
	try sit-latest
	want 7 && one_line_stderr 'sit-db migrate'
	try sit-db migrate
	want 0
	try sit-query meter-1 '*' --all --columns ts,datapoint,value,quality,raw -f csv --no-header
	expect "2026-01-01T00:00:00.000001Z,note,idle,good,
2026-01-01T00:00:00.000002Z,note,,bad,
2026-01-01T00:00:00Z,v,0.1,good,
2026-02-01T00:00:00Z,v,-0,suspect,5"
	try sit-latest
	expect_json '[.datapoint, .value]' '["note","idle"]' '["v",-0]'
	try sit-db check
	want 0 && silent_stdout
}
