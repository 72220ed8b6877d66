/* SPDX-License-Identifier: MIT */
/* Expressions: what can be read is computed within its limits, and never to a number that is none. */
#include "expr/expr.h"

#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct exprs *x;
	static int n;
	AUTO(arena_done) struct arena arena = ARENA_INIT((size_t)16 << 20);
	struct expr_read *r = arena_alloc(&arena, sizeof(*r));
	struct value in[EXPR_NAMES_MAX], v;
	struct expr *p;
	struct err e;

	if (n++ % 1000 == 0) {
		exprs_free(x);
		if (exprs_new(&x, &e) < 0)
			abort();
	}
	if (!r || expr_read((struct str){ (const char *)data, size }, &arena, r, &e) < 0)
		return 0;
	if (expr_new(x, r, &p, &e) < 0) {
		if (!strstr(e.msg, "memory")) /* what can be read, Lua can read */
			abort();
		return 0;
	}
	for (size_t i = 0; i < r->n; i++) {
		in[i] = (struct value){ .type = (enum value_type)((r->name[i].ptr[0] + (int)i) % 4), .num = (double)i - 1.5, .txt = STR("on") };
		if (in[i].type == VALUE_BOOL)
			in[i].num = 1;
	}
	if (expr_value(p, in, &v, &e) == 0 && v.type == VALUE_NUMBER && !isfinite(v.num))
		abort();
	return 0;
}
