/* SPDX-License-Identifier: MIT */
/* Many small things that are freed at once, with a ceiling over all of them. */
#ifndef SIT_BASE_ARENA_H
#define SIT_BASE_ARENA_H

#include "base/base.h"

struct arena {
	struct arena_block *head;
	size_t used; /* bytes handed out since the last clear */
	size_t max;  /* used never exceeds this */
};

#define ARENA_INIT(ceiling) { .max = (ceiling) }

/* Free everything; the arena may be used again. */
void arena_done(struct arena *a);
/* Forget everything, keep one block for the next round. */
void arena_clear(struct arena *a);
/* n zeroed bytes, aligned for any type; NULL when memory or the ceiling is exhausted. */
void *arena_alloc(struct arena *a, size_t n);
/* A terminated copy of the slice; NULL likewise. */
char *arena_dup(struct arena *a, struct str s);

#endif
