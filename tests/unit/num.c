/* SPDX-License-Identifier: MIT */
#include "base/num.h"

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
		cmocka_unit_test(the_locale_does_not_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
