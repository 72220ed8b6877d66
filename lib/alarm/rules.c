/* SPDX-License-Identifier: MIT */
#include "alarm/rules.h"

#include "base/num.h"
#include "codec/hash.h"
#include "codec/json.h"
#include "judge/message.h"
#include "model/term.h"
#include "os/zones.h"
#include "rec/records.h"
#include "store/entity.h"

#define FILE_MAX ((size_t)64 << 20)

void rules_done(struct rules *r)
{
	exprs_free(r->exprs);
	arena_done(&r->keep);
	free(r->v);
	*r = (struct rules)RULES_INIT;
}

const struct rule_one *rules_find(const struct rules *r, struct str name)
{
	for (size_t i = 0; i < r->n; i++)
		if (str_eq(r->v[i].rule.name, name))
			return r->v + i;
	return NULL;
}

static struct rule_one *grow(struct rules *r)
{
	if (r->n == r->cap) {
		size_t cap = r->cap ? r->cap * 2 : 16;
		struct rule_one *v = realloc(r->v, cap * sizeof(*v));

		if (!v)
			return NULL;
		r->v = v;
		r->cap = cap;
	}
	return r->v + r->n;
}

/* Texts of a row live in the set afterwards. */
static int keep_row(struct rules *r, const struct row *row, struct row **out, struct err *e)
{
	struct row *copy = arena_alloc(&r->keep, sizeof(*copy));

	if (!copy)
		return err_nomem(e);
	*copy = *row;
	for (size_t i = 0; i < rule_entity.n; i++) {
		struct cell *c = copy->cell + i;

		if (c->type != CELL_TEXT)
			continue;
		c->s.ptr = arena_dup(&r->keep, c->s);
		if (!c->s.ptr)
			return err_nomem(e);
	}
	*out = copy;
	return 0;
}

int rules_add(struct rules *r, const struct row *row, const char *variant, struct err *e)
{
	struct rule_one *one = grow(r);

	if (!one || (!r->exprs && exprs_new(&r->exprs, e) < 0))
		return one ? -1 : err_nomem(e);
	*one = (struct rule_one){ .variant = str_of(arena_dup(&r->keep, str_of(variant))) };
	if (keep_row(r, row, &one->row, e) < 0 || rule_read(one->row, &r->keep, &one->rule, e) < 0)
		return -1;
	if (one->rule.tz.len && zones_get(arena_dup(&r->keep, one->rule.tz), &one->rule.zone, e) < 0)
		return -1;
	r->n++;
	return rule_ready(&one->rule, r->exprs, e);
}

/* ---- out of a file ---- */

static int assign(struct rules *r, struct row *row, struct str field, struct str text, struct err *e)
{
	int i = entity_field(&rule_entity, field);

	if (i < 0)
		return entity_unknown(&rule_entity, field, e);
	if (entity_value(rule_entity.field + i, text, &r->when, &r->keep, row->cell + i, e) < 0)
		return -1;
	row_mark(row, (size_t)i);
	return 0;
}

/* A rule of a file need not say whose it is: there nothing but points is known. */
static int complete(struct rules *r, struct row *row, struct err *e)
{
	bool owned = row_text(&rule_entity, row, "model").len || row_text(&rule_entity, row, "device").len;
	int model = entity_field(&rule_entity, STR("model"));
	int rc;

	if (!owned && assign(r, row, STR("model"), STR("any"), e) < 0)
		return -1;
	rc = entity_complete(&rule_entity, NULL, row, &r->keep, e);
	if (!owned)
		row->cell[model] = CELL_OF_NULL;
	return rc;
}

static int add_object(struct rules *r, const char *name, const json_t *json, struct err *e)
{
	struct row *row = arena_alloc(&r->keep, sizeof(*row));
	const char *key;
	json_t *v;

	if (!row)
		return err_nomem(e);
	if (!json_is_object(json))
		return err_set(e, E_INPUT, "should be an object {...}");
	if (assign(r, row, STR("name"), str_of(name), e) < 0)
		return -1;
	json_object_foreach((json_t *)(uintptr_t)json, key, v)
	{
		AUTO(sb_done) struct sb text = SB_INIT(65536);

		if (json_term_text(v, &text) < 0 || assign(r, row, str_of(key), sb_str(&text), e) < 0)
			return -1;
	}
	if (complete(r, row, e) < 0 || rules_add(r, row, "", e) < 0)
		return -1;
	return rule_ladder_check(&r->v[r->n - 1].rule, e);
}

static int add_document(struct rules *r, const char *file, const json_t *root, struct err *e)
{
	const json_t *rules = json_object_get(root, "rules");
	const char *name;
	json_t *v;

	if (!json_is_object(rules))
		return err_set(e, E_INPUT, "%s: no {\"rules\": {NAME: {...}}} as sit-rule export writes it", file);
	json_object_foreach((json_t *)(uintptr_t)rules, name, v)
	{
		if (add_object(r, name, v, e) < 0) {
			e->code = e->code == E_USAGE ? E_INPUT : e->code;
			return err_wrap(e, "%s: rules.%s", file, name);
		}
	}
	return 0;
}

int rules_file(const char *path, struct rules *out, struct err *e)
{
	AUTO(source_freep) struct source *in = NULL;
	AUTO(sb_done) struct sb text = SB_INIT(FILE_MAX);
	char buf[65536];
	json_t *root;
	ssize_t n;
	int rc;

	if (source_open(path, &in, e) < 0)
		return -1;
	while ((n = source_read(in, buf, sizeof(buf), e)) > 0)
		if (sb_add(&text, buf, (size_t)n) < 0)
			return err_set(e, E_INPUT, "%s: longer than %zu MiB", source_name(in), FILE_MAX >> 20);
	root = n < 0 ? NULL : json_read_most(sb_str(&text), FILE_MAX, e);
	if (!root)
		return n < 0 ? -1 : err_wrap(e, "%s", source_name(in));
	rc = add_document(out, source_name(in), root, e);
	json_decref(root);
	return rc;
}

/* ---- out of the store ---- */

int rules_store(struct work *w, struct rules *out, struct err *e)
{
	AUTO(entity_cursor_freep) struct entity_cursor *c = NULL;
	struct select_ctx ctx;
	struct entity_ask ask = { .ctx = &ctx };
	struct row *row = arena_alloc(&w->keep, sizeof(*row));
	int got;

	if (!row)
		return err_nomem(e);
	work_turn(w, "rule");
	ctx = work_select(w);
	if (entity_select(w->db, &ask, &c, e) < 0)
		return -1;
	while ((got = entity_next(c, row, e)) > 0)
		if (rules_add(out, row, "", e) < 0)
			return err_wrap(e, "rule %.*s", STR_ARG(row_text(&rule_entity, row, "name")));
	return got;
}

/* ---- changed ---- */

/* A term whose value is one of several. */
struct sweep {
	struct str field, text; /* the value as it was written */
	bool many, lasting;
	double from, step;
	size_t n; /* values */
};

static bool number_or_duration(struct str s, bool *lasting, double *out)
{
	struct err e;
	int64_t us;

	*lasting = false;
	if (num_parse(s, out) == NUM_OK)
		return true;
	*lasting = dur_parse(s, &us, &e) == 0;
	*out = (double)us;
	return *lasting;
}

static int read_sweep(const char *term, struct sweep *out, struct err *e)
{
	struct str op, v;
	const char *slash, *dots;
	bool a, b, c;
	double to;

	if (!term_split(str_of(term), &out->field, &op, &v) || op.ptr)
		return err_set(e, E_USAGE, "\"%s\": write field=value", term);
	out->text = v;
	out->n = 1;
	slash = v.len ? memrchr(v.ptr, '/', v.len) : NULL;
	dots = slash ? memmem(v.ptr, (size_t)(slash - v.ptr), "..", 2) : NULL;
	if (!dots || !number_or_duration((struct str){ v.ptr, (size_t)(dots - v.ptr) }, &a, &out->from) ||
	    !number_or_duration((struct str){ dots + 2, (size_t)(slash - dots) - 2 }, &b, &to) ||
	    !number_or_duration((struct str){ slash + 1, v.len - (size_t)(slash + 1 - v.ptr) }, &c, &out->step))
		return 0; /* a value like any other */
	if (a != b || b != c || !(out->step > 0) || to < out->from || (to - out->from) / out->step >= RULE_VARIANTS_MAX)
		return err_set(e, E_USAGE, "%s: a sweep is FROM..TO/STEP, at most %d values", term, RULE_VARIANTS_MAX);
	out->many = true;
	out->lasting = a;
	out->n = (size_t)((to - out->from) / out->step + 1e-9) + 1;
	return 0;
}

/* The k-th value of the sweep as text. */
static void sweep_text(const struct sweep *s, size_t k, struct sb *sb)
{
	char text[48];
	double v = s->from + (double)k * s->step;

	if (!s->many)
		sb_add(sb, s->text.ptr, s->text.len);
	else if (s->lasting)
		sb_add(sb, text, dur_print((int64_t)v, text));
	else
		sb_addf(sb, "%.12g", v);
}

/* Combination number k: the first term turns slowest. */
static int add_variant(struct rules *r, const struct row *of, const struct sweep *s, int n, size_t k, struct err *e)
{
	AUTO(sb_done) struct sb label = SB_INIT(65536);
	struct row *row = arena_alloc(&r->keep, sizeof(*row));
	size_t rest = k;

	if (!row)
		return err_nomem(e);
	*row = *of;
	for (int i = n - 1; i >= 0; i--) {
		AUTO(sb_done) struct sb value = SB_INIT(65536);

		sweep_text(s + i, rest % s[i].n, &value);
		rest /= s[i].n;
		if (assign(r, row, s[i].field, sb_str(&value), e) < 0)
			return -1;
	}
	for (int i = 0; i < n; i++) {
		const struct field *f = rule_entity.field + entity_field(&rule_entity, s[i].field);

		sb_addf(&label, "%s%s=", i ? " " : "", f->name);
		(void)cell_text(&label, f, row->cell + (f - rule_entity.field), NULL);
	}
	return complete(r, row, e) < 0 ? -1 : rules_add(r, row, sb_cstr(&label), e);
}

int rules_vary(struct rules *r, const struct rule_one *of, char **terms, int n, struct err *e)
{
	struct sweep *s = arena_alloc(&r->keep, ((size_t)n + 1) * sizeof(*s));
	const struct row *row = of->row;
	size_t all = 1;

	if (!s)
		return err_nomem(e);
	for (int i = 0; i < n; i++) {
		if (read_sweep(terms[i], s + i, e) < 0)
			return -1;
		for (int k = 0; k < i; k++)
			if (str_eq(s[k].field, s[i].field))
				return err_set(e, E_USAGE, "%.*s: is given twice", STR_ARG(s[i].field));
		all *= s[i].n;
		if (all > RULE_VARIANTS_MAX)
			return err_set(e, E_USAGE, "more than %d combinations", RULE_VARIANTS_MAX);
	}
	for (size_t k = 0; n && k < all; k++)
		if (add_variant(r, row, s, n, k, e) < 0)
			return -1;
	return 0;
}

/* ---- changes printed ---- */

const struct field change_fields[] = {
	{ .name = "ts", .kind = FIELD_TIME, .help = "when it happened, by the device's clock" },
	{ .name = "alarm", .kind = FIELD_INT, .help = "number of the alarm" },
	{ .name = "rule", .kind = FIELD_NAME, .help = "its rule" },
	{ .name = "device", .kind = FIELD_NAME, .help = "the device" },
	{ .name = "datapoint", .kind = FIELD_IDENT, .help = "the datapoint; of an expression none" },
	{ .name = "change", .kind = FIELD_ENUM, .words = change_words, .help = "what happened" },
	{ .name = "severity", .kind = FIELD_ENUM, .words = severity_words, .help = "how bad it is from then on" },
	{ .name = "value", .kind = FIELD_VALUE, .help = "the newest value" },
	{ .name = "threshold", .kind = FIELD_TEXT, .help = "the rule's threshold" },
	{ .name = "why", .kind = FIELD_TEXT, .help = "of cleared: by a value, because nothing was known any more (stale), by the schedule, because the rule was changed (rule)" },
	{ .name = "flaps", .kind = FIELD_INT, .help = "times that it came back while it was flapping" },
	{ .name = "message", .kind = FIELD_TEXT, .help = "the rule's message" },
};
const size_t change_count = COUNT(change_fields);

int change_cells(const struct rule *r, struct str device, int64_t alarm, const struct change_of *c, struct cell *cells, struct arena *a)
{
	AUTO(sb_done) struct sb text = SB_INIT(65536);
	const struct cell of[COUNT(change_fields)] = {
		CELL_OF_TIME(c->ts), CELL_OF_INT(alarm), CELL_OF_TEXT(r->name), CELL_OF_TEXT(device),
		r->datapoint.len ? CELL_OF_TEXT(r->datapoint) : CELL_OF_NULL, CELL_OF_TEXT(str_of(change_words[c->change])),
		CELL_OF_TEXT(str_of(severity_words[c->severity])), value_cell(&c->value, 0),
		r->threshold_text.len ? CELL_OF_TEXT(r->threshold_text) : CELL_OF_NULL, c->why ? CELL_OF_TEXT(str_of(c->why)) : CELL_OF_NULL,
		c->flaps ? CELL_OF_INT(c->flaps) : CELL_OF_NULL, CELL_OF_NULL };
	const char *message;

	if (message_print(r, device, c, &text) < 0)
		return -1;
	message = arena_dup(a, sb_str(&text));
	memcpy(cells, of, sizeof(of));
	cells[COUNT(of) - 1] = CELL_OF_TEXT(str_of(message));
	return message ? 0 : -1;
}

int change_print(struct out *out, const struct rule *r, struct str device, int64_t alarm, const struct change_of *c, struct err *e)
{
	AUTO(arena_done) struct arena a = ARENA_INIT((size_t)1 << 20);
	struct cell cells[COUNT(change_fields)];

	return change_cells(r, device, alarm, c, cells, &a) < 0 ? err_nomem(e) : out_rec(out, cells, e);
}
