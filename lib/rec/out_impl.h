/* SPDX-License-Identifier: MIT */
/* Inside of the emitter, shared by its formats. */
#ifndef SIT_REC_OUT_IMPL_H
#define SIT_REC_OUT_IMPL_H

#include "base/arena.h"
#include "base/time.h"
#include "os/file.h"
#include "rec/out.h"

/* A record kept: for widths, or for a sort. */
struct kept {
	struct cell *cell;
};

struct out {
	struct out_opts opt;
	const struct out_writer *writer;
	const struct field *field;
	size_t n;
	size_t *col; /* indexes into field, in order of printing */
	size_t ncol;
	size_t *width;	/* per column, table */
	bool streaming; /* table: widths are settled */
	int64_t since;	/* table: monotonic time of the first kept record */
	int sort;	/* index into field, -1 none */
	bool descending;
	struct kept *kept;
	size_t nkept, capkept;
	struct arena arena; /* of the kept records */
	uint64_t printed;
	struct sb line, guarded;
	struct str *label; /* of each printed column as JSON: ,"name": */
	struct time_day day;
	struct file *file; /* with opt.file */
	FILE *stream;
	bool closed; /* the reader of the pipe is gone */
};

/*
 * What a format does with its beginning, a record, its end. Where every record is made alike it also has the parts of one: what comes before
 * the value of column i, the value, what comes after the last.
 */
struct out_writer {
	void (*begin)(struct out *o);
	void (*rec)(struct out *o, const struct cell *cells);
	void (*end)(struct out *o);
	void (*lead)(struct out *o, size_t i);
	void (*cell)(struct out *o, size_t i, const struct cell *c);
	void (*tail)(struct out *o);
	bool quotes_times;
};

extern const struct out_writer out_table, out_jsonl, out_json, out_csv, out_tsv;

/* What comes before the first record, unless it came already. */
void out_start(struct out *o);
/* Hand the line buffer over once it is worth a write, or whatever is in it. */
int out_drain(struct out *o, bool all, struct err *e);
/* cell_text() and cell_json() at the end of the line. */
void out_put_text(struct out *o, size_t field, const struct cell *c);
void out_put_json(struct out *o, size_t field, const struct cell *c);
/* Measure a record for the table's widths. */
void out_table_measure(struct out *o, const struct cell *cells);

#endif
