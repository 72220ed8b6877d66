/* SPDX-License-Identifier: MIT */
#include "cli/alarm_run.h"
#include "task/rules.h"

/* clang-format off */
static const struct opt opts[] = {
	OPT_USE(alarm_run_opts),
	OPT_USE(writing_opts),
	OPT_END
};

static const struct verb verbs[] = {
	{ "run", "", "what time alone decides: for, keep_for, no_data, gaps, shelving (for a timer, or with -F as a service)", alarm_v_run, NEED_WRITE | NEED_ALL_ORGS, 0, 0 },
	{ NULL, NULL, NULL, NULL, 0, 0, 0 }
};

static const struct record records[] = {
	{ "alarm change", "something that happened to an alarm", change_fields, &change_count },
	{ NULL, NULL, NULL, NULL }
};

static const struct example examples[] = {
	{ "sit-alarm run", "look once" },
	{ NULL, NULL }
};
/* clang-format on */

const struct prog prog = {
	.name = "sit-alarm",
	.family = "judge",
	.brief = "alarms: what rules have found",
	.opts = opts,
	.verbs = verbs,
	.records = records,
	.examples = examples,
};
