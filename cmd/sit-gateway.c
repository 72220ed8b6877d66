/* SPDX-License-Identifier: MIT */
#include "cli/entity.h"

static const struct example examples[] = {
	{ "sit-gateway add gw-1 site=plant at=mqtt", "add a gateway" },
	{ "sit-gateway list site=plant", "gateways of a site" },
	{ "sit-device list gateway=gw-1", "what is behind it" },
	{ NULL, NULL },
};

const struct prog prog = {
	.name = "sit-gateway",
	.family = "estate",
	.brief = "gateways: devices that others are behind",
	.opts = entity_opts,
	.verbs = entity_verbs,
	.entity = &gateway_entity,
	.examples = examples,
};
