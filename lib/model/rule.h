/* SPDX-License-Identifier: MIT */
/* Words of alarm rules that other rooms need, too; the noun itself is rule_entity. */
#ifndef SIT_MODEL_RULE_H
#define SIT_MODEL_RULE_H

#include "base/base.h"

enum severity { SEVERITY_INFO, SEVERITY_WARNING, SEVERITY_ERROR, SEVERITY_CRITICAL };
enum rule_condition {
	RULE_GT, RULE_LT, RULE_EQ, RULE_NEQ, RULE_GTE, RULE_LTE, RULE_BETWEEN, RULE_OUTSIDE, RULE_CHANGE, RULE_NO_DATA, RULE_RATE,
	RULE_STUCK, RULE_EXPR
};
enum rule_stale { STALE_UNKNOWN, STALE_HOLD, STALE_CLEAR };

/* Words of the enums, in their order; NULL at the end. */
extern const char *const severity_words[], *const condition_words[], *const stale_words[];

#endif
