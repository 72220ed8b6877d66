/* SPDX-License-Identifier: MIT */
#include "store/epoch.h"

enum { Q_NOW, Q_BEGIN };

static const struct sql sql[] = {
	[Q_NOW] = { "SELECT id, started FROM epoch ORDER BY id DESC LIMIT 1", NULL },
	[Q_BEGIN] = { "INSERT INTO main.epoch (id, started, backup, taken, actor) VALUES ($1, $2, $3, $4, $5)", "epoch" },
};

int epoch_now(struct db *db, struct epoch *now, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	*now = (struct epoch){ 0, INT64_MIN };
	if (db_stmt(db, sql + Q_NOW, &st, e) < 0)
		return -1;
	got = stmt_step(st, e);
	if (got > 0)
		*now = (struct epoch){ stmt_int(st, 0), stmt_int(st, 1) };
	return got < 0 ? -1 : 0;
}

int epoch_begin(struct db *db, const struct epoch *now, const char *backup, int64_t taken, const char *actor, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + Q_BEGIN, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, now->number);
	stmt_bind_int(st, 2, now->started);
	stmt_bind_text(st, 3, str_of(backup));
	stmt_bind_int(st, 4, taken);
	stmt_bind_text(st, 5, str_of(actor));
	return stmt_run(st, e);
}
