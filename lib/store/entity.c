/* SPDX-License-Identifier: MIT */
/* Reading. */
#include "store/entity.h"

#include "model/alarm.h"
#include "store/impl.h"
#include "store/where.h"

#define COLUMN_LEN 200
/* What an alarm is, in a word: columns of its row together. */
#define ALARM_STATE_SQL                                                                                                        \
	"CASE WHEN %s.cleared IS NOT NULL THEN 'cleared' WHEN %s.shelved IS NOT NULL THEN 'shelved' WHEN %s.suppressed = 1 THEN 'suppressed'" \
	" WHEN %s.acked IS NOT NULL THEN 'acknowledged' ELSE 'active' END"

/* The statement behind a cursor: id, org, org's name, then a column per field. */
enum { COL_ID, COL_ORG, COL_ORG_NAME, COL_FIELDS };

struct entity_cursor {
	const struct entity *ent;
	struct db *db;
	struct stmt *st;
	struct where where;
	struct arena text; /* of the current row: ORG/NAME forms, custom values */
	const bool *want;
	bool custom; /* some custom field is wanted */
};

#define VALUES_SQL "SELECT field_id, num, txt, body FROM field_value WHERE thing_id = $1"
static const struct sql values_sql = { VALUES_SQL, NULL };

int entity_ready(struct db *db, struct err *e)
{
	static const struct sql all[] = {
		{ "SELECT 1 FROM org, site, model, device, datapoint, series, correction, asset, product, policy", NULL },
		{ "SELECT 1 FROM device_group, group_member, field, field_value, device_state, model_version, account, rule, channel, route, notice", NULL },
		{ "SELECT 1", "org" },	    { "SELECT 1", "site" },	    { "SELECT 1", "model" },	     { "SELECT 1", "device" },
		{ "SELECT 1", "datapoint" }, { "SELECT 1", "audit" },	    { "SELECT 1", "series" },
		{ "SELECT 1", "correction" }, { "SELECT 1", "asset" },	    { "SELECT 1", "product" },	     { "SELECT 1", "policy" },
		{ "SELECT 1", "device_group" }, { "SELECT 1", "group_member" }, { "SELECT 1", "field" },     { "SELECT 1", "field_value" },
		{ "SELECT 1", "device_state" }, { "SELECT 1", "account" }, { "SELECT 1", "rule" }, { "SELECT 1", "channel" }, { "SELECT 1", "route" }, { "SELECT 1", "model_version" }, { VALUES_SQL, NULL },
		{ "SELECT 1", "rate_limit" }, { "SELECT 1", "bucket" }, { "SELECT 1", "alarm_state" },
	};

	return db_ready(db, all, COUNT(all), e);
}

int entity_number(struct db *db, const char *text, const struct cell *bind, size_t n, int64_t *out, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	*out = 0;
	if (db_kept(db, text, NULL, &st, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		stmt_bind_cell(st, (int)i + 1, bind + i);
	got = stmt_step(st, e);
	if (got > 0)
		*out = stmt_int(st, 0);
	return got < 0 ? -1 : 0;
}

int entity_text(struct db *db, const struct sql *sql, int64_t id, struct sb *sb, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	struct str s;
	int got;

	if (db_stmt(db, sql, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, id);
	got = stmt_step(st, e);
	if (got <= 0)
		return got;
	s = stmt_text(st, 0);
	return s.ptr && sb_add(sb, s.ptr, s.len) < 0 ? err_nomem(e) : 1;
}

/* ---- the statement ---- */

const char *entity_value_column(const struct field *f)
{
	switch (f->kind) {
	case FIELD_INT:
	case FIELD_REAL:
	case FIELD_BOOL:
	case FIELD_TIME:
	case FIELD_DUR:
	case FIELD_REF:
		return "num";
	case FIELD_JSON:
		return "body";
	case FIELD_TEXT:
	case FIELD_NAME:
	case FIELD_IDENT:
	case FIELD_ENUM:
	case FIELD_VERSION:
	case FIELD_DATE:
	case FIELD_TZ:
	case FIELD_WORDS:
	case FIELD_URL:
	case FIELD_EMAIL:
	case FIELD_VALUE:
		break;
	}
	return "txt";
}

void entity_column(const struct entity *ent, size_t i, const char *alias, char *out, size_t size)
{
	const struct field *f = ent->field + i;

	if (ent == &alarm_entity && i == AL_STATE)
		(void)snprintf(out, size, ALARM_STATE_SQL, alias, alias, alias, alias);
	else if (f->flags & FIELD_STATE)
		(void)snprintf(out, size, "(SELECT s.%s FROM %s s WHERE s.%s_id = %s.id)", f->name, ent->state, ent->table, alias);
	else
		(void)snprintf(out, size, "%s.\"%s\"", alias, f->name);
}

static bool wanted(const struct entity_ask *ask, size_t i)
{
	return !ask->want || ask->want[i];
}

static void select_column(const struct entity_ask *ask, size_t i, struct sb *sb)
{
	const struct field *f = ask->ctx->ent->field + i;
	char col[COLUMN_LEN];

	if (!wanted(ask, i) || f->flags & FIELD_CUSTOM)
		(void)snprintf(col, sizeof(col), "NULL");
	else if (f->kind == FIELD_REF)
		(void)snprintf(col, sizeof(col), "r%zu.name", i);
	else
		entity_column(ask->ctx->ent, i, "t", col, sizeof(col));
	sb_addf(sb, ", %s", col);
}

/* Index of the k-th reference that may own the thing, -1 when there is none. */
static int owner(const struct entity *ent, int k)
{
	return ent->parent[k] ? entity_field(ent, str_of(ent->parent[k])) : -1;
}

static bool joined(const struct entity_ask *ask, size_t i)
{
	const struct field *f = ask->ctx->ent->field + i;

	if (f->kind != FIELD_REF || f->flags & FIELD_CUSTOM)
		return false;
	return wanted(ask, i) || owner(ask->ctx->ent, 0) == (int)i || owner(ask->ctx->ent, 1) == (int)i;
}

static void select_text(const struct entity_ask *ask, struct sb *sb)
{
	const struct entity *ent = ask->ctx->ent;

	sb_adds(sb, is_org(ent) ? "SELECT t.id, t.id, t.name" : "SELECT t.id, t.org_id, o.name");
	for (size_t i = 0; i < ent->n; i++)
		select_column(ask, i, sb);
	sb_addf(sb, " FROM %s t", ent->table);
	if (!is_org(ent))
		sb_adds(sb, " JOIN org o ON o.id = t.org_id");
	for (size_t i = 0; i < ent->n; i++)
		if (joined(ask, i))
			sb_addf(sb, " LEFT JOIN %s r%zu ON r%zu.id = t.%s_id", entity_find(ent->field[i].ref)->table, i, i,
				ent->field[i].name);
}

static int select_where(const struct entity_ask *ask, struct where *w, struct err *e)
{
	const struct entity *ent = ask->ctx->ent;
	int at;

	if (ask->id > 0) {
		at = where_param(w, &CELL_OF_INT(ask->id), e);
		sb_addf(&w->sql, "t.id = $%d", at);
	} else {
		at = sb_adds(&w->sql, "t.retired IS NULL");
		for (int k = 0; k < 2; k++) /* what a retired device owned is not there either */
			if (owner(ent, k) >= 0)
				at = sb_addf(&w->sql, " AND r%d.retired IS NULL", owner(ent, k));
	}
	if (at >= 0 && ent->only[0]) {
		at = where_param(w, &CELL_OF_TEXT(str_of(ent->only[1])), e);
		sb_addf(&w->sql, " AND t.\"%s\" = $%d", ent->only[0], at);
	}
	if (at < 0)
		return -1;
	if (!ask->select)
		return 0;
	sb_adds(&w->sql, " AND ");
	return where_select(w, ask->select, "t", e);
}

static int prepare(struct entity_cursor *c, const struct entity_ask *ask, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT((size_t)8 << 20);

	select_text(ask, &text);
	if (select_where(ask, &c->where, e) < 0)
		return -1;
	sb_addf(&text, " WHERE %s ORDER BY %s, t.name, t.id", sb_cstr(&c->where.sql), is_org(c->ent) ? "t.name" : "o.name");
	if (text.bad || c->where.sql.bad)
		return err_nomem(e);
	/* One by its id is asked for again and again while things are changed. */
	if ((ask->id > 0 ? db_kept(c->db, sb_cstr(&text), NULL, &c->st, e) : db_prepare(c->db, sb_cstr(&text), NULL, &c->st, e)) < 0)
		return -1;
	where_bind(&c->where, c->st);
	if (ask->id <= 0)
		stmt_stream(c->st);
	return 0;
}

int entity_select(struct db *db, const struct entity_ask *ask, struct entity_cursor **out, struct err *e)
{
	AUTO(entity_cursor_freep) struct entity_cursor *c = calloc(1, sizeof(*c));
	const struct entity *ent = ask->ctx->ent;

	if (!c)
		return err_nomem(e);
	c->ent = ent;
	c->db = db;
	c->want = ask->want;
	c->where = where_begin(db, ask->ctx, 1);
	c->text.max = (size_t)16 << 20;
	for (size_t i = ent->n - ent->ncustom; i < ent->n; i++)
		c->custom |= wanted(ask, i);
	if (prepare(c, ask, e) < 0)
		return -1;
	*out = c;
	c = NULL;
	return 0;
}

/* ---- a row ---- */

/* Names of other organisations' things are written ORG/NAME. */
static int qualify(struct entity_cursor *c, struct cell *cell, struct err *e)
{
	struct str org = stmt_text(c->st, COL_ORG_NAME);
	char *p = arena_alloc(&c->text, org.len + cell->s.len + 2);

	if (!p)
		return err_nomem(e);
	memcpy(p, org.ptr, org.len);
	p[org.len] = '/';
	memcpy(p + org.len + 1, cell->s.ptr, cell->s.len);
	cell->s = (struct str){ p, org.len + 1 + cell->s.len };
	return 0;
}

static void retype(const struct field *f, struct cell *c)
{
	bool whole = f->kind == FIELD_INT || f->kind == FIELD_BOOL || f->kind == FIELD_TIME || f->kind == FIELD_DUR;

	if (c->type == CELL_REAL && whole) /* custom numbers are kept as doubles */
		*c = CELL_OF_INT((int64_t)c->r);
	if (c->type == CELL_INT && f->kind == FIELD_BOOL)
		c->type = CELL_BOOL;
	else if (c->type == CELL_INT && f->kind == FIELD_TIME)
		c->type = CELL_TIME;
	else if (c->type == CELL_INT && f->kind == FIELD_REAL)
		*c = CELL_OF_REAL((double)c->i);
	else if (c->type == CELL_TEXT && f->kind == FIELD_JSON)
		c->type = CELL_JSON;
}

/* The name of what a custom reference names by id. */
static int name_of(struct entity_cursor *c, const struct field *f, struct cell *cell, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	char text[128];

	(void)snprintf(text, sizeof(text), "SELECT name FROM %s WHERE id = $1", entity_find(f->ref)->table);
	if (cell->type != CELL_REAL || db_kept(c->db, text, NULL, &st, e) < 0)
		return cell->type != CELL_REAL ? 0 : -1;
	stmt_bind_int(st, 1, (int64_t)cell->r);
	*cell = CELL_OF_NULL;
	switch (stmt_step(st, e)) {
	case 0:
		return 0;
	case 1:
		*cell = CELL_OF_TEXT(stmt_text(st, 0));
		cell->s.ptr = arena_dup(&c->text, cell->s);
		return cell->s.ptr ? 0 : err_nomem(e);
	default:
		return -1;
	}
}

/* Index of the custom field that has a definition with this id; -1: of another noun, or retired. */
static int field_of(const struct entity *ent, int64_t id)
{
	for (size_t k = 0; k < ent->ncustom; k++)
		for (size_t i = 0; i < ent->custom[k].n; i++)
			if (ent->custom[k].ids[i] == id)
				return (int)(ent->n - ent->ncustom + k);
	return -1;
}

static int custom_value(struct entity_cursor *c, struct stmt *st, struct row *row, struct err *e)
{
	int i = field_of(c->ent, stmt_int(st, 0));
	const struct field *f;
	struct cell *cell;

	if (i < 0 || (c->want && !c->want[i]))
		return 0;
	f = c->ent->field + i;
	cell = row->cell + i;
	*cell = stmt_cell(st, stmt_is_null(st, 1) ? stmt_is_null(st, 2) ? 3 : 2 : 1);
	if (cell->type == CELL_TEXT) {
		cell->s.ptr = arena_dup(&c->text, cell->s);
		if (!cell->s.ptr)
			return err_nomem(e);
	}
	if (f->kind == FIELD_REF)
		return name_of(c, f, cell, e);
	retype(f, cell);
	return 0;
}

static int custom_values(struct entity_cursor *c, struct row *row, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(c->db, &values_sql, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, row->id);
	while ((got = stmt_step(st, e)) > 0)
		if (custom_value(c, st, row, e) < 0)
			return -1;
	return got;
}

int entity_next(struct entity_cursor *c, struct row *row, struct err *e)
{
	int got = stmt_step(c->st, e);

	if (got <= 0)
		return got;
	arena_clear(&c->text);
	memset(row->set, 0, sizeof(row->set));
	memset(row->ref, 0, c->ent->n * sizeof(row->ref[0]));
	row->id = stmt_int(c->st, COL_ID);
	row->org = stmt_int(c->st, COL_ORG);
	for (size_t i = 0; i < c->ent->n; i++) {
		const struct field *f = c->ent->field + i;
		bool names = f->kind == FIELD_REF || (f->flags & FIELD_KEY && f->kind == FIELD_NAME);

		row->cell[i] = stmt_cell(c->st, COL_FIELDS + (int)i);
		retype(f, row->cell + i);
		if (names && !is_org(c->ent) && row->org != db_self(c->db) && row->cell[i].type == CELL_TEXT &&
		    qualify(c, row->cell + i, e) < 0)
			return -1;
	}
	return c->custom && custom_values(c, row, e) < 0 ? -1 : 1;
}

struct str entity_row_org(const struct entity_cursor *c)
{
	return stmt_text(c->st, COL_ORG_NAME);
}

void entity_cursor_free(struct entity_cursor *c)
{
	if (!c)
		return;
	stmt_free(c->st);
	where_done(&c->where);
	arena_done(&c->text);
	free(c);
}
