/* SPDX-License-Identifier: MIT */
#include "store/alarms.h"

#include "store/alarm.h"
#include "store/entity.h"
#include "store/where.h"

enum { Q_PLACE, Q_ASSIGN, Q_SAID, Q_OPEN, Q_SUPPRESS, Q_COUNT };

static const struct sql sql[Q_COUNT] = {
	[Q_PLACE] = { "SELECT a.org_id, a.device_id, a.rule_id, COALESCE(d.site_id, 0), a.raised, a.cleared, a.acked, a.shelved FROM alarm a JOIN device d ON d.id = a.device_id WHERE a.id = $1", NULL },
	[Q_ASSIGN] = { "UPDATE main.alarm SET assigned = $2 WHERE id = $1", "alarm" },
	[Q_SAID] = { "INSERT INTO main.alarm_change (org_id, alarm_id, ts, at, change, severity, value, flaps, message, who, note, told)"
		     " SELECT a.org_id, a.id, CAST($2 AS BIGINT), CAST($2 AS BIGINT), CAST($3 AS TEXT), a.severity, a.value, a.flaps, a.message,"
		     " CAST($4 AS TEXT), CAST($5 AS TEXT), CAST($6 AS BIGINT) FROM alarm a WHERE a.id = $1",
		     "alarm_change" },
	[Q_OPEN] = { "SELECT a.id, a.device_id, a.rule, a.severity, a.datapoint, a.suppressed, a.shelved FROM alarm a WHERE a.org_id = $1 AND a.cleared IS NULL"
		     " AND (a.suppressed = 1 OR CAST($2 AS BIGINT) = 1)",
		     NULL },
	[Q_SUPPRESS] = { "UPDATE main.alarm SET suppressed = $2 WHERE id = $1", "alarm" },
};

int alarms_ready(struct db *db, struct err *e)
{
	static const struct sql read[] = { { "SELECT 1 FROM alarm, alarm_change, device, site, org", NULL } };

	return db_ready(db, read, COUNT(read), e) < 0 ? -1 : db_ready(db, sql, COUNT(sql), e);
}

/* ---- by filters ---- */

/* The device d as it is written from here: $3 is the organisation that names are written in. */
#define SHOWN                                                                                                                  \
	"CASE WHEN d.org_id = $3 THEN d.name ELSE (SELECT o.name FROM org o WHERE o.id = d.org_id) || '/' || d.name END"
#define OF_SITE "(SELECT s.name FROM site s WHERE s.id = d.site_id)"
#define OF_ORG "(SELECT o.name FROM org o WHERE o.id = a.org_id)"

/* Which: $1 and $2, and a condition over the alarm a. */
struct asked {
	const struct select_ctx *ctx;
	const struct select *select;
	int64_t v[2];
};

/* text, the condition, tail; $3 is the own organisation. */
static int selected(struct db *db, const struct asked *q, struct sb *text, const char *tail, struct stmt **out, struct err *e)
{
	if (where_prepare(db, &(struct where_ask){ q->ctx, q->select, "a", 4 }, text, tail, out, e) < 0)
		return -1;
	stmt_bind_int(*out, 1, q->v[0]);
	stmt_bind_int(*out, 2, q->v[1]);
	stmt_bind_int(*out, 3, db_self(db));
	return 0;
}

/* Behind the page before. The few alarms that a selector means are found by the indexes that it fits. */
static void behind(const struct db *db, const struct select *select, const char *condition, struct sb *text)
{
	if (select)
		(void)sb_adds(text, condition);
	else
		db_add_rare(db, text, condition);
}

int alarms_select(struct db *db, const struct select_ctx *ctx, const struct select *select, int64_t after, int64_t limit, struct stmt **out, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 20);
	char column[400];

	sb_adds(&text, "SELECT ");
	for (size_t i = 0; i < AL_N; i++) {
		entity_column(&alarm_entity, i, "a", column, sizeof(column));
		sb_addf(&text, "%s%s", i ? ", " : "", i == AL_DEVICE ? SHOWN : column);
	}
	sb_adds(&text, ", NULL, " OF_SITE ", " OF_ORG " FROM alarm a JOIN device d ON d.id = a.device_id WHERE ");
	behind(db, select, "a.id > $1", &text);
	return selected(db, &(struct asked){ ctx, select, { after, limit } }, &text, " ORDER BY a.id LIMIT $2", out, e);
}

int alarm_changes_select(struct db *db, const struct select_ctx *ctx, const struct select *select, int64_t after, int64_t limit, struct stmt **out,
			 struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 20);

	sb_adds(&text, "SELECT c.id, c.ts, c.at, c.alarm_id, a.rule, " SHOWN ", a.datapoint, c.change, c.severity, c.value, c.why, c.flaps, c.who, c.note,"
		       " c.message, " OF_ORG
		       " FROM alarm_change c JOIN alarm a ON a.id = c.alarm_id JOIN device d ON d.id = a.device_id WHERE ");
	behind(db, select, "c.id > $1", &text);
	return selected(db, &(struct asked){ ctx, select, { after, limit } }, &text, " ORDER BY c.id LIMIT $2", out, e);
}

int alarms_in_order(struct db *db, const struct select_ctx *ctx, const struct select *select, struct stmt **out, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 20);
	char state[400];

	entity_column(&alarm_entity, AL_STATE, "a", state, sizeof(state));
	sb_addf(&text,
		"SELECT a.rule, " SHOWN ", a.severity, " OF_SITE ", " OF_ORG ", a.raised, a.acked, a.cleared, a.flaps, %s FROM alarm a"
		" JOIN device d ON d.id = a.device_id WHERE a.id > $1 AND a.id <= $2",
		state);
	if (selected(db, &(struct asked){ ctx, select, { 0, INT64_MAX } }, &text, " ORDER BY a.raised, a.id", out, e) < 0)
		return -1;
	stmt_stream(*out);
	return 0;
}

/* ---- one ---- */

int alarm_place(struct db *db, int64_t id, struct alarm_place *out, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(db, sql + Q_PLACE, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, id);
	got = stmt_step(st, e);
	if (got == 0)
		return err_set(e, E_NOTFOUND, "no alarm %" PRId64, id);
	if (got > 0)
		*out = (struct alarm_place){ stmt_int(st, 0), stmt_int(st, 1), stmt_int(st, 2), stmt_int(st, 3), stmt_int(st, 4), stmt_int(st, 5),
					     stmt_is_null(st, 5), !stmt_is_null(st, 6), !stmt_is_null(st, 7) };
	return got < 0 ? -1 : 0;
}

int alarm_assign(struct db *db, int64_t id, struct str user, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + Q_ASSIGN, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, id);
	stmt_bind_text(st, 2, user);
	return stmt_run(st, e);
}

/* A change with what the alarm is. told: nobody is to be told of it. */
static int add_change(struct db *db, int64_t id, const struct alarm_change *c, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + Q_SAID, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, id);
	stmt_bind_int(st, 2, c->at);
	stmt_bind_text(st, 3, str_of(c->change));
	stmt_bind_text(st, 4, c->who);
	stmt_bind_text(st, 5, c->note);
	if (c->told)
		stmt_bind_int(st, 6, 0);
	else
		stmt_bind_null(st, 6);
	db_notify(db, ALARM_CHANNEL);
	return stmt_run(st, e);
}

int alarm_said(struct db *db, int64_t id, const char *change, int64_t at, struct str who, struct str note, struct err *e)
{
	return add_change(db, id, &(struct alarm_change){ .change = change, .at = at, .who = who, .note = note, .told = true }, e);
}

/* ---- silences ---- */

int alarms_open(struct db *db, bool all, int (*fn)(const struct alarm_open *a, void *arg, struct err *e), void *arg, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(db, sql + Q_OPEN, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, db_self(db));
	stmt_bind_int(st, 2, all);
	while ((got = stmt_step(st, e)) > 0) {
		const struct alarm_open a = { stmt_int(st, 0), stmt_int(st, 1), stmt_text(st, 2), stmt_text(st, 3), stmt_is_null(st, 4) ? STR("") : stmt_text(st, 4),
					      stmt_int(st, 5) != 0, !stmt_is_null(st, 6) };

		if (fn(&a, arg, e) < 0)
			return -1;
	}
	return got;
}

int alarm_suppress(struct db *db, int64_t id, bool on, bool quiet, int64_t at, struct err *e)
{
	const struct alarm_change c = { .change = on ? "suppressed" : "unsuppressed", .at = at, .told = on || quiet };
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + Q_SUPPRESS, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, id);
	stmt_bind_int(st, 2, on);
	return stmt_run(st, e) < 0 ? -1 : add_change(db, id, &c, e);
}
