/* SPDX-License-Identifier: MIT */
/* Inside explaining an alarm. */
#ifndef SIT_ALARM_EXPLAIN_IMPL_H
#define SIT_ALARM_EXPLAIN_IMPL_H

#include "alarm/explain.h"
#include "alarm/rules.h"
#include "store/alarm.h"
#include "store/alarms.h"
#include "task/work.h"

#define BEFORE US_PER_HOUR /* points so long before the alarm, and before what the rule looks back over, are judged */
#define POINTS_MOST 1000000

struct heard_point {
	struct point p;
	size_t input;
	const char *from; /* the device that it is of, when that is another one; NULL */
};

/* A change of the rule since the alarm was raised. */
struct edit {
	int64_t id, at;
	struct str old, now; /* ptr NULL: erased from the trail */
};

struct telling {
	struct work *w;
	struct out *out;
	int64_t id, raised, until;
	struct alarm_place at;
	struct sb org; /* name of its organisation */
	struct alarm_device device;
	struct rules rules;
	struct rule rule;
	struct heard_point *v;
	size_t n, cap;
	struct edit *edit;
	size_t nedit;
};

/* One step (explain.c). */
int explain_tell(struct telling *t, int64_t ts, const char *step, struct str what, const struct cell *value, struct str note, struct err *e);
/* Since when points are judged. */
static inline int64_t explain_since(const struct telling *t)
{
	return t->raised - t->rule.hold - t->rule.gap - BEFORE;
}
/* What was written of the alarm: columns AC_... of model/alarm.h; the caller frees the statement (explain.c). */
int explain_changes(struct telling *t, struct stmt **out, struct err *e);
/* The row of the rule becomes what it was when the alarm was raised, as the trail has it (past.c). */
int explain_past(struct telling *t, struct row *row, struct err *e);
/* How the rule was changed since. */
int explain_edits(struct telling *t, struct err *e);
/* What was heard for each input of the rule, into t->v in the order of time; an input that cannot be known any more is told (inputs.c). */
int explain_inputs(struct telling *t, struct err *e);

#endif
