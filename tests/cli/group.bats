#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
load ../helpers

given() {
	new_store
	sit-site add plant
	for d in p1 p2 p3 p4; do sit-device add $d site=plant; done
	sit-gateway add gw site=plant
	sit-group add hand
	sit-group add rule select='type=gateway'
}

members() {
	sit-group members "$@" -f tsv --no-header --columns name
}

@test "members by hand, by selector, by groups in groups" {
	sit-group member add hand p1 p2
	[[ $(members hand) == $'p1\np2' ]]
	[[ $(members rule) == gw ]]
	sit-group add top
	sit-group member add top group:hand group:rule p4
	[[ $(members top) == $'gw\np1\np2\np4' ]]
	try sit-group members top --direct
	expect_json '[.noun, .name]' '["device","p4"]' '["group","hand"]' '["group","rule"]'
	sit-group member rm top group:rule p4
	[[ $(members top) == $'p1\np2' ]]
	sit-device rm p1 -y
	[[ $(members top) == p2 ]]
}

@test "adding twice changes nothing; taking out what is not in it neither" {
	sit-group member add hand p1 -v
	n=$(sql 'SELECT count(*) FROM audit')
	try sit-group member add hand p1
	want 0
	try sit-group member rm hand p2
	want 0
	[[ $(sql 'SELECT count(*) FROM audit') == "$n" ]]
}

@test "members by --select and from a list" {
	sit-group member add hand --select 'name=p*'
	[[ $(members hand) == $'p1\np2\np3\np4' ]]
	printf 'p1\np3\n' | sit-group member rm hand -
	[[ $(members hand) == $'p2\np4' ]]
	try sit-group member add hand nobody
	want 3 && one_line_stderr 'no device "nobody"'
	try sit-group member add rule p1
	want 7 && one_line_stderr 'has a selector'
}

@test "no group is in itself, by whatever way" {
	sit-group add a && sit-group add b
	sit-group member add a group:b
	try sit-group member add b group:a
	[[ $status == 2 || $status == 7 ]] && one_line_stderr
	try sit-group member add a group:a
	[[ $status == 2 || $status == 7 ]] && one_line_stderr
	try sit-group add c select='group:c'
	[[ $status == 2 || $status == 7 ]] && one_line_stderr
	sit-group add d select='group:a'
	try sit-group set a select='group:d'
	[[ $status == 2 || $status == 7 ]] && one_line_stderr
	try sit-group member add b group:d
	[[ $status == 2 || $status == 7 ]] && one_line_stderr
	[[ $(members a) == '' ]]
}

@test "a selector is checked when it is written; what it names cannot be removed" {
	try sit-group add x select='sitee=plant'
	want 2 && one_line_stderr 'did you mean "site"?'
	try sit-group add x select='group:nobody'
	want 2 && one_line_stderr 'no group "nobody"'
	sit-group add y select='group:hand'
	try sit-group rm hand -y
	want 7 && one_line_stderr 'group y names it'
	sit-group rm y -y
	sit-group rm hand -y
}

@test "stats count devices, states and places" {
	sit-group member add hand p1 p2 gw
	sit-device set p2 enabled=false
	try sit-group stats hand
	expect_json '[.group, .devices, .gateways, .disabled, .never_seen, .sites]' '["hand",3,1,1,3,1]'
	try sit-group stats
	expect_json '[.group, .devices]' '["hand",3]' '["rule",1]'
}
