# SPDX-License-Identifier: MIT
# awk -f c.awk FILE... | awk -f sizes.awk: functions of at most 100 lines (run() in cmd 60) and 6 parameters beside
# the error, files of at most 800 lines in lib, 200 in cmd, 250 in a header. The names below had more when the limit came: the
# list may only shrink.
BEGIN { split("series_append series_aggregate ingest_hold one listing_print put_cell", old, " "); for (i in old) known[old[i]] = 1 }

function say(line, what)
{
	print file ":" line ": " what
	bad = 1
}

function end_file()
{
	if (file ~ /\.h$/)
		limit = 250
	else
		limit = file ~ /(^|\/)cmd\// ? 200 : 800
	if (file != "" && last > limit)
		say(last, "file has " last " lines, the limit is " limit)
}

# Commas between the first pair of parentheses, plus one; 0 when it is open still.
function parameters(text,    i, c, depth, n)
{
	gsub(/__attribute__ *\(\(([^()]|\([^()]*\))*\)\)/, "", text)
	n = 1
	for (i = index(text, "("); i && i <= length(text); i++) {
		c = substr(text, i, 1)
		if (c == "(")
			depth++
		else if (c == ")" && --depth == 0)
			return n
		else if (c == "," && depth == 1)
			n++
	}
	return 0
}

function name_of(text)
{
	sub(/ *\(.*/, "", text)
	sub(/.*[^A-Za-z0-9_]/, "", text)
	return text
}

{
	at = index($0, ":")
	path = substr($0, 1, at - 1)
	code = substr($0, at + 1)
	at = index(code, ":")
	line = substr(code, 1, at - 1) + 0
	code = substr(code, at + 1)
	if (path != file) {
		end_file()
		file = path
		inside = 0
		head = ""
	}
	last = line
}

inside {
	if (code ~ /^}/) {
		limit = file ~ /(^|\/)cmd\// && name == "run" ? 60 : 100
		if (line - begin + 1 > limit)
			say(begin, name "() has " (line - begin + 1) " lines, the limit is " limit)
		inside = 0
		head = ""
	}
	next
}

code ~ /^[A-Za-z_]/ && code !~ /^(DEFINE_|typedef |struct [a-z_0-9]+ *[{;]|enum )/ && head == "" {
	begin = line
	head = code
	checked = 0
	name = ""
}

code ~ /^[ \t]/ && head != "" { head = head code }

code ~ /^[^ \t{]/ && line > begin && head != "" {
	begin = line
	head = code
	checked = 0
}

head != "" && !checked && head ~ /\(/ {
	before = head
	sub(/\(.*/, "", before)
	if (before ~ /=/) {
		head = ""
	} else if ((n = parameters(head))) {
		checked = 1
		name = name_of(head)
		if (head ~ /struct err \*(e|why)?\)/)
			n--
		if (n > 6 && !(name in known))
			say(begin, name "() has " n " parameters, the limit is 6")
	}
}

code ~ /^\{/ && checked { inside = 1 }

code ~ /;[ \t]*$/ || code ~ /^[ \t]*$/ || code ~ /^[#}]/ { if (!inside) { head = ""; checked = 0 } }

END {
	end_file()
	exit bad
}
