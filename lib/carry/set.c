/* SPDX-License-Identifier: MIT */
/* A set that is written: it grows in a folder of another name, which is given its own when everything is on the disk. */
#include "carry/impl.h"
#include "os/file.h"

#define BUFFER ((size_t)64 << 10)

void hear(struct hearing *h, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	h->n++;
	h->bad(h->arg, line);
}

int set_begin(struct set *s, const char *path, struct err *e)
{
	AUTO(sb_done) struct sb above = SB_INIT(PATH_MAX);
	size_t n = path ? strlen(path) : 0;

	*s = (struct set){ 0 };
	if (!path)
		return 0;
	while (n > 1 && path[n - 1] == '/')
		n--;
	s->path = strndup(path, n);
	if (!s->path || asprintf(&s->folder, "%s.unfinished.XXXXXX", s->path) < 0) {
		s->folder = NULL;
		return err_nomem(e);
	}
	if (access(s->path, F_OK) == 0)
		return err_set(e, E_CONFLICT, "%s: exists already", s->path);
	if (path_folder(s->path, &above) < 0)
		return err_nomem(e);
	if (folder_make(sb_cstr(&above), 0700, e) < 0)
		return -1;
	return mkdtemp(s->folder) ? 0 : err_errno(e, errno, s->path);
}

int set_path(const struct set *s, const char *name, struct sb *path, struct err *e)
{
	AUTO(sb_done) struct sb folder = SB_INIT(PATH_MAX);

	sb_clear(path);
	if (sb_addf(path, "%s/%s", s->folder, name) < 0 || path_folder(sb_cstr(path), &folder) < 0)
		return err_nomem(e);
	return folder_make(sb_cstr(&folder), 0700, e);
}

/* Nothing in a set is there before it is written. */
static int make(const struct set *s, const char *name, FILE **out, struct err *e)
{
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);
	int fd;

	if (set_path(s, name, &path, e) < 0)
		return -1;
	fd = open_file(sb_cstr(&path), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_errno(e, errno, sb_cstr(&path));
	*out = stream_over(fd);
	if (*out)
		return 0;
	(void)close(fd);
	return err_nomem(e);
}

static int close_stream(FILE **f, const char *name, struct err *e)
{
	bool failed = ferror(*f) != 0;

	failed |= fclose(*f) != 0;
	*f = NULL;
	return failed ? err_set(e, E_IO, "%s: write failed", name) : 0;
}

static int list(struct set *s, const char *name, const char *hex, struct err *e)
{
	AUTO(sb_done) struct sb line = SB_INIT(PATH_MAX);

	if (!s->sums && make(s, FOLDER_SUMS, &s->sums, e) < 0)
		return -1;
	s->files++;
	if (sb_addf(&line, "%s  %s\n", hex, name) < 0)
		return err_nomem(e);
	return stream_write(s->sums, line.buf, line.len, FOLDER_SUMS, e);
}

int set_add(struct set *s, const char *name, struct err *e)
{
	AUTO(sha256_freep) struct sha256 *h = NULL;
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);
	char hex[SHA256_HEX + 1], buf[16384];
	ssize_t n;
	int fd, rc;

	if (set_path(s, name, &path, e) < 0 || sha256_new(&h, e) < 0)
		return -1;
	fd = open_file(sb_cstr(&path), O_RDONLY, 0);
	if (fd < 0)
		return err_errno(e, errno, sb_cstr(&path));
	while ((n = read(fd, buf, sizeof(buf))) > 0 || (n < 0 && errno == EINTR))
		sha256_add(h, buf, n > 0 ? (size_t)n : 0);
	rc = n < 0 ? err_errno(e, errno, sb_cstr(&path)) : sha256_end(h, hex, e);
	(void)close(fd);
	return rc < 0 ? -1 : list(s, name, hex, e);
}

int set_text(struct set *s, const char *name, struct str text, struct err *e)
{
	char hex[SHA256_HEX + 1];
	FILE *f;

	if (!s->folder)
		return 0;
	if (make(s, name, &f, e) < 0)
		return -1;
	if (stream_write(f, text.ptr, text.len, name, e) < 0) {
		(void)fclose(f);
		return -1;
	}
	if (close_stream(&f, name, e) < 0 || hash_sha256(text, hex, e) < 0)
		return -1;
	return list(s, name, hex, e);
}

int set_end(struct set *s, struct err *e)
{
	if (!s->folder)
		return 0;
	if ((s->sums && close_stream(&s->sums, FOLDER_SUMS, e) < 0) || folder_settle(s->folder, e) < 0)
		return -1;
	if (rename(s->folder, s->path) != 0)
		return err_errno(e, errno, s->path);
	free(s->folder);
	s->folder = NULL;
	return folder_sync(s->path, e);
}

void set_drop(struct set *s)
{
	if (s->sums)
		(void)fclose(s->sums);
	if (s->folder)
		folder_remove(s->folder);
	free(s->folder);
	free(s->path);
	*s = (struct set){ 0 };
}

/* ---- a file of lines ---- */

static int put(void *arg, const void *bytes, size_t n, struct err *e)
{
	struct sink *k = arg;

	sha256_add(k->bytes, bytes, n);
	return stream_write(k->f, bytes, n, k->name, e);
}

int sink_begin(struct sink *k, struct set *s, const char *name, struct err *e)
{
	size_t n = strlen(name);

	*k = (struct sink){ .set = s, .buf = SB_INIT((size_t)1 << 30) };
	(void)snprintf(k->name, sizeof(k->name), "%s", name);
	if (sha256_new(&k->text, e) < 0)
		return -1;
	if (!s->folder)
		return 0;
	if (n > 3 && strcmp(name + n - 3, ".gz") == 0 && !(k->z = gz_out_new()))
		return err_nomem(e);
	return sha256_new(&k->bytes, e) < 0 ? -1 : make(s, name, &k->f, e);
}

static int flush(struct sink *k, bool end, struct err *e)
{
	int rc = 0;

	sha256_add(k->text, k->buf.buf, k->buf.len);
	if (k->z)
		rc = gz_pack(k->z, sb_str(&k->buf), end, put, k, e);
	else if (k->f)
		rc = put(k, k->buf.buf, k->buf.len, e);
	sb_clear(&k->buf);
	return rc;
}

int sink_line(struct sink *k, struct err *e)
{
	k->lines++;
	if (sb_addc(&k->buf, '\n') < 0)
		return err_nomem(e);
	return k->buf.len < BUFFER ? 0 : flush(k, false, e);
}

int sink_end(struct sink *k, char hex[SHA256_HEX + 1], struct err *e)
{
	char packed[SHA256_HEX + 1];

	if (flush(k, true, e) < 0 || sha256_end(k->text, hex, e) < 0)
		return -1;
	if (!k->f)
		return 0;
	if (close_stream(&k->f, k->name, e) < 0 || sha256_end(k->bytes, packed, e) < 0)
		return -1;
	return list(k->set, k->name, packed, e);
}

void sink_drop(struct sink *k)
{
	if (k->f)
		(void)fclose(k->f);
	gz_out_free(k->z);
	sha256_free(k->bytes);
	sha256_free(k->text);
	sb_done(&k->buf);
	*k = (struct sink){ 0 };
}
