/* SPDX-License-Identifier: MIT */
/* Any bytes as a zone; then buckets must still tile time in it. */
#include "base/time.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void probe(const struct zone *z, const struct step *step, int64_t t)
{
	int64_t start = step_floor(step, z, t), next = step_next(step, z, start), back;
	struct civil c;

	if (start > t || next <= t || step_floor(step, z, next) != next || step_floor(step, z, next - 1) != start)
		abort();
	zone_civil(z, t, &c);
	if (!civil_valid(&c))
		return;
	if (zone_instant(z, &c, &back) == ZONE_GAP || back > t)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct step steps[] = {
		{ STEP_FIXED, US_PER_HOUR }, { STEP_FIXED, US_PER_DAY / 2 }, { STEP_DAY, 1 },
		{ STEP_DAY, 7 },	     { STEP_MONTH, 1 },
	};
	static const int64_t when[] = { TIME_MIN, -1, 0, INT64_C(1767225600000000), INT64_C(4102444800000000), TIME_MAX };
	AUTO(zone_freep) struct zone *z = NULL;
	struct zone_span s;
	struct err e;
	size_t i, j;

	if (zone_parse(data, size, "fuzz", &z, &e) < 0)
		return 0;
	(void)zone_offset(z, INT64_MIN);
	(void)zone_offset(z, INT64_MAX);
	for (i = 0; i < COUNT(when); i++) {
		zone_span(z, when[i], &s);
		for (j = 0; j < COUNT(steps); j++) {
			probe(z, &steps[j], when[i]);
			if (s.to < TIME_MAX)
				probe(z, &steps[j], s.to);
			if (s.from > TIME_MIN)
				probe(z, &steps[j], s.from);
		}
	}
	return 0;
}
