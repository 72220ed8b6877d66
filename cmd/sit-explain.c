/* SPDX-License-Identifier: MIT */
#include "base/utf8.h"
#include "cli/cli.h"
#include "explain/explain.h"

static struct {
	bool all;
} cfg;

/* clang-format off */
static const struct opt opts[] = {
	OPT_HEAD("Options"),
	OPT_FLAG(0, "all", &cfg.all, "print every step of the way, as -v does"),
	OPT_USE(range_opts),
	OPT_END
};

static const struct record records[] = {
	{ "explanation", "a step of the way of points, and whether it ends there", explain_fields, &explain_count },
	{ NULL, NULL, NULL, NULL }
};

static const struct example examples[] = {
	{ "sit-explain meter-1", "do its points come, and if not, why" },
	{ "sit-explain meter-1:power_kw --during yesterday", "why something of yesterday is missing" },
	{ "sit-explain meter-1 --all", "every step of the way, with what it is known from" },
	{ NULL, NULL }
};
/* clang-format on */

/* One line for people. */
static int print_line(const struct explained *x, struct err *e)
{
	AUTO(sb_done) struct sb line = SB_INIT(8000);

	if (explain_line(x, &line, e) < 0)
		return -1;
	utf8_defuse(line.buf);
	return printf("%s\n", sb_cstr(&line)) < 0 ? err_set(e, E_IO, "standard output: write failed") : 0;
}

static int print_records(struct ctx *c, const struct explained *x, bool all, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;

	if (ctx_out(c, explain_fields, explain_count, &out, e) < 0 || explain_print(x, all, out, e) < 0)
		return -1;
	return out_end(&out, e);
}

static int run(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(explained_done) struct explained x = EXPLAINED_INIT;
	struct explain_ask ask = { .what = argv[0], .when = { c->now, c->zone }, .range_in = ctx_range_in, .range_arg = c };
	bool all = cfg.all || c->opt->verbose;
	int rc = 0;

	(void)argc;
	if (ctx_range(c, &ask.range, &ask.given, e) < 0 || explain_find(c->db, &ask, &x, e) < 0)
		return -1;
	if (!c->opt->quiet)
		rc = all || !ctx_table(c) || c->opt->columns ? print_records(c, &x, all, e) : print_line(&x, e);
	if (rc < 0)
		return -1;
	return x.cause < 0 ? 0 : err_set(e, E_ANSWER, "points are missing");
}

const struct prog prog = {
	.name = "sit-explain",
	.family = "read",
	.brief = "why points of a device are missing: where their way stopped",
	.operands = "SERIES|DEVICE",
	.opts = opts,
	.records = records,
	.examples = examples,
	.needs = NEED_READ,
	.least = 1,
	.most = 1,
	.run = run,
};
