# SPDX-License-Identifier: MIT
# From the programs' --describe objects (slurped) to completion for $shell: the text $frame with @NAMES@ and @INTERFACE@ filled in.
#
# The interface is a function of a program's name that fills arrays (in bash: strings) of the completion. Each element is
# "WORD HELP"; bash has the words alone. A word is
#	programs  NAME
#	verbs     VERB, its blank as _
#	options   VERBS/--OPTION[=KIND] or VERBS/-O[=KIND]: only with these verbs (none: with all); common is of the same form
#	operands  VERB/KIND[+KIND...]
#	fields    WHEN/NAME=KIND, WHEN of a (add assigns it), s (set changes it), l (list filters by it)
#	columns   NAME
# and KIND says what stands there: words between |, @NOUN for the names of things (behind what is before the @), COLUMN, COLUMNS,
# FILE, DIR, ZONE, FIELD for a term field=value, or another placeholder, for which there is nothing to offer.

# FIELD stands for a field of something, not for the name of a custom field.
(map(select((.noun // "") | . != "" and . != "field") | {key: (.noun | ascii_upcase), value: .}) | from_entries) as $nouns

| def element($help): {word: ., help: ($help // "" | gsub("\\s+"; " "))};
def thing: . as $w | if $nouns[$w] then "@" + $nouns[$w].noun
	else {"A,B,C": "COLUMNS", "[-]COLUMN": "COLUMN", "ORG": "@org"}[$w] // ([match("^[A-Za-z]+").string] | first // "") end;
def value: if (.words | length) > 0 then .words | join("|") else .arg | thing end;
def option: . as $o | ((.verbs // "") | gsub(" "; ",")) as $v | (if .arg == "" then "" else "=" + value end) as $x
	| ["--" + .long] + (if .short == "" then [] else ["-" + .short] end) | .[] | $v + "/" + . + $x | element($o.help);
def field_value: if (.words | length) > 0 then .words | join("|") elif .kind == "boolean" then "true|false"
	elif .ref != "" then "@" + .ref elif .kind == "zone" then "ZONE" else "" end;
def has($flag): .flags | index($flag) != null;
def field: . as $field | (if has("key") or has("readonly") then "l" elif has("fixed") then "al" else "asl" end) + "/" + .name + "="
	+ field_value | element($field.help);
def alternative($noun; $verb): if . == "FILTER" or . == "FIELD=VALUE" then "FIELD"
	elif . == "NAME" then (if $noun == "" or $verb == "add" then "" else "@" + $noun end)
	elif test("^[a-z]+:[A-Z]+$") then split(":") | .[0] + ":" + (.[1] | thing)
	else thing end;
def operand($noun; $verb): . / " " | map(gsub("^[\\[(]+|[\\])]*[.]*[\\])]*$"; "")
	| if test("^[a-z]+([|][a-z]+)+$") then . else (. / "|")[] | alternative($noun; $verb) end
	| select(. != "")) | unique | join("+");
def operands: (.noun // "") as $noun
	| if (.verbs | length) > 0 then .verbs[] | .name as $v | ($v | gsub(" "; "_")) + "/" + (.operands | operand($noun; $v))
	else "/" + (.operands // "" | operand($noun; "")) end;
# Filters of a program that keeps nothing are those of the noun beside them: [DEVICE|FILTER...].
def fields: if (.fields | length) > 0 then .fields elif (.nouns // [] | length) > 0 then [.nouns[].fields[]] | unique_by(.name)
	else (.operands // "" | [match("([A-Z]+)[|]FILTER").captures[0].string] | first) as $n | $nouns[$n // ""].fields // [] end;
def columns: if (.fields | length) > 0 then .fields else [.records[].fields[]] | unique_by(.name) end;

def fill($name; elements): [elements]
	| if $shell == "bash" then $name + "=" + (map(.word) | join(" ") | @sh)
	elif $shell == "zsh" then $name + "=(" + (map(.word + " " + .help | @sh) | join(" ")) + ")"
	else "set " + $name + (map(" " + (.word + " " + .help | gsub("\\\\"; "\\\\") | @sh)) | add // "") end;
def fills: fill("verbs"; .verbs[] | .help as $help | .name | gsub(" "; "_") | element($help)),
	fill("options"; .options[] | select(.common | not) | option),
	fill("operands"; operands | element("")),
	fill("fields"; fields[] | field),
	fill("columns"; columns[] | .help as $help | .name | element($help));
def always: fill("programs"; .[] | .brief as $help | .name | element($help)), fill("common"; (first.options // [])[] | select(.common) | option);

(if $shell == "fish" then
	["function __sit_interface --no-scope-shadowing", "\t" + always, "\tswitch $argv[1]",
	(.[] | "\t\tcase " + .name, "\t\t\t" + fills), "\t\tcase '*'", "\t\t\treturn 1", "\tend", "end"]
else
	["_sit_interface() {", "\t" + always, "\tcase $1 in", (.[] | "\t" + .name + ")", "\t\t" + fills, "\t\t;;"),
	"\t*) return 1 ;;", "\tesac", "}"]
end) as $interface
| map(.name) as $names
| $frame | split("@INTERFACE@") | join($interface | join("\n")) | split("@NAMES@") | join($names | join(" "))
