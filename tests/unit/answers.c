/* SPDX-License-Identifier: MIT */
/* The path of points as a live source uses it: a message that must wait is answered, not waited for, and nothing of it is counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/time.h"
#include "codec/json.h"
#include "os/clock.h"
#include "store/schema.h"
#include "task/shape.h"

#define T0 (INT64_C(1769947200) * US_PER_S)

static char folder[] = "/tmp/sit-answers-XXXXXX";

static int no_row(struct stmt *st, void *arg, struct err *e)
{
	(void)st;
	(void)arg;
	(void)e;
	return 0;
}

/* An organisation with device "slow" that may send two messages a minute, and "free". */
static int make_store(void **state)
{
	static const char estate[] =
		"INSERT INTO org (id, name, tier, created) VALUES (1, 'o', 'unlimited', 0);"
		"INSERT INTO policy (id, org_id, name, telemetry, events, commands, config, firmware, message_size, message_rate, created)"
		" VALUES (1, 1, 'two', 1, 1, 0, 0, 0, 1, 2, 0);"
		"INSERT INTO device (id, org_id, name, type, enabled, policy_id, created) VALUES (1, 1, 'slow', 'smart_sensor', 1, 1, 0),"
		" (2, 1, 'free', 'smart_sensor', 1, NULL, 0);"
		"INSERT INTO datapoint (org_id, name, device_id, type, kind, created) VALUES (1, 'v', 1, 'float', 'gauge', 0), (1, 'w', 1, 'float',"
		" 'gauge', 0), (1, 'v', 2, 'float', 'gauge', 0);";
	const int64_t ids[] = { 1 };
	struct err e = { 0 };
	struct db *db;

	clock_inject(T0);
	if (!mkdtemp(folder) || chdir(folder) != 0)
		return -1;
	if (db_open("s.db", DB_CREATE, &store_schema, &db, &e) < 0 || db_migrate(db, NULL, NULL, &e) < 0 ||
	    db_foreign(db, estate, true, no_row, NULL, &e) < 0)
		fail_msg("%s", e.msg);
	db_close(db);
	if (db_open("s.db", DB_WRITE, &store_schema, &db, &e) < 0 || db_scope_set(db, 1, "o", ids, 1, &e) < 0)
		fail_msg("%s", e.msg);
	*state = db;
	return 0;
}

static int drop_store(void **state)
{
	db_close(*state);
	(void)unlink("s.db");
	(void)unlink("s.db-wal");
	(void)unlink("s.db-shm");
	(void)unlink("s.db.lock");
	return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

static void hear(void *arg, const char *line)
{
	(void)line;
	++*(int *)arg;
}

/* Hand in a message as it came: until when it waits, 0 when it was taken. */
static int64_t message(struct ingest *g, const char *text)
{
	struct err e = { 0 };
	json_t *json = json_read(str_of(text), &e);

	assert_non_null(json);
	ingest_at(g, &(struct origin){ .text = str_of(text) });
	if (shape_record(g, json, (struct str){ NULL, 0 }, &e) < 0)
		fail_msg("%s", e.msg);
	json_decref(json);
	return ingest_delayed(g);
}

static void test_what_must_wait_is_answered(void **state)
{
	int heard = 0;
	const struct ingest_opts o = { .program = "test", .source = "live", .answers = true, .skew_past = US_PER_DAY, .skew_future = US_PER_DAY,
				       .batch = 100, .now = T0, .complain = hear, .arg = &heard };
	static const char slow[] = "{\"device\":\"slow\",\"ts\":\"2026-02-01T12:00:00Z\",\"values\":{\"v\":1,\"w\":null,\"x\":2}}";
	static const char later[] = "{\"device\":\"slow\",\"ts\":\"2026-02-01T12:00:01Z\",\"values\":{\"w\":1,\"v\":[]}}";
	struct err e = { 0 };
	struct ingest *g;
	struct books b;

	if (ingest_begin(*state, &o, &g, &e) < 0)
		fail_msg("%s", e.msg);
	assert_int_equal(message(g, slow), 0);
	assert_int_equal(message(g, "{\"device\":\"slow\",\"ts\":\"2026-02-01T12:00:02Z\",\"values\":{\"v\":2}}"), 0);
	assert_int_equal(message(g, later), T0 + 30 * US_PER_S);
	/* Others go on, and it is no nearer for being asked again. */
	assert_int_equal(message(g, "{\"device\":\"free\",\"datapoint\":\"v\",\"value\":5,\"ts\":\"2026-02-01T12:00:00Z\"}"), 0);
	assert_int_equal(ingest_idle(g, &e), 0);
	clock_inject(T0 + 29 * US_PER_S);
	assert_int_equal(ingest_idle(g, &e), 0);
	assert_int_equal(message(g, later), T0 + 30 * US_PER_S);
	clock_inject(T0 + 30 * US_PER_S);
	assert_int_equal(ingest_idle(g, &e), 0);
	assert_int_equal(message(g, later), 0);
	assert_int_equal(ingest_end(g, &b, &e), -1);
	assert_int_equal(e.code, E_PARTIAL);
	assert_int_equal(heard, 2); /* x is unknown, [] is no value: once each */
	assert_int_equal(b.read, 7);
	assert_int_equal(b.stored, 4);
	assert_int_equal(b.empty, 1);
	assert_int_equal(b.quarantined, 1);
	assert_int_equal(b.rejected, 1);
	ingest_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_must_wait_is_answered, make_store, drop_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
