/* SPDX-License-Identifier: MIT */
#include "store/nouns.h"

#define EXACT_MAX 9007199254740992.0 /* 2^53: numbers are kept as doubles */
#define TEXT_MOST 1000		     /* bytes of a text value: it is in an index */
#define PHONE "^\\+?[0-9][0-9 ()/.-]{2,30}$"

enum { Q_FIELDS, Q_COUNT };

static const struct sql sql[Q_COUNT] = {
	[Q_FIELDS] = { "SELECT noun, name, id, org_id, type, required, min, max, pattern, words, refers, \"default\", title FROM field"
		       " WHERE retired IS NULL ORDER BY noun, name, org_id <> $1, id",
		       NULL },
};

/* A noun while its fields are collected. */
struct growing {
	struct field field[CUSTOM_MAX];
	struct custom custom[CUSTOM_MAX];
	size_t n;
};

int nouns_ready(struct db *db, struct err *e)
{
	return db_ready(db, sql, COUNT(sql), e);
}

static const char *copy(struct arena *a, const struct stmt *st, int col)
{
	struct str s = stmt_text(st, col);

	return s.len ? arena_dup(a, s) : NULL;
}

/* "a,b,c" as a table of words. */
static const char *const *split(struct arena *a, const char *list)
{
	size_t n = 2, k = 0;
	const char **out;

	if (!list)
		return NULL;
	for (const char *p = list; *p; p++)
		n += *p == ',';
	out = arena_alloc(a, n * sizeof(*out));
	while (out && *list) {
		size_t len = strcspn(list, ",");

		out[k++] = arena_dup(a, (struct str){ list, len });
		list += len + (list[len] == ',');
	}
	return out;
}

static void set_kind(struct field *f, struct custom *own, const char *type)
{
	static const struct {
		const char *type;
		enum field_kind kind;
	} kinds[] = { { "string", FIELD_TEXT },	   { "text", FIELD_TEXT },  { "integer", FIELD_INT },	   { "float", FIELD_REAL },
		      { "boolean", FIELD_BOOL },   { "date", FIELD_DATE },  { "datetime", FIELD_TIME },	   { "select", FIELD_ENUM },
		      { "multiselect", FIELD_WORDS }, { "url", FIELD_URL }, { "email", FIELD_EMAIL },	   { "phone", FIELD_TEXT },
		      { "json", FIELD_JSON },	   { "reference", FIELD_REF } };

	for (size_t i = 0; i < COUNT(kinds); i++)
		if (strcmp(kinds[i].type, type) == 0)
			f->kind = kinds[i].kind;
	if (strcmp(type, "phone") == 0 && !own->pattern)
		own->pattern = PHONE;
}

static void set_limits(struct field *f, struct custom *own, const struct stmt *st)
{
	double lo = stmt_is_null(st, 6) ? -EXACT_MAX : stmt_real(st, 6), hi = stmt_is_null(st, 7) ? EXACT_MAX : stmt_real(st, 7);

	if (f->kind == FIELD_INT || f->kind == FIELD_REAL) {
		if (f->kind == FIELD_INT || !stmt_is_null(st, 6) || !stmt_is_null(st, 7)) {
			f->min = stmt_is_null(st, 6) && f->kind == FIELD_REAL ? -1.7976931348623157e308 : lo;
			f->max = stmt_is_null(st, 7) && f->kind == FIELD_REAL ? 1.7976931348623157e308 : hi;
		}
		return;
	}
	f->max = f->kind == FIELD_JSON ? 0 : TEXT_MOST;
	own->least = stmt_is_null(st, 6) ? 0 : (int64_t)lo;
	own->most = stmt_is_null(st, 7) ? 0 : (int64_t)hi;
}

static int add_id(struct custom *own, int64_t id, struct arena *a, struct err *e)
{
	int64_t *ids = arena_alloc(a, (own->n + 1) * sizeof(*ids));

	if (!ids)
		return err_nomem(e);
	if (own->n)
		memcpy(ids, own->ids, own->n * sizeof(*ids));
	ids[own->n++] = id;
	own->ids = ids;
	return 0;
}

static int add_field(struct db *db, struct growing *g, const struct stmt *st, struct arena *a, struct err *e)
{
	AUTO(sb_done) struct sb name = SB_INIT(256);
	struct field *f = g->field + g->n;
	struct custom *own = g->custom + g->n;
	struct str type = stmt_text(st, 4);

	sb_addf(&name, ENTITY_CUSTOM "%.*s", STR_ARG(stmt_text(st, 1)));
	if (g->n && strcmp(f[-1].name, sb_cstr(&name)) == 0) /* of an organisation below, too */
		return f[-1].flags |= FIELD_MIXED, add_id(own - 1, stmt_int(st, 2), a, e);
	if (g->n == CUSTOM_MAX)
		return err_set(e, E_CONFLICT, "a noun has at most %d custom fields", CUSTOM_MAX);
	*f = (struct field){ .name = arena_dup(a, sb_str(&name)), .flags = FIELD_CUSTOM, .ref = copy(a, st, 10),
			     .words = split(a, copy(a, st, 9)), .def = copy(a, st, 11), .help = copy(a, st, 12) };
	*own = (struct custom){ .pattern = copy(a, st, 8) };
	if (!f->name || !type.len)
		return err_nomem(e);
	if (stmt_int(st, 5))
		f->flags |= FIELD_REQUIRED;
	if (!f->help)
		f->help = "custom field";
	set_kind(f, own, type.ptr);
	set_limits(f, own, st);
	own->id = !db_self(db) || stmt_int(st, 3) == db_self(db) ? stmt_int(st, 2) : 0;
	g->n++;
	return add_id(own, stmt_int(st, 2), a, e);
}

/* The noun made longer by what was collected. */
static const struct entity *extend(const struct entity *ent, const struct growing *g, struct arena *a)
{
	struct entity *out = arena_alloc(a, sizeof(*out));
	struct field *field = arena_alloc(a, (ent->n + g->n) * sizeof(*field));
	struct custom *custom = arena_alloc(a, g->n * sizeof(*custom));

	if (!out || !field || !custom)
		return NULL;
	memcpy(field, ent->field, ent->n * sizeof(*field));
	memcpy(field + ent->n, g->field, g->n * sizeof(*field));
	memcpy(custom, g->custom, g->n * sizeof(*custom));
	*out = *ent;
	out->field = field;
	out->n += g->n;
	out->custom = custom;
	out->ncustom = g->n;
	return out;
}

/* One noun's fields are complete: every descriptor of its table gets them. */
static int settle(struct nouns *out, struct str noun, struct growing *g, struct arena *a, struct err *e)
{
	const struct entity *of = g->n ? entity_find(noun.ptr) : NULL;

	for (size_t i = 0; of && entities[i]; i++) {
		if (strcmp(entities[i]->table, of->table) != 0 || !entities[i]->extensible)
			continue;
		out->of[i] = extend(entities[i], g, a);
		if (!out->of[i])
			return err_nomem(e);
	}
	g->n = 0;
	return 0;
}

void nouns_plain(struct nouns *out)
{
	for (size_t i = 0; entities[i]; i++)
		out->of[i] = entities[i];
}

int nouns_load(struct db *db, struct arena *a, struct nouns *out, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	struct growing *g = arena_alloc(a, sizeof(*g));
	struct str noun = { "", 0 };
	int got;

	if (!g)
		return err_nomem(e);
	nouns_plain(out);
	if (db_stmt(db, sql + Q_FIELDS, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, db_self(db));
	while ((got = stmt_step(st, e)) > 0) {
		if (!str_eq(noun, stmt_text(st, 0))) {
			if (settle(out, noun, g, a, e) < 0)
				return -1;
			noun = str_of(arena_dup(a, stmt_text(st, 0)));
			if (!noun.ptr)
				return err_nomem(e);
		}
		if (add_field(db, g, st, a, e) < 0)
			return -1;
	}
	return got < 0 ? -1 : settle(out, noun, g, a, e);
}
