/* SPDX-License-Identifier: MIT */
/*
 * json_read() accepts no more than jansson; a stream says the same in whatever pieces it comes. The first
 * byte seeds the pieces.
 */
#include "base/base.h"
#include "base/sb.h"
#include "codec/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* seed 0: at once. */
static void stream(struct str s, unsigned seed, struct sb *log)
{
	AUTO(json_in_freep) struct json_in *in = json_in_new();
	struct json_place at;
	enum json_got got;
	struct err e;
	struct str raw;
	json_t *v;

	for (size_t i = 0, n; i < s.len || i == 0; i += n) {
		seed = seed ? (seed * 1103515245u + 12345u) | 1 : 0;
		n = seed ? (seed >> 16) % 9 + 1 : s.len;
		n = n < s.len - i ? n : s.len - i;
		if (json_in_feed(in, s.ptr + i, n, &e) < 0)
			abort();
		if (i + n == s.len)
			json_in_end(in);
		while ((got = json_in_next(in, &v, &raw, &at, &e)) == JSON_VALUE || got == JSON_BAD) {
			sb_addf(log, "%d %llu %llu %zu ", (int)got, (unsigned long long)at.line,
				(unsigned long long)at.offset, raw.len);
			sb_add(log, raw.ptr, raw.len);
			sb_adds(log, got == JSON_BAD ? e.msg : "");
			if (at.offset > s.len || raw.len > s.len - at.offset)
				abort();
			if (raw.len && memcmp(raw.ptr, s.ptr + at.offset, raw.len) != 0)
				abort();
			json_decref(v);
		}
		if (got != (i + n == s.len ? JSON_END : JSON_MORE))
			abort();
		if (s.len == 0)
			break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(sb_done) struct sb once = SB_INIT(1 << 26), pieces = SB_INIT(1 << 26);
	struct str text;
	struct err e;
	json_t *v;

	if (size < 1)
		return 0;
	text = (struct str){ (const char *)data + 1, size - 1 };
	v = json_read(text, &e);
	if (v) {
		struct str bare = text;
		json_t *w;

		if (str_starts(bare, "\xef\xbb\xbf"))
			bare = (struct str){ bare.ptr + 3, bare.len - 3 };
		w = json_loadb(bare.ptr, bare.len,
			       JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, NULL);
		if (!w)
			abort();
		json_decref(w);
		json_decref(v);
	} else if (e.code != E_INPUT) {
		abort();
	}
	stream(text, 0, &once);
	stream(text, data[0] | 256u, &pieces);
	if (!str_eq(sb_str(&once), sb_str(&pieces)))
		abort();
	return 0;
}
