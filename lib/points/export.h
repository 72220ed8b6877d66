/* SPDX-License-Identifier: MIT */
/* The use cases behind sit-export besides query_run(): points as a sheet with a column per datapoint; records that pass through. */
#ifndef SIT_POINTS_EXPORT_H
#define SIT_POINTS_EXPORT_H

#include "points/query.h"
#include "rec/records.h"

/* Who prints: the columns are known late. */
struct export_to {
	/* Make *out on these fields, which outlive it. */
	int (*open)(void *arg, const struct field *f, size_t n, struct out **out, struct err *e);
	/* All rows of the store have been handed over: before the output is complete. NULL: nobody asks. */
	int (*done)(void *arg, struct out *out, struct err *e);
	/* A line about a record that cannot be read. */
	void (*complain)(void *arg, const char *line);
	void *arg;
};

/*
 * A row for each device and time, ordered so, with a cell for each chosen datapoint, empty where it has no value then; raw: the values
 * before scale and offset. The memory it takes grows with the datapoints of a device, not with the points.
 */
int export_wide(struct db *db, const struct query *q, bool raw, const struct export_to *to, struct err *e);
/*
 * Records as they come (JSON values, rows of CSV or TSV with a header) to the format of the output; `ts` becomes an instant. Columns are those
 * of the list, else of the first record: a later one with another is E_INPUT. What cannot be read is said and left out: E_PARTIAL.
 */
int export_records(struct records *in, const char *columns, const struct export_to *to, struct err *e);

#endif
