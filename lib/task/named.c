/* SPDX-License-Identifier: MIT */
/* What texts name has no column that refers to it: who removes or renames it hears who does. */
#include "base/name.h"
#include "codec/json.h"
#include "model/notify.h"
#include "store/silence.h"
#include "task/work.h"

struct naming {
	struct work *w;
	const struct entity *ent; /* of what is named */
	struct str name;
	int64_t org;
	struct select_ctx devices;
};

static bool selector_names(struct naming *x, struct str text)
{
	enum select_kind kind = strcmp(x->ent->noun, "group") == 0 ? SELECT_GROUP : SELECT_ASSET;
	struct err ignored = { 0 };
	const struct select *s = NULL;

	return text.len && select_parse(&x->devices, text, &s, &ignored) == 0 && select_names(s, kind, x->name);
}

static bool steps_name(struct naming *x, struct str text)
{
	struct escalation step[ESCALATION_MAX];
	struct err ignored = { 0 };
	size_t n;

	if (!text.len || escalation_read(text, step, &n, &ignored) < 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (str_eq(step[i].channel, x->name))
			return true;
	return false;
}

static bool list_names(struct naming *x, struct str text)
{
	struct str one;

	while (list_word(&text, &one))
		if (str_eq(one, x->name))
			return true;
	return false;
}

/* Texts that name things: whose, what they name, how they are read, what they are called. Without a reader the text is the name. */
static const struct {
	const char *noun, *field, *names;
	bool (*hit)(struct naming *x, struct str text);
	const char *called;
} texts[] = {
	{ "group", "select", "group", selector_names, "the selector of" },
	{ "group", "select", "asset", selector_names, "the selector of" },
	{ "route", "select", "group", selector_names, "the selector of" },
	{ "route", "select", "asset", selector_names, "the selector of" },
	{ "route", "escalate", "channel", steps_name, "the escalation of" },
	{ "route", "rule", "rule", list_names, "the list of" },
	{ "rule", "inhibit", "rule", NULL, "inhibit of" },
};

static int ask(struct naming *x, size_t i, struct err *e)
{
	AUTO(entity_cursor_freep) struct entity_cursor *c = NULL;
	AUTO(sb_done) struct sb text = SB_INIT(256);
	struct select_ctx ctx = work_select(x->w);
	struct entity_ask ask = { .ctx = &ctx };
	struct row *row = arena_alloc(&x->w->arena, sizeof(*row));
	int got;

	if (!row || sb_addf(&text, "%s=%.*s", texts[i].field, STR_ARG(x->name)) < 0)
		return err_nomem(e);
	ctx.ent = nouns_find(&x->w->nouns, texts[i].noun);
	if (!texts[i].hit && select_parse(&ctx, sb_str(&text), &ask.select, e) < 0)
		return -1;
	if (entity_select(x->w->db, &ask, &c, e) < 0)
		return -1;
	while ((got = entity_next(c, row, e)) > 0)
		if (row->org == x->org && (!texts[i].hit || texts[i].hit(x, row_text(ctx.ent, row, texts[i].field))))
			return err_set(e, E_CONFLICT, "%s %s %.*s names it", texts[i].called, texts[i].noun, STR_ARG(row_text(ctx.ent, row, "name")));
	return got;
}

int work_refuse_named(struct work *w, const struct row *row, struct err *e)
{
	const struct entity *ent = w->ent;
	struct naming x = { w, ent, work_row_name(w, row), row->org, work_select(w) };

	if (strcmp(ent->noun, "datapoint") == 0)
		return work_refuse_watched(w, row, e);
	x.devices.ent = nouns_find(&w->nouns, "device");
	for (size_t i = 0; i < COUNT(texts); i++)
		if (strcmp(ent->noun, texts[i].names) == 0 && ask(&x, i, e) < 0)
			return -1;
	return 0;
}

/* ---- silences: they are no things with fields, and say their filters as a list ---- */

static int is_named(struct str text, void *arg, struct err *e)
{
	const struct naming *x = arg;

	return str_eq(text, x->name) ? err_set(e, E_CONFLICT, "a silence names it") : 0;
}

static int silence_names(const struct silence_row *s, void *arg, struct err *e)
{
	struct naming *x = arg;
	struct select_ctx ctx = work_select(x->w);
	struct err ignored = { 0 };
	json_t *list = json_read(s->matchers, &ignored), *v;
	size_t i;
	int rc = 0;

	ctx.ent = x->ent;
	json_array_foreach(list, i, v)
	{
		const struct select *one = NULL;

		if (rc == 0 && select_operand(&ctx, str_of(json_string_value(v)), &one, &ignored) == 0)
			rc = select_texts(one, &alarm_entity, AL_RULE, is_named, x, e);
	}
	json_decref(list);
	return rc < 0 ? err_set(e, E_CONFLICT, "silence %" PRId64 " names it", s->id) : 0;
}

int work_refuse_silenced(struct work *w, const struct row *rule, struct err *e)
{
	struct naming x = { .w = w, .ent = &alarm_entity, .name = row_text(&rule_entity, rule, "name") };

	return silence_each(w->db, w->when.now, silence_names, &x, e);
}
