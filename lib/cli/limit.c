/* SPDX-License-Identifier: MIT */
#include "cli/limit.h"

int limit_begin(struct ctx *c, struct work *w, struct err *e)
{
	*w = (struct work){ .db = c->db, .program = c->prog->name, .message = c->opt->message, .when = { c->now, c->zone }, .dry = c->opt->dry_run };
	return work_begin(w, &org_entity, e);
}

int limit_usage(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;
	struct work w;
	int rc;

	if (limit_begin(c, &w, e) < 0)
		return -1;
	rc = ctx_out(c, usage_fields, usage_count, &out, e);
	if (rc == 0)
		rc = usage_print(&w, argc ? argv[0] : NULL, out, e);
	if (rc == 0)
		rc = out_end(&out, e);
	work_end(&w);
	return rc;
}
