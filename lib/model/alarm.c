/* SPDX-License-Identifier: MIT */
#include "model/alarm.h"

#include "model/rule.h"

static const char *const states[] = { "active", "acknowledged", "shelved", "suppressed", "cleared", NULL };
const char *const silence_words[] = { "waiting", "on", "between", "over", NULL };

/* clang-format off */
const struct field alarm_fields[] = {
	[AL_ID] = { .name = "id", .kind = FIELD_INT, .flags = FIELD_KEY | FIELD_LIST, .help = "its number" },
	[AL_STATE] = { .name = "state", .kind = FIELD_ENUM, .flags = FIELD_LIST, .words = states, .help = "in a word: cleared, else shelved, suppressed by a silence, acknowledged, or active" },
	[AL_SEVERITY] = { .name = "severity", .kind = FIELD_ENUM, .flags = FIELD_LIST | FIELD_RANKED, .words = severity_words, .help = "how bad it is; of one that has ended: how bad it was last" },
	[AL_RAISED] = { .name = "raised", .kind = FIELD_TIME, .flags = FIELD_LIST, .help = "when it began, by the device's clock" },
	[AL_DEVICE] = { .name = "device", .kind = FIELD_REF, .flags = FIELD_LIST, .ref = "device", .help = "the device" },
	[AL_RULE] = { .name = "rule", .kind = FIELD_NAME, .flags = FIELD_LIST, .help = "the rule, as it was called then" },
	[AL_DATAPOINT] = { .name = "datapoint", .kind = FIELD_IDENT, .help = "the datapoint; of an expression none" },
	[AL_VALUE] = { .name = "value", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "the value of its last change" },
	[AL_THRESHOLD] = { .name = "threshold", .kind = FIELD_TEXT, .help = "the rule's threshold then" },
	[AL_MESSAGE] = { .name = "message", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "the rule's message" },
	[AL_CLEARED] = { .name = "cleared", .kind = FIELD_TIME, .help = "when it ended; empty while it is there" },
	[AL_WHY] = { .name = "why", .kind = FIELD_TEXT, .help = "why it ended: value, stale, schedule, rule (changed or removed), person" },
	[AL_ACKED] = { .name = "acked", .kind = FIELD_TIME, .help = "when somebody acknowledged it" },
	[AL_ACKED_BY] = { .name = "acked_by", .kind = FIELD_TEXT, .help = "who did" },
	[AL_ASSIGNED] = { .name = "assigned", .kind = FIELD_TEXT, .help = "the user whose it is to see to" },
	[AL_SHELVED] = { .name = "shelved", .kind = FIELD_TIME, .help = "until when it is shelved" },
	[AL_SUPPRESSED] = { .name = "suppressed", .kind = FIELD_BOOL, .help = "a silence keeps it quiet" },
	[AL_FLAPPING] = { .name = "flapping", .kind = FIELD_BOOL, .help = "it came and went too often, and stands for all of that" },
	[AL_FLAPS] = { .name = "flaps", .kind = FIELD_INT, .help = "times that it came back meanwhile" },
	[AL_NUMBER] = { .name = "number", .kind = FIELD_INT, .help = "which alarm of this rule on this device, from 1" },
	[AL_DURATION] = { .name = "duration", .kind = FIELD_DUR, .help = "how long it was, or has been, in whole seconds" },
	[AL_SITE] = { .name = "site", .kind = FIELD_NAME, .help = "the device's site" },
	[AL_ORG] = { .name = "org", .kind = FIELD_NAME, .help = "its organisation" },
};
const size_t alarm_count = COUNT(alarm_fields);

const struct entity alarm_entity = {
	.noun = "alarm", .plural = "alarms", .table = "alarm", .help = "something that a rule found wrong", .field = alarm_fields, .n = AL_N, .about = "device",
};

const struct field alarm_change_fields[] = {
	[AC_ID] = { .name = "id", .kind = FIELD_INT, .help = "its number in the store" },
	[AC_TS] = { .name = "ts", .kind = FIELD_TIME, .flags = FIELD_LIST, .help = "when it happened, by the device's clock" },
	[AC_AT] = { .name = "at", .kind = FIELD_TIME, .help = "when that was noticed, by ours" },
	[AC_ALARM] = { .name = "alarm", .kind = FIELD_INT, .flags = FIELD_LIST, .help = "number of the alarm" },
	[AC_RULE] = { .name = "rule", .kind = FIELD_NAME, .flags = FIELD_LIST, .help = "its rule" },
	[AC_DEVICE] = { .name = "device", .kind = FIELD_NAME, .flags = FIELD_LIST, .help = "the device" },
	[AC_DATAPOINT] = { .name = "datapoint", .kind = FIELD_IDENT, .help = "the datapoint; of an expression none" },
	[AC_CHANGE] = { .name = "change", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "what happened: raised, escalated, lowered, acknowledged, shelved, unshelved, suppressed, unsuppressed, flapping, assigned, commented, cleared" },
	[AC_SEVERITY] = { .name = "severity", .kind = FIELD_ENUM, .flags = FIELD_LIST | FIELD_RANKED, .words = severity_words, .help = "how bad it is from then on" },
	[AC_VALUE] = { .name = "value", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "the newest value then" },
	[AC_WHY] = { .name = "why", .kind = FIELD_TEXT, .help = "of cleared: why" },
	[AC_FLAPS] = { .name = "flaps", .kind = FIELD_INT, .help = "times that it came back while it was flapping" },
	[AC_WHO] = { .name = "who", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "who did it; empty: the rule" },
	[AC_NOTE] = { .name = "note", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "what they said, or to whom it was assigned" },
	[AC_MESSAGE] = { .name = "message", .kind = FIELD_TEXT, .help = "the rule's message" },
	[AC_ORG] = { .name = "org", .kind = FIELD_NAME, .help = "its organisation" },
};
const size_t alarm_change_count = COUNT(alarm_change_fields);

const struct field silence_fields[] = {
	[SL_ID] = { .name = "id", .kind = FIELD_INT, .flags = FIELD_KEY | FIELD_LIST, .help = "its number" },
	[SL_BEGINS] = { .name = "begins", .kind = FIELD_TIME, .flags = FIELD_LIST, .help = "when it begins" },
	[SL_ENDS] = { .name = "ends", .kind = FIELD_TIME, .flags = FIELD_LIST, .help = "when it ends for good" },
	[SL_MATCHERS] = { .name = "matchers", .kind = FIELD_JSON, .flags = FIELD_LIST, .help = "which alarms: filters, all of which must hold" },
	[SL_SCHEDULE] = { .name = "schedule", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "its windows in between; empty: all the time" },
	[SL_TZ] = { .name = "tz", .kind = FIELD_TZ, .help = "time zone of its windows" },
	[SL_OWNER] = { .name = "owner", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "who added it" },
	[SL_NOTE] = { .name = "note", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "why" },
	[SL_CREATED] = { .name = "created", .kind = FIELD_TIME, .help = "when it was added" },
	[SL_STATE] = { .name = "state", .kind = FIELD_ENUM, .flags = FIELD_LIST, .words = silence_words, .help = "waiting to begin, on, between two windows of its schedule, or over" },
	[SL_ORG] = { .name = "org", .kind = FIELD_NAME, .help = "its organisation" },
};
const size_t silence_count = COUNT(silence_fields);

const struct entity silence_entity = {
	.noun = "silence", .plural = "silences", .table = "silence", .help = "a time in which nobody is told of some alarms", .field = silence_fields, .n = SL_N,
};
/* clang-format on */
