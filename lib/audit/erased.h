/* SPDX-License-Identifier: MIT */
/*
 * Content of audit rows that was erased, and the row that says so. A label ("erased-" and eight digits) stands where names were; behind all rows that have
 * it there is one of verb "erase" with that name, whose new counts them and has a digest over them:
 * {"who":{"rows":N,"sha256":DIGEST},"what":{...}}. The digest of n rows is SHA-256 over that of n - 1 (32 bytes, of none all 0) and "SEQ HASH" of
 * the n-th, in the order of the chain. Where rows from before the chain were among them, the first row of the chain cannot vouch for the others any more: then
 * "early":{"rows":N,"sha256":DIGEST} in the same object does, the digest of all of them as they are since, made as that of the seal (audit/trail.h).
 */
#ifndef SIT_AUDIT_ERASED_H
#define SIT_AUDIT_ERASED_H

#include "audit/trail.h"
#include "base/sb.h"

#define ERASED_LABEL 15 /* characters */
#define ERASED_VERB "erase"

enum { PART_WHO, PART_WHAT, PARTS };

/* All rows from before the chain, as they were when some of them were erased last; rows 0: none ever was. */
struct resealed {
	int64_t rows;
	unsigned char digest[AUDIT_HASH];
};

/* Rows that have the same label. */
struct erased {
	char label[ERASED_LABEL + 1];
	struct {
		int64_t rows;
		unsigned char digest[AUDIT_HASH];
	} part[PARTS];
	struct resealed early;
	bool said;
};

/* Part of the row was erased. */
bool erased_part(const struct audit *a, int part);
/* A label that nothing has. */
int erased_label(char label[ERASED_LABEL + 1], struct err *e);
/* The row, one part of which was erased, counts. */
int erased_count(struct erased *x, int part, struct sha256 *h, const struct audit *a, struct err *e);
/* The erased parts of the row are not as an erasure leaves them: why, or NULL. */
const char *erased_wrong(const struct audit *a);

/* All labels of a chain, while its rows go by. */
struct erasures {
	struct erased *v;
	size_t n;
	struct resealed early; /* by the last one that told of it */
};
void erasures_done(struct erasures *s);
/* The row counts, or tells of an erasure: then *why says what is not as it tells. 1: something of it was erased, 0, -1. */
int erasures_row(struct erasures *s, struct sha256 *h, const struct audit *a, const char **why, struct err *e);
/* Behind the last row: a label that no row has told of, each once; NULL: none any more. */
const struct erased *erasures_untold(struct erasures *s);

/* Append the object that says it. */
int erased_text(const struct erased *x, struct sb *sb);

/* Whose parts are erased: bits 1 << PART_WHO, 1 << PART_WHAT. */
typedef unsigned erased_fn(const struct audit *a, void *arg);
/*
 * Inside db_write(), after audit_ready(): erase parts of rows of the organisation's chain and put the row that says so behind them, of verb "erase" and the
 * label as name. Parts that were erased before stay as they are; of a row from before there were parts both go. tell->noun, at, message: of that row.
 */
int trail_erase(struct db *db, struct trail *t, struct erased *x, const struct audit *tell, erased_fn *which, void *arg, struct err *e);

#endif
