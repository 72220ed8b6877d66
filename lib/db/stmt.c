/* SPDX-License-Identifier: MIT */
/* Statements: prepared, bound, stepped. Parameters are $1 … on every backend; SQLite takes them as names. */
#include "db/impl.h"

int db_error(struct db *db, int rc, struct err *e)
{
	const char *what = sqlite3_errmsg(db->sq);

	switch (rc & 0xff) {
	case SQLITE_CONSTRAINT:
		return err_set(e, strstr(what, "outside the organisation") ? E_DENIED : E_CONFLICT, "%s", what);
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		return err_set(e, E_IO, "%s: is damaged or no store (%s); look with sit-db check", db->path, what);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return err_set(e, E_IO, "%s: busy for too long; try again", db->path);
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
		return err_set(e, E_IO, "%s: cannot be written: %s", db->path, what);
	case SQLITE_FULL:
	case SQLITE_IOERR:
		return err_set(e, E_IO, "%s: %s", db->path, what);
	case SQLITE_NOMEM:
		return err_nomem(e);
	case SQLITE_AUTH:
	case SQLITE_ERROR:
	default:
		return err_set(e, E_BUG, "%s: %s", db->path, what);
	}
}

int db_exec(struct db *db, const char *text, struct err *e)
{
	int rc = sqlite3_exec(db->sq, text, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : db_error(db, rc, e);
}

/* SQLite numbers named parameters in order of appearance; find each by its number once. */
static int number_params(struct stmt *st, struct err *e)
{
	int n = sqlite3_bind_parameter_count(st->st);

	for (int i = 1; i <= n; i++) {
		const char *name = sqlite3_bind_parameter_name(st->st, i);
		long k = name && name[0] == '$' ? strtol(name + 1, NULL, 10) : 0;

		if (k < 1 || k > PARAMS_MAX)
			return err_set(e, E_BUG, "parameter %s of a statement", name ? name : "?");
		if (k > st->params)
			st->params = (int)k;
	}
	st->index = calloc((size_t)st->params + 1, sizeof(*st->index));
	if (!st->index)
		return err_nomem(e);
	for (int i = 1; i <= n; i++)
		st->index[strtol(sqlite3_bind_parameter_name(st->st, i) + 1, NULL, 10)] = i;
	return 0;
}

static int prepare(struct db *db, const char *text, const char *writes, unsigned flags, struct stmt **out, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = calloc(1, sizeof(*st));
	int rc;

	if (!st)
		return err_nomem(e);
	st->db = db;
	st->writes = writes;
	if (scope_ready(db, text, writes, e) < 0)
		return -1;
	db->target = writes;
	rc = sqlite3_prepare_v3(db->sq, text, -1, flags, &st->st, NULL);
	db->target = NULL;
	if (rc != SQLITE_OK) {
		db_error(db, rc, e);
		return err_wrap(e, "cannot prepare a statement");
	}
	if (number_params(st, e) < 0)
		return -1;
	*out = st;
	st = NULL;
	return 0;
}

int db_prepare(struct db *db, const char *text, const char *writes, struct stmt **out, struct err *e)
{
	return prepare(db, text, writes, 0, out, e);
}

int db_stmt(struct db *db, const struct sql *sql, struct stmt **out, struct err *e)
{
	for (struct stmt *st = db->kept; st; st = st->next)
		if (st->key == sql->text) {
			stmt_reset(st);
			*out = st;
			return 0;
		}
	if (prepare(db, sql->text, sql->writes, SQLITE_PREPARE_PERSISTENT, out, e) < 0)
		return -1;
	(*out)->key = sql->text;
	(*out)->next = db->kept;
	db->kept = *out;
	return 0;
}

/* Kept statements are freed by db_close(), the others by their owner. */
void stmt_free(struct stmt *st)
{
	if (!st || st->key)
		return;
	(void)sqlite3_finalize(st->st);
	free(st->index);
	free(st);
}

void stmt_reset(struct stmt *st)
{
	if (!st)
		return;
	(void)sqlite3_reset(st->st);
	(void)sqlite3_clear_bindings(st->st);
	st->bind_error = 0;
}

/* SQLite's number of $i; a parameter that the statement does not have is remembered as an error. */
static int at(struct stmt *st, int i)
{
	if (i >= 1 && i <= st->params && st->index[i])
		return st->index[i];
	st->bind_error = SQLITE_RANGE;
	return 0;
}

static void bound(struct stmt *st, int rc)
{
	if (rc != SQLITE_OK && !st->bind_error)
		st->bind_error = rc;
}

void stmt_bind_int(struct stmt *st, int i, int64_t v)
{
	bound(st, sqlite3_bind_int64(st->st, at(st, i), v));
}

void stmt_bind_real(struct stmt *st, int i, double v)
{
	bound(st, sqlite3_bind_double(st->st, at(st, i), v));
}

void stmt_bind_text(struct stmt *st, int i, struct str s)
{
	if (s.ptr)
		bound(st, sqlite3_bind_text64(st->st, at(st, i), s.ptr, s.len, SQLITE_STATIC, SQLITE_UTF8));
	else
		stmt_bind_null(st, i);
}

void stmt_bind_blob(struct stmt *st, int i, const void *p, size_t n)
{
	bound(st, sqlite3_bind_blob64(st->st, at(st, i), p ? p : "", n, SQLITE_STATIC));
}

void stmt_bind_null(struct stmt *st, int i)
{
	bound(st, sqlite3_bind_null(st->st, at(st, i)));
}

void stmt_bind_cell(struct stmt *st, int i, const struct cell *c)
{
	switch (c->type) {
	case CELL_INT:
	case CELL_BOOL:
	case CELL_TIME:
		stmt_bind_int(st, i, c->i);
		return;
	case CELL_REAL:
		stmt_bind_real(st, i, c->r);
		return;
	case CELL_TEXT:
	case CELL_JSON:
		stmt_bind_text(st, i, c->s.ptr ? c->s : STR(""));
		return;
	case CELL_NULL:
		break;
	}
	stmt_bind_null(st, i);
}

int stmt_step(struct stmt *st, struct err *e)
{
	struct db *db = st->db;
	int rc;

	if (st->bind_error)
		return err_set(e, E_BUG, "parameter of \"%.60s\": %s", sqlite3_sql(st->st), sqlite3_errstr(st->bind_error));
	if (st->writes && !db->in_write)
		return err_set(e, E_BUG, "a write outside db_write(): \"%.60s\"", sqlite3_sql(st->st));
	db->target = st->writes; /* SQLite prepares anew by itself when the schema changed */
	rc = sqlite3_step(st->st);
	db->target = NULL;
	if (rc == SQLITE_ROW)
		return 1;
	return rc == SQLITE_DONE ? 0 : db_error(db, rc, e);
}

int stmt_run(struct stmt *st, struct err *e)
{
	int rc;

	while ((rc = stmt_step(st, e)) > 0)
		;
	(void)sqlite3_reset(st->st);
	return rc;
}

int stmt_columns(const struct stmt *st)
{
	return sqlite3_column_count(st->st);
}

const char *stmt_column_name(const struct stmt *st, int col)
{
	return sqlite3_column_name(st->st, col);
}

bool stmt_is_null(const struct stmt *st, int col)
{
	return sqlite3_column_type(st->st, col) == SQLITE_NULL;
}

int64_t stmt_int(const struct stmt *st, int col)
{
	return sqlite3_column_int64(st->st, col);
}

double stmt_real(const struct stmt *st, int col)
{
	return sqlite3_column_double(st->st, col);
}

struct str stmt_text(const struct stmt *st, int col)
{
	const char *p = (const char *)sqlite3_column_text(st->st, col);

	return (struct str){ p, p ? (size_t)sqlite3_column_bytes(st->st, col) : 0 };
}

struct str stmt_blob(const struct stmt *st, int col)
{
	const char *p = sqlite3_column_blob(st->st, col);

	return (struct str){ p, p ? (size_t)sqlite3_column_bytes(st->st, col) : 0 };
}

struct cell stmt_cell(const struct stmt *st, int col)
{
	switch (sqlite3_column_type(st->st, col)) {
	case SQLITE_INTEGER:
		return CELL_OF_INT(stmt_int(st, col));
	case SQLITE_FLOAT:
		return CELL_OF_REAL(stmt_real(st, col));
	case SQLITE_NULL:
		return CELL_OF_NULL;
	default:
		return CELL_OF_TEXT(stmt_text(st, col));
	}
}

int64_t db_changes(const struct db *db)
{
	return sqlite3_changes64(db->sq);
}

int64_t db_last_id(const struct db *db)
{
	return sqlite3_last_insert_rowid(db->sq);
}
