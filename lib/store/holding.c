/* SPDX-License-Identifier: MIT */
#include "store/holding.h"

const struct held holdings[] = {
	{ "account", HOLD_ROWS, "password", NULL },
	{ "api_key", HOLD_OUT, "hash", "a key is taken in one place" },
	{ "credential", HOLD_OUT, "hash", "a login to a broker is made where that is" },
	{ "claim", HOLD_OUT, "hash", "who shows its secret knows one store" },
	{ "channel", HOLD_ROWS, "secret", NULL },
	{ "notice", HOLD_OUT, NULL, "what waits is sent from where it is" },
	{ "notice_file", HOLD_OUT, NULL, "what waits is sent from where it is" },
	{ "bucket", HOLD_OUT, NULL, "what limits have counted just now" },
	{ "login_try", HOLD_OUT, NULL, "failed logins, and who is locked" },
	{ "audit_sink", HOLD_OUT, NULL, "what logs beside the trail have missed" },
	{ "trouble", HOLD_OUT, NULL, "what is wrong with the system that it is in" },
	{ "audit", HOLD_APART, NULL, "audit.jsonl" },
	{ "audit_head", HOLD_DERIVED, NULL, "the last row of audit.jsonl" },
	{ "alarm_head", HOLD_DERIVED, NULL, "counts changes of alarm states" },
	{ "alarm_state", HOLD_DERIVED, NULL, "rules and points" },
	{ "series", HOLD_APART, NULL, "tables/series.jsonl.gz and points" },
	{ "lane", HOLD_DERIVED, NULL, "where the engine keeps points" },
	{ "point_run", HOLD_DERIVED, NULL, "points" },
	{ "chunk", HOLD_DERIVED, NULL, "points" },
	{ "latest", HOLD_DERIVED, NULL, "the newest points" },
	{ "dirty", HOLD_DERIVED, NULL, "days whose rollups are due" },
	{ "run_tail", HOLD_DERIVED, NULL, "newest points, for who follows" },
	{ "point_run_damaged", HOLD_OUT, NULL, "what cannot be read" },
	{ "chunk_damaged", HOLD_OUT, NULL, "what cannot be read" },
	{ "shard_mark", HOLD_DERIVED, NULL, "how far the shard of a lane is" },
	{ "mirror", HOLD_DERIVED, NULL, "sit-db mirror on" },
	{ "mirror_point", HOLD_DERIVED, NULL, "points" },
	{ NULL, HOLD_ROWS, NULL, NULL },
};

const struct named namings[] = {
	{ "alarm", "acked_by", NAMES_USER },
	{ "alarm", "assigned", NAMES_USER },
	{ "alarm_change", "who", NAMES_USER },
	{ "alarm_change", "note", NAMES_USER }, /* of "assigned": to whom */
	{ "event", "who", NAMES_USER },
	{ "silence", "owner", NAMES_USER },
	{ "channel", "to", NAMES_ADDRESS },
	{ "channel", "from", NAMES_ADDRESS },
	{ "channel", "user", NAMES_ADDRESS },
	{ "notice", "to", NAMES_ADDRESS },
	{ "notice", "answer", NAMES_ADDRESS },
	{ NULL, NULL, NAMES_USER },
};

int namings_ready(struct db *db, struct err *e)
{
	static const struct sql all[] = {
		{ "SELECT 1 FROM alarm, alarm_change, event, silence, channel, notice", NULL },
		{ "SELECT 1", "alarm" }, { "SELECT 1", "alarm_change" }, { "SELECT 1", "event" },
		{ "SELECT 1", "silence" }, { "SELECT 1", "channel" }, { "SELECT 1", "notice" },
	};

	return db_ready(db, all, COUNT(all), e);
}

const struct db_table refers_any, refers_unknown;

const struct held *holding(const char *table)
{
	static const struct held rows = { NULL, HOLD_ROWS, NULL, NULL };

	for (const struct held *h = holdings; h->table; h++)
		if (strcmp(h->table, table) == 0)
			return h;
	return &rows;
}

const struct db_table *holding_refers(const struct db_tables *all, const struct db_table *t, const struct db_column *c)
{
	static const char *const known[][2] = { { "gateway_id", "device" }, { "group_id", "device_group" }, { "child_id", "device_group" },
						  { "overrides_id", "rule" } };
	const struct db_table *to;
	size_t n = strlen(c->name);

	if (n <= 3 || c->kind != DB_INT || strcmp(c->name + n - 3, "_id") != 0 || strcmp(c->name, "org_id") == 0)
		return NULL;
	if (strcmp(c->name, "thing_id") == 0)
		return &refers_any;
	if (strcmp(c->name, "parent_id") == 0)
		return t;
	for (size_t i = 0; i < COUNT(known); i++)
		if (strcmp(c->name, known[i][0]) == 0)
			return db_table_find(all, str_of(known[i][1]));
	to = db_table_find(all, (struct str){ c->name, n - 3 });
	return to ? to : &refers_unknown;
}

/* ---- their order ---- */

struct order {
	const struct db_tables *all;
	const struct db_table **out;
	size_t n;
	char *seen;
};

static void visit(struct order *o, const struct db_table *t)
{
	size_t at = (size_t)(t - o->all->table);

	if (o->seen[at])
		return;
	o->seen[at] = 1;
	for (size_t i = 0; i < t->n; i++) {
		const struct db_table *to = holding_refers(o->all, t, t->column + i);

		if (to && to != &refers_any && to != &refers_unknown)
			visit(o, to);
	}
	if (t->org >= 0)
		o->out[o->n++] = t;
}

int holding_order(const struct db_tables *all, const struct db_table ***out, size_t *n, struct err *e)
{
	struct order o = { .all = all, .out = calloc(all->n + 1, sizeof(*o.out)), .seen = calloc(all->n + 1, 1) };

	for (size_t i = 0; o.out && o.seen && i < all->n; i++)
		visit(&o, all->table + i);
	if (!o.out || !o.seen) {
		free(o.out);
		free(o.seen);
		return err_nomem(e);
	}
	free(o.seen);
	*out = o.out;
	*n = o.n;
	return 0;
}

/* ---- rows ---- */

enum { Q_DEVICE, Q_BELOW, Q_ORG, Q_RETIRE, Q_LIVE, Q_NO_MIRROR, Q_NO_ROWS, Q_COUNT };

static const struct sql sql[Q_COUNT] = {
	[Q_DEVICE] = { "SELECT id, name, retired FROM device WHERE org_id = $1 AND id > $2 ORDER BY id LIMIT 1", NULL },
	[Q_BELOW] = { "SELECT COUNT(*) FROM org WHERE parent_id = $1 AND retired IS NULL", NULL },
	[Q_ORG] = { "SELECT parent_id, retired FROM org WHERE id = $1", NULL },
	[Q_RETIRE] = { "UPDATE main.org SET retired = $2 WHERE id = $1", "org" },
	[Q_LIVE] = { "UPDATE main.org SET retired = NULL WHERE id = $1", "org" },
	[Q_NO_MIRROR] = { "DELETE FROM main.mirror WHERE org_id = $1", "mirror" },
	[Q_NO_ROWS] = { "DELETE FROM main.mirror_point WHERE org_id = $1", "mirror_point" },
};

static int bound(struct db *db, int q, int64_t a, const int64_t *b, struct stmt **st, struct err *e)
{
	if (db_stmt(db, sql + q, st, e) < 0)
		return -1;
	stmt_bind_int(*st, 1, a);
	if (b)
		stmt_bind_int(*st, 2, *b);
	return 0;
}

int holding_device(struct db *db, int64_t org, int64_t *id, struct sb *name, bool *retired, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	struct str s;
	int got;

	if (bound(db, Q_DEVICE, org, id, &st, e) < 0 || (got = stmt_step(st, e)) < 0)
		return -1;
	if (got == 0)
		return 0;
	*id = stmt_int(st, 0);
	s = stmt_text(st, 1);
	*retired = !stmt_is_null(st, 2);
	sb_clear(name);
	return sb_add(name, s.ptr, s.len) < 0 ? err_nomem(e) : 1;
}

int holding_series(struct db *db, int64_t device, struct stmt **out, struct err *e)
{
	if (db_prepare(db, "SELECT id, name, floor FROM series WHERE device_id = $1 ORDER BY name", NULL, out, e) < 0)
		return -1;
	stmt_bind_int(*out, 1, device);
	return 0;
}

int holding_below(struct db *db, int64_t org, int64_t *n, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (bound(db, Q_BELOW, org, NULL, &st, e) < 0 || stmt_step(st, e) < 0)
		return -1;
	*n = stmt_int(st, 0);
	return 0;
}

int holding_org(struct db *db, int64_t org, int64_t *parent, bool *lives, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (bound(db, Q_ORG, org, NULL, &st, e) < 0 || (got = stmt_step(st, e)) < 0)
		return -1;
	*parent = got ? stmt_int(st, 0) : 0;
	*lives = got && stmt_is_null(st, 1);
	return 0;
}

int holding_retire(struct db *db, int64_t org, int64_t at, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	return bound(db, at ? Q_RETIRE : Q_LIVE, org, at ? &at : NULL, &st, e) < 0 ? -1 : stmt_run(st, e);
}

int holding_clear_mirror(struct db *db, int64_t org, struct err *e)
{
	for (int q = Q_NO_MIRROR; db_months(db) && q <= Q_NO_ROWS; q++) {
		AUTO(stmt_resetp) struct stmt *st = NULL;

		if (bound(db, q, org, NULL, &st, e) < 0 || stmt_run(st, e) < 0)
			return -1;
	}
	return 0;
}
