/* SPDX-License-Identifier: MIT */
#include "store/user.h"

#define KEY_COLUMNS                                                                                                                    \
	"SELECT k.id, k.org_id, k.account_id, k.created, k.expires, k.revoked, k.used, k.prefix, k.rights, k.note, k.hash, a.name,"    \
	" o.name, a.role, a.enabled, a.retired FROM api_key k JOIN account a ON a.id = k.account_id JOIN org o ON o.id = k.org_id"
#define KEY_LIST_SQL KEY_COLUMNS " WHERE $1 = 0 OR k.account_id = $1 ORDER BY k.id"
#define GRANT_LIST_SQL                                                                                                                 \
	"SELECT a.name, s.name, g.rights FROM account_grant g JOIN account a ON a.id = g.account_id JOIN site s ON s.id = g.site_id"   \
	" WHERE $1 = 0 OR g.account_id = $1 ORDER BY a.name, s.name"

enum { Q_PASSWORD, Q_PASSWORD_SET, Q_ROLE, Q_GRANT, Q_GRANT_SET, Q_GRANT_RM, Q_KEY_ADD, Q_KEY_FIND, Q_KEY_REVOKE, Q_KEY_EXPIRE, Q_KEY_USED, Q_COUNT };

static const struct sql sql[Q_COUNT] = {
	[Q_PASSWORD] = { "SELECT password FROM account WHERE id = $1", NULL },
	[Q_PASSWORD_SET] = { "UPDATE main.account SET password = $2 WHERE id = $1", "account" },
	[Q_ROLE] = { "SELECT role, enabled FROM account WHERE id = $1", NULL },
	[Q_GRANT] = { "SELECT rights FROM account_grant WHERE account_id = $1 AND site_id = $2", NULL },
	[Q_GRANT_SET] = { "INSERT INTO main.account_grant (org_id, account_id, site_id, rights) VALUES ($1, $2, $3, $4)"
			  " ON CONFLICT (account_id, site_id) DO UPDATE SET rights = excluded.rights",
			  "account_grant" },
	[Q_GRANT_RM] = { "DELETE FROM main.account_grant WHERE account_id = $1 AND site_id = $2", "account_grant" },
	[Q_KEY_ADD] = { "INSERT INTO main.api_key (org_id, account_id, prefix, hash, rights, note, created, expires)"
			" VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
			"api_key" },
	[Q_KEY_FIND] = { KEY_COLUMNS " WHERE k.prefix = $1", NULL },
	[Q_KEY_REVOKE] = { "UPDATE main.api_key SET revoked = $2 WHERE id = $1", "api_key" },
	[Q_KEY_EXPIRE] = { "UPDATE main.api_key SET expires = $2 WHERE id = $1", "api_key" },
	[Q_KEY_USED] = { "UPDATE main.api_key SET used = $2 WHERE id = $1", "api_key" },
};

int user_ready(struct db *db, struct err *e)
{
	static const struct sql lists[] = { { KEY_LIST_SQL, NULL }, { GRANT_LIST_SQL, NULL } };

	return db_ready(db, sql, COUNT(sql), e) < 0 ? -1 : db_ready(db, lists, COUNT(lists), e);
}

/* Bind ids and step once; the caller resets. 1, 0, -1. */
static int ask(struct db *db, int q, int64_t a, int64_t b, struct stmt **st, struct err *e)
{
	if (db_stmt(db, sql + q, st, e) < 0)
		return -1;
	stmt_bind_int(*st, 1, a);
	if (b)
		stmt_bind_int(*st, 2, b);
	return stmt_step(*st, e);
}

static int first_text(struct stmt *st, struct sb *sb, struct err *e)
{
	struct str s = stmt_text(st, 0);

	return s.ptr && sb_add(sb, s.ptr, s.len) < 0 ? err_nomem(e) : 0;
}

int user_password(struct db *db, int64_t user, struct sb *sb, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got = ask(db, Q_PASSWORD, user, 0, &st, e);

	return got > 0 ? first_text(st, sb, e) : got;
}

int user_role(struct db *db, int64_t user, struct sb *role, bool *enabled, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got = ask(db, Q_ROLE, user, 0, &st, e);

	*enabled = got > 0 && stmt_int(st, 1) != 0;
	return got > 0 ? first_text(st, role, e) : got;
}

int user_password_set(struct db *db, int64_t user, const char *hash, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + Q_PASSWORD_SET, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, user);
	stmt_bind_text(st, 2, str_of(hash));
	return stmt_run(st, e);
}

/* ---- grants ---- */

int grant_find(struct db *db, int64_t user, int64_t site, struct sb *rights, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got = ask(db, Q_GRANT, user, site, &st, e);

	return got > 0 ? first_text(st, rights, e) : got;
}

int grant_set(struct db *db, int64_t user, int64_t site, const char *rights, bool *done, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int at = 1;

	if (db_stmt(db, sql + (rights ? Q_GRANT_SET : Q_GRANT_RM), &st, e) < 0)
		return -1;
	if (rights)
		stmt_bind_int(st, at++, db_self(db));
	stmt_bind_int(st, at++, user);
	stmt_bind_int(st, at++, site);
	if (rights)
		stmt_bind_text(st, at, str_of(rights));
	if (stmt_run(st, e) < 0)
		return -1;
	*done = db_changes(db) > 0;
	return 0;
}

int grant_list(struct db *db, int64_t user, struct stmt **out, struct err *e)
{
	if (db_prepare(db, GRANT_LIST_SQL, NULL, out, e) < 0)
		return -1;
	stmt_bind_int(*out, 1, user);
	return 0;
}

/* The statement that drops what lets in and hangs on things of the noun. */
static const struct sql *drop_of(const struct entity *ent)
{
	static const struct {
		const char *table;
		struct sql sql;
	} drop[] = {
		{ "site", { "DELETE FROM main.account_grant WHERE site_id = $1", "account_grant" } },
		{ "account", { "DELETE FROM main.account_grant WHERE account_id = $1", "account_grant" } },
		{ "device", { "DELETE FROM main.credential WHERE device_id = $1", "credential" } },
	};

	for (size_t i = 0; i < COUNT(drop); i++)
		if (strcmp(drop[i].table, ent->table) == 0)
			return &drop[i].sql;
	return NULL;
}

int access_drop_ready(struct db *db, const struct entity *ent, struct err *e)
{
	const struct sql *drop = drop_of(ent);

	return drop ? db_ready(db, drop, 1, e) : 0;
}

int access_drop(struct db *db, const struct entity *ent, int64_t id, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	const struct sql *drop = drop_of(ent);

	if (!drop)
		return 0;
	if (db_stmt(db, drop, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, id);
	return stmt_run(st, e);
}

int grant_ids(struct db *db, int64_t user, struct stmt **out, struct err *e)
{
	if (db_prepare(db, "SELECT site_id, rights FROM account_grant WHERE account_id = $1", NULL, out, e) < 0)
		return -1;
	stmt_bind_int(*out, 1, user);
	return 0;
}

/* ---- keys ---- */

int key_add(struct db *db, const struct user_key *k, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + Q_KEY_ADD, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, db_self(db));
	stmt_bind_int(st, 2, k->user);
	stmt_bind_text(st, 3, k->prefix);
	stmt_bind_blob(st, 4, k->hash.ptr, k->hash.len);
	stmt_bind_text(st, 5, k->rights);
	stmt_bind_text(st, 6, k->note);
	stmt_bind_int(st, 7, k->created);
	if (k->expires)
		stmt_bind_int(st, 8, k->expires);
	else
		stmt_bind_null(st, 8);
	return stmt_run(st, e);
}

static struct str text_at(const struct stmt *st, int col)
{
	return stmt_is_null(st, col) ? (struct str){ NULL, 0 } : stmt_text(st, col);
}

int key_next(struct stmt *st, struct user_key *k, struct err *e)
{
	int got = stmt_step(st, e);

	if (got <= 0)
		return got;
	*k = (struct user_key){ .id = stmt_int(st, 0), .org = stmt_int(st, 1), .user = stmt_int(st, 2), .created = stmt_int(st, 3),
				.expires = stmt_int(st, 4), .revoked = stmt_int(st, 5), .used = stmt_int(st, 6),
				.prefix = text_at(st, 7), .rights = text_at(st, 8), .note = text_at(st, 9), .hash = stmt_blob(st, 10),
				.user_name = text_at(st, 11), .org_name = text_at(st, 12), .role = text_at(st, 13),
				.enabled = stmt_int(st, 14) != 0, .retired = !stmt_is_null(st, 15) };
	return 1;
}

int key_find(struct db *db, struct str prefix, struct stmt **st, struct user_key *k, struct err *e)
{
	if (db_prepare(db, sql[Q_KEY_FIND].text, NULL, st, e) < 0)
		return -1;
	stmt_bind_text(*st, 1, prefix);
	return key_next(*st, k, e);
}

int key_list(struct db *db, int64_t user, struct stmt **out, struct err *e)
{
	if (db_prepare(db, KEY_LIST_SQL, NULL, out, e) < 0)
		return -1;
	stmt_bind_int(*out, 1, user);
	return 0;
}

static int set_instant(struct db *db, int q, int64_t id, int64_t at, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + q, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, id);
	stmt_bind_int(st, 2, at);
	return stmt_run(st, e);
}

int key_end(struct db *db, int64_t id, int64_t at, bool revoked, struct err *e)
{
	return set_instant(db, revoked ? Q_KEY_REVOKE : Q_KEY_EXPIRE, id, at, e);
}

int key_used(struct db *db, int64_t id, int64_t at, struct err *e)
{
	return set_instant(db, Q_KEY_USED, id, at, e);
}

/* ---- erasing ---- */

static const struct sql erase[] = {
	{ "UPDATE main.account SET name = $2, title = NULL, email = NULL, phone = NULL, locale = NULL, note = NULL, password = NULL, enabled = 0"
	  " WHERE id = $1",
	  "account" },
	{ "DELETE FROM main.api_key WHERE account_id = $1", "api_key" },
	{ "DELETE FROM main.field_value WHERE thing_id = $1 AND field_id IN (SELECT f.id FROM field f WHERE f.noun = 'user')", "field_value" },
};

int user_erase_ready(struct db *db, struct err *e)
{
	return db_ready(db, erase, COUNT(erase), e);
}

int user_erase(struct db *db, int64_t user, const char *label, struct err *e)
{
	for (size_t i = 0; i < COUNT(erase); i++) {
		AUTO(stmt_resetp) struct stmt *st = NULL;

		if (db_stmt(db, erase + i, &st, e) < 0)
			return -1;
		stmt_bind_int(st, 1, user);
		if (i == 0)
			stmt_bind_text(st, 2, str_of(label));
		if (stmt_run(st, e) < 0)
			return -1;
	}
	return 0;
}
