/* SPDX-License-Identifier: MIT */
/* The shapes of JSON that sit-ingest reads, sit-records(5): flat points, messages, gateway messages, rejects. */
#ifndef SIT_TASK_SHAPE_H
#define SIT_TASK_SHAPE_H

#include <jansson.h>

#include "task/ingest.h"

/* One JSON value out of the stream: its points are put into g. -1 only when the store failed. */
int shape_record(struct ingest *g, json_t *v, struct str as, struct err *e);
/* The text of a JSON value as a raw value; v must live as long as the result. *keep takes the text of a location. */
bool shape_value(const json_t *v, struct raw_value *out, struct sb *keep);

#endif
