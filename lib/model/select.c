/* SPDX-License-Identifier: MIT */
#include "model/select.h"

#include "base/name.h"

/* Fields that every noun has and none describes. */
static const struct field org_field = { .name = "org", .kind = FIELD_NAME, .help = "its organisation" };
static const struct field id_field = { .name = "id", .kind = FIELD_INT, .help = "its number" };

struct parser {
	const struct select_ctx *c;
	struct str text;
	size_t at;
	int depth;
};

static struct select *node(struct parser *p, enum select_kind kind, struct err *e)
{
	struct select *s = arena_alloc(p->c->arena, sizeof(*s));

	if (s)
		s->kind = kind;
	else
		err_nomem(e);
	return s;
}

const struct field *select_field(const struct select *s)
{
	const struct select_step *last = s->step + s->nstep - 1;

	return last->field == SELECT_ORG ? &org_field : last->field == SELECT_ID ? &id_field : last->ent->field + last->field;
}

/* ---- words ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_path(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

static void skip_blanks(struct parser *p)
{
	while (p->at < p->text.len && is_blank(p->text.ptr[p->at]))
		p->at++;
}

static char here(const struct parser *p)
{
	return p->at < p->text.len ? p->text.ptr[p->at] : '\0';
}

static struct str path_word(const struct parser *p)
{
	struct str w = { p->text.ptr + p->at, 0 };

	while (p->at + w.len < p->text.len && is_path(w.ptr[w.len]))
		w.len++;
	return w;
}

/* The word is next and ends there; taken. */
static bool take_word(struct parser *p, const char *word)
{
	skip_blanks(p);
	if (!str_is(path_word(p), word))
		return false;
	p->at += strlen(word);
	return true;
}

static int unexpected(const struct parser *p, const char *wanted, struct err *e)
{
	struct str rest = { p->text.ptr + p->at, p->text.len - p->at };

	if (!rest.len)
		return err_set(e, E_USAGE, "selector \"%.*s\": ends where %s is expected", STR_ARG(p->text), wanted);
	return err_set(e, E_USAGE, "selector \"%.*s\": expected %s at character %zu (\"%.*s\")", STR_ARG(p->text), wanted, p->at + 1,
		       (int)(rest.len > 30 ? 30 : rest.len), rest.ptr);
}

/* ---- paths ---- */

static int add_step(struct select *s, const struct entity *ent, int field, struct str path, struct err *e)
{
	if (s->nstep == SELECT_STEPS_MAX)
		return err_set(e, E_USAGE, "\"%.*s\" follows too many references (at most %d)", STR_ARG(path), SELECT_STEPS_MAX - 1);
	s->step[s->nstep++] = (struct select_step){ ent, field };
	return 0;
}

/* The next part of a path; a custom field's name has the dot of "field." in it. */
static struct str next_part(struct str path, size_t at)
{
	struct str rest = { path.ptr + at, path.len - at };
	size_t skip = str_starts(rest, ENTITY_CUSTOM) ? strlen(ENTITY_CUSTOM) : 0;
	const char *dot = rest.len > skip ? memchr(rest.ptr + skip, '.', rest.len - skip) : NULL;

	if (dot)
		rest.len = (size_t)(dot - rest.ptr);
	return rest;
}

static int read_path(const struct select_ctx *c, struct str path, struct select *s, struct err *e)
{
	const struct entity *ent = c->ent;

	for (size_t at = 0; at <= path.len;) {
		struct str part = next_part(path, at);
		int i = entity_field(ent, part);
		bool last = at + part.len >= path.len;

		/* What a record has not is asked of the thing that it is about: site=plant of an alarm is its device's. */
		if (i < 0 && s->nstep == 0 && ent->about && !(last && (str_is(part, "org") || str_is(part, "id")))) {
			int about = entity_field(ent, str_of(ent->about));

			ent = nouns_find(c->nouns, ent->field[about].ref);
			i = entity_field(ent, part);
			if (i >= 0 && add_step(s, c->ent, about, path, e) < 0)
				return -1;
			ent = i >= 0 ? ent : c->ent;
		}
		if (i < 0 && last && str_is(part, "org"))
			return add_step(s, ent, SELECT_ORG, path, e);
		if (i < 0 && last && str_is(part, "id"))
			return add_step(s, ent, SELECT_ID, path, e);
		if (i < 0)
			return entity_unknown(ent, part, e);
		if (add_step(s, ent, i, path, e) < 0)
			return -1;
		if (last)
			return 0;
		if (ent->field[i].kind != FIELD_REF)
			return err_set(e, E_USAGE, "\"%.*s\": %s of a %s refers to nothing", STR_ARG(path), ent->field[i].name,
				       ent->noun);
		ent = nouns_find(c->nouns, ent->field[i].ref);
		if (!ent)
			return err_set(e, E_BUG, "no noun for %.*s", STR_ARG(path));
		at += part.len + 1;
	}
	return 0;
}

/* ---- terms ---- */

static const char *const ops[] = { "!=", "!~", "<=", ">=", "=", "<", ">", "~" };

static const char *take_op(struct parser *p)
{
	struct str rest;

	skip_blanks(p);
	rest = (struct str){ p->text.ptr + p->at, p->text.len - p->at };
	for (size_t i = 0; i < COUNT(ops); i++)
		if (str_starts(rest, ops[i])) {
			p->at += strlen(ops[i]);
			return ops[i];
		}
	return NULL;
}

/* 'it''s' and "so" are literal, the quote doubled inside; else up to a blank or a closing parenthesis. */
static int take_value(struct parser *p, struct str *v, bool *quoted, struct err *e)
{
	char quote;
	char *to;
	size_t n = 0;

	skip_blanks(p);
	quote = here(p);
	*quoted = quote == '\'' || quote == '"';
	if (!*quoted) {
		*v = (struct str){ p->text.ptr + p->at, 0 };
		while (p->at < p->text.len && !is_blank(here(p)) && here(p) != ')' && here(p) != '(')
			p->at++;
		v->len = (size_t)(p->text.ptr + p->at - v->ptr);
		return v->len ? 0 : unexpected(p, "a value ('' is the empty one)", e);
	}
	to = arena_alloc(p->c->arena, p->text.len);
	if (!to)
		return err_nomem(e);
	for (p->at++; p->at < p->text.len; p->at++) {
		if (here(p) == quote && (p->at + 1 == p->text.len || p->text.ptr[p->at + 1] != quote)) {
			p->at++;
			*v = (struct str){ to, n };
			return 0;
		}
		p->at += here(p) == quote;
		to[n++] = here(p);
	}
	return unexpected(p, "the closing quote", e);
}

static int read_bound(const struct select_ctx *c, const struct field *f, const char *op, struct str v, struct cond *out, struct err *e)
{
	bool less = op[0] == '<';

	out->op = COND_RANGE;
	out->to_closed = less && op[1] == '=';
	out->from_open = !less && op[1] != '=';
	if (!v.len)
		return err_set(e, E_USAGE, "%s%s: a value is missing", f->name, op);
	return cond_cell(f, v, &c->when, c->arena, less ? &out->to : &out->from, e) < 0 ? -1 : cond_ranked(f, c->arena, out, e);
}

static int read_cond(const struct select_ctx *c, const struct field *f, const char *op, struct str v, bool quoted, struct cond *out,
		     struct err *e)
{
	bool negate = op[0] == '!';

	out->negate = negate;
	op += negate;
	if (*op == '~')
		return cond_regex(f, v, c->arena, out, e);
	if (*op != '=')
		return read_bound(c, f, op, v, out, e);
	return quoted ? cond_literal(f, v, &c->when, c->arena, out, e) : cond_value(f, v, &c->when, c->arena, out, e);
}

static int read_term(struct parser *p, const struct select **out, struct err *e)
{
	struct str path = path_word(p), v = { NULL, 0 };
	struct select *s = node(p, SELECT_TERM, e);
	bool quoted = false;
	const char *op;

	if (!s)
		return -1;
	if (!path.len)
		return unexpected(p, "a field", e);
	if (read_path(p->c, path, s, e) < 0)
		return -1;
	p->at += path.len;
	op = take_op(p);
	if (!op)
		return err_set(e, E_USAGE, "selector \"%.*s\": no operator after %.*s (= != < <= > >= ~ !~; did the shell eat a '<' or '>'?)",
			       STR_ARG(p->text), STR_ARG(path));
	if (take_value(p, &v, &quoted, e) < 0 || read_cond(p->c, select_field(s), op, v, quoted, &s->cond, e) < 0)
		return -1;
	*out = s;
	return 0;
}

/* group:NAME and asset:NAME stand for devices, or for what is about them. */
static int read_set(struct parser *p, enum select_kind kind, const struct select **out, struct err *e)
{
	struct select *s = node(p, kind, e);
	bool quoted;

	if (!s)
		return -1;
	if (p->c->ent->about && strcmp(p->c->ent->about, "device") == 0)
		s->step[s->nstep++] = (struct select_step){ p->c->ent, entity_field(p->c->ent, STR("device")) };
	else if (strcmp(p->c->ent->table, "device") != 0)
		return err_set(e, E_USAGE, "group: and asset: select devices, not %s", p->c->ent->plural);
	p->at += strlen("group:");
	if (take_value(p, &s->name, &quoted, e) < 0)
		return -1;
	*out = s;
	return 0;
}

static bool starts_here(const struct parser *p, const char *word)
{
	return str_starts((struct str){ p->text.ptr + p->at, p->text.len - p->at }, word);
}

static int read_either(struct parser *p, const struct select **out, struct err *e);

static int read_one(struct parser *p, const struct select **out, struct err *e)
{
	if (take_word(p, "not")) {
		struct select *s = node(p, SELECT_NOT, e);

		if (!s)
			return -1;
		*out = s;
		if (++p->depth > SELECT_DEPTH_MAX)
			return err_set(e, E_USAGE, "selector is nested too deep (at most %d)", SELECT_DEPTH_MAX);
		return read_one(p, &s->a, e);
	}
	skip_blanks(p);
	if (starts_here(p, "group:") || starts_here(p, "asset:"))
		return read_set(p, starts_here(p, "group:") ? SELECT_GROUP : SELECT_ASSET, out, e);
	if (here(p) != '(')
		return read_term(p, out, e);
	p->at++;
	if (++p->depth > SELECT_DEPTH_MAX)
		return err_set(e, E_USAGE, "selector is nested too deep (at most %d)", SELECT_DEPTH_MAX);
	if (read_either(p, out, e) < 0)
		return -1;
	skip_blanks(p);
	if (here(p) != ')')
		return unexpected(p, "\")\", \"and\" or \"or\"", e);
	p->at++;
	return 0;
}

typedef int read_part(struct parser *p, const struct select **out, struct err *e);

/* part { word part } */
static int read_chain(struct parser *p, const char *word, enum select_kind kind, read_part *part, const struct select **out,
		      struct err *e)
{
	if (part(p, out, e) < 0)
		return -1;
	while (take_word(p, word)) {
		struct select *s = node(p, kind, e);

		if (!s)
			return -1;
		s->a = *out;
		*out = s;
		if (part(p, &s->b, e) < 0)
			return -1;
	}
	return 0;
}

static int read_both(struct parser *p, const struct select **out, struct err *e)
{
	return read_chain(p, "and", SELECT_AND, read_one, out, e);
}

static int read_either(struct parser *p, const struct select **out, struct err *e)
{
	return read_chain(p, "or", SELECT_OR, read_both, out, e);
}

int select_parse(const struct select_ctx *c, struct str text, const struct select **out, struct err *e)
{
	struct parser p = { .c = c, .text = text };

	if (read_either(&p, out, e) < 0)
		return -1;
	skip_blanks(&p);
	return p.at == text.len ? 0 : unexpected(&p, "\"and\", \"or\" or the end", e);
}

/* ---- operands ---- */

/* " and FIELD op" or " or FIELD op" comes later: the operand is an expression, not one term with blanks in its value. */
static bool goes_on(struct str operand)
{
	struct parser p = { .text = operand };

	for (; p.at < operand.len; p.at++) {
		struct parser q = p;

		if (!is_blank(here(&p)) || !(take_word(&q, "and") || take_word(&q, "or")) || !is_blank(here(&q)))
			continue;
		skip_blanks(&q);
		if (here(&q) == '(' || starts_here(&q, "group:") || starts_here(&q, "asset:") || str_is(path_word(&q), "not"))
			return true;
		if (path_word(&q).len) {
			q.at += path_word(&q).len;
			if (take_op(&q))
				return true;
		}
	}
	return false;
}

/* The value begins with a quote that is closed at its end, or before what goes on: it is a quoted one, not text that has a quote in it. */
static bool is_quoted(struct str v)
{
	size_t i = 1;

	if (!v.len || (*v.ptr != '\'' && *v.ptr != '"'))
		return false;
	while (i < v.len && (v.ptr[i] != *v.ptr || (i + 1 < v.len && v.ptr[i + 1] == *v.ptr)))
		i += v.ptr[i] == *v.ptr ? 2 : 1;
	return i < v.len && (i + 1 == v.len || is_blank(v.ptr[i + 1]));
}

/* FIELD=…, FIELD:re=… or FIELD:not=…, and nothing but that. */
static bool is_bare(struct str operand, struct str *name, struct str *op, struct str *value)
{
	struct parser p = { .text = operand };
	size_t n = path_word(&p).len;

	if (!n || n == operand.len)
		return false;
	if (operand.ptr[n] != '=' && operand.ptr[n] != ':')
		return false;
	if (str_starts(operand, "group:") || str_starts(operand, "asset:") || !term_split(operand, name, op, value))
		return false;
	return op->ptr || (!goes_on(operand) && !is_quoted(*value));
}

bool select_is(struct str operand)
{
	for (size_t i = 0; i < operand.len; i++)
		if (strchr("=<>~!(", operand.ptr[i]))
			return true;
	return str_starts(operand, "group:") || str_starts(operand, "asset:") || str_starts(operand, "not ");
}

int select_operand(const struct select_ctx *c, struct str operand, const struct select **out, struct err *e)
{
	struct parser p = { .c = c, .text = operand };
	struct str name, op, value;
	struct select *s;

	if (!select_is(operand))
		return err_set(e, E_USAGE, "\"%.*s\" is no filter: write field=value (did the shell eat a '<' or '>'?)",
			       STR_ARG(operand));
	if (!is_bare(operand, &name, &op, &value))
		return select_parse(c, operand, out, e);
	s = node(&p, SELECT_TERM, e);
	if (!s || read_path(c, name, s, e) < 0)
		return -1;
	*out = s;
	if (str_is(op, "re"))
		return cond_regex(select_field(s), value, c->arena, &s->cond, e);
	s->cond.negate = str_is(op, "not");
	if (op.ptr && !s->cond.negate)
		return err_set(e, E_USAGE, "%.*s: unknown operator \":%.*s\" (\":re\" or \":not\")", STR_ARG(name), STR_ARG(op));
	return cond_value(select_field(s), value, &c->when, c->arena, &s->cond, e);
}

int select_and(const struct select_ctx *c, const struct select *a, const struct select *b, const struct select **out, struct err *e)
{
	struct parser p = { .c = c };
	struct select *s;

	*out = a ? a : b;
	if (!a || !b)
		return 0;
	s = node(&p, SELECT_AND, e);
	if (!s)
		return -1;
	s->a = a;
	s->b = b;
	*out = s;
	return 0;
}

int select_operands(const struct select_ctx *c, char **operand, int n, const struct select **out, struct err *e)
{
	*out = NULL;
	for (int i = 0; i < n; i++) {
		const struct select *one;

		if (select_operand(c, str_of(operand[i]), &one, e) < 0 || select_and(c, *out, one, out, e) < 0)
			return -1;
	}
	return 0;
}

bool select_names(const struct select *s, enum select_kind kind, struct str name)
{
	if (!s || s->kind == SELECT_TERM)
		return false;
	if (s->kind == SELECT_GROUP || s->kind == SELECT_ASSET)
		return s->kind == kind && str_eq(s->name, name);
	return select_names(s->a, kind, name) || select_names(s->b, kind, name);
}

int select_texts(const struct select *s, const struct entity *ent, int field, int (*fn)(struct str text, void *arg, struct err *e), void *arg, struct err *e)
{
	if (!s)
		return 0;
	if (s->kind != SELECT_TERM)
		return select_texts(s->a, ent, field, fn, arg, e) < 0 ? -1 : select_texts(s->b, ent, field, fn, arg, e);
	if (s->nstep != 1 || s->step[0].ent != ent || s->step[0].field != field || s->cond.op != COND_ANY)
		return 0;
	for (size_t i = 0; i < s->cond.n; i++) {
		const struct cond_value *v = s->cond.value + i;

		if (!v->glob && v->cell.type == CELL_TEXT && fn(v->cell.s, arg, e) < 0)
			return -1;
	}
	return 0;
}
