# SPDX-License-Identifier: MIT
# awk -F, -f oracle.awk THEIRS OURS: rows of both, in order. Theirs has columns by name; ours ts,device,datapoint,count,sum,min,max,first,last.

function fail(what)
{
	print "row " FNR ": " what
	bad = 1
	exit
}

# Instant of an RFC 3339 text, in seconds of UTC.
function instant(text,    p, y, m, d, era, doe, off)
{
	split(substr(text, 1, 19), p, /[-T:]/)
	y = p[1] + 0; m = p[2] + 0; d = p[3] + 0
	y -= m <= 2
	era = int(y / 400)
	doe = (y - era * 400) * 365 + int((y - era * 400) / 4) - int((y - era * 400) / 100)
	doe += int((153 * (m + (m > 2 ? -3 : 9)) + 2) / 5) + d - 1
	off = substr(text, 20)
	off = off ~ /^[+-]/ ? (substr(off, 2, 2) * 3600 + substr(off, 5, 2) * 60) * (off ~ /^-/ ? -1 : 1) : 0
	return (era * 146097 + doe - 719468) * 86400 + p[4] * 3600 + p[5] * 60 + p[6] - off
}

FNR == NR && FNR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }

FNR == NR {
	theirs++
	start[theirs] = $at["bucket_start_utc"]
	count[theirs] = $at["count"]; sum[theirs] = $at["sum"]
	exact[theirs] = $at["min"] "," $at["max"] "," $at["first"] "," $at["last"]
	next
}

FNR == 1 { next }

{
	n++
	if (n > theirs)
		fail("one too many")
	if (instant($1) != instant(start[n]))
		fail("begins " $1 ", not " start[n])
	if ($4 != count[n])
		fail("count " $4 ", not " count[n])
	# As numbers: 52.0 and 52 are the same double.
	split(exact[n], want, ",")
	for (i = 1; i <= 4; i++)
		if ($(5 + i) + 0 != want[i] + 0)
			fail("column " 5 + i ": " $(5 + i) ", not " want[i])
	d = $5 - sum[n]
	if (d < 0) d = -d
	size = sum[n] < 0 ? -sum[n] : sum[n] + 0
	if (d > 1e-9 * size && d > 1e-12)
		fail("sum " $5 ", not " sum[n])
}

END {
	if (!bad && n != theirs) {
		print n " rows, not " theirs
		bad = 1
	}
	exit bad
}
