/* SPDX-License-Identifier: MIT */
/* The rule as it was: what the trail says was changed since then, undone. */
#include "alarm/explain_impl.h"
#include "codec/json.h"
#include "model/audit.h"
#include "store/audit.h"

#define CHANGES_MOST 1000
#define NAMES_MOST 8 /* that a rule has had since */

struct past {
	struct telling *t;
	struct edit *v;
	size_t n;
};

static struct str kept(struct past *p, const struct stmt *st, int col)
{
	struct str s = stmt_is_null(st, col) ? (struct str){ NULL, 0 } : stmt_text(st, col);

	if (s.ptr)
		s.ptr = arena_dup(&p->t->w->keep, s);
	return s;
}

/* Changes under that name, in the organisation of the alarm. */
static int read_name(struct past *p, struct str name, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	AUTO(sb_done) struct sb text = SB_INIT(1024);
	struct work *w = p->t->w;
	struct select_ctx ctx = work_select(w);
	const struct select *which;
	int got;

	ctx.ent = &audit_entity;
	sb_addf(&text, "noun = rule and verb = set and name = \"%.*s\"", STR_ARG(name));
	if (text.bad || audit_ready(w->db, e) < 0 || select_parse(&ctx, str_of(arena_dup(&w->keep, sb_str(&text))), &which, e) < 0 ||
	    audit_select(w->db, &ctx, which, 0, INT64_MAX, &st, e) < 0)
		return e->code ? -1 : err_nomem(e);
	while ((got = stmt_step(st, e)) > 0)
		if (p->n < CHANGES_MOST && stmt_int(st, A_AT) > p->t->raised && str_eq(stmt_text(st, A_ORG), sb_str(&p->t->org)))
			p->v[p->n++] = (struct edit){ stmt_int(st, A_ID), stmt_int(st, A_AT), kept(p, st, A_OLD), kept(p, st, A_NEW) };
	return got;
}

static int by_id(const void *pa, const void *pb)
{
	const struct edit *a = pa, *b = pb;

	return a->id < b->id ? -1 : a->id > b->id;
}

/* The name that the rule had before one of the edits from `from` on. */
static bool name_before(struct past *p, size_t from, struct str *name, struct err *e)
{
	for (size_t i = from; i < p->n; i++) {
		json_t *old = p->v[i].old.len ? json_read(p->v[i].old, e) : NULL;
		const char *was = json_string_value(json_object_get(old, "name"));

		err_clear(e);
		if (was)
			*name = str_of(arena_dup(&p->t->w->keep, str_of(was)));
		json_decref(old);
		if (was)
			return name->ptr != NULL;
	}
	return false;
}

/* A value of then; of several changes of one field the first counts. */
static int undo_field(struct telling *t, struct row *row, const char *key, const json_t *v, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 20);
	int i = entity_field(t->w->ent, str_of(key));

	if (i < 0 || row_has(row, (size_t)i))
		return 0;
	if (json_term_text(v, &text) < 0)
		return err_nomem(e);
	return work_assign_field(t->w, row, (size_t)i, str_of(arena_dup(&t->w->keep, sb_str(&text))), e);
}

static int undo(struct telling *t, struct row *row, const struct edit *edit, struct err *e)
{
	json_t *old = edit->old.len ? json_read(edit->old, e) : NULL, *v;
	const char *key;
	int rc = 0;

	if (!old)
		return edit->old.len ? -1 : 0;
	json_object_foreach(old, key, v)
	{
		if (rc == 0)
			rc = undo_field(t, row, key, v, e);
	}
	json_decref(old);
	return rc;
}

static int tell_edit(struct telling *t, const struct edit *edit, struct err *e)
{
	AUTO(sb_done) struct sb note = SB_INIT(1 << 20);

	if (!edit->old.ptr || !edit->now.ptr)
		return explain_tell(t, edit->at, "edited", t->rule.name, NULL, STR("what was changed is erased from the trail: judged as the rule is now"), e);
	if (sb_addf(&note, "was %.*s, is %.*s", STR_ARG(edit->old), STR_ARG(edit->now)) < 0)
		return err_nomem(e);
	return explain_tell(t, edit->at, "edited", t->rule.name, NULL, sb_str(&note), e);
}

int explain_past(struct telling *t, struct row *row, struct err *e)
{
	struct past p = { t, arena_alloc(&t->w->keep, CHANGES_MOST * sizeof(struct edit)), 0 };
	struct str name = row_text(&rule_entity, row, "name");
	bool more = true;

	if (!p.v)
		return err_nomem(e);
	t->rule.name = name;
	for (int i = 0; more && i < NAMES_MOST; i++) {
		size_t from = p.n;

		if (read_name(&p, name, e) < 0)
			return -1;
		more = name_before(&p, from, &name, e);
	}
	qsort(p.v, p.n, sizeof(*p.v), by_id);
	memset(row->set, 0, sizeof(row->set));
	for (size_t i = 0; i < p.n; i++)
		if (undo(t, row, p.v + i, e) < 0)
			return -1;
	t->edit = p.v;
	t->nedit = p.n;
	return 0;
}

int explain_edits(struct telling *t, struct err *e)
{
	for (size_t i = 0; i < t->nedit; i++)
		if (tell_edit(t, t->edit + i, e) < 0)
			return -1;
	return 0;
}
