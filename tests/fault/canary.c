/* SPDX-License-Identifier: MIT */
/*
 * Preloaded: what a program leaves in its memory, for canary.py. When it ends, all memory that it may write is searched for each line of the file FAULT_CANARIES
 * (kept there with every byte flipped, so that reading it plants nothing); FAULT_FOUND gets a line "NAME NUMBER REGION" for each that is there, and "NAME dumpable" when
 * others of the same user may read that memory. FAULT_MUTANT=keep lets nothing be wiped, =print says what is wiped on standard error: what the test must notice.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static const char *mutant(void)
{
	const char *m = getenv("FAULT_MUTANT");

	return m ? m : "";
}

void explicit_bzero(void *p, size_t n)
{
	volatile unsigned char *b = p;

	if (strcmp(mutant(), "print") == 0 && write(STDERR_FILENO, p, n) < 0)
		abort();
	if (strcmp(mutant(), "keep") == 0)
		return;
	while (n--)
		*b++ = 0;
}

/* What it is called in programs that are built with checks of lengths. */
void __explicit_bzero_chk(void *p, size_t n, size_t room);
void __explicit_bzero_chk(void *p, size_t n, size_t room)
{
	(void)room;
	explicit_bzero(p, n);
}

static void say(const char *what)
{
	const char *path = getenv("FAULT_FOUND");
	int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
	char line[400];
	int n = snprintf(line, sizeof(line), "%s %s\n", program_invocation_short_name, what);

	if (fd < 0 || write(fd, line, (size_t)n) != n)
		return;
	(void)close(fd);
}

/* The flipped line is in [p, end)? */
static int is_in(const unsigned char *p, const unsigned char *end, const unsigned char *line, size_t n)
{
	for (; p + n <= end; p++) {
		size_t i = 0;

		p = memchr(p, line[0] ^ 0xff, (size_t)(end - p));
		if (!p || p + n > end)
			return 0;
		while (i < n && (p[i] ^ line[i]) == 0xff)
			i++;
		if (i == n)
			return 1;
	}
	return 0;
}

static void search(const char *region, const unsigned char *from, const unsigned char *to, const unsigned char *all, size_t size)
{
	size_t number = 1;

	for (size_t i = 0; i < size; number++) {
		const unsigned char *end = memchr(all + i, '\n', size - i);
		size_t n = end ? (size_t)(end - all) - i : size - i;
		char what[300];

		if (n && is_in(from, to, all + i, n)) {
			(void)snprintf(what, sizeof(what), "%zu %s", number, region);
			say(what);
		}
		i += n + 1;
	}
}

__attribute__((destructor)) static void look(void)
{
	const char *path = getenv("FAULT_CANARIES");
	static unsigned char all[65536];
	char line[600];
	ssize_t size;
	FILE *maps;
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0 || (size = read(fd, all, sizeof(all))) <= 0)
		return;
	(void)close(fd);
	if (prctl(PR_GET_DUMPABLE) != 0)
		say("dumpable");
	maps = fopen("/proc/self/maps", "re");
	while (maps && fgets(line, sizeof(line), maps)) {
		unsigned long from, to;
		char rights[8], *name = strrchr(line, ' ');

		line[strcspn(line, "\n")] = '\0';
		if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) == 3 && rights[0] == 'r' && rights[1] == 'w')
			search(name ? name + 1 : "", (const unsigned char *)from, (const unsigned char *)to, all, (size_t)size);
	}
	if (maps)
		(void)fclose(maps);
}
