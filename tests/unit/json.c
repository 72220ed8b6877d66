/* SPDX-License-Identifier: MIT */
#include "base/base.h"
#include "base/sb.h"
#include "codec/json.h"

#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <cmocka.h>

#include "given.h"

#define SUITE "tests/data/json"

static void log_one(struct sb *log, enum json_got got, json_t *v, struct str raw, struct json_place at,
		    const struct err *e)
{
	if (got == JSON_VALUE) {
		char *text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);

		sb_addf(log, "%s\n", text);
		free(text);
		json_decref(v);
	} else if (got == JSON_BAD) {
		assert_int_equal(e->code, E_INPUT);
		sb_addf(log, "BAD %llu+%llu <%.*s> %s\n", (unsigned long long)at.line,
			(unsigned long long)at.offset, STR_ARG(raw), e->msg);
	}
}

/*
 * What the stream yields when it is fed `piece` bytes at a time: a line for each value and each bad record.
 */
static void stream(struct str s, size_t piece, struct sb *log)
{
	AUTO(json_in_freep) struct json_in *in = json_in_new();
	struct json_place at;
	enum json_got got;
	struct err e;
	struct str raw;
	json_t *v;

	assert_non_null(in);
	sb_clear(log);
	for (size_t i = 0; i <= s.len; i += piece) {
		size_t n = s.len - i < piece ? s.len - i : piece;

		assert_int_equal(json_in_feed(in, s.ptr + i, n, &e), 0);
		if (i + piece > s.len)
			json_in_end(in);
		while ((got = json_in_next(in, &v, &raw, &at, &e)) == JSON_VALUE || got == JSON_BAD)
			log_one(log, got, v, raw, at, &e);
		assert_int_equal(got, i + piece > s.len ? JSON_END : JSON_MORE);
	}
}

/* The text yields this log, in whatever pieces it comes. */
static void expect(const char *text, const char *want)
{
	static const size_t piece[] = { SIZE_MAX / 2, 1, 2, 3, 7, 64 };
	AUTO(sb_done) struct sb log = SB_INIT(1 << 20);

	for (size_t i = 0; i < COUNT(piece); i++) {
		stream(str_of(text), piece[i], &log);
		assert_string_equal(sb_cstr(&log), want);
	}
}

/*
 * What this parser does where the suite leaves it open, and where the contract is narrower than the
 * grammar.
 */
static const struct {
	const char *name;
	bool accepted;
} verdict[] = {
	{ "i_number_double_huge_neg_exp.json", true },	/* 0 is the nearest double */
	{ "i_number_neg_int_huge_exp.json", false },	/* beyond a double */
	{ "i_number_real_neg_overflow.json", false },
	{ "i_number_real_underflow.json", true },
	{ "i_number_too_big_pos_int.json", true },	/* 10^20 is exact */
	{ "i_object_key_lone_2nd_surrogate.json", false },
	{ "i_string_1st_valid_surrogate_2nd_invalid.json", false },
	{ "i_string_UTF-8_invalid_sequence.json", false },
	{ "i_string_incomplete_surrogate_and_escape_valid.json", false },
	{ "i_string_incomplete_surrogates_escape_valid.json", false },
	{ "i_string_invalid_surrogate.json", false },
	{ "i_string_inverted_surrogates_U+1D11E.json", false },
	{ "i_string_lone_second_surrogate.json", false },
	{ "i_string_not_in_unicode_range.json", false },
	{ "i_string_overlong_sequence_6_bytes.json", false },
	{ "i_string_truncated-utf-8.json", false },
	{ "i_string_utf16LE_no_BOM.json", false },
	{ "i_structure_UTF-8_BOM_empty_object.json", true },
	{ "y_object_duplicated_key.json", false },	/* duplicate keys are refused */
	{ "y_object_escaped_null_in_key.json", false }, /* NUL is refused, escaped or not */
};

static bool should_accept(const char *name)
{
	for (size_t i = 0; i < COUNT(verdict); i++)
		if (strcmp(verdict[i].name, name) == 0)
			return verdict[i].accepted;
	assert_true(name[0] == 'y' || name[0] == 'n');
	return name[0] == 'y';
}

static void test_suite(void **state)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 20), once = SB_INIT(1 << 20), bytes = SB_INIT(1 << 20);
	DIR *dir = opendir(SUITE);
	struct dirent *d;
	unsigned seen = 0;

	(void)state;
	assert_non_null(dir);
	while ((d = readdir(dir))) {
		char path[600];
		struct err e;
		json_t *v;

		if (!strstr(d->d_name, ".json"))
			continue;
		(void)snprintf(path, sizeof(path), SUITE "/%s", d->d_name);
		sb_clear(&text);
		read_file(path, &text);
		v = json_read(sb_str(&text), &e);
		if (!!v != should_accept(d->d_name))
			fail_msg("%s: %s", d->d_name, v ? "accepted" : e.msg);
		json_decref(v);
		stream(sb_str(&text), SIZE_MAX / 2, &once);
		stream(sb_str(&text), 1, &bytes);
		assert_string_equal(sb_cstr(&once), sb_cstr(&bytes));
		/* What is wrong in itself cannot pass as a stream either. */
		if (should_accept(d->d_name))
			assert_null(strstr(sb_cstr(&once), "BAD"));
		seen++;
	}
	(void)closedir(dir);
	assert_int_equal(seen, 161);
}

static void expect_read(const char *text, const char *why)
{
	struct err e;
	json_t *v = json_read(str_of(text), &e);

	if (!why) {
		if (!v)
			fail_msg("%s: %s", text, e.msg);
		json_decref(v);
		return;
	}
	if (v)
		fail_msg("%s: accepted", text);
	assert_int_equal(e.code, E_INPUT);
	assert_string_equal(e.msg, why);
}

static void test_messages(void **state)
{
	(void)state;
	expect_read("", "not JSON: empty");
	expect_read(" \n", "not JSON: empty");
	expect_read("{\"a\":[1,2,3],\"b\"}", "not JSON at byte 17: unexpected \"}\"");
	expect_read("{\n\"a\":1,\n}", "line 3: not JSON at byte 1: unexpected \"}\"");
	expect_read("{} x", "not JSON at byte 4: unexpected \"x\"");
	expect_read("{\"a\":\"", "not JSON at byte 7: cut off at the end of the input");
	expect_read("[1e400]", "number 1e400 is beyond a double");
	expect_read("9007199254740993", "integer 9007199254740993 does not fit a double exactly");
	expect_read("{\"ts\":1,\"ts\":2}", "duplicate key \"ts\"");
	expect_read("{\"a\":{\"x\\\"y\":1,\"x\\\"y\":-0}}", "duplicate key \"x\\\"y\"");
	expect_read("{\"a key of more than twenty bytes\":1,\"a key of more than twenty bytes\":2}",
		    "duplicate key \"a key of more than twenty bytes\"");
	expect_read("[\"a\tb\"]", "not JSON at byte 4: control character inside a string");
	expect_read("[\"\\x\"]", "not JSON at byte 4: bad escape in a string");
	expect_read("[\"\\ud800\"]", "not JSON at byte 3: lone surrogate in a string");
	expect_read("[\"\xff\"]", "not JSON at byte 3: invalid UTF-8");
	expect_read("[\"\\u0000\"]", "NUL character (\\u0000) in a string");
	expect_read("[NaN]", "not JSON at byte 2: unexpected \"N\"");
	expect_read("[-Infinity]", "not JSON at byte 3: unexpected \"I\"");
}

/* 2^53, 2^63, 2^64, 10^22 and their neighbours; the largest double and half a step above it, written out. */
static void test_numbers(void **state)
{
	AUTO(sb_done) struct sb t = SB_INIT(4096);

	(void)state;
	expect_read("9007199254740992", NULL);
	expect_read("-9007199254740992", NULL);
	expect_read("-9007199254740993", "integer -9007199254740993 does not fit a double exactly");
	expect_read("9007199254740994", NULL);
	expect_read("9223372036854775807", "integer 9223372036854775807 does not fit a double exactly");
	expect_read("9223372036854775808", NULL);
	expect_read("-9223372036854775808", NULL);
	expect_read("18446744073709551616", NULL);
	expect_read("10000000000000000000000", NULL);
	expect_read("100000000000000000000000",
		    "integer 100000000000000000000000 does not fit a double exactly");
	expect_read("9007199254740993.0", NULL);
	expect_read("{\"ts\":1764171234567890123}", NULL);
	expect_read("[{\"a\":{\"ts\" : \n-1764171234567890123}}]", NULL);
	expect_read("{\"ts\":[1764171234567890123]}", "integer 1764171234567890123 does not fit a double exactly");
	expect_read("{\"tts\":1764171234567890123}", "integer 1764171234567890123 does not fit a double exactly");
	expect_read("{\"ts\":11111111111111111111}", "integer 11111111111111111111 does not fit a double exactly");
	expect_read("9007199254740993e0", NULL);
	expect_read("1.7976931348623157e308", NULL);
	expect_read("1.7976931348623158e308", NULL);
	expect_read("1.7976931348623159e308", "number 1.7976931348623159e308 is beyond a double");
	expect_read("-17976931348623159e292", "number -17976931348623159e292 is beyond a double");
	expect_read("0.00017976931348623157e312", NULL);
	expect_read("0e99999999999999999999", NULL);
	expect_read("1e-99999999999999999999", NULL);
	expect_read("1e99999999999999999999", "number 1e99999999999999999999 is beyond a double");
	sb_adds(&t, "0.");
	for (int i = 0; i < 500; i++)
		sb_addc(&t, '0');
	sb_adds(&t, "1e900");
	expect_read(sb_cstr(&t), "number 0.00000000000000000000000000000000000000... is beyond a double");
	t.buf[t.len - 3] = '6';
	expect_read(sb_cstr(&t), NULL);
	sb_clear(&t);
	for (int i = 0; i < 401; i++)
		sb_addc(&t, '1');
	expect_read(sb_cstr(&t), "number 1111111111111111111111111111111111111111... is beyond a double");
}

static void test_number_types(void **state)
{
	struct err e;
	json_t *v = json_read(STR("[-0, 0, 9223372036854775808, -0.0, -9223372036854775808, \"-0\", 5]"), &e);

	(void)state;
	assert_non_null(v);
	assert_true(json_is_real(json_array_get(v, 0)));
	assert_true(signbit(json_real_value(json_array_get(v, 0))));
	assert_true(json_is_integer(json_array_get(v, 1)));
	assert_true(json_real_value(json_array_get(v, 2)) == 9223372036854775808.0);
	assert_true(signbit(json_real_value(json_array_get(v, 3))));
	assert_true(json_integer_value(json_array_get(v, 4)) == INT64_MIN);
	assert_string_equal(json_string_value(json_array_get(v, 5)), "-0");
	assert_true(json_is_integer(json_array_get(v, 6)));
	json_decref(v);
}

static void test_lines(void **state)
{
	(void)state;
	expect("", "");
	expect("\xef\xbb\xbf\n", "");
	expect("\xef\xbb\xbf{\"a\":1}\r\n\r\n  \n{\"a\":2}", "{\"a\":1}\n{\"a\":2}\n");
	expect("{\"a\":1} {\"a\":2}\t3 \"x\" null\n", "{\"a\":1}\n{\"a\":2}\n3\n\"x\"\nnull\n");
	expect("{\n  \"a\": [\n 1,\n 2\n]\n}\n{\"b\":1}\n", "{\"a\":[1,2]}\n{\"b\":1}\n");
	expect("1\n-2.5", "1\n-2.5\n");
	expect("\"\\ud83d\\ude00 \xc3\xa9\"\n", "\"\xf0\x9f\x98\x80 \xc3\xa9\"\n");
}

static void test_bad_lines(void **state)
{
	(void)state;
	/* The good lines around a bad one are delivered. */
	expect("{\"a\":1}\n{\"a\":}\n{\"a\":2}\n",
	       "{\"a\":1}\nBAD 2+8 <{\"a\":}> not JSON at byte 6: unexpected \"}\"\n{\"a\":2}\n");
	expect("{\"a\":\"x\n{\"a\":2}\n",
	       "BAD 1+0 <{\"a\":\"x> not JSON at byte 8: line end inside a string\n{\"a\":2}\n");
	expect("{\"a\":1]\r\n{\"a\":2}\n",
	       "BAD 1+0 <{\"a\":1]> not JSON at byte 7: unexpected \"]\"\n{\"a\":2}\n");
	/* A record that goes on over lines ends where it cannot go on, and that line gets its own chance. */
	expect("{\"a\":1,\n{\"a\":2}\n",
	       "BAD 1+0 <{\"a\":1,> line 2: not JSON at byte 1: unexpected \"{\"\n{\"a\":2}\n");
	expect("{\"a\":1,\n\"b\":2,\n{\"a\":2}\n{\"a\":3}\n",
	       "BAD 1+0 <{\"a\":1,\n\"b\":2,> line 3: not JSON at byte 1: unexpected \"{\"\n{\"a\":2}\n"
	       "{\"a\":3}\n");
	/* The good records before a bad one on the same line stay. */
	expect("1 {\"a\":2} nope 3\n4\n",
	       "1\n{\"a\":2}\nBAD 1+10 <nope 3> not JSON at byte 12: unexpected \"o\"\n4\n");
	expect("{}{}\n1", "{}\nBAD 1+2 <{}> not JSON at byte 3: unexpected \"{\"\n1\n");
	expect("1.2.3\n1", "BAD 1+0 <1.2.3> not JSON at byte 4: unexpected \".\"\n1\n");
	expect("]\n,\n1",
	       "BAD 1+0 <]> not JSON at byte 1: unexpected \"]\"\n"
	       "BAD 2+2 <,> not JSON at byte 1: unexpected \",\"\n1\n");
	expect("{\"a\":1}\n{\"a\":", "{\"a\":1}\nBAD 2+8 <{\"a\":> cut off at the end of the input\n");
	/* Refused for what it says, not for its form: nothing else on the line is lost. */
	expect("{\"v\":1e999} {\"v\":1}\n",
	       "BAD 1+0 <{\"v\":1e999}> number 1e999 is beyond a double\n{\"v\":1}\n");
	expect("{\"v\":1,\"v\":1} {\"v\":1}\n",
	       "BAD 1+0 <{\"v\":1,\"v\":1}> duplicate key \"v\"\n{\"v\":1}\n");
}

static void test_arrays(void **state)
{
	(void)state;
	expect("[]\n[ ]\n[1]", "1\n");
	expect("[1,{\"a\":[2,[3]]} , \"x\"]\n[[4]]\n", "1\n{\"a\":[2,[3]]}\n\"x\"\n[4]\n");
	expect("[\n{\"a\":1}\n,\n{\"a\":2}\n]\n{\"a\":3}\n", "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n");
	expect("[1,2", "1\n2\nBAD 1+4 <> cut off at the end of the input: the array is not closed\n");
	expect("[1,", "1\nBAD 1+3 <> cut off at the end of the input: the array is not closed\n");
	expect("[1,{\"a\"", "1\nBAD 1+3 <{\"a\"> cut off at the end of the input\n");
	expect("[1,]\n2", "1\nBAD 1+3 <]> not JSON at byte 4: unexpected \"]\"\n2\n");
	expect("[1 2]\n3", "1\nBAD 1+3 <2]> not JSON at byte 4: unexpected \"2\"\n3\n");
	expect("[,1]\n3", "BAD 1+1 <,1]> not JSON at byte 2: unexpected \",\"\n3\n");
	expect("[1]]\n3", "1\nBAD 1+3 <]> not JSON at byte 4: unexpected \"]\"\n3\n");
	/* A minified array loses the rest of its line, once; the next line is no part of it. */
	expect("[1,{\"a\":},3,4,5]\n[6,7]\n",
	       "1\nBAD 1+3 <{\"a\":},3,4,5]> not JSON at byte 9: unexpected \"}\"\n6\n7\n");
	/* An array with a line for each element loses that line. */
	expect("[\n{\"a\":1},\n{\"a\":oops},\n{\"a\":3},\n[4,5],\n6\n]\n[7]\n",
	       "{\"a\":1}\nBAD 3+11 <{\"a\":oops},> not JSON at byte 6: unexpected \"o\"\n"
	       "{\"a\":3}\n[4,5]\n6\n"
	       "7\n");
	expect("[\n{\"a\":1},\n{\"a\":2\n{\"a\":3},\n{\"a\":4}\n]\n",
	       "{\"a\":1}\nBAD 3+11 <{\"a\":2> line 4: not JSON at byte 1: unexpected \"{\"\n{\"a\":3}\n"
	       "{\"a\":4}\n");
	/* … the bracket's own line, and the last. */
	expect("[{\"a\":bad},\n{\"a\":2},\n{\"a\":3}]\n{\"a\":4}\n",
	       "BAD 1+1 <{\"a\":bad},> not JSON at byte 7: unexpected \"b\"\n{\"a\":2}\n{\"a\":3}\n"
	       "{\"a\":4}\n");
	expect("[\n1,\n2\n3\n]\n", "1\n2\nBAD 4+7 <3> not JSON at byte 1: unexpected \"3\"\n");
	expect("[\n1,\nbad]\n", "1\nBAD 3+5 <bad]> not JSON at byte 1: unexpected \"b\"\n");
	/* The same with elements over several lines: the elements that follow are whole. */
	expect("[\n {\n  \"a\": [\n   x\n  ]\n },\n {\n  \"a\": [\n   2\n  ]\n }\n]\n",
	       "BAD 2+3 <{\n  \"a\": [> line 4: not JSON at byte 4: unexpected \"x\"\n"
	       "BAD 4+17 <x> not JSON at byte 4: unexpected \"x\"\n"
	       "BAD 6+24 <},> not JSON at byte 2: unexpected \"}\"\n{\"a\":[2]}\n");
}

static void test_long_array(void **state)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 20), log = SB_INIT(1 << 20);
	unsigned good = 0, bad = 0;

	(void)state;
	sb_adds(&text, "[\n");
	for (int i = 0; i < 10000; i++)
		sb_addf(&text, "{\"i\":%d%s%s\n", i, i == 5000 ? "\"" : "}", i < 9999 ? "," : "");
	sb_adds(&text, "]\n{\"i\":10000}\n");
	stream(sb_str(&text), 4096, &log);
	for (char *p = log.buf, *lf; (lf = strchr(p, '\n')); p = lf + 1) {
		good += p[0] == '{';
		bad += p[0] == 'B';
	}
	assert_int_equal(good, 10000);
	assert_int_equal(bad, 1);
}

static void test_depth(void **state)
{
	AUTO(sb_done) struct sb t = SB_INIT(4096);
	struct err e;

	(void)state;
	for (unsigned depth = 64; depth <= 65; depth++) {
		json_t *v;

		sb_clear(&t);
		for (unsigned i = 0; i < depth; i++)
			sb_adds(&t, i % 2 ? "[" : "{\"a\":");
		sb_adds(&t, "1");
		for (unsigned i = depth; i-- > 0;)
			sb_adds(&t, i % 2 ? "]" : "}");
		v = json_read(sb_str(&t), &e);
		assert_int_equal(!!v, depth == 64);
		json_decref(v);
	}
	assert_string_equal(e.msg, "nested deeper than 64");
}

/* A line far beyond the limit costs no memory and is reported once, at once. */
static void test_longest(void **state)
{
	AUTO(json_in_freep) struct json_in *in = json_in_new();
	AUTO(free_chars) char *mib = malloc(JSON_RECORD_MAX);
	struct json_place at;
	struct err e;
	struct str raw;
	unsigned bad = 0;
	json_t *v;

	(void)state;
	assert_non_null(mib);
	memset(mib, 'x', JSON_RECORD_MAX);
	assert_int_equal(json_in_feed(in, "1\n\"", 3, &e), 0);
	assert_int_equal(json_in_next(in, &v, &raw, &at, &e), JSON_VALUE);
	json_decref(v);
	for (int i = 0; i < 1024; i++) {
		assert_int_equal(json_in_feed(in, mib, JSON_RECORD_MAX, &e), 0);
		while (json_in_next(in, &v, &raw, &at, &e) == JSON_BAD) {
			bad++;
			assert_string_equal(e.msg, "longer than 1 MiB");
			assert_int_equal(raw.len, 4096);
			assert_int_equal(at.line, 2);
			assert_int_equal(at.offset, 2);
		}
	}
	assert_int_equal(bad, 1);
	assert_int_equal(json_in_feed(in, "\"\n2\n", 4, &e), 0);
	assert_int_equal(json_in_next(in, &v, &raw, &at, &e), JSON_VALUE);
	assert_int_equal(json_integer_value(v), 2);
	assert_int_equal(at.line, 3);
	assert_int_equal(at.offset, 2 + 1 + (UINT64_C(1) << 30) + 2);
	json_decref(v);
}

/* A record of exactly the limit passes, one byte more does not. */
static void test_limit(void **state)
{
	AUTO(free_chars) char *text = malloc(JSON_RECORD_MAX + 3);
	AUTO(sb_done) struct sb log = SB_INIT(1 << 22);
	size_t n = JSON_RECORD_MAX;

	(void)state;
	assert_non_null(text);
	for (int more = 0; more <= 1; more++, n++) {
		struct err e;
		json_t *v;

		memset(text, 'x', n);
		text[0] = text[n - 1] = '"';
		text[n] = '\n';
		text[n + 1] = '7';
		stream((struct str){ text, n + 2 }, 4096, &log);
		assert_int_equal(strncmp(sb_cstr(&log), "BAD", 3) == 0, more);
		assert_string_equal(sb_cstr(&log) + log.len - 3, "\n7\n");
		v = json_read((struct str){ text, n }, &e);
		assert_int_equal(!!v, !more);
		json_decref(v);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_suite),	  cmocka_unit_test(test_messages),
		cmocka_unit_test(test_numbers),	  cmocka_unit_test(test_number_types),
		cmocka_unit_test(test_lines),	  cmocka_unit_test(test_bad_lines),
		cmocka_unit_test(test_arrays),	  cmocka_unit_test(test_long_array),
		cmocka_unit_test(test_depth),	  cmocka_unit_test(test_longest),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
