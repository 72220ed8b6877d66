/* SPDX-License-Identifier: MIT */
/* What lies under a late point: in the runs of its lane, newest first, else in the one chunk that can hold it. */
#include "series/impl.h"

enum { Q_RUN, Q_CHUNK };

const struct sql late_sql[] = {
	[Q_RUN] = { "SELECT " RUN_COLUMNS " FROM point_run WHERE lane = $1 AND seq = $2", NULL },
	[Q_CHUNK] = { "SELECT " CHUNK_COLUMNS " FROM chunk WHERE series_id = $1" IN_LANE " AND t0 >= $3 AND t0 <= $2 ORDER BY t0 DESC LIMIT 1", NULL },
};
const size_t late_sql_n = COUNT(late_sql);

/* Copy the blob of a run, once per lane and batch; a damaged one is left empty. */
static int fetch(struct late *x, size_t i, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	struct run_head h;
	struct str blob;
	int got;

	if (!x->blob) {
		x->blob = calloc(x->lane->nrun, sizeof(*x->blob));
		x->fetched = calloc(x->lane->nrun, 1);
		x->n = x->lane->nrun;
		if (!x->blob || !x->fetched)
			return err_nomem(e);
	}
	if (x->fetched[i])
		return 0;
	if (db_stmt(x->en->db, late_sql + Q_RUN, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, x->lane->id);
	stmt_bind_int(st, 2, x->lane->run[i].seq);
	got = stmt_step(st, e);
	if (got < 0)
		return -1;
	x->fetched[i] = true;
	if (got == 0)
		return err_set(e, E_BUG, "a run is known and is not there");
	runblob_row_read(st, &h, &blob);
	if (!runblob_intact(&h, blob))
		return 0;
	x->blob[i] = (struct sb)SB_INIT(SIZE_MAX / 2);
	return sb_add(x->blob + i, blob.ptr, blob.len) < 0 ? err_nomem(e) : 0;
}

/* Those of the instants that a block has, and that are not found yet. */
static int pick(const struct block *b, const int64_t *ts, size_t n, struct block *found, struct err *e)
{
	struct block some = { 0 };
	int rc = 0;

	for (size_t i = 0, k = 0; i < n && rc == 0; i++) {
		size_t at = block_find(found, ts[i]);

		if (at < found->n && found->ts[at] == ts[i])
			continue;
		while (k < b->n && b->ts[k] < ts[i])
			k++;
		if (k < b->n && b->ts[k] == ts[i])
			rc = block_add(&some, b, k, k + 1, e);
	}
	if (rc == 0)
		rc = block_merge(found, &some, e);
	block_done(&some);
	return rc;
}

static int look_in_run(struct late *x, size_t i, int slot, const int64_t *ts, size_t n, struct block *found, struct err *e)
{
	struct block b = { 0 };
	struct run_rd r;
	int got = 0;

	if (fetch(x, i, e) < 0)
		return -1;
	if (!x->blob[i].len || !runblob_open(&r, sb_str(x->blob + i)))
		return 0;
	while ((got = runblob_next(&r)) > 0 && r.part.slot < slot)
		;
	if (got <= 0 || r.part.slot != slot)
		return 0;
	got = runblob_read(&r.part, &b, &x->text, &x->en->scratch, e);
	if (got > 0)
		got = pick(&b, ts, n, found, e);
	block_done(&b);
	return got < 0 ? -1 : 0;
}

/* Each chunk is read once, for all instants that lie in it. */
static int look_in_chunks(struct late *x, int64_t series, const int64_t *ts, size_t n, struct block *found, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	struct block b = { 0 };
	size_t next = n;
	int got = 0;

	if (db_stmt(x->en->db, late_sql + Q_CHUNK, &st, e) < 0)
		return -1;
	/* From the newest: what is at or after a chunk's t0 can be in no earlier one. */
	while (next > 0 && got >= 0) {
		struct chunk_head h;
		struct str blob;
		int64_t month = month_begin(ts[next - 1]);
		size_t from = next;

		stmt_bind_int(st, 1, series);
		stmt_bind_int(st, 2, ts[next - 1]);
		stmt_bind_int(st, 3, month);
		got = stmt_step(st, e);
		if (got <= 0) { /* nor is there anything for what is before it in its month */
			while (next > 0 && ts[next - 1] >= month)
				next--;
			stmt_reset(st);
			continue;
		}
		chunk_row_read(st, &h, &blob);
		while (from > 0 && ts[from - 1] >= h.t0)
			from--;
		if (ts[from] <= h.t1 && chunk_intact(&h, blob)) {
			block_clear(&b);
			got = chunk_read(&h, blob, &b, &x->text, &x->en->scratch, e);
			if (got > 0)
				got = pick(&b, ts + from, next - from, found, e);
		}
		next = from;
		stmt_reset(st);
	}
	block_done(&b);
	return got < 0 ? -1 : 0;
}

int late_find(struct late *x, int64_t series, const int64_t *ts, size_t n, struct block *found, struct err *e)
{
	x->text.max = (size_t)1 << 30;
	block_clear(found);
	for (size_t i = x->lane->nrun; i-- > 0 && found->n < n;) {
		const struct run_row *r = x->lane->run + i;

		if (r->t0 <= ts[n - 1] && r->t1 >= ts[0] && look_in_run(x, i, slot_of(series), ts, n, found, e) < 0)
			return -1;
	}
	return found->n < n ? look_in_chunks(x, series, ts, n, found, e) : 0;
}

void late_done(struct late *x)
{
	for (size_t i = 0; i < x->n; i++)
		sb_done(x->blob + i);
	free(x->blob);
	free(x->fetched);
	arena_done(&x->text);
}
