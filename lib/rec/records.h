/* SPDX-License-Identifier: MIT */
/* Records in: JSON values or CSV rows out of a file, standard input or gzip, one after the other, bad ones reported and passed over. */
#ifndef SIT_REC_RECORDS_H
#define SIT_REC_RECORDS_H

#include "base/sb.h"
#include "codec/csv.h"
#include "codec/json.h"
#include "codec/json_scan.h"
#include "rec/source.h"

enum records_format { RECORDS_AUTO, RECORDS_JSONL, RECORDS_CSV, RECORDS_TSV };

enum record_got {
	RECORD_END,
	RECORD_JSON, /* json is the caller's */
	RECORD_MEMBERS, /* only with records_members() */
	RECORD_ROW,  /* row points into the reader until the next call */
	RECORD_BAD,  /* reason in e, text in raw */
	RECORD_IDLE, /* nothing to read at the moment: a good time to commit; call again to wait */
	RECORD_FAILED, /* the input cannot be read on: e */
};

struct record_in {
	json_t *json;
	struct csv_row row;
	const struct json_members *members; /* RECORD_MEMBERS: points into the reader until the next call */
	struct str raw;			    /* the record as it was read; of a bad one the first 4 KiB */
	uint64_t line;
};

struct records;

/* "auto" "jsonl" "csv" "tsv"; E_USAGE. */
int records_format_name(const char *name, enum records_format *f, struct err *e);
/*
 * AUTO decides by the first byte that is no blank: '{' or '[' is JSON, else CSV. TSV is codec/tsv.h; with a delimiter, of
 * one byte, it is CSV with that instead of a comma. 0: none given.
 */
int records_open(const char *path, enum records_format f, char delimiter, struct records **out, struct err *e);
void records_free(struct records *r);
DEFINE_AUTO(records_freep, struct records *, records_free)
/* Before the first record: JSON that json_scan() can read comes as RECORD_MEMBERS, an object under the key `inner` (which lives on) opened. */
void records_members(struct records *r, struct str inner);
/* Returned RECORD_IDLE at most once between two reads. */
enum record_got records_next(struct records *r, struct record_in *in, struct err *e);
/* The name of the source for messages. */
const char *records_name(const struct records *r);
const struct source *records_source(const struct records *r);

/* The text of a JSON scalar as a term's value: strings as they are, numbers shortest, null empty; arrays and objects as JSON. */
int json_term_text(const json_t *v, struct sb *sb);

#endif
