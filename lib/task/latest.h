/* SPDX-License-Identifier: MIT */
/* The newest value of each series of chosen devices. */
#ifndef SIT_TASK_LATEST_H
#define SIT_TASK_LATEST_H

#include "rec/out.h"
#include "task/targets.h"

enum { LATEST_FIELDS = 11 };
/* The record "latest". */
extern const struct field latest_fields[LATEST_FIELDS];

/* The fields as they are shown on this store: org when several organisations can be seen. */
void latest_shown(const struct db *db, struct field out[LATEST_FIELDS]);
/* Print into out, which was opened on those fields; *rows counts what was printed. */
int latest_run(const struct asking *ask, struct out *out, size_t *rows, struct err *e);

#endif
