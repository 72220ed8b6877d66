/* SPDX-License-Identifier: MIT */
/* Rows of runs and chunks, and values in columns of a table. */
#include "series/impl.h"

enum { Q_RUN_ADD, Q_RUN_DEL, Q_RUN_ASIDE, Q_CHUNK_ADD, Q_CHUNK_DEL, Q_CHUNK_ASIDE };

const struct sql tables_sql[] = {
	[Q_RUN_ADD] = { "INSERT INTO main.point_run (" RUN_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)", "point_run" },
	[Q_RUN_DEL] = { "DELETE FROM main.point_run WHERE lane = $1 AND seq = $2", "point_run" },
	[Q_RUN_ASIDE] = { "INSERT INTO main.point_run_damaged (" RUN_COLUMNS ") SELECT " RUN_COLUMNS
			  " FROM point_run WHERE lane = $1 AND seq = $2",
			  "point_run_damaged" },
	[Q_CHUNK_ADD] = { "INSERT INTO main.chunk (" CHUNK_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", "chunk" },
	[Q_CHUNK_DEL] = { "DELETE FROM main.chunk WHERE series_id = $1" IN_LANE " AND t0 = $2", "chunk" },
	[Q_CHUNK_ASIDE] = { "INSERT INTO main.chunk_damaged (" CHUNK_COLUMNS ") SELECT " CHUNK_COLUMNS
			    " FROM chunk WHERE series_id = $1" IN_LANE " AND t0 = $2",
			    "chunk_damaged" },
};
const size_t tables_sql_n = COUNT(tables_sql);

void runblob_row_read(const struct stmt *st, struct run_head *h, struct str *blob)
{
	*h = (struct run_head){ stmt_int(st, 0), stmt_int(st, 1), stmt_int(st, 2), stmt_int(st, 3), stmt_int(st, 4),
				stmt_int(st, 5), stmt_int(st, 6), stmt_int(st, 7), stmt_int(st, 8) };
	*blob = stmt_blob(st, 9);
}

void chunk_row_read(const struct stmt *st, struct chunk_head *h, struct str *blob)
{
	*h = (struct chunk_head){ .series = stmt_int(st, 0), .org = stmt_int(st, 2), .t0 = stmt_int(st, 1), .t1 = stmt_int(st, 3),
				  .n = stmt_int(st, 4), .has_range = !stmt_is_null(st, 5) };
	if (h->has_range) {
		h->vmin = stmt_real(st, 5);
		h->vmax = stmt_real(st, 6);
	}
	*blob = stmt_blob(st, 7);
}

int runblob_insert(struct db *db, const struct run_head *h, struct str blob, struct err *e)
{
	const int64_t v[] = { h->lane, h->seq, h->org, h->tier, h->merged, h->t0, h->t1, h->n, h->written };
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, tables_sql + Q_RUN_ADD, &st, e) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(v); i++)
		stmt_bind_int(st, (int)i + 1, v[i]);
	stmt_bind_blob(st, COUNT(v) + 1, blob.ptr, blob.len);
	runs_forget(db_attached(db), h->lane); /* it may stand in the place of another */
	return stmt_post_row(st, 2, e);
}

int chunk_insert(struct db *db, const struct chunk_head *h, struct str blob, struct err *e)
{
	const int64_t v[] = { h->series, h->t0, h->org, h->t1, h->n };
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (month_make(db_attached(db), MONTHS_CHUNK, h->t0, e) < 0 || db_stmt(db, tables_sql + Q_CHUNK_ADD, &st, e) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(v); i++)
		stmt_bind_int(st, (int)i + 1, v[i]);
	if (h->has_range) {
		stmt_bind_real(st, 6, h->vmin);
		stmt_bind_real(st, 7, h->vmax);
	}
	stmt_bind_blob(st, 8, blob.ptr, blob.len);
	return stmt_post(st, e);
}

/* Run a statement with a key of two numbers; want: it must concern one row. */
static int by_key(struct db *db, int query, const int64_t key[2], struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, tables_sql + query, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, key[0]);
	stmt_bind_int(st, 2, key[1]);
	if (stmt_run(st, e) < 0)
		return -1;
	return db_changes(db) == 1 ? 0 : err_set(e, E_BUG, "%" PRId64 " rows where one run or chunk should be", db_changes(db));
}

int runblob_delete(struct db *db, int64_t lane, int64_t seq, struct err *e)
{
	return by_key(db, Q_RUN_DEL, (const int64_t[]){ lane, seq }, e);
}

int chunk_delete(struct db *db, int64_t series, int64_t t0, struct err *e)
{
	return by_key(db, Q_CHUNK_DEL, (const int64_t[]){ series, t0 }, e);
}

int runblob_set_aside(struct db *db, int64_t lane, int64_t seq, struct err *e)
{
	return by_key(db, Q_RUN_ASIDE, (const int64_t[]){ lane, seq }, e) < 0 ? -1 : runblob_delete(db, lane, seq, e);
}

int chunk_set_aside(struct db *db, int64_t series, int64_t t0, struct err *e)
{
	return by_key(db, Q_CHUNK_ASIDE, (const int64_t[]){ series, t0 }, e) < 0 ? -1 : chunk_delete(db, series, t0, e);
}

void bind_value(struct stmt *st, int i, const struct point *p)
{
	bool text = p->value.type == VALUE_STRING || p->value.type == VALUE_LOCATION;

	stmt_bind_int(st, i, p->value.type);
	stmt_bind_int(st, i + 1, p->quality);
	if (p->value.type == VALUE_NUMBER || p->value.type == VALUE_BOOL)
		stmt_bind_real(st, i + 2, p->value.num);
	if (text)
		stmt_bind_text(st, i + 3, p->value.txt.ptr ? p->value.txt : STR(""));
	if (p->has_raw)
		stmt_bind_real(st, i + 4, p->raw);
}

void read_value(const struct stmt *st, int i, struct point *p)
{
	p->value.type = (enum value_type)stmt_int(st, i);
	p->quality = (enum quality)stmt_int(st, i + 1);
	p->value.num = stmt_real(st, i + 2);
	p->value.txt = stmt_text(st, i + 3);
	p->has_raw = !stmt_is_null(st, i + 4);
	p->raw = p->has_raw ? stmt_real(st, i + 4) : 0;
}
