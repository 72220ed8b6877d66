/* SPDX-License-Identifier: MIT */
#include "cli/entity.h"
#include "task/group.h"

static struct {
	bool direct;
} cfg;

/* clang-format off */
static const struct opt opts[] = {
	OPT_USE(entity_opts),
	OPT_HEAD("Options"),
	OPT_FLAG_OF("members", 0, "direct", &cfg.direct, "what was put into it by hand, groups as groups"),
	OPT_END
};
/* clang-format on */

static int members(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;
	struct work w;
	size_t rows = 0;
	int rc;

	(void)argc;
	if (entity_begin(c, &w, e) < 0)
		return -1;
	rc = ctx_out(c, group_member_fields, group_member_count, &out, e);
	if (rc == 0)
		rc = group_list_members(&w, argv[0], cfg.direct, out, &rows, e);
	if (rc == 0)
		rc = out_end(&out, e);
	work_end(&w);
	return rc;
}

static int change(struct ctx *c, int argc, char **argv, bool add, struct err *e)
{
	struct meant what = { argv + 1, argc - 1, c->opt->select, c->opt->nul };
	struct work w;
	int rc;

	if (argc < 2 && !c->opt->select)
		return err_set(e, E_USAGE, "needs devices or group:NAME, or --select");
	if (entity_begin(c, &w, e) < 0)
		return -1;
	rc = group_change(&w, argv[0], add, &what, entity_note, c, e);
	work_end(&w);
	return rc;
}

static int member_add(struct ctx *c, int argc, char **argv, struct err *e)
{
	return change(c, argc, argv, true, e);
}

static int member_rm(struct ctx *c, int argc, char **argv, struct err *e)
{
	return change(c, argc, argv, false, e);
}

static int stats(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;
	struct work w;
	int rc;

	if (entity_begin(c, &w, e) < 0)
		return -1;
	rc = ctx_out(c, group_stats_fields, group_stats_count, &out, e);
	if (rc == 0)
		rc = group_print_stats(&w, argv, argc, out, e);
	if (rc == 0)
		rc = out_end(&out, e);
	work_end(&w);
	return rc;
}

/* clang-format off */
static const struct verb verbs[] = {
	ENTITY_VERBS(0),
	{ "members", "NAME", "print the devices in it", members, NEED_READ, 1, 1 },
	{ "member add", "NAME [DEVICE|group:GROUP...]", "put devices or groups into it", member_add, NEED_WRITE, 1, -1 },
	{ "member rm", "NAME [DEVICE|group:GROUP...]", "take devices or groups out of it", member_rm, NEED_WRITE, 1, -1 },
	{ "stats", "[NAME...]", "count what is in it: all groups without a name", stats, NEED_READ, 0, -1 },
	{ NULL, NULL, NULL, NULL, 0, 0, 0 }
};

static const struct record records[] = {
	{ "group member", "what is in a group", group_member_fields, &group_member_count },
	{ "group stats", "counts over the devices of a group", group_stats_fields, &group_stats_count },
	{ NULL, NULL, NULL, NULL }
};

static const struct example examples[] = {
	{ "sit-group add big-meters select='model=sdm* and site.tz=Europe/*'", "a group that follows a selector" },
	{ "sit-group member add critical pump-1 pump-2 group:chillers", "members by hand, another group among them" },
	{ "sit-device list group:critical", "its devices, wherever a selector is taken" },
	{ NULL, NULL },
};
/* clang-format on */

const struct prog prog = {
	.name = "sit-group",
	.family = "estate",
	.brief = "groups of devices, by hand or by selector",
	.opts = opts,
	.verbs = verbs,
	.entity = &group_entity,
	.records = records,
	.examples = examples,
};
