/* SPDX-License-Identifier: MIT */
/* Filters compiled to bound SQL, in one place. */
#ifndef SIT_STORE_WHERE_H
#define SIT_STORE_WHERE_H

#include "db/db.h"
#include "model/filter.h"

#define WHERE_BINDS_MAX 1000

/* A condition under construction: text and the values of its parameters, numbered from `first`. */
struct where {
	struct sb sql;
	size_t first, nbind;
	struct cell bind[WHERE_BINDS_MAX];
};

/* Add a filter over the SQL expression `column` (ours, never data), joined by AND. */
int where_add(struct where *w, const struct filter *f, const char *column, struct err *e);
/* Bind the values to a prepared statement. */
void where_bind(const struct where *w, struct stmt *st);

#endif
