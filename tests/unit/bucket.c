/* SPDX-License-Identifier: MIT */
/* Token buckets: rules as text, a table worked by hand, and what passes compared with a count of every stretch of time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/time.h"
#include "model/bucket.h"
#include "model/quota.h"

#define T0 (INT64_C(1769947200) * US_PER_S)

static struct bucket_rule rule(const char *text)
{
	struct bucket_rule r;
	struct err e = { 0 };

	if (bucket_rule_read(str_of(text), &r, &e) < 0)
		fail_msg("%s: %s", text, e.msg);
	return r;
}

static void test_rules_as_text(void **state)
{
	static const char *const good[][2] = {
		{ "100:1s", "100:1s" },
		{ "100:1s,2000:60s,1MB:60s", "100:1s,2000:1m,1MB:1m" },
		{ "1024B:1h,grace=10%:5m", "1KiB:1h,grace=10%:5m" },
		{ "5:250ms,burst=20%", "5:250ms,burst=20%" },
		{ "1:1d,burst=100%", "1:1d" },
		{ "burst=1%,1500kB:1s,grace=100%:1h30m", "1500kB:1s,burst=1%,grace=100%:1h30m" },
	};
	static const char *const bad[] = {
		"",	 ",",	      "100",	    "100:",	  ":1s",       "0:1s",	     "-1:1s",	     "1.5:1s",	     "100:0s",	   "100:1us",
		"100:x", "100:1s,",   "1Mb:1s",	    "1 MB:1s",	  "burst=50%", "100:1s,burst=0%", "100:1s,burst=101%", "100:1s,burst=5", "100:1s,grace=10%",
		"100:1s,grace=10%:", "100:1s,burst=5%,burst=5%", "100:1s,grace=1%:1s,grace=1%:1s", "1:1s,1:2s,1:3s,1:4s,1:5s,1:6s,1:7s",
		"9223372036854775807:1s", "9223372036854775808:1s", "10000000000GB:1d", "100:400d",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		AUTO(sb_done) struct sb sb = SB_INIT(BUCKET_TEXT);
		struct bucket_rule r = rule(good[i][0]);

		assert_int_equal(bucket_rule_print(&r, &sb), 0);
		assert_string_equal(sb_cstr(&sb), good[i][1]);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct bucket_rule r;
		struct err e = { 0 };

		if (bucket_rule_read(str_of(bad[i]), &r, &e) == 0 || e.code != E_INPUT || !e.msg[0])
			fail_msg("\"%s\" is taken", bad[i]);
	}
}

/* A bucket of 5 that fills by 10 a second, and one of 20 that fills by 2 a second; what is left behind each step, by hand. */
static void test_a_table_worked_by_hand(void **state)
{
	static const struct {
		int64_t ms;
		bool passes;
		int64_t left[2], wait;
	} steps[] = {
		{ 0, true, { 4, 19 }, 0 }, { 0, true, { 3, 18 }, 0 }, { 0, true, { 2, 17 }, 0 }, { 0, true, { 1, 16 }, 0 },
		{ 0, true, { 0, 15 }, 100 }, { 0, false, { 0, 15 }, 100 }, { 99, false, { 0, 15 }, 1 }, { 100, true, { 0, 14 }, 100 },
		{ 1000, true, { 4, 15 }, 0 }, { 1000, true, { 3, 14 }, 0 }, { 1000, true, { 2, 13 }, 0 }, { 1000, true, { 1, 12 }, 0 },
		{ 1000, true, { 0, 11 }, 100 }, { 2000, true, { 4, 12 }, 0 }, { 2000, true, { 3, 11 }, 0 }, { 2000, true, { 2, 10 }, 0 },
		{ 2000, true, { 1, 9 }, 0 }, { 2000, true, { 0, 8 }, 100 }, { 2001, false, { 0, 8 }, 99 }, { 12001, true, { 4, 19 }, 0 },
	};
	struct bucket_rule r = rule("10:1s,40:20s,burst=50%");
	struct bucket_state b = { 0 };
	const struct bucket_load one = { 1, 100 };

	(void)state;
	for (size_t i = 0; i < COUNT(steps); i++) {
		int64_t now = T0 + steps[i].ms * US_PER_MS;

		if (bucket_take(&r, &b, &one, now) != steps[i].passes)
			fail_msg("step %zu: passes", i);
		for (size_t w = 0; w < 2; w++)
			if (bucket_has(&r, &b, w) != steps[i].left[w])
				fail_msg("step %zu: window %zu has %" PRId64 ", not %" PRId64, i, w, bucket_has(&r, &b, w), steps[i].left[w]);
		if (bucket_wait(&r, &b, &one, now) != steps[i].wait * US_PER_MS)
			fail_msg("step %zu: waits %" PRId64, i, bucket_wait(&r, &b, &one, now));
	}
}

static void test_bytes_count_their_own(void **state)
{
	struct bucket_rule r = rule("100:1s,1kB:1s");
	struct bucket_state b = { 0 };

	(void)state;
	assert_true(bucket_take(&r, &b, &(struct bucket_load){ 1, 600 }, T0));
	assert_false(bucket_take(&r, &b, &(struct bucket_load){ 1, 600 }, T0));
	assert_int_equal(bucket_narrowest(&r, &b, &(struct bucket_load){ 1, 600 }, T0), 1);
	assert_int_equal(bucket_wait(&r, &b, &(struct bucket_load){ 1, 600 }, T0), 200 * US_PER_MS);
	assert_int_equal(bucket_has(&r, &b, 0), 99); /* what did not pass took nothing */
	assert_true(bucket_take(&r, &b, &(struct bucket_load){ 1, 400 }, T0));
	assert_int_equal(bucket_wait(&r, &b, &(struct bucket_load){ 1, 1001 }, T0), BUCKET_NEVER);
	assert_false(bucket_take(&r, &b, &(struct bucket_load){ 1, 1001 }, T0 + US_PER_HOUR));
}

/* 100 a second and 10 of grace: it helps for 5 s after the window was first over, and not again before the window was full. */
static void test_grace_is_over_in_time(void **state)
{
	struct bucket_rule r = rule("100:1s,grace=10%:5s");
	struct bucket_state b = { 0 };
	int64_t second[12] = { 0 };

	(void)state;
	for (int64_t t = 0; t < 12000; t++)
		second[t / 1000] += bucket_take(&r, &b, &(struct bucket_load){ 1, 1 }, T0 + t * US_PER_MS);
	assert_in_range((uintmax_t)second[0], 218, 220); /* the bucket, its grace, and what comes in */
	for (int i = 1; i < 5; i++)
		assert_in_range((uintmax_t)second[i], 109, 111);
	for (int i = 6; i < 12; i++)
		assert_in_range((uintmax_t)second[i], 99, 101);
	assert_true(bucket_take(&r, &b, &(struct bucket_load){ 100, 1 }, T0 + 14 * US_PER_S)); /* full */
	assert_true(bucket_take(&r, &b, &(struct bucket_load){ 10, 1 }, T0 + 14 * US_PER_S));
	assert_false(bucket_take(&r, &b, &(struct bucket_load){ 1, 1 }, T0 + 14 * US_PER_S));
}

static void test_clocks_that_jump(void **state)
{
	struct bucket_rule r = rule("10:1s");
	struct bucket_state b = { 0 };
	const struct bucket_load all = { 10, 0 }, one = { 1, 0 };

	(void)state;
	assert_true(bucket_take(&r, &b, &all, T0));
	assert_false(bucket_take(&r, &b, &one, T0 - 500 * US_PER_MS)); /* of another host, say */
	assert_false(bucket_take(&r, &b, &one, T0));
	assert_false(bucket_take(&r, &b, &one, T0 - US_PER_DAY)); /* ours was wrong: it goes on from there */
	assert_true(bucket_take(&r, &b, &one, T0 - US_PER_DAY + 100 * US_PER_MS));
	assert_true(bucket_take(&r, &b, &all, T0 + 365 * US_PER_DAY));
	assert_false(bucket_take(&r, &b, &one, T0 + 365 * US_PER_DAY));
}

static void test_what_passed_elsewhere_is_owed(void **state)
{
	struct bucket_rule r = rule("10:1s");
	struct bucket_state b = { 0 };

	(void)state;
	bucket_fill(&r, &b, T0);
	bucket_owe(&r, &b, &(struct bucket_load){ 25, 0 });
	assert_int_equal(bucket_has(&r, &b, 0), -15);
	assert_int_equal(bucket_wait(&r, &b, &(struct bucket_load){ 1, 0 }, T0), 1600 * US_PER_MS);
	bucket_owe(&r, &b, &(struct bucket_load){ INT64_MAX, INT64_MAX });
	assert_true(bucket_has(&r, &b, 0) < 0);
}

/* A small generator of its own: the same numbers everywhere. */
static uint64_t draw(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return *seed >> 33;
}

#define MANY 4000

struct passed {
	int64_t at, n;
};

/* Every stretch of time between two that passed, counted naively: never more than a burst and what comes in. */
static void count_all(const struct bucket_rule *r, const struct passed *p, size_t n, bool bytes)
{
	for (size_t w = 0; w < r->n; w++) {
		int64_t rate = r->window[w].amount, period = r->window[w].period, holds = bucket_holds(r, w);

		if (r->window[w].bytes != bytes)
			continue;
		if (r->grace) {
			rate += rate * r->grace / 100 + 1;
			holds += r->window[w].amount * r->grace / 100 + 1;
		}
		for (size_t i = 0; i < n; i++) {
			int64_t sum = 0;

			for (size_t j = i; j < n; j++) {
				sum += bytes ? p[j].n : 1;
				/* A part of a millisecond may come in with the next one. */
				if ((double)(sum - holds) * (double)period > (double)rate * (double)(p[j].at - p[i].at + US_PER_MS))
					fail_msg("%zu to %zu of window %zu: %" PRId64 " pass", i, j, w, sum);
			}
		}
	}
}

static void test_never_more_than_a_count_of_every_stretch_allows(void **state)
{
	static const char *const rules[] = { "10:1s", "7:3s,burst=30%", "3:10ms,100:1s", "100:1s,20kB:5s,grace=10%:2s", "1:1s", "1MB:1h,50:1m,burst=10%" };
	static struct passed p[MANY];
	uint64_t seed = 42;

	(void)state;
	for (size_t k = 0; k < COUNT(rules); k++) {
		struct bucket_rule r = rule(rules[k]);
		struct bucket_state b = { 0 };
		int64_t now = T0;
		size_t n = 0;

		for (int i = 0; i < 3 * MANY && n < MANY; i++) {
			struct bucket_load load = { 1, (int64_t)(draw(&seed) % 3000) };

			now += draw(&seed) % 8 ? (int64_t)(draw(&seed) % 20000) : (int64_t)(draw(&seed) % (3 * US_PER_S));
			if (!bucket_take(&r, &b, &load, now))
				continue;
			p[n++] = (struct passed){ now, load.bytes };
		}
		assert_true(n > 20);
		count_all(&r, p, n > 1500 ? 1500 : n, false);
		count_all(&r, p, n > 1500 ? 1500 : n, true);
	}
}

/* It passes when bucket_wait() says so, and no millisecond earlier; and a bucket that went through its text is the same. */
static void test_it_passes_when_it_is_said_to(void **state)
{
	static const char *const rules[] = { "10:1s", "7:3s,burst=30%", "100:1s,20kB:5s,grace=10%:2s", "5:333ms,grace=50%:1s", "13:1h,1:1s" };
	uint64_t seed = 7;

	(void)state;
	for (size_t k = 0; k < COUNT(rules); k++) {
		struct bucket_rule r = rule(rules[k]);
		struct bucket_state b = { 0 };
		int64_t now = T0;

		for (int i = 0; i < 3000; i++) {
			AUTO(sb_done) struct sb text = SB_INIT(BUCKET_TEXT);
			struct bucket_load load = { 1, (int64_t)(draw(&seed) % 2000) };
			struct bucket_state early = b, same;
			int64_t wait = bucket_wait(&r, &b, &load, now);

			assert_true(wait >= 0 && wait < US_PER_DAY);
			if (wait > US_PER_MS && bucket_take(&r, &early, &load, now + wait - US_PER_MS))
				fail_msg("%s: passes before it is said to", rules[k]);
			now += wait;
			if (!bucket_take(&r, &b, &load, now))
				fail_msg("%s, %d: does not pass after %" PRId64, rules[k], i, wait);
			assert_int_equal(bucket_print(&r, &b, &text), 0);
			assert_true(bucket_read(&r, sb_str(&text), &same));
			assert_memory_equal(&same, &b, sizeof(b));
			now += (int64_t)(draw(&seed) % (US_PER_S / 4));
		}
	}
}

static void test_text_of_another_rule_is_a_full_bucket(void **state)
{
	static const char *const bad[] = { "", "10:1s", "10:1s|", "10:1s|5", "10:1s|5|1|0", "10:1s|5|1|0|0|0", "10:1s|5|10001|0|0", "10:1s|5|1|1|0",
					   "10:1s|5|x|0|0", "11:1s|5|1|0|0", "10:1s|5|1|0|0 " };
	struct bucket_rule r = rule("10:1s");
	struct bucket_state b;

	(void)state;
	assert_true(bucket_read(&r, STR("10:1s|5|1|0|0"), &b));
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (bucket_read(&r, str_of(bad[i]), &b))
			fail_msg("\"%s\" is taken", bad[i]);
		assert_int_equal(bucket_has(&r, &b, 0), 10);
	}
}

static void test_quotas_warn_at_80_percent(void **state)
{
	(void)state;
	assert_int_equal(tier_find(STR("free"))->most[QUOTA_DEVICES], 10);
	assert_int_equal(tier_find(STR("standard"))->most[QUOTA_POINTS], 1000000);
	assert_int_equal(tier_find(STR("unlimited"))->most[QUOTA_USERS], QUOTA_NONE);
	assert_int_equal(tier_find(STR("of another version"))->most[QUOTA_SITES], 1);
	assert_false(quota_warns(7, 10));
	assert_true(quota_warns(8, 10));
	assert_false(quota_warns(79, 100));
	assert_true(quota_warns(80, 100));
	assert_false(quota_warns(INT64_MAX, QUOTA_NONE));
	assert_true(quota_warns(0, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules_as_text),
		cmocka_unit_test(test_a_table_worked_by_hand),
		cmocka_unit_test(test_bytes_count_their_own),
		cmocka_unit_test(test_grace_is_over_in_time),
		cmocka_unit_test(test_clocks_that_jump),
		cmocka_unit_test(test_what_passed_elsewhere_is_owed),
		cmocka_unit_test(test_never_more_than_a_count_of_every_stretch_allows),
		cmocka_unit_test(test_it_passes_when_it_is_said_to),
		cmocka_unit_test(test_text_of_another_rule_is_a_full_bucket),
		cmocka_unit_test(test_quotas_warn_at_80_percent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
