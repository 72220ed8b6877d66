#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
load ../helpers

@test "sit-NAME does what it does" {
	new_store
	try sit-NAME
	want 0
	silent_stderr
}
