/* SPDX-License-Identifier: MIT */
/* Points of a store that kept them as rows (schema 8 and before) become chunks: everything is in order there. */
#include "series/merge.h"

static const char points_text[] = "SELECT s.new_id, s.org_id, p.ts, p.type, p.quality, p.num, p.txt, p.raw FROM point_moving p"
				  " JOIN series_moving s ON s.id = p.series_id ORDER BY s.new_id, p.ts";
static const char lane_text[] = "UPDATE main.lane SET points = points + $2 WHERE id = $1";

#define AT_ONCE 8192 /* points of a series that are turned into chunks together */

struct adopting {
	struct engine *en;
	struct merge m; /* its block gathers the points, its chunks are what comes of them */
	int64_t series;
	int64_t last;
	bool has; /* a point with a value */
	struct point newest;
	struct stmt *lane;
};

/* Chunks of what is gathered; rest: those that are not full too. */
static int make_chunks(struct adopting *a, bool rest, struct err *e)
{
	bool late = false;

	if (a->m.b.n == 0)
		return 0;
	a->m.threshold = rest ? 1 : CHUNK_POINTS;
	a->m.nadd = 0;
	a->m.bytes.len = 0;
	return seal(&a->m, a->series, &late, e) < 0 ? -1 : merge_add_chunks(&a->m, e);
}

static int end_series(struct adopting *a, int64_t n, struct err *e)
{
	if (n == 0)
		return 0;
	if (make_chunks(a, true, e) < 0 || latest_raise(a->en, a->m.org, a->last, a->has ? &a->newest : NULL, a->series, e) < 0)
		return -1;
	stmt_bind_int(a->lane, 1, lane_of(a->series));
	stmt_bind_int(a->lane, 2, n);
	arena_clear(&a->m.text);
	block_clear(&a->m.b);
	a->has = false;
	return stmt_run(a->lane, e);
}

static int take_point(struct adopting *a, const struct stmt *st, struct err *e)
{
	struct point p = { .series = a->series, .ts = stmt_int(st, 2) };

	read_value(st, 3, &p);
	if (p.value.txt.ptr && !(p.value.txt.ptr = arena_dup(&a->m.text, p.value.txt)))
		return err_nomem(e);
	if (p.value.type != VALUE_NULL) {
		a->newest = p;
		a->has = true;
	}
	a->last = p.ts;
	if (block_push(&a->m.b, &p, e) < 0)
		return -1;
	return a->m.b.n >= AT_ONCE ? make_chunks(a, false, e) : 0;
}

static int adopt(struct adopting *a, struct stmt *st, struct err *e)
{
	int64_t n = 0;
	int got;

	while ((got = stmt_step(st, e)) > 0) {
		if (stmt_int(st, 0) != a->series) {
			if (end_series(a, n, e) < 0)
				return -1;
			a->series = stmt_int(st, 0);
			a->m.org = stmt_int(st, 1);
			n = 0;
		}
		if (take_point(a, st, e) < 0)
			return -1;
		n++;
	}
	return got < 0 ? -1 : end_series(a, n, e);
}

int series_adopt(struct db *db, struct err *e)
{
	AUTO(stmt_freep) struct stmt *points = NULL, *lane = NULL;
	struct adopting a = { .m = { .fd = -1, .text = ARENA_INIT((size_t)1 << 30) } };
	int rc;

	if (engine_of(db, &a.en, e) < 0 || db_prepare(db, points_text, NULL, &points, e) < 0 ||
	    db_prepare(db, lane_text, "lane", &lane, e) < 0)
		return -1;
	a.m.en = a.en;
	a.lane = lane;
	rc = adopt(&a, points, e);
	merge_done(&a.m);
	return rc;
}
