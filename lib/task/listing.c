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

int listing_print(struct db *db, const struct entity *ent, char **terms, int n, const struct time_ctx *when, struct out *out,
		  size_t *rows, struct err *e)
{
	AUTO(arena_done) struct arena arena = ARENA_INIT((size_t)16 << 20);
	AUTO(entity_cursor_freep) struct entity_cursor *c = NULL;
	struct cell cells[ENTITY_FIELDS_MAX + 2];
	struct filter *f = arena_alloc(&arena, ((size_t)n + 1) * sizeof(*f));
	struct row row;
	int got;

	if (!f)
		return err_nomem(e);
	for (int i = 0; i < n; i++)
		if (filter_parse(ent, str_of(terms[i]), when, &arena, f + i, e) < 0)
			return -1;
	if (entity_select(db, ent, f, (size_t)n, 0, &c, e) < 0)
		return -1;
	while ((got = entity_next(c, &row, e)) > 0) {
		cells_of(ent, c, &row, cells);
		if (out_rec(out, cells, e) < 0)
			return -1;
		++*rows;
	}
	return got;
}

static int as_pairs(const struct field *fields, const struct cell *cells, size_t n, struct out *out, struct err *e)
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

int listing_show(struct db *db, const struct entity *ent, const char *name, bool table, const struct field *fields,
		 struct out *out, struct err *e)
{
	AUTO(entity_cursor_freep) struct entity_cursor *c = NULL;
	struct cell cells[ENTITY_FIELDS_MAX + 2];
	struct row row;
	int64_t id;
	size_t n;

	if (entity_resolve(db, ent, str_of(name), &id, e) < 0 || entity_select(db, ent, NULL, 0, id, &c, e) < 0)
		return -1;
	if (entity_next(c, &row, e) <= 0)
		return err_set(e, E_NOTFOUND, "no %s \"%s\"", ent->noun, name);
	n = cells_of(ent, c, &row, cells);
	return table ? as_pairs(fields, cells, n, out, e) : out_rec(out, cells, e);
}
