/* SPDX-License-Identifier: MIT */
/*
 * Statements of Postgres. All rows are taken at once, so that statements may be stepped in turns; those of which many are to be expected come
 * through a cursor (pg_cursor.c).
 */
#include "db/pg_impl.h"

static struct pg_stmt *stmt_of(struct stmt *st)
{
	return (struct pg_stmt *)st;
}

/* ---- preparing ---- */

/*
 * Parse the text and learn its shape; types of parameters that are wanted other than the server would have them, or NULL. What is kept gets a name on
 * the server at once; where statements do not stay with the connection (behind a pooler) nothing has one.
 */
static int describe(struct pg *q, struct pg_stmt *s, const Oid *types, struct err *e)
{
	bool sent;

	PQclear(s->shape);
	s->shape = NULL;
	if (s->kept && !q->pooled)
		(void)snprintf(s->name, sizeof(s->name), "s%u", ++q->names);
	s->session = q->session;
	if (pg_pipe_begin(q, e) < 0) {
		(void)PQexitPipelineMode(q->c);
		return -1;
	}
	sent = PQsendPrepare(q->c, s->name, s->text, types ? s->nparam : 0, types) && PQsendDescribePrepared(q->c, s->name);
	return pg_pipe_end(q, sent, &s->shape, e);
}

/* "$1 + 1" makes a parameter of 32 bits: numbers of ours have 64. */
static int widen(struct pg *q, struct pg_stmt *s, struct err *e)
{
	bool narrow = false;
	Oid *types;
	int rc = 0;

	s->nparam = PQnparams(s->shape);
	types = calloc((size_t)s->nparam + 1, sizeof(*types));
	if (!types)
		return err_nomem(e);
	for (int i = 0; i < s->nparam; i++) {
		types[i] = PQparamtype(s->shape, i);
		if (types[i] == PG_INT4 || types[i] == PG_INT2) {
			types[i] = PG_INT8;
			narrow = true;
		}
	}
	if (narrow)
		rc = describe(q, s, types, e);
	free(types);
	return rc;
}

static int prepare(struct pg *q, struct pg_stmt *s, struct err *e)
{
	if (describe(q, s, NULL, e) < 0 && (!pg_again(q, e) || describe(q, s, NULL, e) < 0))
		return -1;
	if (widen(q, s, e) < 0)
		return -1;
	s->param = calloc((size_t)s->nparam + 1, sizeof(*s->param));
	if (!s->param)
		return err_nomem(e);
	for (int i = 0; i < s->nparam; i++)
		s->param[i].type = PQparamtype(s->shape, i);
	return 0;
}

int pg_prepare(struct db *db, const char *text, const char *writes, bool kept, struct stmt **out, struct err *e)
{
	struct pg *q = pg_of(db);
	struct pg_stmt *s;

	if (!*text) /* nobody writes an empty statement: building it met no memory */
		return err_nomem(e);
	if (text[strspn(text, " \t\r\n;")] == '\0')
		return err_set(e, E_BUG, "not one statement: %s", text);
	s = calloc(1, sizeof(*s));
	if (!s)
		return err_nomem(e);
	s->st = (struct stmt){ .db = db };
	s->kept = kept;
	s->scratch.max = (size_t)1 << 30;
	s->text = strdup(text);
	s->st.writes = writes ? strdup(writes) : NULL;
	if (!s->text || (writes && !s->st.writes) ? err_nomem(e) : prepare(q, s, e)) {
		if (e->code == E_BUG)
			err_wrap(e, "%.200s", text);
		pg_stmt_free(&s->st);
		return -1;
	}
	*out = &s->st;
	return 0;
}

void pg_stmt_free(struct stmt *st)
{
	struct pg_stmt *s = stmt_of(st);

	pg_cursor_close(s);
	PQclear(s->shape);
	PQclear(s->r);
	sb_done(&s->scratch);
	free(s->param);
	free(s->many);
	free(s->text);
	free(s->st.writes);
	free(s);
}

void pg_reset(struct stmt *st)
{
	struct pg_stmt *s = stmt_of(st);

	pg_cursor_close(s);
	PQclear(s->r);
	s->r = NULL;
	s->streams = false;
	s->bad = NULL;
	s->bad_param = 0;
	sb_done(&s->scratch);
	for (int i = 0; i < s->nparam; i++)
		s->param[i].p = NULL;
}

/* ---- running ---- */

struct values {
	Oid *type;
	const char **p;
	int *len, *format;
};

/* In the pipeline: the text (NULL: what was prepared) with the parameters as they are bound. */
static bool send(struct pg *q, const struct pg_stmt *s, const char *text, const struct values *v)
{
	for (int i = 0; i < s->nparam; i++) {
		v->type[i] = s->param[i].type;
		v->p[i] = s->param[i].p;
		v->len[i] = s->param[i].len;
		v->format[i] = !s->param[i].text;
	}
	if (!text && *s->name)
		return PQsendQueryPrepared(q->c, s->name, s->nparam, v->p, v->len, v->format, 1) != 0;
	return PQsendQueryParams(q->c, text ? text : s->text, s->nparam, v->type, v->p, v->len, v->format, 1) != 0;
}

int pg_stmt_send(struct pg *q, const struct pg_stmt *s, const char *text, struct err *e)
{
	size_t n = (size_t)s->nparam + 1;
	char *all = calloc(n, sizeof(Oid) + sizeof(char *) + 2 * sizeof(int));
	struct values v;
	bool sent;

	if (!all)
		return err_nomem(e);
	v.p = (const char **)(void *)all;
	v.type = (Oid *)(void *)(all + n * sizeof(char *));
	v.len = (int *)(void *)(v.type + n);
	v.format = v.len + n;
	sent = send(q, s, text, &v);
	free(all);
	return sent ? 0 : pg_fail(q, NULL, e);
}

/* The connection is another than the one it was prepared on. */
static int renew(struct pg *q, struct pg_stmt *s, struct err *e)
{
	Oid *types;
	int rc;

	if (!*s->name || s->session == q->session)
		return 0;
	types = calloc((size_t)s->nparam + 1, sizeof(*types));
	if (!types)
		return err_nomem(e);
	for (int i = 0; i < s->nparam; i++)
		types[i] = s->param[i].type;
	rc = describe(q, s, types, e);
	free(types);
	return rc;
}

/* Into the pipeline, checked and traced. */
static int enqueue(struct pg *q, struct pg_stmt *s, struct err *e)
{
	if (s->bad_param)
		return err_set(e, E_BUG, "parameter $%d %s: %s", s->bad_param, s->bad, s->text);
	if (q->db.trace)
		q->db.trace(s->text, q->db.trace_arg);
	if (renew(q, s, e) < 0)
		return -1;
	if (pg_pipe_begin(q, e) == 0 && pg_stmt_send(q, s, NULL, e) == 0)
		return 0;
	q->pending = 0;
	(void)PQexitPipelineMode(q->c);
	return -1;
}

static int run(struct pg *q, struct pg_stmt *s, struct err *e)
{
	if (s->streams)
		return pg_cursor_open(s, e);
	return enqueue(q, s, e) < 0 ? -1 : pg_pipe_end(q, true, &s->r, e);
}

/* Outside a transaction and only reading: once more, on another connection. */
static bool repeatable(const struct pg *q, const struct pg_stmt *s)
{
	return !q->begun && !s->st.writes;
}

static int failed(const struct pg_stmt *s, struct err *e)
{
	pg_of(s->st.db)->changes = 0;
	if (e->code == E_BUG)
		err_wrap(e, "%.200s", s->text);
	return -1;
}

int pg_step(struct stmt *st, struct err *e)
{
	struct pg_stmt *s = stmt_of(st);
	struct pg *q = pg_of(st->db);

	if (s->r) {
		if (s->row + 1 < PQntuples(s->r))
			return s->row++, 1;
		return s->cursor[0] ? pg_cursor_next(s, e) : 0;
	}
	s->row = 0;
	if (run(q, s, e) < 0 && (!repeatable(q, s) || !pg_again(q, e) || run(q, s, e) < 0))
		return failed(s, e);
	q->changes = PQresultStatus(s->r) == PGRES_COMMAND_OK || s->st.writes ? strtoll(PQcmdTuples(s->r), NULL, 10) : q->changes;
	pg_written(q, s->st.writes, q->changes);
	return PQntuples(s->r) > 0;
}

int pg_post(struct stmt *st, struct err *e)
{
	struct pg_stmt *s = stmt_of(st);
	struct pg *q = pg_of(st->db);

	if (!q->begun)
		return pg_step(st, e) < 0 ? -1 : 0;
	return enqueue(q, s, e) < 0 || pg_pended(q, e) < 0 ? failed(s, e) : 0;
}

int pg_post_row(struct stmt *st, int keys, struct err *e)
{
	struct pg_stmt *s = stmt_of(st);
	struct pg *q = pg_of(st->db);

	int held;

	if (!q->begun || s->bad_param || !s->kept)
		return pg_post(st, e);
	held = renew(q, s, e) < 0 ? -1 : pg_rows_add(q, s, keys, e);
	if (held < 0)
		return failed(s, e);
	if (!held)
		return pg_post(st, e);
	if (q->db.trace)
		q->db.trace(s->text, q->db.trace_arg);
	return 0;
}

void pg_stream(struct stmt *st)
{
	stmt_of(st)->streams = true;
}
