/* SPDX-License-Identifier: MIT */
#include "points/chosen.h"

#include "base/name.h"
#include "store/state.h"

static bool copy(struct arena *a, struct str *s)
{
	if (!s->ptr)
		return true;
	s->ptr = arena_dup(a, *s);
	return s->ptr != NULL;
}

static int keep(struct chosen *c, struct picked s, struct err *e)
{
	struct arena *a = &c->text;

	if (c->n == c->cap) {
		size_t cap = c->cap ? c->cap * 2 : 64;
		struct picked *p = realloc(c->v, cap * sizeof(*p));

		if (!p)
			return err_nomem(e);
		c->v = p;
		c->cap = cap;
	}
	if (!copy(a, &s.device_name) || !copy(a, &s.org_name) || !copy(a, &s.datapoint) || !copy(a, &s.site) ||
	    !copy(a, &s.gateway) || !copy(a, &s.model) || !copy(a, &s.type) || !copy(a, &s.tz))
		return err_nomem(e);
	c->v[c->n++] = s;
	return 0;
}

static int by_name(const void *pa, const void *pb)
{
	const struct picked *a = pa, *b = pb;
	int c = str_cmp(a->device_name, b->device_name);

	return c ? c : str_cmp(a->datapoint, b->datapoint);
}

static void sort(struct chosen *c)
{
	if (c->n)
		qsort(c->v, c->n, sizeof(*c->v), by_name);
}

static int read_all(struct db *db, const struct pick_opts *o, struct chosen *c, struct err *e)
{
	AUTO(pick_freep) struct pick *pick = NULL;
	struct picked s;
	int got;

	if (pick_begin(db, o, &pick, e) < 0)
		return -1;
	while ((got = pick_next(pick, &s, e)) > 0)
		if (keep(c, s, e) < 0)
			return -1;
	return got;
}

/* What is near the name among all datapoints of the same devices. */
static int no_points(struct db *db, const struct pick_opts *o, struct str name, struct err *e)
{
	AUTO(chosen_done) struct chosen all = CHOSEN_INIT;
	struct pick_opts any = *o;
	struct near near = { 0 };
	struct err ignored = { 0 };
	char hint[96];

	any.datapoints = NULL;
	if (read_all(db, &any, &all, &ignored) == 0)
		for (size_t i = 0; i < all.n; i++)
			near_offer(&near, name, all.v[i].datapoint);
	return err_set(e, E_NOTFOUND, "no points of \"%.*s\" there%s; sit-latest lists what has points",
		       (int)(name.len > 200 ? 200 : name.len), name.ptr, near_text(&near, hint, sizeof(hint)));
}

static bool has(const struct chosen *c, struct str name)
{
	for (size_t i = 0; i < c->n; i++)
		if (str_eq(c->v[i].datapoint, name))
			return true;
	return false;
}

int chosen_find(struct db *db, const struct pick_opts *o, bool strict, struct chosen *c, struct err *e)
{
	if (read_all(db, o, c, e) < 0)
		return -1;
	for (const char *p = strict && o->datapoints ? o->datapoints : ""; *p;) {
		struct str name = { p, strcspn(p, ",") };

		if (!glob_is(name) && !has(c, name))
			return no_points(db, o, name, e);
		p += name.len;
		p += *p == ',';
	}
	sort(c);
	return 0;
}

int chosen_builtins(struct db *db, const struct pick_opts *o, struct chosen *c, struct err *e)
{
	struct pick_opts devices = *o;
	enum builtin b;

	devices.datapoints = NULL;
	devices.only = &device_entity;
	for (const char *p = o->datapoints ? o->datapoints : ""; *p;) {
		struct str name = { p, strcspn(p, ",") };
		size_t first = c->n;

		p += name.len;
		p += *p == ',';
		if (!builtin_find(name, &b))
			continue;
		if (state_ready(db, e) < 0 || read_all(db, &devices, c, e) < 0)
			return -1;
		for (size_t i = first; i < c->n; i++)
			c->v[i].datapoint = str_of(builtin_word(b));
	}
	sort(c);
	return 0;
}

void chosen_done(struct chosen *c)
{
	free(c->v);
	arena_done(&c->text);
	c->v = NULL;
	c->n = c->cap = 0;
}
