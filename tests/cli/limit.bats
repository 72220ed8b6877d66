#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Limits and quotas: what is beyond them waits or is kept with a reason, and nothing that was acknowledged is lost.
load ../helpers

given() {
	new_store
	sit-site add plant
	sit-device add m site=plant
	sit-datapoint add v device=m
}

# flood DEVICE N [TS]: N messages of the device, one a line; with TS one a second from there, else when they arrive.
flood() {
	jq -nc --arg d "$1" --argjson n "$2" --arg t "${3-}" \
		'range($n) | {device: $d, datapoint: "v", value: .} + if $t == "" then {} else {ts: (($t | fromdate) + . | todate)} end'
}

@test "a flood at ten times the limit passes as fast as the limit lets it, and all of it is stored" {
	sit-limit set m 20:1s,100:10s
	flood m 400 2026-01-01T00:00:00Z >"$BATS_TEST_TMPDIR/flood"
	try sit-ingest -v --stats "$BATS_TEST_TMPDIR/flood"
	want 0
	expect_json '[.read, .stored, .quarantined]' '[400,400,0]'
	[[ $stderr == *'m: over_limit: 20 messages in 1s (own): waiting'* ]]
	# The clock of the test went on by what was waited: 100 at once, then 10 a second.
	arrived=$(sql "SELECT MAX(at) FROM (SELECT ended AS at FROM run) r")
	((arrived - 1769947200000000 >= 29900000 && arrived - 1769947200000000 <= 30100000)) || explain "took $((arrived - 1769947200000000))"
	try sit-query m v --all --agg count --every 1d
	expect_json .count 400
}

@test "what arrives in any second is at most the limit and a burst" {
	sit-limit set m 20:1s
	flood m 300 | sit-ingest -q
	# Arrival is the time of these points, but for the one that was waited for: it came with the one before.
	try sit-query m v --all -f csv --columns ts --no-header
	sort <<<"$output" | uniq -c | awk '{ n += $1; split($2, t, /[T:Z]/); s = t[2] * 3600 + t[3] * 60 + t[4]; c[int(s)] += $1 }
		END { for (i in c) if (c[i] > 40) { print i, c[i]; exit 1 } }'
	[[ $(sql "SELECT SUM(stored + corrected) FROM ledger") == 300 ]]
}

@test "over=quarantine keeps what is beyond with its reason, and adopt takes it in" {
	sit-policy add tight message_rate=60 over=quarantine
	sit-device set m policy=tight
	flood m 600 2026-01-01T00:00:00Z >"$BATS_TEST_TMPDIR/flood"
	try sit-ingest --stats "$BATS_TEST_TMPDIR/flood"
	want 6
	expect_json '[.read, .stored, .quarantined]' '[600,60,540]'
	[[ $(sql "SELECT quarantined, first_reason FROM ledger WHERE quarantined > 0") == '540|over_limit: 60 messages in 1m (policy tight)' ]]
	try sit-quarantine list 'reason=over_limit*' -f csv
	expect_lines 541
	sit-quarantine adopt device=m
	try sit-quarantine list -e
	want 1
	try sit-query m v --all --agg count --every 1d
	expect_json .count 600
}

@test "messages that are too large, or of a device that may send no points, are kept as well" {
	sit-policy add small message_size=1
	sit-policy add mute telemetry=false
	sit-device add n policy=mute
	sit-datapoint add v device=n
	sit-device set m policy=small
	printf '{"device":"m","values":{"v":1,"w":"%01500d"}}\n{"device":"m","datapoint":"v","value":2}\n{"device":"n","datapoint":"v","value":3}\n' 0 |
		sit-ingest -q 2>/dev/null || [[ $? == 6 ]]
	try sit-quarantine list --columns device,datapoint,reason -f tsv --no-header
	[[ ${lines[0]} == $'m\tv\tover_limit: a message of '*' bytes, at most 1 KiB (policy small)' ]] || explain 'reason'
	[[ ${lines[2]} == $'n\tv\tpolicy mute does not let it send points' ]] || explain 'reason'
	expect_lines 3
}

@test "bytes count, all devices together have a limit, and a dry run waits for nothing" {
	sit-device add n
	sit-datapoint add v device=n
	sit-limit set ingest 1kB:1m over=quarantine
	{ flood m 10 && flood n 30; } >"$BATS_TEST_TMPDIR/flood"
	try sit-ingest --dry-run --stats "$BATS_TEST_TMPDIR/flood"
	expect_json .quarantined 16
	try sit-ingest -q --stats "$BATS_TEST_TMPDIR/flood"
	want 6
	expect_json '[.read, .quarantined]' '[40,16]'
	[[ $stderr == *'over_limit: 1kB in 1m (own)'* ]]
}

@test "what a bucket holds outlives the process, killed or not, and two processes share it" {
	sit-limit set m 10:1h over=quarantine
	flood m 6 | sit-ingest -q
	try bash -c "$(declare -f flood); flood m 6 | sit-ingest -q --stats"
	expect_json '[.read, .quarantined]' '[6,2]'
	try sit-limit explain m
	expect_json '[.left, .holds, .passes]' '[0,10,"2026-02-01T12:06:00Z"]'
	try env SIT_NOW=2026-02-01T12:05:59Z bash -c "$(declare -f flood); flood m 1 | sit-ingest -q --stats"
	expect_json '.quarantined' 1
	try env SIT_NOW=2026-02-01T12:06:00Z bash -c "$(declare -f flood); flood m 2 | sit-ingest -q --stats"
	expect_json '.quarantined' 1
	# A clock that was set back gives nothing.
	try env SIT_NOW=2026-02-01T11:30:00Z bash -c "$(declare -f flood); flood m 1 | sit-ingest -q --stats"
	expect_json '.quarantined' 1
}

@test "two processes that draw on one bucket at the same time: the second sees what the first took before its points are stored" {
	sit-limit set m 32:1h over=quarantine
	mkfifo "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/b"
	sit-ingest -q "$BATS_TEST_TMPDIR/a" 2>/dev/null &
	one=$!
	sit-ingest -q "$BATS_TEST_TMPDIR/b" 2>/dev/null &
	two=$!
	exec 7>"$BATS_TEST_TMPDIR/a" 8>"$BATS_TEST_TMPDIR/b"
	for round in 10 11 12; do
		flood m "$round" "2026-01-${round}T00:00:00Z" >&7
		flood m "$round" "2025-01-${round}T00:00:00Z" >&8
		done=$((${done:-0} + 2 * round))
		for _ in {1..300}; do
			[[ $(sql "SELECT COALESCE(SUM(stored + quarantined), 0) FROM ledger") != "$done" ]] || break
		done
	done
	exec 7>&- 8>&-
	wait "$one" || [[ $? == 6 ]]
	wait "$two" || [[ $? == 6 ]]
	[[ $(sql "SELECT SUM(stored) FROM ledger") == 32 ]]
	[[ $(sql "SELECT SUM(stored + quarantined) FROM ledger") == 66 ]]
	try sit-limit explain m
	expect_json .left 0
}

@test "a key, its user and the organisation are requests" {
	sit-user add anna role=org_admin
	sit-user key add anna -q -o "$BATS_TEST_TMPDIR/k"
	export SIT_KEY=@$BATS_TEST_TMPDIR/k
	key=$(cut -c1-12 "$BATS_TEST_TMPDIR/k")
	SIT_KEY='' sit-limit set user:anna 4:1m
	SIT_KEY='' sit-limit set "key:$key" 3:1m
	for _ in 1 2 3; do sit-site list >/dev/null; done
	for _ in 1 2; do
		try sit-site list
		want 4 && silent_stdout
		one_line_stderr "over_limit: 3 requests in 1m (own), key $key; the next one passes at 2026-02-01T12:00:20Z"
	done
	try env SIT_KEY= sit-audit list verb=denied --columns actor,noun,message -f tsv --no-header
	expect_lines 1
	[[ $output == anna$'\t'login$'\t'*over_limit* ]] || explain 'the trail has it'
	SIT_KEY='' sit-limit rm "key:$key"
	try sit-site list
	want 0
	try sit-site list
	want 4 && one_line_stderr '(own), user anna'
	SIT_KEY='' sit-limit rm user:anna
	SIT_KEY='' sit-org set default tier=free
	try env SIT_NOW=2026-02-01T12:30:00Z sit-limit explain "$key" --columns whose,from,left
	expect_json '[.whose, .from, .left]' '["org","tier free",99]'
	# Who is limited does not lift it.
	for argv in 'sit-limit set org 5000:1s' 'sit-limit rm org' 'sit-org set default tier=enterprise' 'sit-org set default profile=zoho' 'sit-org quota default devices=5000'; do
		# shellcheck disable=SC2086
		SIT_NOW=2026-02-01T12:31:00Z try $argv
		want 4 && one_line_stderr 'may not say what an organisation may'
	done
	try sit-limit list
	[[ $output == *'"limit":"100:1m","over":"refuse","from":"tier free"'* ]] || explain 'tier'
}

@test "quotas are counted where things are added; from 80 % somebody hears of it" {
	sit-org add acme parent=default tier=free
	export SIT_ORG=acme
	sit-site add s
	try sit-site add t
	want 4 && one_line_stderr 'over quota: organisation acme may have 1 sites (tier free; sit-limit usage)'
	for i in 1 2 3 4 5 6 7; do sit-device add "d$i" site=s; done
	try sit-device add d8
	want 0 && one_line_stderr 'organisation acme has 8 of the 10 devices that it may have'
	try sit-device add --file - <<<$'{"name":"d9"}\n{"name":"d10"}\n{"name":"d11"}\n{"name":"d12"}'
	want 6 && [[ $stderr == *'input:3: over quota'* && $stderr == *'input:4: over quota'* ]]
	sit-gateway add g1
	sit-gateway add g2
	try sit-gateway add g3
	want 4
	try sit-device set d1 type=gateway
	want 4
	sit-user add a && sit-user add b && sit-user add c
	try sit-user add d
	want 4
	try sit-limit usage --columns what,used,quota,percent,state,from -f tsv --no-header
	expect $'devices\t10\t10\t100\tfull\ttier free
gateways\t2\t2\t100\tfull\ttier free
sites\t1\t1\t100\tfull\ttier free
users\t3\t3\t100\tfull\ttier free
points_per_day\t0\t100000\t0\tgood\ttier free
retention_days\t\t30\t\tgood\ttier free'
	unset SIT_ORG
	try sit-org quota acme devices=12 sites=2
	want 0
	sit-device add d11 --org acme
	sit-device rm d11 --yes --org acme
	sit-device add d12 --org acme
	try sit-org usage acme --columns what,used,quota,from -f tsv --no-header
	[[ ${lines[0]} == $'devices\t11\t12\town' ]]
	printf '{"device":"%s","datapoint":"v","value":1}\n' e1 e2 e3 >"$BATS_TEST_TMPDIR/new"
	try sit-ingest --org acme --auto-create s "$BATS_TEST_TMPDIR/new"
	want 6
	[[ $stderr == *'over_limit: unknown device "e2": over quota'* ]]
	try sit-limit usage
	expect_json .quota null null null null null null
}

@test "points of a day: what is beyond waits in quarantine, the books add up, exit 4" {
	sit-org set default max_points_per_day=100
	try bash -c "$(declare -f flood); flood m 60 2026-01-01T00:00:00Z | sit-ingest"
	want 0 && silent_stderr
	try bash -c "$(declare -f flood); flood m 85 2026-01-01T00:00:00Z | sit-ingest"
	want 0 && one_line_stderr 'has stored 85 of the 100 points'
	try bash -c "$(declare -f flood); flood m 130 2026-01-01T00:00:00Z | sit-ingest --stats"
	want 4
	expect_json '[.stored, .duplicate, .quarantined]' '[15,85,30]'
	[[ $stderr == *'over quota: organisation default may store 100 points a day; 30 points wait in quarantine'* ]]
	[[ $(sql "SELECT SUM(stored + corrected), SUM(quarantined) FROM ledger") == '100|30' ]]
	[[ $(sql "SELECT points FROM spent") == 100 ]]
	try sit-limit explain m
	expect_json '[.window, .left, .passes]' '["100 points a day",0,"2026-02-02T00:00:00Z"]'
	try sit-quarantine adopt device=m
	want 4
	[[ $(sql "SELECT COUNT(*) FROM quarantine") == 30 ]]
	SIT_NOW=2026-02-02T00:00:00Z sit-quarantine adopt device=m
	[[ $(sql "SELECT COUNT(*) FROM quarantine") == 0 ]]
	# What came in without a quota counts, once there is one.
	sit-org set default max_points_per_day=
	flood m 10 2026-01-03T00:00:00Z | sit-ingest
	sit-org set default max_points_per_day=115
	try bash -c "$(declare -f flood); flood m 10 2026-01-04T00:00:00Z | sit-ingest -q --stats"
	expect_json '[.stored, .quarantined]' '[5,5]'
	try sit-query m v --all --agg count --every 1mo
	expect_json .count 145
}

@test "many small batches and several processes: never more than the quota" {
	sit-org set default max_points_per_day=500
	for i in 1 2 3 4; do
		flood m 300 "2026-01-0${i}T00:00:00Z" | sit-ingest -q --batch 37 2>/dev/null &
	done
	wait
	[[ $(sql "SELECT SUM(stored + corrected), SUM(quarantined) FROM ledger") == '500|700' ]]
	[[ $(sql "SELECT points FROM spent") == 500 ]]
}

@test "limits are set, listed, taken back, and are in the trail" {
	sit-limit set m 100:1s,2000:60s,1MB:60s,grace=10%:5m over=quarantine -m 'sends too much'
	try sit-limit list
	expect_json 'select(.from == "own") | [.whose, .limit, .over]' '["device:m","100:1s,2000:1m,1MB:1m,grace=10%:5m","quarantine"]'
	try sit-limit explain m
	expect_json '[.window, .left, .holds]' '["100 messages in 1s",100,100]' '["2000 messages in 1m",2000,2000]' '["1MB in 1m",1000000,1000000]'
	try sit-audit list noun=limit --columns verb,name,new,message
	expect_json '[.verb, .name, .new.limit, .message]' '["set","device:m","100:1s,2000:1m,1MB:1m,grace=10%:5m","sends too much"]'
	try sit-limit rm m
	want 0
	try sit-limit rm m
	want 3 && one_line_stderr 'no limit of its own'
	for bad in 'm 100' 'm 0:1s' 'm 100:1s over=drop' 'user:anna 1:1s over=delay' 'nobody 1:1s' 'org 1:1s over=delay'; do
		# shellcheck disable=SC2086
		try sit-limit set $bad
		[[ $status == [23] ]] || explain "$bad is taken"
	done
	try sit-limit explain m
	want 0 && silent_stdout && one_line_stderr 'nothing limits it'
	# Who comes after does not inherit it.
	sit-device add x && sit-limit set x 1:1h && sit-device rm x -y && sit-device add x
	try sit-limit explain x
	silent_stdout
}

# ---- Redis ----

redis() {
	command -v redis-server >/dev/null || skip 'no redis-server'
	export SIT_REDIS=$BATS_TEST_TMPDIR/redis.sock
	redis-server --port 0 --unixsocket "$SIT_REDIS" --save '' --appendonly no --dir "$BATS_TEST_TMPDIR" "$@" >"$BATS_TEST_TMPDIR/redis.log" 2>&1 3>&- &
	redis=$!
	until [[ -S $SIT_REDIS ]]; do kill -0 "$redis" || explain "redis: $(cat "$BATS_TEST_TMPDIR/redis.log")"; done
}

@test "buckets in Redis are those of all hosts; without it nothing passes" {
	redis --requirepass geheim
	sit-limit set m 10:1h over=quarantine
	try bash -c "$(declare -f flood); flood m 6 | sit-ingest -q --stats"
	want 5 && [[ $stderr == *NOAUTH* ]]
	export SIT_REDIS_AUTH=@env:PASS PASS=geheim
	flood m 6 | sit-ingest -q
	try bash -c "$(declare -f flood); flood m 6 | sit-ingest -q --stats"
	expect_json '[.read, .quarantined]' '[6,2]'
	[[ $(sql "SELECT COUNT(*) FROM bucket") == 0 ]]
	try sit-limit explain m
	expect_json .left 0
	sit-user add anna
	sit-user key add anna -q -o "$BATS_TEST_TMPDIR/k"
	sit-limit set user:anna 2:1m
	for want in 0 0 4; do
		SIT_KEY=@$BATS_TEST_TMPDIR/k try sit-site list
		want $want
	done
	before=$(sql "SELECT SUM(stored), SUM(quarantined) FROM ledger")
	kill "$redis"
	wait "$redis" || true
	try bash -c "$(declare -f flood); flood m 1 | sit-ingest -q"
	want 5 && one_line_stderr 'Redis (SIT_REDIS)'
	SIT_KEY=@$BATS_TEST_TMPDIR/k try sit-site list
	want 5 && silent_stdout && one_line_stderr 'the request cannot be counted'
	[[ $(sql "SELECT SUM(stored), SUM(quarantined) FROM ledger") == "$before" ]]
	# What has no limit asks nobody.
	sit-device add free && sit-datapoint add v device=free
	flood free 3 2026-01-01T00:00:00Z | sit-ingest -q
}

# ---- many at once ----

# at_once N COMMAND...: N of them at the same time (where a server lets so many in), each with its number in $I; their exit codes.
at_once() {
	local n=$1 most=64
	shift
	! on_postgres || most=40
	export -f flood
	seq "$n" | xargs -P "$most" -I{} env I={} bash -c 'eval "$0" >/dev/null 2>&1; echo $?' "$*"
}

# each_takes_its_own: 64 processes quarantine what is beyond one bucket, which gives all that it has and nothing more; 64 requests of one key likewise.
each_takes_its_own() {
	sit-limit set m 300:1h,40kB:1h over=quarantine
	at_once 64 'flood m 10 "2026-01-0$((I % 9 + 1))T0$((I / 9)):00:00Z" | sit-ingest -q --batch 4' | sort | uniq -c
	[[ $(sql "SELECT SUM(stored), SUM(quarantined) FROM ledger") == '300|340' ]] || explain "$(sql "SELECT SUM(stored), SUM(quarantined) FROM ledger")"
	try sit-limit explain m
	[[ $(jq -s '.[0].left' <<<"$output") == 0 ]] || explain 'left'
	sit-limit set ingest 50:1h over=quarantine
	sit-limit rm m
	at_once 64 'flood m 3 "2025-12-0$((I % 9 + 1))T0$((I / 9)):00:00Z" | sit-ingest -q' | sort | uniq -c
	[[ $(sql "SELECT SUM(stored), SUM(quarantined) FROM ledger") == '350|482' ]] || explain "$(sql "SELECT SUM(stored), SUM(quarantined) FROM ledger")"
	sit-user add anna role=org_admin
	sit-user key add anna -q -o "$BATS_TEST_TMPDIR/k"
	sit-limit set user:anna 20:1h
	sit-limit set org 15:1h
	export K=$BATS_TEST_TMPDIR/k
	[[ $(at_once 64 'SIT_KEY=@$K sit-site list' | sort | uniq -c | xargs) == '15 0 49 4' ]] || explain 'requests'
	# Those that the organisation refused cost the user nothing.
	sit-limit set org 100:1h
	[[ $(at_once 20 'SIT_KEY=@$K sit-site list' | sort | uniq -c | xargs) == '5 0 15 4' ]] || explain 'requests of the user'
}

@test "64 processes at one bucket: it gives what it has, and nothing more" {
	each_takes_its_own
}

@test "64 processes at one bucket in Redis: likewise" {
	redis
	each_takes_its_own
	kill "$redis"
	wait "$redis" || true
}

@test "processes that wait for one bucket: as fast as it fills, and all of it is stored" {
	sit-limit set m 40:1s
	unset SIT_NOW # processes have one clock only where it is the real one
	[[ $(at_once 12 'flood m 20 "2026-01-01T$((I + 10)):00:00Z" | sit-ingest -q' | sort | uniq -c | xargs) == '12 0' ]]
	[[ $(sql "SELECT SUM(stored) FROM ledger") == 240 ]]
	took=$(sql "SELECT MAX(ended) - MIN(started) FROM run")
	((took >= 4900000)) || explain "took $took"
}

@test "what those below have counts above: nobody gets more by making organisations" {
	sit-org set default tier=free
	sit-user add boss role=org_admin
	sit-user key add boss -q -o "$BATS_TEST_TMPDIR/boss"
	export SIT_KEY=@$BATS_TEST_TMPDIR/boss
	sit-org add north parent=default
	sit-org add south parent=default
	sit-org add deep parent=north --org north
	# The tier of a new one is larger than what is above it.
	for i in 1 2 3 4 5; do sit-device add "d$i" --org deep; done
	try sit-limit usage --org north --columns what,used,quota
	[[ ${lines[0]} == '{"what":"devices","used":5,"quota":100}' ]]
	for i in 6 7 8 9; do sit-device add "d$i" --org south; done
	try sit-device add e1 --org north
	want 4 && one_line_stderr 'over quota: organisation default may have 10 devices together with all below it'
	try sit-device add e1
	want 4 && one_line_stderr 'over quota: organisation default may have 10 devices (tier free'
	try sit-device add --file - --org deep <<<'{"name":"e1"}'
	want 6
	sit-device rm d9 --yes --org south
	try sit-device add --file - --org deep <<<$'{"name":"e1"}\n{"name":"e2"}'
	want 6 && [[ $stderr == *'input:2: over quota: organisation default'* ]] || explain 'the second'
	sit-user add anna --org deep
	sit-user add bob --org north
	try sit-user add carl --org south
	want 4
	# Each has a quota of its own besides.
	SIT_KEY='' sit-org set default tier=unlimited
	SIT_KEY='' sit-org quota north devices=7
	sit-device add e2 --org deep
	try sit-device add e3 --org deep
	want 4 && one_line_stderr 'organisation north may have 7 devices together with all below it'
	sit-device add e3 --org south
	try sit-limit usage
	[[ ${lines[0]} == *'"used":12'* ]] || explain 'all together'
}

@test "what an organisation adds is counted on the one connection there is, with one more only where somebody is above" {
	only_postgres 'files are opened'
	strace -o /dev/null true 2>/dev/null || skip 'no strace here'
	calls=$BATS_TEST_TMPDIR/calls
	strace -e trace=connect -o "$calls" sit-site add one
	(($(grep -c PGSQL "$calls") == 1))
	sit-org add below parent=default
	strace -e trace=connect -o "$calls" sit-site add two -O below
	(($(grep -c PGSQL "$calls") == 2))
}
