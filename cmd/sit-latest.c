/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"
#include "task/latest.h"

static struct {
	const char *datapoints;
	bool exit_code;
} cfg;

/* clang-format off */
static const struct opt opts[] = {
	OPT_HEAD("Options"),
	OPT_TEXT(0, "datapoint", &cfg.datapoints, "LIST", "only these datapoints: names and globs"),
	OPT_FLAG('e', "exit-code", &cfg.exit_code, "exit 1 when nothing is found"),
	OPT_USE(select_opts),
	OPT_END
};
/* clang-format on */

static const struct record records[] = {
	{ "latest", "the newest value of a datapoint", latest_fields, LATEST_FIELDS },
	{ NULL, NULL, NULL, 0 },
};

static int run(struct ctx *c, int argc, char **argv, struct err *e)
{
	const struct common *o = c->opt;
	struct asking ask = { .db = c->db, .when = { c->now, c->zone }, .operand = argv, .n = argc, .device = o->device,
			      .site = o->site, .gateway = o->gateway, .datapoints = cfg.datapoints };
	AUTO(out_dropp) struct out *out = NULL;
	struct field fields[LATEST_FIELDS];
	struct out *done;
	size_t rows = 0;

	latest_shown(c->db, fields);
	if (ctx_out(c, fields, LATEST_FIELDS, &out, e) < 0 || latest_run(&ask, out, &rows, e) < 0)
		return -1;
	done = out;
	out = NULL;
	if (out_close(done, e) < 0)
		return -1;
	return cfg.exit_code && !rows ? err_set(e, E_ANSWER, "nothing") : 0;
}

static const struct example examples[] = {
	{ "sit-latest meter-1", "the newest value of each of its datapoints" },
	{ "sit-latest site=plant --datapoint 'power_*'", "how much each device of a site draws" },
	{ "sit-latest 'name=pump-*' --columns device,datapoint,value,unit,age", "with the age of each value" },
	{ NULL, NULL },
};

const struct prog prog = {
	.name = "sit-latest",
	.family = "read",
	.brief = "the newest value of each datapoint",
	.operands = "[DEVICE|GLOB|FILTER...]",
	.opts = opts,
	.records = records,
	.examples = examples,
	.needs = NEED_READ,
	.least = 0,
	.most = -1,
	.run = run,
};
