/* SPDX-License-Identifier: MIT */
/* Parameters, in the binary form of the type that the server has found for each. */
#include "db/pg_impl.h"

static struct pg_stmt *stmt_of(struct stmt *st)
{
	return (struct pg_stmt *)st;
}

static void put_be(char *out, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (char)(unsigned char)(v >> (8 * (n - 1 - i)));
}

static void refuse(struct pg_stmt *s, int i, const char *why)
{
	if (!s->bad) {
		s->bad = why;
		s->bad_param = i;
	}
}

static void own_bytes(struct pg_param *p, size_t n)
{
	p->p = p->slot;
	p->len = (int)n;
}

static void put_text(struct pg_param *p, int n)
{
	p->text = true;
	own_bytes(p, (size_t)n);
}

static void put_real(struct pg_stmt *s, int i, double v);

static void put_int(struct pg_stmt *s, int i, int64_t v)
{
	struct pg_param *p = s->param + i - 1;

	switch (p->type) {
	case PG_INT8:
		put_be(p->slot, (uint64_t)v, 8);
		own_bytes(p, 8);
		break;
	case PG_INT4:
	case PG_INT2: {
		int64_t top = p->type == PG_INT4 ? INT32_MAX : INT16_MAX;

		if (v > top || v < -top - 1)
			refuse(s, i, "is too large for its type");
		put_be(p->slot, (uint64_t)v, p->type == PG_INT4 ? 4 : 2);
		own_bytes(p, p->type == PG_INT4 ? 4 : 2);
		break;
	}
	case PG_BOOL:
		p->slot[0] = v != 0;
		own_bytes(p, 1);
		break;
	case PG_FLOAT8:
		put_real(s, i, (double)v);
		break;
	default:
		put_text(p, snprintf(p->slot, sizeof(p->slot), "%" PRId64, v));
	}
}

static void put_real(struct pg_stmt *s, int i, double v)
{
	struct pg_param *p = s->param + i - 1;
	uint64_t bits;

	if (p->type == PG_FLOAT8) {
		memcpy(&bits, &v, sizeof(bits));
		put_be(p->slot, bits, 8);
		own_bytes(p, 8);
	} else if (p->type == PG_INT8 && v >= -9.2e18 && v <= 9.2e18 && (double)(int64_t)v == v) {
		put_int(s, i, (int64_t)v);
	} else {
		put_text(p, snprintf(p->slot, sizeof(p->slot), "%.17g", v));
	}
}

static void put_bytes(struct pg_stmt *s, int i, const char *bytes, size_t n)
{
	struct pg_param *p = s->param + i - 1;

	switch (p->type) {
	case PG_TEXT:
	case PG_VARCHAR:
	case PG_UNKNOWN:
	case PG_JSON:
	case PG_BYTEA:
		p->p = bytes ? bytes : "";
		p->len = (int)n;
		break;
	default: /* for the server to read, which takes it up to a NUL */
		if (n >= sizeof(p->slot) || memchr(bytes ? bytes : "", 0, n)) {
			refuse(s, i, "is text for what is none");
			return;
		}
		memcpy(p->slot, bytes ? bytes : "", n);
		p->slot[n] = '\0';
		put_text(p, (int)n);
	}
}

/* The parameter, NULL where there is none or too much is given. */
static struct pg_param *place(struct pg_stmt *s, int i, size_t len)
{
	if (i < 1 || i > s->nparam)
		refuse(s, i, "is not in the text");
	else if (len > INT_MAX / 2)
		refuse(s, i, "is too long");
	else {
		s->param[i - 1].text = false;
		return s->param + i - 1;
	}
	return NULL;
}

void pg_bind(struct stmt *st, int i, const struct cell *c)
{
	struct pg_stmt *s = stmt_of(st);
	bool text = c->type == CELL_TEXT || c->type == CELL_JSON;
	struct pg_param *p = place(s, i, text ? c->s.len : 0);

	if (!p)
		return;
	switch (c->type) {
	case CELL_NULL:
		p->p = NULL;
		break;
	case CELL_INT:
	case CELL_BOOL:
	case CELL_TIME:
		put_int(s, i, c->i);
		break;
	case CELL_REAL:
		put_real(s, i, c->r);
		break;
	case CELL_TEXT:
	case CELL_JSON:
		if (c->s.ptr)
			put_bytes(s, i, c->s.ptr, c->s.len);
		else
			p->p = NULL;
		break;
	}
}

void pg_bind_blob(struct stmt *st, int i, const void *bytes, size_t n)
{
	struct pg_stmt *s = stmt_of(st);
	struct pg_param *p = place(s, i, n);

	if (p)
		put_bytes(s, i, bytes, n);
}
