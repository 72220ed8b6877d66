/* SPDX-License-Identifier: MIT */
/* Inside room db: what a handle and a statement are, and the table that a backend fills. */
#ifndef SIT_DB_BACKEND_H
#define SIT_DB_BACKEND_H

#include "base/map.h"
#include "db/caller.h"
#include "db/shard.h"

struct cached {
	const char *key; /* address of sql->text; NULL: free */
	struct stmt *st;
};

/* The head of every backend's handle. */
struct db {
	const struct db_backend *be;
	const struct db_schema *schema; /* NULL: none */
	char *path, *lock;		/* as opened; the lock beside the real file */
	char *url;			/* as db_open() was given it */
	enum db_mode mode;
	int64_t self;
	char *self_name;
	bool many, wrote, writing;
	bool lazy; /* the transaction is of db_write_lazily(): a backend may leave it to the next one to make it durable */
	bool rehearsing; /* db_ready() prepares each statement too */
	unsigned reads;	 /* db_read_begin() without its db_read_end() */
	uint64_t snapshots; /* begun so far */
	size_t prepared; /* statements of db_prepare() that are alive */
	struct cached *cache;
	size_t cache_cap, cache_len;
	/* The program's os/signal.h, for a backend that waits: a plug-in has a copy of its own that no signal reaches. */
	int (*stop_requested)(void);
	int (*stop_error)(struct err *e);
	struct map texts; /* of db_kept(): to the address of the kept copy */
	struct arena text;
	void (*trace)(const char *text, void *arg);
	void *trace_arg;
	struct caller *caller;
	void *attached;
	void (*drop)(void *thing);
	void (*on_end)(struct db *db, bool committed);
	void *witness; /* of db_on_written() */
	void (*written)(struct db *db, void *thing);
	void (*witness_drop)(void *thing);
	int (*mover)(struct db *db, struct err *e);
};

/* The head of every backend's statement. */
struct stmt {
	struct db *db;
	char *writes; /* a copy; NULL: nothing */
	bool cached;
};

/* Changes with every change of the structures here: a plug-in of another build is refused. */
#define DB_ABI 9u
/* What a plug-in exports. */
#define DB_PLUGIN_SYMBOL "sit_db_plugin"

/* Why a transaction came to nothing. */
enum db_failure {
	DB_FAILED,   /* because of what it did */
	DB_GIVE_WAY, /* the server chose another's: it may go well the next time */
	DB_GONE,     /* the connection was lost */
	DB_APART,    /* another server, which keeps a part of the store, is not to be had */
};
/* Writers of one database of Postgres take turns at this number ("sit"), as those of a file do at its lock. */
#define DB_WRITERS "7563636"

/* Everything a backend does; the rules of transactions, locks and versions are above it. */
struct db_backend {
	unsigned abi;
	const char *name;	      /* of its own parts of a migration: "{sqlite}" */
	const char *id, *blob, *json; /* for {id} {blob} {json} */
	/* Words of CREATE TABLE and ALTER TABLE, as SQLite has them, in this backend's; ends with NULL. */
	const char *const (*words)[2];
	/* What goes before and behind a condition that few rows fulfil, for a planner that would not think so; NULL: it knows. */
	const char *rare[2];
	bool months;  /* chunks lie in parts by month (month_make() and its like of the schema) */
	bool matches; /* has sit_match() and sit_version(): else terms with them are worked out in C */
	/* Allocates the handle and fills path, lock (NULL: begin() waits for its turn itself) and the backend's part. */
	int (*open)(const char *path, enum db_mode mode, const struct db_schema *schema, struct db **out,
		    struct err *e);
	void (*close)(struct db *db);
	/* Close, and remove what DB_CREATE made. */
	void (*discard)(struct db *db);
	/* Run text of ours, several statements allowed, outside the scope's rules. */
	int (*exec)(struct db *db, const char *text, struct err *e);
	int (*begin)(struct db *db, bool write, struct err *e);
	int (*commit)(struct db *db, struct err *e);
	void (*rollback)(struct db *db);
	bool (*in_transaction)(const struct db *db);
	/* As db_sync(); NULL: what is committed is durable, also of a lazy one. */
	int (*sync)(struct db *db, struct err *e);
	/* Wait for what post() has sent; NULL: post() waits. */
	int (*settle)(struct db *db, struct err *e);
	/* Of the last transaction that failed, after its rollback; NULL: by its own fault. */
	enum db_failure (*failure)(const struct db *db);
	/* After DB_GONE: another connection; *stored: that transaction was committed after all. */
	int (*mend)(struct db *db, bool *stored, struct err *e);

	/* Foreign keys on or off, outside of transactions: for a migration that makes a table anew; NULL: tables can be altered. */
	int (*foreign_keys)(struct db *db, bool on, struct err *e);
	/* After migrations: rights and policies on all tables; NULL: nothing to do. */
	int (*secure)(struct db *db, struct err *e);
	/* Whoever opened it owns all that is in it: 1, 0. */
	bool (*owner)(const struct db *db);
	int (*scope)(struct db *db, const int64_t *ids, size_t n, struct err *e);
	int (*ready)(struct db *db, const char *text, const char *writes, struct err *e);

	/* kept: it will be run many times. */
	int (*prepare)(struct db *db, const char *text, const char *writes, bool kept, struct stmt **out, struct err *e);
	void (*free)(struct stmt *st);
	void (*reset)(struct stmt *st);
	void (*bind)(struct stmt *st, int i, const struct cell *c);
	void (*bind_blob)(struct stmt *st, int i, const void *p, size_t n);
	int (*step)(struct stmt *st, struct err *e);
	/* As stmt_post(), stmt_post_row() and stmt_stream(); NULL: step() to the end, and nothing. */
	int (*post)(struct stmt *st, struct err *e);
	int (*post_row)(struct stmt *st, int keys, struct err *e);
	void (*stream)(struct stmt *st);
	int (*columns)(const struct stmt *st);
	const char *(*column_name)(const struct stmt *st, int col);
	bool (*is_null)(const struct stmt *st, int col);
	int64_t (*get_int)(const struct stmt *st, int col);
	double (*get_real)(const struct stmt *st, int col);
	struct str (*get_text)(const struct stmt *st, int col);
	struct str (*get_blob)(const struct stmt *st, int col);
	struct cell (*get_cell)(const struct stmt *st, int col);
	int64_t (*changes)(const struct db *db);
	int64_t (*last_id)(struct db *db);

	int (*foreign)(struct db *db, const char *text, bool write,
		       int (*row)(struct stmt *st, void *arg, struct err *e), void *arg, struct err *e);
	int (*check)(struct db *db, void (*bad)(const char *what, void *arg), void *arg, struct err *e);
	int (*size)(struct db *db, struct db_size *size, struct err *e);
	/* As db_part_take() and db_part_drop(), where there is no lock beside a file. */
	int (*part_take)(struct db *db, int64_t part, bool wait, int *held, struct err *e);
	void (*part_drop)(struct db *db, int held);
	/* Both under the writers' lock. */
	int (*shrink)(struct db *db, int64_t pages, struct err *e);
	int (*checkpoint)(struct db *db, bool *done, struct err *e);
	void (*trace)(struct db *db);
	/* As db_watch(), db_notify() (NULL: nothing to do) and db_wait() for up to ms; the last may return 0 earlier. */
	int (*watch)(struct db *db, const char *channel, struct err *e);
	void (*notify)(struct db *db, const char *channel);
	int (*wait)(struct db *db, int ms, struct err *e);

	/* Rows (table, column, type, place in the primary key or 0) of all tables in order of their names: for db_tables(). */
	const char *catalogue;
	/* Without foreign_keys(): take references away and keep them in the store; put them back. */
	const char *unbind, *bind_again;
	/* New ids begin behind those that rows brought with them; NULL: they do. */
	const char *counters;
	/* As db_file_copy(); NULL: the store is no file. */
	int (*file_copy)(struct db *db, const char *path, void (*progress)(void *arg, uint64_t done, uint64_t size), void *arg,
			 struct err *e);
	/* As db_dump_snapshot() and db_adopt(); NULL: the store is a file. */
	int (*snapshot)(struct db *db, struct sb *name, struct sb *owner, struct err *e);
	int (*adopt)(struct db *db, struct err *e);
	/* As db_elsewhere(), db_server_may() and db_server_put(); NULL: the store is in no server. */
	int (*elsewhere)(struct db *db, const char *url, const struct db_visitor *v, const char *text, struct err *e);
	int (*server_may)(struct db *db, struct err *e);
	int (*server_put)(struct db *db, const char *name, const char *url, const struct db_visitor *v, struct err *e);
};

extern const struct db_backend db_sqlite;

/* The backend in the plug-in sit-NAME.so, loaded from beside the program or from the library folder: E_CONFLICT when it is not installed (plugin.c). */
int db_plugin(const char *name, const struct db_backend **be, struct err *e);

/* Refuse a store whose schema this program cannot work with (migrate.c). */
int db_version_check(struct db *db, struct err *e);
/* End every cached statement. */
void db_cache_drop(struct db *db);

#endif
