/* SPDX-License-Identifier: MIT */
/* The grammar of names, folding of wire names to datapoint names, and near names for error lines. */
#ifndef SIT_BASE_NAME_H
#define SIT_BASE_NAME_H

#include "base/base.h"
#include "base/sb.h"

#define NAME_MAX_LEN 63

/* [A-Za-z0-9][A-Za-z0-9._-]{0,62} */
bool name_valid(struct str s);
/* [A-Za-z][A-Za-z0-9_]{0,62}: datapoint names, because formulas use them. */
bool ident_valid(struct str s);
/*
 * A datapoint name out of a name on the wire: every byte outside [A-Za-z0-9_] becomes '_', a leading digit or '_' gets a 'v'
 * before it, cut to 63 bytes. False for the empty name.
 */
bool ident_fold(struct str wire, char out[NAME_MAX_LEN + 1]);
/* Edit distance (Damerau, adjacent swaps count 1), capped: anything above `cap` returns cap + 1. */
unsigned name_distance(struct str a, struct str b, unsigned cap);

/* The best near name among candidates offered one by one; start from {0}. */
struct near {
	struct str best;
	unsigned distance;
};
/* Offer a candidate (its bytes must outlive the struct). */
void near_offer(struct near *n, struct str wanted, struct str candidate);
/* The same of a candidate whose bytes do not last: the best one is kept in buf. */
void near_offer_copy(struct near *n, char buf[NAME_MAX_LEN + 1], struct str wanted, struct str candidate);
/* " (did you mean "x"?)" when one is near enough, else "". */
const char *near_text(const struct near *n, char *buf, size_t size);
/* Order of versions: runs of digits compare as numbers, the rest byte for byte: 1.9 < 1.10 < 1.10b; <0, 0, >0. */
int version_cmp(struct str a, struct str b);
/* Shell-style pattern: * ? [abc] [a-z] [!x], backslash quotes; over bytes, no special treatment of any. */
bool glob_match(struct str pattern, struct str s);
/* Append the pattern as a regular expression (POSIX with \uXXXX) for the whole of a text in which each byte is a character of its own (Latin-1). */
int glob_regex(struct str pattern, struct sb *out);
/* The pattern has a wildcard. */
bool glob_is(struct str pattern);

#endif
