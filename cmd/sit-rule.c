/* SPDX-License-Identifier: MIT */
#include "alarm/rules.h"
#include "alarm/trial.h"
#include "cli/entity.h"
#include "cli/estate.h"
#include "cli/rule.h"

static int apply(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(estate_freep) struct estate *s = NULL;
	struct estate_how how = { 0 };

	(void)argc;
	return estate_read(argv[0], &rule_entity, &s, e) < 0 ? -1 : estate_in(c, s, &how, e);
}

static int diff(struct ctx *c, int argc, char **argv, struct err *e)
{
	(void)argc;
	return estate_beside(c, argv[0], &rule_entity, e);
}

static int export(struct ctx *c, int argc, char **argv, struct err *e)
{
	return estate_out(c, &rule_entity, argc, argv, e);
}

/* clang-format off */
static const struct opt opts[] = {
	OPT_USE(entity_opts),
	OPT_USE(rule_opts),
	OPT_END
};

static const struct verb verbs[] = {
	ENTITY_VERBS(0),
	{ "apply", "FILE", "make rules what FILE says; those that it does not hold stay", apply, NEED_WRITE, 1, 1 },
	{ "diff", "FILE", "what differs between the store (here) and FILE (there); exit 1 when something does", diff, NEED_READ, 1, 1 },
	{ "export", "[NAME|PATTERN...]", "print them (default: all) as apply and --rules read them", export, NEED_READ, 0, -1 },
	{ "eval", "[FILE]", "points in (JSON Lines or CSV), alarm changes out, by --rules, without a store", rule_eval, 0, 0, 1 },
	{ "test", "NAME [FIELD=VALUE...]", "the rule beside the changed one over points that are there; FROM..TO/STEP tries many", rule_test, 0, 1, -1 },
	{ NULL, NULL, NULL, NULL, 0, 0, 0 }
};

static const struct record records[] = {
	{ "alarm change", "something that happened to an alarm (sit-rule eval, sit-rule test --changes)", change_fields, &change_count },
	{ "rule test", "what a rule would have done (sit-rule test)", trial_fields, &trial_count },
	{ NULL, NULL, NULL, NULL }
};

static const struct example examples[] = {
	{ "sit-rule add overvoltage model=energy-meter datapoint=voltage_l1 condition=gt threshold=253 clear=250 for=5m", "keep one" },
	{ "sit-rule test overvoltage threshold=250..260/2 --last 30d", "how often each threshold would have been an alarm" },
	{ "sit-query '*' '*' --last 1d | sit-rule eval --rules rules.json", "a filter: points in, alarm changes out" },
	{ NULL, NULL }
};
/* clang-format on */

const struct prog prog = {
	.name = "sit-rule",
	.family = "judge",
	.brief = "alarm rules: keep them, try them over what was, judge points by them",
	.opts = opts,
	.verbs = verbs,
	.entity = &rule_entity,
	.records = records,
	.examples = examples,
};
