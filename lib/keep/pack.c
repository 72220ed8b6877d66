/* SPDX-License-Identifier: MIT */
#include "keep/pack.h"

#include <sys/stat.h>

#include "codec/zst.h"
#include "os/signal.h"

/* As much as asked for, less only at the end. */
static ssize_t read_full(int fd, char *buf, size_t n)
{
	size_t got = 0;

	while (got < n) {
		ssize_t k = read(fd, buf + got, n - got);

		if (k == 0)
			break;
		if (k < 0 && (errno != EINTR || stop_requested()))
			return -1;
		got += k > 0 ? (size_t)k : 0;
	}
	return (ssize_t)got;
}

void packed_done(struct packed *p)
{
	free(p->chunk);
	*p = (struct packed){ 0 };
}

struct packing {
	struct sha256 *file, *chunk;
	char *in, *out;
	size_t size, room;
};

static void packing_done(struct packing *k)
{
	sha256_free(k->file);
	sha256_free(k->chunk);
	free(k->in);
	free(k->out);
}

/* Room for a chunk, and for one that Zstandard makes longer. */
static int packing_begin(struct packing *k, size_t chunk, struct err *e)
{
	*k = (struct packing){ .size = chunk, .room = chunk + chunk / 128 + 1024 };
	k->in = malloc(chunk);
	k->out = malloc(k->room);
	if (!k->in || !k->out)
		return err_nomem(e);
	return sha256_new(&k->file, e) < 0 ? -1 : sha256_new(&k->chunk, e);
}

static struct packed_chunk *more(struct packed *p, struct err *e)
{
	struct packed_chunk *all = p->n & (p->n - 1) ? p->chunk : realloc(p->chunk, (p->n ? 2 * p->n : 1) * sizeof(*all));

	if (!all) {
		err_nomem(e);
		return NULL;
	}
	p->chunk = all;
	return all + p->n++;
}

static int pack_one(struct packing *k, size_t n, struct file *out, struct packed *p, struct err *e)
{
	size_t len = zst_pack((struct str){ k->in, n }, k->out, k->room);
	struct packed_chunk *c = more(p, e);

	if (!c)
		return -1;
	if (!len)
		return err_nomem(e);
	sha256_add(k->file, k->out, len);
	sha256_add(k->chunk, k->out, len);
	if (sha256_end(k->chunk, c->sha256, e) < 0)
		return -1;
	c->bytes = (int64_t)len;
	c->unpacked = (int64_t)n;
	p->bytes += c->bytes;
	p->unpacked += c->unpacked;
	return file_write(out, k->out, len, e);
}

int pack(int fd, size_t chunk, struct file *out, struct packed *p, struct err *e)
{
	AUTO(packing_done) struct packing k;
	ssize_t n;

	*p = (struct packed){ 0 };
	if (packing_begin(&k, chunk, e) < 0)
		return -1;
	while ((n = read_full(fd, k.in, chunk)) > 0) {
		if (stop_requested())
			return stop_error(e);
		if (pack_one(&k, (size_t)n, out, p, e) < 0)
			return -1;
	}
	if (n < 0)
		return stop_requested() ? stop_error(e) : err_errno(e, errno, "read");
	return sha256_end(k.file, p->sha256, e);
}

int packed_fits(const struct packed *p, size_t i, struct str bytes, struct sha256 *h, struct err *e)
{
	char hex[SHA256_HEX + 1];

	sha256_add(h, bytes.ptr, bytes.len);
	if (sha256_end(h, hex, e) < 0)
		return -1;
	return (int64_t)bytes.len == p->chunk[i].bytes && memcmp(hex, p->chunk[i].sha256, SHA256_HEX) == 0;
}

struct reading {
	const struct packed *p;
	const char *name;
	struct file *out;
	fault_fn *bad;
	void *arg;
	size_t faults;
};

static void fault(struct reading *r, int64_t from, int64_t to, const char *what)
{
	const struct fault f = { r->name, from, to, what };

	r->faults++;
	r->bad(&f, r->arg);
}

/* One chunk whose bytes are in k->in, at `from` in the file. */
static int read_chunk(struct reading *r, struct packing *k, size_t i, int64_t from, struct err *e)
{
	const struct packed_chunk *c = r->p->chunk + i;
	struct str bytes = { k->in, (size_t)c->bytes };
	int fits = packed_fits(r->p, i, bytes, k->chunk, e);

	if (fits < 0)
		return -1;
	sha256_add(k->file, bytes.ptr, bytes.len);
	if (!fits)
		fault(r, from, from + c->bytes, "is not what was written");
	if (!r->out || r->faults)
		return 0;
	if (zst_unpack(bytes, k->out, (size_t)c->unpacked))
		return file_write(r->out, k->out, (size_t)c->unpacked, e);
	fault(r, from, from + c->bytes, "cannot be unpacked");
	return 0;
}

static int read_chunks(struct reading *r, int fd, struct err *e)
{
	AUTO(packing_done) struct packing k;
	char hex[SHA256_HEX + 1];
	int64_t most = 1, at = 0;

	for (size_t i = 0; i < r->p->n; i++) {
		most = r->p->chunk[i].bytes > most ? r->p->chunk[i].bytes : most;
		most = r->p->chunk[i].unpacked > most ? r->p->chunk[i].unpacked : most;
	}
	if (packing_begin(&k, (size_t)most, e) < 0)
		return -1;
	for (size_t i = 0; i < r->p->n && !(r->out && r->faults); at += r->p->chunk[i++].bytes) {
		ssize_t n = read_full(fd, k.in, (size_t)r->p->chunk[i].bytes);

		if (stop_requested())
			return stop_error(e);
		if (n < 0)
			return err_errno(e, errno, r->name);
		if (n < r->p->chunk[i].bytes) {
			fault(r, at + n, r->p->bytes, "is cut off");
			return 0;
		}
		if (read_chunk(r, &k, i, at, e) < 0)
			return -1;
	}
	if (sha256_end(k.file, hex, e) < 0)
		return -1;
	if (!r->faults && strcmp(hex, r->p->sha256) != 0)
		fault(r, 0, r->p->bytes, "is not what was written");
	return 0;
}

int packed_read(const char *path, const char *name, const struct packed *p, struct file *out, fault_fn *bad, void *arg, struct err *e)
{
	struct reading r = { .p = p, .name = name, .out = out, .bad = bad, .arg = arg };
	int fd = open_file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0), rc;
	struct stat st;

	if (fd < 0)
		return err_errno(e, errno, path);
	rc = fstat(fd, &st) != 0 ? err_errno(e, errno, path) : read_chunks(&r, fd, e);
	if (rc == 0 && st.st_size > p->bytes)
		fault(&r, p->bytes, st.st_size, "goes on behind its end");
	(void)close(fd);
	return rc;
}
