/* SPDX-License-Identifier: MIT */
#include "codec/json.h"
#include "store/alarm.h"
#include "watch/impl.h"

/* ---- events and status ---- */

struct events {
	struct event_reader of[2]; /* events, changes of alarms */
	int n;
};

static int begin_events(struct watching *x, void **of, struct err *e)
{
	struct event_which w = { .operand = x->w->operand, .n = x->w->n, .select = x->w->select, .when = x->w->when, .range = { TIME_MIN, TIME_MAX },
				 .state = x->w->what == WATCH_STATUS };
	struct events *v = calloc(1, sizeof(*v));

	if (!v)
		return err_nomem(e);
	*of = v;
	v->n = w.state ? 1 : 2;
	for (int i = 0; i < v->n; i++) {
		if (event_reader_begin(v->of + i, x->db, &w, i == 1, e) < 0)
			return -1;
		v->of[i].ask.committed = true;
	}
	return 0;
}

static int print_event(struct watching *x, int which, const struct cell *r, struct err *e)
{
	*(which ? &x->at.change : &x->at.event) = r[EVENT_ROW_ID].i;
	x->at.at = r[EVENT_AT].i;
	const struct cell cells[] = { r[EVENT_TS], r[EVENT_ID], r[EVENT_DEVICE], r[EVENT_KIND], r[EVENT_SEVERITY], r[EVENT_MESSAGE], r[EVENT_SOURCE], r[EVENT_WHO],
				      r[EVENT_DATA], r[EVENT_AT], r[EVENT_ALARM_ID], r[EVENT_CHANGE], r[EVENT_RULE], r[EVENT_ORG], WATCH_NO_GAP,
				      watch_cursor(x) };

	return out_rec(x->out, cells, e) < 0 ? -1 : watch_printed(x, e);
}

static int drain_events(struct watching *x, void *of, struct err *e)
{
	struct events *v = of;
	struct cell *row[2];
	int got[2] = { 0, 0 }, rc = 0;

	v->of[0].ask.after_id = x->at.event;
	v->of[1].ask.after_id = x->at.change;
	for (int i = 0; i < v->n; i++)
		if ((got[i] = event_reader_next(v->of + i, row + i, e)) < 0)
			return -1;
	while (rc == 0 && (got[0] || got[1])) {
		int i = !got[0] || (got[1] && row[1][EVENT_AT].i < row[0][EVENT_AT].i);

		rc = print_event(x, i, row[i], e);
		if (rc == 0 && (got[i] = event_reader_next(v->of + i, row + i, e)) < 0)
			return -1;
	}
	return rc;
}

static void done_events(void *of)
{
	struct events *v = of;

	for (int i = 0; v && i < v->n; i++)
		event_reader_done(v->of + i);
	free(v);
}

const struct watch_kind watch_events = { ALARM_CHANNEL, begin_events, drain_events, done_events };

/* ---- alarms ---- */

#define PAGE 1000

struct alarms {
	struct picks picks;
	struct time_ctx when;
	struct arena page;
	struct cell row[PAGE][CHANGE_COLUMNS];
};

static int begin_alarms(struct watching *x, void **of, struct err *e)
{
	struct pick_opts o = { .device = x->w->operand, .n = x->w->n, .select = x->w->select, .only = &device_entity };
	struct alarms *a = calloc(1, sizeof(*a));

	if (!a)
		return err_nomem(e);
	*of = a;
	a->when = x->w->when;
	a->page = (struct arena)ARENA_INIT((size_t)256 << 20);
	o.when = &a->when;
	return picks_begin(&a->picks, x->db, &o, e);
}

/* A value is kept as JSON. */
static void read_cell(struct cell *c, int i)
{
	const struct field *f = i < CHANGE_ORG ? watch_alarm_fields + i : NULL;

	if (c->type == CELL_INT && f && f->kind == FIELD_TIME)
		c->type = CELL_TIME;
	if (c->type == CELL_TEXT && f && f->kind == FIELD_VALUE) {
		struct err ignored = { 0 };
		json_t *v = json_read(c->s, &ignored);

		c->type = v ? CELL_JSON : CELL_TEXT;
		json_decref(v);
	}
}

static int read_alarms(struct watching *x, struct alarms *a, size_t *n, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	int got = 0;

	arena_clear(&a->page);
	*n = 0;
	if (event_changes(x->db, x->at.change, PAGE, &st, e) < 0)
		return -1;
	while (*n < PAGE && (got = stmt_step(st, e)) > 0) {
		struct cell *row = a->row[(*n)++];

		for (int i = 0; i < CHANGE_COLUMNS; i++) {
			row[i] = stmt_cell(st, i);
			if (row[i].type == CELL_TEXT && !(row[i].s.ptr = arena_dup(&a->page, row[i].s)))
				return err_nomem(e);
			read_cell(row + i, i);
		}
	}
	return *n < PAGE && got < 0 ? -1 : 0;
}

static int print_alarm(struct watching *x, const struct cell *row, struct err *e)
{
	struct cell cells[CHANGE_ORG + 5] = { CELL_OF_NULL };

	memcpy(cells, row, (CHANGE_ORG + 1) * sizeof(*cells));
	cells[CHANGE_ORG + 4] = watch_cursor(x);
	return out_rec(x->out, cells, e) < 0 ? -1 : watch_printed(x, e);
}

static int drain_alarms(struct watching *x, void *of, struct err *e)
{
	struct alarms *a = of;
	size_t n = PAGE;
	int rc = 0;

	while (rc == 0 && n == PAGE) {
		picks_turn(&a->picks);
		rc = read_alarms(x, a, &n, e);
		for (size_t i = 0; i < n && rc == 0; i++) {
			const struct picked *p;

			x->at.change = a->row[i][CHANGE_ID].i;
			x->at.at = a->row[i][CHANGE_AT].i;
			rc = picks_find(&a->picks, a->row[i][CHANGE_DEVICE_ID].i, &p, e);
			if (rc > 0)
				rc = print_alarm(x, a->row[i], e);
		}
	}
	return rc;
}

static void done_alarms(void *of)
{
	struct alarms *a = of;

	if (!a)
		return;
	picks_done(&a->picks);
	arena_done(&a->page);
	free(a);
}

const struct watch_kind watch_alarms = { ALARM_CHANNEL, begin_alarms, drain_alarms, done_alarms };
