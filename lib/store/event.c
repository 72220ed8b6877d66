/* SPDX-License-Identifier: MIT */
#include "store/event.h"

#include "store/alarm.h"
#include "store/where.h"

enum { Q_ADD, Q_ADD_ONCE, Q_EVERYWHERE, Q_NEWEST, Q_COUNT };

#define ADD "INSERT INTO main.event (org_id, device_id, ts, at, kind, severity, source, message, data, who, told) "
#define ADD_REST "CAST($3 AS BIGINT), CAST($4 AS BIGINT), CAST($5 AS TEXT), CAST($6 AS TEXT), CAST($7 AS TEXT), CAST($8 AS TEXT), CAST($9 AS TEXT), CAST($10 AS TEXT), CAST($11 AS BIGINT)"

static const struct sql sql[Q_COUNT] = {
	[Q_ADD] = { ADD "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)", "event" },
	[Q_ADD_ONCE] = { ADD "SELECT CAST($1 AS BIGINT), CAST($2 AS BIGINT), " ADD_REST " WHERE NOT EXISTS"
			 " (SELECT 1 FROM inbox i WHERE i.org_id = $1 AND i.device_id = $2 AND i.kind = 'event' AND i.digest = $12)",
			 "event" },
	[Q_EVERYWHERE] = { ADD "SELECT o.id, CAST($2 AS BIGINT), " ADD_REST " FROM org o WHERE o.parent_id IS NULL AND CAST($1 AS BIGINT) = 0", "event" },
	[Q_NEWEST] = { "SELECT (SELECT COALESCE(MAX(e.id), 0) FROM event e), (SELECT COALESCE(MAX(c.id), 0) FROM alarm_change c)", NULL },
};

/* Of both tables the same columns; row: the id that orders them. */
static const char events[] = "SELECT e.id, e.id AS \"row\", e.ts, e.device_id, e.kind, e.severity, e.message, e.source, e.who, e.data, e.at,"
			     " CAST(NULL AS BIGINT) AS alarm, CAST(NULL AS TEXT) AS change, CAST(NULL AS TEXT) AS rule, e.org_id FROM event e";
static const char changes[] = "SELECT CAST(NULL AS BIGINT) AS id, c.id AS \"row\", c.ts, a.device_id, 'alarm' AS kind, c.severity, c.message,"
			      " 'alarm' AS source, c.who, CAST(NULL AS TEXT) AS data, c.at, c.alarm_id AS alarm, c.change, a.rule, c.org_id"
			      " FROM alarm_change c JOIN alarm a ON a.id = c.alarm_id";
/* As it is shown; $1 is whose view it is. */
#define DEVICE_NAME "CASE WHEN d.org_id = $1 THEN d.name ELSE o.name || '/' || d.name END"
/* Parameters of every listing. */
enum { P_LIMIT = 2, P_AFTER, P_AFTER_TS, P_FROM, P_TO, P_DEVICE, P_UPTO, P_NEXT };

int event_ready(struct db *db, struct err *e)
{
	const struct sql read[] = { { events, NULL }, { changes, NULL }, { "SELECT d.name, o.name, x.name FROM device d JOIN org o ON o.id = d.org_id LEFT JOIN asset x ON x.id = d.asset_id", NULL } };

	return db_ready(db, sql, COUNT(sql), e) < 0 ? -1 : db_ready(db, read, COUNT(read), e);
}

static int put(struct db *db, int q, const struct event *v, const char *digest, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + q, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, q == Q_EVERYWHERE ? 0 : v->org ? v->org : db_self(db));
	if (v->device)
		stmt_bind_int(st, 2, v->device);
	else
		stmt_bind_null(st, 2);
	stmt_bind_int(st, 3, v->ts);
	stmt_bind_int(st, 4, v->at);
	stmt_bind_text(st, 5, str_of(event_kind_words[v->kind]));
	stmt_bind_text(st, 6, str_of(severity_words[v->severity]));
	stmt_bind_text(st, 7, str_of(v->source));
	stmt_bind_text(st, 8, v->message);
	stmt_bind_text(st, 9, v->data);
	stmt_bind_text(st, 10, v->who);
	if (v->severity >= SEVERITY_WARNING)
		stmt_bind_null(st, 11);
	else
		stmt_bind_int(st, 11, 0);
	if (q == Q_ADD_ONCE)
		stmt_bind_text(st, 12, str_of(digest));
	db_notify(db, ALARM_CHANNEL);
	return stmt_post(st, e);
}

int event_add(struct db *db, const struct event *v, struct err *e)
{
	return put(db, Q_ADD, v, NULL, e);
}

int event_add_once(struct db *db, const struct event *v, const char *digest, struct err *e)
{
	return put(db, digest ? Q_ADD_ONCE : Q_ADD, v, digest, e);
}

int event_add_everywhere(struct db *db, const struct event *v, struct err *e)
{
	return put(db, Q_EVERYWHERE, v, NULL, e);
}

int event_changes(struct db *db, int64_t after, int64_t limit, struct stmt **out, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(4096);

	sb_adds(&text, "SELECT c.ts, c.alarm_id, a.rule, " DEVICE_NAME ", a.datapoint, c.change, c.severity, c.value, a.threshold, c.why, c.flaps, c.message, c.who,"
		       " o.name, c.id, a.device_id, c.at FROM alarm_change c JOIN alarm a ON a.id = c.alarm_id JOIN org o ON o.id = c.org_id"
		       " LEFT JOIN device d ON d.id = a.device_id WHERE ");
	db_add_rare(db, &text, "c.id > $2");
	if (sb_adds(&text, " ORDER BY c.id LIMIT $3") < 0)
		return err_nomem(e);
	if (db_kept(db, sb_cstr(&text), NULL, out, e) < 0)
		return -1;
	stmt_bind_int(*out, 1, db_self(db));
	stmt_bind_int(*out, 2, after);
	stmt_bind_int(*out, 3, limit);
	return 0;
}

int event_alarms(struct db *db, int64_t device, const struct range *r, struct stmt **out, struct err *e)
{
	if (db_prepare(db,
		       "SELECT a.id, a.rule, a.severity, a.raised, a.cleared, a.message FROM alarm a WHERE a.device_id = $1 AND a.raised < $3"
		       " AND (a.cleared IS NULL OR a.cleared >= $2) ORDER BY a.raised, a.id",
		       NULL, out, e) < 0)
		return -1;
	stmt_bind_int(*out, 1, device);
	stmt_bind_int(*out, 2, r->from);
	stmt_bind_int(*out, 3, r->to);
	return 0;
}

int event_newest(struct db *db, int64_t *event, int64_t *change, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + Q_NEWEST, &st, e) < 0 || stmt_step(st, e) <= 0)
		return e->code ? -1 : err_set(e, E_BUG, "no newest event");
	*event = stmt_int(st, 0);
	*change = stmt_int(st, 1);
	return 0;
}

/* ---- reading ---- */

static void write_query(const struct db *db, const struct event_ask *ask, const struct where *w, struct sb *text)
{
	const char *t = ask->alarms ? "c" : "e";
	char behind[20];

	sb_addf(text,
		"SELECT v.id, v.ts, " DEVICE_NAME ", v.kind, v.severity, v.message, v.source,"
		" v.who, v.data, v.at, v.alarm, v.change, v.rule, o.name, v.\"row\", v.device_id, d.type, d.gateway_id, g.name, d.asset_id, x.name FROM (%s WHERE ",
		ask->alarms ? changes : events);
	(void)snprintf(behind, sizeof(behind), "%s.id > $%d", t, P_AFTER);
	if (ask->committed) {
		db_add_rare(db, text, behind);
		sb_addf(text, " AND CAST($%d AS BIGINT) IS NOT NULL", P_AFTER_TS);
	} else
		sb_addf(text, "%s.ts >= $%d AND (%s.ts > $%d OR %s.id > $%d)", t, P_AFTER_TS, t, P_AFTER_TS, t, P_AFTER);
	sb_addf(text, " AND %s.ts >= $%d AND %s.ts < $%d AND %s.id <= $%d", t, P_FROM, t, P_TO, t, P_UPTO);
	if (ask->device)
		sb_addf(text, " AND %s.device_id = $%d", ask->alarms ? "a" : t, P_DEVICE);
	else
		sb_addf(text, " AND CAST($%d AS BIGINT) = 0", P_DEVICE);
	if (ask->state)
		sb_adds(text, ask->alarms ? " AND 1 = 0" : " AND e.kind = 'state_change' AND e.source = '" EVENT_FROM_STATE "'");
	sb_adds(text, ") v JOIN org o ON o.id = v.org_id LEFT JOIN device d ON d.id = v.device_id"
		 " LEFT JOIN device g ON g.id = d.gateway_id LEFT JOIN asset x ON x.id = d.asset_id");
	if (w->sql.len)
		(void)sb_addf(text, " WHERE %s", sb_cstr(&w->sql));
	(void)sb_addf(text, " ORDER BY %sv.\"row\" LIMIT $%d", ask->committed ? "" : "v.ts, ", P_LIMIT);
}

int event_rows(struct db *db, const struct event_ask *ask, struct stmt **out, struct err *e)
{
	const int64_t v[] = { db_self(db), ask->limit, ask->after_id, ask->after_ts, ask->range.from, ask->range.to, ask->device, ask->upto ? ask->upto : INT64_MAX };
	AUTO(sb_done) struct sb text = SB_INIT((size_t)8 << 20);
	struct where w = where_begin(db, ask->ctx, P_NEXT);
	int rc = ask->select ? where_select(&w, ask->select, "v", e) : 0;

	write_query(db, ask, &w, &text);
	if (rc == 0 && text.bad)
		rc = err_nomem(e);
	/* Whoever follows asks the same again and again. */
	if (rc == 0)
		rc = ask->committed ? db_kept(db, sb_cstr(&text), NULL, out, e) : db_prepare(db, sb_cstr(&text), NULL, out, e);
	if (rc == 0) {
		for (size_t i = 0; i < COUNT(v); i++)
			stmt_bind_int(*out, (int)i + 1, v[i]);
		where_bind(&w, *out); /* texts live in the caller's arena: bound without copies */
	}
	where_done(&w);
	return rc;
}
