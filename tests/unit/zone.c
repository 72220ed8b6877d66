/* SPDX-License-Identifier: MIT */
/* Zones against what zdump and moment-timezone say about them; `slim` files put the rule of the footer to the test. */
#include "base/zone.h"

#include <setjmp.h>

#include <cmocka.h>

#include "given.h"

#include "base/time.h"
#include "os/zones.h"

#define DATA "tests/data/tz/"

static size_t slurp(const char *path, unsigned char *buf, size_t cap)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	assert_non_null(f);
	n = fread(buf, 1, cap, f);
	assert_int_equal(fclose(f), 0);
	assert_true(n < cap);
	return n;
}

static struct zone *load(const char *kind, const char *name)
{
	unsigned char buf[8192];
	struct zone *z = NULL;
	char path[256];
	struct err e;

	assert_true(snprintf(path, sizeof(path), DATA "%s/%s", kind, name) < (int)sizeof(path));
	assert_int_equal(zone_parse(buf, slurp(path, buf, sizeof(buf)), name, &z, &e), 0);
	assert_string_equal(zone_name(z), name);
	return z;
}

/* The zone of the line at hand; loaded again only when the name changes. */
static const struct zone *current(const char *kind, const char *name, struct zone **z)
{
	if (*z && strcmp(zone_name(*z), name) == 0)
		return *z;
	zone_free(*z);
	*z = load(kind, name);
	return *z;
}

static struct civil reading(const char *text)
{
	char whole[40];
	struct civil c;

	(void)snprintf(whole, sizeof(whole), "%sZ", text);
	civil_from_us(at(whole), &c);
	return c;
}

/* A reading that clocks really show leads back to the instant, or to the first of its two. */
static void comes_back(const struct zone *z, int64_t t)
{
	struct civil c, again;
	enum zone_fit fit;
	int64_t back;

	zone_civil(z, t, &c);
	fit = zone_instant(z, &c, &back);
	assert_true(fit == ZONE_ONE || fit == ZONE_TWICE);
	if (fit == ZONE_ONE)
		assert_int_equal(back, t);
	assert_true(back <= t && t - back <= 26 * US_PER_HOUR);
	zone_civil(z, back, &again);
	assert_int_equal(civil_to_us(&again), civil_to_us(&c));
}

/* A change from one offset to another, looked at from the second before it. */
static void check_change(const struct zone *z, int64_t t, int before, int after)
{
	int jump = after - before;
	struct civil c;
	int64_t back;

	assert_int_equal(zone_offset(z, t - US_PER_S), before);
	assert_int_equal(zone_offset(z, t - 1), before);
	assert_int_equal(zone_offset(z, t), after);
	assert_int_equal(zone_offset(z, t + US_PER_S), after);
	comes_back(z, t - 1);
	comes_back(z, t);
	comes_back(z, t + US_PER_S);
	/* Half way through what is skipped or repeated. */
	civil_from_us(t + before * US_PER_S + jump * US_PER_S / 2, &c);
	if (jump > 0) {
		assert_int_equal(zone_instant(z, &c, &back), ZONE_GAP);
		assert_int_equal(back, t);
	} else if (jump < 0) {
		assert_int_equal(zone_instant(z, &c, &back), ZONE_TWICE);
		assert_int_equal(back, t + jump * US_PER_S / 2);
	}
}

static void agrees_with_table(const char *kind)
{
	FILE *f = fopen(DATA "transitions-1990-2037.csv", "r");
	struct zone *z = NULL;
	int changes = 0;
	char line[256];

	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	while (fgets(line, sizeof(line), f)) {
		char name[64], utc[32], was[16];
		int before, after;
		long long sec;

		assert_int_equal(sscanf(line, "%63[^,],%lld,%31[^,],%d,%15[^,],%d", name, &sec, utc, &before, was, &after),
				 6);
		assert_int_equal(at(utc), sec * US_PER_S);
		check_change(current(kind, name, &z), sec * US_PER_S, before, after);
		changes++;
	}
	assert_int_equal(changes, 783);
	zone_free(z);
	assert_int_equal(fclose(f), 0);
}

/* "Sun Mar 25 00:59:59 1990" */
static void dumped_reading(const char *text, struct civil *c)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char month[4];

	*c = (struct civil){ 0 };
	assert_int_equal(sscanf(text, "%*3s %3s %d %d:%d:%d %d", month, &c->day, &c->hour, &c->minute, &c->second,
				&c->year),
			 6);
	c->month = (int)(strstr(months, month) - months) / 3 + 1;
}

static void agrees_with_zdump(const char *kind)
{
	FILE *f = fopen(DATA "zdump-v-1990-2037.txt", "r");
	int64_t split = at("2026-09-01T00:00:00Z");
	struct zone *z = NULL;
	char line[256];
	int lines = 0;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		char name[64], *ut = strstr(line, " UT = "), *off = strstr(line, "gmtoff=");
		struct civil utc, want, got;
		int64_t t;

		if (!ut || !off)
			continue;
		assert_int_equal(sscanf(line, "%63s", name), 1);
		dumped_reading(line + strlen(name), &utc);
		dumped_reading(ut + 6, &want);
		t = civil_to_us(&utc);
		if (t >= split && strcmp(name, "Africa/Casablanca") == 0)
			continue;
		zone_civil(current(kind, name, &z), t, &got);
		assert_int_equal(civil_to_us(&got), civil_to_us(&want));
		assert_int_equal(zone_offset(z, t), strtol(off + 7, NULL, 10));
		comes_back(z, t);
		lines++;
	}
	assert_true(lines > 1400);
	zone_free(z);
	assert_int_equal(fclose(f), 0);
}

static void fat_files_agree(void **state)
{
	(void)state;
	agrees_with_table("fat");
	agrees_with_zdump("fat");
}

static void slim_files_agree_by_their_rule(void **state)
{
	(void)state;
	agrees_with_table("slim");
	agrees_with_zdump("slim");
}

/* The calendar repeats every 400 years, and so does a rule. */
static void the_rule_holds_for_ever(void **state)
{
	int64_t era = 146097 * US_PER_DAY, t = at("2030-01-01T00:30:00Z");
	struct zone *z = load("fat", "Europe/Berlin");
	int i;

	(void)state;
	for (i = 0; i < 8760 * 3; i++, t += US_PER_HOUR)
		assert_int_equal(zone_offset(z, t), zone_offset(z, t + 7 * era));
	assert_int_equal(zone_offset(z, at("9999-07-01T00:00:00Z")), 7200);
	assert_int_equal(zone_offset(z, INT64_MAX), zone_offset(z, INT64_MAX - 1));
	/* Local mean time, before there were zones. */
	assert_int_equal(zone_offset(z, at("1800-01-01T00:00:00Z")), 3208);
	zone_free(z);
}

/* From the tz database's own comments. */
static void odd_changes(void **state)
{
	struct zone *z = load("fat", "Pacific/Apia");
	struct civil c = reading("2011-12-30T12:00:00");
	int64_t t;

	(void)state;
	assert_int_equal(zone_instant(z, &c, &t), ZONE_GAP);
	assert_int_equal(t, at("2011-12-30T10:00:00Z"));
	zone_civil(z, t, &c);
	assert_int_equal(c.day * 100 + c.hour, 3100);
	assert_int_equal(zone_reach(z, civil_to_us(&c)), t);
	zone_free(z);

	z = load("slim", "Australia/Lord_Howe");
	c = reading("2025-10-05T02:15:00");
	assert_int_equal(zone_instant(z, &c, &t), ZONE_GAP);
	assert_int_equal(t, at("2025-10-04T15:30:00Z"));
	c = reading("2025-04-06T01:45:00");
	assert_int_equal(zone_instant(z, &c, &t), ZONE_TWICE);
	assert_int_equal(t, at("2025-04-05T14:45:00Z"));
	zone_free(z);

	z = load("slim", "America/Havana");
	c = reading("2025-11-02T00:00:00");
	assert_int_equal(zone_instant(z, &c, &t), ZONE_TWICE);
	assert_int_equal(t, at("2025-11-02T00:00:00-04:00"));
	zone_free(z);
}

static void no_zone_is_utc(void **state)
{
	struct civil c = reading("2026-03-29T02:30:00");
	struct zone_span s;
	int64_t t;

	(void)state;
	assert_int_equal(zone_offset(NULL, 0), 0);
	assert_int_equal(zone_instant(NULL, &c, &t), ZONE_ONE);
	assert_int_equal(t, at("2026-03-29T02:30:00Z"));
	zone_span(NULL, t, &s);
	assert_true(s.from == INT64_MIN && s.to == INT64_MAX && s.offset == 0);
	zone_free(NULL);
}

static void spans_are_what_a_scan_may_keep(void **state)
{
	struct zone *z = load("slim", "Europe/Berlin");
	struct zone_span s;

	(void)state;
	zone_span(z, at("2026-07-01T00:00:00Z"), &s);
	assert_int_equal(s.from, at("2026-03-29T01:00:00Z"));
	assert_int_equal(s.to, at("2026-10-25T01:00:00Z"));
	assert_int_equal(s.offset, 7200);
	zone_free(z);
}

/* RFC 8536: the first block serves programs that know nothing of the second. */
static void version_1_will_do(void **state)
{
	unsigned char buf[8192];
	size_t n = slurp(DATA "fat/Europe/Berlin", buf, sizeof(buf));
	struct zone *z;
	struct err e;

	(void)state;
	buf[4] = '\0';
	assert_int_equal(zone_parse(buf, n, "v1", &z, &e), 0);
	assert_int_equal(zone_offset(z, at("2026-07-01T00:00:00Z")), 7200);
	assert_int_equal(zone_offset(z, at("2026-12-01T00:00:00Z")), 3600);
	zone_free(z);
}

/* Version 2 with one type and nothing but a rule. */
static int parse_rule(const char *rule, struct zone **z)
{
	static const unsigned char head[] = "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\1"
					    "\0\0\0\0\0\0\0";
	unsigned char buf[256];
	size_t n = sizeof(head) - 1;
	struct err e;

	assert_int_equal(n, 44 + 6 + 1);
	memcpy(buf, head, n);
	memcpy(buf + n, head, n);
	n *= 2;
	n += (size_t)snprintf((char *)buf + n, sizeof(buf) - n, "\n%s\n", rule);
	return zone_parse(buf, n, "made", z, &e);
}

static void rules_of_every_kind(void **state)
{
	struct zone *z;

	(void)state;
	/* RFC 8536, 3.3.1: DST all year round. */
	assert_int_equal(parse_rule("XXX3EDT4,0/0,J365/23", &z), 0);
	assert_int_equal(zone_offset(z, at("2026-01-01T03:00:00Z")), -14400);
	assert_int_equal(zone_offset(z, at("2026-01-01T02:59:59Z")), -14400);
	assert_int_equal(zone_offset(z, at("2028-12-31T12:00:00Z")), -14400);
	zone_free(z);
	/* J60 is the first of March in every year, 59 is the leap day when there is one. */
	assert_int_equal(parse_rule("AAA0BBB,J60/0,59/0", &z), 0);
	assert_int_equal(zone_offset(z, at("2027-03-01T12:00:00Z")), 3600);
	assert_int_equal(zone_offset(z, at("2028-02-28T22:59:59Z")), 3600);
	assert_int_equal(zone_offset(z, at("2028-02-28T23:00:00Z")), 0);
	assert_int_equal(zone_offset(z, at("2028-03-01T00:00:00Z")), 3600);
	zone_free(z);
	assert_int_equal(parse_rule("<+0330>-3:30:30", &z), 0);
	assert_int_equal(zone_offset(z, 0), 12630);
	zone_free(z);
	assert_int_equal(parse_rule("", &z), 0);
	assert_int_equal(zone_offset(z, 0), 0);
	zone_free(z);
}

static void bad_rules_are_refused(void **state)
{
	static const char *const bad[] = { "A1",	      "AAA",	     "AAA25",		 "AAA1BBB",
					   "AAA1BBB,M3.5.0",  "<AAA1",	     "AAA1:60",		 "AAA1BBB,M13.1.0,M1.1.0",
					   "AAA1BBB,J0,J365", "AAA1BBB,366,0", "AAA1BBB,M1.6.0,J1", "AAA1BBB,J1,J2/168",
					   "AAA1BBB,J1,J2,J3", "AAA1 " };
	struct zone *z;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++)
		assert_int_equal(parse_rule(bad[i], &z), -1);
}

/* Every cut, and every byte turned round: an error or a zone, never a crash. */
static void damaged_files(void **state)
{
	unsigned char buf[8192], *copy;
	size_t n = slurp(DATA "slim/America/St_Johns", buf, sizeof(buf)), i;
	struct err e;
	struct zone *z;

	(void)state;
	for (i = 0; i < n; i++) {
		copy = malloc(i + 1);
		assert_non_null(copy);
		memcpy(copy, buf, i);
		err_clear(&e);
		assert_int_equal(zone_parse(copy, i, "cut", &z, &e), -1);
		assert_int_equal(e.code, E_INPUT);
		assert_null(z);
		free(copy);
	}
	for (i = 0; i < n; i++) {
		buf[i] ^= 0xff;
		if (zone_parse(buf, n, "turned", &z, &e) == 0) {
			(void)zone_offset(z, at("2030-01-01T00:00:00Z"));
			zone_free(z);
		}
		buf[i] ^= 0xff;
	}
}

static void zones_by_name(void **state)
{
	const struct zone *z, *again;
	static const char *const bad[] = { "",	     "/etc/passwd", "../fat/Asia/Kolkata", "Europe/../Asia/Kolkata",
					   "Europe", "Nowhere/Land", "Europe/Berlin\n",	   "Asia/Kolkata/x" };
	struct err e;
	size_t i;

	(void)state;
	assert_int_equal(setenv("SIT_ZONEINFO", "tests/data/tz/slim", 1), 0);
	assert_int_equal(zones_get("Asia/Kathmandu", &z, &e), 0);
	assert_int_equal(zone_offset(z, at("2026-01-01T00:00:00Z")), 20700);
	assert_int_equal(zones_get("Asia/Kathmandu", &again, &e), 0);
	assert_ptr_equal(z, again);
	assert_int_equal(zones_get("UTC", &z, &e), 0);
	assert_null(z);
	for (i = 0; i < COUNT(bad); i++) {
		assert_int_equal(zones_get(bad[i], &z, &e), -1);
		assert_int_equal(e.code, E_USAGE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fat_files_agree),
		cmocka_unit_test(slim_files_agree_by_their_rule),
		cmocka_unit_test(the_rule_holds_for_ever),
		cmocka_unit_test(odd_changes),
		cmocka_unit_test(no_zone_is_utc),
		cmocka_unit_test(spans_are_what_a_scan_may_keep),
		cmocka_unit_test(version_1_will_do),
		cmocka_unit_test(rules_of_every_kind),
		cmocka_unit_test(bad_rules_are_refused),
		cmocka_unit_test(damaged_files),
		cmocka_unit_test(zones_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
