/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a run and as a chunk: never a crash, never more memory than the points they claim; what can be read is written and read again
 * to the same. The first two bytes say how many points a chunk claims; the rest stands behind a head that fits.
 */
#include "base/base.h"
#include "series/blob.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct scratch scratch;

static void again(const struct block *b)
{
	struct arena text = ARENA_INIT((size_t)1 << 28);
	struct block got = { 0 };
	struct wr w = { 0 };
	struct err e = { 0 };
	struct rd r;

	if (b->n == 0)
		return;
	if (body_write(&w, &(struct body){ b, 0, b->n, true }, &scratch, &e) < 0)
		abort();
	r = (struct rd){ w.buf, w.buf + w.len, false };
	if (body_read(&r, b->n, NULL, &got, &text, &scratch, &e) != 1 || r.p != r.end || got.n != b->n)
		abort();
	for (size_t i = 0; i < b->n; i++) {
		struct point p = { 0 };

		block_get(b, i, &p);
		if (got.ts[i] != p.ts || got.status[i] != b->status[i])
			abort();
		/* A number that is none is not the store's to keep: it may come back with other bits. */
		if (p.value.num == p.value.num && p.raw == p.raw && !block_same(&got, i, &p))
			abort();
	}
	wr_done(&w);
	block_done(&got);
	arena_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena text = ARENA_INIT((size_t)1 << 28);
	struct block b = { 0 };
	struct err e = { 0 };
	struct run_rd run;
	struct rd r;

	if (size < 2)
		return 0;
	r = (struct rd){ data + 2, data + size, false };
	if (body_read(&r, (size_t)(data[0] | data[1] << 8) % 4097, NULL, &b, &text, &scratch, &e) > 0)
		again(&b);
	if (runblob_open(&run, (struct str){ (const char *)data, size }))
		while (runblob_next(&run) > 0 && run.part.n < 100000) {
			block_clear(&b);
			if (runblob_read(&run.part, &b, &text, &scratch, &e) > 0)
				again(&b);
			arena_clear(&text);
		}
	block_done(&b);
	arena_done(&text);
	return 0;
}
