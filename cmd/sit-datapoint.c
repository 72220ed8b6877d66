/* SPDX-License-Identifier: MIT */
#include "cli/entity.h"

static const struct example examples[] = {
	{ "sit-datapoint add energy_kwh model=energy-meter kind=counter unit=kWh", "add one to a model" },
	{ "sit-datapoint add power_kw device=meter-1 key=P scale=0.001", "or to a single device" },
	{ "sit-datapoint list model=energy-meter", "the datapoints of a model" },
	{ NULL, NULL },
};

const struct prog prog = {
	.name = "sit-datapoint",
	.family = "estate",
	.brief = "datapoints: what a model's devices, or one device, measure",
	.opts = entity_opts,
	.verbs = entity_verbs,
	.entity = &datapoint_entity,
	.examples = examples,
};
