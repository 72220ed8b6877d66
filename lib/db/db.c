/* SPDX-License-Identifier: MIT */
#include "db/backend.h"
#include "os/signal.h"

/* The backend that a URL names, and what it is to open; a plain path is a store of SQLite. */
static int backend_of(const char *url, const struct db_backend **be, const char **path, struct err *e)
{
	static const char *const postgres[] = {"postgres://", "postgresql://"};

	*be = &db_sqlite;
	*path = url;
	if (strncmp(url, "sqlite:", 7) == 0) {
		*path = url + 7;
		return 0;
	}
	for (size_t i = 0; i < COUNT(postgres); i++)
		if (strncmp(url, postgres[i], strlen(postgres[i])) == 0)
			return db_plugin("pg", be, e);
	if (strstr(url, "://"))
		return err_set(e, E_USAGE, "%.*s://...: no such kind of store", (int)strcspn(url, ":"), url);
	return 0;
}

int db_open_any(const char *url, enum db_mode mode, const struct db_schema *schema, struct db **out,
		struct err *e)
{
	const struct db_backend *be;
	const char *path;

	*out = NULL;
	if (backend_of(url, &be, &path, e) < 0 || be->open(path, mode, schema, out, e) < 0)
		return -1;
	(*out)->be = be;
	(*out)->url = strdup(url);
	(*out)->stop_requested = stop_requested;
	(*out)->stop_error = stop_error;
	return 0;
}

int db_open(const char *url, enum db_mode mode, const struct db_schema *schema, struct db **out,
	    struct err *e)
{
	if (db_open_any(url, mode, schema, out, e) < 0)
		return -1;
	if (mode != DB_CREATE && db_version_check(*out, e) < 0) {
		db_close(*out);
		*out = NULL;
		return -1;
	}
	return 0;
}

int db_open_beside(const struct db *db, struct db **out, struct err *e)
{
	*out = NULL;
	return db->url ? db_open(db->url, DB_READ, db->schema, out, e) : err_nomem(e);
}

static void forget(struct db *db)
{
	if (db->drop)
		db->drop(db->attached);
	if (db->witness_drop)
		db->witness_drop(db->witness);
	free(db->caller);
	free(db->url);
	db->url = NULL;
	db_cache_drop(db);
	free(db->cache);
	map_done(&db->texts);
	arena_done(&db->text);
	free(db->self_name);
}

void db_close(struct db *db)
{
	if (!db)
		return;
	forget(db);
	db->be->close(db);
}

void db_discard(struct db *db)
{
	forget(db);
	db->be->discard(db);
}

bool db_owner(const struct db *db)
{
	return db->be->owner(db);
}

bool db_matches(const struct db *db)
{
	return db->be->matches;
}

void db_add_rare(const struct db *db, struct sb *text, const char *condition)
{
	const char *const *around = db->be->rare;

	(void)sb_addf(text, "%s%s%s", around[0] ? around[0] : "", condition, around[1] ? around[1] : "");
}

bool db_months(const struct db *db)
{
	return db->be->months;
}

const char *db_path(const struct db *db)
{
	return db->path;
}

int db_scope_set(struct db *db, int64_t self, const char *self_name, const int64_t *ids, size_t n,
		 struct err *e)
{
	if (db->self || self <= 0)
		return err_set(e, E_BUG, "db_scope_set() twice or for no organisation");
	if (db->writing || db->reads || db->prepared)
		return err_set(e, E_BUG, "db_scope_set() in a transaction or with statements open");
	/* What was prepared by the owner reads base tables: none of it survives. */
	db_cache_drop(db);
	db->self_name = strdup(self_name ? self_name : "");
	if (!db->self_name)
		return err_nomem(e);
	db->self = self;
	for (size_t i = 0; i < n; i++)
		db->many |= ids[i] != self;
	/* A connection whose scope failed halfway must not be used as the owner's: self stays set. */
	return db->be->scope(db, ids, n, e);
}

int64_t db_self(const struct db *db)
{
	return db->self;
}

const char *db_self_name(const struct db *db)
{
	return db->self ? db->self_name : NULL;
}

bool db_many(const struct db *db)
{
	return !db->self || db->many;
}

int db_ready(struct db *db, const struct sql *sql, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (db->be->ready(db, sql[i].text, sql[i].writes, e) < 0)
			return -1;
	for (size_t i = 0; db->rehearsing && i < n; i++) {
		AUTO(stmt_freep) struct stmt *st = NULL;

		if (db_prepare(db, sql[i].text, sql[i].writes, &st, e) < 0)
			return -1;
	}
	return 0;
}

void db_rehearse(struct db *db)
{
	db->rehearsing = true;
}

static struct cached *cache_slot(const struct db *db, const char *key)
{
	uintptr_t h = (uintptr_t)key;

	/* Addresses of texts lie close together: spread them by Fibonacci's multiplier. */
	for (size_t i = (size_t)(h * UINT64_C(0x9e3779b97f4a7c15) >> 32);; i++) {
		struct cached *c = db->cache + (i & (db->cache_cap - 1));

		if (!c->key || c->key == key)
			return c;
	}
}

static int cache_grow(struct db *db, struct err *e)
{
	struct cached *old = db->cache;
	size_t cap = db->cache_cap;

	db->cache_cap = cap ? cap * 2 : 64;
	db->cache = calloc(db->cache_cap, sizeof(*db->cache));
	if (!db->cache) {
		db->cache = old;
		db->cache_cap = cap;
		return err_nomem(e);
	}
	for (size_t i = 0; i < cap; i++)
		if (old[i].key)
			*cache_slot(db, old[i].key) = old[i];
	free(old);
	return 0;
}

void db_cache_drop(struct db *db)
{
	for (size_t i = 0; i < db->cache_cap; i++) {
		if (db->cache[i].key)
			db->be->free(db->cache[i].st);
		db->cache[i] = (struct cached){0};
	}
	db->cache_len = 0;
}

int db_stmt(struct db *db, const struct sql *sql, struct stmt **out, struct err *e)
{
	struct cached *c;
	struct stmt *st;

	*out = NULL;
	if (db->cache_len * 2 >= db->cache_cap && cache_grow(db, e) < 0)
		return -1;
	c = cache_slot(db, sql->text);
	if (c->key) {
		db->be->reset(c->st);
		*out = c->st;
		return 0;
	}
	if (db->be->prepare(db, sql->text, sql->writes, true, &st, e) < 0)
		return -1;
	st->cached = true;
	c->key = sql->text;
	c->st = st;
	db->cache_len++;
	*out = st;
	return 0;
}

int db_kept(struct db *db, const char *text, const char *writes, struct stmt **out, struct err *e)
{
	const int64_t *at = map_find(&db->texts, str_of(text));
	const char *own = at ? (const char *)(intptr_t)*at : NULL;

	*out = NULL;
	if (!own) {
		own = arena_dup(&db->text, str_of(text));
		if (!own || map_put(&db->texts, str_of(text), (int64_t)(intptr_t)own) < 0)
			return err_nomem(e);
	}
	return db_stmt(db, &(struct sql){own, writes}, out, e);
}

int db_prepare(struct db *db, const char *text, const char *writes, struct stmt **out, struct err *e)
{
	*out = NULL;
	if (db->be->prepare(db, text, writes, false, out, e) < 0)
		return -1;
	db->prepared++;
	return 0;
}

void stmt_free(struct stmt *st)
{
	if (!st)
		return;
	if (st->cached) {
		stmt_reset(st);
		return;
	}
	st->db->prepared--;
	st->db->be->free(st);
}

void stmt_reset(struct stmt *st)
{
	if (st)
		st->db->be->reset(st);
}

void stmt_bind_cell(struct stmt *st, int i, const struct cell *c)
{
	st->db->be->bind(st, i, c);
}

void stmt_bind_int(struct stmt *st, int i, int64_t v)
{
	stmt_bind_cell(st, i, &CELL_OF_INT(v));
}

void stmt_bind_real(struct stmt *st, int i, double v)
{
	stmt_bind_cell(st, i, &CELL_OF_REAL(v));
}

void stmt_bind_text(struct stmt *st, int i, struct str s)
{
	stmt_bind_cell(st, i, &CELL_OF_TEXT(s));
}

void stmt_bind_null(struct stmt *st, int i)
{
	stmt_bind_cell(st, i, &CELL_OF_NULL);
}

void stmt_bind_blob(struct stmt *st, int i, const void *p, size_t n)
{
	st->db->be->bind_blob(st, i, p, n);
}

int stmt_step(struct stmt *st, struct err *e)
{
	return st->db->be->step(st, e);
}

int stmt_run(struct stmt *st, struct err *e)
{
	int rc;

	while ((rc = st->db->be->step(st, e)) > 0)
		;
	st->db->be->reset(st);
	return rc;
}

int stmt_post(struct stmt *st, struct err *e)
{
	int rc;

	if (!st->db->be->post)
		return stmt_run(st, e);
	rc = st->db->be->post(st, e);
	st->db->be->reset(st);
	return rc;
}

int stmt_post_row(struct stmt *st, int keys, struct err *e)
{
	int rc;

	if (!st->db->be->post_row)
		return stmt_run(st, e);
	rc = st->db->be->post_row(st, keys, e);
	st->db->be->reset(st);
	return rc;
}

void stmt_stream(struct stmt *st)
{
	if (st->db->be->stream)
		st->db->be->stream(st);
}

int stmt_columns(const struct stmt *st)
{
	return st->db->be->columns(st);
}

const char *stmt_column_name(const struct stmt *st, int col)
{
	return st->db->be->column_name(st, col);
}

bool stmt_is_null(const struct stmt *st, int col)
{
	return st->db->be->is_null(st, col);
}

int64_t stmt_int(const struct stmt *st, int col)
{
	return st->db->be->get_int(st, col);
}

double stmt_real(const struct stmt *st, int col)
{
	return st->db->be->get_real(st, col);
}

struct str stmt_text(const struct stmt *st, int col)
{
	return st->db->be->get_text(st, col);
}

struct str stmt_blob(const struct stmt *st, int col)
{
	return st->db->be->get_blob(st, col);
}

struct cell stmt_cell(const struct stmt *st, int col)
{
	return st->db->be->get_cell(st, col);
}

int64_t db_changes(const struct db *db)
{
	return db->be->changes(db);
}

int64_t db_last_id(struct db *db)
{
	return db->be->last_id(db);
}

int db_check(struct db *db, void (*bad)(const char *what, void *arg), void *arg, struct err *e)
{
	return db->be->check(db, bad, arg, e);
}

int db_size(struct db *db, struct db_size *size, struct err *e)
{
	return db->be->size(db, size, e);
}

void db_trace(struct db *db, void (*fn)(const char *text, void *arg), void *arg)
{
	db->trace = fn;
	db->trace_arg = arg;
	db->be->trace(db);
}

void db_caller_set(struct db *db, struct caller *caller)
{
	free(db->caller);
	db->caller = caller;
}

const struct caller *db_caller(const struct db *db)
{
	return db->caller;
}

void db_attach(struct db *db, void *thing, void (*drop)(void *thing))
{
	db->attached = thing;
	db->drop = drop;
}

void *db_attached(const struct db *db)
{
	return db->attached;
}

void db_on_end(struct db *db, void (*fn)(struct db *db, bool committed))
{
	db->on_end = fn;
}

void db_on_written(struct db *db, void *thing, void (*fn)(struct db *db, void *thing), void (*drop)(void *thing))
{
	db->witness = thing;
	db->written = fn;
	db->witness_drop = drop;
}

void *db_witness(const struct db *db)
{
	return db->witness;
}

void db_mover(struct db *db, int (*fn)(struct db *db, struct err *e))
{
	db->mover = fn;
}

bool db_posts(const struct db *db)
{
	return db->be->post != NULL;
}

bool db_writable(const struct db *db)
{
	return db->mode != DB_READ;
}
