/* SPDX-License-Identifier: MIT */
#include "task/checklist.h"

#include "series/series.h"
#include "store/state.h"

/* clang-format off */
const struct field checklist_fields[] = {
	{ .name = "device", .kind = FIELD_NAME, .help = "the device" },
	{ .name = "item", .kind = FIELD_TEXT, .help = "what it needs: a field, datapoint NAME, or to be heard of" },
	{ .name = "ok", .kind = FIELD_BOOL, .help = "it is there" },
	{ .name = "todo", .kind = FIELD_TEXT, .help = "what to do about it, when it is not" },
};
/* clang-format on */
const size_t checklist_count = COUNT(checklist_fields);

struct checking {
	struct out *out;
	size_t *open;
	const struct device *d;
	struct db *db;
};

static int item(struct checking *c, const char *what, bool ok, const char *todo, struct err *e)
{
	struct cell cells[] = { CELL_OF_TEXT(c->d->name), CELL_OF_TEXT(str_of(what)), CELL_OF_BOOL(ok),
				ok ? CELL_OF_NULL : CELL_OF_TEXT(str_of(todo)) };

	*c->open += !ok;
	return out_rec(c->out, cells, e);
}

/* A field that must have a value. */
static int field(struct checking *c, const struct entity *ent, const char *name, const char *value, struct err *e)
{
	AUTO(sb_done) struct sb todo = SB_INIT(1024);

	sb_addf(&todo, "sit-%s set %.*s %s=%s", ent->noun, STR_ARG(c->d->name), name, value);
	return item(c, name, row_cell(ent, c->d->row, name)->type != CELL_NULL, sb_cstr(&todo), e);
}

static int fields(struct checking *c, const struct entity *ent, struct err *e)
{
	struct str type = row_text(ent, c->d->row, "type");
	bool remote = str_is(type, "api_endpoint"), behind = str_is(type, "peripheral");
	const struct {
		const char *name, *value;
		bool needed;
	} need[] = { { "site", "SITE", true },	 { "model", "MODEL", true },	 { "gateway", "GATEWAY", behind }, { "edge_key", "KEY", behind },
		     { "at", "https://...", remote }, { "serial", "NUMBER", !remote }, { "policy", "POLICY", true } };

	for (size_t i = 0; i < COUNT(need); i++)
		if (need[i].needed && field(c, ent, need[i].name, need[i].value, e) < 0)
			return -1;
	for (size_t i = ent->n - ent->ncustom; i < ent->n; i++)
		if (ent->field[i].flags & FIELD_REQUIRED && field(c, ent, ent->field[i].name, "VALUE", e) < 0)
			return -1;
	return 0;
}

static int datapoint(struct str name, void *arg, struct err *e)
{
	AUTO(sb_done) struct sb what = SB_INIT(256);
	AUTO(sb_done) struct sb text = SB_INIT(2 * VALUE_STRING_MAX);
	struct checking *c = arg;
	struct point p;
	int64_t series = 0;
	int got = series_find(c->db, c->d->row->id, name, &series, e);

	if (got >= 0 && series)
		got = series_latest(c->db, series, &p, &text, e);
	if (got < 0)
		return -1;
	sb_addf(&what, "datapoint %.*s", STR_ARG(name));
	return item(c, sb_cstr(&what), series && got > 0, "no value has come yet: is it sent, under this name or key?", e);
}

static int check(struct work *w, const struct device *d, void *arg, struct err *e)
{
	AUTO(sb_done) struct sb enable = SB_INIT(256);
	struct checking *c = arg;
	struct device_state s;

	c->d = d;
	sb_addf(&enable, "sit-%s set %.*s enabled=true", w->ent->noun, STR_ARG(d->name));
	if (state_read(c->db, d->row->id, &s, e) <= 0)
		return e->code ? -1 : 0;
	if (fields(c, w->ent, e) < 0 || item(c, "enabled", s.enabled, sb_cstr(&enable), e) < 0 ||
	    state_required(c->db, d->row->id, datapoint, c, e) < 0)
		return -1;
	return item(c, "heard", s.last_seen != STATE_NONE, "it was never heard of: is it on, does it know the broker?", e);
}

int checklist_print(struct work *w, const struct which *which, struct out *out, size_t *open, struct err *e)
{
	struct checking c = { .out = out, .open = open, .db = w->db };

	*open = 0;
	if (state_ready(w->db, e) < 0 || series_ready(w->db, e) < 0)
		return -1;
	return devices_each(w, which, check, &c, e);
}
