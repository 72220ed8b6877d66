/* SPDX-License-Identifier: MIT */
/*
 * What differs is done in stages, and within a stage over and over as long as something succeeds: what refers to a thing that is to come,
 * or wants a name that is still taken, finds its turn by itself. Then text and store are compared once more.
 */
#include "estate/impl.h"
#include "store/nouns.h"
#include "store/user.h"
#include "task/work.h"

#define ROUNDS_MAX 4 /* a product may change the models of its devices, and those be compared again */

/* ---- one thing ---- */

static int set_text(struct work *w, struct row *row, const char *field, struct str text, struct err *e)
{
	return work_assign_field(w, row, (size_t)entity_field(w->ent, str_of(field)), text, e);
}

static int set_names(struct work *w, enum estate_kind k, const struct entry *entry, struct row *row, struct err *e)
{
	static const char *const owner[K_COUNT] = { [K_FIELD] = "noun", [K_MODEL_POINT] = "model", [K_DEVICE_POINT] = "device" };

	if (work_assign_field(w, row, (size_t)entity_key(w->ent), entry->leaf, e) < 0)
		return -1;
	return owner[k] ? set_text(w, row, owner[k], entry->owner, e) : 0;
}

/* Do the rest of a thing at the end. */
static int do_later(struct estate_run *r, const struct item *item, const struct row *row, struct err *e)
{
	struct item *late = estate_todo(r, TO_CHANGE, item->kind, item->entry, item->name);

	if (!late)
		return err_nomem(e);
	late->stage = STAGE_LATE;
	late->id = row->id;
	return 0;
}

/* The definition of a field asks nothing of things and gives them nothing before all are there as they were written down. */
static bool hold_back_field(struct work *w, struct row *row)
{
	int required = entity_field(w->ent, STR("required")), def = entity_field(w->ent, STR("default"));
	bool held = (row->cell[required].type == CELL_BOOL && row->cell[required].i) || row->cell[def].type != CELL_NULL;

	if (row_has(row, (size_t)required))
		row->cell[required] = CELL_OF_BOOL(false);
	row->cell[def] = CELL_OF_NULL;
	return held;
}

/* References of custom fields may go round in circles: those to things that are not there yet wait. */
static int hold_back_refs(struct estate_run *r, struct row *row, bool *held, struct err *e)
{
	const struct entity *ent = r->w->ent;

	for (size_t i = ent->n - ent->ncustom; i < ent->n; i++) {
		const struct field *f = ent->field + i;
		int64_t id;

		if (f->kind != FIELD_REF || row->cell[i].type != CELL_TEXT || !estate_entry(r->s, estate_kind_of(f->ref), row->cell[i].s))
			continue;
		if (entity_lookup(r->w->db, entity_find(f->ref), row->cell[i].s, &id, e) < 0)
			return -1;
		if (id)
			continue;
		row->cell[i] = CELL_OF_NULL;
		row->set[i / 64] &= ~(UINT64_C(1) << (i % 64));
		*held = true;
	}
	return 0;
}

/* Where things wait for each other in a circle, one of them goes ahead without what it waits for: a selector, a key that another gives up, what inhibits. */
static bool hold_back(struct estate_run *r, enum estate_kind k, struct row *row)
{
	const char *field = k == K_GROUP ? "select" : k == K_DEVICE ? "edge_key" : k == K_RULE ? "inhibit" : NULL;
	int i = field ? entity_field(r->w->ent, str_of(field)) : -1;

	if (!r->stuck || i < 0 || !row_has(row, (size_t)i) || row->cell[i].type == CELL_NULL)
		return false;
	row->cell[i] = CELL_OF_NULL;
	return true;
}

static int add(struct estate_run *r, struct item *item, struct err *e)
{
	struct work *w = r->w;
	struct row *row = arena_alloc(&w->arena, sizeof(*row));
	bool held = false;

	if (!row)
		return err_nomem(e);
	if (estate_row(r, item->kind, item->entry, NULL, row, e) < 0 || set_names(w, item->kind, item->entry, row, e) < 0)
		return -1;
	if (item->kind == K_FIELD)
		held = hold_back_field(w, row);
	else if (hold_back_refs(r, row, &held, e) < 0)
		return -1;
	held |= hold_back(r, item->kind, row);
	if (work_add_row(w, row, &item->did, e) < 0)
		return -1;
	return held ? do_later(r, item, row, e) : 0;
}

static int change(struct estate_run *r, struct item *item, struct err *e)
{
	struct work *w = r->w;
	struct row *row = arena_alloc(&w->arena, sizeof(*row)), *here = arena_alloc(&w->arena, sizeof(*row));
	struct row *now = arena_alloc(&w->arena, sizeof(*row));
	bool held;

	if (!row || !here || !now)
		return err_nomem(e);
	if (work_load(w, item->id, here, e) < 0 || estate_row(r, item->kind, item->entry, here, row, e) < 0)
		return -1;
	held = hold_back(r, item->kind, row);
	if (work_change(w, item->id, row, &item->did, now, e) < 0)
		return -1;
	return held ? do_later(r, item, here, e) : 0;
}

struct doing {
	struct estate_run *r;
	size_t at; /* things may be added while one is done */
};

static int do_item(struct db *db, void *arg, struct err *e)
{
	struct doing *d = arg;
	struct item item = d->r->v[d->at];
	struct work *w = d->r->w;
	int rc = 0;

	(void)db;
	arena_clear(&w->arena);
	work_turn(w, estate_noun(item.kind));
	w->notice[0] = '\0';
	if (item.todo == TO_ADD)
		rc = add(d->r, &item, e);
	else if (item.todo == TO_CHANGE)
		rc = change(d->r, &item, e);
	else if (item.todo == TO_MEMBERS)
		rc = members_apply(w, item.entry, &item.did, e);
	else if (item.todo == TO_LIMIT)
		rc = limits_apply(w, item.entry, &item.did, e);
	else
		rc = work_remove_one(w, item.id, item.name, &item.did, e);
	if (rc == 0 && w->notice[0] && !item.notice && !(item.notice = strdup(w->notice)))
		rc = err_nomem(e);
	d->r->v[d->at] = item;
	return rc;
}

/* ---- a stage ---- */

/* Try one; *left counts those that are to be tried again. */
static int try_item(struct estate_run *r, size_t at, size_t *left, size_t *progress, struct err *e)
{
	struct doing d = { r, at };
	struct item *item;

	if (db_savepoint(r->w->db, do_item, &d, e) < 0 && err_is_fatal(e))
		return -1;
	item = r->v + at;
	item->done = e->code == E_NONE;
	if (item->done) {
		if (item->todo == TO_ADD)
			item->entry->seen = true;
		++*progress;
		return 0;
	}
	++*left;
	free(item->why);
	item->why = strdup(e->msg);
	err_clear(e);
	return item->why ? 0 : err_nomem(e);
}

/* The entry of the text that field `key` of this one names; NULL when it is no reference, or not to something in the text. */
static const struct entry *referred(struct estate_run *r, const struct entity *ent, const char *key, const json_t *v)
{
	int i = entity_field(ent, str_of(key));

	if (i < 0 || ent->field[i].kind != FIELD_REF || ent->field[i].flags & FIELD_CUSTOM || !json_is_string(v))
		return NULL;
	return estate_entry(r->s, estate_kind_of(ent->field[i].ref), str_of(json_string_value(v)));
}

/* The entry of the text that a rule's datapoint is. */
static const struct entry *watched(struct estate_run *r, const struct item *item)
{
	static const struct {
		const char *key;
		enum estate_kind kind;
	} owner[] = { { "model", K_MODEL_POINT }, { "device", K_DEVICE_POINT } };
	const char *point = json_string_value(json_object_get(item->entry->json, "datapoint"));
	const struct entry *found = NULL;

	for (size_t i = 0; point && i < COUNT(owner) && !found; i++) {
		const char *of = json_string_value(json_object_get(item->entry->json, owner[i].key));
		AUTO(sb_done) struct sb name = SB_INIT(512);

		if (of && sb_addf(&name, "%s:%s", of, point) == 0)
			found = estate_entry(r->s, owner[i].kind, sb_str(&name));
	}
	return found;
}

/* The entry of the text that inhibits a rule. */
static const struct entry *inhibits(struct estate_run *r, const struct item *item)
{
	const char *name = json_string_value(json_object_get(item->entry->json, "inhibit"));

	return name ? estate_entry(r->s, K_RULE, str_of(name)) : NULL;
}

/* What this one cannot be done without: something that is bad itself, or (bad false) that is not in the store either; its field in *field. */
static const struct entry *waits_for(struct estate_run *r, const struct item *item, bool bad, const char **field)
{
	const struct entity *ent = nouns_find(&r->w->nouns, estate_noun(item->kind));
	bool of_model = item->kind == K_MODEL_POINT;
	const struct entry *to;
	const char *key;
	json_t *v;

	if (!item->entry)
		return NULL;
	if (of_model || item->kind == K_DEVICE_POINT) {
		*field = of_model ? "model" : "device";
		to = estate_entry(r->s, of_model ? K_MODEL : K_DEVICE, item->entry->owner);
		if (to && (bad ? to->bad : !to->seen))
			return to;
	}
	to = item->kind == K_RULE ? watched(r, item) : NULL;
	*field = "datapoint";
	if (to && bad && to->bad)
		return to;
	to = item->kind == K_RULE ? inhibits(r, item) : NULL;
	*field = "inhibit";
	if (to && bad && to->bad)
		return to;
	json_object_foreach((json_t *)(uintptr_t)item->entry->json, key, v)
	{
		to = referred(r, ent, key, v);
		*field = key;
		if (to && (bad ? to->bad && to != item->entry : !to->seen))
			return to;
	}
	return NULL;
}

static bool is_open(const struct item *item, int stage)
{
	return item->stage == stage && !item->done && item->why && !(item->entry && item->entry->bad);
}

/* What is wrong by itself is told of; what only waits for that is not; what is left then waits in a circle. */
static void tell(struct estate_run *r, int stage)
{
	const char *field;
	bool more = true;

	for (size_t i = 0; i < r->n; i++) {
		const struct item *item = r->v + i;
		const struct entity *ent = nouns_find(&r->w->nouns, estate_noun(item->kind));
		AUTO(sb_done) struct sb why = SB_INIT(2048);

		if (!is_open(item, stage) || waits_for(r, item, true, &field) || (item->todo == TO_ADD && waits_for(r, item, false, &field)))
			continue;
		if (!item->entry)
			sb_addf(&why, "cannot remove %s ", ent->noun);
		sb_adds(&why, item->why);
		estate_bad(r, ent, item->entry, sb_cstr(&why));
	}
	while (more) {
		more = false;
		for (size_t i = 0; i < r->n; i++)
			if (is_open(r->v + i, stage) && waits_for(r, r->v + i, true, &field))
				more = r->v[i].entry->bad = true;
	}
	for (size_t i = 0; i < r->n; i++) {
		const struct item *item = r->v + i;
		const struct entry *to = is_open(item, stage) ? waits_for(r, item, false, &field) : NULL;
		char why[300];

		if (!to)
			continue;
		(void)snprintf(why, sizeof(why), "%s: goes round in a circle through \"%.100s\"", field, to->name);
		estate_bad(r, nouns_find(&r->w->nouns, estate_noun(item->kind)), item->entry, why);
	}
}

/* One go at all that is open: what is to be removed last, and what refers to others before them. */
static int try_all(struct estate_run *r, int stage, size_t *left, size_t *progress, struct err *e)
{
	*left = *progress = 0;
	for (size_t i = 0; i < r->n; i++)
		if (r->v[i].stage == stage && !r->v[i].done && r->v[i].todo != TO_REMOVE && try_item(r, i, left, progress, e) < 0)
			return -1;
	for (size_t i = r->n; i-- > 0;)
		if (r->v[i].stage == stage && !r->v[i].done && r->v[i].todo == TO_REMOVE && try_item(r, i, left, progress, e) < 0)
			return -1;
	return 0;
}

/* A datapoint of a model that cannot go yet may be one that rules look at until they are changed themselves. */
static void wait_for_rules(struct estate_run *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->v[i].stage == STAGE_BASE && !r->v[i].done && r->v[i].todo == TO_REMOVE)
			r->v[i].stage = STAGE_REST;
}

/* Whatever cannot be done is told of. */
static int run_stage(struct estate_run *r, int stage, struct err *e)
{
	size_t left, progress;

	for (;;) {
		if (try_all(r, stage, &left, &progress, e) < 0)
			return -1;
		if (!left || (!progress && (r->stuck || stage == STAGE_LATE)))
			break;
		r->stuck = !progress;
	}
	r->stuck = false;
	if (left && stage == STAGE_BASE)
		wait_for_rules(r);
	if (left)
		tell(r, stage);
	return 0;
}

/* ---- the whole ---- */

static int reload_nouns(struct work *w, struct err *e)
{
	return nouns_load(w->db, &w->keep, &w->nouns, e);
}

/* Compare everything and do what differs: *any when there was something. */
static int run_round(struct estate_run *r, bool *any, struct err *e)
{
	size_t before = r->n;

	if (estate_compare(r, K_FIELD, e) < 0 || run_stage(r, STAGE_FIELDS, e) < 0)
		return -1;
	if (r->bad) /* what things may have is not settled */
		return 0;
	if (r->n > before && reload_nouns(r->w, e) < 0)
		return -1;
	for (enum estate_kind k = K_FIELD + 1; k < K_COUNT; k++)
		if (estate_compare(r, k, e) < 0)
			return -1;
	*any = r->n > before;
	/* Devices are brought to the version that models will have. */
	if (run_stage(r, STAGE_BASE, e) < 0 || work_settle(r->w, e) < 0 || run_stage(r, STAGE_REST, e) < 0)
		return -1;
	return r->bad ? 0 : run_stage(r, STAGE_LATE, e);
}

static int apply_tx(struct work *w, void *arg, struct err *e)
{
	struct estate_run *r = arg;
	struct estate_counts first;
	bool any = true;

	(void)w;
	for (int round = 0; round < ROUNDS_MAX && any; round++) {
		r->counts = (struct estate_counts){ 0 };
		if (run_round(r, &any, e) < 0)
			return -1;
		if (round == 0)
			first = r->counts;
		r->fresh = false; /* from now on it is there by ourselves */
		if (r->bad)
			return err_set(e, E_INPUT, "%s: nothing is changed: %zu wrong %s in it", r->s->path, r->bad, r->bad == 1 ? "thing is" : "things are");
		if (first.removed > r->how->most)
			return err_set(e, E_CONFLICT, "%zu things would be removed, %zu were asked for: try again", first.removed, r->how->most);
	}
	r->counts = first;
	return 0;
}

static void report(struct estate_run *r)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct item *item = r->v + i;

		if (r->how->done && item->done && item->did != DID_NOTHING && item->stage != STAGE_LATE)
			r->how->done(r->how->arg, estate_noun(item->kind), item->name, item->did, item->fields);
		if (r->how->note && item->done && item->notice)
			r->how->note(r->how->arg, item->notice);
	}
}

static void run_done(struct estate_run *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->v[i].why), free(r->v[i].notice);
	free(r->v);
}

static int need_org(struct work *w, struct err *e)
{
	return db_self(w->db) ? 0 : err_set(e, E_USAGE, "an estate is that of one organisation: say which (--org NAME)");
}

int estate_apply(struct work *w, struct estate *s, const struct estate_how *how, struct estate_counts *counts, struct err *e)
{
	struct estate_how quiet = *how;
	struct estate_run r = { .w = w, .s = s, .how = &quiet, .fresh = how->fresh };
	int rc;

	quiet.differs = NULL;
	if (need_org(w, e) < 0)
		return -1;
	for (const struct entity *const *p = entities; *p; p++) /* what it removes takes logins and grants with it */
		if (access_drop_ready(w->db, *p, e) < 0)
			return -1;
	rc = work_write(w, apply_tx, &r, e);
	if (rc == 0)
		report(&r);
	*counts = r.counts;
	run_done(&r);
	return rc;
}

int estate_diff(struct work *w, struct estate *s, const struct estate_how *how, struct estate_counts *counts, struct err *e)
{
	struct estate_run r = { .w = w, .s = s, .how = how, .asking = true };
	int rc = need_org(w, e);

	if (rc < 0 || db_read_begin(w->db, e) < 0)
		return -1;
	for (enum estate_kind k = 0; rc == 0 && k < K_COUNT; k++)
		rc = estate_compare(&r, k, e);
	db_read_end(w->db);
	*counts = r.counts;
	run_done(&r);
	if (rc == 0 && r.bad)
		rc = err_set(e, E_INPUT, "%s: %zu wrong %s in it", s->path, r.bad, r.bad == 1 ? "thing is" : "things are");
	return rc;
}
