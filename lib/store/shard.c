/* SPDX-License-Identifier: MIT */
#include "store/shard.h"

#include "store/impl.h"
#include "store/org.h"

enum { Q_FIND, Q_NEXT, Q_WHERE, Q_SPLIT, Q_PUT, Q_DROP, Q_MOVE, Q_FORGET, Q_FINDINGS };

#define OF_SHARD                                                                                                                                \
	"SELECT s.name, s.url, s.server, s.created, (SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_foreign_table f ON f.ftrelid = c.oid" \
	" JOIN pg_catalog.pg_foreign_server v ON v.oid = f.ftserver WHERE v.srvname = s.server AND c.relname LIKE 'point\\_run\\_h%') FROM shard s"

static const struct sql sql[] = {
	[Q_FIND] = { OF_SHARD " WHERE s.name = $1", NULL },
	[Q_NEXT] = { OF_SHARD " WHERE s.name > $1 ORDER BY s.name LIMIT 1", NULL },
	[Q_WHERE] = { "SELECT v.srvname::text FROM pg_catalog.pg_foreign_table f JOIN pg_catalog.pg_foreign_server v ON v.oid = f.ftserver"
		      " WHERE f.ftrelid = pg_catalog.to_regclass('main.point_run_h' || $1)",
		      NULL },
	[Q_SPLIT] = { "SELECT main.shard_split()", NULL },
	[Q_PUT] = { "SELECT main.shard_put($1, $2, $3, $4)", NULL },
	[Q_DROP] = { "SELECT main.shard_drop($1)", NULL },
	[Q_MOVE] = { "SELECT main.shard_move(CAST($1 AS INTEGER), $2)", NULL },
	[Q_FORGET] = { "DELETE FROM main.counter WHERE name = 'shards'", "counter" },
	[Q_FINDINGS] = { "SELECT * FROM main.shard_findings()", NULL },
};

const char shard_text_drop[] = "DROP SCHEMA sit_shard CASCADE; DROP ROLE {role}";

void shard_done(struct shard *s)
{
	sb_done(&s->name);
	sb_done(&s->url);
	sb_done(&s->server);
}

static int look(struct db *db, int query, struct str name, struct shard *s, struct err *e)
{
	struct sb *const out[] = { &s->name, &s->url, &s->server };
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(db, sql + query, &st, e) < 0)
		return -1;
	stmt_bind_text(st, 1, name);
	got = stmt_step(st, e);
	for (size_t i = 0; got > 0 && i < COUNT(out); i++) {
		struct str t = stmt_text(st, (int)i);

		sb_clear(out[i]);
		if (sb_add(out[i], t.ptr, t.len) < 0)
			return err_nomem(e);
	}
	if (got > 0) {
		s->created = stmt_int(st, 3);
		s->slots = stmt_int(st, 4);
	}
	return got;
}

int shard_find(struct db *db, struct str name, struct shard *s, struct err *e)
{
	return look(db, Q_FIND, name, s, e);
}

int shard_next(struct db *db, struct shard *s, struct err *e)
{
	return look(db, Q_NEXT, sb_str(&s->name), s, e);
}

int shard_where(struct db *db, int slot, struct sb *server, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	char number[16];
	struct str t;
	int got;

	sb_clear(server);
	(void)snprintf(number, sizeof(number), "%d", slot);
	if (db_stmt(db, sql + Q_WHERE, &st, e) < 0)
		return -1;
	stmt_bind_text(st, 1, str_of(number));
	got = stmt_step(st, e);
	if (got <= 0)
		return got;
	t = stmt_text(st, 0);
	return sb_add(server, t.ptr, t.len) < 0 ? err_nomem(e) : 0;
}

int shard_split(struct db *db, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int have, known;
	char least[16];

	if (db_stmt(db, sql + Q_SPLIT, &st, e) < 0 || stmt_step(st, e) < 0 || db_version(db, &have, &known, e) < 0)
		return -1;
	(void)snprintf(least, sizeof(least), "%d", known);
	return meta_put(db, "min_writer", least, e);
}

int shard_put(struct db *db, struct str name, const char *url, const char *server, int64_t now, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + Q_PUT, &st, e) < 0)
		return -1;
	stmt_bind_text(st, 1, name);
	stmt_bind_text(st, 2, str_of(url));
	stmt_bind_text(st, 3, str_of(server));
	stmt_bind_int(st, 4, now);
	return stmt_step(st, e) < 0 ? -1 : 0;
}

int shard_drop(struct db *db, const struct shard *s, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + Q_DROP, &st, e) < 0)
		return -1;
	stmt_bind_text(st, 1, sb_str(&s->name));
	return stmt_step(st, e) < 0 ? -1 : 0;
}

int shard_move(struct db *db, int slot, const char *server, int64_t *rows, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + Q_MOVE, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, slot);
	if (server)
		stmt_bind_text(st, 2, str_of(server));
	if (stmt_step(st, e) < 0)
		return -1;
	*rows = stmt_int(st, 0);
	return 0;
}

int shard_forget(struct db *db, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	return db_stmt(db, sql + Q_FORGET, &st, e) < 0 ? -1 : stmt_run(st, e);
}

int shard_findings(struct db *db, void (*bad)(const char *what, void *arg), void *arg, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	AUTO(sb_done) struct sb line = SB_INIT(1 << 16);
	int got;

	if (db_stmt(db, sql + Q_FINDINGS, &st, e) < 0)
		return -1;
	while ((got = stmt_step(st, e)) > 0) {
		struct str t = stmt_text(st, 0);

		sb_clear(&line);
		if (sb_add(&line, t.ptr, t.len) < 0)
			return err_nomem(e);
		bad(sb_cstr(&line), arg);
	}
	return got;
}

/* The text with `word` replaced. */
static int filled(struct sb *sb, const char *text, const char *word, const char *with)
{
	for (const char *at; (at = strstr(text, word)); text = at + strlen(word)) {
		(void)sb_add(sb, text, (size_t)(at - text));
		(void)sb_adds(sb, with);
	}
	return sb_adds(sb, text);
}

int shard_text_home(struct sb *sb, const char *token)
{
	return filled(sb, schema_shard_home, "{token}", token);
}

int shard_text_slot(struct sb *sb, int slot, bool make)
{
	char number[16];

	(void)snprintf(number, sizeof(number), "%d", slot);
	(void)filled(sb, schema_shard_slot_drop, "{n}", number);
	return make ? filled(sb, schema_shard_slot, "{n}", number) : sb->bad ? -1 : 0;
}
