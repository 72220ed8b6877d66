#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Kill it, fill the disk, everything at once: what was reported stored is there, once. Small forms of `make fault`.
load ../helpers
load ../fault/fault
load ../fault/notices
load ../fault/trust

given() {
	unset SIT_NOW SIT_DB
	work=$BATS_TEST_TMPDIR
	FAULT=${SIT_FAULT:-${SIT_BIN%/bin}/fault}
}

plain() {
	! sanitized || skip 'not under a sanitizer'
}

@test "killed at a random moment, again and again" {
	kills 5 20
}

@test "changes killed at a random moment: no change without its row in the trail, no row without its change" {
	audited 4
}

@test "compaction killed at a random moment while points go in and are asked for" {
	compact_kills 8 10
}

@test "the power goes: sectors that were not synced are written or not, in any order" {
	plain # the recorder must be the first library
	torn 12 5
}

@test "a flipped bit, wherever it is, is found by check, left out by reads, put aside by merges" {
	flips 401
}

@test "killed at a system call that writes" {
	plain # LeakSanitizer does not run under ptrace
	strace -o /dev/null true 2>/dev/null || skip "no strace here"
	kills_at_calls 29 5
}

@test "files that cannot grow: one line, exit 5, nothing lost, and it goes on when there is room" {
	full_by_limit 10
}

@test "two ingests of the same points, questions and checks at once: nobody sees an error" {
	together 20 40
}

@test "backups beside a running ingest: each restores, with all that was reported before it and a beginning of what came" {
	backups 4 5
}

@test "two ingests, questions, compaction and backups for five seconds: nobody sees an error" {
	crowd 5 5
}

@test "alarms that time raises, and who tells of them, killed at random moments: each is told of once" {
	notices 4 2
}
