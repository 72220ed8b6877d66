/* SPDX-License-Identifier: MIT */
#include "base/time.h"

#include "base/days.h"
#include "base/stamp.h"

/* Any text that RFC 3339 allows. */
static bool any_form(struct str s, int64_t *out)
{
	struct scan in = scan_of(s);
	struct civil c;
	int offset;

	return stamp_date(&in, &c) && (scan_char(&in, 'T') || scan_char(&in, 't') || scan_char(&in, ' ')) &&
	       stamp_clock(&in, &c, true) && stamp_offset(&in, false, &offset) && scan_done(&in) &&
	       stamp_instant(&c, offset, out);
}

/* The two digits at p; above 99 when they are none. */
static inline unsigned two(const char *p)
{
	unsigned tens = (unsigned)(unsigned char)p[0] - '0', ones = (unsigned)(unsigned char)p[1] - '0';

	return tens > 9 || ones > 9 ? 1000000 : tens * 10 + ones;
}

/* The form that machines write, with 0 to 6 fraction digits: 2026-01-31T08:00:00.123456Z, ...+01:00. False: any_form() is to judge. */
static bool usual_form(struct str s, int64_t *out)
{
	const char *p = s.ptr, *q = p + 19, *end = p + s.len;
	unsigned year, month, day, hour, minute, second;
	int64_t us = 0, offset = 0;

	if (s.len < 20 || p[4] != '-' || p[7] != '-' || p[10] != 'T' || p[13] != ':' || p[16] != ':')
		return false;
	year = two(p) * 100 + two(p + 2);
	month = two(p + 5);
	day = two(p + 8);
	hour = two(p + 11);
	minute = two(p + 14);
	second = two(p + 17);
	/* From year 1 to 9998 no offset leads out of what is accepted. */
	if (year < 1 || year > 9998 || month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59)
		return false;
	if (day < 1 || day > (unsigned)days_in_month(year, (int)month))
		return false;
	if (*q == '.') {
		int64_t unit = 100000;

		for (q++; q < end && *q >= '0' && *q <= '9'; q++, unit /= 10)
			us += (*q - '0') * unit;
		if (q == p + 20 || q > p + 26)
			return false;
	}
	if (end - q == 6 && (*q == '+' || *q == '-') && q[3] == ':') {
		unsigned h = two(q + 1), m = two(q + 4);

		if (h > 23 || m > 59)
			return false;
		offset = (int64_t)(h * 60 + m) * (*q == '-' ? -US_PER_MIN : US_PER_MIN);
	} else if (end - q != 1 || *q != 'Z') {
		return false;
	}
	*out = days_from_date(year, (int)month, (int)day) * US_PER_DAY + hour * US_PER_HOUR + minute * US_PER_MIN + second * US_PER_S +
	       us - offset;
	return true;
}

bool time_rfc3339(struct str s, int64_t *out)
{
	return usual_form(s, out) || any_form(s, out);
}

static char *put_two(char *p, unsigned v)
{
	unsigned tens = v / 10;

	p[0] = (char)('0' + tens);
	p[1] = (char)('0' + (v - tens * 10));
	return p + 2;
}

static char *put_offset(char *p, int minutes)
{
	*p++ = minutes < 0 ? '-' : '+';
	if (minutes < 0)
		minutes = -minutes;
	p = put_two(p, (unsigned)minutes / 60);
	*p++ = ':';
	return put_two(p, (unsigned)minutes % 60);
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

/* "2026-01-31T" at p. */
static char *put_date(char *p, const struct civil *c)
{
	p = put_two(put_two(p, (unsigned)c->year / 100), (unsigned)c->year % 100);
	*p++ = '-';
	p = put_two(p, (unsigned)c->month);
	*p++ = '-';
	p = put_two(p, (unsigned)c->day);
	*p++ = 'T';
	return p;
}

/* "08:00:00.123" at p, of the microseconds since midnight. */
static char *put_clock(char *p, int64_t us)
{
	unsigned s = (unsigned)((uint64_t)us / US_PER_S), rest = (unsigned)((uint64_t)us - s * (uint64_t)US_PER_S);
	unsigned m = s / 60, h = m / 60;

	p = put_two(p, h);
	*p++ = ':';
	p = put_two(p, m - h * 60);
	*p++ = ':';
	p = put_two(p, s - m * 60);
	if (!rest)
		return p;
	*p++ = '.';
	p = put_two(p, rest / 10000);
	if (rest % 1000 == 0) {
		*p++ = (char)('0' + rest / 1000 % 10);
		return p;
	}
	return put_two(put_two(p, rest / 100 % 100), rest % 100);
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
	p = put_date(p, &c);
	p = put_clock(p, c.hour * US_PER_HOUR + c.minute * US_PER_MIN + c.second * US_PER_S + c.us);
	if (local)
		p = put_offset(p, minutes);
	else
		*p++ = 'Z';
	*p = '\0';
	return (size_t)(p - out);
}

size_t time_print_day(int64_t us, struct time_day *day, char out[40])
{
	struct civil c;
	char *p = out;

	if (us < day->from || us >= day->to) {
		if (us < TIME_MIN || us > TIME_MAX)
			return time_print(us, NULL, out);
		civil_from_us(us, &c);
		day->from = floor_div(us, US_PER_DAY) * US_PER_DAY;
		day->to = day->from + US_PER_DAY;
		(void)put_date(day->text, &c);
	}
	memcpy(p, day->text, sizeof(day->text));
	p = put_clock(p + sizeof(day->text), us - day->from);
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

static bool in_range(int64_t t, int64_t *out)
{
	if (t < TIME_MIN || t > TIME_MAX)
		return false;
	*out = t;
	return true;
}

bool time_epoch_whole(int64_t v, int64_t *out)
{
	uint64_t size = v < 0 ? -(uint64_t)v : (uint64_t)v;

	if (size < 100000000000)
		return in_range(v * US_PER_S, out);
	if (size < 100000000000000)
		return in_range(v * US_PER_MS, out);
	return in_range(size < 100000000000000000 ? v : v / 1000 + v % 1000 / 500, out);
}

bool time_epoch(double v, int64_t *out)
{
	double size = v < 0 ? -v : v;

	if (size < 1e14)
		return in_range(nearest(size < 1e11 ? v * 1e6 : v * 1e3), out);
	return size < 0x1p63 && time_epoch_whole(nearest(v), out);
}
