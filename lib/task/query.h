/* SPDX-License-Identifier: MIT */
/* Points and buckets of chosen devices, printed in the order of device, datapoint and time; memory does not grow with points. */
#ifndef SIT_TASK_QUERY_H
#define SIT_TASK_QUERY_H

#include "base/field.h"
#include "rec/out.h"
#include "task/targets.h"

enum { QUERY_POINT_FIELDS = 10, QUERY_BUCKET_FIELDS = 15 };
/* The records "point" and "bucket"; a bucket has the aggregates that were asked for. */
extern const struct field query_point_fields[QUERY_POINT_FIELDS];
extern const struct field query_bucket_fields[QUERY_BUCKET_FIELDS];

struct query_ask {
	struct asking of; /* of.by is the query's to set */
	struct range range;
	const char *every; /* a step; NULL: points, or one bucket with aggs or by */
	const char *aggs;  /* words of aggregates; NULL: count,min,max,avg */
	const char *by;	   /* combine what has the same field of device, or "datapoint"; NULL: each series by itself */
	const char *after; /* "DEVICE:DATAPOINT@TIME": go on behind this point; NULL: from the beginning */
	int64_t limit;	   /* of points; 0: none */
	bool zone_given;   /* buckets begin by of.when.zone; else by the zone of each device's site */
};

struct query;

/* Check the words and find the series; nothing is read of them yet. */
int query_new(const struct query_ask *ask, struct query **out, struct err *e);
/* The fields that query_run() fills; they live as long as the query. */
const struct field *query_fields(const struct query *q, size_t *n);
/* Print all of it into out, which was opened on the fields. */
int query_run(struct query *q, struct out *out, struct err *e);
/* Where the limit cut, as --after takes it; NULL when everything was printed. */
const char *query_cursor(const struct query *q);
/* query_free(NULL) is fine. */
void query_free(struct query *q);
DEFINE_AUTO(query_freep, struct query *, query_free)

#endif
