/* SPDX-License-Identifier: MIT */
#include "cli/entity.h"

static const struct example examples[] = {
	{ "sit-model add energy-meter title='Energy meter'", "add a model" },
	{ "sit-datapoint list model=energy-meter", "what its devices measure" },
	{ "sit-model list -f csv", "all models as CSV" },
	{ NULL, NULL },
};

const struct prog prog = {
	.name = "sit-model",
	.family = "estate",
	.brief = "models: blueprints of what devices measure",
	.opts = entity_opts,
	.verbs = entity_verbs,
	.entity = &model_entity,
	.examples = examples,
};
