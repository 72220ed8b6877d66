/* SPDX-License-Identifier: MIT */
#include "store/model.h"

#include "store/impl.h"

enum {
	Q_HASH, Q_BUMP, Q_KEEP, Q_FOLLOW, Q_BRING, Q_SYNC, Q_PRODUCT_MODEL, Q_PRODUCT_DEVICES, Q_ASSET_SITE, Q_ASSET_MOVE,
	Q_SHIP, Q_HISTORY, Q_COUNT
};

#define VERSION_OF_MODEL "(SELECT m.version FROM model m WHERE m.id = model_id)"

static const struct sql sql[Q_COUNT] = {
	[Q_HASH] = { "SELECT hash FROM model WHERE id = $1 AND retired IS NULL", NULL },
	[Q_BUMP] = { "UPDATE main.model SET version = version + 1, hash = $2 WHERE id = $1", "model" },
	[Q_KEEP] = { "INSERT INTO main.model_version (org_id, model_id, version, at, hash, text)"
		     " SELECT m.org_id, m.id, m.version, $2, $3, $4 FROM model m WHERE m.id = $1",
		     "model_version" },
	[Q_FOLLOW] = { "UPDATE main.device SET model_version = " VERSION_OF_MODEL
		       " WHERE model_id = $1 AND model_id IN (SELECT m.id FROM model m WHERE m.propagate = 1)",
		       "device" },
	[Q_BRING] = { "UPDATE main.device SET model_version = " VERSION_OF_MODEL " WHERE id = $1", "device" },
	[Q_SYNC] = { "UPDATE main.device SET model_version = " VERSION_OF_MODEL
		     " WHERE model_id = $1 AND COALESCE(model_version, 0) <> " VERSION_OF_MODEL,
		     "device" },
	[Q_PRODUCT_MODEL] = { "SELECT m.name FROM product p JOIN model m ON m.id = p.model_id WHERE p.id = $1", NULL },
	[Q_PRODUCT_DEVICES] = { "UPDATE main.device SET model_id = (SELECT p.model_id FROM product p WHERE p.id = product_id),"
				" model_version = (SELECT m.version FROM product p JOIN model m ON m.id = p.model_id WHERE p.id = product_id)"
				" WHERE product_id = $1",
				"device" },
	[Q_ASSET_SITE] = { "SELECT s.name FROM asset a JOIN site s ON s.id = a.site_id WHERE a.id = $1", NULL },
	[Q_ASSET_MOVE] = { "UPDATE main.asset SET site_id = (SELECT a.site_id FROM asset a WHERE a.id = $1) WHERE id IN"
			   " (WITH RECURSIVE below (id) AS (SELECT CAST($1 AS BIGINT) UNION SELECT a.id FROM asset a JOIN below ON a.parent_id = below.id)"
			   " SELECT id FROM below)",
			   "asset" },
	[Q_HISTORY] = { "SELECT v.version, v.at, (SELECT COUNT(*) FROM device d WHERE d.model_id = v.model_id AND d.retired IS NULL"
			" AND d.model_version = v.version), v.hash, v.text FROM model_version v WHERE v.model_id = $1 ORDER BY v.version DESC",
			NULL },
	[Q_SHIP] = { "INSERT INTO main.policy (org_id, name, title, telemetry, events, commands, config, firmware, message_size,"
		     " message_rate, created)"
		     " SELECT o.id, p.name, p.title, 1, 1, p.commands, p.config, p.config, 256, 60, o.created FROM org o,"
		     " (SELECT 'telemetry-only' AS name, 'Telemetry only' AS title, 0 AS commands, 0 AS config"
		     " UNION ALL SELECT 'controlled-device', 'Controlled device', 1, 0 UNION ALL SELECT 'full-access', 'Full access', 1, 1) p"
		     " WHERE o.created >= $1 AND NOT EXISTS (SELECT 1 FROM policy q WHERE q.org_id = o.id)",
		     "policy" },
};

int model_ready(struct db *db, struct err *e)
{
	return db_ready(db, sql, COUNT(sql), e);
}

/* Run a changing statement with its number. */
static int change(struct db *db, int q, int64_t number, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + q, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, number);
	return stmt_run(st, e);
}

int model_hash(struct db *db, int64_t id, struct sb *hash, struct err *e)
{
	return entity_text(db, sql + Q_HASH, id, hash, e);
}

int model_bump(struct db *db, int64_t id, int64_t now, struct str hash, struct str text, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *bump = NULL;
	AUTO(stmt_resetp) struct stmt *keep = NULL;

	if (db_stmt(db, sql + Q_BUMP, &bump, e) < 0 || db_stmt(db, sql + Q_KEEP, &keep, e) < 0)
		return -1;
	stmt_bind_int(bump, 1, id);
	stmt_bind_text(bump, 2, hash);
	stmt_bind_int(keep, 1, id);
	stmt_bind_int(keep, 2, now);
	stmt_bind_text(keep, 3, hash);
	stmt_bind_text(keep, 4, text);
	if (stmt_run(bump, e) < 0 || stmt_run(keep, e) < 0)
		return -1;
	return change(db, Q_FOLLOW, id, e);
}

int model_bring(struct db *db, int64_t device, struct err *e)
{
	return change(db, Q_BRING, device, e);
}

int model_sync(struct db *db, int64_t id, int64_t *n, struct err *e)
{
	if (change(db, Q_SYNC, id, e) < 0)
		return -1;
	*n = db_changes(db);
	return 0;
}

int model_history(struct db *db, int64_t id, int (*fn)(const struct model_version *v, void *arg, struct err *e), void *arg, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(db, sql + Q_HISTORY, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, id);
	while ((got = stmt_step(st, e)) > 0) {
		struct model_version v = { stmt_int(st, 0), stmt_int(st, 1), stmt_int(st, 2), stmt_text(st, 3), stmt_text(st, 4) };

		if (fn(&v, arg, e) < 0)
			return -1;
	}
	return got;
}

int product_model(struct db *db, int64_t product, struct sb *name, struct err *e)
{
	return entity_text(db, sql + Q_PRODUCT_MODEL, product, name, e) < 0 ? -1 : 0;
}

int product_propagate(struct db *db, int64_t product, struct err *e)
{
	return change(db, Q_PRODUCT_DEVICES, product, e);
}

int asset_site(struct db *db, int64_t asset, struct sb *name, struct err *e)
{
	return entity_text(db, sql + Q_ASSET_SITE, asset, name, e) < 0 ? -1 : 0;
}

int asset_move(struct db *db, int64_t asset, struct err *e)
{
	return change(db, Q_ASSET_MOVE, asset, e);
}

int policy_ship(struct db *db, int64_t since, struct err *e)
{
	return change(db, Q_SHIP, since, e);
}
