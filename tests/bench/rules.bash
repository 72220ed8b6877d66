# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Sourced by bench.sh: what alarm rules cost where points come in, and how fast they are tried over what was stored.

# Ten rules a series, of the kinds that meters have; none of them finds anything, as is usual.
bench_rules() { # DB
	gen datapoints | jq -c '.name as $d | range(10) | {name: "r\(.)-\($d | gsub("_"; "-"))", model: "meter", datapoint: $d}
		+ ([{condition: "gt", threshold: "1e9"}, {condition: "lt", threshold: "-1e9"}, {condition: "outside", threshold: "-1e9..1e9"},
			{condition: "gt", threshold: "1e9", clear: "9e8", for: "5m"}, {condition: "no_data", threshold: "30d"}][. % 5])' |
		sit-rule add --file - --db "$1"
}

# judged DEVICES MINUTES BAR: rules that were there before the points, as they mostly are.
judged() {
	local -x SIT_NOW=2025-12-31T00:00:00Z
	gen -d "$1" -m "$2" messages >"$work/in.jsonl"
	rm -f "$work"/{unruled,ruled}.db*
	sit-db init --test --db "$work/unruled.db" >/dev/null
	sit-model add meter --db "$work/unruled.db"
	gen datapoints | sit-datapoint add --file - --db "$work/unruled.db"
	gen -d "$1" devices | sit-device add --file - --db "$work/unruled.db"
	cp "$work/unruled.db" "$work/ruled.db"
	bench_rules "$work/ruled.db"
	sit-alarm run --db "$work/ruled.db" >/dev/null
	SIT_NOW=2026-01-10T00:00:00Z
	ingest_ruled() { judged_ingest ruled; }
	ingest_unruled() { judged_ingest unruled; }
	rounds $runs ingest_ruled ingest_unruled
	wall "ingest with 10 alarm rules a series, $(($1 * 10)) series of $2 points, rate" ruled unruled 'the same without rules' '>=' "$3"
	row 'memory of that' MiB 1024 "$(column 3 ruled)" '[]' '' '<=' 96
	rm "$work"/t/{ruled,unruled}
}

judged_ingest() { # WHICH
	rm -f "$work"/judged.db*
	cp "$work/$1.db" "$work/judged.db"
	sync
	timed "$1" sit-ingest --db "$work/judged.db" "$work/in.jsonl"
}

part_rules() {
	say 'rules'
	judged $devices $minutes 0.7
	judged $((devices / 10)) $((minutes * 20)) 0.7
	judged_ingest ruled
	compact "$work/judged.db"
	tried() { timed tried sit-rule test r0-voltage-l1 --from 2000-01-01 --db "$work/judged.db" -o "$work/tried.jsonl" -f jsonl; }
	rounds $runs tried
	local n
	n=$(jq -s 'map(.points) | add' "$work/tried.jsonl")
	row "back-test of $n points, rate" 'million points/s' 1 "$(awk -v n="$n" '{ print n / $1 }' "$work/t/tried" | jq -cs .)" '[]' '' '>=' 5
}
