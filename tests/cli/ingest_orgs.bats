#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sit-ingest --org '*': one process for all organisations; each record goes to the one that it names, and to no other.
load ../helpers

given() {
	new_store --org root
	for o in a b; do
		sit-org add $o parent=root
		sit-site add s --org $o
		sit-device add meter site=s --org $o
		sit-device add "only-$o" site=s --org $o
		for d in meter only-$o; do sit-datapoint add v device=$d type=float --org $o; done
	done
	in=$BATS_TEST_TMPDIR/in
}

values() { sit-query --org "$1" '*' '*' --all -f csv --no-header --columns device,value | tr '\n' ' '; }
books_of() { sql "SELECT r.exit, r.counters FROM run r JOIN org o ON o.id = r.org_id WHERE o.name = '$1'"; }
ledger_of() { sql "SELECT sum(l.stored), sum(l.rejected), sum(l.quarantined) FROM ledger l JOIN org o ON o.id = l.org_id WHERE o.name = '$1'"; }
rows() { sql "SELECT count(*) FROM $1 t JOIN org o ON o.id = t.org_id WHERE o.name = '$2'"; }

@test "each record goes to the organisation that it names: points, run, ledger" {
	cat >"$in" <<'END'
{"org":"a","device":"meter","datapoint":"v","value":1,"ts":"2026-02-01T00:00:00Z"}
{"org":"b","device":"meter","ts":"2026-02-01T00:00:00Z","values":{"v":2}}
{"org":"a","device":"meter","datapoint":"v","value":3,"ts":"2026-02-01T01:00:00Z"}
END
	try sit-ingest --org '*' --stats "$in"
	want 0 && silent_stderr
	expect_json '[.read, .stored]' '[3,3]'
	[[ $(values a) == 'meter,1 meter,3 ' && $(values b) == 'meter,2 ' ]] || explain "$(values a)| $(values b)"
	[[ $(books_of a) == '0|{"read":2,"stored":2,'* && $(books_of b) == '0|{"read":1,"stored":1,'* ]] || explain "$(books_of a) $(books_of b)"
	[[ $(ledger_of a) == '2|0|0' && $(ledger_of b) == '1|0|0' ]] || explain "$(ledger_of a) $(ledger_of b)"
	# What did not get anything has no run, but for the one that stands for the process.
	sit-org add c parent=root
	sit-ingest --org '*' "$in"
	[[ $(rows run c) == 0 && $(rows run root) == 2 && $(rows run a) == 2 ]]
}

@test "a record that names a device of another organisation than its own waits in that one's quarantine" {
	echo '{"org":"a","device":"only-b","datapoint":"v","value":9}' >"$in"
	echo '{"org":"a","device":"b/only-b","datapoint":"v","value":9}' >>"$in"
	# The parent sees its children, and writes in none of them.
	echo '{"org":"root","device":"b/only-b","datapoint":"v","value":9}' >>"$in"
	try sit-ingest --org '*' "$in"
	want 6
	[[ $(rows quarantine a) == 2 && $(rows quarantine b) == 0 && $(rows ledger b) == 0 && $(rows run b) == 0 ]]
	[[ -z $(values b) ]]
}

@test "an organisation that there is not, or none: refused with the reason, kept in the file of rejects, and read again when mended" {
	sit-org add gone parent=root
	sit-org rm gone -y
	for o in c gone '*' root/a ''; do printf '{"org":"%s","device":"meter","datapoint":"v","value":1,"ts":60}\n' "$o"; done >"$in"
	echo '{"device":"meter","datapoint":"v","value":1}' >>"$in"
	try sit-ingest --org '*' --rejects "$BATS_TEST_TMPDIR/rejects" "$in"
	want 6 && silent_stdout
	[[ $stderr == *":1: no organisation \"c\""*":2: no organisation \"gone\""*":3: no organisation \"*\""*":4: no organisation \"root/a\""*':5: the record names no organisation (org)'*':6: the record names no organisation (org)'*'rejected 6 '* ]]
	[[ $(wc -l <"$BATS_TEST_TMPDIR/rejects") == 6 ]]
	# In the books of the store's own organisation.
	[[ $(ledger_of root) == '0|6|0' && $(sql 'SELECT first_reason FROM ledger') == 'no organisation "c"' ]]
	grep -F '\"c\"' "$BATS_TEST_TMPDIR/rejects" | sed 's/\\"c\\"/\\"b\\"/g' | sit-ingest --org '*' -
	[[ $(values b) == 'meter,1 ' && -z $(values a) ]]
}

@test "CSV has a column org, long or wide; what a query of all prints can be read again" {
	printf 'ts,org,device,datapoint,value\n60s,b,meter,v,5\n60s,a,meter,v,6\n' | sit-ingest --org '*' -
	printf 'ts,org,v\n120s,a,7\n120s,b,\n' | sit-ingest --org '*' --as meter -
	[[ $(values a) == 'meter,6 meter,7 ' && $(values b) == 'meter,5 ' ]] || explain "$(values a)| $(values b)"
	sit-query --org '*' '*' '*' --all -f jsonl >"$in"
	try sit-ingest --org '*' --stats "$in"
	expect_json '[.read, .duplicate]' '[3,3]'
	printf 'ts,device,datapoint,value\n60s,meter,v,5\n' >"$in"
	try sit-ingest --org '*' "$in"
	want 2 && one_line_stderr 'there is no column "org"'
}

@test "stored points are printed with their organisation" {
	printf '{"org":"%s","device":"meter","datapoint":"v","value":1,"ts":60}\n' b a >"$in"
	try sit-ingest --org '*' --emit "$in"
	[[ $(jq -c '[.org, .device]' <<<"$output" | sort | tr -d '\n') == '["a","meter"]["b","meter"]' ]] || explain "$output"
}

@test "what is said of one organisation is refused for all" {
	try sit-ingest --org '*' --as meter v=1
	want 2 && one_line_stderr 'of values by hand'
	try sit-ingest --org '*' --auto-create s /dev/null
	want 2 && one_line_stderr '--auto-create goes with one'
	try sit-ingest --org '*' --profile zoho mqtt://localhost
	want 2 && one_line_stderr '--profile zoho name none'
}

@test "more than one organisation may store in a day waits in its quarantine, and stops nobody else" {
	sit-org quota a points_per_day=1 --org '*'
	for o in a b; do for t in 60 61; do printf '{"org":"%s","device":"meter","datapoint":"v","value":1,"ts":%d}\n' $o $t; done; done >"$in"
	try sit-ingest --org '*' "$in"
	want 4
	[[ $stderr == *'over quota: organisation a may store 1 points a day; 1 points wait in quarantine'* ]]
	[[ $(values a) == 'meter,1 ' && $(values b) == 'meter,1 meter,1 ' && $(books_of a) == '4|'* && $(books_of b) == '0|'* ]]
}

@test "more organisations than connections: each gets its own all the same" {
	only_sqlite 'seventy organisations'
	for ((i = 1; i <= 70; i++)); do printf 'o%d,root\n' $i; done | { echo name,parent; cat; } | sit-org add --file - -i csv --org '*'
	for ((r = 1; r <= 2; r++)); do
		for ((i = 1; i <= 70; i++)); do printf '{"org":"o%d","device":"nobody","datapoint":"v","value":%d,"ts":%d}\n' $i $i $r; done
	done >"$in"
	try sit-ingest --org '*' --stats -q "$in"
	want 6
	expect_json '[.read, .quarantined]' '[140,140]'
	[[ $(sql "SELECT count(*), count(DISTINCT org_id) FROM quarantine WHERE value = CAST(substr((SELECT name FROM org WHERE id = org_id), 2) AS TEXT)") == '140|70' ]]
}

@test "who shows a key of one organisation writes in no other" {
	sit-user add anna role=operator --org a
	sit-user key add anna --org a -q -o "$BATS_TEST_TMPDIR/key"
	echo '{"org":"b","device":"meter","datapoint":"v","value":1}' >"$in"
	SIT_KEY=@$BATS_TEST_TMPDIR/key try sit-ingest --org '*' "$in"
	want 4 && silent_stdout
	[[ -z $(values b) && $(rows ledger b) == 0 ]]
}
