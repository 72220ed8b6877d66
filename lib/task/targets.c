/* SPDX-License-Identifier: MIT */
/* Which things are meant, and doing something with each of them. */
#include "task/names.h"
#include "task/work.h"

static int add_target(struct work *w, struct targets *t, int64_t id, struct str name, struct err *e)
{
	if (t->n == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 16;
		struct target *v = arena_alloc(&w->keep, cap * sizeof(*v));

		if (!v)
			return err_nomem(e);
		if (t->n)
			memcpy(v, t->v, t->n * sizeof(*v));
		t->v = v;
		t->cap = cap;
	}
	t->v[t->n] = (struct target){ id, arena_dup(&w->keep, name) };
	return t->v[t->n++].name ? 0 : err_nomem(e);
}

int work_target(struct work *w, struct targets *t, int64_t id, struct err *e)
{
	char name[24];

	(void)snprintf(name, sizeof(name), "%" PRId64, id);
	return add_target(w, t, id, str_of(name), e);
}

static int by_name(struct work *w, struct str name, struct targets *t, struct err *e)
{
	int64_t id;

	if (entity_resolve(w->db, w->ent, name, &id, e) < 0)
		return -1;
	return add_target(w, t, id, name, e);
}

struct listed {
	struct work *w;
	struct targets *t;
};

static int by_line(struct str name, size_t line, void *arg, struct err *e)
{
	struct listed *l = arg;

	(void)line;
	return by_name(l->w, name, l->t, e);
}

static int by_selector(struct work *w, const char *text, struct targets *t, struct err *e)
{
	AUTO(entity_cursor_freep) struct entity_cursor *c = NULL;
	bool want[ENTITY_FIELDS_MAX] = { false };
	struct select_ctx ctx = work_select(w);
	struct entity_ask ask = { .ctx = &ctx, .want = want };
	struct row *row = arena_alloc(&w->keep, sizeof(*row));
	int got;

	if (!row)
		return err_nomem(e);
	for (size_t i = 0; i < w->ent->n; i++)
		want[i] = w->ent->field[i].flags & FIELD_KEY ||
			  (w->ent->parent[0] && (!strcmp(w->ent->field[i].name, w->ent->parent[0]) ||
						 !strcmp(w->ent->field[i].name, w->ent->parent[1]))) ||
			  (w->ent->scoped_by && !strcmp(w->ent->field[i].name, w->ent->scoped_by));
	if (select_parse(&ctx, str_of(text), &ask.select, e) < 0 || entity_select(w->db, &ask, &c, e) < 0)
		return -1;
	while ((got = entity_next(c, row, e)) > 0) {
		AUTO(sb_done) struct sb name = SB_INIT(1024);

		if (work_full_name(w, row, &name) < 0)
			return err_nomem(e);
		if (add_target(w, t, row->id, sb_str(&name), e) < 0)
			return -1;
	}
	return got;
}

struct placed {
	int64_t id;
	size_t at;
};

static int by_id(const void *pa, const void *pb)
{
	const struct placed *a = pa, *b = pb;

	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

/* What is named twice, or named and selected, is meant once: where it stands first. */
static int once(struct work *w, struct targets *t, struct err *e)
{
	struct placed *order = arena_alloc(&w->keep, t->n * sizeof(*order));
	size_t n = 0;

	if (!order)
		return err_nomem(e);
	for (size_t i = 0; i < t->n; i++)
		order[i] = (struct placed){ t->v[i].id, i };
	qsort(order, t->n, sizeof(*order), by_id);
	for (size_t i = 1; i < t->n; i++)
		if (order[i].id == order[i - 1].id)
			t->v[order[i].at].name = NULL;
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].name)
			t->v[n++] = t->v[i];
	t->n = n;
	return 0;
}

int work_targets(struct work *w, char **names, int n, const char *select, bool nul, struct targets *out, struct err *e)
{
	*out = (struct targets){ 0 };
	for (int i = 0; i < n; i++) {
		struct listed l = { w, out };

		if ((names_is_list(names[i]) ? names_read(names[i], nul, by_line, &l, e) : by_name(w, str_of(names[i]), out, e)) < 0)
			return -1;
	}
	if (select && by_selector(w, select, out, e) < 0)
		return -1;
	return out->n > 1 ? once(w, out, e) : 0;
}

/* ---- one after the other ---- */

struct round {
	struct work *w;
	const struct target *t;
	target_fn *fn;
	void *arg;
	enum did did;
};

static int do_one(struct db *db, void *arg, struct err *e)
{
	struct round *r = arg;

	(void)db;
	return r->fn(r->w, r->t, r->arg, &r->did, e);
}

struct rounds {
	const struct targets *t;
	target_fn *fn;
	void *fn_arg;
	work_note *note;
	void *arg;
	size_t refused;
};

static int do_all(struct work *w, void *arg, struct err *e)
{
	struct rounds *all = arg;

	all->refused = 0;
	for (size_t i = 0; i < all->t->n; i++) {
		struct round r = { w, all->t->v + i, all->fn, all->fn_arg, DID_NOTHING };
		int rc;

		arena_clear(&w->arena);
		rc = w->partly ? db_savepoint(w->db, do_one, &r, e) : do_one(w->db, &r, e);
		if (rc < 0 && (!w->partly || err_is_fatal(e)))
			return -1;
		all->refused += rc < 0;
		all->note(all->arg, "", str_of(r.t->name), r.did, e);
		err_clear(e);
	}
	return 0;
}

int work_each(struct work *w, const struct targets *t, target_fn *fn, void *fn_arg, work_note *note, void *arg, struct err *e)
{
	struct rounds all = { t, fn, fn_arg, note, arg, 0 };

	if (work_write(w, do_all, &all, e) < 0)
		return -1;
	return all.refused ? err_set(e, E_PARTIAL, "%zu of %zu refused", all.refused, t->n) : 0;
}
