/* SPDX-License-Identifier: MIT */
/* Whether points flow, what is usual, which names are meant for which, and the order in which causes are named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/explain.h"

#define NOW (INT64_C(1769947200) * US_PER_S)
#define MIN US_PER_MIN

static void test_usual_is_the_median(void **state)
{
	int64_t one[] = { 100, 90, 80, 70, 10 };
	int64_t few[] = { 2, 1 };

	(void)state;
	assert_int_equal(explain_usual(one, COUNT(one)), 10);
	assert_int_equal(explain_usual(few, COUNT(few)), 0);
}

static void test_names_that_may_be_meant(void **state)
{
	static const struct {
		const char *wire, *name;
		bool near;
	} cases[] = {
		{ "metr-1", "meter-1", true },	 { "METER-1", "meter-1", true },  { "meter-01", "meter-1", true },
		{ "meter-2", "meter-1", false }, { "meter-11", "meter-1", false }, { "voltage_l2", "voltage_l1", false },
		{ "pump", "meter-1", false },	 { "powr_kw", "power_kw", true },  { "meter-10", "meter-1", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (explain_near(str_of(cases[i].wire), str_of(cases[i].name)) != cases[i].near)
			fail_msg("\"%s\" for \"%s\"", cases[i].wire, cases[i].name);
}

static struct explain usual(void)
{
	return (struct explain){ .now = NOW, .want = { NOW - US_PER_DAY, NOW + 1 }, .device = "m", .known = true, .enabled = true, .defined = true,
				 .created = NOW - 30 * US_PER_DAY, .offline_after = 10 * MIN, .last_seen = STATE_NONE, .gateway_seen = STATE_NONE,
				 .any_newest = STATE_NONE, .arrived = STATE_NONE,
				 .flow = { .before = STATE_NONE, .first = STATE_NONE, .newest = STATE_NONE, .floor = STATE_NONE } };
}

static void test_what_flows(void **state)
{
	static const struct {
		bool named;
		int64_t n, before, newest, usual, gap; /* times before now in minutes, 0: none */
		bool flows;
	} cases[] = {
		{ false, 0, 0, 0, 0, 0, false },
		{ false, 60, 0, 1, 1, 2, true },
		{ false, 60, 0, 4, 1, 4, false },	/* silent for more than three intervals */
		{ false, 60, 0, 9, 0, 9, true },	/* the interval is not known: offline_after */
		{ false, 60, 0, 11, 0, 11, false },
		{ false, 60, 0, 1, 1, 60, true },	/* it flows now */
		{ true, 60, 0, 1, 1, 60, false },	/* and did not all the time */
		{ false, 0, 2880, 0, 1440, 0, true },	/* once a day: two days of silence mean nothing */
		{ true, 0, 2880, 0, 1440, 0, false },	/* but nothing in a day was asked about */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct explain x = usual();

		x.named = cases[i].named;
		x.flow.n = cases[i].n;
		x.flow.before = cases[i].before ? NOW - cases[i].before * MIN : STATE_NONE;
		x.flow.newest = cases[i].newest ? NOW - cases[i].newest * MIN : STATE_NONE;
		x.flow.usual = cases[i].usual * MIN;
		x.flow.gap = (struct range){ NOW - cases[i].gap * MIN, NOW };
		if (explain_flow(&x) != cases[i].flows)
			fail_msg("case %zu", i);
	}
}

static const char *cause_of(const struct explain *x)
{
	struct finding step[STEP_COUNT];
	struct err e = { 0 };
	const char *word;
	int cause;

	assert_int_equal(explain_judge(x, step, &cause, &e), 0);
	word = cause < 0 ? "none" : step[cause].cause;
	for (size_t i = 0; i < STEP_COUNT; i++)
		finding_done(step + i);
	return word;
}

static void test_the_first_on_the_way_is_named(void **state)
{
	struct explain x = usual();
	const struct held some = { .n = 3, .name = "mm", .datapoint = "v", .reason = "why", .first = NOW, .last = NOW };

	(void)state;
	assert_false(explain_flow(&x));
	assert_string_equal(cause_of(&x), "never_received");
	x.arrived = NOW;
	assert_string_equal(cause_of(&x), "stopped");
	x.stored = 1;
	assert_string_equal(cause_of(&x), "other_times");
	x.held[REASON_IS_LIMIT] = some;
	assert_string_equal(cause_of(&x), "over_limit");
	x.held[REASON_IS_TIME] = some;
	assert_string_equal(cause_of(&x), "time_past");
	x.held[REASON_IS_TIME].ahead = true;
	assert_string_equal(cause_of(&x), "time_future");
	x.held[REASON_IS_VALUE] = some;
	assert_string_equal(cause_of(&x), "bad_value");
	x.held[REASON_IS_TYPE] = some;
	assert_string_equal(cause_of(&x), "wrong_type");
	x.held[REASON_IS_DATAPOINT] = some;
	assert_string_equal(cause_of(&x), "unknown_datapoint");
	x.held[REASON_IS_FOREIGN] = some;
	assert_string_equal(cause_of(&x), "other_organisation");
	x.held[REASON_IS_NAME] = some;
	assert_string_equal(cause_of(&x), "unknown_device");
	x.enabled = false;
	assert_string_equal(cause_of(&x), "disabled");
	x.retired = true;
	assert_string_equal(cause_of(&x), "retired");
	x.missing = (struct range){ NOW, NOW };
	x.retired = false;
	assert_string_equal(cause_of(&x), "none");
}

static void test_a_gateway_and_a_source_count_while_nothing_comes(void **state)
{
	struct explain x = usual();

	(void)state;
	x.flow.before = x.any_newest = x.arrived = NOW - 2 * US_PER_DAY;
	x.gateway = "gw";
	assert_false(explain_flow(&x));
	assert_string_equal(cause_of(&x), "gateway_silent");
	x.run.id = 1;
	x.run.program = "sit-ingest";
	x.run.source = "pipe";
	x.run.exit = 5;
	x.run.ended = NOW - US_PER_DAY;
	assert_string_equal(cause_of(&x), "source_failed");
	x.arrived = NOW;
	assert_string_equal(cause_of(&x), "stopped");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_usual_is_the_median),
		cmocka_unit_test(test_names_that_may_be_meant),
		cmocka_unit_test(test_what_flows),
		cmocka_unit_test(test_the_first_on_the_way_is_named),
		cmocka_unit_test(test_a_gateway_and_a_source_count_while_nothing_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
