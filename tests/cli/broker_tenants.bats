#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2046,SC2119,SC2120 # words without blanks
# Two organisations on one broker: whatever a device of one tries, nothing of it enters the other, and nothing of the other is heard.
load ../helpers
load ../driven

given() {
	new_store
	broker_given
	sit-org add red parent=default
	sit-org add blue parent=default
	for org in red blue; do
		sit-gateway add gw -O $org
		sit-device add dev -O $org
		sit-device add other -O $org
		for who in gw dev; do
			sit-device credential add $who -O $org -q --url "mqtt://127.0.0.1:$port" -o "$bundles/$org-$who.json"
		done
	done
	start_broker --listen "127.0.0.1:$port"
	sit-broker sync
	# shellcheck disable=SC2207 # words without blanks
	red_dev=($(as red-dev)) red_gw=($(as red-gw))
	tries=0
	heard=$BATS_TEST_TMPDIR/heard
	mosquitto_sub $(service sit-ingest.ingest) -i monitor -t '#' -v >"$heard" 3>&- &
	eventually monitored
}

# The monitor hears what is allowed.
monitored() {
	mosquitto_pub $(as blue-dev) -q 1 -t sit/blue/dev/status -m ready && [[ -s $heard ]]
}

# enter NAME TOPIC [OPTION...]: one attempt to say something; not more than ten at a time.
enter() {
	local -n who=${1/-/_}
	if ((++tries % 10 == 0)); then
		wait "${attempts[@]}" || true
		attempts=()
	fi
	mosquitto_pub "${who[@]}" -q 1 -t "$2" -m intruder "${@:3}" >/dev/null 2>&1 3>&- &
	attempts+=($!)
}

@test "nothing enters in more than 500 attempts, and nothing is heard" {
	attempts=()
	# What blue may hear, heard by blue: one message at the end, and none before it. Its session is there before and after.
	mosquitto_sub $(as blue-dev) -t sit/blue/dev/command -t sit/blue/dev/config -v >"$BATS_TEST_TMPDIR/blue" 3>&- &
	listens() { mosquitto_pub $(service sit-command.command) -q 1 -t sit/blue/dev/command -m ready && [[ -s $BATS_TEST_TMPDIR/blue ]]; }
	eventually listens
	# Red listens to everything it can think of, meanwhile, also as shared subscriptions, also under the other's client id.
	filters=('#' '+/#' 'sit/#' 'sit/+/+/telemetry' 'sit/blue/#' 'sit/blue/+/+' 'sit/blue/dev/command' 'sit/blue/dev/command/ack' 'sit/+/dev/command'
		'sit/+/+/#' '+/+/+/+' '+/blue/#' '/#' 'sit-probe/#' '$SYS/#' '$SYS/broker/clients/connected' '$share/g/#' '$share/g/sit/blue/#' '$share/g/$SYS/#'
		'sit/blue/gw/+/telemetry' 'sit/red/other/command' 'sit/red/other/#')
	for who in red-dev red-gw; do
		for id in "$who" "$(jq -r .client_id "$bundles/blue-dev.json")"; do
			opts=()
			for f in "${filters[@]}"; do
				opts+=(-t "$f")
				((++tries))
			done
			mosquitto_sub $(as "$who") -i "$id" "${opts[@]}" -q 1 -v >>"$BATS_TEST_TMPDIR/red" 2>/dev/null 3>&- &
			spies+=($!)
		done
	done
	id=$(jq -r .client_id "$bundles/blue-dev.json") user=$(jq -r .username "$bundles/blue-dev.json") password=$(jq -r .password "$bundles/blue-dev.json")
	for name in red-dev red-gw; do
		for word in telemetry event status location command command/ack config config/ack ota ota/progress script script/log; do
			for thing in blue/dev blue/gw blue/other blue/gw/e1 red/other red/other/e1; do
				enter $name "sit/$thing/$word"
				enter $name "sit/$thing/$word" -r
			done
			enter $name "sit/$word"
			enter $name "sit/blue/$word"
			enter $name "sit/blue/dev/$word/x"
			enter $name "sit//dev/$word"
			enter $name "/sit/blue/dev/$word"
			enter $name "SIT/blue/dev/$word"
			enter $name "sit/blue/../red/dev/$word"
			enter $name "sit/blue/dev/$word" -i "$id"
			enter $name "sit/blue/dev/$word" -u "$user"
			enter $name "sit/blue/dev/$word" -P "$password"
			enter $name "sit/blue/dev/$word" -V 311
		done
		for topic in '$SYS/broker/x' '$share/g/sit/blue/dev/telemetry' sit-probe/a/said sit-probe/b/said; do
			enter $name "$topic"
		done
		for word in '+' '#' 'dev_+' 'dev_#' 'sit/#' 'sit-ingest' 'sit-command' 'sit-probe-a' 'sit-probe-b' ''; do
			enter $name sit/blue/dev/telemetry -u "$word"
		done
		# A last will is said by the broker: of who goes without a word.
		for topic in sit/blue/dev/status sit/blue/gw/status sit/red/other/status; do
			((++tries))
			timeout -s KILL 1 mosquitto_sub $(as $name) -t none --will-topic "$topic" --will-payload intruder >/dev/null 2>&1 3>&- &
			attempts+=($!)
		done
	done
	wait "${attempts[@]}" || true
	((tries >= 500)) || explain "$tries attempts only"
	# The control: what is allowed arrives, once, at whom it is for.
	mosquitto_pub $(service sit-command.command) -q 1 -t sit/blue/dev/config -m control
	mosquitto_pub $(as blue-gw) -q 1 -t sit/blue/gw/e1/telemetry -m control
	mosquitto_pub $(as red-dev) -q 1 -t sit/red/dev/telemetry -m control
	controlled() { [[ $(grep -c control "$BATS_TEST_TMPDIR/blue") == 1 && $(grep -c control "$heard") == 3 ]]; }
	eventually controlled
	kill "${spies[@]}" 2>/dev/null || true
	[[ $(grep -c intruder "$heard" || true) == 0 ]] || explain "entered: $(grep intruder "$heard" | sort | uniq -c)"
	[[ $(grep -c intruder "$BATS_TEST_TMPDIR/blue" || true) == 0 ]]
	[[ $(sort -u "$BATS_TEST_TMPDIR/blue") == $'sit/blue/dev/command ready\nsit/blue/dev/config control' ]] || explain "$(<"$BATS_TEST_TMPDIR/blue")"
	[[ ! -s $BATS_TEST_TMPDIR/red ]] || explain "red heard: $(<"$BATS_TEST_TMPDIR/red")"
	printf '# %d attempts, 0 entries\n' "$tries" >&3
}

@test "what waits for one is not given to another who takes its client id" {
	id=$(jq -r .client_id "$bundles/blue-dev.json")
	mosquitto_sub $(as blue-dev) -i "$id" -c -q 1 -x 86400 -t sit/blue/dev/command -E
	mosquitto_pub $(service sit-command.command) -q 1 -t sit/blue/dev/command -m secret
	try mosquitto_sub $(as red-dev) -i "$id" -c -q 1 -x 86400 -t sit/red/dev/command -W 1
	[[ $output != *secret* ]]
	try mosquitto_sub $(as blue-dev) -i "$id" -c -q 1 -x 86400 -t sit/blue/dev/command -C 1 -W 10
	expect secret
}

@test "one organisation neither sees nor ends the logins of another" {
	login=$(jq -r .username "$bundles/blue-dev.json")
	try sit-device credential list -O red -f jsonl --columns credential
	[[ $output != *"$login"* ]]
	for verb in "revoke $login" "rotate $login --url mqtt://x -o $BATS_TEST_TMPDIR/x"; do
		try sit-device credential $verb -O red
		want 3
		one_line_stderr "no credential \"$login\""
	done
	sit-broker sync
	may_log_in blue-dev
}
