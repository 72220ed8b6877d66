/* SPDX-License-Identifier: MIT */
/* Sets of alarm rules, ready to compute: out of a file or out of the store, and with terms changed. */
#ifndef SIT_ALARM_RULES_H
#define SIT_ALARM_RULES_H

#include "judge/judge.h"
#include "rec/out.h"
#include "task/entity.h"
#include "task/rule_form.h"

#define RULE_VARIANTS_MAX 1000

/* A rule, with the row that it was read from. */
struct rule_one {
	struct row *row;
	struct rule rule;
	struct str variant; /* "live", or the terms that it was changed by */
};
struct rules {
	struct rule_one *v;
	size_t n, cap;
	struct exprs *exprs;
	struct arena keep;
	struct time_ctx when;
};
#define RULES_INIT { .keep = ARENA_INIT((size_t)1 << 30) }
void rules_done(struct rules *r);

/* The rules of a file, {"rules": {NAME: {...}}} as sit-rule export writes it ("-": standard input). E_INPUT with file, rule and field. */
int rules_file(const char *path, struct rules *out, struct err *e);
/* Those of the store; those that are not enabled, too. */
int rules_store(struct work *w, struct rules *out, struct err *e);
/* The one called name; NULL. */
const struct rule_one *rules_find(const struct rules *r, struct str name);
/*
 * Add what becomes of `of` with terms field=value changed, one rule for each combination when values are sweeps (250..260/2, 1m..10m/1m). None of the terms: nothing.
 * E_USAGE, E_INPUT; more than RULE_VARIANTS_MAX.
 */
int rules_vary(struct rules *r, const struct rule_one *of, char **terms, int n, struct err *e);
/* Add a copy of the rule under this label. */
int rules_add(struct rules *r, const struct row *row, const char *variant, struct err *e);

/* Alarm changes as they are printed. */
extern const struct field change_fields[];
extern const size_t change_count;
/* The cells of a change, as many as fields; alarm: how it is called. Its message lives in a. -1 out of memory. */
int change_cells(const struct rule *r, struct str device, int64_t alarm, const struct change_of *c, struct cell *cells, struct arena *a);
/* Print it. */
int change_print(struct out *out, const struct rule *r, struct str device, int64_t alarm, const struct change_of *c, struct err *e);

#endif
