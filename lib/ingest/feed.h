/* SPDX-License-Identifier: MIT */
/* Files and standard input through the write path. */
#ifndef SIT_INGEST_FEED_H
#define SIT_INGEST_FEED_H

#include "ingest/ingest.h"
#include "ingest/sheet.h"
#include "rec/records.h"

struct feed_opts {
	enum records_format format;
	struct sheet_opts sheet;
	/* Called now and then with bytes read and the size (0: unknown) of the file; NULL: never. */
	void (*progress)(void *arg, uint64_t done, uint64_t size);
	void *arg;
};

/* All records of the file ("-" is stdin). Batches are committed when full and whenever the input is momentarily empty. E_SIGNAL when asked to stop. */
int feed_file(struct ingest *g, const char *path, const struct feed_opts *o, struct err *e);
/* "datapoint=value" terms of one device by hand, at one time ("" : now). */
int feed_terms(struct ingest *g, struct str device, char **terms, int n, const char *at, struct err *e);

#endif
