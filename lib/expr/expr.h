/* SPDX-License-Identifier: MIT */
/*
 * Expressions of rules, and of whatever else is computed from values: "voltage_l1>253 or voltage_l2>253". Read here, computed by Lua 5.4 inside a box (box.h): nothing
 * but names, numbers, texts, operators and the functions below ever reaches it. The language is in sit-rules(7):
 *
 *	either = both { "or" both }		both = one { "and" one }		one = "not" one | test
 *	test = sum [ ("=" | "==" | "!=" | "~=" | "<" | "<=" | ">" | ">=") sum ]	sum = product { ("+" | "-") product }
 *	product = sign { ("*" | "/" | "%") sign }	sign = "-" sign | power		power = atom [ "^" sign ]
 *	atom = number | 'text' | "true" | "false" | path | function "(" either { "," either } ")" | "(" either ")"
 *	path = name [ "." name ]
 *
 * What is not known stays so: an operator or function with an unknown operand gives unknown, and so does a number that is none (a division by zero, a root of a negative
 * number, an overflow). Only "or" with one side true is true and "and" with one side false is false whatever the other is; known(x) is always true or false; default(x, y)
 * is y where x is unknown; if(c, x, y) needs c and the side that it takes.
 */
#ifndef SIT_EXPR_EXPR_H
#define SIT_EXPR_EXPR_H

#include "base/arena.h"
#include "base/base.h"
#include "base/err.h"
#include "model/point.h"

#define EXPR_TEXT_MAX 4096  /* bytes of an expression */
#define EXPR_NAMES_MAX 32   /* different names in it */
#define EXPR_DEPTH_MAX 32   /* brackets, signs and operators of different rank within each other */
#define EXPR_MEMORY ((size_t)8 << 20) /* of all expressions of a box */
#define EXPR_STEPS 20000    /* instructions of one computation */

/* An expression as it was read. Everything lives in the arena it was read with. */
struct expr_read {
	struct str name[EXPR_NAMES_MAX]; /* the paths in it, each once, in the order in which they occur: inputs */
	size_t n;
	bool truth; /* it can only be true, false or unknown; else it may be any value */
	/* For expr_new(): the text for Lua, and which column of the expression each of its lines is from. */
	struct str code;
	const unsigned short *column;
	size_t lines;
};

/* Read it. E_USAGE with the column (from 1, in bytes). Needs no Lua. */
int expr_read(struct str text, struct arena *a, struct expr_read *out, struct err *e);

/* A Lua state for many expressions; not for several threads. */
struct exprs;
struct expr;

/* The caller's to end with exprs_free(), and all its expressions with it. */
int exprs_new(struct exprs **out, struct err *e);
void exprs_free(struct exprs *x);
DEFINE_AUTO(exprs_freep, struct exprs *, exprs_free)
/* Make it ready to compute; r must outlive it. E_INPUT. */
int expr_new(struct exprs *x, const struct expr_read *r, struct expr **out, struct err *e);
/*
 * Its value with these inputs, as many as names: VALUE_NULL is unknown (a location, too), in and out. txt is valid until the next call. -1 with E_INPUT when it cannot be
 * computed with such values ("column 4: ..."), or needs more steps or memory than it may.
 */
int expr_value(struct expr *p, const struct value *in, struct value *out, struct err *e);

#endif
