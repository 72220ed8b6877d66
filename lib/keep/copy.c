/* SPDX-License-Identifier: MIT */
/*
 * Tables go one by one in the order of their keys, in transactions of a bounded size; where a stopped copy goes on is seen by the last key that
 * is there. The organisations and the settings of the store come last, when all the rest has been compared.
 */
#include "keep/copy.h"

#include "codec/hash.h"
#include "db/table.h"
#include "db/whole.h"
#include "os/file.h"
#include "os/signal.h"
#include "series/series.h"
#include "store/books.h"
#include "store/org.h"
#include "store/schema.h"
#include "store/shard.h"
#include "store/stats.h"

#define ROWS_AT_ONCE 20000
#define BYTES_AT_ONCE ((size_t)8 << 20)
#define LAST_TABLE "org"
#define MARK "copy_of" /* a setting of the unfinished copy: which store it is of */

struct copy {
	struct copying *c;
	struct db *from, *to;
	struct db_tables tables; /* of the new store: what the schema has, and nothing else */
	uint64_t done, size;
};

/* Settings and versions are the new store's own; what is to be kept of them comes at the very end. */
static bool is_own(const struct db_table *t)
{
	return strcmp(t->name, "meta") == 0 || strcmp(t->name, "migration") == 0;
}

static void tell(struct copy *k, uint64_t rows)
{
	k->done += rows;
	if (k->c->progress)
		k->c->progress(k->c->arg, k->done < k->size ? k->done : k->size, k->size);
}

/* ---- opening ---- */

/* The same store, whatever name it was called by. */
static int identity(const char *url, struct sb *sb)
{
	AUTO(free_chars) char *real = db_url_file(url) ? realpath(db_url_file(url), NULL) : NULL;

	return real ? sb_adds(sb, real) : db_url_shown(url, sb);
}

static int put_mark(struct db *db, void *arg, struct err *e)
{
	return meta_put(db, MARK, arg, e);
}

static int make_at(struct copy *k, const char *url, const char *self, struct err *e)
{
	if (db_open(url, DB_CREATE, &store_schema, &k->to, e) < 0 || db_migrate(k->to, NULL, NULL, e) < 0)
		return -1;
	return db_write(k->to, false, put_mark, (void *)(uintptr_t)self, e);
}

/* A file gets its name when it is a store that says what it is of. */
static int make_file(struct copy *k, const char *path, const char *self, struct err *e)
{
	AUTO(sb_done) struct sb folder = SB_INIT(PATH_MAX);
	AUTO(free_chars) char *fresh = NULL;
	int rc;

	if (path_folder(path, &folder) < 0 || folder_make(sb_cstr(&folder), 0700, e) < 0)
		return -1;
	if (asprintf(&fresh, "%s.making.%d", path, (int)getpid()) < 0) {
		fresh = NULL;
		return err_nomem(e);
	}
	rc = make_at(k, fresh, self, e);
	db_close(k->to);
	k->to = NULL;
	if (rc == 0)
		rc = db_file_swap(path, fresh, NULL, e);
	db_file_remove(fresh);
	return rc < 0 ? -1 : db_open(path, DB_WRITE, &store_schema, &k->to, e);
}

static int make(struct copy *k, const char *self, struct err *e)
{
	const char *path = db_url_file(k->c->to);

	return path ? make_file(k, path, self, e) : make_at(k, k->c->to, self, e);
}

/* There is something: an unfinished copy of the same store, or one that was stopped before it could say so. */
static int go_on(struct copy *k, const char *self, struct err *e)
{
	AUTO(sb_done) struct sb mark = SB_INIT(PATH_MAX);
	int64_t n[STAT_N];

	if (meta_get(k->to, MARK, &mark, e) < 0 || stats_count(k->to, n, e) < 0)
		return -1;
	if (mark.len ? strcmp(sb_cstr(&mark), self) != 0 : n[STAT_ORGS] > 0)
		return err_set(e, E_CONFLICT, "%s: %s%s; copy into a place where nothing is", db_path(k->to),
			       mark.len ? "is an unfinished copy of " : "a store is there already", sb_cstr(&mark));
	k->c->resumed = mark.len > 0;
	return mark.len ? 0 : db_write(k->to, false, put_mark, (void *)(uintptr_t)self, e);
}

static int open_new(struct copy *k, struct err *e)
{
	AUTO(sb_done) struct sb self = SB_INIT(1 << 16);
	struct err why = { 0 };

	if (identity(k->c->from, &self) < 0)
		return err_nomem(e);
	if (db_open_any(k->c->to, DB_WRITE, &store_schema, &k->to, &why) < 0) {
		if (why.code == E_NOTFOUND)
			return make(k, sb_cstr(&self), e);
		*e = why;
		return -1;
	}
	db_mover(k->to, series_adopt); /* it may have been stopped before it had its schema */
	return db_migrate(k->to, NULL, NULL, e) < 0 ? -1 : go_on(k, sb_cstr(&self), e);
}

static int owned(const struct db *db, struct err *e)
{
	return db_owner(db) ? 0 : err_set(e, E_DENIED, "%s: copying is for the owner of the store", db_path(db));
}

/* ---- a table ---- */

/* Rows on their way: cells and what they point to. */
struct load {
	struct copy *k;
	const struct db_table *t;
	struct db_rows *rows;
	struct cell *cell;
	size_t group, n; /* rows that fit, that are there */
	struct arena a;
	bool end;
	int begins; /* of chunk: the column with its first instant, whose month needs a part; else -1 */
};

/* Where it is in the rows of chunk, -1 in those of other tables. */
static int beginning(const struct db_table *t)
{
	int i = strcmp(t->name, "chunk") == 0 ? (int)t->n - 1 : -1;

	while (i >= 0 && strcmp(t->column[i].name, "t0") != 0)
		i--;
	return i;
}

static int take_row(struct load *l, const struct cell *row, struct err *e)
{
	for (size_t i = 0; i < l->t->n; i++) {
		struct cell c = row[i];

		if (c.type == CELL_TEXT && !(c.s.ptr = arena_dup(&l->a, c.s)))
			return err_nomem(e);
		l->cell[l->n * l->t->n + i] = c;
	}
	l->n++;
	return 0;
}

static int flush(struct db *db, struct load *l, struct err *e)
{
	int rc = db_rows_put(db, l->t, l->cell, l->n, e);

	tell(l->k, l->n);
	l->n = 0;
	arena_clear(&l->a);
	return rc;
}

/* One transaction; a table without a key goes in one, so that it is all there or not begun. */
static int fill(struct db *db, void *arg, struct err *e)
{
	struct load *l = arg;
	size_t rows = 0, bytes = 0;
	const struct cell *row;
	int got = 1;

	while ((!l->t->keys || (rows < ROWS_AT_ONCE && bytes < BYTES_AT_ONCE)) && (got = db_rows_next(l->rows, &row, e)) > 0) {
		if ((l->begins >= 0 && series_month(db, row[l->begins].i, e) < 0) || take_row(l, row, e) < 0)
			return -1;
		rows++;
		if (l->n < l->group)
			continue;
		bytes += l->a.used;
		if (flush(db, l, e) < 0)
			return -1;
	}
	l->end = got == 0;
	return got < 0 || (l->n && flush(db, l, e) < 0) ? -1 : 0;
}

static int empty(struct db *db, void *arg, struct err *e)
{
	return db_rows_clear(db, arg, 0, NULL, e);
}

static int fill_all(struct load *l, struct err *e)
{
	while (!l->end) {
		if (db_write(l->k->to, false, fill, l, e) < 0)
			return -1;
		if (stop_requested())
			return stop_error(e);
	}
	return 0;
}

/* From where it was stopped on; `anew`: from the beginning. */
static int copy_table(struct copy *k, struct db_table *t, bool anew, struct err *e)
{
	struct load l = { .k = k, .t = t, .group = db_rows_group(t), .a = ARENA_INIT((size_t)1 << 30), .begins = beginning(t) };
	struct arena a = ARENA_INIT(1 << 20);
	struct cell key[64];
	int rc = 0, there = 0;

	if (t->keys > COUNT(key))
		return err_set(e, E_BUG, "table %s: a key of %zu columns", t->name, t->keys);
	/* What the migrations put there is not what the old store has. */
	if (anew || !t->keys || !k->c->resumed)
		rc = db_write(k->to, false, empty, t, e);
	else
		rc = there = db_rows_last(k->to, t, &a, key, e);
	if (rc >= 0 && l.begins >= 0 && series_ready(k->to, e) < 0)
		rc = -1;
	l.cell = calloc(l.group * t->n, sizeof(*l.cell));
	if (rc >= 0 && !l.cell)
		rc = err_nomem(e);
	if (rc >= 0 && (rc = db_rows_open(k->from, t, 0, there > 0 ? key : NULL, &l.rows, e)) == 0)
		rc = fill_all(&l, e);
	db_rows_free(l.rows);
	free(l.cell);
	arena_done(&l.a);
	arena_done(&a);
	return rc < 0 ? -1 : 0;
}

/* ---- comparing ---- */

/* A row in a form of its own: each cell with its type and length before it. */
static void add_cell(struct sha256 *h, const struct cell *c)
{
	unsigned char head[9] = { (unsigned char)c->type };
	uint64_t v = 0;

	if (c->type == CELL_TEXT)
		v = c->s.len;
	else if (c->type == CELL_REAL)
		memcpy(&v, &c->r, sizeof(v));
	else if (c->type == CELL_INT)
		v = (uint64_t)c->i;
	for (int i = 0; i < 8; i++)
		head[1 + i] = (unsigned char)(v >> (8 * i));
	sha256_add(h, head, sizeof(head));
	if (c->type == CELL_TEXT)
		sha256_add(h, c->s.ptr, c->s.len);
}

static int digest(struct db *db, const struct db_table *t, char hex[SHA256_HEX + 1], int64_t *n, struct err *e)
{
	AUTO(sha256_freep) struct sha256 *h = NULL;
	AUTO(db_rows_freep) struct db_rows *rows = NULL;
	const struct cell *row;
	int got;

	*n = 0;
	if (sha256_new(&h, e) < 0 || db_rows_open(db, t, 0, NULL, &rows, e) < 0)
		return -1;
	while ((got = db_rows_next(rows, &row, e)) > 0) {
		for (size_t i = 0; i < t->n; i++)
			add_cell(h, row + i);
		++*n;
		if (stop_requested())
			return stop_error(e);
	}
	return got < 0 ? -1 : sha256_end(h, hex, e);
}

/* 1: the table is the same on both sides, 0, -1. */
static int same(struct copy *k, const struct db_table *t, int64_t *rows, struct err *e)
{
	char was[SHA256_HEX + 1], now[SHA256_HEX + 1];
	int64_t n;

	if (digest(k->from, t, was, &n, e) < 0 || digest(k->to, t, now, rows, e) < 0)
		return -1;
	return n == *rows && strcmp(was, now) == 0;
}

/* A copy that went on may hold rows that were changed or taken away since: such a table is copied once more. */
static int settle(struct copy *k, struct db_table *t, struct err *e)
{
	int64_t rows = 0;
	int rc = copy_table(k, t, false, e) < 0 ? -1 : same(k, t, &rows, e);

	if (rc == 0 && k->c->resumed)
		rc = copy_table(k, t, true, e) < 0 ? -1 : same(k, t, &rows, e);
	k->c->rows += rows;
	return rc != 0 ? (rc < 0 ? -1 : 0) : err_set(e, E_IO, "%s: table %s is not as in %s", db_path(k->to), t->name, db_path(k->from));
}

static int settle_points(struct copy *k, struct err *e)
{
	struct stats_thing t = { .org = SB_INIT(PATH_MAX), .device = SB_INIT(PATH_MAX) };
	int got;

	while ((got = stats_next(k->from, false, &t, e)) > 0) {
		const struct series_of of = { t.id, 0 };
		struct series_stats was, now;

		got = series_stats(k->from, &of, &was, e) < 0 || series_stats(k->to, &of, &now, e) < 0 ? -1 : 1;
		if (got > 0 && was.points != now.points)
			got = err_set(e, E_IO, "%s: %" PRId64 " points of %s, %" PRId64 " in %s", db_path(k->to), now.points, sb_cstr(&t.org),
				      was.points, db_path(k->from));
		if (got < 0)
			break;
		k->c->points += now.points;
	}
	sb_done(&t.org);
	sb_done(&t.device);
	return got;
}

/* ---- all of it ---- */

static struct db_table *find(struct copy *k, const char *name)
{
	for (size_t i = 0; i < k->tables.n; i++)
		if (strcmp(k->tables.table[i].name, name) == 0)
			return k->tables.table + i;
	return NULL;
}

/* Settings, but for those that are of the place where the store is. */
static int finish(struct db *db, void *arg, struct err *e)
{
	struct copy *k = arg;
	AUTO(db_rows_freep) struct db_rows *rows = NULL;
	const struct db_table *meta = find(k, "meta");
	const struct cell *row;
	int got;

	if (db_rows_open(k->from, meta, 0, NULL, &rows, e) < 0)
		return -1;
	while ((got = db_rows_next(rows, &row, e)) > 0) {
		AUTO(free_chars) char *name = strndup(row[0].s.ptr, row[0].s.len);
		AUTO(free_chars) char *value = strndup(row[1].s.ptr, row[1].s.len);

		if (!name || !value)
			return err_nomem(e);
		if (strcmp(name, "role") != 0 && strcmp(name, MARK) != 0 && strcmp(name, SHARD_TOKEN) != 0 && meta_put(db, name, value, e) < 0)
			return -1;
	}
	/* The copy is in one place, wherever the old store was. */
	return got < 0 || shard_forget(db, e) < 0 ? -1 : meta_rm(db, MARK, e);
}

static int count(struct copy *k, struct err *e)
{
	int64_t n;

	for (size_t i = 0; i < k->tables.n; i++) {
		if (db_table_count(k->from, k->tables.table + i, &n, e) < 0)
			return -1;
		k->size += (uint64_t)n;
	}
	return 0;
}

static int copy_all(struct copy *k, struct err *e)
{
	struct db_table *last = find(k, LAST_TABLE);

	if (!last)
		return err_set(e, E_BUG, "no table " LAST_TABLE);
	if (count(k, e) < 0)
		return -1;
	for (size_t i = 0; i < k->tables.n; i++)
		if (k->tables.table + i != last && !is_own(k->tables.table + i) && settle(k, k->tables.table + i, e) < 0)
			return -1;
	return settle(k, last, e);
}

static void keep_first(const char *what, void *arg)
{
	struct err *e = arg;

	if (!e->code)
		(void)err_set(e, E_IO, "%s", what);
}

static int copy_within(struct copy *k, struct err *e)
{
	struct err found = { 0 };

	/* References are looked at when all is there. */
	if (db_loading(k->to, true, e) < 0 || copy_all(k, e) < 0 || db_loading(k->to, false, e) < 0 ||
	    db_check(k->to, keep_first, &found, e) < 0)
		return -1;
	if (found.code) {
		*e = found;
		return err_wrap(e, "%s", db_path(k->to));
	}
	return settle_points(k, e) < 0 ? -1 : db_write(k->to, false, finish, k, e);
}

/* One snapshot of the old store for all tables; then a look whether it has moved on. */
static int copy_snapshot(struct copy *k, struct err *e)
{
	int64_t was, now;
	int rc;

	if (series_read_begin(k->from, e) < 0)
		return -1;
	rc = books_mark(k->from, &was, e) < 0 ? -1 : copy_within(k, e);
	db_read_end(k->from);
	if (rc < 0 || books_mark(k->from, &now, e) < 0)
		return -1;
	return now == was || k->c->moving ? 0 :
			    err_set(e, E_PARTIAL, "%s: was written to meanwhile, which is not in the copy: stop its writers and copy again elsewhere",
				    db_path(k->from));
}

int store_copy(struct copying *c, struct err *e)
{
	struct copy k = { .c = c };
	int rc = db_open(c->from, DB_READ, &store_schema, &k.from, e);

	signals_pipe_ignore(true);
	if (rc == 0)
		rc = owned(k.from, e);
	if (rc == 0)
		rc = open_new(&k, e);
	if (rc == 0)
		rc = owned(k.to, e) < 0 ? -1 : db_tables(k.to, &k.tables, e);
	if (rc == 0)
		rc = copy_snapshot(&k, e);
	db_tables_done(&k.tables);
	db_close(k.to);
	db_close(k.from);
	return rc;
}
