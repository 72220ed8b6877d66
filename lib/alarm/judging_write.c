/* SPDX-License-Identifier: MIT */
/* What becomes of judging: states that changed, alarms, and what happened to them. */
#include "alarm/judging_impl.h"
#include "judge/message.h"

void judging_touch(struct watched *w)
{
	struct judging *g = w->device->judging;

	if (w->touched)
		return;
	w->mark = judging_mark(&w->state, w->rule); /* nothing has changed it since it was written */
	w->touched = true;
	w->next = NULL;
	*g->touched_tail = w;
	g->touched_tail = &w->next;
}

void judging_bad(void *arg, const struct rule *r, int64_t ts, const char *why)
{
	const struct watched *w = arg;
	struct judging *g = w->device->judging;
	char line[700], at[40];

	if (g->bad++ >= 20)
		return; /* it is the same with the next ones */
	(void)time_print(ts, NULL, at);
	(void)snprintf(line, sizeof(line), "rule %.*s: %.*s at %s: %s", STR_ARG(r->name), STR_ARG(w->device->device.name), at, why);
	g->opt.complain(g->opt.arg, line);
}

int64_t judging_newest(const struct watched *w)
{
	int64_t ts = JUDGED_NEVER;

	for (size_t i = 0; i < w->rule->inputs; i++)
		ts = w->state.in[i].ts > ts ? w->state.in[i].ts : ts;
	return ts;
}

/* ---- alarms ---- */

/* The change as a record, for when it is durable. */
static int say(struct judging *g, const struct watched *w, const struct change_of *c, struct err *e)
{
	struct said_change *s;

	if (!g->opt.changes)
		return 0;
	s = arena_alloc(&g->batch, sizeof(*s));
	if (!s || change_count > COUNT(s->cell))
		return err_nomem(e);
	if (change_cells(w->rule, w->device->device.name, w->alarm, c, s->cell, &g->batch) < 0)
		return err_nomem(e);
	for (size_t i = 0; i < change_count; i++) { /* values are the caller's */
		if (s->cell[i].type != CELL_TEXT)
			continue;
		s->cell[i].s.ptr = arena_dup(&g->batch, s->cell[i].s);
		if (!s->cell[i].s.ptr)
			return err_nomem(e);
	}
	*g->said_tail = s;
	g->said_tail = &s->next;
	return 0;
}

static struct str or_none(const struct sb *sb)
{
	return sb->len ? sb_str(sb) : (struct str){ NULL, 0 };
}

static int put_alarm(struct watched *w, const struct judged *j, const struct change_of *c, const struct alarm_row *texts, bool hushed, struct err *e)
{
	struct judging *g = w->device->judging;
	struct alarm_row a = *texts;

	a.device = w->device->device.id;
	a.rule = w->use->place.id;
	a.id = w->alarm;
	a.number = c->number;
	a.raised = c->raised;
	a.severity = severity_words[c->severity];
	a.rule_name = w->rule->name;
	a.datapoint = w->rule->datapoint;
	a.threshold = w->rule->threshold_text;
	a.flaps = c->flaps;
	a.flapping = j->flapping && c->change != CHANGE_CLEARED;
	a.suppressed = j->suppressed || hushed;
	a.shelved = j->shelved == JUDGED_NEVER ? ALARM_NEVER : j->shelved;
	a.cleared = c->change == CHANGE_CLEARED ? c->ts : ALARM_NEVER;
	a.why = c->why && g->act && g->act->what == ACT_CLEAR ? "person" : c->why;
	if (c->change == CHANGE_CLEARED) /* what it was about stays */
		a.message = (struct str){ NULL, 0 };
	a.acked = c->change == CHANGE_ACKNOWLEDGED ? c->ts : ALARM_NEVER;
	if (c->change == CHANGE_ACKNOWLEDGED && g->act)
		a.acked_by = g->act->who;
	if (c->change != CHANGE_RAISED)
		return w->alarm ? alarm_update(g->db, &a, e) : 0;
	if (alarm_add(g->db, &a, e) < 0)
		return -1;
	w->alarm = a.id;
	return 0;
}

/* A silence is about it, then or now (it may come late, or have begun just before somebody asked for silence): nobody is told. */
static int hush(struct watched *w, const struct change_of *c, bool *hushed, struct err *e)
{
	struct judging *g = w->device->judging;
	const struct silenced a = { .device = w->device->device.id, .rule = w->rule->name, .severity = str_of(severity_words[c->severity]), .datapoint = w->rule->datapoint };

	if (silences_match(&g->silences, &a, c->ts, hushed, e) < 0)
		return -1;
	return *hushed ? 0 : silences_match(&g->silences, &a, g->now, hushed, e);
}

int judging_number(struct watched *w, struct err *e)
{
	int64_t last;

	if (!w->unnumbered)
		return 0;
	if (alarm_last(w->device->judging->db, w->device->device.id, w->use->place.id, &last, e) < 0)
		return -1;
	w->state.number += last;
	w->unnumbered = false;
	return 0;
}

static int change(struct watched *w, const struct rule *r, const struct judged *j, const struct change_of *c, struct err *e)
{
	struct judging *g = w->device->judging;
	AUTO(sb_done) struct sb message = SB_INIT(65536), value = SB_INIT(65536);
	struct alarm_row texts = { .acked = ALARM_NEVER };
	struct alarm_change row = { .ts = c->ts, .at = g->now, .flaps = c->flaps, .change = change_words[c->change], .severity = severity_words[c->severity],
				    .why = c->why, .told = c->quiet };
	bool hushed;

	if (message_print(r, w->device->device.name, c, &message) < 0 || (c->value.type != VALUE_NULL && message_value(&c->value, &value) < 0))
		return err_nomem(e);
	texts.message = row.message = sb_str(&message);
	texts.value = row.value = or_none(&value);
	judging_touch(w);
	if (hush(w, c, &hushed, e) < 0 || put_alarm(w, j, c, &texts, hushed, e) < 0)
		return -1;
	row.told = row.told || hushed;
	if (!w->alarm) /* there was no alarm that this could be about: shelved in advance */
		return 0;
	row.alarm = w->alarm;
	if (g->act) {
		row.who = g->act->who;
		row.note = g->act->note;
		row.why = g->act->what == ACT_CLEAR && c->change == CHANGE_CLEARED ? "person" : row.why;
	}
	return alarm_change_add(g->db, &row, e) < 0 ? -1 : say(g, w, c, e);
}

int judging_changed(void *arg, const struct rule *r, const struct judged *j, const struct change_of *c, struct err *e)
{
	struct watched *w = arg;
	struct change_of numbered = *c;

	if (judging_number(w, e) < 0)
		return -1;
	numbered.number = w->state.number;
	return change(w, r, j, &numbered, e);
}

/* ---- states ---- */

/* The finalizer of SplitMix64 (G. L. Steele, D. Lea, C. H. Flood, 2014) over what was before and one number more. */
static uint64_t mix(uint64_t h, int64_t v)
{
	h = (h ^ (uint64_t)v) + UINT64_C(0x9e3779b97f4a7c15);
	h = (h ^ h >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	h = (h ^ h >> 27) * UINT64_C(0x94d049bb133111eb);
	return h ^ h >> 31;
}

uint64_t judging_mark(const struct judged *j, const struct rule *r)
{
	const bool timed = j->condition == JUDGED_PENDING || j->condition == JUDGED_CLEARING;
	const int64_t flags = (int64_t)j->condition << 8 | (int64_t)j->severity << 4 | j->acknowledged << 3 | j->suppressed << 2 | j->inhibited << 1 | j->flapping;
	const int64_t v[] = { flags, timed ? j->since : 0, j->lower, j->raised, j->shelved, j->number, j->flaps, j->flap_from, j->flap_count };
	uint64_t h = 0;

	for (size_t i = 0; i < COUNT(v); i++)
		h = mix(h, v[i]);
	/* When inputs lost their value, which no newest value of a series tells. */
	for (size_t i = 0; i < r->inputs; i++)
		if (j->in[i].type == VALUE_NULL && j->in[i].ts != JUDGED_NEVER)
			h = mix(mix(h, (int64_t)i), j->in[i].ts);
	return h;
}

/*
 * Apart from newest values, which are found again, it is what is written. A rule that remembers finds again what one series has had, not in which order several
 * have had it.
 */
static bool same(const struct watched *w)
{
	return judging_mark(&w->state, w->rule) == w->mark &&
	       (!w->use->remembers || (w->rule->inputs == 1 && judging_newest(w) < w->written + US_PER_HOUR));
}

/* As it is with most rules on most devices: it is not written at all. */
static bool says_nothing(const struct watched *w, int64_t due)
{
	return w->plain && due == ALARM_NEVER && judging_mark(&w->state, w->rule) == w->use->nothing;
}

static int put_state(struct judging *g, struct watched *w, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(65536);
	int64_t due = judged_due(w->rule, &w->state);
	struct alarm_state s = { .device = w->device->device.id, .rule = w->use->place.id, .due = due, .alarm = w->alarm, .inhibited = w->state.inhibited,
				 .form = str_of(w->form) };

	if (w->fresh ? says_nothing(w, due) : !w->behind && same(w) && due >= w->due)
		return 0;
	if (!g->seq && alarm_head_next(g->db, &g->seq, e) < 0)
		return -1;
	if (judging_number(w, e) < 0)
		return -1;
	if (judged_text(&w->state, w->rule, &text) < 0)
		return err_nomem(e);
	s.seq = g->seq;
	s.text = sb_str(&text);
	w->mark = judging_mark(&w->state, w->rule);
	w->written = judging_newest(w);
	w->due = due;
	w->fresh = w->behind = false;
	return alarm_state_put(g->db, &s, e);
}

int judging_close(struct judging *g, struct err *e)
{
	/* What settling changes on the way may put others behind it. */
	for (struct watched *w = g->touched; w; w = w->next)
		if (judging_settled(w, e) < 0)
			return -1;
	for (struct watched *w = g->touched; w; w = w->next)
		if (put_state(g, w, e) < 0)
			return -1;
	return 0;
}

int judging_end(struct judging *g, bool committed, struct err *e)
{
	int rc = 0;

	for (struct watched *w = g->touched, *next; w; w = next) {
		next = w->next;
		w->touched = false;
		w->next = NULL;
	}
	g->touched = NULL;
	g->touched_tail = &g->touched;
	if (committed && g->seq)
		g->head.seq = g->seq;
	for (size_t i = 0; !committed && i < g->ndevice; i++)
		g->device[i]->loaded = false;
	for (const struct said_change *s = g->said; committed && rc == 0 && s; s = s->next)
		rc = out_rec(g->opt.changes, s->cell, e);
	if (committed && g->said && rc == 0)
		rc = out_flush(g->opt.changes, e);
	g->said = NULL;
	g->said_tail = &g->said;
	g->act = NULL;
	arena_clear(&g->batch);
	return rc;
}

int judging_hush(struct judging *g, int64_t now, struct err *e)
{
	int64_t n;

	return silences_settle(&g->silences, now, &n, e);
}
