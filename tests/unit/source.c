/* SPDX-License-Identifier: MIT */
#include "base/base.h"
#include "base/sb.h"
#include "codec/gz.h"
#include "os/signal.h"
#include "rec/source.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <cmocka.h>

/* A directory for each test, with what gzip(1) made of it. */
static char dir[64];

static int set_up(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/sit-source-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static void run(const char *script)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (chdir(dir) == 0)
			execl("/bin/sh", "sh", "-ec", script, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static int tear_down(void **state)
{
	(void)state;
	run("rm -rf -- \"$PWD\"");
	return 0;
}

static const char *in_dir(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

/* Read all in pieces of n; the last return value. */
static ssize_t read_all(struct source *s, size_t n, struct sb *out, struct err *e)
{
	char buf[70000];
	ssize_t got;

	while ((got = source_read(s, buf, n, e)) > 0)
		assert_int_equal(sb_add(out, buf, (size_t)got), 0);
	return got;
}

/* The file yields this text and then this return value. */
static ssize_t read_path(const char *path, size_t n, struct sb *out, struct err *e)
{
	AUTO(source_freep) struct source *s = NULL;

	sb_clear(out);
	assert_int_equal(source_open(path, &s, e), 0);
	assert_string_equal(source_name(s), path);
	return read_all(s, n, out, e);
}

static void expect(const char *name, const char *want)
{
	static const size_t piece[] = { 1, 2, 3, 1000, 65536 };
	AUTO(sb_done) struct sb out = SB_INIT(1 << 20);
	struct err e;

	for (size_t i = 0; i < COUNT(piece); i++) {
		assert_int_equal(read_path(in_dir(name), piece[i], &out, &e), 0);
		assert_string_equal(sb_cstr(&out), want);
	}
}

static void test_plain(void **state)
{
	(void)state;
	run("printf 'hello\\n' >plain; : >empty; printf '\\037' >one; printf '\\037x' >two; printf x >x");
	expect("plain", "hello\n");
	expect("empty", "");
	expect("one", "\x1f");
	expect("two", "\x1fx");
	expect("x", "x");
}

static void test_gzip(void **state)
{
	(void)state;
	run("printf 'hello\\n' | gzip >a; printf 'world\\n' | gzip -1 >b; cat a b >ab; : | gzip >none");
	run("cat a none b none >anbn; head -c 512 /dev/zero | cat ab - >padded");
	expect("a", "hello\n");
	expect("ab", "hello\nworld\n");
	expect("none", "");
	expect("anbn", "hello\nworld\n");
	expect("padded", "hello\nworld\n");
}

/* One megabyte that unpacks out of few bytes, through small and large buffers. */
static void test_large(void **state)
{
	AUTO(sb_done) struct sb out = SB_INIT(2 << 20);
	struct err e;

	(void)state;
	run("seq 1 150000 >big; gzip -k big");
	for (size_t n = 777; n < 70000; n += 69000) {
		AUTO(sb_done) struct sb plain = SB_INIT(2 << 20);

		assert_int_equal(read_path(in_dir("big"), n, &plain, &e), 0);
		assert_int_equal(plain.len, 938895); /* wc -c */
		assert_int_equal(read_path(in_dir("big.gz"), n, &out, &e), 0);
		assert_true(str_eq(sb_str(&plain), sb_str(&out)));
	}
}

static void test_damaged(void **state)
{
	AUTO(sb_done) struct sb out = SB_INIT(2 << 20), plain = SB_INIT(2 << 20);
	struct err e;
	char want[300];

	(void)state;
	run("seq 1 150000 >big; gzip -k big; head -c 150000 big.gz >cut; cp big.gz flip");
	run("printf '\\000\\377\\000\\377\\000\\377' | dd of=flip bs=1 seek=150000 conv=notrunc 2>/dev/null");
	run("{ cat big.gz; echo more; } >trail; head -c 11 big.gz >head; head -c -1 big.gz >short");
	run("printf '\\037\\213' >magic");
	assert_int_equal(read_path(in_dir("big"), 65536, &plain, &e), 0);
	/* All good bytes first. */
	assert_int_equal(read_path(in_dir("cut"), 4096, &out, &e), -1);
	assert_int_equal(e.code, E_INPUT);
	(void)snprintf(want, sizeof(want), "%s/cut: gzip data is damaged: cut off", dir);
	assert_string_equal(e.msg, want);
	assert_true(out.len > 300000 && out.len < plain.len);
	assert_memory_equal(out.buf, plain.buf, out.len);
	assert_int_equal(read_path(in_dir("flip"), 4096, &out, &e), -1);
	assert_int_equal(e.code, E_INPUT);
	assert_true(out.len > 300000);
	assert_memory_equal(out.buf, plain.buf, 300000);
	assert_int_equal(read_path(in_dir("trail"), 4096, &out, &e), -1);
	(void)snprintf(want, sizeof(want), "%s/trail: gzip data is damaged", dir);
	assert_string_equal(e.msg, want);
	assert_true(str_eq(sb_str(&out), sb_str(&plain)));
	assert_int_equal(read_path(in_dir("short"), 4096, &out, &e), -1);
	assert_true(str_eq(sb_str(&out), sb_str(&plain)));
	assert_int_equal(read_path(in_dir("head"), 4096, &out, &e), -1);
	assert_int_equal(read_path(in_dir("magic"), 4096, &out, &e), -1);
	assert_int_equal(e.code, E_INPUT);
}

static void test_missing(void **state)
{
	struct source *s = NULL;
	struct err e;

	(void)state;
	run("mkdir d; touch f");
	assert_int_equal(source_open(in_dir("nothing"), &s, &e), -1);
	assert_int_equal(e.code, E_NOTFOUND);
	assert_non_null(strstr(e.msg, "/nothing: No such file"));
	assert_null(s);
	assert_int_equal(source_open(in_dir("f/g"), &s, &e), -1);
	assert_int_equal(e.code, E_NOTFOUND);
	assert_int_equal(source_open(in_dir("d"), &s, &e), -1);
	assert_int_equal(e.code, E_USAGE);
	assert_non_null(strstr(e.msg, "/d: Is a directory"));
	assert_null(s);
}

static void test_progress(void **state)
{
	AUTO(sb_done) struct sb out = SB_INIT(1 << 20);
	AUTO(source_freep) struct source *s = NULL;
	uint64_t done, size;
	struct err e;

	(void)state;
	run("seq 1 1000 >f; gzip f");
	assert_int_equal(source_open(in_dir("f.gz"), &s, &e), 0);
	source_progress(s, &done, &size);
	assert_int_equal(done, 0);
	assert_true(size > 500);
	assert_false(source_is_idle(s));
	assert_int_equal(read_all(s, 100, &out, &e), 0);
	source_progress(s, &done, &size);
	assert_int_equal(done, size);
}

/* A live pipe: what was written is delivered without waiting for more. */
static void test_pipe(void **state)
{
	AUTO(source_freep) struct source *s = NULL;
	int old = dup(STDIN_FILENO), p[2];
	char buf[10];
	struct err e;

	(void)state;
	assert_int_equal(pipe(p), 0);
	assert_int_equal(dup2(p[0], STDIN_FILENO), STDIN_FILENO);
	assert_int_equal(source_open("-", &s, &e), 0);
	assert_string_equal(source_name(s), "standard input");
	assert_true(source_is_idle(s));
	assert_int_equal(write(p[1], "abc", 3), 3);
	assert_false(source_is_idle(s));
	assert_int_equal(source_read(s, buf, 2, &e), 2);
	assert_false(source_is_idle(s));
	assert_int_equal(source_read(s, buf, sizeof(buf), &e), 1);
	assert_int_equal(buf[0], 'c');
	assert_true(source_is_idle(s));
	assert_int_equal(close(p[1]), 0);
	assert_int_equal(source_read(s, buf, sizeof(buf), &e), 0);
	assert_false(source_is_idle(s));
	assert_int_equal(source_read(s, buf, sizeof(buf), &e), 0);
	(void)dup2(old, STDIN_FILENO);
	(void)close(old);
	(void)close(p[0]);
}

/* Packed bytes one by one: after each of them a small buffer has brought as much as a large one. */
static void test_gz_pieces(void **state)
{
	AUTO(gz_freep) struct gz *z = gz_new(), *wide = gz_new();
	AUTO(sb_done) struct sb packed = SB_INIT(1 << 20), out = SB_INIT(1 << 20), plain = SB_INIT(1 << 20);
	struct err e;
	char buf[3], large[32768];
	size_t total = 0;

	(void)state;
	run("yes abcdefgh | head -c 20000 >f; { printf 'x'; gzip -c f; } >g");
	assert_int_equal(read_path(in_dir("f"), 4096, &plain, &e), 0);
	assert_int_equal(read_path(in_dir("g"), 4096, &packed, &e), 0);
	assert_false(gz_is_complete(z));
	for (size_t i = 1; i < packed.len; i++) {
		struct str one = { packed.buf + i, 1 }, same = one;
		ssize_t got;

		while ((got = gz_unpack(z, &one, buf, sizeof(buf), &e)) > 0)
			sb_add(&out, buf, (size_t)got);
		assert_int_equal(got, 0);
		assert_int_equal(one.len, 0);
		got = gz_unpack(wide, &same, large, sizeof(large), &e);
		assert_true(got >= 0);
		total += (size_t)got;
		assert_int_equal(out.len, total);
	}
	assert_true(gz_is_complete(z));
	assert_true(str_eq(sb_str(&out), sb_str(&plain)));
}

/* SIGTERM while waiting for input ends the wait with E_SIGNAL. In a child, as the flag stays up. */
static void test_stop(void **state)
{
	int p[2], status;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(p), 0);
	pid = fork();
	if (pid == 0) {
		struct source *s = NULL;
		struct err e;
		char c;

		signals_catch();
		(void)dup2(p[0], STDIN_FILENO);
		if (source_open("-", &s, &e) < 0 || source_read(s, &c, 1, &e) != 1)
			_exit(1);
		(void)alarm(5);
		if (fork() == 0) {
			(void)usleep(50000);
			(void)kill(getppid(), SIGTERM);
			_exit(0);
		}
		_exit(source_read(s, &c, 1, &e) == -1 && e.code == E_SIGNAL && e.signal == SIGTERM ? 0 : 2);
	}
	assert_int_equal(write(p[1], "x", 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	(void)close(p[0]);
	(void)close(p[1]);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_plain),
		TEST(test_gzip),
		TEST(test_large),
		TEST(test_damaged),
		TEST(test_missing),
		TEST(test_progress),
		TEST(test_pipe),
		TEST(test_gz_pieces),
		TEST(test_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
