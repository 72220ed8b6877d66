/* SPDX-License-Identifier: MIT */
#include "store/org.h"

#include "store/impl.h"

enum { Q_ORG_NAME, Q_ORG_LIVING, Q_ORG_READS, Q_ORG_FIND, Q_ORG_BELOW, Q_META_GET, Q_META_PUT, Q_META_RM, Q_COUNT };

static const struct sql sql[Q_COUNT] = {
	[Q_ORG_FIND] = { "SELECT id FROM org WHERE name = $1 AND retired IS NULL", NULL },
	[Q_ORG_NAME] = { "SELECT name FROM org WHERE id = $1", NULL },
	[Q_ORG_LIVING] = { "SELECT name FROM org WHERE retired IS NULL ORDER BY id", NULL },
	[Q_ORG_READS] = { "SELECT audit_reads FROM org WHERE id = $1", NULL },
	[Q_ORG_BELOW] = { "WITH RECURSIVE below (id) AS (SELECT CAST($1 AS BIGINT) UNION SELECT o.id FROM org o JOIN below b"
			  " ON o.parent_id = b.id) SELECT id FROM below",
			  NULL },
	[Q_META_GET] = { "SELECT value FROM meta WHERE name = $1", NULL },
	[Q_META_PUT] = { "INSERT INTO main.meta (name, value) VALUES ($1, $2)"
			 " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
			 "meta" },
	[Q_META_RM] = { "DELETE FROM main.meta WHERE name = $1", "meta" },
};

int org_find(struct db *db, struct str name, int64_t *id, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(db, sql + Q_ORG_FIND, &st, e) < 0)
		return -1;
	stmt_bind_text(st, 1, name);
	got = stmt_step(st, e);
	if (got < 0)
		return -1;
	if (!got)
		return err_set(e, E_NOTFOUND, "no organisation \"%.*s\"", STR_ARG(name));
	*id = stmt_int(st, 0);
	return 0;
}

int org_living(struct db *db, int (*fn)(struct str name, void *arg, struct err *e), void *arg, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(db, sql + Q_ORG_LIVING, &st, e) < 0)
		return -1;
	while ((got = stmt_step(st, e)) > 0)
		if (fn(stmt_text(st, 0), arg, e) < 0)
			return -1;
	return got;
}

int org_name(struct db *db, int64_t id, struct sb *sb, struct err *e)
{
	return entity_text(db, sql + Q_ORG_NAME, id, sb, e) < 0 ? -1 : 0;
}

int org_reads(struct db *db, int64_t id, struct sb *sb, struct err *e)
{
	return entity_text(db, sql + Q_ORG_READS, id, sb, e) < 0 ? -1 : 0;
}

int org_below(struct db *db, int64_t id, int64_t **ids, size_t *n, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	size_t cap = 0;
	int got;

	*ids = NULL;
	*n = 0;
	if (db_stmt(db, sql + Q_ORG_BELOW, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, id);
	while ((got = stmt_step(st, e)) > 0) {
		if (*n == cap) {
			int64_t *p = realloc(*ids, (cap = cap ? cap * 2 : 16) * sizeof(*p));

			if (!p)
				return err_nomem(e);
			*ids = p;
		}
		(*ids)[(*n)++] = stmt_int(st, 0);
	}
	return got;
}

int meta_get(struct db *db, const char *name, struct sb *sb, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	struct str value;
	int got;

	if (db_stmt(db, sql + Q_META_GET, &st, e) < 0)
		return -1;
	stmt_bind_text(st, 1, str_of(name));
	got = stmt_step(st, e);
	if (got <= 0)
		return got;
	value = stmt_text(st, 0);
	return sb_add(sb, value.ptr, value.len) < 0 ? err_nomem(e) : 0;
}

int meta_put(struct db *db, const char *name, const char *value, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + Q_META_PUT, &st, e) < 0)
		return -1;
	stmt_bind_text(st, 1, str_of(name));
	stmt_bind_text(st, 2, str_of(value));
	return stmt_run(st, e);
}

int meta_rm(struct db *db, const char *name, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + Q_META_RM, &st, e) < 0)
		return -1;
	stmt_bind_text(st, 1, str_of(name));
	return stmt_run(st, e);
}

int org_first(struct db *db, int64_t *id, struct sb *name, struct err *e)
{
	AUTO(sb_done) struct sb own = SB_INIT(256);
	struct sb *sb = name ? name : &own;

	sb_clear(sb);
	return meta_get(db, "default_org", sb, e) < 0 ? -1 : org_find(db, sb_str(sb), id, e);
}
