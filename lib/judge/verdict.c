/* SPDX-License-Identifier: MIT */
#include "judge/verdict.h"

#include <math.h>

static enum judged_verdict verdict_of(bool b)
{
	return b ? VERDICT_TRUE : VERDICT_FALSE;
}

static bool is_number(const struct value *v)
{
	return v->type == VALUE_NUMBER || v->type == VALUE_BOOL;
}

/* ---- inputs ---- */

static struct value input_value(const struct judged_input *in)
{
	struct value v = { .type = in->ts == JUDGED_NEVER || in->expired ? VALUE_NULL : in->type, .num = in->num };

	if (v.type == VALUE_STRING)
		v.txt = (struct str){ in->text, in->len };
	return v;
}

/* FNV-1a, 64 bits (G. Fowler, L. C. Noll, K.-P. Vo). */
static uint64_t digest(struct str s)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < s.len; i++)
		h = (h ^ (unsigned char)s.ptr[i]) * UINT64_C(1099511628211);
	return h;
}

static void keep_text(struct judged_input *in, struct str s)
{
	char tail[20];

	if (!in->text)
		return;
	in->len = (unsigned char)(s.len < JUDGED_TEXT_MAX ? s.len : JUDGED_TEXT_MAX);
	if (in->len)
		memcpy(in->text, s.ptr, in->len);
	if (s.len <= JUDGED_TEXT_MAX)
		return;
	(void)snprintf(tail, sizeof(tail), "~%016" PRIx64, digest(s));
	memcpy(in->text + JUDGED_TEXT_MAX - 17, tail, 17);
}

static void keep_input(struct judged_input *in, int64_t ts, const struct value *v)
{
	in->ts = ts;
	in->expired = false;
	in->type = VALUE_NULL;
	if (v->type != VALUE_LOCATION)
		in->type = v->type;
	in->num = is_number(v) ? v->num : 0;
	in->len = 0;
	if (v->type == VALUE_STRING)
		keep_text(in, v->txt);
}

/* ---- conditions ---- */

static bool equals(const struct limit *l, const struct value *v)
{
	if (l->type == LIMIT_TEXT && v->type == VALUE_BOOL)
		return str_is(l->text, v->num != 0 ? "true" : "false");
	if (l->type == LIMIT_TEXT || v->type == VALUE_STRING)
		return v->type == VALUE_STRING && str_eq(l->text, v->txt);
	return is_number(v) && v->num == l->lo;
}

static bool beyond(double rate, const struct limit *l)
{
	if (l->type == LIMIT_RANGE)
		return rate < l->lo || rate > l->hi;
	return l->lo < 0 ? rate < l->lo : rate > l->lo;
}

/* The value against the limit, for what one value alone says. */
static enum judged_verdict against(enum rule_condition c, const struct limit *l, const struct value *v)
{
	if (c == RULE_EQ || c == RULE_NEQ)
		return verdict_of(equals(l, v) == (c == RULE_EQ));
	if (!is_number(v))
		return VERDICT_UNKNOWN;
	if (c == RULE_GT)
		return verdict_of(v->num > l->lo);
	if (c == RULE_LT)
		return verdict_of(v->num < l->lo);
	if (c == RULE_GTE)
		return verdict_of(v->num >= l->lo);
	if (c == RULE_LTE)
		return verdict_of(v->num <= l->lo);
	if (c == RULE_BETWEEN)
		return verdict_of(v->num >= l->lo && v->num <= l->hi);
	return verdict_of(v->num < l->lo || v->num > l->hi);
}

bool rule_meets(const struct rule *r, const struct value *v)
{
	return against(r->condition, &r->threshold, v) == (r->condition == RULE_NEQ ? VERDICT_FALSE : VERDICT_TRUE);
}

/* was is what is kept of the value before. */
static bool differs(const struct rule *r, const struct value *was, const struct value *v)
{
	char text[JUDGED_TEXT_MAX];
	struct judged_input now = { .text = text };

	if (is_number(was) && is_number(v))
		return r->threshold.type == LIMIT_NUMBER ? fabs(v->num - was->num) > r->threshold.lo : v->num != was->num;
	keep_input(&now, 0, v);
	return was->type != now.type || !str_eq(was->txt, (struct str){ now.text, now.len });
}

/* What the rule's own limits, and those of its ladder, say about one number. */
static void measure(const struct rule *r, struct judged *j, double x, enum judged_verdict (*test)(const struct rule *, const struct limit *, double))
{
	j->set = j->keep = test(r, &r->threshold, x);
	if (r->clear.type != LIMIT_NONE)
		j->keep = test(r, &r->clear, x);
	j->level = r->severity;
	for (size_t i = 0; i < r->rungs; i++)
		if (test(r, &r->ladder[i].limit, x) == VERDICT_TRUE)
			j->level = r->ladder[i].severity;
}

static enum judged_verdict test_value(const struct rule *r, const struct limit *l, double x)
{
	const struct value v = { .type = VALUE_NUMBER, .num = x };

	return against(r->condition, l, &v);
}

static enum judged_verdict test_rate(const struct rule *r, const struct limit *l, double x)
{
	(void)r;
	return verdict_of(beyond(x, l));
}

static enum judged_verdict test_lasting(const struct rule *r, const struct limit *l, double x)
{
	(void)r;
	return verdict_of(x >= l->lo);
}

static void judge_rate(const struct rule *r, struct judged *j, const struct judged_input *was, int64_t ts, const struct value *v)
{
	struct value before = input_value(was);

	j->set = j->keep = VERDICT_UNKNOWN;
	if (is_number(&before) && is_number(v) && ts > was->ts && (!r->gap || ts - was->ts <= r->gap))
		measure(r, j, (v->num - before.num) / (double)(ts - was->ts) * (double)r->per, test_rate);
}

static void judge_stuck(const struct rule *r, struct judged *j, const struct judged_input *was, int64_t ts, const struct value *v)
{
	struct value before = input_value(was);
	struct rule exact = { .threshold = { .type = LIMIT_NONE } };

	if (before.type == VALUE_NULL || j->same == JUDGED_NEVER || differs(&exact, &before, v))
		j->same = ts;
	measure(r, j, (double)(ts - j->same), test_lasting);
}

/* ---- expressions ---- */

static enum judged_verdict truth(const struct judge *g, struct judged *j, const struct rule_expr *x, int64_t t)
{
	struct value in[EXPR_NAMES_MAX], out;
	struct err e;

	for (size_t i = 0; i < x->read->n; i++)
		in[i] = input_value(j->in + x->at[i]);
	if (expr_value(x->ready, in, &out, &e) == 0) {
		if (out.type == VALUE_BOOL)
			return verdict_of(out.num != 0);
		if (out.type == VALUE_NULL)
			return VERDICT_UNKNOWN;
		err_set(&e, E_INPUT, "the value is neither true nor false: compare it");
	}
	if (g->bad)
		g->bad(g->arg, g->rule, t, e.msg);
	return VERDICT_UNKNOWN;
}

static void judge_expr(const struct judge *g, struct judged *j, int64_t t)
{
	j->level = g->rule->severity;
	j->set = truth(g, j, &g->rule->expr, t);
	j->keep = j->set;
	if (g->rule->over.read) {
		enum judged_verdict over = truth(g, j, &g->rule->over, t);

		/* while there is an alarm, only what ends it ends it */
		j->keep = over == VERDICT_TRUE ? VERDICT_FALSE : over == VERDICT_FALSE ? VERDICT_TRUE : VERDICT_UNKNOWN;
	}
}

/* ---- values ---- */

static enum judged_verdict ring(uint64_t *bits, const struct rule *r, enum judged_verdict v)
{
	uint64_t mask = r->of == 64 ? UINT64_MAX : (UINT64_C(1) << r->of) - 1;

	*bits = (*bits << 1 | (v == VERDICT_TRUE)) & mask;
	return verdict_of(__builtin_popcountll(*bits) >= r->need);
}

/* N of M: values that say nothing are not counted. */
static void count(const struct rule *r, struct judged *j)
{
	if (!r->of)
		return;
	if (j->set != VERDICT_UNKNOWN)
		j->set = ring(&j->set_ring, r, j->set);
	if (j->keep != VERDICT_UNKNOWN)
		j->keep = ring(&j->keep_ring, r, j->keep);
}

/* What nothing known means for the rule. */
static void unknown(const struct rule *r, struct judged *j)
{
	enum judged_verdict v = r->stale == STALE_CLEAR ? VERDICT_FALSE : VERDICT_UNKNOWN;

	if (j->set == VERDICT_UNKNOWN)
		j->set = v;
	if (j->keep == VERDICT_UNKNOWN)
		j->keep = v;
}

static void judge_one(const struct rule *r, struct judged *j, const struct judged_input *was, int64_t ts, const struct value *v)
{
	struct value before;

	switch (r->condition) {
	case RULE_RATE:
		judge_rate(r, j, was, ts, v);
		return;
	case RULE_STUCK:
		judge_stuck(r, j, was, ts, v);
		return;
	case RULE_CHANGE:
		before = input_value(was);
		j->set = j->keep = verdict_of(before.type != VALUE_NULL && differs(r, &before, v));
		return;
	case RULE_NO_DATA:
		j->set = j->keep = VERDICT_FALSE;
		return;
	case RULE_EQ:
	case RULE_NEQ:
		j->set = j->keep = against(r->condition, &r->threshold, v);
		return;
	case RULE_GT:
	case RULE_LT:
	case RULE_GTE:
	case RULE_LTE:
	case RULE_BETWEEN:
	case RULE_OUTSIDE:
	case RULE_EXPR:
		break;
	}
	if (is_number(v))
		measure(r, j, v->num, test_value);
	else
		j->set = j->keep = VERDICT_UNKNOWN;
}

void verdict_value(const struct judge *g, struct judged *j, size_t input, int64_t ts, const struct value *v)
{
	const struct rule *r = g->rule;
	enum judged_verdict set = j->set, keep = j->keep;

	if (v->type == VALUE_NULL && (r->stale == STALE_HOLD || r->condition == RULE_NO_DATA))
		return; /* as if it had not come */
	if (r->condition == RULE_EXPR) {
		keep_input(j->in + input, ts, v);
		judge_expr(g, j, ts);
	} else {
		j->set = j->keep = VERDICT_UNKNOWN;
		if (v->type != VALUE_NULL)
			judge_one(r, j, j->in + input, ts, v);
		keep_input(j->in + input, ts, v);
	}
	count(r, j);
	if (r->stale == STALE_HOLD) {
		if (j->set == VERDICT_UNKNOWN)
			j->set = set;
		if (j->keep == VERDICT_UNKNOWN)
			j->keep = keep;
	} else {
		unknown(r, j);
	}
}

/* ---- time ---- */

int64_t verdict_expires(const struct rule *r, const struct judged *j)
{
	int64_t due = INT64_MAX;

	if (!r->gap || r->stale == STALE_HOLD)
		return due;
	for (size_t i = 0; i < r->inputs; i++) {
		const struct judged_input *in = j->in + i;

		if (in->ts != JUDGED_NEVER && !in->expired && in->type != VALUE_NULL && in->ts + r->gap + 1 < due)
			due = in->ts + r->gap + 1;
	}
	return due;
}

bool verdict_expire(const struct judge *g, struct judged *j, int64_t t)
{
	const struct rule *r = g->rule;
	bool some = false;

	if (verdict_expires(r, j) > t)
		return false;
	for (size_t i = 0; i < r->inputs; i++) {
		struct judged_input *in = j->in + i;

		if (in->ts != JUDGED_NEVER && !in->expired && in->ts + r->gap < t)
			in->expired = some = true;
	}
	if (r->condition == RULE_EXPR)
		judge_expr(g, j, t);
	else
		j->set = j->keep = VERDICT_UNKNOWN;
	unknown(r, j);
	return some;
}

static int64_t heard(const struct judged *j)
{
	return j->in[0].ts < j->born ? j->born : j->in[0].ts; /* before it was watched it was not missed */
}

int64_t verdict_silence(const struct rule *r, const struct judged *j)
{
	int64_t due, from;

	if (r->condition != RULE_NO_DATA)
		return INT64_MAX;
	from = heard(j);
	due = from + (int64_t)r->threshold.lo;
	for (size_t i = 0; i < r->rungs && due <= j->at; i++)
		due = from + (int64_t)r->ladder[i].limit.lo;
	return due > j->at ? due : INT64_MAX;
}

enum severity verdict_level(const struct rule *r, const struct judged *j, int64_t t)
{
	enum severity level = r->severity;

	if (r->condition != RULE_NO_DATA)
		return j->level;
	for (size_t i = 0; i < r->rungs; i++)
		if (t - heard(j) >= (int64_t)r->ladder[i].limit.lo)
			level = r->ladder[i].severity;
	return level;
}

enum judged_verdict verdict_now(const struct rule *r, const struct judged *j, int64_t t)
{
	if (r->condition == RULE_NO_DATA)
		return verdict_of(t - heard(j) >= (int64_t)r->threshold.lo);
	return judged_active(j) ? j->keep : j->set;
}

struct value verdict_shown(const struct rule *r, const struct judged *j)
{
	const struct value none = { .type = VALUE_NULL };

	return r->condition == RULE_EXPR ? none : input_value(j->in);
}
