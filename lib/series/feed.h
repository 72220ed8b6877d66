/* SPDX-License-Identifier: MIT */
/*
 * New points for who follows them, in the order in which they were committed: that of the runs as they were written. A merge puts a run in the place of several; while
 * somebody follows (feed_hold()) it leaves those beside, up to TAIL_BYTES of a lane. What is not there any more is a gap that is said, never a silent loss, and no writer
 * waits for a reader.
 */
#ifndef SIT_SERIES_FEED_H
#define SIT_SERIES_FEED_H

#include "series/series.h"

#define FEED_WHOLE 256 /* slot: behind the whole run */

/* A reader's place: behind this instant of this series of a run. */
struct feed_at {
	int64_t seq, slot, ts;
};
/* What comes next; texts are valid until the next call. */
struct fed {
	bool gap;	   /* points were there, and are not as they were written any more; no point */
	struct feed_at at; /* the place behind it */
	int64_t written;   /* when it arrived; of a gap 0 */
	struct point p;
};

/* The place behind all that is there. A number of it may be a merge's that is not durable: db_sync() before it goes where it outlives the machine. */
int feed_end(struct db *db, struct feed_at *at, struct err *e);
/* In a transaction of its own: until that instant merges keep what they take, for who follows. A later one holds. */
int feed_hold(struct db *db, int64_t until, struct err *e);

struct series_feed;
/* After series_ready(). */
int feed_open(struct db *db, const struct feed_at *from, struct series_feed **out, struct err *e);
/* The next point of all series that the connection sees, or a gap: 1, 0 there is none at the moment, -1. Nothing is held between calls. */
int feed_next(struct series_feed *f, struct fed *out, struct err *e);
void feed_free(struct series_feed *f);
DEFINE_AUTO(feed_freep, struct series_feed *, feed_free)

#endif
