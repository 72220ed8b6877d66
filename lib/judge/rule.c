/* SPDX-License-Identifier: MIT */
/* Rows of rules read: every field means something for the condition that it stands with, or is refused. */
#include "judge/rule.h"

#include <math.h>

#include "base/num.h"
#include "base/time.h"
#include "judge/message.h"

struct reading {
	const struct row *row;
	struct arena *arena;
	struct rule *rule;
	struct err *e;
};

static struct str text_of(const struct reading *r, const char *field)
{
	return row_text(&rule_entity, r->row, field);
}

static int64_t duration_of(const struct reading *r, const char *field)
{
	const struct cell *c = row_cell(&rule_entity, r->row, field);

	return c->type == CELL_INT ? c->i : 0;
}

static int word_of(const struct reading *r, const char *field, const char *const *words)
{
	struct str s = text_of(r, field);

	for (int i = 0; words[i]; i++)
		if (str_is(s, words[i]))
			return i;
	return 0;
}

static int wrong(const struct reading *r, const char *field, const char *why)
{
	return err_set(r->e, E_INPUT, "%s: %s", field, why);
}

/* ---- thresholds ---- */

static bool lasts(enum rule_condition c)
{
	return c == RULE_NO_DATA || c == RULE_STUCK;
}

static bool ordered(enum rule_condition c)
{
	return c == RULE_GT || c == RULE_LT || c == RULE_GTE || c == RULE_LTE;
}

static bool ranges(enum rule_condition c)
{
	return c == RULE_BETWEEN || c == RULE_OUTSIDE;
}

/* A duration, or seconds. */
static bool read_lasting(struct str s, struct limit *out)
{
	struct err e;
	int64_t us;
	double v;

	if (num_parse(s, &v) == NUM_OK && v > 0 && v < 1e10)
		us = (int64_t)(v * (double)US_PER_S);
	else if (dur_parse(s, &us, &e) < 0 || us <= 0)
		return false;
	*out = (struct limit){ .type = LIMIT_NUMBER, .lo = (double)us };
	return true;
}

static bool read_range(struct str s, struct limit *out)
{
	const char *dots = s.len > 3 ? memmem(s.ptr + 1, s.len - 1, "..", 2) : NULL;
	struct limit l = { .type = LIMIT_RANGE };

	if (!dots || num_parse((struct str){ s.ptr, (size_t)(dots - s.ptr) }, &l.lo) != NUM_OK ||
	    num_parse((struct str){ dots + 2, s.len - (size_t)(dots + 2 - s.ptr) }, &l.hi) != NUM_OK || l.lo >= l.hi)
		return false;
	*out = l;
	return true;
}

/* The text as a threshold of the condition; NULL, or what should stand there. */
static const char *limit_of(enum rule_condition c, struct str s, struct limit *out)
{
	double v;

	*out = (struct limit){ .type = LIMIT_NONE };
	if (!s.len)
		return NULL;
	if (str_starts(s, "field.") && s.len > 6) {
		*out = (struct limit){ .type = LIMIT_FIELD, .text = { s.ptr + 6, s.len - 6 } };
		return NULL;
	}
	if (lasts(c))
		return read_lasting(s, out) ? NULL : "write a duration (5m)";
	if (ranges(c))
		return read_range(s, out) ? NULL : "write a range (207..253)";
	if (num_parse(s, &v) == NUM_OK) {
		*out = (struct limit){ .type = LIMIT_NUMBER, .lo = v, .text = s };
		return NULL;
	}
	if (c == RULE_RATE)
		return read_range(s, out) ? NULL : "write a number, or a range that the rate may be in (-5..5)";
	if (c != RULE_EQ && c != RULE_NEQ)
		return "write a number";
	*out = (struct limit){ .type = LIMIT_TEXT, .text = s };
	return NULL;
}

static int read_threshold(struct reading *r)
{
	struct rule *rule = r->rule;
	enum rule_condition c = rule->condition;
	struct str s = text_of(r, "threshold");
	const char *why = limit_of(c, s, &rule->threshold);

	rule->threshold_text = s;
	if (why)
		return wrong(r, "threshold", why);
	if (c == RULE_EXPR && s.len)
		return wrong(r, "threshold", "an expression has its own numbers");
	if (c == RULE_NO_DATA && !s.len) {
		rule->threshold = (struct limit){ .type = LIMIT_NUMBER, .lo = 300 * (double)US_PER_S };
		rule->threshold_text = STR("5m");
	}
	if (rule->threshold.type == LIMIT_NONE && c != RULE_CHANGE && c != RULE_EXPR)
		return wrong(r, "threshold", "this condition needs one");
	return 0;
}

static int read_clear(struct reading *r)
{
	struct rule *rule = r->rule;
	enum rule_condition c = rule->condition;
	struct str s = text_of(r, "clear");
	const struct limit *t = &rule->threshold, *l = &rule->clear;
	const char *why;

	if (!s.len || c == RULE_EXPR)
		return 0;
	if (!ordered(c) && !ranges(c) && c != RULE_RATE)
		return wrong(r, "clear", "this condition has none");
	why = limit_of(c, s, &rule->clear);
	if (why)
		return wrong(r, "clear", why);
	if (t->type == LIMIT_FIELD || l->type == LIMIT_FIELD)
		return 0;
	if (t->type != l->type)
		return wrong(r, "clear", "must be of the kind of the threshold");
	if (t->type == LIMIT_RANGE)
		return (c == RULE_BETWEEN ? l->lo <= t->lo && l->hi >= t->hi : l->lo >= t->lo && l->hi <= t->hi)
			       ? 0
			       : wrong(r, "clear", c == RULE_BETWEEN ? "must hold the range of the threshold" : "must lie in the range of the threshold");
	if (c == RULE_LT || c == RULE_LTE || (c == RULE_RATE && t->lo < 0) ? l->lo < t->lo : l->lo > t->lo)
		return wrong(r, "clear", "lies beyond the threshold: an alarm would end at once");
	return 0;
}

/* "error:260,critical:270" */
static int read_ladder(struct reading *r)
{
	struct rule *rule = r->rule;
	struct str s = text_of(r, "ladder");

	if (s.len && !ordered(rule->condition) && !lasts(rule->condition) && !(rule->condition == RULE_RATE))
		return wrong(r, "ladder", "is for gt, lt, gte, lte, rate, no_data and stuck");
	while (s.len) {
		const char *comma = memchr(s.ptr, ',', s.len), *colon = memchr(s.ptr, ':', s.len);
		size_t len = comma ? (size_t)(comma - s.ptr) : s.len;
		struct rung *rung = rule->ladder + rule->rungs;
		int severity = 0;
		const char *why;

		if (!colon || colon >= s.ptr + len || rule->rungs == LADDER_MAX)
			return wrong(r, "ladder", "write error:260,critical:270");
		while (severity_words[severity] && !str_is((struct str){ s.ptr, (size_t)(colon - s.ptr) }, severity_words[severity]))
			severity++;
		if (!severity_words[severity] || severity <= (int)(rule->rungs ? rung[-1].severity : rule->severity))
			return wrong(r, "ladder", "severities go up from that of the rule: info, warning, error, critical");
		why = limit_of(rule->condition, (struct str){ colon + 1, len - (size_t)(colon + 1 - s.ptr) }, &rung->limit);
		if (why || rung->limit.type == LIMIT_NONE)
			return wrong(r, "ladder", why ? why : "write error:260,critical:270");
		rung->severity = (enum severity)severity;
		rule->rungs++;
		s = (struct str){ s.ptr + len + (comma != NULL), s.len - len - (comma != NULL) };
	}
	return 0;
}

/* ---- expressions ---- */

static int read_expr(struct reading *r, const char *field, struct rule_expr *out)
{
	struct expr_read *read = arena_alloc(r->arena, sizeof(*read));
	struct str s = text_of(r, field);

	if (!read)
		return err_nomem(r->e);
	if (!s.len)
		return 0;
	if (expr_read(s, r->arena, read, r->e) < 0) {
		r->e->code = r->e->code == E_USAGE ? E_INPUT : r->e->code;
		return err_wrap(r->e, "%s", field);
	}
	out->read = read;
	for (size_t i = 0; i < read->n; i++) {
		int at = rule_input(r->rule, read->name[i]);

		if (at < 0 && r->rule->inputs == EXPR_NAMES_MAX)
			return wrong(r, field, "too many different names");
		if (at < 0) {
			at = (int)r->rule->inputs++;
			r->rule->input[at] = read->name[i];
		}
		out->at[i] = (unsigned char)at;
	}
	return 0;
}

static int read_inputs(struct reading *r)
{
	struct rule *rule = r->rule;

	if (rule->condition != RULE_EXPR) {
		if (text_of(r, "expr").len)
			return wrong(r, "expr", "goes with condition=expr");
		if (!rule->datapoint.len)
			return wrong(r, "datapoint", "which one?");
		rule->input[rule->inputs++] = rule->datapoint;
		return 0;
	}
	if (rule->datapoint.len)
		return wrong(r, "datapoint", "the expression names what it looks at");
	if (read_expr(r, "expr", &rule->expr) < 0 || read_expr(r, "clear", &rule->over) < 0)
		return -1;
	if (!rule->expr.read)
		return wrong(r, "expr", "condition=expr needs it (expr='voltage_l1>253 or voltage_l2>253')");
	if (!rule->inputs)
		return wrong(r, "expr", "it names no datapoint");
	return 0;
}

/* ---- the rest ---- */

/* "N/rest": N, and where the rest begins; 0 when it is not so. */
static int64_t fraction(struct str s, struct str *rest)
{
	const char *slash = s.len ? memchr(s.ptr, '/', s.len) : NULL;
	int64_t n;

	if (!slash || !num_parse_int((struct str){ s.ptr, (size_t)(slash - s.ptr) }, &n) || n < 1 || n > 1000000)
		return 0;
	*rest = (struct str){ slash + 1, s.len - (size_t)(slash + 1 - s.ptr) };
	return n;
}

static int read_counts(struct reading *r)
{
	struct str s = text_of(r, "count"), flap = text_of(r, "flap"), rest;
	struct rule *rule = r->rule;
	struct err e;
	int64_t m;

	if (s.len) {
		rule->need = (int)fraction(s, &rest);
		if (!rule->need || !num_parse_int(rest, &m) || m < rule->need || m > RULE_COUNT_MAX)
			return wrong(r, "count", "write N/M (3/5), M at most 64");
		rule->of = (int)m;
		if (lasts(rule->condition))
			return wrong(r, "count", "is not for conditions that time alone decides");
	}
	if (flap.len) {
		rule->flaps = (int)fraction(flap, &rest);
		if (rule->flaps < 2 || dur_parse(rest, &rule->flap_window, &e) < 0 || rule->flap_window <= 0)
			return wrong(r, "flap", "write N/DURATION (4/10m), N at least 2");
	}
	return 0;
}

static int read_times(struct reading *r)
{
	static const char *const fields[] = { "per", "for", "keep_for", "gap" };
	struct rule *rule = r->rule;
	struct err why;

	for (size_t i = 0; i < COUNT(fields); i++)
		if (duration_of(r, fields[i]) < 0)
			return wrong(r, fields[i], "must not be negative");
	rule->hold = duration_of(r, "for");
	rule->keep = duration_of(r, "keep_for");
	rule->gap = duration_of(r, "gap");
	rule->per = duration_of(r, "per");
	if (rule->per && rule->condition != RULE_RATE)
		return wrong(r, "per", "goes with condition=rate");
	if (!rule->per)
		rule->per = US_PER_S;
	if (rule->gap && rule->condition == RULE_NO_DATA)
		return wrong(r, "gap", "no_data is itself about gaps");
	if (rule->hold && rule->condition == RULE_CHANGE)
		return wrong(r, "for", "a change does not last");
	if (schedule_read(text_of(r, "schedule"), &rule->schedule, &why) < 0)
		return wrong(r, "schedule", why.msg);
	return 0;
}

int rule_read(const struct row *row, struct arena *a, struct rule *out, struct err *e)
{
	struct reading r = { row, a, out, e };

	*out = (struct rule){ .name = text_of(&r, "name"), .title = text_of(&r, "title"), .model = text_of(&r, "model"),
			      .device = text_of(&r, "device"), .overrides = text_of(&r, "overrides"), .datapoint = text_of(&r, "datapoint"),
			      .inhibit = text_of(&r, "inhibit"), .message = text_of(&r, "message"), .tz = text_of(&r, "tz"),
			      .condition = (enum rule_condition)word_of(&r, "condition", condition_words),
			      .severity = (enum severity)word_of(&r, "severity", severity_words),
			      .stale = (enum rule_stale)word_of(&r, "stale", stale_words),
			      .enabled = row_cell(&rule_entity, row, "enabled")->i != 0 };
	if (str_eq(out->inhibit, out->name) && out->name.len)
		return wrong(&r, "inhibit", "a rule does not inhibit itself");
	if (message_check(out->message, e) < 0)
		return err_wrap(e, "message");
	return read_threshold(&r) < 0 || read_clear(&r) < 0 || read_ladder(&r) < 0 || read_inputs(&r) < 0 || read_counts(&r) < 0 ? -1
																  : read_times(&r);
}

/* Where there is no alarm: rates and limits of order are the end of a half line. */
static struct limit quiet(enum rule_condition c, const struct limit *l)
{
	bool down = c == RULE_LT || c == RULE_LTE || (c == RULE_RATE && l->lo < 0);

	if (l->type == LIMIT_RANGE)
		return *l;
	return (struct limit){ .type = LIMIT_RANGE, .lo = down ? l->lo : -INFINITY, .hi = down ? INFINITY : l->lo };
}

int rule_ladder_check(const struct rule *r, struct err *e)
{
	const struct limit *below = &r->threshold;

	for (size_t i = 0; i < r->rungs; i++) {
		const struct limit *l = &r->ladder[i].limit;
		struct limit in = quiet(r->condition, below), out = quiet(r->condition, l);
		bool beyond = out.lo <= in.lo && out.hi >= in.hi && (out.lo < in.lo || out.hi > in.hi);

		if (l->type == LIMIT_FIELD) /* of which nothing is known here */
			continue;
		if (below->type != LIMIT_FIELD && !beyond)
			return err_set(e, E_INPUT, "ladder: %s does not lie beyond %s: an alarm would be that from the beginning",
				       severity_words[r->ladder[i].severity], below == &r->threshold ? "the threshold" : "the step before");
		below = l;
	}
	return 0;
}

bool rule_has_fields(const struct rule *r)
{
	bool has = r->threshold.type == LIMIT_FIELD || r->clear.type == LIMIT_FIELD;

	for (size_t i = 0; i < r->rungs; i++)
		has = has || r->ladder[i].limit.type == LIMIT_FIELD;
	return has;
}

static int bind(const struct rule *r, struct limit *l, struct str (*get)(void *arg, struct str field), void *arg, struct err *e)
{
	struct str name = l->text, text;
	const char *why;

	if (l->type != LIMIT_FIELD)
		return 0;
	text = get(arg, name);
	why = limit_of(r->condition, text, l);
	if (why || l->type == LIMIT_NONE || l->type == LIMIT_FIELD)
		return err_set(e, E_INPUT, "field.%.*s: %s", STR_ARG(name), text.len ? "is no threshold of this kind" : "has no value");
	return 0;
}

int rule_bind(const struct rule *r, struct str (*get)(void *arg, struct str field), void *arg, struct rule *out, struct err *e)
{
	*out = *r;
	if (r->threshold.type == LIMIT_FIELD)
		out->threshold_text = get(arg, r->threshold.text);
	if (bind(r, &out->threshold, get, arg, e) < 0 || bind(r, &out->clear, get, arg, e) < 0)
		return -1;
	for (size_t i = 0; i < r->rungs; i++)
		if (bind(r, &out->ladder[i].limit, get, arg, e) < 0)
			return -1;
	return 0;
}

bool rule_measures(const struct rule *r)
{
	return ordered(r->condition) || ranges(r->condition) || r->condition == RULE_RATE;
}

bool rule_lasts(const struct rule *r)
{
	return lasts(r->condition);
}

int rule_input(const struct rule *r, struct str name)
{
	for (size_t i = 0; i < r->inputs; i++)
		if (str_eq(r->input[i], name))
			return (int)i;
	return -1;
}
