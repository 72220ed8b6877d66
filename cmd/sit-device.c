/* SPDX-License-Identifier: MIT */
#include "cli/entity.h"

static const struct example examples[] = {
	{ "sit-device add meter-1 site=plant model=energy-meter", "add a device" },
	{ "sit-device list site=plant type=peripheral", "devices that fit both filters" },
	{ "sit-device add --file devices.csv --upsert site=plant", "add or change what a file lists" },
	{ NULL, NULL },
};

const struct prog prog = {
	.name = "sit-device",
	.family = "estate",
	.brief = "devices: meters, sensors, controllers",
	.opts = entity_opts,
	.verbs = entity_verbs,
	.entity = &device_entity,
	.examples = examples,
};
