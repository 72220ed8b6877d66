/* SPDX-License-Identifier: MIT */
/* The devices or series that are followed, by id. One that is not known makes the selection be read anew, as it may be new; and it is from time to time. */
#ifndef SIT_POINTS_PICKS_H
#define SIT_POINTS_PICKS_H

#include "base/map.h"
#include "points/chosen.h"

struct picks {
	struct db *db;
	struct pick_opts opt; /* only: devices; NULL: series */
	bool all;	      /* devices: nothing is selected, so that those fit too that cannot be (retired ones, none at all) */
	struct chosen chosen;
	struct map by_id; /* place in chosen; -1: not one of them */
	int64_t read;	  /* monotonic */
	bool fresh;	  /* read since picks_turn() */
};

/* Read what fits; E_NOTFOUND for a device that is plainly named. opt is copied, what it points to must live on. picks_done() in any case. */
int picks_begin(struct picks *p, struct db *db, const struct pick_opts *opt, struct err *e);
void picks_done(struct picks *p);
/* What is met from here on may be news. */
void picks_turn(struct picks *p);
/* 1 it is one of them (*out NULL when all are and it is not known), 0, -1. *out is valid until the next call. */
int picks_find(struct picks *p, int64_t id, const struct picked **out, struct err *e);

#endif
