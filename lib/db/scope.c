/* SPDX-License-Identifier: MIT */
/*
 * Tenant scope by construction. Unqualified names are TEMP views that show the scope's rows; `main.t` is written through TEMP triggers that
 * guard each row; the authorizer lets nothing else near the base tables.
 */
#include "db/impl.h"

#define READ_IDS "(SELECT org_id FROM scope)"
#define WRITE_IDS "(SELECT org_id FROM scope WHERE writable = 1)"

static size_t tenant_find(const struct db *db, struct str name)
{
	size_t i = 0;

	for (; db->schema->tenants[i].table; i++)
		if (str_is(name, db->schema->tenants[i].table))
			break;
	return i;
}

static bool is_tenant(const struct db *db, const char *table)
{
	return db->schema->tenants[tenant_find(db, str_of(table))].table != NULL;
}

/* ---- views and guards ---- */

/* The condition with {row} {read} {write} filled in. */
static void condition(struct sb *sb, const char *shape, const char *row)
{
	for (const char *p = shape; *p;) {
		if (strncmp(p, "{row}", 5) == 0) {
			sb_adds(sb, row);
			p += 5;
		} else if (strncmp(p, "{read}", 6) == 0) {
			sb_adds(sb, READ_IDS);
			p += 6;
		} else if (strncmp(p, "{write}", 7) == 0) {
			sb_adds(sb, WRITE_IDS);
			p += 7;
		} else {
			sb_addc(sb, *p++);
		}
	}
}

static int make_view(struct db *db, const struct tenant *t, struct err *e)
{
	AUTO(sb_done) struct sb sb = SB_INIT(8192);

	sb_addf(&sb, "CREATE TEMP VIEW %s AS SELECT * FROM main.%s WHERE ", t->table, t->table);
	condition(&sb, t->visible ? t->visible : "{row}org_id IN {read}", "");
	return sb.bad ? err_nomem(e) : db_exec(db, sb_cstr(&sb), e);
}

/* Foreign old rows are passed over, as row-level security does; foreign new rows end the statement. */
static int make_guards(struct db *db, const struct tenant *t, struct err *e)
{
	AUTO(sb_done) struct sb sb = SB_INIT(16384);
	const char *may = t->writable ? t->writable : "{row}org_id IN {write}";
	static const struct {
		const char *event, *row, *action;
	} guard[] = {
		{ "UPDATE", "OLD.", "RAISE(IGNORE)" },
		{ "DELETE", "OLD.", "RAISE(IGNORE)" },
		{ "INSERT", "NEW.", "RAISE(ABORT, 'outside the organisation')" },
		{ "UPDATE", "NEW.", "RAISE(ABORT, 'outside the organisation')" },
	};

	for (size_t i = 0; i < COUNT(guard); i++) {
		/* A new row of org is judged without its own id, which a statement could choose. */
		sb_addf(&sb, "CREATE TEMP TRIGGER guard_%s_%zu BEFORE %s ON main.%s WHEN NOT (", t->table, i, guard[i].event,
			t->table);
		condition(&sb, may, guard[i].row);
		sb_addf(&sb, ") BEGIN SELECT %s; END;", guard[i].action);
	}
	return sb.bad ? err_nomem(e) : db_exec(db, sb_cstr(&sb), e);
}

static int need(struct db *db, const struct tenant *t, bool guard, struct err *e)
{
	size_t i = (size_t)(t - db->schema->tenants);
	uint64_t bit = UINT64_C(1) << i, *made = guard ? &db->guards : &db->views;
	int rc;

	if (*made & bit)
		return 0;
	/* A rolled-back guard would fail open: none is made inside a transaction. */
	if (!sqlite3_get_autocommit(db->sq))
		return err_set(e, E_BUG, "%s of table %s must be made before the transaction", guard ? "guards" : "view", t->table);
	db->installing = true;
	rc = guard ? make_guards(db, t, e) : make_view(db, t, e);
	db->installing = false;
	if (rc == 0)
		*made |= bit;
	return rc;
}

static bool word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

int scope_ready(struct db *db, const char *text, const char *writes, struct err *e)
{
	if (!db->scoped)
		return 0;
	for (const char *p = text; *p;) {
		struct str word = { p, 0 };
		const struct tenant *t;

		while (word_char(word.ptr[word.len]))
			word.len++;
		if (word.len == 0) {
			p++;
			continue;
		}
		p += word.len;
		t = db->schema->tenants + tenant_find(db, word);
		if (t->table && need(db, t, false, e) < 0)
			return -1;
	}
	if (writes && is_tenant(db, writes))
		return need(db, db->schema->tenants + tenant_find(db, str_of(writes)), true, e);
	return 0;
}

int db_ready(struct db *db, const struct sql *sql, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (scope_ready(db, sql[i].text, sql[i].writes, e) < 0)
			return -1;
	return 0;
}

/* ---- the authorizer ---- */

static bool ends_id(const char *column)
{
	size_t n = strlen(column);

	return strcmp(column, "id") == 0 || (n > 3 && strcmp(column + n - 3, "_id") == 0);
}

static int may_read(const struct db *db, const char *table, const char *column, const char *inside)
{
	if (!is_tenant(db, table))
		return SQLITE_OK;
	if (inside && (strcmp(inside, table) == 0 || strncmp(inside, "guard_", 6) == 0))
		return SQLITE_OK;
	if (strcmp(table, "sqlite_returning") == 0)
		return SQLITE_OK;
	if (db->target && strcmp(db->target, table) == 0)
		return SQLITE_OK;
	return db->target && column && ends_id(column) ? SQLITE_OK : SQLITE_DENY;
}

static int authorize(void *arg, int action, const char *a, const char *b, const char *schema, const char *inside)
{
	const struct db *db = arg;
	bool temp = schema && strcmp(schema, "temp") == 0;

	if (db->installing)
		return SQLITE_OK;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_FUNCTION:
	case SQLITE_RECURSIVE:
	case SQLITE_TRANSACTION:
	case SQLITE_SAVEPOINT:
		return SQLITE_OK;
	case SQLITE_READ:
		return temp ? SQLITE_OK : may_read(db, a, b, inside);
	case SQLITE_INSERT:
	case SQLITE_UPDATE:
	case SQLITE_DELETE:
		return !temp && db->target && strcmp(db->target, a) == 0 ? SQLITE_OK : SQLITE_DENY;
	default:
		return SQLITE_DENY;
	}
}

/* ---- setting it ---- */

int db_scope_set(struct db *db, int64_t self, const char *self_name, const int64_t *ids, size_t n, struct err *e)
{
	AUTO(sb_done) struct sb sb = SB_INIT((size_t)64 << 20);

	if (db->scoped || db->in_write)
		return err_set(e, E_BUG, "the scope is set once, before anything else");
	while (db->kept) { /* statements prepared on the base tables must not live on */
		struct stmt *next = db->kept->next;

		db->kept->key = NULL;
		stmt_free(db->kept);
		db->kept = next;
	}
	sb_adds(&sb, "CREATE TEMP TABLE scope (org_id INTEGER PRIMARY KEY, writable INTEGER NOT NULL);");
	for (size_t i = 0; i < n; i++)
		sb_addf(&sb, "INSERT INTO temp.scope VALUES (%" PRId64 ", %d);", ids[i], ids[i] == self);
	if (sb.bad)
		return err_nomem(e);
	if (db_exec(db, sb_cstr(&sb), e) < 0)
		return -1;
	db->self_name = strdup(self_name);
	if (!db->self_name)
		return err_nomem(e);
	db->self = self;
	db->many = n > 1;
	db->scoped = true;
	return sqlite3_set_authorizer(db->sq, authorize, db) == SQLITE_OK ? 0 : err_set(e, E_BUG, "no authorizer");
}

int64_t db_self(const struct db *db)
{
	return db->self;
}

const char *db_self_name(const struct db *db)
{
	return db->self_name;
}

bool db_many(const struct db *db)
{
	return db->many || !db->scoped;
}
