/* SPDX-License-Identifier: MIT */
#include "base/utf8.h"

#include <wchar.h>

size_t utf8_len(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;
	unsigned char lo = 0x80, hi = 0xbf;
	size_t len;

	if (n == 0)
		return 0;
	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	len = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (n < len)
		return 0;
	if (p[0] == 0xe0)
		lo = 0xa0;
	else if (p[0] == 0xed)
		hi = 0x9f;
	else if (p[0] == 0xf0)
		lo = 0x90;
	else if (p[0] == 0xf4)
		hi = 0x8f;
	if (p[1] < lo || p[1] > hi)
		return 0;
	for (size_t i = 2; i < len; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return len;
}

uint32_t utf8_code(const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;
	uint32_t c = p[0];

	if (len == 1)
		return c;
	c &= 0x7fu >> len;
	for (size_t i = 1; i < len; i++)
		c = c << 6 | (p[i] & 0x3fu);
	return c;
}

/* Where the ASCII ends that stands at i, by eight bytes at once, and none of them NUL. */
static size_t ascii_end(struct str s, size_t i)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones << 7;
	uint64_t w;

	for (; s.len - i >= sizeof(w); i += sizeof(w)) {
		memcpy(&w, s.ptr + i, sizeof(w));
		if ((w | (w - ones)) & highs) /* a NUL borrows; so may what is above it, and then one by one tells */
			break;
	}
	return i;
}

bool utf8_valid(struct str s)
{
	for (size_t i = ascii_end(s, 0), n; i < s.len; i += n) {
		if ((i & 63) == 0)
			i = ascii_end(s, i);
		if (i == s.len)
			break;
		n = utf8_len(s.ptr + i, s.len - i);
		if (n == 0 || s.ptr[i] == '\0')
			return false;
	}
	return true;
}

bool utf8_is_hostile(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x200e || c == 0x200f ||
	       (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

size_t utf8_width(struct str s)
{
	size_t width = 0;

	for (size_t i = 0, n; i < s.len; i += n) {
		uint32_t c;
		int w;

		n = utf8_len(s.ptr + i, s.len - i);
		if (n == 0) {
			n = 1;
			width += 4;
			continue;
		}
		c = utf8_code(s.ptr + i, n);
		if (utf8_is_hostile(c)) {
			width += c < 0x100 ? 4 : 6;
			continue;
		}
		w = wcwidth((wchar_t)c);
		width += w < 0 ? 1 : (size_t)w;
	}
	return width;
}

void utf8_defuse(char *s)
{
	char *to = s;

	for (size_t n = strlen(s), len; n; s += len, n -= len) {
		len = utf8_len(s, n);
		if (len && !utf8_is_hostile(utf8_code(s, len))) {
			memmove(to, s, len);
			to += len;
		} else {
			*to++ = '?';
			len = len ? len : 1;
		}
	}
	*to = '\0';
}
