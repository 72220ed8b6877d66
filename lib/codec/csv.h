/* SPDX-License-Identifier: MIT */
/* Rows of CSV or TSV out of bytes that arrive in pieces, over libcsv: strict RFC 4180, blanks kept, CR LF or LF, a BOM skipped. */
#ifndef SIT_CODEC_CSV_H
#define SIT_CODEC_CSV_H

#include "base/base.h"
#include "base/err.h"

#define CSV_RECORD_MAX ((size_t)1 << 20) /* bytes of one row */
#define CSV_COLUMNS_MAX 4096

struct csv_in;

enum csv_got {
	CSV_MORE, /* csv_in_feed() or csv_in_end() */
	CSV_ROW,
	CSV_BAD, /* reason in e (E_INPUT), its line in row->line, its text as far as kept (first 4 KiB) in *raw; goes on at the next line */
	CSV_FINISHED,
};

/* A row: fields point into the reader until the next call. A field with ptr NULL was empty and unquoted; "" quoted has ptr set and len 0. */
struct csv_row {
	const struct str *field;
	size_t n;
	uint64_t line; /* of its first byte, from 1 */
	struct str raw; /* its text without line end */
};

/* delimiter: one byte, ',' ';' or '\t' …; NULL when out of memory. */
struct csv_in *csv_in_new(char delimiter);
void csv_in_free(struct csv_in *in);
DEFINE_AUTO(csv_in_freep, struct csv_in *, csv_in_free)
int csv_in_feed(struct csv_in *in, const void *bytes, size_t n, struct err *e);
void csv_in_end(struct csv_in *in);
/*
 * Blank lines are skipped. Refused: an unterminated or misplaced quote, a CR outside quotes that is not before an LF or the
 * end, NUL bytes, invalid UTF-8, more than CSV_COLUMNS_MAX fields, a row longer than CSV_RECORD_MAX. A row over several
 * lines that is refused for its quotes or its length costs its first line only (*raw); its second line is tried as a row.
 * CSV_BAD with E_IO: out of memory.
 */
enum csv_got csv_in_next(struct csv_in *in, struct csv_row *row, struct str *raw, struct err *e);

#endif
