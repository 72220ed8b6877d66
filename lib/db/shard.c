/* SPDX-License-Identifier: MIT */
#include "db/shard.h"

#include "db/backend.h"

static int no_server(const struct db *db, struct err *e)
{
	return err_set(e, E_CONFLICT, "%s: only a store in Postgres can be on several servers", db->path);
}

int db_elsewhere(struct db *db, const char *url, const struct db_visitor *v, const char *text, struct err *e)
{
	return db->be->elsewhere ? db->be->elsewhere(db, url, v, text, e) : no_server(db, e);
}

int db_server_may(struct db *db, struct err *e)
{
	return db->be->server_may ? db->be->server_may(db, e) : no_server(db, e);
}

bool db_apart(const struct db *db)
{
	return db->be->failure && db->be->failure(db) == DB_APART;
}

int db_server_put(struct db *db, const char *name, const char *url, const struct db_visitor *v, struct err *e)
{
	return db->be->server_put ? db->be->server_put(db, name, url, v, e) : no_server(db, e);
}
