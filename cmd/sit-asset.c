/* SPDX-License-Identifier: MIT */
#include "cli/entity.h"

/* clang-format off */
static const struct example examples[] = {
	{ "sit-asset add line-1 site=plant kind=line", "add an asset" },
	{ "sit-asset add press-4 parent=line-1 kind=machine", "add a part of it" },
	{ "sit-query asset:line-1 energy_kwh --during today --every 1h --agg delta", "points of all devices under it" },
	{ NULL, NULL },
};
/* clang-format on */

const struct prog prog = {
	.name = "sit-asset",
	.family = "estate",
	.brief = "assets: buildings, lines and machines that devices hang on",
	.opts = entity_opts,
	.verbs = entity_verbs,
	.entity = &asset_entity,
	.examples = examples,
};
