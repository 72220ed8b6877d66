/* SPDX-License-Identifier: MIT */
/* In a file of its own: only who computes needs Lua. */
#include "judge/rule.h"

int rule_ready(struct rule *r, struct exprs *x, struct err *e)
{
	if (r->expr.read && expr_new(x, r->expr.read, &r->expr.ready, e) < 0)
		return err_wrap(e, "expr");
	if (r->over.read && expr_new(x, r->over.read, &r->over.ready, e) < 0)
		return err_wrap(e, "clear");
	return 0;
}
