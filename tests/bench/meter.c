/* SPDX-License-Identifier: MIT */
/*
 * meter FILE COMMAND...: run the command and append to FILE a line of wall time and processor time (microseconds), peak memory (KiB); it ends
 * as the command does. What the command itself starts and waits for is counted with it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long us_of(struct timeval t)
{
	return (long long)t.tv_sec * 1000000 + t.tv_usec;
}

static long long now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
	struct rusage used;
	long long from, to;
	FILE *f;
	pid_t pid;
	int status;

	if (argc < 3) {
		fputs("usage: meter FILE COMMAND...\n", stderr);
		return 2;
	}
	f = fopen(argv[1], "ae");
	if (!f) {
		fprintf(stderr, "meter: %s: %s\n", argv[1], strerror(errno));
		return 5;
	}
	from = now_us();
	pid = vfork();
	if (pid == 0) {
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &used) < 0) {
		fprintf(stderr, "meter: %s: %s\n", argv[2], strerror(errno));
		return 5;
	}
	to = now_us();
	fprintf(f, "%lld %lld %ld\n", to - from, us_of(used.ru_utime) + us_of(used.ru_stime), used.ru_maxrss);
	if (fclose(f) != 0)
		return 5;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
