/* SPDX-License-Identifier: MIT */
/* A whole run of sit-ingest: files one after the other, standard input, or values by hand. */
#ifndef SIT_TASK_INTAKE_H
#define SIT_TASK_INTAKE_H

#include "task/feed.h"

struct intake {
	const char *program, *source; /* source is set by intake_run() */
	const char *as, *at, *time_format, *create_site, *rejects, *skew;
	enum records_format format;
	struct sheet_opts sheet;
	bool keep_first, dry, zone_given;
	const struct zone *zone;
	int64_t max_create, batch, flush, now;
	struct out *emit;
	void (*complain)(void *arg, const char *line);
	void (*progress)(void *arg, uint64_t done, uint64_t size);
	void *arg;
};

/* operands: files ("-" stdin; none: stdin unless it is a terminal) or, with as, datapoint=value. The books of all are added up, also on failure. */
int intake_run(struct db *db, struct intake *in, char **operands, int n, struct books *total, struct err *e);

#endif
