/* SPDX-License-Identifier: MIT */
#include "store/inbox.h"

static const struct sql add = { "INSERT INTO main.inbox (org_id, device_id, kind, digest, ref, ts, at, payload) VALUES ($1, $2, $3, $4, $5, $6, $7,"
				" $8) ON CONFLICT (org_id, device_id, kind, digest) DO NOTHING",
				"inbox" };

int inbox_ready(struct db *db, struct err *e)
{
	return db_ready(db, &add, 1, e);
}

int inbox_add(struct db *db, const struct inbox_row *r, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, &add, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, db_self(db));
	stmt_bind_int(st, 2, r->device);
	stmt_bind_text(st, 3, str_of(r->kind));
	stmt_bind_text(st, 4, str_of(r->digest));
	stmt_bind_text(st, 5, r->ref);
	stmt_bind_int(st, 6, r->ts);
	stmt_bind_int(st, 7, r->at);
	stmt_bind_text(st, 8, r->payload);
	return stmt_post(st, e);
}
