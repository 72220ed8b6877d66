/* SPDX-License-Identifier: MIT */
#include "codec/gz.h"

#define ZLIB_CONST
#include <zlib.h>

#define GZIP_ONLY (16 + MAX_WBITS) /* window bits that make zlib want a gzip header */

enum place { IN_MEMBER, BETWEEN, IN_PADDING, DAMAGED };

struct gz {
	z_stream z;
	enum place place;
	bool more; /* the last call filled its buffer: zlib may hold bytes without new input */
};

struct gz *gz_new(void)
{
	struct gz *z = calloc(1, sizeof(*z));

	if (z && inflateInit2(&z->z, GZIP_ONLY) != Z_OK) {
		free(z);
		return NULL;
	}
	return z;
}

void gz_free(struct gz *z)
{
	if (!z)
		return;
	(void)inflateEnd(&z->z);
	free(z);
}

bool gz_magic(struct str head)
{
	return str_starts(head, "\x1f\x8b");
}

bool gz_is_complete(const struct gz *z)
{
	return z->place == BETWEEN || z->place == IN_PADDING;
}

static ssize_t damaged(struct gz *z, struct err *e)
{
	z->place = DAMAGED;
	return err_set(e, E_INPUT, "gzip data is damaged");
}

/* Between members: the start of another one, or padding. False when it is neither. */
static bool next_member(struct gz *z, struct str *in)
{
	while (in->len && in->ptr[0] == '\0') {
		z->place = IN_PADDING;
		in->ptr++;
		in->len--;
	}
	if (in->len == 0)
		return true;
	if (z->place != BETWEEN || in->ptr[0] != '\x1f' || inflateReset(&z->z) != Z_OK)
		return false;
	z->place = IN_MEMBER;
	return true;
}

ssize_t gz_unpack(struct gz *z, struct str *in, void *out, size_t n, struct err *e)
{
	size_t cap = n > UINT_MAX ? UINT_MAX : n;

	if (z->place == DAMAGED)
		return damaged(z, e);
	while (in->len || z->more) {
		size_t give = in->len > UINT_MAX ? UINT_MAX : in->len, made;
		int rc;

		if (z->place != IN_MEMBER) {
			if (!next_member(z, in))
				return damaged(z, e);
			continue;
		}
		z->z.next_in = (const unsigned char *)in->ptr;
		z->z.avail_in = (unsigned)give;
		z->z.next_out = out;
		z->z.avail_out = (unsigned)cap;
		rc = inflate(&z->z, Z_NO_FLUSH);
		in->ptr += give - z->z.avail_in;
		in->len -= give - z->z.avail_in;
		made = cap - z->z.avail_out;
		z->more = made == cap && rc == Z_OK;
		if (rc == Z_STREAM_END)
			z->place = BETWEEN;
		else if (rc == Z_MEM_ERROR)
			return err_nomem(e);
		else if (rc != Z_OK && rc != Z_BUF_ERROR)
			z->place = DAMAGED;
		if (made)
			return (ssize_t)made;
		if (z->place == DAMAGED)
			return damaged(z, e);
	}
	return 0;
}

/* ---- packing ---- */

#define PACKED_AT_ONCE 16384

struct gz_out {
	z_stream z;
	unsigned char out[PACKED_AT_ONCE];
};

struct gz_out *gz_out_new(void)
{
	struct gz_out *z = calloc(1, sizeof(*z));

	if (z && deflateInit2(&z->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_ONLY, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK) {
		free(z);
		return NULL;
	}
	return z;
}

void gz_out_free(struct gz_out *z)
{
	if (!z)
		return;
	(void)deflateEnd(&z->z);
	free(z);
}

int gz_pack(struct gz_out *z, struct str in, bool end, int (*put)(void *arg, const void *bytes, size_t n, struct err *e), void *arg,
	    struct err *e)
{
	do {
		size_t give = in.len > UINT_MAX ? UINT_MAX : in.len;
		int rc;

		z->z.next_in = (const unsigned char *)in.ptr;
		z->z.avail_in = (unsigned)give;
		do {
			z->z.next_out = z->out;
			z->z.avail_out = sizeof(z->out);
			rc = deflate(&z->z, end && give == in.len ? Z_FINISH : Z_NO_FLUSH);
			if (rc == Z_STREAM_ERROR)
				return err_nomem(e);
			if (put(arg, z->out, sizeof(z->out) - z->z.avail_out, e) < 0)
				return -1;
		} while (z->z.avail_out == 0);
		in.ptr += give;
		in.len -= give;
	} while (in.len);
	return 0;
}
