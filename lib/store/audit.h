/* SPDX-License-Identifier: MIT */
/* The trail: one row per thing changed, in the transaction of the change. */
#ifndef SIT_STORE_AUDIT_H
#define SIT_STORE_AUDIT_H

#include "db/db.h"

struct audit {
	int64_t org; /* 0: the organisation written to */
	int64_t at;
	const char *actor, *origin, *message; /* message may be NULL */
	const char *verb, *noun;
	struct str name;
	struct str old, now; /* JSON objects; ptr NULL: none */
};

/* Before db_write(). */
int audit_ready(struct db *db, struct err *e);
/* Inside db_write(). */
int audit_add(struct db *db, const struct audit *a, struct err *e);

#endif
