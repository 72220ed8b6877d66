/* SPDX-License-Identifier: MIT */
/* What happened to a device or gateway: what was done with it, out of the trail, and how it is now. */
#ifndef SIT_TASK_HISTORY_H
#define SIT_TASK_HISTORY_H

#include "rec/out.h"
#include "task/entity.h"

extern const struct field history_fields[];
extern const size_t history_count;
/* Print it, oldest first. */
int history_print(struct work *w, const struct target *who, struct out *out, struct err *e);

#endif
