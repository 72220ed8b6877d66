/* SPDX-License-Identifier: MIT */
/* What rules look at is there: a rule about a datapoint that nothing has would be silent for ever. */
#include "judge/rule.h"
#include "model/state.h"
#include "store/definition.h"
#include "store/nouns.h"
#include "task/work.h"

#define RULE_MEMORY ((size_t)4 << 20)

/* "gateway.x" and "asset.x" look at other devices: x. */
static bool elsewhere(struct str *input)
{
	const char *dot = memchr(input->ptr, '.', input->len);

	if (!dot)
		return false;
	*input = (struct str){ dot + 1, input->len - (size_t)(dot + 1 - input->ptr) };
	return true;
}

/* Which other devices those are changes as things are moved: a datapoint of that name is enough, whoever has it. */
static int is_there(struct work *w, const struct reach *at, struct str input, bool *yes, struct err *e)
{
	enum builtin b;
	bool away = elsewhere(&input);

	*yes = builtin_find(input, &b);
	if (*yes)
		return 0;
	return away ? definition_anywhere(w->db, at, input, yes, e) : definition_of(w->db, at, input, yes, e);
}

/* The field of the rule that names the input. */
static const char *field_of(const struct rule *r, struct str input)
{
	if (r->datapoint.len)
		return "datapoint";
	for (size_t i = 0; r->expr.read && i < r->expr.read->n; i++)
		if (str_eq(r->expr.read->name[i], input))
			return "expr";
	return "clear";
}

static int refuse(struct work *w, const struct reach *at, const struct rule *r, struct str input, struct err *e)
{
	struct device_ref near = { .model = at->model };
	char name[NAME_MAX_LEN + 1], hint[2 * NAME_MAX_LEN + 64];
	const char *noun = at->device ? "device" : "model", *field = field_of(r, input);
	struct str of = at->device ? r->device : r->model, whole = input;

	if (elsewhere(&input))
		return err_set(e, E_INPUT, "%s: %.*s: no device has a datapoint \"%.*s\"", field, STR_ARG(whole), STR_ARG(input));
	if (at->device && device_by_id(w->db, at->device, &near, e) < 0)
		return -1;
	if (definition_near(w->db, &near, input, name, e) < 0)
		return -1;
	if (name[0])
		(void)snprintf(hint, sizeof(hint), "did you mean \"%s\"?", name);
	else
		(void)snprintf(hint, sizeof(hint), "sit-datapoint add %.*s %s=%.*s makes one", STR_ARG(input), noun, STR_ARG(of));
	return err_set(e, E_INPUT, "%s: no datapoint \"%.*s\" of %s %.*s (%s)", field, STR_ARG(input), noun, STR_ARG(of), hint);
}

/* What is built in is known of devices, and of the gateways that they are behind. */
static int refuse_asset(const struct rule *r, struct str input, struct err *e)
{
	const char *field = field_of(r, input);
	enum builtin b;

	if (!str_starts(input, "asset.") || !elsewhere(&input) || !builtin_find(input, &b))
		return 0;
	return err_set(e, E_INPUT, "%s: asset.%s: an asset has none; a device has (%s), and its gateway (gateway.%s)", field, builtin_word(b), builtin_word(b),
		       builtin_word(b));
}

static int check(struct work *w, const struct reach *at, const struct rule *r, struct err *e)
{
	for (size_t i = 0; i < r->inputs; i++) {
		bool yes;

		if (refuse_asset(r, r->input[i], e) < 0 || is_there(w, at, r->input[i], &yes, e) < 0)
			return -1;
		if (!yes)
			return refuse(w, at, r, r->input[i], e);
	}
	return 0;
}

static int place_of(struct work *w, const struct rule *r, int64_t org, struct reach *out, struct err *e)
{
	*out = (struct reach){ .org = org ? org : db_self(w->db) };
	if (r->model.len && entity_resolve(w->db, &model_entity, r->model, &out->model, e) < 0)
		return -1;
	return r->device.len ? entity_resolve(w->db, &device_entity, r->device, &out->device, e) : 0;
}

int rule_points_check(struct work *w, const struct rule *r, struct err *e)
{
	struct reach at;

	return definition_ready(w->db, e) < 0 || place_of(w, r, 0, &at, e) < 0 || check(w, &at, r, e) < 0 || rule_ladder_check(r, e) < 0 ? -1 : rule_kinds_check(w, &at, r, e);
}

static bool says(const struct row *now, const char *field)
{
	return row_has(now, (size_t)entity_field(&rule_entity, str_of(field)));
}

/* One of the fields is new, or the rule begins to watch: one that could never be so, kept before such a thing was refused, can be changed in other ways. */
static bool anew(const struct row *old, const struct row *now, const char *const *fields)
{
	for (; old && *fields; fields++)
		if (says(now, *fields))
			return true;
	return !old || (says(now, "enabled") && row_cell(&rule_entity, now, "enabled")->i);
}

/* Another rule, or the word for the gateway. */
static int check_inhibit(struct work *w, const struct rule *r, struct err *e)
{
	int64_t id;

	if (!r->inhibit.len || str_is(r->inhibit, "gateway"))
		return 0;
	if (!name_valid(r->inhibit))
		return err_set(e, E_INPUT, "inhibit: write the name of a rule, or gateway, not \"%.*s\"", STR_ARG(r->inhibit));
	if (entity_resolve(w->db, &rule_entity, r->inhibit, &id, e) == 0)
		return 0;
	e->code = e->code == E_NOTFOUND ? E_INPUT : e->code;
	return err_wrap(e, "inhibit");
}

int work_verify_rule(struct work *w, const struct row *old, const struct row *now, struct err *e)
{
	static const char *const looks[] = { "datapoint", "expr", "clear", "condition", NULL }, *const inhibits[] = { "inhibit", NULL };
	static const char *const compares[] = { "datapoint", "condition", "threshold", "clear", "ladder", NULL };
	AUTO(arena_done) struct arena arena = ARENA_INIT(RULE_MEMORY);
	struct rule *rule = arena_alloc(&arena, sizeof(*rule));
	struct reach at;

	if (!rule)
		return err_nomem(e);
	if (rule_read(now, &arena, rule, e) < 0 || place_of(w, rule, now->org, &at, e) < 0)
		return -1;
	if (anew(old, now, looks) && check(w, &at, rule, e) < 0)
		return -1;
	if (anew(old, now, compares) && (rule_ladder_check(rule, e) < 0 || rule_kinds_check(w, &at, rule, e) < 0))
		return -1;
	return anew(old, now, inhibits) ? check_inhibit(w, rule, e) : 0;
}

/* ---- a datapoint that goes ---- */

/* What is looked at may be this datapoint. */
static int concerns(struct work *w, const struct reach *at, struct str input, const struct row *point, bool *yes, struct err *e)
{
	bool away = elsewhere(&input);

	*yes = str_eq(input, row_text(&datapoint_entity, point, "name"));
	return *yes && !away ? definition_reaches(w->db, at, point->id, yes, e) : 0;
}

/* The rule would have nothing to look at without the datapoint. */
static int refuse_needed(struct work *w, const struct row *row, const struct row *point, struct err *e)
{
	AUTO(arena_done) struct arena arena = ARENA_INIT(RULE_MEMORY);
	struct rule *rule = arena_alloc(&arena, sizeof(*rule));
	struct err ignored = { 0 };
	struct reach at;

	if (!rule)
		return err_nomem(e);
	if (rule_read(row, &arena, rule, &ignored) < 0)
		return 0;
	if (place_of(w, rule, row->org, &at, e) < 0)
		return -1;
	at.but = point->id;
	for (size_t i = 0; i < rule->inputs; i++) {
		bool yes, other = false;

		if (concerns(w, &at, rule->input[i], point, &yes, e) < 0 || (yes && is_there(w, &at, rule->input[i], &other, e) < 0))
			return -1;
		if (yes && !other)
			return err_set(e, E_CONFLICT, "rule %.*s looks at it", STR_ARG(rule->name));
	}
	return 0;
}

int work_refuse_watched(struct work *w, const struct row *point, struct err *e)
{
	AUTO(entity_cursor_freep) struct entity_cursor *c = NULL;
	struct select_ctx ctx = work_select(w);
	struct entity_ask ask = { .ctx = &ctx };
	struct row *row = arena_alloc(&w->arena, sizeof(*row));
	int got;

	if (!row)
		return err_nomem(e);
	ctx.ent = nouns_find(&w->nouns, "rule");
	if (entity_select(w->db, &ask, &c, e) < 0)
		return -1;
	while ((got = entity_next(c, row, e)) > 0)
		if (refuse_needed(w, row, point, e) < 0)
			return -1;
	return got;
}
