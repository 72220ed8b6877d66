/* SPDX-License-Identifier: MIT */
/*
 * A Lua 5.4 state that cannot do harm: no library is open, byte code is refused, memory has a ceiling, and a call that takes too many instructions ends, whatever it
 * catches on the way: the hook that counts is set to one instruction once the budget is spent (else "while true do pcall(...) end" would go on for ever).
 */
#ifndef SIT_EXPR_BOX_H
#define SIT_EXPR_BOX_H

#include "base/base.h"
#include "base/err.h"

struct box;
struct lua_State;

/* memory: bytes of the whole state; steps: instructions of one call. */
int box_new(size_t memory, int steps, struct box **out, struct err *e);
void box_free(struct box *b);
DEFINE_AUTO(box_freep, struct box *, box_free)
/*
 * Run fn with arg (a light userdata, lua_touserdata(l, 1)) under the limits; whatever allocates in Lua must happen in there, else Lua ends the process where memory
 * ends. E_INPUT with Lua's words when it fails.
 */
int box_run(struct box *b, int (*fn)(struct lua_State *l), void *arg, struct err *e);
/* In there: load text, never byte code, as a function onto the stack; its mistakes are "name:LINE: why". */
void box_load(struct lua_State *l, struct str text, const char *name);

#endif
