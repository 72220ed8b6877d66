/* SPDX-License-Identifier: MIT */
#include "cli/onboard.h"

/* clang-format off */
static const struct verb verbs[] = {
	{ "add", "[NAME] [FIELD=VALUE...]", "take in one device, or those that standard input or --file lists", onboard_v_add, NEED_WRITE, 0, -1 },
	{ "register", "KEY [FIELD=VALUE...]", "register a device that who has key and secret may claim", onboard_v_register, NEED_WRITE, 1, -1 },
	{ "claim", "KEY [FIELD=VALUE...]", "claim a device that was registered", onboard_v_claim, NEED_WRITE, 1, -1 },
	{ "list", "", "print what is registered", onboard_v_list, NEED_READ, 0, 0 },
	{ "rm", "KEY...", "take back what is registered", onboard_v_rm, NEED_WRITE, 1, -1 },
	{ NULL, NULL, NULL, NULL, 0, 0, 0 }
};

static const struct record records[] = {
	{ "claim", "a device that was registered and may be claimed", claim_fields, &claim_count },
	{ NULL, NULL, NULL, NULL }
};

static const struct example examples[] = {
	{ "sit-onboard add meter-1 site=plant model=energy-meter policy=metering -o meter-1.json", "one device, and what it needs to know" },
	{ "sit-onboard add --file devices.csv site=plant --into bundles --bundle c", "many, with a header for the firmware of each" },
	{ "sit-onboard register SN-0042 model=energy-meter -o SN-0042.secret", "something that its buyer will claim" },
	{ "sit-onboard claim SN-0042 --secret @SN-0042.secret site=plant -o SN-0042.json", "claim it" },
	{ NULL, NULL },
};
/* clang-format on */

const struct prog prog = {
	.name = "sit-onboard",
	.family = "estate",
	.brief = "devices taken in, with all they need to know; claims",
	.opts = onboard_opts,
	.verbs = verbs,
	.entity = &device_entity,
	.records = records,
	.examples = examples,
};
