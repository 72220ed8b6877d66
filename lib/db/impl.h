/* SPDX-License-Identifier: MIT */
/* Inside of the room: SQLite's handle, and what scope and statements share. */
#ifndef SIT_DB_IMPL_H
#define SIT_DB_IMPL_H

#include <sqlite3.h>

#include "db/db.h"

#define PARAMS_MAX 1100

struct stmt {
	struct db *db;
	sqlite3_stmt *st;
	const char *key;    /* address of the text, of kept statements */
	const char *writes; /* its target, NULL: none */
	int *index;	    /* index[n] of "$n" in SQLite's numbering, 0: not there */
	int params;
	int bind_error;
	struct stmt *next; /* kept statements */
};

struct db {
	sqlite3 *sq;
	char *path;
	const struct db_schema *schema;
	enum db_mode mode;
	struct stmt *kept;
	bool in_write, in_read;
	bool wrote;
	int lock; /* descriptor of the lock while writing, -1 */
	int wal_pages;
	/* scope */
	bool scoped, installing;
	int64_t self;
	char *self_name;
	bool many;
	uint64_t views, guards; /* a bit per tenant table: made */
	const char *target;	/* what the statement at hand writes */
	/* trace */
	void (*trace)(const char *text, void *arg);
	void *trace_arg;
};

/* Fill e from SQLite's last error on the connection; returns -1. */
int db_error(struct db *db, int rc, struct err *e);
/* Run text of ours without results. */
int db_exec(struct db *db, const char *text, struct err *e);
/* Views for the tables that text names, guards for `writes`; refused inside a transaction when something is missing. */
int scope_ready(struct db *db, const char *text, const char *writes, struct err *e);
/* sit_match() and sit_glob() on the connection. */
int match_install(struct db *db, struct err *e);

#endif
