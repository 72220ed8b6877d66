/* SPDX-License-Identifier: MIT */
/* Rules of an organisation, out of the store, and which of them a device has. */
#include "alarm/judging_impl.h"

/* ---- all ---- */

/* By rule, then by device. */
static int by_rule(const void *a, const void *b)
{
	const struct stand_in *x = a, *y = b;

	return x->rule != y->rule ? (x->rule < y->rule ? -1 : 1) : (x->device > y->device) - (x->device < y->device);
}

/* What a rule is on: a device, or all of a model. */
static int compare_place(int64_t device, int64_t model, const struct alarm_rule *r)
{
	int64_t other = r->device ? 0 : r->model;

	return device != r->device ? (device < r->device ? -1 : 1) : (model > other) - (model < other);
}

/* By what they are on, then as they follow each other. */
static int by_place(const void *a, const void *b)
{
	const struct use *const *x = a, *const *y = b;
	const struct alarm_rule *r = &(*x)->place;
	int c = compare_place(r->device, r->device ? 0 : r->model, &(*y)->place);

	return c ? c : (*x > *y) - (*x < *y);
}

static int find_place(const void *key, const void *of)
{
	const struct alarm_rule *r = key;
	const struct use *const *u = of;

	return r->id != (*u)->one->row->id ? (r->id < (*u)->one->row->id ? -1 : 1) : 0;
}

static int by_id(const void *a, const void *b)
{
	const struct use *const *x = a, *const *y = b;

	return ((*x)->one->row->id > (*y)->one->row->id) - ((*x)->one->row->id < (*y)->one->row->id);
}

/* The uses are in order of the ids of their rules meanwhile. */
static int place(const struct alarm_rule *r, void *arg, struct err *e)
{
	struct judging *g = arg;
	struct use **u;

	if (r->overrides) {
		if (g->stand_ins == g->cap_stand_in) {
			size_t cap = g->cap_stand_in ? g->cap_stand_in * 2 : 16;
			struct stand_in *v = realloc(g->stand_in, cap * sizeof(*v));

			if (!v)
				return err_nomem(e);
			g->stand_in = v;
			g->cap_stand_in = cap;
		}
		g->stand_in[g->stand_ins++] = (struct stand_in){ r->overrides, r->device };
	}
	u = g->n ? bsearch(r, g->placed, g->n, sizeof(struct use *), find_place) : NULL;
	if (u)
		(*u)->place = *r;
	return 0;
}

static uint64_t mark_of_nothing(const struct rule *r)
{
	struct judged_room room;
	struct judged none;

	judged_init(&none, r, &room, 0);
	return judging_mark(&none, r);
}

static int use_rule(struct judging *g, const struct rule_one *one, struct err *e)
{
	struct use *u = g->use + g->n;
	enum builtin b;
	bool gateway;

	*u = (struct use){ .one = one, .remembers = rule_remembers(&one->rule) };
	for (size_t i = 0; i < one->rule.inputs; i++) {
		u->builtin |= builtin_input(one->rule.input[i], &gateway, &b);
		u->outside |= memchr(one->rule.input[i].ptr, '.', one->rule.input[i].len) != NULL;
	}
	u->plain = !u->remembers && !u->builtin && !u->outside && !one->rule.inhibit.len && !rule_has_fields(&one->rule);
	u->nothing = mark_of_nothing(&one->rule);
	g->outside |= u->outside;
	g->placed[g->n++] = u;
	return rule_form(one->row, u->form, e);
}

static int place_all(struct judging *g, struct err *e)
{
	qsort(g->placed, g->n, sizeof(struct use *), by_id);
	if (alarm_rules(g->db, place, g, e) < 0)
		return -1;
	qsort(g->placed, g->n, sizeof(struct use *), by_place);
	if (g->stand_ins)
		qsort(g->stand_in, g->stand_ins, sizeof(*g->stand_in), by_rule);
	return 0;
}

int judging_load_rules(struct judging *g, struct err *e)
{
	rules_done(&g->rules);
	free(g->use);
	free(g->placed);
	g->use = NULL;
	g->placed = NULL;
	g->n = g->stand_ins = 0;
	g->outside = false;
	if (g->working)
		work_end(&g->work);
	g->work = (struct work){ .db = g->db, .program = g->opt.program };
	g->working = false;
	if (work_begin(&g->work, &rule_entity, e) < 0)
		return -1;
	g->working = true;
	if (rules_store(&g->work, &g->rules, e) < 0)
		return -1;
	g->use = calloc(g->rules.n ? g->rules.n : 1, sizeof(*g->use));
	g->placed = calloc(g->rules.n ? g->rules.n : 1, sizeof(struct use *));
	if (!g->use || !g->placed)
		return err_nomem(e);
	for (size_t i = 0; i < g->rules.n; i++)
		if (g->rules.v[i].rule.enabled && use_rule(g, g->rules.v + i, e) < 0)
			return -1;
	return place_all(g, e);
}

/* ---- of a device ---- */

/* The first that is not on something before the device, or the model. */
static size_t first_on(const struct judging *g, int64_t device, int64_t model)
{
	size_t from = 0, to = g->n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (compare_place(device, model, &g->placed[mid]->place) > 0)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

struct rule_walk rules_of(const struct judging *g, const struct alarm_device *d)
{
	struct rule_walk w = { .g = g, .device = d->id };

	if (!d->enabled)
		return w;
	w.own = first_on(g, d->id, 0);
	w.own_end = first_on(g, d->id, 1);
	if (d->model) {
		w.model = first_on(g, 0, d->model);
		w.model_end = first_on(g, 0, d->model + 1);
	}
	return w;
}

/* Another rule is there in its place, be it one that is switched off. */
static bool stands_in(const struct judging *g, int64_t rule, int64_t device)
{
	return g->stand_ins && bsearch(&(struct stand_in){ rule, device }, g->stand_in, g->stand_ins, sizeof(*g->stand_in), by_rule);
}

const struct use *rules_next(struct rule_walk *w)
{
	const struct use *const *placed = (const struct use *const *)w->g->placed;

	while (w->model < w->model_end && stands_in(w->g, placed[w->model]->place.id, w->device))
		w->model++;
	if (w->model < w->model_end && (w->own == w->own_end || placed[w->model] < placed[w->own]))
		return placed[w->model++];
	return w->own < w->own_end ? placed[w->own++] : NULL;
}
