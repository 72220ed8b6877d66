/* SPDX-License-Identifier: MIT */
/* Numbers as text, one grammar everywhere (RFC 8259 number), independent of the locale. */
#ifndef SIT_BASE_NUM_H
#define SIT_BASE_NUM_H

#include "base/base.h"
#include "base/err.h"

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
/*
 * The JSON number at the start of s, read at speed: its length, the nearest double in *out. 0 when there is none, or when it is one that
 * only num_parse() can judge: more than 19 digits, an integer beyond 2^53, beyond the largest double.
 * What s holds behind the number is not looked at.
 *
 * Small mantissas and powers after W. D. Clinger, "How to Read Floating Point Numbers Accurately" (1990); the others after D. Lemire,
 * "Number Parsing at a Gigabyte per Second" (2021), with the proof of N. Mushtak and D. Lemire, "Fast Number Parsing Without Fallback" (2022).
 */
size_t num_lead(struct str s, double *out);
/* Read all of s as a decimal integer with optional '-'; false on anything else or beyond int64_t. */
bool num_parse_int(struct str s, int64_t *out);
/* Why it was refused, for an error line: "is not a number", "is beyond a double", …  */
const char *num_why(enum num_verdict v);
/*
 * The shortest text that reads back as the same double, without exponent for 1e-7 < |v| < 1e21 (as ECMAScript's
 * Number::toString), "-0" kept; v must be finite. Returns the length; out is terminated.
 * The digits after R. Giulietti, "The Schubfach way to render doubles" (2020).
 */
size_t num_print(double v, char out[32]);
/* Likewise an integer. */
size_t num_print_int(int64_t v, char out[32]);
/* num_print(), faster for many numbers of about the same number of decimals: *decimals, 0 at first, is kept from one to the next. */
size_t num_print_like(double v, int *decimals, char out[32]);

/* A number of bytes: digits, with K M G T for powers of 1024. E_USAGE for anything else, and for 0. */
int size_parse(struct str s, int64_t *out, struct err *e);

#endif
