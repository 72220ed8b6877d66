/* SPDX-License-Identifier: MIT */
#include "cli/rule.h"

#include "alarm/eval.h"
#include "alarm/trial.h"
#include "cli/entity.h"

#define DAYS_DEFAULT 30 /* of points of the store that are tried without a range */

static struct {
	const char *rules, *points, *as, *labels;
	const char *from, *to, *during, *last;
	bool in_order, changes;
} cfg;

/* clang-format off */
const struct opt rule_opts[] = {
	OPT_HEAD("Rules and points"),
	OPT_TEXT_OF("eval test", 0, "rules", &cfg.rules, "FILE", "rules as export prints them; test: in place of the store's, beside those of the same name"),
	OPT_TEXT_OF("test", 0, "points", &cfg.points, "FILE", "points of FILE (-: standard input), not of the store"),
	OPT_TEXT_OF("eval test", 0, "as", &cfg.as, "DEVICE", "the device of points that name none"),
	OPT_FLAG_OF("eval", 0, "in-order", &cfg.in_order, "points of all devices come in order of time: one clock for all"),
	OPT_FLAG_OF("test", 0, "changes", &cfg.changes, "print when each would have been raised, not the sums"),
	OPT_TEXT_OF("test", 0, "labels", &cfg.labels, "FILE", "windows (device,from,to) in which there should be an alarm: precision and recall"),
	OPT_TEXT_OF("test", 'S', "from", &cfg.from, "TIME", "points from this time on (default: the last 30 days; of --points: all)"),
	OPT_TEXT_OF("eval test", 'U', "to", &cfg.to, "TIME", "points before this time; eval: at the end it is then, for what time alone decides"),
	OPT_TEXT_OF("test", 0, "during", &cfg.during, "PERIOD", "2026, 2026-Q1, 2026-01, today, last-month, ... (sit-time(7))"),
	OPT_TEXT_OF("test", 0, "last", &cfg.last, "DURATION", "points of so long before now"),
	OPT_END
};
/* clang-format on */

static void complain(void *arg, const char *line)
{
	ctx_complain(arg, "%s", line);
}

/* Words that only live evaluation gives a meaning to are said to have none here. */
static void note_inhibition(struct ctx *c, const struct rules *r, bool eval)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct rule *rule = &r->v[i].rule;

		if (rule->inhibit.len && (!eval || !rules_find(r, rule->inhibit)))
			ctx_note(c, "rule %.*s: inhibit=%.*s: %s", STR_ARG(rule->name), STR_ARG(rule->inhibit),
				 eval ? "is not among these rules, and inhibits nothing here" : "a rule is tried alone, nothing inhibits it here");
	}
}

int rule_eval(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(rules_done) struct rules rules = RULES_INIT;
	AUTO(out_dropp) struct out *out = NULL;
	struct eval_opts o = { .in_order = cfg.in_order, .to = JUDGED_NEVER, .complain = complain, .arg = c };
	struct err partial = { 0 };

	rules.when = (struct time_ctx){ c->now, c->zone };
	o.in = (struct pointin){ .path = argc ? argv[0] : "-", .as = str_of(cfg.as), .when = rules.when };
	if (!cfg.rules)
		return err_set(e, E_USAGE, "eval needs --rules FILE");
	if (cfg.to && time_parse(str_of(cfg.to), &rules.when, &o.to, e) < 0)
		return err_wrap(e, "--to");
	if (rules_file(cfg.rules, &rules, e) < 0)
		return -1;
	for (size_t i = 0; i < rules.n; i++)
		if (rule_has_fields(&rules.v[i].rule))
			return err_set(e, E_INPUT, "rule %.*s: field.NAME is in the store: here there is none", STR_ARG(rules.v[i].rule.name));
	note_inhibition(c, &rules, true);
	if (ctx_out(c, change_fields, change_count, &out, e) < 0)
		return -1;
	if (eval_run(&rules, &o, out, e) < 0) {
		if (e->code != E_PARTIAL)
			return -1;
		partial = *e;
		err_clear(e);
	}
	if (out_end(&out, e) < 0)
		return -1;
	*e = partial;
	return partial.code ? -1 : 0;
}

/* ---- test ---- */

static int read_range(struct ctx *c, struct range *r, struct err *e)
{
	struct common *common_values = common();
	bool given;

	common_values->from = cfg.from;
	common_values->to = cfg.to;
	common_values->during = cfg.during;
	common_values->last = cfg.last;
	if (ctx_range(c, r, &given, e) < 0)
		return -1;
	if (!given && cfg.points)
		*r = (struct range){ INT64_MIN, INT64_MAX };
	else if (!given)
		*r = (struct range){ c->now - DAYS_DEFAULT * US_PER_DAY, c->now };
	else if (!cfg.points && r->to > c->now)
		r->to = c->now;
	return 0;
}

/* The rule as it is, then as it would be: out of the file where there is one, with the terms. */
static int variants(const struct rules *live, const struct rules *file, struct str name, struct rules *out, char **terms, int n, struct err *e)
{
	const struct rule_one *is = rules_find(live, name), *becomes = file->n ? rules_find(file, name) : is;

	if (!is && !becomes)
		return err_set(e, E_NOTFOUND, "no rule \"%.*s\"%s", STR_ARG(name), file->n ? " in the file" : "");
	if (is && rules_add(out, is->row, "live", e) < 0)
		return -1;
	if (becomes && becomes != is && rules_add(out, becomes->row, is ? "file" : "live", e) < 0)
		return -1;
	return becomes ? rules_vary(out, becomes, terms, n, e) : 0;
}

static int run_trial(struct ctx *c, struct work *w, struct trial_opts *o, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;
	const struct pointin in = { .path = cfg.points, .as = str_of(cfg.as), .when = { c->now, c->zone } };
	struct field fields[20];
	struct err partial;
	int rc;

	rc = cfg.changes ? ctx_out(c, fields, trial_change_fields(fields), &out, e) : ctx_out(c, trial_fields, trial_count, &out, e);
	if (rc < 0)
		return -1;
	o->changes = cfg.changes ? out : NULL;
	o->sums = cfg.changes ? NULL : out;
	rc = cfg.points ? trial_file(&in, o, e) : trial_store(w, o, e);
	if (rc < 0 && e->code != E_PARTIAL)
		return -1;
	partial = *e;
	if (out_end(&out, e) < 0)
		return -1;
	*e = partial;
	return rc;
}

int rule_test(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(rules_done) struct rules live = RULES_INIT, file = RULES_INIT, all = RULES_INIT;
	struct trial_opts o = { .rules = &all, .others = &live, .labels = cfg.labels, .complain = complain, .arg = c };
	bool store = !cfg.points || !cfg.rules;
	struct work w;
	int rc = 0;

	if (store && ctx_open(c, NEED_READ, e) < 0)
		return -1;
	all.when = live.when = file.when = (struct time_ctx){ c->now, c->zone }; /* once the store has said what now is */
	if (read_range(c, &o.range, e) < 0 || (cfg.rules && rules_file(cfg.rules, &file, e) < 0) || (store && entity_begin(c, &w, e) < 0))
		return -1;
	if (store)
		rc = rules_store(&w, &live, e);
	if (rc == 0)
		rc = variants(&live, &file, str_of(argv[0]), &all, argv + 1, argc - 1, e);
	if (rc == 0) {
		note_inhibition(c, &all, false);
		rc = run_trial(c, store ? &w : NULL, &o, e);
	}
	if (store)
		work_end(&w);
	return rc;
}
