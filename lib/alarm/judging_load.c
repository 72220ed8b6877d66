/* SPDX-License-Identifier: MIT */
/* Devices with the states of their rules, out of the store. */
#include "alarm/judging_impl.h"
#include "codec/hash.h"
#include "os/zones.h"
#include "series/series.h"
#include "store/state.h"

/* ---- a device ---- */

struct asking {
	struct judging *g;
	int64_t device;
	struct err *e;
	bool bad;
	struct sb form; /* what the state is a state of */
};

static struct str field_text(void *arg, struct str field)
{
	struct asking *a = arg;
	AUTO(sb_done) struct sb text = SB_INIT(65536);
	bool found;

	if (alarm_field(a->g->db, a->device, field, &text, &found, a->e) < 0)
		a->bad = true;
	sb_addf(&a->form, "\n%.*s=%.*s", STR_ARG(field), STR_ARG(sb_str(&text)));
	return found && !a->bad ? str_of(arena_dup(&a->g->keep, sb_str(&text))) : (struct str){ NULL, 0 };
}

static int form_of(struct asking *a, struct watched *w)
{
	char hex[SHA256_HEX + 1];
	char *form = arena_alloc(&a->g->keep, RULE_FORM + 1);

	if (a->form.bad || !form)
		return err_nomem(a->e);
	if (hash_sha256(sb_str(&a->form), hex, a->e) < 0)
		return -1;
	memcpy(form, hex, RULE_FORM);
	w->form = form;
	return 0;
}

/* Thresholds of the device. One that it has no field for makes the rule one that is not judged there: 0. */
static int bind_fields(struct judging *g, struct watched *w, const struct alarm_device *d, struct rule *own, struct err *e)
{
	struct asking a = { g, d->id, e, false, SB_INIT(1 << 20) };
	struct err why = { 0 };
	char line[700];
	int rc = 1;

	sb_adds(&a.form, w->use->form);
	if (rule_bind(w->rule, field_text, &a, own, &why) < 0)
		rc = a.bad ? -1 : 0;
	else if (form_of(&a, w) < 0)
		rc = -1;
	sb_done(&a.form);
	if (rc == 0 && g->bad++ < 20) {
		(void)snprintf(line, sizeof(line), "rule %.*s is not judged on %.*s: %s", STR_ARG(w->rule->name), STR_ARG(d->name), why.msg);
		g->opt.complain(g->opt.arg, line);
	}
	return rc;
}

/* The rule as it is on the device. 1, 0: it is not judged there, -1. */
static int bind(struct judging *g, struct watched *w, const struct alarm_device *d, struct err *e)
{
	struct rule *own;

	w->rule = &w->use->one->rule;
	w->form = w->use->form;
	if (!rule_has_fields(w->rule) && (w->rule->tz.len || !w->rule->schedule.n || !d->tz.len))
		return 1;
	own = arena_alloc(&g->keep, sizeof(*own));
	if (!own)
		return err_nomem(e);
	*own = *w->rule;
	if (rule_has_fields(w->rule)) {
		int got = bind_fields(g, w, d, own, e);

		if (got <= 0)
			return got;
	}
	if (!own->tz.len && d->tz.len && zones_get(d->tz.ptr, &own->zone, e) < 0)
		return -1;
	w->rule = own;
	return 1;
}

static int watch(struct judging *g, struct watched_device *d, const struct use *u, struct err *e)
{
	struct watched *w = arena_alloc(&g->keep, sizeof(*w));
	int got;

	if (!w)
		return err_nomem(e);
	w->device = d;
	w->use = u;
	got = bind(g, w, &d->device, e);
	if (got <= 0)
		return got;
	w->state.in = arena_alloc(&g->keep, judged_room(w->rule));
	if (!w->state.in)
		return err_nomem(e);
	d->v[d->n++] = w;
	return 0;
}

/* Those that inhibit others come first. */
static int watch_all(struct judging *g, struct watched_device *d, struct err *e)
{
	const struct use *u;
	size_t n = 0;

	for (struct rule_walk w = rules_of(g, &d->device); rules_next(&w);)
		n++;
	d->v = arena_alloc(&g->keep, (n ? n : 1) * sizeof(struct watched *));
	if (!d->v)
		return err_nomem(e);
	for (int inhibited = 0; n && inhibited < 2; inhibited++)
		for (struct rule_walk w = rules_of(g, &d->device); (u = rules_next(&w));)
			if ((u->one->rule.inhibit.len > 0) == (inhibited == 1) && watch(g, d, u, e) < 0)
				return -1;
	return 0;
}

/* ---- states ---- */

/* States that are nobody's any more, or of a rule that was another one. */
struct reading {
	struct judging *g;
	struct watched_device *d;
	struct ids gone;
	size_t next;		    /* rows mostly come in the order of the rules */
	struct sb text;		    /* of the row before: most rules know the same, that nothing was */
	const struct watched *same; /* what it says */
};

static struct watched *watched_by(struct reading *r, int64_t rule)
{
	const struct watched_device *d = r->d;

	for (size_t i = 0; i < d->n; i++, r->next++) {
		if (r->next >= d->n)
			r->next = 0;
		if (d->v[r->next]->use->place.id == rule)
			return d->v[r->next++];
	}
	return NULL;
}

static int drop(struct reading *r, int64_t rule, struct err *e)
{
	if (r->gone.n == r->gone.cap) {
		int64_t *v = realloc(r->gone.v, (r->gone.cap + 8) * sizeof(*v));

		if (!v)
			return err_nomem(e);
		r->gone.v = v;
		r->gone.cap += 8;
	}
	r->gone.v[r->gone.n++] = rule;
	return 0;
}

static bool read_text(struct reading *r, struct str text, struct watched *w)
{
	struct err why;

	if (r->same && str_eq(sb_str(&r->text), text) && judged_room(r->same->rule) == judged_room(w->rule)) {
		judged_copy(&r->same->state, w->rule, w->state.in, &w->state);
		return true;
	}
	if (judged_read(text, w->rule, w->state.in, &w->state, &why) < 0)
		return false;
	sb_clear(&r->text);
	r->same = sb_add(&r->text, text.ptr, text.len) < 0 ? NULL : w;
	return true;
}

static int read_state(const struct alarm_state *s, void *arg, struct err *e)
{
	struct reading *r = arg;
	struct watched *w = watched_by(r, s->rule);

	if (w)
		w->anew = true;
	if (!w || !str_is(s->form, w->form) || !read_text(r, s->text, w))
		return drop(r, s->rule, e);
	w->alarm = s->alarm;
	w->due = s->due;
	w->fresh = w->unnumbered = false;
	return 0;
}

/* Its series, asked for once. */
static int newest_of(struct judging *g, int64_t device, struct str name, struct newest **out, struct err *e)
{
	for (size_t i = 0; i < g->nnewest; i++)
		if (g->newest[i].device == device && str_eq(g->newest[i].name, name)) {
			*out = g->newest + i;
			return 0;
		}
	if (g->nnewest == NEWEST_MAX)
		g->nnewest = 0;
	*out = g->newest + g->nnewest++;
	**out = (struct newest){ .device = device, .name = name };
	return series_find(g->db, device, name, &(*out)->series, e);
}

static int newest_value(struct judging *g, struct newest *n, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT((size_t)1 << 20);
	int got;

	if (n->known)
		return 0;
	got = series_latest(g->db, n->series, &n->p, &text, e);
	if (got < 0)
		return -1;
	n->known = true;
	n->found = got > 0;
	if (!n->found || n->p.value.type != VALUE_STRING)
		return 0;
	n->p.value.txt.ptr = arena_dup(&g->batch, n->p.value.txt);
	return n->p.value.txt.ptr ? 0 : err_nomem(e);
}

/* The newest value of an input that is not written down: of its series. */
static int recall(struct watched *w, size_t input, struct newest *n, struct err *e)
{
	AUTO(series_scan_freep) struct series_scan *scan = NULL;
	struct range since = { w->state.in[input].ts + 1, INT64_MAX };
	struct point p;
	int got;

	if (!w->use->remembers || w->fresh) {
		if (newest_value(w->device->judging, n, e) < 0)
			return -1;
		if (n->found)
			judged_recall(JUDGE_OF(w), &w->state, input, &n->p);
		return 0;
	}
	if (series_scan(w->device->judging->db, n->series, &since, false, &scan, e) < 0)
		return -1;
	while ((got = series_next(scan, &p, e)) > 0)
		judged_recall(JUDGE_OF(w), &w->state, input, &p);
	return got;
}

/* The device whose datapoint the input is, and its name there; 0: several, or none. */
static int64_t input_source(const struct watched *w, size_t input, struct str *name)
{
	enum builtin b;
	bool gateway;

	*name = w->rule->input[input];
	if (builtin_input(*name, &gateway, &b))
		return 0;
	if (str_starts(*name, "gateway.")) {
		*name = (struct str){ name->ptr + 8, name->len - 8 };
		return w->device->device.gateway;
	}
	return memchr(name->ptr, '.', name->len) ? 0 : w->device->device.id;
}

int judging_builtin(const struct watched *w, size_t input, struct point *p, struct err *e)
{
	struct cell c = CELL_OF_NULL;
	struct device_state s;
	enum builtin b;
	bool gateway;
	int64_t device, ts;
	int got;

	if (!builtin_input(w->rule->input[input], &gateway, &b))
		return 0;
	device = gateway ? w->device->device.gateway : w->device->device.id;
	got = device ? state_read(w->device->judging->db, device, &s, e) : 0;
	if (got <= 0 || !builtin_value(b, &s, w->device->judging->now, &ts, &c))
		return got < 0 ? -1 : 0;
	p->value = (struct value){ .type = c.type == CELL_BOOL ? VALUE_BOOL : VALUE_NUMBER, .num = c.type == CELL_REAL ? c.r : (double)c.i };
	return 1;
}

/* Built-in datapoints are as they are now, and judged when time is: just before it, so that what is then looked at is news. */
static int recall_builtin(struct watched *w, struct err *e)
{
	for (size_t i = 0; i < w->rule->inputs; i++) {
		struct point p = { .ts = w->device->judging->now - 1 };
		int got = judging_builtin(w, i, &p, e);

		if (got < 0)
			return -1;
		if (got > 0)
			judged_recall(JUDGE_OF(w), &w->state, i, &p);
	}
	return 0;
}

int judging_recall(struct watched *w, struct err *e)
{
	if (w->use->builtin && !w->use->remembers && recall_builtin(w, e) < 0)
		return -1;
	for (size_t i = 0; i < w->rule->inputs; i++) {
		struct str name;
		int64_t device = input_source(w, i, &name);
		struct newest *n = NULL;

		if (device && newest_of(w->device->judging, device, name, &n, e) < 0)
			return -1;
		if (n && n->series && recall(w, i, n, e) < 0)
			return -1;
	}
	return 0;
}

/*
 * A rule that has not looked at this device yet: it has been watched since both are as they are, whoever looks when. Of a device that is another now, to the
 * rule, it is not known since when.
 */
static void begin(struct watched *w)
{
	int64_t rule = w->use->place.since, device = w->device->device.since, now = w->device->judging->now, since = rule > device ? rule : device;

	w->plain = w->use->plain && !w->anew && since <= now;
	judged_init(&w->state, w->rule, w->state.in, w->anew || since > now ? now : since);
	w->unnumbered = true;
	w->alarm = 0;
	w->due = ALARM_NEVER;
}

/* What holds is judged as of the beginning, or of when it was measured if that was later. */
static void look(struct watched *w)
{
	int64_t newest = judging_newest(w), now = w->device->judging->now;

	if (newest > w->state.at)
		w->state.at = newest < now ? newest : now;
	w->state.open = true;
	judging_touch(w);
}

int judging_refresh(struct judging *g, struct watched_device *d, struct err *e)
{
	struct reading r = { .g = g, .d = d, .text = SB_INIT(65536) };
	int rc;

	g->nnewest = 0;
	for (size_t i = 0; i < d->n; i++)
		d->v[i]->fresh = true, d->v[i]->anew = false;
	rc = alarm_states(g->db, d->device.id, read_state, &r, e);
	for (size_t i = 0; rc == 0 && i < r.gone.n; i++)
		rc = alarm_settle(g->db, d->device.id, r.gone.v[i], g->now, e);
	for (size_t i = 0; i < d->n; i++)
		if (d->v[i]->fresh)
			begin(d->v[i]);
	ids_done(&r.gone);
	sb_done(&r.text);
	for (size_t i = 0; rc == 0 && i < d->n; i++) {
		struct watched *w = d->v[i];

		rc = judging_recall(w, e);
		if (w->touched)
			w->mark = judging_mark(&w->state, w->rule);
		w->written = judging_newest(w);
		if (w->fresh)
			look(w);
	}
	d->loaded = rc == 0;
	d->loads++;
	return rc;
}

static int grow(struct judging *g, struct err *e)
{
	size_t cap = g->capdevice ? g->capdevice * 2 : 256;
	struct watched_device **v;

	if (g->ndevice < g->capdevice)
		return 0;
	v = realloc(g->device, cap * sizeof(struct watched_device *));
	if (!v)
		return err_nomem(e);
	g->device = v;
	g->capdevice = cap;
	return 0;
}

int judging_device(struct judging *g, int64_t id, struct watched_device **out, struct err *e)
{
	struct str key = { (const char *)&id, sizeof(id) };
	const int64_t *at = map_find(&g->by_device, key);
	struct watched_device *d;
	int got;

	*out = NULL;
	if (at) {
		*out = g->device[*at];
		return (*out)->loaded ? 0 : judging_refresh(g, *out, e);
	}
	d = arena_alloc(&g->keep, sizeof(*d));
	if (!d || grow(g, e) < 0)
		return d ? -1 : err_nomem(e);
	got = alarm_device(g->db, id, &g->keep, &d->device, e);
	if (got <= 0)
		return got < 0 ? -1 : alarm_settle(g->db, id, 0, g->now, e);
	d->judging = g;
	g->device[g->ndevice++] = d;
	if (map_put(&g->by_device, key, (int64_t)g->ndevice - 1) < 0)
		return err_nomem(e);
	*out = d;
	return watch_all(g, d, e) < 0 ? -1 : judging_refresh(g, d, e);
}
