/* SPDX-License-Identifier: MIT */
/* What follows from other fields and other things, and rules that need the store. */
#include "model/state.h"
#include "store/definition.h"
#include "store/model.h"
#include "store/nouns.h"
#include "task/group.h"
#include "task/work.h"

#define TREE_DEPTH_MAX 64

static bool is_noun(const struct work *w, const char *table)
{
	return strcmp(w->ent->table, table) == 0;
}

/* The field called name of the row was given. */
static bool given(const struct work *w, const struct row *row, const char *name)
{
	int i = entity_field(w->ent, str_of(name));

	return i >= 0 && row_has(row, (size_t)i);
}

static int put(struct work *w, struct row *row, const char *name, struct str text, struct err *e)
{
	return work_assign_field(w, row, (size_t)entity_field(w->ent, str_of(name)), text, e);
}

/* The id that the row's reference names: 0 when it is empty. */
static int ref_id(struct work *w, const struct row *row, const char *name, int64_t *id, struct err *e)
{
	int i = entity_field(w->ent, str_of(name));
	struct str text = row_text(w->ent, row, name);

	*id = 0;
	if (!text.len)
		return 0;
	if (entity_resolve(w->db, entity_find(w->ent->field[i].ref), text, id, e) == 0)
		return 0;
	e->code = e->code == E_NOTFOUND ? E_INPUT : e->code;
	return err_wrap(e, "%s", name);
}

/* ---- before it is written ---- */

/* A device behind a gateway is a peripheral unless told otherwise; the second door to devices makes gateways. */
static int derive_type(struct work *w, const struct row *old, struct row *row, struct err *e)
{
	if (w->ent->only[0] && given(w, row, "type") && !str_is(row_text(w->ent, row, "type"), w->ent->only[1]))
		return err_set(e, E_INPUT, "type: a %s is of type %s (sit-device changes that)", w->ent->noun, w->ent->only[1]);
	if (w->ent->only[0])
		return put(w, row, "type", str_of(w->ent->only[1]), e);
	if (old || given(w, row, "type"))
		return 0;
	return put(w, row, "type", row_text(w->ent, row, "gateway").len ? STR("peripheral") : STR("smart_sensor"), e);
}

/* A device's model is its product's, where that has one. */
static int derive_model(struct work *w, struct row *row, struct err *e)
{
	AUTO(sb_done) struct sb model = SB_INIT(256);
	int64_t product;

	if (!given(w, row, "product") && !given(w, row, "model"))
		return 0;
	if (ref_id(w, row, "product", &product, e) < 0)
		return -1;
	if (!product)
		return 0;
	if (product_model(w->db, product, &model, e) < 0)
		return -1;
	if (!model.len || str_eq(sb_str(&model), row_text(w->ent, row, "model")))
		return 0;
	if (given(w, row, "model") && row_text(w->ent, row, "model").len)
		return err_set(e, E_INPUT, "model: product %.*s has the model %s", STR_ARG(row_text(w->ent, row, "product")), sb_cstr(&model));
	return put(w, row, "model", sb_str(&model), e);
}

/* A part of an asset stands where that stands. */
static int derive_site(struct work *w, struct row *row, struct err *e)
{
	AUTO(sb_done) struct sb site = SB_INIT(256);
	int64_t parent;

	if (!given(w, row, "parent") && !given(w, row, "site"))
		return 0;
	if (ref_id(w, row, "parent", &parent, e) < 0)
		return -1;
	if (!parent)
		return 0;
	if (asset_site(w->db, parent, &site, e) < 0)
		return -1;
	if (str_eq(sb_str(&site), row_text(w->ent, row, "site")))
		return 0;
	if (given(w, row, "site"))
		return err_set(e, E_INPUT, "site: its parent %.*s stands in %s", STR_ARG(row_text(w->ent, row, "parent")), sb_cstr(&site));
	return put(w, row, "site", sb_str(&site), e);
}

/* A device's own datapoint overrides its model's of that name: it is of the same type and kind. */
static int derive_override(struct work *w, struct row *row, struct err *e)
{
	struct device_ref device;
	struct definition def;
	int64_t id;

	if (ref_id(w, row, "device", &id, e) < 0)
		return -1;
	if (!id || device_by_id(w->db, id, &device, e) <= 0)
		return e->code ? -1 : 0;
	switch (definition_of_model(w->db, device.model, work_row_name(w, row), &w->arena, &def, e)) {
	case 0:
		if (str_is(row_text(w->ent, row, "type"), "enum") && !row_text(w->ent, row, "words").len)
			return err_set(e, E_INPUT, "words: an enum needs them (words=off,on)");
		return 0;
	case 1:
		break;
	default:
		return -1;
	}
	if (given(w, row, "type") && !str_is(row_text(w->ent, row, "type"), def.type))
		return err_set(e, E_INPUT, "type: the model's %s is of type %s", def.name, def.type);
	if (given(w, row, "kind") && !str_is(row_text(w->ent, row, "kind"), def.kind))
		return err_set(e, E_INPUT, "kind: the model's %s is of kind %s", def.name, def.kind);
	return put(w, row, "type", str_of(def.type), e) < 0 ? -1 : put(w, row, "kind", str_of(def.kind), e);
}

static int refuse_builtin(struct work *w, const struct row *row, struct err *e)
{
	enum builtin b;

	if (!builtin_find(work_row_name(w, row), &b))
		return 0;
	return err_set(e, E_INPUT, "name: every device has a datapoint %s already, computed (sit-device(1))", builtin_word(b));
}

/* Writing happens in the organisation in force: below another one, a new one is made from there. */
static int refuse_parent(struct work *w, const struct row *old, const struct row *row, struct err *e)
{
	int64_t parent = 0;

	if (!db_self(w->db) || (old && !given(w, row, "parent")))
		return 0;
	if (given(w, row, "parent") && ref_id(w, row, "parent", &parent, e) < 0)
		return -1;
	if (parent == db_self(w->db) || (old && !parent && !row_text(w->ent, old, "parent").len))
		return 0;
	if (!parent)
		return err_set(e, E_DENIED, "parent: outside the organisation: say parent=%s, or --org '*' for one at the top (the store's owner)",
			       db_self_name(w->db));
	return err_set(e, E_DENIED, "parent: %.*s is not the organisation in force (--org)", STR_ARG(row_text(w->ent, row, "parent")));
}

int work_derive(struct work *w, const struct row *old, struct row *now, struct err *e)
{
	if (is_noun(w, "org"))
		return refuse_parent(w, old, now, e);
	if (is_noun(w, "device"))
		return derive_type(w, old, now, e) < 0 ? -1 : derive_model(w, now, e);
	if (is_noun(w, "asset"))
		return derive_site(w, now, e);
	if (is_noun(w, "datapoint"))
		return refuse_builtin(w, now, e) < 0 ? -1 : derive_override(w, now, e);
	return 0;
}

/* ---- once it is written, before the commit ---- */

/* Nothing is above itself. */
static int refuse_circle(struct work *w, const struct row *row, struct err *e)
{
	int parent = entity_field(w->ent, STR("parent"));
	int64_t above;

	if (parent < 0 || !row_has(row, (size_t)parent))
		return 0;
	above = row->ref[parent];
	for (int depth = 0; above; depth++) {
		if (above == row->id)
			return err_set(e, E_INPUT, "parent: %.*s is itself below %.*s", STR_ARG(row->cell[parent].s),
				       STR_ARG(work_row_name(w, row)));
		if (depth == TREE_DEPTH_MAX)
			return err_set(e, E_INPUT, "parent: more than %d levels", TREE_DEPTH_MAX);
		if (entity_parent(w->db, w->ent, above, &above, e) < 0)
			return -1;
	}
	return 0;
}

static int verify_device(struct work *w, const struct row *old, const struct row *now, struct err *e)
{
	int64_t behind = 0;

	if (old && given(w, now, "type") && str_is(row_text(w->ent, old, "type"), "gateway")) {
		if (entity_count_refs(w->db, w->ent, "gateway", now->id, true, &behind, e) < 0)
			return -1;
		if (behind)
			return err_set(e, E_INPUT, "type: %" PRId64 " devices are behind this gateway", behind);
	}
	return given(w, now, "model") ? model_bring(w->db, now->id, e) : 0;
}

/* The field as it is in force now takes its own pattern and default. */
static int verify_field(struct work *w, const struct row *now, struct err *e)
{
	AUTO(arena_done) struct arena arena = ARENA_INIT((size_t)16 << 20);
	AUTO(sb_done) struct sb name = SB_INIT(256);
	struct str text = row_text(w->ent, now, "default"), noun = row_text(w->ent, now, "noun");
	struct work with = *w;
	struct row *probe = arena_alloc(&arena, sizeof(*probe));
	int i, rc = 0;

	if (!probe)
		return err_nomem(e);
	if (row_text(w->ent, now, "pattern").len && db_match_check(row_text(w->ent, now, "pattern"), e) < 0) {
		e->code = E_INPUT;
		return err_wrap(e, "pattern");
	}
	with.arena = (struct arena)ARENA_INIT((size_t)16 << 20);
	if (nouns_load(w->db, &arena, &with.nouns, e) < 0)
		return -1;
	work_turn(&with, noun.ptr);
	sb_addf(&name, ENTITY_CUSTOM "%.*s", STR_ARG(work_row_name(w, now)));
	i = entity_field(with.ent, sb_str(&name));
	if (i >= 0 && text.len)
		rc = work_assign_field(&with, probe, (size_t)i, text, e);
	arena_done(&with.arena);
	return rc < 0 ? err_wrap(e, "default") : 0;
}

int work_verify(struct work *w, const struct row *old, const struct row *now, struct err *e)
{
	if (refuse_circle(w, now, e) < 0)
		return -1;
	if (old && given(w, now, "name") && (work_refuse_named(w, old, e) < 0 || (is_noun(w, "rule") && work_refuse_silenced(w, old, e) < 0)))
		return err_wrap(e, "name");
	if (is_noun(w, "device"))
		return verify_device(w, old, now, e);
	if (is_noun(w, "product"))
		return old && given(w, now, "model") ? product_propagate(w->db, now->id, e) : 0;
	if (is_noun(w, "asset"))
		return old && given(w, now, "site") ? asset_move(w->db, now->id, e) : 0;
	if (is_noun(w, "device_group"))
		return given(w, now, "select") ? group_verify(w, now->id, e) : 0;
	if (is_noun(w, "rule"))
		return work_verify_rule(w, old, now, e);
	if (is_noun(w, "route"))
		return work_verify_route(w, now, e);
	if (is_noun(w, "channel"))
		return work_verify_channel(w, old, now, e);
	return is_noun(w, "field") ? verify_field(w, now, e) : 0;
}
