/* SPDX-License-Identifier: MIT */
#include "base/sb.h"

#include "base/utf8.h"

void sb_done(struct sb *sb)
{
	free(sb->buf);
	sb->buf = NULL;
	sb->len = sb->cap = 0;
	sb->bad = false;
}

void sb_wipe(struct sb *sb)
{
	if (sb->buf)
		explicit_bzero(sb->buf, sb->len);
	sb_done(sb);
}

void sb_clear(struct sb *sb)
{
	sb->len = 0;
	sb->bad = false;
	if (sb->buf)
		sb->buf[0] = '\0';
}

int sb_grow(struct sb *sb, size_t n)
{
	size_t cap = sb->cap ? sb->cap : 64;
	char *p;

	if (sb->bad || n > sb->max || sb->len > sb->max - n)
		goto bad;
	while (cap < sb->len + n + 1)
		cap *= 2;
	if (cap - 1 > sb->max)
		cap = sb->max + 1;
	p = realloc(sb->buf, cap);
	if (!p)
		goto bad;
	sb->buf = p;
	sb->cap = cap;
	return 0;
bad:
	sb->bad = true;
	sb->cap = sb->len;
	return -1;
}

void sb_shift(struct sb *sb, size_t n)
{
	if (n == 0)
		return;
	sb->len -= n;
	memmove(sb->buf, sb->buf + n, sb->len);
	sb->buf[sb->len] = '\0';
}

int sb_adds(struct sb *sb, const char *s)
{
	return sb_add(sb, s, strlen(s));
}

int sb_addf(struct sb *sb, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !sb_room(sb, (size_t)n))
		return -1;
	va_start(ap, fmt);
	(void)vsnprintf(sb->buf + sb->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	sb->len += (size_t)n;
	return 0;
}

/* The first byte from i on that may need more than a copy. */
static size_t plain_end(struct str s, size_t i)
{
	while (i < s.len && (signed char)s.ptr[i] >= 0x20 && s.ptr[i] < 0x7f && s.ptr[i] != '"' && s.ptr[i] != '\\')
		i++;
	return i;
}

static int json_escape(struct sb *sb, unsigned char c)
{
	switch (c) {
	case '"':
		return sb_adds(sb, "\\\"");
	case '\\':
		return sb_adds(sb, "\\\\");
	case '\b':
		return sb_adds(sb, "\\b");
	case '\f':
		return sb_adds(sb, "\\f");
	case '\n':
		return sb_adds(sb, "\\n");
	case '\r':
		return sb_adds(sb, "\\r");
	case '\t':
		return sb_adds(sb, "\\t");
	default:
		return sb_addf(sb, "\\u%04x", c);
	}
}

int sb_json(struct sb *sb, struct str s)
{
	size_t i = plain_end(s, 0), from = 0;
	char *p;

	if (i == s.len) {
		p = sb_room(sb, s.len + 2);
		if (!p)
			return -1;
		*p = '"';
		if (s.len)
			memcpy(p + 1, s.ptr, s.len);
		p[s.len + 1] = '"';
		sb_took(sb, s.len + 2);
		return 0;
	}
	sb_addc(sb, '"');
	for (; i < s.len; i = plain_end(s, i)) {
		unsigned char c = (unsigned char)s.ptr[i];
		size_t n = 1;

		if (c >= 0x80) {
			n = utf8_len(s.ptr + i, s.len - i);
			if (n) {
				i += n;
				continue;
			}
		}
		sb_add(sb, s.ptr + from, i - from);
		if (c >= 0x80)
			sb_adds(sb, "\xef\xbf\xbd");
		else
			json_escape(sb, c);
		from = ++i;
	}
	if (s.len)
		sb_add(sb, s.ptr + from, s.len - from);
	return sb_addc(sb, '"');
}

const char *sb_cstr(const struct sb *sb)
{
	return sb->buf ? sb->buf : "";
}

struct str sb_str(const struct sb *sb)
{
	return (struct str){ sb_cstr(sb), sb->len };
}
