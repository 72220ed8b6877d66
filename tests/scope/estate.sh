#!/bin/sh
# SPDX-License-Identifier: MIT
# estate.sh ORG WORD VALUE [PARENT]: the organisation ORG (made below PARENT) with a thing of every noun, each named after WORD, points that begin with VALUE, what waits, what was corrected,
# and one thing named "same". Run for several organisations, it makes stores in which the tests of the scope look for what leaks.
set -eu
SIT_ORG=$1 w=$2 value=$3
[ $# -lt 4 ] || sit-org add "$SIT_ORG" parent="$4" title="$w org" --org "$4"
export SIT_ORG

sit-site add "$w-site" title="$w site" tz=Europe/Paris
sit-site add same title="$w same"
sit-asset add "$w-asset" site="$w-site" title="$w asset" serial="$w"
sit-user add "$w-user" title="$w user" email="$w@example.com"
sit-user grant add "$w-user" "$w-site" manage
key=$(mktemp -u)
sit-user key add "$w-user" -q --note "$w key" -o "$key"
sit-limit set "user:$w-user" 100000:1m
sit-limit set "key:$(cut -c1-12 "$key")" 100000:1m
rm "$key"
sit-policy add "$w-policy" title="$w policy"
sit-model add "$w-model" title="$w model"
sit-datapoint add "${w}_m" model="$w-model" title="$w datapoint"
sit-product add "$w-product" manufacturer="$w maker" model_number="$w" model="$w-model"
sit-gateway add "$w-gw" site="$w-site" title="$w gateway"
sit-device add "$w-dev" site="$w-site" model="$w-model" product="$w-product" policy="$w-policy" asset="$w-asset" \
	gateway="$w-gw" edge_key="$w-1" title="$w device" serial="$w-serial" offline_after=1h
sit-limit set "device:$w-dev" 100000:1s
sit-limit set ingest 100000:1s,1GB:1s
sit-device add same title="$w same"
sit-datapoint add "${w}_v" device="$w-dev" title="$w datapoint of a device" unit="$w"
for thing in sit-device\ "$w-dev" sit-gateway\ "$w-gw"; do
	"${thing% *}" credential add "${thing#* }" -q --url mqtt://h --note "$w login" -o "$key"
	rm "$key"
done
sit-onboard register "$w-claim" title="$w claim" -o "$key"
rm "$key"
sit-rule add "$w-rule" model="$w-model" datapoint="${w}_m" condition=gt threshold="$value" title="$w rule" message="$w {value}"
sit-notify channel add "$w-channel" type=webhook url="https://$w.example/" title="$w channel" enabled=false
sit-notify route add "$w-route" channel="$w-channel" title="$w route"
sit-notify send --channel "$w-channel" --subject "$w subject" "$w text" >/dev/null
sit-event add device="$w-dev" kind=maintenance severity=error message="$w event" data="{\"$w\":1}"
sit-group add "$w-group" title="$w group"
sit-group add "$w-select" select="name=$w*"
sit-group member add "$w-group" "$w-dev" "group:$w-select"
sit-field add "${w}_f" noun=site title="$w field"
sit-site set "$w-site" "field.${w}_f=$w value"
for i in 1 2 3; do
	sit-ingest -q --as "$w-dev" "${w}_v=$value$i" "${w}_m=$value$i" --at "2026-02-01T10:0$i:00Z"
done
sit-db compact --all
sit-ingest -q --as "$w-dev" "${w}_v=${value}7" "${w}_m=${value}7" --at 2026-02-01T10:01:00Z || [ $? = 6 ]
sit-ingest -q --as "$w-dev" "${w}_v=${value}8" --at 2026-02-01T11:30:00Z
sit-ingest -q --as same "${w}_w=${value}9" --at 2026-02-01T11:30:00Z || [ $? = 6 ]
printf '{"device":"%s-ghost","datapoint":"%s_x","value":%s}\n' "$w" "$w" "$value" | sit-ingest -q 2>/dev/null || [ $? = 6 ]
printf '{"device":"%s-dev","datapoint":"%s_later","value":%s}\n' "$w" "$w" "$value" | sit-ingest -q 2>/dev/null || [ $? = 6 ]
sit-alarm run >/dev/null
sit-alarm silence add "$w-dev" datapoint="$w*" --for 1h -m "$w silence"
sit-alarm comment -d "$w-dev" -m "$w comment"
sit-alarm assign -d "$w-dev" "$w-user"
