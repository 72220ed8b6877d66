/* SPDX-License-Identifier: MIT */
/* Text that we did not write, statement by statement; what can be checked from outside; sizes. */
#include "db/pg_impl.h"

#include <strings.h>

/* ---- where a statement ends ---- */

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (c & 0x80);
}

/* Behind what begins at p with a quote: '' and "" double it, E'' has backslashes. */
static const char *quoted(const char *p, char end, bool backslash)
{
	for (p++; *p; p++) {
		if (backslash && *p == '\\' && p[1])
			p++;
		else if (*p == end && p[1] == end)
			p++;
		else if (*p == end)
			return p + 1;
	}
	return p;
}

/* Behind $tag$ ... $tag$; p + 1 when it is none. */
static const char *dollar(const char *p)
{
	size_t n = 1;
	char tag[80];
	const char *close;

	while (is_word(p[n]))
		n++;
	if (p[n] != '$' || n + 2 > sizeof(tag) || (p[1] >= '0' && p[1] <= '9'))
		return p + 1;
	memcpy(tag, p, n + 1);
	tag[n + 1] = '\0';
	close = strstr(p + n + 1, tag);
	return close ? close + n + 1 : p + strlen(p);
}

/* Comments nest. */
static const char *comment(const char *p)
{
	int depth = 0;

	for (; *p; p++) {
		if (p[0] == '/' && p[1] == '*') {
			depth++;
			p++;
		} else if (p[0] == '*' && p[1] == '/') {
			p++;
			if (--depth == 0)
				return p + 1;
		}
	}
	return p;
}

/* Behind the element at p: a string, a comment, a word, else one character. */
static const char *element(const char *p)
{
	if ((*p == 'E' || *p == 'e') && p[1] == '\'')
		return quoted(p + 1, '\'', true);
	if (*p == '\'' || *p == '"')
		return quoted(p, *p, false);
	if (*p == '$')
		return dollar(p);
	if (p[0] == '-' && p[1] == '-')
		return p + strcspn(p, "\n");
	if (p[0] == '/' && p[1] == '*')
		return comment(p);
	if (!is_word(*p))
		return p + 1;
	while (is_word(*p) || *p == '$')
		p++;
	return p;
}

/* The next statement from *p without what is blank before it; false at the end. */
static bool next_statement(const char **p, struct str *out)
{
	const char *s = *p, *end;

	for (;;) {
		s += strspn(s, " \t\r\n\f;");
		if ((s[0] == '-' && s[1] == '-') || (s[0] == '/' && s[1] == '*'))
			s = element(s);
		else
			break;
	}
	for (end = s; *end && *end != ';';)
		end = element(end);
	*out = (struct str){ s, (size_t)(end - s) };
	*p = *end ? end + 1 : end;
	return out->len > 0;
}

/* ---- running it ---- */

static bool begins(struct str s, const char *word)
{
	size_t n = strlen(word);

	return s.len >= n && strncasecmp(s.ptr, word, n) == 0 && (s.len == n || !is_word(s.ptr[n]));
}

/* Only asking, or also changing what is in the store; never the transaction, the session, or files of the server. */
static bool allowed(struct str s, bool write)
{
	static const char *const asks[] = { "SELECT", "WITH", "VALUES", "TABLE", "EXPLAIN", "SHOW", "(" };
	static const char *const changes[] = { "INSERT", "UPDATE", "DELETE", "MERGE", "CREATE", "ALTER", "DROP", "TRUNCATE",
					       "COMMENT", "GRANT", "REVOKE", "ANALYZE", "REINDEX", "LOCK", "REFRESH" };

	for (size_t i = 0; i < COUNT(asks); i++)
		if (begins(s, asks[i]) || (asks[i][0] == '(' && s.ptr[0] == '('))
			return true;
	for (size_t i = 0; write && i < COUNT(changes); i++)
		if (begins(s, changes[i]))
			return true;
	return false;
}

static int foreign_fail(struct pg *q, const PGresult *r, bool write, struct err *e)
{
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE), *why = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);

	if (!state || !why)
		return pg_fail(q, r, e);
	if (strcmp(state, "25006") == 0 || strcmp(state, "42501") == 0)
		return err_set(e, E_DENIED, "%s: not allowed%s: %s", q->db.path, write ? "" : " without --write", why);
	if (strncmp(state, "42", 2) == 0 || strncmp(state, "22", 2) == 0 || strncmp(state, "0A", 2) == 0)
		return err_set(e, E_USAGE, "%.*s", (int)strcspn(why, "\n"), why);
	return pg_fail(q, r, e);
}

struct foreign {
	bool write;
	int (*row)(struct stmt *st, void *arg, struct err *e);
	void *arg;
};

/* The rows come in text form, as the types of others are not ours to know. */
static int run_one(struct pg *q, const struct foreign *f, const char *text, struct err *e)
{
	struct pg_stmt *s = calloc(1, sizeof(*s));
	ExecStatusType status;
	int rc = 0;

	if (!s)
		return err_nomem(e);
	s->st.db = &q->db;
	s->scratch.max = (size_t)1 << 30;
	if (q->db.trace)
		q->db.trace(text, q->db.trace_arg);
	s->r = PQexecParams(q->c, text, 0, NULL, NULL, NULL, NULL, 0);
	status = PQresultStatus(s->r);
	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY)
		rc = foreign_fail(q, s->r, f->write, e);
	for (s->row = 0; rc == 0 && f->row && s->row < PQntuples(s->r); s->row++) {
		sb_clear(&s->scratch);
		rc = f->row(&s->st, f->arg, e) < 0 ? -1 : 0;
	}
	pg_stmt_free(&s->st);
	return rc;
}

static int run_all(struct pg *q, const struct foreign *f, const char *text, struct err *e)
{
	struct str one;
	int rc = 0;

	while (rc == 0 && next_statement(&text, &one)) {
		char *copy = strndup(one.ptr, one.len);

		rc = copy ? run_one(q, f, copy, e) : err_nomem(e);
		free(copy);
	}
	return rc;
}

int pg_foreign(struct db *db, const char *text, bool write, int (*row)(struct stmt *st, void *arg, struct err *e), void *arg,
	       struct err *e)
{
	struct foreign f = { write, row, arg };
	const char *p = text;
	bool own = !db->be->in_transaction(db);
	struct str one;
	int rc;

	while (next_statement(&p, &one))
		if (!allowed(one, write))
			return err_set(e, E_DENIED, "%s: not allowed%s: %.*s", db->path, write ? "" : " without --write",
				       (int)(one.len > 60 ? 60 : one.len), one.ptr);
	if (own && db->be->begin(db, false, e) < 0)
		return -1;
	rc = run_all(pg_of(db), &f, text, e);
	if (own)
		db->be->rollback(db);
	return rc;
}

/* ---- checking ---- */

static int findings(struct pg *q, const char *text, void (*bad)(const char *what, void *arg), void *arg, struct err *e)
{
	PGresult *r = PQexec(q->c, text);
	int rc = PQresultStatus(r) == PGRES_TUPLES_OK ? 0 : pg_fail(q, r, e);

	for (int i = 0; rc == 0 && i < PQntuples(r); i++)
		bad(PQgetvalue(r, i, 0), arg);
	PQclear(r);
	return rc;
}

/* A query for each foreign key: rows that refer to nothing, which only a hand that switched triggers off can have made. */
static const char references[] =
	"SELECT format('SELECT %L || (SELECT string_agg(v, '','') FROM (VALUES ('||"
	" (SELECT string_agg('t.' || quote_ident(a.attname) || '::text', '),(' ORDER BY k.n) FROM unnest(c.conkey) WITH ORDINALITY k (num, n)"
	" JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num) || ')) x (v)) || %L FROM %s t WHERE %s AND NOT EXISTS"
	" (SELECT 1 FROM %s p WHERE %s) LIMIT 100',"
	" 'row (', ') of ' || conrelid::regclass || ' refers to no row of ' || confrelid::regclass, conrelid::regclass,"
	" (SELECT string_agg(format('t.%I IS NOT NULL', a.attname), ' AND ') FROM unnest(c.conkey) k (num)"
	" JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num),"
	" confrelid::regclass,"
	" (SELECT string_agg(format('p.%I = t.%I', b.attname, a.attname), ' AND ') FROM unnest(c.conkey, c.confkey) k (num, other)"
	" JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num"
	" JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = k.other))"
	" FROM pg_constraint c WHERE c.contype = 'f' AND c.connamespace = 'main'::regnamespace ORDER BY c.conname";

static int check_references(struct pg *q, void (*bad)(const char *what, void *arg), void *arg, struct err *e)
{
	PGresult *r = pg_settle(q, e) < 0 ? NULL : PQexec(q->c, references);
	int rc = !r ? -1 : PQresultStatus(r) == PGRES_TUPLES_OK ? 0 : pg_fail(q, r, e);

	for (int i = 0; rc == 0 && i < PQntuples(r); i++)
		rc = findings(q, PQgetvalue(r, i, 0), bad, arg, e);
	PQclear(r);
	return rc;
}

/* A table of the tenants that is not guarded is worse than a broken reference. */
static int check_guards(struct pg *q, void (*bad)(const char *what, void *arg), void *arg, struct err *e)
{
	const struct tenant *t = q->db.schema ? q->db.schema->tenants : NULL;
	AUTO(sb_done) struct sb sb = SB_INIT(1 << 20);

	(void)sb_adds(&sb, "SELECT 'table ' || relname || ' is not guarded by row-level security' FROM pg_catalog.pg_class c"
			   " WHERE relnamespace = 'main'::regnamespace AND relkind IN ('r', 'p') AND NOT (relrowsecurity AND relforcerowsecurity"
			   " AND 5 = (SELECT count(*) FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid AND p.polname LIKE 'sit\\_%'))"
			   " AND relname IN (''");
	for (; t && t->table; t++)
		(void)sb_addf(&sb, ", '%s'", t->table);
	(void)sb_adds(&sb, ") UNION ALL SELECT 'part ' || relname || ' can be reached past the policies of its table' FROM pg_catalog.pg_class c"
			   " WHERE relnamespace = 'main'::regnamespace AND relispartition AND (relkind = 'r' AND NOT (relrowsecurity AND"
			   " relforcerowsecurity AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid AND"
			   " p.polname <> 'sit_owner')) OR EXISTS (SELECT 1 FROM pg_catalog.aclexplode(relacl) a WHERE a.grantee <> relowner))");
	if (sb.bad)
		return err_nomem(e);
	return findings(q, sb_cstr(&sb), bad, arg, e);
}

int pg_check(struct db *db, void (*bad)(const char *what, void *arg), void *arg, struct err *e)
{
	static const char indexes[] =
		"SELECT 'index ' || i.relname || ' is not valid' FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid"
		" WHERE NOT x.indisvalid AND i.relnamespace = 'main'::regnamespace";
	struct pg *q = pg_of(db);
	bool own = !db->be->in_transaction(db);
	int rc;

	if (own && db->be->begin(db, false, e) < 0)
		return -1;
	rc = findings(q, indexes, bad, arg, e);
	if (rc == 0)
		rc = check_guards(q, bad, arg, e);
	if (rc == 0)
		rc = check_references(q, bad, arg, e);
	if (own)
		db->be->rollback(db);
	return rc;
}

static int number(struct pg *q, const char *text, int64_t *out, struct err *e)
{
	AUTO(sb_done) struct sb sb = SB_INIT(32);

	if (pg_ask(q, text, &sb, e) < 0)
		return -1;
	*out = (int64_t)strtoll(sb_cstr(&sb), NULL, 10);
	return 0;
}

/* The space of all tables and indexes; what is free in them is not counted by anybody, and the log is the server's. */
int pg_size(struct db *db, struct db_size *size, struct err *e)
{
	struct pg *q = pg_of(db);
	int64_t bytes;

	*size = (struct db_size){ 0 };
	if (number(q, "SELECT pg_catalog.current_setting('block_size')", &size->page_bytes, e) < 0 ||
	    number(q, "SELECT coalesce(sum(pg_catalog.pg_total_relation_size(oid)), 0) FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p', 'm')"
		      " AND relnamespace = 'main'::regnamespace",
		   &bytes, e) < 0)
		return -1;
	size->pages = bytes / size->page_bytes;
	return 0;
}
