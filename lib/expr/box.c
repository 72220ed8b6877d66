/* SPDX-License-Identifier: MIT */
#include "expr/box.h"

#include <lauxlib.h>
#include <lua.h>

struct box {
	lua_State *l;
	size_t used, most;
	int steps;
};

/* realloc() with a ceiling: what Lua asks for beyond it fails, and Lua says so. */
static void *allocate(void *arg, void *p, size_t was, size_t size)
{
	struct box *b = arg;
	size_t old = p ? was : 0; /* without p, `was` is the kind of thing */
	void *q;

	if (size == 0) {
		free(p);
		b->used -= old;
		return NULL;
	}
	if (size > old && size - old > b->most - b->used)
		return NULL;
	q = realloc(p, size);
	if (q)
		b->used = b->used - old + size;
	return q;
}

static void spent(lua_State *l, lua_Debug *at)
{
	(void)at;
	lua_sethook(l, spent, LUA_MASKCOUNT, 1);
	luaL_error(l, "takes too many steps");
}

int box_new(size_t memory, int steps, struct box **out, struct err *e)
{
	struct box *b = calloc(1, sizeof(*b));

	if (!b)
		return err_nomem(e);
	*b = (struct box){ .most = memory, .steps = steps };
	b->l = lua_newstate(allocate, b);
	if (!b->l) {
		free(b);
		return err_nomem(e);
	}
	*out = b;
	return 0;
}

void box_free(struct box *b)
{
	if (!b)
		return;
	lua_sethook(b->l, NULL, 0, 0);
	lua_close(b->l);
	free(b);
}

void box_load(lua_State *l, struct str text, const char *name)
{
	if (luaL_loadbufferx(l, text.ptr, text.len, name, "t") != LUA_OK)
		lua_error(l);
}

int box_run(struct box *b, int (*fn)(lua_State *l), void *arg, struct err *e)
{
	lua_State *l = b->l;

	lua_settop(l, 0);
	lua_sethook(l, spent, LUA_MASKCOUNT, b->steps);
	lua_pushcfunction(l, fn); /* neither this nor the next allocates */
	lua_pushlightuserdata(l, arg);
	if (lua_pcall(l, 1, LUA_MULTRET, 0) == LUA_OK)
		return 0;
	return err_set(e, E_INPUT, "%s", lua_type(l, -1) == LUA_TSTRING ? lua_tostring(l, -1) : "fails");
}
