/* SPDX-License-Identifier: MIT */
/*
 * Removing points: a floor hides them at once; a cut takes them out of runs and chunks. A run is changed by nobody: one that loses points is deleted and
 * another put in its place. A merge that has read it before finds the lane's gen changed and drops its work.
 */
#include "series/impl.h"

enum { Q_SEQS, Q_RUN, Q_INSIDE, Q_PARTIAL, Q_FLOOR_SET, Q_DEL_CORRECTIONS, Q_DEL_DIRTY, Q_DEL_LATEST, Q_DEL_SERIES, Q_OF, Q_POINTS_SET };

const struct sql cut_sql[] = {
	[Q_SEQS] = { "SELECT seq FROM point_run WHERE lane = $1 AND t0 < $3 AND t1 >= $2 ORDER BY seq", NULL },
	[Q_RUN] = { "SELECT " RUN_COLUMNS " FROM point_run WHERE lane = $1 AND seq = $2", NULL },
	[Q_INSIDE] = { "DELETE FROM main.chunk WHERE series_id = $1" IN_LANE " AND t0 >= $2 AND t0 < $3 AND t1 < $3", "chunk" },
	[Q_PARTIAL] = { "SELECT " CHUNK_COLUMNS " FROM chunk WHERE series_id = $1" IN_LANE
			" AND t0 >= COALESCE((SELECT MAX(t0) FROM chunk WHERE series_id = $1" IN_LANE " AND t0 >= $4 AND t0 <= $2), $2) AND t0 >= $4 AND t0 < $3"
			" AND t1 >= $2 ORDER BY t0 LIMIT 1",
			NULL },
	[Q_FLOOR_SET] = { "UPDATE main.series SET floor = $2 WHERE id = $1 AND (floor IS NULL OR floor < $2)", "series" },
	[Q_DEL_CORRECTIONS] = { "DELETE FROM main.correction WHERE series_id IN (SELECT id FROM series WHERE device_id = $1)", "correction" },
	[Q_DEL_DIRTY] = { "DELETE FROM main.dirty WHERE series_id IN (SELECT id FROM series WHERE device_id = $1)", "dirty" },
	[Q_DEL_LATEST] = { "DELETE FROM main.latest WHERE series_id IN (SELECT id FROM series WHERE device_id = $1)", "latest" },
	[Q_DEL_SERIES] = { "DELETE FROM main.series WHERE device_id = $1", "series" },
	[Q_OF] = { "SELECT id, org_id FROM series WHERE device_id = $1 ORDER BY id", NULL },
	[Q_POINTS_SET] = { "UPDATE main.lane SET points = $2 WHERE id = $1", "lane" },
};
const size_t cut_sql_n = COUNT(cut_sql);

static bool cuts(const struct cut *c, int slot)
{
	return c->r[slot].from < c->r[slot].to;
}

/* ---- runs ---- */

/* The run without what is cut, as a blob in en->out; *changed: something was. 1, 0 damaged, -1. */
static int rebuild(struct engine *en, const struct cut *c, struct str blob, bool *changed, struct err *e)
{
	struct arena text = ARENA_INIT((size_t)1 << 30);
	struct block b = { 0 };
	struct run_rd r;
	int rc = runblob_begin(&en->out, e) < 0 ? -1 : 1, got = 0;

	*changed = false;
	if (!runblob_open(&r, blob))
		return 0;
	while (rc > 0 && (got = runblob_next(&r)) > 0) {
		const struct range *cut = c->r + r.part.slot;
		size_t from, to;

		block_clear(&b);
		rc = runblob_read(&r.part, &b, &text, &en->scratch, e);
		if (rc <= 0)
			break;
		if (cuts(c, r.part.slot)) {
			from = block_find(&b, cut->from);
			to = block_find(&b, cut->to);
			*changed |= from < to;
			rc = block_remove(&b, from, to, e) < 0 ? -1 : 1;
		}
		if (rc > 0 && b.n &&
		    runblob_add(&en->out, r.part.slot, r.part.late, &(struct body){ &b, 0, b.n, true }, &en->scratch, e) < 0)
			rc = -1;
		arena_clear(&text);
	}
	arena_done(&text);
	block_done(&b);
	return got < 0 ? 0 : rc;
}

static int cut_run(struct engine *en, const struct cut *c, int64_t seq, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	struct run_head h;
	struct str blob;
	bool changed;
	int rc;

	if (db_stmt(en->db, cut_sql + Q_RUN, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, c->lane);
	stmt_bind_int(st, 2, seq);
	if (stmt_step(st, e) <= 0)
		return e->code ? -1 : err_set(e, E_BUG, "a run is there and is not");
	runblob_row_read(st, &h, &blob);
	rc = runblob_intact(&h, blob) ? rebuild(en, c, blob, &changed, e) : 0;
	stmt_reset(st);
	if (rc == 0) {
		en->damaged++;
		return runblob_set_aside(en->db, c->lane, seq, e);
	}
	if (rc < 0 || !changed)
		return rc < 0 ? -1 : 0;
	if (runblob_delete(en->db, c->lane, seq, e) < 0)
		return -1;
	if (en->out.points == 0)
		return 0;
	runblob_end(&en->out, &h);
	return runblob_insert(en->db, &h, (struct str){ (const char *)en->out.w.buf, en->out.w.len }, e);
}

/* The next run after seq that a cut may concern: 1, 0 none, -1. */
static int next_seq(struct engine *en, const struct cut *c, int64_t *seq, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	struct range all = { INT64_MAX, INT64_MIN };
	int got;

	for (int i = 0; i < LANE; i++) {
		if (!cuts(c, i))
			continue;
		all.from = c->r[i].from < all.from ? c->r[i].from : all.from;
		all.to = c->r[i].to > all.to ? c->r[i].to : all.to;
	}
	if (db_stmt(en->db, cut_sql + Q_SEQS, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, c->lane);
	stmt_bind_int(st, 2, all.from);
	stmt_bind_int(st, 3, all.to);
	while ((got = stmt_step(st, e)) > 0)
		if (stmt_int(st, 0) > *seq) {
			*seq = stmt_int(st, 0);
			return 1;
		}
	return got;
}

/* ---- chunks ---- */

static int put_rest(struct engine *en, const struct chunk_head *old, const struct block *b, struct range keep, struct err *e)
{
	struct chunk_head h = { .series = old->series, .org = old->org };
	size_t from = block_find(b, keep.from), to = block_find(b, keep.to);
	struct wr w = { 0 };
	int rc;

	if (from == to)
		return 0;
	h.t0 = b->ts[from];
	rc = chunk_write(&w, &(struct body){ b, from, to, true }, &h, &en->scratch, e);
	if (rc == 0)
		rc = chunk_insert(en->db, &h, (struct str){ (const char *)w.buf, w.len }, e);
	wr_done(&w);
	return rc;
}

/* One chunk that lies partly in the range: 1 done, 0 there is none, -1. */
static int cut_chunk(struct engine *en, int64_t series, const struct range *r, struct err *e)
{
	struct arena text = ARENA_INIT((size_t)1 << 30);
	AUTO(stmt_resetp) struct stmt *st = NULL;
	struct block b = { 0 };
	struct chunk_head h;
	struct str blob;
	int got;

	if (db_stmt(en->db, cut_sql + Q_PARTIAL, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, series);
	stmt_bind_int(st, 2, r->from);
	stmt_bind_int(st, 3, r->to);
	stmt_bind_int(st, 4, month_begin(r->from));
	got = stmt_step(st, e);
	if (got <= 0)
		return got;
	chunk_row_read(st, &h, &blob);
	got = chunk_intact(&h, blob) ? chunk_read(&h, blob, &b, &text, &en->scratch, e) : 0;
	stmt_reset(st);
	if (got == 0) {
		en->damaged++;
		got = chunk_set_aside(en->db, series, h.t0, e) < 0 ? -1 : 1;
	} else if (got > 0 && block_find(&b, r->from) < block_find(&b, r->to)) {
		got = chunk_delete(en->db, series, h.t0, e) < 0 ||
				      put_rest(en, &h, &b, (struct range){ INT64_MIN, r->from }, e) < 0 ||
				      put_rest(en, &h, &b, (struct range){ r->to, INT64_MAX }, e) < 0 ?
			      -1 :
			      1;
	} else if (got > 0) { /* the range falls between two of its points */
		got = 0;
	}
	arena_done(&text);
	block_done(&b);
	return got;
}

static int cut_chunks(struct engine *en, int64_t series, const struct range *r, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(en->db, cut_sql + Q_INSIDE, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, series);
	stmt_bind_int(st, 2, r->from);
	stmt_bind_int(st, 3, r->to);
	if (stmt_run(st, e) < 0)
		return -1;
	/* What is left overlaps one end of the range or both; each is gone from it afterwards. */
	while ((got = cut_chunk(en, series, r, e)) > 0)
		;
	return got;
}

/* ---- all of it ---- */

static int count(struct engine *en, int64_t series, const struct range *r, bool physical, int64_t *n, struct err *e)
{
	AUTO(series_scan_freep) struct series_scan *s = NULL;
	const struct block *page;
	int got;

	if (series_scan(en->db, series, r, false, &s, e) < 0)
		return -1;
	if (physical)
		scan_physical(s);
	while ((got = scan_page(s, &page, e)) > 0)
		*n += (int64_t)page->n;
	return got;
}

int series_count(struct db *db, int64_t series, const struct range *r, int64_t *n, struct err *e)
{
	struct engine *en;

	*n = 0;
	return engine_of(db, &en, e) < 0 ? -1 : count(en, series, r, false, n, e);
}

int lane_recount(struct engine *en, int64_t lane, int64_t *n, struct err *e)
{
	const struct range all = { INT64_MIN, INT64_MAX };

	*n = 0;
	for (int i = 0; i < LANE; i++)
		if (count(en, lane * LANE + i, &all, true, n, e) < 0)
			return -1;
	return 0;
}

static int set_points(struct engine *en, int64_t lane, int64_t n, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(en->db, cut_sql + Q_POINTS_SET, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, lane);
	stmt_bind_int(st, 2, n);
	return stmt_run(st, e);
}

int lane_repair(struct engine *en, int64_t lane, struct err *e)
{
	int64_t n;

	return lane_recount(en, lane, &n, e) < 0 ? -1 : set_points(en, lane, n, e);
}

int lane_cut(struct engine *en, const struct cut *c, int64_t *gone, struct err *e)
{
	int64_t damaged = en->damaged, seq = INT64_MIN;
	int got;

	*gone = 0;
	if (shard_settle(en, c->lane, e) < 0)
		return -1;
	for (int i = 0; i < LANE; i++)
		if (cuts(c, i) && count(en, c->lane * LANE + i, c->r + i, true, gone, e) < 0)
			return -1;
	if (feed_cut(en, c->lane, e) < 0)
		return -1;
	while ((got = next_seq(en, c, &seq, e)) > 0)
		if (cut_run(en, c, seq, e) < 0)
			return -1;
	if (got < 0)
		return -1;
	for (int i = 0; i < LANE; i++)
		if (cuts(c, i) && (cut_chunks(en, c->lane * LANE + i, c->r + i, e) < 0 || mirror_cut(en, c->lane * LANE + i, c->r + i, e) < 0))
			return -1;
	for (int i = 0; i < LANE; i++)
		if (cuts(c, i) && latest_renew(en, c->org, c->lane * LANE + i, e) < 0)
			return -1;
	if (lane_change(en, c->lane, -*gone, e) < 0)
		return -1;
	return en->damaged > damaged ? lane_repair(en, c->lane, e) : 0;
}

int series_delete(struct db *db, int64_t series, const struct range *r, int64_t *n, struct err *e)
{
	struct engine *en;
	struct cut *c;
	int64_t gone;
	int rc;

	if (series_count(db, series, r, n, e) < 0 || engine_of(db, &en, e) < 0 || engine_sync(en, e) < 0)
		return -1;
	if (r->from >= r->to)
		return 0;
	c = calloc(1, sizeof(*c));
	if (!c)
		return err_nomem(e);
	c->lane = lane_of(series);
	c->org = db_self(db);
	c->r[slot_of(series)] = *r;
	rc = lane_cut(en, c, &gone, e);
	free(c);
	return rc;
}

int series_floor(struct db *db, int64_t series, int64_t t, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	struct engine *en;

	if (engine_of(db, &en, e) < 0 || engine_sync(en, e) < 0 || db_stmt(db, cut_sql + Q_FLOOR_SET, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, series);
	stmt_bind_int(st, 2, t);
	if (stmt_run(st, e) < 0)
		return -1;
	if (!db_changes(db))
		return 0;
	return mirror_cut(en, series, &(struct range){ INT64_MIN, t }, e) < 0 ? -1 : lane_change(en, lane_of(series), 0, e);
}

/* Cuts for all series of a device that are in the lane of the first one after `after`: 1, 0 no more, -1. */
static int device_lane(struct engine *en, int64_t device, int64_t after, struct cut *c, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	memset(c, 0, sizeof(*c));
	if (db_stmt(en->db, cut_sql + Q_OF, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, device);
	while ((got = stmt_step(st, e)) > 0) {
		int64_t id = stmt_int(st, 0);

		if (lane_of(id) <= after)
			continue;
		if (c->lane && c->lane != lane_of(id))
			break;
		c->lane = lane_of(id);
		c->org = stmt_int(st, 1);
		c->r[slot_of(id)] = (struct range){ INT64_MIN, INT64_MAX };
	}
	return got < 0 ? -1 : c->lane > 0;
}

/* Series that are to be no more are not mirrored. */
static int unmirror(struct db *db, const struct cut *c, struct err *e)
{
	bool changed;

	for (int i = 0; i < LANE && db_months(db); i++)
		if (cuts(c, i) && series_mirror_set(db, c->lane * LANE + i, false, &changed, e) < 0)
			return -1;
	return 0;
}

int series_purge(struct db *db, int64_t device, int64_t *n, struct err *e)
{
	struct cut *c = calloc(1, sizeof(*c));
	struct engine *en;
	int64_t after = 0, gone;
	int got, rc = 0;

	*n = 0;
	if (!c)
		return err_nomem(e);
	got = engine_of(db, &en, e) < 0 || engine_sync(en, e) < 0 ? -1 : 1;
	while (got > 0 && (got = device_lane(en, device, after, c, e)) > 0) {
		after = c->lane;
		if (lane_cut(en, c, &gone, e) < 0 || unmirror(db, c, e) < 0)
			got = -1;
		*n += gone;
	}
	free(c);
	if (got < 0)
		return -1;
	for (int q = Q_DEL_CORRECTIONS; q <= Q_DEL_SERIES && rc == 0; q++) {
		AUTO(stmt_resetp) struct stmt *st = NULL;

		rc = db_stmt(db, cut_sql + q, &st, e);
		if (rc == 0) {
			stmt_bind_int(st, 1, device);
			rc = stmt_run(st, e);
		}
	}
	return rc;
}
