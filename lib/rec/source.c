/* SPDX-License-Identifier: MIT */
#include "rec/source.h"

#include "codec/gz.h"
#include "os/file.h"
#include "os/signal.h"

#include <poll.h>
#include <sys/stat.h>

#define RAW_SIZE 65536

struct source {
	char *name;
	int fd;
	bool own_fd;
	bool regular;
	bool probed;  /* it is known whether this is gzip */
	bool ended;   /* read(2) returned 0 */
	uint64_t done, size;
	struct gz *gz; /* NULL for plain bytes */
	struct str in; /* read, not yet delivered or unpacked; within raw */
	bool full;     /* the last unpacking filled its buffer: there may be more in hand */
	char raw[RAW_SIZE];
};

static int open_fd(struct source *s, const char *path, struct err *e)
{
	struct stat st;

	if (strcmp(path, "-") == 0) {
		s->fd = STDIN_FILENO;
	} else {
		s->fd = open_file(path, O_RDONLY, 0);
		if (s->fd < 0)
			return errno == EINTR ? stop_error(e) : err_errno(e, errno, path);
		s->own_fd = true;
	}
	if (fstat(s->fd, &st) < 0)
		return err_errno(e, errno, s->name);
	if (S_ISDIR(st.st_mode))
		return err_errno(e, EISDIR, s->name);
	s->regular = S_ISREG(st.st_mode);
	if (s->regular && st.st_size > 0)
		s->size = (uint64_t)st.st_size;
	return 0;
}

int source_open(const char *path, struct source **out, struct err *e)
{
	AUTO(source_freep) struct source *s = calloc(1, sizeof(*s));

	*out = NULL;
	if (!s)
		return err_nomem(e);
	s->fd = -1;
	s->name = strdup(strcmp(path, "-") == 0 ? "standard input" : path);
	if (!s->name)
		return err_nomem(e);
	if (open_fd(s, path, e) < 0)
		return -1;
	*out = s;
	s = NULL;
	return 0;
}

void source_free(struct source *s)
{
	if (!s)
		return;
	if (s->own_fd)
		(void)close(s->fd);
	gz_free(s->gz);
	free(s->name);
	free(s);
}

/* A descriptor somebody made non-blocking (a shared terminal) is waited for. */
static bool wait_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, -1) >= 0 || errno == EINTR;
}

/* One read(2): bytes, 0 at the end, -1. */
static ssize_t read_some(struct source *s, void *buf, size_t n, struct err *e)
{
	if (s->ended)
		return 0;
	for (;;) {
		ssize_t got = read(s->fd, buf, n);

		if (got >= 0) {
			s->done += (uint64_t)got;
			s->ended = got == 0;
			return got;
		}
		if (errno == EAGAIN && wait_readable(s->fd) && !stop_requested())
			continue;
		if ((errno == EINTR || errno == EAGAIN) && stop_requested())
			return stop_error(e);
		if (errno != EINTR)
			return err_errno(e, errno, s->name);
	}
}

/* Put what one read(2) brings behind what is in hand. */
static int fill(struct source *s, struct err *e)
{
	ssize_t got;

	if (s->in.len)
		memmove(s->raw, s->in.ptr, s->in.len);
	s->in.ptr = s->raw;
	got = read_some(s, s->raw + s->in.len, sizeof(s->raw) - s->in.len, e);
	if (got < 0)
		return -1;
	s->in.len += (size_t)got;
	return 0;
}

/* Look at the first two bytes; a lone 0x1f has to wait for its neighbour. */
static int probe(struct source *s, struct err *e)
{
	while (!s->ended && s->in.len < 2 && (s->in.len == 0 || s->in.ptr[0] == '\x1f'))
		if (fill(s, e) < 0)
			return -1;
	s->probed = true;
	if (!gz_magic(s->in))
		return 0;
	s->gz = gz_new();
	return s->gz ? 0 : err_nomem(e);
}

static ssize_t read_gz(struct source *s, void *buf, size_t n, struct err *e)
{
	for (;;) {
		ssize_t made = gz_unpack(s->gz, &s->in, buf, n, e);

		s->full = made > 0 && (size_t)made == n;
		if (made > 0)
			return made;
		if (made < 0)
			return err_wrap(e, "%s", s->name);
		if (s->ended)
			break;
		if (fill(s, e) < 0)
			return -1;
	}
	if (gz_is_complete(s->gz))
		return 0;
	return err_set(e, E_INPUT, "%s: gzip data is damaged: cut off", s->name);
}

ssize_t source_read(struct source *s, void *buf, size_t n, struct err *e)
{
	if (n == 0)
		return 0;
	if (!s->probed && probe(s, e) < 0)
		return -1;
	if (s->gz)
		return read_gz(s, buf, n, e);
	if (s->in.len == 0)
		return read_some(s, buf, n, e);
	n = n < s->in.len ? n : s->in.len;
	memcpy(buf, s->in.ptr, n);
	s->in.ptr += n;
	s->in.len -= n;
	return (ssize_t)n;
}

bool source_is_idle(const struct source *s)
{
	struct pollfd p = { .fd = s->fd, .events = POLLIN };

	if (s->regular || s->ended || s->in.len || s->full)
		return false;
	return poll(&p, 1, 0) == 0;
}

const char *source_name(const struct source *s)
{
	return s->name;
}

void source_progress(const struct source *s, uint64_t *done, uint64_t *size)
{
	*done = s->done;
	*size = s->size;
}
