/* SPDX-License-Identifier: MIT */
/*
 * Inside room series: the runs of a lane as readers want them: verified, with the place of each series. A connection keeps those of the lanes that it read last,
 * so that reading all series of a lane does not read and verify its runs for each.
 */
#ifndef SIT_SERIES_RUNS_H
#define SIT_SERIES_RUNS_H

#include "series/impl.h"

struct run_seen {
	struct run_head h;
	bool damaged; /* and then nothing of it is here */
	size_t nparts, bytes; /* of memory, all in one piece */
	int16_t at[LANE];     /* by slot: place in part, -1 none */
	struct run_part *part;
};

/* The series' part of a run; NULL: it has none there. */
const struct run_part *run_part_of(const struct run_seen *run, int64_t series);
/*
 * Inside a snapshot: the runs of the lane that meet the range, in the order they were written; without those that `latest` knows when `unraised`. What fn
 * (-1 stops) gets is valid until it returns.
 */
struct run_ask {
	int64_t lane;
	struct range r;
	bool unraised;
};
int runs_each(struct engine *en, const struct run_ask *ask, int (*fn)(const struct run_seen *run, void *arg, struct err *e), void *arg, struct err *e);

#endif
