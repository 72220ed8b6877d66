/* SPDX-License-Identifier: MIT */
#include "base/name.h"

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool name_valid(struct str s)
{
	if (s.len == 0 || s.len > NAME_MAX_LEN || !(is_alpha(s.ptr[0]) || is_digit(s.ptr[0])))
		return false;
	for (size_t i = 1; i < s.len; i++) {
		char c = s.ptr[i];

		if (!is_alpha(c) && !is_digit(c) && c != '.' && c != '_' && c != '-')
			return false;
	}
	return true;
}

bool ident_valid(struct str s)
{
	if (s.len == 0 || s.len > NAME_MAX_LEN || !is_alpha(s.ptr[0]))
		return false;
	for (size_t i = 1; i < s.len; i++)
		if (!is_alpha(s.ptr[i]) && !is_digit(s.ptr[i]) && s.ptr[i] != '_')
			return false;
	return true;
}

bool ident_fold(struct str wire, char out[NAME_MAX_LEN + 1])
{
	size_t n = 0;

	if (wire.len == 0)
		return false;
	if (!is_alpha(wire.ptr[0]))
		out[n++] = 'v';
	for (size_t i = 0; i < wire.len && n < NAME_MAX_LEN; i++) {
		char c = wire.ptr[i];

		out[n++] = is_alpha(c) || is_digit(c) ? c : '_';
	}
	out[n] = '\0';
	return true;
}

/* Optimal string alignment over three rows; names are short. */
unsigned name_distance(struct str a, struct str b, unsigned cap)
{
	unsigned row[3][NAME_MAX_LEN + 2];
	unsigned *prev2 = row[0], *prev = row[1], *cur = row[2], *t;

	if (a.len > NAME_MAX_LEN || b.len > NAME_MAX_LEN)
		return cap + 1;
	for (size_t j = 0; j <= b.len; j++)
		prev[j] = prev2[j] = (unsigned)j;
	for (size_t i = 1; i <= a.len; i++) {
		cur[0] = (unsigned)i;
		for (size_t j = 1; j <= b.len; j++) {
			unsigned d = prev[j - 1] + (a.ptr[i - 1] != b.ptr[j - 1]);

			if (prev[j] + 1 < d)
				d = prev[j] + 1;
			if (cur[j - 1] + 1 < d)
				d = cur[j - 1] + 1;
			if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1] &&
			    prev2[j - 2] + 1 < d)
				d = prev2[j - 2] + 1;
			cur[j] = d;
		}
		t = prev2;
		prev2 = prev;
		prev = cur;
		cur = t;
	}
	return prev[b.len] > cap ? cap + 1 : prev[b.len];
}

void near_offer(struct near *n, struct str wanted, struct str candidate)
{
	unsigned cap = wanted.len < 4 ? 1 : wanted.len < 8 ? 2 : 3;
	unsigned d = name_distance(wanted, candidate, cap);

	/* The very name is something of another kind. */
	if (d > 0 && d <= cap && (!n->best.ptr || d < n->distance)) {
		n->best = candidate;
		n->distance = d;
	}
}

void near_offer_copy(struct near *n, char buf[NAME_MAX_LEN + 1], struct str wanted, struct str candidate)
{
	struct near one = *n;

	if (candidate.len > NAME_MAX_LEN)
		return;
	near_offer(&one, wanted, candidate);
	if (one.best.ptr == n->best.ptr)
		return;
	memcpy(buf, candidate.ptr, candidate.len);
	buf[candidate.len] = '\0';
	one.best.ptr = buf;
	*n = one;
}

const char *near_text(const struct near *n, char *buf, size_t size)
{
	if (!n->best.ptr)
		return "";
	(void)snprintf(buf, size, " (did you mean \"%.*s\"?)",
		       n->best.len > NAME_MAX_LEN ? NAME_MAX_LEN : (int)n->best.len, n->best.ptr);
	return buf;
}

/* One bracket expression at p (behind '['); *end is set behind ']'. A '[' without its ']' matches itself only. */
static bool match_class(struct str p, size_t at, char c, size_t *end)
{
	size_t i = at;
	bool not = i < p.len && (p.ptr[i] == '!' || p.ptr[i] == '^'), hit = false;

	if (not )
		i++;
	for (size_t first = i; i < p.len && (p.ptr[i] != ']' || i == first); i++) {
		if (i + 2 < p.len && p.ptr[i + 1] == '-' && p.ptr[i + 2] != ']') {
			hit |= p.ptr[i] <= c && c <= p.ptr[i + 2];
			i += 2;
		} else {
			hit |= p.ptr[i] == c;
		}
	}
	if (i >= p.len) {
		*end = at;
		return c == '[';
	}
	*end = i + 1;
	return hit != not ;
}

/* The pattern element at *p matches c; *p moves behind it. */
static bool match_one(struct str pat, size_t *p, char c)
{
	char k = pat.ptr[*p];

	(*p)++;
	if (k == '?')
		return true;
	if (k == '[')
		return match_class(pat, *p, c, p);
	if (k == '\\' && *p < pat.len)
		k = pat.ptr[(*p)++];
	return k == c;
}

bool glob_match(struct str pat, struct str s)
{
	size_t p = 0, i = 0, star = SIZE_MAX, mark = 0;

	while (i < s.len) {
		size_t next = p;

		if (p < pat.len && pat.ptr[p] == '*') {
			star = ++p;
			mark = i;
		} else if (p < pat.len && match_one(pat, &next, s.ptr[i])) {
			p = next;
			i++;
		} else if (star != SIZE_MAX) {
			p = star;
			i = ++mark;
		} else {
			return false;
		}
	}
	while (p < pat.len && pat.ptr[p] == '*')
		p++;
	return p == pat.len;
}

/* The bytes that a class takes, as ranges; a class that takes none as the opposite of all (a text has no NUL). */
static int regex_class(struct str pat, size_t *p, struct sb *out)
{
	size_t at = *p;
	bool some = false;

	sb_addc(out, '[');
	for (unsigned c = 1; c < 256; c++) {
		unsigned last = c;

		if (!match_class(pat, at, (char)(unsigned char)c, p))
			continue;
		while (last < 255 && match_class(pat, at, (char)(unsigned char)(last + 1), p))
			last++;
		sb_addf(out, "\\u%04x-\\u%04x", c, last);
		some = true;
		c = last;
	}
	return sb_adds(out, some ? "]" : "^\\u0001-\\u00ff]");
}

int glob_regex(struct str pat, struct sb *out)
{
	sb_addc(out, '^');
	for (size_t p = 0; p < pat.len;) {
		char k = pat.ptr[p++];

		if (k == '*') {
			sb_adds(out, ".*");
		} else if (k == '?') {
			sb_addc(out, '.');
		} else if (k == '[') {
			regex_class(pat, &p, out);
		} else {
			if (k == '\\' && p < pat.len)
				k = pat.ptr[p++];
			sb_addf(out, is_alpha(k) || is_digit(k) ? "%c" : "\\u%04x", (unsigned char)k);
		}
	}
	return sb_addc(out, '$');
}

bool glob_is(struct str pat)
{
	for (size_t i = 0; i < pat.len; i++)
		if (pat.ptr[i] == '*' || pat.ptr[i] == '?' || pat.ptr[i] == '[')
			return true;
	return false;
}

static bool digit(struct str s, size_t i)
{
	return i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9';
}

/* The run of digits at *i without leading zeros; *i moves behind it. */
static struct str run_of_digits(struct str s, size_t *i)
{
	struct str run;

	while (digit(s, *i) && s.ptr[*i] == '0' && digit(s, *i + 1))
		++*i;
	run = (struct str){ s.ptr + *i, 0 };
	while (digit(s, *i)) {
		run.len++;
		++*i;
	}
	return run;
}

int version_cmp(struct str a, struct str b)
{
	size_t i = 0, k = 0;

	while (i < a.len && k < b.len) {
		if (digit(a, i) && digit(b, k)) {
			struct str x = run_of_digits(a, &i), y = run_of_digits(b, &k);
			int c = x.len != y.len ? (x.len > y.len) - (x.len < y.len) : str_cmp(x, y);

			if (c)
				return c;
		} else if (a.ptr[i] != b.ptr[k]) {
			return (unsigned char)a.ptr[i] < (unsigned char)b.ptr[k] ? -1 : 1;
		} else {
			i++;
			k++;
		}
	}
	return (i < a.len) - (k < b.len);
}
