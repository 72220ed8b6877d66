/* SPDX-License-Identifier: MIT */
/* The backend for Postgres, on the server of tests/with-postgres (make check-pg): what db.c tests with a file, as far as it is not about files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <math.h>
#include <sys/wait.h>

#include "db/db.h"
#include "os/signal.h"

#define FIRST                                                                                                \
	{                                                                                                    \
		1, "first",                                                                                  \
			"CREATE TABLE thing (id {id}, name TEXT NOT NULL UNIQUE, raw {blob}, num ANY, doc {json}) STRICT;" \
			"CREATE TABLE pair (a INTEGER NOT NULL, b REAL, note TEXT DEFAULT 'TEXT; STRICT', PRIMARY KEY (a, b)) STRICT, WITHOUT ROWID", \
			false                                                                                \
	}
#define SECOND                                                                                               \
	{                                                                                                    \
		2, "parts", "{sqlite}CREATE NOTHING;{postgres}CREATE TABLE part (id {id});{both}ALTER TABLE part ADD COLUMN thing_id INTEGER REFERENCES thing (id)", true \
	}
static const struct migration two[] = { FIRST, SECOND, { 0 } };
static const struct migration three[] = { FIRST, SECOND, { 3, "size", "ALTER TABLE part ADD COLUMN size REAL", false }, { 0 } };
static const struct db_schema schema = { .migrations = three, .min_reader = 2, .min_writer = 3 };
static const struct db_schema old_schema = { .migrations = two, .min_reader = 1, .min_writer = 1 };

static char base[64], url[512], super[512];
static struct err e;

/* A statement by psql beside everything of ours; the database is where it runs. */
static void psql(const char *db, const char *text)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		(void)execlp("psql", "psql", "-qX", "-o", "/dev/null", "-v", "ON_ERROR_STOP=1", "-d", db, "-c", text, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* "%s" of the pattern is the database; the rest is as it is. */
static void fill(char out[512], const char *pattern, const char *db)
{
	const char *at = strstr(pattern, "%s");

	assert_non_null(at);
	assert_true(strlen(pattern) + strlen(db) < 512);
	memcpy(out, pattern, (size_t)(at - pattern));
	(void)snprintf(out + (at - pattern), 512 - (size_t)(at - pattern), "%s%s", db, at + 2);
}

static int setup(void **state)
{
	static int n;
	char text[128];

	(void)state;
	err_clear(&e);
	(void)snprintf(base, sizeof(base), "unit_%d_%d", (int)getpid(), n++);
	(void)snprintf(text, sizeof(text), "CREATE DATABASE %s", base);
	psql("postgres", text);
	fill(url, getenv("SIT_TEST_PG"), base);
	fill(super, getenv("SIT_TEST_PG_SUPER"), base);
	return 0;
}

static int teardown(void **state)
{
	char text[128];

	(void)state;
	(void)snprintf(text, sizeof(text), "DROP DATABASE %s WITH (FORCE)", base);
	psql("postgres", text);
	return 0;
}

static struct db *open_as(enum db_mode mode)
{
	struct db *db = NULL;

	if (db_open(url, mode, &schema, &db, &e) < 0)
		fail_msg("%s", e.msg);
	return db;
}

static struct db *fresh(void)
{
	struct db *db = open_as(DB_CREATE);

	if (db_migrate(db, NULL, NULL, &e) < 0)
		fail_msg("%s", e.msg);
	return db;
}

static void refused_at(const char *where, enum db_mode mode, const struct db_schema *s, enum err_code code, const char *part)
{
	struct db *db = NULL;

	assert_int_equal(db_open(where, mode, s, &db, &e), -1);
	assert_null(db);
	if (e.code != code || !strstr(e.msg, part))
		fail_msg("%d \"%s\" is not %d, \"%s\"", (int)e.code, e.msg, (int)code, part);
	if (strstr(e.msg, "geheim"))
		fail_msg("a password is shown: %s", e.msg);
}

static void refused(enum db_mode mode, const struct db_schema *s, enum err_code code, const char *part)
{
	refused_at(url, mode, s, code, part);
}

static int64_t number(struct db *db, const char *text)
{
	AUTO(stmt_freep) struct stmt *st = NULL;

	if (db_prepare(db, text, NULL, &st, &e) < 0 || stmt_step(st, &e) != 1)
		fail_msg("%s: %s", text, e.msg);
	return stmt_int(st, 0);
}

static int add(struct db *db, void *arg, struct err *err)
{
	static const struct sql sql = { "INSERT INTO main.thing (name) VALUES ($1)", "thing" };
	struct stmt *st;

	if (db_stmt(db, &sql, &st, err) < 0)
		return -1;
	stmt_bind_text(st, 1, str_of(arg));
	return stmt_run(st, err);
}

static char pump[] = "pump", fan[] = "fan", belt[] = "belt", hose[] = "hose";

static void test_no_store(void **state)
{
	char other[512];

	(void)state;
	refused(DB_READ, &schema, E_NOTFOUND, "no such store");
	fill(other, getenv("SIT_TEST_PG"), "there_is_none");
	refused_at(other, DB_WRITE, &schema, E_NOTFOUND, "no such store");
	db_close(open_as(DB_CREATE));
	refused(DB_CREATE, &schema, E_CONFLICT, "exists already");
	refused(DB_WRITE, &schema, E_CONFLICT, "schema 0 is older than this program's 3: run sit-db migrate");
}

/* No message has the password, wherever it was written and however wrong the URL is. */
static void test_passwords_are_not_shown(void **state)
{
	char with[600];
	struct db *db = NULL;

	(void)state;
	refused_at("postgres://u:geheim@/x?host=/nonexistent", DB_READ, &schema, E_IO, "postgres://u@/x?host=/nonexistent");
	refused_at("postgres://u@/x?password=geheim&host=/nonexistent", DB_READ, &schema, E_IO, "postgres://u@/x?host=/nonexistent:");
	refused_at("postgres://u:geheim@/x?nonsense=1", DB_READ, &schema, E_USAGE, "is no URL of Postgres");
	refused_at("postgres://u:geheim@[::1/x", DB_READ, &schema, E_USAGE, "is no URL of Postgres");
	db_close(fresh());
	(void)snprintf(with, sizeof(with), "%s&password=geheim", url);
	assert_int_equal(db_open(with, DB_READ, &schema, &db, &e), 0);
	assert_string_equal(db_path(db), url);
	db_close(db);
}

static void note(int version, const char *name, void *arg)
{
	char *s = arg;
	size_t n = strlen(s);

	(void)snprintf(s + n, 64 - n, "%d %s;", version, name);
}

static void test_migrate(void **state)
{
	char notes[64] = "";
	struct db *db = NULL;

	(void)state;
	assert_int_equal(db_open(url, DB_CREATE, &old_schema, &db, &e), 0);
	if (db_migrate(db, note, notes, &e) < 0)
		fail_msg("%s", e.msg);
	assert_string_equal(notes, "1 first;2 parts;");
	assert_int_equal(db_write(db, false, add, pump, &e), 0);
	db_close(db);
	refused(DB_READ, &schema, E_CONFLICT, "schema 2 is older than this program's 3: run sit-db migrate");
	assert_int_equal(db_open_any(url, DB_WRITE, &schema, &db, &e), 0);
	notes[0] = '\0';
	assert_int_equal(db_migrate(db, note, notes, &e), 0);
	assert_string_equal(notes, "3 size;");
	assert_int_equal(number(db, "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'main' AND data_type = 'bigint'"
				    " AND (table_name, column_name) IN (('pair', 'a'), ('part', 'thing_id'), ('thing', 'id'))"), 3);
	assert_int_equal(number(db, "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'main' AND column_default LIKE '''TEXT; STRICT''%'"),
			 1);
	db_close(db);
	/* min_reader 2, min_writer 3. */
	assert_int_equal(db_open(url, DB_READ, &old_schema, &db, &e), 0);
	db_close(db);
	refused(DB_WRITE, &old_schema, E_CONFLICT, "schema 3 is newer than this program's 2");
}

static void test_migration_fails(void **state)
{
	static const struct migration bad[] = { FIRST, { 2, "broken", "CREATE TABLE a (x TEXT); CREATE TABLE thing (x TEXT)", false }, { 0 } };
	static const struct db_schema broken = { .migrations = bad };
	struct db *db = NULL;

	(void)state;
	assert_int_equal(db_open(url, DB_CREATE, &broken, &db, &e), 0);
	assert_int_equal(db_migrate(db, NULL, NULL, &e), -1);
	assert_non_null(strstr(e.msg, "migration 2 (broken)"));
	assert_int_equal(number(db, "SELECT max(version) FROM migration"), 1);
	assert_int_equal(number(db, "SELECT count(*) FROM information_schema.tables WHERE table_name = 'a'"), 0);
	/* Not left lying: the next one finds the place empty. */
	db_discard(db);
	db_close(fresh());
}

static int add_two_and_fail(struct db *db, void *arg, struct err *err)
{
	(void)arg;
	if (add(db, fan, err) < 0 || add(db, belt, err) < 0)
		return -1;
	return err_set(err, E_USAGE, "no");
}

static int with_savepoint(struct db *db, void *arg, struct err *err)
{
	if (add(db, arg, err) < 0)
		return -1;
	assert_int_equal(db_savepoint(db, add_two_and_fail, NULL, err), -1);
	assert_string_equal(err->msg, "no");
	err_clear(err);
	/* A statement that fails breaks the transaction; the savepoint mends it. */
	assert_int_equal(db_savepoint(db, add, arg, err), -1);
	assert_int_equal(err->code, E_CONFLICT);
	err_clear(err);
	return db_savepoint(db, add, fan, err);
}

static int fail_and_look_away(struct db *db, void *arg, struct err *err)
{
	assert_int_equal(add(db, belt, err), 0);
	assert_int_equal(add(db, arg, err), -1);
	err_clear(err);
	return 0;
}

static void test_write(void **state)
{
	struct db *db = fresh();

	(void)state;
	assert_int_equal(db_write(db, false, add, pump, &e), 0);
	assert_int_equal(db_changes(db), 1);
	assert_int_equal(db_last_id(db), 1);
	assert_int_equal(db_write(db, false, add_two_and_fail, NULL, &e), -1);
	assert_int_equal(e.code, E_USAGE);
	assert_int_equal(number(db, "SELECT count(*) FROM thing"), 1);
	assert_int_equal(db_write(db, true, add, fan, &e), 0);
	assert_int_equal(db_write(db, true, add, pump, &e), -1);
	assert_int_equal(e.code, E_CONFLICT);
	assert_non_null(strstr(e.msg, "UNIQUE constraint failed: thing.name"));
	assert_non_null(strstr(e.msg, db_path(db)));
	assert_int_equal(number(db, "SELECT count(*) FROM thing"), 1);
	assert_int_equal(db_write(db, false, with_savepoint, hose, &e), 0);
	assert_int_equal(number(db, "SELECT count(*) FROM thing WHERE name IN ('hose', 'fan')"), 2);
	/* What fn did not look at is not committed in silence. */
	assert_int_equal(db_write(db, false, fail_and_look_away, pump, &e), -1);
	assert_int_equal(e.code, E_IO);
	assert_int_equal(number(db, "SELECT count(*) FROM thing WHERE name = 'belt'"), 0);
	db_close(db);
}

static void test_reader(void **state)
{
	struct db *a = fresh(), *r = open_as(DB_READ);
	struct stmt *st = NULL;

	(void)state;
	assert_int_equal(db_prepare(r, "INSERT INTO main.thing (name) VALUES ('x')", "thing", &st, &e), 0);
	assert_int_equal(stmt_run(st, &e), -1);
	assert_int_equal(e.code, E_IO);
	assert_non_null(strstr(e.msg, "is read-only"));
	stmt_free(st);
	assert_int_equal(db_write(a, false, add, pump, &e), 0);
	assert_int_equal(db_read_begin(r, &e), 0);
	assert_int_equal(number(r, "SELECT count(*) FROM thing"), 1);
	assert_int_equal(db_write(a, false, add, fan, &e), 0);
	assert_int_equal(number(r, "SELECT count(*) FROM thing"), 1); /* one snapshot */
	db_read_end(r);
	assert_int_equal(number(r, "SELECT count(*) FROM thing"), 2);
	db_close(r);
	db_close(a);
}

static void test_statement(void **state)
{
	static const struct sql sql = { "SELECT $2, CAST($1 AS BIGINT), $1 + 1, CAST($3 AS DOUBLE PRECISION), CAST($4 AS BYTEA), CAST($5 AS BIGINT),"
					" SUM(x), true, 1.5, AVG(x) FROM (VALUES (CAST(9007199254740993 AS BIGINT)), (2)) v (x)", NULL };
	static const char blob[] = { 0, 1, 2 };
	struct db *db = fresh();
	struct stmt *st, *again;
	struct cell c = CELL_OF_TIME(42);

	(void)state;
	if (db_stmt(db, &sql, &st, &e) < 0)
		fail_msg("%s", e.msg);
	stmt_bind_int(st, 1, INT64_C(9007199254740993));
	stmt_bind_text(st, 2, (struct str){ "pumpkin", 4 });
	stmt_bind_real(st, 3, -0.0);
	stmt_bind_blob(st, 4, blob, sizeof(blob));
	stmt_bind_cell(st, 5, &c);
	if (stmt_step(st, &e) != 1)
		fail_msg("%s", e.msg);
	assert_int_equal(stmt_columns(st), 10);
	assert_true(str_is(stmt_text(st, 0), "pump"));
	assert_int_equal(stmt_int(st, 1), INT64_C(9007199254740993));
	assert_true(str_is(stmt_text(st, 1), "9007199254740993"));
	assert_int_equal(stmt_int(st, 2), INT64_C(9007199254740994)); /* not of 32 bits */
	assert_true(stmt_real(st, 3) == 0 && signbit(stmt_real(st, 3)));
	assert_true(str_eq(stmt_blob(st, 4), (struct str){ blob, 3 }));
	assert_int_equal(stmt_int(st, 5), 42);
	assert_int_equal(stmt_cell(st, 6).type, CELL_INT); /* a numeric that is whole */
	assert_int_equal(stmt_int(st, 6), INT64_C(9007199254740995));
	assert_int_equal(stmt_int(st, 7), 1);
	assert_true(stmt_real(st, 8) == 1.5);
	assert_true(stmt_real(st, 9) == 4503599627370497.5);
	assert_int_equal(db_stmt(db, &sql, &again, &e), 0);
	assert_ptr_equal(st, again);
	stmt_bind_text(st, 2, (struct str){ NULL, 0 });
	assert_int_equal(stmt_step(st, &e), 1);
	assert_true(stmt_is_null(st, 0) && stmt_is_null(st, 1) && stmt_cell(st, 4).type == CELL_NULL);
	assert_int_equal(stmt_step(st, &e), 0);
	stmt_reset(st);
	stmt_bind_int(st, 6, 1);
	assert_int_equal(stmt_step(st, &e), -1);
	assert_int_equal(e.code, E_BUG);
	assert_non_null(strstr(e.msg, "$6"));
	db_close(db);
}

static void test_bad_text(void **state)
{
	static const char *const texts[] = { "SELECT ?", "SELECT $0", "SELECT 1; SELECT 2", " ; ", "SELEC 1", "SELECT nothing FROM thing" };
	struct db *db = fresh();
	struct stmt *st = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		assert_int_equal(db_prepare(db, texts[i], NULL, &st, &e), -1);
		assert_null(st);
		assert_int_equal(e.code, E_BUG);
	}
	/* Nobody writes an empty one: memory was short when it was built. */
	assert_int_equal(db_prepare(db, "", NULL, &st, &e), -1);
	assert_int_equal(e.code, E_IO);
	/* Bytes that are no text are the record's fault, not ours. */
	assert_int_equal(db_write(db, false, add, (char[]){ (char)0xff, 0 }, &e), -1);
	assert_int_equal(e.code, E_INPUT);
	assert_int_equal(number(db, "SELECT 1"), 1);
	db_close(db);
}

static int count_row(struct stmt *st, void *arg, struct err *err)
{
	(void)err;
	*(int64_t *)arg += stmt_int(st, 0);
	return 0;
}

static void test_foreign(void **state)
{
	static const char *const refuse[] = {
		"INSERT INTO thing (name) VALUES ('x')", "DELETE FROM thing", "BEGIN", "COMMIT; DROP TABLE thing", "SELECT 1; DROP TABLE thing",
		"WITH x AS (DELETE FROM thing RETURNING 1) SELECT * FROM x", "SET transaction_read_only = off", "CREATE TEMP TABLE x (y int)", "VACUUM",
		"COPY thing TO PROGRAM 'cat'", "/* SELECT */ DROP TABLE thing", "DO $$ BEGIN END $$", "SELECT pg_catalog.nextval('main.thing_id_seq')",
		"EXPLAIN ANALYZE DELETE FROM thing", "LISTEN x", "PREPARE x AS SELECT 1",
	};
	struct db *db = fresh();
	int64_t sum = 0;

	(void)state;
	assert_int_equal(db_write(db, false, add, pump, &e), 0);
	if (db_foreign(db, "SELECT 1; SELECT 2 UNION ALL SELECT 3; -- end; DROP", false, count_row, &sum, &e) < 0)
		fail_msg("%s", e.msg);
	assert_int_equal(sum, 6);
	sum = 0;
	if (db_foreign(db, "SELECT length('a;''b') + length($x$;'$x$) /* ; /* ; */ */ + length(E'\\';'); ; SELECT 10", false, count_row, &sum, &e) < 0)
		fail_msg("%s", e.msg);
	assert_int_equal(sum, 4 + 2 + 2 + 10);
	for (size_t i = 0; i < COUNT(refuse); i++) {
		if (db_foreign(db, refuse[i], false, count_row, &sum, &e) == 0 || e.code != E_DENIED)
			fail_msg("%s: %s", refuse[i], e.msg);
	}
	assert_int_equal(number(db, "SELECT count(*) FROM thing"), 1);
	assert_int_equal(db_foreign(db, "SELECT * FROM nothing", false, count_row, &sum, &e), -1);
	assert_int_equal(e.code, E_USAGE);
	sum = 0;
	if (db_foreign(db, "CREATE TABLE t (x int); INSERT INTO t VALUES (5); SELECT x FROM t", true, count_row, &sum, &e) < 0)
		fail_msg("%s", e.msg);
	assert_int_equal(sum, 5);
	assert_int_equal(db_foreign(db, "DELETE FROM t; COMMIT", true, count_row, &sum, &e), -1);
	assert_int_equal(e.code, E_DENIED);
	assert_int_equal(number(db, "SELECT count(*) FROM t"), 1);
	db_close(db);
}

static void collect(const char *what, void *arg)
{
	(void)snprintf(arg, 200, "%s", what);
}

static void test_check_and_size(void **state)
{
	struct db *db = fresh();
	struct db_size size;
	char found[200] = "";

	(void)state;
	assert_int_equal(db_check(db, collect, found, &e), 0);
	assert_string_equal(found, "");
	assert_int_equal(db_size(db, &size, &e), 0);
	assert_true(size.page_bytes == 8192 && size.pages > 5);
	psql(super, "SET session_replication_role = replica; INSERT INTO main.part (thing_id) VALUES (77)");
	assert_int_equal(db_check(db, collect, found, &e), 0);
	assert_string_equal(found, "row (77) of part refers to no row of thing");
	db_close(db);
}

static int add_slowly(struct db *db, void *arg, struct err *err)
{
	char name[32];

	(void)arg;
	(void)snprintf(name, sizeof(name), "n%d", (int)number(db, "SELECT count(*) FROM thing"));
	(void)usleep(200);
	return add(db, name, err);
}

/* Processes that write at once take turns; none fails, nothing is lost. */
static int add_and_tell(struct db *db, void *arg, struct err *err)
{
	db_notify(db, "things");
	return add(db, arg, err);
}

static int add_and_fail(struct db *db, void *arg, struct err *err)
{
	return add_and_tell(db, arg, err) < 0 ? -1 : err_set(err, E_INPUT, "no");
}

static void test_wait(void **state)
{
	struct db *follower, *writer;
	int status = -1;
	pid_t pid;

	(void)state;
	db_close(fresh());
	follower = open_as(DB_READ);
	writer = open_as(DB_WRITE);
	assert_int_equal(db_watch(follower, "things", &e), 0);
	assert_int_equal(db_wait(follower, 0, &e), 0);
	/* between watching and waiting: not missed, and told once */
	assert_int_equal(db_write(writer, false, add_and_tell, pump, &e), 0);
	assert_int_equal(db_wait(follower, 10000000, &e), 1);
	assert_int_equal(number(follower, "SELECT count(*) FROM thing"), 1);
	assert_int_equal(db_wait(follower, 0, &e), 0);
	/* what came to nothing is not told, nor what was only tried */
	assert_int_equal(db_write(writer, false, add_and_fail, fan, &e), -1);
	assert_int_equal(db_write(writer, true, add_and_tell, fan, &e), 0);
	assert_int_equal(db_wait(follower, 0, &e), 0);
	/* one's own is known */
	assert_int_equal(db_watch(writer, "things", &e), 0);
	assert_int_equal(db_write(writer, false, add_and_tell, fan, &e), 0);
	assert_int_equal(db_wait(writer, 0, &e), 0);
	assert_int_equal(db_wait(follower, 10000000, &e), 1);
	/* of another process, while it waits */
	pid = fork();
	if (pid == 0) {
		struct db *db = open_as(DB_WRITE);

		_exit(db_write(db, false, add_and_tell, belt, &e) != 0);
	}
	assert_int_equal(db_wait(follower, 60000000, &e), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(number(follower, "SELECT count(*) FROM thing"), 3);
	/* another channel is another matter */
	assert_int_equal(db_watch(writer, "others", &e), 0);
	assert_int_equal(db_write(writer, false, add_and_tell, hose, &e), 0);
	assert_int_equal(db_wait(follower, 10000000, &e), 1);
	psql(base, "NOTIFY sit_others");
	assert_int_equal(db_wait(writer, 10000000, &e), 1);
	assert_int_equal(db_wait(follower, 0, &e), 0);
	assert_int_equal(db_read_begin(follower, &e), 0);
	assert_int_equal(db_wait(follower, 0, &e), -1);
	assert_int_equal(e.code, E_BUG);
	db_read_end(follower);
	db_close(follower);
	db_close(writer);
	pid = fork();
	if (pid == 0) {
		struct db *db = open_as(DB_READ);

		signals_catch();
		(void)raise(SIGTERM);
		_exit(db_watch(db, "things", &e) != 0 || db_wait(db, 60000000, &e) != -1 || e.code != E_SIGNAL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_processes(void **state)
{
	pid_t pid[3];
	struct db *db = fresh();

	(void)state;
	db_close(db);
	for (size_t i = 0; i < COUNT(pid); i++) {
		pid[i] = fork();
		if (pid[i] == 0) {
			struct db *own = NULL;

			if (db_open(url, DB_WRITE, &schema, &own, &e) < 0)
				_exit(1);
			for (int k = 0; k < 20; k++)
				if (db_write(own, false, add_slowly, NULL, &e) < 0)
					_exit(2);
			db_close(own);
			_exit(0);
		}
	}
	for (size_t i = 0; i < COUNT(pid); i++) {
		int status = -1;

		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_int_equal(status, 0);
	}
	db = open_as(DB_READ);
	assert_int_equal(number(db, "SELECT count(*) FROM thing"), 60);
	db_close(db);
}

static int add_and_be_cut(struct db *db, void *arg, struct err *err)
{
	char text[200];

	(void)arg;
	assert_int_equal(add(db, pump, err), 0);
	(void)snprintf(text, sizeof(text), "SELECT pg_terminate_backend(%d)", (int)number(db, "SELECT pg_backend_pid()"));
	psql(super, text);
	return add(db, fan, err);
}

static void test_connection_lost(void **state)
{
	struct db *db = fresh();

	(void)state;
	assert_int_equal(db_write(db, false, add_and_be_cut, NULL, &e), -1);
	assert_int_equal(e.code, E_IO);
	assert_non_null(strstr(e.msg, "the connection was lost"));
	assert_non_null(strstr(e.msg, "nothing was stored: run it again"));
	assert_int_equal(number(db, "SELECT count(*) FROM thing"), 0);
	assert_int_equal(db_write(db, false, add, pump, &e), 0);
	assert_int_equal(number(db, "SELECT count(*) FROM thing"), 1);
	db_close(db);
}

/* ---- not waited for, many at once, by and by ---- */

static int add_text(struct db *db, const char *text, struct err *err)
{
	AUTO(stmt_freep) struct stmt *st = NULL;

	return db_prepare(db, text, NULL, &st, err) < 0 ? -1 : stmt_run(st, err);
}

static int post(struct db *db, const char *name, int keys, struct err *err)
{
	static const struct sql sql = { "INSERT INTO main.thing (name, num) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET num = thing.num + excluded.num",
					"thing" };
	struct stmt *st;

	if (db_stmt(db, &sql, &st, err) < 0)
		return -1;
	stmt_bind_text(st, 1, str_of(name));
	stmt_bind_int(st, 2, 1);
	return keys ? stmt_post_row(st, keys, err) : stmt_post(st, err);
}

/* 70 rows, some of them of a name that is among those which wait, then one of them read: all before it are there. */
static int post_many(struct db *db, void *arg, struct err *err)
{
	char name[16];

	for (int i = 0; i < 70; i++) {
		(void)snprintf(name, sizeof(name), "n%d", i % 50);
		if (post(db, name, 1, err) < 0)
			return -1;
	}
	assert_int_equal(number(db, "SELECT count(*) FROM thing"), 50);
	assert_int_equal(number(db, "SELECT sum(num) FROM thing"), *(const int *)arg);
	return post(db, "n0", 0, err);
}

static void test_posted(void **state)
{
	struct db *db = fresh();
	int sum = 70;

	(void)state;
	assert_int_equal(db_write(db, false, post_many, &sum, &e), 0);
	assert_int_equal(number(db, "SELECT num FROM thing WHERE name = 'n0'"), 3);
	sum += 1 + 70;
	assert_int_equal(db_write(db, true, post_many, &sum, &e), 0);
	assert_int_equal(number(db, "SELECT num FROM thing WHERE name = 'n0'"), 3);
	db_close(db);
}

static int post_bad(struct db *db, void *arg, struct err *err)
{
	static const struct sql sql = { "INSERT INTO main.part (thing_id) VALUES ($1)", "part" };
	struct stmt *st;

	(void)arg;
	if (post(db, "good", 0, err) < 0 || db_stmt(db, &sql, &st, err) < 0)
		return -1;
	stmt_bind_int(st, 1, 4711);
	return stmt_post(st, err); /* refers to nothing; nobody has noticed yet */
}

static int post_in_savepoint(struct db *db, void *arg, struct err *err)
{
	struct err why = { 0 };

	(void)arg;
	assert_int_equal(post(db, "before", 0, err), 0);
	assert_int_equal(db_savepoint(db, post_bad, NULL, &why), -1);
	assert_int_equal(why.code, E_CONFLICT);
	return post(db, "after", 0, err);
}

/* What was sent and failed fails the transaction, or only the savepoint it belongs to. */
static void test_posted_in_vain(void **state)
{
	struct db *db = fresh();

	(void)state;
	assert_int_equal(db_write(db, false, post_bad, NULL, &e), -1);
	assert_int_equal(e.code, E_CONFLICT);
	assert_int_equal(number(db, "SELECT count(*) FROM thing"), 0);
	assert_int_equal(db_write(db, false, post_in_savepoint, NULL, &e), 0);
	assert_int_equal(number(db, "SELECT count(*) FROM thing WHERE name IN ('before', 'after')"), 2);
	assert_int_equal(number(db, "SELECT count(*) FROM thing"), 2);
	db_close(db);
}

static struct stmt *long_listing(struct db *db)
{
	struct stmt *st;

	assert_int_equal(db_prepare(db, "SELECT i FROM generate_series($1::bigint, 10000) i", NULL, &st, &e), 0);
	stmt_bind_int(st, 1, 1);
	stmt_stream(st);
	return st;
}

static int list_the_rest(struct db *db, void *arg, struct err *err)
{
	struct stmt *st = arg;

	for (int i = 5001; i <= 10000; i++) {
		assert_int_equal(stmt_step(st, err), 1);
		assert_int_equal(stmt_int(st, 0), i);
	}
	assert_int_equal(stmt_step(st, err), 0);
	return add(db, pump, err);
}

/* Listings run beside each other, beside reading, and through a transaction that begins in the middle of them. */
static void test_streams(void **state)
{
	struct db *db = fresh();
	struct stmt *a = long_listing(db), *b = long_listing(db);

	(void)state;
	for (int i = 1; i <= 5000; i++) {
		assert_int_equal(stmt_step(a, &e), 1);
		assert_int_equal(stmt_int(a, 0), i);
		if (i % 1000 == 0) {
			assert_int_equal(stmt_step(b, &e), 1);
			assert_int_equal(stmt_int(b, 0), i / 1000);
			assert_int_equal(number(db, "SELECT count(*) FROM thing"), 0);
			assert_int_equal(db_read_begin(db, &e), 0);
			assert_int_equal(number(db, "SELECT count(*) FROM pg_cursors WHERE name LIKE 'c%'"), 2);
			db_read_end(db);
		}
	}
	stmt_free(b);
	assert_int_equal(db_write(db, false, list_the_rest, a, &e), 0);
	stmt_free(a);
	assert_int_equal(number(db, "SELECT count(*) FROM thing"), 1);
	assert_int_equal(number(db, "SELECT count(*) FROM pg_cursors WHERE name LIKE 'c%'"), 0);
	db_close(db);
}

/* ---- again ---- */

static int tries;

/* The first two times the server gives way to another's transaction, as far as it says. */
static int give_way(struct db *db, void *arg, struct err *err)
{
	if (post(db, "again", 0, err) < 0)
		return -1;
	if (++tries > *(int *)arg)
		return 0;
	return post(db, "again", 0, err) < 0 || add_text(db, "DO $$ BEGIN RAISE EXCEPTION 'deadlock' USING ERRCODE = '40P01'; END $$", err) < 0 ? -1 : 0;
}

static void undo(void *arg)
{
	++((int *)arg)[1];
}

static void test_again(void **state)
{
	struct db *db = fresh();
	int fails[2] = { 2, 0 };

	(void)state;
	tries = 0;
	assert_int_equal(db_write_again(db, false, give_way, undo, fails, &e), 0);
	assert_int_equal(tries, 3);
	assert_int_equal(fails[1], 2);
	assert_int_equal(number(db, "SELECT num FROM thing WHERE name = 'again'"), 1);
	/* Not for ever, and not what cannot be done again. */
	tries = 0;
	fails[0] = 100;
	assert_int_equal(db_write_again(db, false, give_way, undo, fails, &e), -1);
	assert_int_equal(tries, 5);
	tries = 0;
	assert_int_equal(db_write(db, false, give_way, fails, &e), -1);
	assert_int_equal(tries, 1);
	assert_int_equal(e.code, E_IO);
	assert_non_null(strstr(e.msg, "nothing was stored: run it again"));
	db_close(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(test_no_store),   T(test_passwords_are_not_shown), T(test_migrate),   T(test_migration_fails), T(test_write),
		T(test_reader),	    T(test_statement),		    T(test_bad_text),  T(test_foreign),		T(test_check_and_size),
		T(test_processes), T(test_wait), T(test_connection_lost), T(test_posted), T(test_posted_in_vain), T(test_streams),
		T(test_again),
	};

	if (!getenv("SIT_TEST_PG")) {
		puts("db_pg: skipped, no server; make check-pg has one");
		return 0;
	}
	return cmocka_run_group_tests_name("db_pg", tests, NULL, NULL);
}
