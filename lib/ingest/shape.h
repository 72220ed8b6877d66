/* SPDX-License-Identifier: MIT */
/* The shapes of JSON that sit-ingest reads, sit-records(5): flat points, messages, gateway messages, rejects. */
#ifndef SIT_INGEST_SHAPE_H
#define SIT_INGEST_SHAPE_H

#include "codec/json_scan.h"
#include "ingest/ingest.h"

#define SHAPE_INNER STR("values") /* the object of a record that holds more members */

/* Who speaks, where a record does not say of whom it is. */
struct voice {
	struct str device; /* ptr NULL: nobody */
	struct str edge;   /* behind that device, a gateway: the device with this edge key; ptr NULL: the device itself */
	bool bound;	   /* and may name nobody but itself and, as a gateway, what is behind it */
	bool dated;	   /* a record that does not say when is refused: when it came is not when it was said */
};

/* A record by its members, SHAPE_INNER opened: its points are put into g. -1 only when the store failed. */
int shape_members(struct ingest *g, const struct json_members *m, const struct voice *v, struct err *e);
/* The same of any JSON value. */
int shape_record(struct ingest *g, json_t *json, const struct voice *v, struct err *e);
/* The time of a record that says `ts` (NULL: it does not): 1, or 0 with n points refused; -1. */
int shape_time(struct ingest *g, struct dev *d, const struct json_member *ts, const struct voice *v, int64_t n, int64_t *out, struct err *e);
/* A member of an object as a value of the datapoint called so. */
int shape_put(struct ingest *g, struct dev *d, int64_t ts, const struct json_member *m, struct err *e);
/* The text of a JSON value as a raw value; v must live as long as the result. *keep takes the text of a location. */
bool shape_value(const json_t *v, struct raw_value *out, struct sb *keep);

#endif
