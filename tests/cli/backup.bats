#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
load ../helpers

given() {
	B=$BATS_TEST_TMPDIR/backups
	new_store
	sit-site add plant
	sit-device add m1 site=plant
	sit-datapoint add v device=m1
	points 0 200 | sit-ingest -q
}

# points FIRST COUNT: a minute each.
points() {
	awk -v from="$1" -v n="$2" 'BEGIN { for (i = from; i < from + n; i++) printf "{\"device\":\"m1\",\"ts\":%d,\"values\":{\"v\":%d.5}}\n", 1767225600 + 60 * i, i }'
}

count() { # STORE
	sit-db stats -D "$1" -f jsonl | jq .points
}

make_set() {
	sit-backup create "$B/one"
	set=$B/one
	file=$(jq -r .file "$set/MANIFEST")
}

# A place for a store that is not there yet, where what $1 says can be made.
other_place() {
	local url
	url=$(place "$1")
	new_place "$url"
	echo "$url"
}

@test "create is silent, whole, the owner's alone; in a folder it finds its own name" {
	try sit-backup create "$B/"
	want 0 && silent_stdout && silent_stderr
	try sit-backup list "$B"
	want 0
	expect_json '[.state, .points, .epoch, .at]' '["whole",200,0,"2026-02-01T12:00:00Z"]'
	set=$(jq -r .set <<<"$output")
	[[ $set == "$B"/*-20260201T120000Z && $(stat -c %a "$set") == 700 && $(stat -c %a "$set"/* | sort -u) == 600 ]]
	zstd=$(jq -r .file "$set/MANIFEST")
	[[ $(head -c 4 "$set/$zstd" | od -An -tx1) == ' 28 b5 2f fd' ]]
	try sit-backup create "$B/"
	want 7 && one_line_stderr 'exists already'
	try sit-backup create "$B/named" --verify
	want 0 && silent_stdout && silent_stderr
	try sit-backup create "$B/named"
	want 7 && one_line_stderr "$B/named: is a backup already"
	try sit-backup create "$B/named/"
	want 7 && one_line_stderr "$B/named: is a backup already"
	try sit-backup verify "$B/named"
	want 0 && silent_stdout && silent_stderr
	[[ $(jq -c '[.points, .tables.site, .orgs[0].name, .orgs[0].points]' "$B/named/MANIFEST") == '[200,1,"default",200]' ]]
}

@test "create needs a store, verify and restore a set, list a folder" {
	try sit-backup create "$B/x" -D "$BATS_TEST_TMPDIR/none.db"
	want 3 && one_line_stderr 'none.db: no store there'
	[[ ! -e $B/x ]]
	try sit-backup verify "$B/none"
	want 3 && one_line_stderr "$B/none: no such backup"
	try sit-backup restore "$B/none"
	want 3
	try sit-backup list "$B/none"
	want 3
	mkdir -p "$B/other"
	try sit-backup list "$B"
	want 0 && silent_stdout
	try sit-backup verify "$B/other"
	want 1
	expect_json '[.file, .finding]' '["MANIFEST","is missing"]'
}

# broken FILE FROM TO FINDING: verify names it, restore refuses and changes nothing.
broken() {
	local before
	try sit-backup verify "$set"
	want 1 || return
	expect_json '[.file, .from, .to, .finding]' "$@" || return
	before=$(fingerprint)
	try sit-backup restore "$set" --replace
	want 7 && one_line_stderr 'nothing was restored' || return
	[[ $(fingerprint) == "$before" ]] || explain 'the store was changed'
}

flip() { # FILE OFFSET
	local byte
	byte=$(od -An -tu1 -j "$2" -N 1 "$1")
	# shellcheck disable=SC2059
	printf "\\x$(printf %02x $((byte ^ 1 << $2 % 8)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

@test "a byte that is another is found, wherever it is, and its file and region are named" {
	make_set
	local name size at
	for name in MANIFEST "$file"; do
		size=$(stat -c %s "$set/$name")
		for at in 0 1 $((size / 3)) $((size / 2)) $((size - 66)) $((size - 2)) $((size - 1)); do
			flip "$set/$name" "$at"
			try sit-backup verify "$set"
			want 1
			jq -e --arg name "$name" --argjson size "$size" '.file == $name and .from == 0 and .to == $size' <<<"$output" ||
				explain "byte $at of $name"
			flip "$set/$name" "$at"
		done
	done
	try sit-backup verify "$set"
	want 0 && silent_stdout
	flip "$set/$file" 100
	broken "[\"$file\",0,$(stat -c %s "$set/$file"),\"is not what was written\"]"
}

@test "files that are cut, longer, exchanged, doubled, gone or renamed are named" {
	make_set
	cp -r "$set" "$B/good"
	local size name
	size=$(stat -c %s "$set/$file")
	again() { rm -rf "$set" && cp -r "$B/good" "$set"; }
	truncate -s 1000 "$set/$file"
	broken "[\"$file\",1000,$size,\"is cut off\"]"
	again && truncate -s 0 "$set/$file"
	broken "[\"$file\",0,$size,\"is cut off\"]"
	again && echo more >>"$set/$file"
	broken "[\"$file\",$size,$((size + 5)),\"goes on behind its end\"]"
	again && cp "$set/$file" "$set/copy"
	broken '["copy",null,null,"does not belong to the backup"]'
	again && rm "$set/$file"
	broken "[\"$file\",null,null,\"is missing\"]"
	again && mv "$set/$file" "$set/renamed"
	broken '["renamed",null,null,"does not belong to the backup"]' "[\"$file\",null,null,\"is missing\"]"
	again && rm "$set/$file" && ln -s "$B/good/$file" "$set/$file"
	broken "[\"$file\",null,null,\"is no file\"]"
	size=$(stat -c %s "$set/MANIFEST")
	again && truncate -s 50 "$set/MANIFEST"
	broken '["MANIFEST",0,50,"is cut off"]'
	again && echo >>"$set/MANIFEST"
	broken "[\"MANIFEST\",0,$((size + 1)),\"does not end with its digest\"]"
	again && mv "$set/MANIFEST" "$set/manifest"
	broken '["MANIFEST",null,null,"is missing"]'
	again && mv "$set/MANIFEST" "$B/m" && mv "$set/$file" "$set/MANIFEST" && mv "$B/m" "$set/$file"
	try sit-backup verify "$set"
	want 1
	# Of another backup of the same store.
	again && points 200 1 | sit-ingest -q && sit-backup create "$B/two" && cp "$B/two/$file" "$set/$file"
	try sit-backup verify "$set"
	want 1
	again
	try sit-backup verify "$set"
	want 0
}

@test "a set whose hashes fit and whose counts do not is found by restoring it" {
	make_set
	sed -i 's/"points":200/"points":201/g; s/"site":1/"site":2/' "$set/MANIFEST"
	seal=$(sed '$d' "$set/MANIFEST" | sha256sum)
	sed -i "\$s/.*/\"sha256\":\"${seal%% *}\"}/" "$set/MANIFEST"
	! on_postgres || skip_trial='--db '$SIT_DB
	# shellcheck disable=SC2086
	try sit-backup verify "$set" ${skip_trial-}
	want 1
	expect_json '[.file, .finding]' '[null,"restored it has not the 2 rows of table site"]' \
		'[null,"restored it has not the 201 points of default"]'
}

@test "restore makes a store where there is none, and a new epoch; the range that may be missing is printed" {
	make_set
	there=$(other_place there)
	try sit-backup restore "$set" --to "$there"
	want 0 && silent_stderr
	expect_json '[.org, .source, .from, .to, .points, .replay]' \
		"[\"default\",\"stdin\",\"2026-02-01T12:00:00Z\",$(jq .to <<<"$output"),null,\"sit-ingest --org default\"]"
	[[ $(count "$there") == 200 ]]
	try sit-db check -D "$there"
	want 0
	diff <(sit-query m1 v --all) <(sit-query m1 v --all -D "$there")
	try sit-db sql 'SELECT id, backup, taken FROM epoch' -D "$there"
	expect_json '[.id, .backup, .taken]' "[1,\"$set\",1769947200000000]"
	sit-site add mill -D "$there"
	points 200 5 | sit-ingest -q -D "$there"
	[[ $(count "$there") == 205 && $(count "$SIT_DB") == 200 ]]
	try sit-backup restore "$set" --to "$there"
	want 7 && one_line_stderr '--replace'
	sit-backup create "$B/two" -D "$there"
	try sit-backup list "$B/two"
	expect_json .epoch 1
}

@test "restore --replace keeps the old store, and says what came in since the backup, by source" {
	points 200 50 >"$BATS_TEST_TMPDIR/late file.jsonl"
	points 250 50 >"$BATS_TEST_TMPDIR/never.jsonl"
	make_set
	sit-org add acme parent=default
	sit-ingest -q "$BATS_TEST_TMPDIR/late file.jsonl"
	SIT_NOW=2026-02-01T15:10:00Z sit-ingest -q "$BATS_TEST_TMPDIR/never.jsonl"
	SIT_NOW=2026-02-02T15:10:00Z sit-ingest -q --as m1 v=1 --at 2026-02-02T15:00
	try sit-backup restore "$set"
	want 7 && one_line_stderr '--replace' && silent_stdout
	try sit-backup restore "$set" --replace -v
	want 0
	expect_json '[.source, .from, .to, .points]' "[\"$BATS_TEST_TMPDIR/late file.jsonl\",\"2026-02-01T12:00:00Z\",\"2026-02-01T13:00:00Z\",50]" \
		"[\"$BATS_TEST_TMPDIR/never.jsonl\",\"2026-02-01T15:00:00Z\",\"2026-02-01T16:00:00Z\",50]" \
		'["hand","2026-02-02T15:00:00Z","2026-02-02T16:00:00Z",1]'
	[[ $stderr == *'epoch 1 has begun; the old store is '*before* ]]
	[[ $(count "$SIT_DB") == 200 ]]
	replay=$(jq -r 'select(.points == 50).replay' <<<"$output")
	while read -r command; do
		bash -c "$command -q"
	done <<<"$replay"
	[[ $(count "$SIT_DB") == 300 ]]
	try sit-db check
	want 0
	if on_postgres; then
		[[ $(sql 'SELECT count(*) FROM main_before_1.org') == 2 ]]
	else
		[[ $(count "$SIT_DB.before-1") == 301 && $(stat -c %a "$SIT_DB") == 600 ]]
		[[ $(sqlite3 "$SIT_DB.before-1" 'SELECT count(*) FROM org') == 2 && ! -e $SIT_DB-wal ]]
	fi
	try sit-backup restore "$set" --replace
	want 0
	try sit-db sql 'SELECT id FROM epoch'
	expect_json .id 2
	try sit-site list --columns name
	expect_json .name '"plant"'
}

@test "a store that is open elsewhere is not replaced; a damaged one is, and kept as it was" {
	only_sqlite 'about files'
	make_set
	before=$(fingerprint)
	coproc sqlite3 "$SIT_DB"
	echo 'SELECT count(*) FROM org;' >&"${COPROC[1]}"
	read -r -u "${COPROC[0]}"
	try sit-backup restore "$set" --replace
	want 5 && one_line_stderr 'a program has it open' && silent_stdout
	[[ $(fingerprint) == "$before" && ! -e $SIT_DB.before-1 && -z $(compgen -G "$SIT_DB.restoring*") ]]
	# shellcheck disable=SC2154
	kill "$COPROC_PID"
	wait "$COPROC_PID" || true
	head -c 10000 /dev/urandom >"$SIT_DB"
	damaged=$(fingerprint)
	try sit-backup restore "$set" --replace
	want 0
	[[ $(md5sum <"$SIT_DB.before-1") == "$damaged" && $(count "$SIT_DB") == 200 ]]
}

@test "restore keeps the modes of the store and the name of a link to it" {
	only_sqlite 'about files'
	make_set
	chmod 640 "$SIT_DB"
	ln -s "$SIT_DB" "$BATS_TEST_TMPDIR/link.db"
	try sit-backup restore "$set" --replace --db "$BATS_TEST_TMPDIR/link.db"
	want 0
	[[ -L $BATS_TEST_TMPDIR/link.db && $(stat -c %a "$SIT_DB") == 640 && -e $SIT_DB.before-1 ]]
}

@test "a disk that is full: exit 5, one line, nothing of it stays" {
	only_sqlite 'the copy is a file of SQLite'
	for blocks in 1 64 128 256 320; do
		try bash -c "ulimit -f $blocks; sit-backup create '$B/'"
		want 5 && one_line_stderr
		[[ -z $(ls -A "$B") ]] || explain "left after $blocks blocks: $(ls -AR "$B")"
	done
	make_set
	sum=$(fingerprint)
	for blocks in 1 128 256; do
		TMPDIR=$BATS_TEST_TMPDIR try bash -c "ulimit -f $blocks; sit-backup restore '$set' --replace"
		want 5 && one_line_stderr
		[[ $(fingerprint) == "$sum" && -z $(compgen -G "$SIT_DB.restoring*") ]]
	done
}

@test "a backup that was killed is unfinished, and no backup" {
	mkdir -p "$B"
	mkdir "$B/sit-20260201T000000Z.unfinished.x1y2z3"
	try sit-backup list "$B"
	expect_json .state '"unfinished"'
	try sit-backup verify "$B/sit-20260201T000000Z.unfinished.x1y2z3"
	want 1
}

@test "a set of a file does not go into Postgres, nor the other way" {
	make_set
	other=$BATS_TEST_TMPDIR/other.db
	on_postgres || other=postgres://nobody@localhost/none
	try sit-backup restore "$set" --to "$other"
	want 2 && one_line_stderr 'sit-db copy'
	try sit-backup restore "$set" --to postgres://sit:geheim@localhost/x
	want 2 && one_line_stderr 'can be read by everybody'
	[[ $stderr != *geheim* ]]
}

@test "in Postgres: without a server the dump is only read, and that is said" {
	on_postgres || skip 'about a dump'
	make_set
	try sit-backup verify "$set" --db "$BATS_TEST_TMPDIR/none.db"
	want 0 && one_line_stderr 'not restored for trial: no server of Postgres is named' && silent_stdout
	psql -qX -U super -c "CREATE ROLE poor_$BASHPID LOGIN"
	try sit-backup verify "$set" --db "${SIT_DB/sit@/poor_$BASHPID@}"
	want 0 && one_line_stderr 'permission denied to create database'
	psql -qX -U super -c "DROP ROLE poor_$BASHPID"
	[[ $(psql -qAtX -l | grep -c sit_trial) == 0 ]]
}

@test "in Postgres: a backup is for the owner; the password is in no argument" {
	on_postgres || skip 'files have no logins'
	role=$(sql "SELECT value FROM meta WHERE name = 'role'")
	login=guest_$BASHPID
	psql -qX -U super -c "CREATE ROLE $login LOGIN; GRANT \"$role\" TO $login"
	try sit-backup create "$B/guest" -D "${SIT_DB/sit@/$login@}"
	want 4 && one_line_stderr 'for the owner'
	[[ ! -e $B/guest ]]
	psql -qX -U super -c "DROP ROLE $login"
	mkdir "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\necho "$@" >%q\necho "$PGPASSWORD" >%q\nexec %q "$@"\n' "$BATS_TEST_TMPDIR/argv" "$BATS_TEST_TMPDIR/password" \
		"$(command -v pg_dump)" >"$BATS_TEST_TMPDIR/bin/pg_dump"
	chmod +x "$BATS_TEST_TMPDIR/bin/pg_dump"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH SIT_DB=${SIT_DB/sit@/sit:gehe%40im@} try sit-backup create "$B/secret"
	want 0
	[[ $(<"$BATS_TEST_TMPDIR/password") == 'gehe@im' && $(<"$BATS_TEST_TMPDIR/argv") != *gehe* ]]
	[[ $(<"$B/secret/MANIFEST") != *gehe* ]]
	set=$B/secret
	SIT_DB=${SIT_DB/sit@/sit:gehe%40im@} try sit-backup restore "$set"
	want 7 && one_line_stderr '--replace'
	[[ $stderr != *gehe* ]]
}

@test "in Postgres: a dump that cannot be loaded to its end leaves the store as it was" {
	on_postgres || skip 'about pg_restore'
	make_set
	before=$(fingerprint)
	mkdir "$BATS_TEST_TMPDIR/bin"
	# It lists, and then breaks off in the middle of what it says.
	printf '#!/bin/sh\ncase $1 in --list) exec %q "$@" ;; esac\n%q "$@" | head -n 200\nexit 1\n' "$(command -v pg_restore)" \
		"$(command -v pg_restore)" >"$BATS_TEST_TMPDIR/bin/pg_restore"
	chmod +x "$BATS_TEST_TMPDIR/bin/pg_restore"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH try sit-backup restore "$set" --replace
	[[ $status == 5 || $status == 7 ]] && silent_stdout
	[[ $stderr == *'nothing was restored'* && $(fingerprint) == "$before" ]]
}
