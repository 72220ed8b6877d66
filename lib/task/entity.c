/* SPDX-License-Identifier: MIT */
#include "task/entity.h"

#include "os/actor.h"
#include "os/file.h"
#include "os/zones.h"
#include "rec/out.h"
#include "store/audit.h"
#include "store/entity.h"
#include "task/points.h"

#define SECRET_FILE_MAX 65536

const char *did_word(enum did d)
{
	static const char *const word[] = { "added", "changed", "unchanged", "retired", "deleted" };

	return word[d];
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

/* ---- rows out of terms ---- */

static int assign(struct work *w, struct row *row, size_t i, struct str text, struct err *e)
{
	const struct field *f = w->ent->field + i;
	const struct zone *zone;

	if (entity_value(f, text, &w->when, &w->arena, row->cell + i, e) < 0)
		return -1;
	if (f->kind == FIELD_TZ && row->cell[i].type == CELL_TEXT && zones_get(row->cell[i].s.ptr, &zone, e) < 0) {
		e->code = E_INPUT;
		return err_wrap(e, "%s", f->name);
	}
	row->set |= UINT64_C(1) << i;
	return 0;
}

int work_assign(struct work *w, struct row *row, struct str term, struct err *e)
{
	AUTO(sb_done) struct sb file = SB_INIT(SECRET_FILE_MAX);
	struct str name, op, text;
	int i;

	if (!term_split(term, &name, &op, &text) || op.ptr)
		return err_set(e, E_USAGE, "\"%.*s\" is no assignment: write field=value", STR_ARG(term));
	i = entity_field(w->ent, name);
	if (i < 0)
		return entity_unknown(w->ent, name, e);
	if (w->ent->field[i].flags & FIELD_READONLY)
		return err_set(e, E_USAGE, "%s: cannot be set", w->ent->field[i].name);
	if (str_starts(text, "@@")) {
		text = (struct str){ text.ptr + 1, text.len - 1 };
	} else if (str_starts(text, "@")) {
		if (file_read(text.ptr + 1, &file, e) < 0)
			return err_wrap(e, "%s", w->ent->field[i].name);
		text = sb_str(&file);
		while (text.len && (text.ptr[text.len - 1] == '\n' || text.ptr[text.len - 1] == '\r'))
			text.len--;
	}
	return assign(w, row, (size_t)i, text, e);
}

/* A field of a record of a file: read-only ones (list writes them) are passed over. */
static int assign_record(struct work *w, struct row *row, struct str name, struct str text, struct err *e)
{
	int i = entity_field(w->ent, name);

	if (i < 0 && (str_is(name, "id") || str_is(name, "org")))
		return 0;
	if (i < 0)
		return entity_unknown(w->ent, name, e);
	return w->ent->field[i].flags & FIELD_READONLY ? 0 : assign(w, row, (size_t)i, text, e);
}

/* ---- audit ---- */

/* Fields that differ (or, without other, that have a value) as a JSON object. */
static int as_json(struct work *w, const struct row *row, const struct row *other, struct sb *sb, struct err *e)
{
	sb_addc(sb, '{');
	for (size_t i = 0; i < w->ent->n; i++) {
		AUTO(sb_done) struct sb a = SB_INIT(1 << 20);
		AUTO(sb_done) struct sb b = SB_INIT(1 << 20);
		const struct field *f = w->ent->field + i;

		if (f->flags & FIELD_READONLY || (!other && row->cell[i].type == CELL_NULL))
			continue;
		cell_json(&a, f, row->cell + i, NULL);
		if (other)
			cell_json(&b, f, other->cell + i, NULL);
		if (other && str_eq(sb_str(&a), sb_str(&b)))
			continue;
		if (sb->len > 1)
			sb_addc(sb, ',');
		sb_json(sb, str_of(f->name));
		sb_addc(sb, ':');
		sb_add(sb, sb_cstr(&a), a.len);
	}
	return sb_addc(sb, '}') < 0 ? err_nomem(e) : 0;
}

static struct str row_name(const struct work *w, const struct row *row)
{
	const struct cell *c = row->cell + entity_key(w->ent);

	return c->type == CELL_TEXT ? c->s : STR("?");
}

/* In the trail a datapoint is written OWNER:NAME. */
static int full_name(const struct work *w, const struct row *row, struct sb *sb)
{
	struct str name = row_name(w, row);

	for (int i = 0; i < 2; i++) {
		struct str owner = w->ent->parent[i] ? row_text(w->ent, row, w->ent->parent[i]) : (struct str){ NULL, 0 };

		if (owner.len) {
			sb_add(sb, owner.ptr, owner.len);
			sb_addc(sb, ':');
		}
	}
	return sb_add(sb, name.ptr, name.len);
}

static int trail(struct work *w, const char *verb, const struct row *old, const struct row *now, struct err *e)
{
	AUTO(sb_done) struct sb was = SB_INIT(1 << 20);
	AUTO(sb_done) struct sb is = SB_INIT(1 << 20);
	AUTO(sb_done) struct sb name = SB_INIT(1 << 10);
	char actor[128], origin[256];
	struct audit a = { .at = w->when.now, .actor = actor, .origin = origin, .message = w->message, .verb = verb };

	actor_name(actor, sizeof(actor));
	actor_origin(w->program, origin, sizeof(origin));
	if ((old && as_json(w, old, now, &was, e) < 0) || (now && as_json(w, now, old, &is, e) < 0))
		return -1;
	full_name(w, now ? now : old, &name);
	a.noun = w->ent->noun;
	a.name = sb_str(&name);
	if (old)
		a.old = sb_str(&was);
	if (now)
		a.now = sb_str(&is);
	return audit_add(w->db, &a, e);
}

/* ---- add and set ---- */

static int load(struct work *w, int64_t id, struct row *row, struct err *e)
{
	AUTO(entity_cursor_freep) struct entity_cursor *c = NULL;
	int got;

	if (entity_select(w->db, w->ent, NULL, 0, id, &c, e) < 0)
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

static bool cell_same(const struct cell *a, const struct cell *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == CELL_TEXT || a->type == CELL_JSON)
		return str_eq(a->s, b->s);
	return a->type == CELL_NULL || (a->type == CELL_REAL ? a->r == b->r : a->i == b->i);
}

static int change(struct work *w, int64_t id, const struct row *changes, enum did *did, struct row *now, struct err *e)
{
	struct row old;
	uint64_t differs = 0;

	if (load(w, id, &old, e) < 0)
		return -1;
	*now = old;
	now->set = changes->set;
	for (size_t i = 0; i < w->ent->n; i++) {
		if (!(changes->set >> i & 1))
			continue;
		now->cell[i] = changes->cell[i];
		if (cell_same(now->cell + i, old.cell + i))
			continue;
		differs |= UINT64_C(1) << i;
		if (w->ent->field[i].flags & FIELD_FIXED)
			return err_set(e, E_INPUT, "%s: cannot be changed (remove it and add it anew)", w->ent->field[i].name);
	}
	if (entity_complete(w->ent, &old, now, &w->arena, e) < 0)
		return -1;
	*did = differs ? DID_SET : DID_NOTHING;
	now->set = differs;
	if (!differs)
		return 0;
	return entity_update(w->db, w->ent, now, e) < 0 ? -1 : trail(w, "set", &old, now, e);
}

/* The living thing that the row would collide with, 0 when there is none. */
static int existing(struct work *w, const struct row *row, int64_t *id, struct err *e)
{
	AUTO(sb_done) struct sb name = SB_INIT(512);

	full_name(w, row, &name);
	if (entity_resolve(w->db, w->ent, sb_str(&name), id, e) == 0)
		return 0;
	if (e->code != E_NOTFOUND)
		return -1;
	err_clear(e);
	*id = 0;
	return 0;
}

/* A device behind a gateway is a peripheral unless told otherwise; the second door to devices makes gateways. */
static int derive(struct work *w, struct row *row, struct err *e)
{
	int type = entity_field(w->ent, STR("type"));

	if (strcmp(w->ent->table, "device") != 0 || type < 0)
		return 0;
	if (w->ent->only[0])
		return assign(w, row, (size_t)type, str_of(w->ent->only[1]), e);
	if (row->set >> type & 1)
		return 0;
	return assign(w, row, (size_t)type,
		      row_text(w->ent, row, "gateway").len ? STR("peripheral") : STR("smart_sensor"), e);
}

static int add_row(struct work *w, struct row *row, enum did *did, struct err *e)
{
	struct row now;
	int64_t id = 0;

	if (w->upsert && existing(w, row, &id, e) < 0)
		return -1;
	if (id)
		return change(w, id, row, did, &now, e);
	if (derive(w, row, e) < 0 || entity_complete(w->ent, NULL, row, &w->arena, e) < 0)
		return -1;
	if (entity_insert(w->db, w->ent, row, w->when.now, e) < 0)
		return -1;
	*did = DID_ADD;
	return trail(w, "add", NULL, row, e);
}

struct adding {
	struct work *w;
	struct row *row;
	enum did *did;
};

static int add_tx(struct db *db, void *arg, struct err *e)
{
	struct adding *a = arg;

	(void)db;
	return add_row(a->w, a->row, a->did, e);
}

static int ready(struct work *w, struct err *e)
{
	return entity_ready(w->db, e) < 0 || audit_ready(w->db, e) < 0 ? -1 : 0;
}

int work_add(struct work *w, struct row *row, enum did *did, struct err *e)
{
	struct adding a = { w, row, did };

	return ready(w, e) < 0 ? -1 : db_write(w->db, w->dry, add_tx, &a, e);
}

/* ---- add --file ---- */

struct bulk {
	struct work *w;
	struct records *in;
	const struct row *base;
	work_note *note;
	void *arg;
	struct str *header;
	size_t nheader;
	struct arena header_arena;
	size_t bad;
};

static int row_of_json(struct bulk *b, const json_t *json, struct row *row, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 20);
	const char *key;
	json_t *v;

	if (!json_is_object(json))
		return err_set(e, E_INPUT, "not a JSON object");
	json_object_foreach((json_t *)(uintptr_t)json, key, v)
	{
		sb_clear(&text);
		if (json_term_text(v, &text) < 0)
			return err_nomem(e);
		if (assign_record(b->w, row, str_of(key), sb_str(&text), e) < 0)
			return -1;
	}
	return 0;
}

static int read_header(struct bulk *b, const struct csv_row *csv, struct err *e)
{
	b->nheader = csv->n;
	b->header = arena_alloc(&b->header_arena, csv->n * sizeof(*b->header));
	if (!b->header)
		return err_nomem(e);
	for (size_t i = 0; i < csv->n; i++) {
		b->header[i] = (struct str){ arena_dup(&b->header_arena, csv->field[i]), csv->field[i].len };
		if (entity_field(b->w->ent, b->header[i]) < 0 && !str_is(b->header[i], "id") &&
		    !str_is(b->header[i], "org"))
			return entity_unknown(b->w->ent, b->header[i], e);
	}
	return 0;
}

static int row_of_csv(struct bulk *b, const struct csv_row *csv, struct row *row, struct err *e)
{
	if (csv->n != b->nheader)
		return err_set(e, E_INPUT, "%zu cells where the header has %zu", csv->n, b->nheader);
	for (size_t i = 0; i < csv->n; i++)
		if (assign_record(b->w, row, b->header[i], csv->field[i], e) < 0)
			return -1;
	return 0;
}

static int one_row(struct db *db, void *arg, struct err *e)
{
	return add_tx(db, arg, e);
}

/* Read one record into a row and add it; a bad one is noted and costs nothing but itself. */
static int bulk_record(struct bulk *b, enum record_got got, struct record_in *in, struct err *e)
{
	char place[320];
	struct row row = *b->base;
	struct err why = { 0 };
	enum did did = DID_NOTHING;
	struct adding a = { b->w, &row, &did };
	int rc = -1;

	(void)snprintf(place, sizeof(place), "%s:%" PRIu64, records_name(b->in), in->line);
	if (got == RECORD_BAD)
		why = *e;
	else if (got == RECORD_JSON)
		rc = row_of_json(b, in->json, &row, &why);
	else
		rc = row_of_csv(b, &in->row, &row, &why);
	if (rc == 0)
		rc = db_savepoint(b->w->db, one_row, &a, &why);
	b->note(b->arg, place, row_name(b->w, &row), did, &why);
	json_decref(in->json);
	err_clear(e);
	if (rc == 0)
		return 0;
	b->bad++;
	if (why.code == E_IO || why.code == E_BUG || why.code == E_SIGNAL) {
		*e = why;
		return -1;
	}
	return 0;
}

static int bulk_tx(struct db *db, void *arg, struct err *e)
{
	struct bulk *b = arg;
	struct record_in in;
	enum record_got got;

	(void)db;
	while ((got = records_next(b->in, &in, e)) != RECORD_END) {
		arena_clear(&b->w->arena);
		if (got == RECORD_FAILED)
			return -1;
		if (got == RECORD_IDLE)
			continue;
		if (got == RECORD_ROW && !b->header) {
			if (read_header(b, &in.row, e) < 0)
				return err_wrap(e, "%s:%" PRIu64, records_name(b->in), in.line);
			continue;
		}
		if (bulk_record(b, got, &in, e) < 0)
			return -1;
	}
	return 0;
}

int work_add_file(struct work *w, const char *path, enum records_format f, const struct row *base, work_note *note, void *arg,
		  struct err *e)
{
	AUTO(records_freep) struct records *in = NULL;
	struct bulk b = { .w = w, .base = base, .note = note, .arg = arg, .header_arena = ARENA_INIT(1 << 20) };
	int rc;

	if (ready(w, e) < 0 || records_open(path, f, 0, &in, e) < 0)
		return -1;
	b.in = in;
	rc = db_write(w->db, w->dry, bulk_tx, &b, e);
	arena_done(&b.header_arena);
	if (rc == 0 && b.bad)
		return err_set(e, E_PARTIAL, "%zu of the records were refused", b.bad);
	return rc;
}

/* ---- set and rm ---- */

struct batch {
	struct work *w;
	char **names;
	int n;
	const struct row *changes;
	work_note *note;
	void *arg;
};

static int set_tx(struct db *db, void *arg, struct err *e)
{
	struct batch *b = arg;

	for (int i = 0; i < b->n; i++) {
		struct row now;
		enum did did;
		int64_t id;

		if (entity_resolve(db, b->w->ent, str_of(b->names[i]), &id, e) < 0)
			return -1;
		if (change(b->w, id, b->changes, &did, &now, e) < 0)
			return err_wrap(e, "%s", b->names[i]);
		b->note(b->arg, "", str_of(b->names[i]), did, e);
	}
	return 0;
}

int work_set(struct work *w, char **names, int n, const struct row *changes, work_note *note, void *arg, struct err *e)
{
	struct batch b = { w, names, n, changes, note, arg };

	return ready(w, e) < 0 ? -1 : db_write(w->db, w->dry, set_tx, &b, e);
}

/* Things of other nouns that refer to this one. Children it owns go with it; anything else keeps it. */
static int referrers(struct work *w, int64_t id, bool *kept, struct err *e)
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
				return err_set(e, E_CONFLICT, "still has %" PRId64 " %s", living,
					       living == 1 ? by->noun : by->plural);
			*kept |= any > 0;
		}
	}
	return 0;
}

/* Datapoints go with the model or device that owns them. */
static int remove_owned(struct work *w, int64_t id, struct err *e)
{
	for (int i = 0; i < 2; i++)
		if (strcmp(datapoint_entity.parent[i], w->ent->table) == 0)
			return points_drop_definitions(w->db, datapoint_entity.parent[i], id, e);
	return 0;
}

static int remove_one(struct work *w, const char *name, enum did *did, struct err *e)
{
	struct row row;
	int64_t id, history = 0;
	bool kept;

	if (entity_resolve(w->db, w->ent, str_of(name), &id, e) < 0)
		return -1;
	if (load(w, id, &row, e) < 0 || referrers(w, id, &kept, e) < 0)
		return err_wrap(e, "%s", name);
	if (w->purge && w->ent->kept_by && points_purge(w->db, id, e) < 0)
		return err_wrap(e, "%s", name);
	if (entity_count_kept(w->db, w->ent, id, &history, e) < 0)
		return -1;
	*did = kept || history ? DID_RETIRE : DID_DELETE;
	if (*did == DID_DELETE && remove_owned(w, id, e) < 0)
		return -1;
	if ((*did == DID_RETIRE ? entity_retire(w->db, w->ent, id, w->when.now, e) :
				  entity_delete(w->db, w->ent, id, e)) < 0)
		return err_wrap(e, "%s", name);
	return trail(w, *did == DID_RETIRE ? "retire" : "delete", &row, NULL, e);
}

static int remove_tx(struct db *db, void *arg, struct err *e)
{
	struct batch *b = arg;

	(void)db;
	for (int i = 0; i < b->n; i++) {
		enum did did;

		if (remove_one(b->w, b->names[i], &did, e) < 0)
			return -1;
		b->note(b->arg, "", str_of(b->names[i]), did, e);
	}
	return 0;
}

int work_remove(struct work *w, char **names, int n, work_note *note, void *arg, struct err *e)
{
	struct batch b = { w, names, n, NULL, note, arg };

	return ready(w, e) < 0 ? -1 : db_write(w->db, w->dry, remove_tx, &b, e);
}
