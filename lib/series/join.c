/* SPDX-License-Identifier: MIT */
/* Small chunks that lie side by side become one: what late points and early sealing have left. */
#include "series/merge.h"

#define SMALL 512 /* points of a chunk that is joined */

enum { Q_NEXT, Q_CHUNK };

const struct sql join_sql[] = {
	[Q_NEXT] = { "SELECT series_id, t0, t1, n, LENGTH(data) FROM chunk WHERE series_id >= $1 AND series_id < $2" IN_LANE
		     " AND (series_id > $1 OR t0 > $3) ORDER BY series_id, t0",
		     NULL },
	[Q_CHUNK] = { "SELECT " CHUNK_COLUMNS " FROM chunk WHERE series_id = $1" IN_LANE " AND t0 = $2", NULL },
};
const size_t join_sql_n = COUNT(join_sql);

/* Chunks of one series and month, one behind the other, that make no more than one. */
struct row {
	int64_t series, t0, t1, n, bytes;
};
struct few {
	struct row first;
	size_t count;
	int64_t n, bytes;
	int64_t t0[CHUNK_POINTS];
};

static bool fits(const struct few *f, const struct row *r)
{
	return f->count && f->count < COUNT(f->t0) && r->series == f->first.series && r->t0 < month_end(f->first.t0) && r->n < SMALL &&
	       f->n + r->n <= CHUNK_POINTS && f->bytes + r->bytes <= CHUNK_BYTES;
}

static void begin(struct few *f, const struct row *r)
{
	f->count = r->n < SMALL;
	f->first = *r;
	f->t0[0] = r->t0;
	f->n = r->n;
	f->bytes = r->bytes;
}

/* The points of a chunk behind those of m->b: 1, 0 it is damaged, -1. */
static int append_chunk(struct merge *m, int64_t series, int64_t t0, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	struct chunk_head h;
	struct str blob;

	if (db_stmt(m->en->db, join_sql + Q_CHUNK, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, series);
	stmt_bind_int(st, 2, t0);
	if (stmt_step(st, e) <= 0)
		return e->code ? -1 : err_set(e, E_BUG, "a chunk is there and is not");
	chunk_row_read(st, &h, &blob);
	return chunk_intact(&h, blob) ? chunk_read(&h, blob, &m->b, &m->text, &m->en->scratch, e) : 0;
}

/* A damaged one stays where it is, and so do those beside it: a merge or a cut moves it aside. */
static int join(struct merge *m, const struct few *f, struct err *e)
{
	int rc = 1;

	if (f->count < 2)
		return 0;
	block_clear(&m->b);
	arena_clear(&m->text);
	for (size_t i = 0; i < f->count && rc > 0; i++)
		rc = append_chunk(m, f->first.series, f->t0[i], e);
	if (rc <= 0)
		return rc;
	for (size_t i = 0; i < f->count; i++)
		if (merge_removes(m, f->first.series, f->t0[i], false, e) < 0)
			return -1;
	for (size_t i = 0, end; i < m->b.n; i = end)
		if (merge_adds(m, f->first.series, &(struct body){ &m->b, i, m->b.n, true }, &end, e) < 0)
			return -1;
	return 0;
}

static int work_out(struct merge *m, struct join_at *at, struct few *f, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got = merge_lane(m->en, m->lane, &m->org, &m->gen, e);

	if (got <= 0 || db_stmt(m->en->db, join_sql + Q_NEXT, &st, e) < 0)
		return got <= 0 ? got : -1;
	stmt_bind_int(st, 1, at->series);
	stmt_bind_int(st, 2, (m->lane + 1) * LANE);
	stmt_bind_int(st, 3, at->t0);
	while ((got = stmt_step(st, e)) > 0 && !merge_full(m)) {
		const struct row r = { stmt_int(st, 0), stmt_int(st, 1), stmt_int(st, 2), stmt_int(st, 3), stmt_int(st, 4) };

		if (fits(f, &r)) {
			f->t0[f->count++] = r.t0;
			f->n += r.n;
			f->bytes += r.bytes;
			continue;
		}
		if (join(m, f, e) < 0)
			return -1;
		/* Begun anew in the next step, when this one is full. */
		*at = (struct join_at){ r.series, r.t0 - 1 };
		begin(f, &r);
	}
	if (got < 0 || (got == 0 && join(m, f, e) < 0))
		return -1;
	m->more = got > 0;
	return m->ndel > 0;
}

int join_prepare(struct merge *m, struct join_at *at, struct err *e)
{
	struct few *f = calloc(1, sizeof(*f));
	int rc;

	if (!f)
		return err_nomem(e);
	m->text.max = (size_t)1 << 30;
	rc = series_read_begin(m->en->db, e);
	if (rc == 0) {
		rc = work_out(m, at, f, e);
		db_read_end(m->en->db);
	}
	free(f);
	return rc;
}
