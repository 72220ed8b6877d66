/* SPDX-License-Identifier: MIT */
/* The series that a question is about, read before anything is printed, so that no statement is open meanwhile. */
#ifndef SIT_POINTS_CHOSEN_H
#define SIT_POINTS_CHOSEN_H

#include "base/arena.h"
#include "store/pick.h"

/* Ordered by the device's name as it is shown, then the datapoint's: the order that cursors count on. */
struct chosen {
	struct picked *v;
	size_t n, cap;
	struct arena text;
};

#define CHOSEN_INIT { .text = ARENA_INIT((size_t)1 << 30) }

/*
 * Read what fits. With `strict` each plainly named datapoint must have points on one of the devices at least: E_NOTFOUND, with
 * a near name, else.
 */
int chosen_find(struct db *db, const struct pick_opts *o, bool strict, struct chosen *c, struct err *e);
/* Get ready for, and add, the computed datapoints (model/state.h) that o->datapoints names plainly, of every device that fits, as series 0; in order. */
int chosen_builtins(struct db *db, const struct pick_opts *o, struct chosen *c, struct err *e);
/* Free everything. */
void chosen_done(struct chosen *c);

#endif
