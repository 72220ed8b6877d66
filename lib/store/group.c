/* SPDX-License-Identifier: MIT */
#include "store/group.h"

#include "store/where.h"

enum { Q_RULE, Q_CHILD, Q_ADD, Q_RM, Q_MEMBERS, Q_COUNT };

static const struct sql sql[Q_COUNT] = {
	[Q_RULE] = { "SELECT org_id, name, \"select\" FROM device_group WHERE id = $1 AND retired IS NULL", NULL },
	[Q_CHILD] = { "SELECT child_id FROM group_member WHERE group_id = $1 AND child_id > $2 ORDER BY child_id LIMIT 1", NULL },
	[Q_ADD] = { "INSERT INTO main.group_member (org_id, group_id, device_id, child_id) VALUES ($1, $2, $3, $4)"
		    " ON CONFLICT DO NOTHING",
		    "group_member" },
	[Q_RM] = { "DELETE FROM main.group_member WHERE group_id = $1 AND COALESCE(device_id, 0) = $2 AND COALESCE(child_id, 0) = $3",
		   "group_member" },
	[Q_MEMBERS] = { "SELECT d.name, 0 AS is_group FROM group_member m JOIN device d ON d.id = m.device_id WHERE m.group_id = $1"
			" UNION ALL SELECT g.name, 1 FROM group_member m JOIN device_group g ON g.id = m.child_id"
			" WHERE m.group_id = $1 ORDER BY 2, 1",
			NULL },
};

int group_rule(struct db *db, int64_t id, struct arena *a, struct group_rule *out, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(db, sql + Q_RULE, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, id);
	got = stmt_step(st, e);
	if (got <= 0)
		return got < 0 ? -1 : err_set(e, E_NOTFOUND, "no group id:%" PRId64, id);
	*out = (struct group_rule){ id, stmt_int(st, 0), stmt_text(st, 1), stmt_text(st, 2) };
	out->name.ptr = arena_dup(a, out->name);
	out->select.ptr = arena_dup(a, out->select);
	return out->name.ptr && out->select.ptr ? 0 : err_nomem(e);
}

int group_child_after(struct db *db, int64_t group, int64_t *child, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(db, sql + Q_CHILD, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, group);
	stmt_bind_int(st, 2, *child);
	got = stmt_step(st, e);
	if (got > 0)
		*child = stmt_int(st, 0);
	return got;
}

static void bind_id(struct stmt *st, int at, int64_t id)
{
	if (id)
		stmt_bind_int(st, at, id);
	else
		stmt_bind_null(st, at);
}

int group_add(struct db *db, int64_t group, int64_t device, int64_t child, bool *did, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + Q_ADD, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, db_self(db));
	stmt_bind_int(st, 2, group);
	bind_id(st, 3, device);
	bind_id(st, 4, child);
	if (stmt_run(st, e) < 0)
		return -1;
	*did = db_changes(db) > 0;
	return 0;
}

int group_rm(struct db *db, int64_t group, int64_t device, int64_t child, bool *did, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + Q_RM, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, group);
	stmt_bind_int(st, 2, device);
	stmt_bind_int(st, 3, child);
	if (stmt_run(st, e) < 0)
		return -1;
	*did = db_changes(db) > 0;
	return 0;
}

int group_members(struct db *db, int64_t group, int (*fn)(struct str name, bool is_group, void *arg, struct err *e), void *arg,
		  struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(db, sql + Q_MEMBERS, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, group);
	while ((got = stmt_step(st, e)) > 0)
		if (fn(stmt_text(st, 0), stmt_int(st, 1) != 0, arg, e) < 0)
			return -1;
	return got;
}

int group_count(struct db *db, const struct select_ctx *ctx, const struct select *s, int64_t n[GROUP_COUNTS], struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT((size_t)8 << 20);
	AUTO(stmt_freep) struct stmt *st = NULL;
	struct where where = where_begin(db, ctx, 1);
	int rc = where_select(&where, s, "t", e);

	sb_addf(&text,
		"SELECT COUNT(*), COUNT(*) FILTER (WHERE t.type = 'gateway'), COUNT(*) FILTER (WHERE t.enabled = 0),"
		" COUNT(*) FILTER (WHERE s.online = 1), COUNT(*) FILTER (WHERE s.last_seen IS NULL), COUNT(DISTINCT t.site_id),"
		" COUNT(DISTINCT t.model_id), COALESCE(MAX(s.last_seen), 0) FROM device t"
		" LEFT JOIN device_state s ON s.device_id = t.id WHERE t.retired IS NULL AND %s",
		sb_cstr(&where.sql));
	if (rc == 0)
		rc = db_prepare(db, sb_cstr(&text), NULL, &st, e);
	if (rc == 0) {
		where_bind(&where, st);
		rc = stmt_step(st, e) > 0 ? 0 : -1;
	}
	for (int i = 0; rc == 0 && i < GROUP_COUNTS; i++)
		n[i] = stmt_int(st, i);
	where_done(&where);
	return rc;
}
