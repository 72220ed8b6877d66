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
	# A history that is long enough for the start of the process not to count: of one datapoint, which is what a rule looks at.
	rm -f "$work"/judged.db*
	cp "$work/ruled.db" "$work/judged.db"
	awk -v devices=$((devices / 100)) -v minutes=$((minutes * 1000)) 'BEGIN {
		srand(1)
		for (m = 0; m < minutes; m++)
			for (d = 1; d <= devices; d++)
				printf "{\"device\":\"meter-%04d\",\"ts\":%d,\"datapoint\":\"voltage_l1\",\"value\":%.1f}\n", d, 1767225600 + 60 * m, 230 + 8 * sin(m / 700 + d) + rand()
	}' | sit-ingest --db "$work/judged.db"
	compact "$work/judged.db"
	for rule in r0 r3; do
		tried() { timed "tried_$rule" sit-rule test "$rule-voltage-l1" --from 2000-01-01 --db "$work/judged.db" -o "$work/tried.jsonl" -f jsonl; }
		rounds $runs tried
	done
	local n
	n=$(jq -s 'map(.points) | add' "$work/tried.jsonl")
	for rule in r0 r3; do
		row "back-test of $n points, rate, a rule of kind $rule" 'million points/s' 1 "$(awk -v n="$n" '{ print n / $1 }' "$work/t/tried_$rule" | jq -cs .)" '[]' '' '>=' 5
	done
}
