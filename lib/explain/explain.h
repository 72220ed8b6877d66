/* SPDX-License-Identifier: MIT */
/* Why points of a device or series are missing: what the store knows is gathered and judged (model/explain.h). */
#ifndef SIT_EXPLAIN_EXPLAIN_H
#define SIT_EXPLAIN_EXPLAIN_H

#include "base/arena.h"
#include "db/db.h"
#include "model/explain.h"
#include "rec/out.h"

struct explain_ask {
	const char *what; /* DEVICE or DEVICE:DATAPOINT */
	struct time_ctx when;
	struct range range; /* given: of this; else the last 24 h */
	bool given;
	/* With given: the range anew, in the zone of the device's site (NULL: UTC). */
	int (*range_in)(void *arg, const struct zone *zone, struct range *r, struct err *e);
	void *range_arg;
};

/* What came of it; explained_done() frees it. */
struct explained {
	struct arena text;
	struct explain facts;
	struct finding step[STEP_COUNT];
	int cause; /* place in step, -1: points flow */
	size_t others; /* datapoints of the device that have stopped besides the one that was looked at */
	char org[80];
};
#define EXPLAINED_INIT { .text = ARENA_INIT((size_t)64 << 20), .cause = -1 }
void explained_done(struct explained *x);

extern const struct field explain_fields[];
extern const size_t explain_count;

/*
 * Find out. Of a device of which only some datapoints have stopped, the one that has been silent for longest of its usual intervals is looked at.
 * E_NOTFOUND for a device or datapoint that nothing is known of.
 */
int explain_find(struct db *db, const struct explain_ask *ask, struct explained *x, struct err *e);
/* The line for people, "DEVICE: what (evidence); what may help". */
int explain_line(const struct explained *x, struct sb *sb, struct err *e);
/* Print the step with the cause, or that points flow; with all: every step of the way. */
int explain_print(const struct explained *x, bool all, struct out *out, struct err *e);

#endif
