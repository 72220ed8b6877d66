/* SPDX-License-Identifier: MIT */
/* Other servers that keep a part of a store in Postgres: reached by the server of the store itself (postgres_fdw), and by the owner's program to be made ready. */
#ifndef SIT_DB_SHARD_H
#define SIT_DB_SHARD_H

#include "db/db.h"

/* The role that the store's server comes to another one as; password NULL: the role is there already. */
struct db_visitor {
	const char *role, *password;
};

/*
 * Run text of ours, one transaction, on the server of url, as the login that is in it; v: its role is made, or given the password, before. {role} in the text is that role.
 * The URL is as for db_open(); E_CONFLICT where the store is in no server.
 */
int db_elsewhere(struct db *db, const char *url, const struct db_visitor *v, const char *text, struct err *e);
/* The owner of the store may name other servers: 0; E_CONFLICT saying what an administrator is to do. */
int db_server_may(struct db *db, struct err *e);
/*
 * Inside db_write(): the server `name` stands for the one of url, visited as v by the owner and by scoped connections; one that is there gets the password alone. Where the
 * URL names no host or port, those count that it was reached by.
 */
int db_server_put(struct db *db, const char *name, const char *url, const struct db_visitor *v, struct err *e);
/* What failed last did so because another server, which keeps a part of the store, is not to be had. */
bool db_apart(const struct db *db);
/* Inside db_write(): after tables were made, rights and policies of all of them, and the views, are made anew. */
int db_furnish(struct db *db, struct err *e);
/* A transaction of its own that has the writers' turn, on a connection that may be for reading only: for what must be put right before anybody can read. */
int db_turn(struct db *db, int (*fn)(struct db *db, void *arg, struct err *e), void *arg, struct err *e);

#endif
