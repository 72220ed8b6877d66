/* SPDX-License-Identifier: MIT */
#include "judge/schedule.h"

#include "base/time.h"

#define DAY_MINUTES 1440

static const char days[7][4] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

static int day_of(struct str s)
{
	for (int i = 0; i < 7; i++)
		if (s.len >= 3 && memcmp(s.ptr, days[i], 3) == 0)
			return i;
	return -1;
}

static void skip(struct str *s, size_t n)
{
	s->ptr += n;
	s->len -= n;
}

static void blanks(struct str *s)
{
	while (s->len && s->ptr[0] == ' ')
		skip(s, 1);
}

/* "mon-fri,sun" at the start of s; all days when there is none. */
static unsigned read_days(struct str *s)
{
	unsigned mask = 0;
	int a, b;

	while ((a = day_of(*s)) >= 0) {
		b = a;
		skip(s, 3);
		if (s->len && s->ptr[0] == '-' && day_of((struct str){ s->ptr + 1, s->len - 1 }) >= 0) {
			skip(s, 1);
			b = day_of(*s);
			skip(s, 3);
		}
		for (int d = a;; d = (d + 1) % 7) {
			mask |= 1u << d;
			if (d == b)
				break;
		}
		if (s->len < 4 || s->ptr[0] != ',' || day_of((struct str){ s->ptr + 1, s->len - 1 }) < 0)
			break;
		/* "sat,sun 10:00-12:00" goes on, "sat, sun …" is another window: that has a clock before its comma */
		skip(s, 1);
	}
	return mask ? mask : 0x7f;
}

/* "08:00" at the start of s; -1. */
static int read_clock(struct str *s)
{
	int h, m;

	for (int i = 0; i < 5; i++)
		if (s->len < 5 || (i == 2 ? s->ptr[i] != ':' : s->ptr[i] < '0' || s->ptr[i] > '9'))
			return -1;
	h = (s->ptr[0] - '0') * 10 + s->ptr[1] - '0';
	m = (s->ptr[3] - '0') * 10 + s->ptr[4] - '0';
	skip(s, 5);
	return h > 24 || m > 59 || (h == 24 && m) ? -1 : h * 60 + m;
}

int schedule_read(struct str text, struct schedule *out, struct err *e)
{
	struct str s = text;

	*out = (struct schedule){ .n = 0 };
	for (blanks(&s); s.len; blanks(&s)) {
		struct schedule_window w;

		if (out->n == SCHEDULE_WINDOWS_MAX)
			return err_set(e, E_USAGE, "more than %d windows", SCHEDULE_WINDOWS_MAX);
		w.days = (unsigned char)read_days(&s);
		blanks(&s);
		w.from = read_clock(&s);
		w.to = s.len && s.ptr[0] == '-' ? (skip(&s, 1), read_clock(&s)) : -1;
		if (w.from < 0 || w.to < 0 || w.from == DAY_MINUTES || w.from == w.to)
			return err_set(e, E_USAGE, "write \"mon-fri 08:00-18:00, sat 22:00-06:00\", not \"%.*s\"", STR_ARG(text));
		out->window[out->n++] = w;
		blanks(&s);
		if (s.len && s.ptr[0] != ',')
			return err_set(e, E_USAGE, "a comma should stand before \"%.*s\"", STR_ARG(s));
		if (s.len)
			skip(&s, 1);
	}
	return 0;
}

/* [from, to) of the window that begins on the local day that begins at the reading `day`. */
static void span(const struct schedule_window *w, const struct zone *zone, int64_t day, struct range *out)
{
	int64_t end = day + (w->to <= w->from ? US_PER_DAY : 0);

	out->from = zone_reach(zone, day + w->from * US_PER_MIN);
	out->to = zone_reach(zone, end + w->to * US_PER_MIN);
}

bool schedule_on(const struct schedule *s, const struct zone *zone, int64_t t, int64_t *until)
{
	struct civil c;
	int64_t today;
	bool on = s->n == 0;

	*until = INT64_MAX;
	if (on)
		return on;
	zone_civil(zone, t, &c);
	c.hour = c.minute = c.second = c.us = 0;
	today = civil_to_us(&c);
	for (int back = -1; back <= 8; back++) {
		int64_t day = today + back * US_PER_DAY;

		civil_from_us(day, &c);
		for (size_t i = 0; i < s->n; i++) {
			struct range r;

			if (!(s->window[i].days >> (civil_weekday(&c) - 1) & 1))
				continue;
			span(s->window + i, zone, day, &r);
			on = on || (r.from <= t && t < r.to);
			if (r.from > t && r.from < *until)
				*until = r.from;
			if (r.to > t && r.to < *until)
				*until = r.to;
		}
	}
	return on;
}
