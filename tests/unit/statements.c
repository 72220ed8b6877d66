/* SPDX-License-Identifier: MIT */
/* Every statement of every table of statements fits the schema, for the owner and in the scope of an organisation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "series/series.h"
#include "store/audit.h"
#include "store/books.h"
#include "store/definition.h"
#include "store/entity.h"
#include "store/pick.h"
#include "store/schema.h"
#include "store/state.h"
#include "store/waiting.h"

static int (*const ready[])(struct db *db, struct err *e) = { entity_ready,     audit_ready,  books_ready,  definition_ready,
							       pick_ready,       series_ready, waiting_ready, state_ready };

static void all_prepare(bool scoped)
{
	char path[] = "/tmp/sit-statements-XXXXXX";
	const int64_t ids[] = { 1 };
	struct err e = { 0 };
	struct db *db;

	assert_non_null(mkdtemp(path));
	assert_int_equal(chdir(path), 0);
	assert_int_equal(db_open("s.db", DB_CREATE, &store_schema, &db, &e), 0);
	assert_int_equal(db_migrate(db, NULL, NULL, &e), 0);
	if (scoped)
		assert_int_equal(db_scope_set(db, 1, "ours", ids, 1, &e), 0);
	db_rehearse(db);
	for (size_t i = 0; i < COUNT(ready); i++)
		if (ready[i](db, &e) < 0)
			fail_msg("table %zu: %s", i, e.msg);
	assert_int_equal(db_ready(db, &(struct sql){ "SELECT nothing FROM nowhere", NULL }, 1, &e), -1);
	db_close(db);
	(void)unlink("s.db");
	(void)unlink("s.db-wal");
	(void)unlink("s.db-shm");
	(void)unlink("s.db.lock");
	assert_int_equal(chdir("/"), 0);
	(void)rmdir(path);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_for_the_owner),
		cmocka_unit_test(test_in_scope),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
