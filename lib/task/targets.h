/* SPDX-License-Identifier: MIT */
/* Which series a question is about: devices chosen by operands, and of each the datapoints that were asked for. */
#ifndef SIT_TASK_TARGETS_H
#define SIT_TASK_TARGETS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/time.h"

struct db;

/* The question in the words of the call; nothing in it is copied. */
struct asking {
	struct db *db;
	struct time_ctx when;
	/* Names, globs over names, lists of these, and filters (with '='); none: all devices. */
	char **operand;
	int n;
	const char *device, *site, *gateway; /* the short forms; NULL: not given */
	const char *datapoints;		     /* names and globs; NULL: all */
	const char *by;			     /* a field of device whose text target_device.group takes; NULL: none */
};

struct target_device {
	int64_t id;
	const char *name, *org; /* the name as NAME, or ORG/NAME for one of a descendant */
	const char *site, *gateway, *group; /* NULL: empty */
};

struct target {
	const struct target_device *device;
	int64_t series;
	const char *datapoint;
};

/* What fits, ordered by the device's name, then the datapoint's; memory grows with the number of series, not of points. */
struct targets {
	struct arena arena;
	struct target_device *device;
	size_t ndevice, devices;
	struct target *target;
	size_t n, cap;
};

#define TARGETS_INIT { .arena = ARENA_INIT((size_t)1 << 30) }

/*
 * Resolve the question. A device that is named and not there is E_NOTFOUND, with a near name; so is a datapoint that no
 * chosen device has (one that is defined but has no points yet is fine). Globs and filters may fit nothing.
 */
int targets_find(const struct asking *ask, struct targets *t, struct err *e);
/* Free everything; t may be used again. */
void targets_done(struct targets *t);
/* The next part of a list with commas: false at its end. *list moves on. */
bool list_next(struct str *list, struct str *part);

#endif
