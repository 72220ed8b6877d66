/* SPDX-License-Identifier: MIT */
/* sit-db sql: somebody's SQL, its results kept until they are printed, each with columns of its own. */
#include "base/arena.h"
#include "keep/dbwork.h"

#define COLUMNS_MAX 256
#define RESULT_MAX ((size_t)1 << 30)

struct result {
	struct result *next;
	struct field field[COLUMNS_MAX];
	size_t n, rows, cap;
	struct cell **row;
};

struct dbwork_sql {
	struct arena arena;
	struct result *first, *last, *at;
	struct stmt *current;
};

static struct result *begin(struct dbwork_sql *run, struct stmt *st)
{
	struct result *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->n = (size_t)stmt_columns(st);
	if (r->n > COLUMNS_MAX)
		r->n = COLUMNS_MAX;
	for (size_t i = 0; i < r->n; i++) {
		r->field[i].name = arena_dup(&run->arena, str_of(stmt_column_name(st, (int)i)));
		r->field[i].kind = FIELD_VALUE;
		r->field[i].help = "";
	}
	if (run->last)
		run->last->next = r;
	else
		run->first = r;
	run->last = r;
	run->current = st;
	return r;
}

static int keep_row(struct stmt *st, void *arg, struct err *e)
{
	struct dbwork_sql *run = arg;
	struct result *r = run->current == st ? run->last : begin(run, st);
	struct cell *cells;

	if (!r)
		return err_nomem(e);
	cells = arena_alloc(&run->arena, r->n * sizeof(*cells));
	if (!cells)
		return err_set(e, E_IO, "the result is too large to hold; add a LIMIT");
	for (size_t i = 0; i < r->n; i++) {
		cells[i] = stmt_cell(st, (int)i);
		if (cells[i].type == CELL_TEXT)
			cells[i].s.ptr = arena_dup(&run->arena, cells[i].s);
	}
	if (r->rows == r->cap) {
		struct cell **p = realloc(r->row, (r->cap = r->cap ? r->cap * 2 : 64) * sizeof(*p));

		if (!p)
			return err_nomem(e);
		r->row = p;
	}
	r->row[r->rows++] = cells;
	return 0;
}

int dbwork_sql(struct db *db, const char *text, bool write, struct dbwork_sql **out, struct err *e)
{
	AUTO(dbwork_sql_freep) struct dbwork_sql *run = calloc(1, sizeof(*run));
	AUTO(sb_done) struct sb typed = SB_INIT(1 << 20);
	char buf[4096];
	size_t n;

	if (!run)
		return err_nomem(e);
	run->arena.max = RESULT_MAX;
	if (strcmp(text, "-") == 0) {
		while ((n = fread(buf, 1, sizeof(buf), stdin)) > 0)
			if (sb_add(&typed, buf, n) < 0)
				return err_set(e, E_USAGE, "standard input: longer than 1 MiB");
		text = sb_cstr(&typed);
	}
	if (db_foreign(db, text, write, keep_row, run, e) < 0)
		return -1;
	run->at = run->first;
	*out = run;
	run = NULL;
	return 0;
}

int dbwork_sql_result(struct dbwork_sql *run, const struct field **fields, size_t *n)
{
	if (!run->at)
		return 0;
	*fields = run->at->field;
	*n = run->at->n;
	return 1;
}

int dbwork_sql_print(struct dbwork_sql *run, struct out *out, struct err *e)
{
	struct result *r = run->at;

	run->at = r->next;
	for (size_t i = 0; i < r->rows; i++)
		if (out_rec(out, r->row[i], e) < 0)
			return -1;
	return 0;
}

void dbwork_sql_free(struct dbwork_sql *run)
{
	struct result *r, *next;

	if (!run)
		return;
	for (r = run->first; r; r = next) {
		next = r->next;
		free(r->row);
		free(r);
	}
	arena_done(&run->arena);
	free(run);
}
