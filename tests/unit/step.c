/* SPDX-License-Identifier: MIT */
/* Durations and calendar steps. */
#include "base/time.h"

#include <setjmp.h>

#include <cmocka.h>

#include "given.h"

/* Whatever clocks have done to people: see the tests below for what each is good for. */
static const char *const names[] = {
	"UTC",		   "Europe/Berlin",    "America/New_York", "Europe/Dublin",   "Australia/Lord_Howe",
	"Pacific/Apia",	   "Pacific/Kwajalein", "Asia/Beirut",	   "Africa/Cairo",    "America/Sao_Paulo",
	"America/Havana",  "America/St_Johns", "Asia/Kathmandu",   "Pacific/Chatham", "Africa/Casablanca",
	"America/Nuuk",	   "Asia/Jerusalem",   "America/Juneau",   "Asia/Kolkata",
};

static struct step step_of(const char *text)
{
	struct step s = { STEP_FIXED, 0 };
	struct err e;

	assert_int_equal(step_parse(str_of(text), &s, &e), 0);
	return s;
}

/* The buckets from one instant on, each by its beginning as local clocks show it. */
static void buckets_are(const char *zone, const char *step, const char *first, const char *const *want)
{
	const struct zone *z = zone_of(zone);
	struct step s = step_of(step);
	int64_t t = at(first);
	char text[40];

	assert_int_equal(step_floor(&s, z, t), t);
	for (; *want; want++) {
		(void)time_print(t, z, text);
		assert_string_equal(text, *want);
		t = step_next(&s, z, t);
	}
}

#define assert_buckets(zone, step, ...)                                                            \
	do {                                                                                       \
		static const char *const want[] = { __VA_ARGS__, NULL };                           \
		buckets_are(zone, step, want[0], want);                                            \
	} while (0)

static void hours_when_clocks_change(void **state)
{
	(void)state;
	assert_buckets("Europe/Berlin", "1h", "2026-10-25T01:00:00+02:00", "2026-10-25T02:00:00+02:00",
		       "2026-10-25T02:00:00+01:00", "2026-10-25T03:00:00+01:00");
	assert_buckets("Europe/Berlin", "1h", "2026-03-29T01:00:00+01:00", "2026-03-29T03:00:00+02:00");
	assert_buckets("Europe/Berlin", "6h", "2026-10-25T00:00:00+02:00", "2026-10-25T06:00:00+01:00",
		       "2026-10-25T12:00:00+01:00", "2026-10-25T18:00:00+01:00", "2026-10-26T00:00:00+01:00");
	/* Half an hour more or less: the hour of the change is that much longer or shorter. */
	assert_buckets("Australia/Lord_Howe", "1h", "2025-04-06T01:00:00+11:00", "2025-04-06T02:00:00+10:30");
	assert_buckets("Australia/Lord_Howe", "30m", "2025-04-06T01:30:00+11:00", "2025-04-06T01:30:00+10:30",
		       "2025-04-06T02:00:00+10:30");
	assert_buckets("Australia/Lord_Howe", "1h", "2025-10-05T01:00:00+10:30", "2025-10-05T02:30:00+11:00",
		       "2025-10-05T03:00:00+11:00");
	assert_buckets("Asia/Kathmandu", "1h", "2026-01-01T00:00:00+05:45", "2026-01-01T01:00:00+05:45");
	/* One minute after midnight clocks went back to the evening before. */
	assert_buckets("America/St_Johns", "1h", "2010-11-06T23:00:00-02:30", "2010-11-07T00:00:00-02:30",
		       "2010-11-06T23:01:00-03:30", "2010-11-07T00:00:00-03:30", "2010-11-07T01:00:00-03:30");
}

static void days_when_clocks_change(void **state)
{
	(void)state;
	assert_buckets("Europe/Berlin", "1d", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00");
	assert_buckets("Pacific/Apia", "1d", "2011-12-29T00:00:00-10:00", "2011-12-31T00:00:00+14:00",
		       "2012-01-01T00:00:00+14:00");
	assert_buckets("Pacific/Kwajalein", "1d", "1993-08-20T00:00:00-12:00", "1993-08-22T00:00:00+12:00");
	assert_buckets("Asia/Beirut", "1d", "2026-03-28T00:00:00+02:00", "2026-03-29T01:00:00+03:00",
		       "2026-03-30T00:00:00+03:00");
	assert_buckets("Africa/Cairo", "1d", "2026-04-23T00:00:00+02:00", "2026-04-24T01:00:00+03:00");
	assert_buckets("America/Sao_Paulo", "1d", "2018-11-03T00:00:00-03:00", "2018-11-04T01:00:00-02:00",
		       "2018-11-05T00:00:00-02:00");
	assert_buckets("America/Havana", "1d", "2025-11-01T00:00:00-04:00", "2025-11-02T00:00:00-04:00",
		       "2025-11-03T00:00:00-05:00");
	assert_buckets("America/St_Johns", "1d", "2010-11-07T00:00:00-02:30", "2010-11-08T00:00:00-03:30");
}

static void weeks_months_and_years(void **state)
{
	(void)state;
	assert_buckets("Europe/Berlin", "1w", "2026-10-19T00:00:00+02:00", "2026-10-26T00:00:00+01:00");
	assert_buckets("UTC", "2w", "1970-01-05T00:00:00Z", "1970-01-19T00:00:00Z");
	assert_buckets("UTC", "2d", "1970-01-01T00:00:00Z", "1970-01-03T00:00:00Z");
	assert_buckets("Europe/Berlin", "1mo", "2026-03-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00");
	assert_buckets("Europe/Berlin", "1q", "2026-01-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00");
	assert_buckets("UTC", "1y", "1969-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "1971-01-01T00:00:00Z");
	assert_buckets("UTC", "5mo", "1969-08-01T00:00:00Z", "1970-01-01T00:00:00Z", "1970-06-01T00:00:00Z");
	assert_buckets("UTC", "1w", "1969-12-29T00:00:00Z", "1970-01-05T00:00:00Z");
}

/*
 * The definition, minute by minute: a bucket begins where the reading is a multiple of the step or where the number of
 * the multiple it lies in has changed. A day begins where clocks first reach a date.
 */
static void agrees_with_the_clock(const struct zone *z, const char *text, int64_t from, int minutes)
{
	struct step s = step_of(text);
	int64_t start = step_floor(&s, z, from), t, last_k, reached;
	int64_t n = s.unit == STEP_FIXED ? s.n : US_PER_DAY;
	int i;

	t = from - 2 * US_PER_DAY;
	last_k = reached = INT64_MIN;
	for (i = -2 * 1440; i < minutes; i++, t += US_PER_MIN) {
		int64_t reading = t + zone_offset(z, t) * US_PER_S, k = reading / n;
		bool begins = s.unit == STEP_FIXED ? reading % n == 0 || k != last_k : k > reached;

		last_k = k;
		reached = k > reached ? k : reached;
		if (i < 0)
			continue;
		if (begins && t != start && t > from) {
			assert_int_equal(step_next(&s, z, start), t);
			start = t;
		}
		assert_int_equal(step_floor(&s, z, t), start);
		assert_int_equal(step_floor(&s, z, t + US_PER_MIN - 1), start);
	}
}

static void steps_agree_with_the_clock_around_changes(void **state)
{
	static const char *const steps[] = { "15m", "30m", "1h", "2h", "3h", "6h", "12h", "1d" };
	int64_t begin = at("1990-01-01T00:00:00Z"), end = at("2040-01-01T00:00:00Z");
	size_t i, j;

	(void)state;
	for (i = 1; i < COUNT(names); i++) {
		const struct zone *z = zone_of(names[i]);
		struct zone_span s;
		int changes = 0;

		for (zone_span(z, begin, &s); s.to < end; zone_span(z, s.to, &s), changes++)
			/* Rules repeat, so not every change need be looked at. */
			for (j = 0; j < COUNT(steps) && changes % 9 < 2; j++)
				agrees_with_the_clock(z, steps[j], s.to - 26 * US_PER_HOUR, 52 * 60);
	}
}

/* Buckets tile time: no gap, no overlap, each found again from any instant in it. */
static void buckets_tile_time(void **state)
{
	static const char *const steps[] = { "250ms", "1s",  "15m", "1h", "90m", "2h", "8h", "12h", "1d",
					     "2d",    "10d", "1w",  "2w", "1mo", "1q", "1y", "7mo" };
	uint64_t seed = 42;
	size_t i, j, k;

	(void)state;
	for (i = 0; i < COUNT(names); i++) {
		const struct zone *z = zone_of(names[i]);

		for (j = 0; j < COUNT(steps); j++) {
			struct step s = step_of(steps[j]);

			for (k = 0; k < 200; k++) {
				/* 1840 to 2100 */
				int64_t t = (int64_t)(seed >> 11) % (260 * 365 * US_PER_DAY) - 130 * 365 * US_PER_DAY;
				int64_t start = step_floor(&s, z, t), next = step_next(&s, z, start);

				seed = seed * 6364136223846793005u + 1442695040888963407u;
				assert_true(start <= t && t < next);
				assert_int_equal(step_floor(&s, z, start), start);
				assert_int_equal(step_floor(&s, z, next - 1), start);
				assert_int_equal(step_floor(&s, z, next), next);
			}
		}
	}
}

/* What begins a coarse bucket begins a fine one too: sums over hours add up to those over days. */
static void coarse_buckets_are_made_of_fine_ones(void **state)
{
	static const char *const order[] = { "15m", "30m", "1h", "2h", "6h", "12h", "1d", "1mo", "1q", "1y" };
	int64_t end = at("2040-01-01T00:00:00Z");
	size_t i, j;

	(void)state;
	for (i = 0; i < COUNT(names); i++) {
		const struct zone *z = zone_of(names[i]);

		for (j = 1; j < COUNT(order); j++) {
			struct step fine = step_of(order[j - 1]), coarse = step_of(order[j]);
			int64_t t = step_floor(&coarse, z, at("2005-06-01T00:00:00Z"));

			for (; t < end; t = step_next(&coarse, z, t))
				assert_int_equal(step_floor(&fine, z, t), t);
		}
	}
}

static void the_ends_of_time(void **state)
{
	static const char *const steps[] = { "1s", "1h", "1d", "1w", "1mo", "1y", "1000y" };
	size_t i, j;

	(void)state;
	for (i = 0; i < COUNT(names); i++) {
		const struct zone *z = zone_of(names[i]);

		for (j = 0; j < COUNT(steps); j++) {
			struct step s = step_of(steps[j]);

			assert_true(step_floor(&s, z, TIME_MIN) <= TIME_MIN);
			assert_true(step_next(&s, z, step_floor(&s, z, TIME_MIN)) > TIME_MIN);
			assert_true(step_floor(&s, z, TIME_MAX) <= TIME_MAX);
			assert_true(step_next(&s, z, step_floor(&s, z, TIME_MAX)) > TIME_MAX);
		}
	}
}

static void steps_are_read(void **state)
{
	static const struct {
		const char *text;
		enum step_unit unit;
		int64_t n;
	} good[] = {
		{ "15m", STEP_FIXED, 15 * US_PER_MIN }, { "1h30m", STEP_FIXED, 90 * US_PER_MIN },
		{ "24h", STEP_DAY, 1 },			{ "48h", STEP_DAY, 2 },
		{ "1d", STEP_DAY, 1 },			{ "2w", STEP_DAY, 14 },
		{ "1mo", STEP_MONTH, 1 },		{ "2q", STEP_MONTH, 6 },
		{ "10y", STEP_MONTH, 120 },		{ "250ms", STEP_FIXED, 250000 },
	};
	static const char *const bad[] = { "",	 "0",  "7m",  "36h",  "0mo", "1M",     "mo",	 "1mo1d", "-1h",
					   "1x", "5h", "1 d", "7us", "1MO", "99999y", "1d12h", "1.5h",  "4000000d" };
	struct step s;
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		s = step_of(good[i].text);
		assert_int_equal(s.unit, good[i].unit);
		assert_int_equal(s.n, good[i].n);
	}
	for (i = 0; i < COUNT(bad); i++) {
		assert_int_equal(step_parse(str_of(bad[i]), &s, &e), -1);
		assert_int_equal(e.code, E_USAGE);
	}
}

static void durations(void **state)
{
	static const struct {
		const char *text;
		int64_t us;
		const char *printed;
	} good[] = {
		{ "90s", 90 * US_PER_S, "1m30s" },
		{ "5m", 5 * US_PER_MIN, "5m" },
		{ "1h30m", 90 * US_PER_MIN, "1h30m" },
		{ "7d", 7 * US_PER_DAY, "7d" },
		{ "2w", 14 * US_PER_DAY, "14d" },
		{ "250ms", 250000, "250ms" },
		{ "0", 0, "0s" },
		{ "0s", 0, "0s" },
		{ "1w2d3h4m5s6ms7us", 9 * US_PER_DAY + 11045006007, "9d3h4m5s6ms7us" },
		{ "9223372036854775807us", INT64_MAX, "106751991d4h54s775ms807us" },
	};
	static const char *const bad[] = { "",	 "5",	"m",   "1m1h", "1h1h", "1.5h", "-1h", "+1h", " 1h", "1h ",
					   "1H", "1Ms", "1mo", "1y",   "00",   "1h0",  "1 h", "9999999999999w" };
	int64_t us;
	struct err e;
	char text[48];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		assert_int_equal(dur_parse(str_of(good[i].text), &us, &e), 0);
		assert_int_equal(us, good[i].us);
		assert_int_equal(dur_print(us, text), strlen(good[i].printed));
		assert_string_equal(text, good[i].printed);
	}
	for (i = 0; i < COUNT(bad); i++) {
		assert_int_equal(dur_parse(str_of(bad[i]), &us, &e), -1);
		assert_int_equal(e.code, E_USAGE);
	}
	(void)dur_print(-90 * US_PER_S, text);
	assert_string_equal(text, "-1m30s");
	(void)dur_print(INT64_MIN, text);
	assert_string_equal(text, "-106751991d4h54s775ms808us");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hours_when_clocks_change),
		cmocka_unit_test(days_when_clocks_change),
		cmocka_unit_test(weeks_months_and_years),
		cmocka_unit_test(steps_agree_with_the_clock_around_changes),
		cmocka_unit_test(buckets_tile_time),
		cmocka_unit_test(coarse_buckets_are_made_of_fine_ones),
		cmocka_unit_test(the_ends_of_time),
		cmocka_unit_test(steps_are_read),
		cmocka_unit_test(durations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
