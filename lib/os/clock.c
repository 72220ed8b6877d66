/* SPDX-License-Identifier: MIT */
#include "os/clock.h"

#include "os/signal.h"

#define NAP_US INT64_C(200000) /* a signal that came between looking and sleeping is seen after this */

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

int clock_wait(int64_t until, struct err *e)
{
	int64_t left;

	if (injected && until > injected_now)
		injected_now = until;
	while ((left = until - clock_now()) > 0 && !stop_requested()) {
		int64_t nap = left < NAP_US ? left : NAP_US;

		(void)nanosleep(&(struct timespec){ .tv_nsec = nap * 1000 }, NULL);
	}
	return stop_requested() ? stop_error(e) : 0;
}

int64_t clock_monotonic(void)
{
	return read_clock(CLOCK_MONOTONIC);
}
