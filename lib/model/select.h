/* SPDX-License-Identifier: MIT */
/*
 * The selector language, sit-selectors(7): which things of a noun are meant, as an expression over their fields and over those of what
 * they refer to. Read here, turned into SQL in store/where.c.
 *
 *	either = both { "or" both }        both = one { "and" one }
 *	one    = "not" one | "(" either ")" | "group:" NAME | "asset:" NAME | path op value
 *	path   = field { "." field }       op   = "=" "!=" "<" "<=" ">" ">=" "~" "!~"
 *	value  = 'quoted' | "quoted" | word (with "=" and "!=": a,b  sdm*  A..B)
 */
#ifndef SIT_MODEL_SELECT_H
#define SIT_MODEL_SELECT_H

#include "model/term.h"

#define SELECT_STEPS_MAX 4 /* references followed in one path, the field at its end counted */
#define SELECT_DEPTH_MAX 64

enum select_kind { SELECT_AND, SELECT_OR, SELECT_NOT, SELECT_TERM, SELECT_GROUP, SELECT_ASSET };

struct select {
	enum select_kind kind;
	const struct select *a, *b; /* AND, OR; NOT: a */
	/* SELECT_TERM: references, then the field that is compared; GROUP, ASSET: the reference to the device, of what is not one itself */
	struct select_step {
		const struct entity *ent;
		int field; /* SELECT_ORG or SELECT_ID: what every noun has */
	} step[SELECT_STEPS_MAX];
	size_t nstep;
	struct cond cond;
	struct str name; /* GROUP, ASSET */
};

#define SELECT_ORG (-1)
#define SELECT_ID (-2)

/* What a selector is read over. */
struct select_ctx {
	const struct nouns *nouns; /* NULL: no custom fields */
	const struct entity *ent;
	struct time_ctx when;
	struct arena *arena; /* holds the result */
};

/* The operand is a selector, not a name: it has an operator, or begins with group:, asset:, "not " or a parenthesis. */
bool select_is(struct str operand);
/* An operand: a bare term (field=value, field:re=…, field:not=…: the value is all the rest), else an expression. E_USAGE. */
int select_operand(const struct select_ctx *c, struct str operand, const struct select **out, struct err *e);
/* An expression. E_USAGE with the place. */
int select_parse(const struct select_ctx *c, struct str text, const struct select **out, struct err *e);
/* Both must hold; NULL stands for everything. NULL in *out only when both are. */
int select_and(const struct select_ctx *c, const struct select *a, const struct select *b, const struct select **out, struct err *e);
/* All n operands must hold; *out is NULL when n is 0. */
int select_operands(const struct select_ctx *c, char **operand, int n, const struct select **out, struct err *e);
/* The field at the end of a path, for messages and columns. */
const struct field *select_field(const struct select *s);
/* The selector itself says group:NAME (kind SELECT_GROUP) or asset:NAME (SELECT_ASSET). */
bool select_names(const struct select *s, enum select_kind kind, struct str name);
/* Each text that the selector compares the noun's own field with, patterns left out; fn -1 stops. */
int select_texts(const struct select *s, const struct entity *ent, int field, int (*fn)(struct str text, void *arg, struct err *e), void *arg, struct err *e);

#endif
