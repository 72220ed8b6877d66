# SPDX-License-Identifier: MIT
# Text of ours as mdoc(7): what share/records.sh and share/manual.sh have in common.
def esc: gsub("\\\\"; "\\e") | gsub("(?<e>[.!?]) +(?=[A-Z])"; "\(.e)\n") | split("\n")
	| map(if test("^[.\u0027]") then "\\&" + . else . end) | join("\n");
def capital: if test("^[a-z]+([ ,.;]|: [a-z]|$)") and (startswith("false:") | not) then (.[:1] | ascii_upcase) + .[1:] else . end;
def sentence: if . == "" then empty else (if test("[.!?:;]$") then . else . + "." end) | capital | esc end;
def has($flag): .flags | index($flag) != null;
