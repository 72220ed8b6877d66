/* SPDX-License-Identifier: MIT */
/*
 * A store's connection: statements, the one way to write, migrations, and the tenant scope. Backends (SQLite, and Postgres in a library of its
 * own) are const tables behind this header; nothing outside the room sees theirs.
 */
#ifndef SIT_DB_DB_H
#define SIT_DB_DB_H

#include "base/base.h"
#include "base/err.h"
#include "base/field.h"
#include "base/sb.h"

struct db;
struct stmt;

/*
 * A statement, written once with $1 … as parameters. It names tables unqualified for reading and `main.t` for writing;
 * `writes` is the one table it writes (NULL: none).
 */
struct sql {
	const char *text;
	const char *writes;
};

/*
 * One step of the schema; append only. The text is written as SQLite has it. "{id}" "{blob}" "{json}" are replaced per backend, in CREATE TABLE and
 * ALTER TABLE also the types and what only SQLite knows (STRICT). What follows "{sqlite}" or "{postgres}" is for that backend only, up to "{both}".
 */
struct migration {
	int version;
	const char *name;
	const char *ddl;
	bool rebuilds; /* makes a table anew that others refer to: foreign keys are off meanwhile and checked before the commit */
};

/* A table whose rows belong to organisations. */
struct tenant {
	const char *table;
	/* Over the row's columns: {row} is the row ("NEW." or "OLD." in guards, "" where it is read), {read} the scope's ids, {write} the id that may be written. */
	const char *visible, *writable; /* NULL: the usual ones on org_id */
};

/* What a program knows of the store: made by lib/store/schema.c, handed to db_open(). Tables end with a zero entry. */
struct db_schema {
	const struct migration *migrations;
	const struct tenant *tenants;
	const char *const *owned; /* tables of the store itself that only its owner writes; ends with NULL */
	int min_reader, min_writer; /* recorded by db_migrate(): older programs refuse */
	int moves;	   /* the migration whose rows SQL alone cannot move: the function of db_mover() does, after the DDL; 0 none */
	const char *moved; /* DDL when they are moved, or when there was nothing to move */
	/* Functions and views, made anew by each db_migrate(): before the migrations, and behind them; NULL: none. Each ends with NULL. */
	const char *const *functions, *const *views;
};

enum db_mode {
	DB_READ,  /* read only; falls back to immutable on a read-only file system when the WAL is empty */
	DB_WRITE, /* journal WAL, synchronous FULL, foreign keys on: checked, refused otherwise */
	DB_CREATE, /* make a new store file, or a store in a database that is there (E_CONFLICT if it has one), with an empty schema; then db_migrate() */
};

/*
 * Open a store: a path, "sqlite:PATH", "postgres://USER@HOST/DATABASE?OPTIONS" as libpq has it (postgresql:// too). A missing file is E_NOTFOUND, one that is no store E_CONFLICT ("is not a sit store"), a schema older or newer than
 * this program E_CONFLICT with both versions and what to do ("run sit-db migrate"), except with DB_CREATE and db_open_any().
 * The connection is unscoped (owner) until db_scope_set().
 */
int db_open(const char *url, enum db_mode mode, const struct db_schema *schema, struct db **out, struct err *e);
/* The same without the version check, for sit-db migrate, check and sql. */
int db_open_any(const char *url, enum db_mode mode, const struct db_schema *schema, struct db **out, struct err *e);
/* Another connection to the same store, without scope, that reads what is committed: for what is known of organisations that a scope hides, and told to nobody. */
int db_open_beside(const struct db *db, struct db **out, struct err *e);
/* Append the URL or path without passwords: what messages and settings show. -1 when there is no memory. */
int db_url_shown(const char *url, struct sb *sb);
/* The path of a store that is a file, NULL of any other. */
const char *db_url_file(const char *url);
/* Append the URL's password as it is (not percent-encoded), nothing when it has none. */
int db_url_password(const char *url, struct sb *sb);
/* Finish statements, checkpoint when the WAL is large, close. db_close(NULL) is fine. */
void db_close(struct db *db);
DEFINE_AUTO(db_closep, struct db *, db_close)
/* Close a store that DB_CREATE made and remove it again: one that could not be finished is not left lying. */
void db_discard(struct db *db);
/* The user is the owner of the file, or the login that of the tables. */
bool db_owner(const struct db *db);
/* The path or URL as opened, without passwords: for messages. */
const char *db_path(const struct db *db);

/* Version of the schema in the file (0: none yet) and newest this program knows. */
int db_version(struct db *db, int *have, int *known, struct err *e);
/* Bring the schema to the newest version, one transaction per migration; calls note(name, arg) after each when given. */
int db_migrate(struct db *db, void (*note)(int version, const char *name, void *arg), void *arg, struct err *e);

/* Who moves the rows of migration schema->moves, in its transaction, when the store had a schema before; that one is refused without it (E_BUG). */
void db_mover(struct db *db, int (*fn)(struct db *db, struct err *e));

/*
 * Restrict the connection to organisation `self` and the organisations in ids (self and its descendants): expressions, guards and authorizer of
 * DESIGN: reads see rows of ids only, writes change rows of self only. May be called once, before any statement; never inside db_write().
 */
int db_scope_set(struct db *db, int64_t self, const char *self_name, const int64_t *ids, size_t n, struct err *e);
/* The organisation written to; 0 on an unscoped connection (the owner over all). */
int64_t db_self(const struct db *db);
const char *db_self_name(const struct db *db); /* NULL when unscoped */
/* More than one organisation can be seen: records then carry org. */
bool db_many(const struct db *db);

/* Make the guards of every table that the n statements write: on a scoped connection before db_write(), inside which one without its guards is refused (E_BUG). */
int db_ready(struct db *db, const struct sql *sql, size_t n, struct err *e);
/* From now on db_ready() also prepares every statement: a test finds one that no longer fits the schema. */
void db_rehearse(struct db *db);
/* The statement, prepared once per connection and kept (keyed by the address of sql->text); reset, parameters cleared. Not to be freed: stmt_reset() ends it. */
int db_stmt(struct db *db, const struct sql *sql, struct stmt **out, struct err *e);
/* The same for text made at run time out of descriptors: kept by its content, so few texts must come this way. */
int db_kept(struct db *db, const char *text, const char *writes, struct stmt **out, struct err *e);
/* Append a condition "id > $1" of whoever reads on in order of id: SQLite, which thinks that an organisation has ten rows, would go through all each time. */
void db_add_rare(const struct db *db, struct sb *text, const char *condition);
/* A statement out of text made at run time (from descriptors); the caller frees it. writes as in struct sql. */
int db_prepare(struct db *db, const char *text, const char *writes, struct stmt **out, struct err *e);
void stmt_free(struct stmt *st);
DEFINE_AUTO(stmt_freep, struct stmt *, stmt_free)
/* Forget results and locks, keep the statement. stmt_reset(NULL) is fine. */
void stmt_reset(struct stmt *st);
DEFINE_AUTO(stmt_resetp, struct stmt *, stmt_reset)

/* Bind parameter $i (from 1). Text and blobs must live until the next reset; a failure shows at the next step. */
void stmt_bind_int(struct stmt *st, int i, int64_t v);
void stmt_bind_real(struct stmt *st, int i, double v);
void stmt_bind_text(struct stmt *st, int i, struct str s); /* ptr NULL binds NULL */
void stmt_bind_blob(struct stmt *st, int i, const void *p, size_t n);
void stmt_bind_null(struct stmt *st, int i);
/* The cell by its type: INT BOOL TIME as integer, REAL as real, TEXT JSON as text. */
void stmt_bind_cell(struct stmt *st, int i, const struct cell *c);

/* 1: a row is there, 0: done, -1: error (a violated constraint is E_CONFLICT, a full or read-only disk E_IO, busy E_IO). */
int stmt_step(struct stmt *st, struct err *e);
/* Run a statement that gives no rows of interest; reset afterwards. 0 or -1. */
int stmt_run(struct stmt *st, struct err *e);

/*
 * The same inside db_write(), when nobody needs to know at once: it may be done, and fail, only with a later call or the commit, and db_changes() does not
 * count it. Bound text and blobs may go when it returns.
 */
int stmt_post(struct stmt *st, struct err *e);
/* Posted statements are not waited for. */
bool db_posts(const struct db *db);
/*
 * The same for INSERT ... VALUES (...), of which many follow each other: their rows may go into one statement. The first `keys` parameters are those whose
 * equality ON CONFLICT is about; 0 without such a clause, which has no parameters.
 */
int stmt_post_row(struct stmt *st, int keys, struct err *e);
/* Before the first step: it may give very many rows, which are to be taken as they are asked for. Until the next reset. */
void stmt_stream(struct stmt *st);

/* The row at hand: columns count from 0. */
int stmt_columns(const struct stmt *st);
const char *stmt_column_name(const struct stmt *st, int col);
bool stmt_is_null(const struct stmt *st, int col);
int64_t stmt_int(const struct stmt *st, int col);
double stmt_real(const struct stmt *st, int col);
struct str stmt_text(const struct stmt *st, int col); /* valid until the next step or reset */
/* Valid until the next step or reset. */
struct str stmt_blob(const struct stmt *st, int col);
/* As the store typed it: NULL, INT, REAL, TEXT (blobs as TEXT). */
struct cell stmt_cell(const struct stmt *st, int col);

/* Rows changed by the last statement that was run; id of the last inserted row. */
int64_t db_changes(const struct db *db);
int64_t db_last_id(struct db *db);

/*
 * The one way to write: takes the lock beside the store (PATH.lock), BEGIN IMMEDIATE, fn, COMMIT. When fn returns -1 everything is rolled back.
 * dry: roll back at the end even when all went well (--dry-run). Not to be nested (E_BUG).
 */
int db_write(struct db *db, bool dry, int (*fn)(struct db *db, void *arg, struct err *e), void *arg, struct err *e);
/*
 * The same for work that can be done again: when the server gave way to another's transaction or was lost in the middle, undo(arg) puts back what fn changed
 * in memory, and fn is called anew, a few times at most. (Work of db_write() is not; that nothing of it was stored, or all, is found out for it too.)
 */
int db_write_again(struct db *db, bool dry, int (*fn)(struct db *db, void *arg, struct err *e), void (*undo)(void *arg), void *arg, struct err *e);
/*
 * As db_write_again(), for what is made of what is in the store and says the same, like a merge: after a crash of the machine (never of the process) it may be
 * as if it had not been, until another transaction, or db_sync(), has made both durable. Nobody is told a number that it alone gave out before that.
 */
int db_write_lazily(struct db *db, int (*fn)(struct db *db, void *arg, struct err *e), void (*undo)(void *arg), void *arg, struct err *e);
/* All that is committed by now, by whomever, is durable. */
int db_sync(struct db *db, struct err *e);
/* Inside db_write(): undo what fn did when it returns -1, keep the rest of the transaction going; returns what fn returned. */
int db_savepoint(struct db *db, int (*fn)(struct db *db, void *arg, struct err *e), void *arg, struct err *e);
/* One snapshot for several reads. db_read_end() must follow. */
int db_read_begin(struct db *db, struct err *e);
void db_read_end(struct db *db);
/* Which of the connection's snapshots this is: nothing in the store changes while it stays the same. 0: none, or one that is written in. */
uint64_t db_snapshot(const struct db *db);

/*
 * Run text that we did not write, statement by statement, on an unscoped connection only (E_BUG else): row() gets every result row. Without
 * `write` anything that is not read-only is refused (E_DENIED) before it starts.
 */
int db_foreign(struct db *db, const char *text, bool write, int (*row)(struct stmt *st, void *arg, struct err *e), void *arg,
	       struct err *e);
/* The connection was opened for writing. */
bool db_writable(const struct db *db);
/* A room keeps what it knows of the store with the connection: one thing, dropped when the connection is closed. */
void db_attach(struct db *db, void *thing, void (*drop)(void *thing));
void *db_attached(const struct db *db);
/* fn is called when a transaction of db_write() or a savepoint ends otherwise than kept (false), and when db_write() has committed (true). */
void db_on_end(struct db *db, void (*fn)(struct db *db, bool committed));
/*
 * One more thing that is kept with the connection, and fn, called with it when db_write() has committed and the turn to write is over: it may read, and write
 * what does not come to it again. drop as above.
 */
void db_on_written(struct db *db, void *thing, void (*fn)(struct db *db, void *thing), void (*drop)(void *thing));
void *db_witness(const struct db *db);
/* Lock for work on a part of the store that must not be done twice, beside the lock of writers: 1 taken, 0 another has it, -1; *held is for db_part_drop(). */
int db_part_take(struct db *db, int64_t part, bool wait, int *held, struct err *e);
void db_part_drop(struct db *db, int held);
/*
 * For who follows what others write. db_watch(): from here on; then read what is there; db_wait() until another connection has committed something (1: read
 * again, it may be nothing of interest), or for timeout microseconds (0), or until the process is told to stop (E_SIGNAL): nothing that was committed after
 * db_watch(), or after the last db_wait() returned, is missed. Postgres is told by NOTIFY on the channel (lower-case letters; the string lives as long as the
 * transaction) that db_notify() names inside db_write(), and needs a session of its own (no pooler in transaction mode). Of SQLite it is anything at
 * all that was committed, told when a writer lets go of the lock; where that is not told, it is looked for every 20 ms.
 */
int db_watch(struct db *db, const char *channel, struct err *e);
int db_wait(struct db *db, int64_t timeout, struct err *e);
void db_notify(struct db *db, const char *channel);
/* Give up to `pages` free pages back to the file system, in a transaction of its own. */
int db_shrink(struct db *db, int64_t pages, struct err *e);
/* Move everything from the write-ahead log into the store and empty the log (Postgres: VACUUM); false in *done when a reader is in the way. */
int db_checkpoint(struct db *db, bool *done, struct err *e);
/* Integrity: structure, foreign keys, indexes. Calls bad(text, arg) per finding; 0, or -1 when it could not be checked. */
int db_check(struct db *db, void (*bad)(const char *what, void *arg), void *arg, struct err *e);
/* Pages in the file, free ones, bytes of a page, bytes of the WAL. */
struct db_size {
	int64_t pages, free_pages, page_bytes, wal_bytes;
};
int db_size(struct db *db, struct db_size *size, struct err *e);
/* The backend has sit_glob(pattern, text), sit_match(pattern, text) and sit_version(a, b); else such terms are worked out in C. */
bool db_matches(const struct db *db);
bool db_months(const struct db *db); /* points lie in parts of tables by month, which functions of the schema make and drop */
/* The pattern of sit_match() is well formed: 0, or E_USAGE saying where it is not. Ask before running a statement with it. */
int db_match_check(struct str pattern, struct err *e);
/* The text matches the pattern: 1, 0, or E_USAGE when the pattern is wrong or too costly. */
int db_match(struct str pattern, struct str text, struct err *e);
/* Every SQL text as it is run, for -vv: fn(NULL) switches off. */
void db_trace(struct db *db, void (*fn)(const char *text, void *arg), void *arg);

#endif
