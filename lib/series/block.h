/* SPDX-License-Identifier: MIT */
/* Inside room series: points of one series in order of time, in columns; as bytes: the body of chunks and of each series of a run. */
#ifndef SIT_SERIES_BLOCK_H
#define SIT_SERIES_BLOCK_H

#include "base/arena.h"
#include "base/time.h"
#include "model/point.h"
#include "series/pack.h"

/* Of a status byte: type in bits 0 to 2, quality in 3 and 4, HAS_RAW. */
#define STATUS_TYPE 7u
#define STATUS_QUALITY 0x18u
#define STATUS_HAS_RAW 0x20u
#define STATUS_MAX 0x3fu

#define BLOCK_MAX ((size_t)1 << 22) /* points in a block */

struct block {
	size_t n, cap;
	int64_t *ts;
	uint8_t *status;
	double *num;	 /* of numbers and booleans; else 0 */
	double *raw;	 /* NULL: no point has one */
	struct str *txt; /* NULL: no point has text; the bytes are somebody else's */
};

/* Free the columns; the block may be used again. */
void block_done(struct block *b);
/* Forget the points, keep the memory. */
void block_clear(struct block *b);
/* Room for n points in all. */
int block_reserve(struct block *b, size_t n, struct err *e);
/* Add a point at the end, whatever its time. */
int block_push(struct block *b, const struct point *p, struct err *e);
/* Add points [from, to) of another block at the end. */
int block_add(struct block *b, const struct block *more, size_t from, size_t to, struct err *e);
/* The points of both in order of time; where both have an instant, newer's. Both are in order, without repetition. */
int block_merge(struct block *b, const struct block *newer, struct err *e);
/* Keep points [from, to). */
void block_cut(struct block *b, size_t from, size_t to);
/* Take points [from, to) out. */
int block_remove(struct block *b, size_t from, size_t to, struct err *e);
/* The first point at or after t. */
size_t block_find(const struct block *b, int64_t t);
/* Point i; its text is that of the block. */
void block_get(const struct block *b, size_t i, struct point *p);
/* Points i of one and k of the other are the same but for their time. */
bool block_same(const struct block *b, size_t i, const struct point *p);
/* A number or boolean, good or suspect: counts in aggregates. */
static inline bool status_counts(unsigned s)
{
	unsigned type = s & STATUS_TYPE;

	return (type == VALUE_NUMBER || type == VALUE_BOOL) && (s >> 3 & 3) < QUALITY_BAD;
}

/* A point's status byte. */
static inline unsigned status_of(const struct point *p)
{
	return (unsigned)p->value.type | (unsigned)p->quality << 3 | (p->has_raw ? STATUS_HAS_RAW : 0);
}

/* Write points [from, to), without their times when `times` is false (they are those of the series before). to > from. */
struct body {
	const struct block *b;
	size_t from, to;
	bool times;
};
int body_write(struct wr *w, const struct body *body, struct scratch *s, struct err *e);
/*
 * Read n points behind those of the block; ts: their times when the body has none, else NULL. Text is put into the arena. 1 read, 0 damaged, -1 no
 * memory.
 */
int body_read(struct rd *r, size_t n, const int64_t *ts, struct block *b, struct arena *text, struct scratch *s, struct err *e);

#endif
