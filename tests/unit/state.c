/* SPDX-License-Identifier: MIT */
/* What follows from hearing of a device: pure rules, the clock is a number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/state.h"
#include "store/schema.h"
#include "store/state.h"
#include "task/state.h"

#define NOW (INT64_C(1769947200) * US_PER_S)
#define AFTER (10 * US_PER_MIN)

static const struct hearing file = { AFTER, false, false };
static const struct hearing pipe_in = { AFTER, false, true };
static const struct hearing live = { AFTER, true, true };

static void test_a_point_is_a_sign_of_life_or_history(void **state)
{
	static const struct {
		const struct hearing *how;
		int64_t ts;
		bool seen;
		int64_t skew;
	} cases[] = {
		{ &file, NOW - US_PER_S, true, STATE_NONE },
		{ &file, NOW - AFTER, true, STATE_NONE },
		{ &file, NOW - AFTER - 1, false, STATE_NONE },
		{ &file, NOW + US_PER_HOUR, true, STATE_NONE },
		{ &pipe_in, NOW - 3 * US_PER_S, true, -3 * US_PER_S },
		{ &pipe_in, NOW + US_PER_HOUR, true, US_PER_HOUR },
		{ &pipe_in, NOW - US_PER_HOUR, false, STATE_NONE },
		{ &pipe_in, NOW, true, STATE_NONE }, /* a time given on arrival is nobody's clock */
		{ &live, NOW - US_PER_HOUR, true, -US_PER_HOUR },
		{ &live, 0, true, -NOW },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct heard h;

		heard_clear(&h);
		if (heard_note(&h, cases[i].how, cases[i].ts, NOW) != cases[i].seen)
			fail_msg("case %zu: seen", i);
		if (h.seen != (cases[i].seen ? NOW : STATE_NONE) || h.skew != cases[i].skew)
			fail_msg("case %zu: seen %" PRId64 " skew %" PRId64, i, h.seen, h.skew);
	}
}

static void test_delays_do_not_hide_the_clock(void **state)
{
	struct heard h;

	(void)state;
	heard_clear(&h);
	heard_note(&h, &live, NOW - US_PER_HOUR, NOW); /* kept while the line was down */
	heard_note(&h, &live, NOW + 2 * US_PER_S, NOW + US_PER_S);
	heard_note(&h, &live, NOW - US_PER_MIN, NOW + US_PER_S);
	assert_int_equal(h.skew, US_PER_S);
	assert_int_equal(h.seen, NOW + US_PER_S);
	heard_note(&h, &live, NOW, NOW - US_PER_HOUR); /* our own clock goes back */
	assert_int_equal(h.seen, NOW + US_PER_S);
}

static void test_when_it_is_late_and_why(void **state)
{
	struct device_state s = { .created = NOW - US_PER_DAY, .offline_after = AFTER, .enabled = true, .last_seen = NOW - AFTER };
	struct device_state gateway = s;

	(void)state;
	assert_false(state_late(&s, NOW));
	assert_null(state_why(&s, NULL, NOW));
	assert_true(state_late(&s, NOW + 1));
	assert_string_equal(state_why(&s, NULL, NOW + 1), "silent");
	gateway.last_seen = NOW;
	assert_string_equal(state_why(&s, &gateway, NOW + 1), "silent");
	gateway.last_seen = NOW - US_PER_HOUR;
	assert_string_equal(state_why(&s, &gateway, NOW + 1), "gateway");
	assert_null(state_why(&s, &gateway, NOW)); /* it is heard of by another way */
	s.enabled = false;
	assert_false(state_late(&s, NOW + US_PER_DAY));

	s = (struct device_state){ .created = NOW - AFTER, .offline_after = AFTER, .enabled = true, .last_seen = STATE_NONE };
	assert_false(state_late(&s, NOW)); /* just added */
	assert_string_equal(state_why(&s, NULL, NOW + 1), "never");
	s.last_seen = NOW + STATE_AHEAD_MAX;
	assert_false(state_late(&s, NOW));
	assert_int_equal(state_silence(&s, NOW), 0);
	assert_true(state_late(&s, NOW - 1)); /* that far ahead is no evidence */
	assert_false(state_late(&s, 0));      /* but for a clock that has just begun in 1970, nothing is */
}

static void test_how_often_it_is_written(void **state)
{
	(void)state;
	assert_int_equal(state_every(AFTER), 10 * US_PER_S);
	assert_int_equal(state_every(US_PER_MIN), 6 * US_PER_S);
	assert_int_equal(state_every(5 * US_PER_S), US_PER_S / 2);
}

static void test_datapoints_of_every_device(void **state)
{
	struct device_state s = { .online_since = STATE_NONE, .last_seen = STATE_NONE, .clock_skew = STATE_NONE };
	struct cell v;
	enum builtin b;
	int64_t ts;

	(void)state;
	assert_false(builtin_find(STR("Online"), &b));
	assert_false(builtin_find(STR("power"), &b));
	for (int i = 0; i < BUILTIN_N; i++) {
		assert_true(builtin_find(str_of(builtin_word((enum builtin)i)), &b));
		assert_int_equal(b, i);
		assert_false(builtin_value(b, &s, NOW, &ts, &v)); /* nothing is known yet */
	}
	s = (struct device_state){ .online = true, .online_since = NOW - US_PER_HOUR, .last_seen = NOW - 1500 * US_PER_MS,
				   .clock_skew = -250 * US_PER_MS };
	assert_true(builtin_value(BUILTIN_ONLINE, &s, NOW, &ts, &v));
	assert_true(ts == NOW - US_PER_HOUR && v.type == CELL_BOOL && v.i == 1);
	assert_true(builtin_value(BUILTIN_LAST_SEEN_AGE, &s, NOW, &ts, &v));
	assert_true(ts == NOW && v.type == CELL_REAL && v.r > 1.499 && v.r < 1.501);
	assert_true(builtin_value(BUILTIN_CLOCK_SKEW, &s, NOW, &ts, &v));
	assert_true(ts == s.last_seen && v.r > -0.251 && v.r < -0.249);
}

/* ---- rows ---- */

static int no_row(struct stmt *st, void *arg, struct err *e)
{
	(void)st;
	(void)arg;
	(void)e;
	return 0;
}

static int write_rows(struct db *db, void *arg, struct err *e)
{
	return tellings_write(arg, db, NOW, false, e);
}

/* A transaction in which the device was heard of at `at`. */
static void heard_at(struct tellings *t, struct told *d, struct db *db, int64_t at)
{
	struct err e = { 0 };

	told_heard(t, d, at, at);
	if (db_write(db, false, write_rows, t, &e) < 0)
		fail_msg("%s", e.msg);
	tellings_written(t, true);
}

static void row_says(struct db *db, int64_t at)
{
	struct device_state s;
	struct err e = { 0 };

	assert_int_equal(state_read(db, 1, &s, &e), 1);
	assert_int_equal(s.last_seen, at);
}

/* offline_after=30s: the row is behind by three seconds at most, also when the note that was written last had waited for long. */
static void test_the_row_is_not_far_behind(void **state)
{
	static const char device[] = "INSERT INTO org (id, name, created) VALUES (1, 'ours', 0);"
				     "INSERT INTO device (id, org_id, name, type, enabled, created) VALUES (1, 1, 'm1', 'smart_sensor', 1, 0)";
	const struct device_ref ref = { .id = 1, .offline_after = 30 * US_PER_S };
	const int64_t ids[] = { 1 };
	char path[] = "/tmp/sit-state-XXXXXX";
	struct tellings t;
	struct told *d;
	struct err e = { 0 };
	struct db *db;

	(void)state;
	assert_non_null(mkdtemp(path));
	assert_int_equal(chdir(path), 0);
	assert_int_equal(db_open("s.db", DB_CREATE, &store_schema, &db, &e), 0);
	assert_int_equal(db_migrate(db, NULL, NULL, &e), 0);
	if (db_foreign(db, device, true, no_row, NULL, &e) < 0)
		fail_msg("%s", e.msg);
	db_close(db);
	assert_int_equal(db_open("s.db", DB_WRITE, &store_schema, &db, &e), 0);
	assert_int_equal(db_scope_set(db, 1, "ours", ids, 1, &e), 0);
	assert_int_equal(state_ready(db, &e), 0);
	tellings_begin(&t, true, false);
	d = tellings_of(&t, &ref, &e);
	heard_at(&t, d, db, NOW);
	row_says(db, NOW);
	heard_at(&t, d, db, NOW + US_PER_S);
	row_says(db, NOW);
	heard_at(&t, d, db, NOW + 3 * US_PER_S);
	row_says(db, NOW + 3 * US_PER_S);
	heard_at(&t, d, db, NOW + 4 * US_PER_S);
	d->written -= 30 * US_PER_S; /* it has waited for long now, and goes with what another device says */
	assert_int_equal(db_write(db, false, write_rows, &t, &e), 0);
	tellings_written(&t, true);
	row_says(db, NOW + 4 * US_PER_S);
	heard_at(&t, d, db, NOW + 34 * US_PER_S);
	row_says(db, NOW + 34 * US_PER_S);
	tellings_done(&t);
	db_close(db);
	for (int i = 0; i < 4; i++)
		(void)unlink((const char *const[]){ "s.db", "s.db-wal", "s.db-shm", "s.db.lock" }[i]);
	assert_int_equal(chdir("/"), 0);
	(void)rmdir(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_point_is_a_sign_of_life_or_history),
		cmocka_unit_test(test_delays_do_not_hide_the_clock),
		cmocka_unit_test(test_when_it_is_late_and_why),
		cmocka_unit_test(test_how_often_it_is_written),
		cmocka_unit_test(test_datapoints_of_every_device),
		cmocka_unit_test(test_the_row_is_not_far_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
