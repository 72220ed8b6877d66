#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Products, policies, custom fields, assets, organisations: what devices refer to.
load ../helpers

given() {
	new_store
	sit-site add berlin tz=Europe/Berlin
	sit-site add lisbon tz=Europe/Lisbon
	sit-model add sdm
}

@test "a product: manufacturer and model number are unique together" {
	sit-product add sdm630 manufacturer=Eastron model_number=SDM630-M protocol=modbus_rtu unit=1 datasheet=https://example.com/sdm.pdf
	try sit-product show sdm630
	expect_json '[.manufacturer, .model_number, .protocol, .unit, .verified]' '["Eastron","SDM630-M","modbus_rtu",1,false]'
	try sit-product add again manufacturer=Eastron model_number=SDM630-M
	want 7 && one_line_stderr
	sit-product add other manufacturer=Eastron model_number=SDM120
	try sit-product add bad manufacturer=x model_number=y protocol=zigbee
	want 2 && one_line_stderr protocol
	try sit-product add bad manufacturer=x model_number=y port=70000
	want 2 && one_line_stderr port
	try sit-product add bad manufacturer=x model_number=y datasheet=nonsense
	want 2 && one_line_stderr datasheet
	try sit-product add bad manufacturer=x model_number=y config_schema='{"a":'
	want 2 && one_line_stderr config_schema
	sit-product set other config_schema='{"type":"object","properties":{"interval":{"type":"integer"}}}'
	try sit-product show other
	expect_json '.config_schema.properties.interval.type' '"integer"'
}

@test "a device gets its product's model, and follows when that changes" {
	sit-model add sdm-2
	sit-product add p manufacturer=a model_number=1 model=sdm
	sit-device add d product=p
	try sit-device list name=d --columns model -f tsv --no-header
	expect sdm
	try sit-device set d model=sdm-2
	want 2 && one_line_stderr 'product p has the model sdm'
	sit-product set p model=sdm-2
	try sit-device list name=d --columns model -f tsv --no-header
	expect sdm-2
	try sit-product rm p -y
	want 7 && one_line_stderr
}

@test "three policies are shipped; limits are minded; one in use stays" {
	try sit-policy list --columns name,telemetry,commands,firmware,message_size,message_rate -f tsv --no-header
	expect $'controlled-device\ttrue\ttrue\tfalse\t256\t60\nfull-access\ttrue\ttrue\ttrue\t256\t60\ntelemetry-only\ttrue\tfalse\tfalse\t256\t60'
	sit-org add acme parent=default
	try sit-policy list --org acme --columns name -f tsv --no-header
	expect $'controlled-device\nfull-access\ntelemetry-only'
	sit-policy add tight message_size=1 message_rate=2
	try sit-policy set tight message_size=0
	want 2 && one_line_stderr message_size
	try sit-policy set tight message_size=2000
	want 2
	sit-device add d policy=tight
	try sit-policy rm tight -y
	want 7
	sit-device set d policy=
	sit-policy rm tight -y
}

@test "custom fields of every type: assigned, checked, listed, cleared" {
	sit-field add s type=string max=5 pattern='^[a-z]*$'
	sit-field add i type=integer min=0 max=10
	sit-field add f type=float
	sit-field add b type=boolean
	sit-field add d type=date
	sit-field add t type=datetime
	sit-field add w type=select words=red,green
	sit-field add m type=multiselect words=red,green,blue
	sit-field add u type=url
	sit-field add e type=email
	sit-field add j type=json
	sit-field add r type=reference refers=site
	sit-device add x field.s=abc field.i=3 field.f=1.5 field.b=true field.d=2026-02-28 field.t=2026-01-01T00:00:00+01:00 field.w=red \
		field.m=blue,red field.u=https://example.com field.e=ops@example.com field.j='{"a":[1]}' field.r=berlin
	try sit-device show x
	expect_json '[."field.s", ."field.i", ."field.f", ."field.b", ."field.d", ."field.t", ."field.w", ."field.m", ."field.r", ."field.j"]' \
		'["abc",3,1.5,true,"2026-02-28","2025-12-31T23:00:00Z","red","blue,red","berlin",{"a":[1]}]'
	for bad in s=ABC s=abcdef i=11 i=-1 i=1.5 f=x b=maybe d=2026-02-30 t=tomorrow-ish w=blue m=red,pink u=nowhere e=nobody j='{' r=nowhere; do
		try sit-device set x "field.$bad"
		want 2 && one_line_stderr "field.${bad%%=*}" || return
	done
	sit-device set x field.i= field.m=
	try sit-device list --columns name,field.i,field.w,field.m
	expect_json '[."field.i", ."field.w", ."field.m"]' '[null,"red",null]'
	try sit-device set x field.nope=1
	want 2 && one_line_stderr 'field.nope'
	try sit-device set x field.=1
	want 2
	try sit-site rm berlin -y
	want 7 && one_line_stderr
}

@test "required and default hold for what is added; text counts characters, not bytes" {
	sit-device add before
	sit-field add cost type=integer required=true
	sit-field add zone type=select words=a,b default=b
	sit-field add short type=string max=3
	try sit-device add after
	want 2 && one_line_stderr 'field.cost'
	sit-device add after field.cost=1 field.short=äöü
	try sit-device list --columns name,field.cost,field.zone -f tsv --no-header
	expect $'after\t1\tb\nbefore\t\t'
	sit-device set before title=x
	try sit-device set after field.cost=
	want 2 && one_line_stderr 'field.cost'
	try sit-field add bad type=select
	want 2 && one_line_stderr words
	try sit-field add bad type=integer default=x
	want 2 && one_line_stderr default
	try sit-field add bad pattern='(('
	want 2 && one_line_stderr pattern
	try sit-field add name
	want 0
}

@test "a field with values stays unless purged; retyping is refused" {
	sit-field add floor type=integer
	sit-device add x field.floor=1
	try sit-field rm floor -y
	want 7 && one_line_stderr
	try sit-field set floor type=string
	want 2
	sit-field rm floor -y --purge
	try sit-device list field.floor=1
	want 2 && one_line_stderr
	sit-field add floor type=string
	try sit-device list --columns name,field.floor -f tsv --no-header
	expect $'x\t'
}

@test "fields of two nouns may share a name; a file and the trail carry them" {
	sit-field add code noun=device
	sit-field add code noun=site type=integer
	sit-site set berlin field.code=7
	printf '{"name":"m1","field.code":"x"}\n' | sit-device add --file - site=berlin
	try sit-device list site.field.code=7 --columns name,field.code
	expect '{"name":"m1","field.code":"x"}'
	try sit-field show code
	want 2 && one_line_stderr
	try sit-field show site:code
	expect_json .type '"integer"'
	try sit-device list -f csv --columns name,field.code
	printf '%s\n' "$output" | sed 's/x$/y/' | sit-device add --file - --upsert -i csv
	try sit-device show m1
	expect_json '."field.code"' '"y"'
	[[ $(sql "SELECT old || new FROM audit WHERE verb = 'set' AND name = 'm1'") == '{"field.code":"x"}{"field.code":"y"}' ]]
}

@test "assets are a tree in a site: no circles, parts move along, what is used stays" {
	sit-asset add hall site=berlin kind=building
	sit-asset add line parent=hall
	sit-asset add press parent=line tag=INV-7
	try sit-asset list --columns name,site,parent -f tsv --no-header
	expect $'hall\tberlin\t\nline\tberlin\thall\npress\tberlin\tline'
	try sit-asset set hall parent=press
	[[ $status == 2 || $status == 7 ]] && one_line_stderr
	try sit-asset set hall parent=hall
	[[ $status == 2 || $status == 7 ]] && one_line_stderr
	try sit-asset set press site=lisbon
	want 2 && one_line_stderr 'stands in berlin'
	sit-asset set hall site=lisbon
	try sit-asset list site=lisbon --columns name -f tsv --no-header
	expect $'hall\nline\npress'
	sit-device add d asset=press
	try sit-asset rm press -y
	want 7
	try sit-asset rm line -y
	want 7
	try sit-asset add lost
	want 2 && one_line_stderr site
}

@test "organisations: tier, limits, looks, tree" {
	sit-org add acme parent=default tier=enterprise max_devices=5000 retention=1095d color=#1a2b3c domain=iot.acme.example
	try sit-org add north parent=acme
	want 4 && one_line_stderr '(--org)'
	sit-org add north parent=acme --org acme
	try sit-org show acme
	expect_json '[.tier, .max_devices, .color]' '["enterprise",5000,"#1a2b3c"]'
	for bad in tier=gold color=red max_devices=-1 retention=0s domain=-x; do
		try sit-org set acme $bad
		want 2 && one_line_stderr "${bad%%=*}" || return
	done
	try sit-org add other parent=default domain=iot.acme.example
	want 7
	try sit-org tree -f table --no-header --columns name
	expect $'default\n  acme\n    north'
	try sit-org tree
	expect_json '[.name, .depth]' '["default",0]' '["acme",1]' '["north",2]'
	try sit-org set acme parent=north
	[[ $status != 0 ]] && one_line_stderr
}

@test "names are compared byte for byte; renaming keeps what refers to it" {
	sit-site add Berlin
	try sit-site list --columns name -f tsv --no-header
	expect $'Berlin\nberlin\nlisbon'
	sit-device add d site=berlin model=sdm
	sit-site set berlin name=b7
	sit-model set sdm name=three
	try sit-device show d
	expect_json '[.site, .model]' '["b7","three"]'
	try sit-site set b7 name=Berlin
	want 7
	for bad in '' -x .x 'a b' ä "$(printf 'x%.0s' {1..64})"; do
		try sit-site add -- "$bad"
		want 2 || return
	done
}

@test "a gateway is of type gateway, whoever says otherwise" {
	try sit-gateway add gw-9 type=peripheral
	want 2
	one_line_stderr "type: a gateway is of type gateway"
	try sit-gateway add gw-9 type=gateway
	want 0
}
