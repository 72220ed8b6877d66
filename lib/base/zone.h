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
/* Its name as given to zone_parse(). */
const char *zone_name(const struct zone *z);
/* Seconds east of UTC in force at the instant (microseconds). NULL zone: 0. */
int32_t zone_offset(const struct zone *z, int64_t us);
/* The reading of local clocks at the instant. NULL zone: UTC. */
void zone_civil(const struct zone *z, int64_t us, struct civil *out);

enum zone_fit {
	ZONE_ONE,   /* the reading happens once */
	ZONE_TWICE, /* it happens twice: *out is the first */
	ZONE_GAP,   /* it is skipped: *out is the first instant after the gap */
};
/* The instant at which local clocks show the reading. */
enum zone_fit zone_instant(const struct zone *z, const struct civil *c, int64_t *out);

#endif
