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

/* Rows that were inserted in a table or otherwise written. */
struct pg_filled {
	char table[64];
	int64_t rows;
};

struct pg {
	struct db db;
	PGconn *c;
	char *own_name, *role; /* who owns the store; what scoped connections become */
	bool owner;	  /* the login may be the owner: unscoped it sees everything */
	char *setup;	  /* one statement that says who this is, at the head of each transaction; NULL: to be made */
	bool begun;	  /* in a transaction of begin(), set up already */
	const char *told[4]; /* channels that hear of the commit at hand */
	bool write;	  /* that transaction is one of db_write() */
	int64_t changes;  /* of the last statement */
	struct pg_filled filled[8]; /* what was written to, the first few */
	unsigned names;	  /* prepared statements and cursors so far */
	unsigned session; /* connections so far: prepared statements belong to one */
	bool pooled;	  /* a pooler is between: nothing may be left in the session */
	unsigned failures; /* pipelines that were not run to their end */
	unsigned pending; /* statements sent whose results were not taken; in pipeline mode then */
	struct pg_rows *rows; /* that wait to be sent (pg_rows.c) */
	char state[6];	  /* SQLSTATE of the last failure */
	/* Numbers of transactions (pg_lost.c). */
	char batch[33];
	bool batches; /* the table is there */
	bool doubt;	      /* a COMMIT was sent and not answered */
	/* Listings (pg_cursor.c). */
	struct pg_stmt *cursors;
	bool own, joined; /* the transaction is theirs; a db_read_begin() lies in it */
	struct pg_index *index; /* that something was not unique in */
	size_t nindex;
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
	char name[16];	     /* on the server; empty: not kept there */
	bool kept;
	unsigned session;    /* where it has the name */
	char *many, many_name[16]; /* the text for many rows; its name in session many_session, after many_failures */
	unsigned many_session, many_failures;
	bool single; /* there can be none */
	struct pg_param *param;
	int nparam;
	const char *bad;     /* why a bound value does not do */
	int bad_param;	     /* its number, or one that the text does not have */
	PGresult *shape;     /* names and types of columns before it has run */
	PGresult *r;	     /* all rows, or a part of them; NULL: not run since the last reset */
	int row;	     /* the row at hand */
	struct sb scratch;   /* numbers asked for as text, hex decoded */
	bool streams;	     /* to be run with a cursor */
	char cursor[16];     /* empty: all rows are in r */
	int rows;	     /* how many the last part may have had */
	PGresult *rest;	     /* all rows behind those of r */
	struct pg_stmt *next; /* with a cursor */
};

/* The SQLSTATE that a server's words of another one are kept as. */
#define PG_APART "HV00N"

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

/*
 * Start a pipeline, or go on with the one that runs, with what sets the scope where there is no transaction (pg_pipe.c); when it fails
 * PQexitPipelineMode() is the caller's.
 */
int pg_pipe_begin(struct pg *q, struct err *e);
/* Take what comes up to the sync, also of statements that were only sent; *last is the result of the last command, NULL when -1. sent: all was sent. */
int pg_pipe_end(struct pg *q, bool sent, PGresult **last, struct err *e);
/* Take the results of statements that were only sent. */
int pg_settle(struct pg *q, struct err *e);
/* One more was sent. */
int pg_pended(struct pg *q, struct err *e);

/* The parameters as they are bound are a row that waits for more of them, or for anything else to be sent: 1; 0: they cannot, -1 (pg_rows.c). */
int pg_rows_add(struct pg *q, struct pg_stmt *s, int keys, struct err *e);
int pg_rows_send(struct pg *q, struct err *e);
void pg_rows_drop(struct pg *q);
void pg_rows_done(struct pg *q);
/* Send text of ours in a transaction; nobody waits for it. */
int pg_post_text(struct pg *q, const char *text, struct err *e);

/* The connection is lost and nothing hangs on it: there is another one, and no error any more (pg_lost.c). */
bool pg_again(struct pg *q, struct err *e);
/* Connect anew, for as long as a server may need to start. */
int pg_reconnect(struct pg *q, struct err *e);
/* A number for the transaction that begins; put it into the pipeline before COMMIT. */
int pg_batch_new(struct pg *q, struct err *e);
bool pg_batch_send(struct pg *q);
enum db_failure pg_failure(const struct db *db);
int pg_mend(struct db *db, bool *stored, struct err *e);
/* Another connection to the same database, the caller's to finish; NULL when there is none to be had (pg_open.c). */
PGconn *pg_beside(const struct pg *q);
/* So many rows of the table (NULL: none) were written (pg_open.c). */
void pg_written(struct pg *q, const char *table, int64_t rows);
/* What must be learnt of each new connection (pg_open.c). */
int pg_connected(struct pg *q, struct err *e);

/* Rows by and by (pg_cursor.c). */
int pg_cursor_open(struct pg_stmt *s, struct err *e);
int pg_cursor_next(struct pg_stmt *s, struct err *e);
void pg_cursor_close(struct pg_stmt *s);
/* The transaction of listings ends with the last of them. */
void pg_cursor_over(struct pg *q);
/* Take all that is left of them: their transaction ends. */
int pg_cursors_take(struct pg *q, struct err *e);
/* They are gone with their transaction. */
void pg_cursors_lost(struct pg *q);

/* Fill e from a failed result (NULL: from the connection); returns -1 (pg_error.c). */
int pg_fail(struct pg *q, const PGresult *r, struct err *e);
/* The columns of unique indexes that were asked for (pg_error.c). */
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
int pg_prepare(struct db *db, const char *text, const char *writes, bool kept, struct stmt **out, struct err *e);
void pg_stmt_free(struct stmt *st);
void pg_reset(struct stmt *st);
int pg_step(struct stmt *st, struct err *e);
int pg_post(struct stmt *st, struct err *e);
int pg_post_row(struct stmt *st, int keys, struct err *e);
void pg_stream(struct stmt *st);
/* Into the pipeline, with the parameters as they are bound: the text (NULL: the statement itself). */
int pg_stmt_send(struct pg *q, const struct pg_stmt *s, const char *text, struct err *e);
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

/* Being told (pg_wait.c). */
int pg_watch(struct db *db, const char *channel, struct err *e);
void pg_notify(struct db *db, const char *channel);
int pg_wait(struct db *db, int ms, struct err *e);

/* Text that we did not write, integrity, sizes (pg_foreign.c). */
int pg_foreign(struct db *db, const char *text, bool write, int (*row)(struct stmt *st, void *arg, struct err *e), void *arg,
	       struct err *e);
int pg_check(struct db *db, void (*bad)(const char *what, void *arg), void *arg, struct err *e);
int pg_size(struct db *db, struct db_size *size, struct err *e);

/* The store as a whole (pg_whole.c). */
extern const char pg_catalogue[], pg_unbind[], pg_bind_again[], pg_counters[];
int pg_snapshot(struct db *db, struct sb *name, struct sb *owner, struct err *e);
int pg_adopt(struct db *db, struct err *e);
/* Other servers (pg_shard.c). */
int pg_elsewhere(struct db *db, const char *url, const struct db_visitor *v, const char *text, struct err *e);
int pg_server_may(struct db *db, struct err *e);
int pg_server_put(struct db *db, const char *name, const char *url, const struct db_visitor *v, struct err *e);
/* The role that scoped connections become, named after the database: made when it is not there (pg_open.c). */
int pg_make_role(struct pg *q, struct err *e);

#endif
