#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Two organisations in one store: nothing of the other is seen or changed, and the answer is that for a thing that does not exist.
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
	for t in site model model_version device device_state datapoint asset product policy device_group group_member field field_value \
		series lane point_run chunk latest quarantine ledger audit; do
		sql "SELECT '$t', * FROM $t WHERE org_id = (SELECT id FROM org WHERE name = 'b')"
	done
	sql "SELECT * FROM org WHERE name = 'b'"
}

id_of() { sql "SELECT id FROM $1 WHERE name = '$2'"; }

@test "reading as a shows nothing of b" {
	export SIT_ORG=a
	for p in sit-org sit-site sit-model sit-device sit-gateway sit-datapoint sit-quarantine sit-asset sit-field sit-policy sit-product \
		sit-group; do
		try "$p" list
		want 0
		[[ $output != *-b* && $output != *'of b'* ]] || explain "$p list shows b"
	done
	try sit-group stats
	expect_json '[.group, .devices]' '["all-a",1]' '["group-a",1]'
	try sit-site list --columns name,field.cf_a
	want 0
	try sit-site list --columns name,field.cf_b
	want 2
	try sit-site list 'field.cf_b=of b'
	want 2
	try sit-latest
	expect_json .device '"dev-a"'
	for how in -q --wide; do
		try sit-export '*' v --all "$how"
		expect_json .device '"dev-a"'
	done
	try sit-query '*' v --all
	expect_json .device '"dev-a"'
	try sit-query 'name=*' '*' --all --agg count --by org
	expect_json '[.org, .count]' '["a",1]'
}

@test "names and ids of b are not found as a, in every verb that takes them" {
	export SIT_ORG=a
	before=$(everything)
	for noun in site model device gateway asset policy product group field; do
		case $noun in gateway) name=gw-b ;; device) name=dev-b ;; field) name=cf_b ;; *) name=$noun-b ;; esac
		table=${noun/gateway/device} table=${table/group/device_group}
		for it in "$name" "b/$name" "id:$(id_of "$table" "$name")"; do
			for verb in show 'set title=x' 'rm -y'; do
				read -r word more <<<"$verb"
				# shellcheck disable=SC2086
				try "sit-$noun" "$word" "$it" $more
				want 3 || return
				silent_stdout || return
			done
		done
	done
	for it in dev-b b/dev-b "id:$(id_of device dev-b)"; do
		for verb in status checklist label; do
			try sit-device "$verb" "$it"
			want 3 || return
			silent_stdout || return
		done
	done
	try sit-gateway status gw-b
	want 3
	try sit-latest dev-b --datapoint online
	want 3
	try sit-datapoint show dev-b:v
	want 3
	try sit-datapoint set "id:$(sql "SELECT d.id FROM datapoint d JOIN org o ON o.id = d.org_id WHERE o.name = 'b'")" unit=x
	want 3
	for it in group-b all-b "id:$(id_of device_group group-b)"; do
		for verb in "members $it" "member add $it dev-a" "member rm $it dev-a" "member add group-a group:$it" "stats $it"; do
			# shellcheck disable=SC2086
			try sit-group $verb
			want 3 || return
		done
	done
	try sit-group member add group-a dev-b
	want 3
	try sit-group member add group-a "id:$(id_of device dev-b)"
	want 3
	try sit-device list group:group-b
	want 3
	try sit-device list asset:asset-b
	want 3
	try sit-query group:group-b v --all
	want 3
	try sit-latest -g all-b
	want 3
	try sit-group add sly select="id=$(id_of device dev-b)"
	try sit-group members sly
	want 0 && silent_stdout
	try sit-device set dev-a asset=asset-b
	want 2
	try sit-device set dev-a product="id:$(id_of product product-b)"
	want 2
	try sit-device set dev-a policy=policy-b
	want 2
	try sit-org show b
	want 3
	try sit-org set b title=x
	want 3
	try sit-org set root title=x
	want 3
	try sit-query dev-b v --all
	want 3
	try sit-query b/dev-b v --all
	want 3
	try sit-latest dev-b
	want 3
	try sit-export dev-b v --all
	want 3
	try sit-export b/dev-b v --all --wide
	want 3
	try sit-device add d2 site=site-b
	want 2 && one_line_stderr 'no site "site-b"'
	try sit-device add d2 site="id:$(id_of site site-b)"
	want 2
	try sit-org add c parent=b
	want 2
	try sit-quarantine rm "$(sql "SELECT max(id) FROM quarantine")" -y
	want 3
	try sit-quarantine adopt
	[[ $before == "$(everything)" ]]
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

# A program that is added without a test here fails this: name it once its verbs are tried above, or say why it needs none.
@test "every program is tried across organisations" {
	tried='sit-org sit-site sit-model sit-device sit-gateway sit-datapoint sit-quarantine sit-ingest sit-query sit-latest sit-export sit-prune sit-audit sit-user
		sit-asset sit-field sit-policy sit-product sit-group sit-estate'
	exempt='sit sit-db' # sit runs the others; sit-db works on the store as a whole, for who can open its file
	for p in $(programs); do
		[[ " ${tried//[[:space:]]/ } $exempt " == *" $p "* ]] || explain "$p is not tried across organisations"
	done
}
