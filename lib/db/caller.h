/* SPDX-License-Identifier: MIT */
/* In whose name a connection works. */
#ifndef SIT_DB_CALLER_H
#define SIT_DB_CALLER_H

#include "db/db.h"

/* Somebody who showed a key: in whose name the connection works, and what they may do (model/role.h). */
struct caller {
	char name[64], key[16];
	int64_t org, key_id, key_used;
	unsigned rights; /* everywhere in the organisation */
	size_t ngrant;
	struct {
		int64_t site;
		unsigned rights; /* of things of that site besides */
	} grant[];
};
/* The connection owns it from now on (free()). Without one, who runs the process may do what the store's file lets them. */
void db_caller_set(struct db *db, struct caller *caller);
/* NULL: nobody showed a key. */
const struct caller *db_caller(const struct db *db);

#endif
