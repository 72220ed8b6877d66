/* SPDX-License-Identifier: MIT */
/* Whatever topic is read, the topic made of it is read as the same. */
#include "model/topic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct topic t, again;
	struct err e = { 0 };

	for (int p = 0; p < TOPIC_PROFILES; p++) {
		AUTO(sb_done) struct sb sb = SB_INIT(1 << 16);

		if (topic_parse((enum topic_profile)p, text, &t, &e) < 0 || topic_format((enum topic_profile)p, &t, &sb, &e) < 0)
			continue;
		if (topic_parse((enum topic_profile)p, sb_str(&sb), &again, &e) < 0 || again.kind != t.kind || !str_eq(again.org, t.org) ||
		    !str_eq(again.device, t.device) || !str_eq(again.edge, t.edge) || !str_eq(again.ref, t.ref))
			abort();
	}
	(void)topic_filter_check(text, &e);
	(void)topic_matches(text, STR("sit/acme/m/telemetry"));
	(void)topic_matches(STR("sit/+/#"), text);
	return 0;
}
