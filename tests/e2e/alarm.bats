#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# From the broker to the mailbox: a device says something, a rule finds it wrong, somebody gets one mail.
load ../helpers

given() {
	BROKER_DIR=$BATS_TEST_TMPDIR/broker
	mkdir -p "$BROKER_DIR"
	load ../broker
	ERR=$BATS_TEST_TMPDIR/stderr log=$BATS_TEST_TMPDIR/mails ready=$BATS_TEST_TMPDIR/ready
	new_store
	sit-site add plant
	sit-model add meter
	sit-datapoint add v model=meter
	sit-gateway add gw site=plant offline_after=5m
	sit-device add m1 site=plant model=meter
	sit-rule add over model=meter datapoint=v condition=gt threshold=250 for=5m severity=error
	mkfifo "$ready"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$BATS_TEST_TMPDIR/key" -out "$BATS_TEST_TMPDIR/ca.pem" -days 36500 \
		-subj /CN=localhost -addext subjectAltName=DNS:localhost 2>/dev/null
	/usr/bin/python3 "$top/tests/peers/smtp.py" "$log" "$ready" "$BATS_TEST_TMPDIR/ca.pem" "$BATS_TEST_TMPDIR/key" >/dev/null 2>&1 3>&- &
	peer=$!
	port=$(timeout 120 cat "$ready")
	sit-notify channel add ops type=email url="smtp://localhost:$port" ca="$BATS_TEST_TMPDIR/ca.pem" from=sit@plant.example to=ops@plant.example \
		allow_private=yes subject='{change}: {device}' text='{message}'
	broker_start
}

teardown() {
	[[ ! ${ingest-} ]] || kill -9 "$ingest" 2>/dev/null || :
	kill "$peer" 2>/dev/null || :
	broker_stop KILL
	[[ ! -e $BATS_TEST_TMPDIR/places ]] || xargs -n 1 dropdb --if-exists --force <"$BATS_TEST_TMPDIR/places"
}

starts=0
# begin TIME: sit-ingest at work; returns when the broker knows what it wants.
begin() {
	SIT_NOW=2026-02-01T$1Z sit-ingest -q "$BROKER" 2>>"$ERR" 3>&- &
	ingest=$!
	starts=$((starts + 1))
	until_true 10 broker_knows sit-ingest-default $starts || { cat "$ERR" >&2; return 1; }
}

said() { sit-publish -q "$BROKER" <<<"{\"device\":\"m1\",\"ts\":\"2026-02-01T$1Z\",\"values\":{\"v\":$2}}"; }
stored() { [[ $(sql "SELECT COALESCE(SUM(stored), 0) FROM ledger") == "$1" ]]; }
mails() { jq -r '.headers.subject + " | " + (.text | rtrimstr("\n"))' "$log"; }
# now TIME: what timers do then.
now() {
	SIT_NOW=2026-02-01T$1Z sit-alarm run >/dev/null
	SIT_NOW=2026-02-01T$1Z sit-notify run
}

@test "a value over its limit for five minutes, whoever is killed meanwhile: one mail at +5:00, one when it is over" {
	sit-notify route add r channel=ops change=raised,cleared
	begin 12:00:00
	said 12:00:00 251
	until_true 10 stored 1
	kill -9 "$ingest"
	wait "$ingest" || :
	now 12:04:59
	[[ ! -s $log ]]
	now 12:05:00
	now 12:05:00
	run -0 mails
	expect 'raised: m1 | v 251 is above 250'
	begin 12:06:00
	said 12:06:00 240
	until_true 10 stored 2
	now 12:06:00
	run -0 mails
	expect $'raised: m1 | v 251 is above 250\ncleared: m1 | v 240 is no longer above 250'
	kill "$ingest"
	wait "$ingest" || :
	ingest=
}

@test "500 devices behind one dead gateway: one mail" {
	for i in $(seq 500); do echo "{\"name\":\"e$i\",\"edge_key\":\"$i\"}"; done | sit-device add --file - -q site=plant model=meter gateway=gw
	sit-rule add lost model=meter datapoint=v condition=no_data threshold=10m inhibit=gateway
	sit-rule add gone device=gw datapoint=online condition=eq threshold=false severity=critical
	sit-device rm m1 --yes
	sit-notify route add r channel=ops group=30s
	for i in $(seq 500); do echo "{\"gateway\":\"gw\",\"edge_key\":\"$i\",\"ts\":\"2026-02-01T12:00:00Z\",\"values\":{\"v\":1}}"; done | sit-ingest -q
	now 12:01:00
	now 12:20:00
	now 12:20:30
	now 12:40:00
	run -0 mails
	expect_lines 1
	[[ $output == 'raised: gw'* ]]
	[[ $(sql "SELECT COUNT(*) FROM alarm") == 1 ]]
}
