/* SPDX-License-Identifier: MIT */
/* When a rule watches: windows of a week on local clocks, "mon-fri 08:00-18:00, sat,sun 22:00-06:00". */
#ifndef SIT_JUDGE_SCHEDULE_H
#define SIT_JUDGE_SCHEDULE_H

#include "base/err.h"
#include "base/zone.h"

#define SCHEDULE_WINDOWS_MAX 16

struct schedule {
	struct schedule_window {
		unsigned char days; /* bit 0 Monday */
		int from, to;	    /* minutes of the day; to <= from: it ends on the day after; 1440 is midnight at the end */
	} window[SCHEDULE_WINDOWS_MAX];
	size_t n; /* 0: always */
};

/* E_USAGE says what is wrong. The empty text is always. */
int schedule_read(struct str text, struct schedule *out, struct err *e);
/*
 * Whether it watches at t, and the next instant after t at which that may change (*until; INT64_MAX never). Days of 23 and 25 hours: a window begins and ends when
 * local clocks first reach its ends.
 */
bool schedule_on(const struct schedule *s, const struct zone *zone, int64_t t, int64_t *until);

#endif
