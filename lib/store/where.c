/* SPDX-License-Identifier: MIT */
#include "store/where.h"

#include "store/entity.h"

#define ALIAS_LEN 160 /* of a table's alias or a column */
#define COLUMN_LEN 400 /* of a column that is worked out of others */

struct where where_begin(struct db *db, const struct select_ctx *ctx, size_t first)
{
	return (struct where){ .db = db, .ctx = ctx, .first = first, .sql = SB_INIT((size_t)4 << 20) };
}

void where_done(struct where *w)
{
	sb_done(&w->sql);
	free(w->bind);
	w->bind = NULL;
}

int where_param(struct where *w, const struct cell *c, struct err *e)
{
	if (w->nbind == WHERE_BINDS_MAX)
		return err_set(e, E_USAGE, "too many values in the selection (at most %d)", WHERE_BINDS_MAX);
	if (w->nbind == w->cap) {
		size_t cap = w->cap ? w->cap * 2 : 32;
		struct cell *p = realloc(w->bind, cap * sizeof(*p));

		if (!p)
			return err_nomem(e);
		w->bind = p;
		w->cap = cap;
	}
	w->bind[w->nbind++] = *c;
	return (int)(w->first + w->nbind - 1);
}

void where_bind(const struct where *w, struct stmt *st)
{
	for (size_t i = 0; i < w->nbind; i++)
		stmt_bind_cell(st, (int)(w->first + i), w->bind + i);
}

/* ---- conditions on one column ---- */

/* before $i between column after */
static int compare(struct where *w, const struct cell *c, const char *before, const char *between, const char *column,
		   const char *after, struct err *e)
{
	int i = where_param(w, c, e);

	return i < 0 ? -1 : sb_addf(&w->sql, "%s$%d%s%s%s", before, i, between, column, after);
}

/* A list has the word: ",a,b," fits "*,b,*". */
static int has_word(struct where *w, const struct cond_value *v, const char *column, struct err *e)
{
	struct str word = v->cell.s;
	struct sb pattern = SB_INIT(2 * word.len + 8);
	char list[2 * ALIAS_LEN + 32];
	struct str glob;
	char *kept;

	sb_adds(&pattern, "*,");
	for (size_t i = 0; i < word.len; i++) {
		if (!v->glob && strchr("*?[\\", word.ptr[i]))
			sb_addc(&pattern, '\\');
		sb_addc(&pattern, word.ptr[i]);
	}
	sb_adds(&pattern, ",*");
	kept = pattern.bad ? NULL : arena_dup(w->ctx->arena, sb_str(&pattern));
	glob = (struct str){ kept, pattern.len };
	sb_done(&pattern);
	if (!kept)
		return err_nomem(e);
	(void)snprintf(list, sizeof(list), "',' || %s || ','", column);
	return where_glob(w, &w->sql, glob, list, e);
}

static int any_of(struct where *w, const struct field *f, const struct cond *c, const char *column, struct err *e)
{
	int rc = c->n ? 0 : sb_adds(&w->sql, "FALSE");

	for (size_t i = 0; i < c->n && rc == 0; i++) {
		const struct cond_value *v = c->value + i;

		if (i)
			sb_adds(&w->sql, " OR ");
		if (v->cell.type == CELL_NULL)
			rc = sb_addf(&w->sql, "%s IS NULL", column);
		else if (f->kind == FIELD_WORDS)
			rc = has_word(w, v, column, e);
		else if (v->glob)
			rc = where_glob(w, &w->sql, v->cell.s, column, e);
		else
			rc = compare(w, &v->cell, "", " = ", column, "", e);
	}
	return rc;
}

/* One end of a range of versions: sit_version() is negative where text is before the column. */
static int version_bound(struct where *w, const struct where_test *t, const char *column, const char *from, struct err *e)
{
	if (!db_matches(w->db))
		return where_values(w, t, column, from, e);
	if (compare(w, &CELL_OF_TEXT(t->text), "sit_version(", ", ", column, ")", e) < 0)
		return -1;
	return sb_addf(&w->sql, " %c%s 0", t->upper ? '>' : '<', t->closed ? "=" : "");
}

static int bound(struct where *w, const struct field *f, const struct cond *c, bool upper, const char *column, const char *from, struct err *e)
{
	const struct cell *end = upper ? &c->to : &c->from;
	bool closed = upper ? c->to_closed : !c->from_open;

	if (f->kind == FIELD_VERSION)
		return version_bound(w, &(struct where_test){ end->s, true, upper, closed }, column, from, e);
	return compare(w, end, "", upper ? closed ? " >= " : " > " : closed ? " <= " : " < ", column, "", e);
}

static int range_of(struct where *w, const struct field *f, const struct cond *c, const char *column, const char *from, struct err *e)
{
	bool both = c->from.type != CELL_NULL && c->to.type != CELL_NULL;

	if (c->from.type != CELL_NULL && bound(w, f, c, false, column, from, e) < 0)
		return -1;
	if (both)
		sb_adds(&w->sql, " AND ");
	return c->to.type == CELL_NULL ? 0 : bound(w, f, c, true, column, from, e);
}

/* `from` is the table of the column, with its alias. */
static int condition(struct where *w, const struct field *f, const struct cond *c, const char *column, const char *from, struct err *e)
{
	switch (c->op) {
	case COND_ANY:
		return any_of(w, f, c, column, e);
	case COND_RANGE:
		return range_of(w, f, c, column, from, e);
	case COND_REGEX:
		if (db_match_check(c->value->cell.s, e) < 0)
			return -1;
		if (!db_matches(w->db))
			return where_values(w, &(struct where_test){ .text = c->value->cell.s }, column, from, e);
		return compare(w, &c->value->cell, "sit_match(", ", ", column, ")", e);
	}
	return err_set(e, E_BUG, "condition on %s", f->name);
}

/* ---- terms ---- */

static int step(struct where *w, const struct select *s, size_t at, const char *alias, struct err *e);

/* "x7", new each time. */
static void new_alias(struct where *w, char out[ALIAS_LEN])
{
	(void)snprintf(out, ALIAS_LEN, "x%d", ++w->names);
}

/* The definitions of a custom field that can be seen: " v.field_id IN (1, 2)". */
static void field_ids(struct where *w, const struct custom *own, const char *alias)
{
	sb_addf(&w->sql, "%s.field_id IN (", alias);
	for (size_t i = 0; i < own->n; i++)
		sb_addf(&w->sql, "%s%" PRId64, i ? ", " : "", own->ids[i]);
	sb_adds(&w->sql, ")");
}

/* The condition holds for the name of what the column refers to, or for what comes further on the path. */
static int of_reference(struct where *w, const struct select *s, size_t at, const char *column, struct err *e)
{
	const struct field *f = s->step[at].ent->field + s->step[at].field;
	const struct entity *to = nouns_find(w->ctx->nouns, f->ref);
	char alias[ALIAS_LEN], name[ALIAS_LEN + 8], from[2 * ALIAS_LEN];
	int rc;

	if (at + 1 == s->nstep && s->cond.op == COND_ANY && s->cond.n == 1 && s->cond.value->cell.type == CELL_NULL)
		return sb_addf(&w->sql, "%s IS NULL", column);
	new_alias(w, alias);
	sb_addf(&w->sql, "%s IN (SELECT %s.id FROM %s %s WHERE ", column, alias, to->table, alias);
	(void)snprintf(name, sizeof(name), "%s.name", alias);
	(void)snprintf(from, sizeof(from), "%s %s", to->table, alias);
	rc = at + 1 < s->nstep ? step(w, s, at + 1, alias, e) : condition(w, f, &s->cond, name, from, e);
	return rc < 0 ? -1 : sb_adds(&w->sql, ")");
}

static int of_custom(struct where *w, const struct select *s, size_t at, const struct custom *own, const char *alias, struct err *e)
{
	const struct field *f = s->step[at].ent->field + s->step[at].field;
	const struct cond_value *v = s->cond.value;
	bool last = at + 1 == s->nstep, empty = last && s->cond.op == COND_ANY && s->cond.n == 1 && v->cell.type == CELL_NULL;
	char value[ALIAS_LEN], column[ALIAS_LEN + 8], from[ALIAS_LEN + 16];
	int rc = 0;

	new_alias(w, value);
	sb_addf(&w->sql, "%s.id %sIN (SELECT %s.thing_id FROM field_value %s WHERE ", alias, empty ? "NOT " : "", value, value);
	field_ids(w, own, value);
	if (!empty) {
		sb_adds(&w->sql, " AND (");
		(void)snprintf(column, sizeof(column), "%s.%s", value, entity_value_column(f));
		(void)snprintf(from, sizeof(from), "field_value %s", value);
		rc = f->kind == FIELD_REF ? of_reference(w, s, at, column, e) : condition(w, f, &s->cond, column, from, e);
		sb_adds(&w->sql, ")");
	}
	return rc < 0 ? -1 : sb_adds(&w->sql, ")");
}

static int of_org(struct where *w, const struct select *s, const char *alias, struct err *e)
{
	const struct select_step *last = s->step + s->nstep - 1;
	char own[ALIAS_LEN], name[ALIAS_LEN + 8], from[ALIAS_LEN + 8];

	if (last->field == SELECT_ID) {
		(void)snprintf(name, sizeof(name), "%s.id", alias);
		return condition(w, select_field(s), &s->cond, name, "", e); /* an id is no text */
	}
	new_alias(w, own);
	(void)snprintf(name, sizeof(name), "%s.name", own);
	(void)snprintf(from, sizeof(from), "org %s", own);
	sb_addf(&w->sql, "%s.%s IN (SELECT %s.id FROM org %s WHERE ", alias, last->ent == nouns_find(w->ctx->nouns, "org") ? "id" : "org_id",
		own, own);
	return condition(w, select_field(s), &s->cond, name, from, e) < 0 ? -1 : sb_adds(&w->sql, ")");
}

/* From the at-th step of the path on, over the table called alias. */
static int step(struct where *w, const struct select *s, size_t at, const char *alias, struct err *e)
{
	const struct select_step *here = s->step + at;
	const struct custom *own;
	const struct field *f;
	char column[COLUMN_LEN], from[2 * ALIAS_LEN];

	if (here->field < 0)
		return of_org(w, s, alias, e);
	f = here->ent->field + here->field;
	own = entity_custom(here->ent, (size_t)here->field);
	if (own)
		return of_custom(w, s, at, own, alias, e);
	if (f->kind == FIELD_REF) {
		(void)snprintf(column, sizeof(column), "%s.\"%s_id\"", alias, f->name);
		return of_reference(w, s, at, column, e);
	}
	entity_column(here->ent, (size_t)here->field, alias, column, sizeof(column));
	(void)snprintf(from, sizeof(from), "%s %s", here->ent->table, alias);
	return condition(w, f, &s->cond, column, from, e);
}

/* ---- groups and assets ---- */

static int expand(struct where *w, int64_t id, const char *alias, struct err *e);

/* Members by hand, then those of the groups in it. */
static int by_hand(struct where *w, const struct group_rule *g, const char *alias, struct err *e)
{
	int64_t child = 0;
	int at = where_param(w, &CELL_OF_INT(g->id), e), got;

	if (at < 0)
		return -1;
	sb_addf(&w->sql, "%s.id IN (SELECT gm.device_id FROM group_member gm WHERE gm.group_id = $%d)", alias, at);
	while ((got = group_child_after(w->db, g->id, &child, e)) > 0) {
		sb_adds(&w->sql, " OR ");
		if (expand(w, child, alias, e) < 0)
			return -1;
	}
	return got;
}

static int by_rule(struct where *w, const struct group_rule *g, const char *alias, struct err *e)
{
	struct select_ctx devices = *w->ctx;
	const struct select *s;
	int at = where_param(w, &CELL_OF_INT(g->org), e);

	devices.ent = nouns_find(devices.nouns, "device");
	if (at < 0)
		return -1;
	if (select_parse(&devices, g->select, &s, e) < 0)
		return err_wrap(e, "group %.*s", STR_ARG(g->name));
	sb_addf(&w->sql, "%s.org_id = $%d AND ", alias, at);
	return where_select(w, s, alias, e);
}

/* The devices of the group with this id. */
static int expand(struct where *w, int64_t id, const char *alias, struct err *e)
{
	struct group_rule g;
	int rc;

	if (group_rule(w->db, id, w->ctx->arena, &g, e) < 0)
		return -1;
	if (++w->depth > WHERE_GROUPS_MAX)
		return err_set(e, E_CONFLICT, "group %.*s is in itself, or more than %d deep", STR_ARG(g.name), WHERE_GROUPS_MAX);
	sb_adds(&w->sql, "(");
	rc = g.select.len ? by_rule(w, &g, alias, e) : by_hand(w, &g, alias, e);
	w->depth--;
	return rc < 0 ? -1 : sb_adds(&w->sql, ")");
}

static int in_group(struct where *w, const struct select *s, const char *alias, struct err *e)
{
	int64_t id;

	return entity_resolve(w->db, &group_entity, s->name, &id, e) < 0 ? -1 : expand(w, id, alias, e);
}

/* What hangs on the asset or on one below it. */
static int under_asset(struct where *w, const struct select *s, const char *alias, struct err *e)
{
	int64_t id;
	int at;

	if (entity_resolve(w->db, &asset_entity, s->name, &id, e) < 0 || (at = where_param(w, &CELL_OF_INT(id), e)) < 0)
		return -1;
	return sb_addf(&w->sql,
		       "%s.asset_id IN (WITH RECURSIVE below (id) AS (SELECT CAST($%d AS BIGINT) UNION SELECT a.id FROM asset a"
		       " JOIN below ON a.parent_id = below.id) SELECT id FROM below)",
		       alias, at);
}

/* The device itself, or the one that the row is about. */
static int of_device(struct where *w, const struct select *s, const char *alias, int (*fn)(struct where *w, const struct select *s, const char *alias, struct err *e),
		     struct err *e)
{
	char device[ALIAS_LEN];

	if (!s->nstep)
		return fn(w, s, alias, e);
	new_alias(w, device);
	sb_addf(&w->sql, "%s.\"%s_id\" IN (SELECT %s.id FROM device %s WHERE ", alias, s->step[0].ent->field[s->step[0].field].name, device, device);
	return fn(w, s, device, e) < 0 ? -1 : sb_adds(&w->sql, ")");
}

/* ---- the whole ---- */

static int pair(struct where *w, const struct select *s, const char *word, const char *alias, struct err *e)
{
	if (where_select(w, s->a, alias, e) < 0)
		return -1;
	sb_adds(&w->sql, word);
	return where_select(w, s->b, alias, e);
}

static int one(struct where *w, const struct select *s, const char *alias, struct err *e)
{
	switch (s->kind) {
	case SELECT_AND:
		return pair(w, s, " AND ", alias, e);
	case SELECT_OR:
		return pair(w, s, " OR ", alias, e);
	case SELECT_NOT:
		return where_select(w, s->a, alias, e);
	case SELECT_GROUP:
		return of_device(w, s, alias, in_group, e);
	case SELECT_ASSET:
		return of_device(w, s, alias, under_asset, e);
	case SELECT_TERM:
		return step(w, s, 0, alias, e);
	}
	return err_set(e, E_BUG, "selector of kind %d", (int)s->kind);
}

int where_select(struct where *w, const struct select *s, const char *alias, struct err *e)
{
	bool negate = s->kind == SELECT_NOT || (s->kind == SELECT_TERM && s->cond.negate);

	/* Two-valued: what has no value is not below 5, hence not (below 5) holds for it. */
	sb_adds(&w->sql, negate ? "NOT COALESCE((" : "(");
	if (one(w, s, alias, e) < 0)
		return e->code ? -1 : err_nomem(e);
	sb_adds(&w->sql, negate ? "), FALSE)" : ")");
	return w->sql.bad ? err_nomem(e) : 0;
}

int where_prepare(struct db *db, const struct where_ask *q, struct sb *text, const char *tail, struct stmt **out, struct err *e)
{
	struct where w = where_begin(db, q->ctx, q->first);
	int rc = q->select ? where_select(&w, q->select, q->alias, e) : 0;

	if (q->select)
		sb_addf(text, " AND %s", sb_cstr(&w.sql));
	if (rc == 0 && sb_adds(text, tail) < 0)
		rc = err_nomem(e);
	if (rc == 0)
		rc = db_prepare(db, sb_cstr(text), NULL, out, e);
	if (rc == 0)
		where_bind(&w, *out);
	where_done(&w);
	return rc;
}
