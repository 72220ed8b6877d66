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

part_rules() {
	say 'rules'
	need_empty
	gen -d $devices -m $minutes messages >"$work/in.jsonl"
	rm -f "$work"/ruled.db*
	cp "$work/empty.db" "$work/ruled.db"
	bench_rules "$work/ruled.db"
	sit-alarm run --db "$work/ruled.db" >/dev/null
	judged_ingest() {
		rm -f "$work"/judged.db*
		cp "$work/ruled.db" "$work/judged.db"
		sync
		timed judged sit-ingest --db "$work/judged.db" "$work/in.jsonl"
	}
	unjudged_ingest() {
		rm -f "$work"/unjudged.db*
		cp "$work/empty.db" "$work/unjudged.db"
		sync
		timed unjudged sit-ingest --db "$work/unjudged.db" "$work/in.jsonl"
	}
	rounds $runs judged_ingest unjudged_ingest
	wall "ingest with 10 alarm rules a series, rate" judged unjudged 'the same without rules' '>=' 0.7
	row 'memory of that' MiB 1024 "$(column 3 judged)" '[]' '' '<=' 96

	compact "$work/judged.db"
	tried() { timed tried sit-rule test r0-voltage-l1 --all --db "$work/judged.db" -o "$work/tried.jsonl" -f jsonl; }
	rounds $runs tried
	local n
	n=$(jq -s 'map(.points) | add' "$work/tried.jsonl")
	row "back-test of $n points, rate" 'million points/s' 1 "$(awk -v n="$n" '{ print n / $1 }' "$work/t/tried" | jq -cs .)" '[]' '' '>=' 5
}
