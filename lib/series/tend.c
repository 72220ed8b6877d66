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

/* Rows of a lane that are due. */
struct stretch {
	int tier;
	size_t from, to; /* places in lane.run */
	size_t rows;	 /* of that tier */
	int64_t points;
};

/* The stretch of the highest tier that is due; false: none is. */
static bool plan(const struct lane *l, struct stretch *s)
{
	int64_t before = 0, active = 0;

	*s = (struct stretch){ .tier = 9 };
	while (s->rows < DUE && s->tier-- > 0) {
		s->rows = 0;
		for (size_t i = l->nrun; i-- > 0 && l->run[i].tier <= s->tier;) {
			if (l->run[i].tier < s->tier)
				continue;
			s->to = s->rows++ ? s->to : i;
			s->from = i;
		}
	}
	if (s->rows < DUE)
		return false;
	for (size_t i = 0; i <= s->to; i++)
		*(i < s->from ? &before : &s->points) += l->run[i].n;
	for (size_t i = 0; i < LANE; i++)
		active += l->high[i].t != INT64_MIN;
	/* Only what begins with the oldest can be sealed: take along what is before, if it is worth it. */
	if (before <= s->points && before + s->points >= active * SEAL_AT / 2) {
		s->from = 0;
		s->points += before;
	}
	return true;
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
	int rc = g->n ? db_write_lazily(g->en->db, apply, nothing_to_undo, g, e) : 0;

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

/* Its rows, as the next of the group: 1 when they are merged, 0, -1. */
static int merge_one(struct group *g, struct lane *l, const struct stretch *s, struct err *e)
{
	int rc;

	if (!g->m)
		g->m = malloc(TOGETHER * sizeof(*g->m));
	if (!g->m)
		return err_nomem(e);
	g->m[g->n] = (struct merge){ .fd = -1, .lane = l->id, .from = l->run[s->from].seq, .to = l->run[s->to].seq, .tier = s->tier, .threshold = SEAL_AT };
	rc = group_prepare(g, s->rows >= PRESSING, e);
	if (rc > 0) /* the merged row may make another tier due */
		lane_due(g->en, l);
	return rc >= 0 && g->n == TOGETHER && group_flush(g, e) < 0 ? -1 : rc;
}

static bool is_due(const struct engine *en, const struct lane *l, struct stretch *s)
{
	return l->epoch == en->epoch && plan(l, s);
}

/* One round over the lanes that were written to: 1 when something was merged, 0, -1. */
static int round_of(struct group *g, struct err *e)
{
	int any = 0;

	for (size_t left = g->en->ndue; left > 0; left--) {
		struct lane *l = take_due(g->en);
		struct stretch s;
		int rc = is_due(g->en, l, &s) ? merge_one(g, l, &s, e) : 0;

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
	struct {
		struct lane *lane;
		struct stretch s;
	} due[STEP];
	size_t n;
	int64_t points;
	bool behind;
};

static bool is_worth(const struct portion *p)
{
	return p->n == STEP || p->points >= STEP_POINTS || p->behind;
}

static void next_portion(struct engine *en, struct portion *p)
{
	p->n = 0;
	p->points = 0;
	p->behind = false;
	while (en->due && !is_worth(p)) {
		p->due[p->n].lane = take_due(en);
		if (!is_due(en, p->due[p->n].lane, &p->due[p->n].s))
			continue;
		p->points += p->due[p->n].s.points;
		p->behind = p->due[p->n].s.rows >= BEHIND;
		p->n++;
	}
}

/*
 * Devices mostly say something in the same order, so their lanes become due one after the other, all in a short time. What is merged is in step with what is
 * written instead: of eight rows that are written one merge becomes due, and of eight of those another; this is a little faster.
 */
static int one_portion(struct group *g, bool idle, struct err *e)
{
	struct engine *en = g->en;
	struct portion p;
	int rc = 0;

	next_portion(en, &p);
	if (!idle && !p.behind && (!is_worth(&p) || en->wrote < p.n * SHARE)) {
		while (p.n)
			put_back(en, p.due[--p.n].lane);
		return 0;
	}
	en->wrote -= en->wrote < p.n * SHARE ? en->wrote : p.n * SHARE;
	for (size_t i = 0; i < p.n && rc >= 0; i++)
		rc = merge_one(g, p.due[i].lane, &p.due[i].s, e);
	return rc < 0 || group_flush(g, e) < 0 ? -1 : p.behind;
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
