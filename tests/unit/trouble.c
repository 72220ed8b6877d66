/* SPDX-License-Identifier: MIT */
/* When a disk is too full, and when a clock was set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/time.h"
#include "task/trouble.h"

#define MB INT64_C(1000000)

static void space(int64_t mb, int64_t free_mb, int expected)
{
	enum severity severity;
	bool bad = trouble_of_space(mb * MB, free_mb * MB, &severity);

	assert_int_equal(bad ? (int)severity : -1, expected);
}

static void test_a_disk_is_nearly_full(void **state)
{
	(void)state;
	space(100000, 50000, -1);
	space(100000, 1100, -1); /* a large disk may be full to one part in a hundred */
	space(100000, 1000, SEVERITY_WARNING);
	space(100000, 199, SEVERITY_CRITICAL);
	space(8000, 900, -1); /* a small one has more than a tenth */
	space(8000, 700, SEVERITY_WARNING);
	space(8000, 150, SEVERITY_CRITICAL);
	space(100, 3, SEVERITY_WARNING);
	space(100, 1, SEVERITY_CRITICAL);
}

static void test_a_clock_is_set(void **state)
{
	(void)state;
	assert_int_equal(trouble_of_clock(10 * US_PER_S, 10 * US_PER_S), 0);
	assert_int_equal(trouble_of_clock(14 * US_PER_S, 10 * US_PER_S), 0); /* that is slewing, or a busy machine */
	assert_int_equal(trouble_of_clock(3610 * US_PER_S, 10 * US_PER_S), 3600 * US_PER_S);
	assert_int_equal(trouble_of_clock(-3590 * US_PER_S, 10 * US_PER_S), -3600 * US_PER_S);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_a_disk_is_nearly_full), cmocka_unit_test(test_a_clock_is_set) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
