/* SPDX-License-Identifier: MIT */
/* What only Postgres has: tables in parts by month. */
#include "store/impl.h"

/* Instants are BIGINT; people and months want timestamps. */
static const char instants[] =
	"{postgres}"
	"CREATE OR REPLACE FUNCTION main.month_of(t BIGINT) RETURNS BIGINT LANGUAGE sql IMMUTABLE AS $$"
	" SELECT ((date_trunc('month', (date '1970-01-01' + floor(t::numeric / 86400000000)::int)::timestamp))::date - date '1970-01-01')::bigint * 86400000000 $$;"
	"CREATE OR REPLACE FUNCTION main.month_after(t BIGINT) RETURNS BIGINT LANGUAGE sql IMMUTABLE AS $$ SELECT main.month_of(main.month_of(t) + 2764800000000) $$;"
	"CREATE OR REPLACE FUNCTION main.instant(t BIGINT) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$"
	" SELECT ((date '1970-01-01' + floor(t::numeric / 86400000000)::int)::timestamp"
	" + ((t % 86400000000 + 86400000000) % 86400000000) * interval '1 microsecond') AT TIME ZONE 'UTC' $$;"
	"CREATE OR REPLACE FUNCTION main.month_name(t BIGINT) RETURNS TEXT LANGUAGE sql IMMUTABLE AS $$"
	" SELECT lpad((y + (y < 0)::int)::text, 4, '0') || to_char(d, '_MM') FROM (SELECT d, extract(year FROM d)::int AS y"
	" FROM (SELECT main.instant(main.month_of(t)) AT TIME ZONE 'UTC' AS d) a) b $$;"
	"{both}";

/*
 * Parts are reached through their table alone: nobody but the owner has rights on one. These run as the owner, because a part is made when the first point of its
 * month comes, by whoever brings it. It is attached when it is made, for which readers need not wait.
 */
static const char making[] =
	"{postgres}"
	"CREATE OR REPLACE FUNCTION main.month_make(tab TEXT, t BIGINT) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = main, pg_temp AS $$"
	" DECLARE p record; part text; a bigint := main.month_of(t); b bigint := main.month_after(t); from_a text; to_b text;"
	" BEGIN"
	" IF tab NOT IN ('chunk', 'mirror_point') THEN RAISE EXCEPTION 'no table of months: %', tab; END IF;"
	" FOR p IN SELECT c.relname AS name, k.atttypid = 'timestamptz'::regtype AS stamps,"
	" EXISTS (SELECT FROM pg_attribute x WHERE x.attrelid = c.oid AND x.atttypid = 'bytea'::regtype AND NOT x.attisdropped) AS packed"
	" FROM pg_partition_tree(format('main.%I', tab)::regclass) o JOIN pg_class c ON c.oid = o.relid"
	" JOIN pg_partitioned_table r ON r.partrelid = c.oid AND r.partstrat = 'r' JOIN pg_attribute k ON k.attrelid = c.oid AND k.attnum = r.partattrs[0]"
	" LOOP"
	" part := p.name || '_' || main.month_name(t);"
	" CONTINUE WHEN to_regclass(format('main.%I', part)) IS NOT NULL;"
	" EXECUTE format('CREATE TABLE main.%I (LIKE main.%I INCLUDING ALL)', part, p.name);"
	" IF p.packed THEN EXECUTE format('ALTER TABLE main.%I SET (toast_tuple_target = 8160)', part); END IF;"
	" EXECUTE format('ALTER TABLE main.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', part);"
	" EXECUTE format('CREATE POLICY sit_owner ON main.%I TO %I USING (true) WITH CHECK (true)', part, current_user);"
	" from_a := CASE WHEN p.stamps THEN main.instant(a)::text ELSE a::text END;"
	" to_b := CASE WHEN p.stamps THEN main.instant(b)::text ELSE b::text END;"
	" EXECUTE format('ALTER TABLE main.%I ATTACH PARTITION main.%I FOR VALUES FROM (%L) TO (%L)', p.name, part, from_a, to_b);"
	" END LOOP; END $$;"
	"{both}";

/* month_drop() has to wait for readers, but not for long: else it deletes. */
static const char dropping[] =
	"{postgres}"
	/* The month after `after` that has a part of its own. */
	"CREATE OR REPLACE FUNCTION main.month_next(tab TEXT, after BIGINT) RETURNS BIGINT LANGUAGE sql STABLE SECURITY DEFINER SET search_path = main, pg_temp AS $$"
	" SELECT min(m) FROM (SELECT (make_date(CASE y WHEN 0 THEN -1 ELSE y END, mon, 1) - date '1970-01-01')::bigint * 86400000000 AS m"
	" FROM (SELECT substring(c.relname FROM '_([0-9]{4})_[0-9]{2}$')::int AS y, substring(c.relname FROM '_([0-9]{2})$')::int AS mon"
	" FROM pg_partition_tree(format('main.%I', tab)::regclass) o JOIN pg_class c ON c.oid = o.relid AND c.relkind = 'r') n WHERE y IS NOT NULL) x"
	" WHERE m > after $$;"
	/*
	 * All that is in the month lies below the floors of its series, and is of the organisation that asks, when one does. An empty month counts when
	 * there is something behind it: others wait to be filled.
	 */
	"CREATE OR REPLACE FUNCTION main.month_spent(a BIGINT) RETURNS BOOLEAN LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = main, pg_temp AS $$"
	" DECLARE self bigint := nullif(current_setting('sit.self', true), '')::bigint; BEGIN"
	" RETURN NOT EXISTS (SELECT FROM chunk c LEFT JOIN series s ON s.id = c.series_id WHERE c.t0 >= a AND c.t0 < main.month_after(a)"
	" AND (s.floor IS NULL OR c.t1 >= s.floor OR c.org_id <> self))"
	" AND (EXISTS (SELECT FROM chunk c WHERE c.t0 >= a AND c.t0 < main.month_after(a)) OR EXISTS (SELECT FROM chunk c WHERE c.t0 >= main.month_after(a)));"
	" END $$;"
	"CREATE OR REPLACE FUNCTION main.month_drop(a BIGINT) RETURNS BOOLEAN LANGUAGE plpgsql SECURITY DEFINER SET search_path = main, pg_temp AS $$"
	" DECLARE part text; dropped boolean := false; was text := current_setting('lock_timeout'); BEGIN"
	" IF EXISTS (SELECT FROM chunk c LEFT JOIN series s ON s.id = c.series_id WHERE c.t0 >= a AND c.t0 < main.month_after(a) AND"
	" (s.floor IS NULL OR c.t1 >= s.floor OR c.org_id <> nullif(current_setting('sit.self', true), '')::bigint)) THEN RETURN false; END IF;"
	" BEGIN"
	" PERFORM set_config('lock_timeout', '500ms', true);"
	" FOR part IN SELECT c.relname FROM pg_partition_tree('main.chunk'::regclass) o JOIN pg_class c ON c.oid = o.relid AND c.relkind = 'r'"
	" WHERE c.relname LIKE '%' || main.month_name(a) LOOP EXECUTE format('DROP TABLE main.%I', part); dropped := true; END LOOP;"
	" EXCEPTION WHEN lock_not_available THEN dropped := false; END;"
	" PERFORM set_config('lock_timeout', was, true);"
	" DELETE FROM main.chunk WHERE t0 >= a AND t0 < main.month_after(a);"
	" RETURN dropped; END $$;"
	"{both}";

static const char trimming[] =
	"{postgres}"
	"CREATE OR REPLACE FUNCTION main.mirror_trim() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = main, pg_temp AS $$"
	" DECLARE part text; alive boolean; was text := current_setting('lock_timeout'); BEGIN"
	" PERFORM set_config('lock_timeout', '500ms', true);"
	" FOR part IN SELECT c.relname FROM pg_partition_tree('main.mirror_point'::regclass) o JOIN pg_class c ON c.oid = o.relid AND c.relkind = 'r'"
	" LOOP"
	" EXECUTE format('SELECT EXISTS (SELECT FROM %I)', part) INTO alive;"
	" CONTINUE WHEN alive;"
	" BEGIN EXECUTE format('DROP TABLE main.%I', part); EXCEPTION WHEN lock_not_available THEN NULL; END;"
	" END LOOP;"
	" PERFORM set_config('lock_timeout', was, true); END $$;"
	"REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA main FROM PUBLIC;"
	"{both}";

const char *const schema_functions[] = { instants, making, dropping, trimming, schema_parting, schema_naming, schema_settling, schema_moving, schema_checking, NULL };

/*
 * chunk in parts by the month (UTC) of t0, which is in its key; a chunk never reaches over the end of a month. Runs have no parts by month: they lie in order
 * of writing, and only until a merge.
 */
const char schema_months[] =
	"{postgres}"
	"ALTER TABLE chunk RENAME TO chunk_old; ALTER INDEX chunk_pkey RENAME TO chunk_old_pkey;"
	"CREATE TABLE chunk (series_id INTEGER NOT NULL, t0 INTEGER NOT NULL, org_id INTEGER NOT NULL, t1 INTEGER NOT NULL,"
	" n INTEGER NOT NULL, vmin REAL, vmax REAL, data {blob} NOT NULL, PRIMARY KEY (series_id, t0)) PARTITION BY RANGE (t0);"
	"ALTER TABLE chunk ALTER COLUMN data SET STORAGE EXTERNAL;"
	"SELECT main.month_make('chunk', m) FROM (SELECT DISTINCT main.month_of(t0) AS m FROM chunk_old) months;"
	"INSERT INTO chunk SELECT series_id, t0, org_id, t1, n, vmin, vmax, data FROM chunk_old; DROP TABLE chunk_old;"
	"{both}";

/* Raw points of chosen series as rows, in parts by month; see lib/series/mirror.c. No part is made before a point comes. */
const char schema_mirror[] =
	"{postgres}"
	"CREATE TABLE mirror (series_id INTEGER PRIMARY KEY, org_id INTEGER NOT NULL, filled INTEGER);"
	"CREATE TABLE mirror_point (series_id INTEGER NOT NULL, ts timestamptz NOT NULL, org_id INTEGER NOT NULL, quality smallint NOT NULL,"
	" value REAL, text TEXT, raw REAL, PRIMARY KEY (series_id, ts)) PARTITION BY RANGE (ts);"
	"CREATE INDEX mirror_point_ts ON mirror_point USING brin (ts);"
	"{both}";
