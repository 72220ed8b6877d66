/* SPDX-License-Identifier: MIT */
#include "cli/estate.h"

static bool prune;

/* clang-format off */
static const struct opt opts[] = {
	OPT_HEAD("Options"),
	OPT_FLAG_OF("apply", 0, "prune", &prune, "remove what the file does not hold, of the kinds that it holds"),
	OPT_USE(writing_opts),
	OPT_END
};
/* clang-format on */

static int export(struct ctx *c, int argc, char **argv, struct err *e)
{
	(void)argc;
	(void)argv;
	return estate_out(c, NULL, 0, NULL, e);
}

static int diff(struct ctx *c, int argc, char **argv, struct err *e)
{
	(void)argc;
	return estate_beside(c, argv[0], NULL, e);
}

static int apply(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(estate_freep) struct estate *s = NULL;
	struct estate_how how = { .prune = prune, .prune_datapoints = prune };

	(void)argc;
	return estate_read(argv[0], NULL, &s, e) < 0 ? -1 : estate_in(c, s, &how, e);
}

/* clang-format off */
static const struct verb verbs[] = {
	{ "export", "", "print everything as JSON, or write it into a file or folder (-o)", export, NEED_READ, 0, 0 },
	{ "diff", "FILE", "what differs between the store (here) and FILE or folder (there); exit 1 when something does", diff, NEED_READ, 1, 1 },
	{ "apply", "FILE", "make the store what FILE or the folder says: all of it or nothing", apply, NEED_WRITE, 1, 1 },
	{ NULL, NULL, NULL, NULL, 0, 0, 0 }
};

static const struct record records[] = {
	{ "estate diff", "a difference between store and file (sit-estate diff, sit-model diff)", estate_diff_fields, &estate_diff_count },
	{ NULL, NULL, NULL, NULL }
};

static const struct example examples[] = {
	{ "sit-estate export -o estate/", "a file for each site and model, one for the rest: git shows who changed what" },
	{ "sit-estate diff estate/", "what was changed here since" },
	{ "sit-estate apply estate/ --dry-run", "what would be done" },
	{ "sit-estate apply estate.json --prune --yes", "the same things here as there" },
	{ NULL, NULL }
};
/* clang-format on */

const struct prog prog = {
	.name = "sit-estate",
	.family = "estate",
	.brief = "the whole configuration as text: export, diff, apply",
	.opts = opts,
	.verbs = verbs,
	.records = records,
	.examples = examples,
};
