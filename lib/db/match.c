/* SPDX-License-Identifier: MIT */
/*
 * Regular expressions and globs for statements. PCRE2 is loaded when a filter first asks for it, because most programs never
 * do and each start would pay; its limits keep a hostile pattern from spending the afternoon.
 */
#include <dlfcn.h>
#include <pthread.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/name.h"
#include "db/impl.h"

#define MATCH_LIMIT 100000
#define DEPTH_LIMIT 1000
#define HEAP_LIMIT_KIB 4096

struct pcre {
	pcre2_code *(*compile)(PCRE2_SPTR, PCRE2_SIZE, uint32_t, int *, PCRE2_SIZE *, pcre2_compile_context *);
	void (*code_free)(pcre2_code *);
	pcre2_match_data *(*data_new)(const pcre2_code *, pcre2_general_context *);
	void (*data_free)(pcre2_match_data *);
	int (*match)(const pcre2_code *, PCRE2_SPTR, PCRE2_SIZE, PCRE2_SIZE, uint32_t, pcre2_match_data *, pcre2_match_context *);
	pcre2_match_context *(*ctx_new)(pcre2_general_context *);
	void (*ctx_free)(pcre2_match_context *);
	int (*set_match)(pcre2_match_context *, uint32_t);
	int (*set_depth)(pcre2_match_context *, uint32_t);
	int (*set_heap)(pcre2_match_context *, uint32_t);
	int (*message)(int, PCRE2_UCHAR *, PCRE2_SIZE);
	bool loaded;
};

static struct pcre pcre;
static pthread_once_t pcre_once = PTHREAD_ONCE_INIT;

/* A function pointer out of dlsym() without the cast that ISO C has no word for. */
static bool symbol(void *lib, const char *name, void *fn)
{
	void *p = dlsym(lib, name);

	memcpy(fn, &p, sizeof(p));
	return p != NULL;
}

static void load(void)
{
	void *lib = dlopen("libpcre2-8.so.0", RTLD_NOW | RTLD_LOCAL);

	pcre.loaded = lib && symbol(lib, "pcre2_compile_8", &pcre.compile) &&
		      symbol(lib, "pcre2_code_free_8", &pcre.code_free) &&
		      symbol(lib, "pcre2_match_data_create_from_pattern_8", &pcre.data_new) &&
		      symbol(lib, "pcre2_match_data_free_8", &pcre.data_free) &&
		      symbol(lib, "pcre2_match_8", &pcre.match) &&
		      symbol(lib, "pcre2_match_context_create_8", &pcre.ctx_new) &&
		      symbol(lib, "pcre2_match_context_free_8", &pcre.ctx_free) &&
		      symbol(lib, "pcre2_set_match_limit_8", &pcre.set_match) &&
		      symbol(lib, "pcre2_set_depth_limit_8", &pcre.set_depth) &&
		      symbol(lib, "pcre2_set_heap_limit_8", &pcre.set_heap) &&
		      symbol(lib, "pcre2_get_error_message_8", &pcre.message);
}

static pcre2_code *compile(struct str pattern, struct err *e)
{
	PCRE2_UCHAR why[128] = "";
	PCRE2_SIZE at = 0;
	pcre2_code *code;
	int rc = 0;

	(void)pthread_once(&pcre_once, load);
	if (!pcre.loaded) {
		err_set(e, E_IO, "regular expressions need the library libpcre2-8.so.0");
		return NULL;
	}
	code = pcre.compile((PCRE2_SPTR)pattern.ptr, pattern.len, PCRE2_UTF, &rc, &at, NULL);
	if (!code) {
		(void)pcre.message(rc, why, sizeof(why));
		err_set(e, E_USAGE, "regular expression \"%.*s\": %s at byte %zu", STR_ARG(pattern), (const char *)why, at);
	}
	return code;
}

int db_match_check(struct str pattern, struct err *e)
{
	pcre2_code *code = compile(pattern, e);

	if (!code)
		return -1;
	pcre.code_free(code);
	return 0;
}

static void free_code(void *p)
{
	pcre.code_free(p);
}

/* 1, 0, or -1 when a limit was hit. */
static int search(const pcre2_code *code, const unsigned char *text, size_t n)
{
	pcre2_match_data *data = pcre.data_new(code, NULL);
	pcre2_match_context *ctx = pcre.ctx_new(NULL);
	int rc = -1;

	if (data && ctx) {
		(void)pcre.set_match(ctx, MATCH_LIMIT);
		(void)pcre.set_depth(ctx, DEPTH_LIMIT);
		(void)pcre.set_heap(ctx, HEAP_LIMIT_KIB);
		rc = pcre.match(code, text, n, 0, 0, data, ctx);
		rc = rc >= 0 ? 1 : rc == PCRE2_ERROR_NOMATCH ? 0 : -1;
	}
	pcre.ctx_free(ctx);
	pcre.data_free(data);
	return rc;
}

static struct str arg_text(sqlite3_value *v)
{
	const char *p = (const char *)sqlite3_value_text(v);

	return (struct str){ p, p ? (size_t)sqlite3_value_bytes(v) : 0 };
}

static void fn_match(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	pcre2_code *code = sqlite3_get_auxdata(ctx, 0);
	struct str pattern = arg_text(argv[0]), text = arg_text(argv[1]);
	struct err e = { 0 };
	int rc;

	(void)argc;
	if (!text.ptr || !pattern.ptr)
		return;
	if (!code) {
		code = compile(pattern, &e);
		if (!code) {
			sqlite3_result_error(ctx, e.msg, -1);
			return;
		}
		sqlite3_set_auxdata(ctx, 0, code, free_code);
		code = sqlite3_get_auxdata(ctx, 0);
	}
	if (!code) {
		sqlite3_result_error_nomem(ctx);
		return;
	}
	rc = search(code, (const unsigned char *)text.ptr, text.len);
	if (rc < 0)
		sqlite3_result_error(ctx, "the regular expression takes too many steps", -1);
	else
		sqlite3_result_int(ctx, rc);
}

static void fn_glob(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	struct str pattern = arg_text(argv[0]), text = arg_text(argv[1]);

	(void)argc;
	if (text.ptr && pattern.ptr)
		sqlite3_result_int(ctx, glob_match(pattern, text));
}

int match_install(struct db *db, struct err *e)
{
	int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
	int rc = sqlite3_create_function_v2(db->sq, "sit_match", 2, flags, NULL, fn_match, NULL, NULL, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_create_function_v2(db->sq, "sit_glob", 2, flags, NULL, fn_glob, NULL, NULL, NULL);
	return rc == SQLITE_OK ? 0 : db_error(db, rc, e);
}
