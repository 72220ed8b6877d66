# SPDX-License-Identifier: MIT
# man.awk PAGE: what an mdoc page says of options and verbs, one a line: "fl -x" or "fl --word" (where it is defined: .It Fl),
# "say -x" (anywhere), "cm words".

function macro(w) { return w ~ /^(Fl|Cm|Ar|Ns|Pa|Op|Oo|Oc|Xr|Nm|Li|Ql|Dq|Ic|Sy|Em|Va|Ev|Cm|No|Ap|Pq|Sq|Qq|Fa|Dv|Er|It|Brq|Bo|Bc|Bro|Brc)$/ }

/^\.\\"/ { next }

/^\./ {
	gsub(/\\-/, "-")
	gsub(/\\&/, "")
	n = split($0, w, /[ \t]+/)
	sub(/^\./, "", w[1])
	for (i = 1; i <= n; i++) {
		if (w[i] == "Fl" && i < n && !macro(w[i + 1])) {
			for (j = i + 1; j <= n && !macro(w[j]); j++) {
				if (w[j] ~ /^[,.;:|()]$/)
					continue
				sub(/=.*/, "", w[j])
				print "say -" w[j], NR
				if (w[1] == "It")
					print "fl -" w[j], NR
			}
		} else if (w[i] == "Cm" || w[i] == "Ic") {
			words = ""
			for (j = i + 1; j <= n && !macro(w[j]); j++)
				if (w[j] !~ /^[,.;:|()]$/) {
					words = words (words == "" ? "" : "_") w[j]
					print "cm " w[j], NR
				}
			print "cm " words, NR
		}
	}
}
