# SPDX-License-Identifier: MIT
# layers.awk lib/LAYERS lib/*/*.[ch] cmd/*.c: a room includes only headers of its own and of the rooms lib/LAYERS allows.

FNR == NR {
	if ($0 ~ /^#/ || !NF)
		next
	room_known[$1] = 1
	ok[$1, $1] = 1
	for (i = 2; i <= NF; i++) {
		ok[$1, $i] = 1
		if (!($i in room_known)) {
			print FILENAME ":" FNR ": " $1 " names " $i ", which has no line above"
			bad = 1
		}
	}
	next
}

FNR == 1 {
	n = split(FILENAME, part, "/")
	room = part[n - 1]
	if (!(room in room_known)) {
		print FILENAME ":1: there is no room called " room " in lib/LAYERS"
		bad = 1
	}
}

/^[ \t]*#[ \t]*include[ \t]*"/ {
	want = $0
	sub(/^[^"]*"/, "", want)
	sub(/".*/, "", want)
	if (split(want, part, "/") != 2) {
		print FILENAME ":" FNR ": include \"" want "\" should be written \"ROOM/NAME.h\""
		bad = 1
	} else if (!((room, part[1]) in ok)) {
		print FILENAME ":" FNR ": " room " may not include " part[1] " (" want ")"
		bad = 1
	}
}

END { exit bad }
