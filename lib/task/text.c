/* SPDX-License-Identifier: MIT */
#include "task/text.h"

#include "rec/out.h"
#include "task/work.h"

/* What an organisation is given by who runs the store is not its own to write down. */
static bool is_granted(const struct entity *ent, const struct field *f)
{
	static const char *const granted[] = { "parent", "tier", "profile" };

	for (size_t i = 0; i < COUNT(granted); i++)
		if (strcmp(ent->noun, "org") == 0 && strcmp(f->name, granted[i]) == 0)
			return true;
	return strcmp(ent->noun, "org") == 0 && strncmp(f->name, "max_", 4) == 0;
}

bool text_has(const struct entity *ent, size_t i)
{
	const struct field *f = ent->field + i;
	const struct custom *own = entity_custom(ent, i);

	if (f->flags & (FIELD_KEY | FIELD_READONLY | FIELD_STATE) || (own && !own->id) || is_granted(ent, f))
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

/* Members being written: where they go, and what stands before the next. */
struct members {
	struct sb *sb;
	const char *sep, *between;
	const struct text_part *part;
	size_t parts_done;
};

static void begin_member(struct members *m, const char *key)
{
	sb_adds(m->sb, m->between);
	sb_json(m->sb, str_of(key));
	sb_adds(m->sb, ": ");
	m->between = m->sep;
}

/* The parts whose key comes before this one; NULL: those that are left. */
static void parts_before(struct members *m, const char *key)
{
	for (; m->part && m->parts_done < TEXT_PARTS && m->part[m->parts_done].key; m->parts_done++) {
		const struct text_part *part = m->part + m->parts_done;

		if (key && strcmp(part->key, key) > 0)
			return;
		if (!part->text.len)
			continue;
		begin_member(m, part->key);
		sb_add(m->sb, part->text.ptr, part->text.len);
	}
}

int text_members(const struct entity *ent, const struct row *row, const struct text_part part[TEXT_PARTS], const char *sep,
		 struct sb *sb, struct err *e)
{
	size_t order[ENTITY_FIELDS_MAX], n = text_order(ent, order);
	struct members m = { sb, sep, "", part, 0 };

	for (size_t k = 0; k < n; k++) {
		const struct field *f = ent->field + order[k];
		const struct cell *c = row->cell + order[k];

		if (c->type == CELL_NULL)
			continue;
		parts_before(&m, f->name);
		begin_member(&m, f->name);
		cell_json(sb, f, c, NULL);
	}
	parts_before(&m, NULL);
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
	if (text_members(ent, row, NULL, ", ", &text, e) < 0)
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

static int text_of_owned(const struct owned_one *one, size_t n, struct sb *sb, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		sb_adds(sb, i ? ", " : "{");
		sb_json(sb, one[i].name);
		sb_adds(sb, ": ");
		sb_add(sb, one[i].text.ptr, one[i].text.len);
	}
	return n && sb_addc(sb, '}') < 0 ? err_nomem(e) : 0;
}

int text_of_model(struct work *w, int64_t id, struct sb *sb, struct err *e)
{
	AUTO(sb_done) struct sb datapoints = SB_INIT((size_t)64 << 20);
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
	if (owned_read(w, &mine, &owned, e) < 0 || text_of_owned(owned.v, owned.n, &datapoints, e) < 0)
		return -1;
	work_turn(w, "model");
	rc = work_load(w, id, row, e);
	sb_addc(sb, '{');
	if (rc == 0)
		rc = text_members(w->ent, row, (struct text_part[TEXT_PARTS]){ { "datapoints", sb_str(&datapoints) } }, ", ", sb, e);
	w->ent = was;
	return rc < 0 ? -1 : sb_addc(sb, '}') < 0 ? err_nomem(e) : 0;
}
