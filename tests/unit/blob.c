/* SPDX-License-Identifier: MIT */
/* Bit rot: every bit of a chunk and of a run, and of the columns beside them, is covered by the checksum. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "series/blob.h"

#define POINTS 600

/* What meters send, with a gap, a text, something bad and a raw value: every part of the format is there. */
static void fill(struct block *b, bool mixed)
{
	struct err e = { 0 };

	for (int i = 0; i < POINTS; i++) {
		struct point p = { .ts = INT64_C(1767225600000000) + (i + (i > 300)) * INT64_C(60000000),
				   .value = { .type = VALUE_NUMBER, .num = 230 + (i * 7 % 23) / 10.0 } };

		if (mixed && i % 50 == 7)
			p.value = (struct value){ .type = VALUE_STRING, .txt = STR("tripped") };
		else if (mixed && i % 50 == 8)
			p = (struct point){ .ts = p.ts, .quality = QUALITY_BAD };
		else if (mixed && i % 50 == 9)
			p = (struct point){ .ts = p.ts, .value = p.value, .has_raw = true, .raw = M_PI * i };
		assert_int_equal(block_push(b, &p, &e), 0);
	}
}

/* Each bit of the bytes at p: the checksum is right before and after, and wrong in between. */
static void flip_all(void *bytes, size_t n, bool (*intact)(void *arg), void *arg)
{
	unsigned char *p = bytes;

	assert_true(intact(arg));
	for (size_t i = 0; i < n; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			p[i] ^= (unsigned char)(1u << bit);
			if (intact(arg))
				fail_msg("bit %u of byte %zu of %zu may be flipped", bit, i, n);
			p[i] ^= (unsigned char)(1u << bit);
		}
	assert_true(intact(arg));
}

struct chunk {
	struct chunk_head h;
	struct str blob;
};

static bool chunk_ok(void *arg)
{
	const struct chunk *c = arg;

	return chunk_intact(&c->h, c->blob);
}

static void flip_chunk(bool mixed)
{
	struct chunk c = { .h = { .series = 262, .org = 1 } };
	struct scratch s = { 0 };
	struct block b = { 0 };
	struct wr w = { 0 };
	struct err e = { 0 };

	fill(&b, mixed);
	assert_int_equal(chunk_write(&w, &(struct body){ &b, 0, b.n, true }, &c.h, &s, &e), 0);
	c.blob = (struct str){ (const char *)w.buf, w.len };
	assert_true(c.h.has_range);
	flip_all(w.buf, w.len, chunk_ok, &c);
	flip_all(&c.h.series, sizeof(c.h.series), chunk_ok, &c);
	flip_all(&c.h.org, sizeof(c.h.org), chunk_ok, &c);
	flip_all(&c.h.t0, sizeof(c.h.t0), chunk_ok, &c);
	flip_all(&c.h.t1, sizeof(c.h.t1), chunk_ok, &c);
	flip_all(&c.h.n, sizeof(c.h.n), chunk_ok, &c);
	flip_all(&c.h.vmin, sizeof(c.h.vmin), chunk_ok, &c);
	flip_all(&c.h.vmax, sizeof(c.h.vmax), chunk_ok, &c);
	for (c.blob.len = 0; c.blob.len < w.len; c.blob.len++)
		assert_false(chunk_ok(&c));
	scratch_done(&s);
	block_done(&b);
	wr_done(&w);
}

static void every_bit_of_a_chunk(void **state)
{
	(void)state;
	flip_chunk(false);
	flip_chunk(true);
}

struct run {
	struct run_head h;
	struct str blob;
};

static bool run_ok(void *arg)
{
	const struct run *r = arg;

	return runblob_intact(&r->h, r->blob);
}

static void every_bit_of_a_run(void **state)
{
	struct run r = { .h = { .lane = 3, .seq = 77, .org = 2, .tier = 1, .merged = 1, .written = 1767225600000000 } };
	struct run_wr w = { 0 };
	struct scratch s = { 0 };
	struct block b = { 0 };
	struct err e = { 0 };

	(void)state;
	fill(&b, true);
	assert_int_equal(runblob_begin(&w, &e), 0);
	for (int slot = 0; slot < 8; slot++) /* a point each, a few, all */
		assert_int_equal(runblob_add(&w, slot * 3, slot % 2, &(struct body){ &b, 0, slot < 6 ? (size_t)slot + 1 : b.n, true }, &s, &e), 0);
	runblob_end(&w, &r.h);
	r.blob = (struct str){ (const char *)w.w.buf, w.w.len };
	flip_all(w.w.buf, w.w.len, run_ok, &r);
	flip_all(&r.h.org, sizeof(r.h.org), run_ok, &r);
	flip_all(&r.h.t0, sizeof(r.h.t0), run_ok, &r);
	flip_all(&r.h.t1, sizeof(r.h.t1), run_ok, &r);
	flip_all(&r.h.n, sizeof(r.h.n), run_ok, &r);
	flip_all(&r.h.written, sizeof(r.h.written), run_ok, &r);
	for (r.blob.len = 0; r.blob.len < w.w.len; r.blob.len++)
		assert_false(run_ok(&r));
	runblob_wr_done(&w);
	scratch_done(&s);
	block_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_bit_of_a_chunk),
		cmocka_unit_test(every_bit_of_a_run),
	};

	return cmocka_run_group_tests_name("blob", tests, NULL, NULL);
}
