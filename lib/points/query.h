/* SPDX-License-Identifier: MIT */
/* The use case behind sit-query and sit-latest: points, buckets or newest values of chosen series, in constant memory. */
#ifndef SIT_POINTS_QUERY_H
#define SIT_POINTS_QUERY_H

#include "base/time.h"
#include "db/db.h"
#include "model/agg.h"
#include "rec/out.h"

struct query {
	char **device; /* operands that choose devices (store/pick.h) */
	int n;
	const char *datapoints;
	const char *select; /* and this selector; NULL: none */
	struct range range;
	/* Asked for the range in each device's zone, when set and no zone is given. */
	int (*range_in)(void *arg, const struct zone *zone, struct range *r, struct err *e);
	void *range_arg;
	struct time_ctx when;
	bool zone_given;    /* when.zone of buckets; else each device's site zone */
	bool has_step;
	struct step step;
	enum agg agg[AGG_N];
	size_t nagg; /* 0: raw points */
	const char *by; /* --by FIELD; NULL: each series alone */
	bool whole; /* raw also where it is as the value, when the datapoint is scaled: what reads it takes both as they are */
	int64_t limit; /* 0: none */
	const char *after; /* cursor; NULL: from the start */
};

/* Fields of raw points: first those of the flat point of sit-records(5), which every source has, then what is printed on demand. */
extern const struct field query_point_fields[];
extern const size_t query_point_count, query_point_plain;
/* All that a bucket may have. */
extern const struct field query_bucket_fields[];
extern const size_t query_bucket_count;
extern const struct field latest_fields[];
extern const size_t latest_count;
/* Copy fields as they are shown on this store: org when several organisations can be seen. */
void query_shown(const struct db *db, const struct field *f, size_t n, struct field *out);
/* Fields of buckets for this query: ts, device (or the --by field), datapoint, one per aggregate; returns their number. */
size_t query_bucket_shown(const struct query *q, struct field out[AGG_N + 3]);
/* "count,avg" into q->agg; E_USAGE. */
int query_aggs(const char *list, struct query *q, struct err *e);
/* The fields that can group (--by), NULL at the end. */
extern const char *const query_by_words[];
/* The zone of a device's buckets and the range in it; tz is its site's. */
int query_zone(const struct query *q, struct str tz, const struct zone **zone, struct range *r, struct err *e);

/* Print what the query asks for. *cursor gets the cursor behind the last row when the limit cut the output. E_NOTFOUND when no series has a plainly named datapoint. */
int query_run(struct db *db, const struct query *q, struct out *out, struct sb *cursor, struct err *e);
/* The newest value of each series; *rows is their number. */
int latest_run(struct db *db, const struct query *q, struct out *out, size_t *rows, struct err *e);

/*
 * When the output of these, or of export_wide(), is whole: E_PARTIAL when a read had to leave out something damaged, or what is on a shard that is not to be had. Of
 * several lines all but the last are told.
 */
int query_left_out(struct db *db, void (*tell)(void *arg, const char *line), void *arg, struct err *e);

#endif
