# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: MIT
# The rows of MQTT: sit-ingest beside a subscriber that only counts, the same filter, QoS and kind of session, each with a broker of its own that begins
# empty; publisher, broker and subscriber share the machine. Then what passes between sending a message and the acknowledgement of it that sit-ingest
# sends once it is committed, at so many messages a second. bench.sh sources this and runs part_mqtt.

BROKER_DIR=$work/broker
# shellcheck source=tests/broker.bash
. tests/broker.bash
mqtt_pid=
mqtt_over() {
	# Asked, not killed: the shell has nothing to say of it then.
	[[ -z $mqtt_pid ]] || kill "$mqtt_pid" 2>/dev/null || true
	[[ -z $mqtt_pid ]] || wait "$mqtt_pid" || true
	mqtt_pid=
	broker_stop
	rm -rf "$BROKER_DIR"
}

mqtt_ready() { # CLIENT
	until_true 10 broker_knows "$1" || { tell "$1 does not subscribe"; exit 1; }
}

# An empty broker and store, or a copy of one; sit-ingest at work over the URL.
mqtt_ingest() { # URL [STORE]
	mkdir -p "$BROKER_DIR"
	[[ -e $BROKER_DIR/pid ]] || broker_start
	rm -f "$work"/mqtt.db*
	cp "${2-$work/empty.db}" "$work/mqtt.db"
	sit-ingest -q --db "$work/mqtt.db" "$1" --topic 'sit/default/+/telemetry' 2>"$work/mqtt.err" &
	mqtt_pid=$!
	mqtt_ready sit-ingest-default
}

# A line of wall time as timed() has it: from the first message's leaving to the moment that the command after NAME prints.
mqtt_times() { # NAME BEGIN END
	printf '%d 0 0\n' $(($(<"$3") - $(<"$2"))) >>"$work/t/$1"
}

# The devices and their series are there, and what is known of them is read, before the time counts.
mqtt_known() { # MESSAGES: one of each device
	mqtt publish "$BROKER_DIR/socket" 1 <"$1" >/dev/null
	until_true 30 eval "(( \$(sqlite3 '$work/mqtt.db' 'SELECT COALESCE(SUM(stored), 0) FROM ledger') == $devices * 10 ))"
}

mqtt_stored() { # QOS
	mqtt_ingest "$BROKER"
	mqtt stored "$work/mqtt.db" $((mqtt_messages * 10)) >"$work/mqtt.end" &
	local end=$!
	mqtt publish "$BROKER_DIR/socket" "$1" <"$work/mqtt.in" >"$work/mqtt.begin"
	wait "$end"
	mqtt_times "mqtt_stored_$1" "$work/mqtt.begin" "$work/mqtt.end"
	mqtt_over
}

mqtt_counted() { # QOS
	mkdir -p "$BROKER_DIR"
	broker_start
	mqtt count "$BROKER_DIR/socket" "$1" "$mqtt_messages" >"$work/mqtt.end" &
	local end=$!
	mqtt_ready counter
	mqtt publish "$BROKER_DIR/socket" "$1" <"$work/mqtt.in" >"$work/mqtt.begin"
	wait "$end"
	mqtt_times "mqtt_counted_$1" "$work/mqtt.begin" "$work/mqtt.end"
	mqtt_over
}

# mqtt_pass NAME: messages at the pace, while a subscriber that goes through the socket "between" is at work: of the delays of their acknowledgements the
# median, the 99th percentile and the longest, counted from when they were due to be sent, then from when they were.
mqtt_pass() {
	mqtt pace "$BROKER_DIR/socket" "$mqtt_rate" "$mqtt_seconds" <"$work/mqtt.in" >"$work/mqtt.pace"
	wait "$mqtt_delay"
	local which
	for which in due sent; do
		awk -v which=$which 'NR == FNR { sent[$1] = $2; next } { print $2 - (which == "due" ? $1 : sent[$1]) }' "$work/mqtt.pace" "$work/mqtt.delay" |
			sort -n | awk '{ v[NR] = $1 } END { printf "%d %d %d ", v[int(NR / 2) + 1], v[int(NR * 0.99) + 1], v[NR] }' >>"$work/t/$1"
	done
	echo >>"$work/t/$1"
}

mqtt_between() {
	mkdir -p "$BROKER_DIR"
	broker_start
	mqtt delay "$BROKER_DIR/socket" "$BROKER_DIR/between" $((mqtt_rate * mqtt_seconds)) >"$work/mqtt.delay" &
	mqtt_delay=$!
	until_true 10 test -S "$BROKER_DIR/between"
}

mqtt_delay_stored() {
	mqtt_between
	mqtt_ingest "mqtt+unix://$BROKER_DIR/between"
	mqtt_known "$work/mqtt.first"
	mqtt_pass mqtt_delay_stored
	mqtt_over
}

mqtt_delay_counted() {
	mqtt_between
	mqtt count "$BROKER_DIR/between" 1 $((mqtt_rate * mqtt_seconds)) >"$work/mqtt.end" &
	mqtt_pid=$!
	mqtt_ready counter
	mqtt_pass mqtt_delay_counted
	mqtt_over
}

mqtt_stored_0() { mqtt_stored 0; }
mqtt_stored_1() { mqtt_stored 1; }
mqtt_counted_0() { mqtt_counted 0; }
mqtt_counted_1() { mqtt_counted 1; }

part_mqtt() {
	if [[ -z $mosquitto ]]; then
		tell 'no mosquitto here (make deps): its rows are left out'
		return
	fi
	need_empty
	mqtt_messages=$((devices * minutes * 2)) mqtt_rate=10000 mqtt_seconds=10
	# The end, when nothing comes any more and the last is committed, is to weigh nothing beside the rest.
	[[ $form != quick ]] || { mqtt_messages=$((devices * minutes * 5)) mqtt_rate=1000 mqtt_seconds=1; }
	gen -d "$devices" -m $((mqtt_messages / devices)) messages >"$work/mqtt.in"
	head -n "$devices" "$work/mqtt.in" >"$work/mqtt.first"
	rounds "$runs" mqtt_counted_0 mqtt_stored_0 mqtt_counted_1 mqtt_stored_1
	rounds 3 mqtt_delay_counted mqtt_delay_stored
	for q in 0 1; do
		row "MQTT, QoS $q: $mqtt_messages messages of 10 points published, until all are stored" ms 1000 "$(column 1 mqtt_stored_$q)" \
			"$(column 1 mqtt_counted_$q)" 'a subscriber that only counts' '>=' 0.95
	done
	row "MQTT, QoS 1, $mqtt_rate messages/s: publish to acknowledged after commit, p99" ms 1000 "$(column 2 mqtt_delay_stored)" '[]' '' '<=' 20
	row 'the same, from when it really left' ms 1000 "$(column 5 mqtt_delay_stored)" "$(column 5 mqtt_delay_counted)" 'a subscriber that only counts' '<=' null
	row 'the same, beside that' ms 1000 "$(column 2 mqtt_delay_stored)" "$(column 2 mqtt_delay_counted)" 'a subscriber that only counts' '<=' null
	row 'the same, median' ms 1000 "$(column 1 mqtt_delay_stored)" "$(column 1 mqtt_delay_counted)" 'a subscriber that only counts' '<=' null
	rm -f "$work"/mqtt.*
}
