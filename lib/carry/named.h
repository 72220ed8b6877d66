/* SPDX-License-Identifier: MIT */
/* Where a person is named outside of their own row, and of what refers to it: store/holding.h lists the columns. */
#ifndef SIT_CARRY_NAMED_H
#define SIT_CARRY_NAMED_H

#include "store/audit.h"
#include "store/holding.h"

struct named_person {
	struct str name, email, phone; /* empty: none */
};

/* Who acted, as the trail calls them, is the user of that name. */
bool named_actor(struct str actor, struct str name);
/* The table has columns that may name people. */
bool named_table(const struct db_table *t);
/* The row names the person. */
bool named_row(const struct named_person *who, const struct db_table *t, const struct cell *row);
/* What the row of the trail says was done names the person. */
bool named_trail(const struct named_person *who, const struct audit *a);
/*
 * Inside db_write(), after namings_ready(): the label stands where the person was named. E_CONFLICT where something that works would not any more: a channel that
 * leads to them. Notices that wait for them never go out.
 */
int named_erase(struct db *db, const struct db_tables *all, const struct named_person *who, const char *label, struct err *e);

#endif
