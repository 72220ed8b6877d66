/* SPDX-License-Identifier: MIT */
/*
 * What a stream of JSON says, as text, whether its records are scanned or go through jansson, in whatever pieces it comes. FAIL() ends the
 * test that includes this.
 */
#ifndef SIT_TESTS_SCANNED_H
#define SIT_TESTS_SCANNED_H

#include "base/sb.h"
#include "codec/json.h"
#include "codec/json_scan.h"

#define INNER STR("values")

static inline void write_members(const struct json_members *m, struct sb *log)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct json_member *p = m->m + i;
		uint64_t bits;
		char *text;

		sb_addf(log, " %d ", (int)p->kind);
		sb_json(log, p->key);
		if (p->kind == JSON_KIND_NUMBER || p->kind == JSON_KIND_BOOL) {
			memcpy(&bits, &p->num, sizeof(bits));
			sb_addf(log, "=%016" PRIx64, bits);
		} else if (p->kind == JSON_KIND_WHOLE) {
			sb_addf(log, "=%" PRId64, p->whole);
		} else if (p->kind == JSON_KIND_TEXT) {
			sb_json(log, p->txt);
		} else if (p->kind == JSON_KIND_INNER) {
			sb_addf(log, "{%zu}", p->inner);
		} else if (p->kind == JSON_KIND_TREE) {
			text = json_dumps(p->tree, JSON_COMPACT);
			sb_adds(log, text ? text : "?");
			free(text);
		}
	}
}

static inline void write_tree(const json_t *v, struct sb *log)
{
	struct json_members m = { NULL, 0, 0 };
	struct err e;
	char *text;

	if (json_is_object(v)) {
		if (json_members_of(v, INNER, &m, &e) < 0)
			FAIL();
		write_members(&m, log);
		json_members_done(&m);
		return;
	}
	text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
	sb_adds(log, text ? text : "?");
	free(text);
}

/* How many records were scanned; the text in log. seed 0: all bytes at once. */
static inline size_t stream(struct str s, bool scan, unsigned seed, struct sb *log)
{
	AUTO(json_in_freep) struct json_in *in = json_in_new();
	struct json_members m = { NULL, 0, 0 };
	struct json_place at;
	size_t scanned = 0;
	enum json_got got;
	struct err e;
	struct str raw;
	json_t *v;

	if (scan)
		json_in_members(in, INNER, &m);
	for (size_t i = 0, n; i < s.len || i == 0; i += n) {
		seed = seed ? (seed * 1103515245u + 12345u) | 1 : 0;
		n = seed ? (seed >> 16) % 40 + 1 : s.len;
		n = n < s.len - i ? n : s.len - i;
		if (json_in_feed(in, s.ptr + i, n, &e) < 0)
			FAIL();
		if (i + n == s.len)
			json_in_end(in);
		while ((got = json_in_next(in, &v, &raw, &at, &e)) != JSON_MORE && got != JSON_END) {
			sb_addf(log, "%d %" PRIu64 " %" PRIu64 " %zu ", got == JSON_BAD, at.line, at.offset, raw.len);
			sb_json(log, raw);
			if (got == JSON_BAD)
				sb_adds(log, e.msg);
			else if (got == JSON_MEMBERS)
				write_members(&m, log);
			else
				write_tree(v, log);
			sb_addc(log, '\n');
			scanned += got == JSON_MEMBERS;
			json_decref(v);
		}
		if (s.len == 0)
			break;
	}
	json_members_done(&m);
	return scanned;
}

#endif
