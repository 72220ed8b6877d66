/* SPDX-License-Identifier: MIT */
/* Removing things: what is referred to stays, what has history is retired. */
#include "store/org.h"
#include "store/user.h"
#include "task/points.h"
#include "task/work.h"

/* "still has 2 routes (day, ...)". */
static int refuse_referred(struct work *w, const struct entity *by, const char *field, struct str name, int64_t living, struct err *e)
{
	AUTO(entity_cursor_freep) struct entity_cursor *c = NULL;
	AUTO(sb_done) struct sb text = SB_INIT(256);
	struct select_ctx ctx = work_select(w);
	struct entity_ask ask = { .ctx = &ctx };
	struct row *row = arena_alloc(&w->arena, sizeof(*row));
	int got;

	ctx.ent = nouns_find(&w->nouns, by->noun);
	if (!row || sb_addf(&text, "%s=%.*s", field, STR_ARG(name)) < 0)
		return err_nomem(e);
	if (select_parse(&ctx, sb_str(&text), &ask.select, e) < 0 || entity_select(w->db, &ask, &c, e) < 0 || (got = entity_next(c, row, e)) < 0)
		return -1;
	return err_set(e, E_CONFLICT, "still has %" PRId64 " %s (%.*s%s)", living, living == 1 ? by->noun : by->plural,
		       STR_ARG(got ? row_text(ctx.ent, row, ctx.ent->field[entity_key(ctx.ent)].name) : STR("?")), living == 1 ? "" : ", ...");
}

/* Things of other nouns that refer to this one. Children it owns go with it; anything else keeps it. */
static int referrers(struct work *w, int64_t id, struct str name, bool *kept, struct err *e)
{
	*kept = false;
	for (const struct entity *const *p = entities; *p; p++) {
		const struct entity *by = *p;

		for (size_t i = 0; i < by->n; i++) {
			const struct field *f = by->field + i;
			const struct entity *to = f->kind == FIELD_REF ? entity_find(f->ref) : NULL;
			bool owned = by->parent[0] && (!strcmp(f->name, by->parent[0]) || !strcmp(f->name, by->parent[1]));
			int64_t living = 0, any = 0;

			if (!to || strcmp(to->table, w->ent->table) != 0 || owned || by->only[0])
				continue;
			if (entity_count_refs(w->db, by, f->name, id, true, &living, e) < 0 ||
			    entity_count_refs(w->db, by, f->name, id, false, &any, e) < 0)
				return -1;
			if (living)
				return refuse_referred(w, by, f->name, name, living, e);
			*kept |= any > 0;
		}
	}
	return 0;
}

/* References that are no columns: custom fields, selectors of groups, values of a field. */
static int other_referrers(struct work *w, int64_t id, const struct row *row, struct err *e)
{
	int64_t n = 0;

	if (entity_count_custom(w->db, w->ent, id, &n, e) < 0)
		return -1;
	if (n)
		return err_set(e, E_CONFLICT, "%" PRId64 " custom fields refer to it", n);
	if (work_refuse_named(w, row, e) < 0)
		return -1;
	if (strcmp(w->ent->table, "field") != 0)
		return 0;
	if (w->purge)
		return entity_drop_values(w->db, id, e);
	if (entity_count_values(w->db, id, &n, e) < 0)
		return -1;
	return n ? err_set(e, E_CONFLICT, "%" PRId64 " things have a value of it (--purge removes them too)", n) : 0;
}

/* Datapoints go with the model or device that owns them. */
static int remove_owned(struct work *w, int64_t id, struct err *e)
{
	for (int i = 0; i < 2; i++)
		if (strcmp(datapoint_entity.parent[i], w->ent->table) == 0)
			return points_drop_definitions(w->db, datapoint_entity.parent[i], id, e);
	return 0;
}

/* A device that has points keeps its row; so does a datapoint that some device has points of. */
static int has_history(struct work *w, int64_t id, bool *yes, struct err *e)
{
	bool defines = strcmp(w->ent->table, "datapoint") == 0;
	int64_t n = 0;

	if ((defines ? points_of_definition(w->db, id, &n, e) : entity_count_kept(w->db, w->ent, id, &n, e)) < 0)
		return -1;
	*yes = n > 0;
	return 0;
}

/* What is in an organisation keeps it, except for the policies that each one comes with. */
static int refuse_full(struct work *w, int64_t id, struct str name, struct err *e)
{
	AUTO(sb_done) struct sb what = SB_INIT(400), own = SB_INIT(256);

	if (meta_get(w->db, "default_org", &own, e) < 0)
		return -1;
	if (str_eq(sb_str(&own), name))
		return err_set(e, E_CONFLICT, "is the organisation that the store was made with");
	for (const struct entity *const *p = entities; *p; p++) {
		const struct entity *by = *p;
		int64_t n = 0;

		if (!strcmp(by->table, w->ent->table) || !strcmp(by->table, "policy") || by->only[0])
			continue;
		if (entity_count_of(w->db, by, id, &n, e) < 0)
			return -1;
		if (n)
			sb_addf(&what, "%s%" PRId64 " %s", what.len ? ", " : "", n, n == 1 ? by->noun : by->plural);
	}
	return !what.len ? 0 : err_set(e, E_CONFLICT, "still has %s: remove them, or all at once (sit-org export, then sit-org erase)", sb_cstr(&what));
}

static int remove_loaded(struct work *w, int64_t id, const struct row *row, enum did *did, struct err *e)
{
	bool kept, history, org = strcmp(w->ent->table, "org") == 0;

	if (referrers(w, id, work_row_name(w, row), &kept, e) < 0 || other_referrers(w, id, row, e) < 0)
		return -1;
	if (org && refuse_full(w, id, work_row_name(w, row), e) < 0)
		return -1;
	if (w->purge && strcmp(w->ent->table, "device") == 0 && points_purge(w->db, id, e) < 0)
		return -1;
	if (has_history(w, id, &history, e) < 0)
		return -1;
	if (access_drop(w->db, w->ent, id, e) < 0)
		return -1;
	*did = org || kept || history ? DID_RETIRE : DID_DELETE; /* the trail of an organisation stays, and what came in for it */
	if (*did == DID_DELETE && remove_owned(w, id, e) < 0)
		return -1;
	return *did == DID_RETIRE ? entity_retire(w->db, w->ent, id, w->when.now, e) : entity_delete(w->db, w->ent, id, e);
}

int work_remove_one(struct work *w, int64_t id, const char *name, enum did *did, struct err *e)
{
	struct row row = { 0 };

	if (work_load(w, id, &row, e) < 0 || work_may(w, &row, e) < 0 || entity_own(w->db, w->ent, id, e) < 0 || work_alarms(w, &row, NULL, e) < 0 || remove_loaded(w, id, &row, did, e) < 0)
		return err_wrap(e, "%s", name);
	return work_trail(w, *did == DID_RETIRE ? "retire" : "delete", &row, NULL, e);
}

static int remove_one(struct work *w, const struct target *t, void *arg, enum did *did, struct err *e)
{
	(void)arg;
	return work_remove_one(w, t->id, t->name, did, e);
}

int work_remove(struct work *w, const struct targets *t, work_note *note, void *arg, struct err *e)
{
	return work_each(w, t, remove_one, NULL, note, arg, e);
}
