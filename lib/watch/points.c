/* SPDX-License-Identifier: MIT */
#include "os/clock.h"
#include "watch/impl.h"

#define HOLD US_PER_DAY		 /* merges leave what they take for who comes back within */
#define HOLD_EVERY US_PER_HOUR

struct points {
	struct picks picks;
	struct time_ctx when;
	struct series_feed *feed;
	int64_t held; /* monotonic */
	bool never;   /* it cannot be written: what is merged before it is read is a gap */
};

static int hold(struct watching *x, struct points *p, struct err *e)
{
	int64_t now = clock_monotonic();

	if (p->never || (p->held && now - p->held < HOLD_EVERY))
		return 0;
	p->held = now;
	if (db_writable(x->db))
		return feed_hold(x->db, clock_now() + HOLD, e);
	p->never = true;
	return 0;
}

static int begin(struct watching *x, void **of, struct err *e)
{
	struct points *p = calloc(1, sizeof(*p));
	struct pick_opts o = { .device = x->w->operand, .n = x->w->n, .select = x->w->select, .datapoints = x->w->datapoints };

	if (!p)
		return err_nomem(e);
	*of = p;
	p->when = x->w->when;
	o.when = &p->when;
	return picks_begin(&p->picks, x->db, &o, e) < 0 ? -1 : hold(x, p, e);
}

static int print(struct watching *x, const struct picked *s, const struct point *p, struct err *e)
{
	const struct cell cells[] = { CELL_OF_TIME(p->ts), CELL_OF_TEXT(s->device_name), CELL_OF_TEXT(s->datapoint), value_cell(&p->value, 0),
				      CELL_OF_TEXT(quality_text(p->quality)), s->site.len ? CELL_OF_TEXT(s->site) : CELL_OF_NULL, CELL_OF_TEXT(s->org_name),
				      WATCH_NO_GAP, watch_cursor(x) };

	return out_rec(x->out, cells, e) < 0 ? -1 : watch_printed(x, e);
}

static int drain(struct watching *x, void *of, struct err *e)
{
	struct points *p = of;
	struct fed fed;
	int got = 0;

	if (!p->feed && feed_open(x->db, &x->at.feed, &p->feed, e) < 0)
		return -1;
	picks_turn(&p->picks);
	if (hold(x, p, e) < 0)
		return -1;
	while (got == 0 && (got = feed_next(p->feed, &fed, e)) > 0) {
		const struct picked *s;

		x->at.feed = fed.at;
		if (fed.gap) {
			got = watch_gap(x, "merged", clock_now(), e);
			continue;
		}
		x->at.at = fed.written;
		got = picks_find(&p->picks, fed.p.series, &s, e);
		if (got > 0)
			got = print(x, s, &fed.p, e);
	}
	return got;
}

static void done(void *of)
{
	struct points *p = of;

	if (!p)
		return;
	picks_done(&p->picks);
	feed_free(p->feed);
	free(p);
}

const struct watch_kind watch_points = { SERIES_CHANNEL, begin, drain, done };
