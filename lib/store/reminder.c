/* SPDX-License-Identifier: MIT */
/* Reminders: repeats and escalations, which are only for as long as an alarm is there that somebody is to be told of. */
#include "store/notice.h"

#define RANK(of) "CASE " of ".severity WHEN 'critical' THEN 3 WHEN 'error' THEN 2 WHEN 'warning' THEN 1 ELSE 0 END"
/* Over the alarm a and the route r: nobody sees to it; people are told of it. */
#define OPEN "a.cleared IS NULL AND a.acked IS NULL"
#define LOUD(now) OPEN " AND (a.shelved IS NULL OR a.shelved <= " now ") AND a.suppressed = 0 AND " RANK("a") " >= " RANK("r")
/* Those that go out in notice $1, itself included. (Not with OR, for which all notices of the organisation would be gone through.) */
#define TOGETHER                                                                                           \
	"(SELECT n.id, n.alarm, n.again, n.route_id, n.kind, n.\"key\" FROM notice n WHERE n.id = $1 UNION ALL" \
	" SELECT n.id, n.alarm, n.again, n.route_id, n.kind, n.\"key\" FROM notice n WHERE n.\"into\" = $1)"

enum { Q_WANTED, Q_GATHER, Q_NEXT, Q_PARK, Q_WAKE, Q_ANEW, Q_ROUSE, Q_COUNT };

static const struct sql sql[Q_COUNT] = {
	[Q_WANTED] = { "SELECT MAX(CASE WHEN " OPEN " THEN 1 ELSE 0 END), MAX(CASE WHEN " LOUD("$2") " THEN 1 ELSE 0 END),"
		       " MIN(CASE WHEN a.shelved > $2 THEN a.shelved END), MIN(CASE WHEN " NOTICE_HUSHED("x", "$2") " THEN 1 ELSE 0 END),"
		       " MIN(CASE WHEN a.cleared IS NULL THEN 0 ELSE 1 END),"
		       " MAX(" RANK("a") "), MAX(r.quiet), MAX(r.quiet_over), MAX(r.tz) FROM " TOGETHER " x JOIN alarm a ON a.id = x.alarm"
		       " LEFT JOIN route r ON r.id = x.route_id",
		       NULL },
	[Q_GATHER] = { "UPDATE main.notice SET state = 'grouped', \"into\" = $1 WHERE channel_id = $3 AND state = 'waiting' AND bucket = $4 AND tries = 0"
		       " AND (lease IS NULL OR lease <= $2) AND id <> $1 AND COALESCE(\"to\", '') = $5 AND EXISTS (SELECT 1 FROM alarm a LEFT JOIN route r ON r.id = notice.route_id"
			" WHERE a.id = notice.alarm AND " LOUD("$2") ")",
		       "notice" },
	[Q_NEXT] = { "SELECT x.id FROM " TOGETHER " x JOIN alarm a ON a.id = x.alarm WHERE x.again > $2 AND " OPEN " ORDER BY x.id", NULL },
	/* A lease of what waits: only a reminder that is put off has one. */
	[Q_PARK] = { "UPDATE main.notice SET state = 'waiting', due = $3, lease = $3, tries = tries - 1 WHERE id = $1 AND state = 'sending' AND tries = $2", "notice" },
	[Q_WAKE] = { "UPDATE main.notice SET due = $3, lease = NULL WHERE org_id = $1 AND alarm = $2 AND state = 'waiting' AND lease IS NOT NULL", "notice" },
	/* (One that was tried before may have others that went into it.) */
	[Q_ANEW] = { "UPDATE main.notice SET state = 'dropped', lease = NULL, ended = $3 WHERE org_id = $1 AND alarm = $2 AND route_id = $4"
		     " AND kind IN ('repeat', 'escalation') AND state = 'waiting' AND tries = 0",
		     "notice" },
	[Q_ROUSE] = { "UPDATE main.notice SET due = $3, lease = NULL, again = NULL WHERE org_id = $1 AND alarm = $2 AND route_id = $4 AND kind = 'alarm'"
		      " AND state = 'waiting' AND tries = 0",
		      "notice" },
};

int reminder_ready(struct db *db, struct err *e)
{
	return db_ready(db, sql, COUNT(sql), e);
}

static int begin(struct db *db, int q, int64_t a, int64_t b, struct stmt **st, struct err *e)
{
	if (db_stmt(db, sql + q, st, e) < 0)
		return -1;
	stmt_bind_int(*st, 1, a);
	stmt_bind_int(*st, 2, b);
	return 0;
}

/* Kept, with a NUL behind it. */
static int keep(struct arena *a, const struct stmt *st, int col, struct str *out, struct err *e)
{
	*out = stmt_text(st, col);
	if (out->len && !(out->ptr = arena_dup(a, *out)))
		return err_nomem(e);
	return 0;
}

int reminder_wanted(struct db *db, const struct notice *n, int64_t now, struct arena *a, struct reminder_wanted *out, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (begin(db, Q_WANTED, n->id, now, &st, e) < 0 || stmt_step(st, e) < 0)
		return -1;
	out->open = stmt_int(st, 0) > 0;
	out->loud = stmt_int(st, 1) > 0;
	out->shelved = stmt_is_null(st, 2) ? 0 : stmt_int(st, 2);
	out->hushed = stmt_int(st, 3) > 0;
	out->over = stmt_int(st, 4) > 0;
	out->severity = (int)stmt_int(st, 5);
	return keep(a, st, 6, &out->quiet, e) < 0 || keep(a, st, 7, &out->quiet_over, e) < 0 ? -1 : keep(a, st, 8, &out->tz, e);
}

int reminder_gather(struct db *db, const struct notice *n, int64_t now, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (!n->bucket.len || begin(db, Q_GATHER, n->id, now, &st, e) < 0)
		return n->bucket.len ? -1 : 0;
	stmt_bind_int(st, 3, n->channel);
	stmt_bind_text(st, 4, n->bucket);
	stmt_bind_text(st, 5, n->to.ptr ? n->to : STR(""));
	return stmt_run(st, e);
}

int reminder_next(struct db *db, const struct notice *n, struct arena *a, int64_t **id, size_t *count, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	size_t cap = 0;
	int got;

	*count = 0;
	*id = NULL;
	if (begin(db, Q_NEXT, n->id, 0, &st, e) < 0)
		return -1;
	while ((got = stmt_step(st, e)) > 0) {
		if (*count == cap) {
			int64_t *more = arena_alloc(a, (cap = cap ? 2 * cap : 16) * sizeof(*more));

			if (!more)
				return err_nomem(e);
			if (*count)
				memcpy(more, *id, *count * sizeof(*more));
			*id = more;
		}
		(*id)[(*count)++] = stmt_int(st, 0);
	}
	return got;
}

int reminder_park(struct db *db, const struct notice *n, int64_t until, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (begin(db, Q_PARK, n->id, n->tries, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 3, until);
	return stmt_run(st, e);
}

int reminder_wake(struct db *db, int64_t alarm, int64_t now, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (begin(db, Q_WAKE, db_self(db), alarm, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 3, now);
	return stmt_run(st, e);
}

static int of_route(struct db *db, int q, int64_t alarm, int64_t route, int64_t now, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (begin(db, q, db_self(db), alarm, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 3, now);
	stmt_bind_int(st, 4, route);
	return stmt_run(st, e);
}

int reminder_anew(struct db *db, int64_t alarm, int64_t route, int64_t now, struct err *e)
{
	return of_route(db, Q_ANEW, alarm, route, now, e);
}

int reminder_rouse(struct db *db, int64_t alarm, int64_t route, int64_t now, struct err *e)
{
	return of_route(db, Q_ROUSE, alarm, route, now, e);
}
