/* SPDX-License-Identifier: MIT */
#include "os/zones.h"

#include "os/file.h"

#define ROOT "/usr/share/zoneinfo"
#define NAME_LEN 255
/* The largest real one has some 4 KiB. */
#define FILE_LEN 65536

/* What was read so far. Few zones are asked for, so a list will do; reachable at exit, hence no leak. */
static struct known {
	struct known *next;
	struct zone *zone;
} *known;

static void close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

/* Nothing that leads out of the directory, and nothing hidden in it. */
static bool name_is_fine(const char *name)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+/-";
	size_t n = strlen(name);

	return n > 0 && n <= NAME_LEN && name[0] != '/' && strspn(name, allowed) == n;
}

/* The whole file into buf; its length or -1. */
static ssize_t read_file(const char *name, char *buf, size_t cap, struct err *e)
{
	const char *root = getenv("SIT_ZONEINFO");
	AUTO(close_fd) int fd = -1;
	char path[4096];
	size_t len = 0;
	int n;

	n = snprintf(path, sizeof(path), "%s/%s", root && *root ? root : ROOT, name);
	if (n < 0 || (size_t)n >= sizeof(path))
		return err_set(e, E_USAGE, "time zone %s: path too long", name);
	fd = open_file(path, O_RDONLY | O_NONBLOCK, 0);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return err_set(e, E_USAGE, "there is no time zone \"%s\"", name);
	if (fd < 0)
		return err_errno(e, errno, path);
	for (;;) {
		ssize_t got = read(fd, buf + len, cap - len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EISDIR)
			return err_set(e, E_USAGE, "there is no time zone \"%s\"", name);
		if (got < 0)
			return err_errno(e, errno, path);
		len += (size_t)got;
		if (got == 0)
			return (ssize_t)len;
		if (len == cap)
			return err_set(e, E_INPUT, "%s: too long for a time zone", path);
	}
}

static int load(const char *name, struct known **out, struct err *e)
{
	AUTO(free_chars) char *buf = malloc(FILE_LEN);
	struct known *k;
	ssize_t n;

	if (!buf)
		return err_nomem(e);
	n = read_file(name, buf, FILE_LEN, e);
	if (n < 0)
		return -1;
	k = calloc(1, sizeof(*k));
	if (!k)
		return err_nomem(e);
	if (zone_parse(buf, (size_t)n, name, &k->zone, e) < 0) {
		free(k);
		return -1;
	}
	k->next = known;
	known = *out = k;
	return 0;
}

int zones_get(const char *name, const struct zone **out, struct err *e)
{
	struct known *k;

	*out = NULL;
	if (strcmp(name, "UTC") == 0 || strcmp(name, "Z") == 0)
		return 0;
	if (!name_is_fine(name))
		return err_set(e, E_USAGE, "\"%s\" is not the name of a time zone", name);
	for (k = known; k && strcmp(zone_name(k->zone), name) != 0; k = k->next)
		;
	if (!k && load(name, &k, e) < 0)
		return -1;
	*out = k->zone;
	return 0;
}
