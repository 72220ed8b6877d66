/* SPDX-License-Identifier: MIT */
/* How much an organisation may have, by its tier. */
#ifndef SIT_MODEL_QUOTA_H
#define SIT_MODEL_QUOTA_H

#include "base/base.h"

#define QUOTA_NONE INT64_C(-1) /* as much as there is room for */

/* What is counted: living things, of devices those that are no gateways; points that are stored in a day of UTC. */
enum quota_what { QUOTA_DEVICES, QUOTA_GATEWAYS, QUOTA_SITES, QUOTA_USERS, QUOTA_POINTS, QUOTA_N };

/* Words of it ("devices"), and fields of an organisation that set it ("max_devices"); NULL ends. */
extern const char *const quota_words[], *const quota_fields[];
/* The words of tiers, NULL ends. */
extern const char *const tier_words[];

struct tier {
	int64_t most[QUOTA_N];
	int64_t retention; /* microseconds; QUOTA_NONE: for ever */
	const char *requests; /* rule of requests of keys (model/bucket.h); NULL: none */
};
/* What the tier of that name gives; an unknown one gives what the smallest does. */
const struct tier *tier_find(struct str name);
/* So much is used that somebody should hear of it: 80 % and more. */
bool quota_warns(int64_t used, int64_t most);

#endif
