#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Devices, a broker, sit-ingest, the store: what is published is stored, once; what cannot be is refused with a reason, and its neighbours do not notice.
load ../helpers

given() {
	BROKER_DIR=$BATS_TEST_TMPDIR/broker
	mkdir -p "$BROKER_DIR"
	load ../broker
	ERR=$BATS_TEST_TMPDIR/stderr
	new_store
	sit-site add plant
	sit-gateway add gw-1 site=plant
	sit-gateway add gw-2 site=plant
	sit-device add meter-1 site=plant
	sit-device add sub-3 gateway=gw-1 edge_key=bus/3 site=plant
	sit-device add sub-4 gateway=gw-2 edge_key=bus/4 site=plant
	for d in meter-1 sub-3 sub-4; do sit-datapoint add v device=$d; done
	sit-datapoint add location device=meter-1 type=location
	broker_start
}

teardown() {
	[[ ! ${ingest-} ]] || kill -9 "$ingest" 2>/dev/null || :
	broker_stop KILL
	[[ ! -e $BATS_TEST_TMPDIR/places ]] || xargs -n 1 dropdb --if-exists --force <"$BATS_TEST_TMPDIR/places"
}

starts=0
# begin [OPTION...]: sit-ingest at work; returns when the broker knows what it wants.
begin() {
	sit-ingest -v "${url:-$BROKER}" "$@" 2>>"$ERR" 3>&- &
	ingest=$!
	starts=$((starts + 1))
	until_true 10 broker_knows "${client:-sit-ingest-default}" $starts || { cat "$ERR" >&2; return 1; }
}

# finish: told to stop, it finishes what it has.
finish() {
	kill "$ingest"
	status=0
	wait "$ingest" || status=$?
	ingest=
	stderr=$(cat "$ERR")
}

# shellcheck disable=SC2120
send() { sit-publish -q "$BROKER" "$@"; }
pub() { mosquitto_pub --unix "$BROKER_DIR/socket" -q 1 "$@"; }
# shellcheck disable=SC2120
points() { sit-query "${1:-*}" "${2:-*}" --all -f csv --no-header --columns ts,device,value; }
has_points() { (($(points | wc -l) == $1)); }
ledger() { sql "SELECT first_reason FROM ledger WHERE first_reason IS NOT NULL ORDER BY device_id"; }
refused() { [[ $(sql "SELECT COALESCE(SUM(rejected), 0) FROM ledger") == "$1" ]]; }
online() { [[ $(sql "SELECT s.online FROM device_state s JOIN device d ON d.id = s.device_id WHERE d.name = '$1'") == "$2" ]]; }
said() { grep -qF -- "$1" "$ERR"; }

# A reason is said when the message is read, and in the ledger when its batch is committed.
in_ledger() { [[ $(sql "SELECT first_reason FROM ledger") == *"$1"* ]]; }

at() { printf '{"device":"%s","ts":"2026-01-01T00:00:%02dZ","values":{"v":%s}}\n' "$1" "$2" "$3"; }

@test "published, ingested, asked for" {
	begin
	{ at meter-1 1 230.1; at meter-1 2 230.2; } | send
	printf '{"gateway":"gw-1","edge_key":"bus/3","ts":"2026-01-01T00:00:03Z","values":{"v":7}}\n' | send
	until_true 10 has_points 3
	finish
	want 143
	[[ $stderr == *'read 3 = stored 3 '* ]] || explain "the books"
	run points
	expect '2026-01-01T00:00:01Z,meter-1,230.1
2026-01-01T00:00:02Z,meter-1,230.2
2026-01-01T00:00:03Z,sub-3,7'
	[[ $(sql "SELECT source, exit FROM run") == "$BROKER|"* ]]
}

@test "own shapes under a topic: points, messages, arrays of both, the edge key in the body" {
	begin
	pub -t sit/default/meter-1/telemetry -m '[{"ts":1,"datapoint":"v","value":1},{"ts":2,"values":{"v":2}}]'
	pub -t sit/default/gw-1/telemetry -m ' {"edge_key":"bus/3","ts":3,"values":{"v":3}} '
	until_true 10 has_points 3
	run points
	expect '1970-01-01T00:00:01Z,meter-1,1
1970-01-01T00:00:02Z,meter-1,2
1970-01-01T00:00:03Z,sub-3,3'
}

@test "whatever comes while it is away waits at the broker" {
	begin
	finish
	at meter-1 1 1 | send
	begin
	until_true 10 has_points 1
}

@test "a device that sends too much waits in quarantine, whatever its policy says of delay: nobody waits behind it" {
	sit-policy add slow message_rate=2
	sit-device set meter-1 policy=slow
	begin
	for i in 1 2 3 4; do at meter-1 $i $i; done | send
	printf '{"gateway":"gw-1","edge_key":"bus/3","ts":"2026-01-01T00:00:03Z","values":{"v":7}}\n' | send
	until_true 10 has_points 3
	finish
	[[ $stderr == *'read 5 = stored 3 + corrected 0 + duplicate 0 + rejected 0 + quarantined 2 + empty 0'* ]] || explain "the books"
	[[ $(ledger) == 'over_limit: 2 messages in 1m (policy slow)' ]] || explain "$(ledger)"
	sit-quarantine adopt device=meter-1
	has_points 5
}

@test "what only a broker knows is refused of a file: no spool stands behind it" {
	for option in '--spool d' '--share g' '--topic t' '--wait'; do
		# shellcheck disable=SC2086
		try sit-ingest $option /dev/null
		want 2 && silent_stdout && one_line_stderr "${option% *} goes with the URL of a broker"
	done
}

@test "killed before the commit, it gets the message again; the broker was not told that it has it" {
	only_sqlite "the lock beside the file is what holds it up"
	begin
	exec 8>>"$SIT_DB.lock"
	flock 8
	at meter-1 1 1 | send
	until_true 10 grep -q "lock:.*$ingest\|FLOCK.*-> *$ingest\|-> FLOCK" /proc/locks || :
	kill -9 "$ingest"
	wait "$ingest" || :
	exec 8>&-
	has_points 0
	begin
	until_true 10 has_points 1
	finish
	[[ $stderr == *'read 1 = stored 1 '* ]] || explain "the books"
}

@test "delivered twice, stored once; the first value holds" {
	begin
	{ at meter-1 1 1; at meter-1 1 1; at meter-1 1 2; } | send
	until_true 10 has_points 1
	finish
	[[ $stderr == *'read 3 = stored 1 + corrected 0 + duplicate 2 (1 in conflict)'* ]] || explain "the books"
	run points
	expect 2026-01-01T00:00:01Z,meter-1,1
}

@test "a gateway dies and comes back: its last will makes it offline, its next word online" {
	begin
	mosquitto_sub --unix "$BROKER_DIR/socket" -t none --will-topic sit/default/gw-1/status --will-payload offline --will-retain 3>&- &
	gateway=$!
	until_true 10 grep -q 'none (QoS 0)\| none$' "$BROKER_DIR/log"
	pub -t sit/default/gw-1/status -m '{"status":"online"}'
	until_true 10 online gw-1 1
	kill -9 "$gateway"
	until_true 10 online gw-1 0
	run sit-gateway status gw-1 --columns online
	expect_json .online false
	printf '{"gateway":"gw-1","edge_key":"bus/3","ts":"2026-02-01T12:00:00Z","values":{"v":7}}\n' | send
	until_true 10 online gw-1 1
}

@test "a retained offline counts, a retained online does not: it is not said now" {
	begin
	finish
	pub -t sit/default/gw-1/status -m online
	pub -t sit/default/gw-2/status -m online -r
	begin
	until_true 10 online gw-1 1
	finish
	sql "DELETE FROM device_state"
	# Another session, so that what lies there comes again.
	sit-ingest -q "$BROKER" --client-id another 2>>"$ERR" 3>&- &
	ingest=$!
	until_true 10 broker_knows another
	pub -t sit/default/meter-1/status -m online
	until_true 10 online meter-1 1
	run sql "SELECT d.name FROM device_state s JOIN device d ON d.id = s.device_id"
	expect meter-1
}

@test "retained telemetry comes once to each session; without its time it is refused" {
	pub -t sit/default/meter-1/telemetry -m '{"ts":1,"values":{"v":1}}' -r
	pub -t sit/default/gw-1/bus%2F3/telemetry -m '{"values":{"v":9}}' -r
	begin
	until_true 10 has_points 1
	until_true 10 refused 1
	finish
	begin
	at meter-1 1 2 | send
	until_true 10 has_points 2
	finish
	[[ $(grep -c 'retained message without ts' "$ERR") == 1 ]] || explain "refused once"
	run points
	expect '1970-01-01T00:00:01Z,meter-1,1
2026-01-01T00:00:01Z,meter-1,2'
}

@test "a location is a point of the datapoint location" {
	begin
	pub -t sit/default/meter-1/location -m '{"lat":52.5,"lon":13.4,"ts":"2026-01-01T00:00:00Z"}'
	until_true 10 has_points 1
	run sit-query meter-1 location --all --columns value
	expect_json .value '{"lat":52.5,"lon":13.4}'
}

@test "events and answers are kept for who asked, once; they are no telemetry" {
	begin
	pub -t sit/default/meter-1/event -m 'door open'
	for topic in command/ack command/ack config/ack ota/progress script/log; do
		pub -t sit/default/meter-1/$topic -m '{"correlation_id":"cmd_1","status":"done"}'
	done
	pub -t sit/default/meter-1/command/ack -m '{"correlation_id":"cmd_1","status":"late"}'
	pub -t sit/default/meter-1/event -m '{"ts":"2026-01-01T00:00:00Z","event_type":"boot"}'
	pub -t sit/default/meter-1/event -m '{"ts":"2026-01-01T00:00:00Z","event_type":"boot"}'
	pub -t sit/default/meter-1/command -m '{"to":"the device"}'
	at meter-1 1 1 | send
	until_true 10 has_points 1
	finish
	[[ $stderr == *'read 1 = stored 1 '* ]] || explain "the books"
	run sql "SELECT kind, ref, payload FROM inbox ORDER BY kind, id"
	expect 'command/ack|cmd_1|{"correlation_id":"cmd_1","status":"done"}
command/ack|cmd_1|{"correlation_id":"cmd_1","status":"late"}
config/ack|cmd_1|{"correlation_id":"cmd_1","status":"done"}
event||door open
event||{"ts":"2026-01-01T00:00:00Z","event_type":"boot"}
ota/progress|cmd_1|{"correlation_id":"cmd_1","status":"done"}
script/log|cmd_1|{"correlation_id":"cmd_1","status":"done"}'
}

# refuses REASON ARG...: the message is refused with the reason, in the log and in the ledger; what comes behind it is stored.
refuses() {
	local reason=$1
	shift
	pub "$@"
	until_true 10 said "$reason" || { cat "$ERR" >&2; echo "not refused: $reason" >&2; return 1; }
	until_true 10 in_ledger "$reason" || { sql "SELECT * FROM ledger" >&2; return 1; }
	[[ ${ONCE-} ]] || sql "DELETE FROM ledger"
	n=$((${n-0} + 1))
	at meter-1 $n $n | send
	until_true 10 has_points $n
}

@test "bad payloads: each with its reason, and its neighbours are stored" {
	begin
	t=sit/default/meter-1/telemetry
	refuses 'the payload is neither an object nor an array of objects' -t $t -m 17
	refuses 'the payload is neither an object nor an array of objects' -t $t -m '"text"'
	refuses 'not an object' -t $t -m '[1,2]'
	refuses 'the payload is an empty array' -t $t -m '[]'
	refuses 'the payload is empty' -t $t -n
	refuses 'neither a point (datapoint, value) nor a message (values)' -t $t -m '{"v":1}'
	refuses 'values is not an object' -t $t -m '{"values":[1]}'
	refuses '"never" is not a time' -t $t -m '{"ts":"never","values":{"v":1}}'
	refuses 'a status is "online" or "offline"' -t sit/default/meter-1/status -m maybe
	refuses 'a location is' -t sit/default/meter-1/location -m '[52]'
	printf '\000\377\376\001' >"$BATS_TEST_TMPDIR/binary"
	refuses 'UTF-8' -t sit/default/meter-1/event -f "$BATS_TEST_TMPDIR/binary"
	refuses 'NUL byte' -t $t -f "$BATS_TEST_TMPDIR/binary"
	head -c 1100000 /dev/zero | tr '\0' '[' >"$BATS_TEST_TMPDIR/huge"
	refuses 'longer than 1 MiB' -t $t -f "$BATS_TEST_TMPDIR/huge"
	head -c 70000 /dev/zero | tr '\0' 'x' >"$BATS_TEST_TMPDIR/long"
	refuses 'at most 64 KiB' -t sit/default/meter-1/event -f "$BATS_TEST_TMPDIR/long"
}

@test "bad topics and devices: each with its reason" {
	begin
	refuses 'no such topic' -t sit/default/meter-1/nonsense -m '{"values":{"v":1}}'
	refuses 'reserved word' -t sit/default/gw-1/config/telemetry -m '{"values":{"v":1}}'
	refuses 'empty part' -t sit/default//telemetry -m '{"values":{"v":1}}'
	refuses 'unknown device' -t sit/default/ghost/status -m online
	sit-device set sub-4 enabled=false
	refuses 'the device is not enabled' -t sit/default/sub-4/event -m boot
}

@test "a device speaks for itself, a gateway for what is behind it" {
	begin
	refuses 'names another device' -t sit/default/meter-1/telemetry -m '{"device":"sub-4","values":{"v":66}}'
	refuses 'names another gateway' -t sit/default/gw-1/telemetry -m '{"gateway":"gw-2","edge_key":"bus/4","values":{"v":66}}'
	refuses 'names another device' -t sit/default/gw-1/bus%2F3/telemetry -m '{"edge_key":"bus/4","values":{"v":66}}'
	refuses 'names another device' -t sit/default/gw-1/bus%2F3/telemetry -m '{"device":"sub-4","values":{"v":66}}'
	pub -t sit/default/gw-1/bus%2F4/telemetry -m '{"ts":"2026-01-01T00:00:00Z","values":{"v":66}}'
	until_true 10 said 'no device with edge key "bus/4" behind gateway "gw-1"'
	finish
	[[ $(points | grep -c ,66) == 0 ]]
}

@test "another organisation's topic is refused, even when it was asked for" {
	sit-org add other parent=default
	sit-device add meter-1 --org other
	begin --topic 'sit/#'
	ONCE=1 refuses "the topic is another organisation's" -t sit/other/meter-1/telemetry -m '{"values":{"v":66}}'
	finish
	[[ -z $(sit-query '*' '*' --all --org other) ]]
}

@test "packets that a broker refuses, and what it says of itself, do not reach it" {
	begin
	try sit-ingest "$BROKER" --topic '$SYS/#'
	want 2
	one_line_stderr 'what a broker says of itself'
	for topic in 'sit/+/meter-1/telemetry' 'sit/default/#' $'sit/default/\xff/telemetry'; do
		! pub -t "$topic" -m 1 2>/dev/null
	done
	python3 - "$BROKER_DIR/socket" <<-'END'
		import socket, sys
		for topic in (b'sit/default/a\0b/telemetry', b'sit/default/+/telemetry', b''):
		    s = socket.socket(socket.AF_UNIX)
		    s.connect(sys.argv[1])
		    s.sendall(b'\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04raw1')
		    assert s.recv(4)[3] == 0
		    packet = len(topic).to_bytes(2, 'big') + topic + b'{}'
		    s.sendall(b'\x30' + bytes([len(packet)]) + packet)
		    s.settimeout(60)
		    assert s.recv(1) == b'', topic
	END
	at meter-1 1 1 | send
	until_true 10 has_points 1
}

@test "a broker that restarts again and again" {
	begin
	for i in 1 2 3 4; do
		broker_stop
		broker_start
		at meter-1 $i $i | send
		until_true 10 has_points $i
	done
	finish
	[[ $stderr == *'connecting again'* && $stderr == *'read 4 = stored 4 '* ]] || explain "the books"
}

@test "a broker that is not there is an error, unless it is waited for; a spool needs the folder that it is in" {
	broker_stop
	try sit-ingest "$BROKER"
	want 5
	one_line_stderr "$BROKER: no connection"
	sit-ingest -v "$BROKER" --wait 2>>"$ERR" 3>&- &
	ingest=$!
	until_true 10 said 'trying again'
	broker_start
	until_true 10 broker_knows sit-ingest-default
	at meter-1 1 1 | send
	until_true 10 has_points 1
	finish
	try sit-ingest "$BROKER" --spool "$BATS_TEST_TMPDIR/no/such"
	want 3
	one_line_stderr 'the folder that it is to be made in is not there'
}

@test "without a time, with QoS 1, delivered again after the connection was lost: stored once" {
	only_sqlite "the lock beside the file is what holds the commit up"
	unset SIT_NOW # where time stands still all of it is of one time
	begin
	exec 8>>"$SIT_DB.lock"
	flock 8
	pub -t sit/default/meter-1/telemetry -m '{"values":{"v":1}}'
	pub -t sit/default/meter-1/event -m 'door open'
	until_true 10 grep -q "lock:.*$ingest\|FLOCK.*-> *$ingest\|-> FLOCK" /proc/locks || :
	# It commits, and has nobody to tell.
	broker_stop
	exec 8>&-
	until_true 10 has_points 1
	broker_start
	until_true 10 broker_knows sit-ingest-default 2
	pub -t sit/default/meter-1/telemetry -m '{"values":{"v":2}}'
	pub -t sit/default/meter-1/event -m 'door open'
	until_true 10 has_points 2
	until_true 10 bash -c "[[ \$(sqlite3 '$SIT_DB' 'SELECT count(*) FROM inbox') == 2 ]]"
	finish
	[[ $stderr == *'read 3 = stored 2 + corrected 0 + duplicate 1'* ]] || explain "the books"
}

@test "without a time, with QoS 1, killed between commit and acknowledgement: what lies in the spool's folder tells it, and it is stored once" {
	only_sqlite "the lock beside the file is what holds the commit up"
	unset SIT_NOW
	begin --spool "$BATS_TEST_TMPDIR/spool"
	exec 8>>"$SIT_DB.lock"
	flock 8
	pub -t sit/default/meter-1/telemetry -m '{"values":{"v":1}}'
	until_true 30 grep -q "lock:.*$ingest\|FLOCK.*-> *$ingest\|-> FLOCK" /proc/locks || :
	broker_stop
	exec 8>&-
	until_true 10 has_points 1
	kill -9 "$ingest"
	wait "$ingest" || :
	: >"$ERR"
	broker_start
	begin --spool "$BATS_TEST_TMPDIR/spool"
	pub -t sit/default/meter-1/telemetry -m '{"values":{"v":2}}'
	until_true 10 has_points 2
	finish
	[[ $stderr == *'read 2 = stored 1 + corrected 0 + duplicate 1'* ]] || explain "the books"
}

@test "another client with its id ends it: they would push each other out for ever" {
	# mosquitto 2.0 does not say so, others do.
	python3 - "$BATS_TEST_TMPDIR/other" 3>&- <<-'END' &
		import socket, sys
		s = socket.socket(socket.AF_UNIX)
		s.bind(sys.argv[1])
		s.listen()
		c = s.accept()[0]
		c.recv(1000)
		c.sendall(b'\x20\x03\x00\x00\x00')
		c.recv(1000)
		c.sendall(b'\xe0\x02\x8e\x00')
		c.recv(1000)
	END
	until_true 10 test -S "$BATS_TEST_TMPDIR/other"
	try sit-ingest "mqtt+unix://$BATS_TEST_TMPDIR/other"
	want 7
	[[ $stderr == *'another client connected with the id "sit-ingest-default": each needs its own'* ]] || explain "who"
}

@test "an organisation that gets another name while it is read for: that ends it, since its topics are others now" {
	begin
	sit-org set default name=umbrella
	status=0
	wait "$ingest" || status=$?
	ingest='' stderr=$(cat "$ERR")
	want 7
	[[ $stderr == *'organisation default is called umbrella now, and so are its topics: start again with --org umbrella'* ]] || explain "why"
}

# tls NAME: the broker shows that certificate on $port; some port is free.
tls() {
	local i
	broker_stop
	for i in 1 2 3 4 5; do
		port=$((20000 + RANDOM % 20000))
		broker_conf "listener $port 127.0.0.1" "cafile $BATS_TEST_TMPDIR/ca.pem" "certfile $BATS_TEST_TMPDIR/$1.pem" "keyfile $BATS_TEST_TMPDIR/$1.key"
		! broker_start 2>/dev/null || return 0
	done
	return 1
}

@test "TLS: the broker proves who it is, or is not talked to" {
	authority
	tls good
	starts=0
	: >"$BROKER_DIR/log"
	url=mqtts://localhost:$port begin --cafile "$BATS_TEST_TMPDIR/ca.pem"
	at meter-1 1 1 | sit-publish -q "mqtts://localhost:$port" --cafile "$BATS_TEST_TMPDIR/ca.pem"
	until_true 10 has_points 1
	# It goes on trying: a certificate may be renewed. What is wrong is said.
	tls expired
	url=mqtts://localhost:$port
	try sit-publish "$url" --cafile "$BATS_TEST_TMPDIR/ca.pem" /dev/null
	want 5
	one_line_stderr 'certificate has expired'
	finish
	sit-ingest "$url" --wait --cafile "$BATS_TEST_TMPDIR/ca.pem" 2>>"$ERR" 3>&- &
	ingest=$!
	until_true 10 said 'certificate has expired; trying again'
	tls other
	try sit-publish "mqtts://localhost:$port" --cafile "$BATS_TEST_TMPDIR/ca.pem" /dev/null
	want 5
	one_line_stderr 'hostname mismatch'
	try sit-publish "mqtts://localhost:$port" /dev/null
	want 5
	one_line_stderr 'certificate'
}

@test "a password comes from a file, never from the command line; a wrong one is exit 4" {
	broker_stop
	printf 'me:secret\n' >"$BROKER_DIR/passwords"
	mosquitto_passwd -U "$BROKER_DIR/passwords"
	broker_conf 'allow_anonymous false' "password_file $BROKER_DIR/passwords"
	sed -i '/allow_anonymous true/d' "$BROKER_DIR/conf"
	echo secret >"$BROKER_DIR/right"
	echo wrong >"$BROKER_DIR/wrong"
	chmod 600 "$BROKER_DIR/right" "$BROKER_DIR/wrong"
	"$mosquitto" -c "$BROKER_DIR/conf" 3>&- &
	echo $! >"$BROKER_DIR/pid"
	until_true 10 sit-publish -q "$BROKER" --user me --password "@$BROKER_DIR/right" /dev/null
	begin --user me --password "@$BROKER_DIR/right"
	for program in sit-ingest sit-subscribe sit-publish; do
		try $program "$BROKER" --user me --password "@$BROKER_DIR/wrong" </dev/null
		want 4
		one_line_stderr 'the broker refuses the connection: Not authorized'
		try $program "$BROKER" --user me --password secret </dev/null
		want 2
		one_line_stderr 'a secret is not an argument'
		try $program mqtt://me:secret@localhost </dev/null
		want 2
		one_line_stderr 'a password does not stand in a URL'
		[[ $stderr != *secret@* ]]
	done
}

@test "URLs that cannot be" {
	try sit-ingest mqtt://localhost:99999
	want 2
	try sit-ingest mqtt+unix://here
	want 2
	try sit-ingest "$BROKER" --topic 'a#'
	want 2
	try sit-ingest "$BROKER" "$BROKER"
	want 2
	one_line_stderr 'a broker is read alone'
	try sit-publish mqtt://127.0.0.1:1 /dev/null
	want 5
	one_line_stderr 'Connection refused'
}

@test "a broker that would lose messages, because it grants QoS 0, is not read" {
	local i port
	broker_stop
	for i in 1 2 3 4 5; do
		port=$((20000 + RANDOM % 20000))
		broker_conf "listener $port 127.0.0.1" 'max_qos 0'
		! broker_start 2>/dev/null || break
	done
	try sit-ingest "mqtt://127.0.0.1:$port"
	want 4
	[[ $stderr == *'the broker grants QoS 0 only, and 1 is needed to lose nothing'* ]] || explain "what is wrong"
}

@test "two of a group share what comes" {
	client=one begin --share g --client-id one
	sit-ingest -q "$BROKER" --share g --client-id two 2>>"$ERR" 3>&- &
	other=$!
	until_true 10 broker_knows two
	for i in 1 2 3 4 5 6; do at meter-1 $i $i; done | send
	until_true 10 has_points 6
	kill "$other"
	wait "$other" || :
	finish
	[[ $stderr == *'read 3 = stored 3 '* ]] || explain "half of it"
}

@test "the store is away: what comes lies in the spool, and is stored in order when it is back" {
	only_sqlite "held up by another program's transaction"
	begin --spool "$BATS_TEST_TMPDIR/spool"
	exec 8> >(sqlite3 -cmd ".timeout 10000" "$SIT_DB")
	echo 'BEGIN IMMEDIATE; UPDATE main.org SET name = name; SELECT 1;' >&8
	at meter-1 1 1 | send
	until_true 20 said 'messages go to the spool'
	{ at meter-1 2 2; at meter-1 3 3; } | send
	until_true 10 ls "$BATS_TEST_TMPDIR"/spool/*.spool
	echo 'ROLLBACK;' >&8
	exec 8>&-
	until_true 20 has_points 3
	finish
	[[ $stderr == *'read 3 = stored 3 '* && $stderr != *spooled* ]] || explain "the books"
	[[ ! -e $(ls "$BATS_TEST_TMPDIR"/spool/*.spool 2>/dev/null) ]]
}

@test "a spool outlives the process; another process keeps its hands off it" {
	only_sqlite "held up by another program's transaction"
	begin --spool "$BATS_TEST_TMPDIR/spool"
	try sit-ingest "$BROKER" --client-id second --spool "$BATS_TEST_TMPDIR/spool"
	want 7
	one_line_stderr 'another process spools into it'
	exec 8> >(sqlite3 -cmd ".timeout 10000" "$SIT_DB")
	echo 'BEGIN IMMEDIATE; UPDATE main.org SET name = name; SELECT 1;' >&8
	for i in 1 2 3 4; do at meter-1 $i $i; done | send
	until_true 30 said 'messages go to the spool'
	until_true 30 ls "$BATS_TEST_TMPDIR"/spool/*.spool
	kill -9 "$ingest"
	wait "$ingest" || :
	echo 'ROLLBACK;' >&8
	exec 8>&-
	begin --spool "$BATS_TEST_TMPDIR/spool"
	until_true 10 has_points 4
}

@test "a full spool takes no more: messages wait at the broker, none is lost" {
	only_sqlite "held up by another program's transaction"
	begin --spool "$BATS_TEST_TMPDIR/spool" --spool-max 1K
	exec 8> >(sqlite3 -cmd ".timeout 10000" "$SIT_DB")
	echo 'BEGIN IMMEDIATE; UPDATE main.org SET name = name; SELECT 1;' >&8
	for ((i = 1; i < 60; i++)); do at meter-1 $i $i; done | send
	until_true 30 said 'the spool is full'
	echo 'ROLLBACK;' >&8
	exec 8>&-
	until_true 30 has_points 59
}

@test "systemd is told when it is ready, and that it stops" {
	python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
while True:
    print(s.recv(4096).decode(), flush=True)
' "$BATS_TEST_TMPDIR/notify" >"$BATS_TEST_TMPDIR/told" 3>&- &
	listener=$!
	until_true 10 test -S "$BATS_TEST_TMPDIR/notify"
	NOTIFY_SOCKET=$BATS_TEST_TMPDIR/notify WATCHDOG_USEC=1000000 begin
	until_true 10 grep -q READY=1 "$BATS_TEST_TMPDIR/told"
	until_true 10 grep -q WATCHDOG=1 "$BATS_TEST_TMPDIR/told"
	finish
	until_true 10 grep -q STOPPING=1 "$BATS_TEST_TMPDIR/told"
	kill "$listener"
}

@test "for all organisations: each message goes to that of its topic, and its body may name no other" {
	sit-org add acme --org "*"
	sit-site add plant --org acme
	sit-device add meter-1 site=plant --org acme
	sit-datapoint add v device=meter-1 --org acme
	client='sit-ingest-[*]' begin --org '*'
	pub -t sit/default/meter-1/telemetry -m '{"ts":1,"values":{"v":1}}'
	pub -t sit/acme/meter-1/telemetry -m '{"ts":1,"values":{"v":2}}'
	pub -t sit/acme/meter-1/telemetry -m '[{"org":"default","ts":2,"datapoint":"v","value":3},{"org":"acme","ts":3,"datapoint":"v","value":3}]'
	pub -t sit/default/meter-1/telemetry -m '{"org":"acme","ts":2,"values":{"v":4}}'
	pub -t sit/default/meter-1/telemetry -m '{"reject":"x","header":"ts,org,device,datapoint,value","text":"5s,acme,meter-1,v,5"}'
	pub -t sit/nobody/meter-1/telemetry -m '{"ts":6,"values":{"v":6}}'
	pub -t sit/acme/sub-3/telemetry -m '{"ts":6,"values":{"v":6}}'
	pub -t sit/acme/meter-1/status -m offline
	pub -t sit/default/meter-1/status -m online
	until_true 10 refused 4
	finish
	want 143
	[[ $stderr == *'read 8 = stored 3 + corrected 0 + duplicate 0 + rejected 4 + quarantined 1 + empty 0'* ]] || explain "the books"
	run points
	expect '1970-01-01T00:00:01Z,meter-1,1'
	SIT_ORG=acme run points
	expect '1970-01-01T00:00:01Z,meter-1,2
1970-01-01T00:00:03Z,meter-1,3'
	[[ $(sql "SELECT o.name, sum(l.rejected), sum(l.quarantined) FROM ledger l JOIN org o ON o.id = l.org_id GROUP BY o.name ORDER BY o.name") == 'acme|1|1
default|3|0' ]]
	[[ $(sql "SELECT o.name, s.online FROM device_state s JOIN device d ON d.id = s.device_id JOIN org o ON o.id = d.org_id WHERE d.name = 'meter-1' ORDER BY o.name") == 'acme|0
default|1' ]]
	[[ $(sql 'SELECT count(*), count(DISTINCT org_id) FROM run WHERE ended IS NOT NULL') == '2|2' ]]
}

@test "for all organisations: what was not committed for one is not acknowledged, and comes again for all" {
	only_sqlite "held up by another program's transaction"
	sit-org add acme --org "*"
	sit-device add meter-1 --org acme
	sit-datapoint add v device=meter-1 --org acme
	client='sit-ingest-[*]' begin --org '*'
	exec 8> >(sqlite3 "$SIT_DB")
	echo 'BEGIN IMMEDIATE; UPDATE main.org SET name = name; SELECT 1;' >&8
	for i in 1 2 3; do for o in acme default; do pub -t sit/$o/meter-1/telemetry -m "{\"ts\":$i,\"values\":{\"v\":$i}}"; done; done
	kill -9 "$ingest"
	wait "$ingest" || :
	echo 'ROLLBACK;' >&8
	exec 8>&-
	client='sit-ingest-[*]' begin --org '*'
	until_true 10 has_points 3
	SIT_ORG=acme until_true 10 has_points 3
}

@test "killed under load, the broker restarted: published is stored" {
	only_sqlite "the script makes a store of its own"
	run --separate-stderr "$top/tests/fault/broker.sh" 5
	want 0
	[[ $output =~ 'published '([0-9]+)' = stored '([0-9]+)$ ]] || explain "a line"
	((BASH_REMATCH[1] == BASH_REMATCH[2] && BASH_REMATCH[1] > 100)) || explain "many"
}

@test "a program that reads a file does not load the library of brokers" {
	at meter-1 1 1 >"$BATS_TEST_TMPDIR/file"
	run env LD_DEBUG=libs sit-ingest "$BATS_TEST_TMPDIR/file"
	[[ $output != *mosquitto* ]]
}
