/* SPDX-License-Identifier: MIT */
#include "cli/credential.h"
#include "cli/device.h"

/* clang-format off */
static const struct verb verbs[] = {
	ENTITY_VERBS(0),
	DEVICE_STATUS,
	CREDENTIAL_VERBS,
	{ NULL, NULL, NULL, NULL, 0, 0, 0 }
};
/* clang-format on */

static const struct example examples[] = {
	{ "sit-gateway add gw-1 site=plant at=mqtt", "add a gateway" },
	{ "sit-gateway list site=plant", "gateways of a site" },
	{ "sit-device list gateway=gw-1", "what is behind it" },
	{ "sit-gateway status --late", "which are silent for too long" },
	{ "sit-gateway credential add gw-1 -o gw-1.json", "what it logs in to the broker with" },
	{ NULL, NULL },
};

const struct prog prog = {
	.name = "sit-gateway",
	.family = "estate",
	.brief = "gateways: devices that others are behind",
	.opts = device_opts,
	.verbs = verbs,
	.entity = &gateway_entity,
	.examples = examples,
};
