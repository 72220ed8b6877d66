/* SPDX-License-Identifier: MIT */
/* Other servers, for a store whose points are on several. */
#include "db/pg_impl.h"
#include "db/shard.h"

static void quiet(void *arg, const char *message)
{
	(void)arg;
	(void)message;
}

/* What libpq says of a wrong URL quotes it, password and all: it is not passed on. */
static PGconn *connect_to(struct db *db, const char *url, struct sb *shown, struct err *e)
{
	const char *const keys[] = { "fallback_application_name", "connect_timeout", "dbname", "client_encoding", NULL };
	const char *const values[] = { "sit", "10", url, "UTF8", NULL };
	PQconninfoOption *known = PQconninfoParse(url, NULL);
	PGconn *c;

	(void)db;
	if (db_url_shown(url, shown) < 0) {
		PQconninfoFree(known);
		(void)err_nomem(e);
		return NULL;
	}
	if (!known) {
		(void)err_set(e, E_USAGE, "%s: is no URL of Postgres (postgres://USER@HOST/DATABASE?OPTION=VALUE)", sb_cstr(shown));
		return NULL;
	}
	PQconninfoFree(known);
	c = PQconnectdbParams(keys, values, 1);
	if (!c) {
		(void)err_nomem(e);
		return NULL;
	}
	(void)PQsetNoticeProcessor(c, quiet, NULL);
	if (PQstatus(c) == CONNECTION_OK && PQserverVersion(c) >= 130000)
		return c;
	if (PQstatus(c) == CONNECTION_OK)
		(void)err_set(e, E_CONFLICT, "%s: Postgres %d is too old, 13 is needed", sb_cstr(shown), PQserverVersion(c) / 10000);
	else
		(void)err_set(e, E_IO, "%s: %.*s", sb_cstr(shown), (int)strcspn(PQerrorMessage(c), "\n"), PQerrorMessage(c));
	PQfinish(c);
	return NULL;
}

static int fail(const PGresult *r, const char *shown, const PGconn *c, struct err *e)
{
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE), *why = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
	enum err_code code = !state ? E_IO : strcmp(state, "42501") == 0 ? E_DENIED : strncmp(state, "23", 2) == 0 ? E_CONFLICT : E_IO;

	why = why ? why : PQerrorMessage(c);
	return err_set(e, code, "%s: %.*s", shown, (int)strcspn(why, "\n"), why);
}

static int run(PGconn *c, const char *text, const char *shown, struct err *e)
{
	PGresult *r = PQexec(c, text);
	ExecStatusType s = PQresultStatus(r);
	int rc = s == PGRES_COMMAND_OK || s == PGRES_TUPLES_OK ? 0 : fail(r, shown, c, e);

	PQclear(r);
	return rc;
}

static int add_escaped(struct sb *sb, char *escaped)
{
	int rc = escaped ? sb_adds(sb, escaped) : -1;

	PQfreemem(escaped);
	return rc;
}

/* The server is told what the password makes, not the password. */
static int visitor_text(PGconn *c, const struct db_visitor *v, struct sb *sb, struct err *e)
{
	AUTO(sb_done) struct sb name = SB_INIT(256);
	char *scram = PQencryptPasswordConn(c, v->password, v->role, "scram-sha-256");
	int rc = scram ? add_escaped(&name, PQescapeIdentifier(c, v->role, strlen(v->role))) : -1;

	if (rc == 0) {
		(void)sb_adds(sb, "DO $do$ BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = ");
		rc = add_escaped(sb, PQescapeLiteral(c, v->role, strlen(v->role)));
		(void)sb_addf(sb, ") THEN CREATE ROLE %s; END IF; END $do$; ALTER ROLE %s LOGIN NOINHERIT PASSWORD ", sb_cstr(&name), sb_cstr(&name));
		rc = rc < 0 ? -1 : add_escaped(sb, PQescapeLiteral(c, scram, strlen(scram)));
		(void)sb_adds(sb, ";");
	}
	PQfreemem(scram);
	return rc < 0 || sb->bad ? err_nomem(e) : 0;
}

/* The text with the role in it. */
static int filled(PGconn *c, const char *text, const char *role, struct sb *sb, struct err *e)
{
	static const char word[] = "{role}";

	for (const char *at; (at = strstr(text, word)); text = at + strlen(word)) {
		(void)sb_add(sb, text, (size_t)(at - text));
		if (add_escaped(sb, PQescapeIdentifier(c, role, strlen(role))) < 0)
			return err_nomem(e);
	}
	return sb_adds(sb, text) < 0 ? err_nomem(e) : 0;
}

int pg_elsewhere(struct db *db, const char *url, const struct db_visitor *v, const char *text, struct err *e)
{
	AUTO(sb_done) struct sb shown = SB_INIT(1 << 16);
	AUTO(sb_done) struct sb all = SB_INIT(1 << 20);
	PGconn *c = connect_to(db, url, &shown, e);
	int rc = c ? 0 : -1;

	if (rc == 0 && v->password)
		rc = visitor_text(c, v, &all, e);
	if (rc == 0)
		rc = filled(c, text, v->role, &all, e);
	if (rc == 0)
		rc = run(c, sb_cstr(&all), sb_cstr(&shown), e);
	PQfinish(c);
	return rc;
}

int pg_server_may(struct db *db, struct err *e)
{
	AUTO(sb_done) struct sb ask = SB_INIT(1024);
	AUTO(sb_done) struct sb name = SB_INIT(256);
	struct pg *q = pg_of(db);
	int got;

	if (PQserverVersion(q->c) < 140000)
		return err_set(e, E_CONFLICT, "%s: Postgres %d keeps no parts on other servers well enough, 14 is needed", db->path,
			       PQserverVersion(q->c) / 10000);
	pg_add_name(q, &name, q->own_name);
	(void)sb_adds(&ask, "SELECT 1 FROM pg_catalog.pg_foreign_data_wrapper WHERE fdwname = 'postgres_fdw' AND pg_catalog.has_foreign_data_wrapper_privilege(");
	pg_add_string(q, &ask, q->own_name);
	(void)sb_adds(&ask, ", oid, 'USAGE')");
	if (ask.bad || name.bad)
		return err_nomem(e);
	got = pg_ask(q, sb_cstr(&ask), NULL, e);
	return got < 0 ? -1 : got ? 0 :
		err_set(e, E_CONFLICT, "%s: let a superuser run there: CREATE EXTENSION IF NOT EXISTS postgres_fdw; GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO %s",
			db->path, sb_cstr(&name));
}

/* Options of the server: where it was reached, and how the URL wants it to be. Who visits, and with what, is not among them. */
static void add_options(const struct pg *q, PGconn *there, const char *url, struct sb *sb)
{
	static const char *const found[] = { "host", "port", "dbname" };
	static const char *const wanted[] = { "hostaddr", "sslmode", "sslrootcert", "sslcrl", "gssencmode", "channel_binding", "target_session_attrs",
					      "keepalives", "keepalives_idle", "tcp_user_timeout" };
	PQconninfoOption *is = PQconninfo(there), *said = PQconninfoParse(url, NULL);
	const char *timeout = "10";

	(void)sb_adds(sb, "OPTIONS (fetch_size '200', batch_size '50', truncatable 'false'");
	for (const PQconninfoOption *o = is; o && o->keyword; o++)
		for (size_t i = 0; i < COUNT(found); i++)
			if (o->val && *o->val && strcmp(o->keyword, found[i]) == 0) {
				(void)sb_addf(sb, ", %s ", found[i]);
				pg_add_string(q, sb, o->val);
			}
	for (const PQconninfoOption *o = said; o && o->keyword; o++) {
		for (size_t i = 0; i < COUNT(wanted); i++)
			if (o->val && *o->val && strcmp(o->keyword, wanted[i]) == 0) {
				(void)sb_addf(sb, ", %s ", wanted[i]);
				pg_add_string(q, sb, o->val);
			}
		if (o->val && *o->val && strcmp(o->keyword, "connect_timeout") == 0)
			timeout = o->val;
	}
	(void)sb_adds(sb, ", connect_timeout ");
	pg_add_string(q, sb, timeout);
	(void)sb_adds(sb, ");");
	PQconninfoFree(is);
	PQconninfoFree(said);
}

static void add_visitor(const struct pg *q, struct sb *sb, const char *local, const char *name, const struct db_visitor *v)
{
	(void)sb_adds(sb, "DROP USER MAPPING IF EXISTS FOR ");
	pg_add_name(q, sb, local);
	(void)sb_adds(sb, " SERVER ");
	pg_add_name(q, sb, name);
	(void)sb_adds(sb, "; CREATE USER MAPPING FOR ");
	pg_add_name(q, sb, local);
	(void)sb_adds(sb, " SERVER ");
	pg_add_name(q, sb, name);
	(void)sb_adds(sb, " OPTIONS (\"user\" ");
	pg_add_string(q, sb, v->role);
	(void)sb_adds(sb, ", password ");
	pg_add_string(q, sb, v->password);
	(void)sb_adds(sb, ");");
}

int pg_server_put(struct db *db, const char *name, const char *url, const struct db_visitor *v, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 16);
	AUTO(sb_done) struct sb shown = SB_INIT(1 << 16);
	struct pg *q = pg_of(db);
	PGconn *there;
	int got;

	(void)sb_adds(&text, "SELECT 1 FROM pg_catalog.pg_foreign_server WHERE srvname = ");
	pg_add_string(q, &text, name);
	got = text.bad ? err_nomem(e) : pg_ask(q, sb_cstr(&text), NULL, e);
	if (got < 0)
		return -1;
	there = connect_to(db, url, &shown, e);
	if (!there)
		return -1;
	sb_clear(&text);
	if (!got) {
		(void)sb_adds(&text, "CREATE SERVER ");
		pg_add_name(q, &text, name);
		(void)sb_adds(&text, " FOREIGN DATA WRAPPER postgres_fdw ");
		add_options(q, there, url, &text);
	}
	add_visitor(q, &text, q->own_name, name, v);
	add_visitor(q, &text, q->role, name, v);
	PQfinish(there);
	return text.bad ? err_nomem(e) : pg_exec(q, sb_cstr(&text), e);
}
