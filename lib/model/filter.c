/* SPDX-License-Identifier: MIT */
#include "model/filter.h"

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

static bool is_text(const struct field *f)
{
	return f->kind != FIELD_INT && f->kind != FIELD_REAL && f->kind != FIELD_BOOL && f->kind != FIELD_TIME &&
	       f->kind != FIELD_DUR;
}

/* A value to compare with: the field's kind without its limits, since a filter asks and does not keep. */
static int filter_cell(const struct field *f, struct str text, const struct time_ctx *when, struct arena *a, struct cell *c,
		       struct err *e)
{
	struct field plain = *f;

	if (is_text(f))
		plain.kind = FIELD_TEXT;
	plain.min = plain.max = 0;
	if (entity_value(&plain, text, when, a, c, e) < 0) {
		e->code = E_USAGE;
		return -1;
	}
	return 0;
}

static int parse_range(const struct field *f, struct str v, size_t dots, const struct time_ctx *when, struct arena *a,
		       struct filter *out, struct err *e)
{
	struct str lo = { v.ptr, dots }, hi = { v.ptr + dots + 2, v.len - dots - 2 };

	out->op = FILTER_RANGE;
	if (lo.len == 0 && hi.len == 0)
		return err_set(e, E_USAGE, "%s: a range needs an end (A..B, A.. or ..B)", f->name);
	if (filter_cell(f, lo, when, a, &out->from, e) < 0)
		return -1;
	return filter_cell(f, hi, when, a, &out->to, e);
}

static int parse_any(const struct field *f, struct str v, const struct time_ctx *when, struct arena *a, struct filter *out,
		     struct err *e)
{
	size_t most = 1;

	for (size_t i = 0; i < v.len; i++)
		most += v.ptr[i] == ',';
	out->op = FILTER_ANY;
	out->value = arena_alloc(a, most * sizeof(*out->value));
	if (!out->value)
		return err_nomem(e);
	for (size_t i = 0; i <= v.len;) {
		struct str part = { v.ptr + i, 0 };
		struct filter_value *fv = out->value + out->n++;

		while (i + part.len < v.len && part.ptr[part.len] != ',')
			part.len++;
		if (filter_cell(f, part, when, a, &fv->cell, e) < 0)
			return -1;
		fv->glob = is_text(f) && glob_is(part);
		i += part.len + 1;
	}
	return 0;
}

int filter_parse(const struct entity *ent, struct str term, const struct time_ctx *when, struct arena *a,
		 struct filter *out, struct err *e)
{
	struct str name, op, v;
	const struct field *f;

	memset(out, 0, sizeof(*out));
	if (!term_split(term, &name, &op, &v))
		return err_set(e, E_USAGE, "\"%.*s\" is no filter: write field=value (did the shell eat a '<' or '>'?)",
			       STR_ARG(term));
	out->field = entity_field(ent, name);
	if (out->field < 0)
		return entity_unknown(ent, name, e);
	f = ent->field + out->field;
	if (str_is(op, "re")) {
		out->op = FILTER_REGEX;
		out->n = 1;
		out->value = arena_alloc(a, sizeof(*out->value));
		return out->value ? filter_cell(&(struct field){ .name = f->name, .kind = FIELD_TEXT }, v, when, a,
						&out->value->cell, e) :
				    err_nomem(e);
	}
	out->negate = str_is(op, "not");
	if (op.ptr && !out->negate)
		return err_set(e, E_USAGE, "%.*s: unknown operator \":%.*s\" (\":re\" or \":not\")", STR_ARG(name),
			       STR_ARG(op));
	for (size_t i = 0; i + 1 < v.len; i++)
		if (v.ptr[i] == '.' && v.ptr[i + 1] == '.')
			return parse_range(f, v, i, when, a, out, e);
	return parse_any(f, v, when, a, out, e);
}
