/* SPDX-License-Identifier: MIT */
/* Every statement of every table of statements fits the schema, for the owner and in the scope of an organisation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/wait.h>

#include "series/series.h"
#include "store/alarm.h"
#include "store/alarms.h"
#include "store/audit.h"
#include "store/books.h"
#include "store/credential.h"
#include "store/definition.h"
#include "store/entity.h"
#include "store/event.h"
#include "store/explain.h"
#include "store/limit.h"
#include "store/notice.h"
#include "store/pick.h"
#include "store/schema.h"
#include "store/silence.h"
#include "store/state.h"
#include "store/trouble.h"
#include "store/waiting.h"

static int (*const ready[])(struct db *db, struct err *e) = { entity_ready,     audit_ready,  books_ready,  definition_ready,
							       pick_ready,       series_ready, waiting_ready, state_ready,
							       audit_watching_ready, explain_ready, limit_ready, credential_ready, claim_ready, alarm_ready, alarms_ready, silence_ready, notice_ready, event_ready, trouble_ready };

static void run(const char *const *argv)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		(void)execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* A store at the URL, and every statement of it prepared. */
static void all_prepare_at(const char *url, bool scoped)
{
	const int64_t ids[] = { 1 };
	struct err e = { 0 };
	struct db *db;

	if (db_open(url, DB_CREATE, &store_schema, &db, &e) < 0 || db_migrate(db, NULL, NULL, &e) < 0)
		fail_msg("%s", e.msg);
	if (scoped)
		assert_int_equal(db_scope_set(db, 1, "ours", ids, 1, &e), 0);
	db_rehearse(db);
	for (size_t i = 0; i < COUNT(ready); i++)
		if (ready[i](db, &e) < 0)
			fail_msg("table %zu: %s", i, e.msg);
	assert_int_equal(db_ready(db, &(struct sql){ "SELECT nothing FROM nowhere", NULL }, 1, &e), -1);
	db_close(db);
}

/* Into a new folder, and out of it: it is gone then, with the store "s.db" in it. */
static void enter(char *path)
{
	assert_non_null(mkdtemp(path));
	assert_int_equal(chdir(path), 0);
}

static void leave(const char *path)
{
	(void)unlink("s.db");
	(void)unlink("s.db-wal");
	(void)unlink("s.db-shm");
	(void)unlink("s.db.lock");
	assert_int_equal(chdir("/"), 0);
	(void)rmdir(path);
}

static void all_prepare(bool scoped)
{
	char path[] = "/tmp/sit-statements-XXXXXX";

	enter(path);
	all_prepare_at("s.db", scoped);
	leave(path);
}

static void test_for_the_owner(void **state)
{
	(void)state;
	all_prepare(false);
}

static void test_in_scope(void **state)
{
	(void)state;
	all_prepare(true);
}

/* The same on the server of tests/with-postgres, in databases made and dropped by its own programs. */
static void on_postgres(bool scoped)
{
	const char *pattern = getenv("SIT_TEST_PG"), *at = pattern ? strstr(pattern, "%s") : NULL;
	char name[64], url[512];
	const char *made[] = { "createdb", name, NULL }, *dropped[] = { "dropdb", "--force", name, NULL };

	if (!at) {
		skip();
		return; /* it does not come here */
	}
	(void)snprintf(name, sizeof(name), "statements_%d_%d", (int)getpid(), scoped);
	assert_true(strlen(pattern) + strlen(name) < sizeof(url));
	memcpy(url, pattern, (size_t)(at - pattern));
	(void)snprintf(url + (at - pattern), sizeof(url) - (size_t)(at - pattern), "%s%s", name, at + 2);
	run(made);
	all_prepare_at(url, scoped);
	run(dropped);
}

static void test_for_the_owner_on_postgres(void **state)
{
	(void)state;
	on_postgres(false);
}

static void test_in_scope_on_postgres(void **state)
{
	(void)state;
	on_postgres(true);
}

/* ---- plans ---- */

static char traced[16384]; /* the last query */

static void keep_query(const char *text, void *arg)
{
	(void)arg;
	if (strstr(text, "SELECT"))
		(void)snprintf(traced, sizeof(traced), "%s", text);
}

static int keep_plan(struct stmt *st, void *arg, struct err *e)
{
	const struct str line = stmt_text(st, 3);

	(void)e;
	return sb_addf(arg, "%.*s\n", STR_ARG(line));
}

/* How SQLite goes about the query at hand, in the scope of an organisation; the statement ends. */
static void plan_of(struct stmt *st, struct db *owner, struct sb *plan)
{
	AUTO(sb_done) struct sb text = SB_INIT(20000);
	struct err e = { 0 };

	assert_int_equal(stmt_step(st, &e), 0);
	stmt_free(st);
	sb_clear(plan);
	sb_addf(&text, "EXPLAIN QUERY PLAN %s", traced);
	if (db_foreign(owner, sb_cstr(&text), false, keep_plan, plan, &e) < 0)
		fail_msg("%s", e.msg);
}

/* Who follows asks with each commit, however much was there before. */
static void test_whoever_follows_reads_what_is_new(void **state)
{
	char path[] = "/tmp/sit-plans-XXXXXX";
	const int64_t ids[] = { 1 };
	AUTO(sb_done) struct sb plan = SB_INIT(20000);
	struct event_ask ask = { .range = { TIME_MIN, TIME_MAX }, .committed = true, .limit = 10 };
	struct db *db, *owner;
	struct stmt *st;
	struct err e = { 0 };

	(void)state;
	enter(path);
	assert_int_equal(db_open("s.db", DB_CREATE, &store_schema, &db, &e), 0);
	assert_int_equal(db_migrate(db, NULL, NULL, &e), 0);
	db_close(db);
	assert_int_equal(db_open("s.db", DB_WRITE, &store_schema, &db, &e), 0);
	assert_int_equal(db_open("s.db", DB_READ, &store_schema, &owner, &e), 0);
	assert_int_equal(db_scope_set(db, 1, "ours", ids, 1, &e), 0);
	db_trace(db, keep_query, NULL);
	assert_int_equal(event_changes(db, 5, 10, &st, &e), 0);
	plan_of(st, owner, &plan);
	assert_non_null(strstr(sb_cstr(&plan), "alarm_change USING INTEGER PRIMARY KEY (rowid>?)"));
	assert_null(strstr(sb_cstr(&plan), "TEMP B-TREE"));
	for (int alarms = 0; alarms < 2; alarms++) {
		ask.alarms = alarms;
		assert_int_equal(event_rows(db, &ask, &st, &e), 0);
		plan_of(st, owner, &plan);
		assert_non_null(strstr(sb_cstr(&plan), alarms ? "alarm_change USING INTEGER PRIMARY KEY (rowid>?" : "event USING INTEGER PRIMARY KEY (rowid>?"));
		assert_null(strstr(sb_cstr(&plan), "TEMP B-TREE"));
	}
	db_close(owner);
	db_close(db);
	leave(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_for_the_owner),
		cmocka_unit_test(test_in_scope),
		cmocka_unit_test(test_for_the_owner_on_postgres),
		cmocka_unit_test(test_in_scope_on_postgres),
		cmocka_unit_test(test_whoever_follows_reads_what_is_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
