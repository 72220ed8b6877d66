#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# bench.sh [--quick|--full]: what DESIGN calls performance contracts, each beside a peer in the same run: ours and the peer's take turns, and
# what counts is the median of their ratios. Writes build/bench.json and prints a table (--quick prints only).
# bench.sh --table [FILE]: the rows of build/bench.json as a table of Markdown. BENCH_DEVICES, BENCH_MINUTES, BENCH_QUERY_DEVICES and BENCH_RUNS
# change the sizes, BENCH_PARTS the parts that are run.
#
# Equal durability: our ingest commits with synchronous=FULL, batch by batch; sqlite3 .import runs with its defaults, rollback journal and
# synchronous=FULL, in one transaction; InfluxDB syncs its log on every write, its default.
set -euo pipefail
cd "${BASH_SOURCE[0]%/*}/../.."
build=$PWD/${BUILD:-build}
export PATH=$build/bin:$build/bench:$PATH LC_ALL=C.UTF-8 TZ=UTC
unset SIT_ORG SIT_TZ SIT_FORMAT SIT_NOW SIT_DB
json=${BENCH_JSON:-build/bench.json}

table() {
	jq -r '
		def num: if . == null then "" elif . >= 100 then (. | round | tostring) elif . >= 10 then (. * 10 | round / 10 | tostring)
			else (. * 1000 | round / 1000 | tostring) end;
		"Measured \(.machine.date), \(.machine.cpu), \(.machine.cores) cores, Linux \(.machine.kernel), load \(.machine.load) at the start, \(.form) form.",
		"\(.durability)", "",
		"| what | sit | peer | ratio (min to max) | of processor time | bar |", "|---|---|---|---|---|---|",
		(.rows[] | "| \(.what) | \(.ours | num) \(.unit) | \(if .peer == null then "" else "\(.peer | num) \(.unit): \(.peer_is)" end) | "
			+ (if .ratio == null then "" else "\(.ratio.median | num) (\(.ratio.min | num) to \(.ratio.max | num))" end)
			+ " | \(.cpu_ratio | num) | \(.bar)\(if .pass == null then "" elif .pass then ", met" else ", **not met**" end) |")' "$1"
}

form=normal
case ${1-} in
'') ;;
--quick) form=quick ;;
--full) form=full ;;
--table)
	table "${2:-$json}"
	exit
	;;
*)
	sed -n '3,7s/^# //p' "$0" >&2
	exit 2
	;;
esac

# Of the ingest set; of the query set (minutes of so many days); runs of either side.
case $form in
quick) devices=100 minutes=20 query_devices=1 days=5 runs=3 starts=10 live=10 ;;
normal) devices=1000 minutes=100 query_devices=2 days=30 runs=5 starts=50 live=50 ;;
full) devices=1000 minutes=100 query_devices=20 days=30 runs=7 starts=100 live=300 ;;
esac
# For a machine that is slower, or busy.
deep_devices=100 deep_minutes=2000
devices=${BENCH_DEVICES:-$devices} minutes=${BENCH_MINUTES:-$minutes} runs=${BENCH_RUNS:-$runs} query_devices=${BENCH_QUERY_DEVICES:-$query_devices}
points=$((devices * minutes * 10))

mkdir -p "$build/bench"
work=$(mktemp -d "$build/bench/work.XXXXXX")
load=$(cut -d' ' -f1 /proc/loadavg)
influx_pid='' influx_size=0
cleanup() {
	[[ -z $influx_pid ]] || kill "$influx_pid" 2>/dev/null || true
	mqtt_over
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
say() { [[ ! -t 2 ]] || printf '\r\e[K%s' "$*" >&2; }
tell() {
	say ''
	printf 'bench: %s\n' "$*" >&2
}

# ---- rounds and rows ----

# meter's lines are kept in $work/t/NAME, one a run.
mkdir "$work/t"
: >"$work/rows"
timed() { # NAME COMMAND...
	local name=$1
	shift
	meter "$work/t/$name" "$@"
}

rounds() { # N FUNCTION...: they take turns
	local n=$1 i f
	shift
	for ((i = 1; i <= n; i++)); do
		for f; do
			say "$f, $i of $n"
			"$f" "$i"
		done
	done
}

# column N of the lines of a name, as a JSON array.
column() { awk -v n="$1" '{ print $n }' "$work/t/$2" | jq -cs .; }

# A row out of two lists of figures. WHAT UNIT DIVISOR OURS PEER PEER_IS OP BAR [CPU_RATIO]: the ratio is ours to the peer's, for >= the peer's to ours.
row() {
	jq -cn --arg what "$1" --arg unit "$2" --argjson div "$3" --argjson ours "$4" --argjson peer "$5" --arg peer_is "$6" --arg op "$7" --argjson bar "$8" --argjson cpu "${9-null}" '
		def median: sort | if length % 2 == 1 then .[length / 2 | floor] else (.[length / 2 - 1] + .[length / 2]) / 2 end;
		[range([($ours | length), ($peer | length)] | min) | if $op == ">=" then $peer[.] / $ours[.] else $ours[.] / $peer[.] end] as $r
		| { what: $what, unit: $unit, runs: ($ours | length), ours: (($ours | median) / $div),
			peer: (if ($peer | length) > 0 then ($peer | median) / $div else null end), peer_is: $peer_is,
			ratio: (if ($r | length) > 0 then { median: ($r | median), min: ($r | min), max: ($r | max) } else null end),
			cpu_ratio: $cpu,
			bar: (if $bar == null then "" elif ($r | length) > 0 then "ratio \($op) \($bar)" else "\($op) \($bar) \($unit)" end) }
		| .pass = (if $bar == null then null
			else ((if .ratio != null then .ratio.median else .ours end) as $x | if $op == ">=" then $x >= $bar else $x <= $bar end) end)' >>"$work/rows"
}

# WHAT OURS PEER PEER_IS OP BAR: wall time of two names of timed(), and the median ratio of their processor time, which a busy machine
# changes less; a server's is not known (peer influx).
wall() {
	local cpu=null
	[[ $3 == influx ]] || cpu=$(paste -d' ' "$work/t/$2" "$work/t/$3" | awk '{ print $2 / $5 }' | sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }')
	row "$1" ms 1000 "$(column 1 "$2")" "$(column 1 "$3")" "$4" "$5" "$6" "$cpu"
}

# ---- stores ----

fresh_store() { # FILE DEVICES
	rm -f "$1" "$1"-*
	sit-db init --db "$1" >/dev/null
	sit-model add meter --db "$1"
	gen datapoints | sit-datapoint add --file - --db "$1"
	gen -d "$2" devices | sit-device add --file - --db "$1"
}

compact() {
	! sit-db --describe | jq -e '.verbs[] | select(.name == "compact")' >/dev/null || sit-db compact --db "$1" >/dev/null
}

bytes() { stat -c %s "$1"* | awk '{ n += $1 } END { print n }'; }

import() { # NAME DB SCHEMA CSV [skip]
	timed "$1" sqlite3 "$2" "$3" ".import --csv ${5:+--skip $5} $4 p" </dev/null
}

need_empty() { [[ -e $work/empty.db ]] || fresh_store "$work/empty.db" "$devices"; }

part_ingest() {
	say 'making the input'
	gen -d $devices -m $minutes messages >"$work/in.jsonl"
	gen -d $devices -m $minutes csv >"$work/in.csv"
	need_empty

	ours_ingest() {
		rm -f "$work"/ours.db*
		cp "$work/empty.db" "$work/ours.db"
		sync
		timed ingest sit-ingest --db "$work/ours.db" "$work/in.jsonl"
	}
	sqlite_plain() {
		rm -f "$work"/plain.db*
		sync
		import plain "$work/plain.db" "CREATE TABLE p (ts TEXT, device TEXT, datapoint TEXT, value REAL)" "$work/in.csv" 1
	}
	sqlite_pk() {
		rm -f "$work"/pk.db*
		sync
		import pk "$work/pk.db" "CREATE TABLE p (ts TEXT, device TEXT, datapoint TEXT, value REAL, PRIMARY KEY (device, datapoint, ts)) WITHOUT ROWID" \
			"$work/in.csv" 1
	}

	# shellcheck source=tests/bench/influx.bash
	. tests/bench/influx.bash
	influx=
	if [[ $form != quick ]]; then
		if command -v influxd >/dev/null && command -v curl >/dev/null; then
			influx=influx_ingest
			influx_lines lines $devices $minutes
			influx_start
		else
			tell 'no influxd here (make deps-bench): its rows are left out'
		fi
	fi
	rounds $runs ours_ingest sqlite_plain sqlite_pk ${influx:+"$influx"}
	stored=$(sit-db stats --db "$work/ours.db" -f jsonl | jq .points)
	((stored == points)) || { tell "$stored points stored of $points"; exit 1; }
	wall "ingest of JSON Lines, $points points, $((devices * 10)) series" ingest plain 'sqlite3 .import of the CSV, no index' '<=' 0.40
	wall 'the same' ingest pk 'sqlite3 .import, primary key' '<=' 0.10
	[[ -z $influx ]] || wall 'the same, rate' ingest influx 'InfluxDB 1.6, HTTP, 5,000 lines a write' '>=' 3
	row 'memory of that' MiB 1024 "$(column 3 ingest)" '[]' '' '<=' 96
	if [[ $influx ]]; then
		row 'memory beside InfluxDB' MiB 1024 "[$(column 3 ingest | jq max)]" "[$(influx_memory)]" 'InfluxDB 1.6, the server' '<=' null
	fi
}

part_bytes() {
	say 'compacting'
	compact "$work/ours.db"
	row "bytes a point on disk, $minutes points a series" B "$points" "[$(bytes "$work/ours.db")]" "[$(bytes "$work/pk.db")]" \
		'sqlite3, text columns and primary key' '<=' null
	# A series of a hundred points is no shape that anybody keeps: here each has as many as fill a chunk of ours and a block of InfluxDB's (1,000 points).
	if [[ $influx ]]; then
		say 'the deep set'
		fresh_store "$work/deep.db" $deep_devices
		gen -d $deep_devices -m $deep_minutes messages | sit-ingest --db "$work/deep.db"
		compact "$work/deep.db"
		influx_deep
		influx_stop
		say 'InfluxDB is settling'
		influx_bytes
		row "bytes a point on disk, $deep_minutes points a series" B "$((deep_devices * deep_minutes * 10))" "[$(bytes "$work/deep.db")]" "[$influx_size]" \
			'InfluxDB 1.6, its TSM files' '<=' 0.25
		rm -f "$work"/deep.db*
	fi
}

part_export() {
	ours_export() { timed export sit-export '*' '*' --all --db "$work/ours.db" -f csv --columns device,datapoint,ts,value >"$work/export.csv"; } # -o would sync, too; .once does not
	sqlite_export() { timed dump sqlite3 -csv "$work/pk.db" '.once '"$work/dump.csv" 'SELECT device, datapoint, ts, value FROM p'; }
	rounds $runs ours_export sqlite_export
	[[ $(tail -n +2 "$work/export.csv" | wc -l) == "$points" && $(wc -l <"$work/dump.csv") == "$points" ]] || { tell 'exports differ in length'; exit 1; }
	wall "CSV of $points stored points" export dump 'sqlite3 -csv, text columns' '<=' 0.25
	rm -f "$work/dump.csv" "$work/export.csv"
}

part_pipe() {
	gen -d $devices -m $((minutes / 10)) flat >"$work/flat.jsonl"
	ours_pass() { timed pass sit-export -f csv -o "$work/pass.csv" <"$work/flat.jsonl"; }
	jq_pass() { timed jq_pass jq -r '[.device, .datapoint, .ts, .value] | @csv' "$work/flat.jsonl" >"$work/jq.csv"; }
	mlr_pass() { timed mlr_pass mlr --ijsonl --ocsv cat "$work/flat.jsonl" >"$work/mlr.csv"; }
	mlr=
	[[ $form == quick ]] || ! command -v mlr >/dev/null || mlr=mlr_pass
	rounds $runs ours_pass jq_pass ${mlr:+"$mlr"}
	wall "$((points / 10)) records of JSON Lines to CSV in a pipe" pass jq_pass "jq @csv" '<=' null
	[[ -z $mlr ]] || wall 'the same' pass mlr_pass 'mlr --ijsonl --ocsv cat' '<=' null
}

part_query() {
	say 'making the query set'
	fresh_store "$work/q.db" $query_devices
	gen -d $query_devices -m $((days * 1440)) messages | sit-ingest --db "$work/q.db"
	compact "$work/q.db"
	gen -d $query_devices -m $((days * 1440)) ids >"$work/q.csv"
	sqlite3 "$work/rows.db" 'CREATE TABLE p (series INTEGER, ts INTEGER, value REAL, PRIMARY KEY (series, ts)) WITHOUT ROWID' ".import --csv $work/q.csv p"
	rm "$work/q.csv"

	month=(meter-0001 power_kw --from 2026-01-01 --to 2026-02-01 --tz UTC --db "$work/q.db")
	time_of="strftime('%Y-%m-%dT%H:%M:%SZ', ts / 1000000, 'unixepoch')"
	raw_sql="SELECT $time_of, value FROM p WHERE series = 7 AND ts >= 1767225600000000 AND ts < 1769904000000000"
	epoch_sql=${raw_sql/"$time_of"/ts}
	hour_sql="SELECT strftime('%Y-%m-%dT%H:00:00Z', ts / 1000000, 'unixepoch'), avg(value), min(value), max(value), count(*) FROM p WHERE series = 7
		AND ts >= 1767225600000000 AND ts < 1769904000000000 GROUP BY ts / 3600000000"
	ours_raw() { timed raw sit-query "${month[@]}" -f csv --no-header --columns ts,value >"$work/raw.ours"; }
	sqlite_raw() { timed raw_rows sqlite3 -csv "$work/rows.db" "$raw_sql" >"$work/raw.rows"; }
	sqlite_epoch() { timed raw_epoch sqlite3 -csv "$work/rows.db" "$epoch_sql" >/dev/null; }
	ours_hour() { timed hour sit-query "${month[@]}" -f csv --no-header --every 1h --agg avg,min,max,count >"$work/hour.ours"; }
	sqlite_hour() { timed hour_rows sqlite3 -csv "$work/rows.db" "$hour_sql" >"$work/hour.rows"; }
	rounds $((runs * 2 + 1)) ours_raw sqlite_raw sqlite_epoch ours_hour sqlite_hour
	# The same answers, but for line ends and 230.0: else nothing was compared.
	same() { # OURS PEER COLUMNS
		cmp -s <(cut -d, -f"$3" "$1" | awk -F, -v OFS=, '{ for (i = 2; i <= NF; i++) $i = sprintf("%.9g", $i); print }') \
			<(tr -d '\r' <"$2" | awk -F, -v OFS=, '{ for (i = 2; i <= NF; i++) $i = sprintf("%.9g", $i); print }') ||
			{ tell "answers differ: $1 $2"; exit 1; }
	}
	same "$work/raw.ours" "$work/raw.rows" 1,2
	same "$work/hour.ours" "$work/hour.rows" 1,4-7
	wall "$days days of minutes of a series to CSV" raw raw_rows 'sqlite3 -csv on rows, the same text' '<=' 0.25
	wall 'the same' raw raw_epoch 'sqlite3 -csv on rows, epoch numbers' '<=' null
	wall 'the same by the hour: avg, min, max, count' hour hour_rows 'sqlite3 -csv, GROUP BY on rows' '<=' 0.15

	ours_rollup() { timed rollup sit-query '*' '*' --all --db "$work/q.db" -f csv --every 1h --agg avg,min,max,count >/dev/null; }
	sqlite_rollup() {
		timed rollup_rows sqlite3 -csv "$work/rows.db" \
			"SELECT series, ts / 3600000000, avg(value), min(value), max(value), count(*) FROM p GROUP BY 1, 2" >/dev/null
	}
	rounds $((runs < 5 ? runs : 5)) ours_rollup sqlite_rollup
	wall "hourly rollup of $((query_devices * days * 14400)) points, $((query_devices * 10)) series" rollup rollup_rows 'sqlite3, GROUP BY on rows' '<=' 0.05
}

part_start() {
	ours_start() { timed start sit-latest meter-0001 --db "$work/ours.db" >/dev/null; }
	sqlite_start() { timed start_rows sqlite3 "$work/ours.db" 'SELECT count(*) FROM sqlite_schema' >/dev/null; }
	rounds $starts ours_start sqlite_start
	wall 'start: sit-latest DEVICE' start start_rows 'sqlite3 DB "select count(*) from sqlite_schema"' '<=' 1.2
}

# A batch of one point of each series, five a second.
part_live() {
	need_empty
	say "live for $((live / 5)) s"
	cp "$work/empty.db" "$work/live.db"
	gen -d $devices -m $live -p 200 messages | timed live sit-ingest --db "$work/live.db"
	row "live, $((devices * 10)) series a batch, 5 batches/s: share of one core" % 1 "$(awk '{ print $2 / $1 * 100 }' "$work/t/live" | jq -cs .)" '[]' '' '<=' 5
}

# From files of 10 M points, one at a time: out of a pipe the generator would be measured, too. 250 MB and a store of 60.
part_long() {
	need_empty
	cp "$work/empty.db" "$work/long.db"
	for n in 0 1 2 3 4; do
		say "10 M points, $((n + 1)) of 5"
		gen -d 1000 -m 1000 -s $((n * 1000)) messages >"$work/long.jsonl"
		timed "long$n" sit-ingest --db "$work/long.db" "$work/long.jsonl"
	done
	row 'memory, ingest of 10 M points' MiB 1024 "$(column 3 long0)" '[]' '' '<=' 96
	row 'no decay: the last 10 M of 50 M, rate beside the first 10 M' s 1000000 "$(column 1 long4)" "$(column 1 long0)" 'the first 10 M' '>=' 0.9 \
		"$(paste -d' ' "$work/t/long0" "$work/t/long4" | awk '{ print $2 / $5 }')"
	rm -f "$work"/long.*
}

# shellcheck source=tests/bench/postgres.bash
. tests/bench/postgres.bash

part_demo() {
	say 'the demo'
	DEMO=$work/demo examples/plant/demo.sh >/dev/null 2>&1
	compact "$work/demo/sit.db"
	local n
	n=$(sit-db stats --db "$work/demo/sit.db" -f jsonl | jq .points)
	row "bytes a point, the demo's real data" B "$n" "[$(bytes "$work/demo/sit.db")]" '[]' '' '<=' 3
	# The rest is a page for each table and index, which are empty in it.
	row 'of that, the points' B "$n" \
		"[$(sqlite3 "$work/demo/sit.db" "SELECT sum(pgsize) FROM dbstat WHERE name IN ('chunk', 'sqlite_autoindex_chunk_1', 'point_run')")]" '[]' '' '<=' null
}

# shellcheck source=tests/bench/scope.bash
. tests/bench/scope.bash

# shellcheck source=tests/bench/mqtt.bash
. tests/bench/mqtt.bash

# shellcheck source=tests/bench/alarms.bash
. tests/bench/alarms.bash

# shellcheck source=tests/bench/rules.bash
. tests/bench/rules.bash

# ---- all of it ----

# BENCH_PARTS="live long" runs some; bytes, export, start and scope are of the stores that ingest and query make.
case $form in
quick) parts='ingest bytes export pipe query start scope live rules mqtt alarms' ;;
normal) parts='ingest bytes export pipe query start scope live rules mqtt alarms postgres demo' ;;
full) parts='ingest bytes export pipe query start scope live rules mqtt alarms postgres long demo' ;;
esac
for part in ${BENCH_PARTS:-$parts}; do
	"part_$part"
done

# ---- what came of it ----

say ''
jq -s --arg form "$form" --arg date "$(date -u +%F)" --arg cpu "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" \
	--arg cores "$(nproc)" --arg kernel "$(uname -r)" --arg load "$load" '
	{ machine: { date: $date, cpu: $cpu, cores: ($cores | tonumber), kernel: $kernel, load: $load }, form: $form,
	durability: "Durability: ours synchronous=FULL in every batch; sqlite3 .import with its defaults (rollback journal, FULL), one transaction; InfluxDB syncs its log on every write.",
	rows: . }' "$work/rows" >"$work/bench.json"
table "$work/bench.json"
[[ $form == quick ]] || cp "$work/bench.json" "$json"
