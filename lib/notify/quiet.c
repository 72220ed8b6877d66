/* SPDX-License-Identifier: MIT */
/* Quiet hours of a route. */
#include "notify/impl.h"
#include "os/zones.h"

#define WINDOWS_MOST 100 /* that follow each other without a pause */

int quiet_read(const struct quiet_text *t, struct quiet *out, struct err *e)
{
	*out = (struct quiet){ .over = notify_word(severity_words, t->over) };
	if (t->tz.len && zones_get(t->tz.ptr, &out->zone, e) < 0)
		return -1;
	return schedule_read(t->when, &out->when, e);
}

int64_t quiet_end(const struct quiet *q, int severity, int64_t now)
{
	int64_t at = now, until;

	if (!q->when.n || severity >= q->over)
		return now;
	for (int i = 0; i < WINDOWS_MOST && schedule_on(&q->when, q->zone, at, &until) && until != INT64_MAX; i++)
		at = until;
	return at;
}
