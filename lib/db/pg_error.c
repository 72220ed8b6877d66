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

/* Keep it: many lines of one input may fail at the same. */
static const char *index_keep(struct pg *q, const char *name, const char *columns)
{
	struct pg_index *all = realloc(q->index, (q->nindex + 1) * sizeof(*all));
	struct pg_index new = { strdup(name), strdup(columns) };

	if (all)
		q->index = all;
	if (!all || !new.name || !new.columns) {
		free(new.name);
		free(new.columns);
		return name;
	}
	q->index[q->nindex++] = new;
	return new.columns;
}

/*
 * "table.a, table.b" of a unique index, as SQLite says it; its name when that is not to be had. Asked only now, and on another connection, since this one is in
 * a transaction that has failed: to have them ready took a fifth of the time of each program that writes (measured).
 */
static const char *index_columns(struct pg *q, const char *name)
{
	static const char text[] =
		"SELECT string_agg(t.relname || '.' || a.attname, ', ' ORDER BY k.n) FROM pg_catalog.pg_index x"
		" JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid JOIN pg_catalog.pg_class t ON t.oid = x.indrelid"
		" CROSS JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY k (num, n)"
		" JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.num"
		" WHERE i.relname = $1 AND i.relnamespace = 'main'::regnamespace";
	const char *columns = name;
	PGconn *c;
	PGresult *r;

	for (size_t i = 0; i < q->nindex; i++)
		if (strcmp(q->index[i].name, name) == 0)
			return q->index[i].columns;
	c = pg_beside(q);
	r = c ? PQexecParams(c, text, 1, NULL, &name, NULL, NULL, 0) : NULL;
	if (PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) == 1 && !PQgetisnull(r, 0, 0))
		columns = index_keep(q, name, PQgetvalue(r, 0, 0));
	PQclear(r);
	PQfinish(c);
	return columns;
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
	for (size_t i = 0; i < q->nindex; i++) {
		free(q->index[i].name);
		free(q->index[i].columns);
	}
	free(q->index);
}
