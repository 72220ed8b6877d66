/* SPDX-License-Identifier: MIT */
#include "task/state.h"

#include "os/clock.h"
#include "store/state.h"

void tellings_begin(struct tellings *t, bool live, bool clock)
{
	*t = (struct tellings){ .arena = ARENA_INIT((size_t)1 << 30), .by_id = MAP_INIT, .live = live, .clock = clock };
}

void tellings_done(struct tellings *t)
{
	map_done(&t->by_id);
	arena_done(&t->arena);
	free(t->v);
	t->v = NULL;
	t->n = t->cap = 0;
}

static struct told *new_told(struct tellings *t, struct str id)
{
	struct told *d = arena_alloc(&t->arena, sizeof(*d));

	if (t->n == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 64;
		struct told **v = realloc(t->v, cap * sizeof(struct told *));

		if (!v)
			return NULL;
		t->v = v;
		t->cap = cap;
	}
	if (!d || map_put(&t->by_id, id, (int64_t)t->n) < 0)
		return NULL;
	t->v[t->n++] = d;
	heard_clear(&d->heard);
	d->shown = STATE_NONE;
	return d;
}

struct told *tellings_of(struct tellings *t, const struct device_ref *ref, struct err *e)
{
	struct str id = { (const char *)&ref->id, sizeof(ref->id) };
	int64_t *at = map_find(&t->by_id, id);
	struct told *d = at ? t->v[*at] : new_told(t, id);

	if (!d) {
		err_nomem(e);
		return NULL;
	}
	d->device = ref->id;
	d->how = (struct hearing){ ref->offline_after, t->live, t->clock };
	return d;
}

/* What is older than this row may be by the time that it is written again is a tenth of offline_after at most. */
static bool is_due(const struct told *d, int64_t monotonic)
{
	int64_t every = state_every(d->how.offline_after);

	if (d->written == 0 || d->away || monotonic - d->written >= every)
		return true;
	/* What was written last may have waited for long. */
	return d->heard.seen != STATE_NONE && d->shown != STATE_NONE && d->heard.seen - d->shown >= every;
}

int tellings_write(struct tellings *t, struct db *db, int64_t now, bool all, struct err *e)
{
	int64_t monotonic = clock_monotonic();

	for (struct told *d = t->waiting; d; d = d->next) {
		d->sent = all || is_due(d, monotonic);
		if (d->sent && state_write(db, d->device, &d->heard, d->how.offline_after, now, e) < 0)
			return -1;
		if (d->sent && d->heard.gone != STATE_NONE && state_gone(db, d->device, d->heard.gone, e) < 0)
			return -1;
	}
	return 0;
}

void tellings_written(struct tellings *t, bool committed)
{
	int64_t monotonic = clock_monotonic();
	struct told **at = &t->waiting;

	while (*at) {
		struct told *d = *at;
		int64_t telemetry = d->heard.telemetry;
		bool done = d->sent && committed;

		d->sent = false;
		if (!done) {
			at = &d->next;
			continue;
		}
		d->away = d->heard.gone != STATE_NONE;
		if (d->heard.seen != STATE_NONE)
			d->shown = d->heard.seen;
		heard_clear(&d->heard);
		d->heard.telemetry = telemetry; /* a late point tells nothing new */
		d->written = monotonic;
		d->waiting = false;
		*at = d->next;
	}
}
