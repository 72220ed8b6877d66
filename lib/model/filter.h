/* SPDX-License-Identifier: MIT */
/* Terms of sit-selectors(7) as data: "f=v" "f=a,b" "f=sdm*" "f=A..B" "f:re=REGEX" "f:not=v". */
#ifndef SIT_MODEL_FILTER_H
#define SIT_MODEL_FILTER_H

#include "model/entity.h"

enum filter_op { FILTER_ANY, FILTER_RANGE, FILTER_REGEX };

/* One alternative of FILTER_ANY. */
struct filter_value {
	struct cell cell; /* NULL: the field is empty */
	bool glob;
};

struct filter {
	int field; /* index in the entity */
	enum filter_op op;
	bool negate;
	struct filter_value *value; /* FILTER_ANY: alternatives; FILTER_REGEX: one, text */
	size_t n;
	struct cell from, to; /* FILTER_RANGE, half-open; NULL: open */
};

/* "field=value" cut at the first '='; the field may carry ":op". False when there is no '='. */
bool term_split(struct str term, struct str *field, struct str *op, struct str *value);
/* Read a filter term over ent; strings live in a. E_USAGE with the nearest field name. */
int filter_parse(const struct entity *ent, struct str term, const struct time_ctx *when, struct arena *a,
		 struct filter *out, struct err *e);

#endif
