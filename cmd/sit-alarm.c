/* SPDX-License-Identifier: MIT */
#include "alarm/alarms.h"
#include "alarm/explain.h"
#include "alarm/rules.h"
#include "cli/alarm.h"
#include "cli/alarm_run.h"

/* clang-format off */
static const struct opt opts[] = {
	OPT_USE(alarm_opts),
	OPT_USE(alarm_run_opts),
	OPT_END
};

static const struct verb verbs[] = {
	{ "list", "[ID|DEVICE|FILTER...]", "print alarms, the oldest first", alarm_list, NEED_READ, 0, -1 },
	{ "check", "[ID|DEVICE|FILTER...]", "exit 1 when there are some that are neither shelved nor silenced", alarm_check, NEED_READ, 0, -1 },
	{ "show", "ID...", "print everything about them", alarm_show, NEED_READ, 1, -1 },
	{ "history", "[ID|DEVICE|FILTER...]", "print what happened to them", alarm_history, NEED_READ, 0, -1 },
	{ "ack", "[ID...]", "somebody knows of them", alarm_ack, NEED_WRITE, 0, -1 },
	{ "clear", "[ID...]", "end them by hand; what is still wrong then comes back with the next value", alarm_clear, NEED_WRITE, 0, -1 },
	{ "shelve", "[ID...]", "nobody is told of them, --for or --until", alarm_shelve, NEED_WRITE, 0, -1 },
	{ "unshelve", "[ID...]", "they are told of again", alarm_unshelve, NEED_WRITE, 0, -1 },
	{ "assign", "[ID...] USER", "make them somebody's to see to", alarm_assign_to, NEED_WRITE, 0, -1 },
	{ "comment", "[ID...]", "say something about them, with --message", alarm_comment, NEED_WRITE, 0, -1 },
	{ "stats", "[ID|DEVICE|FILTER...]", "print how many, how soon acknowledged and over, and at what rate", alarm_sums, NEED_READ, 0, -1 },
	{ "explain", "ID", "judge its rule again over the points around it, step by step", alarm_explains, NEED_READ, 1, 1 },
	{ "silence add", "DEVICE|FILTER...", "nobody is told of such alarms meanwhile", alarm_silence_add, NEED_WRITE, 1, -1 },
	{ "silence list", "[ID|FILTER...]", "print the times in which nobody is told", alarm_silence_list, NEED_READ, 0, -1 },
	{ "silence rm", "ID...", "end them", alarm_silence_rm, NEED_WRITE, 1, -1 },
	{ "run", "", "what time alone decides: for, keep_for, no_data, gaps, shelving (for a timer, or with -F as a service)", alarm_v_run, NEED_WRITE | NEED_ALL_ORGS, 0, 0 },
	{ NULL, NULL, NULL, NULL, 0, 0, 0 }
};

static const struct record records[] = {
	{ "alarm change", "something that happened to an alarm (sit-alarm run)", change_fields, &change_count },
	{ "alarm", "something that a rule found wrong (sit-alarm list)", alarm_fields, &alarm_count },
	{ "change of an alarm", "something that happened to an alarm (sit-alarm history)", alarm_change_fields, &alarm_change_count },
	{ "alarm sums", "how many alarms, and how soon somebody was there (sit-alarm stats)", alarm_stat_fields, &alarm_stat_count },
	{ "alarm step", "why there is an alarm (sit-alarm explain)", alarm_step_fields, &alarm_step_count },
	{ "silence", "a time in which nobody is told of some alarms (sit-alarm silence list)", silence_fields, &silence_count },
	{ NULL, NULL, NULL, NULL }
};

static const struct example examples[] = {
	{ "sit-alarm list site=plant 'severity>=error'", "what is wrong at a site now" },
	{ "sit-alarm check 'severity>=critical' || mail -s alarm anna </dev/null", "for cron" },
	{ "sit-alarm stats --by rule --last 30d --top 10", "which rules cry most" },
	{ "sit-alarm silence add group:pumps --schedule 'tue 02:00-04:00' --tz Europe/Berlin --until 2027-01-01 -m 'weekly test'", "nobody is woken by it" },
	{ NULL, NULL }
};
/* clang-format on */

const struct prog prog = {
	.name = "sit-alarm",
	.family = "judge",
	.brief = "alarms: what is wrong now, what was, who sees to it, and when nobody is to be told",
	.opts = opts,
	.verbs = verbs,
	.records = records,
	.examples = examples,
};
