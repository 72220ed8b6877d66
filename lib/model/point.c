/* SPDX-License-Identifier: MIT */
#include "model/point.h"

static const struct str words[] = { { "good", 4 }, { "suspect", 7 }, { "bad", 3 }, { "stale", 5 } };

const char *quality_word(enum quality q)
{
	return words[q].ptr;
}

struct str quality_text(enum quality q)
{
	return words[q];
}

bool quality_find(struct str word, enum quality *q)
{
	for (size_t i = 0; i < COUNT(words); i++)
		if (str_eq(word, words[i])) {
			*q = (enum quality)i;
			return true;
		}
	return false;
}

static bool same_bits(double a, double b)
{
	return memcmp(&a, &b, sizeof(a)) == 0;
}

bool value_same(const struct value *a, const struct value *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == VALUE_STRING || a->type == VALUE_LOCATION)
		return str_eq(a->txt, b->txt);
	return a->type == VALUE_NULL || same_bits(a->num, b->num);
}

bool point_same(const struct point *a, const struct point *b)
{
	return a->quality == b->quality && value_same(&a->value, &b->value) && a->has_raw == b->has_raw &&
	       (!a->has_raw || same_bits(a->raw, b->raw));
}

struct cell value_cell(const struct value *v, unsigned char decimals)
{
	switch (v->type) {
	case VALUE_NUMBER:
		return (struct cell){ .type = CELL_REAL, .decimals = decimals, .r = v->num };
	case VALUE_BOOL:
		return CELL_OF_BOOL(v->num != 0);
	case VALUE_STRING:
		return CELL_OF_TEXT(v->txt);
	case VALUE_LOCATION:
		return CELL_OF_JSON(v->txt);
	case VALUE_NULL:
		break;
	}
	return CELL_OF_NULL;
}
