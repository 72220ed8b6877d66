/* SPDX-License-Identifier: MIT */
#include "cli/carry.h"
#include "cli/entity.h"
#include "cli/limit.h"
#include "task/orgs.h"

/* A new organisation begins with the shipped policies; they are its own, so they are written from outside of any scope. */
static int add(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct err late = { 0 };
	int rc = entity_add(c, argc, argv, e);

	if ((rc < 0 && e->code != E_PARTIAL) || c->opt->dry_run)
		return rc;
	if (ctx_open(c, NEED_WRITE | NEED_OWNER, &late) == 0 && orgs_furnish(c->db, c->now, &late) == 0)
		return rc;
	*e = late;
	return -1;
}

static int tree(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;
	const char *format = setting(&c->settings, SET_FORMAT);
	bool table = format ? strcmp(format, "table") == 0 : c->terminal && !c->opt->output;
	struct work w;
	int rc;

	(void)argc;
	(void)argv;
	if (entity_begin(c, &w, e) < 0)
		return -1;
	rc = ctx_out(c, org_tree_fields, org_tree_count, &out, e);
	if (rc == 0)
		rc = orgs_tree(&w, table, out, e);
	if (rc == 0)
		rc = out_end(&out, e);
	work_end(&w);
	return rc;
}

/* Print the quotas, or with WHAT=NUMBER set fields max_WHAT (retention is one of that name). */
static int quota(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(arena_done) struct arena a = ARENA_INIT((size_t)1 << 20);

	if (argc < 2)
		return limit_usage(c, argc, argv, e);
	for (int i = 1; i < argc; i++) {
		AUTO(sb_done) struct sb term = SB_INIT(4096);

		sb_addf(&term, "%s%s", strncmp(argv[i], "retention=", 10) == 0 ? "" : "max_", argv[i]);
		argv[i] = arena_dup(&a, sb_str(&term));
		if (!argv[i])
			return err_nomem(e);
	}
	if (ctx_open(c, NEED_WRITE | NEED_ALL_ORGS, e) < 0)
		return -1;
	return entity_set(c, argc, argv, e);
}

/* clang-format off */
static const struct opt opts[] = {
	OPT_USE(entity_opts),
	OPT_USE(carry_opts),
	OPT_END
};

static const struct verb verbs[] = {
	{ "add", "NAME [FIELD=VALUE...]", "add one, or with --file many", add, NEED_WRITE | NEED_ALL_ORGS, 0, -1 },
	{ "list", "[FILTER...]", "print those that fit all filters (sit-selectors(7))", entity_list, NEED_READ, 0, -1 },
	{ "show", "[NAME...]", "print everything about them", entity_show, NEED_READ, 0, -1 },
	{ "set", "[NAME...] FIELD=VALUE...", "change fields (FIELD= clears)", entity_set, NEED_WRITE | NEED_ALL_ORGS, 1, -1 },
	{ "rm", "[NAME...]", "remove: deletes, or retires what is referred to", entity_rm, NEED_WRITE | NEED_ALL_ORGS, 0, -1 },
	{ "tree", "", "print them, each below its parent", tree, NEED_READ, 0, 0 },
	{ "usage", "[NAME]", "print what it has used of its quotas", limit_usage, NEED_READ, 0, 1 },
	{ "quota", "[NAME] [WHAT=NUMBER...]", "print its quotas, or set them (devices=200 is max_devices)", quota, NEED_READ, 0, -1 },
	{ "export", "NAME", "write everything of it into a new folder (-o SET)", carry_v_org_export, NEED_READ, 1, 1 },
	{ "import", "SET NAME", "bring an export into an organisation that is empty", carry_v_org_import, 0, 2, 2 },
	{ "erase", "NAME", "erase everything of it that an export (--after SET) holds: all or nothing", carry_v_org_erase, NEED_READ, 1, 1 },
	{ NULL, NULL, NULL, NULL, 0, 0, 0 }
};

static const struct record records[] = {
	{ "usage", "what an organisation has of what it may have", usage_fields, &usage_count },
	{ "org tree", "an organisation, behind its parent", org_tree_fields, &org_tree_count },
	{ NULL, NULL, NULL, NULL }
};

static const struct example examples[] = {
	{ "sit-org add acme title='Acme Energy' --org '*'", "make an organisation at the top (the store's owner)" },
	{ "sit-org add acme-south parent=acme --org acme", "make one below it" },
	{ "sit-org quota acme devices=200", "let it have 200 devices, whatever its tier says" },
	{ "sit-org export acme -o /srv/acme", "points, estate, trail: as text, with digests" },
	{ "sit-org erase acme --after /srv/acme --yes", "once it is out, nothing of it stays" },
	{ "sit-org tree", "all of them, each below its parent" },
	{ NULL, NULL },
};
/* clang-format on */

const struct prog prog = {
	.name = "sit-org",
	.family = "estate",
	.brief = "organisations: what everything else belongs to",
	.opts = opts,
	.verbs = verbs,
	.entity = &org_entity,
	.records = records,
	.examples = examples,
};
