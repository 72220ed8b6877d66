/* SPDX-License-Identifier: MIT */
#include "base/time.h"

#include "base/stamp.h"

bool time_rfc3339(struct str s, int64_t *out)
{
	struct scan in = scan_of(s);
	struct civil c;
	int offset;

	return stamp_date(&in, &c) && (scan_char(&in, 'T') || scan_char(&in, 't') || scan_char(&in, ' ')) &&
	       stamp_clock(&in, &c, true) && stamp_offset(&in, false, &offset) && scan_done(&in) &&
	       stamp_instant(&c, offset, out);
}

/* Two or more digits of v. */
static char *put_digits(char *p, int v, int width)
{
	int i;

	for (i = width - 1; i >= 0; i--, v /= 10)
		p[i] = (char)('0' + v % 10);
	return p + width;
}

static char *put_offset(char *p, int minutes)
{
	*p++ = minutes < 0 ? '-' : '+';
	if (minutes < 0)
		minutes = -minutes;
	p = put_digits(p, minutes / 60, 2);
	*p++ = ':';
	return put_digits(p, minutes % 60, 2);
}

/*
 * What RFC 3339 can write of the zone: whole minutes below a day. Old local mean times have seconds; there the
 * reading is printed for the offset cut to its minute, so that the text still names the very instant. False:
 * print UTC.
 */
static bool local_reading(const struct zone *zone, int64_t us, struct civil *c, int *minutes)
{
	*minutes = zone_offset(zone, us) / 60;
	if (*minutes <= -24 * 60 || *minutes >= 24 * 60)
		return false;
	civil_from_us(us + *minutes * US_PER_MIN, c);
	return c->year >= 0 && c->year <= 9999;
}

size_t time_print(int64_t us, const struct zone *zone, char out[40])
{
	int minutes = 0;
	struct civil c;
	char *p = out;
	bool local;

	/* Nothing outside comes out of this toolkit; a text of the nearest end is better than none. */
	us = us < TIME_MIN ? TIME_MIN : us > TIME_MAX ? TIME_MAX : us;
	local = zone && local_reading(zone, us, &c, &minutes);
	if (!local)
		civil_from_us(us, &c);
	p = put_digits(p, c.year, 4);
	*p++ = '-';
	p = put_digits(p, c.month, 2);
	*p++ = '-';
	p = put_digits(p, c.day, 2);
	*p++ = 'T';
	p = put_digits(p, c.hour, 2);
	*p++ = ':';
	p = put_digits(p, c.minute, 2);
	*p++ = ':';
	p = put_digits(p, c.second, 2);
	if (c.us) {
		*p++ = '.';
		p = c.us % 1000 ? put_digits(p, c.us, 6) : put_digits(p, c.us / 1000, 3);
	}
	if (local)
		p = put_offset(p, minutes);
	else
		*p++ = 'Z';
	*p = '\0';
	return (size_t)(p - out);
}

/* The nearest integer, without libm. */
static int64_t nearest(double v)
{
	int64_t whole = (int64_t)v;
	double rest = v - (double)whole;

	return whole + (rest >= 0.5) - (rest <= -0.5);
}

bool time_epoch(double v, int64_t *out)
{
	double size = v < 0 ? -v : v;
	double us = size < 1e11 ? v * 1e6 : size < 1e14 ? v * 1e3 : size < 1e17 ? v : v / 1e3;
	int64_t t;

	if (!(us >= -1e18 && us <= 1e18))
		return false;
	t = nearest(us);
	if (t < TIME_MIN || t > TIME_MAX)
		return false;
	*out = t;
	return true;
}
