/* SPDX-License-Identifier: MIT */
#include "base/num.h"

#include "base/pow10.h"

#include <float.h>

/* Digits that decide how a decimal rounds to a double: at most 767, then only "is there anything behind". */
#define DIGITS_MAX 800
/* Exponents are clamped here: far beyond a double, far from overflow. */
#define EXP_MAX 1000000000

/* A number taken apart: whole[.frac][e exp]. */
struct literal {
	bool neg, integer;
	struct str whole, frac;
	int64_t exp;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The run of digits at p. */
static struct str digits_at(const char *p, const char *end)
{
	struct str s = { p, 0 };

	while (p + s.len < end && is_digit(p[s.len]))
		s.len++;
	return s;
}

/* "e-12" at p; returns what follows it or NULL. */
static const char *read_exponent(const char *p, const char *end, int64_t *out)
{
	bool neg = false;
	struct str s;
	size_t i;

	p++;
	if (p < end && (*p == '-' || *p == '+'))
		neg = *p++ == '-';
	s = digits_at(p, end);
	if (!s.len)
		return NULL;
	for (i = 0; i < s.len && *out < EXP_MAX; i++)
		*out = *out * 10 + (s.ptr[i] - '0');
	if (neg)
		*out = -*out;
	return p + s.len;
}

static bool read_literal(struct str s, struct literal *l)
{
	const char *p = s.ptr, *end;

	*l = (struct literal){ .integer = true };
	if (!s.len)
		return false;
	end = s.ptr + s.len;
	if (*p == '-') {
		l->neg = true;
		p++;
	}
	l->whole = digits_at(p, end);
	if (!l->whole.len || (l->whole.len > 1 && *p == '0'))
		return false;
	p += l->whole.len;
	if (p < end && *p == '.') {
		l->integer = false;
		l->frac = digits_at(p + 1, end);
		if (!l->frac.len)
			return false;
		p += 1 + l->frac.len;
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		l->integer = false;
		p = read_exponent(p, end, &l->exp);
	}
	return p == end;
}

/* The significant digits of both parts as one integer times 10^*exp. */
static size_t gather(const struct literal *l, char buf[DIGITS_MAX + 2], int64_t *exp)
{
	size_t total = l->whole.len + l->frac.len, n = 0, i;
	bool more = false;

	*exp = l->exp - (int64_t)l->frac.len;
	for (i = 0; i < total; i++) {
		char c = i < l->whole.len ? l->whole.ptr[i] : l->frac.ptr[i - l->whole.len];

		if (n == 0 && c == '0')
			continue;
		if (n < DIGITS_MAX) {
			buf[n++] = c;
			continue;
		}
		more = more || c != '0';
		(*exp)++;
	}
	if (more) {
		buf[n++] = '1';
		(*exp)--;
	}
	buf[n] = '\0';
	return n;
}

static const double power[] = { 1e0,  1e1,  1e2,	 1e3,  1e4,  1e5,  1e6,	 1e7,  1e8,  1e9,  1e10, 1e11,
				1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

/* The leading 128 bits of m * 10^q; m's top bit is set. The second product only matters where the first leaves it open. */
static struct pow10 product(uint64_t m, int q)
{
	struct pow10 p = pow10_table[q - POW10_MIN];
	wide first = (wide)m * p.hi;
	struct pow10 r = { (uint64_t)(first >> 64), (uint64_t)first };

	if ((r.hi & 0x1ff) == 0x1ff) {
		uint64_t more = (uint64_t)((wide)m * p.lo >> 64);

		r.lo += more;
		r.hi += r.lo < more;
	}
	return r;
}

/* The double nearest to m * 10^q, m not 0; false beyond the largest one. */
static bool nearest(uint64_t m, int64_t q, double *out)
{
	int zeros, shift, exp, bit;
	struct pow10 p;
	uint64_t bits;

	*out = 0;
	if (q < POW10_MIN)
		return true;
	if (q > DBL_MAX_10_EXP)
		return false;
	zeros = __builtin_clzll(m);
	p = product(m << zeros, (int)q);
	bit = (int)(p.hi >> 63);
	shift = bit + 9;
	bits = p.hi >> shift; /* the mantissa and one bit to round by */
	exp = shift_down((152170 + 65536) * (int)q, 16) + 63 + bit - zeros + 1023;
	if (exp <= 0) {
		if (exp < -62)
			return true;
		bits >>= 1 - exp;
		bits = (bits + (bits & 1)) >> 1;
		exp = bits >> 52 != 0;
	} else {
		/* Just between two doubles: to the even one. */
		if (p.lo <= 1 && q >= -4 && q <= 23 && (bits & 3) == 1 && bits << shift == p.hi)
			bits &= ~UINT64_C(1);
		bits = (bits + (bits & 1)) >> 1;
		if (bits >> 53) {
			bits >>= 1;
			exp++;
		}
	}
	if (exp >= 0x7ff)
		return false;
	bits = (bits & ~(UINT64_C(1) << 52)) | (uint64_t)exp << 52;
	memcpy(out, &bits, sizeof(bits));
	return true;
}

/* The digits at p are put behind those of *m; leading zeros of the whole number are not counted in *n. */
static const char *take_digits(const char *p, const char *end, uint64_t *m, size_t *n)
{
	uint64_t v = *m;
	size_t count = *n;

	for (; p < end && is_digit(*p); p++) {
		v = v * 10 + (uint64_t)(*p - '0');
		count += v != 0;
	}
	*m = v;
	*n = count;
	return p;
}

size_t num_lead(struct str s, double *out)
{
	const char *p = s.ptr, *end = p + s.len, *from;
	int64_t q = 0, e = 0;
	bool neg, integer = true;
	uint64_t m = 0;
	size_t n = 0;
	double v;

	neg = p < end && *p == '-';
	from = p += neg;
	p = take_digits(p, end, &m, &n);
	if (p == from || (*from == '0' && p - from > 1))
		return 0;
	if (p < end && *p == '.') {
		from = ++p;
		p = take_digits(p, end, &m, &n);
		if (p == from)
			return 0;
		q = from - p;
		integer = false;
	}
	if (p < end && (*p | 0x20) == 'e') {
		p = read_exponent(p, end, &e);
		if (!p)
			return 0;
		q += e;
		integer = false;
	}
	if (n > 19 || (integer && m > UINT64_C(1) << 53))
		return 0;
	if (m <= UINT64_C(1) << 53 && q >= -22 && q <= 22) /* both are exact doubles: one operation rounds once and right */
		v = q < 0 ? (double)m / power[-q] : (double)m * power[q];
	else if (m == 0)
		v = 0;
	else if (!nearest(m, q, &v))
		return 0;
	*out = neg ? -v : v;
	return (size_t)(p - s.ptr);
}

/*
 * An integer literal is what the double holds, or what num_print() makes of the double: this toolkit and
 * every JavaScript write 123456789012345683968 as 123456789012345680000, and what was printed must be readable.
 */
static bool holds_exactly(struct str whole, double v)
{
	char buf[DBL_MAX_10_EXP + 3];
	int n = snprintf(buf, sizeof(buf), "%.0f", v);

	if (n > 0 && str_eq(whole, (struct str){ buf, (size_t)n }))
		return true;
	return str_eq(whole, (struct str){ buf, num_print(v, buf) });
}

/* What num_lead() leaves: anything with text behind it, odd integers, long or large numbers. */
static enum num_verdict parse_slowly(struct str s, double *out)
{
	char buf[DIGITS_MAX + 32];
	struct literal l;
	int64_t exp;
	double v = 0;
	size_t n;

	if (!read_literal(s, &l))
		return NUM_SYNTAX;
	n = gather(&l, buf, &exp);
	if (n) {
		/* Without a decimal point the text means the same in every locale. */
		(void)snprintf(buf + n, sizeof(buf) - n, "e%" PRId64, exp);
		v = strtod(buf, NULL);
	}
	if (v > DBL_MAX)
		return NUM_RANGE;
	if (l.integer && n > 15 && !holds_exactly(l.whole, v))
		return NUM_INEXACT;
	*out = l.neg ? -v : v;
	return NUM_OK;
}

enum num_verdict num_parse(struct str s, double *out)
{
	double v;

	if (s.len && num_lead(s, &v) == s.len) {
		*out = v;
		return NUM_OK;
	}
	return parse_slowly(s, out);
}

bool num_parse_int(struct str s, int64_t *out)
{
	struct literal l;
	int64_t v = 0;
	size_t i;

	if (!read_literal(s, &l) || !l.integer)
		return false;
	/* Counted downwards, because INT64_MIN has no positive twin. */
	for (i = 0; i < l.whole.len; i++)
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_sub_overflow(v, l.whole.ptr[i] - '0', &v))
			return false;
	if (!l.neg && __builtin_sub_overflow(0, v, &v))
		return false;
	*out = v;
	return true;
}

const char *num_why(enum num_verdict v)
{
	static const char *const why[] = {
		[NUM_OK] = "is a number",
		[NUM_SYNTAX] = "is not a number",
		[NUM_RANGE] = "is beyond a double",
		[NUM_INEXACT] = "is an integer that a double cannot hold exactly",
	};

	return why[v];
}
