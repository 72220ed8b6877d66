/* SPDX-License-Identifier: MIT */
/* Writing. */
#include "store/entity.h"
#include "store/impl.h"

static int resolve_refs(struct db *db, const struct entity *ent, struct row *row, struct err *e)
{
	for (size_t i = 0; i < ent->n; i++) {
		if (ent->field[i].kind != FIELD_REF || !row_has(row, i))
			continue;
		row->ref[i] = 0;
		if (row->cell[i].type == CELL_TEXT &&
		    entity_resolve(db, entity_find(ent->field[i].ref), row->cell[i].s, row->ref + i, e) < 0) {
			e->code = e->code == E_NOTFOUND ? E_INPUT : e->code;
			return err_wrap(e, "%s", ent->field[i].name);
		}
	}
	return 0;
}

/* ---- columns of the noun's own table ---- */

/* The field is a column that programs write. */
static bool is_column(const struct field *f)
{
	return !(f->flags & (FIELD_READONLY | FIELD_STATE | FIELD_CUSTOM));
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

/* The fields that an index named in the store's message, "table.a, table.b": what else has them is in the way. */
static void taken_fields(const struct entity *ent, const char *msg, struct sb *sb)
{
	char column[100];

	for (size_t i = 0; i < ent->n; i++) {
		int n = snprintf(column, sizeof(column), "%s.%s", ent->table, ent->field[i].name);
		const char *at = ent->field[i].flags & FIELD_KEY ? NULL : strstr(msg, column);

		if (at && (at[n] == ',' || at[n] == '\0' || at[n] == ' ' || at[n] == ')'))
			sb_addf(sb, "%s%s", sb->len ? " and " : "", ent->field[i].name);
	}
}

/* A taken name is the usual conflict; say it in the user's words. */
static int say_conflict(const struct entity *ent, const struct row *row, struct err *e)
{
	AUTO(sb_done) struct sb fields = SB_INIT(300);
	struct str name = row->cell[entity_key(ent)].s;

	if (e->code != E_CONFLICT)
		return -1;
	if (strstr(e->msg, "edge_key"))
		return err_set(e, E_CONFLICT, "edge_key: another device of that gateway has it already");
	taken_fields(ent, e->msg, &fields);
	if ((strstr(e->msg, "UNIQUE") || strstr(e->msg, "unique")) && fields.len && !strstr(e->msg, ".name"))
		return err_set(e, E_CONFLICT, "%s: another %s has it already", sb_cstr(&fields), ent->noun);
	if (strstr(e->msg, "UNIQUE") || strstr(e->msg, "unique"))
		return err_set(e, E_CONFLICT, "%s \"%.*s\" is there already", ent->noun, STR_ARG(name));
	if (strstr(e->msg, "FOREIGN") || strstr(e->msg, "foreign"))
		return err_set(e, E_INPUT, "%s \"%.*s\" refers to something of another organisation", ent->noun, STR_ARG(name));
	return -1;
}

static int foreign(struct err *e)
{
	return err_set(e, E_DENIED, "belongs to another organisation: write there with --org");
}

/* The guards pass over rows of other organisations, as row-level security does; the caller must hear of it. */
static int must_change(struct db *db, struct err *e)
{
	return db_changes(db) ? 0 : foreign(e);
}

int entity_own(struct db *db, const struct entity *ent, int64_t id, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(4096);
	int64_t org = 0;

	if (is_org(ent) || !db_self(db))
		return 0;
	sb_addf(&text, "SELECT org_id FROM %s WHERE id = $1", ent->table);
	if (entity_number(db, sb_cstr(&text), &CELL_OF_INT(id), 1, &org, e) < 0)
		return -1;
	return org == db_self(db) ? 0 : foreign(e);
}

static void insert_text(const struct entity *ent, struct sb *sb)
{
	int at = is_org(ent) ? 2 : 3;

	sb_addf(sb, "INSERT INTO main.%s (%screated", ent->table, is_org(ent) ? "" : "org_id, ");
	for (size_t i = 0; i < ent->n; i++)
		if (is_column(ent->field + i))
			sb_addf(sb, ", \"%s%s\"", ent->field[i].name, ent->field[i].kind == FIELD_REF ? "_id" : "");
	sb_adds(sb, is_org(ent) ? ") VALUES ($1" : ") VALUES ($2, $1");
	for (size_t i = 0; i < ent->n; i++)
		if (is_column(ent->field + i))
			sb_addf(sb, ", $%d", at++);
	sb_adds(sb, ")");
}

static int insert_row(struct db *db, const struct entity *ent, struct row *row, int64_t now, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 16);
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int at = is_org(ent) ? 2 : 3;

	insert_text(ent, &text);
	if (text.bad)
		return err_nomem(e);
	if (db_kept(db, sb_cstr(&text), ent->table, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, now);
	if (!is_org(ent))
		stmt_bind_int(st, 2, db_self(db));
	for (size_t i = 0; i < ent->n; i++)
		if (is_column(ent->field + i))
			bind_field(ent, st, at++, row, i);
	if (stmt_run(st, e) < 0)
		return say_conflict(ent, row, e);
	row->id = db_last_id(db);
	return 0;
}

static int update_row(struct db *db, const struct entity *ent, const struct row *row, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 16);
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int at = 1;

	sb_addf(&text, "UPDATE main.%s SET", ent->table);
	for (size_t i = 0; i < ent->n; i++)
		if (row_has(row, i) && is_column(ent->field + i))
			sb_addf(&text, "%s \"%s%s\" = $%d", at > 1 ? "," : "", ent->field[i].name,
				ent->field[i].kind == FIELD_REF ? "_id" : "", at), at++;
	if (at == 1) /* nothing of its own changes; foreign things must be refused all the same */
		sb_adds(&text, " name = name");
	sb_addf(&text, " WHERE id = $%d", at);
	if (text.bad)
		return err_nomem(e);
	if (db_kept(db, sb_cstr(&text), ent->table, &st, e) < 0)
		return -1;
	stmt_bind_int(st, at, row->id);
	at = 1;
	for (size_t i = 0; i < ent->n; i++)
		if (row_has(row, i) && is_column(ent->field + i))
			bind_field(ent, st, at++, row, i);
	return stmt_run(st, e) < 0 ? say_conflict(ent, row, e) : must_change(db, e);
}

/* ---- custom values ---- */

enum { Q_VALUE_PUT, Q_VALUE_DROP, Q_VALUES_DROP, Q_COUNT };

static const struct sql sql[Q_COUNT] = {
	[Q_VALUE_PUT] = { "INSERT INTO main.field_value (thing_id, field_id, org_id, num, txt, body) VALUES ($1, $2, $3, $4, $5, $6)"
			  " ON CONFLICT (thing_id, field_id) DO UPDATE SET num = excluded.num, txt = excluded.txt, body = excluded.body",
			  "field_value" },
	[Q_VALUE_DROP] = { "DELETE FROM main.field_value WHERE thing_id = $1 AND field_id = $2", "field_value" },
	[Q_VALUES_DROP] = { "DELETE FROM main.field_value WHERE field_id = $1", "field_value" },
};

static int drop_value(struct db *db, int64_t thing, int64_t field, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + Q_VALUE_DROP, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, thing);
	stmt_bind_int(st, 2, field);
	return stmt_run(st, e);
}

static int put_value(struct db *db, const struct row *row, size_t i, const struct field *f, int64_t field, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	const char *column = entity_value_column(f);
	const struct cell *c = row->cell + i;

	if (db_stmt(db, sql + Q_VALUE_PUT, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, row->id);
	stmt_bind_int(st, 2, field);
	stmt_bind_int(st, 3, db_self(db) ? db_self(db) : row->org);
	if (f->kind == FIELD_REF)
		stmt_bind_real(st, 4, (double)row->ref[i]);
	else if (*column == 'n')
		stmt_bind_real(st, 4, c->type == CELL_REAL ? c->r : (double)c->i);
	else
		stmt_bind_text(st, *column == 't' ? 5 : 6, c->s);
	return stmt_run(st, e);
}

/* `fresh`: there was nothing before. */
static int put_custom(struct db *db, const struct entity *ent, const struct row *row, bool fresh, struct err *e)
{
	for (size_t i = ent->n - ent->ncustom; i < ent->n; i++) {
		const struct custom *own = entity_custom(ent, i);
		int rc = 0;

		if (!row_has(row, i))
			continue;
		if (!own->id)
			return err_set(e, E_INPUT, "%s: is a field of another organisation", ent->field[i].name);
		if (row->cell[i].type != CELL_NULL)
			rc = put_value(db, row, i, ent->field + i, own->id, e);
		else if (!fresh)
			rc = drop_value(db, row->id, own->id, e);
		if (rc < 0)
			return -1;
	}
	return 0;
}

int entity_drop_values(struct db *db, int64_t field, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + Q_VALUES_DROP, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, field);
	return stmt_run(st, e);
}

/* ---- a thing ---- */

int entity_insert(struct db *db, const struct entity *ent, struct row *row, int64_t now, struct err *e)
{
	if (resolve_refs(db, ent, row, e) < 0 || insert_row(db, ent, row, now, e) < 0)
		return -1;
	return put_custom(db, ent, row, true, e);
}

int entity_update(struct db *db, const struct entity *ent, struct row *row, struct err *e)
{
	if (resolve_refs(db, ent, row, e) < 0 || update_row(db, ent, row, e) < 0)
		return -1;
	return put_custom(db, ent, row, false, e);
}

int entity_count_refs(struct db *db, const struct entity *by, const char *field, int64_t id, bool living, int64_t *n,
		      struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(4096);

	sb_addf(&text, "SELECT COUNT(*) FROM %s WHERE %s_id = $1%s", by->table, field,
		living ? " AND retired IS NULL" : "");
	return entity_number(db, sb_cstr(&text), &CELL_OF_INT(id), 1, n, e);
}

int entity_count_of(struct db *db, const struct entity *by, int64_t org, int64_t *n, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(4096);

	sb_addf(&text, "SELECT COUNT(*) FROM %s WHERE org_id = $1 AND retired IS NULL", by->table);
	return entity_number(db, sb_cstr(&text), &CELL_OF_INT(org), 1, n, e);
}

int entity_count_custom(struct db *db, const struct entity *ent, int64_t id, int64_t *n, struct err *e)
{
	struct cell bind[2] = { CELL_OF_INT(id), CELL_OF_TEXT(str_of(ent->table)) };

	/* A reference to a gateway is one to a device. */
	return entity_number(db,
			     "SELECT COUNT(*) FROM field_value v JOIN field f ON f.id = v.field_id WHERE v.num = $1 AND f.retired IS NULL"
			     " AND f.type = 'reference' AND CASE f.refers WHEN 'gateway' THEN 'device' WHEN 'group' THEN 'device_group'"
			     " ELSE f.refers END = $2",
			     bind, 2, n, e);
}

int entity_count_values(struct db *db, int64_t field, int64_t *n, struct err *e)
{
	return entity_number(db, "SELECT COUNT(*) FROM field_value WHERE field_id = $1", &CELL_OF_INT(field), 1, n, e);
}

int entity_kept_ready(struct db *db, const struct entity *ent, struct err *e)
{
	char text[100];
	const struct sql one = { text, NULL };

	for (size_t i = 0; i < COUNT(ent->kept_by); i++) {
		(void)snprintf(text, sizeof(text), "SELECT 1 FROM %s", ent->kept_by[i] ? ent->kept_by[i] : ent->table);
		if (db_ready(db, &one, 1, e) < 0)
			return -1;
	}
	return 0;
}

int entity_count_kept(struct db *db, const struct entity *ent, int64_t id, int64_t *n, struct err *e)
{
	*n = 0;
	for (size_t i = 0; i < COUNT(ent->kept_by) && ent->kept_by[i]; i++) {
		AUTO(sb_done) struct sb text = SB_INIT(4096);
		int64_t more = 0;

		sb_addf(&text, "SELECT COUNT(*) FROM %s WHERE %s_id = $1", ent->kept_by[i], ent->table);
		if (entity_number(db, sb_cstr(&text), &CELL_OF_INT(id), 1, &more, e) < 0)
			return -1;
		*n += more;
	}
	return 0;
}

int entity_parent(struct db *db, const struct entity *ent, int64_t id, int64_t *parent, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(4096);

	sb_addf(&text, "SELECT COALESCE(parent_id, 0) FROM %s WHERE id = $1", ent->table);
	return entity_number(db, sb_cstr(&text), &CELL_OF_INT(id), 1, parent, e);
}

/* ---- ends ---- */

static int change(struct db *db, const char *text, const char *table, const struct cell *bind, size_t n, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_kept(db, text, table, &st, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		stmt_bind_cell(st, (int)i + 1, bind + i);
	return stmt_run(st, e);
}

/* Membership and what rows elsewhere say of this thing alone. */
static int forget(struct db *db, const struct entity *ent, int64_t id, bool all, struct err *e)
{
	static const struct {
		const char *table, *text, *writes;
		bool all; /* only when nothing shall be left of it */
	} what[] = {
		{ "device", "DELETE FROM main.group_member WHERE device_id = $1", "group_member", false },
		{ "device_group", "DELETE FROM main.group_member WHERE group_id = $1", "group_member", false },
		{ "device_group", "DELETE FROM main.group_member WHERE child_id = $1", "group_member", false },
		{ "device", "DELETE FROM main.device_state WHERE device_id = $1", "device_state", true },
		{ "device", "DELETE FROM main.rate_limit WHERE noun = 'device' AND thing_id = $1", "rate_limit", false },
		{ "device", "DELETE FROM main.bucket WHERE noun = 'device' AND thing_id = $1", "bucket", false },
		{ "account", "DELETE FROM main.rate_limit WHERE noun = 'user' AND thing_id = $1", "rate_limit", false },
		{ "account", "DELETE FROM main.bucket WHERE noun = 'user' AND thing_id = $1", "bucket", false },
		{ "device", "DELETE FROM main.alarm_state WHERE org_id = (SELECT d.org_id FROM device d WHERE d.id = $1) AND device_id = $1", "alarm_state", false },
		{ "rule", "DELETE FROM main.alarm_state WHERE rule_id = $1", "alarm_state", false },
		{ "model", "DELETE FROM main.model_version WHERE model_id = $1", "model_version", true },
	};
	AUTO(sb_done) struct sb text = SB_INIT(512);

	for (size_t i = 0; i < COUNT(what); i++)
		if (strcmp(what[i].table, ent->table) == 0 && (all || !what[i].all) &&
		    change(db, what[i].text, what[i].writes, &CELL_OF_INT(id), 1, e) < 0)
			return -1;
	if (!all || !ent->extensible)
		return 0;
	/* An id is a thing's only together with the noun of the field. */
	sb_adds(&text, "DELETE FROM main.field_value WHERE thing_id = $1 AND field_id IN (SELECT f.id FROM field f WHERE f.noun = $2)");
	return change(db, sb_cstr(&text), "field_value",
		      (struct cell[]){ CELL_OF_INT(id), CELL_OF_TEXT(str_of(strcmp(ent->table, "device") == 0 ? "device" : ent->noun)) }, 2, e);
}

int entity_retire(struct db *db, const struct entity *ent, int64_t id, int64_t now, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(4096);
	struct cell bind[2] = { CELL_OF_INT(id), CELL_OF_INT(now) };

	sb_addf(&text, "UPDATE main.%s SET retired = $2 WHERE id = $1", ent->table);
	if (change(db, sb_cstr(&text), ent->table, bind, 2, e) < 0 || must_change(db, e) < 0)
		return -1;
	return forget(db, ent, id, false, e);
}

int entity_delete(struct db *db, const struct entity *ent, int64_t id, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(4096);
	struct cell bind = CELL_OF_INT(id);

	if (forget(db, ent, id, true, e) < 0)
		return -1;
	sb_addf(&text, "DELETE FROM main.%s WHERE id = $1", ent->table);
	return change(db, sb_cstr(&text), ent->table, &bind, 1, e) < 0 ? -1 : must_change(db, e);
}
