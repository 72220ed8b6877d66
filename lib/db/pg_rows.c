/* SPDX-License-Identifier: MIT */
/*
 * Rows that are sent one by one and go to the server many in a statement: INSERT ... VALUES (...), (...). They wait here until there are enough of
 * them or anything else is sent, so the order of things is kept.
 */
#include "db/pg_impl.h"

#define ROWS 32
#define ROWS_BYTES ((size_t)1 << 20) /* of rows that wait, about at most */

struct held {
	size_t at;
	int len; /* < 0: NULL */
	bool text;
};

/* The rows that wait, of one statement. */
struct pg_rows {
	struct pg_stmt *of;
	size_t n, cap;
	struct held *held; /* of each row, by parameter */
	struct sb bytes;
};

void pg_rows_done(struct pg *q)
{
	if (!q->rows)
		return;
	free(q->rows->held);
	sb_done(&q->rows->bytes);
	free(q->rows);
	q->rows = NULL;
}

void pg_rows_drop(struct pg *q)
{
	if (!q->rows)
		return;
	q->rows->of = NULL;
	q->rows->n = 0;
	sb_clear(&q->rows->bytes);
}

/* Behind the bracket that closes the one at p; no strings with brackets in what we write. */
static const char *behind_bracket(const char *p)
{
	int depth = 0;

	for (; *p; p++) {
		depth += (*p == '(') - (*p == ')');
		if (depth == 0)
			return p + 1;
	}
	return p;
}

/* The tuple of row i: its parameters follow those of the rows before. */
static void add_tuple(struct sb *sb, struct str tuple, int base)
{
	for (size_t i = 0; i < tuple.len; i++) {
		char *end;

		if (tuple.ptr[i] != '$') {
			(void)sb_addc(sb, tuple.ptr[i]);
			continue;
		}
		(void)sb_addf(sb, "$%ld", strtol(tuple.ptr + i + 1, &end, 10) + base);
		i = (size_t)(end - tuple.ptr) - 1;
	}
}

/* The statement for ROWS rows, made once; E_BUG when it is none that can have many. */
static int make_text(struct pg_stmt *s, struct err *e)
{
	AUTO(sb_done) struct sb sb = SB_INIT((size_t)1 << 20);
	const char *from = strstr(s->text, "VALUES ("), *to;

	if (s->many)
		return 0;
	if (!from)
		return err_set(e, E_BUG, "no rows: %s", s->text);
	from += strlen("VALUES ");
	to = behind_bracket(from);
	(void)sb_add(&sb, s->text, (size_t)(from - s->text));
	for (int i = 0; i < ROWS; i++) {
		if (i)
			(void)sb_addc(&sb, ',');
		add_tuple(&sb, (struct str){ from, (size_t)(to - from) }, i * s->nparam);
	}
	(void)sb_adds(&sb, to);
	s->many = sb.bad ? NULL : strdup(sb_cstr(&sb));
	return s->many ? 0 : err_nomem(e);
}

static void types_of(const struct pg_stmt *s, Oid *types)
{
	for (int i = 0; i < ROWS * s->nparam; i++)
		types[i] = s->param[i % s->nparam].type;
}

/* On the server, under a name. */
static int name_many(struct pg *q, struct pg_stmt *s, const Oid *types, struct err *e)
{
	PGresult *r;
	bool sent;
	int rc;

	if (q->pooled || (*s->many_name && s->many_session == q->session))
		return 0;
	(void)snprintf(s->many_name, sizeof(s->many_name), "s%u", ++q->names);
	sent = pg_pipe_begin(q, e) == 0 && PQsendPrepare(q->c, s->many_name, s->many, ROWS * s->nparam, types);
	rc = pg_pipe_end(q, sent, &r, e);
	PQclear(r);
	if (rc < 0)
		s->many_name[0] = '\0';
	s->many_session = q->session;
	return rc;
}

struct values {
	Oid *type;
	const char **p;
	int *len, *format;
};

static bool send_many(struct pg *q, const struct pg_stmt *s, const struct values *v)
{
	int n = ROWS * s->nparam;

	if (*s->many_name)
		return PQsendQueryPrepared(q->c, s->many_name, n, v->p, v->len, v->format, 1) != 0;
	return PQsendQueryParams(q->c, s->many, n, v->type, v->p, v->len, v->format, 1) != 0;
}

static void fill(const struct pg_rows *w, struct values *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct held *h = w->held + i;

		v->p[i] = h->len < 0 ? NULL : w->bytes.buf + h->at;
		v->len[i] = h->len < 0 ? 0 : h->len;
		v->format[i] = !h->text;
	}
}

/* What is too few for the statement of many goes one by one. */
static int send_each(struct pg *q, struct pg_stmt *s, const struct values *v, size_t rows, struct err *e)
{
	size_t k = (size_t)s->nparam;

	for (size_t i = 0; i < rows; i++) {
		const char **p = v->p + i * k;
		bool sent = *s->name ? PQsendQueryPrepared(q->c, s->name, s->nparam, p, v->len + i * k, v->format + i * k, 1) :
				       PQsendQueryParams(q->c, s->text, s->nparam, v->type, p, v->len + i * k, v->format + i * k, 1);

		if (!sent)
			return pg_fail(q, NULL, e);
		if (pg_pended(q, e) < 0)
			return -1;
		if (!PQenterPipelineMode(q->c))
			return pg_fail(q, NULL, e);
	}
	return 0;
}

static int send_rows(struct pg *q, struct pg_stmt *s, struct values *v, struct err *e)
{
	size_t rows = q->rows->n;

	types_of(s, v->type);
	fill(q->rows, v, rows * (size_t)s->nparam);
	if (rows == ROWS && (make_text(s, e) < 0 || name_many(q, s, v->type, e) < 0))
		return -1;
	if (!PQenterPipelineMode(q->c))
		return pg_fail(q, NULL, e);
	if (rows < ROWS)
		return send_each(q, s, v, rows, e);
	return send_many(q, s, v) ? pg_pended(q, e) : pg_fail(q, NULL, e);
}

int pg_rows_send(struct pg *q, struct err *e)
{
	struct pg_stmt *s = q->rows ? q->rows->of : NULL;
	size_t n = s ? (size_t)(ROWS * s->nparam) : 0;
	char *all;
	struct values v;
	int rc;

	if (!s)
		return 0;
	q->rows->of = NULL; /* what is sent on the way does not come here again */
	all = calloc(n + 1, sizeof(Oid) + sizeof(char *) + 2 * sizeof(int));
	if (!all) {
		pg_rows_drop(q);
		return err_nomem(e);
	}
	v.p = (const char **)(void *)all;
	v.type = (Oid *)(void *)(all + n * sizeof(char *));
	v.len = (int *)(void *)(v.type + n);
	v.format = v.len + n;
	rc = send_rows(q, s, &v, e);
	free(all);
	pg_rows_drop(q);
	return rc;
}

static bool same_value(const struct pg_rows *w, const struct held *h, const struct pg_param *p)
{
	if (!p->p || h->len < 0)
		return !p->p && h->len < 0;
	return h->len == p->len && bytes_eq(w->bytes.buf + h->at, p->p, (size_t)h->len);
}

/* The first `keys` parameters are those of a row that waits. */
static bool same_key(const struct pg_rows *w, const struct pg_stmt *s, int keys)
{
	for (size_t i = 0; keys && i < w->n; i++) {
		const struct held *h = w->held + i * (size_t)s->nparam;
		int k = 0;

		while (k < keys && same_value(w, h + k, s->param + k))
			k++;
		if (k == keys)
			return true;
	}
	return false;
}

static int hold(struct pg_rows *w, const struct pg_stmt *s, struct err *e)
{
	size_t need = (size_t)(ROWS * s->nparam);

	if (!w->held || w->cap < need) { /* nothing waits: they are of another statement now */
		free(w->held);
		w->held = calloc(need, sizeof(*w->held));
		w->cap = w->held ? need : 0;
		if (!w->held)
			return err_nomem(e);
	}
	for (int i = 0; i < s->nparam; i++) {
		const struct pg_param *p = s->param + i;

		w->held[w->n * (size_t)s->nparam + (size_t)i] = (struct held){ w->bytes.len, p->p ? p->len : -1, p->text };
		/* Values in text form end with a NUL. */
		if (p->p && (sb_add(&w->bytes, p->p, (size_t)p->len) < 0 || sb_addc(&w->bytes, '\0') < 0))
			return err_nomem(e);
	}
	w->n++;
	return 0;
}

int pg_rows_add(struct pg *q, struct pg_stmt *s, int keys, struct err *e)
{
	struct pg_rows *w = q->rows;

	if (!w) {
		w = q->rows = calloc(1, sizeof(*w));
		if (!w)
			return err_nomem(e);
		w->bytes = (struct sb)SB_INIT((size_t)1 << 28);
	}
	if (w->of && (w->of != s || same_key(w, s, keys)) && pg_rows_send(q, e) < 0)
		return -1;
	w->of = s;
	q->inserted++;
	if (hold(w, s, e) < 0) {
		pg_rows_drop(q);
		return -1;
	}
	return w->n == ROWS || w->bytes.len >= ROWS_BYTES ? pg_rows_send(q, e) : 0;
}
