/* SPDX-License-Identifier: MIT */
#include "os/clock.h"

static bool injected;
static int64_t injected_now;

static int64_t read_clock(clockid_t id)
{
	struct timespec ts;

	(void)clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t clock_now(void)
{
	return injected ? injected_now : read_clock(CLOCK_REALTIME);
}

void clock_inject(int64_t us)
{
	injected = true;
	injected_now = us;
}

int64_t clock_monotonic(void)
{
	return read_clock(CLOCK_MONOTONIC);
}
