/* SPDX-License-Identifier: MIT */
/* Aggregates over the points of a bucket. Points that are bad or stale, or hold no number (or boolean), count in no aggregate. */
#ifndef SIT_MODEL_AGG_H
#define SIT_MODEL_AGG_H

#include "model/point.h"

enum agg { AGG_COUNT, AGG_SUM, AGG_MIN, AGG_MAX, AGG_AVG, AGG_FIRST, AGG_LAST, AGG_DELTA, AGG_N };

/* A bucket being filled, in order of time. Sums are compensated (Neumaier 1974), so that order and size do not matter to 1e-15. */
struct bucket {
	int64_t start;
	int64_t count;
	double sum, carry, min, max, first, last;
	int64_t first_ts, last_ts;
	bool has_before; /* a value before the bucket is known: delta counts from it */
	double before;
};

/* Begin a bucket; before/has_before: the last value ahead of it, for delta. */
void bucket_begin(struct bucket *b, int64_t start, bool has_before, double before);
/* Add n > 0 values that count, in order of time. */
void bucket_add_values(struct bucket *b, const int64_t *ts, const double *v, size_t n);
/* Add a point (ts not before those added earlier). */
void bucket_add(struct bucket *b, const struct point *p);
/* What another series put into the same stretch of time joins b, except delta, whose values the caller adds up; start stays. */
void bucket_merge(struct bucket *b, const struct bucket *more);
/*
 * The aggregate as a cell; NULL for an empty bucket, except count. delta = last - the last value before the bucket (or its first value when there is
 * none), so that the deltas of neighbouring buckets add up to the delta of the whole.
 */
struct cell bucket_cell(const struct bucket *b, enum agg a, unsigned char decimals);
/* "count" …; false for another word. */
bool agg_find(struct str word, enum agg *a);
const char *agg_word(enum agg a);

#endif
