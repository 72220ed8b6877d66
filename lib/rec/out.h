/* SPDX-License-Identifier: MIT */
/*
 * The one emitter: records out, as a table for people or as jsonl, json, csv, tsv for programs, to standard output or into a
 * file that is whole or not there. Memory does not grow with the number of records, except with a sort.
 */
#ifndef SIT_REC_OUT_H
#define SIT_REC_OUT_H

#include "base/err.h"
#include "base/field.h"
#include "base/sb.h"
#include "base/zone.h"

enum out_format { OUT_TABLE, OUT_JSONL, OUT_JSON, OUT_CSV, OUT_TSV };

/* How to print; the zero value is a table on standard output. */
struct out_opts {
	enum out_format format;
	const char *file;	 /* NULL: standard output */
	const char *columns;	 /* "a,b,c"; NULL: the fields flagged FIELD_LIST, or all when none is */
	const char *sort;	 /* "f" or "-f"; NULL: as they come */
	bool no_header;		 /* table, csv, tsv */
	bool color;		 /* bold header */
	bool guard;		 /* csv, tsv: texts that spreadsheets take for formulas (codec/guard.h) */
	const struct zone *zone; /* of printed times; NULL: UTC */
};

struct out;

/* The format called by name ("jsonl"), or by a file's suffix; -1 with E_USAGE (names are suggested). */
int out_format_name(const char *name, enum out_format *f, struct err *e);
bool out_format_suffix(const char *file, enum out_format *f);
/* fields stay the caller's and must outlive the out. An unknown column is E_USAGE with the nearest name. */
int out_open(const struct out_opts *opts, const struct field *fields, size_t n, struct out **out, struct err *e);
/* True when the field at index i will be printed: what is not, need not be looked up. */
bool out_wants(const struct out *o, size_t i);
/* One record: as many cells as fields; copied where kept. */
int out_rec(struct out *o, const struct cell *cells, struct err *e);
/* What differs from record to record: field `field` of n of them, instants or numbers (the other is NULL). decimals is out_rows()'s, 0 at first. */
struct out_column {
	size_t field;
	const int64_t *time;
	const double *real;
	int decimals;
};
/* As out_rec() n times, where all other cells stay the same: many times faster for jsonl, csv and tsv. */
int out_rows(struct out *o, const struct cell *cells, struct out_column *columns, size_t ncolumns, size_t n, struct err *e);
/* How many records it has got. */
uint64_t out_count(const struct out *o);
/* Hand what is buffered to the file or pipe (live output). */
int out_flush(struct out *o, struct err *e);
/* Print what is held back, flush, commit the file; frees in any case. A closed pipe is no error. */
int out_close(struct out *o, struct err *e);
/* out_close() for an out that AUTO(out_dropp) watches: *o is NULL afterwards. */
int out_end(struct out **o, struct err *e);
/* Throw away (also a half-written file); out_drop(NULL) is fine. */
void out_drop(struct out *o);
DEFINE_AUTO(out_dropp, struct out *, out_drop)

/* The value of a cell as plain text (no quoting, no escaping), as csv prints it. */
int cell_text(struct sb *sb, const struct field *f, const struct cell *c, const struct zone *zone);
/* The value of a cell as a JSON value. */
int cell_json(struct sb *sb, const struct field *f, const struct cell *c, const struct zone *zone);

#endif
