/* SPDX-License-Identifier: MIT */
/* Alarm rules as kept things. What the texts of their fields mean is read in lib/judge. */
#include "model/rule.h"

#include "model/nouns.h"

const char *const severity_words[] = { "info", "warning", "error", "critical", NULL };
const char *const condition_words[] = { "gt",	   "lt",      "eq",   "neq",   "gte",  "lte", "between",
					"outside", "change", "no_data", "rate", "stuck", "expr", NULL };
const char *const stale_words[] = { "unknown", "hold", "clear", NULL };
static const char *const kinds[] = { "alarm", NULL };

static const struct field rule_fields[] = {
	F_NAME_KEY("its name, unique in the organisation"),
	F_TITLE,
	{ "kind", FIELD_ENUM, FIELD_REQUIRED | FIELD_FIXED, NULL, kinds, 0, 0, "alarm", "what it makes" },
	{ "model", FIELD_REF, FIELD_FIXED | FIELD_LIST, "model", NULL, 0, 0, NULL, "the model whose devices it watches" },
	{ "device", FIELD_REF, FIELD_FIXED | FIELD_LIST, "device", NULL, 0, 0, NULL, "or the device that it watches" },
	{ "overrides", FIELD_REF, 0, "rule", NULL, 0, 0, NULL, "with device: the model's rule that it stands in for there" },
	{ "datapoint", FIELD_IDENT, FIELD_LIST, NULL, NULL, 0, 0, NULL, "the datapoint that it watches (not with condition=expr)" },
	{ "condition", FIELD_ENUM, FIELD_REQUIRED | FIELD_LIST, NULL, condition_words, 0, 0, NULL, "what is wrong (sit-rules(7))" },
	{ "threshold", FIELD_TEXT, FIELD_LIST, NULL, NULL, 0, 255, NULL, "a number, text, A..B, a duration, or field.NAME of the device" },
	{ "clear", FIELD_TEXT, 0, NULL, NULL, 0, 4096, NULL, "the threshold that counts while there is an alarm; of expr: what ends it" },
	{ "expr", FIELD_TEXT, FIELD_LIST, NULL, NULL, 0, 4096, NULL, "with condition=expr: the expression that must be true" },
	{ "per", FIELD_DUR, 0, NULL, NULL, 0, 0, NULL, "of rate: the time that the threshold is a change in (empty: 1s)" },
	{ "for", FIELD_DUR, FIELD_LIST, NULL, NULL, 0, 0, NULL, "it must be so for so long" },
	{ "keep_for", FIELD_DUR, 0, NULL, NULL, 0, 0, NULL, "it must be over for so long before the alarm ends" },
	{ "count", FIELD_TEXT, 0, NULL, NULL, 0, 20, NULL, "N/M: N of the last M values must be so" },
	{ "gap", FIELD_DUR, 0, NULL, NULL, 0, 0, NULL, "after so long without a value nothing is known (empty: the last one holds)" },
	{ "stale", FIELD_ENUM, FIELD_REQUIRED, NULL, stale_words, 0, 0, "unknown", "what follows when nothing is known" },
	{ "flap", FIELD_TEXT, 0, NULL, NULL, 0, 40, NULL, "N/DURATION: raised so often in so long, it becomes one alarm until it is quiet" },
	{ "schedule", FIELD_TEXT, 0, NULL, NULL, 0, 1000, NULL, "when it watches: \"mon-fri 08:00-18:00, sat 09:00-12:00\"" },
	{ "tz", FIELD_TZ, 0, NULL, NULL, 0, 0, NULL, "time zone of the schedule (empty: that of the device's site)" },
	{ "severity", FIELD_ENUM, FIELD_REQUIRED | FIELD_LIST | FIELD_RANKED, NULL, severity_words, 0, 0, "warning", "how bad it is" },
	{ "ladder", FIELD_TEXT, 0, NULL, NULL, 0, 255, NULL, "worse from there on: \"error:260,critical:270\"" },
	{ "inhibit", FIELD_TEXT, 0, NULL, NULL, 0, 63, NULL, "no alarm while this rule has one on the device, or while its gateway is silent: gateway" },
	{ "message", FIELD_TEXT, 0, NULL, NULL, 0, 1000, NULL, "text of its alarms: \"{device}: {value} is over {threshold}\"" },
	{ "enabled", FIELD_BOOL, FIELD_REQUIRED | FIELD_LIST, NULL, NULL, 0, 0, "true", "false: it watches nothing" },
	F_NOTE,
	F_CREATED,
};

static int rule_check(const struct row *old, const struct row *now, struct err *e)
{
	bool model = row_text(&rule_entity, now, "model").len > 0, device = row_text(&rule_entity, now, "device").len > 0;

	(void)old;
	if (model == device)
		return err_set(e, E_INPUT, "a rule belongs to a model or to a device (model=... or device=...)");
	if (row_text(&rule_entity, now, "overrides").len && !device)
		return err_set(e, E_INPUT, "overrides: is for the rule of a device (device=...)");
	return 0;
}

const struct entity rule_entity = {
	.noun = "rule", .plural = "rules", .table = "rule", .help = "an alarm rule: what is wrong, and how bad", .field = rule_fields,
	.n = COUNT(rule_fields), .kept_by = { "alarm" }, .check = rule_check,
};
