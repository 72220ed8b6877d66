/* SPDX-License-Identifier: MIT */
/* The newest point of a series: a row that merges raise, and what no merge has seen yet. */
#include "series/runs.h"

#define RAISED(column) column " = CASE WHEN latest.at IS NULL OR excluded.at >= latest.at THEN excluded." column " ELSE latest." column " END"

enum { Q_GET, Q_RAISE, Q_NEWER, Q_DROP };

const struct sql latest_sql[] = {
	[Q_GET] = { "SELECT s.floor, l.t, l.at, l.type, l.quality, l.num, l.txt, l.raw FROM series s LEFT JOIN latest l ON l.series_id = s.id"
		    " WHERE s.id = $1",
		    NULL },
	[Q_RAISE] = { "INSERT INTO main.latest (series_id, org_id, t, at, type, quality, num, txt, raw)"
		      " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (series_id) DO UPDATE SET"
		      " t = CASE WHEN excluded.t > latest.t THEN excluded.t ELSE latest.t END, " RAISED("type") ", " RAISED("quality") ", "
		      RAISED("num") ", " RAISED("txt") ", " RAISED("raw") ", " RAISED("at"),
		      "latest" },
	/* Mostly the row is there and older in all: to find that out costs half of the above. */
	[Q_NEWER] = { "UPDATE main.latest SET t = $3, at = $4, type = $5, quality = $6, num = $7, txt = $8, raw = $9"
		      " WHERE series_id = $1 AND org_id = $2 AND t < $3 AND at < $4",
		      "latest" },
	[Q_DROP] = { "DELETE FROM main.latest WHERE series_id = $1", "latest" },
};
const size_t latest_sql_n = COUNT(latest_sql);

/* ---- reading ---- */

struct newest {
	struct engine *en;
	int64_t series, floor;
	bool has;
	bool unsure; /* a newer write took away the value of what was the newest */
	struct point p;
	struct sb *text;
	size_t base; /* of the text of p in `text` */
	struct block b; /* of the run at hand */
	struct arena texts;
};

static int hold(struct newest *x, const struct point *p, struct err *e)
{
	x->p = *p;
	x->has = true;
	x->unsure = false;
	x->text->len = x->base;
	if (p->value.txt.ptr && sb_add(x->text, p->value.txt.ptr, p->value.txt.len) < 0)
		return err_nomem(e);
	return 0;
}

static int from_row(struct newest *x, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	struct point p = { 0 };
	int got;

	if (db_stmt(x->en->db, latest_sql + Q_GET, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, x->series);
	got = stmt_step(st, e);
	if (got <= 0)
		return got;
	x->floor = stmt_is_null(st, 0) ? INT64_MIN : stmt_int(st, 0);
	if (stmt_is_null(st, 2))
		return 1;
	p.ts = stmt_int(st, 2);
	read_value(st, 3, &p);
	return hold(x, &p, e) < 0 ? -1 : 1;
}

static int from_block(struct newest *x, const struct block *b, struct err *e)
{
	struct point p = { 0 };
	size_t i = b->n;

	for (; i > 0 && (!x->has || b->ts[i - 1] >= x->p.ts); i--) {
		block_get(b, i - 1, &p);
		if (p.value.type != VALUE_NULL)
			return hold(x, &p, e);
		x->unsure |= x->has && p.ts == x->p.ts;
	}
	return 0;
}

static int from_run(const struct run_seen *run, void *arg, struct err *e)
{
	struct newest *x = arg;
	const struct run_part *part = run_part_of(run, x->series);
	int rc;

	if (x->has && run->h.t1 < x->p.ts)
		return 0;
	if (run->damaged)
		damage_note(x->en, x->series, "run", &(struct range){ run->h.t0, run->h.t1 });
	if (!part)
		return 0;
	block_clear(&x->b);
	arena_clear(&x->texts);
	rc = runblob_read(part, &x->b, &x->texts, &x->en->scratch, e);
	return rc > 0 ? from_block(x, &x->b, e) : rc;
}

static int from_runs(struct newest *x, struct err *e)
{
	const struct run_ask ask = { lane_of(x->series), { x->has ? x->p.ts : INT64_MIN, INT64_MAX }, true };
	int rc = missing_series(x->en, x->series, e);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	x->texts.max = (size_t)1 << 30;
	rc = runs_each(x->en, &ask, from_run, x, e);
	arena_done(&x->texts);
	block_done(&x->b);
	return rc;
}

/* By reading from the end. */
static int from_scan(struct newest *x, struct db *db, struct err *e)
{
	AUTO(series_scan_freep) struct series_scan *s = NULL;
	const struct range all = { INT64_MIN, INT64_MAX };
	struct point p;
	int got;

	x->has = x->unsure = false;
	if (series_scan(db, x->series, &all, true, &s, e) < 0)
		return -1;
	while ((got = series_next(s, &p, e)) > 0)
		if (p.value.type != VALUE_NULL)
			return hold(x, &p, e);
	return got;
}

int series_latest(struct db *db, int64_t series, struct point *p, struct sb *text, struct err *e)
{
	struct newest x = { .series = series, .text = text, .base = text->len };
	int rc;

	if (engine_of(db, &x.en, e) < 0 || series_read_begin(db, e) < 0)
		return -1;
	rc = from_row(&x, e);
	if (rc > 0)
		rc = from_runs(&x, e) < 0 ? -1 : 1;
	db_read_end(db);
	if (rc > 0 && x.unsure && from_scan(&x, db, e) < 0)
		rc = -1;
	if (rc <= 0 || !x.has || x.p.ts < x.floor)
		return rc < 0 ? -1 : 0;
	*p = x.p;
	p->series = series;
	if (p->value.txt.ptr)
		p->value.txt.ptr = sb_cstr(text) + x.base;
	return 1;
}

/* ---- writing ---- */

static int put(struct engine *en, const struct sql *q, int64_t org, int64_t t, const struct point *p, int64_t series, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	const struct point none = { 0 };

	if (db_stmt(en->db, q, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, series);
	stmt_bind_int(st, 2, org);
	stmt_bind_int(st, 3, t);
	if (p)
		stmt_bind_int(st, 4, p->ts);
	bind_value(st, 5, p ? p : &none);
	return stmt_post_row(st, 1, e);
}

int latest_raise(struct engine *en, int64_t org, int64_t t, const struct point *p, int64_t series, struct err *e)
{
	if (p && !db_posts(en->db)) {
		if (put(en, latest_sql + Q_NEWER, org, t, p, series, e) < 0)
			return -1;
		if (db_changes(en->db))
			return 0;
	}
	return put(en, latest_sql + Q_RAISE, org, t, p, series, e);
}

static int drop(struct engine *en, int64_t series, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(en->db, latest_sql + Q_DROP, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, series);
	return stmt_post(st, e);
}

int latest_renew(struct engine *en, int64_t org, int64_t series, struct err *e)
{
	AUTO(series_scan_freep) struct series_scan *s = NULL;
	const struct range all = { INT64_MIN, INT64_MAX };
	struct point p;
	int64_t t = 0;
	bool any = false;
	int got;

	if (drop(en, series, e) < 0 || series_scan(en->db, series, &all, true, &s, e) < 0)
		return -1;
	while ((got = series_next(s, &p, e)) > 0) {
		t = any ? t : p.ts;
		any = true;
		if (p.value.type != VALUE_NULL)
			return latest_raise(en, org, t, &p, series, e);
	}
	return got < 0 ? -1 : any ? latest_raise(en, org, t, NULL, series, e) : 0;
}
