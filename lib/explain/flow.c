/* SPDX-License-Identifier: MIT */
/* How points came, by series. */
#include "explain/impl.h"
#include "series/series.h"

#define USUAL_OF 65 /* points whose intervals say what is usual */

/* The newest points before `to`, newest first. */
static int newest(struct db *db, int64_t series, int64_t to, int64_t *ts, size_t most, size_t *n, struct err *e)
{
	AUTO(series_scan_freep) struct series_scan *scan = NULL;
	struct point p;
	int got = series_scan(db, series, &(struct range){ TIME_MIN, to }, true, &scan, e) < 0 ? -1 : 1;

	for (*n = 0; got > 0 && *n < most; *n += got > 0) {
		got = series_next(scan, &p, e);
		if (got > 0)
			ts[*n] = p.ts;
	}
	return got < 0 ? -1 : 0;
}

static void note(struct flow *f, int64_t ts, int64_t *last)
{
	if (*last != STATE_NONE && ts - *last > f->gap.to - f->gap.from)
		f->gap = (struct range){ *last, ts };
	*last = ts;
	f->newest = ts;
	if (f->n++ == 0)
		f->first = ts;
}

/* Every point of the range once; what is passed over as columns is mostly all of it. */
static int walk(struct db *db, int64_t series, const struct range *want, struct flow *f, struct err *e)
{
	AUTO(series_scan_freep) struct series_scan *scan = NULL;
	struct series_numbers numbers;
	int64_t last = f->before == STATE_NONE ? STATE_NONE : f->before < want->from ? want->from : f->before;
	struct point p;
	int got = 1;

	if (series_scan(db, series, want, false, &scan, e) < 0)
		return -1;
	while (got > 0) {
		if (series_numbers(scan, &numbers, e) < 0)
			return -1;
		for (size_t i = 0; i < numbers.n; i++)
			note(f, numbers.ts[i], &last);
		got = series_next(scan, &p, e);
		if (got > 0)
			note(f, p.ts, &last);
	}
	if (got == 0 && last != STATE_NONE && want->to - last > f->gap.to - f->gap.from)
		f->gap = (struct range){ last, want->to };
	return got;
}

static int flow_of(struct db *db, int64_t series, const struct range *want, int64_t expected, struct flow *f, struct err *e)
{
	int64_t ts[USUAL_OF];
	size_t n;
	int got;

	*f = (struct flow){ .before = STATE_NONE, .first = STATE_NONE, .newest = STATE_NONE, .floor = STATE_NONE, .gap = { want->from, want->from } };
	got = explain_floor(db, series, &f->floor, e);
	if (got < 0 || newest(db, series, want->from, ts, 1, &n, e) < 0)
		return -1;
	if (n)
		f->before = ts[0];
	if (newest(db, series, want->to, ts, COUNT(ts), &n, e) < 0)
		return -1;
	f->usual = expected ? expected : explain_usual(ts, n);
	return walk(db, series, want, f, e);
}

struct found {
	int64_t id;
	const char *name;
};

struct founds {
	struct explained *x;
	struct found *v;
	size_t n, cap;
};

static int note_series(int64_t id, struct str name, void *arg, struct err *e)
{
	struct founds *f = arg;

	if (f->n == f->cap) {
		size_t cap = f->cap ? f->cap * 2 : 32;
		struct found *v = realloc(f->v, cap * sizeof(*v));

		if (!v)
			return err_nomem(e);
		f->v = v;
		f->cap = cap;
	}
	f->v[f->n] = (struct found){ id, explain_keep(f->x, name, e) };
	return f->v[f->n++].name ? 0 : -1;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* The device's points are those of all of its series; how often they come is what the quickest says. */
static void add_up(struct flow *all, const struct flow *f)
{
	if (f->usual && (!all->usual || f->usual < all->usual)) {
		all->usual = f->usual;
		all->gap = f->gap;
	}
	all->first = all->n == 0 || (f->n && f->first < all->first) ? f->first : all->first;
	all->n += f->n;
	all->before = later(all->before, f->before);
	all->newest = later(all->newest, f->newest);
	all->floor = later(all->floor, f->floor);
}

/* How many of its usual intervals the series has been silent for at the end of the range; 0: it has not stopped. */
static int64_t silent_for(const struct explained *x, const struct flow *f)
{
	struct explain one = x->facts;

	one.flow = *f;
	if (explain_flow(&one) || (f->n == 0 && f->before == STATE_NONE))
		return 0;
	return 1 + (one.missing.to - one.missing.from) / (one.allowed ? one.allowed : 1);
}

static int one_series(struct db *db, const struct subject *s, struct explained *x, const struct found *which, struct flow *f, bool *defined,
		      struct err *e)
{
	AUTO(arena_done) struct arena a = ARENA_INIT((size_t)1 << 20);
	struct definition def;
	int got = definition_named(db, &s->ref, str_of(which->name), &a, &def, e);

	if (got < 0)
		return -1;
	*defined = got > 0;
	return flow_of(db, which->id, &x->facts.want, got ? def.expected_interval : 0, f, e);
}

static int all_series(struct db *db, const struct subject *s, struct explained *x, const struct founds *all, const char **stalled, size_t *more,
		      struct err *e)
{
	int64_t worst = 0;

	for (size_t i = 0; i < all->n; i++) {
		bool asked = !s->datapoint.ptr || all->v[i].id == s->series, defined;
		struct flow f;
		int64_t silent;

		if (one_series(db, s, x, all->v + i, &f, &defined, e) < 0)
			return -1;
		x->facts.any_newest = later(x->facts.any_newest, later(f.newest, f.before));
		if (asked)
			add_up(&x->facts.flow, &f);
		silent = defined && !s->datapoint.ptr ? silent_for(x, &f) : 0;
		*more += silent > 0;
		if (silent > worst) {
			worst = silent;
			*stalled = all->v[i].name;
		}
	}
	*more -= *more > 0;
	return 0;
}

int gather_flow(struct db *db, const struct subject *s, struct explained *x, const char **stalled, size_t *more, struct err *e)
{
	struct founds all = { .x = x };
	int rc;

	x->facts.flow = (struct flow){ .before = STATE_NONE, .first = STATE_NONE, .newest = STATE_NONE, .floor = STATE_NONE };
	x->facts.flow.gap = (struct range){ x->facts.want.from, x->facts.want.from };
	x->facts.any_newest = STATE_NONE;
	*stalled = NULL;
	*more = 0;
	rc = s->device ? series_each(db, s->device, note_series, &all, e) : 0;
	if (rc == 0)
		rc = all_series(db, s, x, &all, stalled, more, e);
	free(all.v);
	if (rc == 0 && !explain_flow(&x->facts))
		*stalled = NULL; /* all of it has */
	return rc;
}
