/* SPDX-License-Identifier: MIT */
/* Columns of texts: each that differs once, packed by zstd where that is smaller, then which comes when. */
#include <math.h>

#include "base/map.h"
#include "base/num.h"
#include "codec/zst.h"
#include "model/point.h"
#include "series/pack.h"

#define GROUP 64

enum { TEXT_PLAIN, TEXT_ZSTD };

static unsigned width_of(uint64_t v)
{
	return v ? 64 - (unsigned)__builtin_clzll(v) : 0;
}

struct texts {
	struct map map;
	struct wr words; /* length and bytes of each that differs, in order of appearance */
	uint64_t *which;
	size_t n;
};

static int collect(struct texts *x, const struct str *t, size_t n, struct err *e)
{
	x->which = malloc(n * sizeof(*x->which));
	if (!x->which)
		return err_nomem(e);
	for (size_t i = 0; i < n; i++) {
		const int64_t *known = map_find(&x->map, t[i]);

		if (known) {
			x->which[i] = (uint64_t)*known;
			continue;
		}
		if (map_put(&x->map, t[i], (int64_t)x->n) < 0)
			return err_nomem(e);
		x->which[i] = x->n++;
		if (wr_need(&x->words, t[i].len + VARINT_MAX, e) < 0)
			return -1;
		wr_varint(&x->words, t[i].len);
		if (t[i].len)
			memcpy(x->words.buf + x->words.len, t[i].ptr, t[i].len);
		x->words.len += t[i].len;
	}
	return 0;
}

static void write_texts(struct wr *w, const struct texts *x, size_t n)
{
	size_t head = w->len, packed = 0;
	unsigned width = width_of(x->n - 1);

	wr_byte(w, TEXT_PLAIN);
	wr_varint(w, x->n);
	wr_varint(w, x->words.len);
	if (x->words.len > 64)
		packed = zst_pack((struct str){ (const char *)x->words.buf, x->words.len }, w->buf + w->len + VARINT_MAX,
				  x->words.len - 8);
	if (packed) {
		size_t from = w->len + VARINT_MAX;

		w->buf[head] = TEXT_ZSTD;
		wr_varint(w, packed);
		memmove(w->buf + w->len, w->buf + from, packed);
		w->len += packed;
	} else if (x->words.len) {
		memcpy(w->buf + w->len, x->words.buf, x->words.len);
		w->len += x->words.len;
	}
	for (size_t i = 0; i < n && width; i += GROUP)
		pack_bits(w, x->which + i, n - i < GROUP ? n - i : GROUP, width);
}

int pack_texts(struct wr *w, const struct str *t, size_t n, struct err *e)
{
	struct texts x = { .map = MAP_INIT };
	int rc = collect(&x, t, n, e);

	if (rc == 0)
		rc = wr_need(w, 1 + 3 * VARINT_MAX + x.words.len + n * 8 + 16, e);
	if (rc == 0)
		write_texts(w, &x, n);
	map_done(&x.map);
	wr_done(&x.words);
	free(x.which);
	return rc;
}

/* The words as they lie in bytes; false when they are not `n` words that fill it. */
static bool split(const char *bytes, size_t len, struct str *word, size_t n)
{
	struct rd r = { (const uint8_t *)bytes, (const uint8_t *)bytes + len, false };

	for (size_t i = 0; i < n; i++) {
		uint64_t len1 = rd_varint(&r);

		if (r.bad || len1 > rd_left(&r))
			return false;
		word[i] = (struct str){ (const char *)r.p, (size_t)len1 };
		r.p += len1;
	}
	return r.p == r.end;
}

static bool unpack_which(struct rd *r, struct str *t, size_t n, const struct str *word, size_t words)
{
	unsigned width = width_of(words - 1);
	uint64_t which[GROUP] = { 0 };

	for (size_t i = 0; i < n; i += GROUP) {
		size_t m = n - i < GROUP ? n - i : GROUP;

		if (width && !unpack_bits(r, which, m, width))
			return false;
		for (size_t k = 0; k < m; k++) {
			if (which[k] >= words)
				return false;
			t[i + k] = word[which[k]];
		}
	}
	return true;
}

bool unpack_texts(struct rd *r, struct str *t, size_t n, char *(*alloc)(void *arg, size_t n), void *arg)
{
	unsigned how = rd_byte(r);
	uint64_t words = rd_varint(r), len = rd_varint(r), packed = how == TEXT_ZSTD ? rd_varint(r) : len;
	const uint8_t *p;
	struct str *word;
	char *bytes;
	bool ok;

	if (r->bad || how > TEXT_ZSTD || words == 0 || words > n || len > words * (VALUE_STRING_MAX + VARINT_MAX))
		return false;
	p = rd_take(r, packed);
	bytes = p ? alloc(arg, len ? len : 1) : NULL;
	word = bytes ? malloc(words * sizeof(*word)) : NULL;
	if (!word)
		return false;
	if (how == TEXT_ZSTD)
		ok = zst_unpack((struct str){ (const char *)p, packed }, bytes, len);
	else
		ok = memcpy(bytes, p, len) != NULL;
	ok = ok && split(bytes, len, word, words) && unpack_which(r, t, n, word, words);
	free(word);
	return ok;
}

/* ---- locations ---- */

enum { PLACE_NUMBERS, PLACE_TEXTS };

#define PLACE_MAX 96

static size_t print_place(double lat, double lon, char out[PLACE_MAX])
{
	char a[32], b[32];

	(void)num_print(lat, a);
	(void)num_print(lon, b);
	return (size_t)snprintf(out, PLACE_MAX, "{\"lat\":%s,\"lon\":%s}", a, b);
}

/* Both numbers, when the text is exactly what they print as. */
static bool read_place(struct str t, double *lat, double *lon)
{
	static const char head[] = "{\"lat\":", middle[] = ",\"lon\":";
	char again[PLACE_MAX];
	const char *comma;

	if (t.len >= PLACE_MAX || !str_starts(t, head) || t.ptr[t.len - 1] != '}')
		return false;
	t = (struct str){ t.ptr + sizeof(head) - 1, t.len - sizeof(head) };
	comma = memmem(t.ptr, t.len, middle, sizeof(middle) - 1);
	if (!comma || num_parse((struct str){ t.ptr, (size_t)(comma - t.ptr) }, lat) != NUM_OK)
		return false;
	comma += sizeof(middle) - 1;
	if (num_parse((struct str){ comma, (size_t)(t.ptr + t.len - comma) }, lon) != NUM_OK)
		return false;
	return str_eq((struct str){ t.ptr - sizeof(head) + 1, t.len + sizeof(head) },
		      (struct str){ again, print_place(*lat, *lon, again) });
}

int pack_places(struct wr *w, const struct str *t, size_t n, struct scratch *s, struct err *e)
{
	double *v = malloc(2 * n * sizeof(*v));
	size_t i = 0;
	int rc;

	if (!v || wr_need(w, 1, e) < 0) {
		free(v);
		return v ? -1 : err_nomem(e);
	}
	while (i < n && read_place(t[i], v + i, v + n + i))
		i++;
	wr_byte(w, i == n ? PLACE_NUMBERS : PLACE_TEXTS);
	if (i < n)
		rc = pack_texts(w, t, n, e);
	else
		rc = pack_numbers(w, v, n, s, e) < 0 ? -1 : pack_numbers(w, v + n, n, s, e);
	free(v);
	return rc;
}

bool unpack_places(struct rd *r, struct str *t, size_t n, char *(*alloc)(void *arg, size_t n), void *arg)
{
	unsigned how = rd_byte(r);
	char text[PLACE_MAX];
	double *v;
	bool ok;

	if (r->bad || how != PLACE_NUMBERS)
		return how == PLACE_TEXTS && unpack_texts(r, t, n, alloc, arg);
	v = malloc(2 * n * sizeof(*v));
	ok = v && unpack_numbers(r, v, n) && unpack_numbers(r, v + n, n);
	for (size_t i = 0; ok && i < n; i++) {
		ok = isfinite(v[i]) && isfinite(v[n + i]);
		t[i].len = ok ? print_place(v[i], v[n + i], text) : 0;
		t[i].ptr = ok ? alloc(arg, t[i].len + 1) : NULL;
		ok = ok && t[i].ptr;
		if (ok)
			memcpy((char *)(uintptr_t)t[i].ptr, text, t[i].len + 1);
	}
	free(v);
	return ok;
}
