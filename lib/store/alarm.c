/* SPDX-License-Identifier: MIT */
#include "store/alarm.h"

#include "base/num.h"

enum { Q_HEAD, Q_NEXT, Q_RULES_CHANGED, Q_SWEPT, Q_RULES, Q_DEVICE, Q_FIELD, Q_STATES, Q_SOONEST, Q_STATE_PUT, Q_LAST, Q_ADD,
       Q_UPDATE, Q_CHANGE, Q_END_CHANGES, Q_END, Q_END_STATE, Q_END_OF_DEVICE, Q_END_OF_RULE, Q_END_STATES, Q_PURGE_CHANGES, Q_PURGE_ALARMS, Q_PURGE_STATES, Q_PURGE_EVENTS, Q_RULE_SINCE, Q_DEVICE_SINCE, Q_OVERRIDE_OVER, Q_ACKNOWLEDGED, Q_COUNT };

#define HEAD_PUT "INSERT INTO main.alarm_head AS h (org_id, seq, rules, swept) VALUES ($1, $2, $3, 0) ON CONFLICT (org_id) DO UPDATE SET "
/* Open alarms of a device ($2, 0: any) and a rule ($3, 0: any). */
#define ENDING "a.org_id = $1 AND a.cleared IS NULL AND (CAST($2 AS BIGINT) = 0 OR a.device_id = $2) AND (CAST($3 AS BIGINT) = 0 OR a.rule_id = $3)"
#define STATES_OF "DELETE FROM main.alarm_state WHERE org_id = $1 AND "

static const struct sql sql[Q_COUNT] = {
	[Q_HEAD] = { "SELECT h.seq, h.rules, h.swept FROM alarm_head h WHERE h.org_id = $1", NULL },
	[Q_NEXT] = { HEAD_PUT "seq = h.seq + 1 RETURNING seq", "alarm_head" },
	[Q_RULES_CHANGED] = { HEAD_PUT "rules = h.rules + 1", "alarm_head" },
	[Q_SWEPT] = { "UPDATE main.alarm_head SET swept = $2 WHERE org_id = $1", "alarm_head" },
	[Q_RULES] = { "SELECT r.id, COALESCE(r.model_id, 0), COALESCE(r.device_id, 0), COALESCE(r.overrides_id, 0), COALESCE(r.watched, r.created) FROM rule r"
		      " WHERE r.org_id = $1 AND r.retired IS NULL ORDER BY r.id",
		      NULL },
	[Q_DEVICE] = { "SELECT COALESCE(d.model_id, 0), COALESCE(d.gateway_id, 0), COALESCE(d.asset_id, 0), COALESCE(d.watched, d.created), d.enabled, d.name,"
		       " (SELECT s.tz FROM site s WHERE s.id = d.site_id) FROM device d WHERE d.id = $1 AND d.org_id = $2 AND d.retired IS NULL",
		       NULL },
	[Q_FIELD] = { "SELECT v.num, v.txt FROM field_value v JOIN field f ON f.id = v.field_id WHERE v.thing_id = $1 AND f.noun = 'device' AND f.name = $2"
		      " AND f.retired IS NULL",
		      NULL },
	[Q_STATES] = { "SELECT s.rule_id, s.due, s.alarm_id, s.form, s.state FROM alarm_state s WHERE s.org_id = $2"
		       " AND s.device_id = $1",
		       NULL },
	[Q_SOONEST] = { "SELECT MIN(s.due) FROM alarm_state s WHERE s.org_id = $1 AND s.due IS NOT NULL", NULL },
	[Q_STATE_PUT] = { "INSERT INTO main.alarm_state (device_id, rule_id, org_id, seq, due, inhibited, alarm_id, form, state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
			  " ON CONFLICT (org_id, device_id, rule_id) DO UPDATE SET seq = excluded.seq, due = excluded.due, inhibited = excluded.inhibited,"
			  " alarm_id = excluded.alarm_id, form = excluded.form, state = excluded.state",
			  "alarm_state" },
	[Q_LAST] = { "SELECT COALESCE(MAX(a.number), 0) FROM alarm a WHERE a.device_id = $1 AND a.rule_id = $2", NULL },
	[Q_ADD] = { "INSERT INTO main.alarm (org_id, device_id, rule_id, number, rule, datapoint, severity, raised, suppressed, flapping, flaps, value, threshold,"
		    " message, shelved) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) RETURNING id",
		    "alarm" },
	[Q_UPDATE] = { "UPDATE main.alarm SET severity = $2, cleared = $3, why = $4, acked = COALESCE(CAST($5 AS BIGINT), acked), acked_by = COALESCE($6, acked_by), shelved = $7, suppressed = $8, flapping = $9,"
		       " flaps = $10, value = $11, message = COALESCE($12, message) WHERE id = $1",
		       "alarm" },
	[Q_CHANGE] = { "INSERT INTO main.alarm_change (org_id, alarm_id, ts, at, change, severity, value, why, flaps, message, who, note, told)"
		       " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
		       "alarm_change" },
	[Q_END_CHANGES] = { "INSERT INTO main.alarm_change (org_id, alarm_id, ts, at, change, severity, value, why, flaps, message)"
			    " SELECT a.org_id, a.id, CAST($4 AS BIGINT), CAST($4 AS BIGINT), 'cleared', a.severity, a.value, 'rule', a.flaps, a.message"
			    " FROM alarm a WHERE " ENDING,
			    "alarm_change" },
	[Q_END] = { "UPDATE main.alarm AS a SET cleared = CAST($4 AS BIGINT), why = 'rule' WHERE " ENDING, "alarm" },
	[Q_END_STATE] = { STATES_OF "device_id = $2 AND rule_id = $3", "alarm_state" },
	[Q_END_OF_DEVICE] = { STATES_OF "device_id = $2 AND CAST($3 AS BIGINT) = 0", "alarm_state" },
	[Q_END_OF_RULE] = { STATES_OF "CAST($2 AS BIGINT) = 0 AND rule_id = $3", "alarm_state" },
	[Q_END_STATES] = { STATES_OF "CAST($2 AS BIGINT) = 0 AND CAST($3 AS BIGINT) = 0", "alarm_state" },
	[Q_PURGE_CHANGES] = { "DELETE FROM main.alarm_change WHERE alarm_id IN (SELECT a.id FROM alarm a WHERE a.device_id = $1 AND a.rule_id > 0)", "alarm_change" },
	[Q_PURGE_ALARMS] = { "DELETE FROM main.alarm WHERE device_id = $1", "alarm" },
	[Q_PURGE_STATES] = { "DELETE FROM main.alarm_state WHERE org_id = (SELECT d.org_id FROM device d WHERE d.id = $1) AND device_id = $1", "alarm_state" },
	[Q_PURGE_EVENTS] = { "DELETE FROM main.event WHERE device_id = $1", "event" },
	[Q_ACKNOWLEDGED] = { "SELECT a.raised, a.cleared FROM alarm a WHERE a.device_id = $1 AND a.rule_id = $2 AND a.acked IS NOT NULL AND a.raised >= $3"
			     " AND a.raised < $4 ORDER BY a.raised",
			     NULL },
	[Q_RULE_SINCE] = { "UPDATE main.rule SET watched = $2 WHERE id = $1", "rule" },
	[Q_DEVICE_SINCE] = { "UPDATE main.device SET watched = $2 WHERE id = $1", "device" },
	[Q_OVERRIDE_OVER] = { "UPDATE main.device SET watched = $2 WHERE id = (SELECT r.device_id FROM rule r WHERE r.id = $1 AND r.overrides_id IS NOT NULL)", "device" },
};

static const struct sql lists[ALARM_LISTS] = {
	[ALARM_OF_GATEWAY] = { "SELECT d.id FROM device d WHERE d.gateway_id = $1 AND d.retired IS NULL AND CAST($2 AS BIGINT) = 0", NULL },
	[ALARM_OF_ASSET] = { "SELECT d.id FROM device d WHERE d.asset_id = $1 AND d.retired IS NULL AND CAST($2 AS BIGINT) = 0", NULL },
	[ALARM_OF_MODEL] = { "SELECT d.id FROM device d WHERE d.model_id = $1 AND d.retired IS NULL AND d.enabled = 1 AND NOT EXISTS"
			     " (SELECT 1 FROM rule r WHERE r.device_id = d.id AND r.overrides_id = $2 AND r.retired IS NULL)",
			     NULL },
	[ALARM_SINCE] = { "SELECT DISTINCT s.device_id FROM alarm_state s WHERE s.org_id = $3 AND s.seq > $1 AND CAST($2 AS BIGINT) = 0", NULL },
	[ALARM_DUE] = { "SELECT s.device_id FROM alarm_state s WHERE s.org_id = $3 AND s.due IS NOT NULL AND s.due <= $1 GROUP BY s.device_id"
			" ORDER BY MIN(s.due) LIMIT $2",
			NULL },
	[ALARM_INHIBITED] = { "SELECT DISTINCT s.device_id FROM alarm_state s WHERE s.org_id = $3 AND s.inhibited = 1 AND CAST($1 AS BIGINT) = 0"
			      " AND CAST($2 AS BIGINT) = 0",
			      NULL },
	[ALARM_WATCHED] = { "SELECT DISTINCT s.device_id FROM alarm_state s WHERE s.org_id = $3 AND (CAST($1 AS BIGINT) = 0 OR s.rule_id = $1)"
			    " AND CAST($2 AS BIGINT) = 0",
			    NULL },
};

int alarm_ready(struct db *db, struct err *e)
{
	return db_ready(db, sql, COUNT(sql), e) < 0 ? -1 : db_ready(db, lists, COUNT(lists), e);
}

static int ask(struct db *db, int q, const int64_t *v, int n, struct stmt **st, struct err *e)
{
	if (db_stmt(db, sql + q, st, e) < 0)
		return -1;
	for (int i = 0; i < n; i++)
		stmt_bind_int(*st, i + 1, v[i]);
	return 0;
}

static int tell(struct db *db, int q, const int64_t *v, int n, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	return ask(db, q, v, n, &st, e) < 0 ? -1 : stmt_run(st, e);
}

/* One number, 0 without a row; NULL gives ALARM_NEVER. */
static int number(struct db *db, int q, const int64_t *v, int n, int64_t *out, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	*out = 0;
	if (ask(db, q, v, n, &st, e) < 0)
		return -1;
	got = stmt_step(st, e);
	if (got > 0)
		*out = stmt_is_null(st, 0) ? ALARM_NEVER : stmt_int(st, 0);
	return got < 0 ? -1 : 0;
}

static void bind_instant(struct stmt *st, int i, int64_t v)
{
	if (v == ALARM_NEVER)
		stmt_bind_null(st, i);
	else
		stmt_bind_int(st, i, v);
}

static void bind_word(struct stmt *st, int i, const char *word)
{
	stmt_bind_text(st, i, word ? str_of(word) : (struct str){ NULL, 0 });
}

/* ---- head ---- */

int alarm_head_read(struct db *db, struct alarm_head *h, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	*h = (struct alarm_head){ 0, 0, 0 };
	if (ask(db, Q_HEAD, (int64_t[]){ db_self(db) }, 1, &st, e) < 0)
		return -1;
	got = stmt_step(st, e);
	if (got > 0)
		*h = (struct alarm_head){ stmt_int(st, 0), stmt_int(st, 1), stmt_int(st, 2) };
	return got;
}

int alarm_head_next(struct db *db, int64_t *seq, struct err *e)
{
	return number(db, Q_NEXT, (int64_t[]){ db_self(db), 1, 1 }, 3, seq, e);
}

int alarm_head_rules(struct db *db, struct err *e)
{
	return tell(db, Q_RULES_CHANGED, (int64_t[]){ db_self(db), 0, 1 }, 3, e);
}

int alarm_head_swept(struct db *db, int64_t rules, struct err *e)
{
	return tell(db, Q_SWEPT, (int64_t[]){ db_self(db), rules }, 2, e);
}

/* ---- what is judged ---- */

int alarm_rules(struct db *db, int (*fn)(const struct alarm_rule *r, void *arg, struct err *e), void *arg, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (ask(db, Q_RULES, (int64_t[]){ db_self(db) }, 1, &st, e) < 0)
		return -1;
	while ((got = stmt_step(st, e)) > 0) {
		const struct alarm_rule r = { stmt_int(st, 0), stmt_int(st, 1), stmt_int(st, 2), stmt_int(st, 3), stmt_int(st, 4) };

		if (fn(&r, arg, e) < 0)
			return -1;
	}
	return got;
}

int alarm_device(struct db *db, int64_t id, struct arena *a, struct alarm_device *d, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (ask(db, Q_DEVICE, (int64_t[]){ id, db_self(db) }, 2, &st, e) < 0)
		return -1;
	got = stmt_step(st, e);
	if (got <= 0)
		return got;
	*d = (struct alarm_device){ id, stmt_int(st, 0), stmt_int(st, 1), stmt_int(st, 2), stmt_int(st, 3), stmt_int(st, 4) != 0, { NULL, 0 }, { NULL, 0 } };
	d->name = str_of(arena_dup(a, stmt_text(st, 5)));
	d->tz = str_of(arena_dup(a, stmt_is_null(st, 6) ? (struct str){ "", 0 } : stmt_text(st, 6)));
	return d->name.ptr && d->tz.ptr ? 1 : err_nomem(e);
}

int alarm_acknowledged(struct db *db, int64_t device, int64_t rule, const struct range *range, int (*fn)(const struct range *at, void *arg, struct err *e), void *arg,
		       struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (ask(db, Q_ACKNOWLEDGED, (int64_t[]){ device, rule, range->from, range->to }, 4, &st, e) < 0)
		return -1;
	while ((got = stmt_step(st, e)) > 0) {
		const struct range at = { stmt_int(st, 0), stmt_is_null(st, 1) ? INT64_MAX : stmt_int(st, 1) };

		if (fn(&at, arg, e) < 0)
			return -1;
	}
	return got;
}

int alarm_rule_since(struct db *db, int64_t rule, int64_t now, struct err *e)
{
	return tell(db, Q_RULE_SINCE, (int64_t[]){ rule, now }, 2, e);
}

int alarm_device_since(struct db *db, int64_t device, int64_t now, struct err *e)
{
	return tell(db, Q_DEVICE_SINCE, (int64_t[]){ device, now }, 2, e);
}

int alarm_override_over(struct db *db, int64_t rule, int64_t now, struct err *e)
{
	return tell(db, Q_OVERRIDE_OVER, (int64_t[]){ rule, now }, 2, e);
}

int alarm_field(struct db *db, int64_t device, struct str field, struct sb *text, bool *found, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	char digits[32];
	int got;

	*found = false;
	if (ask(db, Q_FIELD, &device, 1, &st, e) < 0)
		return -1;
	stmt_bind_text(st, 2, field);
	got = stmt_step(st, e);
	if (got <= 0)
		return got;
	*found = true;
	if (!stmt_is_null(st, 0))
		(void)sb_add(text, digits, num_print(stmt_real(st, 0), digits));
	else if (!stmt_is_null(st, 1))
		(void)sb_add(text, stmt_text(st, 1).ptr, stmt_text(st, 1).len);
	return text->bad ? err_nomem(e) : 0;
}

int alarm_devices(struct db *db, enum alarm_list which, int64_t a, int64_t b, struct ids *out, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	out->n = 0;
	if (db_stmt(db, lists + which, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, a);
	stmt_bind_int(st, 2, b);
	if (which >= ALARM_SINCE)
		stmt_bind_int(st, 3, db_self(db));
	while ((got = stmt_step(st, e)) > 0) {
		if (out->n == out->cap) {
			size_t cap = out->cap ? out->cap * 2 : 64;
			int64_t *v = realloc(out->v, cap * sizeof(*v));

			if (!v)
				return err_nomem(e);
			out->v = v;
			out->cap = cap;
		}
		out->v[out->n++] = stmt_int(st, 0);
	}
	return got;
}

/* ---- states ---- */

int alarm_states(struct db *db, int64_t device, int (*fn)(const struct alarm_state *s, void *arg, struct err *e), void *arg, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (ask(db, Q_STATES, (int64_t[]){ device, db_self(db) }, 2, &st, e) < 0)
		return -1;
	while ((got = stmt_step(st, e)) > 0) {
		const struct alarm_state s = { .device = device,
					       .rule = stmt_int(st, 0),
					       .due = stmt_is_null(st, 1) ? ALARM_NEVER : stmt_int(st, 1),
					       .alarm = stmt_is_null(st, 2) ? 0 : stmt_int(st, 2),
					       .form = stmt_text(st, 3),
					       .text = stmt_text(st, 4) };

		if (fn(&s, arg, e) < 0)
			return -1;
	}
	return got;
}

int alarm_soonest(struct db *db, int64_t *due, struct err *e)
{
	return number(db, Q_SOONEST, (int64_t[]){ db_self(db) }, 1, due, e);
}

int alarm_state_put(struct db *db, const struct alarm_state *s, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (ask(db, Q_STATE_PUT, (int64_t[]){ s->device, s->rule, db_self(db), s->seq }, 4, &st, e) < 0)
		return -1;
	bind_instant(st, 5, s->due);
	stmt_bind_int(st, 6, s->inhibited);
	bind_instant(st, 7, s->alarm ? s->alarm : ALARM_NEVER);
	stmt_bind_text(st, 8, s->form);
	stmt_bind_text(st, 9, s->text);
	return stmt_post(st, e);
}

int alarm_last(struct db *db, int64_t device, int64_t rule, int64_t *n, struct err *e)
{
	return number(db, Q_LAST, (int64_t[]){ device, rule }, 2, n, e);
}

/* ---- alarms ---- */

int alarm_add(struct db *db, struct alarm_row *a, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (ask(db, Q_ADD, (int64_t[]){ db_self(db), a->device, a->rule, a->number }, 4, &st, e) < 0)
		return -1;
	stmt_bind_text(st, 5, a->rule_name);
	stmt_bind_text(st, 6, a->datapoint.len ? a->datapoint : (struct str){ NULL, 0 });
	stmt_bind_text(st, 7, str_of(a->severity));
	stmt_bind_int(st, 8, a->raised);
	stmt_bind_int(st, 9, a->suppressed);
	stmt_bind_int(st, 10, a->flapping);
	stmt_bind_int(st, 11, a->flaps);
	stmt_bind_text(st, 12, a->value);
	stmt_bind_text(st, 13, a->threshold.len ? a->threshold : (struct str){ NULL, 0 });
	stmt_bind_text(st, 14, a->message);
	bind_instant(st, 15, a->shelved);
	got = stmt_step(st, e);
	if (got > 0)
		a->id = stmt_int(st, 0);
	return got < 0 ? -1 : 0;
}

int alarm_update(struct db *db, const struct alarm_row *a, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (ask(db, Q_UPDATE, &a->id, 1, &st, e) < 0)
		return -1;
	stmt_bind_text(st, 2, str_of(a->severity));
	bind_instant(st, 3, a->cleared);
	bind_word(st, 4, a->why);
	bind_instant(st, 5, a->acked);
	stmt_bind_text(st, 6, a->acked_by);
	bind_instant(st, 7, a->shelved);
	stmt_bind_int(st, 8, a->suppressed);
	stmt_bind_int(st, 9, a->flapping);
	stmt_bind_int(st, 10, a->flaps);
	stmt_bind_text(st, 11, a->value);
	stmt_bind_text(st, 12, a->message);
	return stmt_post(st, e);
}

int alarm_change_add(struct db *db, const struct alarm_change *c, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (ask(db, Q_CHANGE, (int64_t[]){ db_self(db), c->alarm, c->ts, c->at }, 4, &st, e) < 0)
		return -1;
	stmt_bind_text(st, 5, str_of(c->change));
	stmt_bind_text(st, 6, str_of(c->severity));
	stmt_bind_text(st, 7, c->value);
	bind_word(st, 8, c->why);
	stmt_bind_int(st, 9, c->flaps);
	stmt_bind_text(st, 10, c->message);
	stmt_bind_text(st, 11, c->who);
	stmt_bind_text(st, 12, c->note);
	bind_instant(st, 13, c->told ? 0 : ALARM_NEVER);
	db_notify(db, ALARM_CHANNEL);
	return stmt_post(st, e);
}

int alarm_settle(struct db *db, int64_t device, int64_t rule, int64_t ts, struct err *e)
{
	const int64_t v[] = { db_self(db), device, rule, ts };
	const int states = device ? (rule ? Q_END_STATE : Q_END_OF_DEVICE) : rule ? Q_END_OF_RULE : Q_END_STATES;

	if (tell(db, Q_END_CHANGES, v, 4, e) < 0 || tell(db, Q_END, v, 4, e) < 0 || tell(db, states, v, 3, e) < 0)
		return -1;
	db_notify(db, ALARM_CHANNEL);
	return 0;
}

int alarm_purge(struct db *db, int64_t device, struct err *e)
{
	const int q[] = { Q_PURGE_CHANGES, Q_PURGE_ALARMS, Q_PURGE_STATES, Q_PURGE_EVENTS };

	for (size_t i = 0; i < COUNT(q); i++)
		if (tell(db, q[i], &device, 1, e) < 0)
			return -1;
	return 0;
}
