/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"
#include "keep/prune.h"

static struct {
	const char *older, *datapoint, *message;
	bool retention, dry, yes;
} cfg;

/* clang-format off */
static const struct opt opts[] = {
	OPT_HEAD("Options"),
	OPT_TEXT(0, "older-than", &cfg.older, "AGE", "points older than this go: 90d, 2w, 36h"),
	OPT_FLAG(0, "retention", &cfg.retention, "points older than the organisation keeps them (its tier) go"),
	OPT_TEXT(0, "datapoint", &cfg.datapoint, "DATAPOINT,...", "only of these datapoints (names or patterns)"),
	OPT_FLAG('n', "dry-run", &cfg.dry, "count, change nothing"),
	OPT_FLAG('y', "yes", &cfg.yes, "do not ask"),
	OPT_TEXT('m', "message", &cfg.message, "TEXT", "why; kept in the audit row"),
	OPT_USE(select_opts),
	OPT_END
};

static const struct example examples[] = {
	{ "sit-prune --older-than 365d --dry-run", "how many points are older than a year" },
	{ "sit-prune --older-than 90d --datapoint 'vibration_*' --yes", "of some datapoints, from a timer" },
	{ "sit-prune --retention --yes --org acme", "what tier or retention of acme says, from a timer" },
	{ "sit-prune --older-than 30d --select 'site=lab' -m 'test data'", "of a site" },
	{ NULL, NULL }
};
/* clang-format on */

static int ask(struct ctx *c, const struct prune *p, struct err *e)
{
	char question[200], before[40];

	(void)time_print(p->before, c->zone, before);
	(void)snprintf(question, sizeof(question), "Throw away %" PRId64 " points of %" PRId64 " series before %s for good?", p->points,
		       p->series, before);
	common()->yes = cfg.yes;
	return ctx_confirm(c, question, e);
}

/* Which points: 1; 0: none, for ever; -1. */
static int since(struct ctx *c, struct prune *p, char why[96], struct err *e)
{
	int64_t age;
	int rc;

	if (!cfg.older == !cfg.retention)
		return err_set(e, E_USAGE, "needs --older-than AGE, such as 90d, or --retention");
	if (cfg.older) {
		if (dur_parse(str_of(cfg.older), &age, e) < 0)
			return err_wrap(e, "--older-than");
		p->before = c->now - age;
		return 1;
	}
	rc = prune_retention(c->db, c->now, p, why, e);
	if (rc == 0 && (cfg.dry || c->opt->verbose))
		ctx_note(c, "organisation %s keeps its points for ever", db_self_name(c->db));
	return rc;
}

static int run(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct prune p = { .program = c->prog->name, .message = cfg.message };
	struct time_ctx when = { c->now, c->zone };
	AUTO(terms_done) struct terms terms = { 0 };
	char why[96];
	int rc = since(c, &p, why, e);

	if (rc <= 0 || ctx_terms(c, argc, argv, &terms, e) < 0)
		return rc > 0 ? -1 : rc;
	p.which = (struct pick_opts){ .device = terms.v, .n = terms.n, .datapoints = cfg.datapoint, .select = c->opt->select, .when = &when };
	if (prune_count(c->db, &p, e) < 0)
		return -1;
	if (cfg.dry || p.points == 0) {
		if (cfg.dry || c->opt->verbose)
			ctx_note(c, "%" PRId64 " points of %" PRId64 " series would go", p.points, p.series);
		return 0;
	}
	rc = ask(c, &p, e);
	if (rc)
		return rc < 0 ? -1 : 0;
	if (prune_run(c->db, &p, e) < 0)
		return -1;
	if (c->opt->verbose || c->err_terminal)
		ctx_note(c, "%" PRId64 " points of %" PRId64 " series are gone; sit-db compact gives their room back", p.points, p.series);
	return 0;
}

const struct prog prog = {
	.name = "sit-prune",
	.family = "compute",
	.brief = "retention: throw away points older than an age",
	.operands = "[DEVICE|FILTER...]",
	.opts = opts,
	.examples = examples,
	.needs = NEED_WRITE,
	.most = -1,
	.run = run,
};
