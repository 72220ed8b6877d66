/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"

static const struct opt opts[] = {
	OPT_HEAD("Options"),
	OPT_END
};

static int run(struct ctx *c, int argc, char **argv, struct err *e)
{
	(void)c;
	(void)argc;
	(void)argv;
	return err_set(e, E_BUG, "not written yet");
}

static const struct example examples[] = {
	{ "sit-NAME", "what it does" },
	{ "sit-NAME -f csv", "as CSV" },
	{ "sit-NAME | jq .", "in a pipe" },
	{ NULL, NULL },
};

const struct prog prog = {
	.name = "sit-NAME",
	.family = "read",
	.brief = "what it is in one line",
	.operands = "",
	.opts = opts,
	.examples = examples,
	.needs = NEED_READ,
	.run = run,
};
