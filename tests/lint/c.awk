# SPDX-License-Identifier: MIT
# c.awk FILE...: C without its comments, as FILE:LINE:CODE, literals emptied. With -v literals=1 instead every run of
# adjacent string literals, joined, where it begins: FILE:LINE:TEXT (a macro in capitals does not end a run).

function flush_run()
{
	if (literals && run_line)
		print run_file ":" run_line ":" run
	run = ""
	run_line = 0
}

function take_code(text)
{
	code = code text
	gsub(/[A-Z_][A-Z0-9_]*/, "", text)
	if (text ~ /[^ \t\\]/)
		flush_run()
}

function take_literal(text)
{
	gsub(/\\[nt]/, " ", text)
	if (!run_line) {
		run_line = FNR
		run_file = FILENAME
	}
	run = run text
	code = code "\"\""
}

FNR == 1 {
	flush_run()
	comment = 0
}

{
	rest = $0
	code = ""
	while (rest != "") {
		if (comment) {
			if (!(at = index(rest, "*/")))
				break
			rest = substr(rest, at + 2)
			comment = 0
			continue
		}
		if (!match(rest, /"|'|\/\*|\/\//)) {
			take_code(rest)
			break
		}
		mark = substr(rest, RSTART, RLENGTH)
		take_code(substr(rest, 1, RSTART - 1))
		rest = substr(rest, RSTART)
		if (mark == "//")
			break
		if (mark == "/*") {
			comment = 1
			rest = substr(rest, 3)
		} else if (mark == "'") {
			if (match(rest, /^'([^'\\]|\\.)+'/))
				rest = substr(rest, RLENGTH + 1)
			else
				rest = substr(rest, 2)
			take_code("0")
		} else if (match(rest, /^"([^"\\]|\\.)*"/)) {
			take_literal(substr(rest, 2, RLENGTH - 2))
			rest = substr(rest, RLENGTH + 1)
		} else {
			break
		}
	}
	if (!literals)
		print FILENAME ":" FNR ":" code
}

END { flush_run() }
