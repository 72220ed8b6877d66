/* SPDX-License-Identifier: MIT */
/*
 * A store that is to be small: all lanes, beside writers and readers, in steps that each hold the writers' lock for a few milliseconds and may be the last.
 * Of a lane: its runs become one, of which series after series is sealed; small chunks are joined; what lies below floors goes.
 */
#include "series/merge.h"

#define COMPACT_AT 256 /* points of a series that are sealed */
#define STEP_CHUNKS 96 /* made or removed in one transaction */
#define STEP_CUT 48    /* chunks that a cut takes out or rewrites in one */

enum { Q_NEXT_LANE, Q_CURSOR, Q_CURSOR_SET, Q_BELOW, Q_COUNT_BELOW, Q_NTH };

const struct sql compact_sql[] = {
	[Q_NEXT_LANE] = { "SELECT id, org_id FROM lane WHERE id > $1 ORDER BY id LIMIT 1", NULL },
	[Q_CURSOR] = { "SELECT value FROM counter WHERE name = 'compact'", NULL },
	[Q_CURSOR_SET] = { "UPDATE main.counter SET value = $1 WHERE name = 'compact'", "counter" },
	[Q_BELOW] = { "SELECT s.id, s.floor FROM series s WHERE s.id >= $1 AND s.id < $2 AND s.floor IS NOT NULL"
		      " AND ((SELECT MIN(c.t0) FROM chunk c WHERE c.series_id = s.id AND c.series_id / 256 = $3) < s.floor"
		      " OR (SELECT MIN(r.t0) FROM point_run r WHERE r.lane = $3) < s.floor)",
		      NULL },
	[Q_COUNT_BELOW] = { "SELECT COUNT(*) FROM chunk WHERE series_id = $1" IN_LANE " AND t0 < $2", NULL },
	[Q_NTH] = { "SELECT t0 FROM chunk WHERE series_id = $1" IN_LANE " AND t0 < $2 ORDER BY t0 LIMIT 1 OFFSET $3", NULL },
};
const size_t compact_sql_n = COUNT(compact_sql);

struct compact {
	struct engine *en;
	bool all;
	bool (*stop)(void *arg);
	void *arg;
	int64_t lane, org;
	bool worked;  /* something of the lane was changed */
	bool stopped;
};

/* Between two steps. */
static bool over(struct compact *c)
{
	c->worked = true;
	c->stopped = c->stopped || (c->stop && c->stop(c->arg));
	return c->stopped;
}

/* The first row's first column of a statement with up to three numbers: 1, 0 no row, -1. */
static int number(struct engine *en, int query, const int64_t *arg, int64_t *out, struct err *e)
{
	static const int args[] = { [Q_NEXT_LANE] = 1, [Q_COUNT_BELOW] = 2, [Q_NTH] = 3 };
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(en->db, compact_sql + query, &st, e) < 0)
		return -1;
	for (int i = 0; i < args[query]; i++)
		stmt_bind_int(st, i + 1, arg[i]);
	got = stmt_step(st, e);
	*out = got > 0 ? stmt_int(st, 0) : 0;
	return got;
}

/* ---- runs and chunks ---- */

/* Everything into one run, and what is sealed out of it: again, while there is more than one step's work. */
static int merge_all(struct compact *c, struct err *e)
{
	struct merge m;
	struct group g = { c->en, &m, 0 };
	bool more;
	int rc;

	do {
		m = (struct merge){ .lane = c->lane, .from = INT64_MIN, .to = INT64_MAX, .tier = -1, .threshold = c->all ? 1 : COMPACT_AT,
				    .most = STEP_CHUNKS, .fold = true, .fd = -1 };
		rc = group_prepare(&g, false, e);
		if (rc <= 0)
			return rc;
		more = m.more;
		rc = group_flush(&g, e);
	} while (rc == 0 && !over(c) && more);
	return rc;
}

static int join_all(struct compact *c, struct err *e)
{
	struct join_at at = { c->lane * LANE, INT64_MIN };
	struct merge m;
	struct group g = { c->en, &m, 0 };
	bool more = true;
	int rc = 0;

	while (rc == 0 && more && !c->stopped) {
		m = (struct merge){ .en = c->en, .lane = c->lane, .most = STEP_CHUNKS, .fd = -1 };
		rc = db_part_take(c->en->db, m.lane, false, &m.fd, e);
		if (rc <= 0)
			return rc;
		rc = join_prepare(&m, &at, e);
		more = m.more;
		g.n = 1;
		if (rc <= 0)
			group_done(&g);
		else if ((rc = group_flush(&g, e)) == 0)
			(void)over(c);
	}
	return rc;
}

/* ---- below floors ---- */

struct cutting {
	struct compact *c;
	struct cut cut;
	bool any, more;
};

/* How far below the floor this step goes, when it may take `room` chunks. */
static int bound(struct engine *en, int64_t series, int64_t *to, int64_t *room, struct err *e)
{
	int64_t n, t0;
	int got = number(en, Q_COUNT_BELOW, (const int64_t[]){ series, *to }, &n, e);

	if (got >= 0 && n > *room) {
		got = number(en, Q_NTH, (const int64_t[]){ series, *to, *room }, &t0, e);
		*to = t0;
	}
	*room -= n < *room ? n : *room;
	return got;
}

/* What this step takes out. */
static int plan_cut(struct cutting *x, struct err *e)
{
	struct engine *en = x->c->en;
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int64_t room = STEP_CUT;
	int got;

	memset(&x->cut, 0, sizeof(x->cut));
	x->cut.lane = x->c->lane;
	x->cut.org = x->c->org;
	x->any = false;
	if (db_stmt(en->db, compact_sql + Q_BELOW, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, x->c->lane * LANE);
	stmt_bind_int(st, 2, (x->c->lane + 1) * LANE);
	stmt_bind_int(st, 3, x->c->lane);
	while (room > 0 && (got = stmt_step(st, e)) > 0) {
		int64_t to = stmt_int(st, 1);

		if (bound(en, stmt_int(st, 0), &to, &room, e) < 0)
			return -1;
		x->cut.r[slot_of(stmt_int(st, 0))] = (struct range){ INT64_MIN, to };
		x->any = true;
	}
	/* A run below a floor may hold nothing of that series: only chunks say that there is more. */
	x->more = room == 0;
	return room > 0 ? got : 0;
}

static int cut_step(struct db *db, void *arg, struct err *e)
{
	struct cutting *x = arg;
	int64_t gone;

	(void)db;
	if (engine_sync(x->c->en, e) < 0 || plan_cut(x, e) < 0)
		return -1;
	return x->any ? lane_cut(x->c->en, &x->cut, &gone, e) : 0;
}

static int cut_all(struct compact *c, struct err *e)
{
	struct cutting *x = calloc(1, sizeof(*x));
	int rc;

	if (!x)
		return err_nomem(e);
	x->c = c;
	rc = plan_cut(x, e);
	while (rc == 0 && x->any && !c->stopped) {
		rc = db_write(c->en->db, false, cut_step, x, e);
		if (rc < 0 || over(c) || !x->more)
			break;
	}
	free(x);
	return rc;
}

/* ---- lanes ---- */

static int set_cursor(struct db *db, void *arg, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, compact_sql + Q_CURSOR_SET, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, *(const int64_t *)arg);
	return stmt_run(st, e);
}

/* The next lane behind c->lane, round and round, up to where it began: 1, 0, -1. */
static int next_lane(struct compact *c, int64_t began, bool *round, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(c->en->db, compact_sql + Q_NEXT_LANE, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, c->lane);
	got = stmt_step(st, e);
	/* A round that was begun by others is at its end here, when there is no time for one of our own. */
	if (got == 0 && !*round && began > 0 && !(c->stop && c->stop(c->arg))) {
		*round = true;
		c->lane = 0;
		stmt_reset(st);
		st = NULL;
		return next_lane(c, began, round, e);
	}
	if (got <= 0 || (*round && stmt_int(st, 0) > began))
		return got < 0 ? -1 : 0;
	c->lane = stmt_int(st, 0);
	c->org = stmt_int(st, 1);
	return 1;
}

static int compact_lane(struct compact *c, struct err *e)
{
	c->worked = false;
	if (merge_all(c, e) < 0 || (!c->stopped && join_all(c, e) < 0) || (!c->stopped && cut_all(c, e) < 0))
		return -1;
	return 0;
}

int series_compact(struct db *db, bool all, bool (*stop)(void *arg), void *arg, struct err *e)
{
	struct compact c = { .all = all, .stop = stop, .arg = arg };
	int64_t began, kept, done;
	bool round = false;
	int got = engine_of(db, &c.en, e) < 0 ? -1 : number(c.en, Q_CURSOR, NULL, &began, e);

	if (got >= 0 && series_months_drop(db, stop, arg, e) < 0)
		return -1;
	kept = done = c.lane = got > 0 ? began : 0;
	while (got > 0 && !c.stopped && (got = next_lane(&c, began, &round, e)) > 0) {
		if (compact_lane(&c, e) < 0)
			return -1;
		done = c.stopped ? c.lane - 1 : c.lane;
		/* Kept lane by lane: who is killed goes on there too. */
		if (c.worked && db_write(db, false, set_cursor, &done, e) < 0)
			return -1;
		kept = c.worked ? done : kept;
		c.stopped = c.stopped || (stop && stop(arg));
	}
	if (got < 0)
		return -1;
	done = c.stopped ? done : 0;
	if (done != kept && db_write(db, false, set_cursor, &done, e) < 0)
		return -1;
	return c.stopped;
}
