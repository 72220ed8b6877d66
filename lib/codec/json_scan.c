/* SPDX-License-Identifier: MIT */
#include "codec/json_scan.h"

#include "base/num.h"
#include "base/utf8.h"
#include "codec/json.h"

#define BYTES(b) (UINT64_C(0x0101010101010101) * (b))

void json_members_done(struct json_members *m)
{
	free(m->m);
	*m = (struct json_members){ NULL, 0, 0 };
}

/* One more member behind the others; NULL out of memory. */
static struct json_member *add(struct json_members *out)
{
	if (out->n == out->cap) {
		size_t cap = out->cap ? out->cap * 2 : 64;
		struct json_member *m = realloc(out->m, cap * sizeof(*m));

		if (!m)
			return NULL;
		out->m = m;
		out->cap = cap;
	}
	return out->m + out->n++;
}

/* The first byte from p on that is a quote, a backslash, a control character or not ASCII; end when there is none. */
static inline const char *plain_end(const char *p, const char *end)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	/* Eight at once: a byte of x is 0 where w's is the one looked for, and x - 1 borrows into its top bit. */
	while (end - p >= 8) {
		uint64_t w, quote, slash, hit;

		memcpy(&w, p, sizeof(w));
		quote = w ^ BYTES('"');
		slash = w ^ BYTES('\\');
		hit = ((quote - BYTES(1)) & ~quote) | ((slash - BYTES(1)) & ~slash) | ((w - BYTES(0x20)) & ~w) | w;
		hit &= BYTES(0x80);
		if (hit)
			return p + __builtin_ctzll(hit) / 8;
		p += 8;
	}
#endif
	while (p < end && (signed char)*p >= 0x20 && *p != '"' && *p != '\\')
		p++;
	return p;
}

/* The closing quote of the string whose first byte is at p. NULL: it has an escape or a fault, or is not complete. */
static inline const char *string_end(const char *p, const char *end)
{
	for (;;) {
		size_t n;

		p = plain_end(p, end);
		if (p == end)
			return NULL;
		if (*p == '"')
			return p;
		n = (unsigned char)*p < 0x80 ? 0 : utf8_len(p, (size_t)(end - p));
		if (n == 0)
			return NULL;
		p += n;
	}
}

static inline const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
		p++;
	return p;
}

/* c is next, perhaps behind blanks: what follows it and its blanks; else NULL. */
static inline const char *take(const char *p, const char *end, char c)
{
	p = skip_blanks(p, end);
	return p < end && *p == c ? skip_blanks(p + 1, end) : NULL;
}

/* The last key is also one of those from `first` on. `seen`: a bit for each key so far, by a cheap hash. */
static bool repeated(const struct json_members *out, size_t first, uint64_t seen[4])
{
	struct str key = out->m[out->n - 1].key;
	size_t n = key.len;
	const unsigned char *p = (const unsigned char *)key.ptr;
	unsigned h = n ? (unsigned)n * 37 + p[0] * 7u + p[n - 1] * 13u + p[n / 2] * 29u : 0;
	uint64_t bit = UINT64_C(1) << (h & 63), *word = seen + (h >> 6 & 3);

	if (!(*word & bit)) {
		*word |= bit;
		return false;
	}
	for (size_t i = first; i < out->n - 1; i++)
		if (str_eq(out->m[i].key, key))
			return true;
	return false;
}

static const char *literal(const char *p, const char *end, struct json_member *m)
{
	static const struct {
		struct str text;
		enum json_kind kind;
		double num;
	} literals[] = { { { "true", 4 }, JSON_KIND_BOOL, 1 }, { { "false", 5 }, JSON_KIND_BOOL, 0 }, { { "null", 4 }, JSON_KIND_NULL, 0 } };

	for (size_t i = 0; i < COUNT(literals); i++) {
		struct str t = literals[i].text;

		if ((size_t)(end - p) >= t.len && memcmp(p, t.ptr, t.len) == 0) {
			m->kind = literals[i].kind;
			m->num = literals[i].num;
			return p + t.len;
		}
	}
	return NULL;
}

/* A value that is no object: what follows it, or NULL. */
static inline const char *scalar(const char *p, const char *end, struct json_member *m)
{
	const char *from = p + 1;
	size_t n;

	if (*p == '"') {
		p = string_end(from, end);
		if (!p)
			return NULL;
		m->kind = JSON_KIND_TEXT;
		m->txt = (struct str){ from, (size_t)(p - from) };
		return p + 1;
	}
	if (*p != '-' && (*p < '0' || *p > '9'))
		return literal(p, end, m);
	n = num_lead((struct str){ p, (size_t)(end - p) }, &m->num);
	m->kind = JSON_KIND_NUMBER;
	return n ? p + n : NULL;
}

/* As a number, or exactly when no double holds it. */
static void set_integer(struct json_member *m, int64_t v)
{
	double d = (double)v;
	bool fits = d < 0x1p63 && (int64_t)d == v;

	m->kind = fits ? JSON_KIND_NUMBER : JSON_KIND_WHOLE;
	if (fits)
		m->num = d;
	else
		m->whole = v;
}

/* A time in nanoseconds, which scalar() leaves: what follows it, or NULL. */
static const char *long_time(const char *p, const char *end, struct json_member *m)
{
	const char *from = p;
	int64_t v;

	while (p < end && *p >= '0' && *p <= '9')
		p++;
	if (!str_is(m->key, JSON_TIME_KEY) || (p < end && strchr(".eE", *p)) || !num_parse_int((struct str){ from, (size_t)(p - from) }, &v))
		return NULL;
	set_integer(m, v);
	return p;
}

/* Key and colon, as a new member: its value is at what is returned, or NULL. */
static inline const char *key(const char *p, const char *end, struct json_members *out, size_t first, uint64_t seen[4])
{
	struct json_member *m;
	const char *from = p + 1;

	if (p == end || *p != '"' || out->n == JSON_SCAN_MAX)
		return NULL;
	p = string_end(from, end);
	if (!p)
		return NULL;
	m = add(out);
	if (!m)
		return NULL;
	m->key = (struct str){ from, (size_t)(p - from) };
	if (repeated(out, first, seen))
		return NULL;
	p = take(p + 1, end, ':');
	return p == end ? NULL : p;
}

/* The members of an object without objects in it, from behind its bracket on: what follows the closing one. */
static const char *inner_object(const char *p, const char *end, struct json_members *out)
{
	uint64_t seen[4] = { 0 };
	size_t first = out->n;

	p = skip_blanks(p, end);
	if (p < end && *p == '}')
		return p + 1;
	for (;;) {
		p = key(p, end, out, first, seen);
		if (!p)
			return NULL;
		p = scalar(p, end, out->m + out->n - 1);
		if (!p)
			return NULL;
		p = skip_blanks(p, end);
		if (p == end || *p != ',')
			break;
		p = skip_blanks(p + 1, end);
	}
	return p < end && *p == '}' ? p + 1 : NULL;
}

size_t json_scan(struct str s, struct str inner, struct json_members *out)
{
	const char *p = s.ptr, *end = p + s.len;
	uint64_t seen[4] = { 0 };
	size_t at;

	out->n = 0;
	p = take(p, end, '{');
	if (!p || p == end || *s.ptr != '{')
		return 0;
	if (*p == '}')
		return (size_t)(p + 1 - s.ptr);
	for (;;) {
		p = key(p, end, out, 0, seen);
		if (!p)
			return 0;
		at = out->n - 1;
		if (*p == '{' && str_eq(out->m[at].key, inner)) {
			p = inner_object(p + 1, end, out);
			out->m[at].kind = JSON_KIND_INNER;
			out->m[at].inner = out->n - 1 - at;
		} else {
			struct json_member *m = out->m + at;
			const char *from = p;

			p = scalar(from, end, m);
			if (!p)
				p = long_time(from, end, m);
		}
		if (!p)
			return 0;
		p = skip_blanks(p, end);
		if (p == end || *p != ',')
			break;
		p = skip_blanks(p + 1, end);
	}
	return p < end && *p == '}' ? (size_t)(p + 1 - s.ptr) : 0;
}

struct json_member json_member_of(const json_t *v)
{
	struct json_member m = { .kind = JSON_KIND_NULL };

	if (json_is_integer(v)) {
		set_integer(&m, json_integer_value(v));
	} else if (json_is_number(v)) {
		m.kind = JSON_KIND_NUMBER;
		m.num = json_number_value(v);
	} else if (json_is_boolean(v)) {
		m.kind = JSON_KIND_BOOL;
		m.num = json_is_true(v);
	} else if (json_is_string(v)) {
		m.kind = JSON_KIND_TEXT;
		m.txt = (struct str){ json_string_value(v), json_string_length(v) };
	} else if (!json_is_null(v)) {
		m.kind = JSON_KIND_TREE;
		m.tree = v;
	}
	return m;
}

static int add_members(const json_t *v, struct str inner, struct json_members *out, struct err *e)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)v, name, value)
	{
		struct json_member *m = add(out);

		if (!m)
			return err_nomem(e);
		*m = json_member_of(value);
		m->key = str_of(name);
		if (!inner.ptr || !json_is_object(value) || !str_eq(m->key, inner))
			continue;
		m->kind = JSON_KIND_INNER;
		m->inner = json_object_size(value);
		if (add_members(value, (struct str){ NULL, 0 }, out, e) < 0)
			return -1;
	}
	return 0;
}

int json_members_of(const json_t *v, struct str inner, struct json_members *out, struct err *e)
{
	out->n = 0;
	return add_members(v, inner, out, e);
}
