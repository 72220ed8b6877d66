/* SPDX-License-Identifier: MIT */
#include "base/base.h"
#include "base/sb.h"
#include "base/utf8.h"

#include <jansson.h>
#include <setjmp.h>
#include <cmocka.h>

static void each_line(const char *path, void (*fn)(struct str line))
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	FILE *f = fopen(path, "rb");

	assert_non_null(f);
	while ((n = getline(&line, &cap, f)) > 0)
		fn((struct str){ line, (size_t)n - (line[n - 1] == '\n') });
	free(line);
	(void)fclose(f);
}

/* Through sb_json() and jansson: valid text comes back, other bytes as U+FFFD. */
static void round_trip(struct str s)
{
	AUTO(sb_done) struct sb json = SB_INIT(1 << 16);
	json_t *v;

	assert_int_equal(sb_json(&json, s), 0);
	v = json_loadb(json.buf, json.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	if (!v)
		fail_msg("not JSON: %s", json.buf);
	if (utf8_valid(s)) {
		struct str back = { json_string_value(v), json_string_length(v) };

		assert_true(str_eq(back, s));
	} else if (!memchr(s.ptr, '\0', s.len)) {
		assert_non_null(strstr(json_string_value(v), "\xef\xbf\xbd"));
	}
	json_decref(v);
}

/* Jansson has its own idea of UTF-8: it only makes strings of what is valid. */
static void same_as_jansson(struct str s)
{
	json_t *v = json_stringn(s.ptr, s.len);

	assert_int_equal(utf8_valid(s), v && !memchr(s.ptr, '\0', s.len));
	json_decref(v);
	round_trip(s);
}

/* Sections of Kuhn's file whose samples are well-formed by RFC 3629; all other samples are not. */
static bool is_good_section(const char *section)
{
	static const char *const good[] = { "1",     "2.1.2", "2.1.3", "2.1.4", "2.2.1", "2.2.2",
					    "2.2.3", "2.3.",  "5.3" };

	for (size_t i = 0; i < COUNT(good); i++)
		if (strncmp(section, good[i], strlen(good[i])) == 0)
			return true;
	return false;
}

static char section[16];
static unsigned samples, valid;

static void kuhn_line(struct str s)
{
	bool sample = memchr(s.ptr, '\0', s.len) != NULL;

	for (size_t i = 0; i < s.len; i++)
		sample = sample || (unsigned char)s.ptr[i] >= 0x80;
	if (s.len && s.ptr[0] >= '1' && s.ptr[0] <= '5')
		(void)snprintf(section, sizeof(section), "%.5s", s.ptr);
	same_as_jansson(s);
	if (!sample || !section[0])
		return;
	if (utf8_valid(s) != is_good_section(section))
		fail_msg("section %s", section);
	samples++;
	valid += utf8_valid(s);
}

static void test_kuhn(void **state)
{
	(void)state;
	each_line("tests/data/utf8/kuhn-UTF-8-test.txt", kuhn_line);
	assert_int_equal(samples, 83); /* as Python counts them */
	assert_int_equal(valid, 15);
}

static void test_naughty(void **state)
{
	(void)state;
	each_line("tests/data/naughty/blns.txt", same_as_jansson);
}

/* All of two bytes, and every code point: jansson agrees about each. */
static void test_exhaustive(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 0x10000; i++) {
		char s[2] = { (char)(i >> 8), (char)(i & 0xff) };

		same_as_jansson((struct str){ s, 2 });
	}
	for (uint32_t c = 0x800; c < 0x200000; c++) {
		char s[4] = { (char)(0xf0 | c >> 18), (char)(0x80 | (c >> 12 & 0x3f)),
			      (char)(0x80 | (c >> 6 & 0x3f)), (char)(0x80 | (c & 0x3f)) };
		size_t skip = c < 0x10000;
		size_t n;

		if (skip)
			s[1] = (char)(0xe0 | c >> 12);
		n = utf8_len(s + skip, 4 - skip);
		assert_int_equal(n != 0, c <= 0x10ffff && (c < 0xd800 || c > 0xdfff));
		if (n)
			assert_int_equal(utf8_code(s + skip, n), c);
	}
}

static void test_hostile(void **state)
{
	(void)state;
	assert_true(utf8_is_hostile(0x1b));
	assert_true(utf8_is_hostile(0x7f));
	assert_true(utf8_is_hostile(0x9b));
	assert_true(utf8_is_hostile(0x202e));
	assert_true(utf8_is_hostile(0x2066));
	assert_false(utf8_is_hostile('a'));
	assert_false(utf8_is_hostile(0xe9));
	assert_false(utf8_is_hostile(0x1f600));
	assert_int_equal(utf8_width(STR("a\x1b" "b")), 6);
	assert_int_equal(utf8_width(STR("")), 0);
}

static void test_defuse(void **state)
{
	char escape[] = "a\x1b[31mb\x7f", c1[] = "\xc2\x9b" "31m", bytes[] = "\xed\xb3x\xff", turned[] = "a\xe2\x80\xae" "b", fine[] = "m\xc2\xb3 \xf0\x9f\x98\x80";

	(void)state;
	utf8_defuse(escape);
	assert_string_equal(escape, "a?[31mb?");
	utf8_defuse(c1);
	assert_string_equal(c1, "?31m");
	utf8_defuse(bytes);
	assert_string_equal(bytes, "??x?");
	utf8_defuse(turned);
	assert_string_equal(turned, "a?b");
	utf8_defuse(fine);
	assert_string_equal(fine, "m\xc2\xb3 \xf0\x9f\x98\x80");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kuhn),
		cmocka_unit_test(test_naughty),
		cmocka_unit_test(test_exhaustive),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_defuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
