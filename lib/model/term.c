/* SPDX-License-Identifier: MIT */
#include "model/term.h"

#include "base/name.h"

bool term_split(struct str term, struct str *field, struct str *op, struct str *value)
{
	const char *eq = term.len ? memchr(term.ptr, '=', term.len) : NULL;
	const char *colon;

	*op = (struct str){ NULL, 0 };
	if (!eq)
		return false;
	*field = (struct str){ term.ptr, (size_t)(eq - term.ptr) };
	*value = (struct str){ eq + 1, term.len - field->len - 1 };
	colon = field->len ? memchr(field->ptr, ':', field->len) : NULL;
	if (colon) {
		*op = (struct str){ colon + 1, (size_t)(eq - colon - 1) };
		field->len = (size_t)(colon - field->ptr);
	}
	return true;
}

bool cond_is_text(const struct field *f)
{
	return f->kind != FIELD_INT && f->kind != FIELD_REAL && f->kind != FIELD_BOOL && f->kind != FIELD_TIME &&
	       f->kind != FIELD_DUR;
}

int cond_cell(const struct field *f, struct str text, const struct time_ctx *when, struct arena *a, struct cell *c, struct err *e)
{
	struct field plain = *f;

	if (cond_is_text(f))
		plain.kind = FIELD_TEXT;
	plain.min = plain.max = 0;
	if (entity_value(&plain, text, when, a, c, e) < 0) {
		e->code = E_USAGE;
		return -1;
	}
	return 0;
}

/* A word that the field cannot have would find nothing for ever. */
static int known_word(const struct field *f, const struct cell *c, struct err *e)
{
	if (c->type != CELL_TEXT || (f->kind != FIELD_ENUM && f->kind != FIELD_WORDS) || f->flags & FIELD_MIXED || entity_word(f, c->s, e) == 0)
		return 0;
	e->code = E_USAGE;
	return -1;
}

/* Where a word stands among the field's; -1 with E_USAGE. */
static int rank_of(const struct field *f, const struct cell *c, struct err *e)
{
	int i = 0;

	if (known_word(f, c, e) < 0)
		return -1;
	while (!str_is(c->s, f->words[i]))
		i++;
	return i;
}

static int alternatives(struct cond *c, size_t most, struct arena *a, struct err *e);

int cond_ranked(const struct field *f, struct arena *a, struct cond *c, struct err *e)
{
	int from = 0, to = 0;

	if (c->op != COND_RANGE || !(f->flags & FIELD_RANKED))
		return 0;
	while (f->words[to])
		to++;
	if (alternatives(c, (size_t)to, a, e) < 0 || (c->from.type == CELL_TEXT && (from = rank_of(f, &c->from, e)) < 0) ||
	    (c->to.type == CELL_TEXT && (to = rank_of(f, &c->to, e)) < 0))
		return -1;
	from += c->from.type == CELL_TEXT && c->from_open;
	to += c->to.type == CELL_TEXT && c->to_closed;
	for (; from < to; from++)
		c->value[c->n++].cell = CELL_OF_TEXT(str_of(f->words[from]));
	c->op = COND_ANY;
	return 0;
}

static int read_range(const struct field *f, struct str v, size_t dots, const struct time_ctx *when, struct arena *a,
		      struct cond *out, struct err *e)
{
	struct str lo = { v.ptr, dots }, hi = { v.ptr + dots + 2, v.len - dots - 2 };

	out->op = COND_RANGE;
	if (lo.len == 0 && hi.len == 0)
		return err_set(e, E_USAGE, "%s: a range needs an end (A..B, A.. or ..B)", f->name);
	if (cond_cell(f, lo, when, a, &out->from, e) < 0)
		return -1;
	return cond_cell(f, hi, when, a, &out->to, e) < 0 ? -1 : cond_ranked(f, a, out, e);
}

static int alternatives(struct cond *c, size_t most, struct arena *a, struct err *e)
{
	c->value = arena_alloc(a, most * sizeof(*c->value));
	return c->value ? 0 : err_nomem(e);
}

int cond_value(const struct field *f, struct str v, const struct time_ctx *when, struct arena *a, struct cond *out, struct err *e)
{
	size_t most = 1;

	for (size_t i = 0; i + 1 < v.len; i++)
		if (v.ptr[i] == '.' && v.ptr[i + 1] == '.')
			return read_range(f, v, i, when, a, out, e);
	for (size_t i = 0; i < v.len; i++)
		most += v.ptr[i] == ',';
	out->op = COND_ANY;
	if (alternatives(out, most, a, e) < 0)
		return -1;
	for (size_t i = 0; i <= v.len;) {
		struct str part = { v.ptr + i, 0 };
		struct cond_value *cv = out->value + out->n++;

		while (i + part.len < v.len && part.ptr[part.len] != ',')
			part.len++;
		if (cond_cell(f, part, when, a, &cv->cell, e) < 0)
			return -1;
		cv->glob = cond_is_text(f) && glob_is(part);
		if (!cv->glob && known_word(f, &cv->cell, e) < 0)
			return -1;
		i += part.len + 1;
	}
	return 0;
}

int cond_literal(const struct field *f, struct str text, const struct time_ctx *when, struct arena *a, struct cond *out, struct err *e)
{
	out->op = COND_ANY;
	out->n = 1;
	if (alternatives(out, 1, a, e) < 0 || cond_cell(f, text, when, a, &out->value->cell, e) < 0)
		return -1;
	return known_word(f, &out->value->cell, e);
}

int cond_regex(const struct field *f, struct str text, struct arena *a, struct cond *out, struct err *e)
{
	struct field plain = { .name = f->name, .kind = FIELD_TEXT };

	if (!cond_is_text(f))
		return err_set(e, E_USAGE, "%s: a pattern goes with text, not with a %s", f->name, field_kind_word(f->kind));
	if (!text.len)
		return err_set(e, E_USAGE, "%s: an empty pattern", f->name);
	out->op = COND_REGEX;
	out->n = 1;
	return alternatives(out, 1, a, e) < 0 ? -1 : cond_cell(&plain, text, NULL, a, &out->value->cell, e);
}
