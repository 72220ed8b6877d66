/* SPDX-License-Identifier: MIT */
/*
 * Expressions read, and said again in Lua. Each value is in a local of its own, by depth, so that nil can be looked for before Lua would refuse it:
 *
 *	r1 = a1; if a1 ~= nil then r1 = a1 + 2.0 ... end
 *
 * Each line of that text is from one place of the expression: Lua names the line when it cannot compute.
 */
#include "base/num.h"
#include "base/sb.h"
#include "expr/expr.h"

#define LOCALS_MAX 180 /* Lua has room for 200 in a function */

enum token { T_END, T_NUMBER, T_TEXT, T_NAME, T_OP };

/* What is known of a value before it is computed. */
enum kind { K_ANY, K_NUMBER, K_TRUTH, K_TEXT };

struct reader {
	struct str s;
	size_t at;	   /* behind the token at hand */
	enum token token;
	size_t from;	   /* where it begins */
	struct str text;   /* its bytes; of T_TEXT without quotes */
	int depth;
	int locals;	   /* as many are needed */
	struct sb code;
	unsigned short column[EXPR_TEXT_MAX * 4];
	size_t lines;
	struct expr_read *out;
	struct err *e;
};

/* A value: the local r<at>, or an input or a literal, which need none. */
struct operand {
	char text[40];
	enum kind kind;
	bool sure; /* it is never unknown */
};

static int either(struct reader *r, int at, struct operand *out);

static int wrong(struct reader *r, size_t from, const char *why)
{
	return err_set(r->e, E_USAGE, "column %zu: %s", from + 1, why);
}

/* ---- tokens ---- */

static bool starts_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool in_name(char c)
{
	return starts_name(c) || digit(c) || c == '_';
}

static size_t number_length(const struct reader *r)
{
	size_t i = r->at;

	while (i < r->s.len && (digit(r->s.ptr[i]) || r->s.ptr[i] == '.'))
		i++;
	if (i < r->s.len && (r->s.ptr[i] | 0x20) == 'e') {
		i++;
		i += i < r->s.len && (r->s.ptr[i] == '+' || r->s.ptr[i] == '-');
		while (i < r->s.len && digit(r->s.ptr[i]))
			i++;
	}
	return i - r->at;
}

static size_t name_length(const struct reader *r)
{
	size_t i = r->at;

	while (i < r->s.len && in_name(r->s.ptr[i]))
		i++;
	/* a path: "gateway.online" */
	if (i + 1 < r->s.len && r->s.ptr[i] == '.' && starts_name(r->s.ptr[i + 1]))
		for (i++; i < r->s.len && in_name(r->s.ptr[i]);)
			i++;
	return i - r->at;
}

static int quoted(struct reader *r, char quote)
{
	const char *p = r->s.ptr + r->at + 1, *end = memchr(p, quote, r->s.len - r->at - 1);

	if (!end)
		return wrong(r, r->at, "the text has no end");
	r->text = (struct str){ p, (size_t)(end - p) };
	r->token = T_TEXT;
	r->at += r->text.len + 2;
	return 0;
}

static int operator_length(const struct reader *r)
{
	static const char *const two[] = { "==", "!=", "~=", "<=", ">=" };

	for (size_t i = 0; i < COUNT(two); i++)
		if (r->s.len - r->at >= 2 && memcmp(r->s.ptr + r->at, two[i], 2) == 0)
			return 2;
	return strchr("+-*/%^(),=<>", r->s.ptr[r->at]) ? 1 : 0;
}

static int next(struct reader *r)
{
	size_t n;
	char c;

	while (r->at < r->s.len && strchr(" \t\r\n", r->s.ptr[r->at]) && r->s.ptr[r->at])
		r->at++;
	r->from = r->at;
	r->token = T_END;
	r->text = (struct str){ NULL, 0 };
	if (r->at == r->s.len)
		return 0;
	c = r->s.ptr[r->at];
	if (c == '\'' || c == '"')
		return quoted(r, c);
	if (digit(c) || (c == '.' && r->at + 1 < r->s.len && digit(r->s.ptr[r->at + 1]))) {
		r->token = T_NUMBER;
		n = number_length(r);
	} else if (starts_name(c)) {
		r->token = T_NAME;
		n = name_length(r);
	} else {
		r->token = T_OP;
		n = c ? (size_t)operator_length(r) : 0;
		if (!n)
			return wrong(r, r->from, "there is no such sign here");
	}
	r->text = (struct str){ r->s.ptr + r->at, n };
	r->at += n;
	return 0;
}

static bool is_op(const struct reader *r, const char *op)
{
	return r->token == T_OP && str_is(r->text, op);
}

static bool is_word(const struct reader *r, const char *word)
{
	return r->token == T_NAME && str_is(r->text, word);
}

/* ---- text for Lua ---- */

/* A line of it, from the expression's column of `from`. */
static int PRINTF_LIKE(3, 4) line(struct reader *r, size_t from, const char *fmt, ...)
{
	char text[400];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(text) || r->lines == COUNT(r->column))
		return wrong(r, from, "the expression is too long");
	r->column[r->lines++] = (unsigned short)(from + 1);
	sb_add(&r->code, text, (size_t)n);
	return sb_addc(&r->code, '\n') < 0 ? wrong(r, from, "the expression is too long") : 0;
}

static struct operand local(struct reader *r, int at, enum kind kind, bool sure)
{
	struct operand o = { .kind = kind, .sure = sure };

	(void)snprintf(o.text, sizeof(o.text), "r%d", at);
	r->locals = at > r->locals ? at : r->locals;
	return o;
}

/* "a ~= nil and b ~= nil" of those that may be unknown; "true" when none may. */
static void known(const struct operand *a, const struct operand *b, char out[120])
{
	bool x = !a->sure, y = b && !b->sure;

	(void)snprintf(out, 120, "%s%s%s%s%s", x ? a->text : "", x ? " ~= nil" : "", x && y ? " and " : "", y ? b->text : "",
		       y ? " ~= nil" : x ? "" : "true");
}

static int want_number(struct reader *r, size_t from, const struct operand *o)
{
	return o->kind == K_TRUTH  ? wrong(r, from, "a truth is no number")
	       : o->kind == K_TEXT ? wrong(r, from, "a text is no number")
				   : 0;
}

/* What stands here is used as true or false: what is not known to be is looked at when it is computed. */
static int want_truth(struct reader *r, size_t from, const struct operand *o)
{
	if (o->kind == K_TRUTH)
		return 0;
	if (o->kind == K_NUMBER)
		return wrong(r, from, "a number is neither true nor false: compare it");
	if (o->kind == K_TEXT)
		return wrong(r, from, "a text is neither true nor false: compare it");
	return line(r, from, "if %s ~= nil and %s ~= true and %s ~= false then no_truth(%s) end", o->text, o->text, o->text, o->text);
}

/* r<at> = a op b, a number or unknown. */
static int arithmetic(struct reader *r, size_t from, const char *op, int at, struct operand *a, const struct operand *b)
{
	struct operand to = local(r, at, K_NUMBER, false);
	char ok[120];

	known(a, b, ok);
	if (line(r, from, "if %s then %s = %s %s %s", ok, to.text, a->text, op, b->text) < 0 ||
	    line(r, from, "if %s - %s ~= 0 then %s = nil end else %s = nil end", to.text, to.text, to.text, to.text) < 0)
		return -1;
	*a = to;
	return 0;
}

/* ---- atoms ---- */

static int number(struct reader *r, struct operand *out)
{
	char digits[32];
	double v;

	if (r->text.len && r->text.ptr[0] == '.')
		return wrong(r, r->from, "write 0.5");
	if (num_parse(r->text, &v) != NUM_OK)
		return err_set(r->e, E_USAGE, "column %zu: %.*s %s", r->from + 1, STR_ARG(r->text), num_why(num_parse(r->text, &v)));
	(void)snprintf(digits, sizeof(digits), "%.17g", v);
	*out = (struct operand){ .kind = K_NUMBER, .sure = true };
	(void)snprintf(out->text, sizeof(out->text), "%s%s", digits, strpbrk(digits, ".e") ? "" : ".0");
	return next(r);
}

/* Texts are given to Lua byte by byte as numbers: no quoting to get wrong. */
static int text(struct reader *r, int at, struct operand *out)
{
	size_t from = r->from;

	*out = local(r, at, K_TEXT, true);
	if (sb_addf(&r->code, "%s = \"", out->text) < 0)
		return wrong(r, from, "the expression is too long");
	for (size_t i = 0; i < r->text.len; i++)
		if (sb_addf(&r->code, "\\%03u", (unsigned)(unsigned char)r->text.ptr[i]) < 0)
			return wrong(r, from, "the expression is too long");
	return line(r, from, "\"") < 0 ? -1 : next(r);
}

static int input(struct reader *r, struct str name, size_t from, struct operand *out)
{
	struct expr_read *o = r->out;
	size_t i = 0;

	while (i < o->n && !str_eq(o->name[i], name))
		i++;
	if (i == EXPR_NAMES_MAX)
		return wrong(r, from, "more different names than an expression may have");
	if (i == o->n)
		o->name[o->n++] = name;
	*out = (struct operand){ .kind = K_ANY };
	(void)snprintf(out->text, sizeof(out->text), "a%zu", i + 1);
	return 0;
}

/* ---- functions ---- */

static int take_op(struct reader *r, const char *op, const char *why)
{
	return is_op(r, op) ? next(r) : wrong(r, r->from, why);
}

/* An argument into r<at> itself, a number if it must be one. */
static int argument(struct reader *r, int at, bool numeric, struct operand *out)
{
	size_t from = r->from;
	struct operand to;

	if (either(r, at, out) < 0 || (numeric && want_number(r, from, out) < 0))
		return -1;
	to = local(r, at, out->kind, out->sure);
	if (strcmp(to.text, out->text) != 0 && line(r, from, "%s = %s", to.text, out->text) < 0)
		return -1;
	*out = to;
	return 0;
}

/* One argument, one C function. */
static int call_one(struct reader *r, struct str name, size_t from, int at, struct operand *out)
{
	char ok[120];

	if (argument(r, at, true, out) < 0)
		return -1;
	known(out, NULL, ok);
	*out = local(r, at, K_NUMBER, false);
	if (line(r, from, "if %s then %s = %.*s(%s)", ok, out->text, STR_ARG(name), out->text) < 0)
		return -1;
	return line(r, from, "if %s - %s ~= 0 then %s = nil end end", out->text, out->text, out->text);
}

/* min, max, avg, sum of any number of arguments: all of them must be known. */
static int call_many(struct reader *r, char how, size_t from, int at, struct operand *out)
{
	struct operand acc, one;
	int n = 1;

	if (argument(r, at, true, out) < 0)
		return -1;
	acc = local(r, at, K_NUMBER, out->sure);
	for (; is_op(r, ","); n++) {
		char ok[120];

		if (next(r) < 0 || argument(r, at + 1, true, &one) < 0)
			return -1;
		known(&acc, &one, ok);
		if (how == '+' ? line(r, from, "if %s then %s = %s + %s else %s = nil end", ok, acc.text, acc.text, one.text, acc.text) < 0
			       : line(r, from, "if %s then if %s %c %s then %s = %s end else %s = nil end", ok, one.text, how, acc.text, acc.text,
				      one.text, acc.text) < 0)
			return -1;
		acc.sure = acc.sure && one.sure;
	}
	*out = acc;
	if (how != '+')
		return 0;
	out->sure = false;
	return line(r, from, "if %s ~= nil then if %s - %s ~= 0 then %s = nil end end", acc.text, acc.text, acc.text, acc.text) < 0 ? -1 : n;
}

static int call_avg(struct reader *r, size_t from, int at, struct operand *out)
{
	int n = call_many(r, '+', from, at, out);

	/* n arguments */
	return n < 0 ? -1 : line(r, from, "if %s ~= nil then %s = %s / %d.0 end", out->text, out->text, out->text, n);
}

static int call_default(struct reader *r, size_t from, int at, struct operand *out)
{
	struct operand other;

	if (argument(r, at, false, out) < 0 || take_op(r, ",", "default() has two arguments") < 0 || line(r, from, "if %s == nil then", out->text) < 0 ||
	    argument(r, at + 1, false, &other) < 0 || line(r, from, "%s = %s end", out->text, other.text) < 0)
		return -1;
	out->kind = out->kind == other.kind ? out->kind : K_ANY;
	out->sure = out->sure || other.sure;
	return 0;
}

static int call_if(struct reader *r, size_t from, int at, struct operand *out)
{
	struct operand yes, no;

	if (argument(r, at, false, out) < 0 || want_truth(r, from, out) < 0 || take_op(r, ",", "if() has three arguments") < 0 ||
	    line(r, from, "if %s == true then", out->text) < 0 || argument(r, at + 1, false, &yes) < 0 ||
	    take_op(r, ",", "if() has three arguments") < 0 || line(r, from, "%s = %s elseif %s == false then", out->text, yes.text, out->text) < 0 ||
	    argument(r, at + 1, false, &no) < 0 || line(r, from, "%s = %s end", out->text, no.text) < 0)
		return -1;
	*out = local(r, at, yes.kind == no.kind ? yes.kind : K_ANY, false);
	return 0;
}

static int call_known(struct reader *r, size_t from, int at, struct operand *out)
{
	if (argument(r, at, false, out) < 0)
		return -1;
	*out = local(r, at, K_TRUTH, true);
	return line(r, from, "%s = %s ~= nil", out->text, out->text);
}

static int call(struct reader *r, struct str name, size_t from, int at, struct operand *out)
{
	static const char *const ones[] = { "abs", "ceil", "exp", "floor", "ln", "log10", "round", "sqrt" };
	int rc = 1;

	if (next(r) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(ones); i++)
		if (str_is(name, ones[i]))
			rc = call_one(r, name, from, at, out);
	if (str_is(name, "min") || str_is(name, "max"))
		rc = call_many(r, name.ptr[1] == 'i' ? '<' : '>', from, at, out);
	else if (str_is(name, "sum"))
		rc = call_many(r, '+', from, at, out) < 0 ? -1 : 0;
	else if (str_is(name, "avg"))
		rc = call_avg(r, from, at, out);
	else if (str_is(name, "default"))
		rc = call_default(r, from, at, out);
	else if (str_is(name, "if"))
		rc = call_if(r, from, at, out);
	else if (str_is(name, "known"))
		rc = call_known(r, from, at, out);
	if (rc > 0)
		return wrong(r, from, "no such function: abs avg ceil default exp floor if known ln log10 max min round sqrt sum");
	return rc < 0 ? -1 : take_op(r, ")", "the arguments are not closed, or too many");
}

static int atom(struct reader *r, int at, struct operand *out)
{
	struct str name = r->text;
	size_t from = r->from;

	if (at > LOCALS_MAX)
		return wrong(r, from, "too much within each other");
	if (r->token == T_NUMBER)
		return number(r, out);
	if (r->token == T_TEXT)
		return text(r, at, out);
	if (is_op(r, "("))
		return next(r) < 0 || either(r, at, out) < 0 ? -1 : take_op(r, ")", "the bracket is not closed");
	if (r->token == T_END)
		return wrong(r, from, "something is missing at the end");
	if (r->token != T_NAME || str_is(name, "and") || str_is(name, "or") || str_is(name, "not"))
		return wrong(r, from, "a value is missing here");
	if (next(r) < 0)
		return -1;
	if (is_op(r, "("))
		return call(r, name, from, at, out);
	if (str_is(name, "true") || str_is(name, "false")) {
		*out = (struct operand){ .kind = K_TRUTH, .sure = true };
		(void)snprintf(out->text, sizeof(out->text), "%.*s", STR_ARG(name));
		return 0;
	}
	return input(r, name, from, out);
}

/* ---- operators, from the strongest to the weakest ---- */

static int sign(struct reader *r, int at, struct operand *out);

static int power(struct reader *r, int at, struct operand *out)
{
	struct operand b;
	size_t from = r->from, op;

	if (atom(r, at, out) < 0)
		return -1;
	op = r->from;
	if (!is_op(r, "^"))
		return 0;
	return want_number(r, from, out) < 0 || next(r) < 0 || sign(r, at + 1, &b) < 0 || want_number(r, op, &b) < 0
		       ? -1
		       : arithmetic(r, op, "^", at, out, &b);
}

static int sign(struct reader *r, int at, struct operand *out)
{
	static const struct operand zero = { .text = "0.0", .kind = K_NUMBER, .sure = true };
	size_t from = r->from;
	struct operand b, a = zero;
	int rc;

	if (!is_op(r, "-"))
		return power(r, at, out);
	if (++r->depth > EXPR_DEPTH_MAX)
		return wrong(r, from, "too much within each other");
	rc = next(r) < 0 || sign(r, at, &b) < 0 || want_number(r, from, &b) < 0 ? -1 : arithmetic(r, from, "-", at, &a, &b);
	r->depth--;
	*out = a;
	return rc;
}

static int chain(struct reader *r, const char *ops, int at, struct operand *out, int (*part)(struct reader *, int, struct operand *))
{
	size_t from = r->from;

	if (part(r, at, out) < 0)
		return -1;
	while (r->token == T_OP && r->text.len == 1 && strchr(ops, r->text.ptr[0])) {
		const char op[2] = { r->text.ptr[0], '\0' };
		size_t place = r->from;
		struct operand b;

		if (want_number(r, from, out) < 0 || next(r) < 0 || part(r, at + 1, &b) < 0 || want_number(r, place, &b) < 0 ||
		    arithmetic(r, place, op, at, out, &b) < 0)
			return -1;
	}
	return 0;
}

static int product(struct reader *r, int at, struct operand *out)
{
	return chain(r, "*/%", at, out, sign);
}

static int sum(struct reader *r, int at, struct operand *out)
{
	return chain(r, "+-", at, out, product);
}

static const char *comparison(const struct reader *r)
{
	static const char *const ours[] = { "=", "==", "!=", "~=", "<", "<=", ">", ">=" };
	static const char *const luas[] = { "==", "==", "~=", "~=", "<", "<=", ">", ">=" };

	for (size_t i = 0; i < COUNT(ours) && r->token == T_OP; i++)
		if (str_is(r->text, ours[i]))
			return luas[i];
	return NULL;
}

static int test(struct reader *r, int at, struct operand *out)
{
	struct operand a, b;
	char ok[120];
	const char *op;
	size_t place;

	if (sum(r, at, &a) < 0)
		return -1;
	*out = a;
	op = comparison(r);
	place = r->from;
	if (!op)
		return 0;
	if (next(r) < 0 || sum(r, at + 1, &b) < 0)
		return -1;
	if ((op[0] == '<' || op[0] == '>') && (a.kind == K_TRUTH || b.kind == K_TRUTH))
		return wrong(r, place, "truths have no order");
	if (a.kind != K_ANY && b.kind != K_ANY && a.kind != b.kind)
		return wrong(r, place, "numbers, texts and truths are not compared with each other");
	if (comparison(r))
		return wrong(r, r->from, "comparisons are joined by and: 1<x and x<3");
	known(&a, &b, ok);
	*out = local(r, at, K_TRUTH, a.sure && b.sure);
	return line(r, place, "if %s then %s = %s %s %s else %s = nil end", ok, out->text, a.text, op, b.text, out->text);
}

static int one(struct reader *r, int at, struct operand *out)
{
	size_t from = r->from;
	char ok[120];
	int rc;

	if (!is_word(r, "not"))
		return test(r, at, out);
	if (++r->depth > EXPR_DEPTH_MAX)
		return wrong(r, from, "too much within each other");
	rc = next(r) < 0 || one(r, at, out) < 0 || want_truth(r, from, out) < 0 ? -1 : 0;
	r->depth--;
	if (rc < 0)
		return -1;
	known(out, NULL, ok);
	rc = line(r, from, "if %s then r%d = not %s else r%d = nil end", ok, at, out->text, at);
	*out = local(r, at, K_TRUTH, out->sure);
	return rc;
}

/*
 * "and" when decided is false, "or" when it is true: the side that decides does so whatever the other is, also unknown. The other side is computed only where it counts.
 */
static int logic(struct reader *r, const char *word, int at, struct operand *out, int (*part)(struct reader *, int, struct operand *))
{
	const char *decided = word[0] == 'a' ? "false" : "true";
	size_t from = r->from;

	if (part(r, at, out) < 0)
		return -1;
	while (is_word(r, word)) {
		size_t place = r->from, right;
		struct operand a, b;

		if (want_truth(r, from, out) < 0)
			return -1;
		a = *out;
		*out = local(r, at, K_TRUTH, false);
		if (line(r, place, "%s = %s if %s ~= %s then", out->text, a.text, out->text, decided) < 0 || next(r) < 0)
			return -1;
		right = r->from;
		if (part(r, at + 1, &b) < 0 || want_truth(r, right, &b) < 0 ||
		    line(r, place, "if %s == %s then %s = %s elseif %s ~= nil then %s = %s end end", b.text, decided, out->text, decided, out->text,
			 out->text, b.text) < 0)
			return -1;
		out->sure = a.sure && b.sure;
	}
	return 0;
}

static int both(struct reader *r, int at, struct operand *out)
{
	return logic(r, "and", at, out, one);
}

static int either(struct reader *r, int at, struct operand *out)
{
	int rc;

	if (++r->depth > EXPR_DEPTH_MAX)
		return wrong(r, r->from, "too much within each other");
	rc = logic(r, "or", at, out, both);
	r->depth--;
	return rc;
}

/* ---- the whole ---- */

/* Around the lines: two before them, in which the functions of expr.c, the inputs and the locals get their names. */
static int wrap(struct reader *r, const struct operand *result, struct arena *a)
{
	AUTO(sb_done) struct sb all = SB_INIT((size_t)1 << 20);
	unsigned short *column = arena_alloc(a, (r->lines + 3) * sizeof(*column));

	sb_adds(&all, "local abs, ceil, exp, floor, ln, log10, round, sqrt, no_truth = ...\nreturn function(");
	for (size_t i = 0; i < r->out->n; i++)
		sb_addf(&all, "%sa%zu", i ? ", " : "", i + 1);
	sb_addc(&all, ')');
	for (int i = 1; i <= r->locals; i++)
		sb_addf(&all, "%sr%d", i == 1 ? " local " : ", ", i);
	sb_addc(&all, '\n');
	sb_adds(&all, sb_cstr(&r->code));
	sb_addf(&all, "return %s end\n", result->text);
	if (!column || all.bad)
		return err_nomem(r->e);
	column[0] = column[1] = column[r->lines + 2] = 1;
	memcpy(column + 2, r->column, r->lines * sizeof(*column));
	r->out->code = (struct str){ arena_dup(a, sb_str(&all)), all.len };
	r->out->column = column;
	r->out->lines = r->lines + 3;
	r->out->truth = result->kind == K_TRUTH;
	return r->out->code.ptr ? 0 : err_nomem(r->e);
}

static int read_all(struct reader *r, struct str s, struct arena *a)
{
	struct operand result;

	if (s.len > EXPR_TEXT_MAX)
		return err_set(r->e, E_USAGE, "longer than %d bytes", EXPR_TEXT_MAX);
	r->s = (struct str){ arena_dup(a, s), s.len };
	if (!r->s.ptr)
		return err_nomem(r->e);
	if (next(r) < 0 || either(r, 1, &result) < 0)
		return -1;
	if (r->token != T_END)
		return wrong(r, r->from, "the expression should end here");
	return wrap(r, &result, a);
}

int expr_read(struct str text, struct arena *a, struct expr_read *out, struct err *e)
{
	struct reader *r = calloc(1, sizeof(*r));
	int rc;

	if (!r)
		return err_nomem(e);
	memset(out, 0, sizeof(*out));
	*r = (struct reader){ .out = out, .e = e, .code = SB_INIT((size_t)512 << 10) };
	rc = read_all(r, text, a);
	sb_done(&r->code);
	free(r);
	return rc;
}
