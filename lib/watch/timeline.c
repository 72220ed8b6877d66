/* SPDX-License-Identifier: MIT */
#include "watch/timeline.h"

#include "base/arena.h"
#include "store/entity.h"
#include "store/state.h"

enum { T_LANE, T_FROM, T_TO, T_WHAT, T_SEVERITY, T_MESSAGE, T_ALARM, T_ID };

/* clang-format off */
const struct field timeline_fields[] = {
	[T_LANE] = { .name = "lane", .kind = FIELD_TEXT, .help = "state, alarm, maintenance or event" },
	[T_FROM] = { .name = "from", .kind = FIELD_TIME, .help = "when it began, or happened" },
	[T_TO] = { .name = "to", .kind = FIELD_TIME, .help = "when it ended; none: it is an instant, or goes on" },
	[T_WHAT] = { .name = "what", .kind = FIELD_TEXT, .help = "online or offline; the alarm's rule; the event's kind" },
	[T_SEVERITY] = { .name = "severity", .kind = FIELD_ENUM, .words = severity_words, .help = "how bad it is" },
	[T_MESSAGE] = { .name = "message", .kind = FIELD_TEXT, .help = "what happened" },
	[T_ALARM] = { .name = "alarm", .kind = FIELD_INT, .help = "number of the alarm" },
	[T_ID] = { .name = "id", .kind = FIELD_INT, .help = "number of the event" },
};
/* clang-format on */
const size_t timeline_count = COUNT(timeline_fields);

/* Something on the line; to INT64_MAX: it goes on, INT64_MIN: an instant. */
struct span {
	int64_t from, to, alarm, id;
	struct str lane, what, severity, message;
};
struct spans {
	struct span *v;
	size_t n, cap;
	struct arena text;
};

static int room(struct spans *s, struct err *e)
{
	size_t cap = s->cap ? s->cap * 2 : 64;
	struct span *more;

	if (s->n < s->cap)
		return 0;
	more = realloc(s->v, cap * sizeof(*more));
	if (!more)
		return err_nomem(e);
	s->v = more;
	s->cap = cap;
	return 0;
}

static int put(struct spans *s, const struct span *x, struct err *e)
{
	struct span own = *x;
	struct str *const text[] = { &own.what, &own.severity, &own.message };

	if (room(s, e) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(text); i++)
		if (text[i]->ptr && !(text[i]->ptr = arena_dup(&s->text, *text[i])))
			return err_nomem(e);
	s->v[s->n++] = own;
	return 0;
}

/* ---- what there is ---- */

struct reading {
	const struct timeline *t;
	struct spans *out;
	bool any; /* change of state */
};

static struct str text_of(const struct cell *c)
{
	return c->type == CELL_TEXT ? c->s : (struct str){ NULL, 0 };
}

/* A change of state ends the stretch before it; before the first one it was the other way round. */
static int change_state(struct reading *r, const struct cell *row, struct err *e)
{
	bool online = str_is(row[EVENT_MESSAGE].s, EVENT_ONLINE);
	struct span before = { .lane = STR("state"), .from = r->t->range.from, .to = row[EVENT_TS].i, .what = online ? STR(EVENT_OFFLINE) : STR(EVENT_ONLINE) };
	struct span now = { .lane = STR("state"), .from = row[EVENT_TS].i, .to = INT64_MAX, .what = online ? STR(EVENT_ONLINE) : STR(EVENT_OFFLINE) };

	if (!r->any && before.to > before.from && put(r->out, &before, e) < 0)
		return -1;
	for (size_t i = r->out->n; r->any && i-- > 0;)
		if (r->out->v[i].to == INT64_MAX) {
			r->out->v[i].to = now.from;
			break;
		}
	r->any = true;
	return put(r->out, &now, e);
}

static int take(struct cell *row, void *arg, struct err *e)
{
	struct reading *r = arg;
	bool care = str_is(row[EVENT_KIND].s, event_kind_words[EVENT_MAINTENANCE]);
	const struct span x = { .lane = care ? STR("maintenance") : STR("event"), .from = row[EVENT_TS].i, .to = INT64_MIN, .id = row[EVENT_ID].i,
				.what = row[EVENT_KIND].s, .severity = text_of(row + EVENT_SEVERITY), .message = text_of(row + EVENT_MESSAGE) };

	if (row[EVENT_ALARM_ID].type != CELL_NULL) /* alarms are read whole */
		return 0;
	if (str_is(text_of(row + EVENT_SOURCE), EVENT_FROM_STATE))
		return change_state(r, row, e);
	return put(r->out, &x, e);
}

static int take_alarms(struct db *db, const struct timeline *t, int64_t device, struct spans *out, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	int got;

	if (event_alarms(db, device, &t->range, &st, e) < 0)
		return -1;
	while ((got = stmt_step(st, e)) > 0) {
		const struct span x = { .lane = STR("alarm"), .alarm = stmt_int(st, 0), .what = stmt_text(st, 1), .severity = stmt_text(st, 2),
					.from = stmt_int(st, 3), .to = stmt_is_null(st, 4) ? INT64_MAX : stmt_int(st, 4), .message = stmt_text(st, 5) };

		if (put(out, &x, e) < 0)
			return -1;
	}
	return got;
}

/* Nothing has changed in the range: it was all the time what it is, if it is so for long enough. */
static int take_state(struct db *db, const struct timeline *t, int64_t device, struct spans *out, struct err *e)
{
	struct span x = { .lane = STR("state"), .from = t->range.from, .to = INT64_MAX };
	struct device_state s;

	if (state_ready(db, e) < 0 || state_read(db, device, &s, e) < 0)
		return -1;
	if (s.online_since == STATE_NONE || s.online_since >= t->range.to)
		return 0;
	x.what = s.online ? STR(EVENT_ONLINE) : STR(EVENT_OFFLINE);
	x.from = s.online_since > x.from ? s.online_since : x.from;
	return put(out, &x, e);
}

static int by_time(const void *x, const void *y)
{
	const struct span *a = x, *b = y;

	return a->from != b->from ? (a->from < b->from ? -1 : 1) : str_cmp(a->lane, b->lane);
}

static int read_all(struct db *db, const struct timeline *t, struct spans *out, struct err *e)
{
	struct event_which w = { .range = t->range };
	struct reading r = { .t = t, .out = out };

	*out = (struct spans){ .text = ARENA_INIT((size_t)256 << 20) };
	if (entity_ready(db, e) < 0 || entity_resolve(db, &device_entity, t->device, &w.device, e) < 0 || event_each(db, &w, take, &r, e) < 0 ||
	    take_alarms(db, t, w.device, out, e) < 0 || (!r.any && take_state(db, t, w.device, out, e) < 0))
		return -1;
	if (out->n)
		qsort(out->v, out->n, sizeof(*out->v), by_time);
	return 0;
}

static void spans_done(struct spans *s)
{
	free(s->v);
	arena_done(&s->text);
}

/* ---- as records ---- */

static struct cell text_cell(struct str s)
{
	return s.len ? CELL_OF_TEXT(s) : CELL_OF_NULL;
}

int timeline_print(struct db *db, const struct timeline *t, struct out *out, struct err *e)
{
	struct spans s;
	int rc = read_all(db, t, &s, e);

	for (size_t i = 0; i < s.n && rc == 0; i++) {
		const struct span *x = s.v + i;
		bool ends = x->to != INT64_MIN && x->to != INT64_MAX;
		const struct cell c[] = { CELL_OF_TEXT(x->lane), CELL_OF_TIME(x->from), ends ? CELL_OF_TIME(x->to) : CELL_OF_NULL, CELL_OF_TEXT(x->what),
					  text_cell(x->severity), text_cell(x->message), x->alarm ? CELL_OF_INT(x->alarm) : CELL_OF_NULL,
					  x->id ? CELL_OF_INT(x->id) : CELL_OF_NULL };

		rc = out_rec(out, c, e);
	}
	spans_done(&s);
	return rc;
}

/* ---- as bars ---- */

#define WIDTH_MOST 500

struct bar {
	char cell[WIDTH_MOST + 1];
	int width;
	struct range r;
};

static int at(const struct bar *b, int64_t t)
{
	double part = (double)(t - b->r.from) / (double)(b->r.to - b->r.from);
	int i = (int)(part * b->width);

	return i < 0 ? 0 : i >= b->width ? b->width - 1 : i;
}

/* A letter says more than an earlier one that is less bad: info, warning, error, critical. */
static char letter(struct str severity)
{
	return severity.len ? severity.ptr[0] : '#';
}

static int weight(char c)
{
	const char *order = " .#iwec", *p = strchr(order, c);

	return c && p ? (int)(p - order) : 0;
}

static void draw(struct bar *b, const struct span *x, int64_t now, char c)
{
	int64_t to = x->to == INT64_MIN ? x->from : x->to == INT64_MAX ? now : x->to;

	if (to < b->r.from || x->from >= b->r.to || to < x->from)
		return;
	for (int i = at(b, x->from); i <= at(b, to > x->from ? to - 1 : to); i++)
		b->cell[i] = weight(c) >= weight(b->cell[i]) ? c : b->cell[i];
}

static void begin_bar(struct bar *b, const struct timeline *t, int width)
{
	*b = (struct bar){ .width = width, .r = t->range };
	memset(b->cell, ' ', (size_t)width);
}

/* A bar for each rule that had an alarm. */
static void alarm_bars(const struct spans *s, const struct timeline *t, int width, struct sb *text)
{
	for (size_t i = 0; i < s->n; i++) {
		struct bar b;
		size_t k = 0;

		if (!str_is(s->v[i].lane, "alarm"))
			continue;
		while (k < i && !(str_is(s->v[k].lane, "alarm") && str_eq(s->v[k].what, s->v[i].what)))
			k++;
		if (k < i)
			continue;
		begin_bar(&b, t, width);
		for (k = i; k < s->n; k++)
			if (str_is(s->v[k].lane, "alarm") && str_eq(s->v[k].what, s->v[i].what))
				draw(&b, s->v + k, t->now, letter(s->v[k].severity));
		sb_addf(text, "%-16.16s |%s|\n", s->v[i].what.ptr, b.cell);
	}
}

static void lane_bar(const struct spans *s, const char *lane, const struct timeline *t, int width, struct sb *text)
{
	struct bar b;

	begin_bar(&b, t, width);
	for (size_t i = 0; i < s->n; i++)
		if (str_is(s->v[i].lane, lane))
			draw(&b, s->v + i, t->now,
			     strcmp(lane, "state") == 0 ? (str_is(s->v[i].what, EVENT_ONLINE) ? '#' : '.') : letter(s->v[i].severity));
	sb_addf(text, "%-16s |%s|\n", strcmp(lane, "state") == 0 ? "online" : lane, b.cell);
}

int timeline_bars(struct db *db, const struct timeline *t, int width, const struct zone *zone, struct sb *text, struct err *e)
{
	char from[40], to[40], each[48];
	struct spans s;
	int rc = read_all(db, t, &s, e);

	width = width < 10 ? 10 : width > WIDTH_MOST ? WIDTH_MOST : width;
	if (rc == 0) {
		(void)time_print(t->range.from, zone, from);
		(void)time_print(t->range.to, zone, to);
		(void)dur_print((t->range.to - t->range.from) / width / US_PER_S * US_PER_S, each);
		sb_addf(text, "%.*s  %s to %s, %s a character\n", STR_ARG(t->device), from, to, each);
		lane_bar(&s, "state", t, width, text);
		alarm_bars(&s, t, width, text);
		lane_bar(&s, "maintenance", t, width, text);
		lane_bar(&s, "event", t, width, text);
		if (sb_adds(text, "# online  . offline  i info  w warning  e error  c critical\n") < 0)
			rc = err_nomem(e);
	}
	spans_done(&s);
	return rc;
}
