/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"
#include "points/query.h"

static struct {
	const char *datapoint;
	bool exit_code;
} cfg;

/* clang-format off */
static const struct opt opts[] = {
	OPT_HEAD("Options"),
	OPT_TEXT(0, "datapoint", &cfg.datapoint, "DATAPOINT,...", "only these datapoints (names or patterns)"),
	OPT_FLAG('e', "exit-code", &cfg.exit_code, "exit 1 when nothing is found"),
	OPT_USE(select_opts),
	OPT_END
};

static const struct record records[] = {
	{ "latest", "the newest value of a datapoint", latest_fields, &latest_count },
	{ NULL, NULL, NULL, NULL }
};

static const struct example examples[] = {
	{ "sit-latest", "the newest value of everything" },
	{ "sit-latest meter-1 --datapoint 'voltage_*'", "of some datapoints of a device" },
	{ "sit-latest site=plant --sort ts", "of a site, the oldest first" },
	{ NULL, NULL }
};
/* clang-format on */

static int run(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct query q = { .datapoints = cfg.datapoint, .select = c->opt->select, .when = { c->now, c->zone } };
	AUTO(terms_done) struct terms terms = { 0 };
	AUTO(out_dropp) struct out *out = NULL;
	struct field fields[16];
	size_t rows = 0;

	if (ctx_terms(c, argc, argv, &terms, e) < 0)
		return -1;
	q.device = terms.v;
	q.n = terms.n;
	query_shown(c->db, latest_fields, latest_count, fields);
	if (ctx_out(c, fields, latest_count, &out, e) < 0 || latest_run(c->db, &q, out, &rows, e) < 0 || out_end(&out, e) < 0 ||
	    ctx_left_out(c, e) < 0)
		return -1;
	return cfg.exit_code && !rows ? err_set(e, E_ANSWER, "nothing") : 0;
}

const struct prog prog = {
	.name = "sit-latest",
	.family = "read",
	.brief = "the newest value of each datapoint",
	.operands = "[DEVICE|FILTER...]",
	.opts = opts,
	.records = records,
	.examples = examples,
	.needs = NEED_READ,
	.most = -1,
	.run = run,
};
