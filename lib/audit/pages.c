/* SPDX-License-Identifier: MIT */
#include "audit/pages.h"

#include "base/num.h"

#define PAGE 1000

int pages_terms(const struct select_ctx *ctx, char *const *term, int n, const struct select **out, struct err *e)
{
	char text[64];
	int64_t id;

	*out = NULL;
	for (int i = 0; i < n; i++) {
		const struct select *one;
		struct str t = str_of(term[i]);

		if (num_parse_int(t, &id)) {
			(void)snprintf(text, sizeof(text), "id=%" PRId64, id);
			t = str_of(text);
		}
		if (select_operand(ctx, t, &one, e) < 0 || select_and(ctx, *out, one, out, e) < 0)
			return -1;
	}
	return 0;
}

struct cell field_cell(const struct field *f, struct cell c)
{
	if (c.type == CELL_INT && f->kind == FIELD_TIME)
		c.type = CELL_TIME;
	if (c.type == CELL_INT && f->kind == FIELD_BOOL)
		c.type = CELL_BOOL;
	if (c.type == CELL_TEXT && f->kind == FIELD_JSON)
		c.type = CELL_JSON;
	return c;
}

/* The row at hand, copied into the arena. */
static int copy(const struct pages *p, const struct stmt *st, struct arena *a, struct cell *cells, struct err *e)
{
	for (size_t i = 0; i < p->n; i++) {
		struct cell *c = cells + i;

		*c = stmt_cell(st, (int)i);
		if (c->type == CELL_TEXT && !(c->s.ptr = arena_dup(a, c->s)))
			return err_nomem(e);
		*c = field_cell(p->field + i, *c);
	}
	return 0;
}

int pages_each(struct db *db, const struct pages *p, const struct pages_ask *ask,
	       int (*fn)(const struct cell *cells, void *arg, struct err *e), void *arg, struct err *e)
{
	AUTO(arena_done) struct arena filters = ARENA_INIT((size_t)16 << 20);
	AUTO(arena_done) struct arena page = ARENA_INIT((size_t)256 << 20);
	struct select_ctx ctx = { .nouns = ask->nouns, .ent = p->ent, .when = ask->when, .arena = &filters };
	const struct select *select;
	int64_t after = ask->after;
	size_t n = PAGE;

	if (pages_terms(&ctx, ask->term, ask->n, &select, e) < 0 || select_and(&ctx, ask->select, select, &select, e) < 0)
		return -1;
	while (n == PAGE) {
		AUTO(stmt_freep) struct stmt *st = NULL;
		struct cell *rows;
		int got;

		arena_clear(&page);
		rows = arena_alloc(&page, PAGE * p->n * sizeof(*rows));
		if (!rows)
			return err_nomem(e);
		if (p->select(db, &ctx, select, after, PAGE, &st, e) < 0)
			return -1;
		for (n = 0; n < PAGE && (got = stmt_step(st, e)) > 0; n++)
			if (copy(p, st, &page, rows + n * p->n, e) < 0)
				return -1;
		if (n < PAGE && got < 0)
			return -1;
		stmt_reset(st);
		for (size_t i = 0; i < n; i++) {
			after = rows[i * p->n].i;
			if (fn(rows + i * p->n, arg, e) < 0)
				return -1;
		}
	}
	return 0;
}
