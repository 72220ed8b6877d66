/* SPDX-License-Identifier: MIT */
/* Tables as they are, whatever is in them: for work on all of a store, by its owner. Their list is the store's own catalogue. */
#ifndef SIT_DB_TABLE_H
#define SIT_DB_TABLE_H

#include "base/arena.h"
#include "db/db.h"

enum db_kind { DB_INT, DB_REAL, DB_TEXT, DB_BLOB };

struct db_column {
	char *name;
	enum db_kind kind;
	int key; /* place in the primary key, from 1; 0: not in it */
};

struct db_table {
	char *name;
	struct db_column *column;
	size_t n, keys; /* columns; those of the primary key, 0: it has none */
	bool blobs;
	int org; /* the column that says whose a row is: org_id, of table org its id; -1: rows are nobody's */
};

struct db_tables {
	struct db_table *table; /* by name */
	size_t n;
	struct arena a;
};

/* All tables of the store; free with db_tables_done(), also after an error. */
int db_tables(struct db *db, struct db_tables *t, struct err *e);
void db_tables_done(struct db_tables *t);
const struct db_table *db_table_find(const struct db_tables *t, struct str name);
/* The place of a column, -1 when there is none of that name. */
int db_column_find(const struct db_table *t, struct str name);
int db_table_count(struct db *db, const struct db_table *t, int64_t *n, struct err *e);
/* The least and greatest number in its column `id`, of one organisation (0: of all): 0 and 0 when there is none. */
int db_table_ids(struct db *db, const struct db_table *t, int64_t org, int64_t *least, int64_t *most, struct err *e);

/* Rows of a table in the order of its key (without one: of all its columns), a bounded page at a time. */
struct db_rows;
/*
 * Only rows of the organisation (0: of all); with `after` only those behind the one with these values of the key, by its places: as many as
 * t->keys.
 */
int db_rows_open(struct db *db, const struct db_table *t, int64_t org, const struct cell *after, struct db_rows **out, struct err *e);
/* The next row's cells, one a column, valid until the next call: 1, 0 none, -1. */
int db_rows_next(struct db_rows *r, const struct cell **row, struct err *e);
void db_rows_free(struct db_rows *r);
DEFINE_AUTO(db_rows_freep, struct db_rows *, db_rows_free)

/* How many rows db_rows_put() takes at once. */
size_t db_rows_group(const struct db_table *t);
/* Inside db_write(): put n rows, their cells one behind the other, into the table. */
int db_rows_put(struct db *db, const struct db_table *t, const struct cell *rows, size_t n, struct err *e);
/* Inside db_write(): remove its rows, or (not 0) those of the organisation; *n gets how many (NULL: nobody asks). */
int db_rows_clear(struct db *db, const struct db_table *t, int64_t org, int64_t *n, struct err *e);
/* Inside db_write(): set a column of the row with that id. */
int db_row_set(struct db *db, const struct db_table *t, int64_t id, size_t column, const struct cell *value, struct err *e);
/* Inside db_write(): rows came with ids of their own; new ids begin behind them. */
int db_rows_numbered(struct db *db, struct err *e);
/* The key of the last row in a table that has one, into key[t->keys], texts into a: 1, 0 it is empty, -1. */
int db_rows_last(struct db *db, const struct db_table *t, struct arena *a, struct cell *key, struct err *e);

/* Outside of transactions: rows come in any order, references are not looked at; then (false) all are, and new ids begin behind the rows' own. */
int db_loading(struct db *db, bool on, struct err *e);

#endif
