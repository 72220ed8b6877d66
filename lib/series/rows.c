/* SPDX-License-Identifier: MIT */
/* Points as plain rows: the shape that the engine of runs and chunks replaces behind the same interface. */
#include "base/arena.h"
#include "series/series.h"

#define PAGE 4096 /* points read per snapshot */

enum {
	Q_SERIES_FIND,
	Q_SERIES_ADD,
	Q_SERIES_OF,
	Q_POINT_ADD,
	Q_POINT_GET,
	Q_POINT_SET,
	Q_CORRECTION_ADD,
	Q_SCAN_UP,
	Q_SCAN_DOWN,
	Q_LATEST,
	Q_BEFORE,
	Q_POINT_DEL,
	Q_PURGE_POINTS,
	Q_PURGE_CORRECTIONS,
	Q_PURGE_SERIES,
	Q_STATS_SERIES,
	Q_STATS_POINTS,
	Q_STATS_SERIES_OF,
	Q_STATS_POINTS_OF,
	Q_COUNT
};

#define POINT_COLUMNS "ts, type, quality, num, txt, raw"

static const struct sql sql[Q_COUNT] = {
	[Q_SERIES_FIND] = { "SELECT id FROM series WHERE device_id = $1 AND name = $2", NULL },
	[Q_SERIES_ADD] = { "INSERT INTO main.series (org_id, device_id, name) VALUES ($1, $2, $3)", "series" },
	[Q_SERIES_OF] = { "SELECT id, name FROM series WHERE device_id = $1 ORDER BY name", NULL },
	[Q_POINT_ADD] = { "INSERT INTO main.point (series_id, org_id, " POINT_COLUMNS ")"
			  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (series_id, ts) DO NOTHING",
			  "point" },
	[Q_POINT_GET] = { "SELECT " POINT_COLUMNS " FROM point WHERE series_id = $1 AND ts = $2", NULL },
	[Q_POINT_SET] = { "UPDATE main.point SET type = $3, quality = $4, num = $5, txt = $6, raw = $7"
			  " WHERE series_id = $1 AND ts = $2",
			  "point" },
	[Q_CORRECTION_ADD] = { "INSERT INTO main.correction (org_id, series_id, ts, type, quality, num, txt, raw, at, run_id)"
			       " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
			       "correction" },
	[Q_SCAN_UP] = { "SELECT " POINT_COLUMNS " FROM point WHERE series_id = $1 AND ts >= $2 AND ts < $3"
			" ORDER BY ts LIMIT $4",
			NULL },
	[Q_SCAN_DOWN] = { "SELECT " POINT_COLUMNS " FROM point WHERE series_id = $1 AND ts >= $2 AND ts < $3"
			  " ORDER BY ts DESC LIMIT $4",
			  NULL },
	[Q_LATEST] = { "SELECT " POINT_COLUMNS " FROM point WHERE series_id = $1 AND type <> 0 ORDER BY ts DESC LIMIT 1", NULL },
	[Q_BEFORE] = { "SELECT " POINT_COLUMNS " FROM point WHERE series_id = $1 AND ts < $2 AND type IN (1, 2)"
		       " AND quality < 2 ORDER BY ts DESC LIMIT 1",
		       NULL },
	[Q_POINT_DEL] = { "DELETE FROM main.point WHERE series_id = $1 AND ts >= $2 AND ts < $3", "point" },
	[Q_PURGE_POINTS] = { "DELETE FROM main.point WHERE series_id IN (SELECT id FROM series WHERE device_id = $1)", "point" },
	[Q_PURGE_CORRECTIONS] = { "DELETE FROM main.correction WHERE series_id IN (SELECT id FROM series WHERE device_id = $1)",
				  "correction" },
	[Q_PURGE_SERIES] = { "DELETE FROM main.series WHERE device_id = $1", "series" },
	[Q_STATS_SERIES] = { "SELECT COUNT(*) FROM series", NULL },
	[Q_STATS_POINTS] = { "SELECT COUNT(*), COALESCE(MIN(ts), 0), COALESCE(MAX(ts), 0) FROM point", NULL },
	[Q_STATS_SERIES_OF] = { "SELECT COUNT(*) FROM series WHERE device_id = $1", NULL },
	[Q_STATS_POINTS_OF] = { "SELECT COUNT(*), COALESCE(MIN(ts), 0), COALESCE(MAX(ts), 0) FROM point"
				" WHERE series_id IN (SELECT id FROM series WHERE device_id = $1)",
				NULL },
};

int series_ready(struct db *db, struct err *e)
{
	return db_ready(db, sql, COUNT(sql), e);
}

int series_find(struct db *db, int64_t device, struct str name, int64_t *id, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(db, sql + Q_SERIES_FIND, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, device);
	stmt_bind_text(st, 2, name);
	got = stmt_step(st, e);
	*id = got > 0 ? stmt_int(st, 0) : 0;
	return got < 0 ? -1 : 0;
}

int series_make(struct db *db, int64_t device, struct str name, int64_t *id, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (series_find(db, device, name, id, e) < 0)
		return -1;
	if (*id)
		return 0;
	if (db_stmt(db, sql + Q_SERIES_ADD, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, db_self(db));
	stmt_bind_int(st, 2, device);
	stmt_bind_text(st, 3, name);
	if (stmt_run(st, e) < 0)
		return -1;
	*id = db_last_id(db);
	return 0;
}

int series_each(struct db *db, int64_t device, int (*fn)(int64_t id, struct str name, void *arg, struct err *e), void *arg,
		struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(db, sql + Q_SERIES_OF, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, device);
	while ((got = stmt_step(st, e)) > 0)
		if (fn(stmt_int(st, 0), stmt_text(st, 1), arg, e) < 0)
			return -1;
	return got;
}

/* Columns type, quality, num, txt, raw from parameter i on. */
static void bind_point(struct stmt *st, int i, const struct point *p)
{
	bool text = p->value.type == VALUE_STRING || p->value.type == VALUE_LOCATION;

	stmt_bind_int(st, i, p->value.type);
	stmt_bind_int(st, i + 1, p->quality);
	if (p->value.type == VALUE_NUMBER || p->value.type == VALUE_BOOL)
		stmt_bind_real(st, i + 2, p->value.num);
	else
		stmt_bind_null(st, i + 2);
	if (text)
		stmt_bind_text(st, i + 3, p->value.txt.ptr ? p->value.txt : STR(""));
	else
		stmt_bind_null(st, i + 3);
	if (p->has_raw)
		stmt_bind_real(st, i + 4, p->raw);
	else
		stmt_bind_null(st, i + 4);
}

static void read_point(const struct stmt *st, int64_t series, struct point *p)
{
	*p = (struct point){ .series = series, .ts = stmt_int(st, 0) };
	p->value.type = (enum value_type)stmt_int(st, 1);
	p->quality = (enum quality)stmt_int(st, 2);
	p->value.num = stmt_real(st, 3);
	p->value.txt = stmt_text(st, 4);
	p->has_raw = !stmt_is_null(st, 5);
	p->raw = stmt_real(st, 5);
}

/* ---- append ---- */

struct appending {
	struct db *db;
	bool keep_last;
	int64_t run, now;
};

static int keep_correction(const struct appending *a, const struct point *old, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(a->db, sql + Q_CORRECTION_ADD, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, db_self(a->db));
	stmt_bind_int(st, 2, old->series);
	stmt_bind_int(st, 3, old->ts);
	bind_point(st, 4, old);
	stmt_bind_int(st, 9, a->now);
	stmt_bind_int(st, 10, a->run);
	return stmt_run(st, e);
}

static int replace(const struct appending *a, const struct point *p, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(a->db, sql + Q_POINT_SET, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, p->series);
	stmt_bind_int(st, 2, p->ts);
	bind_point(st, 3, p);
	return stmt_run(st, e);
}

/* The key is there already: a repetition, a correction or a conflict. */
static int settle(const struct appending *a, const struct point *p, enum outcome *outcome, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	struct point old;

	if (db_stmt(a->db, sql + Q_POINT_GET, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, p->series);
	stmt_bind_int(st, 2, p->ts);
	if (stmt_step(st, e) <= 0)
		return e->code ? -1 : err_set(e, E_BUG, "a point is there and is not");
	read_point(st, p->series, &old);
	if (point_same(&old, p)) {
		*outcome = OUTCOME_DUPLICATE;
		return 0;
	}
	*outcome = a->keep_last ? OUTCOME_CORRECTED : OUTCOME_CONFLICT;
	if (!a->keep_last)
		return 0;
	return keep_correction(a, &old, e) < 0 ? -1 : replace(a, p, e);
}

int series_append(struct db *db, const struct point *p, size_t n, bool keep_last, int64_t run, int64_t now,
		  enum outcome *outcome, struct err *e)
{
	struct appending a = { db, keep_last, run, now };
	struct stmt *add;

	if (db_stmt(db, sql + Q_POINT_ADD, &add, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		stmt_bind_int(add, 1, p[i].series);
		stmt_bind_int(add, 2, db_self(db));
		stmt_bind_int(add, 3, p[i].ts);
		bind_point(add, 4, p + i);
		if (stmt_run(add, e) < 0)
			return -1;
		outcome[i] = OUTCOME_STORED;
		if (db_changes(db) == 0 && settle(&a, p + i, outcome + i, e) < 0)
			return -1;
	}
	return 0;
}

/* ---- scan ---- */

struct series_scan {
	struct db *db;
	int64_t series;
	struct range left; /* what is not read yet */
	bool down, end;
	struct point *page;
	size_t n, at;
	struct arena text;
};

int series_scan(struct db *db, int64_t series, const struct range *r, bool newest_first, struct series_scan **out,
		struct err *e)
{
	struct series_scan *s = calloc(1, sizeof(*s));

	if (!s || !(s->page = malloc(PAGE * sizeof(*s->page)))) {
		free(s);
		return err_nomem(e);
	}
	s->db = db;
	s->series = series;
	s->left = *r;
	s->down = newest_first;
	s->text.max = (size_t)PAGE * (VALUE_STRING_MAX + 64);
	*out = s;
	return 0;
}

/* A page of points, copied, so that no read transaction lives while the caller prints. */
static int fill(struct series_scan *s, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got = 0;

	s->n = s->at = 0;
	arena_clear(&s->text);
	if (db_stmt(s->db, sql + (s->down ? Q_SCAN_DOWN : Q_SCAN_UP), &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, s->series);
	stmt_bind_int(st, 2, s->left.from);
	stmt_bind_int(st, 3, s->left.to);
	stmt_bind_int(st, 4, PAGE);
	while (s->n < PAGE && (got = stmt_step(st, e)) > 0) {
		struct point *p = s->page + s->n++;

		read_point(st, s->series, p);
		if (!p->value.txt.ptr)
			continue;
		p->value.txt.ptr = arena_dup(&s->text, p->value.txt);
		if (!p->value.txt.ptr)
			return err_nomem(e);
	}
	if (got < 0)
		return -1;
	s->end = s->n < PAGE;
	if (s->n && s->down)
		s->left.to = s->page[s->n - 1].ts;
	else if (s->n)
		s->left.from = s->page[s->n - 1].ts + 1;
	return 0;
}

int series_next(struct series_scan *s, struct point *p, struct err *e)
{
	if (s->at == s->n) {
		if (s->end)
			return 0;
		if (fill(s, e) < 0)
			return -1;
		if (s->n == 0)
			return 0;
	}
	*p = s->page[s->at++];
	return 1;
}

void series_scan_free(struct series_scan *s)
{
	if (!s)
		return;
	arena_done(&s->text);
	free(s->page);
	free(s);
}

int series_latest(struct db *db, int64_t series, struct point *p, struct sb *text, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(db, sql + Q_LATEST, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, series);
	got = stmt_step(st, e);
	if (got <= 0)
		return got;
	read_point(st, series, p);
	if (p->value.txt.ptr) {
		size_t at = text->len;

		if (sb_add(text, p->value.txt.ptr, p->value.txt.len) < 0)
			return err_nomem(e);
		p->value.txt.ptr = sb_cstr(text) + at;
	}
	return 1;
}

/* ---- aggregate ---- */

static int value_before(struct db *db, int64_t series, int64_t ts, bool *has, double *v, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(db, sql + Q_BEFORE, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, series);
	stmt_bind_int(st, 2, ts);
	got = stmt_step(st, e);
	*has = got > 0;
	*v = got > 0 ? stmt_real(st, 3) : 0;
	return got < 0 ? -1 : 0;
}

int series_aggregate(struct db *db, int64_t series, const struct range *r, const struct step *step, const struct zone *zone,
		     bool delta, int (*fn)(const struct bucket *b, void *arg, struct err *e), void *arg, struct err *e)
{
	AUTO(series_scan_freep) struct series_scan *s = NULL;
	struct bucket b = { 0 };
	int64_t end = INT64_MIN; /* of the bucket at hand: most points fall into the same as the one before */
	bool has = false;
	double before = 0;
	struct point p;
	int got;

	if (delta && value_before(db, series, r->from, &has, &before, e) < 0)
		return -1;
	if (series_scan(db, series, r, false, &s, e) < 0)
		return -1;
	while ((got = series_next(s, &p, e)) > 0) {
		if (p.ts >= end) {
			int64_t start = step ? step_floor(step, zone, p.ts) : r->from;

			if (b.count && fn(&b, arg, e) < 0)
				return -1;
			if (b.count) {
				has = true;
				before = b.last;
			}
			bucket_begin(&b, start, has, before);
			end = step ? step_next(step, zone, start) : r->to;
		}
		bucket_add(&b, &p);
	}
	if (got < 0)
		return -1;
	return b.count ? fn(&b, arg, e) : 0;
}

/* ---- delete and count ---- */

int series_delete(struct db *db, int64_t series, const struct range *r, int64_t *n, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + Q_POINT_DEL, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, series);
	stmt_bind_int(st, 2, r->from);
	stmt_bind_int(st, 3, r->to);
	if (stmt_run(st, e) < 0)
		return -1;
	*n = db_changes(db);
	return 0;
}

int series_purge(struct db *db, int64_t device, int64_t *n, struct err *e)
{
	*n = 0;
	for (int q = Q_PURGE_POINTS; q <= Q_PURGE_SERIES; q++) {
		AUTO(stmt_resetp) struct stmt *st = NULL;

		if (db_stmt(db, sql + q, &st, e) < 0)
			return -1;
		stmt_bind_int(st, 1, device);
		if (stmt_run(st, e) < 0)
			return -1;
		if (q == Q_PURGE_POINTS)
			*n = db_changes(db);
	}
	return 0;
}

static int stat_row(struct db *db, int q, int64_t device, int64_t *v, int n, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + q, &st, e) < 0)
		return -1;
	if (device)
		stmt_bind_int(st, 1, device);
	if (stmt_step(st, e) < 0)
		return -1;
	for (int i = 0; i < n; i++)
		v[i] = stmt_int(st, i);
	return 0;
}

int series_stats(struct db *db, int64_t device, struct series_stats *s, struct err *e)
{
	int64_t v[3];

	if (stat_row(db, device ? Q_STATS_SERIES_OF : Q_STATS_SERIES, device, &s->series, 1, e) < 0 ||
	    stat_row(db, device ? Q_STATS_POINTS_OF : Q_STATS_POINTS, device, v, 3, e) < 0)
		return -1;
	s->points = v[0];
	s->oldest = v[1];
	s->newest = v[2];
	return 0;
}
