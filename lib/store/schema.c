/* SPDX-License-Identifier: MIT */
#include "store/schema.h"

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

/* hash stays empty until the chain comes. old and new are JSON objects of the fields that differ. */
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

static const struct migration migrations[] = {
	{ 1, "the estate", estate },
	{ 2, "the audit trail", trail },
	{ 3, "points as rows", points },
	{ 4, "ledger, runs, quarantine", books },
	{ 0, NULL, NULL },
};

static const struct tenant tenants[] = {
	/* Organisations see themselves and what is below; they write themselves and make children. */
	{ "org", "{row}id IN {read}", "({row}id IN {write} OR {row}parent_id IN {write})" },
	{ "site", NULL, NULL },
	{ "model", NULL, NULL },
	{ "device", NULL, NULL },
	{ "datapoint", NULL, NULL },
	{ "audit", NULL, NULL },
	{ "series", NULL, NULL },
	{ "point", NULL, NULL },
	{ "correction", NULL, NULL },
	{ "ledger", NULL, NULL },
	{ "run", NULL, NULL },
	{ "quarantine", NULL, NULL },
	{ NULL, NULL, NULL },
};

const struct db_schema store_schema = { migrations, tenants, 1, 1 };
