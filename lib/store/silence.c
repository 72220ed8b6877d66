/* SPDX-License-Identifier: MIT */
#include "store/silence.h"

enum { Q_EACH, Q_ADD, Q_ONE, Q_RM, Q_COUNT };

#define ROW "SELECT s.id, s.begins, s.ends, s.matchers, s.schedule, s.tz, s.owner, s.note FROM silence s WHERE s.org_id = $1 AND "

static const struct sql sql[Q_COUNT] = {
	[Q_EACH] = { ROW "s.ends > $2 ORDER BY s.id", NULL },
	[Q_ADD] = { "INSERT INTO main.silence (org_id, begins, ends, matchers, schedule, tz, owner, note, created) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
		    " RETURNING id",
		    "silence" },
	[Q_ONE] = { ROW "s.id = $2", NULL },
	[Q_RM] = { "DELETE FROM main.silence WHERE org_id = $1 AND id = $2", "silence" },
};

int silence_ready(struct db *db, struct err *e)
{
	return db_ready(db, sql, COUNT(sql), e);
}

int silence_select(struct db *db, const struct select_ctx *ctx, const struct select *select, int64_t after, int64_t limit, struct stmt **out, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 20);

	sb_adds(&text, "SELECT s.id");
	for (size_t i = 1; i < SL_N; i++)
		sb_addf(&text, ", s.%s", silence_fields[i].name);
	sb_adds(&text, ", NULL, (SELECT o.name FROM org o WHERE o.id = s.org_id) FROM silence s WHERE s.id > $1");
	if (where_prepare(db, &(struct where_ask){ ctx, select, "s", 3 }, &text, " ORDER BY s.id LIMIT $2", out, e) < 0)
		return -1;
	stmt_bind_int(*out, 1, after);
	stmt_bind_int(*out, 2, limit);
	return 0;
}

static struct str text_or_none(const struct stmt *st, int col)
{
	return stmt_is_null(st, col) ? (struct str){ NULL, 0 } : stmt_text(st, col);
}

static struct silence_row row_of(const struct stmt *st)
{
	return (struct silence_row){ stmt_int(st, 0), stmt_int(st, 1), stmt_int(st, 2), stmt_text(st, 3), text_or_none(st, 4), text_or_none(st, 5),
				     stmt_text(st, 6), stmt_text(st, 7) };
}

static int ask(struct db *db, int q, int64_t v, struct stmt **st, struct err *e)
{
	if (db_stmt(db, sql + q, st, e) < 0)
		return -1;
	stmt_bind_int(*st, 1, db_self(db));
	stmt_bind_int(*st, 2, v);
	return 0;
}

int silence_each(struct db *db, int64_t after, int (*fn)(const struct silence_row *s, void *arg, struct err *e), void *arg, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (ask(db, Q_EACH, after, &st, e) < 0)
		return -1;
	while ((got = stmt_step(st, e)) > 0) {
		const struct silence_row s = row_of(st);

		if (fn(&s, arg, e) < 0)
			return -1;
	}
	return got;
}

int silence_add(struct db *db, struct silence_row *s, int64_t created, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	const struct str text[] = { s->matchers, s->schedule, s->tz, s->owner, s->note };
	int got;

	if (ask(db, Q_ADD, s->begins, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 3, s->ends);
	for (size_t i = 0; i < COUNT(text); i++)
		stmt_bind_text(st, 4 + (int)i, text[i]);
	stmt_bind_int(st, 9, created);
	got = stmt_step(st, e);
	if (got > 0)
		s->id = stmt_int(st, 0);
	return got < 0 ? -1 : 0;
}

int silence_rm(struct db *db, int64_t id, struct silence_row *s, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *gone = NULL;
	struct stmt *st;
	int got;

	if (ask(db, Q_ONE, id, &st, e) < 0)
		return -1;
	got = stmt_step(st, e);
	if (got == 0)
		return err_set(e, E_NOTFOUND, "no silence %" PRId64, id);
	if (got < 0 || ask(db, Q_RM, id, &gone, e) < 0)
		return -1;
	*s = row_of(st); /* the statement is kept with the connection, and stays at its row */
	return stmt_run(gone, e);
}

/* ---- matching ---- */

/* The alarm as a row of its own: what a silence may ask of it. */
#define ALARM                                                                                                                  \
	"SELECT 1 FROM (SELECT CAST($1 AS BIGINT) AS org_id, CAST($2 AS BIGINT) AS device_id, CAST($3 AS TEXT) AS rule, CAST($4 AS TEXT) AS severity," \
	" CAST($5 AS TEXT) AS datapoint) a WHERE "

int silence_test(struct db *db, const struct select_ctx *ctx, const struct select *select, struct silence_test *out, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 20);

	*out = (struct silence_test){ .where = where_begin(db, ctx, 6) };
	if (where_select(&out->where, select, "a", e) < 0)
		return -1;
	sb_addf(&text, ALARM "%s", sb_cstr(&out->where.sql));
	return text.bad ? err_nomem(e) : db_prepare(db, sb_cstr(&text), NULL, &out->st, e);
}

int silence_asked(struct silence_test *t, const struct silenced *a, struct err *e)
{
	int got;

	stmt_bind_int(t->st, 1, db_self(t->where.db));
	stmt_bind_int(t->st, 2, a->device);
	stmt_bind_text(t->st, 3, a->rule);
	stmt_bind_text(t->st, 4, a->severity);
	stmt_bind_text(t->st, 5, a->datapoint.len ? a->datapoint : (struct str){ NULL, 0 });
	where_bind(&t->where, t->st);
	got = stmt_step(t->st, e);
	stmt_reset(t->st);
	return got;
}

void silence_test_done(struct silence_test *t)
{
	stmt_free(t->st);
	t->st = NULL;
	where_done(&t->where);
}
