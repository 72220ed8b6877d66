/* SPDX-License-Identifier: MIT */
/*
 * Columns of numbers, to the bit: integers over a power of ten where that is exact (but for a few, which are kept beside: Afroozeh et al., ALP,
 * SIGMOD 2024), else what changes from bit to bit.
 */
#include "series/pack.h"

#include <endian.h>
#include <math.h>

#define SMALL 16
#define GROUP 64
#define DIGITS_MAX 13
#define DIGITS_SURE 9 /* with more digits, bits may take less room than decimals */
#define FEW 8	      /* one value in so many may be an exception */
#define REPEATED 0x80 /* all are as the first */
#define EXCEPTED 0x40 /* exceptions follow */
#define FROM_LEAST 0x80 /* in a width: offsets from the group's least, not steps */

/* The first byte of a column: the digits of its decimals or one of these; REPEATED, EXCEPTED. */
enum { NUM_XOR = 14, NUM_RAW };

static const double power[DIGITS_MAX + 1] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13 };

/* Adding and taking away 1.5 * 2^52 rounds to an integer for |x| < 2^51. */
#define ROUNDER 6755399441055744.0
#define INTEGER_MAX 2251799813685248.0

static inline bool is_exact(double v, int64_t q, int digits)
{
	return bits_of((double)q / power[digits]) == bits_of(v);
}

static inline bool to_integer(double v, int digits, int64_t *q)
{
	double x = v * power[digits], r;

	if (!(fabs(x) < INTEGER_MAX))
		return false;
	r = (x + ROUNDER) - ROUNDER;
	*q = (int64_t)r;
	return is_exact(v, *q, digits);
}

/*
 * Digits after the point that make every value exact, -1 when there are too many. What is exact with k digits is so with
 * more, as long as the integer is one: so the digits only grow.
 */
static int common_digits(const double *v, size_t n, int64_t *q)
{
	int digits = 0;
	size_t i;

	for (i = 0; i < n; i++)
		while (!to_integer(v[i], digits, q + i))
			if (++digits > DIGITS_MAX)
				return -1;
	for (i = 0; digits && i < n; i++)
		if (!to_integer(v[i], digits, q + i))
			return -1;
	return digits;
}

/* How many values need so many digits; [DIGITS_MAX + 1]: no number of digits is enough. */
static void count_digits(const double *v, size_t n, size_t count[DIGITS_MAX + 2])
{
	memset(count, 0, (DIGITS_MAX + 2) * sizeof(*count));
	for (size_t i = 0; i < n; i++) {
		int64_t q;
		int d = 0;

		while (d <= DIGITS_MAX && !to_integer(v[i], d, &q))
			d++;
		count[d]++;
	}
}

static unsigned width_of(uint64_t v)
{
	return v ? 64 - (unsigned)__builtin_clzll(v) : 0;
}

/* One group: steps from value to value, or what each has more than the least, whichever is narrower. */
static void pack_group(struct wr *w, const int64_t *q, size_t m)
{
	uint64_t step[GROUP], over[GROUP], steps = 0, most = 0;
	int64_t least = q[0];
	unsigned a, b;

	for (size_t k = 0; k < m; k++) {
		least = q[k] < least ? q[k] : least;
		step[k] = zigzag(q[k] - q[(ptrdiff_t)k - 1]);
		steps |= step[k];
	}
	for (size_t k = 0; k < m; k++) {
		over[k] = (uint64_t)(q[k] - least);
		most |= over[k];
	}
	a = width_of(steps);
	b = width_of(most);
	if (a * m <= b * m + 16) { /* the least takes two bytes or so */
		wr_byte(w, a);
		pack_bits(w, step, m, a);
		return;
	}
	wr_byte(w, b | FROM_LEAST);
	wr_varint(w, zigzag(least - q[-1]));
	pack_bits(w, over, m, b);
}

static void pack_decimals(struct wr *w, const int64_t *q, size_t n, bool repeated)
{
	wr_varint(w, zigzag(q[0]));
	if (repeated)
		return;
	if (n < SMALL) {
		for (size_t i = 1; i < n; i++)
			wr_varint(w, zigzag(q[i] - q[i - 1]));
		return;
	}
	for (size_t i = 1; i < n; i += GROUP)
		pack_group(w, q + i, n - i < GROUP ? n - i : GROUP);
}

static bool unpack_group(struct rd *r, uint64_t *at, double *v, size_t m, double by)
{
	unsigned width = rd_byte(r);
	uint64_t z[GROUP], q = *at;

	if (width & FROM_LEAST) {
		uint64_t least = q + (uint64_t)unzigzag(rd_varint(r));

		if (!unpack_bits(r, z, m, width & 0x7f))
			return false;
		for (size_t k = 0; k < m; k++)
			v[k] = (double)(int64_t)(least + z[k]) / by;
		*at = least + z[m - 1];
		return true;
	}
	if (!unpack_bits(r, z, m, width))
		return false;
	for (size_t k = 0; k < m; k++) {
		q += (uint64_t)unzigzag(z[k]);
		v[k] = (double)(int64_t)q / by;
	}
	*at = q;
	return true;
}

static bool unpack_decimals(struct rd *r, double *v, size_t n, unsigned digits)
{
	uint64_t q = (uint64_t)unzigzag(rd_varint(r));

	v[0] = (double)(int64_t)q / power[digits];
	if (n < SMALL) {
		for (size_t i = 1; i < n; i++) {
			q += (uint64_t)unzigzag(rd_varint(r));
			v[i] = (double)(int64_t)q / power[digits];
		}
		return !r->bad;
	}
	for (size_t i = 1; i < n; i += GROUP)
		if (!unpack_group(r, &q, v + i, n - i < GROUP ? n - i : GROUP, power[digits]))
			return false;
	return !r->bad;
}

/* ---- by the bits that differ from the value before (Pelkonen et al., Gorilla, VLDB 2015), the highest bit first ---- */

struct bits {
	struct wr *w;
	uint64_t acc;
	unsigned have;
};

static void put(struct bits *b, uint64_t v, unsigned n)
{
	if (n > 32) {
		put(b, v >> 32, n - 32);
		n = 32;
	}
	b->acc = b->acc << n | (v & (((uint64_t)1 << n) - 1));
	for (b->have += n; b->have >= 8; b->have -= 8)
		wr_byte(b->w, (unsigned)(b->acc >> (b->have - 8)) & 0xff);
}

static void pack_xor(struct wr *w, const double *v, size_t n)
{
	struct bits b = { .w = w };
	unsigned lead = 64, trail = 0;
	uint64_t last = bits_of(v[0]);

	wr_u64(w, last);
	for (size_t i = 1; i < n; i++) {
		uint64_t x = bits_of(v[i]) ^ last;
		unsigned l, t;

		last = bits_of(v[i]);
		if (!x) {
			put(&b, 0, 1);
			continue;
		}
		l = (unsigned)__builtin_clzll(x);
		t = (unsigned)__builtin_ctzll(x);
		l = l > 31 ? 31 : l;
		if (lead < 64 && l >= lead && t >= trail) {
			put(&b, 2, 2);
		} else {
			lead = l;
			trail = t;
			put(&b, 3, 2);
			put(&b, lead, 5);
			put(&b, 63 - lead - trail, 6);
		}
		put(&b, x >> trail, 64 - lead - trail);
	}
	if (b.have)
		wr_byte(w, (unsigned)(b.acc << (8 - b.have)) & 0xff);
}

struct bit_rd {
	const uint8_t *p;
	size_t at, end; /* in bits */
	bool bad;
};

/* n of 1 to 64. */
static uint64_t get(struct bit_rd *b, unsigned n)
{
	uint64_t v = 0;
	size_t byte = b->at / 8, left;

	if (n > 32) {
		v = get(b, n - 32);
		return v << 32 | get(b, 32);
	}
	if (b->bad || n > b->end - b->at) {
		b->bad = true;
		return 0;
	}
	left = b->end / 8 - byte;
	memcpy(&v, b->p + byte, left < 8 ? left : 8);
	v = be64toh(v) << b->at % 8 >> (64 - n);
	b->at += n;
	return v;
}

static bool unpack_xor(struct rd *r, double *v, size_t n)
{
	uint64_t last = rd_u64(r);
	struct bit_rd b = { r->p, 0, rd_left(r) * 8, r->bad };
	unsigned lead = 0, width = 0;

	v[0] = double_of(last);
	for (size_t i = 1; i < n && !b.bad; i++) {
		if (get(&b, 1)) {
			if (get(&b, 1)) {
				lead = (unsigned)get(&b, 5);
				width = (unsigned)get(&b, 6) + 1;
			}
			if (width == 0 || lead + width > 64)
				return false;
			last ^= get(&b, width) << (64 - lead - width);
		}
		v[i] = double_of(last);
	}
	r->p += (b.at + 7) / 8;
	return !b.bad;
}

/* ---- a column ---- */

static bool all_same(const double *v, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (bits_of(v[i]) != bits_of(v[0]))
			return false;
	return n > 1;
}

/* Decimals of so many digits, and what they are not exact for. */
static void pack_excepted(struct wr *w, const double *v, int64_t *q, size_t n, int digits)
{
	size_t head = w->len, count = 0, last = 0;

	wr_byte(w, (unsigned)digits);
	for (size_t i = 0; i < n; i++) {
		if (!to_integer(v[i], digits, q + i) && !(fabs(v[i] * power[digits]) < INTEGER_MAX))
			q[i] = i ? q[i - 1] : 0;
		count += !is_exact(v[i], q[i], digits);
	}
	pack_decimals(w, q, n, false);
	if (!count)
		return;
	w->buf[head] |= EXCEPTED;
	wr_varint(w, count);
	for (size_t i = 0; i < n; i++) {
		if (is_exact(v[i], q[i], digits))
			continue;
		wr_varint(w, i - last);
		wr_u64(w, bits_of(v[i]));
		last = i;
	}
}

/* By the bits, or by decimals that are exact for most, whichever is shorter. */
static void pack_shortest(struct wr *w, const double *v, int64_t *q, size_t n)
{
	size_t from = w->len, best, count[DIGITS_MAX + 2], left = n;

	wr_byte(w, NUM_XOR);
	pack_xor(w, v, n);
	best = w->len - from;
	count_digits(v, n, count);
	for (int digits = 0; digits <= DIGITS_MAX; digits++) {
		left -= count[digits];
		if (count[digits] == 0 || left > n / FEW)
			continue;
		pack_excepted(w, v, q, n, digits);
		if (w->len - from - best < best) {
			best = w->len - from - best;
			memmove(w->buf + from, w->buf + w->len - best, best);
		}
		w->len = from + best;
	}
}

int pack_numbers(struct wr *w, const double *v, size_t n, struct scratch *s, struct err *e)
{
	bool repeated = all_same(v, n);
	size_t m = repeated ? 1 : n;
	int digits;

	/* A value by its bits takes 77 bits at most, an exception 18 bytes; two ways are compared. */
	if (wr_need(w, 2 * (32 + 11 * m + VARINT_MAX * (m / GROUP + 2)), e) < 0 || scratch_need(s, m, e) < 0)
		return -1;
	digits = common_digits(v, m, s->q);
	if (m >= SMALL && (digits < 0 || digits > DIGITS_SURE)) {
		pack_shortest(w, v, s->q, m);
		return 0;
	}
	wr_byte(w, (unsigned)(digits >= 0 ? digits : NUM_RAW) | (repeated ? REPEATED : 0));
	if (digits >= 0)
		pack_decimals(w, s->q, m, repeated);
	else
		for (size_t i = 0; i < m; i++)
			wr_u64(w, bits_of(v[i]));
	return 0;
}

static bool unpack_exceptions(struct rd *r, double *v, size_t n)
{
	uint64_t count = rd_varint(r), at = 0;

	for (uint64_t i = 0; i < count && !r->bad; i++) {
		uint64_t gap = rd_varint(r), bits = rd_u64(r);

		if (gap >= n - at)
			return false;
		at += gap;
		v[at] = double_of(bits);
	}
	return !r->bad;
}

bool unpack_numbers(struct rd *r, double *v, size_t n)
{
	unsigned head = rd_byte(r), how = head & ~(unsigned)(REPEATED | EXCEPTED);
	size_t m = head & REPEATED ? 1 : n;

	if (r->bad || n == 0)
		return false;
	if (how == NUM_RAW) {
		for (size_t i = 0; i < m && !r->bad; i++)
			v[i] = double_of(rd_u64(r));
	} else if (how == NUM_XOR) {
		if (!unpack_xor(r, v, m))
			return false;
	} else if (how > DIGITS_MAX || !unpack_decimals(r, v, m, how)) {
		return false;
	}
	if (head & EXCEPTED && !unpack_exceptions(r, v, m))
		return false;
	for (size_t i = m; i < n; i++)
		v[i] = v[0];
	return !r->bad;
}

int pack_flags(struct wr *w, const double *v, size_t n, struct err *e)
{
	if (wr_need(w, 1 + VARINT_MAX * n, e) < 0)
		return -1;
	wr_byte(w, v[0] != 0);
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && v[end] == v[i];)
			end++;
		wr_varint(w, end - i);
	}
	return 0;
}

bool unpack_flags(struct rd *r, double *v, size_t n)
{
	unsigned now = rd_byte(r);

	if (now > 1)
		return false;
	for (size_t i = 0; i < n && !r->bad; now = !now) {
		uint64_t run = rd_varint(r);

		if (run == 0 || run > n - i)
			return false;
		while (run--)
			v[i++] = now;
	}
	return !r->bad;
}
