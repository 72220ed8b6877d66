/* SPDX-License-Identifier: MIT */
/* When merges are due: after writing, for the lanes that were written to. */
#include "series/merge.h"

#include "db/shard.h"

#define DUE 8	    /* rows of one tier */
#define BEHIND 24   /* that are merged whatever else waits */
#define PRESSING 64 /* that are not left to another process */
#define TOGETHER 16 /* merges applied in one transaction */
#define STEP 8	    /* merges that are worth a transaction while others wait, */
#define STEP_POINTS 512 /* or points */
#define SHARE 4	    /* one merge for so many lanes that are written to */

/* The stretch of rows that are due, the highest tier first, and how many of that tier there are: 1, 0 none. */
static int plan(const struct lane *l, struct merge *m, size_t *rows)
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
	*rows = count;
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

void group_done(struct group *g)
{
	for (size_t i = 0; i < g->n; i++)
		merge_done(g->m + i);
	g->n = 0;
}

/* What is known of lanes is forgotten anyway. */
static void nothing_to_undo(void *arg)
{
	(void)arg;
}

int group_flush(struct group *g, struct err *e)
{
	int rc = g->n ? db_write_again(g->en->db, false, apply, nothing_to_undo, g, e) : 0;

	group_done(g);
	return rc;
}

int group_prepare(struct group *g, bool wait, struct err *e)
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

static struct lane *take_due(struct engine *en)
{
	struct lane *l = en->due;

	en->due = l->next_due;
	if (!en->due)
		en->due_tail = &en->due;
	en->ndue--;
	l->due = false;
	return l;
}

static void put_back(struct engine *en, struct lane *l)
{
	l->due = true;
	l->next_due = en->due;
	if (!en->due)
		en->due_tail = &l->next_due;
	en->due = l;
	en->ndue++;
}

/* One that is due: 1 when it was merged, 0, -1. */
static int merge_one(struct group *g, struct lane *l, size_t rows, struct err *e)
{
	int rc = group_prepare(g, rows >= PRESSING, e);

	if (rc > 0) /* the merged row may make another tier due */
		lane_due(g->en, l);
	return rc >= 0 && g->n == TOGETHER && group_flush(g, e) < 0 ? -1 : rc;
}

/* It is due, as g's next. */
static bool is_due(struct group *g, const struct lane *l, size_t *rows)
{
	g->m[g->n] = (struct merge){ .fd = -1 };
	return l->epoch == g->en->epoch && plan(l, g->m + g->n, rows);
}

/* One round over the lanes that were written to: 1 when something was merged, 0, -1. */
static int round_of(struct group *g, struct err *e)
{
	int any = 0;

	for (size_t left = g->en->ndue; left > 0; left--) {
		struct lane *l = take_due(g->en);
		size_t rows;
		int rc = is_due(g, l, &rows) ? merge_one(g, l, rows, e) : 0;

		if (rc < 0)
			return -1;
		any |= rc;
	}
	return group_flush(g, e) < 0 ? -1 : any;
}

static int all_rounds(struct group *g, bool idle, struct err *e)
{
	int rc;

	(void)idle;
	while ((rc = round_of(g, e)) > 0)
		;
	return rc;
}

/* ---- a little at a time ---- */

/* The next that are due, as many as are worth a transaction. */
struct portion {
	struct lane *lane[STEP];
	size_t n;
	int64_t points;
	bool behind;
};

static bool is_worth(const struct portion *s)
{
	return s->n == STEP || s->points >= STEP_POINTS || s->behind;
}

static void next_portion(struct group *g, struct portion *s)
{
	size_t rows;

	*s = (struct portion){ .n = 0 };
	while (g->en->due && !is_worth(s)) {
		struct lane *l = take_due(g->en);

		if (!is_due(g, l, &rows))
			continue;
		for (size_t i = 0; i < l->nrun; i++)
			if (l->run[i].seq >= g->m[g->n].from && l->run[i].seq <= g->m[g->n].to)
				s->points += l->run[i].n;
		s->behind = rows >= BEHIND;
		s->lane[s->n++] = l;
	}
}

/*
 * Devices mostly say something in the same order, so their lanes become due one after the other, all in a short time. What is merged is in step with what is
 * written instead: of eight rows that are written one merge becomes due, and of eight of those another; this is a little faster.
 */
static int one_portion(struct group *g, bool idle, struct err *e)
{
	struct engine *en = g->en;
	struct portion s;
	int rc = 0;

	next_portion(g, &s);
	if (!idle && !s.behind && (!is_worth(&s) || en->wrote < s.n * SHARE)) {
		while (s.n)
			put_back(en, s.lane[--s.n]);
		return 0;
	}
	en->wrote -= en->wrote < s.n * SHARE ? en->wrote : s.n * SHARE;
	for (size_t i = 0; i < s.n && rc >= 0; i++) {
		size_t rows;

		if (is_due(g, s.lane[i], &rows))
			rc = merge_one(g, s.lane[i], rows, e);
	}
	return rc < 0 || group_flush(g, e) < 0 ? -1 : s.behind;
}

static int portions(struct group *g, bool idle, struct err *e)
{
	int rc;

	while ((rc = one_portion(g, idle, e)) > 0)
		;
	if (!g->en->due && g->en->wrote > STEP * SHARE)
		g->en->wrote = STEP * SHARE; /* nothing was to be done for it */
	return rc;
}

/* ---- both ---- */

static int tend(struct db *db, int (*how)(struct group *g, bool idle, struct err *e), bool idle, bool *more, struct err *e)
{
	struct group g = { 0 };
	int rc;

	if (engine_of(db, &g.en, e) < 0)
		return -1;
	*more = false;
	if (!g.en->due)
		return 0;
	g.m = calloc(TOGETHER, sizeof(*g.m));
	if (!g.m)
		return err_nomem(e);
	rc = how(&g, idle, e);
	group_done(&g);
	free(g.m);
	*more = g.en->due != NULL;
	/* What is stored is stored: it is merged when the shard is back. */
	if (rc < 0 && db_apart(db)) {
		err_clear(e);
		return 0;
	}
	return rc < 0 ? -1 : 0;
}

int series_tend(struct db *db, struct err *e)
{
	bool more;

	return tend(db, all_rounds, false, &more, e);
}

int series_tend_some(struct db *db, bool idle, bool *more, struct err *e)
{
	return tend(db, portions, idle, more, e);
}
