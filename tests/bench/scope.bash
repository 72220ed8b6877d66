# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: MIT
# What the tenant scope and the ledger cost: the programs beside the same ones linked without them (unscoped.c, unbooked.c). Sourced by bench.sh, whose parts ingest and query make the stores.

ingest_by() { # NAME PROGRAM
	rm -f "$work"/ours.db*
	cp "$work/empty.db" "$work/ours.db"
	sync
	timed "$1" "$2" --db "$work/ours.db" "$work/in.jsonl"
}
unscoped_ingest() { ingest_by unscoped_ingest unscoped-sit-ingest; }
unbooked_ingest() { ingest_by unbooked_ingest unbooked-sit-ingest; }
scoped_ingest() { ingest_by scoped_ingest sit-ingest; }
scoped_raw() { timed scoped_raw sit-query "${month[@]}" -f csv --no-header --columns ts,value >"$work/raw.ours"; }
unscoped_raw() { timed unscoped_raw unscoped-sit-query "${month[@]}" -f csv --no-header --columns ts,value >"$work/raw.rows"; }
scoped_rollup() { timed scoped_rollup sit-query '*' '*' --all --db "$work/q.db" -f csv --every 1h --agg avg,min,max,count >"$work/hour.ours"; }
unscoped_rollup() {
	timed unscoped_rollup unscoped-sit-query '*' '*' --all --db "$work/q.db" -f csv --every 1h --agg avg,min,max,count >"$work/hour.rows"
}
part_scope() {
	rounds $((runs < 5 ? runs : 5)) scoped_ingest unscoped_ingest unbooked_ingest scoped_rollup unscoped_rollup
	rounds $((runs * 2 + 1)) scoped_raw unscoped_raw
	cmp -s "$work/raw.ours" "$work/raw.rows" && cmp -s "$work/hour.ours" "$work/hour.rows" || { tell 'answers differ without the scope'; exit 1; }
	wall 'scope: ingest of JSON Lines' scoped_ingest unscoped_ingest 'the same without it' '<=' 1.1
	wall 'the ledger: ingest of JSON Lines' scoped_ingest unbooked_ingest 'the same without it' '<=' 1.1
	wall "scope: $days days of minutes of a series" scoped_raw unscoped_raw 'the same without it' '<=' 1.1
	wall 'scope: the hourly rollup' scoped_rollup unscoped_rollup 'the same without it' '<=' 1.1
	rm -f "$work"/*.ours "$work"/*.rows
}
