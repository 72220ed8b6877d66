/* SPDX-License-Identifier: MIT */
#include "alarm/explain_impl.h"
#include "os/zones.h"
#include "series/series.h"
#include "store/org.h"

/* clang-format off */
const struct field alarm_step_fields[] = {
	{ .name = "ts", .kind = FIELD_TIME, .help = "when" },
	{ .name = "step", .kind = FIELD_TEXT, .help = "rule: what was wrong by it then; edited: it was changed since; input: the newest value of a datapoint; judged: what follows from a value, or the time; change: what was written" },
	{ .name = "what", .kind = FIELD_TEXT, .help = "the rule's fields, a datapoint, a condition (ok, pending, firing, clearing), a change" },
	{ .name = "value", .kind = FIELD_VALUE, .help = "the value then" },
	{ .name = "note", .kind = FIELD_TEXT, .help = "more of it" },
};
/* clang-format on */
const size_t alarm_step_count = COUNT(alarm_step_fields);

static const char *const conditions[] = { "ok", "pending", "firing", "clearing" };

int explain_tell(struct telling *t, int64_t ts, const char *step, struct str what, const struct cell *value, struct str note, struct err *e)
{
	const struct cell c[] = { CELL_OF_TIME(ts), CELL_OF_TEXT(str_of(step)), CELL_OF_TEXT(what), value ? *value : CELL_OF_NULL,
				  note.len ? CELL_OF_TEXT(note) : CELL_OF_NULL };

	return out_rec(t->out, c, e);
}

/* ---- the rule ---- */

static struct str field_text(void *arg, struct str field)
{
	AUTO(sb_done) struct sb text = SB_INIT(65536);
	struct telling *t = arg;
	struct err e = { 0 };
	bool found;

	if (alarm_field(t->w->db, t->at.device, field, &text, &found, &e) < 0)
		return (struct str){ NULL, 0 };
	return found ? str_of(arena_dup(&t->w->keep, sb_str(&text))) : (struct str){ NULL, 0 };
}

/* "condition=gt threshold=10 for=5m": what was said of it. */
static int rule_text(struct telling *t, const struct row *row, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(65536);

	for (size_t i = 0; i < rule_entity.n; i++) {
		const struct field *f = rule_entity.field + i;

		if (row->cell[i].type == CELL_NULL || f->flags & (FIELD_KEY | FIELD_READONLY) || strcmp(f->name, "kind") == 0)
			continue;
		sb_addf(&text, "%s%s=", text.len ? " " : "", f->name);
		(void)cell_text(&text, f, row->cell + i, NULL);
	}
	if (text.bad)
		return err_nomem(e);
	return explain_tell(t, t->raised, "rule", t->rule.name, NULL, sb_str(&text), e);
}

static int read_rule(struct telling *t, struct err *e)
{
	struct row *row = arena_alloc(&t->w->keep, sizeof(*row));
	struct alarm_device *d = &t->device;
	int got;

	if (!row)
		return err_nomem(e);
	work_turn(t->w, "rule");
	if (work_load(t->w, t->at.rule, row, e) < 0 || explain_past(t, row, e) < 0 || rules_add(&t->rules, row, "", e) < 0)
		return -1;
	t->rule = t->rules.v[0].rule;
	if (rule_has_fields(&t->rule) && rule_bind(&t->rules.v[0].rule, field_text, t, &t->rule, e) < 0)
		return -1;
	got = alarm_device(t->w->db, t->at.device, &t->w->keep, d, e);
	if (got < 0 || (!t->rule.tz.len && d->tz.len && zones_get(d->tz.ptr, &t->rule.zone, e) < 0))
		return -1;
	return rule_text(t, row, e);
}

/* ---- judged again ---- */

static int changed(void *arg, const struct rule *r, const struct judged *j, const struct change_of *c, struct err *e)
{
	const struct cell value = value_cell(&c->value, 0);

	(void)r;
	(void)j;
	return explain_tell(arg, c->ts, "judged", str_of(change_words[c->change]), &value, str_of(severity_words[c->severity]), e);
}

/* A condition begins: why it has not come to an alarm yet, or not to its end. */
static int say_condition(struct telling *t, const struct judged *j, const struct heard_point *h, struct err *e)
{
	char note[120] = "", lasts[48];
	const struct cell value = value_cell(&h->p.value, 0);

	if (j->condition == JUDGED_PENDING && j->inhibited)
		(void)snprintf(note, sizeof(note), "inhibited");
	else if (j->condition == JUDGED_PENDING || j->condition == JUDGED_CLEARING) {
		(void)dur_print(j->condition == JUDGED_PENDING ? t->rule.hold : t->rule.keep, lasts);
		(void)snprintf(note, sizeof(note), "%s %s", j->condition == JUDGED_PENDING ? "must be so for" : "must be over for", lasts);
	}
	return explain_tell(t, h->p.ts, "judged", str_of(conditions[j->condition]), &value, str_of(note), e);
}

static int say_input(struct telling *t, const struct heard_point *h, const struct cell *value, struct err *e)
{
	AUTO(sb_done) struct sb note = SB_INIT(512);

	if (sb_addf(&note, "%s%s%s", quality_word(h->p.quality), h->from ? ", of " : "", h->from ? h->from : "") < 0)
		return err_nomem(e);
	return explain_tell(t, h->p.ts, "input", t->rule.input[h->input], value, sb_str(&note), e);
}

/* The first value that is judged, those that turn the condition, and the newest. */
static int judge(struct telling *t, struct err *e)
{
	struct judge g = { .rule = &t->rule, .changed = changed, .arg = t };
	struct judged_room room;
	struct judged j;

	judged_init(&j, &t->rule, &room, explain_since(t));
	for (size_t i = 0; i < t->n; i++) {
		const struct heard_point *h = t->v + i;
		enum judged_condition was = j.condition;
		const struct cell value = value_cell(&h->p.value, 0);

		if (judged_value(&g, &j, h->input, &h->p, e) < 0 || judged_settle(&g, &j, e) < 0)
			return -1;
		if (i == 0 || i + 1 == t->n || j.condition != was)
			if (say_input(t, h, &value, e) < 0)
				return -1;
		if (j.condition != was && say_condition(t, &j, h, e) < 0)
			return -1;
	}
	return judged_time(&g, &j, t->until, e);
}

/* ---- what was written ---- */

int explain_changes(struct telling *t, struct stmt **out, struct err *e)
{
	struct select_ctx ctx = work_select(t->w);
	const struct select *which;
	char text[40];

	ctx.ent = &alarm_entity;
	(void)snprintf(text, sizeof(text), "id = %" PRId64, t->id);
	return select_parse(&ctx, str_of(arena_dup(&t->w->keep, str_of(text))), &which, e) < 0 ?
		       -1 :
		       alarm_changes_select(t->w->db, &ctx, which, 0, POINTS_MOST, out, e);
}

static int tell_changes(struct telling *t, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	int got;

	if (explain_changes(t, &st, e) < 0)
		return -1;
	while ((got = stmt_step(st, e)) > 0) {
		const struct cell value = stmt_cell(st, AC_VALUE);
		AUTO(sb_done) struct sb note = SB_INIT(65536);

		for (int k = AC_WHY; k <= AC_NOTE; k++)
			if (k != AC_FLAPS && !stmt_is_null(st, k))
				sb_addf(&note, "%s%.*s", note.len ? ", " : "", STR_ARG(stmt_text(st, k)));
		if (explain_tell(t, stmt_int(st, AC_TS), "change", stmt_text(st, AC_CHANGE), &value, sb_str(&note), e) < 0)
			return -1;
	}
	return got;
}

static int tell_all(struct telling *t, struct err *e)
{
	if (read_rule(t, e) < 0)
		return err_wrap(e, "the rule of alarm %" PRId64, t->id);
	if (t->rule.inhibit.len && explain_tell(t, t->raised, "rule", STR("inhibit"), NULL, t->rule.inhibit, e) < 0)
		return -1;
	if (explain_inputs(t, e) < 0 || judge(t, e) < 0)
		return -1;
	return tell_changes(t, e) < 0 ? -1 : explain_edits(t, e);
}

int alarm_explain(struct work *w, int64_t id, struct out *out, struct err *e)
{
	struct telling t = { .w = w, .out = out, .id = id, .rules = RULES_INIT, .org = SB_INIT(256) };
	int rc;

	if (series_ready(w->db, e) < 0 || alarm_ready(w->db, e) < 0 || alarm_place(w->db, id, &t.at, e) < 0 ||
	    org_name(w->db, t.at.org, &t.org, e) < 0)
		return -1;
	t.raised = t.at.raised;
	t.until = t.at.open ? w->when.now : t.at.cleared;
	t.rules.when = w->when;
	rc = tell_all(&t, e);
	free(t.v);
	sb_done(&t.org);
	rules_done(&t.rules);
	return rc < 0 ? -1 : series_damage(w->db, e);
}
