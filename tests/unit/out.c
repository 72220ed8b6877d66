/* SPDX-License-Identifier: MIT */
/* Records printed in columns are the records printed one by one. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <unistd.h>

#include "os/zones.h"
#include "rec/out.h"

#define ROWS 3000

static const struct field fields[] = {
	{ .name = "ts", .kind = FIELD_TIME },	 { .name = "note", .kind = FIELD_TEXT },   { .name = "value", .kind = FIELD_VALUE },
	{ .name = "count", .kind = FIELD_INT }, { .name = "raw", .kind = FIELD_REAL },
};

static int64_t ts[ROWS];
static double value[ROWS];

static int set_up(void **state)
{
	uint64_t bits = 88172645463325252u;

	(void)state;
	for (int i = 0; i < ROWS; i++) {
		bits ^= bits << 13;
		bits ^= bits >> 7;
		bits ^= bits << 17;
		ts[i] = i < 10 ? i - 5 : INT64_C(1767225600000000) + i * INT64_C(60000000) + (i % 7 == 0 ? i : 0);
		value[i] = i % 5 == 0 ? (double)(int64_t)bits / 3e9 : i % 5 == 1 ? -0.0 : (double)(bits % 100000) / (i % 3 ? 100 : 1000);
	}
	return 0;
}

/* The text of all rows; by out_rows() or by out_rec(). */
static char *printed(const struct out_opts *opts, const struct cell *same, bool in_columns)
{
	AUTO(out_dropp) struct out *o = NULL;
	struct out_opts own = *opts;
	struct out_column v[] = { { .field = 0, .time = ts }, { .field = 2, .real = value }, { .field = 4, .real = value } };
	struct cell cells[COUNT(fields)];
	char path[] = "/tmp/sit-out-XXXXXX", *text;
	struct err e = { 0 };
	FILE *f;
	long size;

	assert_int_equal(close(mkstemp(path)), 0);
	own.file = path;
	assert_int_equal(out_open(&own, fields, COUNT(fields), &o, &e), 0);
	if (in_columns)
		assert_int_equal(out_rows(o, same, v, COUNT(v), ROWS, &e), 0);
	memcpy(cells, same, sizeof(cells));
	for (size_t i = 0; !in_columns && i < ROWS; i++) {
		cells[0] = CELL_OF_TIME(ts[i]);
		cells[2] = cells[4] = CELL_OF_REAL(value[i]);
		cells[2].decimals = same[2].decimals;
		assert_int_equal(out_rec(o, cells, &e), 0);
	}
	assert_int_equal(out_end(&o, &e), 0);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	size = ftell(f);
	rewind(f);
	text = calloc(1, (size_t)size + 1);
	assert_int_equal(fread(text, 1, (size_t)size, f), size);
	(void)fclose(f);
	(void)unlink(path);
	return text;
}

static void compare(const struct out_opts *opts, const struct cell *same)
{
	char *a = printed(opts, same, false), *b = printed(opts, same, true);

	assert_true(strlen(a) > ROWS);
	assert_string_equal(a, b);
	free(a);
	free(b);
}

static void columns_print_as_records(void **state)
{
	struct cell same[] = { CELL_OF_NULL, CELL_OF_TEXT(STR("meter-1")), CELL_OF_NULL, CELL_OF_INT(7), CELL_OF_NULL };
	const struct zone *zone;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(zones_get("Europe/Berlin", &zone, &e), 0);
	same[2].decimals = 3;
	for (int f = OUT_TABLE; f <= OUT_TSV; f++) {
		const struct out_opts all = { .format = (enum out_format)f }, some = { .format = (enum out_format)f, .columns = "value,note,ts" },
				      local = { .format = (enum out_format)f, .zone = zone, .no_header = true },
				      sorted = { .format = (enum out_format)f, .sort = "-value" },
				      constant = { .format = (enum out_format)f, .columns = "note,count", .guard = true };

		same[1] = CELL_OF_TEXT(STR("meter-1"));
		compare(&all, same);
		compare(&some, same);
		compare(&local, same);
		compare(&sorted, same);
		/* What must be quoted, escaped, guarded, and is longer than what is copied in one piece. */
		same[1] = CELL_OF_TEXT(STR("=a \"long\", long\ttext\nof two lines, which is longer than the others are"));
		compare(&all, same);
		compare(&some, same);
		compare(&constant, same);
		same[1] = CELL_OF_NULL;
		compare(&all, same);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test_setup(columns_print_as_records, set_up) };

	return cmocka_run_group_tests_name("out", tests, NULL, NULL);
}
