/* SPDX-License-Identifier: MIT */
#include "cli/entity.h"

/* clang-format off */
static const struct example examples[] = {
	{ "sit-policy list", "the policies, three of them shipped" },
	{ "sit-policy add meters commands=no message_rate=10", "add one" },
	{ "sit-device set --select 'site=plant' policy=meters", "put devices under it" },
	{ NULL, NULL },
};
/* clang-format on */

const struct prog prog = {
	.name = "sit-policy",
	.family = "estate",
	.brief = "policies: what devices may do, how large and how often",
	.opts = entity_opts,
	.verbs = entity_verbs,
	.entity = &policy_entity,
	.examples = examples,
};
