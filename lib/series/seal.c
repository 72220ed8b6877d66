/* SPDX-License-Identifier: MIT */
/* Points of a series out of runs into chunks: in order behind the last chunk, late ones into the chunk they fall in. A chunk ends with its month (UTC). */
#include "series/merge.h"

#include "base/days.h"

#define FOLD_MOST 64 /* chunks rewritten in one go */
#define FOLD_AT 64   /* late points that are worth it */

enum { Q_LAST, Q_OWNER, Q_NEXT };

const struct sql seal_sql[] = {
	[Q_LAST] = { "SELECT t1 FROM chunk WHERE series_id = $1" IN_LANE " ORDER BY t0 DESC LIMIT 1", NULL },
	[Q_OWNER] = { "SELECT " CHUNK_COLUMNS " FROM chunk WHERE series_id = $1" IN_LANE " AND t0 <= $2 ORDER BY t0 DESC LIMIT 1", NULL },
	[Q_NEXT] = { "SELECT MIN(t0) FROM chunk WHERE series_id = $1" IN_LANE " AND t0 > $2", NULL },
};
const size_t seal_sql_n = COUNT(seal_sql);

int64_t month_end(int64_t t)
{
	int64_t y;
	int m, d;

	date_from_days(floor_div(t, US_PER_DAY), &y, &m, &d);
	return days_from_date(m == 12 ? y + 1 : y, m == 12 ? 1 : m + 1, 1) * US_PER_DAY;
}

int64_t month_begin(int64_t t)
{
	int64_t y;
	int m, d;

	if (t < TIME_MIN) /* nothing lies there */
		return t;
	date_from_days(floor_div(t, US_PER_DAY), &y, &m, &d);
	return days_from_date(y, m, 1) * US_PER_DAY;
}

static void *grown(void *p, size_t n, size_t *cap, size_t size)
{
	size_t more = *cap ? *cap * 2 : 16;

	if (n < *cap)
		return p;
	p = realloc(p, more * size);
	if (p)
		*cap = more;
	return p;
}

int merge_removes(struct merge *m, int64_t series, int64_t t0, bool damaged, struct err *e)
{
	struct removed *more = grown(m->del, m->ndel, &m->capdel, sizeof(*more));

	if (!more)
		return err_nomem(e);
	m->del = more;
	m->del[m->ndel++] = (struct removed){ series, t0, damaged };
	return 0;
}

/*
 * Encode as many of the points as make a chunk of CHUNK_BYTES at most: *end is behind them. How many that are can only be tried; a chunk
 * that is nearly as long as it may be is good enough, as is the best of a few.
 */
static int fit_chunk(struct merge *m, const struct body *x, struct chunk_head *h, size_t *end, struct err *e)
{
	struct body body = *x;
	size_t fits = 0, over = x->to - x->from + 1, n = over - 1;

	for (int tries = 0;; tries++) {
		body.to = body.from + n;
		if (chunk_write(&m->chunk, &body, h, &m->en->scratch, e) < 0)
			return -1;
		if (m->chunk.len <= CHUNK_BYTES || n == 1)
			fits = n;
		else
			over = n;
		if (fits == n && (n + 1 >= over || m->chunk.len >= CHUNK_ENOUGH || tries >= CHUNK_TRIES))
			break;
		n = n * CHUNK_BYTES / m->chunk.len;
		if (tries >= CHUNK_TRIES)
			n = fits ? fits : n * 7 / 8;
		n = n >= over ? over - 1 : n <= fits && tries < CHUNK_TRIES ? fits + 1 : n;
		n = n ? n : 1;
	}
	*end = body.to;
	return 0;
}

int merge_adds(struct merge *m, int64_t series, const struct body *x, size_t *end, struct err *e)
{
	struct chunk_head h = { .series = series, .org = m->org };
	struct added *more;

	if (fit_chunk(m, x, &h, end, e) < 0)
		return -1;
	more = grown(m->add, m->nadd, &m->capadd, sizeof(*more));
	if (!more || wr_need(&m->bytes, m->chunk.len, e) < 0)
		return err_nomem(e);
	m->add = more;
	m->add[m->nadd++] = (struct added){ h, m->bytes.len, m->chunk.len };
	memcpy(m->bytes.buf + m->bytes.len, m->chunk.buf, m->chunk.len);
	m->bytes.len += m->chunk.len;
	return 0;
}

/* Where the month of point i ends, at `to` the latest. */
static size_t in_month(const struct block *b, size_t i, size_t to)
{
	size_t end = block_find(b, month_end(b->ts[i]));

	return end < to ? end : to;
}

/* Points [from, to) into chunks of equal size. */
static int add_evenly(struct merge *m, int64_t series, const struct block *b, struct err *e)
{
	for (size_t i = 0, end; i < b->n; i = end) {
		size_t month = in_month(b, i, b->n), n = month - i, parts = (n + CHUNK_POINTS - 1) / CHUNK_POINTS;

		if (merge_adds(m, series, &(struct body){ b, i, i + (n + parts - 1) / parts, true }, &end, e) < 0)
			return -1;
	}
	return 0;
}

/* Points from `from` on, which are newer than every chunk; what is no full chunk stays, unless it reaches the threshold. */
static int seal_tail(struct merge *m, int64_t series, size_t from, size_t *left, struct err *e)
{
	const struct block *b = &m->b;
	size_t stay = m->threshold < CHUNK_POINTS ? m->threshold : CHUNK_POINTS, end;

	*left = from;
	if (b->n - from < m->threshold)
		return 0;
	for (size_t i = from; i < b->n; i = *left = end) {
		size_t month = in_month(b, i, b->n), to = month - i > CHUNK_POINTS ? i + CHUNK_POINTS : month;

		if (to == b->n && to - i < CHUNK_POINTS && to - i < stay)
			break;
		m->more |= merge_full(m);
		if (merge_full(m))
			break;
		if (merge_adds(m, series, &(struct body){ b, i, to, true }, &end, e) < 0)
			return -1;
	}
	return 0;
}

static int number(struct merge *m, int query, int64_t series, int64_t t, int64_t none, int64_t *out, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(m->en->db, seal_sql + query, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, series);
	if (query != Q_LAST)
		stmt_bind_int(st, 2, t);
	got = stmt_step(st, e);
	*out = got <= 0 || stmt_is_null(st, 0) ? none : stmt_int(st, 0);
	return got < 0 ? -1 : 0;
}

/* The chunk that a late instant falls in, in m->tmp: 1; 0: it falls in none, or in one of another month or damaged. */
static int owner(struct merge *m, int64_t series, int64_t t, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	struct chunk_head h;
	struct str blob;
	int got;

	block_clear(&m->tmp);
	if (db_stmt(m->en->db, seal_sql + Q_OWNER, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, series);
	stmt_bind_int(st, 2, t);
	got = stmt_step(st, e);
	if (got <= 0)
		return got;
	chunk_row_read(st, &h, &blob);
	if (t >= month_end(h.t0))
		return 0;
	got = chunk_intact(&h, blob) ? chunk_read(&h, blob, &m->tmp, &m->text, &m->en->scratch, e) : 0;
	return got < 0 || merge_removes(m, series, h.t0, got == 0, e) < 0 ? -1 : got;
}

/* Points [0, n) are at or before the end of the last chunk: each stretch of them goes into the chunk it falls in, or between chunks. *done of them went. */
static int fold(struct merge *m, int64_t series, size_t n, size_t *done, struct err *e)
{
	const struct block *b = &m->b;
	size_t end;
	int rc = 0;

	*done = 0;
	for (int chunks = 0; *done < n && chunks < FOLD_MOST && !(chunks && merge_full(m)) && rc == 0; chunks++, *done = end) {
		struct block some = { 0 };
		int64_t next;

		if (number(m, Q_NEXT, series, b->ts[*done], INT64_MAX, &next, e) < 0 || owner(m, series, b->ts[*done], e) < 0)
			return -1;
		end = in_month(b, *done, n);
		while (end > *done && b->ts[end - 1] >= next)
			end--;
		rc = block_add(&some, b, *done, end, e);
		if (rc == 0)
			rc = block_merge(&m->tmp, &some, e);
		if (rc == 0)
			rc = add_evenly(m, series, &m->tmp, e);
		block_done(&some);
	}
	m->more |= *done < n;
	return rc;
}

int seal(struct merge *m, int64_t series, bool *late, struct err *e)
{
	size_t before = 0, folded = 0, left;
	int64_t last = INT64_MIN;

	/* Up to the end of the last chunk. */
	if (*late && number(m, Q_LAST, series, 0, INT64_MIN, &last, e) < 0)
		return -1;
	if (*late && last != INT64_MIN)
		before = block_find(&m->b, last + 1);
	if (before && !m->fold && before < FOLD_AT && m->b.n < m->threshold)
		return 0;
	if (before && fold(m, series, before, &folded, e) < 0)
		return -1;
	left = folded;
	if (folded == before) { /* else the rest waits: what was written first is sealed first */
		*late = false;
		if (seal_tail(m, series, before, &left, e) < 0)
			return -1;
	}
	block_cut(&m->b, left, m->b.n);
	return 0;
}
