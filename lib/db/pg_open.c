/* SPDX-License-Identifier: MIT */
/* Connecting, recognising a store, making one in a database that is there. */
#include "db/pg_impl.h"

#include <poll.h>

#define CONNECT_SECONDS "10"
#define MANY_ROWS 200 /* of a table, written by one program */

static void quiet(void *arg, const char *message)
{
	(void)arg;
	(void)message;
}

/* At connect there is no SQLSTATE, only what the server or the library says. */
static int connect_fail(struct pg *q, struct err *e)
{
	const char *why = PQerrorMessage(q->c), *path = q->db.path;
	/* Of several addresses tried the last one speaks for all. */
	const char *fatal = strstr(why, "FATAL:");
	enum err_code code = E_IO;

	if (fatal)
		why = fatal + strspn(fatal + 6, " ") + 6;
	if (strncmp(why, "database \"", 10) == 0 && strstr(why, "does not exist"))
		return err_set(e, E_NOTFOUND, "%s: no such store (%.*s)", path, (int)strcspn(why, "\n"), why);
	if (fatal && (strstr(why, "authentication failed") || strstr(why, "pg_hba.conf") || strstr(why, "permission denied") ||
		      strstr(why, "does not exist")))
		code = E_DENIED;
	return err_set(e, code, "%s: %.*s", path, (int)strcspn(why, "\n"), why);
}

/* connect_timeout of the connection, in milliseconds; -1: none. */
static int connect_limit(const struct pg *q)
{
	PQconninfoOption *all = PQconninfo(q->c);
	int seconds = 0;

	for (const PQconninfoOption *o = all; o && o->keyword; o++)
		if (strcmp(o->keyword, "connect_timeout") == 0 && o->val)
			seconds = (int)strtol(o->val, NULL, 10);
	PQconninfoFree(all);
	return seconds > 0 && seconds < INT_MAX / 1000 ? seconds * 1000 : -1;
}

/* Until the connection is made, or is not; each answer is waited for as long as connect_timeout says. */
static int connect_wait(struct pg *q, struct err *e)
{
	PostgresPollingStatusType at = PGRES_POLLING_WRITING;
	int limit = connect_limit(q), ready;

	while (PQstatus(q->c) != CONNECTION_BAD && (at == PGRES_POLLING_WRITING || at == PGRES_POLLING_READING)) {
		struct pollfd p = { .fd = PQsocket(q->c), .events = at == PGRES_POLLING_READING ? POLLIN : POLLOUT };

		ready = poll(&p, 1, limit);
		if (ready == 0)
			return err_set(e, E_IO, "%s: no answer within %d s", q->db.path, limit / 1000);
		if (ready < 0 && errno != EINTR)
			return err_errno(e, errno, q->db.path);
		if (ready < 0 && q->db.stop_requested && q->db.stop_requested())
			return q->db.stop_error(e);
		if (ready > 0)
			at = PQconnectPoll(q->c);
	}
	return 0;
}

/* What libpq says of a wrong URL quotes it, password and all: it is not passed on. */
static int connect_to(struct pg *q, const char *url, struct err *e)
{
	/* Before the URL, which may say otherwise: a peer that is gone is noticed. */
	const char *const keys[] = { "fallback_application_name", "connect_timeout", "keepalives_idle", "keepalives_interval",
				     "keepalives_count", "tcp_user_timeout", "dbname", "client_encoding", NULL };
	const char *const values[] = { "sit", CONNECT_SECONDS, "30", "10", "3", "60000", url, "UTF8", NULL };
	PQconninfoOption *known = PQconninfoParse(url, NULL);

	if (!known)
		return err_set(e, E_USAGE, "%s: is no URL of Postgres (postgres://USER@HOST/DATABASE?OPTION=VALUE)", q->db.path);
	PQconninfoFree(known);
	q->c = PQconnectStartParams(keys, values, 1);
	if (!q->c)
		return err_nomem(e);
	/* Before anything is said: a server that goes away while it is asked sends a warning, which libpq would print. */
	(void)PQsetNoticeProcessor(q->c, quiet, NULL);
	if (connect_wait(q, e) < 0)
		return -1;
	if (PQstatus(q->c) != CONNECTION_OK)
		return connect_fail(q, e);
	if (PQserverVersion(q->c) < 130000)
		return err_set(e, E_CONFLICT, "%s: Postgres %d is too old, 13 is needed", q->db.path, PQserverVersion(q->c) / 10000);
	return 0;
}

PGconn *pg_beside(const struct pg *q)
{
	struct pg other = { .db = { .path = q->db.path, .stop_requested = q->db.stop_requested, .stop_error = q->db.stop_error } };
	struct err ignored = { 0 };

	if (!q->db.url || connect_to(&other, q->db.url, &ignored) == 0)
		return other.c;
	PQfinish(other.c);
	return NULL;
}

static char *copy_of(const PGresult *r, int col)
{
	return PQgetisnull(r, 0, col) ? NULL : strdup(PQgetvalue(r, 0, col));
}

static bool is_true(const PGresult *r, int col)
{
	return strcmp(PQgetvalue(r, 0, col), "t") == 0;
}

/* A pooler has numbers of its own. */
static void notice_pooler(struct pg *q, const PGresult *r, int col)
{
	q->pooled = strtol(PQgetvalue(r, 0, col), NULL, 10) != PQbackendPID(q->c);
}

int pg_connected(struct pg *q, struct err *e)
{
	PGresult *r = PQexec(q->c, "SELECT pg_catalog.pg_backend_pid()");
	int rc = PQresultStatus(r) == PGRES_TUPLES_OK ? 0 : pg_fail(q, r, e);

	if (rc == 0)
		notice_pooler(q, r, 0);
	PQclear(r);
	return rc;
}

/* It holds a store of ours, and whose: 1, 0. */
static int learn_owner(struct pg *q, const PGresult *r, struct err *e)
{
	if (PQresultStatus(r) != PGRES_TUPLES_OK)
		return pg_fail(q, r, e);
	notice_pooler(q, r, 0);
	if (!is_true(r, 1))
		return 0;
	free(q->own_name);
	q->own_name = copy_of(r, 2);
	q->owner = is_true(r, 3);
	q->batches = is_true(r, 4);
	return q->own_name ? 1 : err_nomem(e);
}

/* The role of scoped connections. */
static int learn_role(struct pg *q, const PGresult *r, struct err *e)
{
	if (PQresultStatus(r) != PGRES_TUPLES_OK)
		return pg_fail(q, r, e);
	if (PQntuples(r) == 0)
		return err_set(e, E_CONFLICT, "%s: is not a sit store", q->db.path);
	free(q->role);
	q->role = copy_of(r, 0);
	return q->role ? 1 : err_nomem(e);
}

/*
 * It holds a store of ours, whose, and what scoped connections become: 1, 0. Every program asks it first: both questions go at once, the second of them
 * fails where there is no store, and functions that look one thing up cost half of what the views do (measured).
 */
static int recognise(struct pg *q, struct err *e)
{
	static const char text[] =
		"SELECT pg_catalog.pg_backend_pid(), pg_catalog.to_regclass('main.meta') IS NOT NULL AND"
		" pg_catalog.to_regclass('main.migration') IS NOT NULL, pg_catalog.pg_get_userbyid(nspowner), pg_catalog.pg_has_role(nspowner, 'MEMBER'),"
		" pg_catalog.to_regclass('main.batch') IS NOT NULL FROM (SELECT) one LEFT JOIN pg_catalog.pg_namespace ON nspname = 'main';"
		"SELECT value FROM main.meta WHERE name = 'role'";
	PGresult *r;
	int rc;

	if (!PQsendQuery(q->c, text))
		return pg_fail(q, NULL, e);
	r = PQgetResult(q->c);
	rc = learn_owner(q, r, e);
	PQclear(r);
	r = rc < 0 ? NULL : PQgetResult(q->c);
	if (rc > 0)
		rc = learn_role(q, r, e);
	for (; r; r = PQgetResult(q->c))
		PQclear(r);
	return rc;
}

/* The role that scoped connections become: there already, or made now. Named after the database, since roles belong to the whole server. */
int pg_make_role(struct pg *q, struct err *e)
{
	AUTO(sb_done) struct sb ask = SB_INIT(1024);
	AUTO(sb_done) struct sb name = SB_INIT(256);
	AUTO(sb_done) struct sb text = SB_INIT(1024);
	int there;

	(void)sb_addf(&name, "sit_%.58s", PQdb(q->c));
	free(q->role);
	q->role = strdup(sb_cstr(&name));
	sb_clear(&name);
	if (!q->role)
		return err_nomem(e);
	pg_add_name(q, &name, q->role);
	(void)sb_adds(&ask, "SELECT rolname FROM pg_catalog.pg_roles WHERE rolname = ");
	pg_add_string(q, &ask, q->role);
	if (ask.bad || name.bad)
		return err_nomem(e);
	there = pg_ask(q, sb_cstr(&ask), NULL, e);
	if (there < 0)
		return -1;
	if (!there)
		(void)sb_addf(&text, "CREATE ROLE %s NOLOGIN;", sb_cstr(&name));
	/* A member becomes it by SET ROLE; a superuser does so anyway. */
	(void)sb_addf(&text, "GRANT %s TO SESSION_USER", sb_cstr(&name));
	if (there) {
		sb_clear(&ask);
		(void)sb_adds(&ask, "SELECT 1 WHERE pg_catalog.pg_has_role(");
		pg_add_string(q, &ask, q->role);
		(void)sb_adds(&ask, ", 'MEMBER')");
		there = pg_ask(q, sb_cstr(&ask), NULL, e);
		if (there)
			return there < 0 ? -1 : 0;
	}
	if (pg_exec(q, sb_cstr(&text), e) == 0)
		return 0;
	return e->code != E_DENIED ? -1
				   : err_set(e, E_DENIED, "%s: may not make a role; let who may run: CREATE ROLE %s NOLOGIN; GRANT %s TO %s",
					     q->db.path, sb_cstr(&name), sb_cstr(&name), PQuser(q->c));
}

/* An empty store in a database that is there: its schema, its role, its two tables. */
static int create(struct pg *q, struct err *e)
{
	AUTO(sb_done) struct sb sb = SB_INIT(4096);
	AUTO(sb_done) struct sb utf8 = SB_INIT(16);
	int there = recognise(q, e);

	if (there)
		return there < 0 ? -1 : err_set(e, E_CONFLICT, "%s: exists already", q->db.path);
	if (pg_ask(q, "SHOW server_encoding", &utf8, e) < 0)
		return -1;
	if (strcmp(sb_cstr(&utf8), "UTF8") != 0)
		return err_set(e, E_CONFLICT, "%s: the database's encoding is %s, UTF8 is needed", q->db.path, sb_cstr(&utf8));
	if (pg_exec(q, "BEGIN", e) < 0 || pg_make_role(q, e) < 0)
		return -1;
	(void)sb_adds(&sb, "CREATE SCHEMA main; CREATE TABLE main.migration (version BIGINT PRIMARY KEY, name TEXT COLLATE \"C\" NOT NULL,"
			   " at BIGINT NOT NULL); CREATE TABLE main.meta (name TEXT COLLATE \"C\" PRIMARY KEY, value TEXT COLLATE \"C\" NOT NULL);"
			   "INSERT INTO main.meta (name, value) VALUES ('role', ");
	pg_add_string(q, &sb, q->role);
	(void)sb_adds(&sb, "); COMMIT");
	if (sb.bad)
		return err_nomem(e);
	return pg_exec(q, sb_cstr(&sb), e);
}

static void pg_free(struct pg *q)
{
	PQfinish(q->c);
	pg_rows_done(q);
	pg_free_indexes(q);
	free(q->own_name);
	free(q->role);
	free(q->setup);
	free(q->db.path);
	free(q);
}

static int open_existing(struct pg *q, struct err *e)
{
	int there = recognise(q, e);

	return there ? there : err_set(e, E_NOTFOUND, "%s: no such store (the database has none)", q->db.path);
}

int pg_open(const char *url, enum db_mode mode, const struct db_schema *schema, struct db **out, struct err *e)
{
	AUTO(sb_done) struct sb shown = SB_INIT(1 << 16);
	struct pg *q = calloc(1, sizeof(*q));
	int rc;

	if (!q)
		return err_nomem(e);
	q->db = (struct db){ .schema = schema, .mode = mode, .texts = MAP_INIT, .text = ARENA_INIT((size_t)64 << 20) };
	q->db.path = db_url_shown(url, &shown) < 0 ? NULL : strdup(sb_cstr(&shown));
	if (!q->db.path) {
		pg_free(q);
		return err_nomem(e);
	}
	rc = connect_to(q, url, e);
	if (rc == 0)
		rc = mode == DB_CREATE && create(q, e) < 0 ? -1 : open_existing(q, e);
	if (rc < 0) {
		pg_free(q);
		return -1;
	}
	*out = &q->db;
	return 0;
}

void pg_written(struct pg *q, const char *table, int64_t rows)
{
	struct pg_filled *f = q->filled, *end = f + COUNT(q->filled);

	if (!table)
		return;
	while (f < end && *f->table && strcmp(f->table, table) != 0)
		f++;
	if (f == end || strlen(table) >= sizeof(f->table))
		return;
	(void)snprintf(f->table, sizeof(f->table), "%s", table);
	f->rows += rows;
}

/*
 * Tables that have just been filled for the first time, and of which the server knows nothing yet (autovacuum comes by once a minute at best): without that it
 * reads all of one where an index would do.
 */
static void make_known(struct pg *q)
{
	AUTO(sb_done) struct sb ask = SB_INIT(4096), tables = SB_INIT(1 << 16);
	struct err ignored = { 0 };
	bool any = false;

	(void)sb_adds(&ask, "SELECT 'ANALYZE ' || string_agg(format('main.%I', relname), ', ') FROM pg_catalog.pg_class WHERE relkind = 'r'"
			    " AND relnamespace = 'main'::regnamespace AND reltuples <= 0 AND pg_catalog.pg_relation_size(oid) > 65536 AND relname IN (");
	for (size_t i = 0; i < COUNT(q->filled); i++) {
		if (q->filled[i].rows < MANY_ROWS)
			continue;
		(void)sb_adds(&ask, any ? ", " : "");
		pg_add_string(q, &ask, q->filled[i].table);
		any = true;
	}
	(void)sb_adds(&ask, ")");
	if (!any || !q->owner || ask.bad || pg_ask(q, sb_cstr(&ask), &tables, &ignored) <= 0)
		return;
	/* Roughly: the server's own analysis comes later. */
	(void)pg_exec(q, "SET default_statistics_target = 10", &ignored);
	(void)pg_exec(q, sb_cstr(&tables), &ignored);
}

void pg_close(struct db *db)
{
	struct pg *q = pg_of(db);

	if (PQtransactionStatus(q->c) == PQTRANS_IDLE)
		make_known(q);
	pg_free(q);
}

void pg_discard(struct db *db)
{
	struct err ignored = { 0 };

	(void)pg_exec(pg_of(db), "DROP SCHEMA main CASCADE", &ignored);
	(void)pg_exec(pg_of(db), "DROP SCHEMA IF EXISTS bi", &ignored); /* what was in it went with main; more is not ours */
	pg_close(db);
}
