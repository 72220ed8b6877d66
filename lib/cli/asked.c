/* SPDX-License-Identifier: MIT */
/* What programs that print points are asked alike: DEVICE... DATAPOINT, selection, range. */
#include "cli/cli.h"
#include "points/query.h"

int ctx_asked(struct ctx *c, int argc, char **argv, bool all, struct query *q, struct terms *terms,
	      struct err *e)
{
	bool given;

	if (ctx_terms(c, argc - 1, argv, terms, e) < 0)
		return -1;
	q->device = terms->v;
	q->n = terms->n;
	q->datapoints = argv[argc - 1];
	q->select = c->opt->select;
	q->when = (struct time_ctx){ c->now, c->zone };
	q->zone_given = c->zone_given;
	if (q->n == 0 && !q->select)
		return err_set(e, E_USAGE, "needs DEVICE and DATAPOINT: '*' stands for all devices");
	if (ctx_range(c, &q->range, &given, e) < 0)
		return -1;
	if (given) {
		q->range_in = ctx_range_in;
		q->range_arg = c;
	}
	if (given && all)
		return err_set(e, E_USAGE, "--all and a range exclude each other");
	if (!given && !all) {
		q->range = (struct range){ c->now - US_PER_DAY, c->now + 1 };
		if (c->err_terminal)
			ctx_note(c, "the last 24 h (--all, --last, --during, --from say otherwise)");
	}
	return 0;
}

static void add_member(struct sb *sb, const char *name, const char *value)
{
	if (!value)
		return;
	sb_adds(sb, sb->len > 1 ? ",\"" : "\"");
	sb_adds(sb, name);
	sb_adds(sb, "\":");
	sb_json(sb, str_of(value));
}

int ctx_selection(const struct ctx *c, struct sb *sb)
{
	const struct common *o = c->opt;

	sb_adds(sb, "{");
	if (c->argc)
		sb_adds(sb, "\"operands\":[");
	for (int i = 0; i < c->argc; i++) {
		sb_adds(sb, i ? "," : "");
		sb_json(sb, str_of(c->argv[i]));
	}
	if (c->argc)
		sb_adds(sb, "]");
	add_member(sb, "org", setting(&c->settings, SET_ORG));
	add_member(sb, "device", o->device);
	add_member(sb, "site", o->site);
	add_member(sb, "gateway", o->gateway);
	add_member(sb, "group", o->group);
	add_member(sb, "select", o->select);
	add_member(sb, "from", o->from);
	add_member(sb, "to", o->to);
	add_member(sb, "during", o->during);
	add_member(sb, "last", o->last);
	return sb_adds(sb, "}");
}

static void complain(void *arg, const char *line)
{
	ctx_complain(arg, "%s", line);
}

int ctx_left_out(struct ctx *c, struct err *e)
{
	return query_left_out(c->db, complain, c, e);
}
