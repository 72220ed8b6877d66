/* SPDX-License-Identifier: MIT */
/*
 * Every table of the store that says whose its rows are is scoped, in every direction: as an organisation that has a parent, a child and a
 * neighbour, read, insert, update and delete in each of them. Tables and columns are those of the schema itself, so a new one is tried, too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>
#include <sys/wait.h>

#include "store/schema.h"

/* Parent of all, the one at work, its child, its neighbour; the child's child, which has nothing, so that it could be deleted. */
enum { TOP = 1, OWN = 2, KID = 3, NEXT = 4, GRANDKID = 5 };
#define ORGS "INSERT INTO org (id, name, parent_id, created) VALUES (1,'top',NULL,0),(2,'own',1,0),(3,'kid',2,0),(4,'next',1,0),(5,'grandkid',3,0);"

static char folder[64], path[600], url[1200], super[1200];
static bool pg;
static sqlite3 *meta; /* a store on SQLite: what tables and columns there are */
static struct db *db;
static struct err e;

static void command(const char *const *argv)
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

/* The tenant or the next one whose table is there: the mirror's and the shards' are Postgres's only. */
static const struct tenant *there(const struct tenant *t)
{
	while (!pg && t->table && (strncmp(t->table, "mirror", 6) == 0 || strcmp(t->table, "shard_mark") == 0))
		t++;
	return t;
}

/* ---- statements out of the schema ---- */

/* The columns of a table that a row needs (of a model or a device, a device or a group: the device), and values for them: a row of the organisation that differs from all with another number. */
static void row_of(const char *table, int org, int number, struct sb *columns, struct sb *values)
{
	sqlite3_stmt *s = NULL;

	assert_int_equal(sqlite3_prepare_v2(meta, "SELECT name, type FROM pragma_table_info($1) WHERE \"notnull\" OR pk OR name = 'device_id'", -1, &s, NULL), SQLITE_OK);
	(void)sqlite3_bind_text(s, 1, table, -1, SQLITE_STATIC);
	while (sqlite3_step(s) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(s, 0), *type = (const char *)sqlite3_column_text(s, 1);

		sb_addf(columns, "%s\"%s\"", columns->len ? ", " : "", name);
		sb_adds(values, values->len ? ", " : "");
		if (strcmp(name, "org_id") == 0)
			sb_addf(values, "%d", org);
		else if (strcmp(type, "TEXT") == 0)
			sb_addf(values, "'\"x%d\"'", number);
		else if (strcmp(type, "BLOB") == 0)
			sb_adds(values, pg ? "'\\x00'" : "x'00'");
		else if (strcmp(type, "INSTANT") == 0)
			sb_addf(values, "main.instant(%d)", 900000 + number);
		else if (strcmp(type, "SMALL") == 0)
			sb_addf(values, "%d", number);
		else
			/* References lead to nothing, so that each row can go by itself. */
			sb_addf(values, "%d", (strlen(name) > 3 && strcmp(name + strlen(name) - 3, "_id") == 0 ? 800000 : 900000) + number);
	}
	(void)sqlite3_finalize(s);
}

static void insert_of(const char *table, int org, int number, struct sb *sb)
{
	AUTO(sb_done) struct sb columns = SB_INIT(4096), values = SB_INIT(4096);

	if (strcmp(table, "org") == 0) {
		sb_addf(sb, "INSERT INTO main.org (id, name, parent_id, created) VALUES (%d, 'new%d', %d, 0)", number, number, org);
		return;
	}
	row_of(table, org, number, &columns, &values);
	assert_true(columns.len > 0);
	sb_addf(sb, "INSERT INTO main.%s (%s) VALUES (%s)", table, sb_cstr(&columns), sb_cstr(&values));
}

/* A column that is no key, where there is one. */
static void plain_column(const char *table, char *out, size_t size)
{
	sqlite3_stmt *s = NULL;

	assert_int_equal(sqlite3_prepare_v2(meta, "SELECT name FROM pragma_table_info($1) ORDER BY name LIKE '%id', name = 'device_id', \"notnull\", pk > 0", -1, &s, NULL), SQLITE_OK);
	(void)sqlite3_bind_text(s, 1, table, -1, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	(void)snprintf(out, size, "%s", (const char *)sqlite3_column_text(s, 0));
	(void)sqlite3_finalize(s);
}

/* ---- stores ---- */

static void make(const char *at)
{
	struct db *all = NULL;

	if (db_open(at, DB_CREATE, &store_schema, &all, &e) < 0 || db_migrate(all, NULL, NULL, &e) < 0)
		fail_msg("%s", e.msg);
	db_close(all);
}

/* What psql says as the superuser is done to meta. */
static void learn(const char *text)
{
	char said[100], line[1000];
	FILE *in;

	(void)snprintf(said, sizeof(said), "%s/said", folder);
	command((const char *const[]){ "psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-o", said, "-d", super, "-c", text, NULL });
	in = fopen(said, "r");
	assert_non_null(in);
	while (fgets(line, sizeof(line), in))
		if (sqlite3_exec(meta, line, NULL, NULL, NULL) != SQLITE_OK)
			fail_msg("%s: %s", line, sqlite3_errmsg(meta));
	(void)fclose(in);
}

/*
 * Tables that only Postgres has: meta is told their columns. Those of shards come with the first one; a row that says how far a shard is goes to shards only,
 * a part that is here drops it.
 */
static void meet(void)
{
	static const char own[] = "SELECT main.shard_split(); DO $$ BEGIN FOR i IN 0..7 LOOP"
				  " EXECUTE format('ALTER TABLE main.shard_mark_h%s DISABLE TRIGGER unmarked', i); END LOOP; END $$";
	struct db *all = NULL;

	command((const char *const[]){ "psql", "-qX", "-o", "/dev/null", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", own, NULL });
	if (db_open(url, DB_WRITE, &store_schema, &all, &e) < 0 || db_migrate(all, NULL, NULL, &e) < 0)
		fail_msg("%s", e.msg);
	db_close(all);
	learn("SELECT format('CREATE TABLE %s (%s);', relname, string_agg(format('%s %s%s', attname, CASE atttypid WHEN 'text'::regtype THEN 'TEXT'"
	      " WHEN 'timestamptz'::regtype THEN 'INSTANT' WHEN 'smallint'::regtype THEN 'SMALL' ELSE 'INTEGER' END, CASE WHEN attnotnull THEN ' NOT NULL' END), ', ' ORDER BY attnum))"
	      " FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped"
	      " WHERE relnamespace = 'main'::regnamespace AND relname IN ('mirror', 'mirror_point', 'shard_mark') GROUP BY relname");
}

/* A row of each organisation in each table. They refer to nothing: foreign keys are off while they are made. */
static void fill(void)
{
	AUTO(sb_done) struct sb sb = SB_INIT(1 << 20);

	sb_adds(&sb, pg ? "SET session_replication_role = replica; SET search_path = main; SELECT month_make(t, 900000) FROM (VALUES ('chunk'), ('mirror_point')) v(t);" : "PRAGMA foreign_keys = OFF;");
	sb_adds(&sb, ORGS);
	for (const struct tenant *t = there(store_schema.tenants); t->table; t = there(t + 1))
		for (int org = TOP; org <= NEXT && strcmp(t->table, "org") != 0; org++) {
			insert_of(t->table, org, org, &sb);
			sb_addc(&sb, ';');
		}
	if (pg) {
		command((const char *const[]){ "psql", "-qX", "-o", "/dev/null", "-v", "ON_ERROR_STOP=1", "-d", super, "-c", sb_cstr(&sb), NULL });
	} else if (sqlite3_exec(meta, sb_cstr(&sb), NULL, NULL, NULL) != SQLITE_OK) {
		fail_msg("%s", sqlite3_errmsg(meta));
	}
}

static void place(const char *pattern, char *out, size_t size)
{
	const char *at = strstr(pattern, "%s");
	AUTO(sb_done) struct sb sb = SB_INIT(1000);

	assert_non_null(at);
	sb_add(&sb, pattern, (size_t)(at - pattern));
	sb_addf(&sb, "%s%s", strrchr(folder, '/') + 1, at + 2);
	(void)snprintf(out, size, "%s", sb_cstr(&sb));
}

static int setup(void **state)
{
	static const int64_t ids[] = { OWN, KID, GRANDKID };

	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/tenants_XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/store.db", folder);
	make(path);
	assert_int_equal(sqlite3_open(path, &meta), SQLITE_OK);
	if (pg) {
		place(getenv("SIT_TEST_PG"), url, sizeof(url));
		place(getenv("SIT_TEST_PG_SUPER"), super, sizeof(super));
		command((const char *const[]){ "createdb", "-EUTF8", strrchr(folder, '/') + 1, NULL });
		make(url);
		meet();
	} else {
		(void)snprintf(url, sizeof(url), "%s", path);
	}
	fill();
	assert_int_equal(db_open(url, DB_WRITE, &store_schema, &db, &e), 0);
	assert_int_equal(db_scope_set(db, OWN, "own", ids, COUNT(ids), &e), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	db_close(db);
	(void)sqlite3_close(meta);
	if (pg)
		command((const char *const[]){ "dropdb", "--force", strrchr(folder, '/') + 1, NULL });
	command((const char *const[]){ "rm", "-r", folder, NULL });
	return 0;
}

/* ---- what may be done ---- */

static int one(struct db *d, void *arg, struct err *err)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	const struct sql *sql = arg;

	return db_prepare(d, sql->text, sql->writes, &st, err) < 0 || stmt_run(st, err) < 0 ? -1 : 0;
}

/* The number of rows that it changes, and takes back; the error's code negated. */
static int64_t does(const char *table, const char *text)
{
	struct sql sql = { text, table };

	err_clear(&e);
	if (db_ready(db, &sql, 1, &e) < 0 || db_write(db, true, one, &sql, &e) < 0)
		return -(int64_t)e.code;
	return db_changes(db);
}

static void expect(const char *table, const char *what, int64_t got, int64_t want, size_t *bad)
{
	if (got == want)
		return;
	print_error("%s: %s: %" PRId64 " instead of %" PRId64 "%s%s\n", table, what, got, want, got < 0 ? ": " : "", got < 0 ? e.msg : "");
	++*bad;
}

static int64_t count_of(const char *text)
{
	AUTO(stmt_freep) struct stmt *st = NULL;

	if (db_prepare(db, text, NULL, &st, &e) < 0 || stmt_step(st, &e) != 1)
		return -(int64_t)e.code;
	return stmt_int(st, 0);
}

/* A table that is added says whose its rows are, or is one of these. */
static void test_all_are_tenants(void **state)
{
	static const char *const nobodys[] = { "meta", "migration", "counter", "epoch" };
	sqlite3_stmt *s = NULL;
	size_t tables = 0, tenants = 0;

	(void)state;
	assert_int_equal(sqlite3_prepare_v2(meta, "SELECT name, name = 'org' OR EXISTS (SELECT 1 FROM pragma_table_info(t.name) c WHERE c.name = 'org_id')"
						  " FROM sqlite_schema t WHERE type = 'table' AND name NOT LIKE 'sqlite%'", -1, &s, NULL), SQLITE_OK);
	while (sqlite3_step(s) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(s, 0);
		const struct tenant *t = store_schema.tenants;
		bool known = false;

		while (t->table && strcmp(t->table, name) != 0)
			t++;
		for (size_t i = 0; i < COUNT(nobodys); i++)
			known |= strcmp(nobodys[i], name) == 0;
		if (known ? t->table != NULL : t->table == NULL || !sqlite3_column_int(s, 1))
			fail_msg("%s: a table of the store is a tenant's with org_id, or known here to be nobody's", name);
		tables += !known;
	}
	(void)sqlite3_finalize(s);
	for (const struct tenant *t = there(store_schema.tenants); t->table; t = there(t + 1))
		tenants++;
	assert_int_equal(tables, tenants);
}

static void test_read(void **state)
{
	size_t bad = 0;
	char text[400];

	(void)state;
	for (const struct tenant *t = there(store_schema.tenants); t->table; t = there(t + 1)) {
		bool org = strcmp(t->table, "org") == 0;
		const char *id = org ? "id" : "org_id";

		(void)snprintf(text, sizeof(text), "SELECT count(*) FROM %s", t->table);
		expect(t->table, "rows seen", count_of(text), org ? 3 : 2, &bad);
		(void)snprintf(text, sizeof(text), "SELECT count(*) FROM %s WHERE %s IN (1, 4)", t->table, id);
		expect(t->table, "foreign rows seen", count_of(text), 0, &bad);
		(void)snprintf(text, sizeof(text), "SELECT sum(%s) FROM %s", id, t->table);
		expect(t->table, "rows are those of itself and below", count_of(text), OWN + KID + (org ? GRANDKID : 0), &bad);
	}
	assert_int_equal(bad, 0);
}

static void test_insert(void **state)
{
	static const int others[] = { TOP, KID, NEXT };
	size_t bad = 0;

	(void)state;
	for (const struct tenant *t = there(store_schema.tenants); t->table; t = there(t + 1))
		for (size_t i = 0; i < COUNT(others); i++) {
			AUTO(sb_done) struct sb sb = SB_INIT(8192);

			insert_of(t->table, others[i], 10 + others[i], &sb);
			expect(t->table, "insert of a foreign row", does(t->table, sb_cstr(&sb)), -(int64_t)E_DENIED, &bad);
		}
	assert_int_equal(bad, 0);
}

static void test_update(void **state)
{
	size_t bad = 0;
	char text[400], column[100];

	(void)state;
	for (const struct tenant *t = there(store_schema.tenants); t->table; t = there(t + 1)) {
		bool org = strcmp(t->table, "org") == 0;

		plain_column(t->table, column, sizeof(column));
		(void)snprintf(text, sizeof(text), "UPDATE main.%s SET \"%s\" = \"%s\"", t->table, column, column);
		expect(t->table, "update of all rows", does(t->table, text), org ? 2 : 1, &bad);
		(void)snprintf(text, sizeof(text), "UPDATE main.%s SET \"%s\" = \"%s\" WHERE %s IN (1, 4)", t->table, column, column, org ? "id" : "org_id");
		expect(t->table, "update of foreign rows", does(t->table, text), 0, &bad);
		(void)snprintf(text, sizeof(text), org ? "UPDATE main.%s SET parent_id = 4 WHERE id = 3" : "UPDATE main.%s SET org_id = 4 WHERE org_id = 2",
			       t->table);
		expect(t->table, "giving a row away", does(t->table, text), -(int64_t)E_DENIED, &bad);
	}
	assert_int_equal(bad, 0);
}

static void test_delete(void **state)
{
	size_t bad = 0;
	char text[400];

	(void)state;
	for (const struct tenant *t = there(store_schema.tenants); t->table; t = there(t + 1)) {
		bool org = strcmp(t->table, "org") == 0;

		(void)snprintf(text, sizeof(text), "DELETE FROM main.%s WHERE %s IN (1, 4, %d)", t->table, org ? "id" : "org_id", org ? GRANDKID : KID);
		expect(t->table, "delete of foreign rows", does(t->table, text), 0, &bad);
		(void)snprintf(text, sizeof(text), "DELETE FROM main.%s", t->table);
		if (!org)
			expect(t->table, "delete of all rows", does(t->table, text), 1, &bad);
	}
	assert_int_equal(bad, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test(f)
		T(test_all_are_tenants), T(test_read), T(test_insert), T(test_update), T(test_delete),
	};

	/* One store for all: what they write they take back. */
	pg = getenv("SIT_TEST_PG") != NULL;
	return cmocka_run_group_tests_name(pg ? "tenants on Postgres" : "tenants", tests, setup, teardown);
}
