#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# run.sh [NAME...]: the tests of faults, or those named. FAULT_ROUNDS kills (default 20), FAULT_SEED chooses their moments. Each says "ok NAME".
set -euo pipefail
cd "${BASH_SOURCE[0]%/*}/../.."
build=$PWD/${BUILD:-build}
export PATH=$build/bin:$PATH LC_ALL=C.UTF-8 TZ=UTC
unset SIT_ORG SIT_TZ SIT_FORMAT SIT_NOW SIT_DB
mkdir -p "$build"
work=$(mktemp -d "$build/fault.XXXXXX")
cleanup() {
	local pid
	for pid in $(jobs -p); do
		pkill -P "$pid" 2>/dev/null || true
		kill "$pid" 2>/dev/null || true
	done
	! mountpoint -q "$work/disk" || umount "$work/disk"
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
# shellcheck source=tests/fault/fault.bash
. tests/fault/fault.bash
# shellcheck source=tests/fault/notices.bash
. tests/fault/notices.bash
# shellcheck source=tests/fault/trust.bash
. tests/fault/trust.bash
rounds=${FAULT_ROUNDS:-20}
export FAULT=$build/fault
step=$((rounds >= 200 ? 1 : 7))

killed_at_random() { kills "$rounds" 50; }                # F02
killed_at_calls() { kills_at_calls "$step" 10; }          # F03
file_limit() { full_by_limit 50; }                        # F08
disk_full() { full_disk 50; }                             # F08
compact_killed() { compact_kills "$((rounds * 2))" 50; }  # F02
torn_sectors() { torn $((rounds * 10)) 20; }          # F05
bits_flipped() { flips "$step"; }                      # F15
backups_beside() { backups "$rounds" 20; }                # F22
crowd_for_a_minute() { crowd 60 10; }                     # F20
all_at_once() { together 50 $((rounds * 10)); }           # F20, F15's readers and writers
alarms_killed() { notices "$((rounds > 200 ? rounds : 200))" 3; } # F34
# At least 50 rounds of each: they are what the bar asks for.
postgres() { tests/with-postgres bash tests/fault/postgres.sh "$((rounds > 50 ? rounds : 50))" terminated restarted unanswered; } # F23
brokers() { tests/fault/broker.sh "$((rounds > 200 ? rounds : 200))"; } # F01, F24
brokers_killed() { tests/fault/broker.sh "$((rounds > 50 ? rounds : 50))" kill; } # F24
changes_killed() { audited "$rounds"; }                  # F69
guessing() (guesses "${FAULT_GUESSES:-$((rounds * 20))}")     # F67: FAULT_GUESSES=100000 for a night
answers_take_as_long() (answer_times $((rounds + 1)))     # F67
publisher_gone_mad() { tests/fault/mad.sh "${FUZZ_SECONDS:-60}"; }
names=(killed_at_random killed_at_calls compact_killed torn_sectors bits_flipped file_limit disk_full all_at_once backups_beside crowd_for_a_minute alarms_killed changes_killed guessing answers_take_as_long postgres brokers brokers_killed publisher_gone_mad)

may() {
	case $1 in
	killed_at_calls) strace -o /dev/null true 2>/dev/null ;;
	disk_full) mkdir -p "$work/disk" && mount -t tmpfs -o size=1m fault "$work/disk" 2>/dev/null && umount "$work/disk" ;;
	postgres) command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 ;;
	*) true ;;
	esac
}

bad=0
(($#)) || set -- "${names[@]}"
for name; do
	if ! may "$name"; then
		echo "skip $name: this machine does not let us"
	elif "$name"; then
		echo "ok $name"
	else
		echo "not ok $name"
		bad=1
	fi
done
exit $bad
