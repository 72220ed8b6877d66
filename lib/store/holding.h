/* SPDX-License-Identifier: MIT */
/*
 * What the tables of an organisation are to who carries it out, brings it in or erases it. A table that is not named in holding.c is carried and brought in
 * as rows; a column X_id refers to the table X, or to what holding.c says.
 */
#ifndef SIT_STORE_HOLDING_H
#define SIT_STORE_HOLDING_H

#include "db/table.h"

enum holding {
	HOLD_ROWS,    /* carried out as rows, brought in */
	HOLD_OUT,     /* carried out as rows, not brought in */
	HOLD_APART,   /* in a file of its own */
	HOLD_DERIVED, /* not carried: made anew out of the rest */
};
struct held {
	const char *table;
	enum holding how;
	const char *secret; /* the column that never leaves the store; NULL: none */
	const char *why;    /* it is not carried, or not brought in */
};
/* Never NULL. */
const struct held *holding(const char *table);
/* Those that are named, ending with table NULL. */
extern const struct held holdings[];
/*
 * The table that the column refers to: NULL when it refers to none; refers_any when to one that another column names (field_value.thing_id); unknown when it
 * looks so and no such table is there.
 */
const struct db_table *holding_refers(const struct db_tables *all, const struct db_table *t, const struct db_column *c);
extern const struct db_table refers_any, refers_unknown;
/* Tables with rows of organisations, each behind those it refers to; n of them, for free(). */
int holding_order(const struct db_tables *all, const struct db_table ***out, size_t *n, struct err *e);

/*
 * Columns that name people by what they are called, beside references to them: who is carried out or erased is looked for in each. The trail is no such table: its
 * rows are erased in parts (audit/erased.h). Free text that people write is not looked through.
 */
enum naming {
	NAMES_USER,    /* a user, or who acted as the trail calls them: "anna", "anna(1000)", "root(0) sudo anna" */
	NAMES_ADDRESS, /* mail addresses or telephone numbers */
};
struct named {
	const char *table, *column;
	enum naming how;
};
/* Ends with table NULL. */
extern const struct named namings[];
/* Before db_write(): columns of those tables will be set. */
int namings_ready(struct db *db, struct err *e);

/* A device of the organisation behind the one with that id, also a retired one; its series. Free the statements. */
int holding_device(struct db *db, int64_t org, int64_t *id, struct sb *name, bool *retired, struct err *e);
/* id, name, floor (or null) of each of its series, by name. */
int holding_series(struct db *db, int64_t device, struct stmt **out, struct err *e);
/* Organisations below it that live. */
int holding_below(struct db *db, int64_t org, int64_t *n, struct err *e);
/* Whose parent it is, 0: nobody's; whether it lives. */
int holding_org(struct db *db, int64_t org, int64_t *parent, bool *lives, struct err *e);
/* Inside db_write(): it lives no more since then, or (0) lives. */
int holding_retire(struct db *db, int64_t org, int64_t at, struct err *e);
/* Inside db_write(): rows that the catalogue does not name (db_months()). */
int holding_clear_mirror(struct db *db, int64_t org, struct err *e);

#endif
