/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"
#include "points/export.h"

static struct {
	const char *input;
	bool all, wide, raw, no_guard;
} cfg;

static const char *const input_words[] = { "auto", "jsonl", "csv", "tsv", NULL };

/* clang-format off */
static const struct opt opts[] = {
	OPT_HEAD("What to write"),
	OPT_FLAG(0, "wide", &cfg.wide, "a row per device and time, a column per datapoint"),
	OPT_FLAG(0, "raw", &cfg.raw, "with --wide: values before scale and offset, as devices send them"),
	OPT_FLAG(0, "no-guard", &cfg.no_guard, "csv, tsv: texts as they are, also those that a spreadsheet takes for formulas"),
	OPT_WORD('i', "input", &cfg.input, "FORMAT", input_words, "format of records on standard input: auto jsonl csv tsv"),
	OPT_USE(range_opts),
	OPT_FLAG(0, "all", &cfg.all, "all of time (default: the last 24 h)"),
	OPT_USE(select_opts),
	OPT_END
};

static const struct record records[] = {
	{ "point", "one value of one datapoint at one time", query_point_fields, &query_point_count },
	{ NULL, NULL, NULL, NULL }
};

static const struct example examples[] = {
	{ "sit-export site=plant '*' --during last-month -o month.csv", "all points of a site's month" },
	{ "sit-export meter-1 'voltage_*' --last 7d --wide -o week.csv", "a column per datapoint, for a spreadsheet" },
	{ "sit-query meter-1 power_kw --last 30d --every 1h --agg avg | sit-export -o month.csv", "what another program printed" },
	{ NULL, NULL }
};
/* clang-format on */

static int open_out(void *arg, const struct field *f, size_t n, struct out **out, struct err *e)
{
	return ctx_out(arg, f, n, out, e);
}

static struct exporting asked = { .noun = "points", .name = "store" };

static int done(void *arg, struct out *out, struct err *e)
{
	asked.records = (int64_t)out_count(out);
	return ctx_exported(arg, &asked, e);
}

static void complain(void *arg, const char *line)
{
	ctx_complain(arg, "%s", line);
}

/* Points are whole with their raw value, where there is one. */
static int long_form(struct ctx *c, struct query *q, struct err *e)
{
	static const char *const shown[] = { "ts", "device", "datapoint", "value", "quality", "raw" };
	AUTO(sb_done) struct sb no_cursor = SB_INIT(1024);
	AUTO(out_dropp) struct out *out = NULL;
	struct field fields[16];

	q->whole = true;
	query_shown(c->db, query_point_fields, query_point_count, fields);
	for (size_t i = 0; i < COUNT(shown); i++)
		fields[field_find(fields, query_point_count, str_of(shown[i]))].flags = FIELD_LIST;
	if (ctx_out(c, fields, query_point_count, &out, e) < 0 || query_run(c->db, q, out, &no_cursor, e) < 0 || done(c, out, e) < 0)
		return -1;
	return out_end(&out, e);
}

static int stored(struct ctx *c, int argc, char **argv, const struct export_to *to, struct err *e)
{
	AUTO(terms_done) struct terms terms = { 0 };
	struct query q = { 0 };

	if (ctx_open(c, NEED_READ, e) < 0 || ctx_asked(c, argc, argv, cfg.all, &q, &terms, e) < 0)
		return -1;
	asked.argc = argc;
	asked.argv = argv;
	if (cfg.raw && !cfg.wide)
		return err_set(e, E_USAGE, "--raw goes with --wide: the long form has a column raw");
	return (cfg.wide ? export_wide(c->db, &q, cfg.raw, to, e) : long_form(c, &q, e)) < 0 ? -1 : ctx_left_out(c, e);
}

static int passed(struct ctx *c, const struct export_to *to, struct err *e)
{
	AUTO(records_freep) struct records *in = NULL;
	enum records_format format = RECORDS_AUTO;
	const struct common *o = c->opt;

	if (cfg.all || cfg.wide || cfg.raw || o->from || o->to || o->during || o->last || o->device ||
	    o->site || o->gateway || o->group || o->select)
		return err_set(
			e, E_USAGE,
			"that is for points of the store: needs DEVICE and DATAPOINT ('*' stands for all)");
	if (isatty(STDIN_FILENO))
		return err_set(e, E_USAGE, "needs DEVICE and DATAPOINT, or records on standard input");
	if ((cfg.input && records_format_name(cfg.input, &format, e) < 0) ||
	    records_open("-", format, 0, &in, e) < 0)
		return -1;
	return export_records(in, o->columns, to, e);
}

static int run(struct ctx *c, int argc, char **argv, struct err *e)
{
	const struct export_to to = { open_out, done, complain, c };
	enum out_format format;

	if (c->opt->output && !c->opt->format && !out_format_suffix(c->opt->output, &format))
		return err_set(e, E_USAGE,
			       "%s: its suffix is none of .csv .tsv .jsonl .json .txt: say what is to be written "
			       "into it (--format csv)",
			       c->opt->output);
	c->guard = !cfg.no_guard;
	return argc ? stored(c, argc, argv, &to, e) : passed(c, &to, e);
}

const struct prog prog = {
	.name = "sit-export",
	.family = "read",
	.brief = "stored points, or records, to a file of CSV, TSV or JSON Lines",
	.operands = "[DEVICE|FILTER... DATAPOINT[,...]]",
	.opts = opts,
	.records = records,
	.examples = examples,
	.most = -1,
	.run = run,
};
