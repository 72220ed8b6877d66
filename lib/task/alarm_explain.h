/* SPDX-License-Identifier: MIT */
/* Why there is an alarm: its rule judged again over the points around it, step by step. */
#ifndef SIT_TASK_ALARM_EXPLAIN_H
#define SIT_TASK_ALARM_EXPLAIN_H

#include "task/alarms.h"

extern const struct field alarm_step_fields[];
extern const size_t alarm_step_count;

/* Print the steps (alarm_step_fields). The rule is as it is now; what is known only while devices are watched (built-in datapoints, those of gateway and asset) is left out. */
int alarm_explain(struct work *w, int64_t id, struct out *out, struct err *e);

#endif
