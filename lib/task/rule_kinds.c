/* SPDX-License-Identifier: MIT */
/* What a rule compares with is what its datapoint can be: anything else would be silent for ever, or an alarm for ever. */
#include "judge/rule.h"
#include "model/notify.h"
#include "model/state.h"
#include "store/definition.h"
#include "store/nouns.h"
#include "task/work.h"

#define KINDS_MEMORY ((size_t)1 << 20)

struct kinds {
	struct work *w;
	const struct reach *at;
	const struct rule *r;
	struct definition def; /* of what it looks at */
};

/* ---- limits that are fields of the device ---- */

static int no_field(const struct kinds *k, const char *field, struct str name, struct err *e)
{
	const struct entity *ent = nouns_find(&k->w->nouns, "device");
	char hint[2 * NAME_MAX_LEN + 64];
	struct near near = { 0 };

	for (size_t i = ent->n - ent->ncustom; i < ent->n; i++)
		near_offer(&near, name, str_of(ent->field[i].name + strlen(ENTITY_CUSTOM)));
	if (near.best.len)
		(void)near_text(&near, hint, sizeof(hint));
	else
		(void)snprintf(hint, sizeof(hint), " (sit-field add %.*s noun=device makes one)", (int)(name.len > NAME_MAX_LEN ? NAME_MAX_LEN : name.len), name.ptr);
	return err_set(e, E_INPUT, "%s: devices have no field \"%.*s\"%s", field, STR_ARG(name), hint);
}

/* What the field needs to be; NULL: its values may do. (Words that are chosen from may be numbers.) */
static const char *unfit(const struct kinds *k, enum field_kind is)
{
	bool number = is == FIELD_INT || is == FIELD_REAL || is == FIELD_ENUM, text = is == FIELD_TEXT || is == FIELD_ENUM;
	enum rule_condition c = k->r->condition;

	if (c == RULE_BETWEEN || c == RULE_OUTSIDE)
		return text ? NULL : "a range, which is a text (type=string)";
	if (c == RULE_RATE || rule_lasts(k->r))
		return number || text ? NULL : "a number or a text";
	if (c == RULE_EQ || c == RULE_NEQ)
		return number || k->def.takes > TAKES_INT ? NULL : "a number (type=float)";
	return number ? NULL : "a number (type=float)";
}

static int check_field(const struct kinds *k, const char *field, const struct limit *l, struct err *e)
{
	const struct entity *ent = nouns_find(&k->w->nouns, "device");
	AUTO(sb_done) struct sb full = SB_INIT(512);
	const char *needs;
	int i;

	if (l->type != LIMIT_FIELD)
		return 0;
	if (sb_addf(&full, ENTITY_CUSTOM "%.*s", STR_ARG(l->text)) < 0)
		return err_nomem(e);
	i = entity_field(ent, sb_str(&full));
	if (i < 0 || !entity_custom(ent, (size_t)i) || !entity_custom(ent, (size_t)i)->id)
		return no_field(k, field, l->text, e);
	needs = unfit(k, ent->field[i].kind);
	return needs ? err_set(e, E_INPUT, "%s: %s is a %s: %s needs %s", field, sb_cstr(&full), field_kind_word(ent->field[i].kind),
			       condition_words[k->r->condition], needs)
		     : 0;
}

static int check_fields(const struct kinds *k, struct err *e)
{
	if (check_field(k, "threshold", &k->r->threshold, e) < 0 || check_field(k, "clear", &k->r->clear, e) < 0)
		return -1;
	for (size_t i = 0; i < k->r->rungs; i++)
		if (check_field(k, "ladder", &k->r->ladder[i].limit, e) < 0)
			return -1;
	return 0;
}

/* ---- values that a datapoint has ---- */

static int check_enum(const struct kinds *k, struct err *e)
{
	struct str word, words = str_of(k->def.words ? k->def.words : ""), is = k->r->threshold.text;
	char hint[NAME_MAX_LEN + 64];
	struct near near = { 0 };
	bool yes = definition_has_word(k->def.words, is);

	if (!yes && k->at->model && definition_own_word(k->w->db, k->at->model, k->r->datapoint, is, &yes, e) < 0)
		return -1;
	if (yes)
		return 0;
	while (is.len > 1 && list_word(&words, &word))
		near_offer(&near, is, word);
	if (near.best.len)
		(void)near_text(&near, hint, sizeof(hint));
	else
		(void)snprintf(hint, sizeof(hint), " (%.*s)", NAME_MAX_LEN, k->def.words ? k->def.words : "it has none");
	return err_set(e, E_INPUT, "threshold: \"%.*s\" is no word of %s%s", STR_ARG(is), k->def.name, hint);
}

static int check_bool(const struct kinds *k, struct err *e)
{
	const struct value no = { .type = VALUE_BOOL, .num = 0 }, yes = { .type = VALUE_BOOL, .num = 1 };
	bool either = k->r->condition == RULE_EQ || k->r->condition == RULE_NEQ;

	if (rule_meets(k->r, &no) || rule_meets(k->r, &yes))
		return 0;
	return err_set(e, E_INPUT, either ? "threshold: %s is a boolean: write true or false" : "threshold: %s is a boolean, 0 or 1: that is never so",
		       k->def.name);
}

/* eq, neq, and what is measured, against a threshold that is there. */
static int check_threshold(const struct kinds *k, struct err *e)
{
	bool either = k->r->condition == RULE_EQ || k->r->condition == RULE_NEQ;

	if (k->r->threshold.type == LIMIT_FIELD)
		return 0;
	if (k->def.takes == TAKES_BOOL && (either || (rule_measures(k->r) && k->r->condition != RULE_RATE)))
		return check_bool(k, e);
	if (k->def.takes == TAKES_ENUM && either)
		return check_enum(k, e);
	if (either && k->def.takes <= TAKES_INT && k->r->threshold.type != LIMIT_NUMBER)
		return err_set(e, E_INPUT, "threshold: %s is a number (type=%s): write one", k->def.name, k->def.type);
	return 0;
}

static int check_condition(const struct kinds *k, struct err *e)
{
	const char *word = condition_words[k->r->condition];

	if (k->def.takes == TAKES_LOCATION && k->r->condition != RULE_NO_DATA)
		return err_set(e, E_INPUT, "condition: %s is a location: only no_data is about these", k->def.name);
	if ((k->def.takes == TAKES_STRING || k->def.takes == TAKES_ENUM) && rule_measures(k->r))
		return err_set(e, E_INPUT, "condition: %s is about numbers, and %s is of type %s (eq, neq, change, no_data, stuck)", word, k->def.name,
			       k->def.type);
	return 0;
}

/* ---- the whole ---- */

/* What is in force there of the rule's datapoint: 1; 0 when that is not one thing (only some devices of the model have it); -1. */
static int find(struct kinds *k, struct arena *a, struct err *e)
{
	struct device_ref device;
	enum builtin b;
	int got;

	if (builtin_find(k->r->datapoint, &b)) {
		k->def = (struct definition){ .name = builtin_word(b), .type = b == BUILTIN_ONLINE ? "boolean" : "float",
					      .takes = b == BUILTIN_ONLINE ? TAKES_BOOL : TAKES_FLOAT };
		return 1;
	}
	if (!k->at->device)
		return definition_of_model(k->w->db, k->at->model, k->r->datapoint, a, &k->def, e);
	got = device_by_id(k->w->db, k->at->device, &device, e);
	return got <= 0 ? got : definition_named(k->w->db, &device, k->r->datapoint, a, &k->def, e);
}

int rule_kinds_check(struct work *w, const struct reach *at, const struct rule *r, struct err *e)
{
	AUTO(arena_done) struct arena arena = ARENA_INIT(KINDS_MEMORY);
	struct kinds k = { .w = w, .at = at, .r = r };
	int got;

	if (r->condition == RULE_EXPR || (!at->model && !at->device))
		return 0;
	got = find(&k, &arena, e);
	if (got <= 0)
		return got;
	return check_condition(&k, e) < 0 || check_threshold(&k, e) < 0 ? -1 : check_fields(&k, e);
}
