/* SPDX-License-Identifier: MIT */
/* A whole store into another one, of the same kind or the other. */
#ifndef SIT_KEEP_COPY_H
#define SIT_KEEP_COPY_H

#include "base/base.h"
#include "base/err.h"

struct copying {
	const char *from, *to;					   /* URLs or paths */
	void (*progress)(void *arg, uint64_t done, uint64_t size); /* in rows; NULL: none is wanted */
	void *arg;
	bool moving;	       /* what is written to the old store meanwhile is nobody's concern */
	bool resumed;	       /* out: it went on with a copy that was stopped */
	int64_t rows, points; /* out: what is in the new store */
};

/*
 * Copy all tables as they were at one moment, and compare both sides by counts, digests and points per organisation. `to` must not be there, hold
 * nothing, or be an unfinished copy of the same store: that is gone on with, and what differs by now is copied anew. Until it is whole it has no organisations, so that nobody can work in it. E_PARTIAL when somebody
 * (not `moving`) wrote to the old store meanwhile, which then is not in the copy.
 */
int store_copy(struct copying *c, struct err *e);

#endif
