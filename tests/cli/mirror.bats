#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Points as rows of a native table, beside the engine: the same whatever happens to them.
load ../helpers

given() {
	new_store
	sit-site add plant
	for d in m-1 m-2; do
		sit-device add "$d" site=plant
		sit-datapoint add v device="$d"
	done
	sit-datapoint add note device=m-1 type=string
	sit-datapoint add on device=m-1 type=boolean
}

# hours DEVICE FROM TO [FACTOR]: a point each hour.
hours() {
	awk -v a="$(date -ud "$2" +%s)" -v b="$(date -ud "$3" +%s)" -v d="$1" -v by="${4:-1}" \
		'BEGIN { print "ts,device,datapoint,value"; for (t = a; t < b; t += 3600) printf "%ds,%s,v,%.3f\n", t, d, by * (t / 3600 % 1000) / 7 }'
}

# bi QUERY: as the owner's login, in UTC.
bi() {
	PGTZ=UTC psql -qAtX -v ON_ERROR_STOP=1 -d "$SIT_DB" -c "$1"
}

# same: the rows are the points of what is mirrored, and their sums by month are those that sit-query works out.
same() {
	local s
	while IFS=: read -r device datapoint; do
		sit-query "$device" "$datapoint" --all -f jsonl --columns ts,value,quality,raw |
			jq -r '[(.ts | sub("T"; " ") | sub("Z"; "+00")), (if .value == null then "" else .value end), .quality, (.raw // "")] | map(tostring) | join("|")' |
			sort >"$BATS_TEST_TMPDIR/ours"
		bi "SELECT ts, coalesce(text, CASE WHEN '$datapoint' = 'on' THEN (value = 1)::text ELSE value::text END, ''), quality, coalesce(raw::text, '')
			FROM bi.point WHERE device = '$device' AND datapoint = '$datapoint'" | sort >"$BATS_TEST_TMPDIR/theirs"
		diff "$BATS_TEST_TMPDIR/ours" "$BATS_TEST_TMPDIR/theirs" >&2 || explain "$device:$datapoint differs"
	done < <(bi "SELECT device || ':' || datapoint FROM bi.mirror")
	for s in m-1 m-2; do
		sit-query "$s" v --all --every 1mo --tz UTC --agg count,sum -f csv --no-header | cut -d, -f1,4- |
			awk -F, '{ printf "%s %d %.6f\n", substr($1, 1, 7), $2, $3 }' >"$BATS_TEST_TMPDIR/ours"
		bi "SELECT to_char(date_trunc('month', ts), 'YYYY-MM') || ' ' || count(value) || ' ' || trim(to_char(sum(value), '99999999990.999999'))
			FROM bi.point WHERE device = '$s' AND datapoint = 'v' GROUP BY date_trunc('month', ts) ORDER BY 1" >"$BATS_TEST_TMPDIR/theirs"
		[[ ! -s $BATS_TEST_TMPDIR/theirs ]] || diff "$BATS_TEST_TMPDIR/ours" "$BATS_TEST_TMPDIR/theirs" >&2 || explain "sums of $s differ"
	done
}

@test "on SQLite the mirror is refused, and what to do instead is said" {
	! on_postgres || skip 'about files'
	for verb in on off rebuild status; do
		try sit-db mirror "$verb"
		want 7 && silent_stdout && one_line_stderr 'sit-export'
	done
}

@test "what was there is copied; what comes, is corrected, pruned and purged is followed in its transaction" {
	on_postgres || skip 'files have no mirror'
	hours m-1 2025-10-05 2026-01-20 | sit-ingest
	hours m-2 2025-12-05 2026-01-20 | sit-ingest
	sit-db compact --all
	hours m-1 2026-01-20 2026-01-25 | sit-ingest
	try sit-db mirror on m-1
	want 0 && silent_stdout
	[[ $(bi 'SELECT count(*) FROM bi.point') == 2688 ]] || explain "$(bi 'SELECT count(*) FROM bi.point')"
	same
	hours m-1 2026-01-25 2026-02-01 | sit-ingest                     # new
	hours m-1 2025-11-10 2025-11-12 -3 | sit-ingest -q # corrections of what is packed
	sit-ingest -q --as m-1 v=7 --at 2025-12-31T23:59:59.999999Z      # late
	sit-ingest -q --as m-1 note='it is "hot" \ {a,b} NULL' on=true --at 2026-01-31T12:00:00Z
	echo '{"ts":"2026-01-30T00:30:00Z","device":"m-1","datapoint":"v","value":null,"quality":"bad"}' | sit-ingest -q
	same
	try sit-db mirror status
	expect_json '[.datapoint, .rows == .points, .filled != null]' '["v",true,true]'
	# series that came later are taken in when it is run again
	sit-db mirror on --select 'name=m-*'
	[[ $(bi "SELECT string_agg(device || ':' || datapoint, ' ' ORDER BY device, datapoint) FROM bi.mirror") == 'm-1:note m-1:on m-1:v m-2:v' ]]
	same
	sit-prune --older-than 70d m-1 --yes
	same
	[[ $(bi "SELECT min(ts) >= '2025-11-23 12:00' FROM bi.point") == t ]]
	[[ $(bi "SELECT string_agg(substr(relname, 14), ' ' ORDER BY relname) FROM pg_class WHERE relispartition AND relkind = 'r' AND relname LIKE 'mirror_point_%'") == \
		'2025_11 2025_12 2026_01' ]]
	sit-device rm m-2 --purge --yes
	[[ $(bi "SELECT count(*) FROM main.mirror_point p WHERE NOT EXISTS (SELECT FROM main.series s WHERE s.id = p.series_id)") == 0 ]]
	try sit-db check
	want 0 && silent_stdout
}

@test "off takes the rows of what fits away, and parts that are empty" {
	on_postgres || skip 'files have no mirror'
	for d in m-1 m-2; do hours "$d" 2025-12-05 2026-01-20 | sit-ingest; done
	sit-db mirror on
	sit-db mirror off m-2
	[[ $(bi "SELECT DISTINCT device FROM bi.point") == m-1 ]]
	sit-ingest -q --as m-2 v=1 --at 2026-01-30T00:00:00Z
	[[ $(bi "SELECT count(*) FROM bi.point WHERE device = 'm-2'") == 0 ]]
	sit-db mirror off
	[[ $(bi "SELECT count(*) FROM pg_class WHERE relispartition AND relname LIKE 'mirror_point_2%'") == 0 ]]
	try sit-db mirror status
	want 0 && silent_stdout
}

@test "rebuild mends rows that somebody changed, in several transactions" {
	on_postgres || skip 'files have no mirror'
	awk 'BEGIN { print "ts,v"; for (i = 0; i < 90000; i++) printf "%ds,%d\n", 1767225600 + 20 * i, i % 500 }' | sit-ingest --as m-1
	sit-db compact --all
	sit-db mirror on m-1
	sql "DELETE FROM mirror_point WHERE value < 50; UPDATE mirror_point SET value = value + 1 WHERE value > 400;
		INSERT INTO mirror_point (series_id, org_id, ts, quality, value) SELECT series_id, org_id, ts + interval '1 s', 0, 9 FROM mirror_point WHERE value = 77"
	try sit-db mirror rebuild -v
	want 0 && [[ $stderr == *'1 series, 90000 rows'* ]]
	same
	[[ $(sql "SELECT count(DISTINCT xmin::text) FROM mirror_point") -ge 3 ]]
}

@test "an ingest that comes to nothing leaves no row; the mirror of another organisation is not to be had" {
	on_postgres || skip 'files have no mirror'
	hours m-1 2026-01-05 2026-01-20 | sit-ingest
	sit-db mirror on
	sit-ingest -q --as m-1 v=1 --at 2026-01-31T00:00:00Z --dry-run
	[[ $(bi 'SELECT count(*) FROM bi.point') == 360 ]]
	sit-org add north parent=default
	sit-site add pole --org north && sit-device add n-1 site=pole --org north && sit-datapoint add v device=n-1 --org north
	sit-ingest -q --as n-1 v=1 --at 2026-01-31T00:00:00Z --org north
	try sit-db mirror on n-1
	want 3
	try sit-db mirror on north/n-1
	want 4
	try sit-db mirror on m-1 --org north
	want 3
	sit-db mirror on --org north
	try sit-db mirror status --org north
	expect_json '[.device, .rows]' '["n-1",1]'
	sit-db mirror off --org north
	[[ $(bi 'SELECT count(*) FROM bi.point') == 360 ]]
}
