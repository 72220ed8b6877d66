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
