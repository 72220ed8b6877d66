/* SPDX-License-Identifier: MIT */
#include "ingest/spool.h"

#include "codec/crc.h"
#include "os/file.h"

#include <sys/stat.h>

#define SEGMENT_BYTES ((int64_t)8 << 20)
#define RECORD_MOST ((size_t)258 << 20) /* what MQTT allows, and its topic */
#define SUFFIX ".spool"

/* Before topic and payload; numbers as this machine has them: a spool does not travel. */
struct head {
	uint32_t crc; /* of what follows */
	uint32_t topic, payload;
	uint32_t how; /* bit 0: retained; from bit 16: id */
	int64_t arrived;
};

struct spool {
	char *folder;
	int64_t most, bytes;
	int lock;
	uint64_t first, last; /* numbers of the segments that are there, last is written; first > last: none */
	int out;	      /* -1: no segment is open for writing */
	int64_t written;      /* in it */
	bool unsynced, full;
	/* Reading: of segment `at`, up to which offset it was taken, and up to which that is in the store. */
	int in;
	uint64_t at, safe_at;
	int64_t offset, safe_offset;
	struct sb text;
};

static int path_of(const struct spool *s, uint64_t number, struct sb *sb, struct err *e)
{
	sb_clear(sb);
	return sb_addf(sb, "%s/%020" PRIu64 SUFFIX, s->folder, number) < 0 ? err_nomem(e) : 0;
}

void spool_free(struct spool *s)
{
	if (!s)
		return;
	if (s->in >= 0)
		(void)close(s->in);
	if (s->out >= 0)
		(void)close(s->out);
	if (s->lock >= 0)
		lock_drop(s->lock);
	sb_done(&s->text);
	free(s->folder);
	free(s);
}

/* All n bytes at the offset: 1, 0 there are not so many, -1. */
static int read_at(int fd, void *to, size_t n, int64_t offset)
{
	size_t have = 0;

	while (have < n) {
		ssize_t got = pread(fd, (char *)to + have, n - have, (off_t)(offset + (int64_t)have));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return (int)got;
		have += (size_t)got;
	}
	return 1;
}

/* The record at the offset: its length in *n and its bytes in text; 0 at the end, or where it is torn. */
static int read_record(struct spool *s, int fd, int64_t offset, struct head *h, int64_t *n, struct err *e)
{
	uint32_t crc;
	int got = read_at(fd, h, sizeof(*h), offset);
	size_t size;

	if (got <= 0)
		return got < 0 ? err_errno(e, errno, s->folder) : 0;
	size = (size_t)h->topic + h->payload;
	if (size > RECORD_MOST)
		return 0;
	sb_clear(&s->text);
	if (!sb_room(&s->text, size + 1))
		return err_nomem(e);
	got = read_at(fd, s->text.buf, size, offset + (int64_t)sizeof(*h));
	if (got <= 0)
		return got < 0 ? err_errno(e, errno, s->folder) : 0;
	sb_took(&s->text, size);
	crc = crc32c(0, (const char *)h + sizeof(h->crc), sizeof(*h) - sizeof(h->crc));
	*n = (int64_t)(sizeof(*h) + size);
	return crc32c(crc, s->text.buf, size) == h->crc;
}

struct found {
	struct spool *s;
	int64_t waiting;
};

static int count(const char *path, void *arg, struct err *e)
{
	struct found *f = arg;
	const char *base = strrchr(path, '/') + 1;
	uint64_t number = strtoull(base, NULL, 10);
	int fd = open_file(path, O_RDONLY, 0), got;
	struct head h;
	int64_t at = 0, n;

	if (fd < 0)
		return err_errno(e, errno, path);
	while ((got = read_record(f->s, fd, at, &h, &n, e)) > 0) {
		at += n;
		f->waiting++;
	}
	(void)close(fd);
	f->s->bytes += at;
	if (f->s->first > f->s->last)
		f->s->first = number;
	f->s->last = number;
	return got;
}

int spool_open(const char *folder, int64_t most, struct spool **out, int64_t *waiting, struct err *e)
{
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);
	struct spool *s = calloc(1, sizeof(*s));
	struct found f = { s, 0 };
	int rc = s ? 0 : err_nomem(e), got;

	if (rc < 0)
		return -1;
	s->most = most;
	s->first = 1;
	s->in = s->out = s->lock = -1;
	s->text.max = RECORD_MOST + 1;
	s->folder = strdup(folder);
	if (!s->folder || sb_addf(&path, "%s/lock", folder) < 0)
		rc = err_nomem(e);
	/* Not its parents: a spool in a folder that was mistyped is one that nobody finds. */
	if (rc == 0 && mkdir(folder, 0700) != 0 && errno != EEXIST)
		rc = errno == ENOENT ? err_set(e, E_NOTFOUND, "%s: the folder that it is to be made in is not there", folder) : err_errno(e, errno, folder);
	got = rc == 0 ? lock_try(sb_cstr(&path), &s->lock) : 1;
	if (rc == 0 && got <= 0)
		rc = got == 0 ? err_set(e, E_CONFLICT, "%s: another process spools into it", folder) : err_errno(e, errno, folder);
	if (rc == 0)
		rc = folder_each(folder, SUFFIX, count, &f, e);
	if (rc < 0) {
		spool_free(s);
		return -1;
	}
	s->at = s->safe_at = s->first;
	*waiting = f.waiting;
	*out = s;
	return 0;
}

/* Writing goes on in a new segment. */
static int turn(struct spool *s, struct err *e)
{
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);

	if (spool_sync(s, e) < 0)
		return -1;
	if (s->out >= 0)
		(void)close(s->out);
	s->out = -1;
	if (path_of(s, s->last + 1, &path, e) < 0)
		return -1;
	s->out = open_file(sb_cstr(&path), O_WRONLY | O_CREAT | O_EXCL | O_APPEND, 0600);
	if (s->out < 0 || folder_sync(s->folder, e) < 0)
		return s->out < 0 ? err_errno(e, errno, sb_cstr(&path)) : -1;
	s->last++;
	s->written = 0;
	return 0;
}

int spool_put(struct spool *s, const struct spooled *m, struct err *e)
{
	AUTO(sb_done) struct sb sb = SB_INIT(RECORD_MOST + 64);
	struct head h = { .topic = (uint32_t)m->topic.len, .payload = (uint32_t)m->payload.len, .how = m->retained | (uint32_t)m->id << 16, .arrived = m->arrived };

	if (s->bytes + (int64_t)(sizeof(h) + m->topic.len + m->payload.len) > s->most) {
		s->full = true;
		return 0;
	}
	if ((s->out < 0 || s->written >= SEGMENT_BYTES) && turn(s, e) < 0)
		return -1;
	h.crc = crc32c(0, (const char *)&h + sizeof(h.crc), sizeof(h) - sizeof(h.crc));
	h.crc = crc32c(crc32c(h.crc, m->topic.ptr, m->topic.len), m->payload.ptr, m->payload.len);
	sb_add(&sb, &h, sizeof(h));
	sb_add(&sb, m->topic.ptr, m->topic.len);
	if (sb_add(&sb, m->payload.ptr, m->payload.len) < 0)
		return err_nomem(e);
	for (size_t done = 0; done < sb.len;) {
		ssize_t n = write(s->out, sb.buf + done, sb.len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) { /* what is torn is passed over: the next one begins a segment */
			int why = errno;

			s->written = SEGMENT_BYTES;
			return err_errno(e, why, s->folder);
		}
		done += (size_t)n;
	}
	s->written += (int64_t)sb.len;
	s->bytes += (int64_t)sb.len;
	s->unsynced = true;
	return 1;
}

int spool_sync(struct spool *s, struct err *e)
{
	if (!s->unsynced)
		return 0;
	if (fdatasync(s->out) < 0)
		return err_errno(e, errno, s->folder);
	s->unsynced = false;
	return 0;
}

bool spool_is_full(const struct spool *s)
{
	return s->full;
}

static void close_in(struct spool *s)
{
	if (s->in >= 0)
		(void)close(s->in);
	s->in = -1;
}

int spool_next(struct spool *s, struct spooled *m, struct err *e)
{
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);
	struct head h;
	int64_t n;
	int got;

	for (; s->at <= s->last; s->at++, s->offset = 0) {
		if (s->in < 0) {
			if (path_of(s, s->at, &path, e) < 0)
				return -1;
			s->in = open_file(sb_cstr(&path), O_RDONLY, 0);
			if (s->in < 0 && errno != ENOENT)
				return err_errno(e, errno, sb_cstr(&path));
		}
		got = s->in < 0 ? 0 : read_record(s, s->in, s->offset, &h, &n, e);
		if (got < 0)
			return -1;
		if (got > 0) {
			s->offset += n;
			*m = (struct spooled){ .arrived = h.arrived, .retained = h.how & 1, .id = (uint16_t)(h.how >> 16), .topic = { s->text.buf, h.topic },
					       .payload = { s->text.buf + h.topic, h.payload } };
			return 1;
		}
		if (s->at == s->last && s->out >= 0)
			return 0; /* it is written on */
		close_in(s);
	}
	return 0;
}

static int drop_segment(struct spool *s, uint64_t number, struct err *e)
{
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);
	struct stat st;

	if (path_of(s, number, &path, e) < 0)
		return -1;
	if (stat(sb_cstr(&path), &st) == 0)
		s->bytes -= st.st_size < s->bytes ? st.st_size : s->bytes;
	return file_remove(sb_cstr(&path), e);
}

int spool_done(struct spool *s, struct err *e)
{
	/* Nothing is behind it: the segment that is written is through, too. */
	if (s->out >= 0 && s->at == s->last && s->offset == s->written) {
		(void)close(s->out);
		s->out = -1;
		s->unsynced = false;
		close_in(s);
		s->at++;
		s->offset = 0;
	}
	s->safe_at = s->at;
	s->safe_offset = s->offset;
	for (; s->first < s->at && s->first <= s->last; s->first++)
		if (drop_segment(s, s->first, e) < 0)
			return -1;
	s->full = false;
	return folder_sync(s->folder, e);
}

void spool_again(struct spool *s)
{
	close_in(s);
	s->at = s->safe_at;
	s->offset = s->safe_offset;
}
