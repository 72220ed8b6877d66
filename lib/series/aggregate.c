/* SPDX-License-Identifier: MIT */
/* Buckets straight from decoded columns. */
#include "series/impl.h"

static int value_before(struct db *db, int64_t series, int64_t ts, bool *has, double *v, struct err *e)
{
	AUTO(series_scan_freep) struct series_scan *s = NULL;
	const struct range r = { INT64_MIN, ts };
	struct point p;
	int got;

	*has = false;
	*v = 0;
	if (series_scan(db, series, &r, true, &s, e) < 0)
		return -1;
	while ((got = series_next(s, &p, e)) > 0) {
		if (!status_counts(status_of(&p)))
			continue;
		*has = true;
		*v = p.value.num;
		return 0;
	}
	return got;
}

struct bucketing {
	const struct range *r;
	const struct step *step;
	const struct zone *zone;
	int (*fn)(const struct bucket *b, void *arg, struct err *e);
	void *arg;
	struct bucket b;
	int64_t end; /* of the bucket at hand: most points fall into the same as the one before */
	bool has;
	double before;
};

static int next_bucket(struct bucketing *g, int64_t ts, struct err *e)
{
	int64_t start = g->step ? step_floor(g->step, g->zone, ts) : g->r->from;

	if (g->b.count && g->fn(&g->b, g->arg, e) < 0)
		return -1;
	if (g->b.count) {
		g->has = true;
		g->before = g->b.last;
	}
	bucket_begin(&g->b, start, g->has, g->before);
	g->end = g->step ? step_next(g->step, g->zone, start) : g->r->to;
	return 0;
}

/* The points from i on that fall into the bucket at hand and are of one status: behind them. */
static size_t alike(const struct bucketing *g, const struct block *page, size_t i)
{
	size_t k = i + 1;

	while (k < page->n && page->ts[k] < g->end && page->status[k] == page->status[i])
		k++;
	return k;
}

static int add_page(struct bucketing *g, const struct block *page, struct err *e)
{
	for (size_t i = 0, end; i < page->n; i = end) {
		if (page->ts[i] >= g->end && next_bucket(g, page->ts[i], e) < 0)
			return -1;
		end = alike(g, page, i);
		if (status_counts(page->status[i]))
			bucket_add_values(&g->b, page->ts + i, page->num + i, end - i);
	}
	return 0;
}

int series_aggregate(struct db *db, int64_t series, const struct range *r, const struct step *step, const struct zone *zone,
		     bool delta, int (*fn)(const struct bucket *b, void *arg, struct err *e), void *arg, struct err *e)
{
	struct bucketing g = { .r = r, .step = step, .zone = zone, .fn = fn, .arg = arg, .end = INT64_MIN };
	AUTO(series_scan_freep) struct series_scan *s = NULL;
	const struct block *page;
	int got;

	if (delta && value_before(db, series, r->from, &g.has, &g.before, e) < 0)
		return -1;
	if (series_scan(db, series, r, false, &s, e) < 0)
		return -1;
	while ((got = scan_page(s, &page, e)) > 0)
		if (add_page(&g, page, e) < 0)
			return -1;
	if (got < 0)
		return -1;
	return g.b.count ? fn(&g.b, arg, e) : 0;
}
