/* SPDX-License-Identifier: MIT */
/* What the rule of an alarm heard: points of the device, of its gateway, of all devices of its asset, and what no point says. */
#include "alarm/explain_impl.h"
#include "base/num.h"
#include "model/state.h"
#include "series/series.h"
#include "store/entity.h"
#include "task/event.h"

#define STATE_LOOK (30 * US_PER_DAY) /* so far back, whether it was online is looked for */

static int by_time(const void *pa, const void *pb)
{
	const struct heard_point *a = pa, *b = pb;

	if (a->p.ts != b->p.ts)
		return a->p.ts < b->p.ts ? -1 : 1;
	return a->input < b->input ? -1 : a->input > b->input;
}

static int add_point(struct telling *t, const struct point *p, size_t input, const char *from, struct err *e)
{
	struct value *v;

	if (t->n == POINTS_MOST)
		return err_set(e, E_INPUT, "more than %d points around the alarm", POINTS_MOST);
	if (t->n == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 1024;
		struct heard_point *grown = realloc(t->v, cap * sizeof(*grown));

		if (!grown)
			return err_nomem(e);
		t->v = grown;
		t->cap = cap;
	}
	t->v[t->n] = (struct heard_point){ *p, input, from };
	v = &t->v[t->n++].p.value;
	if (v->txt.ptr)
		v->txt.ptr = arena_dup(&t->w->keep, v->txt);
	return v->type == VALUE_STRING && !v->txt.ptr ? err_nomem(e) : 0;
}

static int read_series(struct telling *t, int64_t device, struct str name, size_t input, struct err *e)
{
	const struct range range = { explain_since(t), t->until + 1 };
	AUTO(series_scan_freep) struct series_scan *scan = NULL;
	struct alarm_device d = { 0 };
	const char *from = NULL;
	int64_t series = 0;
	struct point p;
	int got;

	if (series_find(t->w->db, device, name, &series, e) < 0)
		return -1;
	if (!series)
		return 0;
	if (device != t->at.device) {
		if (alarm_device(t->w->db, device, &t->w->keep, &d, e) < 0)
			return -1;
		from = d.name.len ? arena_dup(&t->w->keep, d.name) : NULL;
	}
	if (series_scan(t->w->db, series, &range, false, &scan, e) < 0)
		return -1;
	while ((got = series_next(scan, &p, e)) > 0)
		if (add_point(t, &p, input, from, e) < 0)
			return -1;
	return got;
}

static int read_asset(struct telling *t, struct str name, size_t input, struct err *e)
{
	struct ids ids = { NULL, 0, 0 };
	int rc = t->device.asset ? alarm_devices(t->w->db, ALARM_OF_ASSET, t->device.asset, 0, &ids, e) : 0;

	for (size_t i = 0; rc == 0 && i < ids.n; i++)
		rc = read_series(t, ids.v[i], name, input, e);
	ids_done(&ids);
	return rc;
}

/* ---- what no point says ---- */

struct online {
	struct telling *t;
	size_t input;
	struct point before; /* the newest from before: ts 0, there is none */
};

static int add_state(struct cell *row, void *arg, struct err *e)
{
	struct online *o = arg;
	struct point p = { .ts = row[EVENT_TS].i, .value = { .type = VALUE_BOOL, .num = str_is(row[EVENT_MESSAGE].s, EVENT_ONLINE) } };

	if (p.ts >= explain_since(o->t))
		return add_point(o->t, &p, o->input, NULL, e);
	o->before = p;
	return 0;
}

/* Events say when it went online and offline. */
static int read_online(struct telling *t, size_t input, struct err *e)
{
	const struct event_which which = { .when = t->w->when, .range = { explain_since(t) - STATE_LOOK, t->until + 1 }, .device = t->at.device, .state = true };
	struct online o = { .t = t, .input = input };

	if (event_each(t->w->db, &which, add_state, &o, e) < 0)
		return -1;
	o.before.ts = o.before.ts ? explain_since(t) : 0;
	return o.before.ts ? add_point(t, &o.before, input, NULL, e) : 0;
}

/* How old the last sign of life was is known for the moments at which the alarm changed by it. */
static int read_changes(struct telling *t, size_t input, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	int got;

	if (t->rule.inputs > 1)
		return explain_tell(t, t->raised, "input", t->rule.input[input], NULL, STR("was computed when it was looked at, and is not kept: left out"), e);
	if (explain_changes(t, &st, e) < 0)
		return -1;
	while ((got = stmt_step(st, e)) > 0) {
		const struct cell c = stmt_cell(st, AC_VALUE);
		struct point p = { .ts = stmt_int(st, AC_TS), .value = { .type = VALUE_NUMBER } };

		if (c.type == CELL_TEXT && num_parse(c.s, &p.value.num) == NUM_OK && add_point(t, &p, input, NULL, e) < 0)
			return -1;
	}
	return got;
}

static int read_input(struct telling *t, size_t input, struct err *e)
{
	struct str name = t->rule.input[input];
	enum builtin b;

	if (builtin_find(name, &b))
		return b == BUILTIN_ONLINE ? read_online(t, input, e) : read_changes(t, input, e);
	if (str_starts(name, "asset."))
		return read_asset(t, (struct str){ name.ptr + 6, name.len - 6 }, input, e);
	if (!str_starts(name, "gateway."))
		return read_series(t, t->at.device, name, input, e);
	return t->device.gateway ? read_series(t, t->device.gateway, (struct str){ name.ptr + 8, name.len - 8 }, input, e) : 0;
}

int explain_inputs(struct telling *t, struct err *e)
{
	for (size_t i = 0; i < t->rule.inputs; i++)
		if (read_input(t, i, e) < 0)
			return -1;
	if (t->n)
		qsort(t->v, t->n, sizeof(*t->v), by_time);
	return 0;
}
