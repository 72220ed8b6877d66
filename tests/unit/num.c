/* SPDX-License-Identifier: MIT */
#include "base/num.h"
#include "base/pow10.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>

#include <cmocka.h>

#define assert_prints(v, text)                                                                     \
	do {                                                                                       \
		char got[32];                                                                      \
		assert_int_equal(num_print(v, got), strlen(text));                                 \
		assert_string_equal(got, text);                                                    \
	} while (0)

static void reads_what_rfc_8259_allows(void **state)
{
	static const struct {
		const char *text;
		double want;
	} good[] = {
		{ "0", 0 },
		{ "-1", -1 },
		{ "12.5", 12.5 },
		{ "1e3", 1000 },
		{ "1E+3", 1000 },
		{ "2.5e-1", 0.25 },
		{ "0.1", 0.1 },
		{ "1e-400", 0 },
		{ "9007199254740992", 9007199254740992.0 },
		{ "123456789012345680000", 123456789012345683968.0 },
		{ "123456789012345683968", 123456789012345683968.0 },
		{ "9223372036854775808", 9223372036854775808.0 },
		{ "1000000000000000000000", 1e21 },
		{ "9007199254740993.0", 9007199254740992.0 },
		{ "1.7976931348623157e308", DBL_MAX },
		{ "2.2250738585072011e-308", 2.2250738585072011e-308 },
		{ "0e999999999999999999999", 0 },
		{ "123456789012345678e-17", 1.23456789012345678 },
		{ "0.000000000000000000000000000001e30", 1 },
	};
	size_t i;
	double v;

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		assert_int_equal(num_parse(str_of(good[i].text), &v), NUM_OK);
		assert_true(v == good[i].want);
	}
	assert_int_equal(num_parse(STR("-0"), &v), NUM_OK);
	assert_true(v == 0 && signbit(v));
}

static void refuses_the_rest_and_says_why(void **state)
{
	static const char *const bad[] = { "",	  "-",	 "+1",	"01",	"-01", ".5", "1.",  "1e",  "1e+",   "0x10", "NaN",
					   "Infinity", "1 ", " 1", "1,5", "1_0", "--1", "1.e1", "inf", "1e1.5", "1f" };
	double v = 7;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++)
		assert_int_equal(num_parse(str_of(bad[i]), &v), NUM_SYNTAX);
	assert_int_equal(num_parse(STR("1e400"), &v), NUM_RANGE);
	assert_int_equal(num_parse(STR("-1e309"), &v), NUM_RANGE);
	assert_int_equal(num_parse(STR("1e99999999999999999999"), &v), NUM_RANGE);
	assert_int_equal(num_parse(STR("9007199254740993"), &v), NUM_INEXACT);
	assert_int_equal(num_parse(STR("-18446744073709551615"), &v), NUM_INEXACT);
	assert_int_equal(num_parse(STR("100000000000000000000000"), &v), NUM_INEXACT);
	assert_int_equal(num_parse(STR("123456789012345681000"), &v), NUM_INEXACT);
	assert_true(v == 7);
	assert_string_equal(num_why(NUM_SYNTAX), "is not a number");
	assert_string_equal(num_why(NUM_RANGE), "is beyond a double");
}

/* A tie that only the last of many digits breaks: 2^53+1 is halfway, a trailing 1 lifts it. */
static void rounds_right_however_long_the_text(void **state)
{
	char text[2000] = "9007199254740993.";
	size_t n = strlen(text);
	double v;

	(void)state;
	memset(text + n, '0', 1500);
	assert_int_equal(num_parse((struct str){ text, n + 1500 }, &v), NUM_OK);
	assert_true(v == 9007199254740992.0);
	text[n + 1499] = '1';
	assert_int_equal(num_parse((struct str){ text, n + 1500 }, &v), NUM_OK);
	assert_true(v == 9007199254740994.0);
}

static void integers_are_exact_to_the_last_bit(void **state)
{
	int64_t v;

	(void)state;
	assert_true(num_parse_int(STR("9223372036854775807"), &v));
	assert_true(v == INT64_MAX);
	assert_true(num_parse_int(STR("-9223372036854775808"), &v));
	assert_true(v == INT64_MIN);
	assert_true(num_parse_int(STR("-0"), &v));
	assert_true(v == 0);
	assert_false(num_parse_int(STR("9223372036854775808"), &v));
	assert_false(num_parse_int(STR("-9223372036854775809"), &v));
	assert_false(num_parse_int(STR("99999999999999999999999"), &v));
	assert_false(num_parse_int(STR("1.0"), &v));
	assert_false(num_parse_int(STR("1e2"), &v));
	assert_false(num_parse_int(STR("007"), &v));
	assert_false(num_parse_int(STR(""), &v));
}

/* What `node -p` prints for the same values. */
static void prints_as_ecmascript(void **state)
{
	(void)state;
	assert_prints(0.0, "0");
	assert_prints(-0.0, "-0");
	assert_prints(12, "12");
	assert_prints(-273.15, "-273.15");
	assert_prints(0.1 + 0.2, "0.30000000000000004");
	assert_prints(100, "100");
	assert_prints(123456789012345680000.0, "123456789012345680000");
	assert_prints(1e21, "1e+21");
	assert_prints(1.5e300, "1.5e+300");
	assert_prints(0.000001, "0.000001");
	assert_prints(0.00000123, "0.00000123");
	assert_prints(1e-7, "1e-7");
	assert_prints(1.5e-7, "1.5e-7");
	assert_prints(5e-324, "5e-324");
	assert_prints(2.2250738585072014e-308, "2.2250738585072014e-308");
	assert_prints(-DBL_MAX, "-1.7976931348623157e+308");
	assert_prints(9007199254740993.0, "9007199254740992");
	assert_prints(4.35, "4.35");
	assert_prints(5e-7, "5e-7");
}

/* Any bit pattern comes back, and no text with one digit less would bring it back. */
static void print_and_parse_are_inverse(void **state)
{
	uint64_t bits = 88172645463325252u;
	int i, rounds = 0;

	(void)state;
	for (i = 0; i < 100000; i++) {
		char text[32];
		double v, back;
		size_t n;

		bits ^= bits << 13;
		bits ^= bits >> 7;
		bits ^= bits << 17;
		memcpy(&v, &bits, sizeof(v));
		if (!isfinite(v))
			continue;
		n = num_print(v, text);
		assert_true(n < 32 && text[n] == '\0');
		assert_int_equal(num_parse((struct str){ text, n }, &back), NUM_OK);
		assert_memory_equal(&v, &back, sizeof(v));
		rounds++;
	}
	assert_true(rounds > 90000);
}

/* A power of ten by schoolbook arithmetic: 10^q = 0.bits * 2^n, as many words as it takes, the highest first. */
#define WORDS 40
static void multiply(uint32_t w[WORDS], uint32_t by)
{
	uint64_t carry = 0;

	for (size_t i = WORDS; i-- > 0; carry >>= 32) {
		carry += (uint64_t)w[i] * by;
		w[i] = (uint32_t)carry;
	}
	assert_true(carry == 0);
}

static bool divide(uint32_t w[WORDS], uint32_t by)
{
	uint64_t rest = 0;

	for (size_t i = 0; i < WORDS; i++) {
		rest = rest << 32 | w[i];
		w[i] = (uint32_t)(rest / by);
		rest %= by;
	}
	return rest != 0;
}

static unsigned bit_at(const uint32_t w[WORDS], size_t i)
{
	return w[i / 32] >> (31 - i % 32) & 1;
}

/* 128 bits from the first that is set; *more: something is behind them. */
static struct pow10 leading(const uint32_t w[WORDS], bool *more)
{
	struct pow10 p = { 0, 0 };
	size_t i = 0;

	while (!bit_at(w, i))
		i++;
	for (size_t n = 0; n < 128; n++) {
		p.hi = p.hi << 1 | p.lo >> 63;
		p.lo = p.lo << 1 | (i + n < (size_t)WORDS * 32 ? bit_at(w, i + n) : 0);
	}
	for (i += 128; i < (size_t)WORDS * 32; i++)
		*more = *more || bit_at(w, i);
	return p;
}

static void powers_of_ten_are_what_they_should_be(void **state)
{
	(void)state;
	for (int q = POW10_MIN; q <= POW10_MAX; q++) {
		uint32_t w[WORDS] = { 0 };
		bool more = false, below = false;
		struct pow10 p, up;

		w[q < 0 ? 0 : WORDS - 1] = q < 0 ? 0x80000000u : 1;
		for (int i = 0; i < q; i++)
			multiply(w, 5);
		for (int i = 0; i > q; i--)
			below = divide(w, 5) || below;
		p = leading(w, &more);
		more = more || below;
		up = p;
		if (more)
			up.hi += ++up.lo == 0;
		assert_true(pow10_ceil(q).hi == up.hi && pow10_ceil(q).lo == up.lo);
		p = q >= -27 && q < 0 ? up : p;
		assert_true(pow10_table[q - POW10_MIN].hi == p.hi && pow10_table[q - POW10_MIN].lo == p.lo);
	}
}

/* The number of the text as the C library reads it, which rounds right. */
static double by_library(const char *text)
{
	return strtod(text, NULL);
}

/* Digits with the same number of places as the C library would need, tried one after the other. */
static size_t places_by_library(double v)
{
	int places = 1;
	char text[64];

	do
		(void)snprintf(text, sizeof(text), "%.*e", places - 1, v);
	while (by_library(text) != v && ++places < 17);
	return (size_t)places;
}

static size_t places_of(const char *text)
{
	size_t n = 0, zeros = 0;

	for (const char *p = text; *p && *p != 'e'; p++) {
		if (*p < '0' || *p > '9' || (n == 0 && *p == '0'))
			continue;
		n++;
		zeros = *p == '0' ? zeros + 1 : 0;
	}
	return n - zeros;
}

static uint64_t next_bits(uint64_t *bits)
{
	*bits ^= *bits << 13;
	*bits ^= *bits >> 7;
	*bits ^= *bits << 17;
	return *bits;
}

/* Printed as the C library would print with as few digits as read back; only at powers of two it may not find the fewest. */
static void check_print(double v)
{
	char got[96], want[64];
	size_t places;
	int more; /* behind the first */

	got[num_print(v, got)] = '\0';
	places = places_of(got);
	more = (int)(places & 31) - 1;
	assert_true(by_library(got) == v);
	assert_true(places <= places_by_library(v));
	if (places < places_by_library(v))
		return;
	(void)snprintf(want, sizeof(want), "%.*e", more, v);
	assert_true(by_library(want) == by_library(got));
	(void)snprintf(got + 32, sizeof(got) - 32, "%.*e", more, by_library(got));
	assert_string_equal(got + 32, want);
}

/* Decimals of up to seven places and neighbours of theirs, one after the other: as each by itself, and by the search for the shortest. */
static void prints_like_the_one_before(void **state)
{
	static const double power[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7 };
	uint64_t bits = 88172645463325252u;
	int decimals = 0;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		char one[32], like[32];
		double v, back;
		size_t n;

		bits ^= bits << 13;
		bits ^= bits >> 7;
		bits ^= bits << 17;
		v = (double)(bits >> (11 + bits % 50)) / power[bits >> 20 & 7];
		v = i % 11 == 0 ? nextafter(v, 1e300) : i % 2 ? -v : v;
		n = num_print_like(v, &decimals, like);
		assert_true(n < 32 && like[n] == '\0');
		assert_int_equal(num_print(v, one), n);
		assert_string_equal(one, like);
		assert_int_equal(num_parse(str_of(like), &back), NUM_OK);
		assert_memory_equal(&v, &back, sizeof(v));
		check_print(v);
	}
	assert_int_equal(num_print_int(INT64_MIN, (char[32]){ 0 }), 20);
	for (int64_t v = 1; v < INT64_MAX / 7; v *= 7) {
		char got[32], want[32];

		(void)snprintf(want, sizeof(want), "%" PRId64, -v + 3);
		assert_int_equal(num_print_int(-v + 3, got), strlen(want));
		assert_string_equal(got, want);
	}
}

static void prints_what_the_library_would(void **state)
{
	uint64_t bits = 88172645463325252u;

	(void)state;
	for (int exp = 0; exp < 2047; exp++)
		for (int i = -1; i <= 1; i++) {
			uint64_t b = ((uint64_t)exp << 52) + (uint64_t)(int64_t)i;
			double v;

			memcpy(&v, &b, sizeof(v));
			if (v > 0 && isfinite(v))
				check_print(v);
		}
	for (int i = 0; i < 60000; i++) {
		uint64_t b = next_bits(&bits);
		double v;

		b &= i % 4 ? INT64_MAX : (UINT64_C(1) << (i % 53)) - 1; /* every fourth is below the normal ones */
		memcpy(&v, &b, sizeof(v));
		if (v > 0 && isfinite(v))
			check_print(v);
		v = (double)(b % 100000000) / (i % 2 ? 1000 : 10);
		if (v > 0)
			check_print(v);
	}
}

static void check_read(const char *text)
{
	double want = by_library(text), got = -1;
	enum num_verdict verdict = num_parse(str_of(text), &got);

	if (isinf(want)) {
		assert_int_equal(verdict, NUM_RANGE);
		return;
	}
	if (verdict == NUM_INEXACT)
		return;
	assert_int_equal(verdict, NUM_OK);
	assert_memory_equal(&got, &want, sizeof(got));
}

/* Random digits and exponents, and texts at and beside the middle of two doubles. */
static void reads_what_the_library_would(void **state)
{
	uint64_t bits = 1234567890123456789u;
	char text[400];

	(void)state;
	for (int i = 0; i < 100000; i++) {
		uint64_t m = next_bits(&bits) >> (bits % 64), b = next_bits(&bits) & INT64_MAX;
		int exp = (int)(next_bits(&bits) % 700) - 360;
		double v;

		(void)snprintf(text, sizeof(text), "%s%" PRIu64 "e%d", i % 2 ? "-" : "", m, exp);
		check_read(text);
		(void)snprintf(text, sizeof(text), "%" PRIu64 ".%0*" PRIu64, m % 1000000, i % 12 + 1, m >> 32);
		check_read(text);
		memcpy(&v, &b, sizeof(v));
		if (!isfinite(v))
			continue;
		(void)snprintf(text, sizeof(text), "%.*e", i % 21, v);
		check_read(text);
		if (v < 1e-3 || v > 1e15)
			continue;
		(void)snprintf(text, sizeof(text), "%.*f", i % 60, v + (nextafter(v, INFINITY) - v) / 2);
		check_read(text);
	}
	for (int exp = -30; exp < 70; exp++) { /* odd multiples of half a unit are ties */
		(void)snprintf(text, sizeof(text), "%.17e", ldexp(9007199254740993.0, exp));
		check_read(text);
	}
	check_read("9007199254740993.0");
	check_read("9007199254740995.0");
	check_read("9007199254740993e0");
	check_read("2.4703282292062327e-324");
	check_read("2.4703282292062328e-324");
	check_read("2.2250738585072011e-308");
	check_read("2.2250738585072012e-308");
	check_read("1.7976931348623158e308");
	check_read("1.7976931348623159e308");
}

static void the_number_at_the_start_of_a_text(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		double v;
	} some[] = {
		{ "230.1}", 5, 230.1 }, { "-12,", 3, -12 },	  { "0 ", 1, 0 },	 { "1e3]", 3, 1000 },
		{ "01", 0, 0 },		{ "1.}", 0, 0 },	  { "-", 0, 0 },	 { "", 0, 0 },
		{ "1e+}", 0, 0 },	{ "1e400,", 0, 0 },	  { "x", 0, 0 },	 { "1234567890123456,", 16, 1234567890123456 },
		{ "9007199254740992", 16, 9007199254740992 }, { "9007199254740993", 0, 0 },
		{ "0.5.5", 3, 0.5 },	{ "123456789012345,", 15, 123456789012345 }, { "0.00000000000000000000012345", 28, 1.2345e-22 },
	};
	double v;

	(void)state;
	for (size_t i = 0; i < COUNT(some); i++) {
		v = 0;
		assert_int_equal(num_lead(str_of(some[i].text), &v), some[i].len);
		assert_true(v == some[i].v);
	}
	assert_int_equal(num_lead(STR("-0,"), &v), 2);
	assert_true(v == 0 && signbit(v));
}

static void the_locale_does_not_matter(void **state)
{
	double v;

	(void)state;
	/* Where de_DE is not installed this only repeats the C locale. */
	(void)setlocale(LC_ALL, "de_DE.UTF-8");
	assert_int_equal(num_parse(STR("123456789.0123456789"), &v), NUM_OK);
	assert_true(v == 123456789.0123456789);
	assert_int_equal(num_parse(STR("1,5"), &v), NUM_SYNTAX);
	assert_prints(1.5, "1.5");
	(void)setlocale(LC_ALL, "C");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_rfc_8259_allows),
		cmocka_unit_test(refuses_the_rest_and_says_why),
		cmocka_unit_test(rounds_right_however_long_the_text),
		cmocka_unit_test(integers_are_exact_to_the_last_bit),
		cmocka_unit_test(prints_as_ecmascript),
		cmocka_unit_test(print_and_parse_are_inverse),
		cmocka_unit_test(powers_of_ten_are_what_they_should_be),
		cmocka_unit_test(prints_like_the_one_before),
		cmocka_unit_test(prints_what_the_library_would),
		cmocka_unit_test(reads_what_the_library_would),
		cmocka_unit_test(the_number_at_the_start_of_a_text),
		cmocka_unit_test(the_locale_does_not_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
