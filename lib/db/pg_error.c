/* SPDX-License-Identifier: MIT */
/* What Postgres says, in the words that the rest of the project knows: those of SQLite for constraints. */
#include "db/pg_impl.h"

#define LOST "the connection was lost"

static const char *field(const PGresult *r, int which)
{
	const char *s = r ? PQresultErrorField(r, which) : NULL;

	return s ? s : "";
}

/* The first line. */
static int line_len(const char *s)
{
	return (int)strcspn(s, "\r\n");
}

/* What a class of SQLSTATE means to us. */
static enum err_code meaning(const char *state)
{
	static const struct {
		const char *head;
		enum err_code code;
	} known[] = {
		{ "22021", E_INPUT }, /* bytes that are no UTF-8, or NUL */
		{ "22P05", E_INPUT }, /* a character that the encoding has not */
		{ "25006", E_IO },    /* read only */
		{ "42501", E_DENIED },
		{ "28", E_DENIED },
		{ "22", E_BUG },      { "26", E_BUG }, { "34", E_BUG }, { "42", E_BUG }, { "0A", E_BUG },
		{ "23", E_CONFLICT },
	};

	for (size_t i = 0; i < COUNT(known); i++)
		if (strncmp(state, known[i].head, strlen(known[i].head)) == 0)
			return known[i].code;
	/* 08 connection, 40 serialisation, 53 resources, 55 not available, 57 intervention, 58 system, XX damaged … */
	return E_IO;
}

/* As this one was made. */
static PGconn *connect_beside(const struct pg *q)
{
	PQconninfoOption *all = PQconninfo(q->c);
	const char *name[64] = { NULL }, *value[64] = { NULL };
	PGconn *c;
	size_t n = 0;

	for (const PQconninfoOption *o = all; o && o->keyword && n < COUNT(name) - 1; o++)
		if (o->val) {
			name[n] = o->keyword;
			value[n++] = o->val;
		}
	c = PQconnectdbParams(name, value, 0);
	PQconninfoFree(all);
	return c;
}

static void keep_indexes(struct pg *q, const PGresult *r)
{
	size_t n = (size_t)PQntuples(r);

	q->index = calloc(n + 1, sizeof(*q->index));
	for (size_t i = 0; q->index && i < n; i++, q->nindex++) {
		q->index[i].name = strdup(PQgetvalue(r, (int)i, 0));
		q->index[i].columns = strdup(PQgetvalue(r, (int)i, 1));
		if (!q->index[i].name || !q->index[i].columns)
			return;
	}
}

/* Without them a message has the name of the index. */
static void load_indexes(struct pg *q)
{
	static const char text[] =
		"SELECT i.relname, string_agg(t.relname || '.' || a.attname, ', ' ORDER BY k.n) FROM pg_catalog.pg_index x"
		" JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid JOIN pg_catalog.pg_class t ON t.oid = x.indrelid"
		" CROSS JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY k (num, n)"
		" JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.num"
		" WHERE x.indisunique AND t.relnamespace = 'main'::regnamespace GROUP BY i.relname";
	PGconn *c = connect_beside(q);
	PGresult *r = PQexec(c, text);

	q->indexed = true;
	if (PQresultStatus(r) == PGRES_TUPLES_OK)
		keep_indexes(q, r);
	PQclear(r);
	PQfinish(c);
}

/*
 * The columns of a unique index, "table.a, table.b", as SQLite says it: row-level security keeps them out of the message. The transaction is broken that the
 * index was violated in, so they are asked for on another connection, all at once.
 */
static const char *index_columns(struct pg *q, const char *name)
{
	if (!q->indexed)
		load_indexes(q);
	for (size_t i = 0; i < q->nindex; i++)
		if (strcmp(q->index[i].name, name) == 0)
			return q->index[i].columns;
	return name;
}

static int constraint(struct pg *q, const PGresult *r, const char *state, struct err *e)
{
	const char *path = q->db.path, *name = field(r, PG_DIAG_CONSTRAINT_NAME);

	if (strcmp(state, "23505") == 0)
		return err_set(e, E_CONFLICT, "%s: UNIQUE constraint failed: %s", path, index_columns(q, name));
	if (strcmp(state, "23503") == 0)
		return err_set(e, E_CONFLICT, "%s: FOREIGN KEY constraint failed: %s", path, name);
	if (strcmp(state, "23502") == 0)
		return err_set(e, E_CONFLICT, "%s: NOT NULL constraint failed: %s.%s", path, field(r, PG_DIAG_TABLE_NAME),
			       field(r, PG_DIAG_COLUMN_NAME));
	return err_set(e, E_CONFLICT, "%s: CHECK constraint failed: %s", path, name);
}

/* What a server says of another one that it asked is about that one: the connection to itself is as good as before. */
static bool of_another(const PGresult *r, const char *state, const char *why)
{
	return strncmp(state, "08", 2) == 0 && (strncmp(why, "could not connect to server \"", 29) == 0 || strstr(field(r, PG_DIAG_CONTEXT), "remote SQL command") ||
						strncmp(field(r, PG_DIAG_SOURCE_FUNCTION), "pgfdw_", 6) == 0);
}

int pg_fail(struct pg *q, const PGresult *r, struct err *e)
{
	const char *state = field(r, PG_DIAG_SQLSTATE), *why = field(r, PG_DIAG_MESSAGE_PRIMARY), *path = q->db.path;

	if (strcmp(state, "25P02") != 0) /* only says that one before it failed */
		(void)snprintf(q->state, sizeof(q->state), "%s", state);
	if (of_another(r, state, why)) {
		(void)snprintf(q->state, sizeof(q->state), PG_APART);
		return err_set(e, E_IO, "%s: a shard of the store is not to be had: %.*s", path, line_len(why), why);
	}
	if (!*state) {
		why = PQerrorMessage(q->c);
		return err_set(e, E_IO, "%s: " LOST "%s%.*s", path, *why ? ": " : "", line_len(why), why);
	}
	if (strncmp(state, "57P0", 4) == 0) /* shut down, crashed, or told to go */
		return err_set(e, E_IO, "%s: " LOST ": %.*s", path, line_len(why), why);
	if (strncmp(state, "23", 2) == 0)
		return constraint(q, r, state, e);
	if (strcmp(state, "25006") == 0)
		return err_set(e, E_IO, "%s: is read-only", path);
	if (strcmp(state, "42501") == 0 && q->db.self)
		return err_set(e, E_DENIED, "%s: outside the organisation (%.*s)", path, line_len(why), why);
	return err_set(e, meaning(state), "%s: %.*s", path, line_len(why), why);
}

void pg_free_indexes(struct pg *q)
{
	for (size_t i = 0; q->index && (i < q->nindex || q->index[i].name); i++) {
		free(q->index[i].name);
		free(q->index[i].columns);
	}
	free(q->index);
	q->index = NULL;
	q->nindex = 0;
	q->indexed = false;
}
