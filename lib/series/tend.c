/* SPDX-License-Identifier: MIT */
/* When merges are due: after writing, for the lanes that were written to; and over all lanes, for a store that is to be small. */
#include "series/merge.h"

#define DUE 8	    /* rows of one tier */
#define PRESSING 64 /* rows of one tier that are not left to another process */
#define TOGETHER 16 /* merges applied in one transaction */
#define COMPACT_AT 256

/* The stretch of rows that are due, the highest tier first: 1, 0 none. */
static int plan(const struct lane *l, struct merge *m, bool *pressing)
{
	size_t from = 0, to = 0, count = 0;
	int64_t n = 0, before = 0, active = 0;

	for (m->tier = 8; m->tier >= 0; m->tier--) {
		count = 0;
		for (size_t i = l->nrun; i-- > 0 && l->run[i].tier <= m->tier;) {
			if (l->run[i].tier < m->tier)
				continue;
			to = count++ ? to : i;
			from = i;
		}
		if (count >= DUE)
			break;
	}
	if (count < DUE)
		return 0;
	*pressing = count >= PRESSING;
	for (size_t i = 0; i <= to; i++)
		*(i < from ? &before : &n) += l->run[i].n;
	for (size_t i = 0; i < LANE; i++)
		active += l->high[i].t != INT64_MIN;
	/* Only what begins with the oldest can be sealed: take along what is before, if it is worth it. */
	if (before <= n && before + n >= active * SEAL_AT / 2)
		from = 0;
	m->lane = l->id;
	m->from = l->run[from].seq;
	m->to = l->run[to].seq;
	m->threshold = SEAL_AT;
	return 1;
}

struct group {
	struct engine *en;
	struct merge *m;
	size_t n;
};

static int apply(struct db *db, void *arg, struct err *e)
{
	struct group *g = arg;

	(void)db;
	if (engine_sync(g->en, e) < 0)
		return -1;
	for (size_t i = 0; i < g->n; i++)
		if (merge_apply(g->m + i, e) < 0)
			return -1;
	return 0;
}

static void group_done(struct group *g)
{
	for (size_t i = 0; i < g->n; i++)
		merge_done(g->m + i);
	g->n = 0;
}

static int flush(struct group *g, struct err *e)
{
	int rc = g->n ? db_write(g->en->db, false, apply, g, e) : 0;

	group_done(g);
	return rc;
}

/* Prepare m (which plan() or the caller has filled in) as the next of the group: 1, 0 nothing came of it, -1. */
static int prepare(struct group *g, bool wait, struct err *e)
{
	struct merge *m = g->m + g->n;
	int rc = db_part_take(g->en->db, m->lane, wait, &m->fd, e);

	if (rc <= 0)
		return rc;
	m->en = g->en;
	rc = merge_prepare(m, e);
	if (rc > 0)
		g->n++;
	else
		merge_done(m);
	return rc;
}

/* One round over the lanes that were written to: 1 when something was merged. */
static int round_of(struct group *g, struct err *e)
{
	struct engine *en = g->en;
	int any = 0;

	for (size_t i = 0; i < en->nlane; i++) {
		struct lane *l = en->lane[i];
		bool pressing;
		int rc;

		if (!l->due)
			continue;
		l->due = false;
		g->m[g->n] = (struct merge){ .fd = -1 };
		if (l->epoch != en->epoch || !plan(l, g->m + g->n, &pressing))
			continue;
		rc = prepare(g, pressing, e);
		if (rc < 0)
			return -1;
		l->due = rc > 0; /* the merged row may make another tier due */
		any |= rc > 0;
		if (g->n == TOGETHER && flush(g, e) < 0)
			return -1;
	}
	return flush(g, e) < 0 ? -1 : any;
}

int series_tend(struct db *db, struct err *e)
{
	struct group g = { 0 };
	int rc;

	if (engine_of(db, &g.en, e) < 0)
		return -1;
	g.m = calloc(TOGETHER, sizeof(*g.m));
	if (!g.m)
		return err_nomem(e);
	while ((rc = round_of(&g, e)) > 0)
		;
	group_done(&g);
	free(g.m);
	return rc;
}

/* ---- compact ---- */

enum { Q_NEXT_LANE, Q_CURSOR, Q_CURSOR_SET, Q_BELOW };

const struct sql compact_sql[] = {
	[Q_NEXT_LANE] = { "SELECT id, org_id FROM lane WHERE id > $1 ORDER BY id LIMIT 1", NULL },
	[Q_CURSOR] = { "SELECT value FROM counter WHERE name = 'compact'", NULL },
	[Q_CURSOR_SET] = { "UPDATE main.counter SET value = $1 WHERE name = 'compact'", "counter" },
	[Q_BELOW] = { "SELECT s.id, s.floor FROM series s WHERE s.id >= $1 AND s.id < $2 AND s.floor IS NOT NULL"
		      " AND ((SELECT MIN(c.t0) FROM chunk c WHERE c.series_id = s.id) < s.floor"
		      " OR (SELECT MIN(r.t0) FROM point_run r WHERE r.lane = $3) < s.floor)",
		      NULL },
};
const size_t compact_sql_n = COUNT(compact_sql);

static int one_number(struct db *db, int query, int64_t arg, int64_t *out, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(db, compact_sql + query, &st, e) < 0)
		return -1;
	if (query != Q_CURSOR)
		stmt_bind_int(st, 1, arg);
	got = stmt_step(st, e);
	*out = got > 0 ? stmt_int(st, 0) : 0;
	return got;
}

/* What lies below floors goes. */
static int cut_below(struct db *db, void *arg, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	struct cut *c = arg;
	struct engine *en;
	bool any = false;
	int64_t gone;
	int got;

	if (engine_of(db, &en, e) < 0 || engine_sync(en, e) < 0 || db_stmt(db, compact_sql + Q_BELOW, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, c->lane * LANE);
	stmt_bind_int(st, 2, (c->lane + 1) * LANE);
	stmt_bind_int(st, 3, c->lane);
	while ((got = stmt_step(st, e)) > 0) {
		c->r[slot_of(stmt_int(st, 0))] = (struct range){ INT64_MIN, stmt_int(st, 1) };
		any = true;
	}
	return got < 0 || !any ? got : lane_cut(en, c, &gone, e);
}

static int compact_lane(struct engine *en, int64_t lane, int64_t org, bool all, struct err *e)
{
	struct merge m = { .lane = lane, .from = INT64_MIN, .to = INT64_MAX, .tier = -1, .threshold = all ? 1 : COMPACT_AT, .fold = true, .fd = -1 };
	struct cut *c = calloc(1, sizeof(*c));
	struct group g = { en, &m, 0 };
	int rc;

	if (!c)
		return err_nomem(e);
	c->lane = lane;
	c->org = org;
	rc = db_write(en->db, false, cut_below, c, e);
	free(c);
	/* More late points than one merge takes: again, until it changes nothing. */
	while (rc >= 0 && (rc = prepare(&g, false, e)) > 0) {
		bool more = m.ndel >= 64;

		if (flush(&g, e) < 0)
			return -1;
		if (!more)
			break;
		m = (struct merge){ .lane = lane, .from = INT64_MIN, .to = INT64_MAX, .tier = -1, .threshold = m.threshold, .fold = true, .fd = -1 };
	}
	return rc < 0 ? -1 : 0;
}

static int set_cursor(struct db *db, void *arg, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, compact_sql + Q_CURSOR_SET, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, *(const int64_t *)arg);
	return stmt_run(st, e);
}

int series_compact(struct db *db, bool all, bool (*stop)(void *arg), void *arg, struct err *e)
{
	struct engine *en;
	int64_t at;
	int got = engine_of(db, &en, e) < 0 || one_number(db, Q_CURSOR, 0, &at, e) < 0 ? -1 : 1;

	while (got > 0) {
		AUTO(stmt_resetp) struct stmt *st = NULL;
		int64_t org;

		if (db_stmt(db, compact_sql + Q_NEXT_LANE, &st, e) < 0)
			return -1;
		stmt_bind_int(st, 1, at);
		got = stmt_step(st, e);
		at = got > 0 ? stmt_int(st, 0) : 0;
		org = got > 0 ? stmt_int(st, 1) : 0;
		stmt_reset(st);
		if (got > 0 && compact_lane(en, at, org, all, e) < 0)
			return -1;
		if (got > 0 && stop && stop(arg))
			break;
	}
	if (got < 0 || db_write(db, false, set_cursor, &at, e) < 0)
		return -1;
	return at > 0;
}
