/* SPDX-License-Identifier: MIT */
/* Numbers as text, one grammar everywhere (RFC 8259 number), independent of the locale. */
#ifndef SIT_BASE_NUM_H
#define SIT_BASE_NUM_H

#include "base/base.h"

enum num_verdict {
	NUM_OK,
	NUM_SYNTAX,  /* not a number: empty, hex, NaN, Infinity, leading zero or plus, text behind it */
	NUM_RANGE,   /* beyond the largest double, e.g. 1e400 */
	NUM_INEXACT, /* an integer literal that a double cannot hold exactly, e.g. 9007199254740993 */
};

/*
 * Read all of s as a JSON number. 0.1 is fine (nearest double); 1e-400 is 0; an integer literal must be exact,
 * or be what num_print() writes for its double.
 */
enum num_verdict num_parse(struct str s, double *out);
/* Read all of s as a decimal integer with optional '-'; false on anything else or beyond int64_t. */
bool num_parse_int(struct str s, int64_t *out);
/* Why it was refused, for an error line: "is not a number", "is beyond a double", …  */
const char *num_why(enum num_verdict v);
/*
 * The shortest text that reads back as the same double, without exponent for 1e-7 < |v| < 1e21 (as ECMAScript's
 * Number::toString), "-0" kept; v must be finite. Returns the length; out is terminated.
 */
size_t num_print(double v, char out[32]);

#endif
