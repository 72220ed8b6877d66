/* SPDX-License-Identifier: MIT */
#include "task/text.h"

#include "rec/out.h"
#include "task/entity_impl.h"

bool text_has(const struct entity *ent, size_t i)
{
	const struct field *f = ent->field + i;
	const struct custom *own = entity_custom(ent, i);

	if (f->flags & (FIELD_KEY | FIELD_READONLY | FIELD_STATE) || (own && !own->id))
		return false;
	for (int k = 0; k < 2; k++)
		if (ent->parent[k] && strcmp(f->name, ent->parent[k]) == 0)
			return false;
	return !ent->scoped_by || strcmp(f->name, ent->scoped_by) != 0;
}

size_t text_order(const struct entity *ent, size_t order[ENTITY_FIELDS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < ent->n; i++) {
		size_t at = n;

		if (!text_has(ent, i))
			continue;
		while (at && strcmp(ent->field[order[at - 1]].name, ent->field[i].name) > 0) {
			order[at] = order[at - 1];
			at--;
		}
		order[at] = i;
		n++;
	}
	return n;
}

int text_members(const struct entity *ent, const struct row *row, const char *sep, struct sb *sb, struct err *e)
{
	size_t order[ENTITY_FIELDS_MAX], n = text_order(ent, order);
	const char *between = "";

	for (size_t k = 0; k < n; k++) {
		const struct field *f = ent->field + order[k];
		const struct cell *c = row->cell + order[k];

		if (c->type == CELL_NULL)
			continue;
		sb_adds(sb, between);
		sb_json(sb, str_of(f->name));
		sb_adds(sb, ": ");
		cell_json(sb, f, c, NULL);
		between = sep;
	}
	return sb->bad ? err_nomem(e) : 0;
}

/* ---- datapoints by owner ---- */

static int by_owner(const void *pa, const void *pb)
{
	const struct owned_one *a = pa, *b = pb;
	int c = a->of_model - b->of_model;

	if (c == 0)
		c = str_cmp(a->owner, b->owner);
	return c ? c : str_cmp(a->name, b->name);
}

static int keep(struct work *w, struct str s, struct str *out, struct err *e)
{
	*out = (struct str){ arena_dup(&w->keep, s), s.len };
	return out->ptr ? 0 : err_nomem(e);
}

static int add_owned(struct work *w, const struct entity *ent, const struct row *row, struct owned *o, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 20);
	struct str model = row_text(ent, row, "model");
	struct owned_one *one;

	if (o->n == o->cap) {
		size_t cap = o->cap ? o->cap * 2 : 64;
		struct owned_one *v = arena_alloc(&w->keep, cap * sizeof(*v));

		if (!v)
			return err_nomem(e);
		if (o->n)
			memcpy(v, o->v, o->n * sizeof(*v));
		o->v = v;
		o->cap = cap;
	}
	one = o->v + o->n++;
	one->of_model = model.len > 0;
	sb_addc(&text, '{');
	if (text_members(ent, row, ", ", &text, e) < 0)
		return -1;
	if (sb_addc(&text, '}') < 0)
		return err_nomem(e);
	if (keep(w, one->of_model ? model : row_text(ent, row, "device"), &one->owner, e) < 0 ||
	    keep(w, row_text(ent, row, "name"), &one->name, e) < 0)
		return -1;
	return keep(w, sb_str(&text), &one->text, e);
}

int owned_read(struct work *w, const struct select *select, struct owned *out, struct err *e)
{
	AUTO(entity_cursor_freep) struct entity_cursor *c = NULL;
	struct select_ctx ctx = work_select(w);
	struct entity_ask ask = { .ctx = &ctx, .select = select };
	struct row *row = arena_alloc(&w->keep, sizeof(*row));
	int got;

	*out = (struct owned){ 0 };
	if (!row)
		return err_nomem(e);
	ctx.ent = nouns_find(&w->nouns, "datapoint");
	if (entity_select(w->db, &ask, &c, e) < 0)
		return -1;
	while ((got = entity_next(c, row, e)) > 0)
		if (row->org == db_self(w->db) && add_owned(w, ctx.ent, row, out, e) < 0)
			return -1;
	if (out->n)
		qsort(out->v, out->n, sizeof(*out->v), by_owner);
	return got;
}

const struct owned_one *owned_find(const struct owned *o, bool of_model, struct str owner, size_t *n)
{
	struct owned_one wanted = { .owner = owner, .name = { "", 0 }, .of_model = of_model };
	size_t lo = 0, hi = o->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (by_owner(o->v + mid, &wanted) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	*n = 0;
	while (lo + *n < o->n && o->v[lo + *n].of_model == of_model && str_eq(o->v[lo + *n].owner, owner))
		++*n;
	return o->v + lo;
}

/* ---- a model ---- */

int text_of_model(struct work *w, int64_t id, struct sb *sb, struct err *e)
{
	const struct entity *was = w->ent;
	struct cond_value value = { .cell = CELL_OF_INT(id) };
	struct select mine = { .kind = SELECT_TERM, .nstep = 2, .cond = { .op = COND_ANY, .value = &value, .n = 1 } };
	struct row *row = arena_alloc(&w->keep, sizeof(*row));
	struct owned owned;
	int rc;

	mine.step[0] = (struct select_step){ &datapoint_entity, entity_field(&datapoint_entity, STR("model")) };
	mine.step[1] = (struct select_step){ &model_entity, SELECT_ID };
	if (!row)
		return err_nomem(e);
	work_turn(w, "model");
	rc = work_load(w, id, row, e);
	sb_addc(sb, '{');
	if (rc == 0)
		rc = text_members(w->ent, row, ", ", sb, e);
	w->ent = was;
	if (rc < 0 || owned_read(w, &mine, &owned, e) < 0)
		return -1;
	sb_adds(sb, sb->buf[sb->len - 1] == '{' ? "\"datapoint\": {" : ", \"datapoint\": {");
	for (size_t i = 0; i < owned.n; i++) {
		sb_adds(sb, i ? ", " : "");
		sb_json(sb, owned.v[i].name);
		sb_adds(sb, ": ");
		sb_add(sb, owned.v[i].text.ptr, owned.v[i].text.len);
	}
	return sb_adds(sb, "}}") < 0 ? err_nomem(e) : 0;
}
