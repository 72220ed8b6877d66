/* SPDX-License-Identifier: MIT */
/* The back-test behind sit-rule test: a rule as it is, beside what it would be with other words, over points that are there. */
#ifndef SIT_ALARM_TRIAL_H
#define SIT_ALARM_TRIAL_H

#include "alarm/rules.h"
#include "points/pointin.h"

extern const struct field trial_fields[];
extern const size_t trial_count;

struct trial_opts {
	const struct rules *rules; /* the variants of one rule */
	struct range range;	   /* what is looked at */
	const char *labels;	   /* file of windows: device, from, to; NULL: none */
	struct out *changes;	   /* print each change instead of the sums; NULL: the sums */
	struct out *sums;	   /* NULL: the changes */
	const struct rules *others; /* rules of the store: those that stand in for it on a device; NULL: none */
	void (*complain)(void *arg, const char *line);
	void *arg;
};

/* Over points of the store: of the devices of the first variant's model, or its device. */
int trial_store(struct work *w, const struct trial_opts *o, struct err *e);
/* Over points of a file: of each device that has what the rule looks at. */
int trial_file(const struct pointin *in, const struct trial_opts *o, struct err *e);

/* The fields of changes: with the variant before those of change_fields. Their number. */
size_t trial_change_fields(struct field out[20]);

#endif
