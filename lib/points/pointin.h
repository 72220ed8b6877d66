/* SPDX-License-Identifier: MIT */
/*
 * Points out of a file or standard input, without a store: flat points and messages of sit-records(5) as JSON Lines, CSV long (ts,device,datapoint,value[,quality]) and
 * wide (ts[,device] and a column for each datapoint).
 */
#ifndef SIT_POINTS_POINTIN_H
#define SIT_POINTS_POINTIN_H

#include "base/time.h"
#include "model/point.h"
#include "rec/records.h"

struct pointin {
	const char *path; /* "-": standard input */
	enum records_format format;
	struct str as; /* the device of points that name none */
	struct time_ctx when;
	/* Each point; the texts are valid during the call. -1 stops. */
	int (*point)(void *arg, struct str device, struct str datapoint, const struct point *p, struct err *e);
	/* What came is all there is at the moment; NULL: nobody asks. */
	int (*idle)(void *arg, struct err *e);
	/* A record that cannot be read: "FILE:LINE: why". */
	void (*complain)(void *arg, const char *line);
	void *arg;
};

/* Read all of it. Bad records are said and passed over: then E_PARTIAL. */
int pointin_run(const struct pointin *in, struct err *e);

#endif
