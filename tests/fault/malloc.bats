#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The n-th allocation fails: every n at first, then a sample of all that there are (FAULT_ROUNDS of them).
load ../helpers
load faults

given() {
	T=$BATS_TEST_TMPDIR
	estate
}

step() { echo $((20000 / ${FAULT_ROUNDS:-1000} + 1)); }

@test "readers" {
	starve_reader 1 300 1 sit-latest
	for c in 'sit-device list' 'sit-query meter-1 v --all --every 1h --agg avg' 'sit-latest -f table --sort device' 'sit-db check' \
		'sit-model list -f csv' 'sit-quarantine list' 'sit-group list' 'sit-db stats'; do
		# shellcheck disable=SC2086 # a command with its arguments
		starve_reader 301 40000 "$(step)" $c
	done
}

@test "a device is added whole or not at all" {
	starve_writer 1 300 1
	starve_writer 301 40000 "$(step)"
}

@test "points are stored together or not at all" {
	starve_ingest 1 300 1
	starve_ingest 301 40000 "$(step)"
}
