/* SPDX-License-Identifier: MIT */
#include "cli/entity.h"

/* clang-format off */
static const struct example examples[] = {
	{ "sit-field add floor noun=device type=integer min=0 max=40", "devices get a field.floor" },
	{ "sit-device set meter-1 field.floor=3", "give it a value" },
	{ "sit-device list field.floor=2..4 --columns name,field.floor", "filter by it and print it" },
	{ NULL, NULL },
};
/* clang-format on */

const struct prog prog = {
	.name = "sit-field",
	.family = "estate",
	.brief = "custom fields of every noun",
	.opts = entity_opts,
	.verbs = entity_verbs,
	.entity = &field_entity,
	.examples = examples,
};
