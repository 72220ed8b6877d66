#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What the trail keeps besides changes: reads, logins; and where it is sent to besides.
load ../helpers

given() {
	new_store
	sit-site add plant
	sit-device add m-1 site=plant
	sit-user add anna role=org_admin
	sit-user key add anna -q -o "$BATS_TEST_TMPDIR/anna.key"
}

# rows TERM...: program or kind, verb, and new of rows that fit, as tab-separated lines.
rows() {
	sql "SELECT count(*) FROM audit WHERE $1"
}

# wrong: a key that nobody has, by its well-known name.
wrong() {
	local good
	good=$(cat "$BATS_TEST_TMPDIR/anna.key")
	(umask 077 && printf '%saaaa\n' "${good%????}" >"$BATS_TEST_TMPDIR/wrong.key")
}

@test "reads leave no row by default; personal: users and the trail; all: every invocation is one row" {
	for call in 'sit-site list' 'sit-user list' 'sit-latest' 'sit-audit list'; do $call >/dev/null; done
	[[ $(rows "verb = 'read'") == 0 ]]
	sit-org set default audit_reads=personal
	for call in 'sit-site list' 'sit-user list' 'sit-latest' 'sit-audit list' 'sit-user key list anna'; do $call >/dev/null; done
	try sit-audit list verb=read --columns noun,name,new
	expect_json '[.noun, .name, .new]' '["sit-user","list",{}]' '["sit-audit","list",{}]' '["sit-user","key list",{"operands":["anna"]}]' \
		'["sit-audit","list",{"operands":["verb=read"]}]'
	sit-org set default audit_reads=all
	before=$(rows "verb = 'read'")
	for i in 1 2 3; do sit-device add "x-$i" -q; done
	sit-device list 'name=x*' --select 'site!=plant' >/dev/null
	sit-latest m-1 -s plant >/dev/null
	[[ $(rows "verb = 'read'") == $((before + 2)) ]]
	try sit-audit list verb=read noun=sit-latest --columns new
	expect_json .new '{"operands":["m-1"],"site":"plant"}'
	try sit-org set default audit_reads=some
	want 2
	try sit-audit verify
	want 0
}

@test "reads across organisations leave a row, whatever is set" {
	sit-org add child parent=default
	sit-device add c-1 --org child
	before=$(rows "verb = 'read'")
	sit-device list --org child >/dev/null
	[[ $(rows "verb = 'read'") == "$before" ]]
	sit-device list >/dev/null
	sit-device list --org '*' >/dev/null
	try sit-audit list verb=read --columns org,noun,name,new
	expect_json '[.noun, .name, .new]' '["sit-device","list",{}]' '["sit-device","list",{"org":"*"}]' '["sit-audit","list",{"operands":["verb=read"]}]'
	[[ $(sql "SELECT DISTINCT o.name FROM audit a JOIN org o ON o.id = a.org_id WHERE a.verb = 'read'") == default ]]
}

@test "the row of a read names who showed a key" {
	sit-org set default audit_reads=all
	SIT_KEY=@$BATS_TEST_TMPDIR/anna.key sit-site list >/dev/null
	try sit-audit list verb=read noun=sit-site --columns actor,session
	expect_json '[.actor, .session]' "[\"anna\",\"$(cut -c1-12 "$BATS_TEST_TMPDIR/anna.key")\"]"
}

@test "where no row can be written: refused where reads are audited, a warning across organisations" {
	only_sqlite 'a server is written to by whom it lets'
	sit-org add child parent=default
	copy=$BATS_TEST_TMPDIR/copy
	mkdir "$copy"
	sit-org set default audit_reads=all
	for audit in none all; do
		sit-org set default audit_reads=$audit
		sqlite3 "$SIT_DB" "VACUUM INTO '$copy/$audit.db'"
		mkdir "$copy/$audit.db.lock" # nobody gets its turn to write
	done
	SIT_DB=$copy/all.db try sit-site list
	want 4 && silent_stdout && one_line_stderr 'default keeps a row of this read (audit_reads=all), which cannot be written'
	SIT_DB=$copy/none.db try sit-site list
	want 0 && one_line_stderr 'this read across organisations left no row in the trail'
	expect_json .name '"plant"'
	SIT_DB=$copy/none.db try sit-site list --org child
	want 0 && silent_stderr
}

@test "logins: a key that is taken once an hour, each password" {
	for i in 1 2 3; do SIT_KEY=@$BATS_TEST_TMPDIR/anna.key sit-site list >/dev/null; done
	SIT_KEY=@$BATS_TEST_TMPDIR/anna.key sit-site add more
	SIT_NOW=2026-02-01T13:00:00Z SIT_KEY=@$BATS_TEST_TMPDIR/anna.key sit-site list >/dev/null
	try sit-audit list verb=login --columns at,actor,noun,name
	expect_json '[.at, .actor, .noun]' '["2026-02-01T12:00:00Z","anna","key"]' '["2026-02-01T13:00:00Z","anna","key"]'
	export PASSWORD='correct horse battery'
	sit-user passwd anna --password @env:PASSWORD
	sit-user check anna --password @env:PASSWORD
	PASSWORD=wrong try sit-user check anna --password @env:PASSWORD
	want 1
	try sit-audit list verb=login noun=password --columns name
	expect_json .name '"anna"'
	try sit-audit list verb=denied noun=login name=password --columns new,message
	expect_json '[.new.user, .message]' '["anna","it is not their password"]'
	[[ $(rows "message LIKE '%horse%' OR new LIKE '%horse%'") == 0 ]] || on_postgres
}

@test "a flood of wrong keys: ten rows an hour, the rest is counted in one row, and told when the hour is over" {
	wrong
	for ((i = 0; i < 25; i++)); do
		SIT_KEY=@$BATS_TEST_TMPDIR/wrong.key sit-site list 2>/dev/null && return 1
	done
	[[ $(rows "verb = 'denied' AND noun = 'login'") == 10 ]]
	[[ $(sql 'SELECT n FROM login_try') == 25 ]]
	(umask 077 && echo "sit_zzzzzzzz_$(printf 'a%.0s' {1..52})" >"$BATS_TEST_TMPDIR/none.key")
	for ((i = 0; i < 12; i++)); do
		SIT_KEY=@$BATS_TEST_TMPDIR/none.key sit-site list 2>/dev/null && return 1
	done
	# What they show is in the trail by its name only, and unknown names are one.
	[[ $(sql 'SELECT count(*), sum(n) FROM login_try') == '2|37' ]]
	[[ $(rows "verb = 'denied' AND noun = 'login'") == 20 ]]
	try sit-audit list 'new:re=zzzz'
	expect ''
	SIT_NOW=2026-02-01T13:00:00Z SIT_KEY=@$BATS_TEST_TMPDIR/wrong.key try sit-site list
	want 4
	try sit-audit list verb=denied --from 2026-02-01T13:00 --columns message
	expect_json .message '"15 more from 2026-02-01T12:00:00Z to 2026-02-01T12:00:00Z, which were only counted"' \
		'"the key is not taken: unknown, revoked, expired, its user is not enabled, or wrong ones were shown too often"'
	try sit-audit verify
	want 0
}

@test "a file as sink: what is in it is what an export has, digests included" {
	export SIT_AUDIT=file:$BATS_TEST_TMPDIR/trail.jsonl
	sit-site add 'north' title='größer "als"' -m $'why\tnot'
	sit-site set north title=x
	sit-site add south -n
	sit-site add north 2>/dev/null && return 1
	sit-site rm north --yes
	[[ $(stat -c %a "$BATS_TEST_TMPDIR/trail.jsonl") == 600 ]]
	unset SIT_AUDIT
	sit-audit export | sed '$d' | tail -n 3 | diff "$BATS_TEST_TMPDIR/trail.jsonl" -
	[[ $(jq -r .hash "$BATS_TEST_TMPDIR/trail.jsonl" | grep -c '^[0-9a-f]\{64\}$') == 3 ]]
}

@test "rows of a bulk that was refused in part: only those that are in the store are sent" {
	export SIT_AUDIT=file:$BATS_TEST_TMPDIR/trail.jsonl
	printf '{"name":"a"}\n{"name":"plant"}\n{"name":"b"}\n' | sit-site add --file - 2>/dev/null || [[ $? == 6 ]]
	[[ $(jq -r .name "$BATS_TEST_TMPDIR/trail.jsonl") == $'a\nb' ]]
}

@test "the setting may be in the configuration; a sink that nobody knows is refused" {
	mkdir -p "$XDG_CONFIG_HOME/sit"
	echo "audit = file:$BATS_TEST_TMPDIR/trail.jsonl" >"$XDG_CONFIG_HOME/sit/sit.conf"
	sit-site add north
	[[ $(jq -r .name "$BATS_TEST_TMPDIR/trail.jsonl") == north ]]
	# Another one is there besides, not instead.
	SIT_AUDIT=file:$BATS_TEST_TMPDIR/more.jsonl sit-site add south
	[[ $(jq -r .name "$BATS_TEST_TMPDIR/trail.jsonl") == $'north\nsouth' && $(jq -r .name "$BATS_TEST_TMPDIR/more.jsonl") == south ]]
	for bad in mail file: file:relative/path syslog:x 'file:/a,,syslog'; do
		SIT_AUDIT=$bad try sit-site add "x-$RANDOM"
		want 2 && one_line_stderr 'is none of journal, syslog, file:/PATH'
	done
}

# listen KIND: a socket of our own; what arrives goes to $BATS_TEST_TMPDIR/got, ended by FF.
listen() {
	python3 - "$1" "$BATS_TEST_TMPDIR" 3>&- <<-'END' &
		import os, socket, sys
		kind, folder = sys.argv[1:]
		s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM if kind == 'stream' else socket.SOCK_DGRAM)
		s.settimeout(120)
		s.bind(folder + '/socket')
		if kind == 'stream':
		    s.listen(1)
		while True:
		    if kind == 'stream':
		        got = s.accept()[0].recv(1 << 20)
		    else:
		        got, fds, _, _ = socket.recv_fds(s, 1 << 20, 1)
		        if fds:
		            got = b'FILE ' + os.pread(fds[0], 1 << 24, 0)
		    with open(folder + '/got', 'ab') as f:
		        f.write(got + b'\xff')
	END
	listener=$!
	for _ in {1..2400}; do
		[[ ! -S $BATS_TEST_TMPDIR/socket ]] || break
		sleep 0.05
	done
}

# heard N: wait until that many have arrived, and stop listening.
heard() {
	for _ in {1..2400}; do
		[[ ! -e $BATS_TEST_TMPDIR/got || $(tr -cd '\377' <"$BATS_TEST_TMPDIR/got" | wc -c) -lt $1 ]] || break
		sleep 0.05
	done
	kill "$listener"
	wait "$listener" || true
}

@test "syslog: a message of RFC 5424 with the digest, over a datagram and over a stream" {
	for kind in dgram stream; do
		rm -f "$BATS_TEST_TMPDIR"/{socket,got}
		listen $kind
		SIT_AUDIT=syslog:$BATS_TEST_TMPDIR/socket sit-site add "q-$kind" title='a]b"c\d'
		heard 1
		hash=$(sit-audit list --columns hash | tail -n 1 | jq -r .hash)
		seq=$(sit-audit list --columns seq | tail -n 1 | jq -r .seq)
		got=$(tr -d '\377' <"$BATS_TEST_TMPDIR/got")
		re='^<86>1 2026-02-01T12:00:00Z [^ ]+ sit-site [0-9]+ audit \[sit@32473 org="default" seq="'$seq'" actor="[^"]+" verb="add" noun="site" name="q-'$kind'" hash="'$hash'"\] '
		[[ $got =~ $re ]] || explain "got: $got"
		[[ $(sed 's/^[^{]*//' <<<"$got" | jq -r '.new.title, .hash') == 'a]b"c\d'$'\n'"$hash" ]]
	done
	rm -f "$BATS_TEST_TMPDIR"/{socket,got}
	listen dgram
	wrong
	SIT_AUDIT=syslog:$BATS_TEST_TMPDIR/socket SIT_KEY=@$BATS_TEST_TMPDIR/wrong.key sit-site list 2>/dev/null || true
	heard 1
	[[ $(head -c 4 "$BATS_TEST_TMPDIR/got") == '<84>' ]]
}

@test "the journal: fields, and a sealed file for what is too long" {
	listen dgram
	SIT_AUDIT=journal:$BATS_TEST_TMPDIR/socket sit-site add north -m $'two\nlines'
	SIT_AUDIT=journal:$BATS_TEST_TMPDIR/socket sit-site set north -m "$(head -c 120000 /dev/zero | tr '\0' '"')" title=x
	heard 2
	IFS= read -r -d $'\377' first <"$BATS_TEST_TMPDIR/got" || true
	for field in PRIORITY=6 SYSLOG_IDENTIFIER=sit-site SIT_ORG=default SIT_VERB=add SIT_NOUN=site SIT_NAME=north SIT_HASH=; do
		[[ $first == *$'\n'$field* ]] || explain "no $field in: $first"
	done
	LC_ALL=C grep -qa 'FILE MESSAGE=' "$BATS_TEST_TMPDIR/got"
	[[ $(tr '\377' '\n' <"$BATS_TEST_TMPDIR/got" | LC_ALL=C grep -ac '^SIT_HASH=[0-9a-f]\{64\}$') == 2 ]]
}

@test "a sink that fails is one warning and a count; the change is made, and its row is in the trail" {
	export SIT_AUDIT=syslog:$BATS_TEST_TMPDIR/nobody,file:$BATS_TEST_TMPDIR/trail.jsonl
	try sit-site add north
	want 0 && one_line_stderr 'the audit row is kept, but syslog did not take it'
	printf '{"name":"a"}\n{"name":"b"}\n' >"$BATS_TEST_TMPDIR/two"
	try sit-site add --file "$BATS_TEST_TMPDIR/two"
	want 0 && one_line_stderr 'syslog did not take it'
	[[ $(jq -r .name "$BATS_TEST_TMPDIR/trail.jsonl") == $'north\na\nb' ]]
	try sit-audit stats --sinks
	expect_json '[.org, .sink, .failed, .waiting]' "[\"default\",\"syslog:$BATS_TEST_TMPDIR/nobody\",3,3]"
	try sit-audit stats
	want 0 && one_line_stderr '3 rows did not get to where'
	chmod 644 "$BATS_TEST_TMPDIR/trail.jsonl"
	SIT_AUDIT=file:$BATS_TEST_TMPDIR/trail.jsonl try sit-site add open
	want 0 && one_line_stderr 'others may read or write it'
	ln -s "$BATS_TEST_TMPDIR/target" "$BATS_TEST_TMPDIR/link"
	SIT_AUDIT=file:$BATS_TEST_TMPDIR/link try sit-site add linked
	want 0 && one_line_stderr 'is a link'
	[[ ! -e $BATS_TEST_TMPDIR/target ]]
	SIT_AUDIT=file:/dev/full try sit-site add full
	want 0 && one_line_stderr 'is no plain file'
	try sit-audit verify
	want 0
}

# names: of the rows that arrived, in order.
names() {
	tr '\377' '\n' <"$BATS_TEST_TMPDIR/got" | grep -ao ' name="[^"]*"' | cut -d'"' -f2 | xargs
}

@test "what a sink did not take goes there once it is back: in order, none lost, at least once" {
	export SIT_AUDIT=syslog:$BATS_TEST_TMPDIR/socket
	sit-site add a 2>/dev/null
	printf '{"name":"b"}\n{"name":"plant"}\n{"name":"c"}\n' | sit-site add --file - 2>/dev/null || [[ $? == 6 ]]
	SIT_AUDIT='' sit-site add d # not sent besides by who wrote it, but its number is between others
	try sit-audit stats --sinks
	expect_json '[.failed, .waiting]' '[3,4]'
	listen dgram
	try sit-site add e
	want 0 && silent_stderr
	sit-site add f
	heard 6
	[[ $(names) == 'a b c d e f' ]] || explain "$(names)"
	try sit-audit stats
	silent_stderr
	# A process that dies between the commit and the socket leaves its row to the next one.
	rm -f "$BATS_TEST_TMPDIR"/{socket,got}
	last=$(sql "SELECT max(seq) FROM audit")
	sql "UPDATE audit_sink SET sent = $last - 1" # as its transaction had left it
	listen dgram
	sit-site add g
	heard 2
	[[ $(names) == 'f g' ]] || explain "$(names)"
}

@test "many processes and a sink that comes and goes: every row is there" {
	export SIT_AUDIT=syslog:$BATS_TEST_TMPDIR/socket
	seq 8 | xargs -P 8 -I{} sit-site add x-{} 2>/dev/null
	listen dgram
	seq 9 16 | xargs -P 8 -I{} sit-site add x-{}
	sit-site add last
	heard 17
	[[ $(names | tr ' ' '\n' | sort -u | wc -l) == 17 ]]
	tr '\377' '\n' <"$BATS_TEST_TMPDIR/got" | grep -ao ' seq="[0-9]*"' | tr -dc '0-9\n' | sort -nc
}
