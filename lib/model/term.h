/* SPDX-License-Identifier: MIT */
/* Terms "field=value" and what a value may be when it is compared: "v" "a,b" "sdm*" "A..B". Part of sit-selectors(7). */
#ifndef SIT_MODEL_TERM_H
#define SIT_MODEL_TERM_H

#include "model/entity.h"

enum cond_op { COND_ANY, COND_RANGE, COND_REGEX };

/* One alternative of COND_ANY. */
struct cond_value {
	struct cell cell; /* NULL: the field is empty */
	bool glob;
};

/* A condition on one field. A field without a value fulfils none but "is empty" and what is negated. */
struct cond {
	enum cond_op op;
	bool negate;
	struct cond_value *value; /* COND_ANY: alternatives; COND_REGEX: one, text */
	size_t n;
	struct cell from, to;	 /* COND_RANGE; NULL: open */
	bool from_open, to_closed; /* usually from <= x < to */
};

/* "field=value" cut at the first '='; the field may carry ":op". False when there is no '='. */
bool term_split(struct str term, struct str *field, struct str *op, struct str *value);
/* The field's values are compared as text, not as numbers. */
bool cond_is_text(const struct field *f);
/* Read a value to compare with: the field's kind without its limits, since a question keeps nothing. E_USAGE. */
int cond_cell(const struct field *f, struct str text, const struct time_ctx *when, struct arena *a, struct cell *c, struct err *e);
/* Read "v", "a,b", "sdm*" or "A..B". E_USAGE. */
int cond_value(const struct field *f, struct str text, const struct time_ctx *when, struct arena *a, struct cond *out, struct err *e);
/* A range over a field whose words are ranked (FIELD_RANKED) becomes those of them that lie in it. E_USAGE. */
int cond_ranked(const struct field *f, struct arena *a, struct cond *c, struct err *e);
/* Exactly this text, whatever it holds. E_USAGE. */
int cond_literal(const struct field *f, struct str text, const struct time_ctx *when, struct arena *a, struct cond *out, struct err *e);
/* A regular expression. E_USAGE. */
int cond_regex(const struct field *f, struct str text, struct arena *a, struct cond *out, struct err *e);

#endif
