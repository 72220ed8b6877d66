/* SPDX-License-Identifier: MIT */
#include "task/status.h"

#include "os/signal.h"
#include "points/chosen.h"
#include "store/entity.h"
#include "store/state.h"

/* clang-format off */
const struct field status_fields[] = {
	{ .name = "name", .kind = FIELD_NAME, .flags = FIELD_LIST, .help = "the device" },
	{ .name = "site", .kind = FIELD_NAME, .flags = FIELD_LIST, .help = "its site" },
	{ .name = "online", .kind = FIELD_BOOL, .flags = FIELD_LIST, .help = "it was heard of, and no sweep has found it silent since" },
	{ .name = "last_seen", .kind = FIELD_TIME, .flags = FIELD_LIST, .help = "when it was last heard of, by our clock" },
	{ .name = "age", .kind = FIELD_DUR, .flags = FIELD_LIST, .help = "time since then, in whole seconds" },
	{ .name = "last_telemetry", .kind = FIELD_TIME, .flags = FIELD_LIST, .help = "time of its newest point, by its clock" },
	{ .name = "clock_skew", .kind = FIELD_DUR, .flags = FIELD_LIST, .help = "how far its clock is ahead of ours (behind: negative)" },
	{ .name = "expected", .kind = FIELD_DUR, .flags = FIELD_LIST, .help = "silence after which it is late: offline_after in force" },
	{ .name = "late", .kind = FIELD_BOOL, .flags = FIELD_LIST, .help = "it is enabled and has been silent for longer" },
	{ .name = "why", .kind = FIELD_ENUM, .flags = FIELD_LIST, .help = "why it is late: silent, never (seen), gateway (that is late itself)" },
	{ .name = "gateway", .kind = FIELD_NAME, .flags = FIELD_HIDDEN, .help = "the gateway it is behind" },
	{ .name = "type", .kind = FIELD_ENUM, .flags = FIELD_HIDDEN, .help = "its type" },
	{ .name = "since", .kind = FIELD_TIME, .flags = FIELD_HIDDEN, .help = "since when online is what it is" },
	{ .name = "org", .kind = FIELD_NAME, .flags = FIELD_HIDDEN, .help = "its organisation" },
};
/* clang-format on */
const size_t status_count = COUNT(status_fields);

static struct cell name_cell(struct str s)
{
	return s.len ? CELL_OF_TEXT(s) : CELL_OF_NULL;
}

static struct cell time_cell(int64_t t)
{
	return t == STATE_NONE ? CELL_OF_NULL : CELL_OF_TIME(t);
}

static struct cell dur_cell(int64_t d)
{
	return d == STATE_NONE ? CELL_OF_NULL : CELL_OF_INT(d);
}

static int print_one(const struct picked *p, const struct device_state *s, const char *why, int64_t now, struct out *out, struct err *e)
{
	int64_t age = state_silence(s, now);
	struct cell cells[] = { CELL_OF_TEXT(p->device_name),
				name_cell(p->site),
				CELL_OF_BOOL(s->online),
				time_cell(s->last_seen),
				s->last_seen == STATE_NONE ? CELL_OF_NULL : CELL_OF_INT(age - age % US_PER_S),
				time_cell(s->last_telemetry),
				dur_cell(s->clock_skew),
				CELL_OF_INT(s->offline_after),
				CELL_OF_BOOL(why != NULL),
				name_cell(str_of(why)),
				name_cell(p->gateway),
				CELL_OF_TEXT(p->type),
				time_cell(s->online_since),
				CELL_OF_TEXT(p->org_name) };

	return out_rec(out, cells, e);
}

int status_print(struct db *db, const struct which *w, bool late_only, struct out *out, size_t *late, struct err *e)
{
	struct pick_opts o = { .device = w->operand, .n = w->n, .select = w->select, .when = &w->when, .only = w->noun };
	AUTO(chosen_done) struct chosen chosen = CHOSEN_INIT;
	struct device_state s, gateway = { 0 };

	*late = 0;
	if (pick_ready(db, e) < 0 || state_ready(db, e) < 0 || chosen_find(db, &o, false, &chosen, e) < 0)
		return -1;
	for (size_t i = 0; i < chosen.n; i++) {
		const char *why;
		int got = state_read(db, chosen.v[i].device, &s, e);

		if (stop_requested())
			return stop_error(e);
		if (got > 0 && s.gateway && s.gateway != gateway.device) /* the one before is often behind the same */
			got = state_read(db, s.gateway, &gateway, e);
		if (got < 0)
			return -1;
		why = state_why(&s, s.gateway ? &gateway : NULL, w->when.now);
		*late += why != NULL;
		if (out && got > 0 && (why || !late_only) && print_one(chosen.v + i, &s, why, w->when.now, out, e) < 0)
			return -1;
	}
	return 0;
}

struct sweeping {
	int64_t now, *n;
};

static int sweep_tx(struct db *db, void *arg, struct err *e)
{
	const struct sweeping *s = arg;

	return state_sweep(db, s->now, s->n, e);
}

int status_sweep(struct db *db, int64_t now, bool dry, int64_t *n, struct err *e)
{
	struct sweeping s = { now, n };

	return state_ready(db, e) < 0 ? -1 : db_write(db, dry, sweep_tx, &s, e);
}
