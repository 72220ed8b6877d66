/* SPDX-License-Identifier: MIT */
/* Every byte of a backup of more than 1 MiB, and what the places of stores do when one is put into another's. */
#include "base/base.h"
#include "db/whole.h"
#include "keep/backup.h"
#include "keep/manifest.h"
#include "os/file.h"
#include "os/process.h"
#include "store/schema.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <sys/stat.h>
#include <cmocka.h>

static char dir[64], path[96], set[128];
static struct db *db;

#define OK(call)                                                                                                               \
	do {                                                                                                                   \
		struct err e = { 0 };                                                                                          \
		if ((call) < 0)                                                                                                \
			fail_msg("%s: %s", #call, e.msg);                                                                      \
	} while (0)

/* Rows that do not pack to less than half: hexadecimal digits of nothing in particular. */
static const char filling[] =
	"INSERT INTO org (id, name, created) VALUES (1, 'ours', 0);"
	"INSERT INTO site (org_id, name, tz, address, created) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1400)"
	" SELECT 1, 'site-' || i, 'UTC', hex(randomblob(900)), 0 FROM n;";

static int set_up(void **state)
{
	const struct backup how = { .chunk = 4096 };
	AUTO(sb_done) struct sb made = SB_INIT(PATH_MAX);

	(void)state;
	(void)dlopen("libcrypto.so.3", RTLD_NOW); /* loaded once, not for each digest */
	(void)snprintf(dir, sizeof(dir), "/tmp/sit-backup-XXXXXX");
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/store.db", dir);
	(void)snprintf(set, sizeof(set), "%s/set", dir);
	OK(db_open(path, DB_CREATE, &store_schema, &db, &e));
	OK(db_migrate(db, NULL, NULL, &e));
	OK(db_foreign(db, filling, true, NULL, NULL, &e));
	OK(backup_create(db, path, set, &how, &made, &e));
	assert_string_equal(sb_cstr(&made), set);
	return 0;
}

static int tear_down(void **state)
{
	const char *const argv[] = { "rm", "-rf", dir, NULL };
	struct process rm = { .argv = argv, .in = -1, .out = -1 };

	(void)state;
	db_close(db);
	OK(process_start(&rm, &e));
	OK(process_end(&rm, &e));
	return 0;
}

static void read_file(const char *name, struct sb *sb)
{
	char full[256];

	(void)snprintf(full, sizeof(full), "%s/%s", set, name);
	OK(file_read(full, sb, &e));
}

static int parse(const struct sb *text, struct err *e)
{
	AUTO(manifest_done) struct manifest m;

	return manifest_parse(sb_str(text), &m, e);
}

static void each_byte_of_the_manifest(void **state)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 20);

	(void)state;
	read_file(MANIFEST, &text);
	for (int i = 0; i < 500; i++)
		OK(parse(&text, &e));
	for (size_t i = 0; i < text.len; i++) {
		struct err e = { 0 };

		text.buf[i] = (char)(text.buf[i] ^ 1 << i % 8);
		if (parse(&text, &e) == 0 || e.code != E_INPUT)
			fail_msg("byte %zu changed, and nobody saw it", i);
		text.buf[i] = (char)(text.buf[i] ^ 1 << i % 8);
	}
	for (size_t n = 0; n < text.len; n++) {
		struct err e = { 0 };
		AUTO(manifest_done) struct manifest m;

		assert_int_equal(manifest_parse((struct str){ text.buf, n }, &m, &e), -1);
	}
}

static void each_byte_of_the_file(void **state)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 20), file = SB_INIT(16 << 20);
	AUTO(manifest_done) struct manifest m = { 0 };
	AUTO(sha256_freep) struct sha256 *h = NULL;
	size_t at = 0;

	(void)state;
	read_file(MANIFEST, &text);
	OK(manifest_parse(sb_str(&text), &m, &e));
	read_file(m.file, &file);
	assert_true(file.len > 1 << 20);
	assert_int_equal(file.len, m.packed.bytes);
	OK(sha256_new(&h, &e));
	for (size_t i = 0; i < m.packed.n; i++) {
		const struct str bytes = { file.buf + at, (size_t)m.packed.chunk[i].bytes };
		struct err e = { 0 };

		assert_int_equal(packed_fits(&m.packed, i, bytes, h, &e), 1);
		for (size_t k = 0; k < bytes.len; k++) {
			file.buf[at + k] = (char)(file.buf[at + k] ^ 1 << k % 8);
			if (packed_fits(&m.packed, i, bytes, h, &e) != 0)
				fail_msg("byte %zu changed, and nobody saw it", at + k);
			file.buf[at + k] = (char)(file.buf[at + k] ^ 1 << k % 8);
		}
		at += bytes.len;
	}
	assert_int_equal(at, file.len);
}

static void unexpected(const struct fault *f, void *arg)
{
	(void)arg;
	fail_msg("%s: %s", f->file, f->what);
}

static void clean_sets_raise_no_alarm(void **state)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 20);
	AUTO(manifest_done) struct manifest m = { 0 };
	char full[256];

	(void)state;
	read_file(MANIFEST, &text);
	OK(manifest_parse(sb_str(&text), &m, &e));
	(void)snprintf(full, sizeof(full), "%s/%s", set, m.file);
	for (int i = 0; i < 500; i++)
		OK(packed_read(full, m.file, &m.packed, NULL, unexpected, NULL, &e));
}

static int nothing(struct db *d, void *arg, struct err *e)
{
	(void)d;
	(void)arg;
	(void)e;
	return 0;
}

/* Who had the old store open would store what nobody finds. */
static void writer_notices_that_its_store_is_another(void **state)
{
	char one[128], two[128];
	struct err why = { 0 };
	struct db *writer, *other;

	(void)state;
	(void)snprintf(one, sizeof(one), "%s/one.db", dir);
	(void)snprintf(two, sizeof(two), "%s/two.db", dir);
	OK(db_open(one, DB_CREATE, &store_schema, &writer, &e));
	OK(db_open(two, DB_CREATE, &store_schema, &other, &e));
	db_close(other);
	OK(db_write(writer, false, nothing, NULL, &e));
	assert_int_equal(rename(two, one), 0);
	assert_int_equal(db_write(writer, false, nothing, NULL, &why), -1);
	assert_int_equal(why.code, E_IO);
	assert_non_null(strstr(why.msg, "another store has taken its place"));
	db_close(writer);
}

static void store_that_is_open_keeps_its_place(void **state)
{
	char one[128], two[128], kept[160];
	struct err why = { 0 };
	struct db *reader, *other;
	struct stat was, now;

	(void)state;
	(void)snprintf(one, sizeof(one), "%s/held.db", dir);
	(void)snprintf(two, sizeof(two), "%s/fresh.db", dir);
	(void)snprintf(kept, sizeof(kept), "%s.before-1", one);
	OK(db_open(one, DB_CREATE, &store_schema, &other, &e));
	db_close(other);
	OK(db_open(two, DB_CREATE, &store_schema, &other, &e));
	db_close(other);
	OK(db_open_any(one, DB_READ, &store_schema, &reader, &e));
	assert_int_equal(stat(one, &was), 0);
	assert_int_equal(db_file_swap(one, two, kept, &why), -1);
	assert_int_equal(why.code, E_IO);
	assert_int_equal(stat(one, &now), 0);
	assert_int_equal(was.st_ino, now.st_ino);
	assert_int_equal(access(kept, F_OK), -1);
	db_close(reader);
	OK(db_file_swap(one, two, kept, &e));
	assert_int_equal(stat(kept, &now), 0);
	assert_int_equal(was.st_ino, now.st_ino);
	assert_int_equal(access(two, F_OK), -1);
}

static void passwords_go_into_the_environment(void **state)
{
	static const struct {
		const char *url, *password;
	} cases[] = {
		{ "postgres://sit@h/db", "" },
		{ "postgres://sit:p%40ss%2f%@h/db", "p@ss/%" },
		{ "postgres://h/db?x=1&password=a%26b&sslmode=require", "a&b" },
		{ "postgres:///db?user=u:v@w", "" },
		{ "/tmp/a:b@c", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO(sb_done) struct sb sb = SB_INIT(256);

		assert_int_equal(db_url_password(cases[i].url, &sb), 0);
		assert_string_equal(sb_cstr(&sb), cases[i].password);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_byte_of_the_manifest),
		cmocka_unit_test(each_byte_of_the_file),
		cmocka_unit_test(clean_sets_raise_no_alarm),
		cmocka_unit_test(writer_notices_that_its_store_is_another),
		cmocka_unit_test(store_that_is_open_keeps_its_place),
		cmocka_unit_test(passwords_go_into_the_environment),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
