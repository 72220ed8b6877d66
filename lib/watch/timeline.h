/* SPDX-License-Identifier: MIT */
/* What was the matter with a device over a stretch of time: spans and instants, as records or as bars of text. */
#ifndef SIT_WATCH_TIMELINE_H
#define SIT_WATCH_TIMELINE_H

#include "rec/out.h"
#include "task/event.h"

extern const struct field timeline_fields[];
extern const size_t timeline_count;

struct timeline {
	struct str device; /* its name */
	struct range range;
	int64_t now;
};
/* Records (timeline_fields) into out or, with out NULL, bars of `width` characters into text, times in the zone. E_NOTFOUND. */
int timeline_print(struct db *db, const struct timeline *t, struct out *out, struct err *e);
int timeline_bars(struct db *db, const struct timeline *t, int width, const struct zone *zone, struct sb *text, struct err *e);

#endif
