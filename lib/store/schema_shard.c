/* SPDX-License-Identifier: MIT */
/*
 * Points on several servers (Postgres): point_run and chunk in SLOTS parts by the hash of the lane, each here or, as a foreign table, on a shard. Neither a part nor
 * its transaction commits together with the one here: what a shard keeps is taken back unless the row of the lane says that the transaction was committed here.
 *
 * A shard has for each of its slots the rows, a row of `lane` with the number of the change that it has last seen, and in `undo` what that change did. A change
 * of a lane is written with the number that its row in `lane` gets here (shard_mark); it ends the undo of the one before. The shard commits first. When the
 * commit here fails then, the number of the shard is ahead: whoever has the writers' turn next puts it `back`, which undoes the change.
 */
#include "store/impl.h"

/* Rights on parts are nobody's; what comes through their table is under its policies. */
const char schema_parting[] =
	"{postgres}"
	"CREATE OR REPLACE FUNCTION main.shard_unmarked() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;"
	/* The three parts of slot i, here (srv NULL) or on a server. */
	"CREATE OR REPLACE FUNCTION main.shard_part(i int, srv TEXT) RETURNS void LANGUAGE plpgsql SET search_path = main, pg_temp AS $$"
	" DECLARE t text; part text; BEGIN"
	" FOREACH t IN ARRAY ARRAY['point_run', 'chunk', 'shard_mark'] LOOP"
	" part := t || '_h' || i;"
	" IF srv IS NOT NULL THEN"
	" EXECUTE (SELECT format('CREATE FOREIGN TABLE main.%I (%s) SERVER %I OPTIONS (schema_name ''sit_shard'', table_name %L)', part,"
	" string_agg(format('%I %s%s', attname, format_type(atttypid, NULL), CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END), ', ' ORDER BY attnum),"
	" srv, t || '_' || i) FROM pg_attribute WHERE attrelid = format('main.%I', t)::regclass AND attnum > 0 AND NOT attisdropped);"
	" ELSE"
	" EXECUTE format('CREATE TABLE main.%I (LIKE main.%I, PRIMARY KEY (%s))%s', part, t,"
	" CASE t WHEN 'point_run' THEN 'lane, seq' WHEN 'chunk' THEN 'series_id, t0' ELSE 'lane' END, CASE t WHEN 'chunk' THEN ' PARTITION BY RANGE (t0)' ELSE '' END);"
	" EXECUTE format('ALTER TABLE main.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', part);"
	" EXECUTE format('CREATE POLICY sit_owner ON main.%I TO %I USING (true) WITH CHECK (true)', part, current_user);"
	" IF t <> 'shard_mark' THEN EXECUTE format('ALTER TABLE main.%I ALTER data SET STORAGE EXTERNAL', part); END IF;"
	" IF t = 'point_run' THEN EXECUTE format('ALTER TABLE main.%I SET (toast_tuple_target = 8160)', part); END IF;"
	" IF t = 'shard_mark' THEN EXECUTE format('CREATE TRIGGER unmarked BEFORE INSERT ON main.%I FOR EACH ROW EXECUTE FUNCTION main.shard_unmarked()', part); END IF;"
	" END IF;"
	" EXECUTE format('ALTER TABLE main.%I ATTACH PARTITION main.%I FOR VALUES WITH (MODULUS 8, REMAINDER %s)', t, part, i);"
	" END LOOP; END $$;"
	"CREATE OR REPLACE FUNCTION main.shard_split() RETURNS void LANGUAGE plpgsql SET search_path = main, pg_temp AS $$ BEGIN"
	" IF to_regclass('main.shard_mark') IS NOT NULL THEN RETURN; END IF;"
	" DROP VIEW IF EXISTS bi.chunk;"
	" ALTER TABLE point_run RENAME TO point_run_old; ALTER TABLE chunk RENAME TO chunk_old;"
	" CREATE TABLE point_run (LIKE point_run_old) PARTITION BY HASH (lane);"
	" CREATE TABLE chunk (LIKE chunk_old) PARTITION BY HASH ((series_id / 256));"
	" CREATE TABLE shard_mark (lane bigint NOT NULL, org_id bigint NOT NULL, seq bigint NOT NULL, back bigint NOT NULL) PARTITION BY HASH (lane);"
	" PERFORM shard_part(i, NULL) FROM generate_series(0, 7) i;"
	" PERFORM month_make('chunk', m) FROM (SELECT DISTINCT month_of(t0) AS m FROM chunk_old) x;"
	" INSERT INTO point_run SELECT * FROM point_run_old; INSERT INTO chunk SELECT * FROM chunk_old;"
	" DROP TABLE point_run_old, chunk_old;"
	" INSERT INTO counter (name, value) VALUES ('shards', 1) ON CONFLICT (name) DO NOTHING;"
	" END $$;"
	"{both}";

const char schema_naming[] =
	"{postgres}"
	"CREATE OR REPLACE FUNCTION main.shard_put(shard TEXT, url TEXT, srv TEXT, at BIGINT) RETURNS void LANGUAGE plpgsql SET search_path = main, pg_temp AS $$ BEGIN"
	" INSERT INTO main.shard (name, url, server, created) VALUES (shard, url, srv, at);"
	" EXECUTE format('CREATE FOREIGN TABLE main.%I (token TEXT, version bigint) SERVER %I OPTIONS (schema_name ''sit_shard'', table_name ''home'')',"
	" 'home_of_' || srv, srv);"
	" END $$;"
	"CREATE OR REPLACE FUNCTION main.shard_drop(gone TEXT) RETURNS void LANGUAGE plpgsql SET search_path = main, pg_temp AS $$ DECLARE srv TEXT; BEGIN"
	" DELETE FROM main.shard s WHERE s.name = gone RETURNING s.server INTO srv;"
	" EXECUTE format('DROP SERVER %I CASCADE', srv);"
	" END $$;"
	"{both}";

const char schema_settling[] =
	"{postgres}"
	/*
	 * For who has the writers' turn and nothing else in the transaction; `but` has a bit for each slot to leave alone. A lane that is not there was made by what
	 * came to nothing.
	 */
	"CREATE OR REPLACE FUNCTION main.shard_settle_but(but int) RETURNS BIGINT LANGUAGE plpgsql SECURITY DEFINER SET search_path = main, pg_temp AS $$"
	" DECLARE r record; n bigint := 0; BEGIN FOR i IN 0..7 LOOP CONTINUE WHEN but & (1 << i) <> 0;"
	" FOR r IN EXECUTE format('SELECT m.lane, m.org_id, coalesce(l.seq, 0) AS seq FROM %I m LEFT JOIN lane l ON l.id = m.lane WHERE m.lane > 0"
	" AND m.seq > coalesce(l.seq, 0)', 'shard_mark_h' || i) LOOP"
	" INSERT INTO shard_mark (lane, org_id, seq, back) VALUES (r.lane, r.org_id, r.seq, 1); n := n + 1;"
	" END LOOP; END LOOP; RETURN n; END $$;"
	"CREATE OR REPLACE FUNCTION main.shard_settle() RETURNS BIGINT LANGUAGE plpgsql SECURITY DEFINER SET search_path = main, pg_temp AS $$"
	" BEGIN RETURN shard_settle_but(0); END $$;"
	/* How many lanes are ahead of their row here, of those slots; what has a number up to `since` is known to be well. */
	"CREATE OR REPLACE FUNCTION main.shard_ahead_but(since bigint, but int) RETURNS BIGINT LANGUAGE plpgsql SECURITY DEFINER SET search_path = main, pg_temp AS $$"
	" DECLARE k bigint; n bigint := 0; BEGIN FOR i IN 0..7 LOOP CONTINUE WHEN but & (1 << i) <> 0;"
	" EXECUTE format('SELECT count(*) FROM %I m LEFT JOIN lane l ON l.id = m.lane WHERE m.lane > 0 AND m.seq > $1 AND m.seq > coalesce(l.seq, 0)',"
	" 'shard_mark_h' || i) INTO k USING since; n := n + k; END LOOP; RETURN n; END $$;"
	/* Slots that are not to be had, with their shard and what its server says. */
	"CREATE OR REPLACE FUNCTION main.shard_down() RETURNS TABLE (slot bigint, shard TEXT, why TEXT) LANGUAGE plpgsql SECURITY DEFINER"
	" SET search_path = main, pg_temp AS $$ DECLARE p record; r record; BEGIN"
	" FOR p IN SELECT s.name, s.server FROM main.shard s ORDER BY 1 LOOP"
	" BEGIN EXECUTE format('SELECT 1 FROM %I', 'home_of_' || p.server) INTO r;"
	" EXCEPTION WHEN OTHERS THEN why := split_part(SQLERRM, E'\n', 1); shard := p.name;"
	" FOR slot IN SELECT substring(c.relname FROM '[0-9]+$')::bigint FROM pg_class c JOIN pg_foreign_table f ON f.ftrelid = c.oid"
	" JOIN pg_foreign_server v ON v.oid = f.ftserver WHERE v.srvname = p.server AND c.relname LIKE 'point\\_run\\_h%' LOOP RETURN NEXT; END LOOP;"
	" END; END LOOP; END $$;"
	"{both}";

/* The rows where they are stay until those where they come have been compared; on a shard they stay even then (store/shard.c removes them afterwards). */
const char schema_moving[] =
	"{postgres}"
	"CREATE OR REPLACE FUNCTION main.shard_move(i int, srv TEXT) RETURNS BIGINT LANGUAGE plpgsql SET search_path = main, pg_temp AS $$"
	" DECLARE t text; n bigint; h numeric; m bigint; g numeric; rows bigint := 0; kind text; BEGIN"
	" PERFORM shard_settle();"
	" FOREACH t IN ARRAY ARRAY['point_run', 'chunk', 'shard_mark'] LOOP"
	" EXECUTE format('ALTER TABLE main.%I DETACH PARTITION main.%I', t, t || '_h' || i);"
	" EXECUTE format('ALTER TABLE main.%I RENAME TO %I', t || '_h' || i, t || '_o' || i);"
	" END LOOP;"
	" PERFORM shard_part(i, srv);"
	" IF srv IS NULL THEN EXECUTE format('SELECT count(main.month_make(''chunk'', m)) FROM (SELECT DISTINCT main.month_of(t0) AS m FROM main.%I) x', 'chunk_o' || i); END IF;"
	" FOREACH t IN ARRAY ARRAY['point_run', 'chunk'] LOOP"
	" EXECUTE format('INSERT INTO main.%I SELECT * FROM main.%I', t || '_h' || i, t || '_o' || i);"
	" EXECUTE format('SELECT count(*), coalesce(sum(hashtextextended(x::text, 0)), 0) FROM main.%I x', t || '_o' || i) INTO n, h;"
	" EXECUTE format('SELECT count(*), coalesce(sum(hashtextextended(x::text, 0)), 0) FROM main.%I x', t || '_h' || i) INTO m, g;"
	" IF n <> m OR h <> g THEN RAISE EXCEPTION 'slot % of %: % rows there, % rows copied, or not the same', i, t, n, m; END IF;"
	" rows := rows + n;"
	" END LOOP;"
	" IF srv IS NOT NULL THEN"
	" EXECUTE format('INSERT INTO main.%I SELECT id, org_id, seq, 0 FROM main.lane WHERE satisfies_hash_partition(''main.point_run''::regclass, 8, %s, id)',"
	" 'shard_mark_h' || i, i);"
	/* From now on it can undo. */
	" EXECUTE format('INSERT INTO main.%I VALUES (0, 0, 0, 0)', 'shard_mark_h' || i);"
	" END IF;"
	" FOREACH t IN ARRAY ARRAY['point_run', 'chunk', 'shard_mark'] LOOP"
	" SELECT CASE relkind WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END INTO kind FROM pg_class WHERE oid = format('main.%I', t || '_o' || i)::regclass;"
	" EXECUTE format('DROP %s main.%I', kind, t || '_o' || i);"
	" END LOOP;"
	/* So that every connection that knows something of lanes asks anew. */
	" UPDATE counter SET value = value + 1 WHERE name = 'seq';"
	" RETURN rows; END $$;"
	"{both}";

/* A line a finding; of who cannot be reached that alone. */
const char schema_checking[] =
	"{postgres}"
	"CREATE OR REPLACE FUNCTION main.shard_findings() RETURNS SETOF TEXT LANGUAGE plpgsql SET search_path = main, pg_temp AS $$"
	" DECLARE p record; r record; down text[] := '{}'; ours text := (SELECT value FROM meta WHERE name = 'shards'); BEGIN"
	" FOR p IN SELECT s.name, s.server FROM shard s ORDER BY 1 LOOP"
	" BEGIN"
	" EXECUTE format('SELECT token, version FROM main.%I', 'home_of_' || p.server) INTO r;"
	" IF r.token IS DISTINCT FROM ours THEN RETURN NEXT format('shard %s: is of another store', p.name); END IF;"
	" IF r.version <> 1 THEN RETURN NEXT format('shard %s: is of version %s, this is 1', p.name, r.version); END IF;"
	" EXCEPTION WHEN OTHERS THEN down := down || p.server; RETURN NEXT format('shard %s: %s', p.name, SQLERRM);"
	" END; END LOOP;"
	" FOR p IN SELECT c.relname, f.ftserver, s.srvname, x.name, substring(c.relname FROM '[0-9]+$')::int AS i FROM pg_class c"
	" JOIN pg_foreign_table f ON f.ftrelid = c.oid JOIN pg_foreign_server s ON s.oid = f.ftserver LEFT JOIN shard x ON x.server = s.srvname"
	" WHERE c.relnamespace = 'main'::regnamespace AND c.relname LIKE 'point\\_run\\_h%' ORDER BY 5 LOOP"
	" CONTINUE WHEN p.srvname = ANY (down);"
	" IF p.name IS NULL THEN RETURN NEXT format('slot %s is on the server %s, which is no shard of this store', p.i, p.srvname); CONTINUE; END IF;"
	" BEGIN"
	" FOR r IN EXECUTE format('SELECT m.lane, m.org_id, m.seq, l.seq AS here, l.org_id AS org FROM main.%I m LEFT JOIN main.lane l ON l.id = m.lane"
	" WHERE m.lane > 0 AND (m.seq <> coalesce(l.seq, 0) OR l.org_id <> m.org_id) ORDER BY 1 LIMIT 100', 'shard_mark_h' || p.i) LOOP"
	" RETURN NEXT format('shard %s: lane %s is at %s there, at %s here: %s', p.name, r.lane, r.seq, coalesce(r.here, 0),"
	" CASE WHEN r.seq > coalesce(r.here, 0) THEN 'a transaction came to nothing, the next that writes there takes it back'"
	" WHEN r.seq < r.here THEN 'the shard has lost what was stored' ELSE 'it is of another organisation' END);"
	" END LOOP;"
	" FOR r IN EXECUTE format('SELECT l.id FROM main.lane l WHERE satisfies_hash_partition(''main.point_run''::regclass, 8, %s, l.id) AND l.seq > 0"
	" AND NOT EXISTS (SELECT FROM main.%I m WHERE m.lane = l.id) LIMIT 100', p.i, 'shard_mark_h' || p.i) LOOP"
	" RETURN NEXT format('shard %s: lane %s is not known there', p.name, r.id);"
	" END LOOP;"
	" FOR r IN EXECUTE format('SELECT x.lane, count(*) AS n FROM (SELECT lane, org_id FROM main.%I UNION ALL SELECT series_id / 256, org_id FROM main.%I) x"
	" LEFT JOIN main.lane l ON l.id = x.lane WHERE l.id IS NULL OR l.org_id <> x.org_id OR NOT satisfies_hash_partition(''main.point_run''::regclass, 8, %s, x.lane)"
	" GROUP BY 1 ORDER BY 1 LIMIT 100', 'point_run_h' || p.i, 'chunk_h' || p.i, p.i) LOOP"
	" RETURN NEXT format('shard %s: %s rows of lane %s belong to nothing', p.name, r.n, r.lane);"
	" END LOOP;"
	" EXCEPTION WHEN OTHERS THEN down := down || p.srvname::text; RETURN NEXT format('shard %s: %s', p.name, SQLERRM);"
	" END;"
	" END LOOP; END $$;"
	"REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA main FROM PUBLIC;"
	"{both}";

const char schema_shards[] = "{postgres}CREATE TABLE shard (name TEXT PRIMARY KEY, url TEXT NOT NULL, server TEXT NOT NULL UNIQUE, created INTEGER NOT NULL) STRICT;"
			     "{both}";

/* What a shard says of itself; made once. */
const char schema_shard_home[] =
	"DO $$ BEGIN IF to_regnamespace('sit_shard') IS NULL THEN CREATE SCHEMA sit_shard;"
	" CREATE TABLE sit_shard.home (token TEXT NOT NULL, version bigint NOT NULL); INSERT INTO sit_shard.home VALUES ('{token}', 1);"
	" ELSIF NOT EXISTS (SELECT FROM sit_shard.home WHERE token = '{token}') THEN"
	" RAISE EXCEPTION 'is a shard of another store (schema sit_shard)' USING ERRCODE = '23505'; END IF; END $$;"
	"GRANT USAGE ON SCHEMA sit_shard TO {role}; GRANT SELECT ON sit_shard.home TO {role};";

/* What is on a shard, for slot {n}. The role that the store comes as may read and write rows, and has nothing to do with `undo`. */
const char schema_shard_slot[] =
	"CREATE TABLE sit_shard.point_run_{n} (lane bigint NOT NULL, seq bigint NOT NULL, org_id bigint NOT NULL, tier bigint NOT NULL, merged bigint NOT NULL,"
	" t0 bigint NOT NULL, t1 bigint NOT NULL, n bigint NOT NULL, written bigint NOT NULL, data bytea NOT NULL, PRIMARY KEY (lane, seq))"
	" WITH (toast_tuple_target = 8160);"
	"CREATE TABLE sit_shard.chunk_{n} (series_id bigint NOT NULL, t0 bigint NOT NULL, org_id bigint NOT NULL, t1 bigint NOT NULL, n bigint NOT NULL,"
	" vmin double precision, vmax double precision, data bytea NOT NULL, PRIMARY KEY (series_id, t0)) WITH (toast_tuple_target = 8160);"
	"ALTER TABLE sit_shard.point_run_{n} ALTER data SET STORAGE EXTERNAL; ALTER TABLE sit_shard.chunk_{n} ALTER data SET STORAGE EXTERNAL;"
	"CREATE TABLE sit_shard.lane_{n} (lane bigint PRIMARY KEY, org_id bigint NOT NULL, seq bigint NOT NULL);"
	"CREATE INDEX ON sit_shard.lane_{n} (seq);"
	"CREATE TABLE sit_shard.undo_{n} (n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, xid xid8 NOT NULL, lane bigint NOT NULL, packed boolean NOT NULL,"
	" a bigint NOT NULL, b bigint NOT NULL, run sit_shard.point_run_{n}, chunk sit_shard.chunk_{n}, added boolean NOT NULL);"
	"CREATE INDEX ON sit_shard.undo_{n} (lane);"
	"CREATE FUNCTION sit_shard.log_run_{n}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = sit_shard, pg_temp AS $$ BEGIN"
	" IF TG_OP = 'DELETE' THEN INSERT INTO undo_{n} (xid, lane, packed, a, b, run, added) VALUES (pg_current_xact_id(), OLD.lane, false, OLD.lane, OLD.seq, OLD, false);"
	" ELSIF EXISTS (SELECT FROM lane_{n} WHERE lane = 0) THEN"
	" INSERT INTO undo_{n} (xid, lane, packed, a, b, added) VALUES (pg_current_xact_id(), NEW.lane, false, NEW.lane, NEW.seq, true); END IF;"
	" RETURN NULL; END $$;"
	"CREATE FUNCTION sit_shard.log_chunk_{n}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = sit_shard, pg_temp AS $$ BEGIN"
	" IF TG_OP = 'DELETE' THEN INSERT INTO undo_{n} (xid, lane, packed, a, b, chunk, added)"
	" VALUES (pg_current_xact_id(), OLD.series_id / 256, true, OLD.series_id, OLD.t0, OLD, false);"
	" ELSIF EXISTS (SELECT FROM lane_{n} WHERE lane = 0) THEN"
	" INSERT INTO undo_{n} (xid, lane, packed, a, b, added) VALUES (pg_current_xact_id(), NEW.series_id / 256, true, NEW.series_id, NEW.t0, true); END IF;"
	" RETURN NULL; END $$;"
	"CREATE TRIGGER log AFTER INSERT OR DELETE ON sit_shard.point_run_{n} FOR EACH ROW EXECUTE FUNCTION sit_shard.log_run_{n}();"
	"CREATE TRIGGER log AFTER INSERT OR DELETE ON sit_shard.chunk_{n} FOR EACH ROW EXECUTE FUNCTION sit_shard.log_chunk_{n}();"
	"CREATE VIEW sit_shard.shard_mark_{n} AS SELECT lane, org_id, seq, 0::bigint AS back FROM sit_shard.lane_{n};"
	"CREATE FUNCTION sit_shard.mark_{n}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = sit_shard, pg_temp AS $$ DECLARE u record; BEGIN"
	" IF NEW.back = 1 THEN"
	" FOR u IN SELECT * FROM undo_{n} WHERE lane = NEW.lane ORDER BY n DESC LOOP"
	" IF u.added AND u.packed THEN DELETE FROM chunk_{n} WHERE series_id = u.a AND t0 = u.b;"
	" ELSIF u.added THEN DELETE FROM point_run_{n} WHERE lane = u.a AND seq = u.b;"
	" ELSIF u.packed THEN INSERT INTO chunk_{n} SELECT (u.chunk).*;"
	" ELSE INSERT INTO point_run_{n} SELECT (u.run).*; END IF;"
	" END LOOP;"
	" DELETE FROM undo_{n} WHERE lane = NEW.lane;"
	" ELSE DELETE FROM undo_{n} WHERE lane = NEW.lane AND xid <> pg_current_xact_id(); END IF;"
	" INSERT INTO lane_{n} (lane, org_id, seq) VALUES (NEW.lane, NEW.org_id, NEW.seq) ON CONFLICT (lane) DO UPDATE SET seq = excluded.seq;"
	" RETURN NEW; END $$;"
	"CREATE TRIGGER mark INSTEAD OF INSERT ON sit_shard.shard_mark_{n} FOR EACH ROW EXECUTE FUNCTION sit_shard.mark_{n}();"
	"REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA sit_shard FROM PUBLIC;"
	"GRANT SELECT, INSERT, DELETE ON sit_shard.point_run_{n}, sit_shard.chunk_{n} TO {role};"
	"GRANT SELECT, INSERT ON sit_shard.shard_mark_{n} TO {role};";

const char schema_shard_slot_drop[] =
	"DROP VIEW IF EXISTS sit_shard.shard_mark_{n}; DROP TABLE IF EXISTS sit_shard.undo_{n}, sit_shard.lane_{n}, sit_shard.chunk_{n}, sit_shard.point_run_{n};"
	"DROP FUNCTION IF EXISTS sit_shard.log_run_{n}(), sit_shard.log_chunk_{n}(), sit_shard.mark_{n}();";
