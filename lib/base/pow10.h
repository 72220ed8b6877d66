/* SPDX-License-Identifier: MIT */
/* Inside room base: powers of ten to 128 bits, for reading and printing doubles. */
#ifndef SIT_BASE_POW10_H
#define SIT_BASE_POW10_H

#include "base/base.h"

#define POW10_MIN (-342)
#define POW10_MAX 324

/* The leading 128 bits of a power of ten: hi's top bit is set. */
struct pow10 {
	uint64_t hi, lo;
};

/*
 * pow10_table[q - POW10_MIN] is 10^q, cut after 128 bits; from q = -27 to -1 it is rounded up instead, as Lemire's
 * proof wants it. From 0 to 55 it is exact.
 */
extern const struct pow10 pow10_table[POW10_MAX - POW10_MIN + 1];

__extension__ typedef unsigned __int128 wide; /* a product of two words */

/* v / 2^n rounded down, also below zero. */
static inline int shift_down(int v, int n)
{
	return v < 0 ? ~(~v >> n) : v >> n;
}

/* 10^q rounded up to 128 bits. */
static inline struct pow10 pow10_ceil(int q)
{
	struct pow10 p = pow10_table[q - POW10_MIN];

	if (q < -27 || q > 55) {
		p.lo++;
		p.hi += p.lo == 0;
	}
	return p;
}

#endif
