/* SPDX-License-Identifier: MIT */
/*
 * Instants are int64_t microseconds since 1970-01-01T00:00:00Z everywhere. Reading and printing of times, durations,
 * ranges and calendar steps: the one time grammar of the toolkit, sit-time(7).
 */
#ifndef SIT_BASE_TIME_H
#define SIT_BASE_TIME_H

#include "base/base.h"
#include "base/err.h"
#include "base/zone.h"

#define US_PER_MS INT64_C(1000)
#define US_PER_S INT64_C(1000000)
#define US_PER_MIN (60 * US_PER_S)
#define US_PER_HOUR (60 * US_PER_MIN)
#define US_PER_DAY (24 * US_PER_HOUR)
/* 0000-01-01T00:00:00Z and 9999-12-31T23:59:59.999999Z: nothing outside is accepted or printed. */
#define TIME_MIN INT64_C(-62167219200000000)
#define TIME_MAX INT64_C(253402300799999999)

/* A reading of a calendar and a clock, without a zone. */
struct civil {
	int year, month, day; /* month 1..12, day 1..31 */
	int hour, minute, second, us;
};

/* The date exists (proleptic Gregorian, year 0..9999) and the clock reading too; second 60 is refused. */
bool civil_valid(const struct civil *c);
/* Instant of the reading taken as UTC. c must be valid. */
int64_t civil_to_us(const struct civil *c);
/* The reading of UTC clocks at the instant; any int64_t. */
void civil_from_us(int64_t us, struct civil *c);
/* 1 Monday … 7 Sunday of the reading's date. */
int civil_weekday(const struct civil *c);

/*
 * RFC 3339 with offset (also a blank for T, lower-case t and z, up to 9 fraction digits of which microseconds are kept
 * by truncation; ":60" is the next minute's first second only where RFC 3339 allows a leap second: 23:59:60 UTC).
 * False when s is anything else.
 */
bool time_rfc3339(struct str s, int64_t *out);
/*
 * Print as RFC 3339: "Z" when zone is NULL, else with the zone's offset at that instant; no fraction when whole,
 * else 3 digits, else 6. Returns the length; out is terminated.
 */
size_t time_print(int64_t us, const struct zone *zone, char out[40]);

/* A day of UTC as it is printed, kept between two calls; all zero at first. */
struct time_day {
	int64_t from, to;
	char text[11];
};
/* time_print() in UTC for many times that mostly fall on the same day. */
size_t time_print_day(int64_t us, struct time_day *day, char out[40]);

/* What relative and offset-less times are relative to. */
struct time_ctx {
	int64_t now;
	const struct zone *zone; /* NULL: UTC */
};

/*
 * Any time that sit-time(7) allows: RFC 3339 with or without offset ("2026-01-31T08:00", seconds optional, blank for
 * T), "08:00" (today), "2026-01-31", "2026-01", "1767225600s", "…ms", "…us", "…ns", now, today, yesterday, tomorrow,
 * weekday names (the latest such day's midnight, today included), "-1h", "+2d", "now-30d", "today+8h". Ambiguous local
 * times resolve to the first; impossible ones are refused. Returns 0 or -1 with E_USAGE.
 */
int time_parse(struct str s, const struct time_ctx *ctx, int64_t *out, struct err *e);
/*
 * strptime-like reading with an explicit format: %Y %m %d %H %M %S %f (fraction, 1 to 9 digits) %y (69..99 → 19xx)
 * %b %B (English) %p %I %z (+hhmm, +hh:mm, Z) %s (epoch seconds, fraction allowed) %% and literal text; a blank in the
 * format matches any blanks. Numbers may lack leading zeros. Without %z or %s the time is local in ctx->zone.
 * No date at all: today; no year: this year; no month or day: the first. -1 with E_USAGE for a bad format,
 * E_INPUT for a text that does not fit it.
 */
int time_parse_format(struct str s, const char *format, const struct time_ctx *ctx, int64_t *out, struct err *e);
/* Epoch number without unit: < 1e11 seconds, < 1e14 ms, < 1e17 us, else ns (absolute value). False outside TIME_MIN..TIME_MAX. */
bool time_epoch(double v, int64_t *out);
/* The same of a whole number, of which nanoseconds lose nothing but what is below a microsecond (rounded). */
bool time_epoch_whole(int64_t v, int64_t *out);

/*
 * "90s", "5m", "1h30m", "7d" (24 h), "2w", "250ms", "0"; units w d h m s ms us, at least one, in that order.
 * E_USAGE else.
 */
int dur_parse(struct str s, int64_t *out, struct err *e);
/* The shortest such text ("1h30m", "7d", "0s"; negative with '-'). Returns the length. */
size_t dur_print(int64_t us, char out[48]);

/* A half-open range [from, to). */
struct range {
	int64_t from, to;
};
/*
 * --during: "2026", "2026-Q1", "2026-01", "2026-W05" (ISO week), "2026-01-31", today, yesterday, this-month,
 * last-month, this-week, last-week, this-year, last-year; in ctx->zone.
 */
int range_during(struct str s, const struct time_ctx *ctx, struct range *out, struct err *e);

/* A calendar step: fixed length below a day, calendar units from a day on. */
struct step {
	enum step_unit { STEP_FIXED, STEP_DAY, STEP_MONTH } unit;
	int64_t n; /* microseconds, days (a week is 7, starting Monday), months (a quarter is 3, a year 12) */
};
/* "15m", "1h", "1d", "2d", "1w", "1mo", "1q", "1y". Fixed steps must divide a day evenly (or be whole days → STEP_DAY). */
int step_parse(struct str s, struct step *out, struct err *e);
/*
 * Start of the bucket that holds t. Fixed steps count from local midnight as local clocks show it, so that hours begin
 * at whole local hours (also in zones off by 30 or 45 minutes); the repeated hour in autumn gives two buckets told
 * apart by their instant. Days and longer begin at local midnight (the first one if it occurs twice, the instant after
 * the gap if it is skipped). Weeks begin on Monday; multi-day, -week and -month steps count from 1970 (Monday
 * 1970-01-05 for weeks). A fixed bucket begins whenever clocks show a multiple of the step, and where
 * clocks jump from one such stretch into another. t lies in TIME_MIN..TIME_MAX.
 */
int64_t step_floor(const struct step *s, const struct zone *zone, int64_t t);
/* Start of the next bucket after the one that starts at `start`. */
int64_t step_next(const struct step *s, const struct zone *zone, int64_t start);

#endif
