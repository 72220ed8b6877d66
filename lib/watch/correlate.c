/* SPDX-License-Identifier: MIT */
/* What happened at about the same time to devices that have something in common. */
#include "base/map.h"
#include "task/event.h"

/* clang-format off */
const struct field correlate_fields[] = {
	{ .name = "group", .kind = FIELD_INT, .flags = FIELD_LIST, .help = "number of what belongs together" },
	{ .name = "of", .kind = FIELD_NAME, .flags = FIELD_LIST, .help = "the gateway or asset that they have in common" },
	{ .name = "ts", .kind = FIELD_TIME, .flags = FIELD_LIST, .help = "when it happened" },
	{ .name = "after", .kind = FIELD_DUR, .flags = FIELD_LIST, .help = "how long after the first of its group" },
	{ .name = "device", .kind = FIELD_NAME, .flags = FIELD_LIST, .help = "the device" },
	{ .name = "kind", .kind = FIELD_ENUM, .flags = FIELD_LIST, .words = event_kind_words, .help = "kind of the event" },
	{ .name = "severity", .kind = FIELD_ENUM, .flags = FIELD_LIST, .words = severity_words, .help = "how bad it is" },
	{ .name = "message", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "what happened" },
	{ .name = "id", .kind = FIELD_INT, .help = "number of the event; none of what happens to an alarm" },
	{ .name = "alarm", .kind = FIELD_INT, .help = "number of the alarm that this happened to" },
	{ .name = "change", .kind = FIELD_TEXT, .help = "what happened to it" },
};
/* clang-format on */
const size_t correlate_count = COUNT(correlate_fields);

struct member {
	struct member *next;
	struct cell cell[COUNT(correlate_fields)];
};

/* Those behind one gateway or of one asset, each not far behind the one before. */
struct bunch {
	struct bunch *next;
	struct str of;
	int64_t first, last, device;
	bool several; /* devices */
	struct member *member, **tail;
};

struct correlating {
	int64_t window;
	struct arena keep;
	struct map open; /* "g7" "a3": address of its newest bunch */
	struct bunch *all, **tail;
};

/* What the device has in common with others; false: nothing. */
static bool common_of(const struct cell *row, char key[32], struct str *name)
{
	bool gateway = row[EVENT_TYPE].type == CELL_TEXT && str_is(row[EVENT_TYPE].s, "gateway");

	if (row[EVENT_DEVICE_ID].type == CELL_NULL)
		return false;
	if (gateway || row[EVENT_GATEWAY_ID].type != CELL_NULL) {
		(void)snprintf(key, 32, "g%" PRId64, row[gateway ? EVENT_DEVICE_ID : EVENT_GATEWAY_ID].i);
		*name = row[gateway ? EVENT_DEVICE : EVENT_GATEWAY].s;
		return true;
	}
	if (row[EVENT_ASSET_ID].type == CELL_NULL)
		return false;
	(void)snprintf(key, 32, "a%" PRId64, row[EVENT_ASSET_ID].i);
	*name = row[EVENT_ASSET].s;
	return true;
}

/* The one that the row joins; a new one when the last is too long ago. */
static struct bunch *bunch_of(struct correlating *x, const struct cell *row, struct err *e)
{
	char key[32];
	struct str of;
	const int64_t *at;
	struct bunch *b = NULL;

	if (!common_of(row, key, &of))
		return NULL;
	at = map_find(&x->open, str_of(key));
	if (at)
		b = (struct bunch *)(uintptr_t)*at;
	if (b && row[EVENT_TS].i - b->last <= x->window)
		return b;
	b = arena_alloc(&x->keep, sizeof(*b));
	if (!b || map_put(&x->open, str_of(key), (int64_t)(uintptr_t)b) < 0) {
		(void)err_nomem(e);
		return NULL;
	}
	*b = (struct bunch){ .of = { arena_dup(&x->keep, of), of.len }, .first = row[EVENT_TS].i, .device = row[EVENT_DEVICE_ID].i };
	b->tail = &b->member;
	*x->tail = b;
	x->tail = &b->next;
	return b;
}

static int join(struct cell *row, void *arg, struct err *e)
{
	static const int from[] = { -1, -1, EVENT_TS, -1, EVENT_DEVICE, EVENT_KIND, EVENT_SEVERITY, EVENT_MESSAGE, EVENT_ID, EVENT_ALARM_ID, EVENT_CHANGE };
	struct correlating *x = arg;
	struct bunch *b = bunch_of(x, row, e);
	struct member *m;

	if (!b)
		return e->code ? -1 : 0;
	m = arena_alloc(&x->keep, sizeof(*m));
	if (!m)
		return err_nomem(e);
	for (size_t i = 0; i < COUNT(from); i++) {
		m->cell[i] = from[i] < 0 ? CELL_OF_NULL : row[from[i]];
		if (m->cell[i].type == CELL_TEXT && !(m->cell[i].s.ptr = arena_dup(&x->keep, m->cell[i].s)))
			return err_nomem(e);
	}
	m->cell[3] = CELL_OF_INT(row[EVENT_TS].i - b->first);
	b->last = row[EVENT_TS].i;
	b->several |= row[EVENT_DEVICE_ID].i != b->device;
	*b->tail = m;
	b->tail = &m->next;
	return 0;
}

int event_correlate(struct db *db, const struct event_which *w, int64_t window, struct out *out, struct err *e)
{
	struct correlating x = { .window = window, .keep = ARENA_INIT((size_t)1 << 30), .open = MAP_INIT };
	int64_t group = 0;
	int rc;

	x.tail = &x.all;
	rc = event_each(db, w, join, &x, e);
	for (const struct bunch *b = x.all; b && rc == 0; b = b->next) {
		group += b->several;
		for (struct member *m = b->several ? b->member : NULL; m && rc == 0; m = m->next) {
			m->cell[0] = CELL_OF_INT(group);
			m->cell[1] = CELL_OF_TEXT(b->of);
			rc = out_rec(out, m->cell, e);
		}
	}
	arena_done(&x.keep);
	map_done(&x.open);
	return rc;
}
