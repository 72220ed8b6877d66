/* SPDX-License-Identifier: MIT */
/* Opening, migrating, writing; what is in the file is asked of SQLite itself. The scope has tests of its own
 * in db_scope.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "db/db.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/signal.h"

#define FIRST                                                                                                \
	{                                                                                                    \
		.version = 1, .name = "first", .ddl =                                                                                  \
			"CREATE TABLE thing (id {id}, name TEXT NOT NULL UNIQUE, raw {blob}, doc {json}) "   \
			"STRICT;"                                                                            \
			"CREATE INDEX thing_doc ON thing (doc)"                                              \
	}
#define SECOND                                                                                               \
	{                                                                                                    \
		.version = 2, .name = "parts", .ddl =                                                                                  \
			"CREATE TABLE part (id {id}, thing_id INTEGER NOT NULL REFERENCES thing (id)) "      \
			"STRICT"                                                                             \
	}
static const struct migration two[] = {FIRST, SECOND, {0}};
static const struct migration three[] = {
	FIRST, SECOND, {.version = 3, .name = "size", .ddl = "ALTER TABLE part ADD COLUMN size REAL"}, {0}};
static const struct db_schema schema = {.migrations = three, .min_reader = 2, .min_writer = 3};
static const struct db_schema old_schema = {.migrations = two, .min_reader = 1, .min_writer = 1};

static char folder[64], path[96];

static int setup(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/sit-unit-db.XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/store.db", folder);
	return 0;
}

static const char *beside(const char *tail)
{
	static char name[128];

	(void)snprintf(name, sizeof(name), "%s%s", path, tail);
	return name;
}

static int teardown(void **state)
{
	static const char *const tail[] = {"", "-wal", "-shm", ".lock", ".link", ".copy"};

	(void)state;
	(void)chmod(folder, 0700);
	for (size_t i = 0; i < COUNT(tail); i++)
		(void)unlink(beside(tail[i]));
	return rmdir(folder);
}

static bool exists(const char *name)
{
	return access(name, F_OK) == 0;
}

/* A number out of the file by SQLite alone. */
static int64_t ask(const char *sql)
{
	sqlite3 *h = NULL;
	sqlite3_stmt *s = NULL;
	int64_t v = -1;

	assert_int_equal(sqlite3_open_v2(path, &h, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(h, sql, -1, &s, NULL), SQLITE_OK);
	if (sqlite3_step(s) == SQLITE_ROW)
		v = sqlite3_column_int64(s, 0);
	(void)sqlite3_finalize(s);
	assert_int_equal(sqlite3_close(h), SQLITE_OK);
	return v;
}

static void tell(const char *sql)
{
	sqlite3 *h = NULL;

	assert_int_equal(sqlite3_open(path, &h), SQLITE_OK);
	assert_int_equal(sqlite3_exec(h, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(h), SQLITE_OK);
}

static struct db *open_as(enum db_mode mode)
{
	struct err e = {0};
	struct db *db = NULL;

	if (db_open(path, mode, &schema, &db, &e) < 0)
		fail_msg("%s", e.msg);
	return db;
}

static struct db *fresh(void)
{
	struct err e = {0};
	struct db *db = open_as(DB_CREATE);

	if (db_migrate(db, NULL, NULL, &e) < 0)
		fail_msg("%s", e.msg);
	return db;
}

/* What opening says: code, and a part of the message. */
static void refused(enum db_mode mode, const struct db_schema *s, enum err_code code, const char *part)
{
	struct err e = {0};
	struct db *db = NULL;

	assert_int_equal(db_open(path, mode, s, &db, &e), -1);
	assert_null(db);
	assert_int_equal(e.code, code);
	if (!strstr(e.msg, part) || !strstr(e.msg, path))
		fail_msg("\"%s\" does not say \"%s\" and the path", e.msg, part);
}

static int64_t number(struct db *db, const char *text)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	struct err e = {0};

	if (db_prepare(db, text, NULL, &st, &e) < 0 || stmt_step(st, &e) != 1)
		fail_msg("%s: %s", text, e.msg);
	return stmt_int(st, 0);
}

static int add(struct db *db, void *arg, struct err *e)
{
	static const struct sql sql = {"INSERT INTO main.thing (name) VALUES ($1)", "thing"};
	struct stmt *st;

	if (db_stmt(db, &sql, &st, e) < 0)
		return -1;
	stmt_bind_text(st, 1, str_of(arg));
	return stmt_run(st, e);
}

static char pump[] = "pump", fan[] = "fan", belt[] = "belt", hose[] = "hose";

static void test_create(void **state)
{
	struct err e = {0};
	struct db *db = open_as(DB_CREATE);
	struct stat st;
	int have, known;

	(void)state;
	assert_string_equal(db_path(db), path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(db_version(db, &have, &known, &e), 0);
	assert_int_equal(have, 0);
	assert_int_equal(known, 3);
	db_close(db);
	assert_int_equal(ask("PRAGMA application_id"), 0x53495421);
	assert_int_equal(ask("PRAGMA page_size"), 4096);
	assert_int_equal(ask("PRAGMA auto_vacuum"), 2);
	/* At rest the store is one file. */
	assert_false(exists(beside("-wal")));
	assert_false(exists(beside("-shm")));
	refused(DB_CREATE, &schema, E_CONFLICT, "exists already");
	refused(DB_WRITE, &schema, E_CONFLICT, "schema 0 is older than this program's 3: run sit-db migrate");
}

static void test_url(void **state)
{
	struct err e = {0};
	struct db *db = NULL;
	char url[128];

	(void)state;
	db_close(fresh());
	(void)snprintf(url, sizeof(url), "sqlite:%s", path);
	assert_int_equal(db_open(url, DB_READ, &schema, &db, &e), 0);
	assert_string_equal(db_path(db), path);
	db_close(db);
	assert_int_equal(db_open("gopher://hole", DB_READ, &schema, &db, &e), -1);
	assert_int_equal(e.code, E_USAGE);
	db_close(NULL);
}

static void test_no_store(void **state)
{
	FILE *f;

	(void)state;
	refused(DB_READ, &schema, E_NOTFOUND, "no such store");
	refused(DB_WRITE, &schema, E_NOTFOUND, "no such store");
	f = fopen(path, "we");
	assert_non_null(f);
	refused(DB_READ, &schema, E_CONFLICT, "is not a sit store"); /* empty */
	for (int i = 0; i < 1000; i++)
		(void)fputs("ts,value\n", f);
	(void)fclose(f);
	refused(DB_WRITE, &schema, E_CONFLICT, "is not a sit store");
	(void)unlink(path);
	tell("CREATE TABLE migration (version)"); /* somebody else's database */
	refused(DB_READ, &schema, E_CONFLICT, "is not a sit store");
	(void)unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	refused(DB_READ, &schema, E_CONFLICT, "is not a sit store");
	assert_int_equal(rmdir(path), 0);
}

static void collect(const char *what, void *arg)
{
	(void)what;
	++*(int *)arg;
}

static void test_damaged(void **state)
{
	struct err e = {0};
	struct db *db = fresh();
	struct stmt *st = NULL;
	int findings = 0, fd;
	char junk[4096];

	(void)state;
	assert_int_equal(db_write(db, false, add, pump, &e), 0);
	db_close(db);
	/* The root page of `thing` is overwritten. */
	memset(junk, 0x5a, sizeof(junk));
	fd = open(path, O_WRONLY);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, junk, sizeof(junk),
				(off_t)(4096 * (ask("SELECT rootpage FROM sqlite_schema "
						    "WHERE name = 'thing'") -
						1))),
			 sizeof(junk));
	(void)close(fd);
	db = open_as(DB_READ);
	assert_int_equal(db_prepare(db, "SELECT raw FROM thing", NULL, &st, &e), 0);
	assert_int_equal(stmt_step(st, &e), -1);
	assert_int_equal(e.code, E_IO);
	assert_non_null(strstr(e.msg, "is damaged or no store"));
	assert_non_null(strstr(e.msg, path));
	stmt_free(st);
	(void)db_check(db, collect, &findings, &e);
	assert_true(findings > 0);
	db_close(db);
}

static void test_check_and_size(void **state)
{
	struct err e = {0};
	struct db *db = fresh();
	struct db_size size;
	int findings = 0;

	(void)state;
	assert_int_equal(db_write(db, false, add, pump, &e), 0);
	assert_int_equal(db_check(db, collect, &findings, &e), 0);
	assert_int_equal(findings, 0);
	assert_int_equal(db_size(db, &size, &e), 0);
	assert_int_equal(size.page_bytes, 4096);
	assert_true(size.pages >= 5 && size.wal_bytes > 0);
	assert_int_equal(size.free_pages, 0);
	db_close(db);
	tell("PRAGMA foreign_keys = OFF; INSERT INTO part (thing_id) VALUES (77)");
	db = open_as(DB_READ);
	assert_int_equal(db_check(db, collect, &findings, &e), 0);
	assert_int_equal(findings, 1);
	db_close(db);
}

static void test_pragmas(void **state)
{
	struct db *db = fresh();

	(void)state;
	assert_int_equal(number(db, "PRAGMA synchronous"), 2);
	assert_int_equal(number(db, "PRAGMA foreign_keys"), 1);
	assert_int_equal(number(db, "PRAGMA trusted_schema"), 0);
	assert_int_equal(number(db, "PRAGMA cell_size_check"), 1);
	assert_int_equal(number(db, "PRAGMA mmap_size"), 0);
	assert_int_equal(number(db, "PRAGMA wal_autocheckpoint"), 0);
	db_close(db);
	assert_int_equal(ask("SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'wal'"), 1);
	/* A store that somebody put back to a rollback journal is WAL again once it is opened for writing. */
	tell("PRAGMA journal_mode = DELETE");
	db_close(open_as(DB_WRITE));
	assert_int_equal(ask("SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'wal'"), 1);
}

static void note(int version, const char *name, void *arg)
{
	char *s = arg;
	size_t n = strlen(s);

	(void)snprintf(s + n, 64 - n, "%d %s;", version, name);
}

static void test_migrate(void **state)
{
	struct err e = {0};
	char notes[64] = "";
	struct db *db = NULL;

	(void)state;
	/* The older program makes a store; the newer brings it on. */
	assert_int_equal(db_open(path, DB_CREATE, &old_schema, &db, &e), 0);
	assert_int_equal(db_migrate(db, note, notes, &e), 0);
	assert_string_equal(notes, "1 first;2 parts;");
	assert_int_equal(db_write(db, false, add, pump, &e), 0);
	db_close(db);
	refused(DB_READ, &schema, E_CONFLICT, "schema 2 is older than this program's 3: run sit-db migrate");
	assert_int_equal(db_open_any(path, DB_WRITE, &schema, &db, &e), 0);
	notes[0] = '\0';
	assert_int_equal(db_migrate(db, note, notes, &e), 0);
	assert_string_equal(notes, "3 size;");
	assert_int_equal(db_migrate(db, note, notes, &e), 0); /* nothing left to do */
	assert_string_equal(notes, "3 size;");
	db_close(db);
	assert_int_equal(ask("SELECT count(*) FROM thing WHERE name = 'pump'"), 1);
	assert_int_equal(ask("SELECT count(*) FROM migration WHERE at > 0 AND name <> ''"), 3);
	assert_int_equal(ask("SELECT value FROM meta WHERE name = 'min_writer'"), 3);
	db_close(open_as(DB_WRITE));
}

static void test_newer(void **state)
{
	struct err e = {0};
	struct db *db = NULL;

	(void)state;
	db_close(fresh());
	/* min_reader 2, min_writer 3: the program of schema 2 may read, not write; that of schema 1 neither.
	 */
	assert_int_equal(db_open(path, DB_READ, &old_schema, &db, &e), 0);
	db_close(db);
	refused(DB_WRITE, &old_schema, E_CONFLICT, "schema 3 is newer than this program's 2");
	tell("UPDATE meta SET value = '3' WHERE name = 'min_reader'");
	refused(DB_READ, &old_schema, E_CONFLICT, "schema 3 is newer than this program's 2");
	assert_int_equal(db_open_any(path, DB_WRITE, &old_schema, &db, &e), 0);
	assert_int_equal(db_migrate(db, NULL, NULL, &e), -1);
	assert_int_equal(e.code, E_CONFLICT);
	db_close(db);
}

static void test_migration_fails(void **state)
{
	static const struct migration bad[] = {
		FIRST,
		{.version = 2, .name = "broken", .ddl = "CREATE TABLE a (x); INSERT INTO a VALUES (1); CREATE TABLE thing (x)"},
		{0},
	};
	static const struct db_schema broken = {.migrations = bad};
	struct err e = {0};
	struct db *db = NULL;

	(void)state;
	assert_int_equal(db_open(path, DB_CREATE, &broken, &db, &e), 0);
	assert_int_equal(db_migrate(db, NULL, NULL, &e), -1);
	assert_non_null(strstr(e.msg, "migration 2 (broken)"));
	db_close(db);
	/* All or nothing: the first is there, of the second not a trace. */
	assert_int_equal(ask("SELECT max(version) FROM migration"), 1);
	assert_int_equal(ask("SELECT count(*) FROM sqlite_schema WHERE name = 'a'"), 0);
}

static int add_two_and_fail(struct db *db, void *arg, struct err *e)
{
	(void)arg;
	if (add(db, fan, e) < 0 || add(db, belt, e) < 0)
		return -1;
	return err_set(e, E_USAGE, "no");
}

static int with_savepoint(struct db *db, void *arg, struct err *e)
{
	if (add(db, arg, e) < 0)
		return -1;
	assert_int_equal(db_savepoint(db, add_two_and_fail, NULL, e), -1);
	assert_string_equal(e->msg, "no");
	err_clear(e);
	return db_savepoint(db, add, fan, e);
}

static int nested(struct db *db, void *arg, struct err *e)
{
	assert_int_equal(db_write(db, false, add, arg, e), -1);
	assert_int_equal(e->code, E_BUG);
	return 0;
}

static int is_locked(struct db *db, void *arg, struct err *e)
{
	int fd = -1;

	(void)db;
	(void)e;
	*(int *)arg = lock_try(beside(".lock"), &fd);
	return 0;
}

static int is_full(struct db *db, void *arg, struct err *e)
{
	(void)arg;
	(void)e;
	assert_int_equal(number(db, "PRAGMA synchronous"), 2);
	return 0;
}

static void test_write(void **state)
{
	int taken = -1;
	struct err e = {0};
	struct db *db = fresh();

	(void)state;
	assert_int_equal(db_write(db, false, add, pump, &e), 0);
	assert_int_equal(db_changes(db), 1);
	assert_int_equal(db_last_id(db), 1);
	assert_int_equal(db_write(db, false, add_two_and_fail, NULL, &e), -1);
	assert_int_equal(e.code, E_USAGE);
	assert_int_equal(number(db, "SELECT count(*) FROM thing"), 1);
	/* A dry run finds what is wrong and leaves nothing. */
	assert_int_equal(db_write(db, true, add, fan, &e), 0);
	assert_int_equal(db_write(db, true, add, pump, &e), -1);
	assert_int_equal(e.code, E_CONFLICT);
	assert_non_null(strstr(e.msg, "thing.name"));
	assert_non_null(strstr(e.msg, path));
	assert_int_equal(number(db, "SELECT count(*) FROM thing"), 1);
	assert_int_equal(db_write(db, false, with_savepoint, hose, &e), 0);
	assert_int_equal(number(db, "SELECT count(*) FROM thing WHERE name IN ('hose', 'fan')"), 2);
	assert_int_equal(db_write(db, false, nested, pump, &e), 0);
	assert_int_equal(db_write(db, false, is_locked, &taken, &e), 0);
	assert_int_equal(taken, 0); /* somebody has it: us */
	assert_int_equal(db_savepoint(db, add, pump, &e), -1);
	assert_int_equal(e.code, E_BUG);
	db_close(db);
	assert_false(exists(beside("-wal")));
	assert_int_equal(ask("SELECT count(*) FROM thing"), 3);
}

static void test_read_only_handle(void **state)
{
	struct err e = {0};
	struct db *db;
	struct stmt *st = NULL;

	(void)state;
	db_close(fresh());
	db = open_as(DB_READ);
	assert_int_equal(db_write(db, false, add, pump, &e), -1);
	assert_int_equal(e.code, E_BUG);
	assert_int_equal(db_prepare(db, "INSERT INTO main.thing (name) VALUES ('x')", "thing", &st, &e), 0);
	assert_int_equal(stmt_run(st, &e), -1);
	assert_int_equal(e.code, E_IO);
	assert_non_null(strstr(e.msg, "is read-only"));
	stmt_free(st);
	assert_int_equal(number(db, "SELECT count(*) FROM thing"), 0);
	db_close(db);
	assert_false(exists(beside("-shm")));
}

/* Two connections in turn, one of them under another name: they meet at one lock, and each sees what the
 * other committed. */
static void test_two(void **state)
{
	struct err e = {0};
	struct db *a = fresh(), *b = NULL, *reader;
	char name[128];

	(void)state;
	(void)snprintf(name, sizeof(name), "%s", beside(".link"));
	assert_int_equal(symlink(path, name), 0);
	assert_int_equal(db_open(name, DB_WRITE, &schema, &b, &e), 0);
	reader = open_as(DB_READ);
	assert_int_equal(db_write(a, false, add, pump, &e), 0);
	assert_int_equal(db_write(b, false, add, fan, &e), 0);
	assert_int_equal(db_read_begin(reader, &e), 0);
	assert_int_equal(number(reader, "SELECT count(*) FROM thing"), 2);
	assert_int_equal(db_write(a, false, add, belt, &e), 0);
	assert_int_equal(number(reader, "SELECT count(*) FROM thing"), 2); /* one snapshot */
	db_read_end(reader);
	assert_int_equal(number(reader, "SELECT count(*) FROM thing"), 3);
	assert_int_equal(number(b, "SELECT count(*) FROM thing"), 3);
	assert_true(exists(beside(".lock")));
	(void)snprintf(name, sizeof(name), "%s", beside(".link.lock"));
	assert_false(exists(name));
	db_close(a);
	assert_true(exists(beside("-wal"))); /* others are still there */
	db_close(reader);
	db_close(b);
	assert_false(exists(beside("-wal")));
}

static int add_many(struct db *db, void *arg, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;

	if (db_prepare(db,
		       "INSERT INTO main.thing (name, raw) WITH RECURSIVE n (i) AS (VALUES ($1) UNION ALL "
		       "SELECT i + 1 FROM n LIMIT 100) "
		       "SELECT 'n' || i, zeroblob(20000) FROM n",
		       "thing", &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, *(int *)arg);
	*(int *)arg += 100;
	return stmt_run(st, e);
}

/* 80 MB in commits of 2 MB: the WAL is moved into the file on the way. Who commits lazily has nobody who waits and does so at 32 MiB, others at twice that. */
static void checkpoints(bool lazy, int64_t mib)
{
	struct err e = {0};
	struct db *db = fresh();
	struct db_size size;
	int from = 0;

	for (int i = 0; i < 40; i++)
		assert_int_equal(lazy ? db_write_lazily(db, add_many, NULL, &from, &e) : db_write(db, false, add_many, &from, &e), 0);
	assert_int_equal(db_size(db, &size, &e), 0);
	assert_true(size.wal_bytes > mib << 20 && size.wal_bytes < (mib + 6) << 20);
	db_close(db);
	assert_false(exists(beside("-wal")));
	assert_int_equal(ask("SELECT count(*) FROM thing"), 4000);
}

static void test_checkpoint(void **state)
{
	(void)state;
	checkpoints(false, 64);
	(void)unlink(path);
	checkpoints(true, 32);
}

static int syncs, fail_sync;

/* What SQLite calls, too. */
int fdatasync(int fd)
{
	syncs++;
	if (fail_sync && --fail_sync == 0) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_fdatasync, fd);
}

/* After a sync that failed nothing is written behind what the disk may not have: it is moved into the file, and the WAL begins anew. */
static void test_failed_sync(void **state)
{
	struct err e = {0};
	struct db *db = fresh();
	struct db_size size;
	int from = 0;
	bool done;

	(void)state;
	assert_int_equal(db_write_lazily(db, add, NULL, pump, &e), 0);
	fail_sync = 1;
	assert_int_equal(db_write(db, false, add, fan, &e), -1);
	assert_int_equal(e.code, E_IO);
	err_clear(&e);
	/* A reader that is in the middle keeps it from that. */
	{
		struct db *reader = open_as(DB_READ);

		assert_int_equal(db_read_begin(reader, &e), 0);
		assert_int_equal(number(reader, "SELECT count(*) FROM thing"), 1);
		assert_int_equal(db_write(db, false, add, fan, &e), -1);
		assert_int_equal(e.code, E_IO);
		assert_non_null(strstr(e.msg, "written anew"));
		err_clear(&e);
		db_read_end(reader);
		db_close(reader);
	}
	assert_int_equal(db_write(db, false, add, fan, &e), 0);
	assert_int_equal(db_size(db, &size, &e), 0);
	assert_true(size.wal_bytes < 8 * 4096); /* of the last one alone */
	assert_int_equal(ask("SELECT count(*) FROM thing"), 2);
	/* It may also be a checkpoint that is told. */
	assert_int_equal(db_write_lazily(db, add_many, NULL, &from, &e), 0);
	fail_sync = 1;
	assert_int_equal(db_checkpoint(db, &done, &e), -1);
	err_clear(&e);
	assert_int_equal(db_write(db, false, add, hose, &e), 0);
	assert_int_equal(db_size(db, &size, &e), 0);
	assert_true(size.wal_bytes < 8 * 4096);
	assert_int_equal(ask("SELECT count(*) FROM thing"), 103);
	db_close(db);
}

/* What is durable when is shown by power cuts (tests/fault); here, that only the lazy one asks for less, and each other for all, whatever came before. */
static void test_lazily(void **state)
{
	struct err e = {0};
	struct db *db = fresh();

	(void)state;
	assert_int_equal(db_write(db, false, add, hose, &e), 0);
	syncs = 0;
	assert_int_equal(db_write_lazily(db, add, NULL, pump, &e), 0);
	assert_int_equal(syncs, 0);
	assert_int_equal(number(db, "PRAGMA synchronous"), 1);
	assert_int_equal(ask("SELECT count(*) FROM thing"), 2);
	assert_int_equal(db_sync(db, &e), 0);
	assert_int_equal(syncs, 1);
	assert_int_equal(db_write_lazily(db, add_two_and_fail, NULL, NULL, &e), -1);
	err_clear(&e);
	assert_int_equal(db_write(db, false, add, fan, &e), 0);
	assert_int_equal(syncs, 2);
	assert_int_equal(number(db, "PRAGMA synchronous"), 2);
	assert_int_equal(db_write_lazily(db, nested, NULL, pump, &e), 0);
	assert_int_equal(db_write(db, false, is_full, NULL, &e), 0);
	db_close(db);
	db = open_as(DB_READ);
	assert_int_equal(db_sync(db, &e), 0); /* there is no WAL */
	db_close(db);
}

static void test_statement(void **state)
{
	static const struct sql sql = {"SELECT $2, $1, $1 + 1, $3, $4, $5, x'0001', 1.5", NULL};
	static const char blob[] = {0, 1, 2};
	struct err e = {0};
	struct db *db = fresh();
	struct stmt *st, *again;
	struct cell c = CELL_OF_TIME(42);

	(void)state;
	assert_int_equal(db_stmt(db, &sql, &st, &e), 0);
	stmt_bind_int(st, 1, INT64_C(9007199254740993));
	stmt_bind_text(st, 2, (struct str){"pumpkin", 4});
	stmt_bind_real(st, 3, 0.1);
	stmt_bind_blob(st, 4, blob, sizeof(blob));
	stmt_bind_cell(st, 5, &c);
	assert_int_equal(stmt_step(st, &e), 1);
	assert_int_equal(stmt_columns(st), 8);
	assert_string_equal(stmt_column_name(st, 7), "1.5");
	assert_true(str_is(stmt_text(st, 0), "pump")); /* by its number, though it comes first in the text */
	assert_int_equal(stmt_int(st, 1), INT64_C(9007199254740993));
	assert_int_equal(stmt_int(st, 2), INT64_C(9007199254740994));
	assert_true(stmt_real(st, 3) == 0.1);
	assert_true(str_eq(stmt_blob(st, 4), (struct str){blob, 3}));
	assert_int_equal(stmt_int(st, 5), 42);
	assert_int_equal(stmt_cell(st, 0).type, CELL_TEXT);
	assert_int_equal(stmt_cell(st, 1).type, CELL_INT);
	assert_int_equal(stmt_cell(st, 3).type, CELL_REAL);
	assert_int_equal(stmt_cell(st, 6).type, CELL_TEXT);
	assert_int_equal(stmt_cell(st, 6).s.len, 2);
	/* The same text is the same statement, as new; what was bound is gone. */
	assert_int_equal(db_stmt(db, &sql, &again, &e), 0);
	assert_ptr_equal(st, again);
	stmt_bind_text(st, 2, (struct str){NULL, 0});
	assert_int_equal(stmt_step(st, &e), 1);
	assert_true(stmt_is_null(st, 0) && stmt_is_null(st, 1) && stmt_cell(st, 4).type == CELL_NULL);
	assert_int_equal(stmt_step(st, &e), 0);
	stmt_reset(st);
	stmt_reset(NULL);
	stmt_bind_int(st, 6, 1);
	assert_int_equal(stmt_step(st, &e), -1);
	assert_int_equal(e.code, E_BUG);
	assert_non_null(strstr(e.msg, "$6"));
	db_close(db);
}

static void test_bad_text(void **state)
{
	static const char *const texts[] = {"SELECT ?", "SELECT :name", "SELECT $0", "SELECT 1; SELECT 2",
					    ";",	"SELEC 1"};
	struct err e = {0};
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
	assert_int_equal(number(db, "SELECT 1; -- the end"), 1);
	db_close(db);
}

/* More statements than the cache begins with: each keeps its own. */
static void test_cache_grows(void **state)
{
	static char text[300][16];
	struct err e = {0};
	struct db *db = fresh();

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 300; i++) {
			struct sql sql = {text[i], NULL};
			struct stmt *st;

			(void)snprintf(text[i], sizeof(text[i]), "SELECT %d", i);
			assert_int_equal(db_stmt(db, &sql, &st, &e), 0);
			assert_int_equal(stmt_step(st, &e), 1);
			assert_int_equal(stmt_int(st, 0), i);
			stmt_reset(st);
		}
	}
	db_close(db);
}

static void test_match(void **state)
{
	struct err e = {0};
	struct db *db = fresh();
	AUTO(stmt_freep) struct stmt *st = NULL;

	(void)state;
	assert_int_equal(number(db, "SELECT sit_match('^p.mp$', 'pump')"), 1);
	assert_int_equal(number(db, "SELECT sit_match('um', 'pump')"), 1); /* anywhere */
	assert_int_equal(number(db, "SELECT sit_match('^um', 'pump')"), 0);
	assert_int_equal(number(db, "SELECT sit_match('(?i)ÄÖ', 'xäöx')"), 1); /* characters, not bytes */
	assert_int_equal(number(db, "SELECT sit_match('^.$', 'ä')"), 1);
	assert_int_equal(number(db, "SELECT sit_match('b', CAST(x'ff62' AS TEXT))"), 1);
	assert_int_equal(number(db, "SELECT sit_match(NULL, 'x') IS NULL AND sit_match('x', NULL) IS NULL"),
			 1);
	assert_int_equal(number(db, "SELECT sit_match('^$', '')"), 1);
	assert_int_equal(
		number(db, "SELECT sum(sit_match(value, 'abc')) FROM json_each('[\"a\",\"x\",\"c\"]')"), 2);
	assert_int_equal(number(db, "SELECT sum(sit_match('[0-4]', value)) FROM json_each('[1,2,7,9]')"), 2);
	assert_int_equal(number(db, "SELECT sit_glob('line-*', 'line-3')"), 1);
	assert_int_equal(number(db, "SELECT sit_glob('line-[!3]', 'line-3')"), 0);
	assert_int_equal(number(db, "SELECT sit_glob('x', NULL) IS NULL"), 1);
	assert_int_equal(db_match_check(STR("^(pump|fan)-\\d+$"), &e), 0);
	assert_int_equal(db_match_check(STR("pump("), &e), -1);
	assert_int_equal(e.code, E_USAGE);
	assert_non_null(strstr(e.msg, "at character 6"));
	assert_int_equal(db_match_check(STR("\xff"), &e), -1);
	/* One that is bad all the same, and one that would take for ever. */
	assert_int_equal(db_prepare(db,
				    "SELECT sit_match($1, 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab')",
				    NULL, &st, &e),
			 0);
	stmt_bind_text(st, 1, STR("["));
	assert_int_equal(stmt_step(st, &e), -1);
	assert_int_equal(e.code, E_USAGE);
	stmt_reset(st);
	stmt_bind_text(st, 1, STR("^(a+)+$"));
	assert_int_equal(stmt_step(st, &e), -1);
	assert_int_equal(e.code, E_USAGE);
	assert_non_null(strstr(e.msg, "too costly"));
	stmt_reset(st);
	/* A new pattern bound to the same place is not mistaken for the old one. */
	stmt_bind_text(st, 1, STR("b$"));
	assert_int_equal(stmt_step(st, &e), 1);
	assert_int_equal(stmt_int(st, 0), 1);
	stmt_reset(st);
	stmt_bind_text(st, 1, STR("c$"));
	assert_int_equal(stmt_step(st, &e), 1);
	assert_int_equal(stmt_int(st, 0), 0);
	stmt_freep(&st);
	st = NULL;
	db_close(db);
}

static int count_row(struct stmt *st, void *arg, struct err *e)
{
	(void)e;
	*(int64_t *)arg += stmt_int(st, 0);
	return 0;
}

static int stop_row(struct stmt *st, void *arg, struct err *e)
{
	(void)st;
	(void)arg;
	return err_set(e, E_INPUT, "enough");
}

static void test_foreign(void **state)
{
	static const char *const refuse[] = {
		"INSERT INTO thing (name) VALUES ('x')",
		"DELETE FROM thing",
		"PRAGMA user_version = 7",
		"BEGIN",
		"COMMIT",
		"ATTACH '/tmp/x' AS x",
		"PRAGMA journal_mode = DELETE",
		"CREATE TEMP TABLE x (y)",
		"CREATE TABLE x (y)",
		"VACUUM",
		"SELECT 1; DROP TABLE thing",
		"PRAGMA wal_checkpoint",
		"PRAGMA query_only = 0",
		"PRAGMA writable_schema = 1",
	};
	struct err e = {0};
	struct db *db = fresh();
	int64_t sum = 0;

	(void)state;
	assert_int_equal(db_write(db, false, add, pump, &e), 0);
	assert_int_equal(
		db_foreign(db, "SELECT 1; SELECT 2 UNION ALL SELECT 3; -- end", false, count_row, &sum, &e),
		0);
	assert_int_equal(sum, 6);
	assert_int_equal(db_foreign(db, "PRAGMA table_info(thing)", false, count_row, &sum, &e), 0);
	sum = 0;
	assert_int_equal(db_foreign(db, "SELECT count(*) FROM pragma_table_info('thing'), json_each('[1,2]')",
				    false, count_row, &sum, &e),
			 0);
	assert_int_equal(sum, 8);
	for (size_t i = 0; i < COUNT(refuse); i++) {
		sum = 0;
		assert_int_equal(db_foreign(db, refuse[i], false, count_row, &sum, &e), -1);
		if (e.code != E_DENIED)
			fail_msg("%s: %s", refuse[i], e.msg);
		assert_int_equal(sum, 0); /* nothing ran */
	}
	assert_int_equal(db_foreign(db, "UPDATE sqlite_master SET sql = ''", false, count_row, &sum, &e), -1);
	assert_int_equal(db_foreign(db, "UPDATE sqlite_master SET sql = ''", true, count_row, &sum, &e), -1);
	assert_int_equal(db_foreign(db, "SELECT * FROM nothing", false, count_row, &sum, &e), -1);
	assert_int_equal(e.code, E_USAGE);
	assert_int_equal(db_foreign(db, "SELECT 1", false, stop_row, NULL, &e), -1);
	assert_string_equal(e.msg, "enough");
	/* With write: all of it or nothing, and still neither another transaction nor another file. */
	assert_int_equal(db_foreign(db, "CREATE TABLE t (x); INSERT INTO t VALUES (5); SELECT x FROM t", true,
				    count_row, &sum, &e),
			 0);
	assert_int_equal(sum, 5);
	assert_int_equal(db_foreign(db, "DELETE FROM t; COMMIT", true, count_row, &sum, &e), -1);
	assert_int_equal(e.code, E_DENIED);
	assert_int_equal(db_foreign(db, "DELETE FROM t; ATTACH '/tmp/x' AS x", true, count_row, &sum, &e),
			 -1);
	assert_int_equal(number(db, "SELECT count(*) FROM t"), 1);
	db_close(db);
}

static void see(const char *text, void *arg)
{
	(void)snprintf(arg, 64, "%s", text);
}

static void test_trace(void **state)
{
	struct db *db = fresh();
	char seen[64] = "";

	(void)state;
	db_trace(db, see, seen);
	assert_int_equal(number(db, "SELECT 40 + 2"), 42);
	assert_string_equal(seen, "SELECT 40 + 2");
	db_trace(db, NULL, NULL);
	assert_int_equal(number(db, "SELECT 43"), 43);
	assert_string_equal(seen, "SELECT 40 + 2");
	db_close(db);
}

/* Runs as somebody who is held by permissions, root or not; the exit code is the number of the line that
 * failed. */
#define CHECK(x)                                                                                             \
	do {                                                                                                 \
		if (!(x))                                                                                    \
			_exit(__LINE__ % 255);                                                               \
	} while (0)

static void restrained(void (*fn)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		if (geteuid() == 0)
			CHECK(setgroups(0, NULL) == 0 && setgid(65534) == 0 && setuid(65534) == 0);
		fn();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status)
		fail_msg("failed at a line that is %d modulo 255", WEXITSTATUS(status));
}

static void in_read_only_folder(void)
{
	struct err e = {0};
	struct db *db = NULL;
	struct stmt *st = NULL;

	CHECK(db_open(path, DB_READ, &schema, &db, &e) == 0);
	CHECK(db_prepare(db, "SELECT count(*) FROM thing", NULL, &st, &e) == 0);
	CHECK(stmt_step(st, &e) == 1 && stmt_int(st, 0) == 1);
	stmt_free(st);
	db_close(db);
	CHECK(db_open(path, DB_WRITE, &schema, &db, &e) < 0);
	CHECK(e.code == (geteuid() == 65534 ? E_DENIED : E_IO));
	CHECK(db_open(beside(".copy"), DB_CREATE, &schema, &db, &e) < 0 && e.code == E_DENIED);
}

static void with_wal(void)
{
	struct err e = {0};
	struct db *db = NULL;

	CHECK(db_open(path, DB_READ, &schema, &db, &e) < 0 && e.code == E_IO);
	CHECK(strstr(e.msg, "-wal"));
}

static void without_permission(void)
{
	struct err e = {0};
	struct db *db = NULL;

	CHECK(db_open(path, DB_READ, &schema, &db, &e) < 0 && e.code == E_DENIED);
}

/* The disk is full, by a limit on the size of files: said so, nothing of the transaction is left, and the
 * next one works. */
static void on_full_disk(void)
{
	struct err e = {0};
	struct db *db = NULL;
	struct rlimit limit;
	int from = 0;

	(void)signal(SIGXFSZ, SIG_IGN);
	CHECK(getrlimit(RLIMIT_FSIZE, &limit) == 0);
	CHECK(db_open(path, DB_WRITE, &schema, &db, &e) == 0);
	CHECK(db_write(db, false, add, pump, &e) == 0);
	limit.rlim_cur = 1 << 20;
	CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	CHECK(db_write(db, false, add_many, &from, &e) < 0 && e.code == E_IO && strstr(e.msg, path));
	limit.rlim_cur = limit.rlim_max;
	CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	CHECK(number(db, "SELECT count(*) FROM thing") == 1);
	CHECK(db_write(db, false, add, fan, &e) == 0);
	db_close(db);
}

static void test_full_disk(void **state)
{
	(void)state;
	db_close(fresh());
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(chmod(folder, 0777), 0);
	assert_int_equal(chmod(beside(".lock"), 0666), 0);
	restrained(on_full_disk);
	assert_int_equal(ask("SELECT count(*) FROM thing"), 2);
}

static int add_slowly(struct db *db, void *arg, struct err *e)
{
	char name[32];

	/* Read, think, write: two at once would give the same name. */
	(void)snprintf(name, sizeof(name), "n%d", (int)number(db, "SELECT count(*) FROM thing"));
	(void)usleep(200);
	(void)arg;
	return add(db, name, e);
}

/* Processes that write at once wait for each other; none fails, nothing is lost. */
static int add_and_tell(struct db *db, void *arg, struct err *e)
{
	db_notify(db, "things");
	return add(db, arg, e);
}

static int add_and_fail(struct db *db, void *arg, struct err *e)
{
	return add_and_tell(db, arg, e) < 0 ? -1 : err_set(e, E_INPUT, "no");
}

static void test_wait(void **state)
{
	struct err e = {0};
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

/* A commit of another process a moment after the waiting begins; how long until it is told, in microseconds. */
static int64_t told_after(struct db *follower, char *what)
{
	struct err e = {0};
	int64_t from = clock_monotonic();
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		struct db *db;

		(void)poll(NULL, 0, 50);
		db = open_as(DB_WRITE);
		_exit(db_write(db, false, add, what, &e) != 0);
	}
	assert_int_equal(db_wait(follower, 60000000, &e), 1);
	from = clock_monotonic() - from;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return from;
}

/* Told where there is a lock to listen to, else found by looking: each long before the half second after which a waiting is begun anew. */
static void test_told(void **state)
{
	static char *const things[] = {pump, fan, belt, hose};
	struct err e = {0};
	struct db *follower;

	(void)state;
	db_close(fresh());
	follower = open_as(DB_READ);
	assert_int_equal(db_watch(follower, "things", &e), 0);
	for (int gone = 0; gone < 2; gone++) {
		int64_t best = INT64_MAX;

		for (int i = 0; i < 2; i++) {
			int64_t took = told_after(follower, things[2 * gone + i]);

			best = took < best ? took : best;
			if (gone || i) /* it was listened to, or it is another one by now */
				assert_int_equal(unlink(beside(".lock")), 0);
		}
		assert_true(best < 450000);
	}
	db_close(follower);
}

static void test_processes(void **state)
{
	pid_t pid[4];

	(void)state;
	db_close(fresh());
	for (size_t i = 0; i < COUNT(pid); i++) {
		pid[i] = fork();
		if (pid[i] == 0) {
			struct err e = {0};
			struct db *db = NULL;

			for (int k = 0; k < 25; k++) {
				CHECK(db_open(path, DB_WRITE, &schema, &db, &e) == 0);
				CHECK(db_write(db, false, add_slowly, NULL, &e) == 0);
				db_close(db);
			}
			_exit(0);
		}
	}
	for (size_t i = 0; i < COUNT(pid); i++) {
		int status = -1;

		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(ask("SELECT count(*) FROM thing"), 100);
	assert_int_equal(ask("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'"), 1);
	assert_false(exists(beside("-wal")));
}

static void test_read_only_folder(void **state)
{
	struct err e = {0};
	struct db *db = fresh();
	FILE *f;

	(void)state;
	assert_int_equal(db_write(db, false, add, pump, &e), 0);
	db_close(db);
	assert_int_equal(chmod(path, geteuid() == 0 ? 0644 : 0600), 0);
	assert_int_equal(chmod(folder, 0555), 0);
	restrained(in_read_only_folder);
	assert_int_equal(chmod(folder, 0755), 0);
	f = fopen(beside("-wal"), "we");
	assert_non_null(f);
	(void)fputs("something", f);
	(void)fclose(f);
	assert_int_equal(chmod(beside("-wal"), 0444), 0);
	assert_int_equal(chmod(folder, 0555), 0);
	restrained(with_wal);
	assert_int_equal(chmod(path, 0), 0);
	restrained(without_permission);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(test_create),
		T(test_url),
		T(test_no_store),
		T(test_damaged),
		T(test_check_and_size),
		T(test_pragmas),
		T(test_migrate),
		T(test_newer),
		T(test_migration_fails),
		T(test_write),
		T(test_read_only_handle),
		T(test_two),
		T(test_checkpoint),
		T(test_lazily),
		T(test_failed_sync),
		T(test_statement),
		T(test_bad_text),
		T(test_cache_grows),
		T(test_match),
		T(test_foreign),
		T(test_trace),
		T(test_read_only_folder),
		T(test_full_disk),
		T(test_processes),
		T(test_wait),
		T(test_told),
	};

	return cmocka_run_group_tests_name("db", tests, NULL, NULL);
}
