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
static void sum_add(struct bucket *b, double v)
{
	double t = b->sum + v;

	b->carry += fabs(b->sum) >= fabs(v) ? (b->sum - t) + v : (v - t) + b->sum;
	b->sum = t;
}

void bucket_add_value(struct bucket *b, int64_t ts, double v)
{
	if (b->count++ == 0) {
		b->min = b->max = b->first = v;
		b->first_ts = ts;
	}
	if (v < b->min)
		b->min = v;
	if (v > b->max)
		b->max = v;
	b->last = v;
	b->last_ts = ts;
	sum_add(b, v);
}

void bucket_add(struct bucket *b, const struct point *p)
{
	if (p->value.type != VALUE_NUMBER && p->value.type != VALUE_BOOL)
		return;
	if (p->quality != QUALITY_BAD && p->quality != QUALITY_STALE)
		bucket_add_value(b, p->ts, p->value.num);
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
	sum_add(b, more->sum);
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
