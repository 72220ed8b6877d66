/* SPDX-License-Identifier: MIT */
/* Columns of the row at hand, out of the binary form of their types, or out of text for SQL that we did not write. */
#include "base/num.h"
#include "db/pg_impl.h"

static const struct pg_stmt *stmt_of(const struct stmt *st)
{
	return (const struct pg_stmt *)st;
}

static const PGresult *result_of(const struct stmt *st)
{
	const struct pg_stmt *s = stmt_of(st);

	return s->r ? s->r : s->shape;
}

int pg_columns(const struct stmt *st)
{
	return PQnfields(result_of(st));
}

const char *pg_column_name(const struct stmt *st, int col)
{
	const char *name = PQfname(result_of(st), col);

	return name ? name : "";
}

bool pg_is_null(const struct stmt *st, int col)
{
	const struct pg_stmt *s = stmt_of(st);

	return !s->r || s->row >= PQntuples(s->r) || PQgetisnull(s->r, s->row, col) != 0;
}

static struct str bytes_of(const struct pg_stmt *s, int col)
{
	return (struct str){ PQgetvalue(s->r, s->row, col), (size_t)PQgetlength(s->r, s->row, col) };
}

static int64_t get_be(struct str b)
{
	/* The sign is in the first byte. */
	uint64_t v = b.len && (b.ptr[0] & 0x80) ? UINT64_MAX : 0;

	for (size_t i = 0; i < b.len; i++)
		v = v << 8 | (unsigned char)b.ptr[i];
	return (int64_t)v;
}

static double get_float(struct str b)
{
	uint64_t bits = (uint64_t)get_be(b);
	uint32_t half = (uint32_t)bits;
	double v;
	float f;

	if (b.len == 8) {
		memcpy(&v, &bits, sizeof(v));
		return v;
	}
	memcpy(&f, &half, sizeof(f));
	return (double)f;
}

static uint16_t be16(struct str b, size_t at)
{
	return at + 2 <= b.len ? (uint16_t)((unsigned char)b.ptr[at] << 8 | (unsigned char)b.ptr[at + 1]) : 0;
}

/* A numeric, as sums of BIGINT are: digits of base 10000, the weight of the first, a sign. Whole ones that fit are integers. */
static struct cell get_numeric(struct str b)
{
	size_t n = be16(b, 0);
	int weight = (int16_t)be16(b, 2);
	bool minus = be16(b, 4) == 0x4000, whole = n == 0 || (int)n <= weight + 1;
	int64_t v = 0;
	double real = 0;
	double scale = 1;

	for (int i = 0; whole && i <= weight; i++) {
		int64_t digit = i < (int)n ? be16(b, 8 + 2 * (size_t)i) : 0;

		whole = !__builtin_mul_overflow(v, 10000, &v) && !__builtin_add_overflow(v, minus ? -digit : digit, &v);
	}
	if (whole)
		return CELL_OF_INT(v);
	for (size_t i = 0; i < n; i++)
		real = real * 10000 + be16(b, 8 + 2 * i);
	for (int i = (int)n - 1; i < weight; i++)
		real *= 10000;
	for (int i = weight; i < (int)n - 1; i++)
		scale *= 10000;
	return CELL_OF_REAL((minus ? -real : real) / scale);
}

/* "\x0001" undone in the scratch of the statement. */
static struct cell get_hex(struct pg_stmt *s, struct str b)
{
	size_t from = s->scratch.len;

	for (size_t i = 2; i + 1 < b.len; i += 2) {
		unsigned v = 0;

		for (size_t k = i; k < i + 2; k++)
			v = v << 4 | (unsigned)(b.ptr[k] <= '9' ? b.ptr[k] - '0' : (b.ptr[k] | 0x20) - 'a' + 10);
		(void)sb_addc(&s->scratch, (char)(unsigned char)v);
	}
	return CELL_OF_TEXT(((struct str){ sb_cstr(&s->scratch) + from, s->scratch.len - from }));
}

static struct cell from_text(struct pg_stmt *s, Oid type, struct str b)
{
	int64_t i;
	double r;

	switch (type) {
	case PG_INT8:
	case PG_INT4:
	case PG_INT2:
	case PG_OID:
		return num_parse_int(b, &i) ? CELL_OF_INT(i) : CELL_OF_TEXT(b);
	case PG_FLOAT8:
	case PG_FLOAT4:
		return num_parse(b, &r) == NUM_OK ? CELL_OF_REAL(r) : CELL_OF_TEXT(b);
	case PG_NUMERIC:
		if (num_parse_int(b, &i))
			return CELL_OF_INT(i);
		return num_parse(b, &r) == NUM_OK ? CELL_OF_REAL(r) : CELL_OF_TEXT(b);
	case PG_BOOL:
		return CELL_OF_INT(b.len == 1 && b.ptr[0] == 't');
	case PG_BYTEA:
		return get_hex(s, b);
	default:
		return CELL_OF_TEXT(b);
	}
}

static struct cell from_binary(Oid type, struct str b)
{
	switch (type) {
	case PG_INT8:
	case PG_INT4:
	case PG_INT2:
		return CELL_OF_INT(get_be(b));
	case PG_OID:
		return CELL_OF_INT((int64_t)(uint32_t)get_be(b));
	case PG_BOOL:
		return CELL_OF_INT(b.len == 1 && b.ptr[0] == 1);
	case PG_FLOAT8:
	case PG_FLOAT4:
		return CELL_OF_REAL(get_float(b));
	case PG_NUMERIC:
		return get_numeric(b);
	case PG_JSONB: /* a version, then text */
		return CELL_OF_TEXT(((struct str){ b.ptr + 1, b.len ? b.len - 1 : 0 }));
	default:
		return CELL_OF_TEXT(b);
	}
}

struct cell pg_get_cell(const struct stmt *st, int col)
{
	const struct pg_stmt *s = stmt_of(st);
	Oid type = s->r ? PQftype(s->r, col) : PG_UNKNOWN;

	if (pg_is_null(st, col))
		return CELL_OF_NULL;
	if (PQfformat(s->r, col) == 1)
		return from_binary(type, bytes_of(s, col));
	/* The scratch is the statement's, which the caller has lent out read-only. */
	return from_text((struct pg_stmt *)(uintptr_t)s, type, bytes_of(s, col));
}

int64_t pg_get_int(const struct stmt *st, int col)
{
	struct cell c = pg_get_cell(st, col);
	int64_t v;

	if (c.type == CELL_INT)
		return c.i;
	if (c.type == CELL_REAL)
		return c.r >= -9.2e18 && c.r <= 9.2e18 ? (int64_t)c.r : 0;
	return c.type == CELL_TEXT && num_parse_int(c.s, &v) ? v : 0;
}

double pg_get_real(const struct stmt *st, int col)
{
	struct cell c = pg_get_cell(st, col);
	double v;

	if (c.type == CELL_INT)
		return (double)c.i;
	if (c.type == CELL_REAL)
		return c.r;
	return c.type == CELL_TEXT && num_parse(c.s, &v) == NUM_OK ? v : 0;
}

struct str pg_get_text(const struct stmt *st, int col)
{
	struct cell c = pg_get_cell(st, col);
	struct sb *sb = &((struct pg_stmt *)(uintptr_t)stmt_of(st))->scratch;
	size_t from = sb->len;
	char text[32];

	if (c.type == CELL_TEXT)
		return c.s;
	if (c.type == CELL_NULL)
		return (struct str){ NULL, 0 };
	if (c.type == CELL_INT)
		(void)sb_addf(sb, "%" PRId64, c.i);
	else
		(void)sb_add(sb, text, num_print(c.r, text));
	return (struct str){ sb_cstr(sb) + from, sb->len - from };
}

struct str pg_get_blob(const struct stmt *st, int col)
{
	return pg_get_text(st, col);
}
