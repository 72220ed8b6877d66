/* SPDX-License-Identifier: MIT */
#include "alarm/eval.h"

#include "base/map.h"

/* A rule on a device; made with the first value that it looks at. */
struct watch {
	struct eval *eval;
	struct device *device;
	struct judge judge;
	struct judged state;
	int64_t alarm; /* number of its newest one */
	size_t at;     /* which of the rules */
	struct watch *next; /* of those whose instant is open */
	bool listed;
};

struct device {
	struct str name;
	struct watch **watch; /* as many as rules */
};

struct eval {
	const struct rules *rules;
	const struct eval_opts *o;
	struct out *out;
	struct arena keep;
	struct map by_name;
	struct device **device;
	size_t n, cap;
	int64_t alarms, clock, soonest; /* soonest: before then no watch has anything to do */
	size_t bad;
	struct watch *open;
};

static int changed(void *arg, const struct rule *r, const struct judged *j, const struct change_of *c, struct err *e)
{
	struct watch *w = arg;

	(void)j;
	if (c->change == CHANGE_RAISED)
		w->alarm = ++w->eval->alarms;
	return change_print(w->eval->out, r, w->device->name, w->alarm, c, e);
}

static void bad(void *arg, const struct rule *r, int64_t ts, const char *why)
{
	const struct watch *w = arg;
	char line[700], at[40];

	if (w->eval->bad++ >= 20)
		return; /* it is the same with the next ones */
	(void)time_print(ts, NULL, at);
	(void)snprintf(line, sizeof(line), "rule %.*s: %.*s at %s: %s", STR_ARG(r->name), STR_ARG(w->device->name), at, why);
	w->eval->o->complain(w->eval->o->arg, line);
}

/* Another rule of the file stands in for it on this device. */
static bool overridden(const struct eval *v, const struct rule *r, struct str device)
{
	for (size_t i = 0; i < v->rules->n; i++) {
		const struct rule *other = &v->rules->v[i].rule;

		if (str_eq(other->overrides, r->name) && str_eq(other->device, device))
			return true;
	}
	return false;
}

static bool applies(const struct eval *v, const struct rule *r, struct str device)
{
	return r->enabled && (!r->device.len || str_eq(r->device, device)) && !overridden(v, r, device);
}

static struct watch *new_watch(struct eval *v, struct device *d, size_t k, int64_t born)
{
	const struct rule *r = &v->rules->v[k].rule;
	struct watch *w = arena_alloc(&v->keep, sizeof(*w));
	void *room = arena_alloc(&v->keep, judged_room(r));

	if (!w || !room)
		return NULL;
	*w = (struct watch){ .eval = v, .device = d, .at = k, .judge = { .rule = r, .changed = changed, .arg = w, .bad = bad } };
	judged_init(&w->state, r, room, born);
	for (size_t i = 0; i < v->rules->n; i++)
		if (d->watch[i] && str_eq(r->inhibit, d->watch[i]->judge.rule->name))
			w->state.inhibited = judged_active(&d->watch[i]->state);
	return w;
}

static struct device *device_of(struct eval *v, struct str name, struct err *e)
{
	const int64_t *at = map_find(&v->by_name, name);
	struct device *d;

	if (at)
		return v->device[*at];
	d = arena_alloc(&v->keep, sizeof(*d));
	if (v->n == v->cap) {
		size_t cap = v->cap ? v->cap * 2 : 64;
		struct device **p = realloc(v->device, cap * sizeof(*p));

		v->device = p ? p : v->device;
		v->cap = p ? cap : v->cap;
	}
	if (d) {
		*d = (struct device){ .name = { arena_dup(&v->keep, name), name.len }, .watch = arena_alloc(&v->keep, v->rules->n * sizeof(*d->watch)) };
	}
	if (!d || v->n == v->cap || !d->name.ptr || !d->watch || map_put(&v->by_name, name, (int64_t)v->n) < 0) {
		err_nomem(e);
		return NULL;
	}
	v->device[v->n++] = d;
	return d;
}

/* The alarm of rule k began or ended: what it inhibits on the device is told. */
static int pass_on(struct eval *v, struct device *d, size_t k, int64_t ts, struct err *e)
{
	for (size_t i = 0; i < v->rules->n; i++) {
		struct watch *w = d->watch[i];

		if (w && str_eq(w->judge.rule->inhibit, v->rules->v[k].rule.name) &&
		    judged_inhibit(&w->judge, &w->state, judged_active(&d->watch[k]->state), ts, e) < 0)
			return -1;
	}
	return 0;
}

/* Give rule k the point (NULL: only the time). */
static int judge_one(struct eval *v, struct device *d, size_t k, int input, const struct point *p, int64_t ts, struct err *e)
{
	struct watch *w = d->watch[k];
	bool was = judged_active(&w->state);

	if (judged_due(w->judge.rule, &w->state) <= ts && judged_time(&w->judge, &w->state, ts, e) < 0)
		return -1;
	if (p && judged_value(&w->judge, &w->state, (size_t)input, p, e) < 0)
		return -1;
	if (w->state.open && !w->listed) {
		w->listed = true;
		w->next = v->open;
		v->open = w;
	}
	if (v->o->in_order) {
		int64_t due = judged_due(w->judge.rule, &w->state);

		v->soonest = due < v->soonest ? due : v->soonest;
	}
	return judged_active(&w->state) == was ? 0 : pass_on(v, d, k, w->state.at, e);
}

static int take(struct eval *v, struct device *d, struct str datapoint, const struct point *p, bool inhibited, struct err *e)
{
	for (size_t k = 0; k < v->rules->n; k++) {
		const struct rule *r = &v->rules->v[k].rule;
		int input = rule_input(r, datapoint);

		if ((r->inhibit.len > 0) != inhibited)
			continue;
		if (!d->watch[k] && input >= 0 && applies(v, r, d->name) && !(d->watch[k] = new_watch(v, d, k, p->ts)))
			return err_nomem(e);
		if (d->watch[k] && judge_one(v, d, k, input, input >= 0 ? p : NULL, p->ts, e) < 0)
			return -1;
	}
	return 0;
}

/* It is ts for everybody. */
static int pass_time(struct eval *v, int64_t ts, struct err *e)
{
	v->soonest = INT64_MAX;
	for (size_t i = 0; i < v->n; i++)
		for (int inhibited = 0; inhibited < 2; inhibited++)
			for (size_t k = 0; k < v->rules->n; k++)
				if (v->device[i]->watch[k] && (v->rules->v[k].rule.inhibit.len > 0) == (inhibited == 1) &&
				    judge_one(v, v->device[i], k, 0, NULL, ts, e) < 0)
					return -1;
	return 0;
}

static int take_point(void *arg, struct str device, struct str datapoint, const struct point *p, struct err *e)
{
	struct eval *v = arg;
	struct device *d = device_of(v, device, e);

	if (!d)
		return -1;
	if (v->o->in_order && p->ts > v->clock) {
		v->clock = p->ts;
		if (v->soonest <= v->clock && pass_time(v, v->clock, e) < 0)
			return -1;
	}
	/* Those that inhibit others first. */
	return take(v, d, datapoint, p, false, e) < 0 ? -1 : take(v, d, datapoint, p, true, e);
}

/* There is no more of the instants at hand. */
static int settle(struct eval *v, struct err *e)
{
	for (struct watch *w; (w = v->open);) {
		bool was = judged_active(&w->state);

		v->open = w->next;
		w->listed = false;
		if (judged_settle(&w->judge, &w->state, e) < 0)
			return -1;
		if (judged_active(&w->state) != was && pass_on(v, w->device, w->at, w->state.at, e) < 0)
			return -1;
	}
	return 0;
}

static int flush(void *arg, struct err *e)
{
	struct eval *v = arg;

	return settle(v, e) < 0 ? -1 : out_flush(v->out, e);
}

static void complain(void *arg, const char *line)
{
	const struct eval *v = arg;

	v->o->complain(v->o->arg, line);
}

int eval_run(const struct rules *rules, const struct eval_opts *o, struct out *out, struct err *e)
{
	struct eval v = { .rules = rules, .o = o, .out = out, .keep = ARENA_INIT((size_t)8 << 30), .by_name = MAP_INIT, .clock = INT64_MIN,
			  .soonest = INT64_MAX };
	struct pointin in = o->in;
	struct err partial = { 0 };
	int rc;

	in.point = take_point;
	in.idle = flush;
	in.complain = complain;
	in.arg = &v;
	rc = pointin_run(&in, e);
	if (rc < 0 && e->code == E_PARTIAL) {
		partial = *e;
		rc = 0;
	}
	if (rc == 0)
		rc = settle(&v, e);
	if (rc == 0 && o->to != JUDGED_NEVER)
		rc = pass_time(&v, o->to, e);
	free(v.device);
	map_done(&v.by_name);
	arena_done(&v.keep);
	if (rc == 0 && partial.code)
		*e = partial;
	return rc == 0 && partial.code ? -1 : rc;
}
