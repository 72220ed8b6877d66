/* SPDX-License-Identifier: MIT */
/* Expressions of rules: what they mean, what they refuse, and that nothing gets out of the box they are computed in. */
#include "expr/expr.h"

#include <setjmp.h>

#include <cmocka.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <math.h>
#include <sys/resource.h>

#include "expr/box.h"

/* a is 6, b is 4, t is "on", yes is true; u is unknown. */
static struct value value_of(struct str name)
{
	struct value v = { .type = VALUE_NULL };

	if (str_is(name, "a") || str_is(name, "gateway.a"))
		v = (struct value){ .type = VALUE_NUMBER, .num = 6 };
	else if (str_is(name, "b"))
		v = (struct value){ .type = VALUE_NUMBER, .num = 4 };
	else if (str_is(name, "t"))
		v = (struct value){ .type = VALUE_STRING, .txt = STR("on") };
	else if (str_is(name, "yes"))
		v = (struct value){ .type = VALUE_BOOL, .num = 1 };
	return v;
}

/* The value as text: "2.5", "true", "'on'", "unknown"; what is wrong as it is said. */
static const char *computed(struct exprs *x, const char *text, char out[600])
{
	AUTO(arena_done) struct arena arena = ARENA_INIT((size_t)16 << 20);
	struct value in[EXPR_NAMES_MAX], v;
	struct expr_read *r = arena_alloc(&arena, sizeof(*r));
	struct expr *p;
	struct err e = { 0 };

	assert_non_null(r);
	if (expr_read(str_of(text), &arena, r, &e) < 0 || expr_new(x, r, &p, &e) < 0) {
		(void)snprintf(out, 600, "%s", e.msg);
		return out;
	}
	for (size_t i = 0; i < r->n; i++)
		in[i] = value_of(r->name[i]);
	if (expr_value(p, in, &v, &e) < 0)
		(void)snprintf(out, 600, "%s", e.msg);
	else if (v.type == VALUE_NUMBER)
		(void)snprintf(out, 600, "%.15g", v.num);
	else if (v.type == VALUE_BOOL)
		(void)snprintf(out, 600, "%s", v.num != 0 ? "true" : "false");
	else if (v.type == VALUE_STRING)
		(void)snprintf(out, 600, "'%.*s'", STR_ARG(v.txt));
	else
		(void)snprintf(out, 600, "unknown");
	return out;
}

struct case_of {
	const char *text, *want;
};

static void all_are(const struct case_of *c, size_t n)
{
	AUTO(exprs_freep) struct exprs *x = NULL;
	struct err e;
	char out[600];

	assert_int_equal(exprs_new(&x, &e), 0);
	for (size_t i = 0; i < n; i++)
		if (strcmp(computed(x, c[i].text, out), c[i].want) != 0)
			fail_msg("%s: %s, not %s", c[i].text, out, c[i].want);
}

static void computes(void **state)
{
	static const struct case_of cases[] = {
		{ "1+2*3", "7" },	     { "(1+2)*3", "9" },	 { "2^3^2", "512" },	    { "-2^2", "-4" },
		{ "2^-1", "0.5" },	     { "7%4", "3" },		 { "-7%4", "1" },	    { "10-4-3", "3" },
		{ "1--1", "2" },	     { "7/2", "3.5" },		 { "1e3 + .5e1", "column 7: write 0.5" },
		{ "a>5", "true" },	     { "a > 5 and b > 5", "false" }, { "a>5 or b>5", "true" }, { "not a>5", "false" },
		{ "not (a>5 and b>5)", "true" }, { "a=6", "true" },	 { "a==6", "true" },	    { "a!=6", "false" },
		{ "a~=b", "true" },	     { "a>=6 and b<=4", "true" }, { "t='on'", "true" },	    { "t=\"off\"", "false" },
		{ "yes", "true" },	     { "yes and a>b", "true" },	 { "not yes", "false" },    { "yes=true", "true" },
		{ "gateway.a", "6" },	     { "sqrt(a*a)", "6" },	 { "abs(b-a)", "2" },	    { "min(a,b,5)", "4" },
		{ "max(a,b,5)", "6" },	     { "avg(a,b)", "5" },	 { "sum(a,b,1)", "11" },    { "avg(a)", "6" },
		{ "round(2.5)", "3" },	     { "floor(-1.5)", "-2" },	 { "ceil(1.2)", "2" },	    { "ln(exp(2))", "2" },
		{ "log10(1000)", "3" },	     { "if(a>b,a,b)", "6" },	 { "if(a<b,a,b)", "4" },    { "if(yes,'x','y')", "'x'" },
		{ "((((a))))", "6" },	     { "1<a and a<7", "true" },	 { "t", "'on'" },	    { "'a'<'b'", "true" },
		{ "a/2>b-2 and (t='x' or yes)", "true" },
	};

	(void)state;
	all_are(cases, COUNT(cases));
}

/* Three values: unknown, where nothing decides without it. */
static void keeps_unknown(void **state)
{
	static const struct case_of cases[] = {
		{ "u", "unknown" },	    { "u+1", "unknown" },	  { "u>1", "unknown" },	       { "not u>1", "unknown" },
		{ "u>1 or a>5", "true" },   { "a>5 or u>1", "true" },	  { "a>9 or u>1", "unknown" }, { "u>1 or a>9", "unknown" },
		{ "u>1 and a>9", "false" }, { "a>9 and u>1", "false" },	  { "u>1 and a>5", "unknown" }, { "a>5 and u>1", "unknown" },
		{ "u>1 or u>2", "unknown" }, { "known(u)", "false" },	  { "known(a)", "true" },      { "default(u,3)", "3" },
		{ "default(a,3)", "6" },    { "default(u,u)", "unknown" }, { "if(u>1,a,b)", "unknown" }, { "if(a>1,u,b)", "unknown" },
		{ "if(a>1,a,u)", "6" },	    { "1/0", "unknown" },	  { "0/0", "unknown" },	       { "a%0", "unknown" },
		{ "1/0>3", "unknown" },	    { "sqrt(-1)", "unknown" },	  { "ln(0)", "unknown" },      { "9^9^9^9", "unknown" },
		{ "1e308*10", "unknown" },  { "exp(1000)", "unknown" },	  { "min(a,u)", "unknown" },   { "avg(u,a)", "unknown" },
		{ "u='on'", "unknown" },    { "u and false", "false" },	  { "known(1/0)", "false" },
	};

	(void)state;
	all_are(cases, COUNT(cases));
}

static void says_what_is_wrong(void **state)
{
	static const struct case_of cases[] = {
		{ "", "column 1: something is missing at the end" },
		{ "a >", "column 4: something is missing at the end" },
		{ "a > > b", "column 5: a value is missing here" },
		{ "a b", "column 3: the expression should end here" },
		{ "(a > 3", "column 7: the bracket is not closed" },
		{ "1 < a < 3", "column 7: comparisons are joined by and: 1<x and x<3" },
		{ "a + (b > 3)", "column 3: a truth is no number" },
		{ "a and b>3", "column 1: a number is neither true nor false: compare it" },
		{ "b>3 and 2", "column 9: a number is neither true nor false: compare it" },
		{ "t + 1", "column 3: attempt to perform arithmetic on a string value " },
		{ "b > 1 and t < 5", "column 13: attempt to compare string with number" },
		{ "sqrt(t)", "column 1: a string is no number" },
		{ "'x' = 3", "column 5: numbers, texts and truths are not compared with each other" },
		{ "t = 'on", "column 5: the text has no end" },
		{ "foo(a)", "column 1: no such function: abs avg ceil default exp floor if known ln log10 max min round sqrt sum" },
		{ "sqrt(a,b)", "column 7: the arguments are not closed, or too many" },
		{ "3x", "column 2: the expression should end here" },
		{ "1.2.3", "column 1: 1.2.3 is not a number" },
	};

	(void)state;
	all_are(cases, COUNT(cases));
}

/* Words and signs of Lua that are none of ours: refused when read, before Lua sees any of it. */
static void lets_nothing_out(void **state)
{
	static const char *const tries[] = {
		"os.execute('id')", "io.open('/etc/passwd')", "require('os')", "load('return 1')()", "dofile('/etc/passwd')", "a.b.c", "_G", "_ENV",
		"a[1]", "{}", "a;b", "a:b()", "('x').rep('x',9)", "('x'):rep(9)", "#t", "a..b", "a//b", "a&b", "a|b", "a<<2", "~a", "function() end",
		"while true do end", "return 1", "goto x", "::x::", "a --[[ b", "--", "string.rep('x',1e9)", "debug.getinfo(1)", "pcall(a)", "error('x')",
		"setmetatable(a,b)", "getmetatable('').__index", "coroutine.wrap(a)", "collectgarbage()", "print(a)", "a\\b", "`id`", "$a", "a@b", "a?b:c",
		"\x1bLua", "0x10", "1e999", "[[x]]", "a!b", "a = b = c", "select(1,2)", "tostring(1)", "rawget(a,1)", "next(a)", "math.floor(a)", "utf8.char(1)",
		"no_truth(a)", "a1(1)", "r1()", "nil()", "local x", "...", "'\\", "if(a)", "known()", "min()", "not", "a and", "or b", ")", "(", "(((((",
	};
	AUTO(exprs_freep) struct exprs *x = NULL;
	struct err e;
	char out[600];

	(void)state;
	assert_int_equal(exprs_new(&x, &e), 0);
	for (size_t i = 0; i < COUNT(tries); i++) {
		if (strncmp(computed(x, tries[i], out), "column ", 7) != 0)
			fail_msg("%s: %s", tries[i], out);
	}
	/* A text is never part of what Lua reads. */
	assert_string_equal(computed(x, "t = '\" .. os.exit() .. \"'", out), "false");
	assert_string_equal(computed(x, "']] os.exit() --'", out), "']] os.exit() --'");
}

/* Brackets, signs and powers a hundred thousand deep are refused for their length or depth; long chains are not deep. */
static void has_limits(void **state)
{
	static char text[EXPR_TEXT_MAX + 2];
	static const char *const parts[] = { "(", "-", "not ", "a^", "min(a,", "if(a>1,", "default(u," };
	AUTO(exprs_freep) struct exprs *x = NULL;
	struct err e;
	char out[600];
	size_t n;

	(void)state;
	assert_int_equal(exprs_new(&x, &e), 0);
	for (size_t i = 0; i < COUNT(parts); i++) {
		for (n = 0; n + strlen(parts[i]) < EXPR_TEXT_MAX; n += strlen(parts[i]))
			memcpy(text + n, parts[i], strlen(parts[i]));
		text[n] = '\0';
		assert_non_null(strstr(computed(x, text, out), "too much within each other"));
	}
	memset(text, '(', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_string_equal(computed(x, text, out), "longer than 4096 bytes");
	for (n = 0; n < EXPR_TEXT_MAX - 2; n += 2)
		memcpy(text + n, "a+", 2);
	memcpy(text + n, "a", 2);
	assert_string_equal(computed(x, text, out), "12288");
	for (n = 0; n < EXPR_TEXT_MAX - 20; n += 10)
		memcpy(text + n, "a>9 or u=1", 10), memcpy(text + n + 10, " or ", 4), n += 4;
	memcpy(text + n, "a>1", 4);
	assert_string_equal(computed(x, text, out), "true");
}

/* ---- the box itself, with text that no expression can become ---- */

static int run_text(lua_State *l)
{
	const char *text = lua_touserdata(l, 1);

	box_load(l, str_of(text), "=t");
	lua_call(l, 0, 0);
	return 0;
}

static int run_with_pcall(lua_State *l)
{
	luaL_requiref(l, "_G", luaopen_base, 1); /* with pcall, which no expression has */
	return run_text(l);
}

static double cpu(void)
{
	struct rusage u;

	(void)getrusage(RUSAGE_SELF, &u);
	return (double)u.ru_utime.tv_sec + (double)u.ru_utime.tv_usec / 1e6;
}

static void box_ends_what_does_not_end(void **state)
{
	static const struct case_of cases[] = {
		{ "while true do end", "takes too many steps" },
		{ "local function f() return f() end f()", "takes too many steps" },
		{ "local function f() return 1 + f() end f()", "not enough memory" },
		{ "local t = {} while true do t[#t+1] = #t end", "too many steps" },
		{ "local s = 'x' while true do s = s .. s end", "not enough memory" },
		{ "local t = {} for i = 1, 1e9 do t = {t, t} end", "not enough memory" },
		{ "os.exit(1)", "attempt to index" },
		{ "io.open('x')", "attempt to index" },
		{ "load('x')", "attempt to call" },
		{ "('x'):rep(1e9)", "attempt to index" },
		{ "\033Lua", "attempt to load" },
	};
	AUTO(box_freep) struct box *b = NULL;
	struct err e;
	double begin = cpu();

	(void)state;
	assert_int_equal(box_new((size_t)2 << 20, 200000, &b, &e), 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(box_run(b, run_text, (void *)(uintptr_t)cases[i].text, &e), -1);
		if (!strstr(e.msg, cases[i].want))
			fail_msg("%s: %s", cases[i].text, e.msg);
	}
	assert_int_equal(box_run(b, run_with_pcall, (void *)(uintptr_t) "while true do pcall(function() while true do end end) end", &e), -1);
	assert_non_null(strstr(e.msg, "takes too many steps"));
	assert_int_equal(box_run(b, run_text, (void *)(uintptr_t) "local x = 1", &e), 0); /* and it lives on */
	assert_true(cpu() - begin < 1);
}

/* Expressions until there is no more room: refused, and those that were made go on. */
static void box_has_a_ceiling(void **state)
{
	AUTO(exprs_freep) struct exprs *x = NULL;
	AUTO(arena_done) struct arena arena = ARENA_INIT((size_t)256 << 20);
	struct value in = { .type = VALUE_NUMBER, .num = 2 }, v;
	struct expr_read *r = arena_alloc(&arena, sizeof(*r));
	struct expr *first, *p;
	struct err e;
	int made = 0;

	(void)state;
	assert_int_equal(exprs_new(&x, &e), 0);
	assert_int_equal(expr_read(STR("a+1"), &arena, r, &e), 0);
	assert_int_equal(expr_new(x, r, &first, &e), 0);
	while (expr_new(x, r, &p, &e) == 0 && made < 1000000)
		made++;
	assert_true(made > 1000 && made < 1000000);
	assert_int_equal(expr_value(first, &in, &v, &e), 0);
	assert_true(v.num == 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(computes),	 cmocka_unit_test(keeps_unknown), cmocka_unit_test(says_what_is_wrong),
		cmocka_unit_test(lets_nothing_out), cmocka_unit_test(has_limits), cmocka_unit_test(box_ends_what_does_not_end),
		cmocka_unit_test(box_has_a_ceiling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
