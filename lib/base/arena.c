/* SPDX-License-Identifier: MIT */
#include "base/arena.h"

#include <sys/mman.h>

#define BLOCK 16384
#define LARGE ((size_t)4 << 20)	   /* who has taken so much takes more, */
#define LARGE_BLOCK ((size_t)2 << 20) /* in the size of a large page: a fault for each small one costs more than what is done with it */

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	_Alignas(max_align_t) char bytes[];
};

void arena_done(struct arena *a)
{
	struct arena_block *b = a->head, *next;

	for (; b; b = next) {
		next = b->next;
		free(b);
	}
	a->head = NULL;
	a->used = 0;
}

void arena_clear(struct arena *a)
{
	struct arena_block *keep = a->head;

	if (!keep)
		return;
	a->head = keep->next;
	arena_done(a);
	keep->next = NULL;
	keep->used = 0;
	a->head = keep;
}

static struct arena_block *block_new(size_t used, size_t n)
{
	size_t size = n > BLOCK ? n : BLOCK;
	struct arena_block *b;

	if (used < LARGE || sizeof(*b) + n > LARGE_BLOCK) {
		b = malloc(sizeof(*b) + size);
	} else {
		b = aligned_alloc(LARGE_BLOCK, LARGE_BLOCK);
		size = LARGE_BLOCK - sizeof(*b);
#ifdef MADV_HUGEPAGE
		if (b)
			(void)madvise(b, LARGE_BLOCK, MADV_HUGEPAGE);
#endif
	}
	if (b)
		*b = (struct arena_block){ .size = size };
	return b;
}

void *arena_alloc(struct arena *a, size_t n)
{
	size_t unit = _Alignof(max_align_t);
	struct arena_block *b = a->head;
	void *p;

	if (n > a->max || a->used > a->max - n)
		return NULL;
	n = (n + unit - 1) / unit * unit;
	if (!b || b->size - b->used < n) {
		b = block_new(a->used, n);
		if (!b)
			return NULL;
		b->next = a->head;
		a->head = b;
	}
	p = b->bytes + b->used;
	b->used += n;
	a->used += n;
	memset(p, 0, n);
	return p;
}

char *arena_dup(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.len + 1);

	if (p && s.len)
		memcpy(p, s.ptr, s.len);
	return p;
}
