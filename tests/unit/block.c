/* SPDX-License-Identifier: MIT */
/* Columns come back to the bit, whatever is in them; what is damaged is found and harms nobody. */
#include "base/base.h"
#include "codec/crc.h"
#include "series/blob.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <cmocka.h>

static struct scratch scratch;
static struct arena text = { .max = (size_t)1 << 28 };
static uint64_t state = 1;

static uint64_t any(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * UINT64_C(2685821657736338717);
}

static void push(struct block *b, int64_t ts, struct value v, enum quality q, const double *raw)
{
	struct point p = { .ts = ts, .value = v, .quality = q, .has_raw = raw != NULL, .raw = raw ? *raw : 0 };
	struct err e = { 0 };

	assert_int_equal(block_push(b, &p, &e), 0);
}

static void push_number(struct block *b, int64_t ts, double v)
{
	push(b, ts, (struct value){ .type = VALUE_NUMBER, .num = v }, QUALITY_GOOD, NULL);
}

/* Write and read; the size it took. */
static size_t round_trip(const struct block *b)
{
	struct block got = { 0 };
	struct err e = { 0 };
	struct wr w = { 0 };
	struct rd r;
	size_t n;

	assert_int_equal(body_write(&w, &(struct body){ b, 0, b->n, true }, &scratch, &e), 0);
	r = (struct rd){ w.buf, w.buf + w.len, false };
	assert_int_equal(body_read(&r, b->n, NULL, &got, &text, &scratch, &e), 1);
	assert_ptr_equal(r.p, r.end);
	assert_int_equal(got.n, b->n);
	for (size_t i = 0; i < b->n; i++) {
		struct point p = { 0 };

		block_get(b, i, &p);
		assert_int_equal(got.ts[i], p.ts);
		assert_true(block_same(&got, i, &p));
	}
	n = w.len;
	wr_done(&w);
	block_done(&got);
	arena_clear(&text);
	return n;
}

static const size_t sizes[] = { 1, 2, 3, 15, 16, 17, 64, 65, 129, 1024 };

static void test_nasty_numbers(void **unused)
{
	static const double nasty[] = { 0, -0.0, DBL_MIN, 5e-324, -5e-324, DBL_MAX, -DBL_MAX, 1, -1, 0.1, 0.3, 1e-9, 1.5e-9, 2251799813685247.0,
					2251799813685248.0, 9007199254740993.0, 4503599627370496.5, 1e22, 123456789.123456789, 230.1, 1e15, 1e300 };

	(void)unused;
	for (size_t k = 0; k < COUNT(sizes); k++)
		for (int kind = 0; kind < 4; kind++) {
			struct block b = { 0 };

			for (size_t i = 0; i < sizes[k]; i++) {
				uint64_t bits = any();
				double v = double_of(bits);

				if (kind == 0)
					v = nasty[any() % COUNT(nasty)];
				else if (kind == 1 || !isfinite(v))
					v = (double)(int64_t)(any() % 2000001) / 1000 - 1000;
				else if (kind == 2)
					v = nasty[i % 2];
				push_number(&b, (int64_t)i * 60000000, v);
			}
			(void)round_trip(&b);
			block_done(&b);
		}
}

/* Eight decimals, but for a few that are the next double: these are kept beside, wherever they are, and the others stay small. */
static void test_all_but_a_few_decimals(void **unused)
{
	enum { N = 1000 };
	const size_t odd[] = { 0, 1, 500, N - 1 };
	struct block b = { 0 };
	size_t plain = 0, excepted = 0;

	(void)unused;
	for (int beside = 0; beside < 2; beside++) {
		block_clear(&b);
		for (size_t i = 0; i < N; i++) {
			double v = (double)(8796757190 + (int64_t)(any() % 100000000)) / 1e8;

			for (size_t k = 0; beside && k < COUNT(odd); k++)
				v = i == odd[k] ? nextafter(v, 1e9) : v;
			push_number(&b, (int64_t)i * 300000000, v);
		}
		*(beside ? &excepted : &plain) = round_trip(&b);
	}
	/* A step of up to 10^8 takes 28 bits; by the bits it would be over 50. */
	assert_in_range(plain, N * 3, N * 4);
	assert_in_range(excepted, plain, plain + 64 + COUNT(odd) * 18);
	block_done(&b);
}

/* A counter that is a quotient printed with fifteen digits; and values that mostly repeat, where the bits win. */
static void test_many_digits(void **unused)
{
	struct block b = { 0 };

	(void)unused;
	for (int i = 0; i < 1000; i++)
		push_number(&b, i * INT64_C(3600000000), (double)(INT64_C(919627777777778) + i * INT64_C(34567890123)) / 1e11);
	assert_in_range(round_trip(&b), 0, 1000 * 5);
	block_clear(&b);
	for (int i = 0; i < 1000; i++)
		push_number(&b, i * INT64_C(3600000000), i % 60 ? 9196.27777777778 : 188.367192982456);
	assert_in_range(round_trip(&b), 0, 1000);
	block_done(&b);
}

static void test_any_times(void **unused)
{
	(void)unused;
	for (size_t k = 0; k < COUNT(sizes); k++)
		for (int kind = 0; kind < 5; kind++) {
			struct block b = { 0 };
			int64_t t = kind == 4 ? INT64_MIN : 1767225600000000;

			for (size_t i = 0; i < sizes[k]; i++) {
				if (kind == 0)
					t += 60000000; /* regular */
				else if (kind == 1)
					t += 1000 + (int64_t)(any() % 5000); /* jitter */
				else if (kind == 2)
					t = (int64_t)any(); /* in no order, over all there is */
				else if (kind == 3)
					t += 1000 * (1 + (int64_t)(any() % 3));
				else
					t = i % 2 ? INT64_MAX : INT64_MIN;
				push_number(&b, t, (double)i);
			}
			(void)round_trip(&b);
			block_done(&b);
		}
}

static void test_everything_mixed(void **unused)
{
	static const char *const words[] = { "", "idle", "{\"lat\":1,\"lon\":2}", "{\"lat\":-0,\"lon\":1e-7}", "{\"lat\":1.0,\"lon\":2}", "nul\0in" };

	(void)unused;
	for (size_t k = 0; k < COUNT(sizes); k++)
		for (unsigned types = 1; types < 32; types++) {
			struct block b = { 0 };

			for (size_t i = 0; i < sizes[k]; i++) {
				struct value v = { .num = 0 };
				double raw = double_of(any() >> 2);

				do
					v.type = (enum value_type)(any() % 5);
				while (!(types & 1u << v.type));
				if (v.type == VALUE_NUMBER)
					v.num = (double)(any() % 1000) / 10;
				else if (v.type == VALUE_BOOL)
					v.num = (double)(any() % 8 == 0);
				else if (v.type != VALUE_NULL)
					v.txt = (struct str){ words[any() % 6], 0 };
				v.txt.len = v.txt.ptr ? strlen(v.txt.ptr) : 0;
				push(&b, (int64_t)i * 1000003, v, (enum quality)(any() % 4), any() % 3 || types % 2 ? NULL : &raw);
			}
			(void)round_trip(&b);
			block_done(&b);
		}
}

/* What meters send takes little. */
static void test_small(void **unused)
{
	struct block b = { 0 };
	double v = 230;

	(void)unused;
	for (int i = 0; i < 1024; i++) {
		v += (double)((int)(any() % 7) - 3);
		push_number(&b, 1767225600000000 + i * INT64_C(60000000), v / 10);
	}
	assert_true(round_trip(&b) < 600);
	block_clear(&b);
	for (int i = 0; i < 1024; i++)
		push_number(&b, 1767225600000000 + i * INT64_C(60000000), -0.0);
	assert_true(round_trip(&b) < 40);
	block_done(&b);
}

/* A chunk whose row or bytes have one bit changed is never taken for whole, and reading it harms nothing. */
static void test_every_bit(void **unused)
{
	struct chunk_head h = { .series = 300, .org = 1 }, other;
	struct block b = { 0 }, got = { 0 };
	struct err e = { 0 };
	struct wr w = { 0 };
	struct str blob;

	(void)unused;
	for (int i = 0; i < 200; i++)
		push_number(&b, i * INT64_C(1000000), i % 7 * 0.1);
	push(&b, 300000000, (struct value){ .type = VALUE_STRING, .txt = STR("word") }, QUALITY_GOOD, NULL);
	assert_int_equal(chunk_write(&w, &(struct body){ &b, 0, b.n, true }, &h, &scratch, &e), 0);
	blob = (struct str){ (const char *)w.buf, w.len };
	assert_true(chunk_intact(&h, blob));
	for (size_t bit = 0; bit < w.len * 8; bit++) {
		w.buf[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_false(chunk_intact(&h, blob));
		block_clear(&got);
		assert_true(chunk_read(&h, blob, &got, &text, &scratch, &e) >= 0);
		arena_clear(&text);
		w.buf[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t bit = 0; bit < 64; bit++) {
		int64_t *const field[] = { &other.series, &other.org, &other.t0, &other.t1, &other.n };

		for (size_t k = 0; k < COUNT(field); k++) {
			other = h;
			*field[k] ^= (int64_t)(UINT64_C(1) << bit);
			assert_false(chunk_intact(&other, blob));
		}
	}
	wr_done(&w);
	block_done(&b);
	block_done(&got);
}

static void test_merge(void **unused)
{
	(void)unused;
	for (int round = 0; round < 300; round++) {
		struct block a = { 0 }, b = { 0 };
		struct err e = { 0 };
		size_t n = 0;

		for (int t = 0; t < 60; t++) {
			unsigned in = (unsigned)(any() % 4);

			if (in & 1)
				push_number(&a, t, 1);
			if (in & 2)
				push_number(&b, t, 2);
		}
		for (int t = 0; t < 60; t++) {
			size_t i = block_find(&a, t), k = block_find(&b, t);

			n += (i < a.n && a.ts[i] == t) || (k < b.n && b.ts[k] == t);
		}
		assert_int_equal(block_merge(&a, &b, &e), 0);
		assert_int_equal(a.n, n);
		for (size_t i = 0; i < a.n; i++) {
			size_t k = block_find(&b, a.ts[i]);

			assert_true(i == 0 || a.ts[i] > a.ts[i - 1]);
			assert_true(a.num[i] == (k < b.n && b.ts[k] == a.ts[i] ? 2 : 1));
		}
		block_done(&a);
		block_done(&b);
	}
}

/* RFC 3720 B.4: 32 bytes of zeros, of ones, ascending. */
static void test_crc(void **unused)
{
	uint8_t bytes[37];

	(void)unused;
	memset(bytes, 0, 32);
	assert_int_equal(crc32c(0, bytes, 32), 0x8a9136aa);
	memset(bytes, 0xff, 32);
	assert_int_equal(crc32c(0, bytes, 32), 0x62a8ab43);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	assert_int_equal(crc32c(0, bytes, 32), 0x46dd794e);
	for (size_t n = 0; n <= sizeof(bytes); n++) {
		assert_int_equal(crc32c(0, bytes, n), crc32c_table(0, bytes, n));
		assert_int_equal(crc32c(crc32c(0, bytes, n / 2), bytes + n / 2, n - n / 2), crc32c(0, bytes, n));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_but_a_few_decimals), cmocka_unit_test(test_many_digits),
		cmocka_unit_test(test_nasty_numbers), cmocka_unit_test(test_any_times), cmocka_unit_test(test_everything_mixed),
		cmocka_unit_test(test_small),	      cmocka_unit_test(test_every_bit), cmocka_unit_test(test_merge),
		cmocka_unit_test(test_crc),
	};
	int rc = cmocka_run_group_tests(tests, NULL, NULL);

	scratch_done(&scratch);
	arena_done(&text);
	return rc;
}
