#!/bin/sh
# SPDX-License-Identifier: MIT
# silence.sh: the library neither prints nor exits. cli speaks for it, os/signal.c may leave at the second signal, rec writes records.
here=$(dirname "$0")
find lib cmd -name '*.[ch]' | sort | xargs awk -f "$here/c.awk" | awk '
function called(words) { return code ~ ("(^|[^A-Za-z0-9_>.])(" words ")[ \t]*\\(") }
function say(what) { print file ":" line ": " what; bad = 1 }
{
	file = $0; sub(/:.*/, "", file)
	code = substr($0, length(file) + 2)
	line = code; sub(/:.*/, "", line)
	code = substr(code, length(line) + 2)
	split(file, part, "/"); room = part[1] == "lib" ? part[2] : part[1]
}
called("abort") { say("abort() is nowhere allowed") }
room == "cli" || room == "cmd" { next }
called("v?printf|v?fprintf|v?dprintf|puts|putchar|perror|v?syslog") { say("the library does not print") }
room != "rec" && code ~ /(^|[^A-Za-z0-9_])(stdout|stderr)([^A-Za-z0-9_]|$)/ { say("stdout and stderr belong to cli and rec") }
# A child that could not become another program has to end.
called("exit|_exit|_Exit|quick_exit") && file !~ /os\/signal\.c$/ && before !~ /execl?v?p?e?\(/ { say("the library does not exit") }
called("fwrite") && room != "rec" { say("fwrite() belongs to rec") }
{ before = code }
END { exit bad }'
