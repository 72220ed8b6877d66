/* SPDX-License-Identifier: MIT */
/*
 * Rows of tab-separated values as the emitter writes them (rec/out.h): a line is a row, \t \n \r \\ and \" stand for a tab, a newline, a
 * carriage return, a backslash, a quote; "" alone is the text of no length, nothing is nothing. There is no quoting: what quotes its cells
 * is CSV with a tab for its delimiter.
 */
#ifndef SIT_CODEC_TSV_H
#define SIT_CODEC_TSV_H

#include "base/sb.h"
#include "codec/csv.h"

struct tsv_in;

/* NULL when out of memory. */
struct tsv_in *tsv_in_new(void);
void tsv_in_free(struct tsv_in *in);
int tsv_in_feed(struct tsv_in *in, const void *bytes, size_t n, struct err *e);
void tsv_in_end(struct tsv_in *in);
/* As csv_in_next(). Refused: another escape, NUL bytes, invalid UTF-8, more than CSV_COLUMNS_MAX cells, a line longer than CSV_RECORD_MAX. */
enum csv_got tsv_in_next(struct tsv_in *in, struct csv_row *row, struct str *raw, struct err *e);

/* Append a text as a cell. */
void tsv_cell(struct sb *sb, struct str s);

#endif
