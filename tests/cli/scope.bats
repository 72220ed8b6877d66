#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Organisations in one store: nothing of another one is seen or changed, and the answer is that for a thing that does not exist. The first test calls every
# verb of every program; those behind it are what it cannot derive.
load ../helpers

given() {
	new_store --org root
	sit-org add a parent=root
	sit-org add b parent=root
	for o in a b; do
		export SIT_ORG=$o
		sit-site add "site-$o" title="of $o"
		sit-site add same title="of $o"
		sit-field add "cf_$o" noun=site
		sit-site set "site-$o" "field.cf_$o=of $o"
		sit-asset add "asset-$o" site="site-$o"
		sit-policy add "policy-$o"
		sit-product add "product-$o" manufacturer="maker-$o" model_number=1
		sit-model add "model-$o"
		sit-device add "dev-$o" site="site-$o" model="model-$o"
		sit-gateway add "gw-$o"
		sit-datapoint add v device="dev-$o"
		sit-group add "group-$o"
		sit-group add "all-$o" select='name=dev*'
		sit-group member add "group-$o" "dev-$o" "group:all-$o"
		sit-ingest --as "dev-$o" v=1 --at 2026-02-01T00:00:00Z
		printf '{"device":"ghost-%s","datapoint":"x","value":1}\n' "$o" | sit-ingest -q 2>/dev/null || true
	done
	unset SIT_ORG
}

# everything: what is in organisation b, as the owner sees it.
everything() {
	local t
	for t in site model model_version device device_state datapoint asset product policy device_group group_member field field_value rule \
		series lane point_run chunk latest quarantine ledger audit; do
		sql "SELECT '$t', * FROM $t WHERE org_id = (SELECT id FROM org WHERE name = 'b')"
	done
	sql "SELECT * FROM org WHERE name = 'b'"
}

id_of() { sql "SELECT id FROM $1 WHERE name = '$2'"; }

# Fails too when a program, verb, operand or option was added that it cannot call (tests/scope/calls.py).
@test "every verb of every program, with names and ids of another organisation" {
	run -0 "$top/tests/scope/isolation.py" "$BATS_TEST_TMPDIR/isolation"
	[[ ${lines[-1]} == *' calls, 0 findings' ]]
	((${lines[-1]%% *} > 300))
}

# What that test is worth: what it takes for theirs becomes visible.
@test "a thing of theirs that is seen is a finding" {
	only_sqlite 'the file is changed under the programs'
	run -0 "$top/tests/scope/isolation.py" "$BATS_TEST_TMPDIR/isolation" sit-site
	sqlite3 "$BATS_TEST_TMPDIR/isolation/full.db" "UPDATE site SET org_id = (SELECT id FROM org WHERE name = 'own') WHERE title = 'kanari site'"
	run -1 "$top/tests/scope/isolation.py" "$BATS_TEST_TMPDIR/isolation" sit-site
	[[ $output == *kanari-site* ]]
}

@test "asked as a, the state of devices is that of a's; a sweep as a leaves b's alone" {
	for o in a b; do sit-ingest --org "$o" --as "dev-$o" v=2; done
	before=$(everything)
	export SIT_ORG=a
	for verb in status checklist; do
		try sit-device "$verb"
		[[ $output == *dev-a* && $output != *-b* ]] || explain "$verb shows b"
	done
	try sit-device label --select 'name=*'
	[[ $output == *dev-a* && $output != *-b* ]] || explain "label shows b"
	try sit-latest --datapoint online
	expect_json .device '"dev-a"'
	SIT_NOW=2026-02-02T00:00:00Z try sit-device run -v
	one_line_stderr '1 went offline'
	[[ $before == "$(everything)" ]]
}

@test "ingesting as a for a device of b goes to a's quarantine, not to b" {
	before=$(everything)
	printf '{"device":"dev-b","datapoint":"v","value":9}\n{"device":"b/dev-b","datapoint":"v","value":9}\n' >"$BATS_TEST_TMPDIR/p"
	try sit-ingest --org a "$BATS_TEST_TMPDIR/p"
	want 6
	[[ $stderr == *'unknown device "dev-b"'* ]]
	[[ $before == "$(everything)" ]]
}

@test "the same name may be in both; each sees its own" {
	try sit-site show same --org a
	expect_json .title '"of a"'
	try sit-site show same --org b
	expect_json .title '"of b"'
}

@test "a parent sees its children, named CHILD/NAME, and writes nothing there" {
	before=$(everything)
	try sit-device list 'name=dev*' --columns org,name,site
	expect_json '[.org, .name, .site]' '["a","a/dev-a","a/site-a"]' '["b","b/dev-b","b/site-b"]'
	try sit-device show b/dev-b
	want 0
	try sit-latest b/dev-b
	expect_json .device '"b/dev-b"'
	try sit-device set b/dev-b title=x
	want 4 && one_line_stderr 'belongs to another organisation'
	try sit-device rm b/dev-b -y --purge
	[[ $status == 4 ]]
	printf '{"device":"b/dev-b","datapoint":"v","value":9}\n' >"$BATS_TEST_TMPDIR/p"
	try sit-ingest "$BATS_TEST_TMPDIR/p"
	want 6 && [[ $stderr == *'--org'* ]]
	[[ $before == "$(everything)" ]]
}

@test "--org '*' reads everything and writes nothing but organisations" {
	try sit-device list 'name=dev*' --org '*' --columns name
	expect_json .name '"a/dev-a"' '"b/dev-b"'
	try sit-site add x --org '*'
	want 2 && one_line_stderr 'only reads'
	try sit-org add top --org '*'
	want 0
	try sit-org list --org '*' --columns name -f tsv --no-header
	expect $'a\nb\nroot\ntop'
}

@test "an organisation is made below, or by the owner beside" {
	try sit-org add x --org a
	want 4 && one_line_stderr 'say parent=a'
	try sit-org set root parent= --org root
	want 0
	sit-org add y parent=a --org a
	try sit-org set y parent= --org a
	want 4 && one_line_stderr 'say parent=a'
	try sit-org show y --org a
	expect_json .parent '"a"'
}

@test "an unknown organisation is not found" {
	try sit-site list --org nobody
	want 3 && one_line_stderr 'no organisation "nobody"'
}

@test "the estate of a is a's own, as text too; a text that names what is in b makes things of a" {
	for o in root a; do
		try sit-estate export --org $o
		want 0
		[[ $output != *-b* && $output != *'of b'* && $output != *cf_b* ]] || explain "the text of $o shows b"
		try sit-model export --select 'name=*' --org $o
		[[ $output != *-b* ]] || explain "the models of $o show b"
	done
	before=$(everything)
	sit-estate export --org b >"$BATS_TEST_TMPDIR/b.json"
	export SIT_ORG=a
	try sit-estate diff "$BATS_TEST_TMPDIR/b.json"
	want 1
	[[ $output == *'{"noun":"device","name":"dev-b","field":null,"here":null'* ]]
	sit-estate apply "$BATS_TEST_TMPDIR/b.json"
	try sit-device show dev-b
	expect_json .site '"site-b"'
	sit-model export model-a | jq '.models.model_a2 = .models["model-a"]' | sit-model apply -
	for verb in 'apply b.json' 'diff b.json' 'clone b/model-b x' 'devices b/model-b' 'history b/model-b' 'sync b/model-b' 'export b/model-b'; do
		# shellcheck disable=SC2086
		try sit-model $verb
		want 3
	done
	sit-estate export --org root | jq '{sites, assets, devices, groups}' | sit-estate apply - --prune --yes
	try sit-site list
	silent_stdout
	[[ $before == "$(everything)" ]]
	try sit-estate apply "$BATS_TEST_TMPDIR/b.json" --org '*'
	want 2 && one_line_stderr 'only reads'
}

@test "pruning as a takes nothing of b" {
	export SIT_ORG=a
	before=$(everything)
	try sit-prune --older-than 1s --yes
	want 0
	try sit-query '*' '*' --all
	silent_stdout
	try sit-prune --older-than 1s --yes dev-b
	want 3
	[[ $(everything) == "$before" ]] || explain "b was changed"
}
