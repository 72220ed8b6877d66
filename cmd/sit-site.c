/* SPDX-License-Identifier: MIT */
#include "cli/entity.h"

static const struct example examples[] = {
	{ "sit-site add plant tz=Europe/Berlin latitude=52.5 longitude=13.4", "add a site" },
	{ "sit-site list tz=Europe/*", "sites in European zones" },
	{ "sit-site set plant title='Hall 7'", "change a field" },
	{ NULL, NULL },
};

const struct prog prog = {
	.name = "sit-site",
	.family = "estate",
	.brief = "sites: places with a time zone",
	.opts = entity_opts,
	.verbs = entity_verbs,
	.entity = &site_entity,
	.examples = examples,
};
