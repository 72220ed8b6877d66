/* SPDX-License-Identifier: MIT */
/* The one reading of the wall clock, and the monotonic one for durations. */
#ifndef SIT_OS_CLOCK_H
#define SIT_OS_CLOCK_H

#include "base/base.h"
#include "base/err.h"

/* Microseconds since 1970 UTC: the system's clock, or the injected instant. */
int64_t clock_now(void);
/* Stop the clock at this instant, for this process (test stores with SIT_NOW). */
void clock_inject(int64_t us);
/* Wait until that instant: 0, or -1 with E_SIGNAL when the process shall end. An injected clock goes on to it at once. */
int clock_wait(int64_t until, struct err *e);
/* Microseconds of a clock that never jumps. */
int64_t clock_monotonic(void);

#endif
