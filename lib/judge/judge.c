/* SPDX-License-Identifier: MIT */
/* The machine: conditions of alarms from verdicts and time. */
#include "judge/judge.h"

#include "judge/verdict.h"

const char *const change_words[] = { "raised", "escalated", "lowered", "acknowledged", "shelved", "unshelved", "flapping", "cleared", NULL };

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* A number that is measured is never compared with a text. */
static bool keeps_texts(const struct rule *r)
{
	return !rule_measures(r);
}

size_t judged_room(const struct rule *r)
{
	return r->inputs * (sizeof(struct judged_input) + (keeps_texts(r) ? JUDGED_TEXT_MAX : 0));
}

void judged_init(struct judged *j, const struct rule *r, void *room, int64_t born)
{
	struct judged_input *in = room;
	char *text = (char *)(in + r->inputs);

	*j = (struct judged){ .at = born, .born = born, .lower = JUDGED_NEVER, .shelved = JUDGED_NEVER, .same = JUDGED_NEVER,
			      .flap_from = JUDGED_NEVER, .severity = r->severity, .level = r->severity, .window = JUDGED_NEVER, .in = in };
	for (size_t i = 0; i < r->inputs; i++)
		in[i] = (struct judged_input){ .ts = JUDGED_NEVER, .text = keeps_texts(r) ? text + i * JUDGED_TEXT_MAX : NULL };
}

void judged_copy(const struct judged *from, const struct rule *r, void *room, struct judged *j)
{
	*j = *from;
	j->in = room;
	memcpy(room, from->in, judged_room(r));
	for (size_t i = 0; keeps_texts(r) && i < r->inputs; i++)
		j->in[i].text = (char *)(j->in + r->inputs) + i * JUDGED_TEXT_MAX;
}

static bool watches(const struct rule *r, struct judged *j, int64_t t)
{
	if (!r->schedule.n)
		return true;
	if (t >= j->window)
		j->watching = schedule_on(&r->schedule, r->zone, t, &j->window);
	return j->watching;
}

static int tell(const struct judge *g, const struct judged *j, enum change change, const char *why, struct err *e)
{
	const struct change_of c = { .ts = j->at, .change = change, .severity = j->severity, .why = why, .number = j->number, .raised = j->raised,
				     .flaps = j->flaps, .value = verdict_shown(g->rule, j),
				     .quiet = j->suppressed || j->shelved != JUDGED_NEVER };

	return g->changed(g->arg, g->rule, j, &c, e);
}

/* How long it must be over. */
static int64_t rest(const struct rule *r, const struct judged *j)
{
	return j->flapping ? later(r->keep, r->flap_window) : r->keep;
}

/* ---- transitions; j->at is when they happen ---- */

/* It was raised once more: too often in a short time, it is one alarm from now on. */
static int note_flap(const struct judge *g, struct judged *j, struct err *e)
{
	const struct rule *r = g->rule;

	if (!r->flaps)
		return 0;
	if (j->flap_from == JUDGED_NEVER || j->at - j->flap_from > r->flap_window) {
		j->flap_from = j->at;
		j->flap_count = 0;
	}
	if (++j->flap_count < r->flaps)
		return 0;
	j->flapping = true;
	return tell(g, j, CHANGE_FLAPPING, NULL, e);
}

static int raise_alarm(const struct judge *g, struct judged *j, enum severity level, struct err *e)
{
	j->condition = JUDGED_FIRING;
	j->acknowledged = false;
	j->number++;
	j->raised = j->at;
	j->flaps = 0;
	j->severity = level;
	j->lower = JUDGED_NEVER;
	return tell(g, j, CHANGE_RAISED, NULL, e) < 0 ? -1 : note_flap(g, j, e);
}

static int end_alarm(const struct judge *g, struct judged *j, const char *why, struct err *e)
{
	int rc = tell(g, j, CHANGE_CLEARED, why, e);

	j->condition = JUDGED_OK;
	j->acknowledged = false;
	j->lower = JUDGED_NEVER;
	if (j->flapping) {
		j->flapping = false;
		j->flap_from = JUDGED_NEVER;
	}
	return rc;
}

/* Up at once; down when the values have called for less for as long as the alarm would take to end. */
static int follow(const struct judge *g, struct judged *j, enum severity level, struct err *e)
{
	if (level >= j->severity)
		j->lower = JUDGED_NEVER;
	if (level == j->severity)
		return 0;
	if (level > j->severity) {
		j->severity = level;
		return tell(g, j, CHANGE_ESCALATED, NULL, e);
	}
	if (j->lower == JUDGED_NEVER)
		j->lower = j->at;
	if (j->at - j->lower < rest(g->rule, j))
		return 0;
	j->severity = level;
	j->lower = JUDGED_NEVER;
	return tell(g, j, CHANGE_LOWERED, NULL, e);
}

/* Nothing is known of any input. */
static const char *why_over(const struct rule *r, const struct judged *j)
{
	for (size_t i = 0; i < r->inputs; i++)
		if (j->in[i].ts != JUDGED_NEVER && !j->in[i].expired && j->in[i].type != VALUE_NULL)
			return "value";
	return "stale";
}

static int settle_quiet(const struct judge *g, struct judged *j, enum judged_verdict v, enum severity level, struct err *e)
{
	if (v != VERDICT_TRUE) {
		j->condition = JUDGED_OK;
		return 0;
	}
	if (j->condition == JUDGED_OK) {
		j->condition = JUDGED_PENDING;
		j->since = j->at;
	}
	return j->at - j->since < g->rule->hold || j->inhibited ? 0 : raise_alarm(g, j, level, e);
}

static int settle_active(const struct judge *g, struct judged *j, enum judged_verdict v, enum severity level, struct err *e)
{
	if (v != VERDICT_FALSE) {
		if (j->condition == JUDGED_CLEARING && j->flapping && v == VERDICT_TRUE)
			j->flaps++;
		j->condition = JUDGED_FIRING;
		if (v == VERDICT_TRUE)
			return follow(g, j, level, e);
		j->lower = JUDGED_NEVER;
		return 0;
	}
	if (j->condition == JUDGED_FIRING) {
		j->condition = JUDGED_CLEARING;
		j->since = j->at;
		j->lower = JUDGED_NEVER;
	}
	return j->at - j->since < rest(g->rule, j) ? 0 : end_alarm(g, j, why_over(g->rule, j), e);
}

/* What holds at t, now that values and time are taken in. */
static int settle(const struct judge *g, struct judged *j, int64_t t, struct err *e)
{
	const struct rule *r = g->rule;
	bool on = watches(r, j, t);
	enum judged_verdict v = verdict_now(r, j, t);
	enum severity level = verdict_level(r, j, t);

	j->at = t;
	j->open = false;
	if (!on && judged_active(j))
		return end_alarm(g, j, "schedule", e);
	if (!on)
		j->condition = JUDGED_OK;
	if (!on)
		return 0;
	return judged_active(j) ? settle_active(g, j, v, level, e) : settle_quiet(g, j, v, level, e);
}

/* ---- time ---- */

int64_t judged_due(const struct rule *r, const struct judged *j)
{
	int64_t due = sooner(verdict_expires(r, j), verdict_silence(r, j)), window = j->window;

	if (j->condition == JUDGED_PENDING && !j->inhibited)
		due = sooner(due, j->since + r->hold);
	if (j->condition == JUDGED_CLEARING)
		due = sooner(due, j->since + rest(r, j));
	if (j->lower != JUDGED_NEVER)
		due = sooner(due, j->lower + rest(r, j));
	if (j->shelved != JUDGED_NEVER)
		due = sooner(due, j->shelved);
	if (r->schedule.n && window == JUDGED_NEVER)
		(void)schedule_on(&r->schedule, r->zone, j->at, &window);
	return r->schedule.n ? sooner(due, window) : due;
}

static int unshelve(const struct judge *g, struct judged *j, struct err *e)
{
	j->shelved = JUDGED_NEVER;
	return judged_active(j) ? tell(g, j, CHANGE_UNSHELVED, NULL, e) : 0;
}

/* What time alone decides up to then. */
static int pass_time(const struct judge *g, struct judged *j, int64_t now, struct err *e)
{
	int64_t due;

	while ((due = judged_due(g->rule, j)) <= now) {
		int64_t t = later(due, j->at);

		(void)verdict_expire(g, j, t);
		if (settle(g, j, t, e) < 0)
			return -1;
		if (j->shelved != JUDGED_NEVER && j->shelved <= t && unshelve(g, j, e) < 0)
			return -1;
	}
	j->at = later(j->at, now);
	return 0;
}

static void take(const struct judge *g, struct judged *j, size_t input, const struct point *p)
{
	static const struct value none = { .type = VALUE_NULL };
	bool usable = p->quality == QUALITY_GOOD || p->quality == QUALITY_SUSPECT;

	verdict_value(g, j, input, p->ts, usable ? &p->value : &none);
}

int judged_time(const struct judge *g, struct judged *j, int64_t now, struct err *e)
{
	if (now > j->at && judged_settle(g, j, e) < 0)
		return -1;
	return pass_time(g, j, now, e);
}

int judged_value(const struct judge *g, struct judged *j, size_t input, const struct point *p, struct err *e)
{
	if (p->ts <= j->in[input].ts)
		return 0;
	if (j->open && p->ts > j->at && judged_settle(g, j, e) < 0)
		return -1;
	if (judged_due(g->rule, j) <= p->ts && pass_time(g, j, p->ts, e) < 0)
		return -1;
	take(g, j, input, p);
	if (p->ts >= j->born && g->rule->inputs == 1)
		return settle(g, j, later(p->ts, j->at), e);
	j->at = later(p->ts, j->at);
	j->open = true;
	return 0;
}

int judged_settle(const struct judge *g, struct judged *j, struct err *e)
{
	if (!j->open)
		return 0;
	j->open = false;
	(void)verdict_expire(g, j, j->at); /* of a rule that begins, what was measured long before */
	return settle(g, j, j->at, e);
}

void judged_recall(const struct judge *g, struct judged *j, size_t input, const struct point *p)
{
	if (p->ts > j->in[input].ts)
		take(g, j, input, p);
}

/* ---- what people and other alarms do ---- */

int judged_inhibit(const struct judge *g, struct judged *j, bool on, int64_t ts, struct err *e)
{
	bool was = j->inhibited;

	if (judged_time(g, j, ts, e) < 0)
		return -1;
	j->inhibited = on;
	return on || !was ? 0 : settle(g, j, j->at, e);
}

int judged_suppress(const struct judge *g, struct judged *j, bool on, int64_t ts, struct err *e)
{
	if (judged_time(g, j, ts, e) < 0)
		return -1;
	j->suppressed = on;
	return 0;
}

int judged_acknowledge(const struct judge *g, struct judged *j, int64_t ts, struct err *e)
{
	if (judged_time(g, j, ts, e) < 0)
		return -1;
	if (!judged_active(j))
		return err_set(e, E_CONFLICT, "there is no alarm to acknowledge");
	if (j->acknowledged)
		return 0;
	j->acknowledged = true;
	return tell(g, j, CHANGE_ACKNOWLEDGED, NULL, e);
}

int judged_shelve(const struct judge *g, struct judged *j, int64_t until, int64_t ts, struct err *e)
{
	if (judged_time(g, j, ts, e) < 0)
		return -1;
	if (until <= j->at)
		return j->shelved == JUDGED_NEVER ? 0 : unshelve(g, j, e);
	j->shelved = until;
	return tell(g, j, CHANGE_SHELVED, NULL, e);
}

int judged_end(const struct judge *g, struct judged *j, int64_t ts, struct err *e)
{
	if (judged_time(g, j, ts, e) < 0)
		return -1;
	if (judged_active(j))
		return end_alarm(g, j, "rule", e);
	j->condition = JUDGED_OK;
	return 0;
}
