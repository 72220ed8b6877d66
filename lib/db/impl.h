/* SPDX-License-Identifier: MIT */
/* Inside the SQLite backend. */
#ifndef SIT_DB_IMPL_H
#define SIT_DB_IMPL_H

#include <sqlite3.h>

#include "db/backend.h"

/* What is there for a tenant table. */
struct lite_tenant {
	bool guard;
	char *expression; /* what stands for it in statements; NULL: not needed yet */
};

/* Tenant tables, by place in schema->tenants. */
#define LITE_TENANTS 128
struct lite_set {
	uint64_t bit[LITE_TENANTS / 64];
	bool upserts; /* it has an ON CONFLICT DO UPDATE */
};

/* Put table i in. */
static inline void set_add(struct lite_set *s, int i)
{
	s->bit[i / 64] |= UINT64_C(1) << (i % 64);
}

/* It is in. */
static inline bool set_has(const struct lite_set *s, int i)
{
	return s->bit[i / 64] >> (i % 64) & 1;
}

struct lite {
	struct db db;
	sqlite3 *h;
	char *file; /* the real path */
	uint64_t device, inode; /* of the file when it was opened */
	bool immutable;
	int wal_frames;		    /* in the WAL after the last commit of this connection */
	bool lazy;		    /* commits are not synced */
	bool doubt;		    /* the disk may not have what is in the WAL, and will not say so again */
	bool declared;		    /* the tables of json_each() and json_tree() */
	bool trusted;		    /* the room itself is at work: the authorizer lets it */
	const char *target;	    /* what the statement that is prepared or stepped writes; NULL: nothing */
	const struct lite_set *sees; /* what it names; NULL: nothing */
	struct lite_tenant *tenant; /* by place in schema->tenants */
	char *read;		    /* the organisations that are seen, as a list; NULL: in temp.scope */
	int64_t seen;		    /* data_version when it was asked last */
	sqlite3_stmt *version;	    /* asks for it; NULL: not yet */
	int ear;		    /* of inotify; -1: none */
	bool listening;		    /* to the lock */
	unsigned untold;	    /* commits that looking found, since something was told */
};

struct lite_stmt {
	struct stmt st;
	sqlite3_stmt *s;
	int *param; /* SQLite's index of $i at [i - 1]; 0: not in the text */
	int nparam;
	int bad;       /* a failed bind, shown by the next step */
	int bad_param; /* a parameter that the text does not have */
	struct lite_set sees;
};

/* The connection as this backend has it. */
static inline struct lite *lite_of(struct db *db)
{
	return (struct lite *)db;
}

/* Likewise. */
static inline const struct lite *lite_of_const(const struct db *db)
{
	return (const struct lite *)db;
}

/* Fill e from a result code of SQLite, with the store's path; returns -1 (sqlite.c). */
int lite_fail(struct lite *q, int rc, struct err *e);
/* Run text of ours outside the scope's rules (sqlite.c). */
int lite_exec(struct lite *q, const char *text, struct err *e);
/* First column of the first row of text of ours; 0 when there is none (sqlite.c). */
int lite_int(struct lite *q, const char *text, int64_t *out, struct err *e);
/* Bytes of the WAL, 0 when there is none (sqlite.c). */
int64_t lite_wal_bytes(const struct lite *q);

/* Opening and closing (sqlite_open.c). */
int lite_open(const char *path, enum db_mode mode, const struct db_schema *schema, struct db **out,
	      struct err *e);
void lite_close(struct db *db);
void lite_discard(struct db *db);

/* Statements (sqlite_stmt.c). */
int lite_prepare(struct db *db, const char *text, const char *writes, bool kept, struct stmt **out, struct err *e);
void lite_stmt_free(struct stmt *st);
void lite_reset(struct stmt *st);
void lite_bind(struct stmt *st, int i, const struct cell *c);
void lite_bind_blob(struct stmt *st, int i, const void *p, size_t n);
int lite_step(struct stmt *st, struct err *e);
int lite_columns(const struct stmt *st);
const char *lite_column_name(const struct stmt *st, int col);
bool lite_is_null(const struct stmt *st, int col);
int64_t lite_get_int(const struct stmt *st, int col);
double lite_get_real(const struct stmt *st, int col);
struct str lite_get_text(const struct stmt *st, int col);
struct str lite_get_blob(const struct stmt *st, int col);
struct cell lite_get_cell(const struct stmt *st, int col);

/* Text that we did not write, integrity, sizes (sqlite_foreign.c). */
int lite_foreign(struct db *db, const char *text, bool write,
		 int (*row)(struct stmt *st, void *arg, struct err *e), void *arg, struct err *e);
int lite_check(struct db *db, void (*bad)(const char *what, void *arg), void *arg, struct err *e);
int lite_size(struct db *db, struct db_size *size, struct err *e);

/* Another store has taken the place of the one that is open: E_IO (sqlite_open.c). */
int lite_same_file(const struct lite *q, struct err *e);
/* The file as a whole (sqlite_whole.c). */
int lite_file_copy(struct db *db, const char *path, void (*progress)(void *arg, uint64_t done, uint64_t size), void *arg,
		   struct err *e);

/* Commits of others (sqlite_wait.c). */
int lite_watch(struct db *db, const char *channel, struct err *e);
int lite_wait(struct db *db, int ms, struct err *e);

/* The tenant scope (scope.c). */
int lite_scope(struct db *db, const int64_t *ids, size_t n, struct err *e);
int lite_ready(struct db *db, const char *text, const char *writes, struct err *e);
/* Append the text as a scoped connection runs it; the tenant tables it names are added to *sees. E_BUG when it goes around the scope. */
int lite_scoped(struct lite *q, const char *text, const char *writes, struct lite_set *sees, struct sb *out, struct err *e);

/* Register sit_match() and sit_glob() (match.c); a result code of SQLite. */
int lite_functions(sqlite3 *h);

#endif
