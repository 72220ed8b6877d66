/* SPDX-License-Identifier: MIT */
#include "store/audit.h"

enum { Q_AUDIT_ADD, Q_COUNT };

static const struct sql sql[Q_COUNT] = {
	[Q_AUDIT_ADD] = { "INSERT INTO main.audit (org_id, at, actor, verb, noun, name, old, new, origin, message)"
			  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
			  "audit" },
};

int audit_ready(struct db *db, struct err *e)
{
	return db_ready(db, sql, COUNT(sql), e);
}

int audit_add(struct db *db, const struct audit *a, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + Q_AUDIT_ADD, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, a->org ? a->org : db_self(db));
	stmt_bind_int(st, 2, a->at);
	stmt_bind_text(st, 3, str_of(a->actor));
	stmt_bind_text(st, 4, str_of(a->verb));
	stmt_bind_text(st, 5, str_of(a->noun));
	stmt_bind_text(st, 6, a->name);
	stmt_bind_text(st, 7, a->old);
	stmt_bind_text(st, 8, a->now);
	stmt_bind_text(st, 9, str_of(a->origin));
	stmt_bind_text(st, 10, str_of(a->message));
	return stmt_post_row(st, 0, e);
}
