/* SPDX-License-Identifier: MIT */
/* Adding and changing things. */
#include "task/work.h"

/* What of the row is to be written: what was given, filled in by derive and complete, and differs. */
static bool keep_changes(struct work *w, const struct row *old, struct row *now)
{
	uint64_t differs[ENTITY_FIELDS_MAX / 64] = { 0 };
	bool any = false;

	for (size_t i = 0; i < w->ent->n; i++)
		if (row_has(now, i) && !cell_same(now->cell + i, old->cell + i)) {
			differs[i / 64] |= UINT64_C(1) << (i % 64);
			any = true;
		}
	memcpy(now->set, differs, sizeof(differs));
	return any;
}

static int refuse_fixed(struct work *w, const struct row *old, const struct row *now, struct err *e)
{
	for (size_t i = 0; i < w->ent->n; i++)
		if (row_has(now, i) && w->ent->field[i].flags & FIELD_FIXED && !cell_same(now->cell + i, old->cell + i))
			return err_set(e, E_INPUT, "%s: cannot be changed (remove it and add it anew)", w->ent->field[i].name);
	return 0;
}

int work_change(struct work *w, int64_t id, const struct row *changes, enum did *did, struct row *now, struct err *e)
{
	struct row old = { 0 };

	if (work_load(w, id, &old, e) < 0 || work_may(w, &old, e) < 0 || work_quota_may(w, changes, e) < 0)
		return -1;
	*now = old;
	memcpy(now->set, changes->set, sizeof(now->set));
	for (size_t i = 0; i < w->ent->n; i++)
		if (row_has(changes, i))
			now->cell[i] = changes->cell[i];
	if (refuse_fixed(w, &old, now, e) < 0 || work_derive(w, &old, now, e) < 0 ||
	    entity_complete(w->ent, &old, now, &w->arena, e) < 0 || work_may(w, now, e) < 0)
		return -1;
	*did = keep_changes(w, &old, now) ? DID_SET : DID_NOTHING;
	if (*did == DID_NOTHING)
		return 0;
	if (entity_update(w->db, w->ent, now, e) < 0 || work_verify(w, &old, now, e) < 0 || work_quota(w, &old, now, e) < 0 ||
	    work_alarms(w, &old, now, e) < 0)
		return -1;
	return work_trail(w, "set", &old, now, e);
}

/* The living thing that the row would collide with, 0 when there is none. */
static int existing(struct work *w, const struct row *row, int64_t *id, struct err *e)
{
	AUTO(sb_done) struct sb name = SB_INIT(512);

	if (w->ent->scoped_by && !row_text(w->ent, row, w->ent->scoped_by).len) /* its default will hold */
		sb_addf(&name, "%s:", w->ent->field[entity_field(w->ent, str_of(w->ent->scoped_by))].def);
	work_full_name(w, row, &name);
	if (entity_lookup(w->db, w->ent, sb_str(&name), id, e) == 0)
		return 0;
	if (e->code != E_NOTFOUND && e->code != E_USAGE) /* a name that is none collides with nothing */
		return -1;
	err_clear(e);
	*id = 0;
	return 0;
}

int work_add_row(struct work *w, struct row *row, enum did *did, struct err *e)
{
	struct row now;
	int64_t id = 0;

	if (w->upsert && existing(w, row, &id, e) < 0)
		return -1;
	if (id)
		return work_change(w, id, row, did, &now, e);
	if (work_quota_may(w, row, e) < 0 || work_derive(w, NULL, row, e) < 0 || entity_complete(w->ent, NULL, row, &w->arena, e) < 0 || work_may(w, row, e) < 0)
		return -1;
	if (entity_insert(w->db, w->ent, row, w->when.now, e) < 0 || work_verify(w, NULL, row, e) < 0 || work_quota(w, NULL, row, e) < 0 ||
	    work_alarms(w, NULL, row, e) < 0)
		return -1;
	*did = DID_ADD;
	return work_trail(w, "add", NULL, row, e);
}

struct adding {
	struct row *row;
	enum did *did;
};

static int add_tx(struct work *w, void *arg, struct err *e)
{
	struct adding *a = arg;

	return work_add_row(w, a->row, a->did, e);
}

int work_add(struct work *w, struct row *row, enum did *did, struct err *e)
{
	struct adding a = { row, did };

	return work_write(w, add_tx, &a, e);
}

/* ---- set ---- */

static int set_one(struct work *w, const struct target *t, void *arg, enum did *did, struct err *e)
{
	struct row now;

	return work_change(w, t->id, arg, did, &now, e) < 0 ? err_wrap(e, "%s", t->name) : 0;
}

int work_set(struct work *w, const struct targets *t, const struct row *changes, work_note *note, void *arg, struct err *e)
{
	struct arena assigned = w->arena; /* the changes live as long as targets are left */
	struct row row = *changes;
	int rc;

	w->arena = (struct arena)ARENA_INIT((size_t)64 << 20);
	rc = work_each(w, t, set_one, &row, note, arg, e);
	arena_done(&assigned);
	return rc;
}
