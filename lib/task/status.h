/* SPDX-License-Identifier: MIT */
/* Which devices are heard of: their state as records, and the sweep that notices the silent ones. */
#ifndef SIT_TASK_STATUS_H
#define SIT_TASK_STATUS_H

#include "rec/out.h"
#include "task/devices.h"

extern const struct field status_fields[];
extern const size_t status_count;

/* A record per device, by name; with late_only of those that are late. *late is their number. out NULL: only counted. */
int status_print(struct db *db, const struct which *w, bool late_only, struct out *out, size_t *late, struct err *e);
/* Devices that have been silent for too long become offline: *n of them. Harmless when repeated. */
int status_sweep(struct db *db, int64_t now, bool dry, int64_t *n, struct err *e);

#endif
