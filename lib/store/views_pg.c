/* SPDX-License-Identifier: MIT */
/*
 * What people, Grafana, Power BI and psql look at in Postgres: schema bi, names instead of ids, timestamptz instead of microseconds. Nothing of ours reads it,
 * so it is made anew by each migrate; a migration that drops a column a view shows drops the view first.
 */
#include "store/impl.h"

#define QUALITY(column) "(CASE " column " WHEN 0 THEN 'good' WHEN 1 THEN 'suspect' WHEN 2 THEN 'bad' ELSE 'stale' END)::text AS quality"
#define T(column) "main.instant(" column ")"

static const char estate[] =
	"{postgres}"
	"CREATE SCHEMA IF NOT EXISTS bi;"
	"CREATE OR REPLACE VIEW bi.org AS SELECT o.id, o.name, o.title, p.name AS parent, o.tier, " T("o.created") " AS created, " T("o.retired") " AS retired"
	" FROM org o LEFT JOIN org p ON p.id = o.parent_id;"
	"CREATE OR REPLACE VIEW bi.site AS SELECT s.id, o.name AS org, s.name, s.title, s.tz, s.latitude, s.longitude, s.address, " T("s.created") " AS created, "
	T("s.retired") " AS retired FROM site s JOIN org o ON o.id = s.org_id;"
	"CREATE OR REPLACE VIEW bi.asset AS SELECT a.id, o.name AS org, a.name, a.title, s.name AS site, p.name AS parent, a.kind, a.tag, a.serial,"
	" a.manufacturer, a.note, " T("a.created") " AS created, " T("a.retired") " AS retired FROM asset a JOIN org o ON o.id = a.org_id"
	" JOIN site s ON s.id = a.site_id LEFT JOIN asset p ON p.id = a.parent_id;"
	"CREATE OR REPLACE VIEW bi.device AS SELECT d.id, o.name AS org, d.name, d.title, s.name AS site, g.name AS gateway, m.name AS model, p.name AS product,"
	" a.name AS asset, d.type, d.\"key\", d.edge_key, d.serial, d.at, d.unit, d.enabled <> 0 AS enabled, d.firmware, d.hardware, d.note,"
	" t.online <> 0 AS online, " T("t.online_since") " AS online_since, " T("t.last_seen") " AS last_seen, " T("t.last_telemetry") " AS last_telemetry,"
	" t.clock_skew / 1e6 AS clock_skew_s, " T("d.created") " AS created, " T("d.retired") " AS retired FROM device d JOIN org o ON o.id = d.org_id"
	" LEFT JOIN site s ON s.id = d.site_id LEFT JOIN device g ON g.id = d.gateway_id LEFT JOIN model m ON m.id = d.model_id"
	" LEFT JOIN product p ON p.id = d.product_id LEFT JOIN asset a ON a.id = d.asset_id LEFT JOIN device_state t ON t.device_id = d.id;"
	"CREATE OR REPLACE VIEW bi.datapoint AS SELECT p.id, o.name AS org, m.name AS model, d.name AS device, p.name, p.title, p.\"key\", p.type, p.kind, p.unit,"
	" p.\"precision\", p.scale, p.\"offset\", p.min, p.max, p.words, p.aggregation, p.expected_interval / 1e6 AS expected_interval_s, " T("p.created")
	" AS created, " T("p.retired") " AS retired FROM datapoint p JOIN org o ON o.id = p.org_id LEFT JOIN model m ON m.id = p.model_id"
	" LEFT JOIN device d ON d.id = p.device_id;"
	"{both}";

static const char points[] =
	"{postgres}"
	"CREATE OR REPLACE VIEW bi.series AS SELECT s.id, o.name AS org, d.name AS device, s.name AS datapoint, " T("s.floor") " AS kept_from, d.retired IS NOT NULL"
	" AS device_retired FROM series s JOIN device d ON d.id = s.device_id JOIN org o ON o.id = s.org_id;"
	/* A row says when it was last raised; what came since lies in runs, which SQL cannot read. */
	"CREATE OR REPLACE VIEW bi.latest AS SELECT s.org, s.device, s.datapoint, " T("l.at") " AS ts, CASE WHEN l.type IN (1, 2) THEN l.num END AS value,"
	" l.txt AS text, " QUALITY("l.quality") ", l.raw FROM latest l JOIN bi.series s ON s.id = l.series_id WHERE l.at IS NOT NULL"
	" AND (s.kept_from IS NULL OR " T("l.at") " >= s.kept_from);"
	"CREATE OR REPLACE VIEW bi.correction AS SELECT s.org, s.device, s.datapoint, " T("c.ts") " AS ts, " T("c.at") " AS replaced,"
	" CASE WHEN c.type IN (1, 2) THEN c.num END AS value, c.txt AS text, " QUALITY("c.quality") ", c.raw FROM correction c"
	" JOIN bi.series s ON s.id = c.series_id;"
	"CREATE OR REPLACE VIEW bi.point AS SELECT s.org, s.device, s.datapoint, p.ts, p.value, p.text, " QUALITY("p.quality") ", p.raw FROM mirror_point p"
	" JOIN bi.series s ON s.id = p.series_id;"
	"CREATE OR REPLACE VIEW bi.mirror AS SELECT s.org, s.device, s.datapoint, " T("m.filled") " AS filled FROM mirror m JOIN bi.series s ON s.id = m.series_id;"
	"CREATE OR REPLACE VIEW bi.chunk AS SELECT s.org, s.device, s.datapoint, " T("c.t0") " AS \"from\", " T("c.t1") " AS \"to\", c.n, c.vmin AS min,"
	" c.vmax AS max, length(c.data) AS bytes FROM chunk c JOIN bi.series s ON s.id = c.series_id;"
	"{both}";

static const char books[] =
	"{postgres}"
	"CREATE OR REPLACE VIEW bi.ledger AS SELECT o.name AS org, l.source, d.name AS device, " T("l.hour") " AS hour, l.stored, l.corrected, l.duplicate,"
	" l.conflict, l.rejected, l.quarantined, l.empty, l.first_reason, l.first_place FROM ledger l JOIN org o ON o.id = l.org_id"
	" LEFT JOIN device d ON d.id = l.device_id;"
	"CREATE OR REPLACE VIEW bi.run AS SELECT r.id, o.name AS org, r.program, r.source, " T("r.started") " AS started, " T("r.ended") " AS ended, r.exit,"
	" r.counters::jsonb AS counters FROM run r JOIN org o ON o.id = r.org_id;"
	"CREATE OR REPLACE VIEW bi.quarantine AS SELECT q.id, o.name AS org, " T("q.at") " AS at, q.reason, q.source, q.place, q.device, q.gateway, q.edge_key,"
	" q.datapoint, " T("q.ts") " AS ts, q.value, q.quality FROM quarantine q JOIN org o ON o.id = q.org_id;"
	"CREATE OR REPLACE VIEW bi.audit AS SELECT a.id, o.name AS org, " T("a.at") " AS at, a.actor, a.verb, a.noun, a.name, a.old, a.new, a.origin, a.message"
	" FROM audit a JOIN org o ON o.id = a.org_id;"
	/* Before 15 a view asks in the name of its owner, past the policies: then nobody else may. */
	"DO $$ DECLARE v text; role text := (SELECT value FROM meta WHERE name = 'role'); BEGIN"
	" IF current_setting('server_version_num')::int < 150000 THEN RETURN; END IF;"
	" FOR v IN SELECT relname FROM pg_class WHERE relnamespace = 'bi'::regnamespace AND relkind = 'v' AND relowner ="
	" (SELECT relowner FROM pg_class WHERE oid = 'bi.org'::regclass) LOOP EXECUTE format('ALTER VIEW bi.%I SET (security_invoker = true)', v);"
	" EXECUTE format('GRANT SELECT ON bi.%I TO %I', v, role); END LOOP; EXECUTE format('GRANT USAGE ON SCHEMA bi TO %I', role); END $$;"
	"{both}";

const char *const schema_views[] = { estate, points, books, NULL };
