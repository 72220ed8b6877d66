/* SPDX-License-Identifier: MIT */
#include "model/event.h"

#include "model/rule.h"

const char *const event_kind_words[] = { "state_change", "alarm", "maintenance", "system", "user_action", NULL };

/* clang-format off */
const struct field event_fields[] = {
	[EVENT_ID] = { .name = "id", .kind = FIELD_INT, .flags = FIELD_KEY | FIELD_READONLY | FIELD_LIST, .help = "its number; none of what happens to an alarm" },
	[EVENT_TS] = { .name = "ts", .kind = FIELD_TIME, .flags = FIELD_LIST, .help = "when it happened (add: now, if not said)" },
	[EVENT_DEVICE] = { .name = "device", .kind = FIELD_REF, .flags = FIELD_LIST, .ref = "device", .help = "the device it is about; none: the estate" },
	[EVENT_KIND] = { .name = "kind", .kind = FIELD_ENUM, .flags = FIELD_LIST, .words = event_kind_words, .def = "user_action", .help = "state_change, alarm, maintenance, system or user_action" },
	[EVENT_SEVERITY] = { .name = "severity", .kind = FIELD_ENUM, .flags = FIELD_LIST, .words = severity_words, .def = "info", .help = "info, warning, error or critical" },
	[EVENT_MESSAGE] = { .name = "message", .kind = FIELD_TEXT, .flags = FIELD_LIST | FIELD_REQUIRED, .max = EVENT_MESSAGE_MOST, .help = "what happened, for people" },
	[EVENT_SOURCE] = { .name = "source", .kind = FIELD_TEXT, .flags = FIELD_READONLY, .help = "who noticed: state, device, alarm, backup or hand" },
	[EVENT_WHO] = { .name = "who", .kind = FIELD_TEXT, .flags = FIELD_READONLY, .help = "who said or did it, if a person" },
	[EVENT_DATA] = { .name = "data", .kind = FIELD_JSON, .help = "more of it, for programs" },
	[EVENT_AT] = { .name = "at", .kind = FIELD_TIME, .flags = FIELD_READONLY, .help = "when it was written down" },
	[EVENT_ALARM_ID] = { .name = "alarm", .kind = FIELD_INT, .flags = FIELD_READONLY, .help = "number of the alarm that this happened to" },
	[EVENT_CHANGE] = { .name = "change", .kind = FIELD_TEXT, .flags = FIELD_READONLY | FIELD_LIST, .help = "raised, escalated, acknowledged, shelved, cleared, ..." },
	[EVENT_RULE] = { .name = "rule", .kind = FIELD_TEXT, .flags = FIELD_READONLY, .help = "rule of the alarm" },
	[EVENT_ORG] = { .name = "org", .kind = FIELD_NAME, .flags = FIELD_READONLY | FIELD_HIDDEN, .help = "the organisation" },
};
/* clang-format on */
const size_t event_count = COUNT(event_fields);

const struct entity event_entity = {
	.noun = "event", .plural = "events", .table = "event", .help = "something that happened", .field = event_fields, .n = COUNT(event_fields),
};
