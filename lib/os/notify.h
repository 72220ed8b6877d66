/* SPDX-License-Identifier: MIT */
/* What a service says to whoever started it, sd_notify(3), without its library: a datagram, nothing where nobody listens. */
#ifndef SIT_OS_NOTIFY_H
#define SIT_OS_NOTIFY_H

#include "base/base.h"

/* Lines like "READY=1", "STATUS=…", "STOPPING=1". */
void notify_say(const char *lines);
/* Say that work goes on, twice within the time that the watchdog allows; cheap to call often. Between two calls the work must have been done. */
void notify_alive(void);

#endif
