/* SPDX-License-Identifier: MIT */
/*
 * Rows that are sent one by one and go to the server many in a statement: INSERT ... VALUES (...) becomes INSERT ... SELECT ... FROM unnest(...), whose
 * parameters are the columns of the rows as arrays, so that one text does for any number of them. They wait here until there are enough of them or anything
 * else is sent, so the order of things is kept.
 */
#include "db/pg_impl.h"

#include "base/map.h"

#define ROWS 1000 /* that wait at most */
#define FEW 4	  /* up to as many go one by one: their statement is there already */
#define ROWS_BYTES ((size_t)1 << 16) /* of rows that wait, about at most: the server is at work while the next are made */
#define ARRAY_HEAD 20 /* bytes of a binary array before its elements: dimensions, NULLs are in it, type; length, first index */

/* The rows that wait, of one statement. */
struct pg_rows {
	struct pg_stmt *of;
	int n;
	int cap;	/* columns there is room for */
	struct sb *col; /* the values of a parameter: an array, in binary form */
	bool *nulls;	/* some of them are */
	size_t bytes;
	struct map keys; /* of the rows */
	struct sb key;
};

static void drop_columns(struct pg_rows *w)
{
	for (int i = 0; i < w->cap; i++)
		sb_done(w->col + i);
	free(w->col);
	free(w->nulls);
	w->col = NULL;
	w->nulls = NULL;
	w->cap = 0;
}

void pg_rows_done(struct pg *q)
{
	if (!q->rows)
		return;
	drop_columns(q->rows);
	map_done(&q->rows->keys);
	sb_done(&q->rows->key);
	free(q->rows);
	q->rows = NULL;
}

void pg_rows_drop(struct pg *q)
{
	if (!q->rows)
		return;
	q->rows->of = NULL;
	q->rows->n = 0;
	q->rows->bytes = 0;
	map_done(&q->rows->keys);
	q->rows->keys = (struct map)MAP_INIT;
}

/* ---- the statement for many ---- */

/* The array of a type whose values are bound in binary form; 0: there are others. */
static Oid array_of(Oid type)
{
	static const Oid arrays[][2] = { { PG_INT8, 1016 },  { PG_INT4, 1007 }, { PG_INT2, 1005 },  { PG_BOOL, 1000 },
					 { PG_FLOAT8, 1022 }, { PG_TEXT, PG_TEXT_ARRAY }, { PG_VARCHAR, 1015 }, { PG_BYTEA, 1001 } };

	for (size_t i = 0; i < COUNT(arrays); i++)
		if (arrays[i][0] == type)
			return arrays[i][1];
	return 0;
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

/* What is between the brackets of VALUES, with columns of u for parameters; each is called as in a list of VALUES. */
static void add_columns(struct sb *sb, struct str tuple)
{
	int depth = 0, column = 1;

	for (size_t i = 0; i < tuple.len; i++) {
		char c = tuple.ptr[i];

		depth += (c == '(') - (c == ')');
		if (c == '$')
			(void)sb_adds(sb, "u.p");
		else if (c == ',' && depth == 0)
			(void)sb_addf(sb, " AS column%d,", column++);
		else
			(void)sb_addc(sb, c);
	}
	(void)sb_addf(sb, " AS column%d", column);
}

/* Made once: 1; 0: it is none that can have many. */
static int make_text(struct pg_stmt *s, struct err *e)
{
	AUTO(sb_done) struct sb sb = SB_INIT((size_t)1 << 20);
	const char *values = strstr(s->text, "VALUES ("), *from, *to;

	if (s->many || s->single)
		return s->many != NULL;
	for (int i = 0; i < s->nparam; i++)
		s->single |= !array_of(s->param[i].type);
	s->single |= !values || s->nparam == 0;
	if (s->single)
		return 0;
	from = values + strlen("VALUES ");
	to = behind_bracket(from);
	(void)sb_add(&sb, s->text, (size_t)(values - s->text));
	(void)sb_adds(&sb, "SELECT ");
	add_columns(&sb, (struct str){ from + 1, (size_t)(to - from) - 2 });
	(void)sb_adds(&sb, " FROM unnest(");
	for (int i = 1; i <= s->nparam; i++)
		(void)sb_addf(&sb, "%s$%d", i > 1 ? ", " : "", i);
	(void)sb_adds(&sb, ") u (");
	for (int i = 1; i <= s->nparam; i++)
		(void)sb_addf(&sb, "%sp%d", i > 1 ? ", " : "", i);
	(void)sb_adds(&sb, ")");
	(void)sb_adds(&sb, to);
	s->many = sb.bad ? NULL : strdup(sb_cstr(&sb));
	return s->many ? 1 : err_nomem(e);
}

/* ---- sending ---- */

struct values {
	Oid *type;
	const char **p;
	int *len, *format;
};

static void put_be32(char *to, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		to[i] = (char)(unsigned char)(v >> (24 - 8 * i));
}

static uint32_t be32(const char *p)
{
	uint32_t v = 0;

	for (int i = 0; i < 4; i++)
		v = v << 8 | (unsigned char)p[i];
	return v;
}

/* Under a name on the server, with what is on its way. Where something on the way failed nobody knows whether it came to that. */
static int name_many(struct pg *q, struct pg_stmt *s, const Oid *types, struct err *e)
{
	if (q->pooled || (*s->many_name && s->many_session == q->session && s->many_failures == q->failures))
		return 0;
	(void)snprintf(s->many_name, sizeof(s->many_name), "s%u", ++q->names);
	s->many_session = q->session;
	s->many_failures = q->failures;
	if (PQenterPipelineMode(q->c) && PQsendPrepare(q->c, s->many_name, s->many, s->nparam, types))
		return pg_pended(q, e);
	s->many_name[0] = '\0';
	return pg_fail(q, NULL, e);
}

static int send_many(struct pg *q, struct pg_stmt *s, const struct values *v, struct err *e)
{
	const struct pg_rows *w = q->rows;
	bool sent;

	for (int i = 0; i < s->nparam; i++) {
		char *head = w->col[i].buf;

		put_be32(head, 1);
		put_be32(head + 4, w->nulls[i]);
		put_be32(head + 8, s->param[i].type);
		put_be32(head + 12, (uint32_t)w->n);
		put_be32(head + 16, 1);
		v->type[i] = array_of(s->param[i].type);
		v->p[i] = head;
		v->len[i] = (int)w->col[i].len;
		v->format[i] = 1;
	}
	if (name_many(q, s, v->type, e) < 0)
		return -1;
	if (!PQenterPipelineMode(q->c))
		return pg_fail(q, NULL, e);
	if (*s->many_name)
		sent = PQsendQueryPrepared(q->c, s->many_name, s->nparam, v->p, v->len, v->format, 1) != 0;
	else
		sent = PQsendQueryParams(q->c, s->many, s->nparam, v->type, v->p, v->len, v->format, 1) != 0;
	return sent ? pg_pended(q, e) : pg_fail(q, NULL, e);
}

/* What is too few for the statement of many. */
static int send_each(struct pg *q, struct pg_stmt *s, const struct values *v, size_t *at, struct err *e)
{
	for (int i = 0; i < s->nparam; i++) {
		const char *el = q->rows->col[i].buf + at[i];
		uint32_t len = be32(el);

		v->type[i] = s->param[i].type;
		v->p[i] = len == UINT32_MAX ? NULL : el + 4;
		v->len[i] = len == UINT32_MAX ? 0 : (int)len;
		v->format[i] = 1;
		at[i] += 4 + (size_t)v->len[i];
	}
	if (!PQenterPipelineMode(q->c))
		return pg_fail(q, NULL, e);
	if (*s->name ? !PQsendQueryPrepared(q->c, s->name, s->nparam, v->p, v->len, v->format, 1) :
		       !PQsendQueryParams(q->c, s->text, s->nparam, v->type, v->p, v->len, v->format, 1))
		return pg_fail(q, NULL, e);
	return pg_pended(q, e);
}

static int send_rows(struct pg *q, struct pg_stmt *s, const struct values *v, size_t *at, struct err *e)
{
	int n = q->rows->n, rc = 0;

	if (n > FEW)
		return send_many(q, s, v, e);
	for (int i = 0; i < s->nparam; i++)
		at[i] = ARRAY_HEAD;
	for (int i = 0; i < n && rc == 0; i++)
		rc = send_each(q, s, v, at, e);
	return rc;
}

int pg_rows_send(struct pg *q, struct err *e)
{
	struct pg_stmt *s = q->rows ? q->rows->of : NULL;
	size_t n = s ? (size_t)s->nparam : 0;
	char *all;
	struct values v;
	size_t *at;
	int rc;

	if (!s)
		return 0;
	q->rows->of = NULL; /* what is sent on the way does not come here again */
	all = calloc(n + 1, sizeof(Oid) + sizeof(char *) + sizeof(size_t) + 2 * sizeof(int));
	if (!all) {
		pg_rows_drop(q);
		return err_nomem(e);
	}
	v.p = (const char **)(void *)all;
	at = (size_t *)(void *)(v.p + n);
	v.len = (int *)(void *)(at + n);
	v.format = v.len + n;
	v.type = (Oid *)(void *)(v.format + n);
	rc = send_rows(q, s, &v, at, e);
	free(all);
	pg_rows_drop(q);
	return rc;
}

/* ---- waiting ---- */

/* The first `keys` parameters, which no row has that waits: 1; 0: one has; -1. */
static int new_key(struct pg_rows *w, const struct pg_stmt *s, int keys, struct err *e)
{
	if (!keys)
		return 1;
	sb_clear(&w->key);
	for (int i = 0; i < keys; i++) {
		const struct pg_param *p = s->param + i;

		(void)sb_add(&w->key, (const char *)&p->len, p->p ? sizeof(p->len) : 1);
		(void)sb_add(&w->key, p->p ? p->p : "", p->p ? (size_t)p->len : 0);
	}
	if (w->key.bad)
		return err_nomem(e);
	if (map_find(&w->keys, sb_str(&w->key)))
		return 0;
	return map_put(&w->keys, sb_str(&w->key), 1) < 0 ? err_nomem(e) : 1;
}

/* Nothing waits: the next rows are of the statement. */
static int begin(struct pg_rows *w, struct pg_stmt *s, struct err *e)
{
	static const char head[ARRAY_HEAD];

	if (w->cap < s->nparam) {
		drop_columns(w);
		w->col = calloc((size_t)s->nparam, sizeof(*w->col));
		w->nulls = calloc((size_t)s->nparam, sizeof(*w->nulls));
		w->cap = w->col && w->nulls ? s->nparam : 0;
		if (!w->cap) {
			free(w->col);
			w->col = NULL;
			return err_nomem(e);
		}
		for (int i = 0; i < w->cap; i++)
			w->col[i].max = (size_t)1 << 28;
	}
	for (int i = 0; i < s->nparam; i++) {
		sb_clear(w->col + i);
		w->nulls[i] = false;
		if (sb_add(w->col + i, head, sizeof(head)) < 0)
			return err_nomem(e);
	}
	w->of = s;
	return 0;
}

static int hold(struct pg_rows *w, const struct pg_stmt *s, struct err *e)
{
	for (int i = 0; i < s->nparam; i++) {
		const struct pg_param *p = s->param + i;
		char len[4];

		put_be32(len, p->p ? (uint32_t)p->len : UINT32_MAX);
		if (sb_add(w->col + i, len, sizeof(len)) < 0 || (p->p && sb_add(w->col + i, p->p, (size_t)p->len) < 0))
			return err_nomem(e);
		w->nulls[i] |= !p->p;
		w->bytes += p->p ? (size_t)p->len : 0;
	}
	w->n++;
	return 0;
}

static struct pg_rows *rows_of(struct pg *q)
{
	if (!q->rows) {
		q->rows = calloc(1, sizeof(*q->rows));
		if (!q->rows)
			return NULL;
		q->rows->keys = (struct map)MAP_INIT;
		q->rows->key.max = (size_t)1 << 28;
	}
	return q->rows;
}

/* A value in the form of text has no place in an array. */
static bool in_text(const struct pg_stmt *s)
{
	for (int i = 0; i < s->nparam; i++)
		if (s->param[i].p && s->param[i].text)
			return true;
	return false;
}

int pg_rows_add(struct pg *q, struct pg_stmt *s, int keys, struct err *e)
{
	struct pg_rows *w = rows_of(q);
	int fresh, can = w ? make_text(s, e) : err_nomem(e);

	if (can < 0)
		return -1;
	if (!can || in_text(s))
		return 0;
	if (w->of != s && pg_rows_send(q, e) < 0)
		return -1;
	fresh = new_key(w, s, keys, e);
	if (fresh == 0 && (pg_rows_send(q, e) < 0 || new_key(w, s, keys, e) < 0))
		fresh = -1;
	if (fresh < 0 || (w->of != s && begin(w, s, e) < 0) || hold(w, s, e) < 0) {
		pg_rows_drop(q);
		return -1;
	}
	pg_written(q, s->st.writes, 1);
	return w->n == ROWS || w->bytes >= ROWS_BYTES ? (pg_rows_send(q, e) < 0 ? -1 : 1) : 1;
}
