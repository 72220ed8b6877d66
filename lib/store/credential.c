/* SPDX-License-Identifier: MIT */
#include "store/credential.h"

/* The profile of its topics, and whether its organisation has that one. */
#define SPEAKS                                                                                                                         \
	"COALESCE(d.profile, o.profile, 'sit'), CASE WHEN COALESCE(d.profile, o.profile, 'sit') IN ('sit', o.profile) THEN 1 ELSE 0 END"
#define SPEAKS_OF "SELECT " SPEAKS " FROM device d JOIN org o ON o.id = d.org_id WHERE d.id = $1"
#define CREDENTIAL_COLUMNS                                                                                                             \
	"SELECT c.id, c.org_id, c.device_id, c.created, c.expires, c.revoked, c.login, c.hash, c.note, d.name, o.name, d.type,"        \
	" CASE WHEN d.enabled = 1 AND d.retired IS NULL AND o.retired IS NULL THEN 1 ELSE 0 END,"                                      \
	" COALESCE(p.telemetry, -1), COALESCE(p.events, -1), COALESCE(p.commands, -1), COALESCE(p.config, -1), COALESCE(p.firmware, -1),"  \
	" " SPEAKS                                                                                                                     \
	" FROM credential c JOIN device d ON d.id = c.device_id JOIN org o ON o.id = c.org_id LEFT JOIN policy p ON p.id = d.policy_id"
#define CREDENTIAL_LIST CREDENTIAL_COLUMNS " WHERE $1 = 0 OR c.device_id = $1 ORDER BY o.name, d.name, c.id"
#define CREDENTIAL_FIND CREDENTIAL_COLUMNS " WHERE c.login = $1"
#define CLAIM_COLUMNS                                                                                                                  \
	"SELECT c.id, c.org_id, c.created, c.expires, c.claimed, c.claimed_by, c.\"key\", c.hash, c.terms, o.name FROM claim c"   \
	" LEFT JOIN org o ON o.id = c.claimed_by"
#define CLAIM_LIST CLAIM_COLUMNS " ORDER BY c.id"
#define CLAIM_FIND CLAIM_COLUMNS " WHERE c.\"key\" = $1 ORDER BY c.id"

enum { Q_ADD, Q_EXPIRE, Q_REVOKE, Q_CREDENTIALS };
enum { Q_CLAIM, Q_TAKE, Q_GIVE_BACK, Q_REMOVE, Q_CLAIMS };

static const struct sql sql[Q_CREDENTIALS] = {
	[Q_ADD] = { "INSERT INTO main.credential (org_id, device_id, login, hash, note, created, expires) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		    "credential" },
	[Q_EXPIRE] = { "UPDATE main.credential SET expires = $2 WHERE id = $1", "credential" },
	[Q_REVOKE] = { "UPDATE main.credential SET revoked = $2 WHERE id = $1", "credential" },
};

static const struct sql claims[Q_CLAIMS] = {
	[Q_CLAIM] = { "INSERT INTO main.claim (org_id, \"key\", hash, terms, created, expires) VALUES ($1, $2, $3, $4, $5, $6)", "claim" },
	[Q_TAKE] = { "UPDATE main.claim SET claimed = $2, claimed_by = $3 WHERE id = $1 AND claimed IS NULL", "claim" },
	[Q_GIVE_BACK] = { "UPDATE main.claim SET claimed = NULL, claimed_by = NULL WHERE id = $1", "claim" },
	[Q_REMOVE] = { "DELETE FROM main.claim WHERE \"key\" = $1", "claim" },
};

static void bind_instant(struct stmt *st, int i, int64_t at)
{
	if (at)
		stmt_bind_int(st, i, at);
	else
		stmt_bind_null(st, i);
}

static struct str text_at(const struct stmt *st, int col)
{
	return stmt_is_null(st, col) ? (struct str){ NULL, 0 } : stmt_text(st, col);
}

/* A statement with ids and instants, run. */
static int run(struct db *db, const struct sql *q, const int64_t *v, int n, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, q, &st, e) < 0)
		return -1;
	for (int i = 0; i < n; i++)
		stmt_bind_int(st, i + 1, v[i]);
	return stmt_run(st, e);
}

/* ---- credentials ---- */

int credential_ready(struct db *db, struct err *e)
{
	static const struct sql reads[] = { { CREDENTIAL_LIST, NULL }, { CREDENTIAL_FIND, NULL }, { SPEAKS_OF, NULL } };

	return db_ready(db, sql, COUNT(sql), e) < 0 ? -1 : db_ready(db, reads, COUNT(reads), e);
}

int credential_add(struct db *db, const struct credential *c, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + Q_ADD, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, db_self(db));
	stmt_bind_int(st, 2, c->device);
	stmt_bind_text(st, 3, c->login);
	stmt_bind_text(st, 4, c->hash);
	stmt_bind_text(st, 5, c->note);
	stmt_bind_int(st, 6, c->created);
	bind_instant(st, 7, c->expires);
	return stmt_run(st, e);
}

int credential_next(struct stmt *st, struct credential *c, struct err *e)
{
	int got = stmt_step(st, e);

	if (got <= 0)
		return got;
	*c = (struct credential){ .id = stmt_int(st, 0), .org = stmt_int(st, 1), .device = stmt_int(st, 2), .created = stmt_int(st, 3),
				  .expires = stmt_int(st, 4), .revoked = stmt_int(st, 5), .login = text_at(st, 6), .hash = text_at(st, 7),
				  .note = text_at(st, 8), .device_name = text_at(st, 9), .org_name = text_at(st, 10), .type = text_at(st, 11),
				  .enabled = stmt_int(st, 12) != 0 };
	for (int i = 0; i < (int)COUNT(c->may); i++)
		c->may[i] = (int)stmt_int(st, 13 + i);
	c->profile = stmt_text(st, 18);
	c->speaks = stmt_int(st, 19) != 0;
	return 1;
}

int credential_find(struct db *db, struct str login, struct stmt **st, struct credential *c, struct err *e)
{
	if (db_prepare(db, CREDENTIAL_FIND, NULL, st, e) < 0)
		return -1;
	stmt_bind_text(*st, 1, login);
	return credential_next(*st, c, e);
}

int credential_list(struct db *db, int64_t device, struct stmt **out, struct err *e)
{
	if (db_prepare(db, CREDENTIAL_LIST, NULL, out, e) < 0)
		return -1;
	stmt_bind_int(*out, 1, device);
	return 0;
}

int credential_profile(struct db *db, int64_t device, struct sb *word, bool *speaks, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	int got;

	if (db_prepare(db, SPEAKS_OF, NULL, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, device);
	got = stmt_step(st, e);
	if (got <= 0)
		return got < 0 ? -1 : err_set(e, E_NOTFOUND, "no device id:%" PRId64, device);
	*speaks = stmt_int(st, 1) != 0;
	return sb_add(word, stmt_text(st, 0).ptr, stmt_text(st, 0).len) < 0 ? err_nomem(e) : 0;
}

int credential_end(struct db *db, int64_t id, int64_t at, bool revoked, struct err *e)
{
	return run(db, sql + (revoked ? Q_REVOKE : Q_EXPIRE), (int64_t[]){ id, at }, 2, e);
}

/* ---- claims ---- */

int claim_ready(struct db *db, struct err *e)
{
	static const struct sql reads[] = { { CLAIM_LIST, NULL }, { CLAIM_FIND, NULL } };

	return db_ready(db, claims, COUNT(claims), e) < 0 ? -1 : db_ready(db, reads, COUNT(reads), e);
}

int claim_add(struct db *db, const struct claim *c, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, claims + Q_CLAIM, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, db_self(db));
	stmt_bind_text(st, 2, c->key);
	stmt_bind_blob(st, 3, c->hash.ptr, c->hash.len);
	stmt_bind_text(st, 4, c->terms);
	stmt_bind_int(st, 5, c->created);
	bind_instant(st, 6, c->expires);
	if (stmt_run(st, e) == 0)
		return 0;
	return e->code == E_CONFLICT ? err_set(e, E_CONFLICT, "there is a claim with key \"%.*s\" already", STR_ARG(c->key)) : -1;
}

int claim_next(struct stmt *st, struct claim *c, struct err *e)
{
	int got = stmt_step(st, e);

	if (got <= 0)
		return got;
	*c = (struct claim){ .id = stmt_int(st, 0), .org = stmt_int(st, 1), .created = stmt_int(st, 2), .expires = stmt_int(st, 3),
			     .claimed = stmt_int(st, 4), .claimed_by = stmt_int(st, 5), .key = text_at(st, 6),
			     .hash = stmt_blob(st, 7), .terms = text_at(st, 8), .claimed_org = text_at(st, 9) };
	return 1;
}

int claim_find(struct db *db, struct str key, struct stmt **st, struct claim *c, struct err *e)
{
	if (db_prepare(db, CLAIM_FIND, NULL, st, e) < 0)
		return -1;
	stmt_bind_text(*st, 1, key);
	return claim_next(*st, c, e);
}

int claim_list(struct db *db, struct stmt **out, struct err *e)
{
	return db_prepare(db, CLAIM_LIST, NULL, out, e);
}

int claim_take(struct db *db, int64_t id, int64_t at, int64_t by, bool *done, struct err *e)
{
	if (run(db, claims + Q_TAKE, (int64_t[]){ id, at, by }, 3, e) < 0)
		return -1;
	*done = db_changes(db) > 0;
	return 0;
}

int claim_give_back(struct db *db, int64_t id, struct err *e)
{
	return run(db, claims + Q_GIVE_BACK, &id, 1, e);
}

int claim_remove(struct db *db, struct str key, bool *done, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, claims + Q_REMOVE, &st, e) < 0)
		return -1;
	stmt_bind_text(st, 1, key);
	if (stmt_run(st, e) < 0)
		return -1;
	*done = db_changes(db) > 0;
	return 0;
}
