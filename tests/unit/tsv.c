/* SPDX-License-Identifier: MIT */
#include "base/base.h"
#include "codec/guard.h"
#include "codec/tsv.h"

#include <setjmp.h>
#include <cmocka.h>

/* What the reader yields when fed `piece` bytes at a time: a line for each row and each bad row; - is a cell
 * with nothing in it. */
static const char *rows(struct str s, size_t piece, struct sb *log)
{
	struct tsv_in *in = tsv_in_new();
	struct err e = { 0 };
	struct csv_row row;
	enum csv_got got;
	struct str raw;

	assert_non_null(in);
	sb_clear(log);
	for (size_t i = 0; i <= s.len; i += piece) {
		assert_int_equal(tsv_in_feed(in, s.ptr + i, s.len - i < piece ? s.len - i : piece, &e), 0);
		if (i + piece > s.len)
			tsv_in_end(in);
		while ((got = tsv_in_next(in, &row, &raw, &e)) == CSV_ROW || got == CSV_BAD) {
			if (got == CSV_BAD)
				sb_addf(log, "%d BAD %s", (int)row.line, e.msg);
			else
				sb_addf(log, "%d", (int)row.line);
			for (size_t k = 0; got == CSV_ROW && k < row.n; k++)
				row.field[k].ptr ? sb_addf(log, " [%.*s]", STR_ARG(row.field[k]))
						 : sb_adds(log, " -");
			sb_addc(log, '\n');
		}
	}
	assert_int_equal(got, CSV_FINISHED);
	tsv_in_free(in);
	return sb_cstr(log);
}

static void same_in_any_pieces(void **state)
{
	AUTO(sb_done) struct sb log = SB_INIT(1 << 20);
	static const struct {
		const char *text, *rows;
	} t[] = {
		{ "", "" },
		{ "a\tb\n1\t2\n", "1 [a] [b]\n2 [1] [2]\n" },
		{"\xef\xbb\xbf"
		 "a\tb\r\n\r\n1\t\n",
		 "1 [a] [b]\n3 [1] -\n"},
		{ "\t\"\"\t", "1 - [] -\n" },
		{ "a\\tb\\nc\\rd\\\\e\\\"\t\"q\"", "1 [a\tb\nc\rd\\e\"] [\"q\"]\n" },
		{"C:\\x\nok\n", "1 BAD a backslash stands before t, n, r, \" or another one only (CSV with "
				"tabs: --delimiter tab)\n2 [ok]\n"},
		{"a\\\nok\n", "1 BAD a backslash stands before t, n, r, \" or another one only (CSV with tabs: "
			      "--delimiter tab)\n2 [ok]\n"},
		{ "ok\n\n\xff\nok", "1 [ok]\n3 BAD invalid UTF-8\n4 [ok]\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++)
		for (size_t piece = 1; piece <= strlen(t[i].text) + 1; piece++)
			assert_string_equal(rows(str_of(t[i].text), piece, &log), t[i].rows);
}

static void a_line_that_is_too_long_costs_itself_only(void **state)
{
	AUTO(sb_done) struct sb log = SB_INIT(1 << 20);
	AUTO(sb_done) struct sb text = SB_INIT(8 << 20);

	(void)state;
	for (size_t i = 0; i < 3 * CSV_RECORD_MAX; i++)
		sb_addc(&text, 'x');
	sb_adds(&text, "\nok\n");
	assert_string_equal(rows(sb_str(&text), 65536, &log), "1 BAD longer than 1 MiB\n2 [ok]\n");
	assert_string_equal(rows(sb_str(&text), 4 << 20, &log), "1 BAD longer than 1 MiB\n2 [ok]\n");
}

/* Every text of up to four of the bytes that matter comes back. */
static void every_text_comes_back(void **state)
{
	static const char byte[] = "\t\n\r\\\"nt'=";
	AUTO(sb_done) struct sb line = SB_INIT(64);
	AUTO(sb_done) struct sb log = SB_INIT(256);
	AUTO(sb_done) struct sb want = SB_INIT(256);
	char text[4];
	size_t n = sizeof(byte) - 1;

	(void)state;
	for (size_t len = 0, count = 1; len <= sizeof(text); len++, count *= n)
		for (size_t i = 0; i < count; i++) {
			struct str s = { text, len };

			for (size_t k = 0, rest = i; k < len; k++, rest /= n)
				text[k] = byte[rest % n];
			sb_clear(&line);
			sb_clear(&want);
			tsv_cell(&line, s);
			sb_addf(&want, "1 [%.*s]\n", STR_ARG(s));
			assert_string_equal(rows(sb_str(&line), 64, &log), sb_cstr(&want));
			assert_true(guard_is(s) == (len && text[0] == '\'' && guard_wanted(s)));
		}
}

static void guards(void **state)
{
	static const char *const wanted[] = { "=1", "+", "-x", "@", "\t", "\r", "'=", "'''-" },
				 *const fine[] = { "", "a=", "'", "'a", " =", "1" };

	(void)state;
	for (size_t i = 0; i < COUNT(wanted); i++)
		assert_true(guard_wanted(str_of(wanted[i])));
	for (size_t i = 0; i < COUNT(fine); i++)
		assert_false(guard_wanted(str_of(fine[i])) || guard_is(str_of(fine[i])));
	assert_true(guard_is(STR("'=")) && !guard_is(STR("=")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_in_any_pieces),
		cmocka_unit_test(a_line_that_is_too_long_costs_itself_only),
		cmocka_unit_test(every_text_comes_back),
		cmocka_unit_test(guards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
