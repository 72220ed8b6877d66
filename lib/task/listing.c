/* SPDX-License-Identifier: MIT */
#include "task/listing.h"

#include "store/entity.h"

/* org, the noun's fields, id: the order of work_list_fields(). */
static size_t cells_of(const struct entity *ent, const struct entity_cursor *c, const struct row *row, struct cell *out)
{
	size_t n = 0;

	out[n++] = CELL_OF_TEXT(entity_row_org(c));
	memcpy(out + n, row->cell, ent->n * sizeof(*out));
	n += ent->n;
	out[n++] = CELL_OF_INT(row->id);
	return n;
}

/* What nobody will see need not be read. */
static void wanted(const struct entity *ent, const struct out *out, bool want[ENTITY_FIELDS_MAX])
{
	for (size_t i = 0; i < ent->n; i++)
		want[i] = out_wants(out, i + 1);
}

int listing_print(struct work *w, char **operand, int n, const char *select, struct out *out, size_t *rows, struct err *e)
{
	AUTO(entity_cursor_freep) struct entity_cursor *c = NULL;
	bool want[ENTITY_FIELDS_MAX];
	struct select_ctx ctx = work_select(w);
	struct entity_ask ask = { .ctx = &ctx, .want = want };
	struct cell cells[ENTITY_FIELDS_MAX + 2];
	const struct select *more = NULL;
	struct row row;
	int got;

	wanted(w->ent, out, want);
	if (select_operands(&ctx, operand, n, &ask.select, e) < 0)
		return -1;
	if (select && (select_parse(&ctx, str_of(select), &more, e) < 0 || select_and(&ctx, ask.select, more, &ask.select, e) < 0))
		return -1;
	if (entity_select(w->db, &ask, &c, e) < 0)
		return -1;
	while ((got = entity_next(c, &row, e)) > 0) {
		cells_of(w->ent, c, &row, cells);
		if (out_rec(out, cells, e) < 0)
			return -1;
		++*rows;
	}
	return got;
}

int listing_pairs(const struct field *fields, const struct cell *cells, size_t n, struct out *out, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		AUTO(sb_done) struct sb text = SB_INIT(1 << 20);
		struct cell pair[2] = { CELL_OF_TEXT(str_of(fields[i].name)), CELL_OF_NULL };

		if (cells[i].type != CELL_NULL) {
			if (cell_text(&text, fields + i, cells + i, NULL) < 0)
				return err_nomem(e);
			pair[1] = CELL_OF_TEXT(sb_str(&text));
		}
		if (out_rec(out, pair, e) < 0)
			return -1;
	}
	return 0;
}

int listing_show(struct work *w, const struct target *t, bool table, const struct field *fields, struct out *out, struct err *e)
{
	AUTO(entity_cursor_freep) struct entity_cursor *c = NULL;
	struct select_ctx ctx = work_select(w);
	struct entity_ask ask = { .ctx = &ctx, .id = t->id };
	struct cell cells[ENTITY_FIELDS_MAX + 2];
	struct row row;
	size_t n;

	if (entity_select(w->db, &ask, &c, e) < 0)
		return -1;
	if (entity_next(c, &row, e) <= 0)
		return err_set(e, E_NOTFOUND, "no %s \"%s\"", w->ent->noun, t->name);
	n = cells_of(w->ent, c, &row, cells);
	return table ? listing_pairs(fields, cells, n, out, e) : out_rec(out, cells, e);
}
