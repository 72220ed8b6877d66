/* SPDX-License-Identifier: MIT */
/* Retention by hand: nothing of the chosen series before an instant exists any more. */
#ifndef SIT_TASK_PRUNE_H
#define SIT_TASK_PRUNE_H

#include "store/pick.h"

struct prune {
	struct pick_opts which;
	int64_t before; /* points before it go */
	const char *program, *message;
	int64_t series, points; /* out: those that have such points, and how many */
};

/* Count, change nothing. */
int prune_count(struct db *db, struct prune *p, struct err *e);
/* Raise the floors and write an audit row a device; the counts are those of prune_count(). */
int prune_run(struct db *db, struct prune *p, struct err *e);

#endif
