#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The trail: what was done, by whom; a chain that shows what was changed, removed, inserted, moved or cut off.
load ../helpers

given() {
	new_store
	sit-site add plant tz=Europe/Paris -m 'first site'
	sit-model add meter
	sit-device add m-1 site=plant model=meter
	sit-device set m-1 title='Main "meter"' -m 'as on the door'
	sit-device add m-2 site=plant
	sit-device rm m-2 --yes
}

# tampered TEXT: the store's verify ends with 1 and says this.
tampered() {
	try sit-audit verify
	want 1 && silent_stdout
	[[ $stderr == *"$1"* ]] || explain "want a finding: $1"
}

@test "list tells who changed what, from what to what, and why" {
	try sit-audit list noun=device name=m-1 --columns seq,at,verb,old,new,message
	expect_json '[.seq, .at, .verb, .old.title, .new.title, .message]' '[4,"2026-02-01T12:00:00Z","add",null,null,null]' \
		'[5,"2026-02-01T12:00:00Z","set",null,"Main \"meter\"","as on the door"]'
	try sit-audit list --resource device/m-1 --during 2026-02 --columns seq -f tsv --no-header
	expect $'4\n5'
	try sit-audit list --resource site --columns name,message -f tsv --no-header
	expect $'plant\tfirst site'
	try sit-audit list --during 2025
	expect ''
	try sit-audit list --after 6 --columns verb,name -f tsv --no-header
	expect $'delete\tm-2'
	try sit-audit list --resource device/nothing -e
	want 1
	try sit-audit show 5
	expect_json '[.seq, .noun, (.hash | length)]' '[5,"device",64]'
	try sit-audit show 999
	want 3 && one_line_stderr 'no audit row 999'
}

@test "list --user finds a login by itself and behind sudo, and nobody whose name only begins so" {
	me=$(id -un)
	SUDO_USER=anna sit-site set plant title=x
	SUDO_USER=annabel sit-site set plant title=y
	try sit-audit list --user anna --columns new
	expect_json .new.title '"x"'
	try sit-audit list --user "$me" --resource model --columns name
	expect_json .name '"meter"'
	try sit-audit list --user "${me%?}"
	expect ''
	try sit-audit list --user 'a"b\E.*'
	want 0 && expect ''
}

@test "stats counts by what is asked" {
	try sit-audit stats --by noun,verb noun=device -f csv --no-header
	expect 'device,add,2,2026-02-01T12:00:00Z,2026-02-01T12:00:00Z
device,delete,1,2026-02-01T12:00:00Z,2026-02-01T12:00:00Z
device,set,1,2026-02-01T12:00:00Z,2026-02-01T12:00:00Z'
	try sit-audit stats --by noun,noun
	want 2
}

@test "list --follow prints rows as they are written, until it is stopped" {
	sit-audit list --follow --after 7 --columns name -f tsv --no-header >"$BATS_TEST_TMPDIR/seen" 3>&- &
	sit-site add north
	for _ in {1..1200}; do
		[[ ! -s $BATS_TEST_TMPDIR/seen ]] || break
		sleep 0.1
	done
	sit-site add south
	for _ in {1..1200}; do
		[[ $(wc -l <"$BATS_TEST_TMPDIR/seen") == 1 ]] || break
		sleep 0.1
	done
	kill -TERM $!
	ended=0
	wait $! || ended=$?
	[[ $ended == 143 ]]
	diff <(printf 'north\nsouth\n') "$BATS_TEST_TMPDIR/seen"
}

@test "verify is silent on a chain as it was written" {
	try sit-audit verify
	want 0 && silent_stdout && silent_stderr
	try sit-audit verify -v
	want 0 && one_line_stderr '7 rows'
}

@test "verify names a row that was changed" {
	sql "UPDATE audit SET new = '{\"title\":\"Other\"}' WHERE seq = 5"
	tampered 'default: row 5 (set device m-1) was changed'
}

@test "verify names a row that was removed, and rows cut off at the end" {
	sql 'DELETE FROM audit WHERE seq = 3'
	tampered 'default: row 3 is missing'
	sql 'DELETE FROM audit WHERE seq > 5'
	tampered 'default: rows 6 to 7 are missing: the chain is cut off at its end'
}

@test "verify names rows that changed places, that were inserted, and a head that was moved" {
	sql "INSERT INTO audit (org_id, at, actor, verb, noun, name) VALUES (1, 0, 'root(0)', 'add', 'site', 'planted')"
	tampered 'has no number in the chain: it was inserted'
	sql "DELETE FROM audit WHERE name = 'planted'"
	sql 'UPDATE audit SET seq = -seq WHERE seq IN (4, 5)'
	sql 'UPDATE audit SET seq = 9 + seq WHERE seq < 0'
	tampered 'default: row 4 (set device m-1) was changed'
	sql 'UPDATE audit SET seq = -seq WHERE seq IN (4, 5)'
	sql 'UPDATE audit SET seq = 9 + seq WHERE seq < 0'
	try sit-audit verify
	want 0
	sql 'UPDATE audit_head SET seq = 6'
	tampered 'default: rows 7 to 7 are behind the head'
}

@test "rows from before there were chains are sealed by the first row after them" {
	only_sqlite 'no store in Postgres is as old as that'
	rm -f "$SIT_DB"*
	sqlite3 "$SIT_DB" <tests/data/schema/4.sql
	sqlite3 "$SIT_DB" "PRAGMA application_id = 0x53495421"
	sit-db migrate >/dev/null
	tampered 'rows are older than the chain'
	sit-site set plant title=x
	try sit-audit verify
	want 0
	try sit-audit list verb=seal --columns seq,noun
	expect_json '[.seq, .noun]' '[1,"audit"]'
	sqlite3 "$SIT_DB" "UPDATE audit SET name = 'another' WHERE id = 2"
	tampered 'rows from before the chain are not what they were'
	sqlite3 "$SIT_DB" 'DELETE FROM audit WHERE id = 2'
	tampered 'rows were there before the chain'
}

@test "an export is verified without the store, and says where it was tampered with" {
	file=$BATS_TEST_TMPDIR/trail.jsonl
	bad=$BATS_TEST_TMPDIR/bad.jsonl
	sit-audit export -o "$file" -m 'for the auditor'
	[[ $(wc -l <"$file") == 8 && $(jq -r 'select(.seq == 8) | .verb, .message' "$file") == $'export\nfor the auditor' ]]
	try env SIT_DB=/nowhere sit-audit verify "$file" -v
	want 0 && one_line_stderr '8 rows'
	check() { # FINDING
		try sit-audit verify "$bad"
		want 1
		[[ $stderr == *"$bad"*"$1"* ]] || explain "want a finding: $1"
	}
	sed '$d' "$file" >"$bad"
	check 'does not end with the row of its export: it is cut off behind row 7'
	sed 3d "$file" >"$bad"
	check 'row 3 is missing'
	sed '3{h;d};4G' "$file" >"$bad"
	check 'row 3 stands behind row 4'
	sed '5s/as on the door/as on the wall/' "$file" >"$bad"
	check 'row 5 (set device m-1) was changed'
	sed '2s/"hash":"[0-9a-f]*/"hash":"00/' "$file" >"$bad"
	check 'row 2 (add site plant) has no digest'
	sed '2s/2026-02-01T12:00:00Z/2026-02-01t12:00:00Z/' "$file" >"$bad"
	check 'no row of an export'
}

@test "the digests are what the manual says: another program finds the same" {
	sit-audit export -o "$BATS_TEST_TMPDIR/trail.jsonl" -m 'größer "als" \ vorher'
	run -0 python3 - "$BATS_TEST_TMPDIR/trail.jsonl" <<-'END'
		import datetime, hashlib, json, sys
		last, rows = bytes(32), 0
		epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
		for line in open(sys.argv[1], encoding='utf-8'):
		    r = json.loads(line)
		    at = (datetime.datetime.fromisoformat(r['at'].replace('Z', '+00:00')) - epoch) // datetime.timedelta(microseconds=1)
		    def text(row): return json.dumps(row, separators=(',', ':'), ensure_ascii=False).encode()
		    def part(salt, names): return hashlib.sha256(bytes.fromhex(r[salt]) + text([r[k] for k in names.split()])).hexdigest()
		    row = [2, r['seq'], at, r['verb'], r['noun'], part('who', 'actor origin address agent session'), part('what', 'name old new message')]
		    last = hashlib.sha256(last + text(row)).digest()
		    assert last.hex() == r['hash'], r
		    rows += 1
		print(rows)
	END
	expect 8
}

@test "every byte of a row of an export counts" {
	file=$BATS_TEST_TMPDIR/trail.jsonl
	bad=$BATS_TEST_TMPDIR/bad.jsonl
	sit-audit export -o "$file"
	size=$(wc -c <"$file")
	# One byte in 29; every one in make fault.
	for ((i = RANDOM % ${AUDIT_STEP:=29}; i < size; i += AUDIT_STEP)); do
		cp "$file" "$bad"
		byte=$(od -An -tu1 -j "$i" -N 1 "$file")
		# shellcheck disable=SC2059 # the format is the byte
		printf "\\x$(printf %x $((byte ^ 1)))" | dd of="$bad" bs=1 seek="$i" conv=notrunc status=none
		! sit-audit verify "$bad" 2>/dev/null || explain "byte $i of $file"
	done
}

@test "signed checkpoints find a chain that was cut off or replaced whole" {
	key=$BATS_TEST_TMPDIR/audit.key
	signed=$BATS_TEST_TMPDIR/checkpoints.jsonl
	(umask 077 && openssl genpkey -algorithm ed25519 -out "$key" 2>/dev/null)
	openssl pkey -in "$key" -pubout -out "$key.pub"
	sit-audit checkpoint --key "$key" >"$signed"
	# What was signed is what the manual says: OpenSSL finds the same.
	jq -r '"sit-audit-checkpoint 1\n\(.org)\n\(.seq)\n\(.hash)\n\(.at | fromdate * 1000000)"' "$signed" >"$BATS_TEST_TMPDIR/text"
	jq -r .signature "$signed" | tr a-f A-F | basenc --base16 -d >"$BATS_TEST_TMPDIR/signature"
	openssl pkeyutl -verify -pubin -inkey "$key.pub" -rawin -in "$BATS_TEST_TMPDIR/text" -sigfile "$BATS_TEST_TMPDIR/signature"
	sit-site add north
	sit-audit checkpoint --key "$key" >>"$signed"
	try sit-audit verify --checkpoints "$signed" --key "$key.pub" -v
	want 0 && one_line_stderr '2 checkpoints are in the chain'
	sed 's/"seq":7/"seq":6/' "$signed" >"$signed.forged"
	try sit-audit verify --checkpoints "$signed.forged" --key "$key.pub"
	want 1 && one_line_stderr "$signed.forged:1: no checkpoint that this key signed"
	sql 'DELETE FROM audit WHERE seq = 8'
	hash=$(sit-audit show 7 | jq -r .hash)
	if on_postgres; then blob="'\\x$hash'"; else blob="x'$hash'"; fi
	sql "UPDATE audit_head SET seq = 7, hash = $blob"
	try sit-audit verify
	want 0
	try sit-audit verify --checkpoints "$signed" --key "$key.pub"
	want 1 && one_line_stderr 'row 8 was signed and is not there'
	chmod 644 "$key"
	try sit-audit checkpoint --key "$key"
	want 4 && one_line_stderr 'chmod 600'
}

@test "two writers at once keep one chain" {
	for i in 1 2; do
		for ((j = 0; j < 10; j++)); do sit-site add "s-$i-$j"; done &
	done
	wait
	try sit-audit verify -v
	want 0 && one_line_stderr '27 rows'
}

@test "organisations that are written for all at once are in the trail of the first, and its chain" {
	sit-org add acme --org '*'
	sit-org set acme title=Acme --org '*'
	sit-org add low parent=acme --org '*'
	[[ $(sql "SELECT count(*) FROM audit WHERE org_id = 0") == 0 && $(sql "SELECT count(*) FROM audit_head WHERE org_id = 0") == 0 ]]
	try sit-audit list noun=org --columns verb,name -f csv --no-header
	[[ $output == *$'add,acme\nset,acme\nadd,low' ]] || explain 'rows'
	try sit-audit verify
	want 0
	sql "UPDATE audit SET name = 'other' WHERE name = 'low' AND verb = 'add'"
	try sit-audit verify
	want 1
}
