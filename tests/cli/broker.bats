#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2046,SC2119,SC2120 # words without blanks
# A real mosquitto on a Unix socket and a port of its own, driven by sit-broker.
load ../helpers
load ../driven

given() {
	new_store
	broker_given
}

@test "init makes a folder for its user only, once" {
	try sit-broker init --dir "$dir" --listen "127.0.0.1:$port" --url mqtts://broker.example.com
	want 0
	[[ $(stat -c %a "$dir" "$dir/mosquitto.conf" "$dir/services" "$dir"/services/*) == $'700\n600\n700\n600\n600' ]]
	for line in 'allow_anonymous false' 'persistence true' 'autosave_on_changes true' 'max_inflight_messages 0' 'max_queued_messages 100000' \
		'max_packet_size 1048576' 'sys_interval 0' "password_file $dir/passwd" "acl_file $dir/acl" "listener 0 $dir/mqtt.sock" "listener $port 127.0.0.1"; do
		grep -qxF "$line" "$dir/mosquitto.conf" || explain "no line: $line"
	done
	try sit-broker init --dir "$dir"
	want 7
	one_line_stderr 'is there already'
	sit-device add m1
	sit-device credential add m1 -q -o "$bundles/m1.json"
	[[ $(jq -r .host "$bundles/m1.json") == broker.example.com ]]
}

@test "a folder that is there: its URL can be said later, its listeners are those of its configuration" {
	sit-broker init --dir "$dir" --listen "127.0.0.1:$port"
	cp "$dir/mosquitto.conf" "$BATS_TEST_TMPDIR/before"
	try sit-broker init --dir "$dir" --url mqtts://later.example.com
	want 0
	cmp "$dir/mosquitto.conf" "$BATS_TEST_TMPDIR/before"
	sit-device add m1
	sit-device credential add m1 -q -o "$bundles/m1.json"
	[[ $(jq -r .host "$bundles/m1.json") == later.example.com ]]
	try sit-broker run --dir "$dir" --listen 127.0.0.1:1
	want 7 && one_line_stderr "$dir/mosquitto.conf says something else of listeners"
	try sit-ingest --as m1 "mqtt+unix://$dir" --user x --password @/dev/null
	want 2 && one_line_stderr "is a folder; a broker of sit-broker has its socket at mqtt+unix://$dir/mqtt.sock"
}

@test "init refuses what would be open, and what is no address" {
	try sit-broker init --dir "$dir" --listen 1883
	want 2
	one_line_stderr 'only with TLS'
	try sit-broker init --dir "$dir" --listen 0.0.0.0:1883
	want 2
	try sit-broker init --dir "$dir" --listen 127.0.0.1:99999
	want 2
	one_line_stderr '[ADDRESS:]PORT'
	try sit-broker init --dir "$dir" --listen 127.0.0.1:1883 --websocket 9001
	want 2
	one_line_stderr '--websocket: other hosts reach it only with TLS'
	try sit-broker init --dir "$dir" --websocket '[::1]:9001'
	want 2
	one_line_stderr 'the address is one of IPv4, or none'
	try sit-broker init --dir "$dir" --url http://x
	want 2
	try sit-broker init
	want 2
	one_line_stderr '--dir'
	try sit-broker init --dir "$dir" --cert "$dir/none" --key "$dir/none"
	want 3
	[[ ! -e $dir ]] || explain "a folder is left"
	try sit-broker status
	want 2
}

@test "who has a login is in, and nobody else" {
	sit-device add m1
	start_broker --listen "127.0.0.1:$port"
	login m1
	sit-broker sync
	may_log_in m1
	try mosquitto_pub $(as m1) -P wrong -t x -m x
	[[ $status != 0 ]]
	try mosquitto_pub -V 5 -h 127.0.0.1 -p "$port" -t sit/default/m1/telemetry -m x
	[[ $status != 0 ]]
	try mosquitto_pub -V 5 -h 127.0.0.1 -p "$port" -u nobody -P x -t x -m x
	[[ $status != 0 ]]
	try sit-broker check
	want 0
	silent_stdout
	try sit-broker status -f jsonl
	expect_json '[.current, .loaded, .logins, .refused]' '[true,true,3,0]'
}

@test "what is done to devices reaches the broker without anybody asking" {
	sit-device add m1
	start_broker --listen "127.0.0.1:$port"
	login m1
	eventually may_log_in m1
	sit-device set m1 enabled=false
	eventually bash -c "! mosquitto_pub $(as m1 | tr '\n' ' ') -t sit/default/m1/telemetry -m x 2>/dev/null"
}

@test "a change that concerns the broker touches the stamp beside the store" {
	only_sqlite "a server has no file"
	sit-device add m1
	sit-broker init --dir "$dir"
	stamp=$SIT_DB.broker
	[[ $(stat -c %a "$stamp") == 660 ]]
	for change in 'sit-device add m2' 'sit-device set m1 enabled=false' 'sit-policy add p' 'sit-org add kid parent=default' 'sit-device rm -y m2' \
		"sit-device credential add m1 -q --url mqtt://x -o $bundles/x"; do
		touch -d 2000-01-01 "$stamp"
		$change
		[[ $(stat -c %Y "$stamp") -gt 1700000000 ]] || explain "did not touch it: $change"
	done
	for change in 'sit-site add plant' 'sit-device add m3 -n' 'sit-device list'; do
		touch -d 2000-01-01 "$stamp"
		$change >/dev/null
		[[ $(stat -c %Y "$stamp") -lt 1700000000 ]] || explain "touched it: $change"
	done
}

@test "two logins work side by side while one takes the other's place" {
	sit-device add m1
	start_broker --listen "127.0.0.1:$port"
	login m1
	old=$(jq -r .username "$bundles/m1.json")
	sit-device credential rotate "$old" --overlap 7d -q --url "mqtt://127.0.0.1:$port" -o "$bundles/new.json"
	sit-broker sync
	may_log_in m1
	may_log_in new
	try sit-device credential list m1 -f jsonl
	expect_json '[.credential, .state, .expires]' "[\"$old\",\"good\",\"2026-02-08T12:00:00Z\"]" "[\"$(jq -r .username "$bundles/new.json")\",\"good\",null]"
	stop_broker
	export SIT_NOW=2026-02-08T12:00:00Z
	start_broker
	run may_log_in m1
	[[ $status != 0 ]]
	may_log_in new
}

@test "a login that was rotated, or made to end, is not replaced by one that ends unasked; what was handed out is not written over" {
	sit-device add m1
	local new='-q --url mqtt://x'
	sit-device credential add m1 $new -o "$bundles/a.json"
	old=$(jq -r .username "$bundles/a.json")
	sit-device credential rotate "$old" $new --overlap 1h -o "$bundles/b.json"
	try sit-device credential rotate "$old" $new -o "$bundles/c.json" # the file was lost, say
	want 7 && one_line_stderr 'ends at 2026-02-01T13:00:00Z: say when the new one does, --expires TIME or never'
	[[ ! -e $bundles/c.json ]]
	sit-device credential rotate "$old" $new --expires never -o "$bundles/c.json"
	sit-device credential rotate "$(jq -r .username "$bundles/b.json")" $new --expires 90d -o "$bundles/b.json" # its own file
	try sit-device credential list m1 -f jsonl
	expect_json '[.credential, .expires]' "[\"$old\",\"2026-02-01T13:00:00Z\"]" "[\"$(sql 'SELECT login FROM credential WHERE id = 2')\",\"2026-02-08T12:00:00Z\"]" \
		"[\"$(jq -r .username "$bundles/c.json")\",null]" "[\"$(jq -r .username "$bundles/b.json")\",\"2026-05-02T12:00:00Z\"]"
	try sit-device credential add m1 $new -o "$bundles/c.json"
	want 7 && one_line_stderr 'is there already'
	[[ $(sql 'SELECT COUNT(*) FROM credential') == 4 ]]
	# what the trail says of the old one is when it really ends
	[[ $(sql "SELECT COUNT(*) FROM audit WHERE verb = 'rotate-credential' AND CAST(new AS TEXT) LIKE '%$old%' AND CAST(new AS TEXT) LIKE '%1769950800000000%'") == 2 ]]
}

@test "a login that is revoked ends at once, also for who is connected" {
	sit-device add m1
	sit-device add m2
	start_broker --listen "127.0.0.1:$port"
	login m1
	login m2 --expires 30d
	sit-broker sync
	mosquitto_sub $(as m1) -t sit/default/m1/command >"$BATS_TEST_TMPDIR/heard" 2>&1 3>&- &
	sub=$!
	listens() { mosquitto_pub $(service sit-command.command) -t sit/default/m1/command -m x && [[ -s $BATS_TEST_TMPDIR/heard ]]; }
	eventually listens
	try sit-gateway credential revoke "$(jq -r .username "$bundles/m1.json")"
	want 3
	one_line_stderr 'is of "m1", which is no gateway'
	sit-device credential revoke "$(jq -r .username "$bundles/m1.json")"
	sit-broker sync
	run may_log_in m1
	[[ $status != 0 ]]
	may_log_in m2
	gone() { ! kill -0 "$sub" 2>/dev/null; }
	eventually gone
	stop_broker
	export SIT_NOW=2026-03-04T12:00:00Z
	start_broker
	run may_log_in m2
	[[ $status != 0 ]]
}

@test "a policy says which topics a device has" {
	sit-policy add quiet telemetry=false commands=true
	sit-device add m1 policy=quiet
	start_broker --listen "127.0.0.1:$port"
	login m1
	sit-broker sync
	run pub m1 sit/default/m1/telemetry -m x
	[[ $status != 0 ]]
	run pub m1 sit/default/m1/config/ack -m x
	[[ $status != 0 ]]
	pub m1 sit/default/m1/event -m x
	pub m1 sit/default/m1/command/ack -m x
	sit-policy set quiet telemetry=true
	sit-broker sync
	pub m1 sit/default/m1/telemetry -m x
}

@test "a gateway speaks for what is behind it, and for nothing else" {
	sit-gateway add g1
	sit-gateway add g2
	sit-gateway credential add g1 -q -o "$bundles/g1.json" --url "mqtt://127.0.0.1:$port"
	start_broker --listen "127.0.0.1:$port"
	pub g1 sit/default/g1/telemetry -m x
	pub g1 sit/default/g1/modbus_3/telemetry -m x
	for t in sit/default/g2/telemetry sit/default/g2/modbus_3/telemetry sit/default/g1/a/b/telemetry sit/default/g1/command sit/default/g1/a/command; do
		run pub g1 "$t" -m x
		[[ $status != 0 ]] || explain "took $t"
	done
}

@test "services: who reads hears all and says nothing, who commands says what devices are told" {
	sit-device add m1
	start_broker --listen "127.0.0.1:$port"
	login m1
	sit-broker sync
	mosquitto_sub $(service sit-ingest.ingest) -t 'sit/#' -C 1 -v >"$BATS_TEST_TMPDIR/heard" 3>&- &
	hears() { pub m1 sit/default/m1/telemetry -m hello && [[ -s $BATS_TEST_TMPDIR/heard ]]; }
	eventually hears
	[[ $(<"$BATS_TEST_TMPDIR/heard") == 'sit/default/m1/telemetry hello' ]]
	try mosquitto_pub $(service sit-ingest.ingest) -q 1 -t sit/default/m1/command -m x
	[[ $output$stderr == *'Not authorized'* ]]
	try mosquitto_pub $(service sit-command.command) -q 1 -t sit/default/m1/command -m x
	[[ $output$stderr != *'Not authorized'* ]]
	try mosquitto_pub $(service sit-command.command) -q 1 -t sit/default/m1/telemetry -m x
	[[ $output$stderr == *'Not authorized'* ]]
	was=$(<"$dir/services/sit-ingest.ingest")
	sit-broker rotate sit-ingest
	[[ $(<"$dir/services/sit-ingest.ingest") != "$was" ]]
	try mosquitto_pub $(service sit-ingest.ingest) -P "$was" -t x -m x
	[[ $status != 0 ]]
	try mosquitto_sub $(service sit-ingest.ingest) -t 'sit/#' -W 1
	[[ $output$stderr != *'ot authori'* ]]
	try sit-broker rotate nobody
	want 3
}

@test "what was synced is there after a kill, and so is what nobody has taken" {
	sit-device add m1
	start_broker --listen "127.0.0.1:$port"
	login m1
	sit-broker sync
	mosquitto_sub $(service sit-ingest.ingest) -i reader -c -q 1 -x 86400 -t 'sit/#' -E
	pub m1 sit/default/m1/telemetry -m kept
	broker=$(<"$dir/mosquitto.pid")
	kill -TERM "$broker"
	stop_broker
	start_broker
	pub m1 sit/default/m1/telemetry -m later
	try mosquitto_sub $(service sit-ingest.ingest) -i reader -c -q 1 -x 86400 -t 'sit/#' -C 2 -W 10
	expect $'kept\nlater'
}

@test "names that a line cannot hold are left out, whoever put them into the store" {
	sit-device add m1
	sit-device add m2
	login m1
	login m2
	sql "UPDATE device SET name = 'x' || char(10) || 'topic readwrite #' WHERE name = 'm2'" 2>/dev/null ||
		sql "UPDATE device SET name = 'x' || chr(10) || 'topic readwrite #' WHERE name = 'm2'"
	sit-broker init --dir "$dir"
	try sit-broker sync
	want 0
	[[ $stderr == *'1 credentials are left out'* ]]
	[[ $(grep -c 'topic readwrite #' "$dir/acl") == 0 ]]
	[[ $(grep -c '^dev_' "$dir/passwd") == 1 ]]
}

@test "a proof that fails is an error, whatever the files say" {
	sit-device add m1
	login m1
	sit-broker init --dir "$dir" --listen "127.0.0.1:$port"
	sit-broker sync
	sed -i 's/^allow_anonymous false/allow_anonymous true/' "$dir/mosquitto.conf"
	/usr/sbin/mosquitto -c "$dir/mosquitto.conf" >"$BATS_TEST_TMPDIR/broker.log" 2>&1 3>&- &
	runner=$!
	eventually loaded
	sit-device set m1 enabled=false
	try sit-broker sync
	want 5
	one_line_stderr 'lets in who has no name'
	stop_broker
	sed -i -e 's/^allow_anonymous true/allow_anonymous false/' -e '/^acl_file/d' "$dir/mosquitto.conf"
	/usr/sbin/mosquitto -c "$dir/mosquitto.conf" >"$BATS_TEST_TMPDIR/broker.log" 2>&1 3>&- &
	runner=$!
	eventually loaded
	sit-device set m1 enabled=true
	try sit-broker sync
	want 5
	one_line_stderr 'lets one device speak for another'
}

@test "check says what is stale or unsafe" {
	sit-device add m1
	sit-broker init --dir "$dir" --listen "127.0.0.1:$port"
	try sit-broker check -f jsonl
	want 1
	expect_json '.what' '"store"' '"process"'
	start_broker
	try sit-broker check
	want 0
	login m1
	SIT_NOW=2026-02-01T11:00:00Z try sit-broker sync -n
	stop_broker
	sit-broker sync
	chmod 644 "$dir/passwd" "$dir/services/sit-ingest.ingest"
	sed -i -e 's/^allow_anonymous false/allow_anonymous true/' -e "s/^listener $port 127.0.0.1/listener $port/" -e '/^use_username/d' -e '/^sys_interval/d' "$dir/mosquitto.conf"
	try sit-broker check -f jsonl
	want 1
	for finding in 'no broker runs' 'allow_anonymous' 'sys_interval' 'passwd: others can touch it' 'sit-ingest.ingest: ' 'without TLS' 'use_username_as_clientid'; do
		[[ $output == *"$finding"* ]] || explain "no finding about: $finding"
	done
	try sit-broker sync
	want 4
	one_line_stderr 'sit-ingest.ingest'
}

@test "a line more in the files is noticed like one less, and does not stay" {
	sit-device add m1
	start_broker --listen "127.0.0.1:$port"
	sit-broker sync
	more() { # FILE TEXT
		sit-broker check
		printf '%s\n' "$2" >>"$dir/$1"
		try sit-broker check
		want 1
		sit-broker sync
		[[ $(<"$dir/$1") != *evil* ]]
	}
	more acl $'user evil\ntopic readwrite #'
	more passwd 'evil:$7$101$x$y'
	sit-broker check
}

@test "through a WebSocket a device is let in, and held to its own, as everywhere" {
	local web
	web=$(free_port)
	sit-device add m1
	start_broker --listen "127.0.0.1:$port" --websocket "127.0.0.1:$web"
	login m1
	sit-broker sync
	PW=$(jq -r .password "$bundles/m1.json")
	me=(--user "$(jq -r .username "$bundles/m1.json")" --password @env:PW)
	export PW
	echo '{"ts":1,"values":{"v":1}}' | sit-publish -q "ws://127.0.0.1:$web" "${me[@]}" --as m1 --org default
	try sit-publish "ws://127.0.0.1:$web" "${me[@]}" --topic sit/default/m2/telemetry <<<'{"v":1}'
	want 6
	PW=wrong try sit-publish "ws://127.0.0.1:$web" "${me[@]}" --topic x /dev/null
	want 4
	try sit-broker status -f jsonl
	[[ $(jq -r .listens <<<"$output") == *" ws://127.0.0.1:$web" ]] || explain "$output"
	try sit-broker check
	want 0
	# Where it listens: there, and nowhere else.
	[[ $(awk -v p="$(printf ':%04X$' "$web")" '$2 ~ p && $4 == "0A" { print $2 }' /proc/net/tcp /proc/net/tcp6) == 0100007F:* ]] || explain "$(cat /proc/net/tcp6)"
	sed -i '/^socket_domain/d' "$dir/mosquitto.conf"
	try sit-broker check
	want 1
	[[ $output == *'is not on 127.0.0.1, but on all addresses'*'is without TLS'* ]] || explain "$output"
}

# make_ca: a CA and a server's certificate in TLS/.
make_ca() {
	tls=$BATS_TEST_TMPDIR/tls
	mkdir -p "$tls"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 -subj /CN=ca -keyout "$tls/ca.key" -out "$tls/ca.pem" 2>/dev/null
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost -keyout "$tls/server.key" -out "$tls/server.csr" 2>/dev/null
	printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\n' >"$tls/ext"
	openssl x509 -req -in "$tls/server.csr" -CA "$tls/ca.pem" -CAkey "$tls/ca.key" -CAcreateserial -extfile "$tls/ext" -days "$1" -out "$tls/server.pem" 2>/dev/null
}

@test "TLS: devices that trust the CA come in, and check knows when that ends" {
	local web
	web=$(free_port)
	make_ca 30
	sit-device add m1
	start_broker --listen "127.0.0.1:$port" --websocket "127.0.0.1:$web" --cert "$tls/server.pem" --key "$tls/server.key" --ca "$tls/ca.pem" --url "mqtts://127.0.0.1:$port"
	sit-device credential add m1 -q -o "$bundles/m1.json"
	sit-broker sync
	jq -r .ca "$bundles/m1.json" >"$BATS_TEST_TMPDIR/ca.pem"
	cmp "$BATS_TEST_TMPDIR/ca.pem" "$tls/ca.pem" || diff <(cat "$tls/ca.pem"; echo) "$BATS_TEST_TMPDIR/ca.pem"
	mosquitto_pub $(as m1) --cafile "$tls/ca.pem" -q 1 -t sit/default/m1/telemetry -m x
	try mosquitto_pub $(as m1) -q 1 -t sit/default/m1/telemetry -m x
	[[ $status != 0 ]]
	try mosquitto_pub $(as m1) --capath /etc/ssl/certs -q 1 -t sit/default/m1/telemetry -m x
	[[ $status != 0 ]]
	PW=$(jq -r .password "$bundles/m1.json") sit-publish -q "wss://127.0.0.1:$web" --cafile "$tls/ca.pem" --user "$(jq -r .username "$bundles/m1.json")" --password @env:PW --as m1 <<<'{"values":{"v":1}}'
	end=$(date -u -d "$(openssl x509 -enddate -noout -in "$tls/server.pem" | cut -d= -f2)" +%Y-%m-%dT%H:%M:%SZ)
	try sit-broker status -f jsonl
	expect_json .certificate_until "\"$end\""
	try sit-broker check
	want 0
	SIT_NOW=$(date -u -d "$end - 5 days" +%Y-%m-%dT%H:%M:%SZ) try sit-broker check -f jsonl
	want 1
	[[ $output == *'certificate ends at'* ]]
	SIT_NOW=$end try sit-broker check -f jsonl
	want 1
	[[ $output == *'certificate ended at'* ]]
}

@test "a certificate that has expired keeps devices out" {
	make_ca -1 || true
	[[ -s $tls/server.pem ]] || skip "this openssl makes no expired certificates"
	sit-device add m1
	start_broker --listen "127.0.0.1:$port" --cert "$tls/server.pem" --key "$tls/server.key" --ca "$tls/ca.pem" --url "mqtts://127.0.0.1:$port"
	sit-device credential add m1 -q -o "$bundles/m1.json"
	sit-broker sync
	try mosquitto_pub $(as m1) --cafile "$tls/ca.pem" -q 1 -t sit/default/m1/telemetry -m x
	[[ $status != 0 ]]
	SIT_NOW=$(date -u +%Y-%m-%dT%H:%M:%SZ) try sit-broker check -f jsonl
	want 1
	[[ $output == *'certificate ended at'* ]]
}

@test "the units are what systemd reads" {
	command -v systemd-analyze >/dev/null || skip "no systemd"
	local units=$BATS_TEST_TMPDIR/units
	mkdir "$units"
	for u in share/systemd/*.{service,path,timer}; do
		sed -e "s|@PREFIX@/bin|$SIT_BIN|" -e /^Documentation/d "$u" >"$units/${u##*/}"
	done
	try systemd-analyze verify "$units"/sit-broker-sync.{service,path,timer}
	[[ $stderr$output != *sit-broker-sync* ]] || explain "systemd-analyze complains"
}
