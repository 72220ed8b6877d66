/* SPDX-License-Identifier: MIT */
/* The shapes of JSON that sit-ingest reads, sit-records(5): flat points, messages, gateway messages, rejects. */
#ifndef SIT_TASK_SHAPE_H
#define SIT_TASK_SHAPE_H

#include "codec/json_scan.h"
#include "task/ingest.h"

#define SHAPE_INNER STR("values") /* the object of a record that holds more members */

/* A record by its members, SHAPE_INNER opened: its points are put into g. -1 only when the store failed. */
int shape_members(struct ingest *g, const struct json_members *m, struct str as, struct err *e);
/* The same of any JSON value. */
int shape_record(struct ingest *g, json_t *v, struct str as, struct err *e);
/* The text of a JSON value as a raw value; v must live as long as the result. *keep takes the text of a location. */
bool shape_value(const json_t *v, struct raw_value *out, struct sb *keep);

#endif
