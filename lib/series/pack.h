/* SPDX-License-Identifier: MIT */
/*
 * Inside room series: columns as bytes. Integers are little-endian; a varint has seven bits a byte, the lowest
 * first; zigzag maps 0 -1 1 -2 … to 0 1 2 3 …. A reader that meets something impossible sets bad and gives zeros, so
 * that one look at the end is enough. The formats are in sit-store(7).
 */
#ifndef SIT_SERIES_PACK_H
#define SIT_SERIES_PACK_H

#include "base/base.h"
#include "base/err.h"

/* Bytes being written; room is made by wr_need() before the writes that need it. */
struct wr {
	uint8_t *buf;
	size_t len, cap;
};

/* Room for n more bytes. */
int wr_need(struct wr *w, size_t n, struct err *e);
void wr_done(struct wr *w);

/* Bytes being read. */
struct rd {
	const uint8_t *p, *end;
	bool bad;
};

#define VARINT_MAX 10

/* What columns are computed in, kept from one block to the next. */
struct scratch {
	int64_t *q; /* integers of a column */
	double *num; /* values of some of a block's points */
	size_t cap;
};

/* Room for n of each. */
int scratch_need(struct scratch *s, size_t n, struct err *e);
void scratch_done(struct scratch *s);

/* Small numbers of either sign become small ones. */
static inline uint64_t zigzag(int64_t v)
{
	return (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0);
}

/* The other way round. */
static inline int64_t unzigzag(uint64_t z)
{
	return (int64_t)(z >> 1 ^ (0 - (z & 1)));
}

/* One byte; there must be room, here and below. */
static inline void wr_byte(struct wr *w, unsigned v)
{
	w->buf[w->len++] = (uint8_t)v;
}

/* VARINT_MAX bytes at most. */
static inline void wr_varint(struct wr *w, uint64_t v)
{
	uint8_t *p = w->buf + w->len;

	for (; v >= 0x80; v >>= 7)
		*p++ = (uint8_t)(v | 0x80);
	*p++ = (uint8_t)v;
	w->len = (size_t)(p - w->buf);
}

/* Four bytes. */
static inline void wr_u32(struct wr *w, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		wr_byte(w, v >> 8 * i & 0xff);
}

/* Eight bytes. */
static inline void wr_u64(struct wr *w, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		wr_byte(w, (unsigned)(v >> 8 * i & 0xff));
}

/* Bytes that are not read yet. */
static inline size_t rd_left(const struct rd *r)
{
	return (size_t)(r->end - r->p);
}

/* The next n bytes, NULL when there are fewer. */
static inline const uint8_t *rd_take(struct rd *r, size_t n)
{
	const uint8_t *p = r->p;

	if (r->bad || n > rd_left(r)) {
		r->bad = true;
		return NULL;
	}
	r->p += n;
	return p;
}

/* The next byte. */
static inline unsigned rd_byte(struct rd *r)
{
	const uint8_t *p = rd_take(r, 1);

	return p ? *p : 0;
}

/* What wr_varint() wrote. */
static inline uint64_t rd_varint(struct rd *r)
{
	uint64_t v = 0;

	for (unsigned shift = 0; r->p && r->p < r->end && shift < 70; shift += 7) {
		uint64_t b = *r->p++;

		if (shift == 63 && b > 1)
			break;
		v |= (b & 0x7f) << shift;
		if (!(b & 0x80))
			return v;
	}
	r->bad = true;
	return 0;
}

/* What wr_u64() wrote. */
static inline uint64_t rd_u64(struct rd *r)
{
	const uint8_t *p = rd_take(r, 8);
	uint64_t v = 0;

	for (int i = 7; p && i >= 0; i--)
		v = v << 8 | p[i];
	return v;
}

/* What wr_u32() wrote. */
static inline uint32_t rd_u32(struct rd *r)
{
	const uint8_t *p = rd_take(r, 4);

	return p ? (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24 : 0;
}

/* The bits of a double. */
static inline uint64_t bits_of(double v)
{
	uint64_t b;

	memcpy(&b, &v, sizeof(b));
	return b;
}

/* The other way round. */
static inline double double_of(uint64_t b)
{
	double v;

	memcpy(&v, &b, sizeof(v));
	return v;
}

/* Instants, in any order. n > 0. */
int pack_times(struct wr *w, const int64_t *t, size_t n, struct scratch *s, struct err *e);
/* False when damaged. */
bool unpack_times(struct rd *r, int64_t *t, size_t n);
/* Doubles, to the bit. n > 0. */
int pack_numbers(struct wr *w, const double *v, size_t n, struct scratch *s, struct err *e);
bool unpack_numbers(struct rd *r, double *v, size_t n);
/* 0 and 1, by length of runs. n > 0. */
int pack_flags(struct wr *w, const double *v, size_t n, struct err *e);
bool unpack_flags(struct rd *r, double *v, size_t n);
/* Texts: those that differ, and which comes when. Unpacked bytes are in one piece got by alloc(arg, bytes). n > 0. */
int pack_texts(struct wr *w, const struct str *t, size_t n, struct err *e);
bool unpack_texts(struct rd *r, struct str *t, size_t n, char *(*alloc)(void *arg, size_t n), void *arg);
/* Locations {"lat":…,"lon":…}: two columns of numbers where every text is what they print as, else texts. n > 0. */
int pack_places(struct wr *w, const struct str *t, size_t n, struct scratch *s, struct err *e);
bool unpack_places(struct rd *r, struct str *t, size_t n, char *(*alloc)(void *arg, size_t n), void *arg);
/* n integers of `width` bits, one behind the other, the lowest bit first. */
void pack_bits(struct wr *w, const uint64_t *v, size_t n, unsigned width);
bool unpack_bits(struct rd *r, uint64_t *v, size_t n, unsigned width);

#endif
