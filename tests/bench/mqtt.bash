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

mqtt_delay() {
	mkdir -p "$BROKER_DIR"
	broker_start
	mqtt delay "$BROKER_DIR/socket" "$BROKER_DIR/between" $((mqtt_rate * mqtt_seconds)) >"$work/mqtt.delay" &
	local end=$!
	until_true 10 test -S "$BROKER_DIR/between"
	mqtt_ingest "mqtt+unix://$BROKER_DIR/between"
	mqtt pace "$BROKER_DIR/socket" "$mqtt_rate" "$mqtt_seconds" <"$work/mqtt.in" 2>"$work/mqtt.pace"
	wait "$end"
	sort -n "$work/mqtt.delay" | awk '{ v[NR] = $1 } END { print v[int(NR / 2)], v[int(NR * 0.99)], v[NR] }' >>"$work/t/mqtt_delay"
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
	[[ $form != quick ]] || { mqtt_rate=1000 mqtt_seconds=1; }
	gen -d "$devices" -m $((minutes * 2)) messages >"$work/mqtt.in"
	rounds "$runs" mqtt_counted_0 mqtt_stored_0 mqtt_counted_1 mqtt_stored_1
	rounds 3 mqtt_delay
	for q in 0 1; do
		row "MQTT, QoS $q: $mqtt_messages messages of 10 points published, until all are stored" ms 1000 "$(column 1 mqtt_stored_$q)" \
			"$(column 1 mqtt_counted_$q)" 'a subscriber that only counts' '>=' 0.95
	done
	row "MQTT, QoS 1, $mqtt_rate messages/s: publish to acknowledged after commit, p99" ms 1000 "$(column 2 mqtt_delay)" '[]' '' '<=' 20
	row 'the same, median' ms 1000 "$(column 1 mqtt_delay)" '[]' '' '<=' null
	rm -f "$work"/mqtt.*
}
