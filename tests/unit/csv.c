/* SPDX-License-Identifier: MIT */
#include "base/base.h"
#include "base/sb.h"
#include "codec/csv.h"
#include "codec/json.h"

#include <setjmp.h>
#include <cmocka.h>

#include "given.h"

#define DATA "tests/data/csv/"

static void log_row(struct sb *log, const struct csv_row *row)
{
	sb_addf(log, "%llu", (unsigned long long)row->line);
	for (size_t i = 0; i < row->n; i++) {
		sb_adds(log, " ");
		if (row->field[i].ptr)
			sb_addf(log, "[%.*s]", STR_ARG(row->field[i]));
		else
			sb_adds(log, "-");
	}
	sb_adds(log, "\n");
}

/* What the reader yields when fed `piece` bytes at a time: a line for each row and each bad row. */
static void stream(struct str s, char delimiter, size_t piece, struct sb *log)
{
	AUTO(csv_in_freep) struct csv_in *in = csv_in_new(delimiter);
	struct csv_row row;
	enum csv_got got;
	struct err e;
	struct str raw;

	assert_non_null(in);
	sb_clear(log);
	for (size_t i = 0; i <= s.len; i += piece) {
		size_t n = s.len - i < piece ? s.len - i : piece;

		assert_int_equal(csv_in_feed(in, s.ptr + i, n, &e), 0);
		if (i + piece > s.len)
			csv_in_end(in);
		while ((got = csv_in_next(in, &row, &raw, &e)) == CSV_ROW || got == CSV_BAD) {
			if (got == CSV_ROW) {
				log_row(log, &row);
				assert_true(str_eq(raw, row.raw));
			} else {
				assert_int_equal(e.code, E_INPUT);
				sb_addf(log, "BAD <%.*s> %s\n", STR_ARG(raw), e.msg);
			}
		}
		assert_int_equal(got, i + piece > s.len ? CSV_FINISHED : CSV_MORE);
	}
}

static void expect_with(struct str text, char delimiter, const char *want)
{
	static const size_t piece[] = { SIZE_MAX / 2, 1, 2, 3, 7, 64 };
	AUTO(sb_done) struct sb log = SB_INIT(1 << 20);

	for (size_t i = 0; i < COUNT(piece); i++) {
		stream(text, delimiter, piece[i], &log);
		assert_string_equal(sb_cstr(&log), want);
	}
}

static void expect(const char *text, const char *want)
{
	expect_with(str_of(text), ',', want);
}

/* Rows below a header as an array of objects, the form of csv-spectrum's expectations. */
static json_t *objects(struct str s)
{
	AUTO(csv_in_freep) struct csv_in *in = csv_in_new(',');
	json_t *all = json_array(), *head = json_array();
	struct csv_row row;
	struct err e;
	struct str raw;

	assert_int_equal(csv_in_feed(in, s.ptr, s.len, &e), 0);
	csv_in_end(in);
	assert_int_equal(csv_in_next(in, &row, &raw, &e), CSV_ROW);
	for (size_t i = 0; i < row.n; i++)
		json_array_append_new(head, json_stringn(row.field[i].ptr, row.field[i].len));
	while (csv_in_next(in, &row, &raw, &e) == CSV_ROW) {
		json_t *o = json_object();

		assert_int_equal(row.n, json_array_size(head));
		for (size_t i = 0; i < row.n; i++)
			json_object_set_new(o, json_string_value(json_array_get(head, i)),
					    json_stringn(row.field[i].ptr ? row.field[i].ptr : "",
							 row.field[i].len));
		json_array_append_new(all, o);
	}
	json_decref(head);
	return all;
}

static void test_spectrum(void **state)
{
	static const char *const name[] = { "comma_in_quotes", "empty_crlf", "json",
					    "newlines_crlf",   "simple",     "utf8" };

	(void)state;
	for (size_t i = 0; i < COUNT(name); i++) {
		AUTO(sb_done) struct sb file = SB_INIT(1 << 16);
		AUTO(sb_done) struct sb text = SB_INIT(1 << 16);
		AUTO(sb_done) struct sb json = SB_INIT(1 << 16);
		char path[200];
		json_t *got, *want;

		(void)snprintf(path, sizeof(path), DATA "%s.csv", name[i]);
		read_file(path, &file);
		(void)snprintf(path, sizeof(path), DATA "%s.expected.json", name[i]);
		read_file(path, &json);
		for (size_t k = 0; k < file.len; k++) {
			if (file.buf[k] == '\n' && strstr(name[i], "crlf"))
				sb_addc(&text, '\r');
			sb_addc(&text, file.buf[k]);
		}
		got = objects(sb_str(&text));
		want = json_loads(sb_cstr(&json), 0, NULL);
		assert_non_null(want);
		if (!json_equal(got, want))
			fail_msg("%s differs", name[i]);
		json_decref(got);
		json_decref(want);
	}
}

/* Rows and empty fields as Python's csv module counts them. */
static void test_rust_files(void **state)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 16), log = SB_INIT(1 << 16);
	unsigned lines = 0, nulls = 0;

	(void)state;
	read_file(DATA "rust-csv-smallpop-colon.csv", &text);
	stream(sb_str(&text), ':', 5, &log);
	assert_true(strncmp(log.buf, "1 [city] [region] [country] [population]\n"
				     "2 [Southborough] [MA] [United States] [9686]\n", 86) == 0);
	sb_clear(&text);
	read_file(DATA "rust-csv-uspop-null.csv", &text);
	stream(sb_str(&text), ',', 5, &log);
	for (const char *p = log.buf; *p; p++) {
		lines += *p == '\n';
		nulls += p[0] == ' ' && p[1] == '-' && p[2] == ' ';
	}
	assert_null(strstr(log.buf, "BAD"));
	assert_int_equal(lines, 101);
	assert_int_equal(nulls, 47);
}

static void test_fields(void **state)
{
	(void)state;
	expect("", "");
	expect("\xef\xbb\xbf" "a,b\n", "1 [a] [b]\n");
	expect("\xef\xbb\xbf", "");
	/* Empty is not the same as quoted and empty; blanks belong to the field. */
	expect("a,,\"\", b \n,\n", "1 [a] - [] [ b ]\n2 - -\n");
	expect("\n\r\na\n\n  \nb", "3 [a]\n5 [  ]\n6 [b]\n");
	expect("a\tb,\" \"\r\n", "1 [a\tb] [ ]\n");
	expect("\"say \"\"hi\"\"\",\"1,2\"", "1 [say \"hi\"] [1,2]\n");
	/* A line end within quotes is data, LF as well as CR LF. */
	expect("a,\"1\n2\r\n\n3\",b\r\nc\r\n", "1 [a] [1\n2\r\n\n3] [b]\n5 [c]\n");
	expect("a\r\nb\r", "1 [a]\n2 [b]\n");
	expect_with(STR("a;b,c;\"d;e\"\n"), ';', "1 [a] [b,c] [d;e]\n");
	expect_with(STR("a\t\t b\t\n"), '\t', "1 [a] - [ b] -\n");
}

static void test_bad_rows(void **state)
{
	(void)state;
	expect("a,b\nc,d\"e\nf,g\n",
	       "1 [a] [b]\nBAD <c,d\"e> not CSV at byte 4: misplaced quote\n3 [f] [g]\n");
	expect("\"a\"b,c\nd\n", "BAD <\"a\"b,c> not CSV at byte 4: misplaced quote\n2 [d]\n");
	expect("\"a\" ,b\nd\n", "BAD <\"a\" ,b> not CSV at byte 4: misplaced quote\n2 [d]\n");
	/* A lost quote costs its own line only. */
	expect("a,\"b\nc,d\ne,\"f\"\n", "BAD <a,\"b> not CSV: a quote is not closed\n2 [c] [d]\n3 [e] [f]\n");
	expect("a,\"b\nc,d\ne,f\n", "BAD <a,\"b> not CSV: a quote is not closed\n2 [c] [d]\n3 [e] [f]\n");
	expect("a,\"b\nc,d", "BAD <a,\"b> not CSV: a quote is not closed\n2 [c] [d]\n");
	expect("a,\"b", "BAD <a,\"b> not CSV: a quote is not closed\n");
	/* The row is whole, but not text. */
	expect("a,\xff\r\nb\n", "BAD <a,\xff> invalid UTF-8\n2 [b]\n");
	expect("\"a\n\xff\",c\nb\n", "BAD <\"a\n\xff\",c> invalid UTF-8\n3 [b]\n");
	/* CR alone ends no line. */
	expect("a\rb\nc\n", "BAD <a\rb> carriage return without line feed\n2 [c]\n");
	expect("\ra\n\"b\"\r\r\n\"c\rd\"\n", "BAD <\ra> carriage return without line feed\n"
					    "BAD <\"b\"\r> carriage return without line feed\n3 [c\rd]\n");
	expect("\"a\"\"\r\"x\nb\n", "BAD <\"a\"\"\r\"x> not CSV at byte 7: misplaced quote\n2 [b]\n");
}

/* A row that is refused is known by the line it began on, however it is fed and whatever is before it. */
static void test_bad_lines(void **state)
{
	static const struct {
		const char *text;
		uint64_t line;
	} t[] = {
		{ "a\xff\n", 1 }, { "a,b\n\n1,\xff\n", 3 }, { "\"a\nb\",c\nx\"y,z\n", 3 }, { "ok\n\"open\nand on", 2 }, { "ok\r\none\rtwo\r\n", 2 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++)
		for (size_t piece = 1; piece < 32; piece += 15) {
			AUTO(csv_in_freep) struct csv_in *in = csv_in_new(',');
			struct csv_row row = { 0 };
			size_t n = strlen(t[i].text), at = 0;
			enum csv_got got = CSV_MORE;
			struct err e;
			struct str raw;

			assert_non_null(in);
			for (; got != CSV_BAD; got = csv_in_next(in, &row, &raw, &e)) {
				assert_int_not_equal(got, CSV_FINISHED);
				if (got == CSV_MORE && at == n)
					csv_in_end(in);
				if (got == CSV_MORE) {
					size_t len = n - at < piece ? n - at : piece;

					assert_int_equal(csv_in_feed(in, t[i].text + at, len, &e), 0);
					at += len;
				}
			}
			assert_int_equal(row.line, t[i].line);
		}
}

static void test_nul(void **state)
{
	AUTO(sb_done) struct sb log = SB_INIT(4096);

	(void)state;
	stream(STR("a,\0b\nc\n"), ',', 3, &log);
	assert_non_null(strstr(log.buf, "> NUL byte\n2 [c]\n"));
}

static void test_columns(void **state)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 16), log = SB_INIT(1 << 16);

	(void)state;
	for (int i = 1; i < CSV_COLUMNS_MAX; i++)
		sb_addc(&text, ',');
	sb_adds(&text, "x\n,");
	for (int i = 1; i < CSV_COLUMNS_MAX; i++)
		sb_addc(&text, ',');
	sb_adds(&text, "\ny");
	stream(sb_str(&text), ',', 100, &log);
	assert_non_null(strstr(log.buf, " [x]\nBAD <,,,"));
	assert_non_null(strstr(log.buf, "more than 4096 columns\n3 [y]\n"));
}

/*
 * A line far beyond the limit is reported once and costs no memory; one quote lost long ago costs one line.
 */
static void test_longest(void **state)
{
	AUTO(csv_in_freep) struct csv_in *in = csv_in_new(',');
	AUTO(free_chars) char *mib = malloc(CSV_RECORD_MAX);
	struct csv_row row;
	struct err e;
	struct str raw;
	unsigned bad = 0, rows = 0;
	enum csv_got got;

	(void)state;
	assert_non_null(mib);
	memset(mib, 'x', CSV_RECORD_MAX);
	assert_int_equal(csv_in_feed(in, "1\n", 2, &e), 0);
	for (int i = 0; i < 256; i++) {
		assert_int_equal(csv_in_feed(in, mib, CSV_RECORD_MAX, &e), 0);
		while ((got = csv_in_next(in, &row, &raw, &e)) != CSV_MORE) {
			if (got == CSV_ROW)
				continue;
			assert_string_equal(e.msg, "longer than 1 MiB");
			assert_int_equal(raw.len, 4096);
			bad++;
		}
	}
	assert_int_equal(bad, 1);
	assert_int_equal(csv_in_feed(in, "\n2,\"\n", 5, &e), 0);
	for (size_t i = 0; i < CSV_RECORD_MAX; i++)
		mib[i] = i % 8 == 7 ? '\n' : 'y';
	for (int i = 0; i < 2; i++)
		assert_int_equal(csv_in_feed(in, mib, CSV_RECORD_MAX, &e), 0);
	csv_in_end(in);
	while ((got = csv_in_next(in, &row, &raw, &e)) != CSV_FINISHED) {
		rows += got == CSV_ROW;
		if (got != CSV_BAD)
			continue;
		bad++;
		assert_true(str_is(raw, "2,\""));
	}
	assert_int_equal(bad, 2);
	assert_int_equal(rows, 2 * CSV_RECORD_MAX / 8);
	assert_int_equal(row.line, 3 + rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spectrum),
		cmocka_unit_test(test_rust_files),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_bad_rows),
		cmocka_unit_test(test_bad_lines),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_longest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
