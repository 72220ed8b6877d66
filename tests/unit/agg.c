/* SPDX-License-Identifier: MIT */
#include "base/base.h"
#include "model/agg.h"

#include <float.h>
#include <setjmp.h>
#include <cmocka.h>

static struct point number(int64_t ts, double v)
{
	return (struct point){ .ts = ts, .value = { .type = VALUE_NUMBER, .num = v } };
}

static void add(struct bucket *b, int64_t ts, double v)
{
	struct point p = number(ts, v);

	bucket_add(b, &p);
}

static double real_of(const struct bucket *b, enum agg a)
{
	struct cell c = bucket_cell(b, a, 0);

	assert_int_equal(c.type, CELL_REAL);
	return c.r;
}

/* 3 1 4 1 5: worked out on paper. */
static void test_all_aggregates(void **state)
{
	static const double v[] = { 3, 1, 4, 1, 5 };
	struct bucket b;

	(void)state;
	bucket_begin(&b, 100, true, 2);
	for (size_t i = 0; i < COUNT(v); i++)
		add(&b, 100 + (int64_t)i, v[i]);
	assert_int_equal(bucket_cell(&b, AGG_COUNT, 0).type, CELL_INT);
	assert_int_equal(bucket_cell(&b, AGG_COUNT, 0).i, 5);
	assert_true(real_of(&b, AGG_SUM) == 14);
	assert_true(real_of(&b, AGG_MIN) == 1);
	assert_true(real_of(&b, AGG_MAX) == 5);
	assert_true(real_of(&b, AGG_AVG) == 2.8);
	assert_true(real_of(&b, AGG_FIRST) == 3);
	assert_true(real_of(&b, AGG_LAST) == 5);
	assert_true(real_of(&b, AGG_DELTA) == 3);
	assert_int_equal(b.first_ts, 100);
	assert_int_equal(b.last_ts, 104);
	assert_int_equal(bucket_cell(&b, AGG_AVG, 3).decimals, 3);
	bucket_begin(&b, 100, false, 0);
	add(&b, 100, 7);
	add(&b, 101, 10);
	assert_true(real_of(&b, AGG_DELTA) == 3);
}

static void test_empty(void **state)
{
	struct bucket b;

	(void)state;
	bucket_begin(&b, 0, true, 5);
	assert_int_equal(bucket_cell(&b, AGG_COUNT, 0).i, 0);
	for (enum agg a = AGG_SUM; a < AGG_N; a++)
		assert_int_equal(bucket_cell(&b, a, 0).type, CELL_NULL);
}

/* What is bad, stale, or no number counts nowhere; what is suspect or a boolean counts. */
static void test_what_counts(void **state)
{
	struct point p = number(1, 1000);
	struct bucket b;

	(void)state;
	bucket_begin(&b, 0, false, 0);
	p.quality = QUALITY_BAD;
	bucket_add(&b, &p);
	p.quality = QUALITY_STALE;
	bucket_add(&b, &p);
	p = (struct point){ .ts = 2, .value = { .type = VALUE_STRING, .txt = STR("on") } };
	bucket_add(&b, &p);
	p = (struct point){ .ts = 3 };
	bucket_add(&b, &p);
	assert_int_equal(b.count, 0);
	p = number(4, 2);
	p.quality = QUALITY_SUSPECT;
	bucket_add(&b, &p);
	p = (struct point){ .ts = 5, .value = { .type = VALUE_BOOL, .num = 1 } };
	bucket_add(&b, &p);
	assert_int_equal(b.count, 2);
	assert_true(real_of(&b, AGG_SUM) == 3);
}

/* Neumaier's own example: plain addition gives 0. And a million tenths, whose plain sum is 100000.00000133288. */
static void test_exact_sums(void **state)
{
	struct bucket b;

	(void)state;
	bucket_begin(&b, 0, false, 0);
	add(&b, 1, 1);
	add(&b, 2, 1e100);
	add(&b, 3, 1);
	add(&b, 4, -1e100);
	assert_true(real_of(&b, AGG_SUM) == 2);
	bucket_begin(&b, 0, false, 0);
	for (int i = 0; i < 1000000; i++)
		add(&b, i, 0.1);
	assert_true(real_of(&b, AGG_SUM) == 100000);
}

/* No infinity gets out, for it has no text. */
static void test_overflow(void **state)
{
	struct bucket b;

	(void)state;
	bucket_begin(&b, 0, false, 0);
	add(&b, 1, DBL_MAX);
	add(&b, 2, DBL_MAX);
	assert_int_equal(bucket_cell(&b, AGG_SUM, 0).type, CELL_NULL);
	assert_int_equal(bucket_cell(&b, AGG_AVG, 0).type, CELL_NULL);
	assert_true(real_of(&b, AGG_MAX) == DBL_MAX);
}

/* Two meters of one hour: as if their values had come in one series. */
static void test_merge(void **state)
{
	struct bucket a, b, none;

	(void)state;
	bucket_begin(&a, 0, false, 0);
	add(&a, 10, 5);
	add(&a, 30, 7);
	bucket_begin(&b, 0, false, 0);
	add(&b, 5, 100);
	add(&b, 20, -1);
	bucket_merge(&a, &b);
	assert_int_equal(a.count, 4);
	assert_true(real_of(&a, AGG_SUM) == 111);
	assert_true(real_of(&a, AGG_MIN) == -1);
	assert_true(real_of(&a, AGG_MAX) == 100);
	assert_true(real_of(&a, AGG_FIRST) == 100);
	assert_true(real_of(&a, AGG_LAST) == 7);
	bucket_begin(&none, 77, false, 0);
	bucket_merge(&a, &none);
	assert_int_equal(a.count, 4);
	bucket_merge(&none, &a);
	assert_int_equal(none.start, 77);
	assert_true(real_of(&none, AGG_SUM) == 111);
}

static void test_words(void **state)
{
	enum agg a;

	(void)state;
	for (enum agg i = 0; i < AGG_N; i++) {
		assert_true(agg_find(str_of(agg_word(i)), &a));
		assert_int_equal(a, i);
	}
	assert_string_equal(agg_word(AGG_DELTA), "delta");
	assert_false(agg_find(STR("mean"), &a));
	assert_false(agg_find(STR(""), &a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_aggregates), cmocka_unit_test(test_empty),	cmocka_unit_test(test_what_counts),
		cmocka_unit_test(test_exact_sums),     cmocka_unit_test(test_overflow), cmocka_unit_test(test_merge),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
