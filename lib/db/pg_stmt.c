/* SPDX-License-Identifier: MIT */
/*
 * Statements of Postgres. Each goes through a pipeline: outside a transaction what sets the scope, then the statement, then a sync, in one round
 * trip and one transaction of its own. All rows are taken at once, so that statements may be stepped in turns.
 */
#include "db/pg_impl.h"

static struct pg_stmt *stmt_of(struct stmt *st)
{
	return (struct pg_stmt *)st;
}

/* ---- pipelines ---- */

static int pipe_begin(struct pg *q, struct err *e)
{
	const char *setup;

	if (PQstatus(q->c) != CONNECTION_OK)
		return pg_fail(q, NULL, e);
	/* In a transaction that had an error the server says so itself, which is clearer than a failed setup. */
	if (!q->begun && pg_setup(q, &setup, e) < 0)
		return -1;
	if (!PQenterPipelineMode(q->c))
		return pg_fail(q, NULL, e);
	if (!q->begun && !PQsendQueryParams(q->c, setup, 0, NULL, NULL, NULL, NULL, 0))
		return pg_fail(q, NULL, e);
	if (!q->begun && q->db.mode == DB_READ &&
	    !PQsendQueryParams(q->c, "SELECT pg_catalog.set_config('transaction_read_only', 'on', true)", 0, NULL, NULL, NULL, NULL, 0))
		return pg_fail(q, NULL, e);
	return 0;
}

/*
 * Take what comes up to the sync. The result of the last command is kept; of several failures the first counts, those after it were only not run.
 */
static int pipe_end(struct pg *q, bool sent, PGresult **last, struct err *e)
{
	bool synced = false;
	int rc = 0, nothing = 0;

	*last = NULL;
	if (!sent || !PQpipelineSync(q->c))
		rc = pg_fail(q, NULL, e);
	while (rc == 0 || PQstatus(q->c) == CONNECTION_OK) {
		PGresult *r = PQgetResult(q->c);
		ExecStatusType s = PQresultStatus(r);

		if (!r) {
			/* One after each command; two at once: nothing more will come. */
			if (nothing++)
				break;
			continue;
		}
		nothing = 0;
		if (s == PGRES_PIPELINE_SYNC) {
			synced = true;
			PQclear(r);
			break;
		}
		if (rc == 0 && s != PGRES_COMMAND_OK && s != PGRES_TUPLES_OK && s != PGRES_EMPTY_QUERY)
			rc = pg_fail(q, r, e);
		PQclear(*last);
		*last = r;
	}
	if (rc == 0 && !synced)
		rc = pg_fail(q, NULL, e);
	(void)PQexitPipelineMode(q->c);
	if (rc < 0) {
		PQclear(*last);
		*last = NULL;
	}
	return rc;
}

/* ---- preparing ---- */

/* Parse the text and learn its shape; types of parameters that are wanted other than the server would have them, or NULL. */
static int describe(struct pg *q, struct pg_stmt *s, const Oid *types, struct err *e)
{
	bool sent;

	PQclear(s->shape);
	s->shape = NULL;
	if (pipe_begin(q, e) < 0) {
		(void)PQexitPipelineMode(q->c);
		return -1;
	}
	sent = PQsendPrepare(q->c, "", s->text, types ? s->nparam : 0, types) && PQsendDescribePrepared(q->c, "");
	return pipe_end(q, sent, &s->shape, e);
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
	if (describe(q, s, NULL, e) < 0 || widen(q, s, e) < 0)
		return -1;
	s->param = calloc((size_t)s->nparam + 1, sizeof(*s->param));
	if (!s->param)
		return err_nomem(e);
	for (int i = 0; i < s->nparam; i++)
		s->param[i].type = PQparamtype(s->shape, i);
	return 0;
}

int pg_prepare(struct db *db, const char *text, const char *writes, struct stmt **out, struct err *e)
{
	struct pg *q = pg_of(db);
	struct pg_stmt *s;

	if (!*text) /* nobody writes an empty statement: building it met no memory */
		return err_nomem(e);
	if (text[strspn(text, " \t\r\n;")] == '\0')
		return err_set(e, E_BUG, "not one statement: %s", text);
	if (writes && pg_load_indexes(q, e) < 0)
		return -1;
	s = calloc(1, sizeof(*s));
	if (!s)
		return err_nomem(e);
	s->st = (struct stmt){ .db = db };
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

	PQclear(s->shape);
	PQclear(s->r);
	sb_done(&s->scratch);
	free(s->param);
	free(s->text);
	free(s->st.writes);
	free(s);
}

void pg_reset(struct stmt *st)
{
	struct pg_stmt *s = stmt_of(st);

	PQclear(s->r);
	s->r = NULL;
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

static bool send(struct pg *q, struct pg_stmt *s, const struct values *v)
{
	/* What is kept is kept on the server too, from its first run on. */
	if (s->st.cached && !*s->name) {
		(void)snprintf(s->name, sizeof(s->name), "s%u", ++q->names);
		if (!PQsendPrepare(q->c, s->name, s->text, s->nparam, v->type))
			return false;
	}
	if (*s->name)
		return PQsendQueryPrepared(q->c, s->name, s->nparam, v->p, v->len, v->format, 1) != 0;
	return PQsendQueryParams(q->c, s->text, s->nparam, v->type, v->p, v->len, v->format, 1) != 0;
}

static int run_with(struct pg *q, struct pg_stmt *s, const struct values *v, struct err *e)
{
	bool fresh = s->st.cached && !*s->name;
	bool sent;

	for (int i = 0; i < s->nparam; i++) {
		v->type[i] = s->param[i].type;
		v->p[i] = s->param[i].p;
		v->len[i] = s->param[i].len;
		v->format[i] = !s->param[i].text;
	}
	if (pipe_begin(q, e) < 0) {
		(void)PQexitPipelineMode(q->c);
		return -1;
	}
	sent = send(q, s, v);
	if (pipe_end(q, sent, &s->r, e) == 0)
		return 0;
	if (fresh) /* it may not have got there; another name costs nothing */
		s->name[0] = '\0';
	return -1;
}

static int run(struct pg *q, struct pg_stmt *s, struct err *e)
{
	size_t n = (size_t)s->nparam + 1;
	char *all = calloc(n, sizeof(Oid) + sizeof(char *) + 2 * sizeof(int));
	struct values v;
	int rc;

	if (!all)
		return err_nomem(e);
	v.p = (const char **)(void *)all;
	v.type = (Oid *)(void *)(all + n * sizeof(char *));
	v.len = (int *)(void *)(v.type + n);
	v.format = v.len + n;
	if (q->db.trace)
		q->db.trace(s->text, q->db.trace_arg);
	rc = run_with(q, s, &v, e);
	free(all);
	return rc;
}

int pg_step(struct stmt *st, struct err *e)
{
	struct pg_stmt *s = stmt_of(st);
	struct pg *q = pg_of(st->db);

	if (s->r)
		return s->row + 1 < PQntuples(s->r) ? (s->row++, 1) : 0;
	if (s->bad_param)
		return err_set(e, E_BUG, "parameter $%d %s: %s", s->bad_param, s->bad, s->text);
	if (run(q, s, e) < 0) {
		q->changes = 0;
		if (e->code == E_BUG)
			err_wrap(e, "%.200s", s->text);
		return -1;
	}
	q->changes = PQresultStatus(s->r) == PGRES_COMMAND_OK || s->st.writes ? strtoll(PQcmdTuples(s->r), NULL, 10) : q->changes;
	s->row = 0;
	return PQntuples(s->r) > 0;
}
