/* SPDX-License-Identifier: MIT */
#include "store/schema.h"

#include "store/impl.h"

/* Every reference between tenant tables carries org_id, so that no row can point into another organisation. */
static const char estate[] =
	"CREATE TABLE org (id {id}, name TEXT NOT NULL, title TEXT, parent_id INTEGER REFERENCES org (id),"
	" created INTEGER NOT NULL, retired INTEGER) STRICT;"
	"CREATE UNIQUE INDEX org_name ON org (name) WHERE retired IS NULL;"
	"CREATE TABLE site (id {id}, org_id INTEGER NOT NULL REFERENCES org (id), name TEXT NOT NULL, title TEXT,"
	" tz TEXT NOT NULL, latitude REAL, longitude REAL, address TEXT, created INTEGER NOT NULL, retired INTEGER,"
	" UNIQUE (org_id, id)) STRICT;"
	"CREATE UNIQUE INDEX site_name ON site (org_id, name) WHERE retired IS NULL;"
	"CREATE TABLE model (id {id}, org_id INTEGER NOT NULL REFERENCES org (id), name TEXT NOT NULL, title TEXT,"
	" version TEXT, note TEXT, created INTEGER NOT NULL, retired INTEGER, UNIQUE (org_id, id)) STRICT;"
	"CREATE UNIQUE INDEX model_name ON model (org_id, name) WHERE retired IS NULL;"
	"CREATE TABLE device (id {id}, org_id INTEGER NOT NULL REFERENCES org (id), name TEXT NOT NULL, title TEXT,"
	" \"key\" TEXT, site_id INTEGER, gateway_id INTEGER, model_id INTEGER, type TEXT NOT NULL, edge_key TEXT,"
	" serial TEXT, at TEXT, unit INTEGER, enabled INTEGER NOT NULL, note TEXT, created INTEGER NOT NULL,"
	" retired INTEGER, UNIQUE (org_id, id),"
	" FOREIGN KEY (org_id, site_id) REFERENCES site (org_id, id),"
	" FOREIGN KEY (org_id, gateway_id) REFERENCES device (org_id, id),"
	" FOREIGN KEY (org_id, model_id) REFERENCES model (org_id, id)) STRICT;"
	"CREATE UNIQUE INDEX device_name ON device (org_id, name) WHERE retired IS NULL;"
	"CREATE UNIQUE INDEX device_edge_key ON device (gateway_id, edge_key) WHERE retired IS NULL;"
	"CREATE INDEX device_site ON device (org_id, site_id);"
	"CREATE INDEX device_model ON device (org_id, model_id);"
	"CREATE TABLE datapoint (id {id}, org_id INTEGER NOT NULL REFERENCES org (id), name TEXT NOT NULL,"
	" model_id INTEGER, device_id INTEGER, title TEXT, \"key\" TEXT, type TEXT NOT NULL, kind TEXT NOT NULL,"
	" unit TEXT, \"precision\" INTEGER, scale REAL, \"offset\" REAL, min REAL, max REAL, words TEXT,"
	" aggregation TEXT, expected_interval INTEGER, created INTEGER NOT NULL, retired INTEGER, UNIQUE (org_id, id),"
	" CHECK ((model_id IS NULL) <> (device_id IS NULL)),"
	" FOREIGN KEY (org_id, model_id) REFERENCES model (org_id, id),"
	" FOREIGN KEY (org_id, device_id) REFERENCES device (org_id, id)) STRICT;"
	"CREATE UNIQUE INDEX datapoint_model ON datapoint (model_id, name) WHERE retired IS NULL;"
	"CREATE UNIQUE INDEX datapoint_device ON datapoint (device_id, name) WHERE retired IS NULL;";

/* old and new are JSON objects of the fields that differ; seq and hash come with the chain. */
static const char trail[] =
	"CREATE TABLE audit (id {id}, org_id INTEGER NOT NULL, at INTEGER NOT NULL, actor TEXT NOT NULL,"
	" verb TEXT NOT NULL, noun TEXT NOT NULL, name TEXT NOT NULL, old {json}, new {json}, origin TEXT,"
	" message TEXT, hash {blob}) STRICT;"
	"CREATE INDEX audit_thing ON audit (org_id, noun, name);";

/*
 * Points as plain rows, behind lib/series. type: 0 null, 1 number, 2 boolean, 3 string, 4 location; num is ANY, so that -0.0 stays what it is.
 */
static const char points[] =
	"CREATE TABLE series (id {id}, org_id INTEGER NOT NULL REFERENCES org (id), device_id INTEGER NOT NULL,"
	" name TEXT NOT NULL, UNIQUE (device_id, name),"
	" FOREIGN KEY (org_id, device_id) REFERENCES device (org_id, id)) STRICT;"
	"CREATE TABLE point (series_id INTEGER NOT NULL, ts INTEGER NOT NULL, org_id INTEGER NOT NULL,"
	" type INTEGER NOT NULL, quality INTEGER NOT NULL, num ANY, txt TEXT, raw ANY,"
	" PRIMARY KEY (series_id, ts)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE correction (id {id}, org_id INTEGER NOT NULL, series_id INTEGER NOT NULL, ts INTEGER NOT NULL,"
	" at INTEGER NOT NULL, run_id INTEGER, type INTEGER NOT NULL, quality INTEGER NOT NULL, num ANY, txt TEXT,"
	" raw ANY) STRICT;"
	"CREATE INDEX correction_point ON correction (series_id, ts);";

/* One ledger row per organisation, source, device and hour of arrival; device_id 0: unknown. */
static const char books[] =
	"CREATE TABLE ledger (org_id INTEGER NOT NULL, source TEXT NOT NULL, device_id INTEGER NOT NULL,"
	" hour INTEGER NOT NULL, stored INTEGER NOT NULL, corrected INTEGER NOT NULL, duplicate INTEGER NOT NULL,"
	" conflict INTEGER NOT NULL, rejected INTEGER NOT NULL, quarantined INTEGER NOT NULL, empty INTEGER NOT NULL,"
	" first_reason TEXT, first_place TEXT, PRIMARY KEY (org_id, source, device_id, hour)) STRICT;"
	"CREATE TABLE run (id {id}, org_id INTEGER NOT NULL, program TEXT NOT NULL, source TEXT NOT NULL,"
	" started INTEGER NOT NULL, ended INTEGER, exit INTEGER, counters {json}) STRICT;"
	"CREATE TABLE quarantine (id {id}, org_id INTEGER NOT NULL, at INTEGER NOT NULL, reason TEXT NOT NULL,"
	" source TEXT NOT NULL, place TEXT, device TEXT, gateway TEXT, edge_key TEXT, datapoint TEXT NOT NULL,"
	" ts INTEGER NOT NULL, value {json} NOT NULL, quality TEXT NOT NULL) STRICT;"
	"CREATE INDEX quarantine_device ON quarantine (org_id, device, datapoint);";

/* What organisations may use and look like, the catalogue, assets. */
static const char catalogue[] =
	"ALTER TABLE org ADD COLUMN tier TEXT NOT NULL DEFAULT 'standard';"
	"ALTER TABLE org ADD COLUMN max_devices INTEGER; ALTER TABLE org ADD COLUMN max_gateways INTEGER;"
	"ALTER TABLE org ADD COLUMN max_sites INTEGER; ALTER TABLE org ADD COLUMN max_users INTEGER;"
	"ALTER TABLE org ADD COLUMN max_points_per_day INTEGER; ALTER TABLE org ADD COLUMN retention INTEGER;"
	"ALTER TABLE org ADD COLUMN logo TEXT; ALTER TABLE org ADD COLUMN color TEXT;"
	"ALTER TABLE org ADD COLUMN domain TEXT; ALTER TABLE org ADD COLUMN footer TEXT;"
	"CREATE UNIQUE INDEX org_domain ON org (domain) WHERE retired IS NULL;"
	"ALTER TABLE model DROP COLUMN version; ALTER TABLE model ADD COLUMN version INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE model ADD COLUMN icon TEXT; ALTER TABLE model ADD COLUMN offline_after INTEGER;"
	"ALTER TABLE model ADD COLUMN propagate INTEGER NOT NULL DEFAULT 1; ALTER TABLE model ADD COLUMN hash TEXT;"
	"CREATE TABLE model_version (org_id INTEGER NOT NULL, model_id INTEGER NOT NULL, version INTEGER NOT NULL,"
	" at INTEGER NOT NULL, hash TEXT NOT NULL, text {json} NOT NULL, PRIMARY KEY (model_id, version),"
	" FOREIGN KEY (org_id, model_id) REFERENCES model (org_id, id)) STRICT;"
	"ALTER TABLE datapoint ADD COLUMN required INTEGER; ALTER TABLE datapoint ADD COLUMN category TEXT;"
	"CREATE TABLE asset (id {id}, org_id INTEGER NOT NULL REFERENCES org (id), name TEXT NOT NULL, title TEXT,"
	" site_id INTEGER NOT NULL, parent_id INTEGER, kind TEXT, tag TEXT, serial TEXT, manufacturer TEXT, note TEXT,"
	" created INTEGER NOT NULL, retired INTEGER, UNIQUE (org_id, id),"
	" FOREIGN KEY (org_id, site_id) REFERENCES site (org_id, id),"
	" FOREIGN KEY (org_id, parent_id) REFERENCES asset (org_id, id)) STRICT;"
	"CREATE UNIQUE INDEX asset_name ON asset (org_id, name) WHERE retired IS NULL;"
	"CREATE INDEX asset_site ON asset (org_id, site_id); CREATE INDEX asset_parent ON asset (parent_id);"
	"CREATE TABLE product (id {id}, org_id INTEGER NOT NULL REFERENCES org (id), name TEXT NOT NULL, title TEXT,"
	" manufacturer TEXT NOT NULL, model_number TEXT NOT NULL, model_id INTEGER, category TEXT, device_type TEXT,"
	" protocol TEXT, port INTEGER, unit INTEGER, firmware TEXT, hardware TEXT, decoder TEXT, config_schema {json},"
	" datasheet TEXT, image TEXT, verified INTEGER NOT NULL, note TEXT, created INTEGER NOT NULL, retired INTEGER,"
	" UNIQUE (org_id, id), FOREIGN KEY (org_id, model_id) REFERENCES model (org_id, id)) STRICT;"
	"CREATE UNIQUE INDEX product_name ON product (org_id, name) WHERE retired IS NULL;"
	"CREATE UNIQUE INDEX product_article ON product (org_id, manufacturer, model_number) WHERE retired IS NULL;"
	"CREATE TABLE policy (id {id}, org_id INTEGER NOT NULL REFERENCES org (id), name TEXT NOT NULL, title TEXT,"
	" telemetry INTEGER NOT NULL, events INTEGER NOT NULL, commands INTEGER NOT NULL, config INTEGER NOT NULL,"
	" firmware INTEGER NOT NULL, message_size INTEGER NOT NULL, message_rate INTEGER NOT NULL, note TEXT,"
	" created INTEGER NOT NULL, retired INTEGER, UNIQUE (org_id, id)) STRICT;"
	"CREATE UNIQUE INDEX policy_name ON policy (org_id, name) WHERE retired IS NULL;";

/*
 * device is made anew, because a reference to another table of the tenant carries org_id and SQLite adds no such constraint to a table
 * that is there. Postgres does.
 */
static const char devices[] =
	"{sqlite}"
	"CREATE TABLE device_new (id {id}, org_id INTEGER NOT NULL REFERENCES org (id), name TEXT NOT NULL, title TEXT,"
	" \"key\" TEXT, site_id INTEGER, gateway_id INTEGER, model_id INTEGER, type TEXT NOT NULL, edge_key TEXT,"
	" serial TEXT, at TEXT, unit INTEGER, enabled INTEGER NOT NULL, product_id INTEGER, policy_id INTEGER,"
	" asset_id INTEGER, firmware TEXT, hardware TEXT, offline_after INTEGER, note TEXT, created INTEGER NOT NULL,"
	" model_version INTEGER, retired INTEGER, UNIQUE (org_id, id),"
	" FOREIGN KEY (org_id, site_id) REFERENCES site (org_id, id),"
	" FOREIGN KEY (org_id, gateway_id) REFERENCES device (org_id, id),"
	" FOREIGN KEY (org_id, model_id) REFERENCES model (org_id, id),"
	" FOREIGN KEY (org_id, product_id) REFERENCES product (org_id, id),"
	" FOREIGN KEY (org_id, policy_id) REFERENCES policy (org_id, id),"
	" FOREIGN KEY (org_id, asset_id) REFERENCES asset (org_id, id)) STRICT;"
	"INSERT INTO device_new (id, org_id, name, title, \"key\", site_id, gateway_id, model_id, type, edge_key, serial, at,"
	" unit, enabled, note, created, retired) SELECT id, org_id, name, title, \"key\", site_id, gateway_id, model_id, type,"
	" edge_key, serial, at, unit, enabled, note, created, retired FROM device;"
	"DROP TABLE device; ALTER TABLE device_new RENAME TO device;"
	"CREATE UNIQUE INDEX device_name ON device (org_id, name) WHERE retired IS NULL;"
	"CREATE UNIQUE INDEX device_edge_key ON device (gateway_id, edge_key) WHERE retired IS NULL;"
	"CREATE INDEX device_site ON device (org_id, site_id); CREATE INDEX device_model ON device (org_id, model_id);"
	"{postgres}"
	"ALTER TABLE device ADD COLUMN product_id INTEGER, ADD COLUMN policy_id INTEGER, ADD COLUMN asset_id INTEGER,"
	" ADD COLUMN firmware TEXT, ADD COLUMN hardware TEXT, ADD COLUMN offline_after INTEGER, ADD COLUMN model_version INTEGER,"
	" ADD FOREIGN KEY (org_id, product_id) REFERENCES product (org_id, id),"
	" ADD FOREIGN KEY (org_id, policy_id) REFERENCES policy (org_id, id),"
	" ADD FOREIGN KEY (org_id, asset_id) REFERENCES asset (org_id, id);"
	"{both}"
	"CREATE INDEX device_key ON device (org_id, \"key\");"
	"CREATE INDEX device_product ON device (org_id, product_id); CREATE INDEX device_asset ON device (org_id, asset_id);"
	"CREATE INDEX device_policy ON device (org_id, policy_id); CREATE INDEX device_serial ON device (org_id, serial);"
	"CREATE TABLE device_state (device_id INTEGER PRIMARY KEY, org_id INTEGER NOT NULL, online INTEGER NOT NULL,"
	" online_since INTEGER NOT NULL, last_seen INTEGER, last_telemetry INTEGER, clock_skew INTEGER,"
	" FOREIGN KEY (org_id, device_id) REFERENCES device (org_id, id)) STRICT;"
	"CREATE INDEX device_state_online ON device_state (online, last_seen);";

static const char groups[] =
	"CREATE TABLE device_group (id {id}, org_id INTEGER NOT NULL REFERENCES org (id), name TEXT NOT NULL, title TEXT,"
	" \"select\" TEXT, note TEXT, created INTEGER NOT NULL, retired INTEGER, UNIQUE (org_id, id)) STRICT;"
	"CREATE UNIQUE INDEX device_group_name ON device_group (org_id, name) WHERE retired IS NULL;"
	"CREATE TABLE group_member (id {id}, org_id INTEGER NOT NULL, group_id INTEGER NOT NULL, device_id INTEGER,"
	" child_id INTEGER, CHECK ((device_id IS NULL) <> (child_id IS NULL)),"
	" FOREIGN KEY (org_id, group_id) REFERENCES device_group (org_id, id),"
	" FOREIGN KEY (org_id, device_id) REFERENCES device (org_id, id),"
	" FOREIGN KEY (org_id, child_id) REFERENCES device_group (org_id, id)) STRICT;"
	"CREATE UNIQUE INDEX group_member_device ON group_member (group_id, device_id) WHERE device_id IS NOT NULL;"
	"CREATE UNIQUE INDEX group_member_child ON group_member (group_id, child_id) WHERE child_id IS NOT NULL;"
	"CREATE INDEX group_member_of ON group_member (device_id);";

/* Numbers, instants, booleans and ids of references are in num, JSON in body, everything else in txt. */
static const char fields[] =
	"CREATE TABLE field (id {id}, org_id INTEGER NOT NULL REFERENCES org (id), name TEXT NOT NULL, noun TEXT NOT NULL,"
	" title TEXT, type TEXT NOT NULL, required INTEGER NOT NULL, min REAL, max REAL, pattern TEXT, words TEXT,"
	" refers TEXT, \"default\" TEXT, note TEXT, created INTEGER NOT NULL, retired INTEGER, UNIQUE (org_id, id)) STRICT;"
	"CREATE UNIQUE INDEX field_name ON field (org_id, noun, name) WHERE retired IS NULL;"
	"CREATE TABLE field_value (thing_id INTEGER NOT NULL, field_id INTEGER NOT NULL, org_id INTEGER NOT NULL,"
	" num REAL, txt TEXT, body {json}, PRIMARY KEY (thing_id, field_id),"
	" FOREIGN KEY (org_id, field_id) REFERENCES field (org_id, id)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX field_value_find ON field_value (field_id, num, txt);";

/*
 * The telemetry engine (lib/series; the tables are in sit-store(7)). Series are numbered anew: lane * 256 + slot, lanes of one organisation
 * each. What the rows of point become is not for SQL: the function of db_mover() moves them from point_moving.
 */
static const char engine[] =
	"ALTER TABLE series RENAME TO series_old; ALTER TABLE point RENAME TO point_moving;"
	"CREATE TABLE lane (id {id}, org_id INTEGER NOT NULL REFERENCES org (id), part INTEGER NOT NULL, slots INTEGER NOT NULL,"
	" seq INTEGER NOT NULL, gen INTEGER NOT NULL, points INTEGER NOT NULL, rolled INTEGER) STRICT;"
	"CREATE INDEX lane_org ON lane (org_id, id);"
	"CREATE TABLE series (id INTEGER PRIMARY KEY, org_id INTEGER NOT NULL REFERENCES org (id), device_id INTEGER NOT NULL,"
	" name TEXT NOT NULL, floor INTEGER, UNIQUE (device_id, name),"
	" FOREIGN KEY (org_id, device_id) REFERENCES device (org_id, id)) STRICT;"
	"CREATE TABLE point_run (lane INTEGER NOT NULL, seq INTEGER NOT NULL, org_id INTEGER NOT NULL, tier INTEGER NOT NULL,"
	" merged INTEGER NOT NULL, t0 INTEGER NOT NULL, t1 INTEGER NOT NULL, n INTEGER NOT NULL, written INTEGER NOT NULL,"
	" data {blob} NOT NULL, PRIMARY KEY (lane, seq)) STRICT;"
	"CREATE TABLE chunk (series_id INTEGER NOT NULL, t0 INTEGER NOT NULL, org_id INTEGER NOT NULL, t1 INTEGER NOT NULL,"
	" n INTEGER NOT NULL, vmin REAL, vmax REAL, data {blob} NOT NULL, PRIMARY KEY (series_id, t0)) STRICT;"
	"CREATE TABLE latest (series_id INTEGER PRIMARY KEY, org_id INTEGER NOT NULL, t INTEGER NOT NULL, at INTEGER,"
	" type INTEGER NOT NULL, quality INTEGER NOT NULL, num ANY, txt TEXT, raw ANY) STRICT;"
	"CREATE TABLE dirty (series_id INTEGER NOT NULL, day INTEGER NOT NULL, org_id INTEGER NOT NULL, hours INTEGER NOT NULL,"
	" PRIMARY KEY (series_id, day)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;"
	"INSERT INTO counter (name, value) VALUES ('seq', 0), ('compact', 0);"
	"CREATE TABLE point_run_damaged (lane INTEGER NOT NULL, seq INTEGER NOT NULL, org_id INTEGER NOT NULL, tier INTEGER NOT NULL,"
	" merged INTEGER NOT NULL, t0 INTEGER NOT NULL, t1 INTEGER NOT NULL, n INTEGER NOT NULL, written INTEGER NOT NULL,"
	" data {blob} NOT NULL) STRICT;"
	"CREATE TABLE chunk_damaged (series_id INTEGER NOT NULL, t0 INTEGER NOT NULL, org_id INTEGER NOT NULL, t1 INTEGER NOT NULL,"
	" n INTEGER NOT NULL, vmin REAL, vmax REAL, data {blob} NOT NULL) STRICT;"
	"CREATE TABLE series_moving (id INTEGER PRIMARY KEY, org_id INTEGER NOT NULL, k INTEGER NOT NULL, new_id INTEGER);"
	"INSERT INTO series_moving (id, org_id, k) SELECT id, org_id,"
	" ROW_NUMBER() OVER (PARTITION BY org_id ORDER BY device_id, id) - 1 FROM series_old;"
	"INSERT INTO lane (org_id, part, slots, seq, gen, points)"
	" SELECT org_id, 0, COUNT(*), 0, 0, 0 FROM series_moving GROUP BY org_id, k / 256 ORDER BY org_id, k / 256;"
	"UPDATE series_moving SET new_id = k % 256 + 256 * (SELECT l.id FROM lane l WHERE l.org_id = series_moving.org_id AND"
	" (SELECT COUNT(*) FROM lane b WHERE b.org_id = l.org_id AND b.id < l.id) = series_moving.k / 256);"
	"INSERT INTO series (id, org_id, device_id, name) SELECT m.new_id, o.org_id, o.device_id, o.name FROM series_old o"
	" JOIN series_moving m ON m.id = o.id;"
	"UPDATE correction SET series_id = (SELECT m.new_id FROM series_moving m WHERE m.id = correction.series_id)"
	" WHERE series_id IN (SELECT id FROM series_moving);"
	"DROP TABLE series_old;";
/*
 * A store that was restored from a backup is in a new epoch: what had been decided before it began (epoch.started) and not yet sent may have
 * been sent since the backup was taken. The first one has no row.
 */
static const char epochs[] =
	"CREATE TABLE epoch (id INTEGER PRIMARY KEY, started INTEGER NOT NULL, backup TEXT NOT NULL, taken INTEGER NOT NULL,"
	" actor TEXT NOT NULL) STRICT;";
static const char engine_moved[] = "DROP TABLE point_moving; DROP TABLE series_moving;";

/* On a server the reply to a COMMIT can be lost: each transaction leaves a number behind, by which it is looked up (db/pg_lost.c). */
static const char batches[] = "{postgres}CREATE TABLE batch (id TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT;"
			      "CREATE INDEX batch_at ON batch (at);{both}";

/* Rows from before have no seq; the first row of a chain seals them. */
static const char chain[] =
	"ALTER TABLE audit ADD COLUMN seq INTEGER; ALTER TABLE audit ADD COLUMN address TEXT;"
	"ALTER TABLE audit ADD COLUMN agent TEXT; ALTER TABLE audit ADD COLUMN session TEXT;"
	"CREATE UNIQUE INDEX audit_chain ON audit (org_id, seq);"
	"CREATE TABLE audit_head (org_id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, hash {blob} NOT NULL) STRICT;";

/* Users of programs and pages. password is what crypt(5) makes; of a key only the digest is kept, prefix is how it is called. */
static const char people[] =
	"CREATE TABLE account (id {id}, org_id INTEGER NOT NULL REFERENCES org (id), name TEXT NOT NULL, title TEXT, email TEXT,"
	" role TEXT NOT NULL, enabled INTEGER NOT NULL, phone TEXT, locale TEXT, note TEXT, created INTEGER NOT NULL, retired INTEGER,"
	" password TEXT, UNIQUE (org_id, id)) STRICT;"
	"CREATE UNIQUE INDEX account_name ON account (org_id, name) WHERE retired IS NULL;"
	"CREATE UNIQUE INDEX account_email ON account (org_id, email) WHERE retired IS NULL;"
	"CREATE TABLE account_grant (account_id INTEGER NOT NULL, site_id INTEGER NOT NULL, org_id INTEGER NOT NULL,"
	" rights TEXT NOT NULL, PRIMARY KEY (account_id, site_id),"
	" FOREIGN KEY (org_id, account_id) REFERENCES account (org_id, id),"
	" FOREIGN KEY (org_id, site_id) REFERENCES site (org_id, id)) STRICT;"
	"CREATE TABLE api_key (id {id}, org_id INTEGER NOT NULL, account_id INTEGER NOT NULL, prefix TEXT NOT NULL UNIQUE,"
	" hash {blob} NOT NULL, rights TEXT, note TEXT, created INTEGER NOT NULL, expires INTEGER, revoked INTEGER, used INTEGER,"
	" FOREIGN KEY (org_id, account_id) REFERENCES account (org_id, id)) STRICT;"
	"CREATE INDEX api_key_account ON api_key (account_id);";

/* A row of the ledger is changed many times an hour: by its key it is found in one search, not two. */
static const char ledger_by_key[] =
	"{sqlite}"
	"CREATE TABLE ledger_new (org_id INTEGER NOT NULL, source TEXT NOT NULL, device_id INTEGER NOT NULL,"
	" hour INTEGER NOT NULL, stored INTEGER NOT NULL, corrected INTEGER NOT NULL, duplicate INTEGER NOT NULL,"
	" conflict INTEGER NOT NULL, rejected INTEGER NOT NULL, quarantined INTEGER NOT NULL, empty INTEGER NOT NULL,"
	" first_reason TEXT, first_place TEXT, PRIMARY KEY (org_id, source, device_id, hour)) STRICT, WITHOUT ROWID;"
	"INSERT INTO ledger_new SELECT org_id, source, device_id, hour, stored, corrected, duplicate, conflict, rejected, quarantined,"
	" empty, first_reason, first_place FROM ledger;"
	"DROP TABLE ledger; ALTER TABLE ledger_new RENAME TO ledger;"
	"{both}";

/*
 * Limits (model/bucket.h): rules that were set for somebody, what buckets hold, points stored in a day of UTC by organisations that have a quota of
 * them. noun is one of limit_words, thing_id 0 for the organisation itself. What the tier allows was not looked at before, and was "standard"
 * without a word: what is there goes on as it did.
 */
static const char limits[] =
	"CREATE TABLE rate_limit (org_id INTEGER NOT NULL REFERENCES org (id), noun TEXT NOT NULL, thing_id INTEGER NOT NULL,"
	" rule TEXT NOT NULL, over TEXT, PRIMARY KEY (org_id, noun, thing_id)) STRICT;"
	"CREATE TABLE bucket (org_id INTEGER NOT NULL REFERENCES org (id), noun TEXT NOT NULL, thing_id INTEGER NOT NULL,"
	" state TEXT NOT NULL, PRIMARY KEY (org_id, noun, thing_id)) STRICT;"
	"CREATE TABLE spent (org_id INTEGER NOT NULL REFERENCES org (id), day INTEGER NOT NULL, points INTEGER NOT NULL,"
	" PRIMARY KEY (org_id, day)) STRICT;"
	"ALTER TABLE policy ADD COLUMN over TEXT NOT NULL DEFAULT 'delay';"
	"UPDATE org SET tier = 'unlimited' WHERE tier = 'standard';";

/*
 * Of each part of a row, who did it and what was done, the digest is chained and not the text, so that one part can be erased: 16 bytes of salt, or,
 * once erased, the digest (32 bytes); no bytes: of a row without parts, which was erased whole (audit/trail.h).
 */
static const char parts[] = "ALTER TABLE audit ADD COLUMN who {blob}; ALTER TABLE audit ADD COLUMN what {blob};";

/*
 * Who reads, and who tries to get in: failed logins of an hour, counted once the trail has enough of them (what: "key:PREFIX", "password:USER"); where the trail
 * is sent to, and how often that failed.
 */
static const char watching[] =
	"ALTER TABLE org ADD COLUMN audit_reads TEXT NOT NULL DEFAULT 'none';"
	"CREATE TABLE login_try (org_id INTEGER NOT NULL REFERENCES org (id), what TEXT NOT NULL, since INTEGER NOT NULL,"
	" last INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (org_id, what)) STRICT;"
	"CREATE TABLE audit_sink (org_id INTEGER NOT NULL REFERENCES org (id), sink TEXT NOT NULL, failed INTEGER NOT NULL,"
	" at INTEGER NOT NULL, error TEXT NOT NULL, PRIMARY KEY (org_id, sink)) STRICT;";

/*
 * What logs in to the broker: login is its user name there; of the password only the digest is kept, as the broker keeps it. Claims: who shows key and
 * secret gets the device that the terms describe; claimed_by is the organisation that did.
 */
static const char credentials[] =
	"CREATE TABLE credential (id {id}, org_id INTEGER NOT NULL, device_id INTEGER NOT NULL, login TEXT NOT NULL UNIQUE, hash TEXT NOT NULL,"
	" note TEXT, created INTEGER NOT NULL, expires INTEGER, revoked INTEGER,"
	" FOREIGN KEY (org_id, device_id) REFERENCES device (org_id, id)) STRICT;"
	"CREATE INDEX credential_device ON credential (device_id);"
	"CREATE TABLE claim (id {id}, org_id INTEGER NOT NULL REFERENCES org (id), \"key\" TEXT NOT NULL, hash {blob} NOT NULL,"
	" terms TEXT NOT NULL, created INTEGER NOT NULL, expires INTEGER, claimed INTEGER, claimed_by INTEGER) STRICT;"
	"CREATE UNIQUE INDEX claim_key ON claim (\"key\", org_id);";

/*
 * What devices say that is no point: events, answers to commands, configurations, firmware, scripts; for the programs that asked. digest makes a
 * message that is delivered twice one row, where it says when it was said or what it answers; without it, each delivery is a row.
 */
static const char inbox[] =
	"CREATE TABLE inbox (id {id}, org_id INTEGER NOT NULL, device_id INTEGER NOT NULL, kind TEXT NOT NULL, ref TEXT, ts INTEGER NOT NULL,"
	" at INTEGER NOT NULL, payload TEXT NOT NULL, digest TEXT) STRICT;"
	"CREATE UNIQUE INDEX inbox_once ON inbox (org_id, device_id, kind, digest);"
	"CREATE INDEX inbox_kind ON inbox (org_id, kind, id);";

/*
 * Alarm rules: on a model, or on a device, where one may stand in for a model's. What the texts mean is in sit-rules(7).
 */
static const char rules[] =
	"CREATE TABLE rule (id {id}, org_id INTEGER NOT NULL REFERENCES org (id), name TEXT NOT NULL, title TEXT, kind TEXT NOT NULL,"
	" model_id INTEGER, device_id INTEGER, overrides_id INTEGER, datapoint TEXT, condition TEXT NOT NULL, threshold TEXT,"
	" \"clear\" TEXT, expr TEXT, per INTEGER, \"for\" INTEGER, keep_for INTEGER, \"count\" TEXT, gap INTEGER, stale TEXT NOT NULL,"
	" flap TEXT, schedule TEXT, tz TEXT, severity TEXT NOT NULL, ladder TEXT, inhibit TEXT, message TEXT, enabled INTEGER NOT NULL,"
	" note TEXT, created INTEGER NOT NULL, retired INTEGER, UNIQUE (org_id, id), CHECK ((model_id IS NULL) <> (device_id IS NULL)),"
	" FOREIGN KEY (org_id, model_id) REFERENCES model (org_id, id),"
	" FOREIGN KEY (org_id, device_id) REFERENCES device (org_id, id),"
	" FOREIGN KEY (org_id, overrides_id) REFERENCES rule (org_id, id)) STRICT;"
	"CREATE UNIQUE INDEX rule_name ON rule (org_id, name) WHERE retired IS NULL;"
	"CREATE INDEX rule_model ON rule (org_id, model_id); CREATE INDEX rule_device ON rule (org_id, device_id);";

/*
 * What rules say of devices. alarm_state: one line of lib/judge for each rule on each device of which there is something to say; seq is the number of the change in the organisation (alarm_head.seq)
 * that wrote it, due when time alone may decide something (or earlier), form the digest of the rule's text. alarm_head.rules counts changes of anything that
 * rules are read from, swept is that of the last sweep over the devices. alarm_change and event are only ever added to; told is when notices were made of a row
 * (NULL: not yet), 0 that none are to be made.
 */
static const char alarms[] =
	"CREATE TABLE alarm_head (org_id INTEGER PRIMARY KEY REFERENCES org (id), seq INTEGER NOT NULL, rules INTEGER NOT NULL, swept INTEGER NOT NULL) STRICT;"
	"CREATE TABLE alarm_state (device_id INTEGER NOT NULL, rule_id INTEGER NOT NULL, org_id INTEGER NOT NULL, seq INTEGER NOT NULL, due INTEGER,"
	" inhibited INTEGER NOT NULL, alarm_id INTEGER, form TEXT NOT NULL, state TEXT NOT NULL, PRIMARY KEY (org_id, device_id, rule_id)) STRICT;"
	"CREATE INDEX alarm_state_device ON alarm_state (device_id);"
	"CREATE INDEX alarm_state_rule ON alarm_state (rule_id); CREATE INDEX alarm_state_seq ON alarm_state (org_id, seq);"
	"CREATE INDEX alarm_state_due ON alarm_state (org_id, due) WHERE due IS NOT NULL;"
	"CREATE INDEX alarm_state_inhibited ON alarm_state (org_id) WHERE inhibited = 1;"
	"CREATE TABLE alarm (id {id}, org_id INTEGER NOT NULL, device_id INTEGER NOT NULL, rule_id INTEGER NOT NULL, number INTEGER NOT NULL, rule TEXT NOT NULL,"
	" datapoint TEXT, severity TEXT NOT NULL, raised INTEGER NOT NULL, cleared INTEGER, why TEXT, acked INTEGER, acked_by TEXT, assigned TEXT,"
	" shelved INTEGER, suppressed INTEGER NOT NULL, flapping INTEGER NOT NULL, flaps INTEGER NOT NULL, value TEXT, threshold TEXT, message TEXT NOT NULL,"
	" FOREIGN KEY (org_id, device_id) REFERENCES device (org_id, id)) STRICT;"
	"CREATE UNIQUE INDEX alarm_number ON alarm (device_id, rule_id, number); CREATE INDEX alarm_raised ON alarm (org_id, raised);"
	"CREATE INDEX alarm_open ON alarm (org_id, raised) WHERE cleared IS NULL; CREATE INDEX alarm_rule ON alarm (rule_id);"
	"CREATE TABLE alarm_change (id {id}{sqlite} AUTOINCREMENT{both}, org_id INTEGER NOT NULL, alarm_id INTEGER NOT NULL REFERENCES alarm (id), ts INTEGER NOT NULL, at INTEGER NOT NULL,"
	" change TEXT NOT NULL, severity TEXT NOT NULL, value TEXT, why TEXT, flaps INTEGER NOT NULL, message TEXT NOT NULL, who TEXT, note TEXT,"
	" told INTEGER) STRICT;"
	"CREATE INDEX alarm_change_alarm ON alarm_change (alarm_id, id); CREATE INDEX alarm_change_untold ON alarm_change (org_id, id) WHERE told IS NULL;"
	"CREATE TABLE event (id {id}{sqlite} AUTOINCREMENT{both}, org_id INTEGER NOT NULL, device_id INTEGER, ts INTEGER NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL,"
	" severity TEXT NOT NULL, source TEXT NOT NULL, message TEXT NOT NULL, data TEXT, who TEXT, told INTEGER,"
	" FOREIGN KEY (org_id, device_id) REFERENCES device (org_id, id)) STRICT;"
	"CREATE INDEX event_ts ON event (org_id, ts); CREATE INDEX event_device ON event (device_id, ts);"
	"CREATE INDEX event_untold ON event (org_id, id) WHERE told IS NULL;";

/*
 * What goes out. A notice is one thing to tell to one receiver; key says which, so that it is told once; token is derived of the same, for the other side. Of
 * those that went out together one was sent, and the others lead into it. Of a channel only secret is for no listing.
 */
static const char notices[] =
	"CREATE TABLE channel (id {id}, org_id INTEGER NOT NULL REFERENCES org (id), name TEXT NOT NULL, title TEXT, type TEXT NOT NULL, url TEXT,"
	" \"to\" TEXT, \"from\" TEXT, \"user\" TEXT, tls TEXT NOT NULL, ca TEXT, command {json}, path TEXT, subject TEXT, text TEXT, timeout INTEGER NOT NULL,"
	" tries INTEGER NOT NULL, allow_private INTEGER NOT NULL, enabled INTEGER NOT NULL, note TEXT, secret TEXT, secret_since INTEGER,"
	" created INTEGER NOT NULL, retired INTEGER, UNIQUE (org_id, id)) STRICT;"
	"CREATE UNIQUE INDEX channel_name ON channel (org_id, name) WHERE retired IS NULL;"
	"CREATE TABLE route (id {id}, org_id INTEGER NOT NULL REFERENCES org (id), name TEXT NOT NULL, title TEXT, channel_id INTEGER NOT NULL,"
	" \"select\" TEXT, rule TEXT, kind TEXT NOT NULL, change TEXT NOT NULL, severity TEXT NOT NULL, schedule TEXT, quiet TEXT, quiet_over TEXT NOT NULL,"
	" tz TEXT, \"group\" INTEGER, \"by\" TEXT NOT NULL, repeat INTEGER, escalate TEXT, enabled INTEGER NOT NULL, note TEXT, created INTEGER NOT NULL,"
	" retired INTEGER, UNIQUE (org_id, id), FOREIGN KEY (org_id, channel_id) REFERENCES channel (org_id, id)) STRICT;"
	"CREATE UNIQUE INDEX route_name ON route (org_id, name) WHERE retired IS NULL;"
	"CREATE INDEX route_channel ON route (org_id, channel_id);"
	"CREATE TABLE notice (id {id}, org_id INTEGER NOT NULL, channel_id INTEGER NOT NULL, \"to\" TEXT, route_id INTEGER, \"key\" TEXT NOT NULL,"
	" token TEXT NOT NULL, kind TEXT NOT NULL, device_id INTEGER, alarm INTEGER, severity TEXT NOT NULL, bucket TEXT, record {json} NOT NULL,"
	" created INTEGER NOT NULL, due INTEGER NOT NULL, state TEXT NOT NULL, tries INTEGER NOT NULL, most INTEGER, lease INTEGER, \"into\" INTEGER,"
	" again INTEGER, answer TEXT, ended INTEGER,"
	" FOREIGN KEY (org_id, channel_id) REFERENCES channel (org_id, id), FOREIGN KEY (org_id, route_id) REFERENCES route (org_id, id)) STRICT;"
	"CREATE UNIQUE INDEX notice_key ON notice (org_id, \"key\");"
	"CREATE INDEX notice_due ON notice (channel_id, due) WHERE state = 'waiting' OR state = 'sending';"
	"CREATE INDEX notice_channel ON notice (channel_id); CREATE INDEX notice_route ON notice (route_id);"
	"CREATE INDEX notice_into ON notice (\"into\") WHERE \"into\" IS NOT NULL;"
	"CREATE INDEX notice_alarm ON notice (org_id, alarm) WHERE alarm IS NOT NULL;"
	"CREATE TABLE notice_file (id {id}, org_id INTEGER NOT NULL, notice_id INTEGER NOT NULL, name TEXT NOT NULL, data {blob} NOT NULL) STRICT;"
	"CREATE INDEX notice_file_of ON notice_file (notice_id);";

/*
 * For who follows: runs that a merge has taken are kept for a while (until 'watch', an instant) as they were written; up to lane.lost some are not there any more. Numbers
 * of events and alarm changes are never given twice.
 */
static const char feeds[] =
	"ALTER TABLE lane ADD COLUMN lost INTEGER NOT NULL DEFAULT 0;"
	"CREATE TABLE run_tail (lane INTEGER NOT NULL, seq INTEGER NOT NULL, org_id INTEGER NOT NULL, tier INTEGER NOT NULL,"
	" merged INTEGER NOT NULL, t0 INTEGER NOT NULL, t1 INTEGER NOT NULL, n INTEGER NOT NULL, written INTEGER NOT NULL,"
	" data {blob} NOT NULL, PRIMARY KEY (lane, seq)) STRICT;"
	"INSERT INTO counter (name, value) VALUES ('watch', 0);"
	"CREATE INDEX alarm_change_ts ON alarm_change (org_id, ts);";

/* Who guesses: wrong ones in a row, and until when none is tried any more. What a sink has not taken yet is behind the row of that number. */
static const char locks[] =
	"ALTER TABLE login_try ADD COLUMN wrong INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE login_try ADD COLUMN locked_until INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE audit_sink ADD COLUMN sent INTEGER NOT NULL DEFAULT -1;";

/* When nobody is told of which alarms: filters as a JSON array of texts, a span, and windows of a week in it. */
static const char silences[] =
	"CREATE TABLE silence (id {id}, org_id INTEGER NOT NULL REFERENCES org (id), begins INTEGER NOT NULL, ends INTEGER NOT NULL, matchers TEXT NOT NULL,"
	" schedule TEXT, tz TEXT, owner TEXT NOT NULL, note TEXT NOT NULL, created INTEGER NOT NULL) STRICT;"
	"CREATE INDEX silence_ends ON silence (org_id, ends);";

/* What is wrong with the system itself, as it was last told of. */
static const char troubles[] =
	"CREATE TABLE trouble (org_id INTEGER NOT NULL REFERENCES org (id), about TEXT NOT NULL, since INTEGER NOT NULL, severity TEXT NOT NULL,"
	" message TEXT NOT NULL, PRIMARY KEY (org_id, about)) STRICT;";

/* Whose topics devices use; those that name no organisation are of one. */
static const char profiles[] =
	"ALTER TABLE org ADD COLUMN profile TEXT; ALTER TABLE device ADD COLUMN profile TEXT;"
	"CREATE UNIQUE INDEX org_profile ON org (profile) WHERE retired IS NULL;";

/* A series is of its device's organisation, which the reference to (org_id, id) of device sees to: the server need not look at a second row for each. */
static const char series_of_device[] =
	"{postgres}DO $$ DECLARE c text; BEGIN FOR c IN SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = 'main.series'::regclass"
	" AND confrelid = 'main.org'::regclass LOOP EXECUTE format('ALTER TABLE main.series DROP CONSTRAINT %I', c); END LOOP; END $$;{both}";

/* The states of a device lie together: they are read whenever a process meets the device. */
static const char states_by_key[] =
	"{sqlite}"
	"CREATE TABLE alarm_state_by_key (device_id INTEGER NOT NULL, rule_id INTEGER NOT NULL, org_id INTEGER NOT NULL, seq INTEGER NOT NULL, due INTEGER,"
	" inhibited INTEGER NOT NULL, alarm_id INTEGER, form TEXT NOT NULL, state TEXT NOT NULL, PRIMARY KEY (org_id, device_id, rule_id)) STRICT, WITHOUT ROWID;"
	"INSERT INTO alarm_state_by_key SELECT device_id, rule_id, org_id, seq, due, inhibited, alarm_id, form, state FROM alarm_state"
	" ORDER BY org_id, device_id, rule_id;"
	"DROP TABLE alarm_state; ALTER TABLE alarm_state_by_key RENAME TO alarm_state;"
	"CREATE INDEX alarm_state_rule ON alarm_state (rule_id); CREATE INDEX alarm_state_seq ON alarm_state (org_id, seq);"
	"CREATE INDEX alarm_state_due ON alarm_state (org_id, due) WHERE due IS NOT NULL;"
	"CREATE INDEX alarm_state_inhibited ON alarm_state (org_id) WHERE inhibited = 1;"
	"{both}";

/* watched: since when it has been as it is, to rules; NULL: since it was made. States are as judged_text() writes them since; it reads those of before. */
static const char devices_by_gateway[] =
	"CREATE INDEX device_gateway ON device (org_id, gateway_id); CREATE INDEX rule_inhibit ON rule (org_id, inhibit) WHERE inhibit IS NOT NULL; ALTER TABLE rule ADD COLUMN watched INTEGER; ALTER TABLE device ADD COLUMN watched INTEGER;";

/* Merged runs with merged = 2 are not in `latest` yet: programs that do not know of them would not find the newest points. */
#define NOTHING ""

static const struct migration migrations[] = {
	{ 1, "the estate", estate, false },
	{ 2, "the audit trail", trail, false },
	{ 3, "points as rows", points, false },
	{ 4, "ledger, runs, quarantine", books, false },
	{ 5, "quotas, catalogue, assets", catalogue, false },
	{ 6, "devices with product, policy, asset and state", devices, true },
	{ 7, "groups", groups, false },
	{ 8, "custom fields", fields, false },
	{ 9, "points in runs and chunks", engine, false },
	{ 10, "chunks by month", schema_months, false },
	{ 11, "points as rows beside", schema_mirror, false },
	{ 12, "numbers of transactions", batches, false },
	{ 13, "epochs", epochs, false },
	{ 14, "the audit trail as a chain", chain, false },
	{ 15, "users, grants, keys", people, false },
	{ 16, "the ledger by its key; numbers in chunks with exceptions", ledger_by_key, false },
	{ 17, "limits", limits, false },
	{ 18, "audit rows in parts that can be erased", parts, false },
	{ 19, "reads, logins, sinks of the trail", watching, false },
	{ 20, "shards", schema_shards, false },
	{ 21, "credentials and claims", credentials, false },
	{ 22, "what devices say that is no point", inbox, false },
	{ 23, "alarm rules", rules, false },
	{ 24, "alarms and events", alarms, false },
	{ 25, "notices", notices, false },
	{ 26, "what is followed", feeds, false },
	{ 27, "locks on logins, how far sinks are", locks, false },
	{ 28, "silences", silences, false },
	{ 29, "troubles", troubles, false },
	{ 30, "profiles", profiles, false },
	{ 31, "series by their device; reads while a shard is down", series_of_device, false },
	{ 32, "alarm states by their key", states_by_key, false },
	{ 33, "devices by their gateway; since when alarms are watched for", devices_by_gateway, false },
	{ 34, "the newest of small merges are left to the next ones", NOTHING, false },
	{ 0, NULL, NULL, false },
};

static const struct tenant tenants[] = {
	/* Organisations see themselves and what is below; they write themselves and make children. */
	{ "org", "{row}id IN {read}", "({row}id IN {write} OR {row}parent_id IN {write})" },
	{ "site", NULL, NULL },
	{ "model", NULL, NULL },
	{ "model_version", NULL, NULL },
	{ "product", NULL, NULL },
	{ "policy", NULL, NULL },
	{ "asset", NULL, NULL },
	{ "device", NULL, NULL },
	{ "device_state", NULL, NULL },
	{ "device_group", NULL, NULL },
	{ "group_member", NULL, NULL },
	{ "field", NULL, NULL },
	{ "field_value", NULL, NULL },
	{ "datapoint", NULL, NULL },
	{ "rule", NULL, NULL },
	{ "alarm_head", NULL, NULL },
	{ "alarm_state", NULL, NULL },
	{ "alarm", NULL, NULL },
	{ "alarm_change", NULL, NULL },
	{ "event", NULL, NULL },
	{ "silence", NULL, NULL },
	{ "trouble", NULL, NULL },
	{ "account", NULL, NULL },
	{ "account_grant", NULL, NULL },
	{ "api_key", NULL, NULL },
	{ "rate_limit", NULL, NULL },
	{ "bucket", NULL, NULL },
	{ "spent", NULL, NULL },
	{ "credential", NULL, NULL },
	{ "claim", NULL, NULL },
	{ "audit", NULL, NULL },
	{ "audit_head", NULL, NULL },
	{ "login_try", NULL, NULL },
	{ "audit_sink", NULL, NULL },
	{ "series", NULL, NULL },
	{ "lane", NULL, NULL },
	{ "point_run", NULL, NULL },
	{ "chunk", NULL, NULL },
	{ "latest", NULL, NULL },
	{ "dirty", NULL, NULL },
	{ "run_tail", NULL, NULL },
	{ "point_run_damaged", NULL, NULL },
	{ "chunk_damaged", NULL, NULL },
	{ "correction", NULL, NULL },
	{ "ledger", NULL, NULL },
	{ "run", NULL, NULL },
	{ "quarantine", NULL, NULL },
	{ "inbox", NULL, NULL },
	{ "channel", NULL, NULL },
	{ "route", NULL, NULL },
	{ "notice", NULL, NULL },
	{ "notice_file", NULL, NULL },
	{ "mirror", NULL, NULL },
	{ "mirror_point", NULL, NULL },
	{ "shard_mark", NULL, NULL },
	{ NULL, NULL, NULL },
};

static const char *const owned[] = { "epoch", "shard", NULL };

const struct db_schema store_schema = { migrations, tenants, owned, 34, 34, 9, engine_moved, schema_functions, schema_views };
