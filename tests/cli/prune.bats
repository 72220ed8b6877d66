#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
load ../helpers

given() {
	new_store
	sit-site add plant
	for d in m-1 m-2; do
		sit-device add "$d" site=plant
		sit-datapoint add v device="$d"
		printf 'ts,v\n2026-01-01T00:00:00Z,1\n2026-01-15T00:00:00Z,2\n2026-02-01T00:00:00Z,3\n' | sit-ingest --as "$d"
	done
}

@test "a dry run counts and changes nothing" {
	try sit-prune --older-than 10d --dry-run
	want 0
	[[ $stderr == *'4 points of 2 series'* ]] || explain counts
	try sit-query '*' v --all
	expect_lines 6
}

@test "older points are gone from every answer, and stay gone" {
	try sit-prune --older-than 10d m-1 --yes
	want 0 && silent_stdout
	try sit-query m-1 v --all
	expect_json .value 3
	try sit-query m-2 v --all
	expect_lines 3
	try sit-db stats
	expect_json '[.points, .oldest]' '[4,"2026-01-01T00:00:00Z"]'
	try sit-ingest --as m-1 v=9 --at 2026-01-02T00:00:00Z
	want 6
	try sit-db compact
	want 0
	try sit-db check
	want 0 && silent_stdout
	try sit-query m-1 v --all
	expect_json .value 3
	[[ $(sit-db sql "SELECT count(*) AS n FROM audit WHERE verb = 'prune'") == '{"n":1}' ]]
}

@test "nobody is asked off a terminal: --yes or nothing" {
	try sit-prune --older-than 10d
	want 2 && one_line_stderr '--yes'
	try sit-prune
	want 2 && one_line_stderr '--older-than'
	try sit-prune --older-than 9w --yes
	want 0 && silent_stderr
}

@test "retention: as long as the tier keeps points, or the organisation says; those below it have their own" {
	sit-prune --retention --yes -v 2>"$BATS_TEST_TMPDIR/said"
	grep -q 'default keeps its points for ever' "$BATS_TEST_TMPDIR/said"
	sit-org add child parent=default tier=enterprise
	sit-device add c --org child
	sit-datapoint add v device=c --org child
	printf 'ts,v\n2024-01-01T00:00:00Z,1\n2025-03-01T00:00:00Z,2\n' | sit-ingest --as c --org child
	sit-org set default tier=free
	SIT_NOW=2026-02-14T00:00:00Z
	try sit-prune --retention --dry-run
	want 0 && [[ $stderr == *'2 points of 2 series'* ]] || explain counts
	try sit-prune --retention --yes
	want 0 && silent_stdout && silent_stderr
	try sit-query m-1 v --all
	expect_json .value 2 3
	try sit-query c v --all --org child
	expect_lines 2
	try sit-audit list verb=prune --columns name,new,message
	expect_json '[.name, .new.floor, .message]' '["m-1","2026-01-15T00:00:00Z","retention of 30d (tier free)"]' \
		'["m-2","2026-01-15T00:00:00Z","retention of 30d (tier free)"]'
	try sit-prune --retention --yes --org child
	try sit-query c v --all --org child
	expect_json .value 2
	sit-org quota default retention=10d
	try sit-org usage default
	expect_json 'select(.what == "retention_days") | [.quota, .from]' '[10,"own"]'
	try sit-limit explain m-1
	expect_json 'select(.over == "prune") | [.window, .from]' '["points of the last 10d","own"]'
	sit-prune --retention --yes m-1
	try sit-query '*' v --all --org default -s plant
	expect_json .value 2 3
	try sit-prune --retention --older-than 1d
	want 2
	try sit-prune --retention --org '*'
	want 2
}
