#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A device that invents names, devices that are invented: memory does not grow with them, nor time with their square.
load ../helpers
load faults

given() {
	T=$BATS_TEST_TMPDIR
	estate
}

@test "names and devices, refused or made" {
	n=$((1000 * ${FAULT_ROUNDS:-1000}))
	invent_names "$n" >"$T/names"
	invent_devices "$((n / 10))" >"$T/devices"
	for o in '' '--auto-create plant'; do
		for f in names devices; do
			# shellcheck disable=SC2086 # an option and its value, or none
			kib=$(peak_kib sit-ingest -q $o "$T/$f")
			echo "# $f $o: $kib KiB" >&3
			((kib < 64 * 1024)) || explain "$f $o: $kib KiB"
		done
	done
}
