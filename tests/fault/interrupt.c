/* SPDX-License-Identifier: MIT */
/*
 * Preloaded: the kernel at its most awkward, and within its rights. FAULT_EINTR=k makes every k-th call of read, write, open, poll,
 * flock and their kin fail with EINTR; FAULT_SHORT=1 moves one byte a call; FAULT_ALARM=us raises SIGALRM so often, with a handler
 * that lets calls be interrupted.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

static atomic_long calls;
static long every, chunk;

static void tick(int sig)
{
	(void)sig;
}

__attribute__((constructor)) static void begin(void)
{
	const char *eintr = getenv("FAULT_EINTR"), *brief = getenv("FAULT_SHORT"), *rate = getenv("FAULT_ALARM");
	struct sigaction sa = { .sa_handler = tick };

	every = eintr ? strtol(eintr, NULL, 10) : 0;
	chunk = brief ? strtol(brief, NULL, 10) : 0;
	if (rate) {
		struct itimerval it = { .it_interval.tv_usec = strtol(rate, NULL, 10) };

		it.it_value = it.it_interval;
		(void)sigaction(SIGALRM, &sa, NULL);
		(void)setitimer(ITIMER_REAL, &it, NULL);
	}
}

static int interrupted(void)
{
	if (every <= 0 || (atomic_fetch_add(&calls, 1) + 1) % every != 0)
		return 0;
	errno = EINTR;
	return 1;
}

static size_t some(size_t n)
{
	return chunk > 0 && n > (size_t)chunk ? (size_t)chunk : n;
}

ssize_t read(int fd, void *buf, size_t n)
{
	return interrupted() ? -1 : syscall(SYS_read, fd, buf, some(n));
}

ssize_t write(int fd, const void *buf, size_t n)
{
	return interrupted() ? -1 : syscall(SYS_write, fd, buf, some(n));
}

ssize_t pread64(int fd, void *buf, size_t n, off64_t at)
{
	return interrupted() ? -1 : syscall(SYS_pread64, fd, buf, some(n), at);
}

ssize_t pwrite64(int fd, const void *buf, size_t n, off64_t at)
{
	return interrupted() ? -1 : syscall(SYS_pwrite64, fd, buf, some(n), at);
}

ssize_t pread(int fd, void *buf, size_t n, off_t at)
{
	return pread64(fd, buf, n, at);
}

ssize_t pwrite(int fd, const void *buf, size_t n, off_t at)
{
	return pwrite64(fd, buf, n, at);
}

int open64(const char *path, int flags, ...)
{
	mode_t mode;
	va_list ap;

	va_start(ap, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return interrupted() ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int open(const char *path, int flags, ...)
{
	mode_t mode;
	va_list ap;

	va_start(ap, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return open64(path, flags, mode);
}

int poll(struct pollfd *fds, nfds_t n, int ms)
{
	return interrupted() ? -1 : (int)syscall(SYS_poll, fds, n, ms);
}

int flock(int fd, int how)
{
	return interrupted() ? -1 : (int)syscall(SYS_flock, fd, how);
}
