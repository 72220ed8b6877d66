/* SPDX-License-Identifier: MIT */
/* The calendar, RFC 3339 both ways, epoch numbers. The grammar around them is in time_parse.c. */
#include "base/time.h"

#include <setjmp.h>

#include <cmocka.h>
#include <dirent.h>
#include <jansson.h>
#include <math.h>

#include "given.h"

#define DATA "tests/data/timestamps/"

static void json_schema_vectors(void **state)
{
	json_t *all = json_load_file(DATA "json-schema-date-time.json", 0, NULL), *test;
	int strings = 0;
	int64_t t;
	size_t i;

	(void)state;
	assert_non_null(all);
	json_array_foreach(json_object_get(json_array_get(all, 0), "tests"), i, test) {
		const json_t *data = json_object_get(test, "data");
		struct str s = { json_string_value(data), json_string_length(data) };
		bool valid = json_is_true(json_object_get(test, "valid"));

		if (!json_is_string(data))
			continue;
		/* The one thing that RFC 3339 allows and this does not: more digits than nanoseconds have. */
		if (strcmp(s.ptr, "1985-04-12T00:59:59.999999999999999Z") == 0)
			valid = false;
		assert_int_equal(time_rfc3339(s, &t), valid);
		strings++;
	}
	assert_true(strings > 20);
	json_decref(all);
}

/* key = value # comment */
static bool toml_value(char *line, char **key, struct str *value)
{
	char *eq = strstr(line, " = "), *p;

	if (!eq || line[0] == '#')
		return false;
	for (p = eq; p > line && p[-1] == ' '; p--)
		;
	*p = '\0';
	*key = line;
	value->ptr = eq + 3;
	value->len = strcspn(eq + 3, "#\n");
	while (value->len && value->ptr[value->len - 1] == ' ')
		value->len--;
	return true;
}

static void toml_time(const char *key, struct str value, bool valid, const json_t *meaning)
{
	const json_t *entry = json_object_get(meaning, key);
	const char *type = json_string_value(json_object_get(entry, "type"));
	struct time_ctx ctx = { 0, NULL };
	struct err e;
	int64_t t;

	if (!valid) {
		assert_false(time_rfc3339(value, &t));
		/* Seconds are optional here. */
		if (!str_is(value, "1987-07-05T17:45"))
			assert_int_equal(time_parse(value, &ctx, &t, &e), -1);
		return;
	}
	assert_non_null(type);
	assert_int_equal(time_rfc3339(value, &t), strcmp(type, "datetime") == 0);
	assert_int_equal(time_parse(value, &ctx, &t, &e), 0);
	if (strcmp(type, "datetime") == 0)
		assert_int_equal(t, at(json_string_value(json_object_get(entry, "value"))));
}

static void toml_file(const char *name)
{
	bool valid = strncmp(name, "valid", 5) == 0;
	json_t *meaning = NULL;
	char path[512], line[256], *key;
	struct str value;
	int seen = 0;
	FILE *f;

	assert_true(snprintf(path, sizeof(path), DATA "toml/%s", name) < (int)sizeof(path));
	f = fopen(path, "r");
	assert_non_null(f);
	if (valid) {
		memcpy(path + strlen(path) - 4, "json", 4);
		meaning = json_load_file(path, 0, NULL);
		assert_non_null(meaning);
	}
	while (fgets(line, sizeof(line), f)) {
		if (!toml_value(line, &key, &value))
			continue;
		toml_time(key, value, valid, meaning);
		seen++;
	}
	assert_true(seen > 0);
	json_decref(meaning);
	assert_int_equal(fclose(f), 0);
}

static void toml_vectors(void **state)
{
	DIR *dir = opendir(DATA "toml");
	const struct dirent *d;
	int files = 0;

	(void)state;
	assert_non_null(dir);
	while ((d = readdir(dir))) {
		size_t n = strlen(d->d_name);

		if (n < 5 || strcmp(d->d_name + n - 5, ".toml") != 0)
			continue;
		toml_file(d->d_name);
		files++;
	}
	assert_int_equal(files, 42);
	(void)closedir(dir);
}

/* Seconds as `date -u -d … +%s` counts them. */
static void rfc_3339(void **state)
{
	(void)state;
	assert_int_equal(at("1970-01-01T00:00:00Z"), 0);
	assert_int_equal(at("2026-01-01T00:00:00Z"), 1767225600 * US_PER_S);
	assert_int_equal(at("1969-12-31t23:59:59.999999z"), -1);
	assert_int_equal(at("2026-01-01 01:00:00+01:00"), 1767225600 * US_PER_S);
	assert_int_equal(at("2000-02-29T12:00:00-00:30"), 951827400 * US_PER_S);
	assert_int_equal(at("0000-01-01T00:00:00Z"), TIME_MIN);
	assert_int_equal(at("9999-12-31T23:59:59.999999999Z"), TIME_MAX);
	assert_int_equal(at("2026-01-01T00:00:00.1239999Z"), 1767225600123999);
	assert_int_equal(at("1998-12-31T23:59:60.5Z"), 915148800500000);
	assert_int_equal(at("1998-12-31T15:59:60-08:00"), 915148800 * US_PER_S);
}

static void rfc_3339_and_nothing_else(void **state)
{
	static const char *const bad[] = {
		"",
		"2026-01-01",
		"2026-01-01T00:00Z",
		"2026-01-01T00:00:00",
		"2026-01-01T00:00:00.Z",
		"2026-01-01T00:00:00,5Z",
		"2026-01-01T00:00:00.1234567890Z",
		"2026-01-01T00:00:00+0100",
		"2026-01-01T00:00:00+01",
		"2026-01-01  00:00:00Z",
		"2026-02-29T00:00:00Z",
		"1900-02-29T00:00:00Z",
		"2026-01-01T24:00:00Z",
		"2026-01-01T12:00:60Z",
		"2026-01-01T00:00:60+01:00",
		"9999-12-31T23:59:60Z",
		"9999-12-31T23:59:59-00:01",
		"0000-01-01T00:00:00+00:01",
		"-001-01-01T00:00:00Z",
		" 2026-01-01T00:00:00Z",
		"2026-01-01T00:00:00Z ",
	};
	int64_t t;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++)
		assert_false(time_rfc3339(str_of(bad[i]), &t));
	assert_false(time_rfc3339((struct str){ "2026-01-01T00:00:00Z\0", 21 }, &t));
	assert_false(time_rfc3339((struct str){ NULL, 0 }, &t));
}

static void printed(int64_t t, const char *zone, const char *want)
{
	char text[40];

	assert_int_equal(time_print(t, zone ? zone_of(zone) : NULL, text), strlen(want));
	assert_string_equal(text, want);
}

static void printing(void **state)
{
	(void)state;
	printed(0, NULL, "1970-01-01T00:00:00Z");
	printed(1500000, NULL, "1970-01-01T00:00:01.500Z");
	printed(-1, NULL, "1969-12-31T23:59:59.999999Z");
	printed(TIME_MIN, NULL, "0000-01-01T00:00:00Z");
	printed(TIME_MAX, NULL, "9999-12-31T23:59:59.999999Z");
	printed(1767225600000000, "Europe/Berlin", "2026-01-01T01:00:00+01:00");
	printed(1767225600000000, "America/St_Johns", "2025-12-31T20:30:00-03:30");
	printed(1767225600000000, "Europe/London", "2026-01-01T00:00:00+00:00");
	/* Mean time of Berlin was 53 min 28 s ahead: what is printed names the same instant all the same. */
	printed(at("1880-01-01T00:00:00Z"), "Europe/Berlin", "1880-01-01T00:53:00+00:53");
	/* Beyond the last year that can be written. */
	printed(TIME_MAX, "Europe/Berlin", "9999-12-31T23:59:59.999999Z");
}

static uint64_t next_bits(uint64_t *bits)
{
	*bits ^= *bits << 13;
	*bits ^= *bits >> 7;
	*bits ^= *bits << 17;
	return *bits;
}

/* A 't' in lower case is never read by the quick way: what is read with it must be what is read with 'T'. */
static void both_ways_of_reading_agree(void **state)
{
	static const char letters[] = "0123456789-:.TtZz+ /";
	uint64_t bits = 88172645463325252u;
	size_t good = 0;

	(void)state;
	for (int i = 0; i < 400000; i++) {
		uint64_t r = next_bits(&bits);
		unsigned day = (unsigned)(r >> 8) % 32, fraction = (unsigned)(r >> 40) % 10;
		char text[64], other[64];
		int64_t a = 1, b = 1;
		size_t n;
		bool is;

		n = (size_t)snprintf(text, sizeof(text), "%04u-%02u-%02uT%02u:%02u:%02u", (unsigned)r % 7 ? 1990 + (unsigned)r % 50 : (unsigned)(r % 10000),
				     (unsigned)(r >> 4) % 13, day, (unsigned)(r >> 13) % 25, (unsigned)(r >> 18) % 61, (unsigned)(r >> 24) % 61);
		if (fraction)
			n += (size_t)snprintf(text + n, sizeof(text) - n, ".%0*u", (int)fraction, (unsigned)(r >> 20) % (fraction > 8 ? 1000000000u : 10));
		n += (size_t)snprintf(text + n, sizeof(text) - n, i % 3 ? "Z" : i % 2 ? "+%02u:%02u" : "-%02u:%02u", (unsigned)(r >> 30) % 25,
				      (unsigned)(r >> 35) % 61);
		if (i % 5 == 0)
			text[r % n] = letters[(r >> 50) % (sizeof(letters) - 1)];
		memcpy(other, text, sizeof(other));
		if (other[10] == 'T')
			other[10] = 't';
		is = time_rfc3339(str_of(text), &a);
		assert_int_equal(is, time_rfc3339(str_of(other), &b));
		assert_true(a == b);
		good += is;
	}
	assert_true(good > 100000);
}

static void a_day_that_is_kept_changes_nothing(void **state)
{
	struct time_day day = { 0 };
	uint64_t bits = 88172645463325252u;
	char a[40], b[40], c[128];
	int64_t t = 0;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		uint64_t r = next_bits(&bits);
		struct civil at;

		t = i % 16 ? t + (int64_t)(r % 40000) * (i % 3 ? 1000000 : i % 2 ? 1000 : 1) * (i % 5 ? 1 : -1) :
			     TIME_MIN + (int64_t)(r % (uint64_t)(TIME_MAX - TIME_MIN + 1));
		t = t < TIME_MIN ? TIME_MIN : t > TIME_MAX ? TIME_MAX : t;
		assert_int_equal(time_print(t, NULL, a), time_print_day(t, &day, b));
		assert_string_equal(a, b);
		civil_from_us(t, &at);
		if (at.us == 0)
			(void)snprintf(c, sizeof(c), "%04d-%02d-%02dT%02d:%02d:%02dZ", at.year, at.month, at.day, at.hour, at.minute, at.second);
		else
			(void)snprintf(c, sizeof(c), "%04d-%02d-%02dT%02d:%02d:%02d.%0*dZ", at.year, at.month, at.day, at.hour, at.minute, at.second,
				       at.us % 1000 ? 6 : 3, at.us % 1000 ? at.us : at.us / 1000);
		assert_string_equal(a, c);
	}
	(void)time_print_day(INT64_MAX, &day, b);
	assert_string_equal(b, "9999-12-31T23:59:59.999999Z");
}

static void civil_calendar(void **state)
{
	int64_t day, first = -719528, last = 2932896;
	struct civil c, before = { 0 };

	(void)state;
	/* Each day follows the one before, weekday by weekday. */
	for (day = first; day <= last; day++) {
		civil_from_us(day * US_PER_DAY, &c);
		assert_true(civil_valid(&c));
		assert_int_equal(civil_to_us(&c), day * US_PER_DAY);
		if (day > first) {
			assert_int_equal(civil_weekday(&c), civil_weekday(&before) % 7 + 1);
			assert_true(c.day == before.day + 1 || c.day == 1);
		}
		before = c;
	}
	assert_int_equal(c.year, 9999);
	civil_from_us(at("2026-11-23T00:00:00Z"), &c);
	assert_int_equal(civil_weekday(&c), 1);
	c.day = 31;
	assert_false(civil_valid(&c));
	civil_from_us(INT64_MIN, &c);
	assert_true(c.month == 12 && c.day == 21 && c.us == 224192);
}

static void epoch_numbers(void **state)
{
	int64_t t;

	(void)state;
	assert_true(time_epoch(1767225600, &t));
	assert_int_equal(t, at("2026-01-01T00:00:00Z"));
	assert_true(time_epoch(1767225600.123, &t));
	assert_int_equal(t, at("2026-01-01T00:00:00.123Z"));
	assert_true(time_epoch(1767225600123.0, &t));
	assert_int_equal(t, at("2026-01-01T00:00:00.123Z"));
	assert_true(time_epoch(1767225600123456.0, &t));
	assert_int_equal(t, at("2026-01-01T00:00:00.123456Z"));
	assert_true(time_epoch(1767225600123456768.0, &t));
	assert_int_equal(t, at("2026-01-01T00:00:00.123457Z"));
	assert_true(time_epoch_whole(1767225600123456500, &t));
	assert_int_equal(t, at("2026-01-01T00:00:00.123457Z"));
	assert_true(time_epoch_whole(1767225600123456499, &t));
	assert_int_equal(t, at("2026-01-01T00:00:00.123456Z"));
	assert_true(time_epoch_whole(1767225600123, &t));
	assert_int_equal(t, at("2026-01-01T00:00:00.123Z"));
	assert_true(time_epoch_whole(-1, &t));
	assert_int_equal(t, -1000000);
	assert_true(time_epoch(-1.5, &t));
	assert_int_equal(t, -1500000);
	assert_true(time_epoch(99999999999.0, &t));
	assert_int_equal(t, at("5138-11-16T09:46:39Z"));
	assert_false(time_epoch(1e21, &t));
	assert_false(time_epoch((double)NAN, &t));
	assert_false(time_epoch((double)INFINITY, &t));
	assert_false(time_epoch(-99999999999.0, &t));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_schema_vectors),
		cmocka_unit_test(toml_vectors),
		cmocka_unit_test(rfc_3339),
		cmocka_unit_test(rfc_3339_and_nothing_else),
		cmocka_unit_test(printing),
		cmocka_unit_test(both_ways_of_reading_agree),
		cmocka_unit_test(a_day_that_is_kept_changes_nothing),
		cmocka_unit_test(civil_calendar),
		cmocka_unit_test(epoch_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
