/* SPDX-License-Identifier: MIT */
/* CSV as points: long (ts,device,datapoint,value[,quality]) and wide (ts and a column per datapoint). */
#ifndef SIT_INGEST_SHEET_H
#define SIT_INGEST_SHEET_H

#include "codec/csv.h"
#include "ingest/ingest.h"

/* How the columns are to be read. */
struct sheet_opts {
	const char *time;	   /* "COL[,COL]"; NULL: ts */
	const char *device_column; /* NULL: device, when there is one */
	const char *map;	   /* "COL[=DATAPOINT],…"; NULL: every other column with a name */
	const char *null;	   /* text of a cell that is empty too; NULL: none */
	char decimal;		   /* '.' or ',' */
	char delimiter;
	bool orgs;    /* each row names its organisation, in the column org */
	bool unguard; /* texts were guarded (codec/guard.h) */
	struct str as;		   /* the device of wide rows without a device column */
};

struct sheet;

/* Read the header; E_USAGE names what is missing. The header's text is copied. */
int sheet_begin(const struct sheet_opts *o, const struct csv_row *header, struct sheet **out, struct err *e);
void sheet_free(struct sheet *s);
DEFINE_AUTO(sheet_freep, struct sheet *, sheet_free)
/* The points of one row are put into g. -1 only when the store failed. */
int sheet_row(struct ingest *g, struct sheet *s, const struct csv_row *row, struct err *e);
/* The header as it was read. */
struct str sheet_header(const struct sheet *s);
/* A row of a rejects file with its header, under the options of sheet_options(). */
int sheet_single(struct ingest *g, struct str header, struct str row, struct err *e);
/* Options for sheet_single() of this run. */
void sheet_options(const struct sheet_opts *o);

#endif
