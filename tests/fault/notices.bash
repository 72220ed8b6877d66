# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: MIT
# Alarms that time alone decides, and telling of them, killed at random moments. Sourced by run.sh (make fault) and by tests/cli/fault.bats.

notice_store() { # FILE DEVICES
	rm -f "$1" "$1"-* "$1".*
	sit-db init --test --db "$1" >/dev/null
	sit-model add pump
	sit-datapoint add bar model=pump
	seq -f '{"name":"p-%g","model":"pump"}' "$2" | sit-device add --file -
	sit-rule add high model=pump datapoint=bar condition=gt threshold=5 for=5m
	# shellcheck disable=SC2016
	printf '#!/bin/sh\njq -c --arg token "$SIT_TOKEN" "{token: \\$token, record}" >>"%s"\n' "$work/told" >"$work/tell"
	chmod +x "$work/tell"
	: >"$work/told"
	sit-notify channel add desk type=exec command="[\"$work/tell\"]"
	sit-notify route add all channel=desk
}

# killed_while COMMAND...: it is killed at a random moment of the time that it may take, in $took[first word]; 0 when it was.
declare -A took
killed_while() {
	local us=$((RANDOM * ${took[$1]:=30000} / 32768)) rc=0 pid
	"$@" >/dev/null 2>&1 &
	pid=$!
	sleep "$(printf '%d.%06d' $((us / 1000000)) $((us % 1000000)))"
	kill -KILL "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || rc=$?
	((rc == 137)) || took[$1]=$((took[$1] * 3 / 4 + 1000))
	((rc != 137)) || took[$1]=$((took[$1] * 21 / 20))
	((rc == 137))
}

values() { # VALUE DEVICES
	seq -f '{"device":"p-%g","datapoint":"bar","value":'"$1"',"ts":"'"$SIT_NOW"'"}' "$2" | sit-ingest
}

# notices ROUNDS DEVICES: of each alarm of each round there is one row, raised when its five minutes were over, and one token by which it was told; none is missing.
notices() {
	local rounds=$1 devices=$2 i alarms=0 senders=0 base=1767225600
	local -x SIT_DB=$work/notices.db SIT_NOW=
	at() { SIT_NOW=$(date -u -d "@$((base + $1))" +%FT%TZ); }
	at 0
	notice_store "$SIT_DB" "$devices"
	# More rounds, while too few were killed in the middle.
	for ((i = 0; i < rounds || (i < 5 * rounds && (alarms * 3 < rounds || senders * 3 < rounds)); i++)); do
		at $((i * 1200 + 60))
		values 9 "$devices"
		at $((i * 1200 + 360))
		! killed_while sit-alarm run || alarms=$((alarms + 1))
		sit-alarm run >/dev/null
		at $((i * 1200 + 420))
		! killed_while sit-notify run || senders=$((senders + 1))
		at $((i * 1200 + 660))
		values 1 "$devices"
	done
	((alarms * 3 >= rounds && senders * 3 >= rounds)) || { fail "of $i rounds $alarms killed sit-alarm and $senders sit-notify while it ran"; return; }
	rounds=$i
	for ((i = 0; i < 3; i++)); do
		at $(((rounds + i) * 1200))
		sit-notify run
	done
	notices_right "$rounds" "$devices"
}

notices_right() { # ROUNDS DEVICES
	local all=$(($1 * $2)) rows
	rows=$(sqlite3 "$SIT_DB" "SELECT COUNT(*), COUNT(DISTINCT device_id || ' ' || raised), COUNT(CASE WHEN raised / 1000000 % 1200 = 360 THEN 1 END), COUNT(cleared) FROM alarm")
	[[ $rows == "$all|$all|$all|$all" ]] || { fail "alarms, different ones, at their time, over: $rows of $all"; return; }
	rows=$(jq -r 'select(.record.change == "raised") | "\(.record.alarm) \(.token)"' "$work/told" | sort -u |
		awk '{ token[$1]++ } END { for (a in token) { n++; if (token[a] > 1) twice++ } print n + 0, twice + 0 }')
	[[ $rows == "$all 0" ]] || { fail "told of, told of by two tokens: $rows of $all alarms"; return; }
	rows=$(sit-notify history state=waiting,sending,dead -f jsonl | wc -l)
	((rows == 0)) || fail "$rows notices were not delivered"
	sit-db check >"$work/check" 2>&1 || fail "sit-db check at the end: $(head -n 1 "$work/check")"
	echo "$all alarms told of; $(($(wc -l <"$work/told"))) messages in all" >"$work/notices"
}
