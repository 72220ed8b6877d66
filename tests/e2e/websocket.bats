#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# MQTT through WebSockets: to a mosquitto that listens for them, and to servers that behave as few do. What holds of a plain connection holds here.
load ../helpers

given() {
	BROKER_DIR=$BATS_TEST_TMPDIR/broker
	mkdir -p "$BROKER_DIR"
	load ../broker
	ERR=$BATS_TEST_TMPDIR/stderr
	peer=
	TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir "$TMPDIR"
	export TMPDIR
}

teardown() {
	local pid
	for pid in ${ingest-} ${peer-}; do kill -9 "$pid" 2>/dev/null || :; done
	broker_stop KILL
	[[ ! -e $BATS_TEST_TMPDIR/places ]] || xargs -n 1 dropdb --if-exists --force <"$BATS_TEST_TMPDIR/places"
}

# listening [LINE...]: the broker, with a WebSocket on $port (of 127.0.0.1, which mosquitto 2.0 only obeys with socket_domain) beside its Unix socket.
listening() {
	local i
	for i in 1 2 3 4 5; do
		port=$((20000 + RANDOM % 20000))
		broker_conf "listener $port 127.0.0.1" "protocol websockets" "socket_domain ipv4" "$@"
		! broker_start 2>/dev/null || return 0
	done
	return 1
}

# odd_server: tests/peers/websocket.py before the broker, on $port.
odd_server() {
	log=$BATS_TEST_TMPDIR/log
	mkfifo "$BATS_TEST_TMPDIR/ready"
	/usr/bin/python3 "$top/tests/peers/websocket.py" "$log" "$BATS_TEST_TMPDIR/ready" "$BROKER_DIR/socket" 2>"$BATS_TEST_TMPDIR/peer.err" 3>&- &
	peer=$!
	port=$(timeout 20 cat "$BATS_TEST_TMPDIR/ready")
}

estate() {
	new_store
	sit-site add plant
	sit-device add meter-1 site=plant
	sit-datapoint add v device=meter-1
}

starts=0
# sit-ingest of $url at work; returns when the broker knows what it wants.
begin() {
	sit-ingest -v "$url" 2>>"$ERR" 3>&- &
	ingest=$!
	starts=$((starts + 1))
	until_true 10 broker_knows sit-ingest-default $starts || { cat "$ERR" >&2; return 1; }
}

finish() {
	kill "$ingest"
	status=0
	wait "$ingest" || status=$?
	ingest=
	stderr=$(cat "$ERR")
}

has_points() { (($(sit-query '*' '*' --all -f csv --no-header | wc -l) == $1)); }
said() { grep -qF -- "$1" "$ERR"; }
at() { printf '{"device":"%s","ts":"2026-01-01T00:%02d:%02dZ","values":{"v":%s}}\n' "$1" $(($2 / 60)) $(($2 % 60)) "$3"; }
# numbers FROM TO: so many messages.
numbers() { local i; for ((i = $1; i <= $2; i++)); do at meter-1 $i $i; done; }
no_connection() { want "${2:-5}" && silent_stdout && one_line_stderr "$1"; }

@test "published, ingested, listened to, all through WebSockets; nothing is left in TMPDIR" {
	estate
	listening
	url=ws://localhost:$port
	begin
	sit-subscribe "$url" --count 2 --topic 'sit/#' -f jsonl >"$BATS_TEST_TMPDIR/heard" 3>&- &
	listener=$!
	until_true 10 grep -q 'sit/# (QoS 0)\| 0 sit/#$' "$BROKER_DIR/log"
	numbers 1 2 | sit-publish -q "$url"
	until_true 10 has_points 2
	wait "$listener"
	[[ $(jq -r .value "$BATS_TEST_TMPDIR/heard" | xargs) == '1 2' ]] || explain "$(cat "$BATS_TEST_TMPDIR/heard")"
	[[ -z $(ls "$TMPDIR") ]] || explain "$(ls "$TMPDIR")"
	finish
	want 143
	[[ $stderr == *'read 2 = stored 2 '* ]] || explain "the books"
	[[ $(sql "SELECT source FROM run") == "$url" ]]
	# It said goodbye: the session is kept, and the broker was not cut off.
	! grep -q 'sit-ingest-default closed its connection' "$BROKER_DIR/log" || explain "$(cat "$BROKER_DIR/log")"
}

@test "killed at random and again, with brokers that die: what was published is stored, once" {
	local i pid
	estate
	listening
	url=ws://localhost:$port
	begin
	for i in 1 2 3 4; do
		numbers $((i * 200 - 199)) $((i * 200)) | sit-publish -q "$BROKER" 3>&- &
		pid=$!
		sleep 0.0$((RANDOM % 10))
		kill -9 "$ingest"
		wait "$ingest" || :
		wait "$pid"
		if ((i == 2)); then
			broker_stop
			broker_start
		fi
		begin
	done
	until_true 20 has_points 800
	finish
	[[ $stderr == *'rejected 0 + quarantined 0'* ]] || explain "the books"
}

@test "killed before the commit, it gets the message again" {
	only_sqlite "the lock beside the file is what holds it up"
	estate
	listening
	url=ws://localhost:$port
	begin
	exec 8>>"$SIT_DB.lock"
	flock 8
	at meter-1 1 1 | sit-publish -q "$BROKER"
	until_true 10 grep -q -- "-> FLOCK" /proc/locks
	kill -9 "$ingest"
	wait "$ingest" || :
	exec 8>&-
	has_points 0
	begin
	until_true 10 has_points 1
	finish
	[[ $stderr == *'read 1 = stored 1 '* ]] || explain "the books"
}

@test "a broker that dies and comes back finds its reader, and what it kept is read" {
	estate
	listening
	url=ws://localhost:$port
	begin
	broker_stop KILL
	until_true 10 said 'trying again'
	broker_start
	until_true 20 broker_knows sit-ingest-default 2 # what a killed broker did not write down, sessions, is made anew
	at meter-1 1 1 | sit-publish -q "$BROKER"
	until_true 20 has_points 1
	finish
	want 143
}

@test "TLS: the broker proves who it is, or is not talked to; so does the client" {
	local ca=$BATS_TEST_TMPDIR/ca.pem name cert
	authority
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$BATS_TEST_TMPDIR/stranger.key" -out "$BATS_TEST_TMPDIR/stranger.pem" -subj /CN=x -days 2 2>/dev/null
	cert=("--cert" "$BATS_TEST_TMPDIR/other.pem" "--key" "$BATS_TEST_TMPDIR/other.key")
	for name in expired other; do
		listening "certfile $BATS_TEST_TMPDIR/$name.pem" "keyfile $BATS_TEST_TMPDIR/$name.key"
		try sit-publish "wss://localhost:$port" --cafile "$ca" /dev/null
		case $name in expired) no_connection 'certificate has expired' ;; *) no_connection 'hostname mismatch' ;; esac
		broker_stop
	done
	listening "certfile $BATS_TEST_TMPDIR/good.pem" "keyfile $BATS_TEST_TMPDIR/good.key" "cafile $ca" "require_certificate true"
	try sit-publish "wss://localhost:$port" --cafile "$ca" "${cert[@]}" /dev/null
	want 0
	try sit-publish "wss://localhost:$port" "${cert[@]}" /dev/null
	no_connection "the broker's certificate: "
	try sit-publish "wss://localhost:$port" --cafile "$BATS_TEST_TMPDIR/stranger.pem" /dev/null
	no_connection "the broker's certificate: "
	try sit-publish "wss://127.0.0.1:$port" --cafile "$ca" "${cert[@]}" /dev/null
	no_connection 'IP address mismatch'
	# What the client shows: nothing, what nobody signed, a key that belongs to another.
	try sit-publish "wss://localhost:$port" --cafile "$ca" /dev/null
	no_connection 'no connection: '
	try sit-publish "wss://localhost:$port" --cafile "$ca" --cert "$BATS_TEST_TMPDIR/stranger.pem" --key "$BATS_TEST_TMPDIR/stranger.key" /dev/null
	no_connection 'no connection: '
	try sit-publish "wss://localhost:$port" --cafile "$ca" --cert "$BATS_TEST_TMPDIR/good.pem" --key "$BATS_TEST_TMPDIR/other.key" /dev/null
	no_connection 'key values mismatch' 2
	try sit-publish "wss://localhost:$port" --cafile "$BATS_TEST_TMPDIR/good.key" /dev/null
	want 2
	# One of the two speaks TLS.
	try sit-publish "ws://localhost:$port" /dev/null
	no_connection 'no connection: '
	try sit-publish "ws://localhost:$port" --cafile "$ca" /dev/null
	no_connection 'certificates go with mqtts:// and wss://' 2
}

@test "servers that are no such WebSocket: one line each" {
	broker_start
	odd_server
	while IFS='|' read -r path code what; do
		try sit-publish "ws://localhost:$port$path" /dev/null
		no_connection "$what" "$code"
	done <<-END
		/status/404|5|the server refuses the WebSocket: HTTP 404 (path /status/404)
		/status/403|4|the server refuses the WebSocket: HTTP 403
		/status/503|5|the server refuses the WebSocket: HTTP 503
		/status/200|5|the server refuses the WebSocket: HTTP 200
		/away|5|the server refuses the WebSocket: HTTP 302
		/plain|5|it does not name the subprotocol "mqtt"
		/other|5|it names another subprotocol than "mqtt"
		/wrong|5|Accept hash wrong
		/huge|5|no WebSocket
		/text|5|the server sends text, which is not MQTT
		/closing|5|the server closes the WebSocket: 1008 not [31mhere
	END
	# Nobody was sent on to another server, and each asked as the specification has it.
	run sort -u "$log"
	[[ $output != *'GET /mqtt '* && $output == *"GET /away localhost:$port mqtt"* ]] || explain "$output"
	# A proxy that the environment names is not asked.
	http_proxy=localhost:1 https_proxy=localhost:1 try sit-publish "ws://localhost:$port" /dev/null
	want 0
	try sit-publish "ws://localhost:1" /dev/null
	no_connection 'cannot connect to localhost port 1'
	try sit-publish "ws://no.such.host.invalid" /dev/null
	no_connection 'no.such.host.invalid: the name cannot be resolved'
	try sit-publish 'ws://localhost/a b' /dev/null
	no_connection 'the path of a WebSocket is ASCII' 2
	TMPDIR=$BATS_TEST_TMPDIR/none try sit-publish "ws://localhost:$port" /dev/null
	no_connection 'none/sit-ws-' 3
}

@test "a server that says nothing is waited for no longer than a plain one, and a signal ends the wait" {
	broker_start
	odd_server
	sit-publish "ws://localhost:$port/silent" </dev/null 2>"$ERR" 3>&- &
	ingest=$!
	until_true 10 grep -q silent "$log"
	kill "$ingest"
	status=0
	wait "$ingest" || status=$?
	ingest=
	want 143
}

@test "fragments, pings between them and a megabyte arrive as they were sent" {
	broker_start
	odd_server
	head -c 780000 /dev/urandom | base64 -w 0 >"$BATS_TEST_TMPDIR/big"
	sit-subscribe "ws://localhost:$port/odd" --raw --count 1 --topic one -f jsonl >"$BATS_TEST_TMPDIR/one" 3>&- &
	listener=$!
	sit-subscribe "ws://localhost:$port/mqtt" --raw --count 2 --topic big -f jsonl >"$BATS_TEST_TMPDIR/got" 3>&- &
	other=$!
	until_true 10 grep -q '0 one$\|one (QoS 0)' "$BROKER_DIR/log"
	until_true 10 grep -q '0 big$\|big (QoS 0)' "$BROKER_DIR/log"
	jq -nc '{text: ("x" * 3000)}' | sit-publish -q "ws://localhost:$port/odd" --topic one
	jq -Rc '{text: .}' "$BATS_TEST_TMPDIR/big" | sit-publish -q "ws://localhost:$port" --topic big
	mosquitto_pub --unix "$BROKER_DIR/socket" -t big -f "$BATS_TEST_TMPDIR/big"
	wait "$listener" "$other"
	[[ $(jq -r '.payload | fromjson | .text | length' "$BATS_TEST_TMPDIR/one") == 3000 ]]
	cmp <(jq -rj 'select(.payload | startswith("{")) | .payload | fromjson | .text' "$BATS_TEST_TMPDIR/got") "$BATS_TEST_TMPDIR/big"
	cmp <(jq -rj 'select(.payload | startswith("{") | not) | .payload' "$BATS_TEST_TMPDIR/got") "$BATS_TEST_TMPDIR/big"
	grep -q '^pongs$' "$log"
	# Masked, binary, and a goodbye at the end.
	! grep -q '^unmasked\|^opcode' "$log" || explain "$(cat "$log")"
	grep -q '^close 1000$' "$log"
}

@test "a server that takes nothing holds the sender up, whose memory does not grow" {
	broker_start
	odd_server
	: >"$log.deaf"
	jq -nc '{text: ("x" * 900000)} as $one | range(20) | $one' >"$BATS_TEST_TMPDIR/many"
	python3 -c 'import resource, subprocess, sys
rc = subprocess.call(sys.argv[2:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=open(sys.argv[1], "w"))
sys.exit(rc)' "$BATS_TEST_TMPDIR/peak" sit-publish -q "ws://localhost:$port" --topic t "$BATS_TEST_TMPDIR/many" 2>"$ERR" 3>&- &
	ingest=$!
	until_true 10 grep -q 'GET /mqtt' "$log"
	sleep 0.2
	kill -0 "$ingest"
	rm "$log.deaf"
	wait "$ingest"
	ingest=
	grep -q '^bytes 15$' "$log"
	sanitized || (($(<"$BATS_TEST_TMPDIR/peak") < 30000)) || explain "$(cat "$BATS_TEST_TMPDIR/peak") KiB"
}

@test "two with one id push each other out: the cause is named, though mosquitto does not say it through a WebSocket" {
	estate
	listening
	url=ws://localhost:$port
	sit-ingest -v "$url" --client-id same 2>>"$ERR" 3>&- &
	ingest=$!
	timeout 20 sit-ingest -v "$url" --client-id same 2>>"$BATS_TEST_TMPDIR/other" 3>&- &
	until_true 20 eval 'said "is there another client with the id \"same\"" || grep -q "is there another client with the id \"same\"" "$BATS_TEST_TMPDIR/other"'
	kill $!
	finish
}
