# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: MIT
# The rows of Postgres: ingest beside COPY of the same points into a table with the primary key (series, ts), time and bytes. bench.sh sources this and
# runs part_postgres; the server is that of tests/with-postgres, which runs this file as a program. There nothing is synced, on either side.

# Processor time of the server, microseconds: of what runs of it, and of what has ended.
pg_used() {
	local first pid rest t=0
	first=$(head -n 1 "$SIT_TEST_PG_DIR/data/postmaster.pid")
	for pid in "$first" $(pgrep -P "$first"); do
		rest=$(cat "/proc/$pid/stat" 2>/dev/null) || continue
		read -r -a rest <<<"${rest##*) }"
		((t += rest[11] + rest[12]))
		[[ $pid != "$first" ]] || ((t += rest[13] + rest[14]))
	done
	echo $((t * 1000000 / $(getconf CLK_TCK)))
}

# pg_meter FILE COMMAND...: as meter, and what the server used for it is counted too.
pg_meter() {
	local file=$1 was
	shift
	was=$(pg_used)
	meter "$file" "$@"
	sleep 0.05 # until the server has taken leave of it
	awk -v more=$(($(pg_used) - was)) '{ line[NR] = $0 } END { for (i = 1; i < NR; i++) print line[i]; print $1, $2 + more, $3 }' "$file" >"$file.new"
	mv "$file.new" "$file"
}

pg_measure() { # WORK RUNS: what with-postgres runs
	local work=$1 runs=$2 i db
	# shellcheck disable=SC2059 # a URL with %s for the database
	db() { printf "$SIT_TEST_PG\n" "$1"; }
	createdb estate
	sit-db init --db "$(db estate)" >/dev/null
	sit-model add meter --db "$(db estate)"
	gen datapoints | sit-datapoint add --file - --db "$(db estate)"
	gen -d "$PG_DEVICES" devices | sit-device add --file - --db "$(db estate)"
	createdb rows
	for ((i = 1; i <= runs; i++)); do
		dropdb --if-exists ours 2>/dev/null
		createdb -T estate ours
		psql -qX -d rows -c 'DROP TABLE IF EXISTS p; CREATE TABLE p (series BIGINT, ts BIGINT, value DOUBLE PRECISION, PRIMARY KEY (series, ts))' 2>/dev/null
		# Neither pays for writing out what was made before it.
		psql -qX -U super -d rows -c CHECKPOINT
		pg_meter "$work/t/pg_ingest" sit-ingest --db "$(db ours)" "$work/in.jsonl"
		psql -qX -U super -d rows -c CHECKPOINT
		pg_meter "$work/t/pg_copy" psql -qX -d rows -c "\\copy p FROM $work/ids.csv CSV"
	done
	sit-db stats --db "$(db ours)" -f jsonl | jq .points >"$work/pg_stored"
	sit-db compact --db "$(db ours)" >/dev/null
	# What was deleted stays in the files until it is used again; the table that was copied has nothing of that kind.
	psql -qX -U super -d ours -c 'VACUUM FULL main.point_run' -c 'VACUUM FULL main.chunk' -c 'VACUUM FULL main.latest'
	psql -qAtX -d rows -c "SELECT pg_total_relation_size('p')" >"$work/pg_rows"
	# With partitions, where there are some; names of series are not in the other table either.
	psql -qAtX -U super -d ours -c "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'main'::regnamespace
		AND relname ~ '^(point_run|chunk|lane|latest)'" >"$work/pg_bytes"
}

part_postgres() {
	if ! command -v initdb >/dev/null && ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
		tell 'no Postgres server here (make deps): its rows are left out'
		return
	fi
	say 'Postgres'
	[[ -e $work/in.jsonl ]] || gen -d "$devices" -m "$minutes" messages >"$work/in.jsonl"
	gen -d "$devices" -m "$minutes" ids >"$work/ids.csv"
	PG_DEVICES=$devices tests/with-postgres bash tests/bench/postgres.bash "$work" "$runs"
	(($(<"$work/pg_stored") == points)) || { tell "Postgres: $(<"$work/pg_stored") points stored of $points"; exit 1; }
	wall "Postgres: ingest of JSON Lines, $points points, $((devices * 10)) series" pg_ingest pg_copy 'COPY into a table, primary key (series, ts)' '>=' 3
	row 'Postgres: bytes a point, after compact and VACUUM FULL' B "$points" "[$(<"$work/pg_bytes")]" "[$(<"$work/pg_rows")]" 'that table and its index' '<=' 0.03
	rm -f "$work/ids.csv"
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
	set -euo pipefail
	pg_measure "$@"
fi
