/* SPDX-License-Identifier: MIT */
#include "base/days.h"
#include "base/stamp.h"

#include <strings.h>

/* From one date's beginning to another's. */
struct dates {
	int64_t from, to;
};

/* Monday of ISO week 1: the week that holds the fourth of January. */
static int64_t first_monday(int year)
{
	int64_t day = days_from_date(year, 1, 4);

	return day - (weekday_of_days(day) - 1);
}

static bool read_week(struct scan *in, int year, struct dates *d)
{
	int week;

	if (!scan_digits(in, 2, 2, &week) || week < 1)
		return false;
	d->from = first_monday(year) + (week - 1) * 7;
	d->to = d->from + 7;
	/* Week 53 is not in every year. */
	return d->to <= first_monday(year + 1);
}

static int64_t month_begin(int year, int month)
{
	return days_from_date(year + (month > 12), month > 12 ? 1 : month, 1);
}

/* "2026", "2026-Q1", "2026-W05", "2026-01", "2026-01-31" */
static bool read_dates(struct str s, struct dates *d)
{
	struct scan in = scan_of(s);
	int year, month, day;

	if (!scan_digits(&in, 4, 4, &year))
		return false;
	if (scan_done(&in)) {
		*d = (struct dates){ month_begin(year, 1), month_begin(year, 13) };
		return true;
	}
	if (!scan_char(&in, '-'))
		return false;
	if (scan_char(&in, 'W'))
		return read_week(&in, year, d) && scan_done(&in);
	if (scan_char(&in, 'Q')) {
		if (!scan_digits(&in, 1, 1, &month) || month < 1 || month > 4)
			return false;
		*d = (struct dates){ month_begin(year, month * 3 - 2), month_begin(year, month * 3 + 1) };
		return scan_done(&in);
	}
	if (!scan_digits(&in, 2, 2, &month) || month < 1 || month > 12)
		return false;
	*d = (struct dates){ month_begin(year, month), month_begin(year, month + 1) };
	if (scan_done(&in))
		return true;
	if (!scan_char(&in, '-') || !scan_digits(&in, 2, 2, &day))
		return false;
	if (day < 1 || day > days_in_month(year, month))
		return false;
	d->from += day - 1;
	d->to = d->from + 1;
	return scan_done(&in);
}

static bool read_words(struct str s, const struct time_ctx *ctx, struct range *out)
{
	static const struct {
		const char *word;
		struct step step;
		bool last;
	} words[] = {
		{ "today", { STEP_DAY, 1 }, false },	   { "yesterday", { STEP_DAY, 1 }, true },
		{ "this-week", { STEP_DAY, 7 }, false },   { "last-week", { STEP_DAY, 7 }, true },
		{ "this-month", { STEP_MONTH, 1 }, false }, { "last-month", { STEP_MONTH, 1 }, true },
		{ "this-year", { STEP_MONTH, 12 }, false }, { "last-year", { STEP_MONTH, 12 }, true },
	};
	size_t i;

	for (i = 0; i < COUNT(words); i++) {
		const struct step *step = &words[i].step;

		if (strlen(words[i].word) != s.len || strncasecmp(words[i].word, s.ptr, s.len) != 0)
			continue;
		out->from = step_floor(step, ctx->zone, ctx->now);
		if (words[i].last)
			out->from = step_floor(step, ctx->zone, out->from - 1);
		out->to = step_next(step, ctx->zone, out->from);
		return true;
	}
	return false;
}

int range_during(struct str s, const struct time_ctx *ctx, struct range *out, struct err *e)
{
	struct dates d;
	struct range r;

	if (!read_words(s, ctx, &r)) {
		if (!read_dates(s, &d))
			return err_set(e, E_USAGE, "\"%.*s\" is not a span such as 2026, 2026-Q1, 2026-01, "
				       "2026-W05, 2026-01-31, today or last-month", STR_ARG(s));
		r.from = zone_reach(ctx->zone, d.from * US_PER_DAY);
		r.to = zone_reach(ctx->zone, d.to * US_PER_DAY);
	}
	/* At the ends of time a zone reaches beyond what can be written in UTC. */
	r.from = r.from < TIME_MIN ? TIME_MIN : r.from;
	r.to = r.to > TIME_MAX + 1 ? TIME_MAX + 1 : r.to;
	if (r.from >= r.to)
		return err_set(e, E_USAGE, "\"%.*s\" never was on the calendars of %s", STR_ARG(s),
			       zone_name(ctx->zone));
	*out = r;
	return 0;
}
