/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"
#include "task/query.h"

static struct {
	bool all;
	const char *every, *aggs, *by, *after;
	int64_t limit;
} cfg;

/* clang-format off */
static const struct opt opts[] = {
	OPT_USE(range_opts),
	OPT_FLAG(0, "all", &cfg.all, "all of time (without a range: the last 24 hours)"),
	OPT_HEAD("Aggregates"),
	OPT_TEXT(0, "every", &cfg.every, "STEP", "buckets of 15m, 1h, 1d, 1w, 1mo, 1q, 1y in place of points"),
	OPT_TEXT(0, "agg", &cfg.aggs, "LIST", "count sum min max avg first last delta (count,min,max,avg)"),
	OPT_TEXT(0, "by", &cfg.by, "FIELD", "combine devices with the same site, model, ..., or all per datapoint"),
	OPT_HEAD("Pages"),
	OPT_NUMBER('N', "limit", &cfg.limit, "N", "at most N points"),
	OPT_TEXT(0, "after", &cfg.after, "CURSOR", "go on behind DEVICE:DATAPOINT@TIME"),
	OPT_USE(select_opts),
	OPT_END
};
/* clang-format on */

static const struct record records[] = {
	{ "point", "a value of a datapoint at an instant", query_point_fields, QUERY_POINT_FIELDS },
	{ "bucket", "aggregates of the values of a stretch of time", query_bucket_fields, QUERY_BUCKET_FIELDS },
	{ NULL, NULL, NULL, 0 },
};

static int choose_range(struct ctx *c, struct range *r, struct err *e)
{
	bool given;

	if (ctx_range(c, r, &given, e) < 0)
		return -1;
	if (given && cfg.all)
		return err_set(e, E_USAGE, "--all and a range of time exclude each other");
	if (given || cfg.all)
		return 0;
	*r = (struct range){ c->now - US_PER_DAY, c->now };
	if (c->err_terminal)
		ctx_note(c, "the last 24 hours (--all for all of time)");
	return 0;
}

static int run(struct ctx *c, int argc, char **argv, struct err *e)
{
	const struct common *o = c->opt;
	struct query_ask ask = { .every = cfg.every, .aggs = cfg.aggs, .by = cfg.by, .after = cfg.after, .limit = cfg.limit,
				 .zone_given = c->zone_given };
	AUTO(query_freep) struct query *q = NULL;
	AUTO(out_dropp) struct out *out = NULL;
	const struct field *fields;
	struct out *done;
	size_t n;

	if (argc < 2 && !o->device && !o->site && !o->gateway)
		return err_set(e, E_USAGE, "needs devices, then datapoints: sit-query %s DATAPOINT[,...]", argv[0]);
	ask.of = (struct asking){ .db = c->db, .when = { c->now, c->zone }, .operand = argv, .n = argc - 1,
				  .device = o->device, .site = o->site, .gateway = o->gateway, .datapoints = argv[argc - 1] };
	if (strchr(argv[argc - 1], '='))
		return err_set(e, E_USAGE, "\"%s\": the last operand is the list of datapoints ('*' for all)", argv[argc - 1]);
	if (choose_range(c, &ask.range, e) < 0 || query_new(&ask, &q, e) < 0)
		return -1;
	fields = query_fields(q, &n);
	if (ctx_out(c, fields, n, &out, e) < 0 || query_run(q, out, e) < 0)
		return -1;
	done = out;
	out = NULL;
	if (out_close(done, e) < 0)
		return -1;
	if (query_cursor(q) && (c->err_terminal || o->verbose))
		ctx_note(c, "there is more: --after %s", query_cursor(q));
	return 0;
}

static const struct example examples[] = {
	{ "sit-query meter-1 power_kw", "the last 24 hours of a datapoint" },
	{ "sit-query meter-1 energy_kwh --during 2026 --every 1mo --agg delta", "what each month consumed, in the site's zone" },
	{ "sit-query site=plant 'power_*' --last 7d --every 15m -o week.csv", "quarter hours of all devices of a site" },
	{ "sit-query 'model=energy-meter' energy_kwh --last 30d --every 1d --agg delta --by site", "sites compared, day by day" },
	{ NULL, NULL },
};

const struct prog prog = {
	.name = "sit-query",
	.family = "read",
	.brief = "points and buckets of time: what was measured",
	.operands = "DEVICE|GLOB|FILTER... DATAPOINT[,...]",
	.opts = opts,
	.records = records,
	.examples = examples,
	.needs = NEED_READ,
	.least = 1,
	.most = -1,
	.run = run,
};
