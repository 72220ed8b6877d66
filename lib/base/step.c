/* SPDX-License-Identifier: MIT */
/*
 * Buckets are cut where local clocks say so. A fixed step n cuts at every instant whose local reading is a
 * multiple of n, and at a change of clocks that jumps from one multiple's stretch into another's. Hence buckets
 * never overlap, a repeated hour gives two of them, and each cut of a coarse step is one of every finer step that
 * divides it: sums over hours and sums over days agree in every zone. Days and longer are cut where clocks first
 * reach their midnight.
 */
#include "base/days.h"
#include "base/stamp.h"

#define MONTHS_MAX (10000 * 12)
#define DAYS_MAX (10000 * 366)

int step_parse(struct str s, struct step *out, struct err *e)
{
	static const char *const names[] = { "mo", "q", "y" };
	static const int months[] = { 1, 3, 12 };
	struct scan in = scan_of(s);
	int64_t us;
	int n, unit;

	if (scan_digits(&in, 1, 6, &n)) {
		unit = scan_unit(&in, names, COUNT(names));
		if (unit >= 0 && scan_done(&in) && n > 0 && (int64_t)n * months[unit] <= MONTHS_MAX) {
			*out = (struct step){ STEP_MONTH, (int64_t)n * months[unit] };
			return 0;
		}
	}
	in = scan_of(s);
	if (!scan_duration(&in, &us) || !scan_done(&in) || us == 0 || us / US_PER_DAY > DAYS_MAX)
		return err_set(e, E_USAGE, "\"%.*s\" is not a step such as 15m, 1h, 1d, 1w, 1mo, 1q or 1y",
			       STR_ARG(s));
	if (us % US_PER_DAY == 0)
		*out = (struct step){ STEP_DAY, us / US_PER_DAY };
	else if (US_PER_DAY % us == 0)
		*out = (struct step){ STEP_FIXED, us };
	else
		return err_set(e, E_USAGE, "step \"%.*s\" does not divide a day evenly", STR_ARG(s));
	return 0;
}

/* Whether the change of clocks from one offset to another, at the instant, begins a bucket. */
static bool is_cut(int64_t n, int64_t at, int32_t before, int32_t after)
{
	int64_t reading = at + after * US_PER_S, k = floor_div(reading, n);

	return k * n == reading || k != floor_div(at - 1 + before * US_PER_S, n);
}

static int64_t fixed_floor(int64_t n, const struct zone *zone, int64_t t)
{
	struct zone_span s, before;

	zone_span(zone, t, &s);
	for (;;) {
		int64_t shift = s.offset * US_PER_S, start = floor_div(t + shift, n) * n - shift;

		if (start >= s.from)
			return start;
		zone_span(zone, s.from - 1, &before);
		if (is_cut(n, s.from, before.offset, s.offset))
			return s.from;
		t = s.from - 1;
		s = before;
	}
}

static int64_t fixed_next(int64_t n, const struct zone *zone, int64_t t)
{
	struct zone_span s, after;

	zone_span(zone, t, &s);
	for (;;) {
		int64_t shift = s.offset * US_PER_S, next = (floor_div(t + shift, n) + 1) * n - shift;

		if (next < s.to)
			return next;
		zone_span(zone, s.to, &after);
		if (is_cut(n, s.to, s.offset, after.offset))
			return s.to;
		t = s.to;
		s = after;
	}
}

/*
 * The last date that had begun by t. Mostly what clocks show; but where midnight is repeated clocks go back to a
 * date that is over, and where a whole date is skipped the next one begins in its place.
 */
static int64_t date_at(const struct zone *zone, int64_t t)
{
	int64_t day = floor_div(t + zone_offset(zone, t) * US_PER_S, US_PER_DAY);

	while (zone_reach(zone, (day + 1) * US_PER_DAY) <= t)
		day++;
	return day;
}

/* First date of the bucket that holds the date, or of the one `more` buckets on. */
static int64_t bucket_date(const struct step *s, int64_t day, int64_t more)
{
	/* Day 4 is 1970-01-05, a Monday. */
	int64_t anchor = s->n % 7 == 0 ? 4 : 0, year, month;
	int m, d;

	if (s->unit == STEP_DAY)
		return (floor_div(day - anchor, s->n) + more) * s->n + anchor;
	date_from_days(day, &year, &m, &d);
	month = (year - 1970) * 12 + m - 1;
	month = (floor_div(month, s->n) + more) * s->n;
	year = floor_div(month, 12);
	return days_from_date(1970 + year, (int)(month - year * 12) + 1, 1);
}

int64_t step_floor(const struct step *s, const struct zone *zone, int64_t t)
{
	if (s->unit == STEP_FIXED)
		return fixed_floor(s->n, zone, t);
	return zone_reach(zone, bucket_date(s, date_at(zone, t), 0) * US_PER_DAY);
}

int64_t step_next(const struct step *s, const struct zone *zone, int64_t start)
{
	if (s->unit == STEP_FIXED)
		return fixed_next(s->n, zone, start);
	return zone_reach(zone, bucket_date(s, date_at(zone, start), 1) * US_PER_DAY);
}
