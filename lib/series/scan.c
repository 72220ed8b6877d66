/* SPDX-License-Identifier: MIT */
/*
 * Reading a series: step by step, each in a snapshot of its own that ends before the caller sees a point. A step is as many chunks as fit, with what the runs
 * of the lane have for the same stretch of time; where both have an instant the newer write holds.
 */
#include "series/runs.h"

#define STEP_FIRST 2 /* chunks in the first step: who wants few points gets them soon */
#define STEP_MOST 8 /* what they decode to fits into the cache of a core */
#define AHEAD_POINTS 65536 /* that are read ahead of printing, of several series */
#define TEXT_MAX ((size_t)1 << 30)

enum { Q_FLOOR, Q_CHUNKS, Q_STEP_DOWN };

const struct sql scan_sql[] = {
	[Q_FLOOR] = { "SELECT floor FROM series WHERE id = $1", NULL },
	[Q_CHUNKS] = { "SELECT " CHUNK_COLUMNS " FROM chunk WHERE series_id = $1" IN_LANE
		       " AND t0 >= COALESCE((SELECT MAX(t0) FROM chunk WHERE series_id = $1" IN_LANE " AND t0 >= $4 AND t0 <= $2), $2) AND t0 >= $4 AND t0 < $3"
		       " ORDER BY t0",
		       NULL },
	[Q_STEP_DOWN] = { "SELECT t0 FROM chunk WHERE series_id = $1" IN_LANE " AND t0 > $2 AND t0 < $3 ORDER BY t0 DESC LIMIT 1 OFFSET $4", NULL },
};
const size_t scan_sql_n = COUNT(scan_sql);

/* ---- what is damaged ---- */

void damage_note(struct engine *en, int64_t series, const char *what, const struct range *r)
{
	char from[40], to[40], title[200];

	if (en->damaged++)
		return;
	series_title(en, series, title, sizeof(title));
	(void)time_print(r->from, NULL, from);
	(void)time_print(r->to, NULL, to);
	(void)snprintf(en->first_damage, sizeof(en->first_damage), "a damaged %s of %s, %s to %s", what, title, from, to);
}

void aside_note(struct engine *en, int64_t series, const char *what, const struct range *r)
{
	en->aside = true;
	damage_note(en, series, what, r);
}

static int first_damage(const struct engine *en, const char *came_of_it, const char *advice, struct err *e)
{
	return err_set(e, E_PARTIAL, "%s, is %s%s: %s", en->first_damage, came_of_it, en->damaged > 1 ? " (and there are more)" : "", advice);
}

int series_damage(struct db *db, struct err *e)
{
	const struct engine *en = db_attached(db);

	return en && en->damaged ? first_damage(en, "left out", "run sit-db check", e) : 0;
}

int series_put_aside(struct db *db, struct err *e)
{
	const struct engine *en = db_attached(db);

	return en && en->aside ? first_damage(en, "put aside unread", "what it had is in backups only (sit-backup list)", e) : 0;
}

/* ---- a stretch of time ---- */

struct stretch {
	struct engine *en;
	int64_t series;
	struct range r;	   /* cut to `most` chunks */
	int64_t most;
	struct block *out, *tmp;
	struct arena *text;
};

/* What of tmp lies in the stretch joins what is there. */
static int take(struct stretch *x, struct err *e)
{
	block_cut(x->tmp, block_find(x->tmp, x->r.from), block_find(x->tmp, x->r.to));
	return block_merge(x->out, x->tmp, e);
}

/* A chunk joins what is there; mostly it lies behind it. 1, 0 damaged, -1. */
static int take_chunk(struct stretch *x, const struct chunk_head *h, struct str blob, struct err *e)
{
	struct block *b = x->out;
	int rc;

	if (!chunk_intact(h, blob))
		return 0;
	if (b->n && h->t0 <= b->ts[b->n - 1]) {
		block_clear(x->tmp);
		rc = chunk_read(h, blob, x->tmp, x->text, &x->en->scratch, e);
		return rc > 0 && take(x, e) < 0 ? -1 : rc;
	}
	rc = chunk_read(h, blob, b, x->text, &x->en->scratch, e);
	if (rc > 0 && (h->t0 < x->r.from || h->t1 >= x->r.to))
		block_cut(b, block_find(b, x->r.from), block_find(b, x->r.to));
	return rc;
}

static int take_chunks(struct stretch *x, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int64_t seen = 0;
	int got, rc;

	if (db_stmt(x->en->db, scan_sql + Q_CHUNKS, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, x->series);
	stmt_bind_int(st, 2, x->r.from);
	stmt_bind_int(st, 3, x->r.to);
	stmt_bind_int(st, 4, month_begin(x->r.from));
	while ((got = stmt_step(st, e)) > 0) {
		struct chunk_head h;
		struct str blob;

		if (seen++ == x->most) { /* it begins behind where the stretch begins, as all but the first do */
			x->r.to = stmt_int(st, 1);
			return 0;
		}
		chunk_row_read(st, &h, &blob);
		if (h.t1 < x->r.from && chunk_intact(&h, blob))
			continue;
		rc = take_chunk(x, &h, blob, e);
		if (rc < 0)
			return -1;
		if (rc == 0)
			damage_note(x->en, x->series, "chunk", &(struct range){ h.t0, h.t1 });
	}
	return got;
}

static int take_run(const struct run_seen *run, void *arg, struct err *e)
{
	struct stretch *x = arg;
	const struct run_part *part = run_part_of(run, x->series);
	int got = !run->damaged;

	if (part) {
		block_clear(x->tmp);
		got = runblob_read(part, x->tmp, x->text, &x->en->scratch, e);
	}
	if (got == 0)
		damage_note(x->en, x->series, "run", &(struct range){ run->h.t0, run->h.t1 });
	return got < 0 || (part && got > 0 && take(x, e) < 0) ? -1 : 0;
}


/* ---- scan ---- */

struct series_scan {
	struct engine *en;
	int64_t series;
	struct range left; /* what is not read yet */
	bool down, physical;
	int64_t step; /* chunks in the next one */
	struct block page, tmp;
	size_t at; /* points given out */
	struct arena text;
};

int series_scan(struct db *db, int64_t series, const struct range *r, bool newest_first, struct series_scan **out,
		struct err *e)
{
	struct series_scan *s = calloc(1, sizeof(*s));

	if (!s)
		return err_nomem(e);
	s->series = series;
	s->left = *r;
	s->down = newest_first;
	s->step = STEP_FIRST;
	s->text.max = TEXT_MAX;
	if (engine_of(db, &s->en, e) < 0) {
		free(s);
		return -1;
	}
	s->page = s->en->spare;
	s->en->spare = (struct block){ 0 };
	block_clear(&s->page);
	*out = s;
	return 0;
}

/* Newest first: from where the first chunk of the next step begins. */
static int next_stretch(const struct series_scan *s, struct range *r, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(s->en->db, scan_sql + Q_STEP_DOWN, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, s->series);
	stmt_bind_int(st, 2, r->from);
	stmt_bind_int(st, 3, r->to);
	stmt_bind_int(st, 4, s->step - 1);
	got = stmt_step(st, e);
	if (got > 0)
		r->from = stmt_int(st, 0);
	return got < 0 ? -1 : 0;
}

/* Nothing is read of a series that is not seen, nor from before its floor. */
static int raise_to_floor(struct series_scan *s, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(s->en->db, scan_sql + Q_FLOOR, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, s->series);
	got = stmt_step(st, e);
	if (got == 0)
		s->left.from = s->left.to;
	else if (got > 0 && !stmt_is_null(st, 0) && stmt_int(st, 0) > s->left.from)
		s->left.from = stmt_int(st, 0);
	return got < 0 ? -1 : 0;
}

/* What chunks and runs have of the next stretch. */
static int step(struct series_scan *s, struct err *e)
{
	struct stretch x = { .en = s->en, .series = s->series, .most = s->down ? INT64_MAX : s->step, .out = &s->page, .tmp = &s->tmp, .text = &s->text };
	int rc;

	if (!s->physical && raise_to_floor(s, e) < 0)
		return -1;
	if (s->left.from >= s->left.to)
		return 0;
	rc = missing_series(s->en, s->series, e);
	if (rc != 0) {
		s->left.from = s->left.to;
		return rc < 0 ? -1 : 0;
	}
	/* Chunks have about a thousand points. */
	if (s->step > STEP_FIRST && block_reserve(&s->page, (size_t)s->step * 1152, e) < 0)
		return -1;
	x.r = s->left;
	if (s->down && next_stretch(s, &x.r, e) < 0)
		return -1;
	rc = take_chunks(&x, e) < 0 ? -1 : runs_each(s->en, &(struct run_ask){ lane_of(s->series), x.r, false }, take_run, &x, e);
	if (s->down)
		s->left.to = x.r.from;
	else
		s->left.from = x.r.to;
	s->step = s->step * 4 < STEP_MOST ? s->step * 4 : STEP_MOST;
	return rc;
}

/* The next page that is not empty; none at the end. */
static int fill(struct series_scan *s, struct err *e)
{
	int rc = 0;

	s->at = 0;
	block_clear(&s->page);
	while (rc == 0 && s->page.n == 0 && s->left.from < s->left.to) {
		arena_clear(&s->text);
		if (series_read_begin(s->en->db, e) < 0)
			return -1;
		rc = step(s, e);
		db_read_end(s->en->db);
	}
	return rc;
}

int series_ahead(struct series_scan *const *s, size_t n, struct err *e)
{
	size_t points = 0;
	int rc = 0;

	if (n == 0 || series_read_begin(s[0]->en->db, e) < 0)
		return n ? -1 : 0;
	for (size_t i = 0; i < n && rc == 0 && points < AHEAD_POINTS; i++) {
		rc = fill(s[i], e);
		points += s[i]->page.n;
	}
	db_read_end(s[0]->en->db);
	return rc;
}

void scan_physical(struct series_scan *s)
{
	s->physical = true;
}

int scan_page(struct series_scan *s, const struct block **page, struct err *e)
{
	if (fill(s, e) < 0)
		return -1;
	s->at = s->page.n;
	*page = &s->page;
	return s->page.n > 0;
}

int series_next(struct series_scan *s, struct point *p, struct err *e)
{
	if (s->at == s->page.n) {
		if (fill(s, e) < 0)
			return -1;
		if (s->page.n == 0)
			return 0;
	}
	p->series = s->series;
	block_get(&s->page, s->down ? s->page.n - 1 - s->at : s->at, p);
	s->at++;
	return 1;
}

int series_numbers(struct series_scan *s, struct series_numbers *out, struct err *e)
{
	const struct block *b = &s->page;
	size_t end;

	if (s->at == b->n && fill(s, e) < 0)
		return -1;
	end = s->at;
	while (!s->down && end < b->n && b->status[end] == b->status[s->at] && (b->status[end] & ~STATUS_QUALITY) == VALUE_NUMBER)
		end++;
	*out = (struct series_numbers){ .n = end - s->at };
	if (out->n) {
		out->quality = (enum quality)(b->status[s->at] >> 3 & 3);
		out->ts = b->ts + s->at;
		out->num = b->num + s->at;
	}
	s->at = end;
	return 0;
}

void series_scan_free(struct series_scan *s)
{
	if (!s)
		return;
	arena_done(&s->text);
	/* Kept for the next scan: memory that was touched once is cheaper than new memory. */
	if (s->page.cap > s->en->spare.cap) {
		block_done(&s->en->spare);
		s->en->spare = s->page;
	} else {
		block_done(&s->page);
	}
	block_done(&s->tmp);
	free(s);
}
