# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: MIT
# Sourced by bench.sh, behind mqtt.bash: from a message's sending to the line that sit-watch prints of the alarm which it raises or ends, at so many messages
# of ten points a second and with a thousand rules; beside it how long a subscriber that only looks at the time waits for the same messages. Every 101st
# message raises an alarm, which the next one of its device ends.

alarm_seed() {
	need_empty
	gen -d "$devices" -m 101 messages | awk 'NR % 101 == 0 { sub(/"voltage_l1":[0-9.]+/, "\"voltage_l1\":999") } { print }' >"$work/alarm.in"
	gen -d "$devices" -m 1 messages >"$work/alarm.first"
	cp "$work/empty.db" "$work/alarms.db"
	gen -d "$devices" devices | jq -c '{name: "high-\(.name)", device: .name, datapoint: "voltage_l1", condition: "gt", threshold: "900"}' |
		sit-rule add --file - --db "$work/alarms.db"
}

# Jiffies so far: taken by the host while a process wanted to run, and all.
taken() { awk '$1 == "cpu" { print $9, $2 + $3 + $4 + $5 + $6 + $7 + $8 + $9 }' /proc/stat; }

# delays FILE NAME: median, 99th percentile and longest of them, and how many percent of the processors' time the host took since $alarm_taken: a line of
# figures as column() takes them.
delays() {
	local stolen
	stolen=$(awk '{ printf "%.1f", ($4 > $2 ? 100 * ($3 - $1) / ($4 - $2) : 0) }' <<<"$alarm_taken $(taken)")
	sort -n "$1" | awk -v stolen="$stolen" '{ v[NR] = $1 } END { print v[int(NR / 2)], v[int(NR * 0.99)], v[NR], stolen }' >>"$work/t/$2"
}

# undisturbed NAME: of its rounds the one from which the host took least, alone.
undisturbed() {
	sort -s -g -k4,4 "$work/t/$1" | head -n 1 >"$work/t/$1_undisturbed"
}

alarm_counted() {
	mkdir -p "$BROKER_DIR"
	broker_start
	lag count "$BROKER_DIR/socket" $((mqtt_rate * mqtt_seconds)) >"$work/counted" &
	local counter=$!
	mqtt_ready lag
	alarm_taken=$(taken)
	mqtt pace "$BROKER_DIR/socket" "$mqtt_rate" "$mqtt_seconds" <"$work/alarm.in" >"$work/mqtt.pace" 2>&1
	wait "$counter"
	delays "$work/counted" alarm_counted
	mqtt_over
}

alarm_watched() {
	local n=$((2 * (mqtt_rate * mqtt_seconds / 101) - devices / 50 - 2)) lines # the last ones find no end
	mqtt_ingest "$BROKER" "$work/alarms.db"
	mqtt_known "$work/alarm.first"
	mkfifo "$work/alarm.lines"
	lag lines "$n" <"$work/alarm.lines" >"$work/watched" &
	lines=$!
	sit-watch alarms -f jsonl --idle 10s --db "$work/mqtt.db" >"$work/alarm.lines" 2>"$work/mqtt.err" &
	alarm_taken=$(taken)
	mqtt pace "$BROKER_DIR/socket" "$mqtt_rate" "$mqtt_seconds" <"$work/alarm.in" >"$work/mqtt.pace" 2>&1
	wait "$lines"
	delays "$work/watched" alarm_watched
	rm "$work/alarm.lines"
	mqtt_over
}

part_alarms() {
	if [[ -z $mosquitto ]]; then
		tell 'no mosquitto here (make deps): its rows are left out'
		return
	fi
	mqtt_rate=10000 mqtt_seconds=15
	[[ $form != quick ]] || { mqtt_rate=1000 mqtt_seconds=3; }
	alarm_seed
	rounds 5 alarm_counted alarm_watched
	undisturbed alarm_counted
	undisturbed alarm_watched
	local stolen peer='a subscriber that looks at the time'
	stolen=$(awk '{ print $4 }' "$work/t/alarm_watched_undisturbed")
	row "$devices rules, $mqtt_rate messages/s: publish to the alarm's line of sit-watch, p99, in the round from which the host took least ($stolen %)" ms 1000 \
		"$(column 2 alarm_watched_undisturbed)" "$(column 2 alarm_counted_undisturbed)" "$peer" '<=' null
	jq -c '.bar = "<= 10 ms" | .pass = (.ours <= 10)' <(tail -n 1 "$work/rows") >"$work/row"
	sed -i '$d' "$work/rows"
	cat "$work/row" >>"$work/rows"
	stolen=$(column 4 alarm_watched | jq 'sort[length / 2 | floor]')
	row "the same, of all rounds ($stolen %)" ms 1000 "$(column 2 alarm_watched)" "$(column 2 alarm_counted)" "$peer" '<=' null
	row 'the same, median' ms 1000 "$(column 1 alarm_watched)" "$(column 1 alarm_counted)" "$peer" '<=' null
	rm -f "$work"/alarm* "$work"/mqtt.* "$work/counted" "$work/watched"
}
