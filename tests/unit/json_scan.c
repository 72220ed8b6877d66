/* SPDX-License-Identifier: MIT */
#include "base/base.h"

#include <dirent.h>
#include <setjmp.h>
#include <cmocka.h>

#define FAIL() fail()
#include "scanned.h"

/* Scanned or not, at once or in pieces: the same. How many records were scanned. */
static size_t agree(struct str s)
{
	AUTO(sb_done) struct sb tree = SB_INIT(1 << 26), once = SB_INIT(1 << 26), pieces = SB_INIT(1 << 26);
	size_t n;

	assert_int_equal(stream(s, false, 0, &tree), 0);
	n = stream(s, true, 0, &once);
	assert_string_equal(sb_cstr(&once), sb_cstr(&tree));
	for (unsigned seed = 256; seed < 260; seed++) {
		sb_clear(&pieces);
		assert_int_equal(stream(s, true, seed, &pieces), n);
		assert_string_equal(sb_cstr(&pieces), sb_cstr(&tree));
	}
	return n;
}

static void files_of(const char *folder, void (*fn)(struct str s))
{
	DIR *d = opendir(folder);
	struct dirent *f;

	assert_non_null(d);
	while ((f = readdir(d))) {
		AUTO(sb_done) struct sb s = SB_INIT(1 << 22);
		char path[512], buf[4096];
		FILE *in;
		size_t n;

		if (f->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%.200s", folder, f->d_name);
		in = fopen(path, "rb");
		assert_non_null(in);
		while ((n = fread(buf, 1, sizeof(buf), in)))
			sb_add(&s, buf, n);
		(void)fclose(in);
		fn(sb_str(&s));
	}
	(void)closedir(d);
}

static void as_it_is(struct str s)
{
	(void)agree(s);
}

/* The text as the value of a member, of an inner one, and as a key. */
static void within_records(struct str s)
{
	static const char *const around[][2] = { { "{\"device\":\"d\",\"value\":", "}\n{\"a\":1}" },
						  { "{\"values\":{\"a\":1,\"b\":", "},\"ts\":2}\n" },
						  { "{\"a\":{\"b\":", "}}" },
						  { "{", ":1}\n" } };

	if (s.len > 4096)
		return;
	while (s.len && (s.ptr[s.len - 1] == '\n' || s.ptr[s.len - 1] == '\r'))
		s.len--;
	for (size_t i = 0; i < COUNT(around); i++) {
		AUTO(sb_done) struct sb sb = SB_INIT(1 << 20);

		sb_adds(&sb, around[i][0]);
		sb_add(&sb, s.ptr, s.len);
		sb_adds(&sb, around[i][1]);
		(void)agree(sb_str(&sb));
	}
}

static void the_suites_give_the_same_either_way(void **state)
{
	static const char *const folders[] = { "tests/data/json", "tests/data/json-transform", "tests/data/messages", "tests/data/naughty",
					       "tests/data/utf8" };

	(void)state;
	for (size_t i = 0; i < COUNT(folders); i++) {
		files_of(folders[i], as_it_is);
		files_of(folders[i], within_records);
	}
}

static void the_usual_records_are_scanned(void **state)
{
	static const char *const usual[] = {
		"{\"ts\":\"2026-01-01T00:00:00Z\",\"device\":\"meter-1\",\"datapoint\":\"voltage_l1\",\"value\":230.1,\"quality\":\"good\"}",
		"{\"device\":\"meter-1\",\"ts\":1767225600,\"values\":{\"voltage_l1\":230.1,\"on\":true,\"off\":false,\"n\":null,\"t\":\"x\"}}",
		"{\"gateway\":\"gw-1\",\"edge_key\":\"modbus_3\",\"ts\":1767225600000,\"values\":{}}",
		"{ \"a\" : 1 ,\t\"values\" : { \"b\" : -0 , \"c\" : 1e3 } }",
		"{}",
		"{\"temp\xc3\xa9rature\":\"\xe2\x82\xac\",\"\":0}",
		"{\"a\":123456789012345,\"b\":-0.000001,\"c\":1.7976931348623157e308,\"d\":5e-324,\"e\":1e-400}",
		/* epochs of micro- and nanoseconds; the second fits a double, the third does not, nor the fourth by one */
		"{\"ts\":1764171234567890,\"a\":9007199254740992}", "{\"ts\":1764171234567890176}", "{\"ts\": 1764171234567890123 ,\"a\":1}",
		"{\"a\":1,\"ts\":9007199254740993}", "{\"ts\":9223372036854775807}",
	};
	AUTO(sb_done) struct sb all = SB_INIT(1 << 20);

	(void)state;
	for (size_t i = 0; i < COUNT(usual); i++) {
		assert_int_equal(agree(str_of(usual[i])), 1);
		sb_addf(&all, "%s%s", i % 2 ? "\n" : "\r\n \n", usual[i]);
	}
	assert_int_equal(agree(sb_str(&all)), COUNT(usual));
}

static void the_others_are_left_to_jansson(void **state)
{
	static const char *const others[] = {
		"{\"a\":1,\"a\":2}", "{\"values\":{\"a\":1,\"b\":2,\"a\":3}}", "{\"\":1,\"\":2}", /* duplicate keys */
		"{\"a\\u0062\":1}", "{\"a\":\"\\n\"}", "{\"a\":\"\\ud800\"}", "{\"a\\\"\":1}",	      /* escapes */
		"{\"a\":[1]}", "{\"a\":{\"b\":1}}", "{\"values\":{\"a\":{\"lat\":1,\"lon\":2}}}",	      /* nesting */
		"{\"a\":9007199254740993}", "{\"ts\":17641712345678901234567}", "{\"a\":1e400}", "{\"a\":12345678901234567890.5}",
		"{\"a\":01}", "{\"a\":1.}", "{\"a\":+1}", "{\"a\":NaN}", "{\"a\":tru}", "{\"a\":1e}", "{\"a\":-}",
		"{\"a\":1,}", "{,\"a\":1}", "{\"a\" 1}", "{\"a\":}", "{\"a\":1 \"b\":2}", "{\"a\"", "{\"a", "{", "{\"a\":1",
		"{\"a\":\"\x01\"}", "{\"a\":\"\xff\"}", "{\"\xc3\":1}", "{\"a\":\"\xed\xa0\x80\"}", "{\"a\":\"\t\"}",
		"{\n\"a\":1}", "{\"a\":\n1}", "{\"values\":{\"a\":1}\n}", /* more than one line */
		"[1]", "1", "\"a\"", "null", "\xef\xbb\xbf[]",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(others); i++)
		assert_int_equal(agree(str_of(others[i])), 0);
}

static void what_stands_round_a_record_counts_as_ever(void **state)
{
	(void)state;
	assert_int_equal(agree(STR("{\"a\":1}{\"a\":2}\n{\"a\":3}")), 2);
	assert_int_equal(agree(STR("{\"a\":1} {\"a\":2}x\n{\"a\":3}")), 3);
	assert_int_equal(agree(STR("[{\"a\":1},{\"a\":2}\n,{\"a\":3},]\n{\"a\":4}")), 4);
	assert_int_equal(agree(STR("[{\"a\":1},{\"a\":[]},{\"a\":x},{\"a\":3}]\n{\"a\":4}")), 2);
	assert_int_equal(agree(STR("\xef\xbb\xbf{\"a\":1}")), 1);
	assert_int_equal(agree(STR("{\"a\":1,\"b\":\"x\n\"}\n{\"a\":3}")), 1);
}

/* More members than the scanner takes, and a text longer than the longest record. */
static void large_records(void **state)
{
	AUTO(sb_done) struct sb sb = SB_INIT(1 << 23);

	(void)state;
	for (size_t n = JSON_SCAN_MAX - 1; n <= JSON_SCAN_MAX + 1; n++) {
		sb_clear(&sb);
		for (size_t i = 0; i < n; i++)
			sb_addf(&sb, "%s\"k%zu\":%zu", i ? "," : "{", i, i);
		sb_adds(&sb, "}\n");
		assert_int_equal(agree(sb_str(&sb)), n <= JSON_SCAN_MAX);
	}
	for (size_t more = 0; more < 2; more++) {
		sb_clear(&sb);
		sb_adds(&sb, "{\"a\":\"");
		while (sb.len < JSON_RECORD_MAX - 2 + more)
			sb_addc(&sb, 'x');
		sb_adds(&sb, "\"}\n{\"a\":1}\n");
		assert_int_equal(agree(sb_str(&sb)), 2 - more);
	}
}

/* Bytes of good records changed at random. */
static void damaged_records(void **state)
{
	static const char good[] = "{\"device\":\"meter-1\",\"ts\":\"2026-01-01T00:00:00Z\",\"values\":{\"voltage_l1\":230.1,\"on\":true,\"x\":-1e-3}}\n"
				   "{\"ts\":\"2026-01-01T00:00:00Z\",\"device\":\"m\",\"datapoint\":\"v\",\"value\":null,\"quality\":\"bad\"}\n{\"a\":1}\n";
	static const char bytes[] = "{}[]:,\"\\ \t\n\r0123456789.eE+-tfnaul\x00\x1f\x7f\x80\xc3\xa9\xff";
	uint64_t bits = 88172645463325252u;

	(void)state;
	for (int i = 0; i < 5000; i++) {
		char text[sizeof(good)];

		memcpy(text, good, sizeof(good));
		for (int k = 0; k <= i % 3; k++) {
			bits ^= bits << 13;
			bits ^= bits >> 7;
			bits ^= bits << 17;
			text[bits % (sizeof(good) - 1)] = bytes[(bits >> 32) % (sizeof(bytes) - 1)];
		}
		(void)agree((struct str){ text, sizeof(good) - 1 });
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_suites_give_the_same_either_way),
		cmocka_unit_test(the_usual_records_are_scanned),
		cmocka_unit_test(the_others_are_left_to_jansson),
		cmocka_unit_test(what_stands_round_a_record_counts_as_ever),
		cmocka_unit_test(large_records),
		cmocka_unit_test(damaged_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
