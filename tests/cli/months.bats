#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# In Postgres packed points lie in parts by month: made when they are needed, closed to everybody, dropped in whole.
load ../helpers

given() {
	only_postgres 'files have no parts'
	new_store
	sit-site add plant
	for d in m-1 m-2; do
		sit-device add "$d" site=plant
		sit-datapoint add v device="$d"
	done
}

# hours DEVICE FROM TO [EVERY]: a point each hour.
hours() {
	awk -v a="$(date -ud "$2" +%s)" -v b="$(date -ud "$3" +%s)" -v d="$1" -v by="${4:-3600}" \
		'BEGIN { print "ts,device,datapoint,value"; for (t = a; t < b; t += by) printf "%ds,%s,v,%d\n", t, d, t / 3600 % 1000 }'
}

# months: those that have a part, one a line.
months() {
	sql "SELECT replace(substr(relname, 7), '_', '-') FROM pg_class WHERE relispartition AND relkind = 'r' AND relname LIKE 'chunk_%' ORDER BY 1"
}

good() {
	try sit-db check
	want 0 && silent_stdout
}

# packed: the same, when compact has nothing left to do.
packed() {
	good
	[[ $(sql 'SELECT sum(points) FROM lane') == $(sit-query '*' v --all --org '*' | wc -l) ]] || explain 'the lanes count otherwise'
}

@test "a month gets its part when a point of it is packed, and those to come ahead" {
	hours m-1 2025-11-28 2026-02-02 | sit-ingest
	sit-ingest --as m-1 v=1 --at 0031-12-31T00:00:00Z --skew 999999d/1h
	sit-query m-1 v --all -f csv >"$BATS_TEST_TMPDIR/before"
	sit-db compact --all
	months >"$BATS_TEST_TMPDIR/months"
	[[ $(grep -v '202[67]-1\|2027' "$BATS_TEST_TMPDIR/months" | tr '\n' ' ') == '0031-12 2025-11 2025-12 2026-01 2026-02 2026-03 2026-04 ' ]] ||
		explain "$(<"$BATS_TEST_TMPDIR/months")"
	[[ $(sql "SELECT count(DISTINCT tableoid) FROM chunk") == 5 ]]
	sit-query m-1 v --all -f csv | cmp - "$BATS_TEST_TMPDIR/before"
	good
}

@test "a part is made by a login that owns nothing, and shows nothing to it past the policies" {
	role=$(sql "SELECT value FROM meta WHERE name = 'role'")
	login=guest_$BASHPID
	psql -qX -U super -c "CREATE ROLE $login LOGIN; GRANT \"$role\" TO $login"
	for i in 03-01 03-11 03-21 04-01 04-11 04-21 05-01 05-11 05-21; do
		hours m-1 "2025-$i" "2025-${i%?}9" 60 | SIT_DB=${SIT_DB/sit@/$login@} sit-ingest
	done
	(($(sql 'SELECT count(*) FROM chunk') > 50))
	[[ $(months | grep -c "2025-0[34]") == 2 ]]
	ask() { psql -qAtX -d "${SIT_DB/sit@/$login@}" -c "SET sit.self = '1'; SET sit.scope = '{$1}'; SELECT count(*) > 0 FROM main.$2" 2>&1; }
	[[ $(ask 1 chunk) == t && $(ask 2 chunk) == f && $(ask '' chunk) == f ]]
	[[ $(ask 1 chunk_2025_04) == *'permission denied for table chunk_2025_04'* ]] || explain "$(ask 1 chunk_2025_04)"
	[[ $(sql "SELECT count(*) FROM pg_class WHERE relname LIKE 'chunk_20%' AND relkind = 'r' AND NOT (relrowsecurity AND relforcerowsecurity)") == 0 ]]
	# even a right given by mistake shows nothing, and is found
	sql "GRANT SELECT ON chunk_2025_04 TO $login"
	[[ $(ask 1 chunk_2025_04) == f ]]
	try sit-db check
	want 1 && [[ $output == *'part chunk_2025_04 can be reached past'* ]]
	sql "REVOKE ALL ON chunk_2025_04 FROM $login; ALTER TABLE chunk_2025_03 NO FORCE ROW LEVEL SECURITY"
	try sit-db check
	want 1 && [[ $output == *'part chunk_2025_03 can be reached past'* ]]
	psql -qX -U super -c "DROP ROLE $login"
}

@test "retention drops a month in which nothing is alive, takes the rest out chunk by chunk, and counts right" {
	hours m-1 2025-09-10 2026-01-20 | sit-ingest
	hours m-2 2025-09-10 2026-01-20 | sit-ingest
	sit-db compact --all
	# 2025-11-03T12:00Z
	sit-prune --older-than 90d m-1 --yes
	[[ $(months | grep -c 2025) == 4 ]] || explain 'm-2 lost points'
	sit-prune --older-than 90d m-2 --yes
	[[ $(months | grep 2025 | tr '\n' ' ') == '2025-11 2025-12 ' ]] || explain "$(months)"
	good
	sit-db compact
	packed
	try sit-query m-1 v --all --columns ts
	[[ ${lines[0]} == '{"ts":"2025-11-03T12:00:00Z"}' ]]
}

@test "corrections of what goes with its month are not counted twice, nor is a series that ends there" {
	hours m-1 2025-09-10 2026-01-20 | sit-ingest
	hours m-2 2025-09-10 2025-10-01 | sit-ingest
	sit-db compact --all
	hours m-1 2025-09-20 2025-10-10 | sed 's/,[0-9]*$/,-1/; 1s/.*/ts,device,datapoint,value/' | sit-ingest
	good
	sit-prune --older-than 60d '*' --yes
	[[ $(months | grep 2025 | tr '\n' ' ') == '2025-12 ' ]] || explain "$(months)"
	good
	try sit-latest m-2
	want 0 && silent_stdout
	try sit-db stats
	expect_json '[.oldest, .newest]' '["2025-12-03T12:00:00Z","2026-01-19T23:00:00Z"]'
	sit-db compact --all
	packed
}

@test "a month that other organisations have points in is dropped when the last has let go of it" {
	sit-org add north --org '*'
	sit-site add pole --org north && sit-device add n-1 site=pole --org north && sit-datapoint add v device=n-1 --org north
	hours m-1 2025-09-10 2026-01-20 | sit-ingest
	hours n-1 2025-09-10 2026-01-20 | sit-ingest --org north
	sit-db compact --all
	sit-prune --older-than 90d '*' --yes
	[[ $(months | grep -c 2025) == 4 ]] || explain "$(months)"
	[[ $(sit-query n-1 v --all --org north | wc -l) == 3168 ]]
	sit-prune --older-than 90d '*' --yes --org north
	[[ $(months | grep -c 2025) == 4 ]] || explain "$(months)"
	sit-db compact
	[[ $(months | grep 2025 | tr '\n' ' ') == '2025-11 2025-12 ' ]] || explain "$(months)"
	packed
}

@test "a reader that holds a month makes retention delete rather than wait" {
	hours m-1 2025-09-10 2026-01-20 | sit-ingest
	sit-db compact --all
	mkfifo "$BATS_TEST_TMPDIR/go"
	psql -qAtX -d "$SIT_DB" -o "$BATS_TEST_TMPDIR/out" <"$BATS_TEST_TMPDIR/go" &
	exec 7>"$BATS_TEST_TMPDIR/go"
	echo 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT sum(n) FROM main.chunk;' >&7
	for ((i = 0; i < 500; i++)); do
		[[ $(sql "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'") == 0 ]] || break
	done
	sit-prune --older-than 90d '*' --yes
	[[ $(months | grep -c 2025) == 4 ]] || explain "$(months)"
	[[ $(sql 'SELECT count(*) FROM chunk WHERE t0 < 1761955200000000') == 0 ]]
	exec 7>&-
	wait
	good
	sit-db compact
	[[ $(months | grep 2025 | tr '\n' ' ') == '2025-11 2025-12 ' ]] || explain "$(months)"
	packed
}

# tests/data/schema/9-postgres.dump is a store as the last program of version 9 wrote it: 3,168 hours of m-1:v packed, one point in a run.
@test "migrate moves the chunks of a store that had them in one table" {
	SIT_DB=$(place old)
	new_place
	role=sit_old_$BASHPID
	psql -qX -U super -c "CREATE ROLE $role; GRANT $role TO sit"
	sed "s/sit_v9/$role/g" "$top/tests/data/schema/9-postgres.dump" | psql -qX -o /dev/null -v ON_ERROR_STOP=1 -d "${SIT_DB/sit@/super@}"
	try sit-query '*' v --all
	want 7 && one_line_stderr 'run sit-db migrate'
	try sit-db migrate
	want 0 && [[ $output == *'"chunks by month"'* ]]
	[[ $(months | grep -c '2025\|2026-01') == 5 ]] || explain "$(months)"
	[[ $(sql 'SELECT count(*), sum(n) FROM chunk WHERE t0 < 1767225600000000') == '4|2712' ]]
	try sit-query m-1 v --all --agg count,sum
	expect_json '[.count, .sum]' "[3169,$(awk 'BEGIN { for (t = 1757462400; t < 1768867200; t += 3600) s += t / 3600 % 977; printf "%.1f", s + 5.5 }')]"
	packed
	hours m-1 2024-05-01 2024-05-03 | sit-ingest --skew 9999d/1d
	sit-db compact --all
	[[ $(months | head -n 1) == 2024-05 ]]
	packed
	dropdb --force "$(basename "${SIT_DB%%\?*}")"
	psql -qX -U super -c "DROP ROLE $role"
}
