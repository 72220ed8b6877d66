/* SPDX-License-Identifier: MIT */
#include "db/table.h"

#include "db/backend.h"

#define PAGE 2000      /* rows taken at once */
#define PAGE_BLOBS 128 /* where rows are large */
#define PARAMS_MAX 900

/* ---- the catalogue ---- */

static int kind_of(struct str type, enum db_kind *kind)
{
	static const struct {
		const char *type;
		enum db_kind kind;
	} known[] = {
		{ "INTEGER", DB_INT }, { "bigint", DB_INT },	       { "REAL", DB_REAL }, { "ANY", DB_REAL },
		{ "double precision", DB_REAL }, { "TEXT", DB_TEXT }, { "text", DB_TEXT }, { "BLOB", DB_BLOB },
		{ "bytea", DB_BLOB },
	};

	for (size_t i = 0; i < COUNT(known); i++)
		if (str_is(type, known[i].type)) {
			*kind = known[i].kind;
			return 0;
		}
	return -1;
}

/* Room for one more in an array whose length is a power of two when it is full. */
static void *longer(void *array, size_t n, size_t size)
{
	return n & (n - 1) ? array : realloc(array, (n ? 2 * n : 1) * size);
}

static int add_column(struct db_tables *t, const struct stmt *st, struct err *e)
{
	struct str name = stmt_text(st, 0), type = stmt_text(st, 2);
	struct db_table *last = t->n ? t->table + t->n - 1 : NULL;
	struct db_column *c;

	if (!last || !str_is(name, last->name)) {
		struct db_table *all = longer(t->table, t->n, sizeof(*all));

		if (!all)
			return err_nomem(e);
		t->table = all;
		last = all + t->n++;
		*last = (struct db_table){ .name = arena_dup(&t->a, name), .org = -1 };
		if (!last->name)
			return err_nomem(e);
	}
	c = longer(last->column, last->n, sizeof(*c));
	if (!c)
		return err_nomem(e);
	last->column = c;
	c += last->n++;
	*c = (struct db_column){ .name = arena_dup(&t->a, stmt_text(st, 1)), .key = (int)stmt_int(st, 3) };
	if (!c->name)
		return err_nomem(e);
	if (kind_of(type, &c->kind) < 0)
		return err_set(e, E_BUG, "column %s.%s is of type %.*s", last->name, c->name, STR_ARG(type));
	if (strcmp(c->name, strcmp(last->name, "org") == 0 ? "id" : "org_id") == 0)
		last->org = (int)last->n - 1;
	last->keys += c->key > 0;
	last->blobs |= c->kind == DB_BLOB;
	return 0;
}

int db_tables(struct db *db, struct db_tables *t, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	int got;

	*t = (struct db_tables){ .a = ARENA_INIT((size_t)16 << 20) };
	if (db_prepare(db, db->be->catalogue, NULL, &st, e) < 0)
		return -1;
	while ((got = stmt_step(st, e)) > 0)
		if (add_column(t, st, e) < 0)
			return -1;
	return got;
}

void db_tables_done(struct db_tables *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->table[i].column);
	free(t->table);
	arena_done(&t->a);
	t->table = NULL;
	t->n = 0;
}

const struct db_table *db_table_find(const struct db_tables *t, struct str name)
{
	for (size_t i = 0; i < t->n; i++)
		if (str_is(name, t->table[i].name))
			return t->table + i;
	return NULL;
}

int db_column_find(const struct db_table *t, struct str name)
{
	for (size_t i = 0; i < t->n; i++)
		if (str_is(name, t->column[i].name))
			return (int)i;
	return -1;
}

int db_table_ids(struct db *db, const struct db_table *t, int64_t org, int64_t *least, int64_t *most, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1024);
	AUTO(stmt_freep) struct stmt *st = NULL;

	(void)sb_addf(&text, "SELECT MIN(id), MAX(id) FROM \"%s\"", t->name);
	if (org)
		(void)sb_addf(&text, " WHERE \"%s\" = $1", t->column[t->org].name);
	if (text.bad)
		return err_nomem(e);
	if (db_prepare(db, sb_cstr(&text), NULL, &st, e) < 0)
		return -1;
	if (org)
		stmt_bind_int(st, 1, org);
	if (stmt_step(st, e) < 0)
		return -1;
	*least = stmt_int(st, 0);
	*most = stmt_int(st, 1);
	return 0;
}

int db_table_count(struct db *db, const struct db_table *t, int64_t *n, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1024);
	AUTO(stmt_freep) struct stmt *st = NULL;

	(void)sb_addf(&text, "SELECT COUNT(*) FROM \"%s\"", t->name);
	if (db_prepare(db, sb_cstr(&text), NULL, &st, e) < 0 || stmt_step(st, e) < 0)
		return -1;
	*n = stmt_int(st, 0);
	return 0;
}

/* ---- reading ---- */

struct db_rows {
	struct db *db;
	const struct db_table *t;
	struct stmt *st, *first, *next; /* the page at hand; from the beginning; after a key */
	size_t page, got;
	int64_t org; /* only its rows; 0: all */
	bool end;
	struct cell *row, *key;
	struct arena keep; /* texts of key */
};

/* The column at place k of the key, from 1. */
static const struct db_column *key_column(const struct db_table *t, size_t k)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->column[i].key == (int)k)
			return t->column + i;
	return t->column;
}

/* "a", "b" of the key, each with the tail behind it, or $1, $2. */
static void add_key(struct sb *sb, const struct db_table *t, bool params, const char *tail)
{
	for (size_t k = 1; k <= t->keys; k++) {
		if (params)
			(void)sb_addf(sb, "%s$%zu", k > 1 ? ", " : "", k);
		else
			(void)sb_addf(sb, "%s\"%s\"%s", k > 1 ? ", " : "", key_column(t, k)->name, tail);
	}
}

static int page_text(struct sb *sb, const struct db_table *t, bool org, bool after, size_t page)
{
	(void)sb_adds(sb, "SELECT ");
	for (size_t i = 0; i < t->n; i++)
		(void)sb_addf(sb, "%s\"%s\"", i ? ", " : "", t->column[i].name);
	(void)sb_addf(sb, " FROM \"%s\"", t->name);
	if (after) {
		(void)sb_adds(sb, " WHERE (");
		add_key(sb, t, false, "");
		(void)sb_adds(sb, ") > (");
		add_key(sb, t, true, "");
		(void)sb_adds(sb, ")");
	}
	if (org)
		(void)sb_addf(sb, " %s \"%s\" = $%zu", after ? "AND" : "WHERE", t->column[t->org].name, after ? t->keys + 1 : 1);
	(void)sb_adds(sb, " ORDER BY ");
	add_key(sb, t, false, "");
	for (size_t i = 0; !t->keys && i < t->n; i++)
		(void)sb_addf(sb, "%s\"%s\" NULLS FIRST", i ? ", " : "", t->column[i].name);
	if (t->keys)
		(void)sb_addf(sb, " LIMIT %zu", page);
	return sb->bad ? -1 : 0;
}

static int prepare_page(struct db_rows *r, bool after, struct stmt **st, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 16);

	if (page_text(&text, r->t, r->org != 0, after, r->page) < 0)
		return err_nomem(e);
	if (db_prepare(r->db, sb_cstr(&text), NULL, st, e) < 0)
		return -1;
	if (r->org && !after)
		stmt_bind_int(*st, 1, r->org);
	return 0;
}

static int bind_cell(struct stmt *st, int i, enum db_kind kind, const struct cell *c)
{
	if (kind == DB_BLOB && c->type == CELL_TEXT)
		stmt_bind_blob(st, i, c->s.ptr, c->s.len);
	else
		stmt_bind_cell(st, i, c);
	return i + 1;
}

/* Remember the key of a row: what it points to is gone with the page. */
static int keep_key(struct db_rows *r, struct err *e)
{
	struct cell from[64];

	if (r->t->keys > COUNT(from))
		return err_set(e, E_BUG, "%s: a key of %zu columns", r->t->name, r->t->keys);
	for (size_t k = 1; k <= r->t->keys; k++)
		from[k - 1] = r->row[key_column(r->t, k) - r->t->column];
	arena_clear(&r->keep);
	for (size_t k = 0; k < r->t->keys; k++) {
		if (from[k].type == CELL_TEXT && !(from[k].s.ptr = arena_dup(&r->keep, from[k].s)))
			return err_nomem(e);
		r->key[k] = from[k];
	}
	return 0;
}

static int page_after(struct db_rows *r, struct err *e)
{
	if (!r->next && prepare_page(r, true, &r->next, e) < 0)
		return -1;
	stmt_reset(r->next);
	for (size_t k = 1; k <= r->t->keys; k++)
		bind_cell(r->next, (int)k, key_column(r->t, k)->kind, r->key + k - 1);
	if (r->org)
		stmt_bind_int(r->next, (int)r->t->keys + 1, r->org);
	r->st = r->next;
	r->got = 0;
	return 0;
}

int db_rows_open(struct db *db, const struct db_table *t, int64_t org, const struct cell *after, struct db_rows **out, struct err *e)
{
	struct db_rows *r = calloc(1, sizeof(*r));
	int rc = -1;

	*out = NULL;
	if (!r)
		return err_nomem(e);
	*r = (struct db_rows){ .db = db, .t = t, .org = org, .page = t->blobs ? PAGE_BLOBS : PAGE, .keep = ARENA_INIT(1 << 20) };
	r->row = calloc(t->n + t->keys + 1, sizeof(*r->row));
	r->key = r->row + t->n;
	if (!r->row) {
		err_nomem(e);
	} else if (after) {
		memcpy(r->key, after, t->keys * sizeof(*after));
		rc = page_after(r, e);
	} else {
		rc = prepare_page(r, false, &r->first, e);
		r->st = r->first;
	}
	if (rc < 0) {
		db_rows_free(r);
		return -1;
	}
	*out = r;
	return 0;
}

/* The cell as its column has it, the same from both kinds of store. */
static struct cell cell_of(const struct stmt *st, size_t i, enum db_kind kind)
{
	struct cell c = stmt_cell(st, (int)i);

	if (kind == DB_REAL && c.type == CELL_INT)
		c = CELL_OF_REAL((double)c.i);
	return c;
}

int db_rows_next(struct db_rows *r, const struct cell **row, struct err *e)
{
	int got;

	if (r->end)
		return 0;
	/* The page is full: the next begins behind its last row. */
	if (r->t->keys && r->got == r->page && (keep_key(r, e) < 0 || page_after(r, e) < 0))
		return -1;
	got = stmt_step(r->st, e);
	if (got <= 0) {
		r->end = true;
		return got;
	}
	for (size_t i = 0; i < r->t->n; i++)
		r->row[i] = cell_of(r->st, i, r->t->column[i].kind);
	r->got++;
	*row = r->row;
	return 1;
}

void db_rows_free(struct db_rows *r)
{
	if (!r)
		return;
	stmt_free(r->first);
	stmt_free(r->next);
	arena_done(&r->keep);
	free(r->row);
	free(r);
}

int db_rows_last(struct db *db, const struct db_table *t, struct arena *a, struct cell *key, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 16);
	AUTO(stmt_freep) struct stmt *st = NULL;
	int got;

	(void)sb_adds(&text, "SELECT ");
	add_key(&text, t, false, "");
	(void)sb_addf(&text, " FROM \"%s\" ORDER BY ", t->name);
	add_key(&text, t, false, " DESC");
	if (sb_adds(&text, " LIMIT 1") < 0)
		return err_nomem(e);
	if (db_prepare(db, sb_cstr(&text), NULL, &st, e) < 0)
		return -1;
	got = stmt_step(st, e);
	if (got <= 0)
		return got;
	for (size_t k = 0; k < t->keys; k++) {
		key[k] = cell_of(st, k, key_column(t, k + 1)->kind);
		if (key[k].type == CELL_TEXT && !(key[k].s.ptr = arena_dup(a, key[k].s)))
			return err_nomem(e);
	}
	return 1;
}

/* ---- writing ---- */

size_t db_rows_group(const struct db_table *t)
{
	size_t n = PARAMS_MAX / (t->n ? t->n : 1);

	return n > 64 ? 64 : n ? n : 1;
}

static int put_text(struct sb *sb, const struct db_table *t, size_t rows)
{
	(void)sb_addf(sb, "INSERT INTO main.\"%s\" (", t->name);
	for (size_t i = 0; i < t->n; i++)
		(void)sb_addf(sb, "%s\"%s\"", i ? ", " : "", t->column[i].name);
	(void)sb_adds(sb, ") VALUES ");
	for (size_t k = 0; k < rows; k++)
		for (size_t i = 0; i < t->n; i++)
			(void)sb_addf(sb, "%s$%zu%s", i ? ", " : k ? ", (" : "(", k * t->n + i + 1, i + 1 == t->n ? ")" : "");
	return sb->bad ? -1 : 0;
}

static int put(struct db *db, const struct db_table *t, const struct cell *rows, size_t n, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 16);
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int at = 1;

	if (put_text(&text, t, n) < 0)
		return err_nomem(e);
	if (db_kept(db, sb_cstr(&text), t->name, &st, e) < 0)
		return -1;
	for (size_t i = 0; i < n * t->n; i++)
		at = bind_cell(st, at, t->column[i % t->n].kind, rows + i);
	return stmt_run(st, e);
}

int db_rows_put(struct db *db, const struct db_table *t, const struct cell *rows, size_t n, struct err *e)
{
	size_t group = db_rows_group(t);

	/* Two texts a table: for a full group, for one row. */
	for (; n >= group; n -= group, rows += group * t->n)
		if (put(db, t, rows, group, e) < 0)
			return err_wrap(e, "table %s", t->name);
	for (; n > 0; n--, rows += t->n)
		if (put(db, t, rows, 1, e) < 0)
			return err_wrap(e, "table %s", t->name);
	return 0;
}

int db_rows_clear(struct db *db, const struct db_table *t, int64_t org, int64_t *n, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1024);
	AUTO(stmt_freep) struct stmt *st = NULL;

	(void)sb_addf(&text, "DELETE FROM main.\"%s\"", t->name);
	if (org)
		(void)sb_addf(&text, " WHERE \"%s\" = $1", t->column[t->org].name);
	if (text.bad)
		return err_nomem(e);
	if (db_prepare(db, sb_cstr(&text), t->name, &st, e) < 0)
		return -1;
	if (org)
		stmt_bind_int(st, 1, org);
	if (stmt_run(st, e) < 0)
		return -1;
	if (n)
		*n = db_changes(db);
	return 0;
}

int db_row_set(struct db *db, const struct db_table *t, int64_t id, size_t column, const struct cell *value, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1024);
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (sb_addf(&text, "UPDATE main.\"%s\" SET \"%s\" = $2 WHERE id = $1", t->name, t->column[column].name) < 0)
		return err_nomem(e);
	if (db_kept(db, sb_cstr(&text), t->name, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, id);
	bind_cell(st, 2, t->column[column].kind, value);
	return stmt_run(st, e);
}

int db_rows_numbered(struct db *db, struct err *e)
{
	if (!db->be->counters)
		return 0;
	return db->be->settle && db->be->settle(db, e) < 0 ? -1 : db->be->exec(db, db->be->counters, e);
}

static int unbind(struct db *db, void *arg, struct err *e)
{
	return db->be->exec(db, *(const bool *)arg ? db->be->unbind : db->be->bind_again, e);
}

static int secure(struct db *db, void *arg, struct err *e)
{
	(void)arg;
	return db->be->secure(db, e);
}

int db_loading(struct db *db, bool on, struct err *e)
{
	if (db->be->foreign_keys)
		return db->be->foreign_keys(db, !on, e);
	if (db_write(db, false, unbind, &on, e) < 0)
		return -1;
	return on ? 0 : db_write(db, false, secure, NULL, e);
}
