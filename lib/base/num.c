/* SPDX-License-Identifier: MIT */
#include "base/num.h"

#include <float.h>
#include <math.h>

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

/* Small mantissas and powers are exact doubles, so one operation rounds once and right. */
static bool quick(const char *digits, size_t n, int64_t exp, double *out)
{
	static const double power[] = { 1e0,  1e1,  1e2, 1e3,  1e4,  1e5,  1e6, 1e7,
					1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
					1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
	int64_t m = 0;
	size_t i;

	if (n > 15 || exp < -22 || exp > 22)
		return false;
	for (i = 0; i < n; i++)
		m = m * 10 + (digits[i] - '0');
	*out = exp < 0 ? (double)m / power[-exp] : (double)m * power[exp];
	return true;
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

enum num_verdict num_parse(struct str s, double *out)
{
	char buf[DIGITS_MAX + 32];
	struct literal l;
	int64_t exp;
	double v = 0;
	size_t n;

	if (!read_literal(s, &l))
		return NUM_SYNTAX;
	n = gather(&l, buf, &exp);
	if (n && !quick(buf, n, exp, &v)) {
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

/* The fewest digits that read back as v (which is positive); v = d.ddd * 10^*exp. */
static size_t shortest(double v, char digits[20], int *exp)
{
	/* Subnormals carry fewer digits than the 15 that every normal double keeps. */
	int precision = v < DBL_MIN ? 1 : 15;
	char buf[64];
	const char *p;
	size_t n = 0;

	for (; precision <= 17; precision++) {
		(void)snprintf(buf, sizeof(buf), "%.*e", precision - 1, v);
		/* Written and read in the same locale, whichever that is. */
		if (strtod(buf, NULL) == v)
			break;
	}
	for (p = buf; *p && *p != 'e'; p++)
		if (is_digit(*p) && n < 17)
			digits[n++] = *p;
	*exp = (int)strtol(p + (*p == 'e'), NULL, 10);
	while (n > 1 && digits[n - 1] == '0')
		n--;
	return n;
}

static char *put(char *p, const char *from, size_t n)
{
	memcpy(p, from, n);
	return p + n;
}

/* The layout of ECMAScript's Number::toString: n digits, the decimal point behind `point` of them. */
static char *lay_out(char *p, const char *digits, size_t n, int point)
{
	static const char zeros[] = "000000000000000000000";

	if (point > 21 || point <= -6) {
		*p++ = digits[0];
		if (n > 1) {
			*p++ = '.';
			p = put(p, digits + 1, n - 1);
		}
		return p + snprintf(p, 13, "e%+d", point - 1);
	}
	if (point <= 0) {
		p = put(p, "0.", 2);
		p = put(p, zeros, (size_t)-point);
		return put(p, digits, n);
	}
	if ((size_t)point >= n) {
		p = put(p, digits, n);
		return put(p, zeros, (size_t)point - n);
	}
	p = put(p, digits, (size_t)point);
	*p++ = '.';
	return put(p, digits + point, n - (size_t)point);
}

size_t num_print(double v, char out[32])
{
	char digits[20], *p = out;
	size_t n;
	int exp;

	if (signbit(v)) {
		*p++ = '-';
		v = -v;
	}
	if (v > 0 && v <= DBL_MAX) {
		n = shortest(v, digits, &exp);
		p = lay_out(p, digits, n, exp + 1);
	} else {
		*p++ = '0';
	}
	*p = '\0';
	return (size_t)(p - out);
}
