/* SPDX-License-Identifier: MIT */
/* Why there is an alarm: its rule judged again over the points around it, step by step. */
#ifndef SIT_ALARM_EXPLAIN_H
#define SIT_ALARM_EXPLAIN_H

#include "alarm/alarms.h"

extern const struct field alarm_step_fields[];
extern const size_t alarm_step_count;

/*
 * Print the steps (alarm_step_fields). The rule is as it was then, by the trail; gateway and asset are those that the device has now. What was computed only while it
 * was looked at (last_seen_age, clock_skew) is known from the changes that were written of the alarm, if the rule has no other input.
 */
int alarm_explain(struct work *w, int64_t id, struct out *out, struct err *e);

#endif
