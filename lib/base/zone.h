/* SPDX-License-Identifier: MIT */
/* Time zones out of TZif bytes (RFC 8536, versions 1 to 4), with the POSIX rule of the footer for later years. */
#ifndef SIT_BASE_ZONE_H
#define SIT_BASE_ZONE_H

#include "base/base.h"
#include "base/err.h"

struct civil;
struct zone;

/* Read a compiled zone. Hostile bytes give -1 (E_INPUT), never a crash; *out is the caller's, zone_free() ends it. */
int zone_parse(const void *bytes, size_t n, const char *name, struct zone **out, struct err *e);
/* zone_free(NULL) is fine. */
void zone_free(struct zone *z);
DEFINE_AUTO(zone_freep, struct zone *, zone_free)
/* Its name as given to zone_parse(); NULL zone: "UTC". */
const char *zone_name(const struct zone *z);
/* Seconds east of UTC in force at the instant (microseconds). NULL zone: 0. */
int32_t zone_offset(const struct zone *z, int64_t us);
/* The reading of local clocks at the instant. NULL zone: UTC. */
void zone_civil(const struct zone *z, int64_t us, struct civil *out);

/* A stretch of time [from, to) with one offset in force; neighbours may have the same offset. */
struct zone_span {
	int64_t from, to; /* INT64_MIN and INT64_MAX where there is no change before or after */
	int32_t offset;
};
/* The stretch that holds the instant: what a long scan keeps, so as to look up once per change of clocks. */
void zone_span(const struct zone *z, int64_t us, struct zone_span *out);
/* The first instant at which local clocks have reached the reading (civil_to_us()): where a day begins. */
int64_t zone_reach(const struct zone *z, int64_t reading);

enum zone_fit {
	ZONE_ONE,   /* the reading happens once */
	ZONE_TWICE, /* it happens twice: *out is the first */
	ZONE_GAP,   /* it is skipped: *out is the first instant after the gap */
};
/* The instant at which local clocks show the reading. */
enum zone_fit zone_instant(const struct zone *z, const struct civil *c, int64_t *out);

#endif
