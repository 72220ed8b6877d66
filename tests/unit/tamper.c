/* SPDX-License-Identifier: MIT */
/*
 * A thousand ways to tamper with a trail, half of them in the table, half in an export: each is found, and a row that it touched is named. What is done is chosen by
 * a generator with a seed (TAMPER_SEED for another), which is printed with the case that fails.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <sqlite3.h>

#include "audit/audit.h"
#include "audit/erased.h"
#include "os/file.h"
#include "store/schema.h"

#define ROWS 40
#define CASES 500

static char dir[64], path[96], file[96], bad[96];
static struct db *db;
static sqlite3 *raw;
static struct err e;
static uint64_t state;
static struct sb good = SB_INIT(1 << 20);

static unsigned below(unsigned n)
{
	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)((state >> 33) % n);
}

#define OK(call)                                                                                                               \
	do {                                                                                                                   \
		if ((call) < 0)                                                                                                \
			fail_msg("%s: %s", #call, e.msg);                                                                      \
	} while (0)

static void sql(const char *fmt, ...) PRINTF_LIKE(1, 2);
static void sql(const char *fmt, ...)
{
	char text[2048], *why = NULL;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (sqlite3_exec(raw, text, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", text, why);
}

/* ---- the trail ---- */

static int fill(struct db *d, void *arg, struct err *err)
{
	struct trail t = { .program = "sit-test" };
	int rc = 0;

	(void)arg;
	for (int i = 0; rc == 0 && i < ROWS - 1; i++) {
		char name[32], now[64];
		struct audit a = { .at = INT64_C(1769947200000000) + i, .verb = i % 3 ? STR("set") : STR("add"), .noun = STR("site"),
				   .message = i % 2 ? STR("why") : (struct str){ NULL, 0 } };

		(void)snprintf(name, sizeof(name), "site-%d", i % 7);
		(void)snprintf(now, sizeof(now), "{\"title\":\"title %d\"}", i);
		a.name = str_of(name);
		a.now = str_of(now);
		a.old = i % 3 ? STR("{\"title\":null}") : (struct str){ NULL, 0 };
		rc = trail_add(d, &t, &a, err);
	}
	trail_done(&t);
	return rc;
}

static int set_up(void **unused)
{
	const char *seed = getenv("TAMPER_SEED");
	const int64_t ids[] = { 1 };
	struct out *out;
	struct out_opts opts = { .format = OUT_JSONL, .file = file };
	struct field fields[A_ALL];

	(void)unused;
	(void)dlopen("libcrypto.so.3", RTLD_NOW); /* loaded once, not for each digest */
	state = seed ? strtoull(seed, NULL, 10) : 20260201;
	(void)snprintf(dir, sizeof(dir), "/tmp/sit-tamper-XXXXXX");
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/store.db", dir);
	(void)snprintf(file, sizeof(file), "%s/trail.jsonl", dir);
	(void)snprintf(bad, sizeof(bad), "%s/bad.jsonl", dir);
	OK(db_open(path, DB_CREATE, &store_schema, &db, &e));
	OK(db_migrate(db, NULL, NULL, &e));
	db_close(db);
	assert_int_equal(sqlite3_open(path, &raw), SQLITE_OK);
	sql("PRAGMA synchronous = OFF; INSERT INTO org (id, name, created) VALUES (1, 'ours', 0)");
	OK(db_open(path, DB_WRITE, &store_schema, &db, &e));
	OK(db_scope_set(db, 1, "ours", ids, 1, &e));
	OK(audit_ready(db, &e));
	OK(db_write(db, false, fill, NULL, &e));
	for (int i = 0; i < A_ALL; i++) {
		fields[i] = audit_fields[i];
		fields[i].flags = 0;
	}
	OK(out_open(&opts, fields + A_SEQ, A_ALL - A_SEQ, &out, &e));
	OK(audit_export(db, "sit-test", NULL, out, &e));
	OK(out_close(out, &e));
	OK(file_read(file, &good, &e));
	sql("CREATE TABLE saved AS SELECT * FROM audit; CREATE TABLE saved_head AS SELECT * FROM audit_head");
	return 0;
}

static int tear_down(void **unused)
{
	(void)unused;
	db_close(db);
	(void)sqlite3_close(raw);
	sb_done(&good);
	folder_remove(dir);
	return 0;
}

/* ---- found, and named ---- */

struct found {
	unsigned touched[4]; /* numbers of rows, 0: none */
	bool named;
	struct sb said;
};

static void hear(void *arg, const char *what)
{
	struct found *f = arg;
	char number[16];

	(void)sb_addf(&f->said, "%s\n", what);
	for (size_t i = 0; i < COUNT(f->touched); i++) {
		const char *p = what;
		size_t n = (size_t)snprintf(number, sizeof(number), "%u", f->touched[i]);

		while (f->touched[i] && (p = strstr(p, number)) != NULL) {
			f->named |= (p == what || p[-1] < '0' || p[-1] > '9') && (p[n] < '0' || p[n] > '9');
			p += n;
		}
	}
}

static void expect_found(struct found *f, const char *in, int number, const char *what)
{
	struct audit_verify v = { .file = in, .bad = hear, .arg = f };

	f->said = (struct sb)SB_INIT(1 << 20);
	OK(audit_verify(in ? NULL : db, &v, &e));
	if (v.findings == 0 || !f->named)
		fail_msg("case %d: %s (rows %u %u): %s", number, what, f->touched[0], f->touched[1],
			 v.findings ? sb_cstr(&f->said) : "was not found");
	sb_done(&f->said);
}

static void expect_whole(const char *in)
{
	struct found f = { .said = SB_INIT(1 << 20) };
	struct audit_verify v = { .file = in, .bad = hear, .arg = &f };

	OK(audit_verify(in ? NULL : db, &v, &e));
	if (v.findings)
		fail_msg("untouched: %s", sb_cstr(&f.said));
	assert_int_equal(v.rows, ROWS);
	sb_done(&f.said);
}

/* ---- in the table ---- */

static const char *const columns[] = { "actor", "verb", "noun", "name", "new", "origin" };

/* One byte of a column of the row becomes another. */
static void change_byte(unsigned seq)
{
	const char *c = columns[below(COUNT(columns))];
	unsigned at = below(1000);

	sql("UPDATE audit SET %s = substr(%s, 1, %u %% length(%s)) || char((unicode(substr(%s, %u %% length(%s) + 1, 1)) + 1)) ||"
	    " substr(%s, %u %% length(%s) + 2) WHERE seq = %u",
	    c, c, at, c, c, at, c, c, at, c, seq);
}

static void change_blob(unsigned seq, const char *c)
{
	sql("UPDATE audit SET %s = (SELECT %s FROM saved WHERE seq = %u) WHERE seq = %u", c, c, seq % ROWS + 1, seq);
}

static void swap(unsigned a, unsigned b, const char *what)
{
	sql("UPDATE audit SET (%s) = (SELECT %s FROM saved WHERE seq = %u) WHERE seq = %u;"
	    "UPDATE audit SET (%s) = (SELECT %s FROM saved WHERE seq = %u) WHERE seq = %u",
	    what, what, b, a, what, what, a, b);
}

/* Another content with a digest of its own that is right for it: only the next row, or the head, can tell. */
static void recompute(unsigned seq)
{
	AUTO(sha256_freep) struct sha256 *h = NULL;
	AUTO(sb_done) struct sb scratch = SB_INIT(1 << 16);
	AUTO(stmt_freep) struct stmt *st = NULL;
	unsigned char before[AUDIT_HASH] = { 0 }, hash[AUDIT_HASH];
	char hex[SHA256_HEX + 1];
	struct audit a;

	OK(sha256_new(&h, &e));
	OK(audit_page(db, 1, false, (int64_t)seq - 2, 2, &st, &e));
	if (seq > 1) {
		OK(audit_next(st, &a, &e));
		memcpy(before, a.hash.ptr, AUDIT_HASH);
	}
	OK(audit_next(st, &a, &e));
	assert_int_equal(a.seq, seq);
	a.actor = STR("mallory");
	OK(trail_digest(h, before, &a, &scratch, hash, &e));
	hash_hex(hash, AUDIT_HASH, hex);
	stmt_reset(st);
	sql("UPDATE audit SET actor = 'mallory', hash = x'%s' WHERE seq = %u", hex, seq);
}

static const char *tamper_table(unsigned a, unsigned b, struct found *f)
{
	static const char *const blobs[] = { "hash", "who", "what" };

	f->touched[0] = a;
	switch (below(9)) {
	case 0:
		change_byte(a);
		return "a byte of a column was changed";
	case 1:
		sql("DELETE FROM audit WHERE seq = %u", a);
		return "a row was removed";
	case 2:
		sql("UPDATE audit SET seq = -seq WHERE seq >= %u; UPDATE audit SET seq = 1 - seq WHERE seq < 0;"
		    "INSERT INTO audit (org_id, seq, at, actor, verb, noun, name, hash, who, what)"
		    " SELECT org_id, %u, at, actor, verb, noun, name, hash, who, what FROM saved WHERE seq = %u",
		    a, a, b);
		return "a row was inserted";
	case 3:
		f->touched[1] = b;
		sql("UPDATE audit SET seq = -seq WHERE seq IN (%u, %u); UPDATE audit SET seq = %u + seq WHERE seq < 0", a, b, a + b);
		return "two rows were put in each other's place";
	case 4:
		f->touched[0] = ROWS;
		sql("DELETE FROM audit WHERE seq > %u", a == ROWS ? a - 1 : a);
		return "the end was cut off";
	case 5:
		f->touched[1] = b;
		swap(a, b, "at, actor, verb, noun, name, old, new, message, origin, address, agent, session, who, what");
		return "the contents of two rows were exchanged";
	case 6:
		recompute(a);
		f->touched[1] = a % ROWS + 1;
		return "a row was changed and its own digest worked out anew";
	case 7:
		change_blob(a, blobs[below(3)]);
		f->touched[1] = a % ROWS + 1;
		return "bytes of a digest or salt were changed";
	default:
		sql("UPDATE audit SET at = at + %u WHERE seq = %u", 1 + below(1000000), a);
		return "the time was changed";
	}
}

static void the_table(void **unused)
{
	(void)unused;
	expect_whole(NULL);
	for (int i = 0; i < CASES; i++) {
		struct found f = { 0 };
		unsigned a = 1 + below(ROWS), b = 1 + (a - 1 + 1 + below(ROWS - 1)) % ROWS;

		sql("BEGIN");
		const char *what = tamper_table(a, b, &f);
		sql("COMMIT");
		expect_found(&f, NULL, i, what);
		sql("BEGIN; DELETE FROM audit; INSERT INTO audit SELECT * FROM saved; DELETE FROM audit_head;"
		    "INSERT INTO audit_head SELECT * FROM saved_head; COMMIT");
	}
	expect_whole(NULL);
}

/* ---- in an export ---- */

static struct str line_of(unsigned seq)
{
	const char *p = good.buf;

	while (--seq)
		p = strchr(p, '\n') + 1;
	return (struct str){ p, (size_t)(strchr(p, '\n') + 1 - p) };
}

/* A byte of the line between its braces; in a string or number of it, or what holds it together. */
static const char *tamper_lines(unsigned a, unsigned b, struct found *f, struct sb *sb)
{
	unsigned how = below(6), at = 1 + below((unsigned)line_of(a).len - 3), bit = 1u << below(5);

	f->touched[0] = a;
	/* Without its last row it is cut off behind the one before. */
	if (how == 0 && a == ROWS)
		f->touched[1] = a - 1;
	for (unsigned i = 1; i <= ROWS; i++) {
		struct str s = line_of(i);
		size_t from = sb->len;

		if (how == 0 && i == a)
			continue; /* removed */
		if (how == 1 && i == a) {
			(void)sb_add(sb, line_of(b).ptr, line_of(b).len); /* inserted */
			f->touched[1] = b;
		}
		if (how == 2 && (i == a || i == b)) {
			s = line_of(i == a ? b : a); /* exchanged */
			f->touched[1] = b;
		}
		if (how == 3 && i >= a) {
			f->touched[0] = a == 1 ? 0 : a - 1; /* cut off */
			break;
		}
		(void)sb_add(sb, s.ptr, s.len);
		if (how >= 4 && i == a)
			sb->buf[from + at] ^= (char)bit;
	}
	return how == 0 ? "a line was removed" : how == 1 ? "a line was inserted" : how == 2 ? "two lines were exchanged" :
	       how == 3 ? "the end was cut off" : "a byte was changed";
}

static void an_export(void **unused)
{
	(void)unused;
	expect_whole(file);
	for (int i = 0; i < CASES; i++) {
		AUTO(sb_done) struct sb sb = SB_INIT(1 << 20);
		struct found f = { 0 };
		unsigned a = 1 + below(ROWS), b = 1 + (a - 1 + 1 + below(ROWS - 1)) % ROWS;
		const char *what = tamper_lines(a, b, &f, &sb);
		FILE *to = fopen(bad, "w");

		assert_non_null(to);
		(void)fwrite(sb_cstr(&sb), 1, sb.len, to);
		assert_int_equal(fclose(to), 0);
		/* Nothing is left but that it is not the whole. */
		if (f.touched[0] == 0)
			f.named = true;
		expect_found(&f, bad, i, what);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(the_table), cmocka_unit_test(an_export) };

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
