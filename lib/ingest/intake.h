/* SPDX-License-Identifier: MIT */
/* A whole run of sit-ingest: files one after the other, standard input, or values by hand. */
#ifndef SIT_INGEST_INTAKE_H
#define SIT_INGEST_INTAKE_H

#include "ingest/feed.h"
#include "ingest/live.h"

#define INTAKE_USUAL_BATCH INT64_MIN /* as many points and as long as is good for the source and the store */
#define INTAKE_USUAL_FLUSH INT64_MIN

struct intake {
	const char *program, *source; /* source is set by intake_run() */
	const char *as, *at, *time_format, *create_site, *rejects, *skew;
	enum records_format format;
	struct sheet_opts sheet;
	enum { INTAKE_USUAL, INTAKE_FIRST, INTAKE_LAST } keep; /* usual: last, of brokers first */
	bool dry, zone_given;
	int (*enter)(void *arg, struct str org, struct db **out, struct err *e); /* as in struct ingest_opts; org without pointer: the store's default */
	struct sb shown; /* the name of a broker; the caller's to free */
	const struct zone *zone;
	int64_t max_create, batch, flush, now;
	struct live_opts live; /* of operands that are URLs of brokers */
	struct out *emit;
	void (*complain)(void *arg, const char *line);
	void (*progress)(void *arg, uint64_t done, uint64_t size);
	void *arg;
};

/* operands: URLs of brokers, one alone (until told to stop), files ("-" stdin; none: stdin unless it is a terminal) or, with as, datapoint=value. The books of all are added up, also on failure. */
int intake_run(struct db *db, struct intake *in, char **operands, int n, struct books *total, struct err *e);

#endif
