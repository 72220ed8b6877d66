# SPDX-License-Identifier: MIT
# awk -v literals=1 -f c.awk FILE... | awk -f sql.awk [lib/store/schema.c] -: SQL is spoken in lib/store, lib/series and lib/db only;
# reads name tables unqualified outside lib/db, so that what the scope puts in their place is met; no CTE is called like a tenant's table.

function say(what)
{
	print file ":" line ": " what
	bad = 1
}

# The table of tenants: the first literal of every entry after "struct tenant NAME[] = {".
FILENAME != "-" && FILENAME != "" {
	if (/struct tenant [a-z_]*\[\] *= *\{/)
		tenants = 1
	else if (tenants && /^};/)
		tenants = 0
	else if (tenants && match($0, /^[ \t]*\{ *(\.table *= *)?"[a-z_]+"/)) {
		name = substr($0, RSTART, RLENGTH - 1)
		sub(/.*"/, "", name)
		tenant[name] = 1
	}
	next
}

{
	file = $0
	sub(/:.*/, "", file)
	text = substr($0, length(file) + 2)
	line = text
	sub(/:.*/, "", line)
	text = substr(text, length(line) + 2)
	n = split(file, part, "/")
	room = n > 1 ? part[n - 1] : ""
	sql = text ~ /(^|[^A-Z_])(SELECT .*[^A-Z_]FROM[^A-Z_]|INSERT (OR [A-Z]+ )?INTO |REPLACE INTO |UPDATE .* SET |DELETE FROM |(CREATE|DROP|ALTER) (TEMP |UNIQUE )*(TABLE|INDEX|VIEW|TRIGGER) |PRAGMA |BEGIN IMMEDIATE|ATTACH |SAVEPOINT )/ || \
	      text ~ /^ *(select [a-z0-9_*,. ()]+ from [a-z_.]+( where .*| order by .*| limit .*|;| *$)|insert into [a-z_.]+ *[(vs]|update [a-z_.]+ set |delete from [a-z_.]+ where |(create|drop|alter) (table|index|view|trigger) |pragma [a-z_]+ *[=(])/
}

# What people type into sit-db is an example, not ours to run.
text ~ /^(sit |sit-)/ { next }

sql && room != "store" && room != "series" && # What the schema makes runs on the server, with rights that it says.
room != "db" && file !~ /store\/schema_/ {
	say("SQL outside lib/store, lib/series and lib/db: " substr(text, 1, 60))
	next
}

# What the schema makes runs on the server, with rights that it says.
room != "db" && file !~ /store\/schema_/ {
	reads = text
	gsub(/DELETE FROM +main\./, "", reads)
	gsub(/main\.[a-z_]+\(/, "", reads) # a function
	if (reads ~ /(^|[^A-Za-z_])(FROM|JOIN|from|join) +main\./)
		say("reads main.TABLE, past the scope")
}

sql {
	rest = text
	while (match(rest, /(WITH|RECURSIVE|\)) *,? *[a-z_]+ *(\([^()]*\) *)?AS *\(/)) {
		name = substr(rest, RSTART, RLENGTH)
		rest = substr(rest, RSTART + RLENGTH)
		sub(/ *(\([^()]*\) *)?AS *\($/, "", name)
		sub(/.*[^a-z_]/, "", name)
		if (name in tenant)
			say("CTE called like the tenant's table " name)
	}
}

END { exit bad }
