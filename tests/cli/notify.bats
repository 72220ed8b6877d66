#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Messages go out: to a mail server with STARTTLS, to a web server that fails as told, to programs and files.
load ../helpers

given() {
	new_store
	peers=()
	sit-site add plant
	sit-model add meter
	sit-datapoint add power model=meter
	sit-gateway add gw site=plant
	sit-device add m1 model=meter gateway=gw site=plant
	sit-device add m2 model=meter
	sit-rule add hot model=meter datapoint=power condition=gt threshold=5
}

teardown() {
	((${#peers[@]} == 0)) || kill "${peers[@]}" 2>/dev/null || true
	[[ ! -e $BATS_TEST_TMPDIR/places ]] || xargs -n 1 dropdb --if-exists --force <"$BATS_TEST_TMPDIR/places"
}

# change SQL: as the store's owner, whoever that is.
change() {
	if on_postgres; then
		PGOPTIONS='-c search_path=main' psql -qAtX -v ON_ERROR_STOP=1 -d "${SIT_DB/sit@/super@}" -c "$1"
	else
		sqlite3 "$SIT_DB" "$1"
	fi
}

us() {
	date -u -d "$1" +%s000000
}

# raise DEVICE [SEVERITY] [TIME]: an alarm of rule hot, as evaluation writes it.
raise() {
	local at
	at=$(us "${3-$SIT_NOW}")
	change "INSERT INTO alarm (org_id, device_id, rule_id, number, rule, datapoint, severity, raised, suppressed, flapping, flaps, value, threshold, message)
		SELECT d.org_id, d.id, r.id, 1 + (SELECT COUNT(*) FROM alarm), 'hot', 'power', '${2-error}', $at, 0, 0, 0, '9', '5', 'power 9 is above 5'
		FROM device d, rule r WHERE d.name = '$1' AND r.name = 'hot';
		INSERT INTO alarm_change (org_id, alarm_id, ts, at, change, severity, value, flaps, message)
		SELECT org_id, id, $at, $at, 'raised', severity, '9', 0, message FROM alarm WHERE id = (SELECT MAX(id) FROM alarm)"
}

# clear: the newest alarm is over.
clear() {
	local at
	at=$(us "$SIT_NOW")
	change "UPDATE alarm SET cleared = $at WHERE id = (SELECT MAX(id) FROM alarm);
		INSERT INTO alarm_change (org_id, alarm_id, ts, at, change, severity, flaps, message)
		SELECT org_id, id, $at, $at, 'cleared', severity, 0, 'over' FROM alarm WHERE id = (SELECT MAX(id) FROM alarm)"
}

# peer PROGRAM [ARG...]: start tests/peers/PROGRAM.py with the Python that packages are installed for; its port in $port, what it got in $log, a FIFO it speaks through in $ready.
peer() {
	log=$BATS_TEST_TMPDIR/$1.log ready=$BATS_TEST_TMPDIR/ready.$1.${#peers[@]}
	mkfifo "$ready"
	/usr/bin/python3 "$top/tests/peers/$1.py" "$log" "$ready" "${@:2}" >/dev/null 2>"$BATS_TEST_TMPDIR/$1.err" 3>&- &
	peers+=($!)
	port=$(timeout 120 cat "$ready") # a peer that does not start is no test that hangs
}

# certificates: a CA, and from it one for localhost and one for other.example.
certificates() {
	local name
	pki=$BATS_TEST_TMPDIR
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$pki/ca.key" -out "$pki/ca.pem" -days 36500 -subj '/CN=test CA' 2>/dev/null
	for name in localhost other.example; do
		openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$pki/$name.key" -out "$pki/$name.csr" -subj "/CN=$name" 2>/dev/null
		openssl x509 -req -in "$pki/$name.csr" -CA "$pki/ca.pem" -CAkey "$pki/ca.key" -CAcreateserial -days 36500 -out "$pki/$name.pem" \
			-extfile <(echo "subjectAltName=DNS:$name") 2>/dev/null
	done
}

# hook NAME PATH [FIELD=VALUE...]: a webhook to the web server.
hook() {
	sit-notify channel add "$1" type=webhook url="http://127.0.0.1:$port$2" allow_private=yes "${@:3}"
}

# mail NAME [FIELD=VALUE...]: a channel to the mail server.
mail() {
	sit-notify channel add "$1" type=email url="smtp://localhost:$port" ca="$pki/ca.pem" from=sit@plant.example allow_private=yes to="${to-ops@plant.example}" "${@:2}"
}

# at TIME COMMAND...: as of that time of the day.
at() {
	SIT_NOW=2026-02-01T$1Z "${@:2}"
}

# power DEVICE VALUE TIME: it is measured, and judged.
power() {
	at "$3" sit-ingest -q --as "$1" power="$2"
}

# follow ROUTE...: rules are judged from now on; a route r, as said, to channel hook, and a channel ex.
follow() {
	sit-alarm run
	for c in hook ex; do sit-notify channel add "$c" type=file path="$BATS_TEST_TMPDIR/$c"; done
	sit-notify route add r channel=hook "$@"
}

# told TIME...: run then, each; what was said in all, a line each: when, where, messages, and of which device, change and severity.
told() {
	local now c
	for now in "$@"; do
		rm -f "$BATS_TEST_TMPDIR"/{hook,ex}
		at "$now" sit-notify run
		for c in hook ex; do
			[[ ! -e $BATS_TEST_TMPDIR/$c ]] || jq -rs --arg c "$now $c" \
				'"\($c) \(map(.token) | unique | length): \(map(.record | [.device, .change, .severity] | join(" ")) | join(", "))"' "$BATS_TEST_TMPDIR/$c"
		done
	done
}

# states: state and channel of each notice.
states() {
	sit-notify history -f jsonl | jq -r '"\(.state) \(.channel)"'
}

@test "a file gets a record for each change that its route is about, once" {
	sit-notify channel add log type=file path="$BATS_TEST_TMPDIR/log"
	sit-notify route add r channel=log select='site=plant' rule='ho*' severity=error
	raise m1 error
	raise m1 warning
	raise m2 error
	try sit-notify run
	want 0
	silent_stdout
	silent_stderr
	sit-notify run
	run -0 jq -c '.record | [.device, .rule, .change, .severity, .value, .gateway, .site]' "$BATS_TEST_TMPDIR/log"
	expect '["m1","hot","raised","error",9,"gw","plant"]'
	clear
	sit-notify run
	[[ $(wc -l <"$BATS_TEST_TMPDIR/log") == 1 ]]
	raise m1 critical
	clear
	sit-notify run
	run -0 jq -r '.record.change' "$BATS_TEST_TMPDIR/log"
	expect $'raised\nraised\ncleared'
	# A line that was cut off costs no other one.
	printf '{"half' >>"$BATS_TEST_TMPDIR/log"
	raise m1 critical
	sit-notify run
	[[ $(tail -n 1 "$BATS_TEST_TMPDIR/log" | jq -r .record.change) == raised ]]
}

@test "a route names rules that are there; a pattern may be for some to come" {
	sit-notify channel add log type=file path="$BATS_TEST_TMPDIR/log"
	try sit-notify route add r channel=log rule=hto
	want 2
	one_line_stderr 'rule: no rule "hto" (did you mean "hot"?)'
	sit-notify route add r channel=log rule='hot, cold*'
	try sit-notify route set r rule='hot,cold'
	want 2
	one_line_stderr 'r: rule: no rule "cold"'
	sql "UPDATE route SET rule = 'cold'" # kept before such a thing was refused
	sit-notify route set r note=old
}

@test "mail goes out over STARTTLS, with login, subject, text and attachment" {
	certificates
	peer smtp "$pki/localhost.pem" "$pki/localhost.key"
	mail ops user=ops subject='{severity}: {device}' text='{message}, seen {ts}'
	(umask 077 && printf 'let me in\n' >"$BATS_TEST_TMPDIR/secret")
	sit-notify channel secret ops --secret "@$BATS_TEST_TMPDIR/secret"
	sit-notify route add r channel=ops
	raise m1
	sit-notify run
	run -0 jq -c '[.from, .to, .tls, .login, .headers.subject, .text]' "$log"
	expect '["sit@plant.example",["ops@plant.example"],true,"ops","error: m1","power 9 is above 5, seen 2026-02-01T12:00:00Z\n"]'
	run -0 jq -r '.headers | .from, .to, .date, ."auto-submitted"' "$log"
	expect $'sit@plant.example\nops@plant.example\nSun, 01 Feb 2026 12:00:00 +0000\nauto-generated'
	[[ $(jq -r '.headers."message-id"' "$log") == "<$(sit-notify history -f jsonl | jq -r .token)@plant.example>" ]]
	run -0 sit-notify history
	expect_json '[.state, .answer, .to]' '["delivered","250","ops@plant.example"]'

	printf 'a,b\n1,2\n' >"$BATS_TEST_TMPDIR/r.csv"
	sit-notify send --channel ops --subject 'Größe' --attach "$BATS_TEST_TMPDIR/r.csv" $'line one\nline ä' >/dev/null
	run -0 jq -c 'select(.files != []) | [.headers.subject, .text, .files]' "$log"
	expect '["Größe","line one\nline ä, seen 2026-02-01T12:00:00Z\n",[["r.csv","a,b\n1,2\n"]]]'
}

@test "mail is not sent without TLS, to a server that is another one, or past a wrong password" {
	certificates
	peer smtp "$pki/localhost.pem" "$pki/localhost.key" plain
	mail bare
	try sit-notify channel test bare
	want 1
	expect_json .state '"dead"'
	[[ ! -e $log ]]
	sit-notify channel set bare tls=off
	sit-notify channel test bare >/dev/null
	[[ $(jq -c '[.tls, .login]' "$log") == '[false,null]' ]]
	# A login never goes without TLS.
	sit-notify channel set bare user=ops
	(umask 077 && printf 'let me in' >"$pki/pw")
	sit-notify channel secret bare --secret "@$pki/pw"
	try sit-notify channel test bare
	want 1
	expect_json .answer '"a login is not sent without TLS"'

	peer smtp "$pki/other.example.pem" "$pki/other.example.key"
	mail wrong
	try sit-notify channel test wrong
	want 1
	expect_json '.answer | test("localhost")' true
	peer smtp "$pki/localhost.pem" "$pki/localhost.key"
	mail login user=ops
	(umask 077 && printf 'wrong' >"$pki/wrong")
	sit-notify channel secret login --secret "@$pki/wrong"
	try sit-notify channel test login
	want 1
	expect_json '[.state, (.answer | test("[Ll]ogin|535"))]' '["dead",true]'
}

@test "each receiver has a notice of their own: one that is refused costs no other" {
	certificates
	peer smtp "$pki/localhost.pem" "$pki/localhost.key"
	to='nobody@plant.example, later@plant.example,ops@plant.example' mail ops
	sit-notify route add r channel=ops
	raise m1
	try sit-notify run
	want 6
	SIT_NOW=2026-02-01T12:00:15Z try sit-notify run
	run -0 sit-notify history
	expect_json '[.to, .state]' '["nobody@plant.example","dead"]' '["later@plant.example","waiting"]' '["ops@plant.example","delivered"]'
	[[ $(jq -c .to "$log") == '["ops@plant.example"]' ]]
}

@test "a webhook is signed, and says the same token whenever it is sent" {
	peer web
	hook w /once
	(umask 077 && printf 'our key' >"$BATS_TEST_TMPDIR/key")
	sit-notify channel secret w --secret "@$BATS_TEST_TMPDIR/key"
	sit-notify route add r channel=w
	raise m1
	try sit-notify run
	want 0
	one_line_stderr 'channel w: 500 out of order'
	run -0 sit-notify history
	expect_json '[.state, .tries, .answer]' '["waiting",1,"500 out of order [31m"]'
	sit-notify run
	[[ $(wc -l <"$log") == 1 ]] # not before it is due
	SIT_NOW=2026-02-01T12:00:12Z sit-notify run
	run -0 sit-notify history
	expect_json '[.state, .tries, .answer]' '["delivered",2,"200 thanks"]'
	[[ $(jq -r '.headers."Idempotency-Key"' "$log" | sort -u | wc -l) == 1 ]]
	while IFS=$'\t' read -r stamp signature body; do
		[[ $signature == "sha256=$(printf '%s.%s' "$stamp" "$body" | openssl dgst -sha256 -hmac 'our key' -r | cut -d' ' -f1)" ]]
	done < <(jq -r '[.headers."X-Sit-Timestamp", .headers."X-Sit-Signature", .body] | join("\t")' "$log")
	run -0 jq -c '.body | fromjson | [.channel, .n, .records[0].device, .text]' <(head -n 1 "$log")
	expect '["w",1,"m1","2026-02-01T12:00:00Z error m1 hot raised: power 9 is above 5"]'
}

@test "what fails is tried again later, longer each time, as the peer asks, and given up in the end" {
	peer web
	hook fails /fail tries=3
	hook later /later
	hook gone /gone
	hook away /away
	hook long /long
	for c in fails later gone away long; do sit-notify route add "$c" channel="$c"; done
	raise m1
	try sit-notify run
	want 6
	run -0 sit-notify history
	expect_json '[.channel, .state, .tries]' '["away","waiting",1]' '["fails","waiting",1]' '["gone","dead",1]' '["later","waiting",1]' '["long","delivered",1]'
	[[ $(sit-notify history channel=later -f jsonl --columns due) == '{"due":"2026-02-01T12:10:00Z"}' ]]
	run -0 jq -r .path "$log"
	[[ $output != */ok* ]]
	for now in 12:00:15 12:01:00 12:02:00; do SIT_NOW=2026-02-01T${now}Z sit-notify run 2>/dev/null || true; done
	run -0 sit-notify history channel=fails
	expect_json '[.state, .tries]' '["dead",3]'
	# Once the peer is well again they are sent anew.
	sit-notify channel set fails url="http://127.0.0.1:$port/ok"
	sit-notify retry "$(sit-notify history channel=fails -f jsonl | jq .id)"
	sit-notify run
	run -0 sit-notify history channel=fails
	expect_json '[.state, .tries]' '["delivered",1]'
	try sit-notify retry 999
	want 7
}

@test "nobody there, no such name, too slow, a certificate that does not fit" {
	certificates
	peer web
	hook slow /slow timeout=1s
	sit-notify channel add none type=webhook url=http://127.0.0.1:9/ allow_private=yes
	sit-notify channel add name type=webhook url=http://nothing.invalid/
	peer web "$pki/other.example.pem" "$pki/other.example.key"
	sit-notify channel add cert type=webhook url="https://localhost:$port/ok" ca="$pki/ca.pem" allow_private=yes
	for c in slow none name cert; do
		try sit-notify channel test "$c"
		want 1
		expect_json .state '"dead"'
	done
	[[ ! -e $log ]] || [[ $(jq -r .path "$log") != */ok* ]]
	peer web "$pki/localhost.pem" "$pki/localhost.key"
	sit-notify channel set cert url="https://localhost:$port/ok"
	sit-notify channel test cert >/dev/null
}

@test "mail: no such server, nobody there, one that says nothing: tried again" {
	peer web # waits for a request, as a mail server that hangs does not greet
	sit-notify channel add name type=email url=smtp://nothing.invalid from=a@plant.example to=b@plant.example
	sit-notify channel add none type=email url=smtp://127.0.0.1:9 from=a@plant.example to=b@plant.example allow_private=yes
	sit-notify channel add slow type=email url="smtp://127.0.0.1:$port" from=a@plant.example to=b@plant.example allow_private=yes timeout=1s
	for c in name none slow; do sit-notify route add $c channel=$c; done
	raise m1
	try sit-notify run
	want 0
	run -0 sit-notify history
	expect_json '[.channel, .state, .tries]' '["name","waiting",1]' '["none","waiting",1]' '["slow","waiting",1]'
	[[ ! -e $log ]]
}

@test "addresses that are not public are not spoken to unless the channel says so, whatever they are called" {
	peer web
	local n=0
	for host in 127.0.0.1 localhost 2130706433 0x7f000001 017700000001 127.1 '[::1]' '[::ffff:127.0.0.1]' 0.0.0.0 169.254.169.254 10.0.0.1; do
		sit-notify channel add "c$((++n))" type=webhook url="http://$host:$port/ok" timeout=2s
		try sit-notify channel test "c$n"
		want 1
		expect_json '[.state, (.answer | test("is not a public address"))]' '["dead",true]'
	done
	sit-notify channel add creds type=webhook url="http://user:pw@127.0.0.1:$port/ok" allow_private=yes
	try sit-notify channel test creds
	want 1
	for url in file:///etc/passwd gopher://127.0.0.1/ ftp://h/x; do
		try sit-notify channel add bad type=webhook url="$url"
		want 2
	done
	[[ ! -e $log ]]
}

@test "a program gets the records, without a shell, and exit 0 is delivered" {
	cat >"$BATS_TEST_TMPDIR/page" <<'END'
#!/bin/sh
printf '%s|' "$@" >"$0.args"
echo "$SIT_TOKEN" >"$0.token"
cat >"$0.in"
[ ! -e "$0.fail" ] || { echo 'no line' >&2; exit 3; }
END
	chmod +x "$BATS_TEST_TMPDIR/page"
	# shellcheck disable=SC2016 # that it is not expanded is the test
	sit-notify channel add page type=exec command="[\"$BATS_TEST_TMPDIR/page\",\"\$(touch $BATS_TEST_TMPDIR/shell)\",\"; rm x\"]"
	sit-notify route add r channel=page
	touch "$BATS_TEST_TMPDIR/page.fail"
	raise m1
	try sit-notify run
	one_line_stderr 'no line'
	rm "$BATS_TEST_TMPDIR/page.fail"
	SIT_NOW=2026-02-01T12:00:15Z sit-notify run
	[[ $(<"$BATS_TEST_TMPDIR/page.args") == "\$(touch $BATS_TEST_TMPDIR/shell)|; rm x|" && ! -e $BATS_TEST_TMPDIR/shell ]]
	run -0 jq -c '[.token, .record.device]' "$BATS_TEST_TMPDIR/page.in"
	expect "[\"$(<"$BATS_TEST_TMPDIR/page.token")\",\"m1\"]"
	run -0 sit-notify history
	expect_json '[.state, .answer]' '["delivered","exit 0"]'
	for command in '["page"]' '[]' '{}' '[1]'; do
		sit-notify channel set page command="$command"
		try sit-notify channel test page
		want 1
	done
	sit-notify channel set page command='["/bin/sleep","30"]' timeout=1s
	try sit-notify channel test page
	want 1
	expect_json '.answer | test("not done after 1 s")' true
}

@test "killed between sending and writing it down: sent again, and the other side can tell" {
	cat >"$BATS_TEST_TMPDIR/sink" <<'END'
#!/bin/sh
cat >>"$0.got"
[ $(($(wc -l <"$0.got") % 3)) = 2 ] || kill -9 $PPID
END
	chmod +x "$BATS_TEST_TMPDIR/sink"
	sit-notify channel add sink type=exec command="[\"$BATS_TEST_TMPDIR/sink\"]"
	sit-notify route add r channel=sink
	local i minute=0
	for i in {1..7}; do raise m1; done
	while [[ $(states) == *waiting* || $(states) == *sending* || -z $(states) ]]; do
		((++minute < 60))
		SIT_NOW=$(date -u -d "$SIT_NOW $((2 * minute)) minutes" +%FT%TZ) sit-notify run 2>/dev/null || true
	done
	[[ $(states | sort | uniq -c | xargs) == '7 delivered sink' ]]
	(($(wc -l <"$BATS_TEST_TMPDIR/sink.got") > 7))
	[[ $(jq -r .token "$BATS_TEST_TMPDIR/sink.got" | sort -u | wc -l) == 7 ]]
	[[ $(jq -r .record.alarm "$BATS_TEST_TMPDIR/sink.got" | sort -u | wc -l) == 7 ]]
}

@test "killed while the peer has not answered: the same message, by the same token, afterwards" {
	peer web
	hook w /hang
	sit-notify route add r channel=w group=30s by=all
	raise m1
	raise m2
	sit-notify run
	SIT_NOW=2026-02-01T12:00:31Z sit-notify run 3>&- &
	local pid=$!
	timeout 120 cat "$ready"
	kill -9 "$pid"
	wait "$pid" || true
	raise m1
	SIT_NOW=2026-02-01T12:00:32Z sit-notify run # another one has it, as far as can be known
	[[ $(wc -l <"$log") == 1 ]]
	SIT_NOW=2026-02-01T12:02:00Z sit-notify run
	run -0 jq -c '[.headers."Idempotency-Key", (.body | fromjson | .records | length)]' "$log"
	[[ $(sort -u <<<"$output" | wc -l) == 2 && $(sort <<<"$output" | uniq -d | jq '.[1]') == 2 ]]
	[[ $(states | sort | uniq -c | xargs) == '3 delivered w' ]]
}

@test "five hundred devices behind one dead gateway are one message" {
	peer web
	hook w /ok subject='{n} alarms: {device}'
	sit-notify route add r channel=w group=30s
	for i in {1..500}; do echo "{\"name\":\"d$i\",\"model\":\"meter\",\"gateway\":\"gw\"}"; done | sit-device add --file -
	local at
	at=$(us "$SIT_NOW")
	change "INSERT INTO alarm (org_id, device_id, rule_id, number, rule, datapoint, severity, raised, suppressed, flapping, flaps, message)
		SELECT d.org_id, d.id, r.id, 1, 'hot', 'power', 'error', $at, 0, 0, 0, 'nothing for 5m' FROM device d, rule r WHERE d.name LIKE 'd%' AND r.name = 'hot';
		INSERT INTO alarm_change (org_id, alarm_id, ts, at, change, severity, flaps, message)
		SELECT org_id, id, $at, $at, 'raised', 'error', 0, message FROM alarm"
	raise m2 # behind no gateway
	sit-notify run
	[[ ! -e $log ]]
	SIT_NOW=2026-02-01T12:00:31Z sit-notify run
	run -0 jq -c '.body | fromjson | [.n, (.records | length), (.text | split("\n") | length)]' "$log"
	expect $'[500,500,101]\n[1,1,1]'
	[[ $(states | sort | uniq -c | xargs) == '501 delivered w' ]]
}

@test "a route that leads nowhere is named once and costs no other" {
	sit-notify channel add log type=file path="$BATS_TEST_TMPDIR/log"
	sit-group add some
	sit-notify route add lost channel=log select=group:some change=acknowledged
	sit-notify route add r channel=log
	sit-notify route add told channel=log kind=system
	change "UPDATE route SET \"select\" = 'group:gone' WHERE name = 'lost'" # by whoever can
	raise m1
	try sit-notify run
	want 0
	one_line_stderr 'route lost tells nobody: select: no group "gone" (did you mean "some"?) (sit-notify route set)'
	raise m2
	try sit-notify run
	want 0 && silent_stderr
	run -0 jq -r '.record | [.kind, .device, .severity] | join(" ")' "$BATS_TEST_TMPDIR/log"
	expect $'alarm m1 error\nsystem  error\nalarm m2 error'
	sit-notify route set lost select=group:some
	raise m1
	sit-notify run
	run -0 sit-event list kind=system
	expect_json '[.severity, .source, .data.about]' '["error","system","route lost"]' '["info","system","route lost"]'
	[[ $(sql 'SELECT COUNT(*) FROM trouble') == 0 ]]
}

@test "two routes to one channel tell it once; a rule, a kind, a schedule, a severity leave out" {
	sit-notify channel add log type=file path="$BATS_TEST_TMPDIR/log"
	sit-notify route add all channel=log
	sit-notify route add hot channel=log rule=hot
	sit-notify route add night channel=log schedule='22:00-06:00' tz=Europe/Paris change=raised,acknowledged
	sit-notify route add events channel=log kind=maintenance severity=info
	raise m1
	change "INSERT INTO event (org_id, device_id, ts, at, kind, severity, source, message)
		SELECT org_id, id, $(us "$SIT_NOW"), $(us "$SIT_NOW"), 'maintenance', 'info', 'test', 'greased' FROM device WHERE name = 'm1'"
	change "INSERT INTO event (org_id, device_id, ts, at, kind, severity, source, message)
		SELECT org_id, id, $(us "$SIT_NOW"), $(us "$SIT_NOW"), 'system', 'critical', 'test', 'left out' FROM device WHERE name = 'm1'"
	sit-notify run
	run -0 jq -r '.record | [.kind, .message] | join(" ")' "$BATS_TEST_TMPDIR/log"
	expect $'alarm power 9 is above 5\nmaintenance greased'
	[[ $(sql 'SELECT COUNT(*) FROM event WHERE told IS NULL') == 0 ]]
}

@test "it is told again and to others until somebody acknowledges it" {
	sit-notify channel add ops type=file path="$BATS_TEST_TMPDIR/ops"
	sit-notify channel add boss type=file path="$BATS_TEST_TMPDIR/boss"
	sit-notify route add r channel=ops repeat=1h escalate=15m:boss,90m:boss
	raise m1
	sit-notify run
	for now in 12:14 12:16 13:01 13:02; do SIT_NOW=2026-02-01T$now:00Z sit-notify run; done
	[[ $(wc -l <"$BATS_TEST_TMPDIR/ops") == 2 && $(wc -l <"$BATS_TEST_TMPDIR/boss") == 1 ]]
	[[ $(jq -r .token "$BATS_TEST_TMPDIR/ops" | sort -u | wc -l) == 2 ]]
	change "UPDATE alarm SET acked = $(us 2026-02-01T13:10:00Z), acked_by = 'anna'"
	for now in 13:31 14:05 15:30; do SIT_NOW=2026-02-01T$now:00Z sit-notify run; done
	[[ $(wc -l <"$BATS_TEST_TMPDIR/ops") == 2 && $(wc -l <"$BATS_TEST_TMPDIR/boss") == 1 ]]
	[[ $(states | sort | uniq -c | xargs) == '1 delivered boss 2 delivered ops 1 dropped boss 1 dropped ops' ]]
}

@test "what was raised in a silence, or shelved in advance, begins for those who are told when that is over" {
	sit-notify channel add tell type=file path="$BATS_TEST_TMPDIR/told"
	sit-notify route add all channel=tell repeat=10m
	sit-notify route add ends channel=tell change=cleared
	sit-alarm run
	at 12:00:10 sit-alarm silence add m1 --for 30m -m work
	power m1 9 12:01:00
	at 12:01:01 sit-notify run
	[[ ! -e $BATS_TEST_TMPDIR/told ]]
	at 12:30:11 sit-alarm run >/dev/null
	at 12:30:12 sit-notify run
	[[ $(jq -r .record.change "$BATS_TEST_TMPDIR/told") == unsuppressed ]]
	at 12:40:13 sit-notify run
	[[ $(wc -l <"$BATS_TEST_TMPDIR/told") == 2 ]] # and again, while nobody acknowledges it
	at 12:41:00 sit-alarm shelve 1 --for 5m
	at 12:47:00 sit-alarm run >/dev/null
	at 12:47:01 sit-notify run
	[[ $(jq -r .record.change "$BATS_TEST_TMPDIR/told" | xargs) == 'unsuppressed unsuppressed' ]] # they know of it
}

@test "of what is shelved or silenced nobody is told again; when that ends they are, once" {
	follow repeat=10m escalate=15m:ex
	power m1 9 12:01:00
	run -0 told 12:01:01
	expect '12:01:01 hook 1: m1 raised warning'
	at 12:05:00 sit-alarm shelve 1 --for 1h
	run -0 told 12:11:01 12:16:01 12:30:00 13:04:59 13:05:00 13:15:00
	expect $'13:05:00 hook 1: m1 raised warning\n13:05:00 ex 1: m1 raised warning\n13:15:00 hook 1: m1 raised warning'
	# Before its time, too.
	at 13:16:00 sit-alarm shelve 1 --for 1h
	run -0 told 13:25:00
	expect ''
	at 13:30:00 sit-alarm unshelve 1
	run -0 told 13:30:01 13:40:00 13:40:01
	expect $'13:30:01 hook 1: m1 raised warning\n13:40:01 hook 1: m1 raised warning'
	at 13:45:00 sit-alarm silence add m1 --for 1h -m x
	at 13:45:00 sit-alarm run
	run -0 told 13:50:01 14:20:00
	expect ''
	at 14:45:01 sit-alarm run
	run -0 told 14:45:02
	expect '14:45:02 hook 1: m1 raised warning'
	# Acknowledged meanwhile: not any more.
	at 14:46:00 sit-alarm shelve 1 --for 1h
	run -0 told 14:55:02
	at 15:00:00 sit-alarm ack 1
	run -0 told 15:46:00 15:56:00
	expect ''
	run -0 sit-notify history state=dropped
	expect_json .kind '"repeat"'
}

@test "of those that were told together each is told again until it is acknowledged, together" {
	follow group=30s by=all repeat=10m
	power m1 9 12:01:00
	power m2 9 12:01:05
	run -0 told 12:01:06 12:01:40 12:11:40
	expect $'12:01:40 hook 1: m1 raised warning, m2 raised warning\n12:11:40 hook 1: m1 raised warning, m2 raised warning'
	# The first one, which the others went out with.
	at 12:12:00 sit-alarm ack 1
	run -0 told 12:21:39 12:21:40 12:31:40
	expect $'12:21:40 hook 1: m2 raised warning\n12:31:40 hook 1: m2 raised warning'
	sit-rule add warm model=meter datapoint=power condition=gt threshold=7
	at 12:32:00 sit-alarm run
	power m1 9 12:32:01
	power m2 9 12:32:02
	run -0 told 12:32:03 12:32:33
	expect '12:32:33 hook 1: m1 raised warning, m2 raised warning'
	# One that is shelved meanwhile goes on by itself.
	at 12:33:00 sit-alarm shelve --select 'rule=warm and device=m1' --for 1h
	at 12:33:00 sit-alarm ack 2
	run -0 told 12:42:33 12:52:33
	expect $'12:42:33 hook 1: m2 raised warning\n12:52:33 hook 1: m2 raised warning'
	at 12:53:00 sit-alarm ack --select 'rule=warm and device=m2'
	run -0 told 13:02:33 13:33:00
	expect '13:33:00 hook 1: m1 raised warning'
}

@test "a message of several that is tried again goes out as it was, as long as one of them is wanted" {
	follow group=30s by=all repeat=10m
	power m1 9 12:01:00
	power m2 9 12:01:05
	run -0 told 12:01:06 12:01:40
	rm "$BATS_TEST_TMPDIR/hook"
	mkdir "$BATS_TEST_TMPDIR/hook"
	at 12:11:40 sit-notify run 2>/dev/null || true
	rmdir "$BATS_TEST_TMPDIR/hook"
	at 12:11:45 sit-alarm ack 1
	run -0 told 12:12:00
	expect '12:12:00 hook 1: m1 raised warning, m2 raised warning'
}

@test "an alarm that grows as bad as a route asks for is told again, and to others, from then on" {
	sit-rule set hot ladder=critical:20
	follow severity=critical repeat=10m escalate=15m:ex
	power m1 9 12:01:00
	run -0 told 12:01:01
	expect ''
	power m1 25 12:02:00
	run -0 told 12:02:01 12:12:00 12:12:01 12:16:59 12:17:00 12:22:01
	expect $'12:02:01 hook 1: m1 escalated critical\n12:12:01 hook 1: m1 escalated critical\n12:17:00 ex 1: m1 escalated critical\n12:22:01 hook 1: m1 escalated critical'
	# Again, after it was less: from then on.
	power m1 9 12:23:00
	power m1 25 12:24:00
	run -0 told 12:24:00 12:32:01 12:34:00 12:39:00
	expect $'12:24:00 hook 1: m1 escalated critical\n12:34:00 hook 1: m1 escalated critical\n12:39:00 ex 1: m1 escalated critical'
	at 12:40:00 sit-alarm ack 1
	run -0 told 12:44:00 12:54:00
	expect ''
	# What nobody was told of while it was shelved begins when that is over.
	sit-notify route set r severity=warning
	at 12:55:00 sit-alarm shelve 1 --for 10m
	power m1 1 12:56:00
	power m1 9 12:57:00
	power m1 25 13:06:00
	run -0 told 13:06:00 13:16:00 13:21:00
	expect $'13:06:00 hook 2: m1 unshelved warning, m1 escalated critical\n13:16:00 hook 1: m1 unshelved warning\n13:21:00 ex 1: m1 unshelved warning'
}

@test "whoever was told of an alarm is told that it is over, also when it was less before" {
	sit-rule set hot ladder=error:20
	follow severity=error repeat=10m escalate=15m:ex
	power m1 25 12:01:00
	run -0 told 12:01:01
	expect '12:01:01 hook 1: m1 raised error'
	power m1 9 12:02:00
	run -0 told 12:02:00 12:11:01 12:16:01 12:40:00
	expect ''
	power m1 3 12:41:00
	run -0 told 12:41:00 12:51:00
	expect '12:41:00 hook 1: m1 cleared warning'
	# Whoever was not is not.
	power m1 9 12:52:00
	run -0 told 12:52:00
	power m1 3 12:53:00
	run -0 told 12:53:00
	expect ''
	# All at once: first that it is there.
	power m1 25 12:54:00
	power m1 9 12:55:00
	power m1 3 12:56:00
	run -0 told 12:56:00
	expect '12:56:00 hook 2: m1 raised error, m1 cleared warning'
}

@test "whoever was called in hears how it goes on and that it is over; whoever was not does not" {
	follow change=raised,acknowledged,cleared escalate=15m:ex
	power m1 9 12:01:00
	run -0 told 12:01:00 12:16:00
	expect $'12:01:00 hook 1: m1 raised warning\n12:16:00 ex 1: m1 raised warning'
	at 12:17:00 sit-alarm ack 1
	power m1 1 12:18:00
	run -0 told 12:18:00
	expect $'12:18:00 hook 2: m1 acknowledged warning, m1 cleared warning\n12:18:00 ex 2: m1 acknowledged warning, m1 cleared warning'
	power m1 9 12:20:00
	power m1 1 12:25:00
	run -0 told 12:25:00 12:35:00
	expect '12:25:00 hook 2: m1 raised warning, m1 cleared warning'
}

@test "in quiet hours nobody is told again or called in, unless the alarm has grown too bad for that" {
	sit-rule set hot ladder=critical:20
	follow quiet=12:10-13:00 repeat=10m escalate=15m:ex
	power m1 9 12:01:00
	power m2 9 12:02:00
	run -0 told 12:02:00 12:12:00 12:30:00
	expect '12:02:00 hook 2: m1 raised warning, m2 raised warning'
	power m1 25 12:31:00
	run -0 told 12:31:00 12:41:00 12:46:00 12:51:00
	expect $'12:31:00 hook 1: m1 escalated critical\n12:41:00 hook 1: m1 escalated critical\n12:46:00 ex 1: m1 escalated critical\n12:51:00 hook 1: m1 escalated critical'
	run -0 told 13:00:00
	expect $'13:00:00 hook 1: m2 raised warning\n13:00:00 ex 1: m2 raised warning'
	# What begins in the night is told of in the morning, and others are called in a while after that.
	sit-notify route set r quiet=14:00-14:30
	for device in m1 m2; do power "$device" 1 13:01:00; done
	run -0 told 13:01:00
	power m2 9 14:05:00
	run -0 told 14:05:00 14:20:00 14:30:00 14:40:00 14:44:59 14:45:00
	expect $'14:30:00 hook 1: m2 raised warning\n14:40:00 hook 1: m2 raised warning\n14:45:00 ex 1: m2 raised warning'
}

@test "what waits for others or for the morning is not told while the alarm is shelved or silenced meanwhile" {
	follow group=30s by=all
	power m1 9 12:01:00
	power m2 9 12:01:01
	run -0 told 12:01:02
	at 12:01:10 sit-alarm shelve 1 --for 10m
	run -0 told 12:01:40 12:05:00
	expect '12:01:40 hook 1: m2 raised warning'
	at 12:11:10 sit-alarm run >/dev/null
	run -0 told 12:11:10 12:20:00
	expect '12:11:10 hook 1: m1 raised warning'
	power m2 1 12:21:00
	run -0 told 12:21:00 12:21:30
	expect '12:21:30 hook 1: m2 cleared warning'
	power m2 9 12:22:00
	run -0 told 12:22:00
	at 12:22:01 sit-alarm silence add m2 --for 1h -m work
	at 12:22:01 sit-alarm run >/dev/null
	run -0 told 12:22:30
	expect ''
	# Over before anybody was to hear of it: nobody does.
	power m2 1 12:23:00
	run -0 told 12:23:00 12:23:30 13:30:00
	expect ''
}

@test "what grows too bad for the night while it waits for the morning is told at once, again and to others, from then on" {
	sit-rule set hot ladder=critical:20
	follow quiet=12:10-18:00 repeat=10m escalate=15m:ex
	power m1 9 12:11:00
	run -0 told 12:11:00
	expect ''
	power m1 25 12:12:00
	run -0 told 12:12:00 12:22:00 12:26:59 12:27:00
	expect $'12:12:00 hook 2: m1 raised warning, m1 escalated critical\n12:22:00 hook 1: m1 escalated critical\n12:27:00 ex 1: m1 escalated critical'
	at 12:28:00 sit-alarm ack 1
	run -0 told 12:32:00 18:00:00 18:15:00
	expect ''
}

@test "a wait for others that ends in quiet hours goes on until the morning, in one message with the rest" {
	follow quiet=12:10-18:00 group=30s by=all escalate=15m:ex
	power m1 9 12:09:50
	run -0 told 12:09:50
	power m2 9 12:11:00
	run -0 told 12:11:00 12:30:00 18:00:00 18:14:59 18:15:00
	expect $'18:00:00 hook 1: m1 raised warning, m2 raised warning\n18:15:00 ex 2: m1 raised warning, m2 raised warning'
}

@test "in quiet hours what is told again takes nothing along that waits for the morning" {
	sit-rule set hot ladder=critical:20
	follow quiet=12:10-18:00 repeat=10m group=30s by=all
	power m1 9 12:01:00
	power m2 9 12:01:00
	run -0 told 12:01:00 12:01:30 12:11:30
	expect '12:01:30 hook 1: m1 raised warning, m2 raised warning'
	power m2 25 12:12:00
	run -0 told 12:12:00 12:12:30 12:22:30
	expect $'12:12:30 hook 1: m2 escalated critical\n12:22:30 hook 1: m2 escalated critical'
}

@test "several that are sent again by hand go out while one of them is wanted" {
	follow group=30s by=all
	sit-notify channel set hook tries=1
	mkdir "$BATS_TEST_TMPDIR/hook"
	power m1 9 12:01:00
	power m2 9 12:01:00
	at 12:01:00 sit-notify run 2>/dev/null || true
	at 12:01:30 sit-notify run 2>/dev/null || true
	rmdir "$BATS_TEST_TMPDIR/hook"
	at 12:02:00 sit-alarm silence add m1 --for 1h -m work
	at 12:02:00 sit-alarm run >/dev/null
	power m1 1 12:03:00
	at 12:04:00 sit-notify retry --all
	run -0 told 12:04:00
	expect '12:04:00 hook 1: m1 raised warning, m2 raised warning'
}

@test "of those that were told together what is less than the route asks for waits" {
	sit-rule set hot ladder=error:20
	follow severity=error group=30s by=all repeat=10m
	power m1 25 12:01:00
	power m2 25 12:01:00
	run -0 told 12:01:00 12:01:30
	expect '12:01:30 hook 1: m1 raised error, m2 raised error'
	power m2 9 12:02:00
	run -0 told 12:11:30
	expect '12:11:30 hook 1: m1 raised error'
	power m2 25 12:12:00
	run -0 told 12:12:00 12:12:30 12:21:30 12:22:30
	expect $'12:12:30 hook 1: m2 escalated error\n12:21:30 hook 1: m1 raised error\n12:22:30 hook 1: m2 escalated error'
}

@test "at night only what is critical comes through; the rest in the morning, in one message" {
	peer web
	hook w /ok
	sit-notify route add r channel=w quiet=22:00-06:30 tz=Europe/Paris
	SIT_NOW=2026-02-01T23:00:00Z
	raise m1 error
	raise m2 critical
	raise m1 warning
	sit-notify run
	run -0 jq -c '.body | fromjson | [.records[].device]' "$log"
	expect '["m2"]'
	SIT_NOW=2026-02-02T05:29:59Z sit-notify run
	SIT_NOW=2026-02-02T05:30:00Z sit-notify run
	run -0 jq -c '.body | fromjson | [.records[] | .severity]' "$log"
	expect $'["critical"]\n["error","warning"]'
}

@test "Slack, Teams, SMS and push get what their APIs take, and nothing that a device says is taken for more" {
	peer web
	(umask 077 && printf 'http://127.0.0.1:%s/slack' "$port" >"$BATS_TEST_TMPDIR/url")
	(umask 077 && printf 'tk' >"$BATS_TEST_TMPDIR/tk")
	sit-notify channel add slack type=slack allow_private=yes
	sit-notify channel secret slack --secret "@$BATS_TEST_TMPDIR/url"
	sit-notify channel add teams type=teams url="http://127.0.0.1:$port/teams" allow_private=yes
	sit-notify channel add sms type=sms url="http://127.0.0.1:$port" user=AC1 from=+15550100 to=+15550101 allow_private=yes
	sit-notify channel add push type=push url="http://127.0.0.1:$port/" to=alerts allow_private=yes
	for c in sms push; do sit-notify channel secret "$c" --secret "@$BATS_TEST_TMPDIR/tk"; done
	local text='<!channel> a&b [x](http://evil) "q" \ ü'
	for c in slack teams sms push; do sit-notify send --channel "$c" --severity critical --subject s "$text" >/dev/null; done
	run -0 jq -r 'select(.path == "/slack").body | fromjson.text' "$log"
	expect $'*s*\n&lt;!channel&gt; a&amp;b [x](http://evil) "q" \\ ü'
	run -0 jq -r 'select(.path == "/teams").body | fromjson | .type, .attachments[0].contentType, .attachments[0].content.type, .attachments[0].content.body[1].text' "$log"
	expect $'message\napplication/vnd.microsoft.card.adaptive\nAdaptiveCard\n<!channel\\> a&b \\[x\\]\\(http://evil\\) "q" \\\\ ü'
	run -0 jq -r 'select(.path == "/2010-04-01/Accounts/AC1/Messages.json") | .headers.Authorization, .headers."Content-Type", .body' "$log"
	expect "Basic $(printf AC1:tk | base64)"$'\napplication/x-www-form-urlencoded\nTo=%2B15550101&From=%2B15550100&Body=%3C%21channel%3E%20a%26b%20%5Bx%5D%28http%3A%2F%2Fevil%29%20%22q%22%20%5C%20%C3%BC'
	# Each field of the envelope is one that the documentation of Teams and Adaptive Cards has, each block one line.
	sit-notify route add r channel=teams group=30s by=all
	raise m1
	raise m2
	sit-notify run
	SIT_NOW=2026-02-01T12:00:31Z sit-notify run
	run -0 jq -c 'select(.path == "/teams").body | fromjson | [keys, (.attachments[0] | keys), .attachments[0].contentUrl, (.attachments[0].content | keys), .attachments[0].content.version, [.attachments[0].content.body[] | [.type, .wrap, .text]]]' <(tail -n 1 "$log")
	expect '[["attachments","type"],["content","contentType","contentUrl"],null,["$schema","body","type","version"],"1.4",[["TextBlock",true,"error m1 hot raised (and 1 more)"],["TextBlock",true,"2026-02-01T12:00:00Z error m1 hot raised: power 9 is above 5"],["TextBlock",true,"2026-02-01T12:00:00Z error m2 hot raised: power 9 is above 5"]]]'
	run -0 sit-notify history state=delivered
	expect_json 'select(.channel == "sms") | .answer' '"201 SM87105da94bff44b999e4e6eb90d8eb6a queued"'
	expect_json 'select(.channel == "slack") | .answer' '"200 ok"'
	expect_json 'select(.channel == "teams") | .answer' '"202"' '"202"' '"202"'
	# What is refused as wrong is not tried again; the rest of the answer says why.
	sit-notify channel set sms to=+15550000
	try sit-notify send --channel sms x
	want 5
	expect_json '[.state, .answer]' "[\"dead\",\"400 21211 The 'To' number +15550000 is not a valid phone number.\"]"
	# Longer than they take: cut, between characters.
	printf 'ä%.0s' {1..9000} >"$BATS_TEST_TMPDIR/long"
	for c in push teams; do sit-notify send --channel $c "$(<"$BATS_TEST_TMPDIR/long")" >/dev/null; done
	(($(jq -r 'select(.path == "/").body | fromjson.message' "$log" | tail -n 1 | tr -d '\n' | wc -c) == 4096))
	(($(jq -r 'select(.path == "/teams").body' "$log" | tail -n 1 | wc -c) < 28000))
	run -0 jq -r 'select(.path == "/") | .headers.Authorization, (.body | fromjson | .topic, .title, .priority)' "$log"
	[[ ${output//$'\n'/ } == 'Bearer tk alerts s 5'* ]]
}

@test "nothing in a message becomes a header of its own" {
	certificates
	peer smtp "$pki/localhost.pem" "$pki/localhost.key"
	mail ops subject='{message}'
	sit-notify route add r channel=ops
	raise m1
	change "UPDATE alarm_change SET message = 'x' || $(on_postgres && echo 'chr(13) || chr(10)' || echo 'char(13, 10)') || 'Bcc: evil@plant.example'"
	sit-notify run
	sit-notify send --channel ops --subject $'y\r\nBcc: evil@plant.example' z >/dev/null
	run -0 jq -c '[.to, .headers.bcc, .headers.subject]' "$log"
	expect $'[["ops@plant.example"],null,"x  Bcc: evil@plant.example"]\n[["ops@plant.example"],null,"y  Bcc: evil@plant.example"]'
	for field in "to=a@b.example"$'\r\n'"Bcc: c@d.example" "from=a@b"$'\n'"x" "subject=a"$'\n'"b"; do
		try sit-notify channel set ops "$field"
		want 2
		[[ $stderr == *'control character'* ]]
	done
	sit-notify channel set ops to='a@b.example>,<c@d.example'
	try sit-notify channel test ops
	want 1
	[[ $(wc -l <"$log") == 2 ]]
}

@test "secrets are in no listing, no trail, no export, and go nowhere else" {
	peer web
	hook w /ok
	(umask 077 && printf 'xyzzy-secret' >"$BATS_TEST_TMPDIR/key")
	sit-notify channel secret w --secret "@$BATS_TEST_TMPDIR/key"
	try sit-notify channel secret w --secret xyzzy-secret
	want 2
	sit-notify channel test w >/dev/null
	for what in 'channel list -f json' 'channel show w' 'history -f json' 'status 1'; do
		# shellcheck disable=SC2086
		run -0 sit-notify $what
		[[ $output != *xyzzy* ]]
	done
	run -0 sit-audit list -f json --columns noun,verb,name,old,new
	[[ $output != *xyzzy* && $output == *'"verb":"secret"'* ]]
	run -0 sit-notify channel show w
	expect_json .secret_since '"2026-02-01T12:00:00Z"'
	sit-org export default -o "$BATS_TEST_TMPDIR/set" 2>/dev/null
	run ! zgrep -r xyzzy "$BATS_TEST_TMPDIR/set"
	# To another place it does not go along.
	try sit-notify channel set w url="http://127.0.0.1:$port/other"
	want 0
	[[ $stderr == *'its secret'* ]] || true
	sit-notify channel test w >/dev/null
	run -0 jq -c 'select(.path == "/other").headers | has("X-Sit-Signature")' "$log"
	expect false
}

@test "what waited when the store was backed up is held after a restore" {
	only_sqlite 'sit-backup restores files'
	sit-notify channel add log type=file path="$BATS_TEST_TMPDIR/log"
	sit-notify route add r channel=log group=30s
	raise m1
	sit-notify run
	raise m2
	sit-backup create "$BATS_TEST_TMPDIR/backup" >/dev/null
	SIT_NOW=2026-02-01T13:00:00Z sit-notify run
	SIT_NOW=2026-02-01T14:00:00Z sit-backup restore "$BATS_TEST_TMPDIR/backup" --to "$BATS_TEST_TMPDIR/again.db" >/dev/null
	export SIT_DB=$BATS_TEST_TMPDIR/again.db SIT_NOW=2026-02-01T15:00:00Z
	mv "$BATS_TEST_TMPDIR/log" "$BATS_TEST_TMPDIR/log.1"
	sit-notify run
	[[ ! -e $BATS_TEST_TMPDIR/log && $(states | sort | uniq -c | xargs) == '2 held log' ]]
	sit-notify release --drop "$(sit-notify history -f jsonl | jq -s '.[1].id')"
	sit-notify release --all
	sit-notify run
	[[ $(states | sort | uniq -c | xargs) == '1 delivered log 1 dropped log' ]]
	# Whoever got it from the store before knows it again.
	[[ $(jq -r .token "$BATS_TEST_TMPDIR/log") == "$(jq -r .token "$BATS_TEST_TMPDIR/log.1" | tail -n 1)" ]]
}

@test "run -F goes on, and sends what happens meanwhile" {
	mkfifo "$BATS_TEST_TMPDIR/said"
	printf '#!/bin/sh\nexec cat >"%s/said"\n' "$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/tell"
	chmod +x "$BATS_TEST_TMPDIR/tell"
	sit-notify channel add tell type=exec command="[\"$BATS_TEST_TMPDIR/tell\"]"
	sit-notify route add r channel=tell
	sit-notify run -F 3>&- &
	local pid=$!
	peers+=("$pid")
	for device in m1 m2; do
		raise "$device"
		[[ $(jq -r .record.device "$BATS_TEST_TMPDIR/said") == "$device" ]]
	done
	# Said is not yet written down.
	until [[ $(states | sort | uniq -c | xargs) == '2 delivered tell' ]] || ! kill -0 "$pid"; do command sleep 0.05; done
	kill -TERM "$pid"
	status=0
	wait "$pid" || status=$?
	want 143
	sit-notify run
	[[ $(states | sort | uniq -c | xargs) == '2 delivered tell' ]]
}

@test "one run for all organisations, each in its own scope" {
	local o
	for o in one two; do
		sit-org add $o --org '*'
		sit-notify channel add log type=file path="$BATS_TEST_TMPDIR/$o" --org $o
		sit-notify route add r channel=log kind=system --org $o
		sit-event add kind=system severity=error message="of $o" --org $o
	done
	sit-notify channel add log type=file path="$BATS_TEST_TMPDIR/default"
	sit-notify route add r channel=log
	raise m1
	try sit-notify run --org '*' -v
	want 0 && one_line_stderr '3 new, 3 delivered'
	run -0 jq -r '.record | [.org, .message] | join(": ")' "$BATS_TEST_TMPDIR"/{one,two,default}
	expect $'one: of one\ntwo: of two\ndefault: power 9 is above 5'
	try sit-notify run --org '*' -v
	one_line_stderr '0 new, 0 delivered'
	try sit-notify send --channel log x --org '*'
	want 2
	# One that fails is named, and stops no other.
	on_postgres && return # it keeps no JSON that is none
	sit-notify route set r group=30s --org one
	for o in one two; do sit-event add kind=system severity=error message="again $o" --org $o; done
	sit-notify run --org one
	change "UPDATE notice SET record = '{' WHERE record LIKE '%again one%'"
	SIT_NOW=2026-02-01T12:01:00Z try sit-notify run --org '*'
	want 6
	[[ ${stderr_lines[0]} == 'sit-notify: organisation one: notice '*'not JSON'* && ${stderr_lines[1]} == *'1 of 3 organisations'* && ${#stderr_lines[@]} == 2 ]]
	[[ $(tail -n 1 "$BATS_TEST_TMPDIR/two" | jq -r .record.message) == 'again two' ]]
}

@test "run -F for all organisations hears of each" {
	mkfifo "$BATS_TEST_TMPDIR/said"
	printf '#!/bin/sh\nexec cat >"%s/said"\n' "$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/tell"
	chmod +x "$BATS_TEST_TMPDIR/tell"
	for o in one two; do
		sit-org add $o --org '*'
		sit-notify channel add tell type=exec command="[\"$BATS_TEST_TMPDIR/tell\"]" --org $o
		sit-notify route add r channel=tell kind=system --org $o
	done
	sit-notify run -F --org '*' 3>&- &
	peers+=("$!")
	for o in two one two; do
		sit-event add kind=system severity=error message=x --org $o
		[[ $(jq -r .record.org "$BATS_TEST_TMPDIR/said") == "$o" ]]
	done
	kill -TERM "${peers[-1]}"
	status=0
	wait "${peers[-1]}" || status=$?
	want 143
}

@test "what a channel or route cannot be is refused, and what is used stays" {
	while IFS='|' read -r words why; do
		# shellcheck disable=SC2086
		try sit-notify $words
		want 2
		one_line_stderr "$why"
	done <<-'END'
		channel add c type=email|url: a channel of type email needs one
		channel add c type=file path=log|path: write it from the root on
		channel add c type=file path=/x to=y|to: a channel of type file has none
		channel add c type=email url=smtp://h from=a to=b@h|from: "a" is not a mail address
		channel add c type=email url=smtp://h from=a@h to=b@h,c|to: "c" is not a mail address
		channel add c type=webhook url=smtp://h|url: of a channel of type webhook
		channel add c type=journal text={devise}|text: there is no {devise}
		route add r channel=none|channel:
		send hello|needs --channel
		retry|--all
	END
	sit-notify channel add c type=journal
	for wrong in select=group:nobody select=a==b schedule=never escalate=soon:c escalate=5m:nobody kind=wonder repeat=1s; do
		try sit-notify route add r channel=c "$wrong"
		want 2
	done
	sit-notify channel add d type=journal
	sit-group add some
	sit-notify route add r channel=c select=group:some escalate=15m:d
	while IFS='|' read -r words why; do
		# shellcheck disable=SC2086
		try $words
		want 7
		one_line_stderr "$why"
	done <<-'END'
		sit-notify channel rm c -y|c: still has 1 route (r)
		sit-notify channel rm d -y|d: the escalation of route r names it
		sit-notify channel set d name=e|the escalation of route r names it
		sit-group rm some -y|some: the selector of route r names it
		sit-group set some name=any|the selector of route r names it
	END
	sit-notify route rm r -y
	sit-notify channel rm c d -y
	try sit-notify status 1
	want 3
}

@test "who shows a key has no channels that work on the machine" {
	sit-user add anna role=org_admin
	(umask 077 && sit-user key add anna -q -o "$BATS_TEST_TMPDIR/key")
	export SIT_KEY=@$BATS_TEST_TMPDIR/key
	sit-notify channel add fine type=webhook url=https://hooks.example/x
	while read -r -a words; do
		try sit-notify channel add bad "${words[@]}"
		want 4
	done <<-'END'
		type=exec command=["/bin/true"]
		type=file path=/tmp/x
		type=journal
		type=webhook url=https://h.example/ allow_private=yes
		type=webhook url=https://h.example/ ca=/etc/shadow
	END
	try sit-notify channel set fine allow_private=yes
	want 4
}
