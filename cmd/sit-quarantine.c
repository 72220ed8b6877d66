/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"
#include "ingest/waiting.h"

static struct {
	bool exit_code, keep_first;
} cfg;

/* clang-format off */
static const struct opt opts[] = {
	OPT_HEAD("Options"),
	OPT_FLAG_OF("list", 'e', "exit-code", &cfg.exit_code, "exit 1 when nothing is listed"),
	OPT_FLAG_OF("adopt", 0, "keep-first", &cfg.keep_first, "where a point is there already, keep it"),
	OPT_USE(writing_opts),
	OPT_END
};
/* clang-format on */

static struct waiting which(struct ctx *c, int argc, char **argv)
{
	return (struct waiting){ argv, argc, { c->now, c->zone } };
}

static int v_list(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct waiting w = which(c, argc, argv);
	AUTO(out_dropp) struct out *out = NULL;
	size_t rows = 0;

	if (ctx_out(c, waiting_fields, waiting_count, &out, e) < 0 || waiting_list(c->db, &w, out, &rows, e) < 0 || out_end(&out, e) < 0)
		return -1;
	return cfg.exit_code && !rows ? err_set(e, E_ANSWER, "nothing") : 0;
}

static int v_show(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct waiting w = which(c, argc, argv);
	AUTO(out_dropp) struct out *out = NULL;
	struct field fields[16];
	size_t rows = 0;

	memcpy(fields, waiting_fields, waiting_count * sizeof(*fields));
	for (size_t i = 0; i < waiting_count; i++) /* show holds nothing back */
		fields[i].flags = 0;
	if (ctx_out(c, fields, waiting_count, &out, e) < 0 || waiting_list(c->db, &w, out, &rows, e) < 0)
		return -1;
	return rows ? out_end(&out, e) : err_set(e, E_NOTFOUND, "no quarantined point %s", argv[0]);
}

static void complain(void *arg, const char *line)
{
	ctx_complain(arg, "%s", line);
}

static int v_adopt(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(400);
	struct waiting w = which(c, argc, argv);
	struct ingest_opts o = { .program = c->prog->name, .source = "quarantine", .keep_last = !cfg.keep_first, .dry = c->opt->dry_run,
				 .zone = c->zone, .zone_given = c->zone_given, .batch = 1000, .now = c->now, .complain = complain, .arg = c };
	struct books b = { 0 };
	int64_t left;
	int rc = waiting_adopt(c->db, &w, &o, &b, &left, e);

	books_text(&b, &text);
	if (c->opt->verbose || b.quarantined || b.rejected || (c->err_terminal && !c->opt->quiet))
		ctx_complain(c, "%s", sb_cstr(&text));
	if (left && !c->opt->quiet)
		ctx_complain(c, "%" PRId64 " points wait for their time and were left: look at them with sit-quarantine list 'reason=time*', take them with"
				" sit-quarantine adopt 'reason=time*'", left);
	if (rc < 0 && e->code == E_PARTIAL)
		e->msg[0] = '\0'; /* the books said it */
	return rc;
}

static int v_rm(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct waiting w = which(c, argc, argv);
	int64_t n;
	int rc = ctx_confirm(c, "Throw these points away for good?", e);

	if (rc)
		return rc < 0 ? -1 : 0;
	if (waiting_remove(c->db, &w, c->prog->name, c->opt->message, c->opt->dry_run, &n, e) < 0)
		return -1;
	if (c->opt->verbose || c->opt->dry_run)
		ctx_note(c, "%" PRId64 " points %s", n, c->opt->dry_run ? "would go (dry run)" : "gone");
	return n ? 0 : err_set(e, E_NOTFOUND, "no such quarantined points");
}

/* clang-format off */
static const struct verb verbs[] = {
	{ "list", "[FIELD=VALUE...]", "print the points that wait", v_list, NEED_READ, 0, -1 },
	{ "show", "ID...", "print one with everything known of it", v_show, NEED_READ, 1, 1 },
	{ "adopt", "[ID|FIELD=VALUE...]", "take in those whose device and datapoint are there now", v_adopt, NEED_WRITE, 0, -1 },
	{ "rm", "ID|FIELD=VALUE...", "throw them away", v_rm, NEED_WRITE, 1, -1 },
	{ NULL, NULL, NULL, NULL, 0, 0, 0 }
};

static const struct record records[] = {
	{ "quarantined point", "a point that waits for its device, datapoint or a second look", waiting_fields, &waiting_count },
	{ NULL, NULL, NULL, NULL }
};

static const struct example examples[] = {
	{ "sit-quarantine list device=meter-9", "what came for a device that nobody knows" },
	{ "sit-device add meter-9 site=plant model=energy-meter && sit-quarantine adopt device=meter-9", "make it, take its points in" },
	{ "sit-quarantine rm 'datapoint=debug_*' --yes", "throw away what nobody wants" },
	{ NULL, NULL }
};
/* clang-format on */

const struct prog prog = {
	.name = "sit-quarantine",
	.family = "acquire",
	.brief = "points that wait for their device, datapoint or a second look",
	.opts = opts,
	.verbs = verbs,
	.records = records,
	.examples = examples,
};
