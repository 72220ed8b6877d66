/* SPDX-License-Identifier: MIT */
#include "model/quota.h"

#include "base/time.h"

#define WARN_PERCENT 80

const char *const quota_words[] = { "devices", "gateways", "sites", "users", "points_per_day", NULL };
const char *const quota_fields[] = { "max_devices", "max_gateways", "max_sites", "max_users", "max_points_per_day", NULL };
const char *const tier_words[] = { "free", "standard", "enterprise", "unlimited", NULL };

static const struct tier tiers[] = {
	{ { 10, 2, 1, 3, 100000 }, 30 * US_PER_DAY, "100:1m" },
	{ { 100, 10, 5, 10, 1000000 }, 90 * US_PER_DAY, "1000:1m" },
	{ { 10000, 100, 100, 100, 100000000 }, 365 * US_PER_DAY, "10000:1m" },
	{ { QUOTA_NONE, QUOTA_NONE, QUOTA_NONE, QUOTA_NONE, QUOTA_NONE }, QUOTA_NONE, NULL },
};

const struct tier *tier_find(struct str name)
{
	for (size_t i = 0; tier_words[i]; i++)
		if (str_is(name, tier_words[i]))
			return tiers + i;
	return tiers;
}

bool quota_warns(int64_t used, int64_t most)
{
	return most != QUOTA_NONE && used >= most - most / 100 * (100 - WARN_PERCENT) - most % 100 * (100 - WARN_PERCENT) / 100;
}
