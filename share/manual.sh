#!/bin/sh
# SPDX-License-Identifier: MIT
# manual.sh PAGE: the page with what the program says of itself (its --describe object on stdin) between the lines
#	.\" made: WHAT		and	.\" end
# put there anew; WHAT is synopsis, terms (of kept things), verbs, fields, fields-NOUN (of one of several), options or examples. All else stays as it was written.
set -eu
here=$(dirname "$0")
parts=$(mktemp)
trap 'rm -f "$parts"' EXIT

jq -r -L "$here/mdoc" 'include "mdoc";
def words: . / " " | map(gsub("\\\\"; "\\e")) | join(" ");
def notes: [.kind, (if has("required") then "required" else empty end), (if has("fixed") then "cannot be changed" else empty end),
	(if has("readonly") then "written by the program" else empty end),
	(if (.words | length) > 0 then "one of " + (.words | join(", ")) else empty end),
	(if (.default // "") != "" then "default " + .default else empty end)] | join("; ");
def serving: if .verbs == "" then "" else " (" + (.verbs / " " | map(gsub("_"; " ")) | join(", ")) + ")" end;
def command($name): ".Nm", ".Op Ar options", (if $name != "" then ".Cm " + $name else empty end);

"\u0001synopsis",
(if (.verbs | length) == 0 then ".Nm", ".Op Ar options", (if (.operands // "") != "" then ".Ar " + (.operands | words) else empty end)
else .verbs[] | command(.name), (if .operands != "" then ".Ar " + (.operands | words) else empty end) end),
"\u0001terms",
"Terms assign in", ".Cm add", "and", ".Cm set",
".Po", ".Ar FIELD Ns = Ns Ar VALUE ;", "an empty value clears,", ".Ql @FILE", "reads a file,", ".Ql @@x", "is the text", ".Ql @x", ".Pc",
"and filter in", ".Cm list", ".Pq see Xr sit-selectors 7 .",
".Pp",
"Names may be many: several operands,", ".Ql -", "for a list on standard input, one a line,", ".Ql @FILE",
"for one in a file, and what", ".Fl -select", "finds.",
"With a list or", ".Fl -select", "each gets a record of what was done with it; one that is refused does not stop the others, and the exit status is then 6.",
"Named one by one, all is done or nothing.",
".Pp",
".Cm add Fl -file", "takes what", ".Cm list",
"writes, as JSON Lines or CSV; terms on the command line are defaults for every row.",
"A row that is refused is reported with its line and costs only itself; the exit status is then 6.",
"All rows are one transaction unless", ".Fl -chunk", "cuts it.",
".Pp",
"Every change writes an audit row in the same transaction: who, what, old and new values, and the text of", ".Fl -message .",
"\u0001verbs",
"The verbs are:", ".Bl -tag -width Ds",
(.verbs[] | ".It Cm " + .name + (if .operands != "" then " Ar " + (.operands | words) else "" end), (.help | sentence)), ".El",
"\u0001fields",
".Bl -tag -width Ds",
(.fields[] | ".It Va " + .name, ((.help | sub("[.]$"; "")) + " (" + notes + ")" | sentence)), ".El",
(.nouns // [] | .[] | "\u0001fields-" + .noun,
".Bl -tag -width Ds",
(.fields[] | ".It Va " + .name, ((.help | sub("[.]$"; "")) + " (" + notes + ")" | sentence)), ".El"),
"\u0001options",
".Bl -tag -width Ds",
(.options[] | select(.common | not)
	| ".It " + (if .short != "" then "Fl " + .short + " , " else "" end) + "Fl -" + .long + (if .arg != "" then " Ar " + (.arg | words) else "" end),
	(.help + serving | sentence)), ".El", ".Pp", "The common options are in", ".Xr sit 1 .",
"\u0001examples",
(.examples | to_entries[] | (if .key > 0 then ".Pp" else empty end), (.value.help | sub("[.]$"; "") | capital | esc) + ":", ".Pp",
	".Dl " + (.value.command | gsub("\\\\"; "\\e")))
' >"$parts"

awk -v parts="$parts" '
BEGIN {
	while ((getline line <parts) > 0)
		if (sub(/^\001/, "", line))
			part = line
		else
			text[part] = text[part] line "\n"
}
/^\.\\" made: / {
	print
	if (!($3 in text)) {
		print FILENAME ":" FNR ": nothing is made under \"" $3 "\"" >"/dev/stderr"
		exit 1
	}
	printf "%s", text[$3]
	skip = 1
	next
}
/^\.\\" end$/ { skip = 0 }
!skip
' "$1" | awk -f "$here/mdoc/wrap.awk"
