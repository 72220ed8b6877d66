/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"
#include "points/query.h"

static struct {
	const char *every, *agg, *by, *after;
	int64_t limit;
	bool all;
} cfg;

/* clang-format off */
static const struct opt opts[] = {
	OPT_HEAD("What to print"),
	OPT_TEXT(0, "every", &cfg.every, "STEP", "buckets of 15m 1h 1d 1w 1mo 1q 1y, in --tz or each device's zone"),
	OPT_TEXT(0, "agg", &cfg.agg, "A,B,...", "count sum min max avg first last delta (default count,min,max,avg)"),
	OPT_WORD(0, "by", &cfg.by, "FIELD", query_by_words, "add up devices by site, gateway, model, type, org or datapoint"),
	OPT_NUMBER('N', "limit", &cfg.limit, "N", "at most N points"),
	OPT_TEXT(0, "after", &cfg.after, "CURSOR", "go on behind the last row of a limited query"),
	OPT_USE(range_opts),
	OPT_FLAG(0, "all", &cfg.all, "all of time (default: the last 24 h)"),
	OPT_USE(select_opts),
	OPT_END
};

static const struct record records[] = {
	{ "point", "one value of one datapoint at one time", query_point_fields, &query_point_count },
	{ "bucket", "aggregates of a datapoint over a span of time (sit-query --every, --agg, --by)", query_bucket_fields, &query_bucket_count },
	{ NULL, NULL, NULL, NULL }
};

static const struct example examples[] = {
	{ "sit-query meter-1 power_kw --last 7d --every 1h --agg avg", "hourly averages of a week" },
	{ "sit-query site=plant energy_kwh --during last-month --every 1d --agg delta --by site", "energy a day, all meters of a site" },
	{ "sit-query 'meter-*' 'voltage_*' --during today -f csv -o today.csv", "raw points into a file" },
	{ NULL, NULL }
};
/* clang-format on */

static int read_query(struct query *q, struct err *e)
{
	q->limit = cfg.limit;
	q->after = cfg.after;
	q->by = cfg.by;
	if (cfg.every) {
		if (step_parse(str_of(cfg.every), &q->step, e) < 0)
			return err_wrap(e, "--every");
		q->has_step = true;
	}
	if (cfg.agg || cfg.every || cfg.by) {
		if (cfg.limit || cfg.after)
			return err_set(e, E_USAGE, "--limit and --after are for raw points");
		return query_aggs(cfg.agg ? cfg.agg : "count,min,max,avg", q, e);
	}
	return 0;
}

static int open_out(struct ctx *c, const struct query *q, struct field *fields, struct out **out, struct err *e)
{
	size_t n = q->nagg ? query_bucket_shown(q, fields) : query_point_count;

	if (!q->nagg)
		query_shown(c->db, query_point_fields, n, fields);
	return ctx_out(c, fields, n, out, e);
}

static int run(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(sb_done) struct sb cursor = SB_INIT(1024);
	AUTO(out_dropp) struct out *out = NULL;
	AUTO(terms_done) struct terms terms = { 0 };
	struct field fields[AGG_N + 16];
	struct query q = { 0 };

	if (ctx_asked(c, argc, argv, cfg.all, &q, &terms, e) < 0 || read_query(&q, e) < 0 || open_out(c, &q, fields, &out, e) < 0 ||
	    query_run(c->db, &q, out, &cursor, e) < 0 || out_end(&out, e) < 0)
		return -1;
	if (cursor.len && c->err_terminal)
		ctx_note(c, "more with --after '%s'", sb_cstr(&cursor));
	return ctx_left_out(c, e);
}

const struct prog prog = {
	.name = "sit-query",
	.family = "read",
	.brief = "points and rollups of chosen devices",
	.operands = "DEVICE|FILTER... DATAPOINT[,...]",
	.opts = opts,
	.records = records,
	.examples = examples,
	.needs = NEED_READ,
	.least = 1,
	.most = -1,
	.run = run,
};
