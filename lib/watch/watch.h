/* SPDX-License-Identifier: MIT */
/*
 * Live records as they are committed, each with a cursor (opaque text) behind which another process goes on: none twice, none left out. What was committed and cannot be
 * given any more (series/feed.h; a store restored from a backup) is said by a record with `gap` and the stretch of arrival times in which something is missing.
 */
#ifndef SIT_WATCH_WATCH_H
#define SIT_WATCH_WATCH_H

#include "base/time.h"
#include "db/db.h"
#include "rec/out.h"

enum watch_what { WATCH_POINTS, WATCH_ALARMS, WATCH_EVENTS, WATCH_STATUS };

struct watch {
	enum watch_what what;
	char **operand; /* filters, names of devices */
	int n;
	const char *select;	/* of devices; NULL: none */
	const char *datapoints; /* of points; NULL: all */
	const char *since;	/* a cursor; NULL or empty: from now on */
	struct time_ctx when;
	int64_t count; /* records, then the end; 0: no limit */
	int64_t idle;  /* the end when nothing came for so long; 0: never */
	void (*gap)(void *arg, const char *line); /* a gap, for people */
	void (*begun)(void *arg, const char *cursor); /* it follows, from this cursor on; NULL: nobody wants to know */
	void *arg;
};

/* Fields as they are shown on this store (org when several organisations can be seen): their number. */
#define WATCH_FIELDS_MOST 32
size_t watch_shown(const struct db *db, enum watch_what what, struct field out[WATCH_FIELDS_MOST]);
extern const struct field watch_point_fields[], watch_alarm_fields[], watch_event_fields[];
extern const size_t watch_point_count, watch_alarm_count, watch_event_count;

/* Print until --count or --idle say so, or the process is told to stop (E_SIGNAL). E_USAGE, E_NOTFOUND. */
int watch_run(struct db *db, const struct watch *w, struct out *out, struct err *e);

#endif
