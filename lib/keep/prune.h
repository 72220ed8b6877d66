/* SPDX-License-Identifier: MIT */
/* Retention by hand: nothing of the chosen series before an instant exists any more. */
#ifndef SIT_KEEP_PRUNE_H
#define SIT_KEEP_PRUNE_H

#include "store/pick.h"

struct prune {
	struct pick_opts which;
	int64_t before; /* points before it go */
	bool own;	/* only of the organisation itself: others below it have a retention of their own */
	const char *program, *message;
	int64_t series, points; /* out: those that have such points, and how many */
};

/*
 * As long as the organisation keeps its points, its own retention or its tier's: before and own are set, and `why` (of the size of it) is filled, a message for who gave none. 1; 0: it
 * keeps them for ever.
 */
int prune_retention(struct db *db, int64_t now, struct prune *p, char why[96], struct err *e);
/* Count, change nothing. */
int prune_count(struct db *db, struct prune *p, struct err *e);
/* Raise the floors and write an audit row a device; the counts are those of prune_count(). */
int prune_run(struct db *db, struct prune *p, struct err *e);

#endif
