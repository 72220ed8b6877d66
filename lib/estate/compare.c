/* SPDX-License-Identifier: MIT */
/* Store and text side by side: each kind is read once, each thing is looked up in the text. */
#include "estate/impl.h"
#include "rec/out.h"
#include "task/text.h"
#include "task/work.h"

/* clang-format off */
const struct field estate_diff_fields[] = {
	{ .name = "noun", .kind = FIELD_ENUM, .flags = FIELD_LIST, .help = "what kind of thing it is" },
	{ .name = "name", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "the thing" },
	{ .name = "field", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "its field that differs; empty: the thing is only here or only there" },
	{ .name = "here", .kind = FIELD_JSON, .flags = FIELD_LIST, .help = "in the store" },
	{ .name = "there", .kind = FIELD_JSON, .flags = FIELD_LIST, .help = "in the file" },
};
/* clang-format on */
const size_t estate_diff_count = COUNT(estate_diff_fields);

/* ---- what is wrong ---- */

/* "field: what is wrong" is said of a field, anything else of the thing. */
static bool names_field(const struct entity *ent, const char *why)
{
	static const char *const parts[] = { ESTATE_POINTS, ESTATE_LIMIT, "devices", "groups" };
	const char *colon = strchr(why, ':');
	struct str word = { why, colon ? (size_t)(colon - why) : 0 };

	for (size_t i = 0; i < COUNT(parts); i++)
		if (colon && str_is(word, parts[i]))
			return true;
	return colon && entity_field(ent, word) >= 0;
}

void estate_bad(struct estate_run *r, const struct entity *ent, struct entry *entry, const char *why)
{
	AUTO(sb_done) struct sb line = SB_INIT(1 << 16);

	if (entry)
		sb_addf(&line, "%s: %s%s%s", entry->file, entry->path, names_field(ent, why) ? "." : ": ", why);
	else
		sb_addf(&line, "%s: %s", r->s->path, why);
	r->bad++;
	if (entry)
		entry->bad = true;
	r->how->bad(r->how->arg, sb_cstr(&line));
}

/* ---- an entry as a row ---- */

static bool is_part(enum estate_kind k, const char *key)
{
	if (k == K_MODEL || k == K_DEVICE)
		return strcmp(key, ESTATE_POINTS) == 0 || (k == K_DEVICE && strcmp(key, ESTATE_LIMIT) == 0);
	return k == K_GROUP && (strcmp(key, "devices") == 0 || strcmp(key, "groups") == 0);
}

static int json_text(const struct field *f, const json_t *v, struct sb *sb, struct err *e)
{
	bool whole = f->kind == FIELD_JSON && !json_is_null(v);
	char *dump;
	int rc;

	if (!whole && (json_is_object(v) || json_is_array(v)))
		return err_set(e, E_INPUT, "%s: takes one value, not %s", f->name, json_is_array(v) ? "a list" : "an object");
	if (!whole)
		return json_term_text(v, sb) < 0 ? err_nomem(e) : 0;
	dump = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
	rc = dump ? sb_adds(sb, dump) : -1;
	free(dump);
	return rc < 0 ? err_nomem(e) : 0;
}

/* In the text things go by their names: numbers are another store's, and it holds one organisation. */
static int refuse_foreign(const struct field *f, struct str text, struct err *e)
{
	if (f->kind == FIELD_REF && (str_starts(text, "id:") || memchr(text.ptr ? text.ptr : "", '/', text.len)))
		return err_set(e, E_INPUT, "%s: \"%.*s\": write the name of a %s of this organisation", f->name, STR_ARG(text), f->ref);
	return 0;
}

/* The text defines the custom field, and the store will have it only later. */
static bool is_coming(struct estate_run *r, const struct entity *ent, const char *key)
{
	AUTO(sb_done) struct sb name = SB_INIT(1024);

	if (!r->asking || !str_starts(str_of(key), ENTITY_CUSTOM))
		return false;
	sb_addf(&name, "%s:%s", ent->noun, key + strlen(ENTITY_CUSTOM));
	return estate_entry(r->s, K_FIELD, sb_str(&name)) != NULL;
}

static int read_field(struct estate_run *r, const struct entity *ent, const char *key, const json_t *v, struct row *row, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 20);
	int i = entity_field(ent, str_of(key));

	if (i < 0)
		return is_coming(r, ent, key) ? 0 : entity_unknown(ent, str_of(key), e);
	if (!text_has(ent, (size_t)i))
		return err_set(e, E_INPUT, "%s: is not set this way", ent->field[i].name);
	if (json_text(ent->field + i, v, &text, e) < 0 || refuse_foreign(ent->field + i, sb_str(&text), e) < 0)
		return -1;
	return work_assign_field(r->w, row, (size_t)i, sb_str(&text), e);
}

/* Not said, but it follows from what is said: it is left as it is. */
static bool is_derived(enum estate_kind k, const struct entity *ent, const char *field, const struct row *row)
{
	if (k == K_DEVICE)
		return strcmp(field, "type") == 0 || (strcmp(field, "model") == 0 && row_text(ent, row, "product").len > 0);
	if (k == K_ASSET)
		return strcmp(field, "site") == 0 && row_text(ent, row, "parent").len > 0;
	return k == K_DEVICE_POINT && (strcmp(field, "type") == 0 || strcmp(field, "kind") == 0);
}

/* A custom field that the text would define if it knew of it: what it says of things says nothing of that. */
static bool is_unknown(struct estate_run *r, const struct entity *ent, size_t i)
{
	AUTO(sb_done) struct sb name = SB_INIT(1024);

	if (!entity_custom(ent, i) || !r->s->of[K_FIELD].there || r->how->prune || r->asking)
		return false;
	sb_addf(&name, "%s:%s", ent->noun, ent->field[i].name + strlen(ENTITY_CUSTOM));
	return !estate_entry(r->s, K_FIELD, sb_str(&name));
}

/* What is not said is empty, or has its default where it must not be empty. here NULL: the thing is to be added, add gives that default. */
static int clear_field(struct estate_run *r, const struct entity *ent, size_t i, const struct row *here, struct row *row, struct err *e)
{
	const struct field *f = ent->field + i;
	struct cell def = CELL_OF_NULL;

	if (!here) {
		if (f->def && !(f->flags & FIELD_REQUIRED))
			row_mark(row, i);
		return 0;
	}
	if (f->def && f->flags & FIELD_REQUIRED && entity_value(f, str_of(f->def), &r->w->when, &r->w->arena, &def, e) < 0)
		return -1;
	if (cell_same(&def, here->cell + i))
		return 0;
	row->cell[i] = def;
	row_mark(row, i);
	return 0;
}

int estate_row(struct estate_run *r, enum estate_kind k, struct entry *entry, const struct row *here, struct row *out, struct err *e)
{
	const struct entity *ent = r->w->ent;
	size_t bad = r->bad;
	const char *key;
	json_t *v;

	*out = (struct row){ 0 };
	json_object_foreach((json_t *)(uintptr_t)entry->json, key, v)
	{
		struct err why = { 0 };

		if (is_part(k, key) || read_field(r, ent, key, v, out, &why) == 0)
			continue;
		if (err_is_fatal(&why)) {
			*e = why;
			return -1;
		}
		estate_bad(r, ent, entry, why.msg);
	}
	for (size_t i = 0; i < ent->n; i++)
		if (text_has(ent, i) && !row_has(out, i) && (!here || here->cell[i].type != CELL_NULL) && !is_derived(k, ent, ent->field[i].name, out) &&
		    !is_unknown(r, ent, i) && clear_field(r, ent, i, here, out, e) < 0)
			return -1;
	return r->bad == bad ? 0 : err_set(e, E_INPUT, "%s: %s", entry->file, entry->path);
}

/* ---- differences ---- */

struct item *estate_todo(struct estate_run *r, enum todo todo, enum estate_kind k, struct entry *entry, const char *name)
{
	struct item *v = r->v;

	if (r->n == r->cap) {
		size_t cap = r->cap ? r->cap * 2 : 64;

		v = realloc(r->v, cap * sizeof(*v));
		if (!v)
			return NULL;
		r->v = v;
		r->cap = cap;
	}
	v += r->n++;
	*v = (struct item){ .todo = todo, .kind = k, .entry = entry, .name = name, .fields = "" };
	v->stage = k == K_FIELD ? STAGE_FIELDS : k <= K_MODEL_POINT ? STAGE_BASE : STAGE_REST;
	if (todo == TO_REMOVE && k != K_MODEL_POINT)
		v->stage = STAGE_REST;
	return v;
}

static int say(struct estate_run *r, const struct estate_diff *d, struct err *e)
{
	return r->how->differs ? r->how->differs(r->how->arg, d, e) : 0;
}

static int say_thing(struct estate_run *r, const struct entity *ent, const struct row *row, struct str name, bool here, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT((size_t)16 << 20);
	struct estate_diff d = { .noun = ent->noun, .name = name };

	if (!r->how->differs)
		return 0;
	sb_addc(&text, '{');
	if (text_members(ent, row, NULL, ", ", &text, e) < 0)
		return -1;
	if (sb_addc(&text, '}') < 0)
		return err_nomem(e);
	*(here ? &d.here : &d.there) = sb_str(&text);
	return say(r, &d, e);
}

static int say_field(struct estate_run *r, size_t i, const struct cell *here, const struct cell *there, struct str name, struct err *e)
{
	AUTO(sb_done) struct sb a = SB_INIT(1 << 20);
	AUTO(sb_done) struct sb b = SB_INIT(1 << 20);
	const struct field *f = r->w->ent->field + i;
	struct estate_diff d = { .noun = r->w->ent->noun, .name = name, .field = f->name };

	if (!r->how->differs)
		return 0;
	if ((here->type != CELL_NULL && cell_json(&a, f, here, NULL) < 0) || (there->type != CELL_NULL && cell_json(&b, f, there, NULL) < 0))
		return err_nomem(e);
	d.here = sb_str(&a);
	d.there = sb_str(&b);
	return say(r, &d, e);
}

/* Custom fields that are to come have no value here yet. */
static int say_coming(struct estate_run *r, const struct entry *entry, bool *differs, struct err *e)
{
	const struct entity *ent = r->w->ent;
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)entry->json, key, v)
	{
		char *dump;
		struct estate_diff d = { .noun = ent->noun, .name = str_of(entry->name), .field = key };
		int rc;

		if (json_is_null(v) || entity_field(ent, str_of(key)) >= 0 || !is_coming(r, ent, key))
			continue;
		*differs = true;
		dump = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
		d.there = str_of(dump);
		rc = dump ? say(r, &d, e) : err_nomem(e);
		free(dump);
		if (rc < 0)
			return -1;
	}
	return 0;
}

static int compare_thing(struct estate_run *r, enum estate_kind k, struct entry *entry, const struct row *here, struct err *e)
{
	AUTO(sb_done) struct sb fields = SB_INIT(1 << 16);
	const struct entity *ent = r->w->ent;
	struct item *item;
	struct row there;
	bool differs = false;

	entry->seen = true;
	if (r->fresh) {
		if (k == K_MODEL)
			estate_bad(r, ent, entry, "is there already");
		return 0;
	}
	if (estate_row(r, k, entry, here, &there, e) < 0)
		return err_is_fatal(e) ? -1 : (err_clear(e), 0);
	for (size_t i = 0; i < ent->n; i++) {
		if (!row_has(&there, i) || cell_same(here->cell + i, there.cell + i))
			continue;
		sb_addf(&fields, "%s%s", fields.len ? ", " : "", ent->field[i].name);
		if (say_field(r, i, here->cell + i, there.cell + i, str_of(entry->name), e) < 0)
			return -1;
	}
	if (r->asking && say_coming(r, entry, &differs, e) < 0)
		return -1;
	r->counts.changed += fields.len || differs;
	if (k == K_GROUP && members_compare(r, entry, here->id, row_text(ent, here, "select").len > 0, e) < 0)
		return -1;
	if (k == K_DEVICE && limits_compare(r, entry, here->id, e) < 0)
		return -1;
	if (!fields.len)
		return 0;
	item = estate_todo(r, TO_CHANGE, k, entry, entry->name);
	if (!item)
		return err_nomem(e);
	item->id = here->id;
	item->fields = arena_dup(&r->w->keep, sb_str(&fields));
	return item->fields ? 0 : err_nomem(e);
}

/* It is only here, and what it belongs to is in the text. */
static int only_here(struct estate_run *r, enum estate_kind k, const struct row *here, struct str name, struct err *e)
{
	const struct entity *ent = r->w->ent;
	bool model_point = k == K_MODEL_POINT, point = model_point || k == K_DEVICE_POINT;
	struct item *item;
	char *copy;

	if (k == K_ORG)
		return 0;
	if (point && !estate_entry(r->s, model_point ? K_MODEL : K_DEVICE, row_text(ent, here, model_point ? "model" : "device")))
		return 0;
	if (!point && (r->s->only || !r->s->of[k].there))
		return 0;
	if (say_thing(r, ent, here, name, true, e) < 0)
		return -1;
	if (!r->how->prune && !(model_point && r->how->prune_datapoints)) {
		r->counts.kept++;
		return 0;
	}
	copy = arena_dup(&r->w->keep, name);
	item = copy ? estate_todo(r, TO_REMOVE, k, NULL, copy) : NULL;
	if (!item)
		return err_nomem(e);
	item->id = here->id;
	r->counts.removed++;
	return 0;
}

static int only_there(struct estate_run *r, enum estate_kind k, struct entry *entry, struct err *e)
{
	struct row *row = arena_alloc(&r->w->arena, sizeof(*row));

	if (!row)
		return err_nomem(e);
	if (k == K_ORG) {
		estate_bad(r, r->w->ent, entry, "the organisation itself is not in the store");
		return 0;
	}
	if (estate_row(r, k, entry, NULL, row, e) < 0)
		return err_is_fatal(e) ? -1 : (err_clear(e), 0);
	if (say_thing(r, r->w->ent, row, str_of(entry->name), false, e) < 0)
		return -1;
	r->counts.added++;
	if (!estate_todo(r, TO_ADD, k, entry, entry->name))
		return err_nomem(e);
	if (k == K_GROUP)
		return members_compare(r, entry, 0, false, e);
	return k == K_DEVICE ? limits_compare(r, entry, 0, e) : 0;
}

/* ---- a kind ---- */

static struct entry *entry_of(struct estate_run *r, enum estate_kind k, const struct row *row, struct sb *name)
{
	if (k == K_ORG)
		return row->id == db_self(r->w->db) ? estate_entry(r->s, k, STR("org")) : NULL;
	sb_clear(name);
	work_full_name(r->w, row, name);
	return estate_entry(r->s, k, sb_str(name));
}

static bool of_kind(struct estate_run *r, enum estate_kind k, const struct row *row)
{
	if (k == K_ORG)
		return row->id == db_self(r->w->db);
	if (k == K_MODEL_POINT || k == K_DEVICE_POINT)
		return (row_text(r->w->ent, row, "model").len > 0) == (k == K_MODEL_POINT) && row->org == db_self(r->w->db);
	return row->org == db_self(r->w->db);
}

static int compare_rows(struct estate_run *r, enum estate_kind k, struct row *row, struct err *e)
{
	AUTO(entity_cursor_freep) struct entity_cursor *c = NULL;
	AUTO(sb_done) struct sb name = SB_INIT(1024);
	struct select_ctx ctx = work_select(r->w);
	bool want[ENTITY_FIELDS_MAX];
	struct entity_ask ask = { .ctx = &ctx, .want = want };
	int got;

	for (size_t i = 0; i < r->w->ent->n; i++) /* what is only read is not compared */
		want[i] = !(r->w->ent->field[i].flags & FIELD_READONLY);
	if (entity_select(r->w->db, &ask, &c, e) < 0)
		return -1;
	while ((got = entity_next(c, row, e)) > 0) {
		struct entry *entry;

		if (!of_kind(r, k, row))
			continue;
		arena_clear(&r->w->arena);
		entry = entry_of(r, k, row, &name);
		if ((entry ? compare_thing(r, k, entry, row, e) : only_here(r, k, row, sb_str(&name), e)) < 0)
			return -1;
	}
	return got;
}

int estate_compare(struct estate_run *r, enum estate_kind k, struct err *e)
{
	struct section *sec = r->s->of + k;
	struct row *row = arena_alloc(&r->w->keep, sizeof(*row));

	if (!row)
		return err_nomem(e);
	if (!sec->there)
		return 0;
	work_turn(r->w, estate_noun(k));
	if (k == K_DEVICE && limits_read(r->w, &r->limits, e) < 0)
		return -1;
	for (size_t i = 0; i < sec->n; i++)
		sec->v[i].seen = false;
	if (compare_rows(r, k, row, e) < 0)
		return -1;
	for (size_t i = 0; i < sec->n; i++) {
		arena_clear(&r->w->arena);
		if (!sec->v[i].seen && only_there(r, k, sec->v + i, e) < 0)
			return -1;
	}
	return 0;
}
