/* SPDX-License-Identifier: MIT */
#include "task/history.h"

#include "audit/pages.h"
#include "model/audit.h"
#include "store/audit.h"
#include "store/state.h"
#include "task/event.h"
#include "task/work.h"

/* clang-format off */
const struct field history_fields[] = {
	{ .name = "at", .kind = FIELD_TIME, .flags = FIELD_LIST, .help = "when" },
	{ .name = "what", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "what was done with it (add, set, add-credential, ...), or online, offline: it was heard of, or not any more" },
	{ .name = "by", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "who did it" },
	{ .name = "old", .kind = FIELD_JSON, .help = "fields as they were" },
	{ .name = "new", .kind = FIELD_JSON, .flags = FIELD_LIST, .help = "fields as they are since" },
	{ .name = "message", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "why, as given with --message" },
};
/* clang-format on */
const size_t history_count = COUNT(history_fields);

struct printing {
	struct out *out;
	struct event_reader changes; /* of its state */
	struct cell *row;
	int got;
	bool any;
	struct device_state state;
};

/* What it is since then; not all stores have an event of each change. */
static int print_state(struct printing *p, struct err *e)
{
	const struct device_state *s = &p->state;
	char seen[40], text[80];

	if (s->online_since == STATE_NONE)
		return 0;
	(void)snprintf(text, sizeof(text), "{}");
	if (s->last_seen != STATE_NONE) {
		(void)time_print(s->last_seen, NULL, seen);
		(void)snprintf(text, sizeof(text), "{\"last_seen\":\"%s\"}", seen);
	}
	return out_rec(p->out,
		       (struct cell[]){ CELL_OF_TIME(s->online_since), CELL_OF_TEXT(s->online ? STR("online") : STR("offline")), CELL_OF_NULL, CELL_OF_NULL,
					CELL_OF_JSON(str_of(text)), CELL_OF_NULL },
		       e);
}

static int next_change(struct printing *p, struct err *e)
{
	p->got = event_reader_next(&p->changes, &p->row, e);
	p->any |= p->got > 0;
	return p->got < 0 ? -1 : 0;
}

/* Changes of its state before then. */
static int print_changes(struct printing *p, int64_t before, struct err *e)
{
	while (p->got > 0 && p->row[EVENT_TS].i < before) {
		const struct cell c[] = { p->row[EVENT_TS], p->row[EVENT_MESSAGE], CELL_OF_NULL, CELL_OF_NULL, p->row[EVENT_DATA], CELL_OF_NULL };

		if (out_rec(p->out, c, e) < 0 || next_change(p, e) < 0)
			return -1;
	}
	if (p->any || p->state.online_since >= before)
		return 0;
	p->any = true;
	return print_state(p, e);
}

static int print_one(const struct cell *c, void *arg, struct err *e)
{
	struct printing *p = arg;

	if (print_changes(p, c[A_AT].i, e) < 0)
		return -1;
	return out_rec(p->out, (struct cell[]){ c[A_AT], c[A_VERB], c[A_ACTOR], c[A_OLD], c[A_NEW], c[A_MESSAGE] }, e);
}

static int print_all(struct work *w, const struct target *who, const struct pages_ask *ask, struct printing *p, struct err *e)
{
	static const struct pages pages = { &audit_entity, audit_fields, A_ALL, audit_select };
	const struct event_which which = { .when = w->when, .range = { TIME_MIN, TIME_MAX }, .device = who->id, .state = true };

	if (event_reader_begin(&p->changes, w->db, &which, false, e) < 0 || next_change(p, e) < 0)
		return -1;
	return pages_each(w->db, &pages, ask, print_one, p, e) < 0 ? -1 : print_changes(p, INT64_MAX, e);
}

int history_print(struct work *w, const struct target *who, struct out *out, struct err *e)
{
	char nouns[] = "noun=device,gateway", name[128];
	char *term[] = { nouns, name };
	struct pages_ask ask = { .term = term, .n = COUNT(term), .when = w->when };
	struct printing p = { .out = out };
	struct row row = { 0 };
	int rc;

	if (work_load(w, who->id, &row, e) < 0 || state_ready(w->db, e) < 0 || state_read(w->db, who->id, &p.state, e) < 0)
		return -1;
	(void)snprintf(name, sizeof(name), "name=%.*s", STR_ARG(work_row_name(w, &row)));
	if (audit_ready(w->db, e) < 0)
		return -1;
	rc = print_all(w, who, &ask, &p, e);
	event_reader_done(&p.changes);
	return rc;
}
