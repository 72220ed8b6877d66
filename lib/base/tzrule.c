/* SPDX-License-Identifier: MIT */
#include "base/tzrule.h"

#include "base/days.h"
#include "base/stamp.h"

#define HOUR 3600
#define DAY (24 * HOUR)

/* "CET" or "<+0330>": at least three characters, of no further interest. */
static bool read_name(struct scan *s)
{
	bool quoted = scan_char(s, '<');
	int n = 0;

	for (; !scan_done(s); s->p++, n++) {
		char c = *s->p;
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (!letter && !(quoted && (scan_is_digit(s) || c == '+' || c == '-')))
			break;
	}
	return n >= 3 && (!quoted || scan_char(s, '>'));
}

/* "[+-]hh[:mm[:ss]]" */
static bool read_hms(struct scan *s, int max_hours, int32_t *out)
{
	bool neg = scan_char(s, '-');
	int h, m = 0, sec = 0;

	if (!neg)
		(void)scan_char(s, '+');
	if (!scan_digits(s, 1, 3, &h) || h > max_hours)
		return false;
	if (scan_char(s, ':')) {
		if (!scan_digits(s, 2, 2, &m) || m > 59)
			return false;
		if (scan_char(s, ':') && (!scan_digits(s, 2, 2, &sec) || sec > 59))
			return false;
	}
	*out = (h * 60 + m) * 60 + sec;
	if (neg)
		*out = -*out;
	return true;
}

/* ",M3.5.0/2" */
static bool read_change(struct scan *s, struct tz_change *c)
{
	*c = (struct tz_change){ .kind = TZ_DAY, .at = 2 * HOUR };
	if (!scan_char(s, ','))
		return false;
	if (scan_char(s, 'M')) {
		c->kind = TZ_MONTH;
		if (!scan_digits(s, 1, 2, &c->month) || !scan_char(s, '.') ||
		    !scan_digits(s, 1, 1, &c->week) || !scan_char(s, '.') || !scan_digits(s, 1, 1, &c->day))
			return false;
		if (c->month < 1 || c->month > 12 || c->week < 1 || c->week > 5 || c->day > 6)
			return false;
	} else {
		if (scan_char(s, 'J'))
			c->kind = TZ_JULIAN;
		if (!scan_digits(s, 1, 3, &c->day) || c->day > 365 || (c->kind == TZ_JULIAN && c->day < 1))
			return false;
	}
	return !scan_char(s, '/') || read_hms(s, 167, &c->at);
}

bool tz_rule_parse(struct str text, struct tz_rule *out)
{
	struct scan s = scan_of(text);

	*out = (struct tz_rule){ 0 };
	if (!read_name(&s) || !read_hms(&s, 24, &out->std))
		return false;
	/* POSIX counts west of Greenwich. */
	out->std = -out->std;
	if (scan_done(&s))
		return true;
	out->has_dst = true;
	if (!read_name(&s))
		return false;
	out->dst = out->std + HOUR;
	if (!scan_done(&s) && *s.p != ',') {
		if (!read_hms(&s, 24, &out->dst))
			return false;
		out->dst = -out->dst;
	}
	return read_change(&s, &out->start) && read_change(&s, &out->end) && scan_done(&s);
}

/* Local second of the change in a year, as if local time were UTC. */
static int64_t change_in(const struct tz_change *c, int64_t year)
{
	int64_t first, day = 0;

	switch (c->kind) {
	case TZ_JULIAN:
		day = days_from_date(year, 1, 1) + c->day - 1 + (c->day >= 60 && is_leap_year(year));
		break;
	case TZ_DAY:
		day = days_from_date(year, 1, 1) + c->day;
		break;
	case TZ_MONTH:
		first = days_from_date(year, c->month, 1);
		day = first + (c->day - weekday_of_days(first) % 7 + 7) % 7 + (c->week - 1) * 7;
		if (day >= first + days_in_month(year, c->month))
			day -= 7;
		break;
	}
	return day * DAY + c->at;
}

struct event {
	int64_t at;
	int32_t offset;
};

/* Keep the row sorted. At the same second the start of DST counts last: DST all year round is written so. */
static void insert_event(struct event *row, size_t n, struct event e)
{
	for (; n > 0 && row[n - 1].at > e.at; n--)
		row[n] = row[n - 1];
	row[n] = e;
}

void tz_rule_at(const struct tz_rule *r, int64_t sec, struct tz_stretch *out)
{
	/* A change may be up to a week and a day beyond its year, hence two years to either side. */
	struct event row[10];
	int64_t year, y;
	int month, day;
	size_t n = 0;

	*out = (struct tz_stretch){ INT64_MIN, INT64_MAX, r->std };
	if (!r->has_dst)
		return;
	date_from_days(floor_div(sec, DAY), &year, &month, &day);
	for (y = year - 2; y <= year + 2; y++)
		insert_event(row, n++, (struct event){ change_in(&r->end, y) - r->dst, r->std });
	for (y = year - 2; y <= year + 2; y++)
		insert_event(row, n++, (struct event){ change_in(&r->start, y) - r->std, r->dst });
	while (n > 1 && row[n - 1].at > sec)
		n--;
	out->from = row[n - 1].at;
	out->to = n < COUNT(row) ? row[n].at : INT64_MAX;
	out->offset = row[n - 1].offset;
}
