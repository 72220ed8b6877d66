/* SPDX-License-Identifier: MIT */
#include "cli/entity.h"
#include "cli/event.h"

/* clang-format off */
static const struct opt opts[] = {
	OPT_USE(event_opts),
	OPT_END
};

static const struct verb verbs[] = {
	{ "add", "[FIELD=VALUE...]", "write down what happened; with --file many", event_add_verb, NEED_WRITE, 0, -1 },
	{ "list", "[DEVICE|FILTER...]", "print events and what happened to alarms, oldest first", event_list_verb, NEED_READ, 0, -1 },
	{ "show", "ID", "print one with everything known of it", event_show_verb, NEED_READ, 1, 1 },
	{ "correlate", "[DEVICE|FILTER...]", "print what happened together behind one gateway or on one asset, first cause first", event_correlate_verb, NEED_READ, 0, -1 },
	{ "timeline", "DEVICE", "print what was the matter with a device: bars on a terminal, else records", event_timeline_verb, NEED_READ, 1, 1 },
	{ NULL, NULL, NULL, NULL, 0, 0, 0 }
};

static const struct record records[] = {
	{ "event", "something that happened", event_fields, &event_count },
	{ "correlated event", "an event that others have to do with (sit-event correlate)", correlate_fields, &correlate_count },
	{ "timeline", "a span or instant of a device (sit-event timeline)", timeline_fields, &timeline_count },
	{ NULL, NULL, NULL, NULL }
};

static const struct example examples[] = {
	{ "sit-event add kind=maintenance device=meter-1 message='current transformer changed'", "write down what was done" },
	{ "sit-event list site=plant severity=error,critical --last 7d", "what was bad at a site" },
	{ "sit-event correlate --window 60s --during yesterday", "which troubles are one" },
	{ "sit-event timeline meter-1 --last 24h", "a day of a device" },
	{ NULL, NULL }
};
/* clang-format on */

const struct prog prog = {
	.name = "sit-event",
	.family = "judge",
	.brief = "what happened: written down, listed with alarms, seen together",
	.opts = opts,
	.verbs = verbs,
	.records = records,
	.examples = examples,
};
