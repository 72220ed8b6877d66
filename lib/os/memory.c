/* SPDX-License-Identifier: MIT */
#include "os/memory.h"

#include <malloc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define FIRST ((size_t)640 << 10) /* what a short program uses */
#define PAD (FIRST + ((size_t)256 << 10))
/* Setting the one above ends the automatic choice of these two. */
#define APART ((size_t)1 << 20)
#define KEEP ((size_t)2 << 20)
#define PAGE ((uintptr_t)4096)

void memory_ready(void)
{
#if defined(MADV_POPULATE_WRITE) && defined(M_TOP_PAD)
	uintptr_t from, end;
	void *first;

	if (!mallopt(M_TOP_PAD, (int)PAD) || !mallopt(M_MMAP_THRESHOLD, (int)APART) || !mallopt(M_TRIM_THRESHOLD, (int)KEEP))
		return;
	first = malloc(1);
	from = ((uintptr_t)first + PAGE - 1) / PAGE * PAGE;
	end = (uintptr_t)sbrk(0);
	/* Only when it is the heap that the program break bounds. */
	if (first && from < end && end - from >= FIRST && end - from <= 2 * PAD)
		(void)madvise((void *)from, FIRST, MADV_POPULATE_WRITE);
	free(first);
#endif
}

void memory_private(void)
{
	const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ /* whose search for leaks looks into the process from beside it */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}
