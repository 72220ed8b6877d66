/* SPDX-License-Identifier: MIT */
/* Inside the Postgres backend, which is a plug-in of its own (sit-pg.so): only its files link libpq. */
#ifndef SIT_DB_PG_IMPL_H
#define SIT_DB_PG_IMPL_H

#include <libpq-fe.h>

#include "db/backend.h"

/* Types of Postgres by their fixed numbers in pg_type. */
enum pg_oid {
	PG_BOOL = 16,
	PG_BYTEA = 17,
	PG_NAME = 19,
	PG_INT8 = 20,
	PG_INT2 = 21,
	PG_INT4 = 23,
	PG_TEXT = 25,
	PG_OID = 26,
	PG_JSON = 114,
	PG_FLOAT4 = 700,
	PG_FLOAT8 = 701,
	PG_UNKNOWN = 705,
	PG_BPCHAR = 1042,
	PG_VARCHAR = 1043,
	PG_NUMERIC = 1700,
	PG_TEXT_ARRAY = 1009,
	PG_JSONB = 3802,
};

/* A unique index, so that its violation can be told by columns: row-level security keeps them out of the message. */
struct pg_index {
	char *name, *columns; /* "device_name", "device.org_id, device.name" */
};

struct pg {
	struct db db;
	PGconn *c;
	char *own, *role; /* who owns the store; what scoped connections become */
	bool owner;	  /* the login may be the owner: unscoped it sees everything */
	char *setup;	  /* one statement that says who this is, at the head of each transaction; NULL: to be made */
	bool begun;	  /* in a transaction of begin(), set up already */
	int64_t changes;  /* of the last statement */
	unsigned names;	  /* prepared statements so far */
	struct pg_index *index;
	size_t nindex;
	bool indexed;
};

#define PG_SLOT 32

/* A bound parameter: bytes of the caller's, or a number in its own slot. */
struct pg_param {
	Oid type;
	const char *p; /* NULL: NULL */
	int len;
	bool text; /* in text form, else binary */
	char slot[PG_SLOT];
};

struct pg_stmt {
	struct stmt st;
	char *text;
	char name[16];	     /* on the server; empty: not kept there (yet) */
	struct pg_param *param;
	int nparam;
	const char *bad;     /* why a bound value does not do */
	int bad_param;	     /* its number, or one that the text does not have */
	PGresult *shape;     /* names and types of columns before it has run */
	PGresult *r;	     /* all rows; NULL: not run since the last reset */
	int row;	     /* the row at hand */
	struct sb scratch;   /* numbers asked for as text, hex decoded */
	bool foreign;	     /* results came as text */
};

/* The connection as this backend has it. */
static inline struct pg *pg_of(struct db *db)
{
	return (struct pg *)db;
}

/* Likewise. */
static inline const struct pg *pg_of_const(const struct db *db)
{
	return (const struct pg *)db;
}

/* Fill e from a failed result (NULL: from the connection); returns -1 (pg_error.c). */
int pg_fail(struct pg *q, const PGresult *r, struct err *e);
/* Load the columns of unique indexes, once, for messages (pg_error.c). */
int pg_load_indexes(struct pg *q, struct err *e);
void pg_free_indexes(struct pg *q);

/* Run text of ours; several statements allowed (pg.c). */
int pg_exec(struct pg *q, const char *text, struct err *e);
/* First column of the first row of text of ours, as text appended to sb (NULL: thrown away); 1 row, 0 none or NULL, -1 (pg.c). */
int pg_ask(struct pg *q, const char *text, struct sb *sb, struct err *e);
/* The statement that sets role, scope and search_path for the transaction; q owns it (pg_scope.c). */
int pg_setup(struct pg *q, const char **text, struct err *e);
/* Append s as a name or as a string, quoted (pg_scope.c). */
void pg_add_name(const struct pg *q, struct sb *sb, const char *s);
void pg_add_string(const struct pg *q, struct sb *sb, const char *s);

/* Opening, making, closing (pg_open.c). */
int pg_open(const char *url, enum db_mode mode, const struct db_schema *schema, struct db **out, struct err *e);
void pg_close(struct db *db);
void pg_discard(struct db *db);

/* Statements (pg_stmt.c). */
int pg_prepare(struct db *db, const char *text, const char *writes, struct stmt **out, struct err *e);
void pg_stmt_free(struct stmt *st);
void pg_reset(struct stmt *st);
int pg_step(struct stmt *st, struct err *e);
/* Parameters (pg_bind.c). */
void pg_bind(struct stmt *st, int i, const struct cell *c);
void pg_bind_blob(struct stmt *st, int i, const void *p, size_t n);

/* Columns of the row at hand (pg_value.c). */
int pg_columns(const struct stmt *st);
const char *pg_column_name(const struct stmt *st, int col);
bool pg_is_null(const struct stmt *st, int col);
int64_t pg_get_int(const struct stmt *st, int col);
double pg_get_real(const struct stmt *st, int col);
struct str pg_get_text(const struct stmt *st, int col);
struct str pg_get_blob(const struct stmt *st, int col);
struct cell pg_get_cell(const struct stmt *st, int col);

/* The tenant scope (pg_scope.c). */
int pg_scope(struct db *db, const int64_t *ids, size_t n, struct err *e);
int pg_secure(struct db *db, struct err *e);

/* Text that we did not write, integrity, sizes (pg_foreign.c). */
int pg_foreign(struct db *db, const char *text, bool write, int (*row)(struct stmt *st, void *arg, struct err *e), void *arg,
	       struct err *e);
int pg_check(struct db *db, void (*bad)(const char *what, void *arg), void *arg, struct err *e);
int pg_size(struct db *db, struct db_size *size, struct err *e);

/* The store as a whole (pg_whole.c). */
extern const char pg_catalogue[], pg_unbind[], pg_bind_again[];
int pg_snapshot(struct db *db, struct sb *name, struct sb *owner, struct err *e);
int pg_adopt(struct db *db, struct err *e);
/* The role that scoped connections become, named after the database: made when it is not there (pg_open.c). */
int pg_make_role(struct pg *q, struct err *e);

#endif
