/* SPDX-License-Identifier: MIT */
#include "base/num.h"

#include "base/pow10.h"

#include <float.h>
#include <math.h>

#define WHOLE_MAX 9007199254740992.0 /* integers below have all their digits in a double */

static const char pairs[] = "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849"
			    "5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

/* The digits of v, right-aligned before end; where they begin. */
static inline char *digits_before(char *end, uint64_t v)
{
	for (; v >= 100; v /= 100) {
		end -= 2;
		memcpy(end, pairs + v % 100 * 2, 2);
	}
	if (v >= 10) {
		end -= 2;
		memcpy(end, pairs + v * 2, 2);
	} else {
		*--end = (char)('0' + v);
	}
	return end;
}

/* floor(2^-… * g * cp) with a last bit that says whether anything was cut. */
static uint64_t round_to_odd(struct pow10 g, uint64_t cp)
{
	uint64_t x = (uint64_t)((wide)g.lo * cp >> 64);
	wide y = (wide)g.hi * cp + x;

	return (uint64_t)(y >> 64) | ((uint64_t)y > 1);
}

/*
 * Schubfach: of the decimals within the interval that rounds to v = c * 2^q the shortest, of those the nearest.
 * v = digits * 10^*k. `narrow`: v is a power of two, so the interval below it is half as wide.
 */
static uint64_t schubfach(uint64_t c, int q, bool narrow, int *k)
{
	uint64_t odd = c & 1, cb = 4 * c, lower, upper, vb, s, sp;
	struct pow10 g;
	bool low, high;
	int h;

	*k = shift_down(q * 1262611 - (narrow ? 524031 : 0), 22);
	g = pow10_ceil(-*k);
	h = q + shift_down(-*k * 1741647, 19) + 1;
	lower = round_to_odd(g, (cb - 2 + narrow) << h) + odd;
	vb = round_to_odd(g, cb << h);
	upper = round_to_odd(g, (cb + 2) << h) - odd;
	s = vb / 4;
	if (s >= 10) {
		sp = s / 10;
		low = lower <= 40 * sp;
		high = 40 * sp + 40 <= upper;
		if (low != high) {
			++*k;
			return sp + high;
		}
	}
	low = lower <= 4 * s;
	high = 4 * s + 4 <= upper;
	if (low != high)
		return s + high;
	return s + (vb > 4 * s + 2 || (vb == 4 * s + 2 && (s & 1)));
}

static uint64_t without_zeros(uint64_t d, int *k)
{
	static const struct {
		uint64_t unit;
		int zeros;
	} step[] = { { 100000000, 8 }, { 10000, 4 }, { 100, 2 }, { 10, 1 }, { 10, 1 } };

	for (size_t i = 0; i < COUNT(step); i++)
		if (d % step[i].unit == 0) {
			d /= step[i].unit;
			*k += step[i].zeros;
		}
	return d;
}

/* The fewest digits that read back as v, which is positive: v = digits * 10^*k. */
static uint64_t shortest(double v, int *k)
{
	uint64_t bits, fraction;
	int exp;

	memcpy(&bits, &v, sizeof(bits));
	fraction = bits & ((UINT64_C(1) << 52) - 1);
	exp = (int)(bits >> 52);
	fraction = exp ? schubfach(fraction | UINT64_C(1) << 52, exp - 1075, fraction == 0 && exp > 1, k) :
			 schubfach(fraction, -1074, false, k);
	return without_zeros(fraction, k);
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

#define DECIMALS_MOST 6
#define FEW 3 /* that are tried for a number by itself */
#define DECIMALS_BELOW 1e15 /* decimals of up to 15 digits are all different doubles */

static const double power[DECIMALS_MOST + 1] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6 };
static const uint32_t power_int[DECIMALS_MOST + 1] = { 1, 10, 100, 1000, 10000, 100000, 1000000 };

/*
 * v > 0 as q / 10^*k when it has few decimals, as what meters send has; tried from *k on, up to `most`. A decimal of up to 15 digits that reads
 * back as v is the only one so short, hence the shortest.
 */
static inline bool few_decimals(double v, int *k, int most, uint64_t *q)
{
	int i = *k;

	for (; i <= most; i++) {
		double x = v * power[i];

		if (!(x < DECIMALS_BELOW))
			return false;
		*q = (uint64_t)(x + 0.5);
		if ((double)*q / power[i] == v)
			break;
	}
	if (i > most)
		return false;
	for (; i && *q % 10 == 0; i--)
		*q /= 10;
	*k = i;
	return true;
}

static unsigned digit_count(uint64_t v)
{
	unsigned n = 1;

	for (; v >= 10000; v /= 10000)
		n += 4;
	return n + (v >= 10) + (v >= 100) + (v >= 1000);
}

/* The digits of q with a point before the last k of them, which are at most DECIMALS_MOST: its length. */
static inline size_t lay_out_few(char *out, uint64_t q, int k)
{
	uint64_t whole = q / power_int[k];
	uint32_t rest = (uint32_t)(q - whole * power_int[k]);
	char *p = out + digit_count(whole);

	(void)digits_before(p, whole);
	if (!k)
		return (size_t)(p - out);
	*p = '.';
	for (int i = k; i > 0; i--, rest /= 10)
		p[i] = (char)('0' + rest % 10);
	return (size_t)(p - out) + 1 + (size_t)k;
}

size_t num_print_like(double v, int *decimals, char out[32])
{
	char *p = out;
	uint64_t q;

	if (signbit(v)) {
		*p++ = '-';
		v = -v;
	}
	if (v == 0 || !few_decimals(v, decimals, DECIMALS_MOST, &q))
		return (size_t)(p - out) + num_print(v, p);
	p += lay_out_few(p, q, *decimals);
	*p = '\0';
	return (size_t)(p - out);
}

size_t num_print_int(int64_t v, char out[32])
{
	char digits[20], *end = digits + sizeof(digits), *from, *p = out;

	if (v < 0)
		*p++ = '-';
	from = digits_before(end, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
	p = put(p, from, (size_t)(end - from));
	*p = '\0';
	return (size_t)(p - out);
}

size_t num_print(double v, char out[32])
{
	char digits[20], *end = digits + sizeof(digits), *from, *p = out;
	int k = 0, few = 1;
	uint64_t q;

	if (signbit(v)) {
		*p++ = '-';
		v = -v;
	}
	if (v < WHOLE_MAX && v == (double)(uint64_t)v) {
		from = digits_before(end, (uint64_t)v);
		p = put(p, from, (size_t)(end - from));
	} else if (v <= DBL_MAX && few_decimals(v, &few, FEW, &q)) {
		p += lay_out_few(p, q, few);
	} else if (v <= DBL_MAX) {
		from = digits_before(end, shortest(v, &k));
		p = lay_out(p, from, (size_t)(end - from), (int)(end - from) + k);
	} else {
		*p++ = '0';
	}
	*p = '\0';
	return (size_t)(p - out);
}
