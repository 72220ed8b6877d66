/* SPDX-License-Identifier: MIT */
/* Beginning and end of a piece of work, and what its parts share. */
#include "store/alarm.h"
#include "store/model.h"
#include "store/nouns.h"
#include "store/trouble.h"
#include "store/user.h"
#include "task/broker_stamp.h"
#include "task/points.h"
#include "task/work.h"

const char *did_word(enum did d)
{
	static const char *const word[] = { "added", "changed", "unchanged", "retired", "deleted" };

	return word[d];
}

int work_begin(struct work *w, const struct entity *ent, struct err *e)
{
	w->arena = (struct arena)ARENA_INIT((size_t)64 << 20);
	w->keep = (struct arena)ARENA_INIT((size_t)1 << 30);
	w->model = NULL;
	w->nmodel = 0;
	w->trail = (struct trail){ .program = w->program };
	w->used.known = false;
	w->notice[0] = '\0';
	if (entity_ready(w->db, e) < 0 || entity_kept_ready(w->db, ent, e) < 0 || access_drop_ready(w->db, ent, e) < 0 || audit_ready(w->db, e) < 0 || nouns_ready(w->db, e) < 0 || model_ready(w->db, e) < 0 || limit_ready(w->db, e) < 0 || trouble_ready(w->db, e) < 0 || alarm_ready(w->db, e) < 0 ||
	    (w->purge && points_ready(w->db, e) < 0) ||
	    nouns_load(w->db, &w->keep, &w->nouns, e) < 0) {
		work_end(w);
		return -1;
	}
	work_turn(w, ent->noun);
	return 0;
}

void work_end(struct work *w)
{
	arena_done(&w->arena);
	arena_done(&w->keep);
	trail_done(&w->trail);
	free(w->model);
	w->model = NULL;
	w->nmodel = 0;
}

void work_turn(struct work *w, const char *noun)
{
	w->ent = nouns_find(&w->nouns, noun);
}

struct select_ctx work_select(struct work *w)
{
	return (struct select_ctx){ .nouns = &w->nouns, .ent = w->ent, .when = w->when, .arena = &w->keep };
}

size_t work_list_fields(const struct work *w, struct field out[ENTITY_FIELDS_MAX + 2])
{
	static const struct field org = { "org", FIELD_NAME, FIELD_READONLY | FIELD_LIST, NULL, NULL, 0, 0, NULL,
					  "its organisation" };
	static const struct field id = { "id", FIELD_INT, FIELD_READONLY | FIELD_HIDDEN, NULL, NULL, 0, 0, NULL,
					 "its number, also written id:N" };
	size_t n = 0;

	out[n] = org;
	if (!db_many(w->db))
		out[n].flags = FIELD_READONLY | FIELD_HIDDEN;
	n++;
	memcpy(out + n, w->ent->field, w->ent->n * sizeof(*out));
	n += w->ent->n;
	out[n++] = id;
	return n;
}

struct str work_row_name(const struct work *w, const struct row *row)
{
	const struct cell *c = row->cell + entity_key(w->ent);

	return c->type == CELL_TEXT ? c->s : STR("?");
}

static void add_part(struct sb *sb, struct str part)
{
	if (part.len) {
		sb_add(sb, part.ptr, part.len);
		sb_addc(sb, ':');
	}
}

int work_full_name(const struct work *w, const struct row *row, struct sb *sb)
{
	struct str name;

	if (entity_key(w->ent) < 0)
		return sb_addf(sb, "%" PRId64, row->id);
	name = work_row_name(w, row);
	for (int i = 0; i < 2; i++)
		if (w->ent->parent[i])
			add_part(sb, row_text(w->ent, row, w->ent->parent[i]));
	if (w->ent->scoped_by)
		add_part(sb, row_text(w->ent, row, w->ent->scoped_by));
	return sb_add(sb, name.ptr, name.len);
}

int work_load(struct work *w, int64_t id, struct row *row, struct err *e)
{
	AUTO(entity_cursor_freep) struct entity_cursor *c = NULL;
	struct select_ctx ctx = work_select(w);
	struct entity_ask ask = { .ctx = &ctx, .id = id };
	int got;

	if (entity_select(w->db, &ask, &c, e) < 0)
		return -1;
	got = entity_next(c, row, e);
	if (got < 0)
		return -1;
	if (got == 0)
		return err_set(e, E_NOTFOUND, "no %s id:%" PRId64, w->ent->noun, id);
	for (size_t i = 0; i < w->ent->n; i++) { /* outlive the cursor */
		struct cell *cell = row->cell + i;

		if (cell->type != CELL_TEXT && cell->type != CELL_JSON)
			continue;
		cell->s.ptr = arena_dup(&w->arena, cell->s);
		if (!cell->s.ptr)
			return err_nomem(e);
	}
	return 0;
}

struct writing {
	struct work *w;
	int (*fn)(struct work *w, void *arg, struct err *e);
	void *arg;
};

static int write_tx(struct db *db, void *arg, struct err *e)
{
	struct writing *x = arg;
	int rc = x->fn(x->w, x->arg, e);

	(void)db;
	if (rc < 0)
		return rc;
	return work_settle(x->w, e) < 0 || work_alarms_settle(x->w, e) < 0 ? -1 : rc;
}

int work_write(struct work *w, int (*fn)(struct work *w, void *arg, struct err *e), void *arg, struct err *e)
{
	struct writing x = { w, fn, arg };
	int rc;

	w->nmodel = 0;
	w->used.known = false;
	w->broker = w->judged = false;
	rc = db_write(w->db, w->dry, write_tx, &x, e);
	if (rc >= 0 && w->broker && !w->dry)
		broker_stamp(w->db);
	return rc;
}
