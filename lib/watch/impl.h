/* SPDX-License-Identifier: MIT */
/* Inside of watch/watch.h: where a reader is, and what each kind of record does. */
#ifndef SIT_WATCH_IMPL_H
#define SIT_WATCH_IMPL_H

#include "series/feed.h"
#include "task/event.h"
#include "watch/watch.h"

/* A place as it is in a cursor. */
struct watch_at {
	int64_t epoch;		/* of the store */
	int64_t at;		/* when the record before it was written down */
	struct feed_at feed;	/* points */
	int64_t event, change; /* ids of the others */
};

struct watching {
	struct db *db;
	const struct watch *w;
	struct out *out;
	struct watch_at at;
	struct sb cursor; /* text of at */
	int64_t records;
};

/* The cursor behind at, as a cell; valid until the next one. */
struct cell watch_cursor(struct watching *x);
/* The three cells behind all others but the cursor of a record that is none. */
#define WATCH_NO_GAP CELL_OF_NULL, CELL_OF_NULL, CELL_OF_NULL
/* Print a gap that ends at `to`: why in one word. */
int watch_gap(struct watching *x, const char *why, int64_t to, struct err *e);
/* The record at hand is printed: 1 that was the last, 0, -1. */
int watch_printed(struct watching *x, struct err *e);

/* What a kind does: begin gets ready, drain prints what is there (1: --count is reached), done frees. */
struct watch_kind {
	const char *channel;
	int (*begin)(struct watching *x, void **of, struct err *e);
	int (*drain)(struct watching *x, void *of, struct err *e);
	void (*done)(void *of);
};
extern const struct watch_kind watch_points, watch_alarms, watch_events;

#endif
