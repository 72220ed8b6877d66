# SPDX-License-Identifier: MIT
# docs.awk lib/*/*.h: every function of a header stands under a comment; one comment covers the paragraph below it.

function prototype(text)
{
	return text ~ /^[A-Za-z_][A-Za-z0-9_ *]*[ *][a-z_][a-z0-9_]* *\(/ && text !~ /=/
}

FNR == 1 {
	documented = comment = depth = 0
}

comment {
	if (/\*\//) {
		comment = 0
		documented = !depth
	}
	next
}

/^[ \t]*\/\*/ {
	if (/\*\//)
		documented = documented || !depth
	else
		comment = 1
	next
}

/^[ \t]*$/ { documented = 0 }

!depth && prototype($0) && !documented && !/\/\*/ {
	name = $0
	sub(/ *\(.*/, "", name)
	sub(/.*[ *]/, "", name)
	print FILENAME ":" FNR ": " name "() has no comment"
	bad = 1
}

{
	text = $0
	depth += gsub(/\{/, "", text)
	depth -= gsub(/\}/, "", text)
}

END { exit bad }
