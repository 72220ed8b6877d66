#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What every program keeps, asked of each in turn: a new program is under this contract from its first build.
load ../helpers

# each FUNCTION: for every program; the name of one that fails is said.
each() {
	local p bad=0
	[[ $(programs) ]] || skip "no program is built"
	for p in $(programs); do
		"$1" "$p" || { echo "^ $p" >&2; bad=1; }
	done
	return $bad
}

helps() {
	try "$1" --help
	want 0 && silent_stderr || return
	((${#lines[@]} <= 70)) || explain "--help has ${#lines[@]} lines, 70 are a screen" || return
	[[ ${lines[0]} == "$1"* && $output == *$'\nExamples:'* ]] || explain "--help begins with the name and has Examples:" || return
	[[ $output == *"$1 "* ]] || explain "--help should show how to call it"
}

@test "--help: one screen on standard output, with examples" {
	each helps
}

version() {
	try "$1" --version
	want 0 && silent_stderr && expect_lines 1 || return
	[[ $output == "$1 "[0-9]* ]] || explain "want: $1 VERSION"
}

@test "--version: name and number" {
	each version
}

describes() {
	try "$1" --describe
	want 0 && silent_stderr || return
	jq -es --arg name "$1" 'length == 1 and (.[0] | .name == $name
		and ([.family, .brief] | all(type == "string" and . != ""))
		and ([.verbs, .options, .fields, .records, .examples] | all(type == "array"))
		and (.examples | length >= 3) and (.options | any(.long == "describe" and .common))
		and (.options | all(has("long", "short", "arg", "help", "group", "common", "verbs", "words")))
		and (.verbs | all(has("name", "operands", "help"))))' <<<"$output" >/dev/null || explain "--describe is not the object that completion and manual need"
}

@test "--describe: one object with all of the interface" {
	each describes
}

letters() {
	local twice
	twice=$("$1" --describe | jq -r '.options[] | .long, (.short | select(. != ""))' | sort | uniq -d)
	[[ -z $twice ]] || explain "option twice: $twice"
}

@test "no option is there twice" {
	each letters
}

@test "a letter and a long name mean the same everywhere" {
	local odd p
	odd=$(for p in $(programs); do "$p" --describe; done |
		jq -rs '[.[].options[] | select(.short != "") | {short, long}] | unique | group_by(.short)[]
			| select(length > 1) | map("-\(.short) is --\(.long)") | join(", ")')
	[[ -z $odd ]] || explain "$odd"
}

refuses_options() {
	local option
	for option in --no-such-option -%; do
		try "$1" "$option"
		want 2 && silent_stdout && one_line_stderr || return
		[[ $stderr == "$1: "* ]] || explain "the line should begin with the program's name" || return
	done
}

@test "an unknown option is exit 2 and one line" {
	each refuses_options
}

refuses_verbs() {
	[[ $("$1" --describe | jq '.verbs | length') != 0 ]] || return 0
	try "$1" no-such-verb
	want 2 && silent_stdout && one_line_stderr "no-such-verb" || return
	[[ $1 != sit ]] || return 0 # alone it lists the programs
	try "$1"
	want 2 && silent_stdout && one_line_stderr
}

@test "an unknown verb, and none, is exit 2 and one line" {
	each refuses_verbs
}

full_disk() {
	local how
	for how in --help --version --describe; do
		try sh -c '"$0" "$1" >/dev/full' "$1" "$how"
		want 5 && one_line_stderr "$1: " || return
	done
}

@test "a full disk is exit 5 and one line" {
	[[ -w /dev/full ]] || skip "no /dev/full"
	each full_disk
}

closed_pipe() {
	try bash -c 'set -o pipefail; "$0" --help | head -n 1' "$1"
	silent_stderr && [[ $status == 0 || $status == 141 ]] || explain "a closed pipe is no error"
}

@test "a closed pipe is quiet" {
	each closed_pipe
}

closed_output() {
	try sh -c '"$0" --help >&-' "$1"
	want 5 && one_line_stderr "$1: "
}

@test "a closed standard output is exit 5" {
	each closed_output
}

# Words that get past the parser of verb $2 with operands $3.
example_operands() {
	local -a words
	local w
	read -ra words <<<"$3"
	for w in "${words[@]}"; do
		case $w in
		\[*) ;;
		FIELD=VALUE*) echo title=x ;;
		DEVICE:DATAPOINT*) echo no-device:nothing ;;
		FILE*) echo - ;;
		TEXT*) echo 'SELECT 1' ;;
		STORE* | NEW-STORE*) echo "$SIT_DB" ;;
		*) echo nothing ;;
		esac
	done
}

# These do their work without a store.
storeless=' sit sit-decode sit-backup sit-subscribe sit-publish '

without_store() {
	[[ $storeless != *" $1 "* ]] || return 0
	local verb operands words
	local -a call
	export SIT_DB=/nonexistent/x.db
	"$1" --describe | jq -r 'if (.verbs | length) > 0 then .verbs[] | [.name, .operands] else ["", .operands // ""] end | @tsv' |
	while IFS= read -r words; do
		verb=${words%%$'\t'*} operands=${words#*$'\t'}
		[[ "$1 $verb" == sit-db\ init || "$1 $verb" == sit-rule\ eval ]] && continue
		mapfile -t call < <(example_operands "$1" "$verb" "$operands")
		# shellcheck disable=SC2086
		try "$1" $verb "${call[@]}" </dev/null
		want 3 && silent_stdout && one_line_stderr /nonexistent/x.db || { echo "^ $verb" >&2; return 1; }
	done
}

@test "a missing store is exit 3, one line that names the path" {
	each without_store
}

documented() {
	[[ -f man/$1.1 ]] || explain "man/$1.1 is missing" || return
	local f
	for f in completions/*; do
		grep -q "[( ']$1[) ']" "$f" || explain "$f does not know it" || return
	done
}

@test "every program has a manual and completion" {
	each documented
}

brief_is_in_manual() {
	local brief
	brief=$("$1" --describe | jq -r .brief)
	[[ ! -f man/$1.1 ]] || grep -qxF ".Nd $brief" "man/$1.1" || explain "NAME of man/$1.1 should say: $brief"
}

@test "the manual's NAME says what --help says" {
	each brief_is_in_manual
}

examples_parse() {
	local command all
	all=$("$1" --describe | jq -r '.examples[].command')
	while IFS= read -r command; do
		bash -n <<<"$command" || explain "not a command line: $command" || return
	done <<<"$all"
	[[ ${all%%$'\n'*} == *"$1"* || ${all%%$'\n'*} == *"${1/-/ }"* ]] || explain "the first example should call $1"
}

@test "examples are command lines, the first of the program itself" {
	each examples_parse
}

# The output may be a device, a FIFO or a link: what it is stays, only files are replaced.
@test "-o: a device and a FIFO are written to, a link goes on to name its file, modes stay" {
	local dir=$BATS_TEST_TMPDIR
	new_store
	sit-site add plant
	mkfifo "$dir/fifo"
	cat "$dir/fifo" >"$dir/got" &
	sit-site list -f csv --columns name -o "$dir/fifo"
	wait $!
	[[ -p $dir/fifo && $(head -n 1 "$dir/got") == name ]]
	echo old >"$dir/real.csv"
	chmod 600 "$dir/real.csv"
	ln -s real.csv "$dir/link.csv"
	sit-site list --columns name -o "$dir/link.csv"
	[[ -L $dir/link.csv && $(head -n 1 "$dir/real.csv") == name && $(stat -c %a "$dir/real.csv") == 600 ]]
	(umask 077 && sit-site list -o "$dir/new.csv")
	[[ $(stat -c %a "$dir/new.csv") == 600 ]]
	ln -s /dev/full "$dir/full"
	try sit-site list -f csv -o "$dir/full"
	want 5
	one_line_stderr "No space left"
	[[ -c $dir/full ]]
	try sit-site list -o "$dir"
	want 2
	one_line_stderr "$dir: Is a directory"
}

@test "words that cannot be meant are refused with what could" {
	new_store
	try sit-site list -f xml
	want 2
	one_line_stderr '--format: "xml" is none of table, jsonl, json, csv, tsv'
	try sit-query a b -N -3
	want 2
	one_line_stderr '--limit: "-3" is not a whole number from 0 on'
	try sit-site list --columns name,tz,name
	want 2
	one_line_stderr '--columns: name twice'
	try sit-site add x title=a title=b
	want 2
	one_line_stderr 'title: twice'
	try sit-asset add x site=y state=z
	one_line_stderr 'an asset has no field "state"'
	try sit-site list -o ''
	want 3
	one_line_stderr '"": No such file'
	try sit-site show $'a\xff\xc2\x9bb'
	want 3
	one_line_stderr 'no site "a??b"'
}
