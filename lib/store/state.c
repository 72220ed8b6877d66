/* SPDX-License-Identifier: MIT */
#include "store/state.h"

#include "model/event.h"
#include "store/alarm.h"
#include "store/impl.h"

#define SWEEP_MOST 5000 /* rows of one statement */

#define AHEAD_MAX "86400000000"
_Static_assert(STATE_AHEAD_MAX == 86400000000, "as SQL has it");

enum { Q_READ, Q_CHANGE, Q_WRITE, Q_CAME, Q_GONE, Q_WENT, Q_SHORTEST, Q_SWEEP, Q_SILENT, Q_REQUIRED, Q_COUNT };

/* The event of a change, before it: of whom it is a change. Who comes is no news for notices, who goes is. */
#define CHANGES "INSERT INTO main.event (org_id, device_id, ts, at, kind, severity, source, message, data, told) SELECT d.org_id, d.id, "
#define CAME ", 'state_change', 'info', '" EVENT_FROM_STATE "', '" EVENT_ONLINE "', NULL, 0 FROM device d "
#define OURS(self) "(CAST(" self " AS BIGINT) = 0 OR d.org_id = " self ")"
#define WENT(why) ", 'state_change', 'warning', '" EVENT_FROM_STATE "', '" EVENT_OFFLINE "', '{\"why\":\"" why "\"}', NULL FROM device d "
/* Devices that are silent for too long, the same ones each time that it is asked. */
#define SILENT                                                                                                                 \
	"SELECT s.device_id FROM device_state s JOIN device d ON d.id = s.device_id WHERE s.online = 1 AND " OURS("$5")        \
	" AND s.last_seen >= $2 AND s.last_seen < $3 AND ((s.last_seen > $1 AND d.created <= $1)"                              \
	" OR s.last_seen < $1 - " DEVICE_OFFLINE_AFTER ") ORDER BY s.last_seen, s.device_id LIMIT $4"

static const struct sql sql[Q_COUNT] = {
	[Q_READ] = { "SELECT d.gateway_id, d.created, " DEVICE_OFFLINE_AFTER ", d.enabled, s.online, s.online_since, s.last_seen,"
		     " s.last_telemetry, s.clock_skew FROM device d LEFT JOIN device_state s ON s.device_id = d.id WHERE d.id = $1",
		     NULL },
	/* As the one below where there is a row, which is mostly so. */
	[Q_CHANGE] = { "UPDATE main.device_state AS s SET"
		       " online = CASE WHEN CAST($2 AS BIGINT) = 1 THEN 1 ELSE s.online END,"
		       " online_since = CASE WHEN CAST($2 AS BIGINT) > s.online THEN CAST($3 AS BIGINT) ELSE s.online_since END,"
		       " last_seen = CASE WHEN s.last_seen IS NULL OR CAST($4 AS BIGINT) > s.last_seen"
		       " OR (CAST($4 AS BIGINT) < s.last_seen - " AHEAD_MAX " AND CAST($4 AS BIGINT) >="
		       " (SELECT d.created FROM device d WHERE d.id = s.device_id)) THEN CAST($4 AS BIGINT) ELSE s.last_seen END,"
		       " last_telemetry = CASE WHEN s.last_telemetry IS NULL OR CAST($5 AS BIGINT) > s.last_telemetry"
		       " THEN CAST($5 AS BIGINT) ELSE s.last_telemetry END,"
		       " clock_skew = COALESCE(CAST($6 AS BIGINT), s.clock_skew) WHERE device_id = $1",
		       "device_state" },
	[Q_WRITE] = { "INSERT INTO main.device_state AS s (device_id, org_id, online, online_since, last_seen, last_telemetry, clock_skew)"
		      " SELECT d.id, d.org_id, v.column2, v.column3, v.column4, v.column5, v.column6 FROM (VALUES (CAST($1 AS BIGINT),"
		      " CAST($2 AS BIGINT), CAST($3 AS BIGINT), CAST($4 AS BIGINT), CAST($5 AS BIGINT), CAST($6 AS BIGINT))) v"
		      " JOIN device d ON d.id = v.column1 WHERE true ON CONFLICT (device_id) DO UPDATE SET"
		      " online = CASE WHEN excluded.online = 1 THEN 1 ELSE s.online END,"
		      " online_since = CASE WHEN excluded.online > s.online THEN excluded.online_since ELSE s.online_since END,"
		      " last_seen = CASE WHEN s.last_seen IS NULL OR excluded.last_seen > s.last_seen"
		      " OR (excluded.last_seen < s.last_seen - " AHEAD_MAX " AND excluded.last_seen >="
		      " (SELECT d.created FROM device d WHERE d.id = s.device_id)) THEN excluded.last_seen ELSE s.last_seen END,"
		      " last_telemetry = CASE WHEN s.last_telemetry IS NULL OR excluded.last_telemetry > s.last_telemetry"
		      " THEN excluded.last_telemetry ELSE s.last_telemetry END,"
		      " clock_skew = COALESCE(excluded.clock_skew, s.clock_skew)",
		      "device_state" },
	[Q_CAME] = { CHANGES "CAST($2 AS BIGINT), CAST($3 AS BIGINT)" CAME "WHERE d.id = $1 AND " OURS("$4")
		     " AND NOT EXISTS (SELECT 1 FROM device_state s WHERE s.device_id = d.id AND s.online = 1)",
		     "event" },
	[Q_WENT] = { CHANGES "CAST($2 AS BIGINT), CAST($2 AS BIGINT)" WENT("gone") "WHERE d.id = $1 AND " OURS("$3")
		     " AND EXISTS (SELECT 1 FROM device_state s WHERE s.device_id = d.id AND s.online = 1)",
		     "event" },
	[Q_SILENT] = { CHANGES "CAST($1 AS BIGINT), CAST($1 AS BIGINT)" WENT("silent") "WHERE d.id IN (" SILENT ")", "event" },
	[Q_GONE] = { "UPDATE main.device_state SET online = 0, online_since = $2 WHERE device_id = $1 AND online = 1", "device_state" },
	[Q_SHORTEST] = { "SELECT MIN(x.n) FROM (SELECT MIN(d.offline_after) AS n FROM device d"
			 " UNION ALL SELECT MIN(m.offline_after) FROM model m"
			 " UNION ALL SELECT 3 * MIN(p.expected_interval) FROM datapoint p WHERE p.retired IS NULL"
			 " UNION ALL SELECT " OFFLINE_AFTER_DEFAULT ") x",
			 NULL },
	[Q_SWEEP] = { "UPDATE main.device_state SET online = 0, online_since = $1 WHERE device_id IN (" SILENT ")", "device_state" },
	[Q_REQUIRED] = { "SELECT p.name FROM datapoint p JOIN device d ON d.id = $1 WHERE p.retired IS NULL"
			 " AND (p.device_id = d.id OR p.model_id = d.model_id) GROUP BY p.name"
			 " HAVING COALESCE(MAX(CASE WHEN p.device_id IS NOT NULL THEN p.required END), MAX(p.required)) = 1 ORDER BY p.name",
			 NULL },
};

int state_ready(struct db *db, struct err *e)
{
	return db_ready(db, sql, COUNT(sql), e);
}

static int64_t known(const struct stmt *st, int col)
{
	return stmt_is_null(st, col) ? STATE_NONE : stmt_int(st, col);
}

int state_read(struct db *db, int64_t device, struct device_state *s, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(db, sql + Q_READ, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, device);
	got = stmt_step(st, e);
	if (got <= 0)
		return got;
	*s = (struct device_state){ .device = device,
				    .gateway = stmt_int(st, 0),
				    .created = stmt_int(st, 1),
				    .offline_after = stmt_int(st, 2),
				    .enabled = stmt_int(st, 3) != 0,
				    .online = stmt_int(st, 4) != 0,
				    .online_since = known(st, 5),
				    .last_seen = known(st, 6),
				    .last_telemetry = known(st, 7),
				    .clock_skew = known(st, 8) };
	return 1;
}

static void bind_known(struct stmt *st, int i, int64_t v)
{
	if (v == STATE_NONE)
		stmt_bind_null(st, i);
	else
		stmt_bind_int(st, i, v);
}

struct entry {
	int64_t device, offline_after, now;
	const struct heard *h;
};

static int put_heard(struct db *db, const struct sql *q, const struct entry *x, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	const struct heard *h = x->h;

	if (db_stmt(db, q, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, x->device);
	stmt_bind_int(st, 2, h->seen != STATE_NONE && h->seen >= x->now - x->offline_after);
	stmt_bind_int(st, 3, h->seen == STATE_NONE ? x->now : h->seen);
	bind_known(st, 4, h->seen);
	bind_known(st, 5, h->telemetry);
	bind_known(st, 6, h->skew);
	return stmt_post_row(st, 1, e);
}

/* Is heard now, for the first time or after a silence. */
static int put_came(struct db *db, const struct entry *x, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (x->h->seen == STATE_NONE || x->h->seen < x->now - x->offline_after)
		return 0;
	if (db_stmt(db, sql + Q_CAME, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, x->device);
	stmt_bind_int(st, 2, x->h->seen);
	stmt_bind_int(st, 3, x->now);
	stmt_bind_int(st, 4, db_self(db));
	db_notify(db, ALARM_CHANNEL);
	return stmt_post(st, e);
}

int state_write(struct db *db, int64_t device, const struct heard *h, int64_t offline_after, int64_t now, struct err *e)
{
	const struct entry x = { device, offline_after, now, h };

	if (put_came(db, &x, e) < 0)
		return -1;
	/* As in ledger_add(). */
	if (!db_posts(db)) {
		if (put_heard(db, sql + Q_CHANGE, &x, e) < 0)
			return -1;
		if (db_changes(db))
			return 0;
	}
	return put_heard(db, sql + Q_WRITE, &x, e);
}

int state_gone(struct db *db, int64_t device, int64_t at, struct err *e)
{
	static const int query[] = { Q_WENT, Q_GONE };

	for (size_t i = 0; i < COUNT(query); i++) {
		AUTO(stmt_resetp) struct stmt *st = NULL;

		if (db_stmt(db, sql + query[i], &st, e) < 0)
			return -1;
		stmt_bind_int(st, 1, device);
		stmt_bind_int(st, 2, at);
		if (query[i] == Q_WENT)
			stmt_bind_int(st, 3, db_self(db));
		if (stmt_post(st, e) < 0)
			return -1;
	}
	db_notify(db, ALARM_CHANNEL);
	return 0;
}

/* Online rows with last_seen in [from, to) that are out of their time. */
static int sweep_between(struct db *db, int64_t now, int64_t from, int64_t to, int64_t *n, struct err *e)
{
	static const int query[] = { Q_SILENT, Q_SWEEP };
	int64_t changed = SWEEP_MOST;

	while (changed == SWEEP_MOST) {
		for (size_t i = 0; i < COUNT(query); i++) {
			AUTO(stmt_resetp) struct stmt *st = NULL;

			if (db_stmt(db, sql + query[i], &st, e) < 0)
				return -1;
			stmt_bind_int(st, 1, now);
			stmt_bind_int(st, 2, from);
			stmt_bind_int(st, 3, to);
			stmt_bind_int(st, 4, SWEEP_MOST);
			stmt_bind_int(st, 5, db_self(db));
			if (stmt_run(st, e) < 0)
				return -1;
			changed = db_changes(db);
		}
		*n += changed;
		if (changed)
			db_notify(db, ALARM_CHANNEL);
	}
	return 0;
}

int state_sweep(struct db *db, int64_t now, int64_t *n, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int64_t shortest;

	*n = 0;
	if (db_stmt(db, sql + Q_SHORTEST, &st, e) < 0 || stmt_step(st, e) < 0)
		return -1;
	shortest = stmt_int(st, 0);
	stmt_reset(st);
	if (sweep_between(db, now, INT64_MIN, now - shortest, n, e) < 0)
		return -1;
	return sweep_between(db, now, now + STATE_AHEAD_MAX + 1, INT64_MAX, n, e);
}

int state_required(struct db *db, int64_t device, int (*fn)(struct str name, void *arg, struct err *e), void *arg, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(db, sql + Q_REQUIRED, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, device);
	while ((got = stmt_step(st, e)) > 0)
		if (fn(stmt_text(st, 0), arg, e) < 0)
			return -1;
	return got;
}
