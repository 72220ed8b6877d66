/* SPDX-License-Identifier: MIT */
/* Points of the store for the back-test, device by device, in one pass however many variants there are. */
#include "alarm/trial_impl.h"
#include "model/state.h"
#include "os/signal.h"
#include "os/zones.h"
#include "points/chosen.h"
#include "series/series.h"
#include "store/alarm.h"
#include "task/work.h"

/* One datapoint of the device at hand. */
struct stream {
	struct str datapoint;
	struct series_scan *scan;
	struct point p;
	bool more;
};

struct of_store {
	struct work *w;
	struct trial *t;
	struct row *row; /* of the device, once a threshold asks */
	struct sb text;
};

/* What is only known while devices are watched, or of other devices, is not among their points. */
static int refuse(const struct rule *r, struct err *e)
{
	enum builtin b;

	for (size_t i = 0; i < r->inputs; i++)
		if (builtin_find(r->input[i], &b) || memchr(r->input[i].ptr, '.', r->input[i].len))
			return err_set(e, E_INPUT, "rule %.*s: %.*s is known only while devices are watched: there are no points of it", STR_ARG(r->name),
				       STR_ARG(r->input[i]));
	return 0;
}

/* "a,b,c": what all variants look at. */
static int datapoints(struct work *w, const struct trial *t, struct sb *sb, struct err *e)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct rule *r = &t->run[i].one->rule;

		if (refuse(r, e) < 0 || rule_points_check(w, r, e) < 0)
			return -1;
		for (size_t k = 0; k < r->inputs; k++)
			sb_addf(sb, "%s%.*s", sb->len ? "," : "", STR_ARG(r->input[k]));
	}
	return sb->bad ? err_nomem(e) : 0;
}

static bool stands_in(const struct trial *t, struct str device)
{
	const struct rules *others = t->o->others;

	for (size_t i = 0; others && i < others->n; i++)
		if (str_eq(others->v[i].rule.overrides, t->run[0].one->rule.name) && str_eq(others->v[i].rule.device, device))
			return true;
	return false;
}

static struct str field_of(void *arg, struct str name)
{
	struct of_store *s = arg;
	struct sb full = SB_INIT(256);
	struct str none = { NULL, 0 };
	int i;

	sb_addf(&full, ENTITY_CUSTOM "%.*s", STR_ARG(name));
	i = entity_field(s->w->ent, sb_str(&full));
	sb_done(&full);
	sb_clear(&s->text);
	if (i < 0 || s->row->cell[i].type == CELL_NULL || cell_text(&s->text, s->w->ent->field + i, s->row->cell + i, NULL) < 0)
		return none;
	return (struct str){ arena_dup(&s->t->keep, sb_str(&s->text)), s->text.len };
}

static int note_acknowledged(const struct range *at, void *arg, struct err *e)
{
	return trial_acknowledged(arg, at, e);
}

static int begin_device(struct of_store *s, const struct picked *d, struct err *e)
{
	const struct zone *zone = NULL;
	bool fields = false;

	for (size_t i = 0; i < s->t->n; i++)
		fields = fields || rule_has_fields(&s->t->run[i].one->rule);
	if (d->tz.len && zones_get(d->tz.ptr, &zone, e) < 0)
		return -1;
	if (fields) {
		work_turn(s->w, "device");
		memset(s->row, 0, sizeof(*s->row));
		if (work_load(s->w, d->device, s->row, e) < 0)
			return -1;
	}
	if (trial_device(s->t, d->device_name, zone, s->t->o->range.from, field_of, s, e) < 0)
		return -1;
	return alarm_acknowledged(s->w->db, d->device, s->t->run[0].one->row->id, &s->t->o->range, note_acknowledged, s->t, e);
}

static int advance(struct stream *m, struct err *e)
{
	int got = series_next(m->scan, &m->p, e);

	m->more = got > 0;
	return got;
}

/* Several datapoints: the oldest point first. */
static int merge(struct trial *t, struct stream *m, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (advance(m + i, e) < 0)
			return -1;
	for (;;) {
		struct stream *first = NULL;

		for (size_t i = 0; i < n; i++)
			if (m[i].more && (!first || m[i].p.ts < first->p.ts))
				first = m + i;
		if (!first)
			return 0;
		if (trial_point(t, first->datapoint, &first->p, e) < 0 || advance(first, e) < 0)
			return -1;
		if (stop_requested())
			return stop_error(e);
	}
}

/* One datapoint: columns, as long as they are numbers. */
static int straight(struct trial *t, struct stream *m, struct err *e)
{
	struct series_numbers c;
	int got = 1;

	while (got > 0) {
		if (series_numbers(m->scan, &c, e) < 0 || (c.n && trial_numbers(t, m->datapoint, c.n, c.ts, c.num, c.quality, e) < 0))
			return -1;
		got = c.n ? 1 : series_next(m->scan, &m->p, e);
		if (!c.n && got > 0 && trial_point(t, m->datapoint, &m->p, e) < 0)
			return -1;
		if (stop_requested())
			return stop_error(e);
	}
	return got;
}

static int run_device(struct of_store *s, const struct picked *v, size_t n, struct err *e)
{
	struct stream *m = calloc(n, sizeof(*m));
	int rc = m ? begin_device(s, v, e) : err_nomem(e);

	for (size_t i = 0; i < n && rc == 0; i++) {
		m[i].datapoint = v[i].datapoint;
		rc = series_scan(s->w->db, v[i].series, &s->t->o->range, false, &m[i].scan, e);
	}
	if (rc == 0)
		rc = n == 1 ? straight(s->t, m, e) : merge(s->t, m, n, e);
	for (size_t i = 0; m && i < n; i++)
		series_scan_free(m[i].scan);
	free(m);
	return rc < 0 ? -1 : trial_device_end(s->t, s->t->o->range.to, e);
}

static int run_all(struct of_store *s, struct err *e)
{
	AUTO(chosen_done) struct chosen chosen = CHOSEN_INIT;
	AUTO(sb_done) struct sb names = SB_INIT(65536), which = SB_INIT(1024);
	const struct rule *r = &s->t->run[0].one->rule;
	char *device[1];
	struct pick_opts pick = { .device = device, .n = 1, .when = &s->w->when };

	if (datapoints(s->w, s->t, &names, e) < 0)
		return -1;
	sb_addf(&which, r->device.len ? "name=%.*s" : "model=%.*s", STR_ARG(r->device.len ? r->device : r->model));
	device[0] = which.buf;
	pick.datapoints = sb_cstr(&names);
	if (which.bad || alarm_ready(s->w->db, e) < 0 || pick_ready(s->w->db, e) < 0 || chosen_find(s->w->db, &pick, false, &chosen, e) < 0)
		return which.bad ? err_nomem(e) : -1;
	for (size_t i = 0, n; i < chosen.n; i += n) {
		for (n = 1; i + n < chosen.n && chosen.v[i + n].device == chosen.v[i].device;)
			n++;
		if (!stands_in(s->t, chosen.v[i].device_name) && run_device(s, chosen.v + i, n, e) < 0)
			return -1;
	}
	return trial_print(s->t, e);
}

int trial_store(struct work *w, const struct trial_opts *o, struct err *e)
{
	struct trial t;
	struct of_store s = { .w = w, .t = &t, .text = SB_INIT(65536) };
	int rc = trial_begin(&t, o, e);

	t.stored = true;
	s.row = arena_alloc(&w->keep, sizeof(*s.row));
	if (rc == 0)
		rc = s.row ? run_all(&s, e) : err_nomem(e);
	sb_done(&s.text);
	trial_done(&t);
	return rc < 0 ? -1 : series_damage(w->db, e);
}
