/* SPDX-License-Identifier: MIT */
#include "series/blob.h"

#include <math.h>

#include "codec/crc.h"

#define VERSION 1
#define CODEC 1
#define HEAD 6 /* bytes: version, codec, CRC */

/* Of a series in a run, in its first byte. */
enum { PART_LATE = 1, PART_TIMES_BEFORE = 2, PART_NEXT_SLOT = 4, PART_SAME_N = 8, PART_KNOWN = 15 };

/* ---- checksums ---- */

static uint32_t crc_numbers(uint32_t crc, const int64_t *v, size_t n)
{
	uint8_t bytes[16 * 8];
	struct wr w = { .buf = bytes };

	for (size_t i = 0; i < n; i++)
		wr_u64(&w, (uint64_t)v[i]);
	return crc32c(crc, bytes, w.len);
}

/* Over what comes before and behind the checksum itself. */
static uint32_t crc_blob(struct str blob)
{
	return crc32c(crc32c(0, blob.ptr, 2), blob.ptr + HEAD, blob.len - HEAD);
}

static uint32_t crc_run(const struct run_head *h, struct str blob)
{
	const int64_t v[] = { h->lane, h->seq, h->org, h->tier, h->merged, h->t0, h->t1, h->n, h->written };

	return crc_numbers(crc_blob(blob), v, COUNT(v));
}

static uint32_t crc_chunk(const struct chunk_head *h, struct str blob)
{
	const int64_t v[] = { h->series, h->org, h->t0, h->t1, h->n, h->has_range, (int64_t)bits_of(h->vmin), (int64_t)bits_of(h->vmax) };

	return crc_numbers(crc_blob(blob), v, COUNT(v));
}

static bool ours(struct str blob)
{
	return blob.len > HEAD && blob.ptr[0] == VERSION && blob.ptr[1] == CODEC;
}

static uint32_t kept_crc(struct str blob)
{
	struct rd r = { (const uint8_t *)blob.ptr + 2, (const uint8_t *)blob.ptr + HEAD, false };

	return rd_u32(&r);
}

static int write_head(struct wr *w, struct err *e)
{
	w->len = 0;
	if (wr_need(w, HEAD, e) < 0)
		return -1;
	wr_byte(w, VERSION);
	wr_byte(w, CODEC);
	wr_u32(w, 0);
	return 0;
}

static struct str blob_of(const struct wr *w)
{
	return (struct str){ (const char *)w->buf, w->len };
}

static void put_crc(struct wr *w, uint32_t crc)
{
	size_t len = w->len;

	w->len = 2;
	wr_u32(w, crc);
	w->len = len;
}

/* ---- runs ---- */

int runblob_begin(struct run_wr *r, struct err *e)
{
	r->slot = -1;
	r->n = r->ntimes = 0;
	r->points = 0;
	r->t0 = INT64_MAX;
	r->t1 = INT64_MIN;
	return write_head(&r->w, e);
}

static int keep_times(struct run_wr *r, const int64_t *t, size_t n, struct err *e)
{
	if (n > r->captimes) {
		int64_t *more = realloc(r->times, n * sizeof(*more));

		if (!more)
			return err_nomem(e);
		r->times = more;
		r->captimes = n;
	}
	memcpy(r->times, t, n * sizeof(*t));
	r->ntimes = n;
	return 0;
}

int runblob_add(struct run_wr *r, int slot, bool late, const struct body *x, struct scratch *s, struct err *e)
{
	struct body body = *x;
	const int64_t *t = x->b->ts + x->from;
	size_t n = x->to - x->from, at, len, start;
	unsigned head = late ? PART_LATE : 0;
	uint8_t room[VARINT_MAX];
	struct wr size = { .buf = room };

	body.times = n != r->ntimes || memcmp(t, r->times, n * sizeof(*t)) != 0;
	head |= body.times ? 0 : PART_TIMES_BEFORE;
	head |= slot == r->slot + 1 ? PART_NEXT_SLOT : 0;
	head |= n == r->n ? PART_SAME_N : 0;
	if (wr_need(&r->w, 1 + 3 * VARINT_MAX, e) < 0)
		return -1;
	wr_byte(&r->w, head);
	if (!(head & PART_NEXT_SLOT))
		wr_varint(&r->w, (uint64_t)(slot - r->slot - 1));
	if (!(head & PART_SAME_N))
		wr_varint(&r->w, n);
	/* The length goes before the body, and takes one byte mostly. */
	at = r->w.len++;
	start = r->w.len;
	if (body_write(&r->w, &body, s, e) < 0 || wr_need(&r->w, VARINT_MAX, e) < 0)
		return -1;
	len = r->w.len - start;
	wr_varint(&size, len);
	if (size.len > 1)
		memmove(r->w.buf + at + size.len, r->w.buf + start, len);
	memcpy(r->w.buf + at, room, size.len);
	r->w.len = at + size.len + len;
	r->slot = slot;
	r->n = n;
	r->points += (int64_t)n;
	r->t0 = t[0] < r->t0 ? t[0] : r->t0;
	r->t1 = t[n - 1] > r->t1 ? t[n - 1] : r->t1;
	return body.times ? keep_times(r, t, n, e) : 0;
}

void runblob_end(struct run_wr *r, struct run_head *h)
{
	h->t0 = r->t0;
	h->t1 = r->t1;
	h->n = r->points;
	put_crc(&r->w, crc_run(h, blob_of(&r->w)));
}

void runblob_wr_done(struct run_wr *r)
{
	wr_done(&r->w);
	free(r->times);
	*r = (struct run_wr){ 0 };
}

bool runblob_intact(const struct run_head *h, struct str blob)
{
	return ours(blob) && kept_crc(blob) == crc_run(h, blob);
}

bool runblob_open(struct run_rd *r, struct str blob)
{
	*r = (struct run_rd){ .part = { .slot = -1 } };
	if (!ours(blob))
		return false;
	r->r = (struct rd){ (const uint8_t *)blob.ptr + HEAD, (const uint8_t *)blob.ptr + blob.len, false };
	return true;
}

int runblob_next(struct run_rd *r)
{
	struct run_part *p = &r->part;
	uint64_t skip = 0, n, len;
	const uint8_t *body;
	unsigned head;

	if (!r->r.p || rd_left(&r->r) == 0)
		return 0;
	head = rd_byte(&r->r);
	if (!(head & PART_NEXT_SLOT))
		skip = rd_varint(&r->r);
	n = head & PART_SAME_N ? p->n : rd_varint(&r->r);
	len = rd_varint(&r->r);
	body = rd_take(&r->r, len);
	if (!body || head > PART_KNOWN || skip >= (uint64_t)(LANE - 1 - p->slot) || n == 0 || n > BLOCK_MAX)
		return -1;
	p->slot += (int)skip + 1;
	p->late = head & PART_LATE;
	p->n = n;
	p->body = (struct rd){ body, body + len, false };
	p->times = (struct rd){ 0 };
	if (head & PART_TIMES_BEFORE) {
		if (n != r->ntimes)
			return -1;
		p->times = r->times;
	} else {
		r->times = p->body;
		r->ntimes = n;
	}
	return 1;
}

int runblob_read(const struct run_part *p, struct block *b, struct arena *text, struct scratch *s, struct err *e)
{
	struct rd body = p->body, times = p->times;
	int64_t *t = NULL;
	int got = 0;

	if (times.p) {
		t = malloc(p->n * sizeof(*t));
		if (!t)
			return err_nomem(e);
		if (!unpack_times(&times, t, p->n)) {
			free(t);
			return 0;
		}
	}
	got = body_read(&body, p->n, t, b, text, s, e);
	free(t);
	if (got > 0 && body.p != body.end) {
		b->n -= p->n;
		return 0;
	}
	return got;
}

/* ---- chunks ---- */

static void find_range(const struct block *b, size_t from, size_t to, struct chunk_head *h)
{
	h->has_range = false;
	h->vmin = h->vmax = 0;
	for (size_t i = from; i < to; i++) {
		double v = b->num[i] + 0.0; /* a column of a table keeps no -0 */

		if (!status_counts(b->status[i]))
			continue;
		h->vmin = !h->has_range || v < h->vmin ? v : h->vmin;
		h->vmax = !h->has_range || v > h->vmax ? v : h->vmax;
		h->has_range = true;
	}
}

int chunk_write(struct wr *w, const struct body *x, struct chunk_head *h, struct scratch *s, struct err *e)
{
	if (write_head(w, e) < 0 || body_write(w, x, s, e) < 0)
		return -1;
	h->t0 = x->b->ts[x->from];
	h->t1 = x->b->ts[x->to - 1];
	h->n = (int64_t)(x->to - x->from);
	find_range(x->b, x->from, x->to, h);
	put_crc(w, crc_chunk(h, blob_of(w)));
	return 0;
}

bool chunk_intact(const struct chunk_head *h, struct str blob)
{
	return ours(blob) && kept_crc(blob) == crc_chunk(h, blob);
}

int chunk_read(const struct chunk_head *h, struct str blob, struct block *b, struct arena *text, struct scratch *s, struct err *e)
{
	struct rd r;
	size_t at = b->n;
	int got;

	if (!ours(blob) || h->n <= 0 || h->n > (int64_t)BLOCK_MAX)
		return 0;
	r = (struct rd){ (const uint8_t *)blob.ptr + HEAD, (const uint8_t *)blob.ptr + blob.len, false };
	got = body_read(&r, (size_t)h->n, NULL, b, text, s, e);
	if (got > 0 && (r.p != r.end || b->ts[at] != h->t0 || b->ts[b->n - 1] != h->t1)) {
		b->n = at;
		return 0;
	}
	return got;
}
