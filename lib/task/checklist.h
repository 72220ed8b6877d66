/* SPDX-License-Identifier: MIT */
/* What devices still lack before they are complete. */
#ifndef SIT_TASK_CHECKLIST_H
#define SIT_TASK_CHECKLIST_H

#include "rec/out.h"
#include "task/devices.h"

extern const struct field checklist_fields[];
extern const size_t checklist_count;

/* A record per item of each device; *open is the number of those that are not done. */
int checklist_print(struct work *w, const struct which *which, struct out *out, size_t *open, struct err *e);

#endif
