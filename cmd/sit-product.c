/* SPDX-License-Identifier: MIT */
#include "cli/entity.h"

/* clang-format off */
static const struct example examples[] = {
	{ "sit-product add pm5560 manufacturer=Schneider model_number=METSEPM5560 model=energy-meter protocol=modbus_tcp port=502", "add an article" },
	{ "sit-product list category=inverter", "the inverters of the catalogue" },
	{ "sit-device set meter-1 product=pm5560", "say what a device is: its model follows" },
	{ NULL, NULL },
};
/* clang-format on */

const struct prog prog = {
	.name = "sit-product",
	.family = "estate",
	.brief = "products of the catalogue: what can be bought",
	.opts = entity_opts,
	.verbs = entity_verbs,
	.entity = &product_entity,
	.examples = examples,
};
