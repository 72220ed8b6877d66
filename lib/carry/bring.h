/* SPDX-License-Identifier: MIT */
/* Inside bringing an organisation in: how the numbers of its rows become those of this store. */
#ifndef SIT_CARRY_BRING_H
#define SIT_CARRY_BRING_H

#include "carry/impl.h"

/* A series there, and here. */
struct series_moved {
	int64_t was, is;
};
/* A custom field there: whose values it has, and what they refer to (NULL: nothing). */
struct field_moved {
	int64_t was;
	const struct db_table *of, *to;
};
/* A reference to a row of its own table, which may come later. */
struct self_ref {
	int64_t id, to;
	size_t column;
};

struct bring {
	struct db *db;
	struct carrying *c;
	int64_t org;
	struct db_tables tables;
	const struct db_table **order;
	size_t n;
	int64_t *shift; /* by table: what is added to its ids */
	json_t *manifest;
	struct series_moved *series;
	size_t nseries;
	struct field_moved *field;
	size_t nfield;
	struct sb bereft; /* names of channels without the secret that they had, each ends with NUL */
	bool late; /* of the tables, those that refer to series */
};

/* Inside db_write(): the rows of a table of the set (rows.c). */
int bring_table(struct bring *b, const struct db_table *t, struct err *e);
/* All series and points, in transactions of their own on a connection of the organisation (series.c). */
int bring_points(struct bring *b, struct err *e);

/* Who holds the store is at work: 0, or E_DENIED (erase.c). */
int carry_owned(const struct db *db, struct err *e);
/* Inside db_write(): all rows of the organisation but its own, and (trail) those of its trail (erase.c). */
int carry_wipe(struct db *db, const struct db_table *const *order, size_t n, int64_t org, bool trail, int64_t *rows, struct err *e);

#endif
