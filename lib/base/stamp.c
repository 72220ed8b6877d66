/* SPDX-License-Identifier: MIT */
#include "base/stamp.h"

#include <strings.h>

bool scan_digits(struct scan *s, int min, int max, int *out)
{
	int v = 0, n = 0;

	for (; n < max && scan_is_digit(s); n++)
		v = v * 10 + (*s->p++ - '0');
	*out = v;
	return n >= min;
}

bool scan_fraction(struct scan *s, int *ns)
{
	int n = 0, v = 0;

	for (; n < 9 && scan_is_digit(s); n++)
		v = v * 10 + (*s->p++ - '0');
	if (n == 0 || scan_is_digit(s))
		return false;
	for (; n < 9; n++)
		v *= 10;
	*ns = v;
	return true;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int scan_letters(struct scan *s, const char *const *words, size_t n,
			int (*differs)(const char *a, const char *b, size_t len))
{
	size_t len = 0, i;

	while (s->p + len < s->end && is_letter(s->p[len]))
		len++;
	for (i = 0; i < n; i++) {
		if (strlen(words[i]) == len && !differs(words[i], s->p, len)) {
			s->p += len;
			return (int)i;
		}
	}
	return -1;
}

int scan_unit(struct scan *s, const char *const *words, size_t n)
{
	return scan_letters(s, words, n, strncmp);
}

int scan_word(struct scan *s, const char *const *words, size_t n)
{
	return scan_letters(s, words, n, strncasecmp);
}

bool stamp_date(struct scan *s, struct civil *c)
{
	return scan_digits(s, 4, 4, &c->year) && scan_char(s, '-') && scan_digits(s, 2, 2, &c->month) &&
	       scan_char(s, '-') && scan_digits(s, 2, 2, &c->day);
}

bool stamp_clock(struct scan *s, struct civil *c, bool whole)
{
	int ns = 0;

	c->second = c->us = 0;
	if (!scan_digits(s, 2, 2, &c->hour) || !scan_char(s, ':') || !scan_digits(s, 2, 2, &c->minute))
		return false;
	if (!scan_char(s, ':'))
		return !whole;
	if (!scan_digits(s, 2, 2, &c->second))
		return false;
	if (scan_char(s, '.') && !scan_fraction(s, &ns))
		return false;
	c->us = ns / 1000;
	return true;
}

bool stamp_offset(struct scan *s, bool loose, int *offset)
{
	int h, m;
	bool west;

	*offset = 0;
	if (scan_char(s, 'Z') || scan_char(s, 'z'))
		return true;
	west = scan_char(s, '-');
	if (!west && !scan_char(s, '+'))
		return false;
	if (!scan_digits(s, 2, 2, &h) || (!scan_char(s, ':') && !loose) || !scan_digits(s, 2, 2, &m))
		return false;
	if (h > 23 || m > 59)
		return false;
	*offset = (h * 60 + m) * (west ? -60 : 60);
	return true;
}

bool stamp_instant(const struct civil *c, int offset, int64_t *out)
{
	struct civil r = *c;
	bool leap = c->second == 60;
	int64_t us;

	if (leap)
		r.second = 59;
	if (!civil_valid(&r))
		return false;
	us = civil_to_us(&r) - offset * US_PER_S;
	if (leap) {
		/* POSIX time has no place for it: it is counted as the first second of the next day. */
		us += US_PER_S;
		civil_from_us(us, &r);
		if (r.hour || r.minute || r.second)
			return false;
	}
	if (us < TIME_MIN || us > TIME_MAX)
		return false;
	*out = us;
	return true;
}
