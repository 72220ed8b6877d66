/* SPDX-License-Identifier: MIT */
/* An alarm rule as it is computed with, out of the fields that are kept of it. What they mean is in sit-rules(7). */
#ifndef SIT_JUDGE_RULE_H
#define SIT_JUDGE_RULE_H

#include "base/arena.h"
#include "expr/expr.h"
#include "judge/schedule.h"
#include "model/entity.h"
#include "model/rule.h"

#define LADDER_MAX 4
#define RULE_COUNT_MAX 64 /* values that N of M looks back over */

/* A threshold. */
struct limit {
	enum { LIMIT_NONE, LIMIT_NUMBER, LIMIT_RANGE, LIMIT_TEXT, LIMIT_FIELD } type;
	double lo, hi;	 /* NUMBER: lo; RANGE: both; durations in microseconds */
	struct str text; /* TEXT; FIELD: name of the custom field; NUMBER of eq and neq: as it is written, for values that are texts */
};

struct rule {
	struct str name, title, model, device, overrides, datapoint, inhibit, message;
	struct str threshold_text; /* as it was written, for messages */
	enum rule_condition condition;
	struct limit threshold, clear;
	struct rung {
		struct limit limit;
		enum severity severity;
	} ladder[LADDER_MAX];
	size_t rungs;
	enum severity severity;
	int64_t per, hold, keep, gap; /* microseconds: per, for, keep_for, gap (0: none) */
	int need, of;		      /* count; 0: none */
	int flaps;		      /* flap; 0: none */
	int64_t flap_window;
	enum rule_stale stale;
	struct schedule schedule;
	struct str tz;
	const struct zone *zone; /* of the schedule; the caller's to set, NULL: UTC */
	bool enabled;
	/* What it looks at: the datapoint, or the names in the expressions. */
	struct str input[EXPR_NAMES_MAX];
	size_t inputs;
	struct rule_expr {
		const struct expr_read *read; /* NULL: none */
		struct expr *ready;	      /* rule_ready() */
		unsigned char at[EXPR_NAMES_MAX]; /* its names among the inputs */
	} expr, over;
};

/* Out of a complete row of rule_entity; everything lives in a. E_INPUT names the field. Needs no Lua. */
int rule_read(const struct row *row, struct arena *a, struct rule *out, struct err *e);
/*
 * Each step of its ladder lies beyond the one before, the first beyond the threshold; E_INPUT. It is for rules that are new: one that was kept before this was asked is
 * read, and judged, as ever.
 */
int rule_ladder_check(const struct rule *r, struct err *e);
/* Make its expressions ready to compute (ready.c). */
int rule_ready(struct rule *r, struct exprs *x, struct err *e);
/* Some threshold is a field of the device: rule_bind() before it can be used. */
bool rule_has_fields(const struct rule *r);
/*
 * The rule for one device, with thresholds read out of its fields: get() gives the text of a custom field, empty when the device has none; the texts must live as long
 * as the rule. E_INPUT: it has no such value, or not of the right kind.
 */
int rule_bind(const struct rule *r, struct str (*get)(void *arg, struct str field), void *arg, struct rule *out, struct err *e);
/* What it says depends on more than the newest value of each input: on those before, or on how long it has been the same. */
static inline bool rule_remembers(const struct rule *r)
{
	return r->of || r->condition == RULE_RATE || r->condition == RULE_STUCK || r->condition == RULE_CHANGE;
}
/* Of conditions that one value alone decides (not expr): the value is what the rule is about. For neq, too, it is the value that equals the threshold. */
bool rule_meets(const struct rule *r, const struct value *v);
/* It compares numbers in order, or looks for a range: eq and neq are not of these. */
bool rule_measures(const struct rule *r);
/* The threshold is a time that something lasts. */
bool rule_lasts(const struct rule *r);
/* The input called name; -1. */
int rule_input(const struct rule *r, struct str name);

#endif
