/* SPDX-License-Identifier: MIT */
#include "store/entity.h"

#include "base/name.h"
#include "store/where.h"

/* The statement behind a cursor: id, org, retired, org's name, then a column per field. */
enum { COL_ID, COL_ORG, COL_ORG_NAME, COL_FIELDS };

struct entity_cursor {
	const struct entity *ent;
	struct db *db;
	struct stmt *st;
	struct where where;
	struct arena names; /* ORG/NAME forms of the current row */
};

int entity_ready(struct db *db, struct err *e)
{
	static const struct sql all[] = {
		{ "SELECT 1 FROM org, site, model, device, datapoint, series, point, correction", NULL },
		{ "SELECT 1", "org" },	    { "SELECT 1", "site" },   { "SELECT 1", "model" },
		{ "SELECT 1", "device" },   { "SELECT 1", "datapoint" }, { "SELECT 1", "audit" },
		{ "SELECT 1", "series" },   { "SELECT 1", "point" },	 { "SELECT 1", "correction" },
	};

	return db_ready(db, all, COUNT(all), e);
}

static const struct entity *ref_entity(const struct field *f)
{
	return entity_find(f->ref);
}

static bool is_org(const struct entity *ent)
{
	return ent == &org_entity;
}

/* The SQL expression of a field in the reading statement. */
static void column(const struct entity *ent, size_t i, char out[96])
{
	const struct field *f = ent->field + i;

	if (f->kind == FIELD_REF)
		(void)snprintf(out, 96, "r%zu.name", i);
	else
		(void)snprintf(out, 96, "t.\"%s\"", f->name);
}

static void select_text(const struct entity *ent, struct sb *sb)
{
	char col[96];

	sb_adds(sb, is_org(ent) ? "SELECT t.id, t.id, t.name" : "SELECT t.id, t.org_id, o.name");
	for (size_t i = 0; i < ent->n; i++) {
		column(ent, i, col);
		sb_addf(sb, ", %s", col);
	}
	sb_addf(sb, " FROM %s t", ent->table);
	if (!is_org(ent))
		sb_adds(sb, " JOIN org o ON o.id = t.org_id");
	for (size_t i = 0; i < ent->n; i++)
		if (ent->field[i].kind == FIELD_REF)
			sb_addf(sb, " LEFT JOIN %s r%zu ON r%zu.id = t.%s_id", ref_entity(ent->field + i)->table, i, i,
				ent->field[i].name);
}

static int select_where(const struct entity *ent, const struct filter *f, size_t n, int64_t id, struct where *w,
			struct err *e)
{
	char col[96];

	if (id > 0) {
		w->bind[w->nbind++] = CELL_OF_INT(id);
		sb_adds(&w->sql, " t.id = $1");
	} else {
		sb_adds(&w->sql, " t.retired IS NULL");
	}
	if (ent->only[0]) {
		w->bind[w->nbind++] = CELL_OF_TEXT(str_of(ent->only[1]));
		sb_addf(&w->sql, " AND t.\"%s\" = $%zu", ent->only[0], w->nbind);
	}
	for (size_t i = 0; i < n; i++) {
		column(ent, (size_t)f[i].field, col);
		if (where_add(w, f + i, col, e) < 0)
			return -1;
	}
	return 0;
}

int entity_select(struct db *db, const struct entity *ent, const struct filter *f, size_t n, int64_t id,
		  struct entity_cursor **out, struct err *e)
{
	AUTO(entity_cursor_freep) struct entity_cursor *c = calloc(1, sizeof(*c));
	AUTO(sb_done) struct sb text = SB_INIT(1 << 20);

	if (!c)
		return err_nomem(e);
	c->ent = ent;
	c->db = db;
	c->where.first = 1;
	c->where.sql.max = 1 << 20;
	c->names.max = 1 << 20;
	select_text(ent, &text);
	if (select_where(ent, f, n, id, &c->where, e) < 0)
		return -1;
	sb_addf(&text, " WHERE%s ORDER BY %s, t.name, t.id", sb_cstr(&c->where.sql), is_org(ent) ? "t.name" : "o.name");
	if (text.bad || c->where.sql.bad)
		return err_nomem(e);
	if (db_prepare(db, sb_cstr(&text), NULL, &c->st, e) < 0)
		return -1;
	where_bind(&c->where, c->st);
	*out = c;
	c = NULL;
	return 0;
}

/* Names of other organisations' things are written ORG/NAME. */
static int qualify(struct entity_cursor *c, struct cell *cell, struct err *e)
{
	struct str org = stmt_text(c->st, COL_ORG_NAME);
	char *p = arena_alloc(&c->names, org.len + cell->s.len + 2);

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
	if (c->type == CELL_INT && f->kind == FIELD_BOOL)
		c->type = CELL_BOOL;
	else if (c->type == CELL_INT && f->kind == FIELD_TIME)
		c->type = CELL_TIME;
	else if (c->type == CELL_INT && f->kind == FIELD_REAL)
		*c = CELL_OF_REAL((double)c->i);
	else if (c->type == CELL_TEXT && f->kind == FIELD_JSON)
		c->type = CELL_JSON;
}

int entity_next(struct entity_cursor *c, struct row *row, struct err *e)
{
	int got = stmt_step(c->st, e);

	if (got <= 0)
		return got;
	arena_clear(&c->names);
	memset(row, 0, sizeof(*row));
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
	return 1;
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
	sb_done(&c->where.sql);
	arena_done(&c->names);
	free(c);
}

/* ---- names ---- */

static int not_found(struct db *db, const struct entity *ent, struct str name, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	AUTO(sb_done) struct sb text = SB_INIT(4096);
	struct near near = { 0 };
	char hint[96], keep[NAME_MAX_LEN + 1];
	struct err ignored = { 0 };

	sb_addf(&text, "SELECT name FROM %s WHERE retired IS NULL AND %s = $1 LIMIT 10000", ent->table,
		is_org(ent) ? "$1" : "org_id");
	if (db_prepare(db, sb_cstr(&text), NULL, &st, &ignored) == 0) {
		stmt_bind_int(st, 1, db_self(db));
		while (stmt_step(st, &ignored) > 0) {
			const char *was = near.best.ptr;

			near_offer(&near, name, stmt_text(st, 0));
			if (near.best.ptr != was && near.best.len <= NAME_MAX_LEN) {
				memcpy(keep, near.best.ptr, near.best.len);
				near.best.ptr = keep;
			}
		}
	}
	return err_set(e, E_NOTFOUND, "no %s \"%.*s\"%s", ent->noun, (int)(name.len > 200 ? 200 : name.len), name.ptr,
		       near_text(&near, hint, sizeof(hint)));
}

/* One id out of a statement with up to three parameters; 0 when there is no row. */
static int one_id(struct db *db, const char *text, const struct cell *bind, size_t n, int64_t *id, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	int got;

	*id = 0;
	if (db_prepare(db, text, NULL, &st, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		stmt_bind_cell(st, (int)i + 1, bind + i);
	got = stmt_step(st, e);
	if (got > 0)
		*id = stmt_int(st, 0);
	return got < 0 ? -1 : 0;
}

static int resolve_id(struct db *db, const struct entity *ent, struct str digits, int64_t *id, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(4096);
	struct cell bind[2] = { { .type = CELL_INT }, { .type = CELL_NULL } };

	sb_addf(&text, "SELECT id FROM %s WHERE id = $1 AND retired IS NULL", ent->table);
	if (ent->only[0]) {
		sb_addf(&text, " AND \"%s\" = $2", ent->only[0]);
		bind[1] = CELL_OF_TEXT(str_of(ent->only[1]));
	}
	for (size_t i = 0; i < digits.len; i++) {
		if (digits.ptr[i] < '0' || digits.ptr[i] > '9' || i > 17)
			return 0;
		bind[0].i = bind[0].i * 10 + (digits.ptr[i] - '0');
	}
	return one_id(db, sb_cstr(&text), bind, ent->only[0] ? 2 : 1, id, e);
}

/* A datapoint is OWNER:NAME; the owner is looked for among devices, then models. */
static int resolve_owned(struct db *db, struct str name, int64_t *id, struct err *e)
{
	const char *colon = memchr(name.ptr, ':', name.len);
	struct str owner, leaf;
	struct cell bind[2];
	int64_t owner_id;

	if (!colon)
		return err_set(e, E_USAGE, "\"%.*s\" is no datapoint: write DEVICE:NAME or MODEL:NAME", STR_ARG(name));
	owner = (struct str){ name.ptr, (size_t)(colon - name.ptr) };
	leaf = (struct str){ colon + 1, name.len - owner.len - 1 };
	bind[1] = CELL_OF_TEXT(leaf);
	for (int i = 0; i < 2 && *id == 0; i++) {
		const struct entity *by = i ? &model_entity : &device_entity;

		if (entity_resolve(db, by, owner, &owner_id, e) < 0) {
			if (e->code != E_NOTFOUND || i)
				return -1;
			err_clear(e);
			continue;
		}
		bind[0] = CELL_OF_INT(owner_id);
		if (one_id(db,
			   i ? "SELECT id FROM datapoint WHERE model_id = $1 AND name = $2 AND retired IS NULL" :
			       "SELECT id FROM datapoint WHERE device_id = $1 AND name = $2 AND retired IS NULL",
			   bind, 2, id, e) < 0)
			return -1;
	}
	return 0;
}

static int resolve_name(struct db *db, const struct entity *ent, struct str name, int64_t *id, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(4096);
	const char *slash = name.len ? memchr(name.ptr, '/', name.len) : NULL;
	struct cell bind[3];
	size_t n = 2;

	bind[1] = CELL_OF_INT(db_self(db));
	if (is_org(ent)) {
		sb_adds(&text, "SELECT id FROM org WHERE name = $1 AND retired IS NULL");
		n = 1;
	} else if (slash) {
		bind[1] = CELL_OF_TEXT(((struct str){ name.ptr, (size_t)(slash - name.ptr) }));
		name = (struct str){ slash + 1, name.len - (size_t)(slash + 1 - name.ptr) };
		sb_addf(&text,
			"SELECT id FROM %s t WHERE t.name = $1 AND t.retired IS NULL AND t.org_id ="
			" (SELECT o.id FROM org o WHERE o.name = $2 AND o.retired IS NULL)",
			ent->table);
	} else {
		sb_addf(&text, "SELECT id FROM %s WHERE name = $1 AND retired IS NULL AND org_id = $2", ent->table);
	}
	if (ent->only[0]) {
		sb_addf(&text, " AND \"%s\" = $%zu", ent->only[0], n + 1);
		bind[n++] = CELL_OF_TEXT(str_of(ent->only[1]));
	}
	bind[0] = CELL_OF_TEXT(name);
	return one_id(db, sb_cstr(&text), bind, n, id, e);
}

int entity_resolve(struct db *db, const struct entity *ent, struct str name, int64_t *id, struct err *e)
{
	int rc;

	*id = 0;
	if (str_starts(name, "id:"))
		rc = resolve_id(db, ent, (struct str){ name.ptr + 3, name.len - 3 }, id, e);
	else if (ent->parent[0])
		rc = resolve_owned(db, name, id, e);
	else
		rc = resolve_name(db, ent, name, id, e);
	if (rc < 0)
		return -1;
	return *id ? 0 : not_found(db, ent, name, e);
}

/* ---- writing ---- */

static int resolve_refs(struct db *db, const struct entity *ent, struct row *row, struct err *e)
{
	for (size_t i = 0; i < ent->n; i++) {
		if (ent->field[i].kind != FIELD_REF || !(row->set >> i & 1))
			continue;
		row->ref[i] = 0;
		if (row->cell[i].type == CELL_TEXT &&
		    entity_resolve(db, ref_entity(ent->field + i), row->cell[i].s, row->ref + i, e) < 0) {
			e->code = e->code == E_NOTFOUND ? E_INPUT : e->code;
			return err_wrap(e, "%s", ent->field[i].name);
		}
	}
	return 0;
}

static void bind_field(const struct entity *ent, struct stmt *st, int at, const struct row *row, size_t i)
{
	if (ent->field[i].kind != FIELD_REF)
		stmt_bind_cell(st, at, row->cell + i);
	else if (row->ref[i])
		stmt_bind_int(st, at, row->ref[i]);
	else
		stmt_bind_null(st, at);
}

/* A taken name is the usual conflict; say it in the user's words. */
static int say_conflict(const struct entity *ent, const struct row *row, struct err *e)
{
	struct str name = row->cell[entity_key(ent)].s;

	if (e->code != E_CONFLICT)
		return -1;
	if (strstr(e->msg, "edge_key"))
		return err_set(e, E_CONFLICT, "edge_key: another device of that gateway has it already");
	if (strstr(e->msg, "UNIQUE") || strstr(e->msg, "unique"))
		return err_set(e, E_CONFLICT, "%s \"%.*s\" is there already", ent->noun, STR_ARG(name));
	if (strstr(e->msg, "FOREIGN") || strstr(e->msg, "foreign"))
		return err_set(e, E_INPUT, "%s \"%.*s\" refers to something of another organisation", ent->noun, STR_ARG(name));
	return -1;
}

/* The guards pass over rows of other organisations, as row-level security does; the caller must hear of it. */
static int must_change(struct db *db, struct err *e)
{
	return db_changes(db) ? 0 : err_set(e, E_DENIED, "belongs to another organisation: write there with --org");
}

int entity_insert(struct db *db, const struct entity *ent, struct row *row, int64_t now, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 16);
	AUTO(stmt_freep) struct stmt *st = NULL;
	int at = 2;

	if (resolve_refs(db, ent, row, e) < 0)
		return -1;
	sb_addf(&text, "INSERT INTO main.%s (%screated", ent->table, is_org(ent) ? "" : "org_id, ");
	for (size_t i = 0; i < ent->n; i++)
		if (!(ent->field[i].flags & FIELD_READONLY))
			sb_addf(&text, ", \"%s%s\"", ent->field[i].name, ent->field[i].kind == FIELD_REF ? "_id" : "");
	sb_adds(&text, is_org(ent) ? ") VALUES ($1" : ") VALUES ($2, $1");
	at = is_org(ent) ? 2 : 3;
	for (size_t i = 0; i < ent->n; i++)
		if (!(ent->field[i].flags & FIELD_READONLY))
			sb_addf(&text, ", $%d", at++);
	sb_adds(&text, ")");
	if (db_prepare(db, sb_cstr(&text), ent->table, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, now);
	if (!is_org(ent))
		stmt_bind_int(st, 2, db_self(db));
	at = is_org(ent) ? 2 : 3;
	for (size_t i = 0; i < ent->n; i++)
		if (!(ent->field[i].flags & FIELD_READONLY))
			bind_field(ent, st, at++, row, i);
	if (stmt_run(st, e) < 0)
		return say_conflict(ent, row, e);
	row->id = db_last_id(db);
	return 0;
}

int entity_update(struct db *db, const struct entity *ent, struct row *row, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 16);
	AUTO(stmt_freep) struct stmt *st = NULL;
	int at = 1;

	if (resolve_refs(db, ent, row, e) < 0)
		return -1;
	sb_addf(&text, "UPDATE main.%s SET", ent->table);
	for (size_t i = 0; i < ent->n; i++)
		if (row->set >> i & 1)
			sb_addf(&text, "%s \"%s%s\" = $%d", at > 1 ? "," : "", ent->field[i].name,
				ent->field[i].kind == FIELD_REF ? "_id" : "", at), at++;
	if (at == 1)
		return 0;
	sb_addf(&text, " WHERE id = $%d", at);
	if (db_prepare(db, sb_cstr(&text), ent->table, &st, e) < 0)
		return -1;
	stmt_bind_int(st, at, row->id);
	at = 1;
	for (size_t i = 0; i < ent->n; i++)
		if (row->set >> i & 1)
			bind_field(ent, st, at++, row, i);
	return stmt_run(st, e) < 0 ? say_conflict(ent, row, e) : must_change(db, e);
}

int entity_count_refs(struct db *db, const struct entity *by, const char *field, int64_t id, bool living, int64_t *n,
		      struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(4096);
	struct cell bind = CELL_OF_INT(id);

	sb_addf(&text, "SELECT COUNT(*) FROM %s WHERE %s_id = $1%s", by->table, field,
		living ? " AND retired IS NULL" : "");
	return one_id(db, sb_cstr(&text), &bind, 1, n, e);
}

int entity_count_kept(struct db *db, const struct entity *ent, int64_t id, int64_t *n, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(4096);
	struct cell bind = CELL_OF_INT(id);

	*n = 0;
	if (!ent->kept_by)
		return 0;
	sb_addf(&text, "SELECT COUNT(*) FROM %s WHERE %s_id = $1", ent->kept_by, ent->table);
	return one_id(db, sb_cstr(&text), &bind, 1, n, e);
}

static int change_one(struct db *db, const struct entity *ent, const char *text, const struct cell *bind, size_t n,
		      struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;

	if (db_prepare(db, text, ent->table, &st, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		stmt_bind_cell(st, (int)i + 1, bind + i);
	return stmt_run(st, e) < 0 ? -1 : must_change(db, e);
}

int entity_retire(struct db *db, const struct entity *ent, int64_t id, int64_t now, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(4096);
	struct cell bind[2] = { CELL_OF_INT(id), CELL_OF_INT(now) };

	sb_addf(&text, "UPDATE main.%s SET retired = $2 WHERE id = $1", ent->table);
	return change_one(db, ent, sb_cstr(&text), bind, 2, e);
}

int entity_delete(struct db *db, const struct entity *ent, int64_t id, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(4096);
	struct cell bind = CELL_OF_INT(id);

	sb_addf(&text, "DELETE FROM main.%s WHERE id = $1", ent->table);
	return change_one(db, ent, sb_cstr(&text), &bind, 1, e);
}
