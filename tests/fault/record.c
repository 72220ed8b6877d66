/* SPDX-License-Identifier: MIT */
/*
 * Preloaded: what a program does to a store, in order, for torn.py. Each write, sync and truncation of FAULT_STORE and its log goes to the file FAULT_RECORD as op
 * (W S T), file (d store, w log), offset, length, size of the file FAULT_REPORT at that moment (what was said to be stored by then), and the bytes.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define NEXT(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

static int out = -1;

static char which(int fd)
{
	const char *store = getenv("FAULT_STORE");
	char link[32], path[PATH_MAX];
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (!store || n < 0)
		return 0;
	path[n] = '\0';
	if (strncmp(path, store, strlen(store)) != 0)
		return 0;
	return strcmp(path + strlen(store), "") == 0 ? 'd' : strcmp(path + strlen(store), "-wal") == 0 ? 'w' : 0;
}

static void note(char op, int fd, int64_t off, const void *bytes, size_t n)
{
	char head[22] = { op, which(fd) };
	uint32_t len = (uint32_t)n;
	int64_t reported = 0;
	struct iovec v[] = { { head, sizeof(head) }, { (void *)bytes, n } };
	struct stat st;

	if (!head[1])
		return;
	if (out < 0)
		out = open(getenv("FAULT_RECORD"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (stat(getenv("FAULT_REPORT"), &st) == 0)
		reported = st.st_size;
	memcpy(head + 2, &off, 8);
	memcpy(head + 10, &len, 4);
	memcpy(head + 14, &reported, 8);
	if (writev(out, v, bytes ? 2 : 1) != (ssize_t)(sizeof(head) + n))
		abort();
}

ssize_t pwrite64(int fd, const void *b, size_t n, off64_t off)
{
	ssize_t done = NEXT(pwrite64)(fd, b, n, off);

	if (done > 0)
		note('W', fd, off, b, (size_t)done);
	return done;
}

ssize_t pwrite(int fd, const void *b, size_t n, off_t off)
{
	return pwrite64(fd, b, n, off);
}

int fdatasync(int fd)
{
	int rc = NEXT(fdatasync)(fd);

	if (rc == 0)
		note('S', fd, 0, NULL, 0);
	return rc;
}

int fsync(int fd)
{
	int rc = NEXT(fsync)(fd);

	if (rc == 0)
		note('S', fd, 0, NULL, 0);
	return rc;
}

int ftruncate64(int fd, off64_t n)
{
	int rc = NEXT(ftruncate64)(fd, n);

	if (rc == 0)
		note('T', fd, n, NULL, 0);
	return rc;
}

int ftruncate(int fd, off_t n)
{
	return ftruncate64(fd, n);
}
