#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Completion of bash: what is offered after a line. Programs are played by functions, but for the last test.
load ../helpers

# complete_line LINE: what bash would get for a TAB at the end of LINE, with the splitting that readline does.
complete_line() {
	local -a COMP_WORDS
	local COMP_CWORD COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDBREAKS=${breaks-$' \t\n"\'><=;|&(:'} spaced
	spaced=$1
	[[ $COMP_WORDBREAKS == *=* ]] && spaced=${spaced//=/ = }
	[[ $COMP_WORDBREAKS == *:* ]] && spaced=${spaced//:/ : }
	read -ra COMP_WORDS <<<"$spaced"
	[[ $1 == *' ' ]] && COMP_WORDS+=('')
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	COMPREPLY=()
	_sit || return
	output=${COMPREPLY[*]}
}

# offers LINE WORD...: exactly these.
offers() {
	complete_line "$1"
	shift
	[[ $output == "$*" ]] || explain "offered: $output"
}

# offers_among LINE WORD...: at least these.
offers_among() {
	local w
	complete_line "$1"
	shift
	for w; do
		[[ " $output " == *" $w "* ]] || explain "not offered: $w"
	done
}

# offers_not LINE WORD...: none of these.
offers_not() {
	local w
	complete_line "$1"
	shift
	for w; do
		[[ " $output " != *" $w "* ]] || explain "offered: $w"
	done
}

# The interface of two programs, as they would describe it, and the completion made of it.
given() {
	compopt() { :; }
	"$top/share/complete.sh" >"$BATS_TEST_TMPDIR/fake.bash" <<-'JSON'
	{"name":"sit-site","noun":"site","operands":"","verbs":[
	  {"name":"add","operands":"NAME [FIELD=VALUE...]","help":""},{"name":"list","operands":"[FIELD=VALUE...]","help":""},
	  {"name":"set","operands":"NAME... FIELD=VALUE...","help":""},{"name":"key add","operands":"NAME","help":""}],
	 "options":[{"long":"file","short":"","arg":"FILE","help":"","group":"","common":false,"verbs":"add","words":[]},
	  {"long":"format","short":"f","arg":"FORMAT","help":"","group":"","common":true,"verbs":"","words":["table","jsonl","json"]},
	  {"long":"db","short":"D","arg":"URL","help":"","group":"","common":true,"verbs":"","words":[]},
	  {"long":"columns","short":"","arg":"A,B,C","help":"","group":"","common":true,"verbs":"","words":[]},
	  {"long":"tz","short":"","arg":"ZONE","help":"","group":"","common":true,"verbs":"","words":[]}],
	 "fields":[{"name":"name","kind":"name","flags":["key"],"ref":"","words":[],"default":"","help":""},
	  {"name":"type","kind":"word","flags":["list"],"ref":"","words":["gateway","smart_sensor"],"default":"","help":""},
	  {"name":"tz","kind":"zone","flags":["fixed"],"ref":"","words":[],"default":"","help":""},
	  {"name":"site","kind":"reference","flags":[],"ref":"site","words":[],"default":"","help":""},
	  {"name":"created","kind":"time","flags":["readonly"],"ref":"","words":[],"default":"","help":""}],
	 "records":[],"examples":[]}
	{"name":"sit-query","noun":"","operands":"[FILE|-]","verbs":[],
	 "options":[{"long":"site","short":"s","arg":"SITE","help":"","group":"","common":false,"verbs":"","words":[]}],
	 "fields":[],"records":[{"name":"point","help":"","fields":[{"name":"ts","kind":"time","flags":[],"ref":"","words":[],"default":"","help":""}]}],
	 "examples":[]}
	JSON
	# shellcheck disable=SC1091
	source "$BATS_TEST_TMPDIR/fake.bash"
	# shellcheck disable=SC2317
	sit-site() {
		printf '%s\n' "$*" >"$BATS_TEST_TMPDIR/asked"
		printf '%s\n' plant plant-2 depot
	}
}

@test "verbs come first" {
	offers 'sit-site ' add key list set
	offers 'sit-site l' list
}

@test "a verb of two words is offered word by word" {
	offers 'sit-site k' key
	offers 'sit-site key ' add
	offers 'sit-site key add pl' plant plant-2
}

@test "sit X is sit-X, and sit offers the programs" {
	offers 'sit ' query site
	offers 'sit si' site
	offers 'sit site se' set
	offers 'sit site --format js' json jsonl
}

@test "options of the verb, not of the others" {
	offers 'sit-site list --fo' --format
	offers_not 'sit-site list --' --file
	offers_among 'sit-site add --' --file --format
}

@test "words of an option, apart, after = and after a letter" {
	offers 'sit-site list --format ' json jsonl table
	offers 'sit-site list --format=j' json jsonl
	offers 'sit-site list -f t' table
}

@test "with = and : no word breaks, the whole word is offered" {
	breaks=$' \t\n'
	offers 'sit-site list --format=t' --format=table
	offers 'sit-site add x type=g' type=gateway
}

@test "fields: what the verb can change, or filter by" {
	offers 'sit-site add x t' type= tz=
	offers 'sit-site set x t' type=
	offers_not 'sit-site add x ' created= name=
	offers_among 'sit-site list ' created= name= type=
}

@test "values of a field: words, names, zones, several" {
	offers 'sit-site add x type=g' gateway
	offers 'sit-site list type=gateway,s' gateway,smart_sensor
	offers 'sit-site add x site=d' depot
	offers_among 'sit-site add x tz=Europe/Ber' Europe/Berlin
}

@test "names come from the store that the line names" {
	offers 'sit-site -D other.db set pl' plant plant-2
	grep -q -e '-D other.db -f tsv --columns name --no-header' "$BATS_TEST_TMPDIR/asked"
	offers 'sit-query --site=dep' depot
	offers 'sit-query -s dep' depot
}

@test "columns, several of them" {
	offers 'sit-site list --columns name,cr' name,created
	offers 'sit-query --columns t' ts
}

@test "files for FILE" {
	touch "$BATS_TEST_TMPDIR/in.csv" "$BATS_TEST_TMPDIR/in two.csv"
	cd "$BATS_TEST_TMPDIR"
	offers 'sit-site add --file in.' in.csv
	offers 'sit-site add --file=in.' in.csv
	offers 'sit-query in.' in.csv
	complete_line 'sit-query in'
	[[ ${COMPREPLY[0]} == 'in two.csv' ]]
}

@test "after -- there are operands only" {
	offers 'sit-site set -- pl' plant plant-2
	offers 'sit-site set -- --f' ''
}

@test "the committed completion knows every program, and offers real names" {
	[[ -x $SIT_BIN/sit-site ]] || skip "sit-site is not built"
	unset -f sit-site
	source completions/sit.bash
	new_store
	sit-site add plant >/dev/null
	sit-site add depot >/dev/null
	offers 'sit-site show ' depot plant
	offers 'sit site show pl' plant
	offers 'sit-device add pump site=d' depot
}

@test "a real bash completes a real line" {
	local script
	script='bind "set bell-style none" "TAB:complete"; source '$BATS_TEST_TMPDIR/fake.bash
	run bash --norc --noprofile -ic "$script; complete -p sit-site"
	[[ $output == *'complete -F _sit sit-site'* ]]
}
