/* SPDX-License-Identifier: MIT */
#include "task/devices.h"

#include "os/signal.h"
#include "points/chosen.h"
#include "store/entity.h"

typedef int device_fn(struct work *w, const struct device *d, void *arg, struct err *e);

static int one(struct work *w, const struct picked *p, device_fn *fn, void *arg, struct err *e)
{
	AUTO(entity_cursor_freep) struct entity_cursor *c = NULL;
	struct select_ctx ctx = work_select(w);
	struct entity_ask ask = { .ctx = &ctx, .id = p->device };
	struct row row;
	struct device d = { p->device_name, p->org_name, &row };
	int got;

	if (stop_requested())
		return stop_error(e);
	if (entity_select(w->db, &ask, &c, e) < 0)
		return -1;
	got = entity_next(c, &row, e);
	return got > 0 ? fn(w, &d, arg, e) : got;
}

int devices_each(struct work *w, const struct which *which, device_fn *fn, void *arg, struct err *e)
{
	struct pick_opts o = { .device = which->operand, .n = which->n, .select = which->select, .when = &which->when, .only = which->noun };
	AUTO(chosen_done) struct chosen chosen = CHOSEN_INIT;

	if (pick_ready(w->db, e) < 0 || chosen_find(w->db, &o, false, &chosen, e) < 0)
		return -1;
	for (size_t i = 0; i < chosen.n; i++)
		if (one(w, chosen.v + i, fn, arg, e) < 0)
			return -1;
	return 0;
}
