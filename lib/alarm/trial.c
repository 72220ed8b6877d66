/* SPDX-License-Identifier: MIT */
#include "alarm/trial_impl.h"

#include <math.h>

#define FLAP_WITHIN (10 * US_PER_MIN) /* an alarm that comes back so soon after it ended is a flap */

const struct field trial_fields[] = {
	{ .name = "rule", .kind = FIELD_NAME, .help = "the rule" },
	{ .name = "variant", .kind = FIELD_TEXT, .help = "live: as it is; else the terms that it was changed by" },
	{ .name = "devices", .kind = FIELD_INT, .help = "devices looked at" },
	{ .name = "points", .kind = FIELD_INT, .help = "points looked at" },
	{ .name = "alarms", .kind = FIELD_INT, .help = "alarms that would have been raised" },
	{ .name = "hours", .kind = FIELD_REAL, .help = "hours in alarm, all devices added up" },
	{ .name = "flaps", .kind = FIELD_INT, .help = "alarms that came back within 10m of their end, or while they were flapping" },
	{ .name = "acknowledged", .kind = FIELD_INT, .help = "alarms of the store that somebody acknowledged (over its points)" },
	{ .name = "missed", .kind = FIELD_INT, .help = "those of them that would not have been there" },
	{ .name = "windows", .kind = FIELD_INT, .help = "with --labels: windows of these devices" },
	{ .name = "hit", .kind = FIELD_INT, .help = "with --labels: windows in which there was an alarm" },
	{ .name = "false", .kind = FIELD_INT, .help = "with --labels: alarms that touch no window" },
	{ .name = "precision", .kind = FIELD_REAL, .help = "with --labels: share of the alarms that touch a window" },
	{ .name = "recall", .kind = FIELD_REAL, .help = "with --labels: share of the windows that were hit" },
};
const size_t trial_count = COUNT(trial_fields);

size_t trial_change_fields(struct field out[20])
{
	out[0] = trial_fields[1];
	memcpy(out + 1, change_fields, change_count * sizeof(*out));
	return change_count + 1;
}

/* ---- labels ---- */

/* Windows are read as points of a device "from" and "to" could not be: rows of CSV or JSON with device, from, to. */
static int label_time(struct str s, int64_t *out)
{
	const struct time_ctx utc = { 0 };
	struct err e;

	return time_parse(s, &utc, out, &e);
}

static int add_window(struct trial *t, struct str device, struct str from, struct str to, struct err *e)
{
	struct window *v = realloc(t->window, (t->windows + 1) * sizeof(*v));
	struct window w = { .device = { arena_dup(&t->keep, device), device.len } };

	if (!v || !w.device.ptr)
		return err_nomem(e);
	t->window = v;
	if (label_time(from, &w.at.from) < 0 || label_time(to, &w.at.to) < 0 || w.at.to <= w.at.from)
		return err_set(e, E_INPUT, "not a window: from %.*s to %.*s", STR_ARG(from), STR_ARG(to));
	v[t->windows++] = w;
	return 0;
}

static struct str json_text(const json_t *v, const char *key)
{
	const char *s = json_string_value(json_object_get(v, key));

	return str_of(s ? s : "");
}

static int csv_window(struct trial *t, int at[3], const struct csv_row *row, struct err *e)
{
	static const char *const names[] = { "device", "from", "to" };

	if (at[0] >= 0) {
		for (int k = 0; k < 3; k++)
			if ((size_t)at[k] >= row->n)
				return err_set(e, E_INPUT, "a cell is missing");
		return add_window(t, row->field[at[0]], row->field[at[1]], row->field[at[2]], e);
	}
	for (int k = 0; k < 3; k++) {
		for (size_t i = 0; i < row->n; i++)
			if (str_is(row->field[i], names[k]))
				at[k] = (int)i;
		if (at[k] < 0)
			return err_set(e, E_INPUT, "no column %s: windows are device,from,to", names[k]);
	}
	return 0;
}

static int read_labels(struct trial *t, struct err *e)
{
	AUTO(records_freep) struct records *r = NULL;
	int at[3] = { -1, -1, -1 }, rc = 0;
	struct record_in in;
	enum record_got got;

	if (records_open(t->o->labels, RECORDS_AUTO, 0, &r, e) < 0)
		return -1;
	while (rc == 0 && (got = records_next(r, &in, e)) != RECORD_END) {
		if (got == RECORD_JSON) {
			rc = add_window(t, json_text(in.json, "device"), json_text(in.json, "from"), json_text(in.json, "to"), e);
			json_decref(in.json);
		} else if (got == RECORD_ROW) {
			rc = csv_window(t, at, &in.row, e);
		} else if (got != RECORD_IDLE) {
			rc = -1;
		}
		if (rc < 0)
			return err_wrap(e, "%s:%" PRIu64, records_name(r), got == RECORD_ROW ? in.row.line : in.line);
	}
	return 0;
}

/* ---- variants ---- */

static int add_alarm(struct run *r, int64_t from, struct err *e)
{
	if (r->alarms == r->cap) {
		size_t cap = r->cap ? r->cap * 2 : 64;
		struct range *v = realloc(r->alarm, cap * sizeof(*v));

		if (!v)
			return err_nomem(e);
		r->alarm = v;
		r->cap = cap;
	}
	r->alarm[r->alarms++] = (struct range){ from, INT64_MAX };
	return 0;
}

/* A change printed: the variant, then what change_print() says of it. */
static int print_change(const struct run *r, const struct rule *rule, const struct change_of *c, struct err *e)
{
	struct cell cells[20] = { CELL_OF_TEXT(r->one->variant) };

	return change_cells(rule, r->trial->device, r->raised, c, cells + 1, &r->trial->keep) < 0 ? err_nomem(e) : out_rec(r->trial->o->changes, cells, e);
}

static int changed(void *arg, const struct rule *rule, const struct judged *j, const struct change_of *c, struct err *e)
{
	struct run *r = arg;

	(void)j;
	if (c->change == CHANGE_RAISED) {
		r->raised++;
		r->flaps += r->alarms && c->ts - r->alarm[r->alarms - 1].to <= FLAP_WITHIN;
		if (add_alarm(r, c->ts, e) < 0)
			return -1;
	} else if (c->change == CHANGE_CLEARED) {
		r->alarm[r->alarms - 1].to = c->ts;
		r->flaps += c->flaps;
	}
	return r->trial->o->changes ? print_change(r, rule, c, e) : 0;
}

static void bad(void *arg, const struct rule *rule, int64_t ts, const char *why)
{
	const struct run *r = arg;
	char line[700], at[40];

	if (r->trial->bad++)
		return; /* it is the same with the next ones */
	(void)time_print(ts, NULL, at);
	(void)snprintf(line, sizeof(line), "rule %.*s (%.*s): %.*s at %s: %s", STR_ARG(rule->name), STR_ARG(r->one->variant), STR_ARG(r->trial->device), at,
		       why);
	r->trial->o->complain(r->trial->o->arg, line);
}

int trial_begin(struct trial *t, const struct trial_opts *o, struct err *e)
{
	*t = (struct trial){ .o = o, .n = o->rules->n, .keep = ARENA_INIT((size_t)1 << 30) };
	t->run = calloc(t->n ? t->n : 1, sizeof(*t->run));
	if (!t->run)
		return err_nomem(e);
	for (size_t i = 0; i < t->n; i++) {
		struct run *r = t->run + i;

		*r = (struct run){ .trial = t, .one = o->rules->v + i };
		r->judge = (struct judge){ .rule = &r->rule, .changed = changed, .arg = r, .bad = bad };
	}
	return o->labels ? read_labels(t, e) : 0;
}

void trial_done(struct trial *t)
{
	for (size_t i = 0; t->run && i < t->n; i++)
		free(t->run[i].alarm);
	free(t->run);
	free(t->window);
	free(t->acknowledged);
	arena_done(&t->keep);
}

/* ---- a device ---- */

int trial_device(struct trial *t, struct str device, const struct zone *zone, int64_t born, struct str (*get)(void *arg, struct str field), void *arg,
		 struct err *e)
{
	t->device = device;
	t->nacknowledged = 0;
	for (size_t i = 0; i < t->n; i++) {
		struct run *r = t->run + i;

		r->rule = r->one->rule;
		if (rule_has_fields(&r->rule) && !get)
			return err_set(e, E_INPUT, "rule %.*s: threshold=field.NAME is in the store: points of a file have no fields", STR_ARG(r->rule.name));
		if (rule_has_fields(&r->rule) && rule_bind(&r->one->rule, get, arg, &r->rule, e) < 0)
			return err_wrap(e, "%.*s", STR_ARG(device));
		if (!r->rule.tz.len)
			r->rule.zone = zone;
		judged_init(&r->state, &r->rule, &r->room, born);
		r->alarms = 0;
		r->devices++;
	}
	return 0;
}

int trial_acknowledged(struct trial *t, const struct range *at, struct err *e)
{
	if (t->nacknowledged == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 16;
		struct range *v = realloc(t->acknowledged, cap * sizeof(*v));

		if (!v)
			return err_nomem(e);
		t->acknowledged = v;
		t->cap = cap;
	}
	t->acknowledged[t->nacknowledged++] = *at;
	return 0;
}

int trial_point(struct trial *t, struct str datapoint, const struct point *p, struct err *e)
{
	for (size_t i = 0; i < t->n; i++) {
		struct run *r = t->run + i;
		int input = rule_input(&r->rule, datapoint);

		r->points += input >= 0;
		if (input >= 0 && judged_value(&r->judge, &r->state, (size_t)input, p, e) < 0)
			return -1;
	}
	return 0;
}

/* How many of the numbers after the first change nothing but which is the newest. */
static size_t calm(const struct run *r, size_t n, const int64_t *ts, const double *num)
{
	struct judged_band band = { -INFINITY, INFINITY, INT64_MAX };
	size_t k = 1;

	if (!judged_calm(&r->rule, &r->state, num[0], &band))
		return 0;
	while (k < n && num[k] >= band.lo && num[k] <= band.hi && ts[k] > ts[k - 1] && ts[k] < band.until)
		k++;
	return k - 1;
}

static int run_numbers(struct run *r, size_t input, size_t n, const int64_t *ts, const double *num, enum quality quality, struct err *e)
{
	struct point p = { .quality = quality, .value = { .type = VALUE_NUMBER } };
	bool plain = quality == QUALITY_GOOD || quality == QUALITY_SUSPECT;

	for (size_t k = 0; k < n; k++) {
		size_t skip;

		p.ts = ts[k];
		p.value.num = num[k];
		if (judged_value(&r->judge, &r->state, input, &p, e) < 0)
			return -1;
		skip = plain && r->state.in[input].ts == ts[k] ? calm(r, n - k, ts + k, num + k) : 0;
		if (!skip)
			continue;
		k += skip;
		p.ts = ts[k];
		p.value.num = num[k];
		judged_recall(&r->judge, &r->state, input, &p);
	}
	return 0;
}

int trial_numbers(struct trial *t, struct str datapoint, size_t n, const int64_t *ts, const double *num, enum quality quality, struct err *e)
{
	for (size_t i = 0; i < t->n; i++) {
		struct run *r = t->run + i;
		int input = rule_input(&r->rule, datapoint);

		if (input < 0)
			continue;
		r->points += (int64_t)n;
		if (run_numbers(r, (size_t)input, n, ts, num, quality, e) < 0)
			return -1;
	}
	return 0;
}

static bool touches(const struct range *a, const struct range *b)
{
	return a->from < b->to && (b->from < a->to || b->from == a->from);
}

/* What people acknowledged, and whether the variant would have told them. */
static void recognise(struct run *r)
{
	const struct trial *t = r->trial;

	r->acknowledged += (int64_t)t->nacknowledged;
	for (size_t k = 0; k < t->nacknowledged; k++) {
		bool told = false;

		for (size_t i = 0; i < r->alarms && !told; i++)
			told = touches(r->alarm + i, t->acknowledged + k);
		r->missed += !told;
	}
}

/* What the alarms of the device have to do with its windows. */
static void compare(struct run *r)
{
	struct trial *t = r->trial;

	for (size_t k = 0; k < t->windows; k++)
		t->window[k].hit = false;
	for (size_t i = 0; i < r->alarms; i++) {
		bool any = false;

		for (size_t k = 0; k < t->windows; k++) {
			if (!str_eq(t->window[k].device, t->device) || !touches(r->alarm + i, &t->window[k].at))
				continue;
			any = t->window[k].hit = true;
		}
		r->wrong += !any;
	}
	for (size_t k = 0; k < t->windows; k++) {
		r->windows += str_eq(t->window[k].device, t->device);
		r->hits += t->window[k].hit;
	}
}

int trial_device_end(struct trial *t, int64_t to, struct err *e)
{
	for (size_t i = 0; i < t->n; i++) {
		struct run *r = t->run + i;

		if (judged_time(&r->judge, &r->state, to, e) < 0)
			return -1;
		for (size_t k = 0; k < r->alarms; k++) {
			struct range *a = r->alarm + k;

			a->to = a->to == INT64_MAX ? r->state.at : a->to;
			r->lasted += a->to - a->from;
		}
		recognise(r);
		compare(r);
	}
	return 0;
}

int trial_print(struct trial *t, struct err *e)
{
	bool labels = t->o->labels;

	for (size_t i = 0; i < t->n && t->o->sums; i++) {
		const struct run *r = t->run + i;
		struct cell cells[] = {
			CELL_OF_TEXT(r->one->rule.name), CELL_OF_TEXT(r->one->variant), CELL_OF_INT(r->devices), CELL_OF_INT(r->points),
			CELL_OF_INT(r->raised), CELL_OF_REAL((double)r->lasted / (double)US_PER_HOUR), CELL_OF_INT(r->flaps), CELL_OF_INT(r->acknowledged),
			CELL_OF_INT(r->missed), CELL_OF_INT(r->windows), CELL_OF_INT(r->hits), CELL_OF_INT(r->wrong), CELL_OF_NULL, CELL_OF_NULL };

		cells[5].decimals = 3;
		if (labels && r->raised)
			cells[12] = CELL_OF_REAL((double)(r->raised - r->wrong) / (double)r->raised);
		if (labels && r->windows)
			cells[13] = CELL_OF_REAL((double)r->hits / (double)r->windows);
		cells[12].decimals = cells[13].decimals = 4;
		if (!t->stored)
			cells[7] = cells[8] = CELL_OF_NULL;
		for (size_t k = 9; k < COUNT(cells) && !labels; k++)
			cells[k] = CELL_OF_NULL;
		if (out_rec(t->o->sums, cells, e) < 0)
			return -1;
	}
	return 0;
}
