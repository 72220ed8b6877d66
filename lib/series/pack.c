/* SPDX-License-Identifier: MIT */
/* Room for bytes, packed integers, instants. Numbers are in pack_num.c, texts in pack_text.c. */
#include "series/pack.h"

#include <endian.h>

#include "base/time.h"

#define SMALL 16 /* columns of fewer are varints */
#define GROUP 64 /* integers that share a width */

int wr_need(struct wr *w, size_t n, struct err *e)
{
	size_t cap = w->cap ? w->cap : 4096;
	uint8_t *p;

	if (n <= w->cap - w->len)
		return 0;
	while (cap - w->len < n)
		cap *= 2;
	p = realloc(w->buf, cap);
	if (!p)
		return err_nomem(e);
	w->buf = p;
	w->cap = cap;
	return 0;
}

void wr_done(struct wr *w)
{
	free(w->buf);
	*w = (struct wr){ 0 };
}

int scratch_need(struct scratch *s, size_t n, struct err *e)
{
	size_t cap = s->cap ? s->cap : 1024;
	int64_t *q;
	double *num;

	if (n <= s->cap)
		return 0;
	while (cap < n)
		cap *= 2;
	q = realloc(s->q, cap * sizeof(*q));
	s->q = q ? q : s->q;
	num = q ? realloc(s->num, cap * sizeof(*num)) : NULL;
	s->num = num ? num : s->num;
	if (!num)
		return err_nomem(e);
	s->cap = cap;
	return 0;
}

void scratch_done(struct scratch *s)
{
	free(s->q);
	free(s->num);
	*s = (struct scratch){ 0 };
}

/* ---- bits ---- */

void pack_bits(struct wr *w, const uint64_t *v, size_t n, unsigned width)
{
	uint8_t *p = w->buf + w->len;
	uint64_t acc = 0;
	unsigned have = 0;

	if (width == 0)
		return;
	for (size_t i = 0; i < n; i++) {
		acc |= v[i] << have;
		if (have + width < 64) {
			have += width;
			continue;
		}
		for (int k = 0; k < 8; k++)
			*p++ = (uint8_t)(acc >> 8 * k);
		acc = have ? v[i] >> (64 - have) : 0;
		have = have + width - 64;
	}
	for (; have; have -= have < 8 ? have : 8, acc >>= 8)
		*p++ = (uint8_t)acc;
	w->len = (size_t)(p - w->buf);
}

static uint64_t load64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

bool unpack_bits(struct rd *r, uint64_t *v, size_t n, unsigned width)
{
	size_t bytes = (n * width + 7) / 8;
	const uint8_t *p = rd_take(r, bytes);
	uint64_t mask = width >= 64 ? UINT64_MAX : ((uint64_t)1 << width) - 1;
	uint8_t tail[GROUP * 8 + 16];

	if (!p || width > 64 || n > GROUP)
		return false;
	if (rd_left(r) < 16) { /* the loads below read up to 9 bytes ahead */
		memcpy(tail, p, bytes);
		memset(tail + bytes, 0, 16);
		p = tail;
	}
	if (width <= 57) {
		for (size_t i = 0, bit = 0; i < n; i++, bit += width)
			v[i] = load64(p + bit / 8) >> bit % 8 & mask;
		return true;
	}
	for (size_t i = 0, bit = 0; i < n; i++, bit += width) {
		unsigned shift = bit % 8;

		v[i] = load64(p + bit / 8) >> shift;
		if (shift)
			v[i] |= (uint64_t)p[bit / 8 + 8] << (64 - shift);
		v[i] &= mask;
	}
	return true;
}

static unsigned width_of(uint64_t v)
{
	return v ? 64 - (unsigned)__builtin_clzll(v) : 0;
}

/* ---- instants: unit (3 bits), how (5 bits), the first, then by how ---- */

static const int64_t units[] = { 1, US_PER_MS, US_PER_S, US_PER_MIN, US_PER_HOUR };

enum { TIME_VARINTS, TIME_REGULAR, TIME_PACKED };

/* The coarsest unit of which every instant is a multiple. */
static unsigned common_unit(const int64_t *t, size_t n)
{
	unsigned u = COUNT(units) - 1;

	for (size_t i = 0; i < n && u; i++)
		while (t[i] % units[u] != 0)
			u--;
	return u;
}

/* Differences wrap, so that any instants will do. */
static uint64_t minus(int64_t a, int64_t b)
{
	return (uint64_t)a - (uint64_t)b;
}

static void pack_second_order(struct wr *w, const int64_t *q, size_t n)
{
	uint64_t z[GROUP], last = minus(q[1], q[0]);

	for (size_t i = 2; i < n; i += GROUP) {
		size_t m = n - i < GROUP ? n - i : GROUP;
		uint64_t all = 0;

		for (size_t k = 0; k < m; k++) {
			uint64_t d = minus(q[i + k], q[i + k - 1]);

			z[k] = zigzag((int64_t)(d - last));
			all |= z[k];
			last = d;
		}
		wr_byte(w, width_of(all));
		pack_bits(w, z, m, width_of(all));
	}
}

static bool is_regular(const int64_t *q, size_t n)
{
	uint64_t d = n > 1 ? minus(q[1], q[0]) : 0;

	for (size_t i = 2; i < n; i++)
		if (minus(q[i], q[i - 1]) != d)
			return false;
	return true;
}

int pack_times(struct wr *w, const int64_t *t, size_t n, struct scratch *s, struct err *e)
{
	unsigned u = common_unit(t, n), how = TIME_PACKED;
	const int64_t *q = t;

	if (wr_need(w, 1 + VARINT_MAX * 2 + n * (n < SMALL ? VARINT_MAX : 8) + n / GROUP + 16, e) < 0 ||
	    scratch_need(s, n, e) < 0)
		return -1;
	if (u) {
		for (size_t i = 0; i < n; i++)
			s->q[i] = t[i] / units[u];
		q = s->q;
	}
	if (n > 2 && is_regular(q, n))
		how = TIME_REGULAR;
	else if (n < SMALL)
		how = TIME_VARINTS;
	wr_byte(w, u | how << 3);
	wr_varint(w, zigzag(q[0]));
	if (how == TIME_VARINTS) {
		for (size_t i = 1; i < n; i++)
			wr_varint(w, zigzag((int64_t)minus(q[i], q[i - 1])));
		return 0;
	}
	wr_varint(w, zigzag((int64_t)minus(q[1], q[0])));
	if (how == TIME_PACKED)
		pack_second_order(w, q, n);
	return 0;
}

static bool unpack_second_order(struct rd *r, int64_t *t, size_t n, uint64_t at, uint64_t d)
{
	uint64_t z[GROUP];

	for (size_t i = 2; i < n; i += GROUP) {
		size_t m = n - i < GROUP ? n - i : GROUP;

		if (!unpack_bits(r, z, m, rd_byte(r)))
			return false;
		for (size_t k = 0; k < m; k++) {
			d += (uint64_t)unzigzag(z[k]);
			at += d;
			t[i + k] = (int64_t)at;
		}
	}
	return true;
}

bool unpack_times(struct rd *r, int64_t *t, size_t n)
{
	unsigned head = rd_byte(r), u = head & 7, how = head >> 3;
	uint64_t at = (uint64_t)unzigzag(rd_varint(r)), d;

	if (r->bad || u >= COUNT(units) || how > TIME_PACKED || n == 0)
		return false;
	t[0] = (int64_t)at;
	if (how == TIME_VARINTS) {
		for (size_t i = 1; i < n && !r->bad; i++) {
			at += (uint64_t)unzigzag(rd_varint(r));
			t[i] = (int64_t)at;
		}
	} else {
		d = (uint64_t)unzigzag(rd_varint(r));
		if (n > 1)
			t[1] = (int64_t)(at + d);
		if (how == TIME_PACKED && !unpack_second_order(r, t, n, at + d, d))
			return false;
		for (size_t i = 2; how == TIME_REGULAR && i < n; i++)
			t[i] = (int64_t)(at + d * i);
	}
	for (size_t i = 0; u && i < n; i++)
		t[i] = (int64_t)((uint64_t)t[i] * (uint64_t)units[u]);
	return !r->bad;
}
