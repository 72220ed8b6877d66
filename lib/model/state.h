/* SPDX-License-Identifier: MIT */
/*
 * What follows from hearing of a device: when it was last seen by our clock, the newest time of its points by its clock, how far the two
 * clocks are apart, and whether its silence is too long. Pure: the clock is handed in.
 */
#ifndef SIT_MODEL_STATE_H
#define SIT_MODEL_STATE_H

#include "base/base.h"
#include "base/field.h"
#include "base/time.h"

#define STATE_NONE INT64_MIN /* an instant or a duration that is not known */
#define STATE_EVERY (10 * US_PER_S) /* the row of a device is written so often at most */
#define STATE_AHEAD_MAX US_PER_DAY  /* further ahead of our clock, last_seen is an error of it, then (or now: before the device was added) */

/* What is kept about a device, with what its silence is measured by. */
struct device_state {
	int64_t device, gateway; /* ids; gateway 0: none */
	int64_t created, offline_after;
	bool enabled, online;
	int64_t online_since, last_seen, last_telemetry, clock_skew; /* STATE_NONE where not known */
};

/* What was heard of a device since its row was written last; heard_clear() makes it empty. */
struct heard {
	int64_t seen;	   /* our clock */
	int64_t telemetry; /* the newest time of a stored point */
	int64_t skew;	   /* the largest of (time of a point - its arrival): delays on the way only make it smaller */
	int64_t gone;	   /* when it was said to be gone, and it was not heard of since */
};

/* How the source of a point bears on the state. */
struct hearing {
	int64_t offline_after;
	bool live;  /* what comes was said just now, however old it says it is */
	bool clock; /* its times are read from the device's clock as they come: not a file */
};

/* Nothing heard yet. */
void heard_clear(struct heard *h);
/*
 * A point with time ts arrived at now. One older than offline_after is history and no sign of life, unless the source is live. A time that
 * is the arrival itself was given to it on the way and says nothing of a clock. True when it was a sign of life.
 */
bool heard_note(struct heard *h, const struct hearing *how, int64_t ts, int64_t now);
/* How long to wait between two writes of the row: a tenth of offline_after, STATE_EVERY at most. */
int64_t state_every(int64_t offline_after);

/* Time since it was last seen, or since it was added when it never was; not below 0. */
int64_t state_silence(const struct device_state *s, int64_t now);
/* It is enabled and its silence is longer than offline_after. */
bool state_late(const struct device_state *s, int64_t now);
/* Why it is late: "gateway" (that is late too), "never" seen, "silent"; NULL when it is not late. gateway NULL: it is behind none. */
const char *state_why(const struct device_state *s, const struct device_state *gateway, int64_t now);

/* The datapoints that every device has: computed when asked for, never stored. */
enum builtin { BUILTIN_ONLINE, BUILTIN_LAST_SEEN_AGE, BUILTIN_CLOCK_SKEW, BUILTIN_N };
/* The builtin called name; false when there is none. */
bool builtin_find(struct str name, enum builtin *b);
/* The same as an input of a rule: of the device, or (gateway.NAME) of the one it is behind. */
bool builtin_input(struct str name, bool *gateway, enum builtin *b);
const char *builtin_word(enum builtin b);
/* Unit of its values; NULL for none. */
const char *builtin_unit(enum builtin b);
/* Its value and the time that it is of, at now; false when it has none yet. */
bool builtin_value(enum builtin b, const struct device_state *s, int64_t now, int64_t *ts, struct cell *value);

#endif
