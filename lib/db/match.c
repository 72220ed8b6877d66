/* SPDX-License-Identifier: MIT */
/* sit_match(pattern, text) by PCRE2 and sit_glob(pattern, text): "~" and wildcards are the same on every
 * backend. */
#include "db/impl.h"

#include <dlfcn.h>
#include <pthread.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/name.h"

/* A pattern of the user's runs over every row: what it may cost is bounded. */
#define MATCH_STEPS 100000
#define MATCH_DEPTH 10000
#define MATCH_HEAP_KIB 8192
#define PATTERN_MAX 4096

/* PCRE2 as loaded: most programs never match and do not carry it. */
static struct pcre {
	__typeof__(pcre2_compile_8) *compile;
	__typeof__(pcre2_code_free_8) *code_free;
	__typeof__(pcre2_match_8) *match;
	__typeof__(pcre2_match_data_create_8) *data_create;
	__typeof__(pcre2_match_data_free_8) *data_free;
	__typeof__(pcre2_match_context_create_8) *context_create;
	__typeof__(pcre2_match_context_free_8) *context_free;
	__typeof__(pcre2_set_match_limit_8) *match_limit;
	__typeof__(pcre2_set_depth_limit_8) *depth_limit;
	__typeof__(pcre2_set_heap_limit_8) *heap_limit;
	__typeof__(pcre2_get_error_message_8) *error_message;
	bool ok;
} pcre;
static pthread_once_t pcre_once = PTHREAD_ONCE_INIT;

static void pcre_load(void)
{
	void *lib = dlopen("libpcre2-8.so.0", RTLD_NOW | RTLD_LOCAL);
	const struct {
		const char *name;
		void *at;
	} want[] = {
		{"pcre2_compile_8", &pcre.compile},
		{"pcre2_code_free_8", &pcre.code_free},
		{"pcre2_match_8", &pcre.match},
		{"pcre2_match_data_create_8", &pcre.data_create},
		{"pcre2_match_data_free_8", &pcre.data_free},
		{"pcre2_match_context_create_8", &pcre.context_create},
		{"pcre2_match_context_free_8", &pcre.context_free},
		{"pcre2_set_match_limit_8", &pcre.match_limit},
		{"pcre2_set_depth_limit_8", &pcre.depth_limit},
		{"pcre2_set_heap_limit_8", &pcre.heap_limit},
		{"pcre2_get_error_message_8", &pcre.error_message},
	};

	if (!lib)
		return;
	for (size_t i = 0; i < COUNT(want); i++) {
		void *f = dlsym(lib, want[i].name);

		if (!f)
			return;
		/* POSIX promises that a function's address fits; C has no cast for it. */
		memcpy(want[i].at, &f, sizeof(f));
	}
	pcre.ok = true;
}

/* A compiled pattern with all that a match needs. */
struct pattern {
	pcre2_code_8 *code;
	pcre2_match_data_8 *data;
	pcre2_match_context_8 *context;
};

static void pattern_free(void *arg)
{
	struct pattern *p = arg;

	if (!p)
		return;
	if (p->context)
		pcre.context_free(p->context);
	if (p->data)
		pcre.data_free(p->data);
	if (p->code)
		pcre.code_free(p->code);
	free(p);
}

static int pattern_make(struct str text, struct pattern **out, struct err *e)
{
	struct pattern *p;
	unsigned char why[160];
	PCRE2_SIZE at;
	int code;

	*out = NULL;
	(void)pthread_once(&pcre_once, pcre_load);
	if (!pcre.ok)
		return err_set(e, E_USAGE, "pattern matching needs libpcre2-8, which is not installed");
	if (text.len > PATTERN_MAX)
		return err_set(e, E_USAGE, "pattern is longer than %d bytes", PATTERN_MAX);
	p = calloc(1, sizeof(*p));
	if (!p)
		return err_nomem(e);
	p->code =
		pcre.compile((PCRE2_SPTR8)(text.ptr ? text.ptr : ""), text.len,
			     PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C, &code, &at, NULL);
	if (!p->code) {
		if (pcre.error_message(code, why, sizeof(why)) < 0)
			why[0] = '\0';
		free(p);
		return err_set(e, E_USAGE, "pattern %.*s is wrong at character %zu: %s", STR_ARG(text),
			       at + 1, (const char *)why);
	}
	p->data = pcre.data_create(1, NULL);
	p->context = pcre.context_create(NULL);
	if (!p->data || !p->context) {
		pattern_free(p);
		return err_nomem(e);
	}
	(void)pcre.match_limit(p->context, MATCH_STEPS);
	(void)pcre.depth_limit(p->context, MATCH_DEPTH);
	(void)pcre.heap_limit(p->context, MATCH_HEAP_KIB);
	*out = p;
	return 0;
}

int db_match_check(struct str text, struct err *e)
{
	struct pattern *p;

	if (pattern_make(text, &p, e) < 0)
		return -1;
	pattern_free(p);
	return 0;
}

/* 1, 0, or -1 when it costs too much. */
static int run(const struct pattern *p, struct str text)
{
	int rc = pcre.match(p->code, (PCRE2_SPTR8)(text.ptr ? text.ptr : ""), text.len, 0, 0, p->data, p->context);

	return rc >= 0 ? 1 : rc == PCRE2_ERROR_NOMATCH ? 0 : -1;
}

int db_match(struct str pattern, struct str text, struct err *e)
{
	struct pattern *p;
	int rc;

	if (pattern_make(pattern, &p, e) < 0)
		return -1;
	rc = run(p, text);
	pattern_free(p);
	return rc < 0 ? err_set(e, E_USAGE, "pattern %.*s is too costly for a text", STR_ARG(pattern)) : rc;
}

static struct str value(sqlite3_value *v)
{
	const void *p = sqlite3_value_text(v);
	int n = sqlite3_value_bytes(v);

	return (struct str){p, p ? (size_t)n : 0};
}

static bool any_null(sqlite3_value **v)
{
	return sqlite3_value_type(v[0]) == SQLITE_NULL || sqlite3_value_type(v[1]) == SQLITE_NULL;
}

static void do_match(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct pattern *p = sqlite3_get_auxdata(c, 0);
	bool fresh = !p;
	struct err e = {0};
	int rc;

	(void)n;
	if (any_null(v))
		return;
	if (fresh && pattern_make(value(v[0]), &p, &e) < 0) {
		sqlite3_result_error(c, e.msg, -1);
		return;
	}
	rc = run(p, value(v[1]));
	if (rc >= 0)
		sqlite3_result_int(c, rc);
	else
		sqlite3_result_error(c, "pattern is too costly for a text in the store", -1);
	/* Last: SQLite may free it at once. */
	if (fresh)
		sqlite3_set_auxdata(c, 0, p, pattern_free);
}

static void do_glob(sqlite3_context *c, int n, sqlite3_value **v)
{
	(void)n;
	if (!any_null(v))
		sqlite3_result_int(c, glob_match(value(v[0]), value(v[1])));
}

static void do_version(sqlite3_context *c, int n, sqlite3_value **v)
{
	(void)n;
	if (!any_null(v))
		sqlite3_result_int(c, version_cmp(value(v[0]), value(v[1])));
}

int lite_functions(sqlite3 *h)
{
	static const struct {
		const char *name;
		void (*fn)(sqlite3_context *, int, sqlite3_value **);
	} fns[] = {{"sit_match", do_match}, {"sit_glob", do_glob}, {"sit_version", do_version}};
	const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
	int rc = SQLITE_OK;

	for (size_t i = 0; i < COUNT(fns) && rc == SQLITE_OK; i++)
		rc = sqlite3_create_function_v2(h, fns[i].name, 2, flags, NULL, fns[i].fn, NULL, NULL, NULL);
	return rc;
}
