#!/bin/sh
# SPDX-License-Identifier: MIT
# records.sh: from what programs say of themselves (--describe objects on stdin) to sit-records(5) on stdout.
set -eu
here=$(dirname "$0")

cat <<'END'
.\" SPDX-License-Identifier: MIT
.\" Written by make generate: edit share/records.sh, or the field tables, instead.
.Dd November 23, 2026
.Dt SIT-RECORDS 5
.Os
.Sh NAME
.Nm sit-records
.Nd records that sit programs read and print
.Sh DESCRIPTION
Programs of
.Xr sit 1
hand each other records: one object with named fields each.
On a terminal they are printed as a table, elsewhere as JSON Lines, and on
demand
.Pq Fl -format
as one JSON array, CSV or tab-separated values; the fields are the same in
all of them.
What one program prints, others read.
.Ss JSON Lines
A record is a JSON object on a line of its own, in UTF-8.
Readers are more tolerant than writers: a line ends a value unless brackets
are open, so that values printed over several lines are read as well, the
elements of an array are read one by one as they come, blank lines and a byte
order mark at the beginning are passed over.
A record has at most 1 MiB and 64 open brackets.
After one that cannot be read, reading goes on with the next line; the bad
one is reported with its line, and the program exits with 6 when it is done.
Input that is compressed with gzip is unpacked.
.Ss Times
Times are instants.
They are printed in RFC 3339, in UTC with
.Ql Z
or with the offset of
.Fl -tz ,
without a fraction if the second is whole, else with three or six digits.
They are read in the forms of
.Xr sit-time 7 ;
in JSON a number is the time since 1970 in seconds, milliseconds, microseconds
or nanoseconds, told apart by its size.
.Ss Numbers
A number is an IEEE 754 double, printed in the shortest form that reads back
as the same number.
Integers that a double cannot hold exactly, NaN and infinities are refused.
Rounding is for tables only, never for data.
.Ss Null
A field without a value is
.Ql null
in JSON and empty in CSV, and a field that is missing from what is read is
the same as one without a value.
In
.Ql FIELD=
on the command line nothing after the sign clears the field.
.Ss Quality
A point is
.Cm good ,
.Cm suspect ,
.Cm bad
or
.Cm stale .
Its value may be null only when it is bad or stale: such points are kept and
counted, but they are in no aggregate and never the latest.
.Ss Names
A thing is known by its name: a letter or digit, then up to 62 letters,
digits, dots, underscores and hyphens.
Names of datapoints are identifiers, because formulas use them: a letter, then
up to 62 letters, digits and underscores.
Names are compared byte for byte.
A thing of an organisation below the one in force is written
.Ql ORG/NAME .
END

jq -rs -L "$here/mdoc" 'include "mdoc";
def kind: if (.words | length) > 0 then "word" elif .ref != "" then "name of \(if .ref | test("^[aeiou]") then "an" else "a" end) " + .ref else .kind end;
def notes: if has("key") then "key" elif has("required") then "required" else empty end,
	(if has("fixed") then "set once" else empty end), (if has("readonly") then "read only" else empty end),
	(if has("hidden") then "printed on demand" else empty end);
def choice: if length > 1 then (.[:-2][] | ".Cm " + . + " ,"), ".Cm " + .[-2], "or" else empty end, ".Cm " + .[-1] + " .";
def item:
	".It Cm " + .name + " Pq " + ([kind, notes] | join(", ")),
	(.help | sentence),
	(if (.words | length) > 0 then "One of", (.words | choice) else empty end),
	(if (.default // "") != "" then "The default is", ".Cm " + (.default | esc) + " ." else empty end);
def list: ".Bl -tag -width Ds", (.fields[] | item), ".El";

def once: reduce .[] as $r ([]; if any(.[]; .name == $r.name) then . else . + [$r] end);
. as $all
| ([.[].records[]] | once | sort_by(.name)) as $records
| (if ($records | length) > 0 then ".Sh RECORD TYPES", ($records[] | ".Ss " + .name, (.help | sentence), list) else empty end),
(if any($all[]; (.fields | length > 0) or (.nouns // [] | length > 0)) then
	".Sh THINGS",
	"What the verbs of a kind of thing take as",
	".Ar FIELD Ns = Ns Ar VALUE ,",
	"and what its",
	".Cm list",
	"prints.",
	([$all[] | if (.nouns // [] | length) > 0 then .nouns[] as $n | {name, noun: $n.noun, brief: $n.help, fields: $n.fields} else . end] as $all
		| range($all | length) as $i | $all[$i] | select(.fields | length > 0)
		| ([$all[:$i][] | select(.fields == $all[$i].fields)] | first) as $same
		| ".Ss " + .noun, "Kept with", ".Xr " + .name + " 1 .", (.brief | sentence),
		if $same then "Its fields are those of a \($same.noun)." else list end)
else empty end),
".Sh SEE ALSO",
".Xr sit 1 ,",
".Xr sit-selectors 7 ,",
".Xr sit-time 7"
' | awk -f "$here/mdoc/wrap.awk"
