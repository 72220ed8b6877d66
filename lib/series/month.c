/* SPDX-License-Identifier: MIT */
/*
 * Parts of chunk by month, where the backend has them: made when a month is met first, and ahead; dropped in whole when nothing in one is alive. The functions
 * are the schema's (lib/store/schema_pg.c), as who writes may not make tables.
 */
#include "series/impl.h"

#define KNOWN 64
#define AHEAD 3 /* this month and those after it */

enum { Q_THERE, Q_MAKE, Q_NEXT, Q_SPENT, Q_DROP, Q_LANES, Q_RUNS, Q_SERIES, Q_STALE };

static const struct sql month_sql[] = {
	[Q_THERE] = { "SELECT 1 WHERE pg_catalog.to_regclass('main.mirror_point') IS NOT NULL", NULL },
	[Q_MAKE] = { "SELECT main.month_make($1, $2)", NULL },
	[Q_NEXT] = { "SELECT main.month_next($1, $2)", NULL },
	[Q_SPENT] = { "SELECT 1 WHERE main.month_spent($1)", NULL },
	[Q_DROP] = { "SELECT main.month_drop($1)", NULL },
	[Q_LANES] = { "SELECT series_id / 256, MIN(org_id), CAST(SUM(n) AS BIGINT) FROM chunk WHERE t0 >= $1 AND t0 < $2 GROUP BY 1 ORDER BY 1", NULL },
	[Q_RUNS] = { "SELECT 1 FROM point_run WHERE lane = $1 AND t0 < $3 AND t1 >= $2 LIMIT 1", NULL },
	[Q_SERIES] = { "SELECT DISTINCT c.series_id, s.floor FROM chunk c JOIN series s ON s.id = c.series_id"
		       " WHERE c.t0 >= $1 AND c.t0 < $2 AND c.series_id >= $3 AND c.series_id < $4",
		       NULL },
	[Q_STALE] = { "SELECT DISTINCT c.series_id, c.org_id FROM chunk c JOIN latest l ON l.series_id = c.series_id"
		      " WHERE c.t0 >= $1 AND c.t0 < $2 AND l.t < $2",
		      NULL },
};

/* Months that this connection knows to have a part, while nobody else has written. */
struct months {
	uint64_t epoch;
	int64_t end[KNOWN];
	size_t n, next;
	bool there; /* the schema has parts */
};

void months_done(struct engine *en)
{
	free(en->months);
	en->months = NULL;
}

static struct stmt *ask(struct engine *en, int query, const int64_t *arg, int n, struct err *e)
{
	struct stmt *st;

	if (db_stmt(en->db, month_sql + query, &st, e) < 0)
		return NULL;
	for (int i = 0; i < n; i++)
		stmt_bind_int(st, i + 1, arg[i]);
	return st;
}

/* A row comes: 1, 0, -1. */
static int yes(struct engine *en, int query, const int64_t *arg, int n, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = ask(en, query, arg, n, e);

	return st ? stmt_step(st, e) : -1;
}

static bool known(const struct months *m, int64_t end)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->end[i] == end)
			return true;
	return false;
}

static int make(struct engine *en, enum months_of table, int64_t t, struct err *e)
{
	static const char *const name[] = { "chunk", "mirror_point" };
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(en->db, month_sql + Q_MAKE, &st, e) < 0)
		return -1;
	stmt_bind_text(st, 1, str_of(name[table]));
	stmt_bind_int(st, 2, t);
	return stmt_run(st, e);
}

bool month_there(struct engine *en, struct err *e)
{
	struct months *m = en->months;

	if (!db_months(en->db))
		return false;
	if (!m)
		m = en->months = calloc(1, sizeof(*m));
	if (!m) {
		(void)err_nomem(e);
		return false;
	}
	/* Not so in the middle of a migration from before. */
	m->there = m->there || yes(en, Q_THERE, NULL, 0, e) > 0;
	return m->there;
}

int month_make(struct engine *en, enum months_of table, int64_t t, struct err *e)
{
	int64_t end = month_end(t) + table; /* ends are even */
	struct months *m;

	if (!month_there(en, e))
		return e->code ? -1 : 0;
	m = en->months;
	if (m->epoch != en->epoch || en->epoch == 0)
		m->n = m->next = 0;
	m->epoch = en->epoch;
	if (known(m, end))
		return 0;
	if (make(en, table, t, e) < 0)
		return -1;
	m->end[m->next] = end;
	m->next = (m->next + 1) % KNOWN;
	m->n += m->n < KNOWN;
	return 0;
}

int series_month(struct db *db, int64_t t, struct err *e)
{
	struct engine *en;

	return engine_of(db, &en, e) < 0 ? -1 : month_make(en, MONTHS_CHUNK, t, e);
}

struct ahead {
	struct engine *en;
	int64_t now;
};

static int make_ahead(struct db *db, void *arg, struct err *e)
{
	const struct ahead *a = arg;
	int64_t t = a->now;

	(void)db;
	for (int i = 0; i < AHEAD; i++, t = month_end(t))
		if (make(a->en, MONTHS_CHUNK, t, e) < 0)
			return -1;
	return 0;
}

int series_months_ahead(struct db *db, int64_t now, struct err *e)
{
	struct ahead a = { .now = now };

	if (!db_months(db))
		return 0;
	return engine_of(db, &a.en, e) < 0 ? -1 : db_write(db, false, make_ahead, &a, e);
}

/* ---- dropping ---- */

struct thing {
	int64_t id, org, n;
};

struct dropping {
	struct engine *en;
	int64_t r[2]; /* the month */
	struct thing *v;
	size_t n, cap;
};

static int push(struct dropping *d, struct thing t, struct err *e)
{
	if (d->n == d->cap) {
		size_t cap = d->cap ? d->cap * 2 : 64;
		struct thing *more = realloc(d->v, cap * sizeof(*more));

		if (!more)
			return err_nomem(e);
		d->v = more;
		d->cap = cap;
	}
	d->v[d->n++] = t;
	return 0;
}

/* The rows of a query about the month into d->v. */
static int read_things(struct dropping *d, int query, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = ask(d->en, query, d->r, 2, e);
	int got = st ? 0 : -1;

	d->n = 0;
	while (st && (got = stmt_step(st, e)) > 0) {
		const struct thing t = { stmt_int(st, 0), stmt_int(st, 1), query == Q_LANES ? stmt_int(st, 2) : 0 };

		if (push(d, t, e) < 0)
			return -1;
	}
	return got;
}

/* Where runs reach into the month a point of theirs may be one of a chunk: what goes is counted by reading it. */
static int cut_lane(const struct dropping *d, const struct thing *lane, struct err *e)
{
	const int64_t arg[] = { d->r[0], d->r[1], lane->id * LANE, (lane->id + 1) * LANE };
	struct cut *c = calloc(1, sizeof(*c));
	struct stmt *st = c ? ask(d->en, Q_SERIES, arg, COUNT(arg), e) : NULL;
	int64_t gone;
	int got = -1;

	if (!c)
		return err_nomem(e);
	c->lane = lane->id;
	c->org = lane->org;
	while (st && (got = stmt_step(st, e)) > 0) {
		int64_t floor = stmt_int(st, 1);

		c->r[slot_of(stmt_int(st, 0))] = (struct range){ d->r[0], floor < d->r[1] ? floor : d->r[1] };
	}
	stmt_reset(st);
	if (got == 0)
		got = lane_cut(d->en, c, &gone, e);
	free(c);
	return got;
}

static int take_lanes(struct dropping *d, struct err *e)
{
	for (size_t i = 0; i < d->n; i++) {
		struct thing *t = d->v + i;
		int got = yes(d->en, Q_RUNS, (const int64_t[]){ t->id, d->r[0], d->r[1] }, 3, e);

		if (got < 0 || (got > 0 ? cut_lane(d, t, e) : lane_change(d->en, t->id, -t->n, e)) < 0)
			return -1;
	}
	return 0;
}

static int drop_month(struct db *db, void *arg, struct err *e)
{
	struct dropping *d = arg;
	int got;

	(void)db;
	if (engine_sync(d->en, e) < 0)
		return -1;
	got = yes(d->en, Q_SPENT, d->r, 1, e);
	if (got <= 0)
		return got;
	if (read_things(d, Q_LANES, e) < 0 || take_lanes(d, e) < 0 || read_things(d, Q_STALE, e) < 0 || yes(d->en, Q_DROP, d->r, 1, e) < 0)
		return -1;
	for (size_t i = 0; i < d->n; i++)
		if (latest_renew(d->en, d->v[i].org, d->v[i].id, e) < 0)
			return -1;
	/* Another may be made of the same name. */
	months_done(d->en);
	return 0;
}

/* The next month that has a part: 1, 0, -1. */
static int next_month(struct dropping *d, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(d->en->db, month_sql + Q_NEXT, &st, e) < 0)
		return -1;
	stmt_bind_text(st, 1, STR("chunk"));
	stmt_bind_int(st, 2, d->r[0]);
	got = stmt_step(st, e);
	if (got <= 0 || stmt_is_null(st, 0))
		return got < 0 ? -1 : 0;
	d->r[0] = stmt_int(st, 0);
	d->r[1] = month_end(d->r[0]);
	return 1;
}

static int trim(struct db *db, void *arg, struct err *e)
{
	struct dropping *d = arg;

	(void)db;
	months_done(d->en);
	return mirror_trim(d->en, e);
}

int series_months_drop(struct db *db, bool (*stop)(void *arg), void *arg, struct err *e)
{
	struct dropping d = { .r = { TIME_MIN - 1, 0 } };
	int got = 0;

	if (!db_months(db))
		return 0;
	if (engine_of(db, &d.en, e) < 0)
		return -1;
	/* On several servers what lies below floors goes lane by lane, which is what can be taken back there. */
	while (!shard_there(d.en, e) && !e->code && !(stop && stop(arg)) && (got = next_month(&d, e)) > 0) {
		got = yes(d.en, Q_SPENT, d.r, 1, e);
		if (got > 0)
			got = db_write(db, false, drop_month, &d, e);
		if (got < 0)
			break;
	}
	if (e->code)
		got = -1;
	if (got >= 0 && !(stop && stop(arg)))
		got = db_write(db, false, trim, &d, e);
	free(d.v);
	return got < 0 ? -1 : 0;
}
