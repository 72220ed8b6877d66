/* SPDX-License-Identifier: MIT */
/* Making a store small, in steps that each may be the last. */
#include "keep/dbwork.h"
#include "os/clock.h"
#include "os/signal.h"
#include "series/series.h"

#define PAGES_AT_ONCE 256 /* about 5 ms of the writers' lock */

struct until {
	int64_t end; /* monotonic; 0: never */
};

static bool is_over(void *arg)
{
	const struct until *u = arg;

	return stop_requested() || (u->end && clock_monotonic() >= u->end);
}

/* Free pages go back to the file system. */
static int shrink(struct db *db, struct until *u, bool *finished, struct err *e)
{
	struct db_size size;
	int64_t before = INT64_MAX;

	for (;;) {
		if (db_size(db, &size, e) < 0)
			return -1;
		*finished = size.free_pages == 0 || size.free_pages >= before;
		if (*finished)
			return 0;
		before = size.free_pages;
		if (db_shrink(db, PAGES_AT_ONCE, e) < 0)
			return -1;
		if (is_over(u))
			return 0;
	}
}

int dbwork_compact(struct db *db, struct compacting *c, struct err *e)
{
	struct until u = { c->budget ? clock_monotonic() + c->budget : 0 };
	bool given_back = false, emptied;
	int stopped;

	if (series_ready(db, e) < 0 || series_months_ahead(db, clock_now(), e) < 0)
		return -1;
	stopped = series_compact(db, c->all, is_over, &u, e);
	if (stopped < 0 || (!stopped && shrink(db, &u, &given_back, e) < 0) || db_checkpoint(db, &emptied, e) < 0)
		return -1;
	c->finished = !stopped && given_back;
	return stop_requested() ? stop_error(e) : series_put_aside(db, e);
}
