/* SPDX-License-Identifier: MIT */
/*
 * The tenant scope: every way around it that was found by trying is tried here. Organisations: 1 acme with
 * its child 3 acme-north, and 2 globex, which must stay untouched and unseen. What is really in the file is
 * asked of SQLite itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>
#include <sys/wait.h>

#include "db/db.h"

static const struct migration migrations[] = {
	{.version = 1, .name = "first", .ddl =
	 "CREATE TABLE org (id {id}, parent_id INTEGER REFERENCES org (id), name TEXT NOT NULL UNIQUE) "
	 "STRICT;"
	 "CREATE TABLE site (id {id}, org_id INTEGER NOT NULL REFERENCES org (id), name TEXT NOT NULL,"
	 " UNIQUE (org_id, name), UNIQUE (org_id, id)) STRICT;"
	 "CREATE TABLE note (id {id}, org_id INTEGER NOT NULL REFERENCES org (id), site_id INTEGER, text "
	 "TEXT,"
	 " FOREIGN KEY (org_id, site_id) REFERENCES site (org_id, id)) STRICT;"
	 "CREATE TABLE mark (id {id}, org_id INTEGER NOT NULL, site_id INTEGER NOT NULL,"
	 " FOREIGN KEY (org_id, site_id) REFERENCES site (org_id, id) ON DELETE CASCADE) STRICT;"
	 "CREATE TABLE unit (id {id}, symbol TEXT NOT NULL) STRICT;"
	 "CREATE VIEW all_sites AS SELECT * FROM site;"
	 "INSERT INTO org VALUES (1, NULL, 'acme'), (2, NULL, 'globex'), (3, 1, 'acme-north');"
	 "INSERT INTO site VALUES (10, 1, 'mill'), (20, 2, 'lair'), (30, 3, 'dock');"
	 "INSERT INTO note VALUES (100, 1, 10, 'ours'), (200, 2, 20, 'secret'), (300, 3, 30, 'child''s');"
	 "INSERT INTO unit VALUES (1, 'kWh')"},
	{0},
};
static const struct tenant tenants[] = {
	{"org", "{row}id IN {read}", "{row}id IN {write} OR {row}parent_id IN {write}"},
	{"site", NULL, NULL},
	{"note", NULL, NULL},
	{"mark", NULL, NULL},
	{0},
};
static const struct db_schema schema = {.migrations = migrations, .tenants = tenants};

static char folder[64], path[512];
static bool pg; /* the same tests on Postgres, where row-level security does what views, guards and the authorizer do on SQLite */
static struct db *db;
static struct err e;

static struct db *scoped(enum db_mode mode)
{
	static const int64_t ids[] = {1, 3};
	struct db *out = NULL;

	assert_int_equal(db_open(path, mode, &schema, &out, &e), 0);
	assert_int_equal(db_scope_set(out, 1, "acme", ids, COUNT(ids), &e), 0);
	return out;
}

static void command(const char *name, const char *option)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		(void)execlp(name, name, option, folder, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* On the server of tests/with-postgres `folder` is the name of a database. */
static void place(void)
{
	const char *pattern = getenv("SIT_TEST_PG"), *at = strstr(pattern, "%s");
	static int n;

	(void)snprintf(folder, sizeof(folder), "scope_%d_%d", (int)getpid(), n++);
	assert_true(at && strlen(pattern) + strlen(folder) < sizeof(path));
	memcpy(path, pattern, (size_t)(at - pattern));
	(void)snprintf(path + (at - pattern), sizeof(path) - (size_t)(at - pattern), "%s%s", folder, at + 2);
	command("createdb", "-EUTF8");
}

static int setup(void **state)
{
	struct db *all = NULL;

	(void)state;
	err_clear(&e);
	if (pg) {
		place();
	} else {
		(void)snprintf(folder, sizeof(folder), "/tmp/sit-unit-scope.XXXXXX");
		if (!mkdtemp(folder))
			return -1;
		(void)snprintf(path, sizeof(path), "%s/store.db", folder);
	}
	if (db_open(path, DB_CREATE, &schema, &all, &e) < 0 || db_migrate(all, NULL, NULL, &e) < 0) {
		print_error("%s\n", e.msg);
		return -1;
	}
	db_close(all);
	db = scoped(DB_WRITE);
	return 0;
}

static int teardown(void **state)
{
	static const char *const tail[] = {"", "-wal", "-shm", ".lock"};
	char name[600];

	(void)state;
	db_close(db);
	db = NULL;
	if (pg) {
		command("dropdb", "--force");
		return 0;
	}
	for (size_t i = 0; i < COUNT(tail); i++) {
		(void)snprintf(name, sizeof(name), "%s%s", path, tail[i]);
		(void)unlink(name);
	}
	return rmdir(folder);
}

static int64_t truth_pg(const char *sql)
{
	AUTO(db_closep) struct db *all = NULL;
	AUTO(stmt_freep) struct stmt *st = NULL;
	struct err why = {0};

	if (db_open(path, DB_READ, &schema, &all, &why) < 0 || db_prepare(all, sql, NULL, &st, &why) < 0 ||
	    stmt_step(st, &why) < 0)
		fail_msg("%s: %s", sql, why.msg);
	return stmt_int(st, 0);
}

/* Beside the scope: a number out of the store as it is, or a change to its file. */
static int64_t truth(const char *sql)
{
	sqlite3 *h = NULL;
	sqlite3_stmt *s = NULL;
	int64_t v = -1;

	if (pg)
		return truth_pg(sql);
	assert_int_equal(sqlite3_open(path, &h), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(h, sql, -1, &s, NULL), SQLITE_OK);
	if (sqlite3_step(s) == SQLITE_ROW)
		v = sqlite3_column_int64(s, 0);
	(void)sqlite3_finalize(s);
	assert_int_equal(sqlite3_close(h), SQLITE_OK);
	return v;
}

/* globex is as it was. */
static void untouched(void)
{
	assert_int_equal(truth("SELECT count(*) FROM site WHERE id = 20 AND org_id = 2 AND name = 'lair'"),
			 1);
	assert_int_equal(truth("SELECT count(*) FROM note WHERE id = 200 AND org_id = 2 AND site_id = 20 AND "
			       "text = 'secret'"),
			 1);
	assert_int_equal(
		truth("SELECT count(*) FROM org WHERE id = 2 AND parent_id IS NULL AND name = 'globex'"), 1);
	assert_int_equal(truth("SELECT count(*) FROM site WHERE org_id = 2"), 1);
	assert_int_equal(truth("SELECT count(*) FROM note WHERE org_id = 2"), 1);
}

static int64_t number(struct db *d, const char *text)
{
	AUTO(stmt_freep) struct stmt *st = NULL;

	if (db_prepare(d, text, NULL, &st, &e) < 0 || stmt_step(st, &e) != 1)
		fail_msg("%s: %s", text, e.msg);
	return stmt_int(st, 0);
}

/* The code with which a statement is refused when prepared or run; E_NONE when it is not. */
static enum err_code attempt(struct db *d, const char *text, const char *writes)
{
	AUTO(stmt_freep) struct stmt *st = NULL;

	err_clear(&e);
	if (db_prepare(d, text, writes, &st, &e) < 0 || stmt_run(st, &e) < 0)
		return e.code;
	return E_NONE;
}

struct job {
	const char *text, *writes;
	int64_t changes, rows, first; /* what came of it */
};

static int job_run(struct db *d, void *arg, struct err *err)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	struct job *j = arg;
	int64_t before;
	int rc;

	if (db_prepare(d, j->text, j->writes, &st, err) < 0)
		return -1;
	before = pg ? 0 : number(d, "SELECT total_changes()");
	while ((rc = stmt_step(st, err)) > 0) {
		j->rows++;
		j->first = stmt_int(st, 0);
	}
	stmt_reset(st);
	j->changes = pg ? db_changes(d) : number(d, "SELECT total_changes()") - before;
	return rc;
}

/* One statement in one transaction, guards made before. */
static enum err_code run(struct job *j)
{
	struct sql sql = {j->text, j->writes};

	err_clear(&e);
	if (db_ready(db, &sql, 1, &e) < 0 || db_write(db, false, job_run, j, &e) < 0)
		return e.code;
	return E_NONE;
}

static int64_t changed(const char *text, const char *writes)
{
	struct job j = {.text = text, .writes = writes};

	if (run(&j) != E_NONE)
		fail_msg("%s: %s", text, e.msg);
	return j.changes;
}

static enum err_code refusal(const char *text, const char *writes)
{
	struct job j = {.text = text, .writes = writes};

	return run(&j);
}

static void test_who(void **state)
{
	struct db *all = NULL;
	const int64_t one = 2;

	(void)state;
	assert_int_equal(db_self(db), 1);
	assert_string_equal(db_self_name(db), "acme");
	assert_true(db_many(db));
	assert_int_equal(db_scope_set(db, 2, "globex", &one, 1, &e), -1); /* never twice */
	assert_int_equal(e.code, E_BUG);
	assert_int_equal(db_open(path, DB_READ, &schema, &all, &e), 0);
	assert_int_equal(db_self(all), 0);
	assert_null(db_self_name(all));
	assert_int_equal(number(all, "SELECT count(*) FROM site"), 3); /* the owner */
	assert_int_equal(db_scope_set(all, 2, "globex", &one, 1, &e), 0);
	assert_false(db_many(all));
	assert_int_equal(number(all, "SELECT count(*) FROM site"), 1);
	assert_int_equal(number(all, "SELECT id FROM site"), 20);
	db_close(all);
}

/* Statements that the owner prepared are not carried into the scope. */
static void test_statement_before(void **state)
{
	static const struct sql sql = {"SELECT count(*) FROM site", NULL};
	struct db *d = NULL;
	struct stmt *st;

	(void)state;
	assert_int_equal(db_open(path, DB_READ, &schema, &d, &e), 0);
	assert_int_equal(db_stmt(d, &sql, &st, &e), 0);
	assert_int_equal(stmt_step(st, &e), 1);
	assert_int_equal(stmt_int(st, 0), 3);
	stmt_reset(st);
	assert_int_equal(db_scope_set(d, 1, "acme", NULL, 0, &e), 0);
	assert_int_equal(db_stmt(d, &sql, &st, &e), 0);
	assert_int_equal(stmt_step(st, &e), 1);
	assert_int_equal(stmt_int(st, 0), 1);
	db_close(d);
}

static void test_reading(void **state)
{
	(void)state;
	assert_int_equal(number(db, "SELECT count(*) FROM site"), 2);
	assert_int_equal(number(db, "SELECT count(*) FROM site WHERE id = 20"), 0);
	assert_int_equal(number(db, "SELECT count(*) FROM Site WHERE org_id = 2"), 0);
	assert_int_equal(number(db, "SELECT count(*) FROM \"note\""), 2);
	assert_int_equal(number(db, "SELECT count(*) FROM org"), 2);
	assert_int_equal(
		number(db,
		       "SELECT count(*) FROM note n JOIN site s ON s.org_id = n.org_id AND s.id = n.site_id "
		       "JOIN org o ON o.id = n.org_id WHERE n.text LIKE '%s%'"),
		2);
	assert_int_equal(number(db, "SELECT count(*) FROM org o LEFT JOIN site s ON s.org_id = o.id"), 2);
	assert_int_equal(number(db, "WITH RECURSIVE up (id) AS (SELECT CAST(3 AS BIGINT) UNION ALL SELECT o.parent_id FROM "
				    "org o JOIN up USING (id)) "
				    "SELECT count(*) FROM up WHERE id IS NOT NULL"),
			 2);
	assert_int_equal(number(db, "SELECT EXISTS (SELECT 1 FROM note WHERE text = 'secret')"), 0);
	/* Tables of nobody are for all to read. */
	assert_int_equal(number(db, "SELECT count(*) FROM unit, migration, (SELECT 1 FROM meta WHERE name LIKE 'min%') m"), 2);
	if (pg)
		return;
	assert_int_equal(number(db, "SELECT sum(value) FROM json_each('[1,2]')"), 3);
	assert_int_equal(number(db, "SELECT count(*) FROM site WHERE sit_match('^(mill|lair)$', name)"), 1);
}

static void test_base_tables_are_closed(void **state)
{
	static const char *const texts[] = {
		"SELECT * FROM main.site",
		"SELECT * FROM \"main\".\"site\"",
		"SELECT * FROM [main] . site",
		"SELECT * FROM `main`/* */.site",
		"SELECT count(*) FROM main.note",
		"SELECT s.id FROM site s JOIN main.note n ON n.org_id = s.org_id",
		"SELECT * FROM all_sites", /* a view of the schema's reads base tables */
		"SELECT count(*) FROM all_sites",
		"SELECT count(*) FROM site, all_sites",
		"SELECT (SELECT count(*) FROM all_sites) FROM site",
		"WITH RECURSIVE site AS (SELECT 1) SELECT * FROM site",
		"SELECT * FROM (WITH site AS (SELECT * FROM main.site) SELECT * FROM site)",
		"WITH site AS (SELECT * FROM main.site) SELECT * FROM site",
		"WITH guard_x AS (SELECT * FROM main.site) SELECT * FROM guard_x",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		enum err_code code = attempt(db, texts[i], NULL);

		if (code != E_BUG && code != E_DENIED)
			fail_msg("allowed: %s", texts[i]);
	}
	/* Nor by naming as written what is only read. */
	assert_int_equal(attempt(db, "SELECT * FROM main.site", "site"), E_BUG);
	assert_int_equal(
		refusal("UPDATE main.site SET name = (SELECT name FROM main.site WHERE org_id = 2)", "site"),
		E_BUG);
	assert_int_equal(
		refusal("INSERT INTO main.note (org_id, text) SELECT 1, text FROM main.note", "note"), E_BUG);
	assert_int_equal(
		refusal("INSERT INTO main.note (org_id, site_id) SELECT 1, id FROM main.site", "note"),
		E_BUG);
	assert_int_equal(
		changed("INSERT INTO main.note (org_id, text) SELECT 1, text FROM note WHERE text = 'secret'",
			"note"),
		0);
	untouched();
}

static void test_not_for_statements(void **state)
{
	static const char *const texts[] = {
		"ATTACH '/tmp/other.db' AS other",
		"DETACH main",
		"PRAGMA foreign_keys = OFF",
		"PRAGMA foreign_keys",
		"SELECT * FROM pragma_table_info('site')",
		"CREATE TABLE t (x)",
		"CREATE TEMP TABLE t (x)",
		"CREATE TEMP VIEW t AS SELECT 1",
		"DROP VIEW temp.site",
		"DROP TRIGGER guard_site_update",
		"DROP TABLE scope",
		"INSERT INTO scope VALUES (2, 1)",
		"UPDATE scope SET writable = 1",
		"DELETE FROM temp.scope",
		"BEGIN",
		"COMMIT",
		"SAVEPOINT x",
		"ROLLBACK",
		"VACUUM",
		"REINDEX",
		"ANALYZE",
		"ALTER TABLE unit ADD COLUMN x",
		"DELETE FROM sqlite_temp_schema",
	};

	(void)state;
	assert_int_equal(changed("UPDATE main.site SET name = name", "site"), 1);
	for (size_t i = 0; i < COUNT(texts); i++)
		if (attempt(db, texts[i], NULL) == E_NONE)
			fail_msg("allowed: %s", texts[i]);
	assert_int_equal(db_foreign(db, "SELECT 1", false, NULL, NULL, &e), -1);
	assert_int_equal(e.code, E_BUG);
	assert_int_equal(db_migrate(db, NULL, NULL, &e), -1);
	assert_int_equal(number(db, "SELECT count(*) FROM site"), 2);
	assert_int_equal(changed("UPDATE main.site SET name = name", "site"), 1);
}

/* More organisations than are named one by one lie in a table, which is closed to statements. */
static void test_many_organisations(void **state)
{
	static const char *const texts[] = {
		"INSERT INTO scope VALUES (2)",
		"INSERT INTO temp.scope VALUES (2)",
		"UPDATE scope SET org_id = 2 WHERE org_id = 3",
		"DELETE FROM temp.scope",
		"DROP TABLE scope",
	};
	struct db *many = NULL;
	int64_t ids[40] = {1, 3};

	(void)state;
	for (size_t i = 2; i < COUNT(ids); i++)
		ids[i] = 1000 + (int64_t)i;
	for (int mode = 0; mode < 2; mode++) {
		assert_int_equal(db_open(path, mode ? DB_WRITE : DB_READ, &schema, &many, &e), 0);
		assert_int_equal(db_scope_set(many, 1, "acme", ids, COUNT(ids), &e), 0);
		assert_int_equal(number(many, "SELECT count(*) FROM site s JOIN org o ON o.id = s.org_id"), 2);
		for (size_t i = 0; i < COUNT(texts); i++)
			if (attempt(many, texts[i], "scope") == E_NONE || attempt(many, texts[i], NULL) == E_NONE)
				fail_msg("allowed: %s", texts[i]);
		assert_int_equal(number(many, "SELECT count(*) FROM site"), 2);
		assert_int_equal(number(many, "SELECT count(*) FROM site WHERE org_id = 2"), 0);
		db_close(many);
	}
	untouched();
}

static void test_target(void **state)
{
	(void)state;
	/* Only the declared table is written. */
	assert_int_equal(attempt(db, "UPDATE main.site SET name = 'x'", NULL), E_BUG);
	assert_int_equal(attempt(db, "UPDATE main.site SET name = 'x'", "note"), E_BUG);
	assert_int_equal(attempt(db, "UPDATE unit SET symbol = 'x'", NULL), E_DENIED);
	assert_int_equal(attempt(db, "UPDATE unit SET symbol = 'x'", "site"), E_DENIED);
	/* Without main. it would be the base table all the same. */
	assert_int_not_equal(attempt(db, "DELETE FROM site", "site"), E_NONE);
	assert_int_not_equal(attempt(db, "UPDATE site SET name = 'x'", "site"), E_NONE);
	assert_int_not_equal(attempt(db, "INSERT INTO site (org_id, name) VALUES (1, 'x')", "site"), E_NONE);
	assert_int_equal(truth("SELECT count(*) FROM site"), 3);
	assert_int_equal(truth("SELECT count(*) FROM unit WHERE symbol = 'kWh'"), 1);
}

static void test_foreign_rows_are_skipped(void **state)
{
	struct job j = {.text = "UPDATE main.site SET name = 'taken' WHERE id = 20 RETURNING id",
			.writes = "site"};

	(void)state;
	assert_int_equal(run(&j), E_NONE);
	assert_int_equal(j.changes, 0);
	assert_int_equal(j.rows, 0);
	j = (struct job){.text = "UPDATE main.site SET name = name || '!' RETURNING id", .writes = "site"};
	assert_int_equal(run(&j), E_NONE);
	assert_int_equal(j.changes, 1); /* acme's own; its child's is seen, not written */
	assert_int_equal(j.rows, 1);
	assert_int_equal(j.first, 10);
	if (!pg)
		assert_int_equal(changed("UPDATE OR IGNORE main.note SET text = 'x' WHERE org_id = 2", "note"), 0);
	assert_int_equal(changed("DELETE FROM main.note WHERE id = 200", "note"), 0);
	assert_int_equal(changed("DELETE FROM main.note", "note"), 1);
	assert_int_equal(changed("DELETE FROM main.org WHERE id = 2", "org"), 0);
	assert_int_equal(
		changed("UPDATE main.note SET text = s.name FROM site s WHERE s.org_id = note.org_id",
			"note"),
		0);
	assert_int_equal(truth("SELECT count(*) FROM note WHERE org_id = 3"), 1);
	assert_int_equal(truth("SELECT count(*) FROM site WHERE name = 'dock'"), 1);
	untouched();
}

static void test_foreign_new_rows_abort(void **state)
{
	static const struct job jobs[] = {
		{.text = "INSERT INTO main.site (org_id, name) VALUES (2, 'x')", .writes = "site"},
		{.text = "INSERT INTO main.site (org_id, name) VALUES (3, 'x')", .writes = "site"},
		{.text = "INSERT OR IGNORE INTO main.site (org_id, name) VALUES (2, 'x')", .writes = "site"},
		{.text = "INSERT INTO main.site (org_id, name) VALUES (2, 'x') ON CONFLICT DO NOTHING",
		 .writes = "site"},
		{.text = "UPDATE main.site SET org_id = 2 WHERE id = 10", .writes = "site"},
		{.text = "UPDATE OR IGNORE main.site SET org_id = 2 WHERE id = 10", .writes = "site"},
		{.text = "INSERT INTO main.note (org_id, text) VALUES (1, 'a'), (2, 'b')", .writes = "note"},
		{.text = "INSERT INTO main.org (parent_id, name) VALUES (2, 'x')", .writes = "org"},
		{.text = "INSERT INTO main.org (parent_id, name) VALUES (NULL, 'x')", .writes = "org"},
		{.text = "INSERT INTO main.org (name) VALUES ('x')", .writes = "org"},
		{.text = "INSERT INTO main.site (org_id, name) VALUES (1, 'mill') ON CONFLICT (org_id, name) "
			 "DO UPDATE SET org_id = 2",
		 .writes = "site"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(jobs); i++) {
		struct job j = jobs[i];

		if (pg && strstr(j.text, " OR IGNORE "))
			continue;
		if (run(&j) != E_DENIED || !strstr(e.msg, "outside the organisation"))
			fail_msg("%s: %s", j.text, e.msg);
	}
	/* A row without an organisation is nobody's, not everybody's. */
	assert_int_not_equal(refusal("INSERT INTO main.note (org_id, text) VALUES (NULL, 'x')", "note"),
			     E_NONE);
	assert_int_equal(truth("SELECT count(*) FROM org"), 3);
	assert_int_equal(truth("SELECT count(*) FROM site"), 3);
	assert_int_equal(truth("SELECT count(*) FROM note"), 3);
	untouched();
}

static void test_upsert(void **state)
{
	static const char meets_foreign[] =
		"INSERT INTO main.site (id, org_id, name) VALUES (20, 1, 'mine') "
		"ON CONFLICT (id) DO UPDATE SET name = excluded.name, org_id = 1 RETURNING id";
	struct job j = {.text = "INSERT INTO main.site (org_id, name) VALUES (1, 'mill') "
				"ON CONFLICT (org_id, name) DO UPDATE SET name = excluded.name || '2' WHERE "
				"site.name <> 'x' RETURNING id",
			.writes = "site"};

	(void)state;
	assert_int_equal(run(&j), E_NONE);
	assert_int_equal(j.first, 10);
	assert_int_equal(truth("SELECT count(*) FROM site WHERE id = 10 AND name = 'mill2'"), 1);
	/* One that meets a foreign row can neither insert nor update: it fails, and says nothing of what is in that row. */
	j = (struct job){.text = meets_foreign, .writes = "site"};
	assert_int_equal(run(&j), E_DENIED);
	assert_non_null(strstr(e.msg, "outside the organisation"));
	assert_null(strstr(e.msg, "lair"));
	assert_int_equal(j.changes, 0);
	assert_int_equal(j.rows, 0);
	j = (struct job){.text = "INSERT INTO main.site (id, org_id, name) VALUES (20, 1, 'mine') ON CONFLICT DO NOTHING", .writes = "site"};
	assert_int_equal(run(&j), E_NONE);
	assert_int_equal(j.changes, 0);
	/* A plain update of it still finds nothing. */
	j = (struct job){.text = "UPDATE main.site SET name = 'mine' WHERE id = 20 RETURNING id", .writes = "site"};
	assert_int_equal(run(&j), E_NONE);
	assert_int_equal(j.changes, 0);
	assert_int_equal(j.rows, 0);
	/* A conflict with a foreign row is a conflict, and says nothing of what is in it. */
	assert_int_equal(refusal("INSERT INTO main.site (id, org_id, name) VALUES (20, 1, 'mine')", "site"),
			 E_CONFLICT);
	assert_int_equal(refusal("UPDATE main.site SET id = 20 WHERE id = 10", "site"), E_CONFLICT);
	untouched();
	if (pg)
		return;
	/* REPLACE would delete the foreign row without asking its guard. */
	assert_int_equal(
		refusal("INSERT OR REPLACE INTO main.site (id, org_id, name) VALUES (20, 1, 'mine')", "site"),
		E_BUG);
	assert_int_equal(refusal("REPLACE INTO main.site (id, org_id, name) VALUES (20, 1, 'mine')", "site"),
			 E_BUG);
	assert_int_equal(refusal("UPDATE OR REPLACE main.site SET id = 20 WHERE id = 10", "site"), E_BUG);
	assert_int_equal(number(db, "SELECT replace('abc', 'b', 'x') = 'axc'"),
			 1); /* the function is another thing */
	untouched();
}

static void test_keys(void **state)
{
	(void)state;
	assert_int_equal(
		changed("INSERT INTO main.note (org_id, site_id, text) VALUES (1, 10, 'fine')", "note"), 1);
	assert_int_equal(changed("INSERT INTO main.note (org_id, site_id, text) SELECT org_id, id, name FROM "
				 "site WHERE id = 10",
				 "note"),
			 1);
	/* The composite key holds a reference inside the organisation. */
	assert_int_equal(refusal("INSERT INTO main.note (org_id, site_id) VALUES (1, 20)", "note"),
			 E_CONFLICT);
	assert_non_null(strstr(e.msg, "FOREIGN KEY"));
	assert_int_equal(refusal("UPDATE main.note SET site_id = 20 WHERE id = 100", "note"), E_CONFLICT);
	assert_int_equal(changed("INSERT INTO main.org (parent_id, name) VALUES (1, 'acme-south')", "org"),
			 1);
	untouched();
}

/* What a foreign key's action would delete has no guards: the statement is refused, the rows are deleted by
 * their own statement first. */
static void test_cascade(void **state)
{
	(void)state;
	assert_int_equal(changed("INSERT INTO main.mark (org_id, site_id) VALUES (1, 10)", "mark"), 1);
	assert_int_equal(refusal("DELETE FROM main.site WHERE id = 10", "site"), E_DENIED);
	assert_int_equal(truth("SELECT count(*) FROM mark"), 1);
}

static int unprepared(struct db *d, void *arg, struct err *err)
{
	struct stmt *st;

	(void)arg;
	assert_int_equal(db_prepare(d, "UPDATE main.site SET name = 'x'", "site", &st, err), -1);
	assert_int_equal(err->code, E_BUG);
	assert_non_null(strstr(err->msg, "db_ready()"));
	/* What is only read needs nothing made. */
	assert_int_equal(number(d, "SELECT count(*) FROM note"), 2);
	return 0;
}

static int fail_after(struct db *d, void *arg, struct err *err)
{
	assert_int_equal(job_run(d, arg, err), 0);
	return err_set(err, E_USAGE, "changed my mind");
}

static void test_transactions(void **state)
{
	static const struct sql sql = {"UPDATE main.site SET name = 'x'", "site"};
	struct job j = {.text = sql.text, .writes = sql.writes};

	(void)state;
	assert_int_equal(db_write(db, false, unprepared, NULL, &e), 0);
	/* A transaction that is rolled back leaves the guards standing. */
	assert_int_equal(db_ready(db, &sql, 1, &e), 0);
	assert_int_equal(db_write(db, false, fail_after, &j, &e), -1);
	assert_int_equal(db_write(db, true, job_run, &j, &e), 0);
	assert_int_equal(number(db, "SELECT count(*) FROM sqlite_temp_schema WHERE type = 'trigger' AND name "
				    "LIKE 'guard_site_%'"),
			 3);
	assert_int_equal(truth("SELECT count(*) FROM site WHERE name = 'x'"), 0);
	assert_int_equal(changed(sql.text, sql.writes), 1);
	untouched();
}

/* SQLite prepares a statement again by itself when the schema has changed; what it may write is still known
 * then. */
static void test_reprepare(void **state)
{
	static const struct sql update = {"UPDATE main.note SET text = 'again' RETURNING id", "note"};
	static const struct sql select = {"SELECT count(*) FROM note", NULL};
	struct stmt *up, *sel;

	(void)state;
	assert_int_equal(db_stmt(db, &update, &up, &e), 0);
	assert_int_equal(db_stmt(db, &select, &sel, &e), 0);
	assert_int_equal(stmt_run(sel, &e), 0);
	(void)truth("CREATE INDEX note_text ON note (text)");
	assert_int_equal(stmt_step(sel, &e), 1);
	assert_int_equal(stmt_int(sel, 0), 2);
	stmt_reset(sel);
	assert_int_equal(stmt_step(up, &e), 1);
	assert_int_equal(stmt_int(up, 0), 100);
	assert_int_equal(stmt_step(up, &e), 0);
	stmt_reset(up);
	(void)truth("ALTER TABLE note ADD COLUMN more TEXT");
	assert_int_equal(stmt_run(up, &e), 0);
	assert_int_equal(attempt(db, "SELECT more FROM note", NULL), E_NONE);
	assert_int_equal(number(db, "SELECT sum(value) FROM json_each('[1,2]')"), 3);
	untouched();
}

/* A reader has the same scope, and writes nothing. */
static void test_reader(void **state)
{
	struct db *r = scoped(DB_READ);

	(void)state;
	assert_int_equal(number(r, "SELECT count(*) FROM note JOIN site USING (org_id)"), 2);
	assert_int_equal(attempt(r, "SELECT * FROM main.note", NULL), E_BUG);
	assert_int_equal(attempt(r, "UPDATE main.note SET text = 'x'", "note"), E_IO);
	assert_int_equal(db_read_begin(r, &e), 0);
	assert_int_equal(number(r, "SELECT count(*) FROM org"), 2); /* its view is made within the snapshot */
	db_read_end(r);
	assert_int_equal(number(r, "SELECT count(*) FROM org"), 2);
	db_close(r);
	untouched();
}

/* The number of sites that a login sees which became the role and said nothing else; then with a scope that is empty. */
static int nothing_said(struct db *d, void *arg, struct err *err)
{
	AUTO(stmt_freep) struct stmt *st = NULL;

	(void)arg;
	if (db_prepare(d,
		       "SELECT set_config('role', (SELECT value FROM meta WHERE name = 'role'), true), set_config('sit.scope', '', true),"
		       " set_config('sit.self', '', true)",
		       NULL, &st, err) < 0 ||
	    stmt_run(st, err) < 0)
		return -1;
	assert_int_equal(number(d, "SELECT count(*) FROM site") + number(d, "SELECT count(*) FROM org") +
				 number(d, "SELECT count(*) FROM note"),
			 0);
	return 0;
}

static int writes_unsaid(struct db *d, void *arg, struct err *err)
{
	struct job j = {.text = "INSERT INTO main.site (org_id, name) VALUES (1, 'x')", .writes = "site"};

	return nothing_said(d, arg, err) < 0 ? -1 : job_run(d, &j, err);
}

/* What is not said lets nothing through, in either direction; what scoped connections become owns nothing. */
static void test_closed_when_unset(void **state)
{
	struct db *all = NULL;

	(void)state;
	assert_int_equal(number(db, "SELECT count(*) FROM pg_roles WHERE rolname = current_user AND NOT rolsuper AND NOT "
				    "rolbypassrls"),
			 1);
	assert_int_equal(number(db, "SELECT count(*) FROM pg_class WHERE relname IN ('org', 'site', 'note', 'mark') AND "
				    "relrowsecurity AND relforcerowsecurity AND NOT pg_has_role(current_user, relowner, 'MEMBER')"),
			 4);
	assert_int_equal(db_open(path, DB_WRITE, &schema, &all, &e), 0);
	assert_int_equal(db_write(all, false, nothing_said, NULL, &e), 0);
	assert_int_equal(db_write(all, false, writes_unsaid, NULL, &e), -1);
	assert_int_equal(e.code, E_DENIED);
	db_close(all);
	untouched();
}

int main(void)
{
	const struct CMUnitTest on_postgres[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(test_who),
		T(test_statement_before),
		T(test_reading),
		T(test_foreign_rows_are_skipped),
		T(test_foreign_new_rows_abort),
		T(test_upsert),
		T(test_keys),
		T(test_closed_when_unset),
	};
	const struct CMUnitTest tests[] = {
		T(test_who),
		T(test_statement_before),
		T(test_reading),
		T(test_base_tables_are_closed),
		T(test_not_for_statements),
		T(test_many_organisations),
		T(test_target),
		T(test_foreign_rows_are_skipped),
		T(test_foreign_new_rows_abort),
		T(test_upsert),
		T(test_keys),
		T(test_cascade),
		T(test_transactions),
		T(test_reprepare),
		T(test_reader),
	};

	pg = getenv("SIT_TEST_PG") != NULL;
	return pg ? cmocka_run_group_tests_name("db_scope on Postgres", on_postgres, NULL, NULL)
		  : cmocka_run_group_tests_name("db_scope", tests, NULL, NULL);
}
