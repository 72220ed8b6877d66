/* SPDX-License-Identifier: MIT */
#include "codec/json_split.h"

#include <math.h>

#define DIGITS_SAFE 15	  /* any integer of so many digits is below 2^53 */
#define DIGITS_MAX 400	  /* more digits before the point than any double has */
#define DIGITS_COUNT 800  /* more digits than can move a literal over the edge of a double */
#define MAGNITUDE_MAX 309 /* the largest double has 309 digits before its point */
#define SHOWN 40	  /* bytes of a literal in a message */

static int refuse(struct str lit, const char *kind, const char *what, struct err *e)
{
	struct str head = { lit.ptr, lit.len > SHOWN ? SHOWN : lit.len };

	return err_set(e, E_INPUT, "%s %.*s%s %s", kind, STR_ARG(head), head.len < lit.len ? "..." : "",
		       what);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_integer(struct str lit)
{
	for (size_t i = 0; i < lit.len; i++)
		if (!is_digit(lit.ptr[i]) && lit.ptr[i] != '-')
			return false;
	return true;
}

static struct str without_sign(struct str lit)
{
	if (lit.len && lit.ptr[0] == '-')
		return (struct str){ lit.ptr + 1, lit.len - 1 };
	return lit;
}

/* Printing the nearest double with all its digits shows whether it is the same integer. */
static int check_integer(struct str lit, struct err *e)
{
	struct str digits = without_sign(lit);
	char in[DIGITS_MAX + 1], out[DIGITS_MAX + 1];
	double v;

	if (digits.len <= DIGITS_SAFE)
		return 0;
	if (digits.len > DIGITS_MAX)
		return refuse(lit, "number", "is beyond a double", e);
	memcpy(in, digits.ptr, digits.len);
	in[digits.len] = '\0';
	v = strtod(in, NULL);
	if (!isfinite(v))
		return refuse(lit, "number", "is beyond a double", e);
	(void)snprintf(out, sizeof(out), "%.0f", v);
	if (!str_is(digits, out))
		return refuse(lit, "integer", "does not fit a double exactly", e);
	return 0;
}

/* The exponent's value, cut where it no longer matters. */
static long exponent(struct str lit, size_t i)
{
	bool minus = false;
	long v = 0;

	if (i < lit.len && (lit.ptr[i] == '+' || lit.ptr[i] == '-'))
		minus = lit.ptr[i++] == '-';
	for (; i < lit.len; i++)
		if (v < 100000000)
			v = v * 10 + (lit.ptr[i] - '0');
	return minus ? -v : v;
}

/*
 * Magnitude from the digits and the exponent; only near the edge strtod() decides, from a text without a
 * point, as the point is the locale's.
 */
static int check_real(struct str lit, struct err *e)
{
	char digits[DIGITS_COUNT + 32];
	size_t n = 0, i = 0;
	long whole = 0, exp10 = 0; /* digits between the first that is not 0 and the point */
	bool point = false;

	for (; i < lit.len && lit.ptr[i] != 'e' && lit.ptr[i] != 'E'; i++) {
		if (lit.ptr[i] == '.')
			point = true;
		if (!is_digit(lit.ptr[i]))
			continue;
		if (n == 0 && lit.ptr[i] == '0') {
			whole -= point;
			continue;
		}
		whole += !point;
		if (n < DIGITS_COUNT)
			digits[n++] = lit.ptr[i];
	}
	if (i < lit.len)
		exp10 = exponent(lit, i + 1);
	if (n == 0 || whole + exp10 < MAGNITUDE_MAX)
		return 0;
	if (whole + exp10 == MAGNITUDE_MAX) {
		(void)snprintf(digits + n, sizeof(digits) - n, "e%ld", whole + exp10 - (long)n);
		if (isfinite(strtod(digits, NULL)))
			return 0;
	}
	return refuse(lit, "number", "is beyond a double", e);
}

int json_num_check(struct str lit, struct err *e)
{
	if (lit.len <= DIGITS_SAFE && !memchr(lit.ptr, 'e', lit.len) && !memchr(lit.ptr, 'E', lit.len))
		return 0;
	return is_integer(lit) ? check_integer(lit, e) : check_real(lit, e);
}

bool json_num_is_odd(struct str lit)
{
	struct str digits = without_sign(lit);
	char text[32];

	if (str_is(lit, "-0"))
		return true;
	if (digits.len <= 18 || !is_integer(lit))
		return false;
	if (digits.len > 19)
		return true;
	memcpy(text, lit.ptr, lit.len);
	text[lit.len] = '\0';
	errno = 0;
	(void)strtoll(text, NULL, 10);
	return errno == ERANGE;
}
