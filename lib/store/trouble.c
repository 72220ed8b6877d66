/* SPDX-License-Identifier: MIT */
#include "store/trouble.h"

#include "store/event.h"

enum { Q_NEXT, Q_PUT, Q_RM, Q_COUNT };

static const struct sql sql[Q_COUNT] = {
	[Q_NEXT] = { "SELECT o.id, t.severity FROM org o LEFT JOIN trouble t ON t.org_id = o.id AND t.about = $2 WHERE o.id > $3 AND o.retired IS NULL"
		     " AND (o.id = $1 OR (CAST($1 AS BIGINT) = 0 AND o.parent_id IS NULL)) ORDER BY o.id LIMIT 1",
		     NULL },
	[Q_PUT] = { "INSERT INTO main.trouble (org_id, about, since, severity, message) VALUES ($1, $2, $3, $4, $5)"
		    " ON CONFLICT (org_id, about) DO UPDATE SET severity = excluded.severity, message = excluded.message",
		    "trouble" },
	[Q_RM] = { "DELETE FROM main.trouble WHERE org_id = $1 AND about = $2", "trouble" },
};

int trouble_ready(struct db *db, struct err *e)
{
	return event_ready(db, e) < 0 ? -1 : db_ready(db, sql, COUNT(sql), e);
}

/* The next organisation behind *org that it is about: 1, 0 none, -1. *worst is how bad it knows it to be, -1: not at all. */
static int next_org(struct db *db, const char *about, int64_t of, int64_t *org, int *worst, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(db, sql + Q_NEXT, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, of);
	stmt_bind_text(st, 2, str_of(about));
	stmt_bind_int(st, 3, *org);
	got = stmt_step(st, e);
	if (got <= 0)
		return got;
	*org = stmt_int(st, 0);
	*worst = -1;
	for (int i = 0; !stmt_is_null(st, 1) && severity_words[i]; i++)
		if (str_is(stmt_text(st, 1), severity_words[i]))
			*worst = i;
	return 1;
}

static int keep(struct db *db, const struct trouble *t, int64_t org, bool there, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + (there ? Q_PUT : Q_RM), &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, org);
	stmt_bind_text(st, 2, str_of(t->about));
	if (there) {
		stmt_bind_int(st, 3, t->now);
		stmt_bind_text(st, 4, str_of(severity_words[t->severity]));
		stmt_bind_text(st, 5, str_of(t->message));
	}
	return stmt_run(st, e);
}

static int tell(struct db *db, const struct trouble *t, int64_t org, enum severity severity, struct err *e)
{
	AUTO(sb_done) struct sb data = SB_INIT(4096);
	struct event v = { .ts = t->now, .at = t->now, .kind = EVENT_SYSTEM, .severity = severity, .source = EVENT_FROM_SYSTEM,
			   .message = { t->message, strnlen(t->message, EVENT_MESSAGE_MOST) }, .org = org };

	sb_adds(&data, "{\"about\":");
	sb_json(&data, str_of(t->about));
	if (sb_addc(&data, '}') < 0)
		return err_nomem(e);
	v.data = sb_str(&data);
	return event_add(db, &v, e);
}

int trouble_on(struct db *db, const struct trouble *t, bool *news, struct err *e)
{
	int64_t org = 0;
	int worst, got;

	*news = false;
	while ((got = next_org(db, t->about, t->org, &org, &worst, e)) > 0) {
		if (worst >= (int)t->severity)
			continue;
		*news = true;
		if (keep(db, t, org, true, e) < 0 || tell(db, t, org, t->severity, e) < 0)
			return -1;
	}
	return got;
}

int trouble_off(struct db *db, const struct trouble *t, bool *news, struct err *e)
{
	int64_t org = 0;
	int worst, got;

	*news = false;
	while ((got = next_org(db, t->about, t->org, &org, &worst, e)) > 0) {
		if (worst < 0)
			continue;
		*news = true;
		if (keep(db, t, org, false, e) < 0 || tell(db, t, org, SEVERITY_INFO, e) < 0)
			return -1;
	}
	return got;
}

int trouble_news(struct db *db, const struct trouble *t, bool over, bool *news, struct err *e)
{
	int64_t org = 0;
	int worst, got;

	*news = false;
	while (!*news && (got = next_org(db, t->about, t->org, &org, &worst, e)) != 0) {
		if (got < 0)
			return -1;
		*news = over ? worst >= 0 : worst < (int)t->severity;
	}
	return 0;
}

int trouble_once(struct db *db, const struct trouble *t, struct err *e)
{
	int64_t org = 0;
	int worst, got;

	while ((got = next_org(db, t->about, t->org, &org, &worst, e)) > 0)
		if (tell(db, t, org, t->severity, e) < 0)
			return -1;
	return got;
}
