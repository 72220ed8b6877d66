# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# A mosquitto of one's own, on a Unix socket in a folder, gone at the end: for bats files and scripts that set BROKER_DIR to a temporary folder. $BROKER is its URL.
BROKER=mqtt+unix://$BROKER_DIR/socket
mosquitto=$(PATH=$PATH:/usr/sbin command -v mosquitto || :)

# broker_conf [LINE...]: what it is told; the lines come last.
# shellcheck disable=SC2120
broker_conf() {
	mkdir -p "$BROKER_DIR/kept"
	cat >"$BROKER_DIR/conf" <<-END
		listener 0 $BROKER_DIR/socket
		allow_anonymous true
		persistence true
		persistence_location $BROKER_DIR/kept/
		max_inflight_messages 0
		max_queued_messages 0
		log_dest file $BROKER_DIR/log
		log_type error
		log_type warning
		log_type notice
		log_type subscribe
		log_type unsubscribe
	END
	[[ $(id -u) != 0 ]] || echo user root >>"$BROKER_DIR/conf"
	printf '%s\n' "$@" >>"$BROKER_DIR/conf"
}

# until_true SECONDS COMMAND...: try it again and again until it succeeds; seconds of a machine with nothing else to do, a busy one gets ten for each.
until_true() {
	local end=$((SECONDS + 10 * $1))
	shift
	until "$@" >/dev/null 2>&1; do
		((SECONDS < end)) || return 1
		sleep 0.02
	done
}

# broker_start: returns when it answers.
broker_start() {
	[[ -e $BROKER_DIR/conf ]] || broker_conf
	rm -f "$BROKER_DIR/socket"
	"$mosquitto" -c "$BROKER_DIR/conf" >>"$BROKER_DIR/out" 2>&1 3>&- &
	echo $! >"$BROKER_DIR/pid"
	until_true 10 sit-publish -q "$BROKER" /dev/null || { cat "$BROKER_DIR/log" "$BROKER_DIR/out" >&2; return 1; }
}

# broker_stop [SIGNAL]: asked to (it keeps what it has), or killed.
broker_stop() {
	local pid
	pid=$(cat "$BROKER_DIR/pid" 2>/dev/null) || return 0
	kill -"${1:-TERM}" "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null || : # a shell whose own it is has nothing to say of its end then
	while kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
	rm -f "$BROKER_DIR/pid"
}

# broker_knows CLIENT [N]: the client has subscribed (N times since the broker's log began).
broker_knows() {
	(($(grep -c -- "$1 [01] " "$BROKER_DIR/log") >= ${2:-1}))
}

# authority: a CA and what it signed: good.pem, expired.pem (for localhost), other.pem (for another name).
authority() {
	local name days
	cd "$BATS_TEST_TMPDIR" || return 1
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -subj /CN=test-ca -days 2 2>/dev/null
	while read -r name host days; do
		openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $name.key -out $name.csr -subj /CN=$host 2>/dev/null
		openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out $name.pem -days $days \
			-extfile <(echo "subjectAltName=DNS:$host") 2>/dev/null
	done <<-END
		good localhost 1
		expired localhost -1
		other example.com 1
	END
	chmod 644 ./*.key
	# shellcheck disable=SC2154 # helpers.bash sets top
	cd "$top" || return 1
}
