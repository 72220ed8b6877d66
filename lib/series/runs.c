/* SPDX-License-Identifier: MIT */
/*
 * Runs kept for reading. A run's row is never changed, but another may take its place under the same number: that, and whatever else happens to a lane beside
 * new runs, moves the lane's gen, for which the runs are kept.
 */
#include "series/runs.h"

#define KEPT_LANES 64
#define KEPT_BYTES ((size_t)8 << 20)

enum { Q_GEN, Q_SEQS, Q_RUN };

const struct sql runs_sql[] = {
	[Q_GEN] = { "SELECT gen FROM lane WHERE id = $1", NULL },
	[Q_SEQS] = { "SELECT seq, merged, t0, t1 FROM point_run WHERE lane = $1 ORDER BY seq", NULL },
	[Q_RUN] = { "SELECT " RUN_COLUMNS " FROM point_run WHERE lane = $1 AND seq = $2", NULL },
};
const size_t runs_sql_n = COUNT(runs_sql);

/* A run of the lane, there or not. */
struct listed {
	int64_t seq, t0, t1;
	bool raised;
};

struct kept_lane {
	int64_t lane, gen;
	uint64_t used, snapshot; /* that `list` is of; 0: of none any more */
	struct listed *list;
	size_t nlist, caplist;
	struct run_seen **run; /* in order of seq */
	size_t n, cap;
};

struct kept {
	struct kept_lane lane[KEPT_LANES];
	size_t n, bytes;
	uint64_t clock;
};

static void drop_lane(struct kept *k, size_t i)
{
	struct kept_lane *l = k->lane + i;

	for (size_t r = 0; r < l->n; r++) {
		k->bytes -= l->run[r]->bytes;
		free(l->run[r]);
	}
	free(l->run);
	free(l->list);
	*l = k->lane[--k->n];
}

void runs_forget(struct engine *en, int64_t lane)
{
	struct kept *k = en ? en->kept : NULL;

	for (size_t i = k ? k->n : 0; i-- > 0;)
		if (lane < 0 || k->lane[i].lane == lane)
			drop_lane(k, i);
}

void runs_done(struct engine *en)
{
	runs_forget(en, -1);
	free(en->kept);
	en->kept = NULL;
}

/* The lane that was read longest ago, but not this one: *i is its place. */
static bool oldest_lane(const struct kept *k, int64_t but, size_t *i)
{
	bool any = false;

	for (size_t at = 0; at < k->n; at++) {
		if (k->lane[at].lane == but || (any && k->lane[at].used > k->lane[*i].used))
			continue;
		*i = at;
		any = true;
	}
	return any;
}

/* What is kept of the lane, if it is still so. */
static struct kept_lane *lane_kept(struct engine *en, int64_t lane, int64_t gen, struct err *e)
{
	struct kept *k = en->kept;
	size_t old = 0;

	if (!k)
		k = en->kept = calloc(1, sizeof(*k));
	if (!k) {
		(void)err_nomem(e);
		return NULL;
	}
	for (size_t i = 0; i < k->n; i++) {
		if (k->lane[i].lane != lane)
			continue;
		if (k->lane[i].gen == gen) {
			k->lane[i].used = ++k->clock;
			return k->lane + i;
		}
		drop_lane(k, i);
		break;
	}
	if (k->n == KEPT_LANES && oldest_lane(k, lane, &old))
		drop_lane(k, old);
	k->lane[k->n] = (struct kept_lane){ .lane = lane, .gen = gen, .used = ++k->clock };
	return k->lane + k->n++;
}

/* Its parts, in order of slot; false: it is damaged behind a checksum that is right. */
static bool parts_of(struct str blob, struct run_part part[LANE], size_t *n)
{
	struct run_rd r;
	int got;

	*n = 0;
	if (!runblob_open(&r, blob))
		return false;
	while ((got = runblob_next(&r)) > 0)
		part[(*n)++] = r.part;
	return got == 0;
}

static struct rd moved(struct rd r, const char *from, const uint8_t *to)
{
	const uint8_t *base = (const uint8_t *)from;

	return r.p ? (struct rd){ to + (r.p - base), to + (r.end - base), false } : r;
}

static int make_run(const struct run_head *h, struct str blob, struct run_seen **out, struct err *e)
{
	struct run_part part[LANE];
	struct run_seen *run;
	size_t n = 0, bytes;
	bool damaged = !runblob_intact(h, blob) || !parts_of(blob, part, &n);
	uint8_t *copy;

	if (damaged)
		n = blob.len = 0;
	bytes = sizeof(*run) + n * sizeof(*part) + blob.len;
	run = calloc(1, bytes);
	if (!run)
		return err_nomem(e);
	run->h = *h;
	run->damaged = damaged;
	run->nparts = n;
	run->bytes = bytes;
	run->part = (struct run_part *)(run + 1);
	copy = (uint8_t *)(run->part + n);
	if (blob.len)
		memcpy(copy, blob.ptr, blob.len);
	for (size_t i = 0; i < LANE; i++)
		run->at[i] = -1;
	for (size_t i = 0; i < n; i++) {
		run->part[i] = part[i];
		run->part[i].body = moved(part[i].body, blob.ptr, copy);
		run->part[i].times = moved(part[i].times, blob.ptr, copy);
		run->at[part[i].slot] = (int16_t)i;
	}
	*out = run;
	return 0;
}

static int read_run(struct engine *en, int64_t lane, int64_t seq, struct run_seen **out, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	struct run_head h;
	struct str blob;

	if (db_stmt(en->db, runs_sql + Q_RUN, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, lane);
	stmt_bind_int(st, 2, seq);
	if (stmt_step(st, e) <= 0)
		return e->code ? -1 : err_set(e, E_BUG, "a run is there and is not");
	runblob_row_read(st, &h, &blob);
	return make_run(&h, blob, out, e);
}

/* Keep the run at place `at` of its lane, if there is room for it: other lanes make way. */
static bool keep(struct kept *k, struct kept_lane **l, size_t at, struct run_seen *run)
{
	int64_t lane = (*l)->lane;
	size_t old = 0;

	while (k->bytes + run->bytes > KEPT_BYTES && oldest_lane(k, lane, &old))
		drop_lane(k, old);
	for (size_t i = 0; i < k->n; i++) /* it may have moved */
		if (k->lane[i].lane == lane)
			*l = k->lane + i;
	if (k->bytes + run->bytes > KEPT_BYTES)
		return false;
	if ((*l)->n == (*l)->cap) {
		size_t cap = (*l)->cap ? (*l)->cap * 2 : 16;
		struct run_seen **more = realloc((*l)->run, cap * sizeof(*more)); /* NOLINT(bugprone-sizeof-expression) */

		if (!more)
			return false;
		(*l)->run = more;
		(*l)->cap = cap;
	}
	memmove((*l)->run + at + 1, (*l)->run + at, ((*l)->n - at) * sizeof(*(*l)->run)); /* NOLINT(bugprone-sizeof-expression) */
	(*l)->run[at] = run;
	(*l)->n++;
	k->bytes += run->bytes;
	return true;
}

/* The lane as it was listed in the snapshot at hand: reading all its series asks the store once. */
static struct kept_lane *lane_listed(struct engine *en, int64_t lane)
{
	uint64_t snapshot = db_snapshot(en->db);
	struct kept *k = en->kept;

	for (size_t i = 0; snapshot && k && i < k->n; i++)
		if (k->lane[i].lane == lane && k->lane[i].snapshot == snapshot) {
			k->lane[i].used = ++k->clock;
			return k->lane + i;
		}
	return NULL;
}

static int list_runs(struct engine *en, struct kept_lane *l, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	l->nlist = 0;
	l->snapshot = 0;
	if (db_stmt(en->db, runs_sql + Q_SEQS, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, l->lane);
	while ((got = stmt_step(st, e)) > 0) {
		if (l->nlist == l->caplist) {
			size_t cap = l->caplist ? l->caplist * 2 : 16;
			struct listed *more = realloc(l->list, cap * sizeof(*more));

			if (!more)
				return err_nomem(e);
			l->list = more;
			l->caplist = cap;
		}
		l->list[l->nlist++] = (struct listed){ stmt_int(st, 0), stmt_int(st, 2), stmt_int(st, 3), stmt_int(st, 1) == RUN_RAISED };
	}
	l->snapshot = got < 0 ? 0 : db_snapshot(en->db);
	return got;
}

/* The lane with its list; none when it is not there: 1, 0, -1. */
static int lane_open(struct engine *en, int64_t lane, struct kept_lane **l, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *gen = NULL;
	int got;

	*l = lane_listed(en, lane);
	if (*l)
		return 1;
	if (db_stmt(en->db, runs_sql + Q_GEN, &gen, e) < 0)
		return -1;
	stmt_bind_int(gen, 1, lane);
	got = stmt_step(gen, e);
	if (got <= 0)
		return got;
	*l = lane_kept(en, lane, stmt_int(gen, 0), e);
	return *l && list_runs(en, *l, e) == 0 ? 1 : -1;
}

int runs_each(struct engine *en, const struct run_ask *ask, int (*fn)(const struct run_seen *run, void *arg, struct err *e), void *arg, struct err *e)
{
	struct kept_lane *l;
	size_t at = 0;
	int got = lane_open(en, ask->lane, &l, e);

	if (got <= 0)
		return got;
	for (size_t i = 0; i < l->nlist; i++) {
		const struct listed x = l->list[i];
		struct run_seen *run;
		bool ours = true;
		int rc;

		if (x.t0 >= ask->r.to || x.t1 < ask->r.from || (ask->unraised && x.raised))
			continue;
		while (at < l->n && l->run[at]->h.seq < x.seq)
			at++;
		if (at < l->n && l->run[at]->h.seq == x.seq)
			run = l->run[at];
		else if (read_run(en, ask->lane, x.seq, &run, e) < 0)
			return -1;
		else
			ours = keep(en->kept, &l, at, run);
		rc = fn(run, arg, e);
		if (!ours)
			free(run);
		if (rc < 0)
			return -1;
	}
	return 0;
}

const struct run_part *run_part_of(const struct run_seen *run, int64_t series)
{
	int at = run->at[slot_of(series)];

	return at < 0 ? NULL : run->part + at;
}
