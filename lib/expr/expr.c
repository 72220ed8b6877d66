/* SPDX-License-Identifier: MIT */
/* Expressions computed: expr_read() has made text for Lua of them. */
#include "expr/expr.h"

#include <lauxlib.h>
#include <lua.h>
#include <math.h>

#include "base/num.h"
#include "expr/box.h"

struct exprs {
	struct box *box;
	struct arena arena;
};

struct expr {
	struct exprs *of;
	const struct expr_read *read;
	int function; /* in Lua's registry */
};

/* ---- what the text of expr_read() calls ---- */

static double argument(lua_State *l)
{
	if (lua_type(l, 1) != LUA_TNUMBER)
		luaL_error(l, "a %s is no number", luaL_typename(l, 1));
	return lua_tonumber(l, 1);
}

#define FUNCTION(name, c)                                                                                                      \
	static int do_##name(lua_State *l)                                                                                     \
	{                                                                                                                      \
		lua_pushnumber(l, c(argument(l)));                                                                             \
		return 1;                                                                                                      \
	}
FUNCTION(abs, fabs)
FUNCTION(ceil, ceil)
FUNCTION(exp, exp)
FUNCTION(floor, floor)
FUNCTION(ln, log)
FUNCTION(log10, log10)
FUNCTION(round, round)
FUNCTION(sqrt, sqrt)

static int no_truth(lua_State *l)
{
	return luaL_error(l, "a %s is neither true nor false: compare it", luaL_typename(l, 1));
}

/* In the order of expr_read()'s first line. */
static const lua_CFunction functions[] = { do_abs, do_ceil, do_exp, do_floor, do_ln, do_log10, do_round, do_sqrt, no_truth };

/* ---- expressions ---- */

int exprs_new(struct exprs **out, struct err *e)
{
	struct exprs *x = calloc(1, sizeof(*x));

	if (!x)
		return err_nomem(e);
	x->arena = (struct arena)ARENA_INIT((size_t)64 << 20);
	if (box_new(EXPR_MEMORY, EXPR_STEPS, &x->box, e) < 0) {
		free(x);
		return -1;
	}
	*out = x;
	return 0;
}

void exprs_free(struct exprs *x)
{
	if (!x)
		return;
	box_free(x->box);
	arena_done(&x->arena);
	free(x);
}

/* "expr:7: why" of Lua's: line 7 is from a column of the expression. */
static int place(const struct expr_read *r, struct err *e)
{
	const char *colon = strchr(e->msg, ':'), *end = colon ? strchr(colon + 1, ':') : NULL;
	int64_t line;
	char why[sizeof(e->msg)];

	if (!end || !num_parse_int((struct str){ colon + 1, (size_t)(end - colon - 1) }, &line) || line < 1 || (size_t)line > r->lines)
		return -1;
	(void)snprintf(why, sizeof(why), "%s", end + 1 + (end[1] == ' '));
	why[strcspn(why, "(")] = '\0'; /* " (local 'r1')": names that nobody wrote */
	return err_set(e, E_INPUT, "column %u: %s", (unsigned)r->column[line - 1], why);
}

/* Load the text, hand it the functions, keep what it returns. */
static int make(lua_State *l)
{
	struct expr *p = lua_touserdata(l, 1);

	box_load(l, p->read->code, "=expr");
	luaL_checkstack(l, (int)COUNT(functions), NULL);
	for (size_t i = 0; i < COUNT(functions); i++)
		lua_pushcfunction(l, functions[i]);
	lua_call(l, (int)COUNT(functions), 1);
	p->function = luaL_ref(l, LUA_REGISTRYINDEX);
	return 0;
}

int expr_new(struct exprs *x, const struct expr_read *r, struct expr **out, struct err *e)
{
	struct expr *p = arena_alloc(&x->arena, sizeof(*p));

	if (!p)
		return err_nomem(e);
	*p = (struct expr){ .of = x, .read = r };
	if (box_run(x->box, make, p, e) < 0)
		return place(r, e);
	*out = p;
	return 0;
}

static void push(lua_State *l, const struct value *v)
{
	switch (v->type) {
	case VALUE_NUMBER:
		lua_pushnumber(l, v->num);
		return;
	case VALUE_BOOL:
		lua_pushboolean(l, v->num != 0);
		return;
	case VALUE_STRING:
		lua_pushlstring(l, v->txt.ptr ? v->txt.ptr : "", v->txt.len);
		return;
	case VALUE_NULL:
	case VALUE_LOCATION:
		lua_pushnil(l);
		return;
	}
}

/* The value at the top; a text stays valid while it is there. */
static void take(lua_State *l, struct value *out)
{
	*out = (struct value){ .type = VALUE_NULL };
	switch (lua_type(l, -1)) {
	case LUA_TNUMBER:
		*out = (struct value){ .type = VALUE_NUMBER, .num = lua_tonumber(l, -1) };
		break;
	case LUA_TBOOLEAN:
		*out = (struct value){ .type = VALUE_BOOL, .num = lua_toboolean(l, -1) };
		break;
	case LUA_TSTRING:
		out->type = VALUE_STRING;
		out->txt.ptr = lua_tolstring(l, -1, &out->txt.len);
		break;
	default:
		break;
	}
}

struct asked {
	const struct expr *expr;
	const struct value *in;
	struct value *out;
};

static int compute(lua_State *l)
{
	const struct asked *a = lua_touserdata(l, 1);
	size_t n = a->expr->read->n;

	luaL_checkstack(l, (int)n + 1, NULL);
	lua_rawgeti(l, LUA_REGISTRYINDEX, a->expr->function);
	for (size_t i = 0; i < n; i++)
		push(l, a->in + i);
	lua_call(l, (int)n, 1);
	take(l, a->out);
	return 1; /* which stays on the stack until the next call */
}

int expr_value(struct expr *p, const struct value *in, struct value *out, struct err *e)
{
	struct asked a = { p, in, out };

	return box_run(p->of->box, compute, &a, e) < 0 ? place(p->read, e) : 0;
}
