#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Secrets: planted wherever they may be given, found nowhere.
load ../helpers

given() {
	! sanitized || skip 'the library that looks must be the first one'
	strace -o /dev/null true 2>/dev/null || skip 'no strace here'
	export SIT_FAULT=${SIT_FAULT:-${SIT_BIN%/bin}/fault}
}

@test "keys, passwords, private keys and passwords in URLs: in no argv, output, trail, log, sink, temporary file; wiped from memory; no core" {
	run "$top/tests/scope/canary.py" "$BATS_TEST_TMPDIR/canary"
	want 0
	[[ ${lines[-1]} == *' calls, 0 findings' ]]
	((${lines[-1]%% *} > 150))
}

# What that test is worth.
@test "a secret that is printed is a finding, and one that is left in memory" {
	CANARY_MUTANT=print run -1 "$top/tests/scope/canary.py" "$BATS_TEST_TMPDIR/print" sit-site
	[[ $output == *'sit-site list'*': secret 1 is in what it says on standard error'* ]]
	[[ $output == *'secret 1 is in the argv of a process, or a write'* ]]
	CANARY_MUTANT=keep run -1 "$top/tests/scope/canary.py" "$BATS_TEST_TMPDIR/keep" sit-site
	[[ $output == *'left in memory: sit-site 1 '* ]]
}
