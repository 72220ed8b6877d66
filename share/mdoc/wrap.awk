# SPDX-License-Identifier: MIT
# Text lines of at most 80 bytes; a word that looks like a macro is made text.
/^\./ || length < 80 { print; next }
{
	line = ""
	for (i = 1; i <= NF; i++) {
		if (line != "" && length(line $i) > 77) {
			print line
			line = ""
		}
		line = line (line == "" ? ($i ~ /^[.\047]/ ? "\\&" : "") : " ") $i
	}
	print line
}
