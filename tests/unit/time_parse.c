/* SPDX-License-Identifier: MIT */
/* The time grammar of sit-time(7), --during, explicit formats. */
#include "base/time.h"

#include <setjmp.h>

#include <cmocka.h>

#include "given.h"

/* "2026-11-25T10:20:30Z" is a Wednesday; in Berlin it is 11:20:30. */
static void parsed(const char *text, const char *zone, const char *want)
{
	struct time_ctx ctx = { at("2026-11-25T10:20:30Z"), zone_of(zone) };
	struct err e;
	int64_t t = 0;

	assert_int_equal(time_parse(str_of(text), &ctx, &t, &e), 0);
	assert_int_equal(t, at(want));
}

static void the_time_grammar(void **state)
{
	(void)state;
	parsed("2026-01-31T08:00", "Europe/Berlin", "2026-01-31T08:00:00+01:00");
	parsed("2026-07-31 08:00:00.25", "Europe/Berlin", "2026-07-31T08:00:00.25+02:00");
	parsed("2026-01-31T08:00:00Z", "Europe/Berlin", "2026-01-31T08:00:00Z");
	parsed("2026-01-31T08:00-05:00", "Europe/Berlin", "2026-01-31T13:00:00Z");
	parsed("2016-12-31T23:59:60Z", "Europe/Berlin", "2017-01-01T00:00:00Z");
	parsed("08:00", "Europe/Berlin", "2026-11-25T08:00:00+01:00");
	parsed("08:00:30.5", "UTC", "2026-11-25T08:00:30.5Z");
	parsed("2026-01-31", "Europe/Berlin", "2026-01-31T00:00:00+01:00");
	parsed("2026-07", "Europe/Berlin", "2026-07-01T00:00:00+02:00");
	parsed("1767225600s", "Europe/Berlin", "2026-01-01T00:00:00Z");
	parsed("1767225600.25s", "UTC", "2026-01-01T00:00:00.25Z");
	parsed("1767225600123ms", "UTC", "2026-01-01T00:00:00.123Z");
	parsed("1767225600123456us", "UTC", "2026-01-01T00:00:00.123456Z");
	parsed("1767225600123456789ns", "UTC", "2026-01-01T00:00:00.123456Z");
	parsed("0s", "UTC", "1970-01-01T00:00:00Z");
	parsed("now", "Europe/Berlin", "2026-11-25T10:20:30Z");
	parsed("today", "Europe/Berlin", "2026-11-25T00:00:00+01:00");
	parsed("yesterday", "Europe/Berlin", "2026-11-24T00:00:00+01:00");
	parsed("tomorrow", "UTC", "2026-11-26T00:00:00Z");
	parsed("wednesday", "UTC", "2026-11-25T00:00:00Z");
	parsed("Thursday", "UTC", "2026-11-19T00:00:00Z");
	parsed("mon", "Europe/Berlin", "2026-11-23T00:00:00+01:00");
	parsed("-1h", "UTC", "2026-11-25T09:20:30Z");
	parsed("+2d", "UTC", "2026-11-27T10:20:30Z");
	parsed("now-30d", "UTC", "2026-10-26T10:20:30Z");
	parsed("today+8h", "Europe/Berlin", "2026-11-25T08:00:00+01:00");
	parsed("sunday-1h30m", "UTC", "2026-11-21T22:30:00Z");
	parsed("now+0", "UTC", "2026-11-25T10:20:30Z");
}

/* Clocks decide: the first of two, never none, and a day begins when its clocks do. */
static void local_times_when_clocks_change(void **state)
{
	struct time_ctx ctx = { 0, zone_of("Europe/Berlin") };
	struct err e;
	int64_t t;

	(void)state;
	parsed("2026-10-25T02:30", "Europe/Berlin", "2026-10-25T02:30:00+02:00");
	assert_int_equal(time_parse(STR("2026-03-29T02:30"), &ctx, &t, &e), -1);
	assert_int_equal(e.code, E_USAGE);
	assert_string_equal(e.msg, "\"2026-03-29T02:30\" never was on the clocks of Europe/Berlin");
	parsed("2026-03-29", "Asia/Beirut", "2026-03-29T01:00:00+03:00");
	parsed("2025-11-02", "America/Havana", "2025-11-02T00:00:00-04:00");
	ctx.zone = zone_of("Pacific/Apia");
	assert_int_equal(time_parse(STR("2011-12-30"), &ctx, &t, &e), -1);
	ctx.now = at("2011-12-31T12:00:00+14:00");
	assert_int_equal(time_parse(STR("yesterday"), &ctx, &t, &e), 0);
	assert_int_equal(t, at("2011-12-29T00:00:00-10:00"));
}

static void what_is_not_a_time(void **state)
{
	static const char *const bad[] = {
		"",	     "later",	   "2026",	   "26-01-31",	 "2026-13",	 "2026-00",	"2026-02-30",
		"8:00",	     "24:00",	   "08:60",	   "2026-01-31T", "2026-01-31T8:00", "1767225600", "-",
		"+",	     "-1",	   "now-",	   "now1h",	 "now-1mo",	 "now - 1h",	"today08:00",
		"1e9s",	     "1767225600.s", "1767225600S", "99999999999999999999s", "253402300800s",
		"+9999999d", "now-9223372036854775807us", "2026-01-31Z", "12:00Z", "23:59:60", "nowhere", "2026-1-31",
		"2026-01-31T08:00+1", "0",
	};
	struct time_ctx ctx = { at("2026-11-25T10:20:30Z"), NULL };
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		int64_t t = 7;

		err_clear(&e);
		assert_int_equal(time_parse(str_of(bad[i]), &ctx, &t, &e), -1);
		assert_int_equal(e.code, E_USAGE);
		assert_int_equal(t, 7);
	}
}

static void spans(const char *text, const char *from, const char *to)
{
	struct time_ctx ctx = { at("2026-11-25T10:20:30Z"), zone_of("Europe/Berlin") };
	struct range r = { 0, 0 };
	struct err e;

	assert_int_equal(range_during(str_of(text), &ctx, &r, &e), 0);
	assert_int_equal(r.from, at(from));
	assert_int_equal(r.to, at(to));
}

/* Weeks as `date +%G-W%V` names them. */
static void during(void **state)
{
	(void)state;
	spans("2026", "2026-01-01T00:00:00+01:00", "2027-01-01T00:00:00+01:00");
	spans("2026-Q1", "2026-01-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00");
	spans("2026-Q4", "2026-10-01T00:00:00+02:00", "2027-01-01T00:00:00+01:00");
	spans("2026-12", "2026-12-01T00:00:00+01:00", "2027-01-01T00:00:00+01:00");
	spans("2026-W05", "2026-01-26T00:00:00+01:00", "2026-02-02T00:00:00+01:00");
	spans("2026-W01", "2025-12-29T00:00:00+01:00", "2026-01-05T00:00:00+01:00");
	spans("2026-W53", "2026-12-28T00:00:00+01:00", "2027-01-04T00:00:00+01:00");
	spans("2026-10-25", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00");
	spans("today", "2026-11-25T00:00:00+01:00", "2026-11-26T00:00:00+01:00");
	spans("yesterday", "2026-11-24T00:00:00+01:00", "2026-11-25T00:00:00+01:00");
	spans("this-week", "2026-11-23T00:00:00+01:00", "2026-11-30T00:00:00+01:00");
	spans("last-week", "2026-11-16T00:00:00+01:00", "2026-11-23T00:00:00+01:00");
	spans("this-month", "2026-11-01T00:00:00+01:00", "2026-12-01T00:00:00+01:00");
	spans("last-month", "2026-10-01T00:00:00+02:00", "2026-11-01T00:00:00+01:00");
	spans("this-year", "2026-01-01T00:00:00+01:00", "2027-01-01T00:00:00+01:00");
	spans("last-year", "2025-01-01T00:00:00+01:00", "2026-01-01T00:00:00+01:00");
}

static void what_is_not_a_span(void **state)
{
	static const char *const bad[] = { "",	      "26",	  "2026-W00", "2025-W53", "2026-W54",	"2026-Q0", "2026-Q5",
					   "2026-13", "2026-02-29", "2026-",	"next-week", "2026-W5", "now",	   "20260",
					   "2026-Q11", "2026-01-01T00:00" };
	struct time_ctx ctx = { 0, zone_of("Pacific/Apia") };
	struct range r;
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		assert_int_equal(range_during(str_of(bad[i]), &ctx, &r, &e), -1);
		assert_int_equal(e.code, E_USAGE);
	}
	assert_int_equal(range_during(STR("2011-12-30"), &ctx, &r, &e), -1);
	assert_string_equal(e.msg, "\"2011-12-30\" never was on the calendars of Pacific/Apia");
	/* The last year ends where time does. */
	assert_int_equal(range_during(STR("9999"), &ctx, &r, &e), 0);
	ctx.zone = NULL;
	assert_int_equal(range_during(STR("9999-12-31"), &ctx, &r, &e), 0);
	assert_true(r.to == TIME_MAX + 1);
}

static void formatted(const char *text, const char *format, const char *want)
{
	struct time_ctx ctx = { at("2026-11-25T10:20:30Z"), zone_of("Europe/Berlin") };
	struct err e;
	int64_t t = 0;

	assert_int_equal(time_parse_format(str_of(text), format, &ctx, &t, &e), 0);
	assert_int_equal(t, at(want));
}

static void explicit_formats(void **state)
{
	(void)state;
	formatted("31.01.2026 08:00", "%d.%m.%Y %H:%M", "2026-01-31T08:00:00+01:00");
	formatted("1/7/26 8:05:09 PM", "%m/%d/%y %I:%M:%S %p", "2026-01-07T20:05:09+01:00");
	formatted("12:00 am", "%I:%M %p", "2026-11-25T00:00:00+01:00");
	formatted("12:30 PM", "%I:%M %p", "2026-11-25T12:30:00+01:00");
	formatted("20260131T080000.123456789", "%Y%m%dT%H%M%S.%f", "2026-01-31T08:00:00.123456+01:00");
	formatted("Jan  5 03:04:05", "%b %d %H:%M:%S", "2026-01-05T03:04:05+01:00");
	formatted("05JANUARY1999", "%d%B%Y", "1999-01-05T00:00:00+01:00");
	formatted("5 May 69", "%d %b %y", "1969-05-05T00:00:00+01:00");
	formatted("2026-01-31 08:00:00 +0530", "%Y-%m-%d %H:%M:%S %z", "2026-01-31T02:30:00Z");
	formatted("2026-01-31T08:00:00Z", "%Y-%m-%dT%H:%M:%S%z", "2026-01-31T08:00:00Z");
	formatted("2026-01-31T08:00:00-01:00", "%Y-%m-%dT%H:%M:%S%z", "2026-01-31T09:00:00Z");
	formatted("t=1767225600.5;", "t=%s;", "2026-01-01T00:00:00.5Z");
	formatted("-1.5", "%s", "1969-12-31T23:59:58.5Z");
	formatted("100% 2026", "100%% %Y", "2026-01-01T00:00:00+01:00");
	formatted("2026-10-25 02:30", "%Y-%m-%d %H:%M", "2026-10-25T02:30:00+02:00");
}

static void formats_that_do_not_fit(void **state)
{
	static const struct {
		const char *text, *format;
		enum err_code code;
	} bad[] = {
		{ "2026", "%Q", E_USAGE },
		{ "2026", "%Y%", E_USAGE },
		{ "8:00", "%I:%M", E_USAGE },
		{ "31.02.2026", "%d.%m.%Y", E_INPUT },
		{ "26", "%Y", E_INPUT },
		{ "2026-01-31x", "%Y-%m-%d", E_INPUT },
		{ "2026-01", "%Y-%m-%d", E_INPUT },
		{ "13:00 PM", "%I:%M %p", E_INPUT },
		{ "Foo", "%b", E_INPUT },
		{ "", "%Y", E_INPUT },
		{ "2026-03-29 02:30", "%Y-%m-%d %H:%M", E_INPUT },
		{ "12:00:60", "%H:%M:%S", E_INPUT },
		{ "1767225600123", "%s", E_INPUT },
		{ "999999999999", "%s", E_INPUT },
	};
	struct time_ctx ctx = { at("2026-11-25T10:20:30Z"), zone_of("Europe/Berlin") };
	struct err e;
	int64_t t;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		assert_int_equal(time_parse_format(str_of(bad[i].text), bad[i].format, &ctx, &t, &e), -1);
		assert_int_equal(e.code, bad[i].code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_time_grammar),
		cmocka_unit_test(local_times_when_clocks_change),
		cmocka_unit_test(what_is_not_a_time),
		cmocka_unit_test(during),
		cmocka_unit_test(what_is_not_a_span),
		cmocka_unit_test(explicit_formats),
		cmocka_unit_test(formats_that_do_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
