#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Schema bi of a store in Postgres: for people and their tools.
load ../helpers

given() {
	only_postgres 'files have no schema bi'
	new_store
	sit-site add plant tz=Europe/Berlin
	sit-device add m-1 site=plant title='The meter'
	sit-datapoint add v device=m-1 unit=V
	sit-org add north parent=default
	sit-site add pole --org north
	sit-device add n-1 site=pole --org north
	sit-datapoint add w device=n-1 type=string --org north
	sit-ingest --as m-1 v=230.5 --at 2026-01-31T12:00:00.000001Z
	sit-ingest --as m-1 v=231 --at 2026-01-31T12:00:00.000001Z
	sit-ingest --as n-1 w=on --at 1969-12-31T23:59:59.999999Z --skew 99999d/1d --org north
	sit-db compact --all
}

# bi QUERY: as the login, in UTC, '|' between columns.
bi() {
	PGTZ=UTC psql -qAtX -v ON_ERROR_STOP=1 -d "${LOGIN:-$SIT_DB}" -c "$1"
}

@test "psql sees names, and instants to the microsecond" {
	[[ $(bi "SELECT org, device, datapoint, ts, value, text, quality FROM bi.latest ORDER BY 1") == \
		$'default|m-1|v|2026-01-31 12:00:00.000001+00|231||good\nnorth|n-1|w|1969-12-31 23:59:59.999999+00||on|good' ]] || explain "$(bi 'TABLE bi.latest')"
	[[ $(bi "SELECT device, ts, value FROM bi.correction") == 'm-1|2026-01-31 12:00:00.000001+00|230.5' ]]
	[[ $(bi "SELECT name, title, site, enabled, created > now() - interval '99 years' FROM bi.device WHERE org = 'default'") == 'm-1|The meter|plant|t|t' ]]
	[[ $(bi "SELECT org, name, tz FROM bi.site WHERE created > 'epoch' ORDER BY 1") == $'default|plant|Europe/Berlin\nnorth|pole|UTC' ]]
	[[ $(bi "SELECT device, name, unit FROM bi.datapoint WHERE org = 'default'") == 'm-1|v|V' ]]
	[[ $(bi "SELECT sum(stored), sum(corrected) FROM bi.ledger WHERE hour = '2026-02-01 12:00'") == '2|1' ]]
	[[ $(bi "SELECT sum((counters ->> 'read')::int) FROM bi.run WHERE program = 'sit-ingest' AND ended >= started") == 3 ]]
	[[ $(bi "SELECT device, \"from\" = \"to\", n, min, max FROM bi.chunk WHERE org = 'default'") == 'm-1|t|1|231|231' ]]
}

@test "every view answers, and every instant in it is a timestamptz" {
	local v
	for v in $(bi "SELECT relname FROM pg_class WHERE relnamespace = 'bi'::regnamespace AND relkind = 'v'"); do
		bi "SELECT count(*) FROM bi.$v" >/dev/null
		grep -q "bi\.$v\b" "$top/man/sit-store.7" || explain "bi.$v is not in sit-store(7)"
	done
	[[ $(bi "SELECT count(*) > 20 FROM information_schema.columns WHERE table_schema = 'bi' AND data_type = 'timestamp with time zone'") == t ]]
}

@test "a login that is granted the role sees its organisations only, and writes nothing" {
	(($(sql 'SHOW server_version_num') >= 150000)) || skip 'the server has no security_invoker'
	role=$(sql "SELECT value FROM meta WHERE name = 'role'")
	login=grafana_$BASHPID
	psql -qX -U super -c "CREATE ROLE $login LOGIN; GRANT \"$role\" TO $login"
	LOGIN=${SIT_DB/sit@/$login@}
	local v
	for v in $(bi "SELECT relname FROM pg_class WHERE relnamespace = 'bi'::regnamespace AND relkind = 'v'"); do
		[[ $(bi "SELECT count(*) FROM bi.$v") == 0 ]] || explain "bi.$v without a scope"
	done
	psql -qX -U super -c "ALTER ROLE $login SET sit.scope = '{2}'"
	[[ $(bi 'SELECT org, device FROM bi.latest') == 'north|n-1' ]]
	for v in $(bi "SELECT relname FROM pg_class c WHERE relnamespace = 'bi'::regnamespace AND relkind = 'v' AND EXISTS
		(SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND attname = 'org')"); do
		[[ $(bi "SELECT count(*) FROM bi.$v WHERE org IS DISTINCT FROM 'north'") == 0 ]] || explain "bi.$v of others"
	done
	run bi "UPDATE bi.site SET title = 'mine'"
	[[ $status != 0 ]]
	psql -qX -U super -c "DROP ROLE $login"
}

@test "an init that fails leaves no schema behind" {
	SIT_DB=$(place other)
	createdb "$(sed 's,.*/\(.*\)?.*,\1,' <<<"${SIT_DB%%\?host*}?")"
	psql -qX -d "${SIT_DB/sit@/super@}" -c 'CREATE SCHEMA bi; CREATE VIEW bi.org AS SELECT 1 AS theirs'
	try sit-db init
	want 4
	[[ $(sql "SELECT count(*) FROM pg_namespace WHERE nspname = 'main'") == 0 ]]
}
