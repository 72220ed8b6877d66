/* SPDX-License-Identifier: MIT */
/*
 * Numbers of runs are taken under the lock of writers, so their order over all lanes is that of the commits. A run that no merge has taken has new points only; those of a
 * merged one cannot be told apart any more, which is why the former are what is read, where they lie or (run_tail) where a merge left them.
 */
#include "series/feed.h"

#include "series/merge.h"

#define TAIL_BYTES (INT64_C(1) << 20) /* of a lane */
#define LOAD_BYTES ((size_t)4 << 20)  /* blobs that are read at once */

enum { Q_END, Q_HOLD, Q_LANES, Q_LIST, Q_GET, Q_TAIL_ADD, Q_TAIL_LIST, Q_LOST, Q_LOST_TAIL, Q_TAIL_DROP };

const struct sql feed_sql[] = {
	[Q_END] = { "SELECT value FROM counter WHERE name = 'seq'", NULL },
	[Q_HOLD] = { "UPDATE main.counter SET value = $1 WHERE name = 'watch' AND value < $1", "counter" },
	[Q_LANES] = { "SELECT id, lost FROM lane WHERE seq >= $1 ORDER BY id", NULL },
	[Q_LIST] = { "SELECT seq FROM point_run WHERE lane = $1 AND seq >= $2 AND merged = 0"
		     " UNION ALL SELECT seq FROM run_tail WHERE lane = $1 AND seq >= $2",
		     NULL },
	[Q_GET] = { "SELECT " RUN_COLUMNS " FROM point_run WHERE lane = $1 AND seq = $2 AND merged = 0"
		    " UNION ALL SELECT " RUN_COLUMNS " FROM run_tail WHERE lane = $1 AND seq = $2",
		    NULL },
	[Q_TAIL_ADD] = { "INSERT INTO main.run_tail (" RUN_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)", "run_tail" },
	[Q_TAIL_LIST] = { "SELECT seq, LENGTH(data) FROM run_tail WHERE lane = $1 ORDER BY seq DESC", NULL },
	[Q_LOST] = { "UPDATE main.lane SET lost = $2 WHERE id = $1 AND lost < $2", "lane" },
	[Q_LOST_TAIL] = { "SELECT COALESCE(MAX(seq), 0) FROM run_tail WHERE lane = $1", NULL },
	[Q_TAIL_DROP] = { "DELETE FROM main.run_tail WHERE lane = $1 AND seq <= $2", "run_tail" },
};
const size_t feed_sql_n = COUNT(feed_sql);

/* A run to read; lane 0: a gap. */
struct item {
	int64_t seq, lane;
};

struct series_feed {
	struct engine *en;
	struct feed_at at;
	int64_t seen; /* nothing new is in lanes that have no higher number */
	struct item *item;
	size_t nitem, capitem, next;
	/* the runs that were read together, as they lie behind one another in bytes */
	struct run_head *head;
	size_t *len, nhead, caphead, done;
	struct sb bytes;
	size_t from;
	/* the one at hand */
	bool open;
	struct run_head h;
	struct run_rd r;
	struct block b;
	size_t i;
	struct arena text;
};

static int two(struct db *db, int q, int64_t a, int64_t b, struct stmt **st, struct err *e)
{
	if (db_stmt(db, feed_sql + q, st, e) < 0)
		return -1;
	stmt_bind_int(*st, 1, a);
	if (q != Q_LANES && q != Q_TAIL_LIST && q != Q_LOST_TAIL)
		stmt_bind_int(*st, 2, b);
	return 0;
}

static int change(struct db *db, int q, int64_t a, int64_t b, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	return two(db, q, a, b, &st, e) < 0 ? -1 : stmt_post(st, e);
}

int feed_end(struct db *db, struct feed_at *at, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, feed_sql + Q_END, &st, e) < 0)
		return -1;
	if (stmt_step(st, e) <= 0)
		return e->code ? -1 : err_set(e, E_IO, "%s: the counter of runs is missing", db_path(db));
	*at = (struct feed_at){ stmt_int(st, 0), FEED_WHOLE, 0 };
	return 0;
}

static int hold_tx(struct db *db, void *arg, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, feed_sql + Q_HOLD, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, *(int64_t *)arg);
	return stmt_run(st, e);
}

int feed_hold(struct db *db, int64_t until, struct err *e)
{
	return db_write(db, false, hold_tx, &until, e);
}

/* ---- what merges leave ---- */

static int tail_add(struct merge *m, const struct input *in, struct err *e)
{
	const struct run_head *h = &in->h;
	const int64_t v[] = { h->lane, h->seq, h->org, h->tier, h->merged, h->t0, h->t1, h->n, h->written };
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(m->en->db, feed_sql + Q_TAIL_ADD, &st, e) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(v); i++)
		stmt_bind_int(st, (int)i + 1, v[i]);
	stmt_bind_blob(st, COUNT(v) + 1, in->blob.buf, in->blob.len);
	return stmt_post(st, e);
}

/* What is left of the lane, from the newest on, is TAIL_BYTES at most: *drop is the newest that is too much, 0 none. */
static int too_much(struct db *db, int64_t lane, int64_t *drop, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int64_t bytes = 0;
	int got;

	*drop = 0;
	if (two(db, Q_TAIL_LIST, lane, 0, &st, e) < 0)
		return -1;
	while (*drop == 0 && (got = stmt_step(st, e)) > 0) {
		bytes += stmt_int(st, 1);
		if (bytes > TAIL_BYTES)
			*drop = stmt_int(st, 0);
	}
	return *drop ? 0 : got;
}

static int lose(struct db *db, int64_t lane, int64_t seq, struct err *e)
{
	return change(db, Q_TAIL_DROP, lane, seq, e) < 0 ? -1 : change(db, Q_LOST, lane, seq, e);
}

int feed_merged(struct merge *m, struct err *e)
{
	int64_t newest = 0, damaged = 0, drop = 0;

	for (size_t i = 0; i < m->nin; i++) {
		const struct input *in = m->in + i;

		if (in->h.merged != RUN_FRESH)
			continue;
		newest = in->h.seq;
		damaged = in->damaged ? in->h.seq : damaged;
		if (!in->damaged && m->en->watch > m->h.written && tail_add(m, in, e) < 0)
			return -1;
	}
	if (newest == 0)
		return 0;
	if (m->en->watch <= m->h.written) /* nobody follows (any more) */
		return m->en->watch ? lose(m->en->db, m->lane, newest, e) : change(m->en->db, Q_LOST, m->lane, newest, e);
	if (too_much(m->en->db, m->lane, &drop, e) < 0 || (drop && lose(m->en->db, m->lane, drop, e) < 0))
		return -1;
	return damaged ? change(m->en->db, Q_LOST, m->lane, damaged, e) : 0;
}

int feed_cut(struct engine *en, int64_t lane, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int64_t newest;

	if (two(en->db, Q_LOST_TAIL, lane, 0, &st, e) < 0 || stmt_step(st, e) < 0)
		return -1;
	newest = stmt_int(st, 0);
	stmt_reset(st);
	return newest ? lose(en->db, lane, newest, e) : 0;
}

/* ---- reading ---- */

int feed_open(struct db *db, const struct feed_at *from, struct series_feed **out, struct err *e)
{
	AUTO(feed_freep) struct series_feed *f = calloc(1, sizeof(*f));

	if (!f)
		return err_nomem(e);
	f->text = (struct arena)ARENA_INIT((size_t)1 << 30);
	f->bytes = (struct sb)SB_INIT((size_t)64 << 20);
	f->at = *from;
	f->seen = from->seq - 1;
	if (engine_of(db, &f->en, e) < 0)
		return -1;
	*out = f;
	f = NULL;
	return 0;
}

void feed_free(struct series_feed *f)
{
	if (!f)
		return;
	free(f->item);
	free(f->head);
	free(f->len);
	sb_done(&f->bytes);
	block_done(&f->b);
	arena_done(&f->text);
	free(f);
}

static bool is_behind(const struct series_feed *f, int64_t seq)
{
	return seq > f->at.seq || (seq == f->at.seq && f->at.slot < FEED_WHOLE);
}

static int add_item(struct series_feed *f, int64_t seq, int64_t lane, struct err *e)
{
	if (f->nitem == f->capitem) {
		size_t cap = f->capitem ? f->capitem * 2 : 64;
		struct item *more = realloc(f->item, cap * sizeof(*more));

		if (!more)
			return err_nomem(e);
		f->item = more;
		f->capitem = cap;
	}
	f->item[f->nitem++] = (struct item){ seq, lane };
	return 0;
}

static int list_lane(struct series_feed *f, int64_t lane, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (two(f->en->db, Q_LIST, lane, f->at.seq, &st, e) < 0)
		return -1;
	while ((got = stmt_step(st, e)) > 0)
		if (is_behind(f, stmt_int(st, 0)) && add_item(f, stmt_int(st, 0), lane, e) < 0)
			return -1;
	return got;
}

static int by_seq(const void *x, const void *y)
{
	const struct item *a = x, *b = y;

	return a->seq != b->seq ? (a->seq < b->seq ? -1 : 1) : (a->lane > b->lane) - (a->lane < b->lane);
}

/* All that is behind the place; in one snapshot with what is then read of it. */
static int list(struct series_feed *f, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	struct feed_at end;
	int64_t lost = 0;
	int got;

	f->nitem = f->next = 0;
	if (feed_end(f->en->db, &end, e) < 0 || two(f->en->db, Q_LANES, f->seen + 1, 0, &st, e) < 0)
		return -1;
	while ((got = stmt_step(st, e)) > 0) {
		lost = stmt_int(st, 1) > lost ? stmt_int(st, 1) : lost;
		if (list_lane(f, stmt_int(st, 0), e) < 0)
			return -1;
	}
	/* What was lost lies before it: all of that is known by then. */
	if (got < 0 || (is_behind(f, lost) && add_item(f, lost, 0, e) < 0))
		return -1;
	if (f->nitem)
		qsort(f->item, f->nitem, sizeof(*f->item), by_seq);
	else
		f->seen = end.seq;
	return 0;
}

static int keep(struct series_feed *f, const struct stmt *st, struct err *e)
{
	struct run_head h;
	struct str blob;

	if (f->nhead == f->caphead) {
		size_t cap = f->caphead ? f->caphead * 2 : 64;
		struct run_head *head = realloc(f->head, cap * sizeof(*head));
		size_t *len = head ? realloc(f->len, cap * sizeof(*len)) : NULL;

		f->head = head ? head : f->head;
		f->len = len ? len : f->len;
		if (!len)
			return err_nomem(e);
		f->caphead = cap;
	}
	runblob_row_read(st, &h, &blob);
	if (sb_add(&f->bytes, blob.ptr, blob.len) < 0)
		return err_nomem(e);
	f->head[f->nhead] = h;
	f->len[f->nhead++] = blob.len;
	return 0;
}

/* Blobs of the next runs, up to a gap. */
static int get(struct series_feed *f, struct err *e)
{
	for (; f->next < f->nitem && f->item[f->next].lane && f->bytes.len < LOAD_BYTES; f->next++) {
		AUTO(stmt_resetp) struct stmt *st = NULL;

		if (two(f->en->db, Q_GET, f->item[f->next].lane, f->item[f->next].seq, &st, e) < 0)
			return -1;
		if (stmt_step(st, e) <= 0)
			return e->code ? -1 : err_set(e, E_BUG, "a run is there and is not");
		if (keep(f, st, e) < 0)
			return -1;
	}
	return 0;
}

/* Look what is there; 1 something is. */
static int load(struct series_feed *f, struct err *e)
{
	int rc;

	f->nhead = f->done = f->from = 0;
	sb_clear(&f->bytes);
	if (series_read_begin(f->en->db, e) < 0)
		return -1;
	rc = list(f, e) < 0 ? -1 : get(f, e);
	db_read_end(f->en->db);
	return rc < 0 ? -1 : f->nitem > 0;
}

static int gap(struct series_feed *f, int64_t seq, struct fed *out)
{
	f->at = (struct feed_at){ seq, FEED_WHOLE, 0 };
	*out = (struct fed){ .gap = true, .at = f->at };
	return 1;
}

/* The next point of the run at hand: 1, 0 there is no more, -1; 2 it is damaged. */
static int point(struct series_feed *f, struct fed *out, struct err *e)
{
	int got;

	while (f->i >= f->b.n) {
		got = runblob_next(&f->r);
		if (got <= 0)
			return got < 0 ? 2 : 0;
		if (f->h.seq == f->at.seq && f->r.part.slot < f->at.slot)
			continue;
		arena_clear(&f->text);
		block_clear(&f->b);
		got = runblob_read(&f->r.part, &f->b, &f->text, &f->en->scratch, e);
		if (got <= 0)
			return got < 0 ? -1 : 2;
		f->i = f->h.seq == f->at.seq && f->r.part.slot == f->at.slot ? block_find(&f->b, f->at.ts + 1) : 0;
	}
	*out = (struct fed){ .written = f->h.written, .p = { .series = f->h.lane * LANE + f->r.part.slot } };
	block_get(&f->b, f->i++, &out->p);
	out->at = f->at = (struct feed_at){ f->h.seq, f->r.part.slot, out->p.ts };
	return 1;
}

/* The next run that was read: 1, 0 none. */
static int open_run(struct series_feed *f)
{
	struct str blob;

	if (f->done == f->nhead)
		return 0;
	f->h = f->head[f->done];
	blob = (struct str){ f->bytes.buf + f->from, f->len[f->done] };
	f->from += f->len[f->done++];
	f->i = 0;
	block_clear(&f->b);
	f->open = runblob_intact(&f->h, blob) && runblob_open(&f->r, blob);
	return 1;
}

int feed_next(struct series_feed *f, struct fed *out, struct err *e)
{
	int got;

	for (;;) {
		got = f->open ? point(f, out, e) : 0;
		if (got == 1 || got < 0)
			return got;
		if (f->open) {
			f->open = false;
			f->at = (struct feed_at){ f->h.seq, FEED_WHOLE, 0 };
			if (got == 2)
				return gap(f, f->h.seq, out);
		}
		if (open_run(f)) {
			if (!f->open)
				return gap(f, f->h.seq, out);
			continue;
		}
		if (f->next < f->nitem && !f->item[f->next].lane)
			return gap(f, f->item[f->next++].seq, out);
		got = load(f, e);
		if (got <= 0)
			return got;
	}
}
