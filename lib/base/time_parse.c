/* SPDX-License-Identifier: MIT */
#include "base/days.h"
#include "base/stamp.h"

static const struct step a_day = { STEP_DAY, 1 };

static int not_a_time(struct str s, struct err *e)
{
	return err_set(e, E_USAGE, "\"%.*s\" is not a time, see sit-time(7)", STR_ARG(s));
}

static int64_t today(const struct time_ctx *ctx)
{
	return step_floor(&a_day, ctx->zone, ctx->now);
}

/* The latest midnight on such a day (1 Monday … 7 Sunday), today included; a zone may have skipped one. */
static int64_t latest_weekday(const struct time_ctx *ctx, int weekday)
{
	int64_t t = today(ctx);
	int i;

	for (i = 0; i < 14; i++) {
		struct civil c;

		zone_civil(ctx->zone, t, &c);
		if (civil_weekday(&c) == weekday)
			break;
		t = step_floor(&a_day, ctx->zone, t - 1);
	}
	return t;
}

static bool read_word(struct scan *in, const struct time_ctx *ctx, int64_t *out)
{
	static const char *const words[] = {
		"now",	  "today",     "yesterday", "tomorrow", "monday",   "tuesday", "wednesday", "thursday",
		"friday", "saturday",  "sunday",    "mon",	"tue",	    "wed",     "thu",	    "fri",
		"sat",	  "sun",
	};
	int word = scan_word(in, words, COUNT(words));

	if (word < 0)
		return false;
	if (word == 0)
		*out = ctx->now;
	else if (word == 1)
		*out = today(ctx);
	else if (word == 2)
		*out = step_floor(&a_day, ctx->zone, today(ctx) - 1);
	else if (word == 3)
		*out = step_next(&a_day, ctx->zone, today(ctx));
	else
		*out = latest_weekday(ctx, (word - 4) % 7 + 1);
	return true;
}

/* "now-30d", "today+8h", "-1h". */
static int parse_relative(struct str s, const struct time_ctx *ctx, int64_t *out, struct err *e)
{
	struct scan in = scan_of(s);
	int64_t t = ctx->now, d;

	if (*in.p != '+' && *in.p != '-' && !read_word(&in, ctx, &t))
		return not_a_time(s, e);
	if (!scan_done(&in)) {
		bool back = scan_char(&in, '-');

		if (!back && !scan_char(&in, '+'))
			return not_a_time(s, e);
		if (!scan_duration(&in, &d) || !scan_done(&in))
			return not_a_time(s, e);
		if (__builtin_add_overflow(t, back ? -d : d, &t))
			t = INT64_MAX;
	}
	*out = t;
	return 0;
}

/* "1767225600s", "1767225600.25s", "…ms", "…us", "…ns": false if it does not look like one. */
static bool read_epoch(struct str s, int64_t *out)
{
	static const struct {
		const char *name;
		int64_t us; /* per unit */
		int fraction; /* what nanoseconds of a unit are divided by to give us */
	} unit[] = { { "s", US_PER_S, 1000 }, { "ms", US_PER_MS, 1000000 }, { "us", 1, 1000000000 } };
	const char *names[] = { "s", "ms", "us", "ns" };
	struct scan in = scan_of(s);
	int ns = 0, u;
	int64_t v = 0;

	for (; scan_is_digit(&in); in.p++)
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *in.p - '0', &v))
			return false;
	if (scan_char(&in, '.') && !scan_fraction(&in, &ns))
		return false;
	u = scan_unit(&in, names, COUNT(names));
	if (u < 0 || !scan_done(&in))
		return false;
	if (u == 3)
		v /= 1000;
	else if (__builtin_mul_overflow(v, unit[u].us, &v) ||
		 __builtin_add_overflow(v, ns / unit[u].fraction, &v))
		return false;
	*out = v;
	return true;
}

/* What a time of calendar and clock is made of. */
struct parts {
	struct civil c;
	bool clock, offset;
	int east;
};

static bool read_parts(struct str s, const struct time_ctx *ctx, struct parts *p)
{
	struct scan in = scan_of(s);

	*p = (struct parts){ 0 };
	if (s.len > 2 && s.ptr[2] == ':') {
		p->clock = true;
		zone_civil(ctx->zone, today(ctx), &p->c);
		return stamp_clock(&in, &p->c, false) && scan_done(&in);
	}
	if (s.len == 7) {
		p->c.day = 1;
		return scan_digits(&in, 4, 4, &p->c.year) && scan_char(&in, '-') &&
		       scan_digits(&in, 2, 2, &p->c.month) && scan_done(&in);
	}
	if (!stamp_date(&in, &p->c))
		return false;
	if (scan_done(&in))
		return true;
	if (!scan_char(&in, 'T') && !scan_char(&in, 't') && !scan_char(&in, ' '))
		return false;
	p->clock = true;
	if (!stamp_clock(&in, &p->c, false))
		return false;
	p->offset = !scan_done(&in);
	return !p->offset || (stamp_offset(&in, false, &p->east) && scan_done(&in));
}

/* A clock reading must exist; a date without one begins when its clocks do, unless all of it was skipped. */
static int resolve(struct str s, const struct time_ctx *ctx, const struct parts *p, int64_t *out,
		   struct err *e)
{
	struct civil seen;

	if (p->offset)
		return stamp_instant(&p->c, p->east, out) ? 0 : not_a_time(s, e);
	if (!civil_valid(&p->c))
		return not_a_time(s, e);
	if (zone_instant(ctx->zone, &p->c, out) != ZONE_GAP)
		return 0;
	zone_civil(ctx->zone, *out, &seen);
	if (p->clock || seen.day != p->c.day)
		return err_set(e, E_USAGE, "\"%.*s\" never was on the clocks of %s", STR_ARG(s),
			       zone_name(ctx->zone));
	return 0;
}

int time_parse(struct str s, const struct time_ctx *ctx, int64_t *out, struct err *e)
{
	struct parts p;
	int64_t t;

	if (s.len == 0)
		return err_set(e, E_USAGE, "a time must not be empty");
	if (s.ptr[0] < '0' || s.ptr[0] > '9') {
		if (parse_relative(s, ctx, &t, e) < 0)
			return -1;
	} else if (!read_epoch(s, &t)) {
		if (!read_parts(s, ctx, &p))
			return not_a_time(s, e);
		if (resolve(s, ctx, &p, &t, e) < 0)
			return -1;
	}
	if (t < TIME_MIN || t > TIME_MAX)
		return err_set(e, E_USAGE, "\"%.*s\" is outside the years 0 to 9999", STR_ARG(s));
	*out = t;
	return 0;
}
