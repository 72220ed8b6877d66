/* SPDX-License-Identifier: MIT */
#include "cli/entity.h"

static const struct example examples[] = {
	{ "sit-org add acme title='Acme Energy'", "make an organisation (the store's owner: --org '*')" },
	{ "sit-org add acme-south parent=acme", "make one below it" },
	{ "sit-org list parent=acme", "those directly below acme" },
	{ NULL, NULL },
};

const struct prog prog = {
	.name = "sit-org",
	.family = "estate",
	.brief = "organisations: what everything else belongs to",
	.opts = entity_opts,
	.verbs = org_verbs,
	.entity = &org_entity,
	.examples = examples,
};
