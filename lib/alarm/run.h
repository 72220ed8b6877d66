/* SPDX-License-Identifier: MIT */
/* What time alone decides about alarms, for a timer or as a service. */
#ifndef SIT_ALARM_RUN_H
#define SIT_ALARM_RUN_H

#include "alarm/judging.h"

struct alarm_run {
	struct judging_opts judging;
	bool dry;
	int64_t now;
	int64_t devices; /* out: looked at */
	int64_t soonest; /* out: when something is due next; ALARM_NEVER */
};

/* When something is due there next; ALARM_NEVER. */
int alarm_run_soonest(struct db *db, int64_t *due, struct err *e);
/* The organisations that can be seen. */
int alarm_run_orgs(struct db *db, int (*fn)(struct str name, void *arg, struct err *e), void *arg, struct err *e);
/*
 * In the organisation written to: devices that have been silent for too long become offline; rules and devices that are new are judged; whatever is due (for, keep_for,
 * no_data, gaps, shelving, schedules), built-in datapoints and silent gateways. Harmless when repeated.
 */
int alarm_run(struct db *db, struct alarm_run *r, struct err *e);

#endif
