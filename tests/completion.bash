# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What the completion of every shell is tested with: programs as they would describe themselves, and what follows a line.

# The completion of shell $1, made of these descriptions, on standard output.
made_for() {
	# shellcheck disable=SC2154 # helpers.bash sets top
	"$top/share/complete.sh" "$1" <<-'JSON'
	{"name":"sit-site","noun":"site","brief":"places","operands":"","verbs":[
	  {"name":"add","operands":"NAME [FIELD=VALUE...]","help":""},{"name":"list","operands":"[FILTER...]","help":"print those: all, or some"},
	  {"name":"set","operands":"NAME... FIELD=VALUE...","help":""},{"name":"key add","operands":"NAME [site:SITE...]","help":"a key's own"}],
	 "options":[{"long":"file","short":"","arg":"FILE","help":"","group":"","common":false,"verbs":"add","words":[]},
	  {"long":"format","short":"f","arg":"FORMAT","help":"how: one\\of it's","group":"","common":true,"verbs":"","words":["table","jsonl","json"]},
	  {"long":"db","short":"D","arg":"URL","help":"","group":"","common":true,"verbs":"","words":[]},
	  {"long":"columns","short":"","arg":"A,B,C","help":"","group":"","common":true,"verbs":"","words":[]},
	  {"long":"tz","short":"","arg":"ZONE","help":"","group":"","common":true,"verbs":"","words":[]}],
	 "fields":[{"name":"name","kind":"name","flags":["key"],"ref":"","words":[],"default":"","help":""},
	  {"name":"type","kind":"word","flags":["list"],"ref":"","words":["gateway","smart_sensor"],"default":"","help":"what it is"},
	  {"name":"tz","kind":"zone","flags":["fixed"],"ref":"","words":[],"default":"","help":""},
	  {"name":"site","kind":"reference","flags":[],"ref":"site","words":[],"default":"","help":""},
	  {"name":"created","kind":"time","flags":["readonly"],"ref":"","words":[],"default":"","help":""}],
	 "records":[],"examples":[]}
	{"name":"sit-latest","noun":"","operands":"[SITE|FILTER...]","brief":"newest","verbs":[],"options":[],"fields":[],"records":[],"examples":[]}
	{"name":"sit-query","noun":"","operands":"[FILE|-]","brief":"points","verbs":[],
	 "options":[{"long":"site","short":"s","arg":"SITE","help":"","group":"","common":false,"verbs":"","words":[]}],
	 "fields":[],"records":[{"name":"point","help":"","fields":[{"name":"ts","kind":"time","flags":[],"ref":"","words":[],"default":"","help":""}]}],
	 "examples":[]}
	{"name":"sit","noun":"","operands":"","brief":"all","verbs":[{"name":"find","operands":"WORD","help":"where WORD stands"}],"options":[],"fields":[],"records":[],"examples":[]}
	JSON
}

# A sit-site that knows three names and notes what it was asked.
fake_site() {
	mkdir -p "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\nprintf "%%s\\n" "$*" >"%s/asked"\nprintf "%%s\\n" plant plant-2 depot\n' "$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/bin/sit-site"
	chmod +x "$BATS_TEST_TMPDIR/bin/sit-site"
	export PATH=$BATS_TEST_TMPDIR/bin:$PATH
}

# offered: the lines on standard input are LINE=>WORD..., in order of bytes; \s in LINE is a blank at its end. `complete_lines LINE...`
# of the test file prints what is offered, WORD or WORD<tab>HELP, and an empty line after each.
offered() {
	local line got want word i
	local -a asked wanted answers=()
	while IFS= read -r line; do
		asked+=("${line%%=>*}") wanted+=("${line#*=>}")
	done
	asked=("${asked[@]//\\s/ }")
	complete_lines "${asked[@]}" >"$BATS_TEST_TMPDIR/answers" || explain "no answers"
	while IFS=$'\t' read -r i word; do
		answers[i]+=${answers[i]:+ }$word
	done < <(awk -F '\t' -v OFS='\t' 'NF == 0 { n++; next } { print n + 0, $1 }' "$BATS_TEST_TMPDIR/answers" | LC_ALL=C sort -t $'\t' -k 1,1n -k 2 -u)
	i=0
	for line in "${asked[@]}"; do
		got=${answers[i]-} want=${wanted[i]}
		[[ $got == "$want" ]] || explain "$line: offered $got, want $want" || return
		((++i))
	done
}

# What every shell offers.
common_lines() {
	cat <<-'END'
	sit-site\s=>add key list set
	sit-site l=>list
	sit-site k=>key
	sit-site key\s=>add
	sit-site key add pl=>plant plant-2
	sit-site key add site:d=>site:depot
	sit\s=>find latest query site
	sit si=>site
	sit site se=>set
	sit site --format js=>json jsonl
	sit-site list --fil=>
	sit-site add --fi=>--file
	sit-site list --format\s=>json jsonl table
	sit-site list --format=j=>--format=json --format=jsonl
	sit-site list -f t=>table
	sit-site add x t=>type= tz=
	sit-site set x t=>type=
	sit-site add x c=>
	sit-site list\s=>created= name= site= type= tz=
	sit-site add x type=g=>type=gateway
	sit-site list type=gateway,s=>type=gateway,smart_sensor
	sit-site add x site=d=>site=depot
	sit-site add x tz=Europe/Berl=>tz=Europe/Berlin
	sit-latest ty=>type=
	sit-latest site=pl=>site=plant site=plant-2
	sit-query --site=dep=>--site=depot
	sit-query -s dep=>depot
	sit-site list --columns name,cr=>name,created
	sit-query --columns t=>ts
	sit-site set -- pl=>plant plant-2
	sit-site set -- --f=>
	END
}
