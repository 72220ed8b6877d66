/* SPDX-License-Identifier: MIT */
/* A point: when, which series, value, quality. */
#ifndef SIT_MODEL_POINT_H
#define SIT_MODEL_POINT_H

#include "base/base.h"
#include "base/err.h"
#include "base/field.h"

/* The numbers are kept in the store: append only. */
enum value_type { VALUE_NULL, VALUE_NUMBER, VALUE_BOOL, VALUE_STRING, VALUE_LOCATION };
enum quality { QUALITY_GOOD, QUALITY_SUSPECT, QUALITY_BAD, QUALITY_STALE };

#define VALUE_STRING_MAX 4096 /* bytes */

/* A value; txt (string; location as {"lat":…,"lon":…}) is somebody else's bytes. */
struct value {
	enum value_type type;
	double num;	/* VALUE_NUMBER; VALUE_BOOL 0 or 1 */
	struct str txt; /* VALUE_STRING, VALUE_LOCATION */
};

struct point {
	int64_t series;
	int64_t ts;
	struct value value;
	enum quality quality;
	bool has_raw; /* raw differs from the value */
	double raw;
};

/* "good" "suspect" "bad" "stale", and back; false for another word. */
const char *quality_word(enum quality q);
struct str quality_text(enum quality q);
bool quality_find(struct str word, enum quality *q);
/* Same type and bits (NaN never occurs; -0 and 0 differ). */
bool value_same(const struct value *a, const struct value *b);
/* Value, raw and quality are the same: a repetition, not a correction. */
bool point_same(const struct point *a, const struct point *b);
/* The value as a cell of the emitter; decimals as in struct cell. */
struct cell value_cell(const struct value *v, unsigned char decimals);

#endif
