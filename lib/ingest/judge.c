/* SPDX-License-Identifier: MIT */
/* Alarm rules over the points of a batch, in the transaction that stores them. */
#include "ingest/impl.h"

int ingest_judging(struct ingest *g, struct err *e)
{
	const struct judging_opts o = { .program = g->opt.program, .complain = g->opt.complain, .arg = g->opt.arg };

	if (!g->judging && judging_new(g->db, &o, &g->judging, e) < 0)
		return -1;
	return judging_prepare(g->judging, &g->judges, e);
}

/* Who listens to the slot. 1, 0: nobody, -1. */
static int ears_of(struct ingest *g, const struct dev *d, struct slot *s, struct err *e)
{
	uint64_t generation = judging_generation(g->judging) + 1;

	if (s->heard != generation) {
		err_clear(e);
		s->ears = judging_ears(g->judging, d->ref.id, str_of(s->name), e);
		if (!s->ears && e->code)
			return -1;
		s->heard = generation;
	}
	return s->ears != NULL;
}

int ingest_listen(struct ingest *g, struct err *e)
{
	if (!g->judges || !g->n)
		return 0;
	if (judging_open(g->judging, g->opt.now, e) < 0)
		return -1;
	for (size_t i = 0; i < g->n; i++) {
		struct dev *d = g->mark[i].dev;
		struct slot *s = d->slot + g->mark[i].slot;
		int got = ears_of(g, d, s, e);

		if (got < 0 || (got > 0 && judging_ready(g->judging, s->ears, e) < 0))
			return -1;
	}
	return 0;
}

/* Points in the order in which they were measured, where they did not come so. */
static int compare(const void *a, const void *b, void *points)
{
	const struct point *p = points;
	size_t i = *(const size_t *)a, k = *(const size_t *)b;

	if (p[i].ts != p[k].ts)
		return p[i].ts < p[k].ts ? -1 : 1;
	return i < k ? -1 : i > k;
}

static bool in_order(const struct ingest *g)
{
	bool fine = true;

	for (size_t i = 0; i < g->n; i++)
		g->mark[i].dev->heard_to = INT64_MIN;
	for (size_t i = 0; i < g->n && fine; i++) {
		fine = g->point[i].ts >= g->mark[i].dev->heard_to;
		g->mark[i].dev->heard_to = g->point[i].ts;
	}
	return fine;
}

static int judge_one(struct ingest *g, size_t i, struct err *e)
{
	const struct mark *m = g->mark + i;
	struct ears *ears = m->dev->slot[m->slot].ears;

	return ears && g->outcome[i] <= OUTCOME_CORRECTED ? judging_point(ears, g->point + i, e) : 0;
}

int ingest_judge_batch(struct ingest *g, struct err *e)
{
	size_t *order = NULL;
	int rc = 0;

	if (!g->judges || !g->n)
		return 0;
	if (!in_order(g)) {
		order = malloc(g->n * sizeof(*order));
		if (!order)
			return err_nomem(e);
		for (size_t i = 0; i < g->n; i++)
			order[i] = i;
		qsort_r(order, g->n, sizeof(*order), compare, g->point);
	}
	for (size_t i = 0; i < g->n && rc == 0; i++)
		rc = judge_one(g, order ? order[i] : i, e);
	free(order);
	return rc < 0 ? -1 : judging_close(g->judging, e);
}
