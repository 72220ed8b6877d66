/* SPDX-License-Identifier: MIT */
#include "model/agg.h"

#include <math.h>

static const char *const words[AGG_N] = { "count", "sum", "min", "max", "avg", "first", "last", "delta" };

const char *agg_word(enum agg a)
{
	return words[a];
}

bool agg_find(struct str word, enum agg *a)
{
	for (size_t i = 0; i < AGG_N; i++)
		if (str_is(word, words[i])) {
			*a = (enum agg)i;
			return true;
		}
	return false;
}

void bucket_begin(struct bucket *b, int64_t start, bool has_before, double before)
{
	*b = (struct bucket){ .start = start, .has_before = has_before, .before = before };
}

/* Neumaier: what the addition rounds off is kept aside. */
static inline void sum_add(double *sum, double *carry, double v)
{
	double t = *sum + v;

	*carry += fabs(*sum) >= fabs(v) ? (*sum - t) + v : (v - t) + *sum;
	*sum = t;
}

void bucket_add_values(struct bucket *b, const int64_t *ts, const double *v, size_t n)
{
	double min, max, sum = b->sum, carry = b->carry;

	if (b->count == 0) {
		b->min = b->max = b->first = v[0];
		b->first_ts = ts[0];
	}
	min = b->min;
	max = b->max;
	for (size_t i = 0; i < n; i++) {
		min = v[i] < min ? v[i] : min;
		max = v[i] > max ? v[i] : max;
		sum_add(&sum, &carry, v[i]);
	}
	b->count += (int64_t)n;
	b->min = min;
	b->max = max;
	b->sum = sum;
	b->carry = carry;
	b->last = v[n - 1];
	b->last_ts = ts[n - 1];
}

void bucket_add(struct bucket *b, const struct point *p)
{
	if (p->value.type != VALUE_NUMBER && p->value.type != VALUE_BOOL)
		return;
	if (p->quality != QUALITY_BAD && p->quality != QUALITY_STALE)
		bucket_add_values(b, &p->ts, &p->value.num, 1);
}

void bucket_merge(struct bucket *b, const struct bucket *more)
{
	int64_t start = b->start;

	if (more->count == 0)
		return;
	if (b->count == 0) {
		*b = *more;
		b->start = start;
		return;
	}
	b->count += more->count;
	sum_add(&b->sum, &b->carry, more->sum);
	b->carry += more->carry;
	b->min = more->min < b->min ? more->min : b->min;
	b->max = more->max > b->max ? more->max : b->max;
	if (more->first_ts < b->first_ts) {
		b->first = more->first;
		b->first_ts = more->first_ts;
	}
	if (more->last_ts >= b->last_ts) {
		b->last = more->last;
		b->last_ts = more->last_ts;
	}
}

/* A sum beyond the largest double has no text. */
static struct cell real(double v, unsigned char decimals)
{
	if (!isfinite(v))
		return CELL_OF_NULL;
	return (struct cell){ .type = CELL_REAL, .decimals = decimals, .r = v };
}

struct cell bucket_cell(const struct bucket *b, enum agg a, unsigned char decimals)
{
	if (a == AGG_COUNT)
		return CELL_OF_INT(b->count);
	if (b->count == 0)
		return CELL_OF_NULL;
	switch (a) {
	case AGG_SUM:
		return real(b->sum + b->carry, decimals);
	case AGG_MIN:
		return real(b->min, decimals);
	case AGG_MAX:
		return real(b->max, decimals);
	case AGG_AVG:
		return real((b->sum + b->carry) / (double)b->count, decimals);
	case AGG_FIRST:
		return real(b->first, decimals);
	case AGG_LAST:
		return real(b->last, decimals);
	case AGG_DELTA:
		return real(b->last - (b->has_before ? b->before : b->first), decimals);
	case AGG_COUNT:
	case AGG_N:
		break;
	}
	return CELL_OF_NULL;
}
