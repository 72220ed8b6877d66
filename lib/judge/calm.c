/* SPDX-License-Identifier: MIT */
/* Where values change nothing: most points of most rules are of this kind, and need not be judged one by one. */
#include <math.h>

#include "judge/judge.h"

static void below(struct judged_band *b, double hi)
{
	b->hi = hi < b->hi ? hi : b->hi;
}

static void above(struct judged_band *b, double lo)
{
	b->lo = lo > b->lo ? lo : b->lo;
}

/* Values that do not reach the threshold, on the side of num. */
static bool narrow(const struct rule *r, double num, struct judged_band *b)
{
	const struct limit *l = &r->threshold;

	switch (r->condition) {
	case RULE_GT:
		below(b, l->lo);
		return true;
	case RULE_GTE:
		below(b, nextafter(l->lo, -INFINITY));
		return true;
	case RULE_LT:
		above(b, l->lo);
		return true;
	case RULE_LTE:
		above(b, nextafter(l->lo, INFINITY));
		return true;
	case RULE_OUTSIDE:
		above(b, l->lo);
		below(b, l->hi);
		return true;
	case RULE_BETWEEN:
		if (num < l->lo)
			below(b, nextafter(l->lo, -INFINITY));
		else
			above(b, nextafter(l->hi, INFINITY));
		return true;
	case RULE_NO_DATA:
		return true;
	case RULE_EQ:
	case RULE_NEQ:
	case RULE_CHANGE:
	case RULE_RATE:
	case RULE_STUCK:
	case RULE_EXPR:
		break;
	}
	return false;
}

bool judged_calm(const struct rule *r, const struct judged *j, double num, struct judged_band *band)
{
	bool numeric = r->threshold.type == LIMIT_NUMBER || r->threshold.type == LIMIT_RANGE;
	int64_t due;

	if (r->inputs != 1 || rule_remembers(r) || !numeric || j->condition != JUDGED_OK || j->open || (r->condition != RULE_NO_DATA && j->set != VERDICT_FALSE) ||
	    !narrow(r, num, band))
		return false;
	due = judged_due(r, j);
	band->until = due < band->until ? due : band->until;
	return true;
}
