/* SPDX-License-Identifier: MIT */
/* Aggregates: buckets of each series as they come, or of groups of devices, which are kept until all are read. */
#include "base/map.h"
#include "os/signal.h"
#include "series/series.h"
#include "task/query_impl.h"

#define GROUPS_MAX ((size_t)1 << 22) /* buckets of all groups */

/* The stretch of time that a bucket is printed under. */
static int64_t start_of(const struct query *q, const struct bucket *b)
{
	if (q->has_step)
		return b->start;
	return q->ask.range.from > TIME_MIN ? q->ask.range.from : b->first_ts;
}

/* ---- one series after the other ---- */

struct printing {
	struct query *q;
	struct out *out;
	const struct target *target;
	const struct definition *def; /* NULL: none */
};

static int print_bucket(const struct bucket *b, void *arg, struct err *e)
{
	const struct printing *p = arg;
	const struct query *q = p->q;
	struct cell cell[QUERY_BUCKET_FIELDS];
	size_t n = 0;

	if (stop_requested())
		return stop_error(e);
	cell[n++] = CELL_OF_TIME(start_of(q, b));
	cell[n++] = query_text(p->target->device->name);
	cell[n++] = query_text(p->target->datapoint);
	for (size_t i = 0; i < q->naggs; i++)
		cell[n++] = bucket_cell(b, q->agg[i], query_decimals(p->def));
	cell[n++] = query_text(p->def ? p->def->unit : NULL);
	cell[n++] = query_text(p->target->device->site);
	cell[n++] = query_text(p->target->device->gateway);
	cell[n++] = query_text(p->target->device->org);
	return out_rec(p->out, cell, e);
}

int query_buckets(struct query *q, struct out *out, struct err *e)
{
	struct printing p = { .q = q, .out = out };
	struct definition def;
	bool has;

	for (size_t i = 0; i < q->targets.n; i++) {
		p.target = q->targets.target + i;
		if (query_enter(q, p.target, &def, &has, e) < 0)
			return -1;
		p.def = has ? &def : NULL;
		if (series_aggregate(q->ask.of.db, p.target->series, &q->ask.range, q->has_step ? &q->step : NULL, q->zone,
				     q->delta, print_bucket, &p, e) < 0)
			return -1;
	}
	return 0;
}

/* ---- groups ---- */

/* A bucket of a group; deltas are added up by themselves, for they do not follow from first and last of the whole. */
struct group {
	const char *name, *datapoint;
	struct bucket b, delta;
	unsigned char decimals;
};

struct grouping {
	const struct query *q;
	const struct target *target;
	unsigned char decimals;
	struct group *group;
	size_t n, cap;
	struct map index; /* name, datapoint, start */
};

static struct group *new_group(struct grouping *g, int64_t start, struct err *e)
{
	struct group *new;

	if (g->n == GROUPS_MAX) {
		err_set(e, E_USAGE, "more than %zu groups and buckets: choose a longer step or a shorter range", GROUPS_MAX);
		return NULL;
	}
	if (g->n == g->cap) {
		size_t cap = g->cap ? g->cap * 2 : 256;

		new = realloc(g->group, cap * sizeof(*new));
		if (!new) {
			err_nomem(e);
			return NULL;
		}
		g->group = new;
		g->cap = cap;
	}
	new = g->group + g->n++;
	*new = (struct group){ .name = g->q->by_datapoint ? NULL : g->target->device->group,
			       .datapoint = g->target->datapoint,
			       .decimals = g->decimals };
	bucket_begin(&new->b, start, false, 0);
	bucket_begin(&new->delta, start, false, 0);
	return new;
}

/* The group's bucket that b belongs to, made when missing. */
static struct group *find_group(struct grouping *g, int64_t start, struct err *e)
{
	AUTO(sb_done) struct sb key = SB_INIT(1 << 17);
	const char *name = g->q->by_datapoint ? NULL : g->target->device->group;
	struct group *new;
	int64_t *at;

	if (name)
		sb_adds(&key, name);
	sb_addc(&key, '\0');
	sb_adds(&key, g->target->datapoint);
	sb_addc(&key, '\0');
	if (g->q->has_step)
		sb_add(&key, &start, sizeof(start));
	if (key.bad) {
		err_nomem(e);
		return NULL;
	}
	at = map_find(&g->index, sb_str(&key));
	if (at)
		return g->group + *at;
	new = new_group(g, start, e);
	if (new && map_put(&g->index, sb_str(&key), new - g->group) < 0) {
		err_nomem(e);
		return NULL;
	}
	return new;
}

static int add_bucket(const struct bucket *b, void *arg, struct err *e)
{
	struct grouping *g = arg;
	int64_t start = start_of(g->q, b);
	struct group *group;
	struct point delta = { .value.type = VALUE_NUMBER };

	if (stop_requested())
		return stop_error(e);
	group = find_group(g, start, e);
	if (!group)
		return -1;
	if (start < group->b.start)
		group->b.start = start;
	bucket_merge(&group->b, b);
	delta.value.num = bucket_cell(b, AGG_DELTA, 0).r;
	bucket_add(&group->delta, &delta);
	/* As exact as the most exact of them; without a precision, as it is. */
	if (!group->decimals || !g->decimals)
		group->decimals = 0;
	else if (g->decimals > group->decimals)
		group->decimals = g->decimals;
	return 0;
}

static int by_group(const void *a, const void *b)
{
	const struct group *x = a, *y = b;
	int c = strcmp(x->name ? x->name : "", y->name ? y->name : "");

	if (c == 0)
		c = strcmp(x->datapoint, y->datapoint);
	return c ? c : (x->b.start > y->b.start) - (x->b.start < y->b.start);
}

static int print_groups(const struct grouping *g, struct out *out, struct err *e)
{
	const struct query *q = g->q;
	struct cell cell[QUERY_BUCKET_FIELDS];

	for (const struct group *group = g->group; group < g->group + g->n; group++) {
		size_t n = 0;

		cell[n++] = CELL_OF_TIME(group->b.start);
		if (!q->by_datapoint)
			cell[n++] = query_text(group->name);
		cell[n++] = query_text(group->datapoint);
		for (size_t i = 0; i < q->naggs; i++)
			cell[n++] = q->agg[i] == AGG_DELTA ? bucket_cell(&group->delta, AGG_SUM, group->decimals) :
							     bucket_cell(&group->b, q->agg[i], group->decimals);
		if (out_rec(out, cell, e) < 0)
			return -1;
	}
	return 0;
}

static int read_groups(struct grouping *g, struct query *q, struct err *e)
{
	struct definition def;
	bool has;

	for (size_t i = 0; i < q->targets.n; i++) {
		g->target = q->targets.target + i;
		if (query_enter(q, g->target, &def, &has, e) < 0)
			return -1;
		g->decimals = query_decimals(has ? &def : NULL);
		if (series_aggregate(q->ask.of.db, g->target->series, &q->ask.range, q->has_step ? &q->step : NULL, q->zone,
				     q->delta, add_bucket, g, e) < 0)
			return -1;
	}
	return 0;
}

int query_groups(struct query *q, struct out *out, struct err *e)
{
	struct grouping g = { .q = q, .index = MAP_INIT };
	int rc = read_groups(&g, q, e);

	if (rc == 0 && g.n)
		qsort(g.group, g.n, sizeof(*g.group), by_group);
	if (rc == 0)
		rc = print_groups(&g, out, e);
	free(g.group);
	map_done(&g.index);
	return rc;
}
