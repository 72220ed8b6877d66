/* SPDX-License-Identifier: MIT */
#include "task/history.h"

#include "model/audit.h"
#include "store/audit.h"
#include "store/state.h"
#include "task/entity_impl.h"
#include "task/pages.h"

/* clang-format off */
const struct field history_fields[] = {
	{ .name = "at", .kind = FIELD_TIME, .flags = FIELD_LIST, .help = "when" },
	{ .name = "what", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "what was done with it (add, set, add-credential, ...), or online, offline: how it is since then" },
	{ .name = "by", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "who did it" },
	{ .name = "old", .kind = FIELD_JSON, .help = "fields as they were" },
	{ .name = "new", .kind = FIELD_JSON, .flags = FIELD_LIST, .help = "fields as they are since" },
	{ .name = "message", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "why, as given with --message" },
};
/* clang-format on */
const size_t history_count = COUNT(history_fields);

struct printing {
	struct out *out;
	bool told; /* the state is printed */
	struct device_state state;
};

/* How it is now, at its place among what was done; not kept, so only the last change of it is known. */
static int print_state(struct printing *p, struct err *e)
{
	const struct device_state *s = &p->state;
	char seen[40], text[80];

	p->told = true;
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

static int print_one(const struct cell *c, void *arg, struct err *e)
{
	struct printing *p = arg;

	if (!p->told && p->state.online_since != STATE_NONE && p->state.online_since < c[A_AT].i && print_state(p, e) < 0)
		return -1;
	return out_rec(p->out, (struct cell[]){ c[A_AT], c[A_VERB], c[A_ACTOR], c[A_OLD], c[A_NEW], c[A_MESSAGE] }, e);
}

int history_print(struct work *w, const struct target *who, struct out *out, struct err *e)
{
	static const struct pages pages = { &audit_entity, audit_fields, A_ALL, audit_select };
	char nouns[] = "noun=device,gateway", name[128];
	char *term[] = { nouns, name };
	struct pages_ask ask = { .term = term, .n = COUNT(term), .when = w->when };
	struct printing p = { .out = out };
	struct row row = { 0 };

	if (work_load(w, who->id, &row, e) < 0 || state_ready(w->db, e) < 0 || state_read(w->db, who->id, &p.state, e) < 0)
		return -1;
	(void)snprintf(name, sizeof(name), "name=%.*s", STR_ARG(work_row_name(w, &row)));
	if (audit_ready(w->db, e) < 0 || pages_each(w->db, &pages, &ask, print_one, &p, e) < 0)
		return -1;
	return p.told ? 0 : print_state(&p, e);
}
