/* SPDX-License-Identifier: MIT */
/*
 * Preloaded: the n-th allocation fails (FAULT_MALLOC=n). FAULT_MALLOC_HIT names a file that is made when it did, which tells a test
 * that ran out of allocations to fail from one that has more of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t count, size_t n);
extern void *__libc_realloc(void *p, size_t n);

static atomic_long count, at = -1;

static int fails(void)
{
	const char *hit;
	int fd;

	if (atomic_load(&at) < 0) {
		const char *text = getenv("FAULT_MALLOC");

		atomic_store(&at, text ? strtol(text, NULL, 10) : 0);
	}
	if (atomic_load(&at) <= 0 || atomic_fetch_add(&count, 1) + 1 != atomic_load(&at))
		return 0;
	hit = getenv("FAULT_MALLOC_HIT");
	fd = hit ? open(hit, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
	if (fd >= 0)
		(void)close(fd);
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t n)
{
	return fails() ? NULL : __libc_malloc(n);
}

void *calloc(size_t number, size_t n)
{
	return fails() ? NULL : __libc_calloc(number, n);
}

void *realloc(void *p, size_t n)
{
	return fails() ? NULL : __libc_realloc(p, n);
}
