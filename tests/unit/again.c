/* SPDX-License-Identifier: MIT */
/* What a broker delivers again is known, also by the next process; what only looks like it is not. */
#include "ingest/again.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static struct again *begin(const char *file, const char *session)
{
	struct again *a = NULL;
	struct err e = { 0 };

	assert_int_equal(again_new(file, str_of(session), &a, &e), 0);
	return a;
}

/* A message comes: when it came first, else it is noted as of `now`. */
static int64_t comes(struct again *a, unsigned id, const char *payload, int64_t now)
{
	const struct mqtt_message m = { .topic = STR("t"), .payload = str_of(payload), .qos = 1, .id = (uint16_t)id };
	int64_t at = again_find(a, &m);

	again_note(a, &m, at ? at : now);
	return at;
}

static void known_over_a_new_connection(void **state)
{
	struct again *a = begin(NULL, "s");

	(void)state;
	again_connected(a, false);
	assert_int_equal(comes(a, 1, "x", 100), 0);
	assert_int_equal(comes(a, 2, "y", 101), 0);
	again_connected(a, true);
	assert_int_equal(comes(a, 1, "x", 200), 100);
	again_connected(a, true); /* lost once more before the second came */
	assert_int_equal(comes(a, 1, "x", 300), 100);
	assert_int_equal(comes(a, 2, "y", 301), 101);
	assert_int_equal(comes(a, 3, "x", 302), 0);
	again_connected(a, false); /* another session: ids begin anew */
	assert_int_equal(comes(a, 1, "x", 400), 0);
	again_free(a);
}

static void what_follows_a_new_one_is_new(void **state)
{
	struct again *a = begin(NULL, "s");

	(void)state;
	again_connected(a, true);
	assert_int_equal(comes(a, 1, "x", 100), 0);
	assert_int_equal(comes(a, 2, "x", 101), 0);
	again_connected(a, true);
	assert_int_equal(comes(a, 1, "other", 200), 0);
	assert_int_equal(comes(a, 2, "x", 201), 0);
	again_free(a);
}

/* A device that always says the same, and ids that have come round: none of it is lost. */
static void ids_that_come_round_are_new(void **state)
{
	struct again *a = begin(NULL, "s");

	(void)state;
	again_connected(a, false);
	for (unsigned i = 1; i <= UINT16_MAX; i++)
		assert_int_equal(comes(a, i, "same", i), 0);
	again_connected(a, true);
	assert_int_equal(comes(a, 1, "same", 70000), 0);
	again_connected(a, true);
	assert_int_equal(comes(a, 1, "same", 70001), 70000);
	again_free(a);
}

static void the_file_outlives_the_process(void **state)
{
	char file[] = "/tmp/again.XXXXXX";
	struct again *a;

	(void)state;
	assert_true(close(mkstemp(file)) == 0);
	a = begin(file, "s");
	again_connected(a, false);
	assert_int_equal(comes(a, 1, "x", 100), 0);
	again_free(a);
	a = begin(file, "s");
	again_connected(a, true);
	assert_int_equal(comes(a, 1, "x", 200), 100);
	again_free(a);
	a = begin(file, "another");
	again_connected(a, true);
	assert_int_equal(comes(a, 1, "x", 300), 0);
	again_free(a);
	a = begin("/tmp/no/such/folder", "s"); /* it does without */
	again_connected(a, true);
	assert_int_equal(comes(a, 1, "x", 400), 0);
	again_free(a);
	(void)unlink(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_over_a_new_connection),
		cmocka_unit_test(what_follows_a_new_one_is_new),
		cmocka_unit_test(ids_that_come_round_are_new),
		cmocka_unit_test(the_file_outlives_the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
