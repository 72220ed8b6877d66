/* SPDX-License-Identifier: MIT */
/* Rows of a set, brought in under numbers of this store. */
#include "carry/bring.h"
#include "os/signal.h"
#include "store/limit.h"

#define BYTES_AT_ONCE ((size_t)8 << 20)

struct rows {
	struct bring *b;
	const struct db_table *t;
	struct db_table some; /* its columns that the set has; others get their defaults */
	struct cell *cell;
	size_t group, n;
	struct arena a;
	struct self_ref *self;
	size_t nself;
	int64_t rows, left; /* left: not brought in */
};

static void *longer(void *array, size_t n, size_t size)
{
	return n & (n - 1) ? array : realloc(array, (n ? 2 * n : 1) * size);
}

/* ---- numbers ---- */

static const struct db_table *of_noun(const struct bring *b, const char *noun)
{
	static const char *const known[][2] = { { "gateway", "device" }, { "group", "device_group" }, { "user", "account" } };

	for (size_t i = 0; noun && i < COUNT(known); i++)
		if (strcmp(noun, known[i][0]) == 0)
			return db_table_find(&b->tables, str_of(known[i][1]));
	return noun ? db_table_find(&b->tables, str_of(noun)) : NULL;
}

static int note_field(struct bring *b, const json_t *v, struct err *e)
{
	const char *type = json_string_value(json_object_get(v, "type"));
	struct field_moved *f = longer(b->field, b->nfield, sizeof(*f));

	if (!f)
		return err_nomem(e);
	b->field = f;
	f += b->nfield++;
	*f = (struct field_moved){ .was = json_integer_value(json_object_get(v, "id")),
				   .of = of_noun(b, json_string_value(json_object_get(v, "noun"))) };
	if (type && strcmp(type, "reference") == 0)
		f->to = of_noun(b, json_string_value(json_object_get(v, "refers")));
	return 0;
}

static const struct field_moved *field_of(const struct bring *b, const json_t *v)
{
	int64_t id = json_integer_value(json_object_get(v, "field_id"));

	for (size_t i = 0; i < b->nfield; i++)
		if (b->field[i].was == id)
			return b->field + i;
	return NULL;
}

/* The table of thing_id: of the custom field's noun, or the row says the noun itself. */
static const struct db_table *thing_of(const struct bring *b, const json_t *v)
{
	const struct field_moved *f = field_of(b, v);

	return f ? f->of : of_noun(b, json_string_value(json_object_get(v, "noun")));
}

static int64_t moved(const struct bring *b, const struct db_table *to, int64_t id)
{
	return to && id ? id + b->shift[to - b->tables.table] : id;
}

static int by_was(const void *pa, const void *pb)
{
	const struct series_moved *a = pa, *b = pb;

	return a->was < b->was ? -1 : a->was > b->was;
}

static int series_is(const struct bring *b, int64_t was, int64_t *is, struct err *e)
{
	const struct series_moved key = { was, 0 }, *s = bsearch(&key, b->series, b->nseries, sizeof(key), by_was);

	if (!s)
		return err_set(e, E_INPUT, "no series %" PRId64 " in the set", was);
	*is = s->is;
	return 0;
}

static int later(struct rows *r, size_t column, int64_t id, int64_t to, struct err *e)
{
	struct self_ref *s = longer(r->self, r->nself, sizeof(*s));

	if (!s)
		return err_nomem(e);
	r->self = s;
	s[r->nself++] = (struct self_ref){ id, to, column };
	return 0;
}

/* A number that is one of a row, here or elsewhere. */
static int renumber(struct rows *r, size_t i, const json_t *v, struct cell *c, struct err *e)
{
	const struct db_column *col = r->some.column + i;
	const struct db_table *to = holding_refers(&r->b->tables, r->t, col);

	if (strcmp(col->name, "id") == 0) {
		c->i = moved(r->b, r->t, c->i);
	} else if (to == &refers_any) {
		c->i = moved(r->b, thing_of(r->b, v), c->i);
	} else if (to && to != &refers_unknown && strcmp(to->name, "series") == 0) {
		return series_is(r->b, c->i, &c->i, e);
	} else if (to == r->t) {
		int64_t id = moved(r->b, to, json_integer_value(json_object_get(v, "id"))), at = moved(r->b, to, c->i);

		*c = CELL_OF_NULL;
		return later(r, i, id, at, e);
	} else if (to && to != &refers_unknown) {
		c->i = moved(r->b, to, c->i);
	}
	return 0;
}

/* ---- cells ---- */

static int text_cell(struct rows *r, const json_t *v, bool bytes, struct cell *c, struct err *e)
{
	struct str s = { json_string_value(v), json_string_length(v) };
	char *p;

	if (!json_is_string(v))
		return err_set(e, E_INPUT, "is no text");
	p = bytes ? arena_alloc(&r->a, s.len / 2 + 1) : arena_dup(&r->a, s);
	if (!p)
		return err_nomem(e);
	if (bytes && !hash_unhex(s, (unsigned char *)p, s.len / 2))
		return err_set(e, E_INPUT, "is no row of hexadecimal digits");
	*c = CELL_OF_TEXT(((struct str){ p, bytes ? s.len / 2 : s.len }));
	return 0;
}

static int read_cell(struct rows *r, size_t i, const json_t *row, struct cell *c, struct err *e)
{
	const struct db_column *col = r->some.column + i;
	const json_t *v = json_object_get(row, col->name);

	*c = CELL_OF_NULL;
	if (strcmp(col->name, "org_id") == 0) {
		*c = CELL_OF_INT(r->b->org);
		return 0;
	}
	if (!v || json_is_null(v))
		return 0;
	if (col->kind == DB_TEXT || col->kind == DB_BLOB)
		return text_cell(r, v, col->kind == DB_BLOB, c, e);
	if (!json_is_number(v))
		return err_set(e, E_INPUT, "is no number");
	*c = col->kind == DB_REAL ? CELL_OF_REAL(json_number_value(v)) : CELL_OF_INT(json_integer_value(v));
	if (strcmp(r->t->name, "field_value") == 0 && strcmp(col->name, "num") == 0) {
		const struct field_moved *f = field_of(r->b, row);

		if (f && f->to)
			*c = CELL_OF_REAL((double)moved(r->b, f->to, (int64_t)c->r));
	}
	return col->kind == DB_INT ? renumber(r, i, row, c, e) : 0;
}

/* ---- the table ---- */

static int choose_columns(struct rows *r, const json_t *first, struct err *e)
{
	r->some = (struct db_table){ .name = r->t->name, .column = calloc(r->t->n, sizeof(*r->some.column)), .org = -1 };
	if (!r->some.column)
		return err_nomem(e);
	for (size_t i = 0; i < r->t->n; i++)
		if (strcmp(r->t->column[i].name, "org_id") == 0 || json_object_get(first, r->t->column[i].name))
			r->some.column[r->some.n++] = r->t->column[i];
	r->group = db_rows_group(&r->some);
	r->cell = calloc(r->group * r->some.n + 1, sizeof(*r->cell)); /* org_id at least */
	return r->cell ? 0 : err_nomem(e);
}

static int flush(struct rows *r, struct err *e)
{
	int rc = db_rows_put(r->b->db, &r->some, r->cell, r->n, e);

	r->rows += (int64_t)r->n;
	r->n = 0;
	if (r->a.used > BYTES_AT_ONCE)
		arena_clear(&r->a);
	return rc;
}

/* A key is not brought in, nor what it may. */
static bool stays_behind(const struct rows *r, const json_t *row)
{
	const char *noun = json_string_value(json_object_get(row, "noun"));

	return strcmp(r->t->name, "rate_limit") == 0 && noun && strcmp(noun, limit_words[LIMIT_KEY]) == 0;
}

static int take(struct rows *r, const json_t *row, struct err *e)
{
	if (stays_behind(r, row)) {
		r->left++;
		return 0;
	}
	if (!r->cell && choose_columns(r, row, e) < 0)
		return -1;
	if (strcmp(r->t->name, "field") == 0 && note_field(r->b, row, e) < 0)
		return -1;
	for (size_t i = 0; i < r->some.n; i++)
		if (read_cell(r, i, row, r->cell + r->n * r->some.n + i, e) < 0)
			return err_wrap(e, "table %s: %s", r->t->name, r->some.column[i].name);
	return ++r->n == r->group ? flush(r, e) : 0;
}

/* The organisation is there already: it becomes what it was, but for its name and place. */
static int take_org(struct rows *r, const json_t *row, struct err *e)
{
	static const char *const own[] = { "id", "name", "parent_id", "domain", "profile", "created", "retired" };

	if (choose_columns(r, row, e) < 0)
		return -1;
	for (size_t i = 0; i < r->t->n; i++) {
		const char *name = r->t->column[i].name;
		struct cell c;
		size_t k = 0, at = 0;

		while (k < COUNT(own) && strcmp(own[k], name) != 0)
			k++;
		while (at < r->some.n && strcmp(r->some.column[at].name, name) != 0)
			at++;
		if (k == COUNT(own) && at < r->some.n &&
		    (read_cell(r, at, row, &c, e) < 0 || db_row_set(r->b->db, r->t, r->b->org, i, &c, e) < 0))
			return -1;
	}
	r->rows = 1;
	return 0;
}

static int settle(struct rows *r, struct err *e)
{
	for (size_t i = 0; i < r->nself; i++) {
		int column = db_column_find(r->t, str_of(r->some.column[r->self[i].column].name));

		if (db_row_set(r->b->db, r->t, r->self[i].id, (size_t)column, &CELL_OF_INT(r->self[i].to), e) < 0)
			return -1;
	}
	return 0;
}

static int read_all(struct rows *r, struct lines *l, struct err *e)
{
	struct str raw;
	json_t *row;
	int got;

	while ((got = lines_next(l, &row, &raw, e)) > 0) {
		int rc = strcmp(r->t->name, "org") == 0 ? take_org(r, row, e) : take(r, row, e);

		json_decref(row);
		if (rc < 0)
			return -1;
		if (stop_requested())
			return stop_error(e);
	}
	if (got < 0 || (r->n && flush(r, e) < 0))
		return -1;
	return settle(r, e);
}

int bring_table(struct bring *b, const struct db_table *t, struct err *e)
{
	AUTO(lines_freep) struct lines *l = NULL;
	struct rows r = { .b = b, .t = t, .a = ARENA_INIT((size_t)1 << 30) };
	struct table_sum sum;
	char name[128];
	int rc;

	if (!sum_of(b->manifest, t->name, &sum))
		return 0; /* it came after the set was made */
	(void)snprintf(name, sizeof(name), "tables/%s.jsonl.gz", t->name);
	rc = lines_open(b->c->dir, name, &l, e);
	if (rc == 0)
		rc = read_all(&r, l, e);
	if (rc == 0 && r.rows + r.left != sum.rows)
		rc = err_set(e, E_INPUT, "table %s: %" PRId64 " rows, not %" PRId64, t->name, r.rows + r.left, sum.rows);
	b->c->rows += r.rows;
	arena_done(&r.a);
	free(r.cell);
	free(r.some.column);
	free(r.self);
	return rc;
}
