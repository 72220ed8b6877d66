# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2046,SC2119,SC2120 # words without blanks
# For bats files about a broker that sit-broker drives: `load ../driven` behind ../helpers. A real mosquitto in $dir, with a Unix socket and port $port.

# broker_given: names for what a test uses.
broker_given() {
	dir=$BATS_TEST_TMPDIR/b
	port=$(free_port)
	bundles=$BATS_TEST_TMPDIR/bundles
	mkdir -p "$bundles"
}

teardown() {
	jobs -p | xargs -r kill 2>/dev/null || true # who still listens
	stop_broker
	[[ ! -e $BATS_TEST_TMPDIR/places ]] || xargs -n 1 dropdb --if-exists --force <"$BATS_TEST_TMPDIR/places"
}

# A port that nobody listens on.
free_port() {
	local p
	while p=$((20000 + RANDOM % 20000)); do
		(exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null || break
	done
	echo "$p"
}

# eventually COMMAND...: until it is true, two minutes at most.
eventually() {
	local end=$((SECONDS + 120))
	until "$@"; do
		((SECONDS < end)) || explain "not within two minutes: $*"
		sleep 0.05
	done
}

loaded() {
	[[ $(sit-broker status -f jsonl 2>/dev/null | jq .loaded) == true ]]
}

# start_broker [OPTION...]: sit-broker run in the background, once it lets in who is in its files.
start_broker() {
	sit-broker run --dir "$dir" "$@" >"$BATS_TEST_TMPDIR/broker.log" 2>&1 3>&- &
	runner=$!
	eventually loaded
}

# stop_broker [SIGNAL]: and what it drives.
stop_broker() {
	[[ -n ${runner-} ]] || return 0
	kill "-${1:-TERM}" "$runner" 2>/dev/null || true
	wait "$runner" 2>/dev/null || true
	runner=
}

# login NAME [OPTION...]: a login for the device, its bundle in NAME.json.
login() {
	sit-device credential add "$1" -q -o "$bundles/$1.json" --url "mqtt://127.0.0.1:$port" "${@:2}"
}

# as NAME: options of mosquitto_pub and mosquitto_sub that log in as that bundle says.
as() {
	local b=$bundles/$1.json
	printf '%s\n' -V 5 -h 127.0.0.1 -p "$port" -u "$(jq -r .username "$b")" -P "$(jq -r .password "$b")"
}

# pub NAME TOPIC [OPTION...]: publish with QoS 1 as NAME; false unless the broker took it.
pub() {
	local said
	said=$(mosquitto_pub $(as "$1") -q 1 -t "$2" "${@:3}" 2>&1) && [[ $said != *'Not authorized'* ]]
}

# may_log_in NAME
may_log_in() {
	mosquitto_pub $(as "$1") -q 1 -t "$(jq -r .topics.telemetry "$bundles/$1.json")" -m x >/dev/null 2>&1
}

# service NAME.ROLE: options that log in as a service, on the Unix socket.
service() {
	printf '%s\n' -V 5 -h "$dir/mqtt.sock" -p 0 --unix "$dir/mqtt.sock" -u "${1%.*}" -P "$(<"$dir/services/$1")"
}
