/* SPDX-License-Identifier: MIT */
#include "store/audit.h"

#include "model/audit.h"
#include "store/where.h"

enum { Q_ADD, Q_HEAD, Q_FIRST, Q_MOVE, Q_ORG, Q_NO_WHO, Q_NO_WHAT, Q_AT, Q_COUNT };
enum { Q_SINK, Q_SINK_OWED, Q_SINK_AT, Q_SINK_SENT, Q_SINKS, Q_TRY, Q_TRIED, Q_UNLOCK, Q_FORGET, Q_WATCHING };

static const struct sql sql[Q_COUNT] = {
	[Q_ADD] = { "INSERT INTO main.audit (org_id, seq, at, actor, verb, noun, name, old, new, message, origin, address, agent, session, hash,"
		    " who, what) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
		    "audit" },
	[Q_HEAD] = { "SELECT seq, hash FROM audit_head WHERE org_id = $1", NULL },
	[Q_FIRST] = { "INSERT INTO main.audit_head (org_id, seq, hash) VALUES ($1, $2, $3) ON CONFLICT (org_id) DO NOTHING", "audit_head" },
	[Q_MOVE] = { "UPDATE main.audit_head SET seq = $2, hash = $3 WHERE org_id = $1 AND seq = $4 AND hash = $5", "audit_head" },
	[Q_ORG] = { "SELECT o.id, o.name FROM org o WHERE o.id > $1 AND (EXISTS (SELECT 1 FROM audit a WHERE a.org_id = o.id)"
		    " OR EXISTS (SELECT 1 FROM audit_head h WHERE h.org_id = o.id)) ORDER BY o.id LIMIT 1",
		    NULL },
	[Q_NO_WHO] = { "UPDATE main.audit SET actor = $2, origin = NULL, address = NULL, agent = NULL, session = NULL, who = $3 WHERE id = $1", "audit" },
	[Q_NO_WHAT] = { "UPDATE main.audit SET name = $2, old = NULL, new = NULL, message = NULL, what = $3 WHERE id = $1", "audit" },
	[Q_AT] = { "SELECT a.id, a.seq, a.at, a.actor, a.verb, a.noun, a.name, a.old, a.new, a.message, a.origin, a.address, a.agent, a.session, a.hash, a.who, a.what,"
		   " o.name FROM audit a JOIN org o ON o.id = a.org_id WHERE a.org_id = $1 AND a.seq = $2",
		   NULL },
};

/* Apart, because the guards of a table that is written take a moment to make. */
static const struct sql watching_sql[Q_WATCHING] = {
	[Q_SINK] = { "INSERT INTO main.audit_sink (org_id, sink, failed, at, error) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (org_id, sink)"
		     " DO UPDATE SET failed = audit_sink.failed + excluded.failed, at = excluded.at, error = excluded.error",
		     "audit_sink" },
	[Q_SINK_OWED] = { "INSERT INTO main.audit_sink (org_id, sink, failed, at, error, sent) VALUES ($1, $2, 0, $3, '', $4) ON CONFLICT (org_id, sink)"
			  " DO UPDATE SET sent = excluded.sent WHERE audit_sink.sent < 0",
			  "audit_sink" },
	[Q_SINK_AT] = { "SELECT sent FROM audit_sink WHERE org_id = $1 AND sink = $2", NULL },
	[Q_SINK_SENT] = { "UPDATE main.audit_sink SET sent = $3 WHERE org_id = $1 AND sink = $2", "audit_sink" },
	[Q_SINKS] = { "SELECT o.name, s.sink, s.failed, CASE WHEN s.sent < 0 THEN 0 ELSE h.seq - s.sent END, s.at, s.error FROM audit_sink s"
		      " JOIN org o ON o.id = s.org_id JOIN audit_head h ON h.org_id = s.org_id WHERE s.failed > 0 OR s.sent >= 0 ORDER BY o.name, s.sink",
		      NULL },
	[Q_TRY] = { "SELECT since, last, n, wrong, locked_until FROM login_try WHERE org_id = $1 AND what = $2", NULL },
	[Q_TRIED] = { "INSERT INTO main.login_try (org_id, what, since, last, n, wrong, locked_until) VALUES ($1, $2, $3, $4, $5, $6, $7)"
		      " ON CONFLICT (org_id, what) DO UPDATE SET since = excluded.since, last = excluded.last, n = excluded.n,"
		      " wrong = excluded.wrong, locked_until = excluded.locked_until",
		      "login_try" },
	[Q_UNLOCK] = { "UPDATE main.login_try SET wrong = 0, locked_until = 0 WHERE org_id = $1 AND (what = $2 OR"
		       " substr(what, 1, length(CAST($3 AS TEXT))) = $3) AND wrong > 0",
		       "login_try" },
	[Q_FORGET] = { "DELETE FROM main.login_try WHERE org_id = $1 AND substr(what, 1, 8) = 'address:' AND last < $2", "login_try" },
};

#define ROWS_SQL "SELECT id, seq, at, actor, verb, noun, name, old, new, message, origin, address, agent, session, hash, who, what FROM audit"

int audit_ready(struct db *db, struct err *e)
{
	static const struct sql rows = { ROWS_SQL, NULL };

	return db_ready(db, sql, COUNT(sql), e) < 0 ? -1 : db_ready(db, &rows, 1, e);
}

int audit_watching_ready(struct db *db, struct err *e)
{
	return db_ready(db, watching_sql, COUNT(watching_sql), e);
}

int audit_head(struct db *db, int64_t org, struct audit_head *head, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	struct str hash;
	int got;

	*head = (struct audit_head){ .org = org };
	if (db_stmt(db, sql + Q_HEAD, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, org);
	got = stmt_step(st, e);
	if (got <= 0)
		return got;
	hash = stmt_blob(st, 1);
	if (hash.len != AUDIT_HASH)
		return err_set(e, E_CONFLICT, "the head of the audit chain is damaged (%zu bytes): sit-audit verify", hash.len);
	head->seq = stmt_int(st, 0);
	memcpy(head->hash, hash.ptr, AUDIT_HASH);
	return 0;
}

int audit_move(struct db *db, const struct audit_head *from, const struct audit_head *to, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + (from->seq ? Q_MOVE : Q_FIRST), &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, to->org);
	stmt_bind_int(st, 2, to->seq);
	stmt_bind_blob(st, 3, to->hash, AUDIT_HASH);
	if (from->seq) {
		stmt_bind_int(st, 4, from->seq);
		stmt_bind_blob(st, 5, from->hash, AUDIT_HASH);
	}
	return stmt_run(st, e) < 0 ? -1 : db_changes(db) == 1;
}

static void bind_bytes(struct stmt *st, int i, struct str bytes)
{
	if (bytes.ptr)
		stmt_bind_blob(st, i, bytes.ptr, bytes.len);
	else
		stmt_bind_null(st, i);
}

static int add(struct db *db, const struct audit *a, int64_t org, int64_t seq, struct str hash, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	const struct str text[] = { a->actor, a->verb, a->noun, a->name, a->old, a->now,
				    a->message, a->origin, a->address, a->agent, a->session };

	if (db_stmt(db, sql + Q_ADD, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, org);
	if (seq)
		stmt_bind_int(st, 2, seq);
	else
		stmt_bind_null(st, 2);
	stmt_bind_int(st, 3, a->at);
	for (size_t i = 0; i < COUNT(text); i++)
		stmt_bind_text(st, (int)i + 4, text[i]);
	bind_bytes(st, 15, hash);
	bind_bytes(st, 16, a->who);
	bind_bytes(st, 17, a->what);
	return stmt_post_row(st, 0, e);
}

int audit_add(struct db *db, const struct audit *a, const struct audit_head *head, struct err *e)
{
	return add(db, a, head->org, head->seq, (struct str){ (const char *)head->hash, AUDIT_HASH }, e);
}

int audit_put(struct db *db, const struct audit *a, struct err *e)
{
	return add(db, a, a->org, a->seq, a->hash, e);
}

int audit_head_put(struct db *db, const struct audit_head *head, struct err *e)
{
	int done = audit_move(db, &(struct audit_head){ .org = head->org }, head, e);

	return done == 0 ? err_set(e, E_CONFLICT, "the organisation has an audit trail already") : done < 0 ? -1 : 0;
}

static int erase_part(struct db *db, int q, const struct audit_gone *g, const struct str *bytes, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (!bytes)
		return 0;
	if (db_stmt(db, sql + q, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, g->id);
	stmt_bind_text(st, 2, str_of(g->label));
	stmt_bind_blob(st, 3, bytes->ptr, bytes->len);
	return stmt_run(st, e);
}

int audit_erase(struct db *db, const struct audit_gone *g, struct err *e)
{
	return erase_part(db, Q_NO_WHO, g, g->who, e) < 0 ? -1 : erase_part(db, Q_NO_WHAT, g, g->what, e);
}

/* ---- reading ---- */

int audit_org(struct db *db, int64_t *id, struct sb *name, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	struct str s;
	int got;

	if (db_stmt(db, sql + Q_ORG, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, *id);
	got = stmt_step(st, e);
	if (got <= 0)
		return got;
	*id = stmt_int(st, 0);
	s = stmt_text(st, 1);
	sb_clear(name);
	return sb_add(name, s.ptr, s.len) < 0 ? err_nomem(e) : 1;
}

int audit_rows(struct db *db, int64_t org, struct stmt **out, struct err *e)
{
	if (db_prepare(db, ROWS_SQL " WHERE org_id = $1 ORDER BY CASE WHEN seq IS NULL THEN 0 ELSE seq END, id", NULL, out, e) < 0)
		return -1;
	stmt_bind_int(*out, 1, org);
	stmt_stream(*out);
	return 0;
}

int audit_page(struct db *db, int64_t org, bool early, int64_t after, int64_t limit, struct stmt **out, struct err *e)
{
	static const char *const pages[] = {
		ROWS_SQL " WHERE org_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
		ROWS_SQL " WHERE org_id = $1 AND seq IS NULL AND id > $2 ORDER BY id LIMIT $3",
	};

	if (db_prepare(db, pages[early], NULL, out, e) < 0)
		return -1;
	stmt_bind_int(*out, 1, org);
	stmt_bind_int(*out, 2, after);
	stmt_bind_int(*out, 3, limit);
	return 0;
}

/* No bytes are not the same as nothing. */
static struct str some(struct str bytes)
{
	return bytes.ptr ? bytes : STR("");
}

int audit_next(struct stmt *st, struct audit *a, struct err *e)
{
	struct str *const bytes[] = { &a->hash, &a->who, &a->what };
	struct str *const text[] = { &a->actor, &a->verb, &a->noun, &a->name, &a->old, &a->now,
				     &a->message, &a->origin, &a->address, &a->agent, &a->session };
	int got = stmt_step(st, e);

	if (got <= 0)
		return got;
	*a = (struct audit){ .id = stmt_int(st, A_ID), .seq = stmt_int(st, A_SEQ), .at = stmt_int(st, A_AT) };
	for (size_t i = 0; i < COUNT(text); i++)
		if (!stmt_is_null(st, A_ACTOR + (int)i))
			*text[i] = stmt_text(st, A_ACTOR + (int)i);
	for (size_t i = 0; i < COUNT(bytes); i++)
		if (!stmt_is_null(st, A_N + (int)i))
			*bytes[i] = some(stmt_blob(st, A_N + (int)i));
	return 1;
}

int audit_at(struct db *db, int64_t org, int64_t seq, struct stmt **out, struct audit *a, struct str *org_name, struct err *e)
{
	int got;

	if (db_prepare(db, sql[Q_AT].text, NULL, out, e) < 0)
		return -1;
	stmt_bind_int(*out, 1, org);
	stmt_bind_int(*out, 2, seq);
	got = audit_next(*out, a, e);
	if (got > 0)
		*org_name = stmt_text(*out, A_N + 3);
	return got;
}

int audit_sink_failed(struct db *db, int64_t org, const char *sink, int64_t n, int64_t at, const char *why, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, watching_sql + Q_SINK, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, org);
	stmt_bind_text(st, 2, str_of(sink));
	stmt_bind_int(st, 3, n);
	stmt_bind_int(st, 4, at);
	stmt_bind_text(st, 5, str_of(why));
	return stmt_run(st, e);
}

/* The statement with whose sink it is. */
static int about_sink(struct db *db, int q, int64_t org, const char *sink, struct stmt **st, struct err *e)
{
	if (db_stmt(db, watching_sql + q, st, e) < 0)
		return -1;
	stmt_bind_int(*st, 1, org);
	stmt_bind_text(*st, 2, str_of(sink));
	return 0;
}

int audit_sink_owed(struct db *db, int64_t org, const char *sink, int64_t from, int64_t now, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (about_sink(db, Q_SINK_OWED, org, sink, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 3, now);
	stmt_bind_int(st, 4, from - 1);
	return stmt_post(st, e);
}

int audit_sink_at(struct db *db, int64_t org, const char *sink, int64_t *sent, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got = about_sink(db, Q_SINK_AT, org, sink, &st, e) < 0 ? -1 : stmt_step(st, e);

	*sent = got > 0 ? stmt_int(st, 0) : -1;
	return got < 0 ? -1 : 0;
}

int audit_sink_sent(struct db *db, int64_t org, const char *sink, int64_t sent, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (about_sink(db, Q_SINK_SENT, org, sink, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 3, sent);
	return stmt_run(st, e);
}

int audit_sinks(struct db *db, struct stmt **out, struct err *e)
{
	return db_prepare(db, watching_sql[Q_SINKS].text, NULL, out, e);
}

/* Bind the organisation and the word. */
static int about_try(struct db *db, int q, int64_t org, const char *what, struct stmt **st, struct err *e)
{
	if (db_stmt(db, watching_sql + q, st, e) < 0)
		return -1;
	stmt_bind_int(*st, 1, org);
	stmt_bind_text(*st, 2, str_of(what));
	return 0;
}

int login_try(struct db *db, int64_t org, const char *what, struct login_try *t, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	*t = (struct login_try){ 0 };
	if (about_try(db, Q_TRY, org, what, &st, e) < 0)
		return -1;
	got = stmt_step(st, e);
	if (got > 0)
		*t = (struct login_try){ stmt_int(st, 0), stmt_int(st, 1), stmt_int(st, 2), stmt_int(st, 3), stmt_int(st, 4) };
	return got;
}

int login_tried(struct db *db, const char *what, const struct login_try *t, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (about_try(db, Q_TRIED, db_self(db), what, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 3, t->since);
	stmt_bind_int(st, 4, t->last);
	stmt_bind_int(st, 5, t->n);
	stmt_bind_int(st, 6, t->wrong);
	stmt_bind_int(st, 7, t->until);
	return stmt_run(st, e);
}

int login_unlock(struct db *db, const char *what, const char *begins, int64_t *n, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (about_try(db, Q_UNLOCK, db_self(db), what, &st, e) < 0)
		return -1;
	stmt_bind_text(st, 3, str_of(begins));
	if (stmt_run(st, e) < 0)
		return -1;
	*n += db_changes(db);
	return 0;
}

int login_forget(struct db *db, int64_t before, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, watching_sql + Q_FORGET, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, db_self(db));
	stmt_bind_int(st, 2, before);
	return stmt_run(st, e);
}

int audit_select(struct db *db, const struct select_ctx *ctx, const struct select *select, int64_t after, int64_t limit,
		 struct stmt **out, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 20);

	sb_adds(&text, "SELECT a.id");
	for (size_t i = 1; i < audit_entity.n; i++)
		sb_addf(&text, ", a.%s", audit_entity.field[i].name);
	sb_adds(&text, ", o.name, a.hash, a.who, a.what FROM audit a JOIN org o ON o.id = a.org_id WHERE ");
	db_add_rare(db, &text, "a.id > $1");
	if (where_prepare(db, &(struct where_ask){ ctx, select, "a", 3 }, &text, " ORDER BY a.id LIMIT $2", out, e) < 0)
		return -1;
	stmt_bind_int(*out, 1, after);
	stmt_bind_int(*out, 2, limit);
	return 0;
}

int audit_count(struct db *db, const struct select_ctx *ctx, const struct select *select, const char *by, struct stmt **out,
		struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 20);
	AUTO(sb_done) struct sb tail = SB_INIT(1 << 10);

	sb_addf(&text, "SELECT %s, COUNT(*), MIN(at), MAX(at) FROM audit a WHERE id > $1 AND id <= $2", by);
	sb_addf(&tail, " GROUP BY %s ORDER BY COUNT(*) DESC, %s", by, by);
	if (where_prepare(db, &(struct where_ask){ ctx, select, "a", 3 }, &text, sb_cstr(&tail), out, e) < 0)
		return -1;
	stmt_bind_int(*out, 1, 0);
	stmt_bind_int(*out, 2, INT64_MAX);
	return 0;
}
