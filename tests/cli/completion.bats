#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Completion of bash: what is offered after a line. Programs are played, but for the last tests.
load ../helpers
load ../completion

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

complete_lines() {
	local line
	for line; do
		complete_line "$line"
		((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}"
		echo
	done
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

given() {
	compopt() { :; }
	made_for bash >"$BATS_TEST_TMPDIR/fake.bash"
	# shellcheck disable=SC1091
	source "$BATS_TEST_TMPDIR/fake.bash"
	fake_site
}

@test "what every shell offers" {
	breaks=$' \t\n'
	common_lines | offered
}

@test "options of the verb, not of the others" {
	offers 'sit-site list --fo' --format
	offers_not 'sit-site list --' --file -f
	offers_among 'sit-site add --' --file --format
}

@test "where = breaks words, only what stands after it is offered" {
	offers 'sit-site list --format=j' json jsonl
	offers 'sit-site add x type=g' gateway
	offers 'sit-site list type=gateway,s' gateway,smart_sensor
	offers 'sit-site key add site:d' depot
}

@test "fields: what the verb can change, or filter by" {
	offers_not 'sit-site add x ' created= name=
	offers_among 'sit-site list ' created= name= type=
}

@test "names come from the store that the line names" {
	offers 'sit-site -D other.db set pl' plant plant-2
	grep -q -e '-D other.db -f tsv --columns name --no-header' "$BATS_TEST_TMPDIR/asked"
	offers 'sit-site -D ~/other.db set pl' plant plant-2
	grep -qF -e "-D $HOME/other.db -f" "$BATS_TEST_TMPDIR/asked"
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

@test "the committed completion knows every program, and offers real names" {
	[[ -x $SIT_BIN/sit-site ]] || skip "sit-site is not built"
	rm "$BATS_TEST_TMPDIR/bin/sit-site"
	hash -r
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
