/* SPDX-License-Identifier: MIT */
/* The filter behind sit-rule eval: points in, alarm changes out, no store. */
#ifndef SIT_ALARM_EVAL_H
#define SIT_ALARM_EVAL_H

#include "alarm/rules.h"
#include "points/pointin.h"

struct eval_opts {
	struct pointin in; /* path, format, as, when; the rest is eval_run()'s */
	bool in_order;	   /* points of all devices come in order of time: one clock for all */
	int64_t to;	   /* at the end it is then; JUDGED_NEVER: when the last point came */
	void (*complain)(void *arg, const char *line);
	void *arg;
};

/* Judge what comes by the rules of the set (those that are enabled). E_PARTIAL: some records could not be read. */
int eval_run(const struct rules *rules, const struct eval_opts *o, struct out *out, struct err *e);

#endif
