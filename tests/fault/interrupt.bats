#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Calls that are interrupted, reads and writes of one byte: every program gives the same bytes.
load ../helpers
load faults

given() {
	T=$BATS_TEST_TMPDIR
	estate
}

@test "every program that lists" {
	for p in $(programs); do
		disturbed "$p" --help
		disturbed "$p" --describe
	done
	for p in org site asset device gateway model product policy group field datapoint quarantine; do
		disturbed "sit-$p" list
		disturbed "sit-$p" list -f table
	done
	for c in check stats; do
		disturbed sit-db "$c"
	done
	disturbed sit-query meter-1 v --all
	disturbed sit-latest
}
