/* SPDX-License-Identifier: MIT */
/* Inside room base: the rule in a TZif footer, a POSIX TZ string with the extensions of RFC 8536. */
#ifndef SIT_BASE_TZRULE_H
#define SIT_BASE_TZRULE_H

#include "base/base.h"

/* When clocks change each year. */
struct tz_change {
	enum tz_change_kind {
		TZ_JULIAN, /* day 1..365, the leap day is never counted */
		TZ_DAY,	   /* day 0..365 */
		TZ_MONTH,  /* weekday 0..6 (Sunday 0) of week 1..5 (5: the last) of a month */
	} kind;
	int month, week, day;
	int32_t at; /* seconds from local midnight, -167 h … 167 h */
};

struct tz_rule {
	int32_t std, dst; /* seconds east of UTC */
	bool has_dst;
	struct tz_change start, end; /* of daylight-saving time */
};

/* A stretch of time with one offset, in seconds: [from, to). */
struct tz_stretch {
	int64_t from, to;
	int32_t offset;
};

/* Read all of s; false if it is not such a rule. */
bool tz_rule_parse(struct str s, struct tz_rule *out);
/* The stretch that holds the second. */
void tz_rule_at(const struct tz_rule *r, int64_t sec, struct tz_stretch *out);

#endif
