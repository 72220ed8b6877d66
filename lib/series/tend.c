/* SPDX-License-Identifier: MIT */
/* When merges are due: after writing, for the lanes that were written to. */
#include "series/merge.h"

#include "db/shard.h"

#define DUE 8	    /* rows of one tier */
#define PRESSING 64 /* rows of one tier that are not left to another process */
#define TOGETHER 16 /* merges applied in one transaction */

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
		rc = group_prepare(g, pressing, e);
		if (rc < 0)
			return -1;
		l->due = rc > 0; /* the merged row may make another tier due */
		any |= rc > 0;
		if (g->n == TOGETHER && group_flush(g, e) < 0)
			return -1;
	}
	return group_flush(g, e) < 0 ? -1 : any;
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
	/* What is stored is stored: it is merged when the shard is back. */
	if (rc < 0 && db_apart(db)) {
		err_clear(e);
		return 0;
	}
	return rc;
}
