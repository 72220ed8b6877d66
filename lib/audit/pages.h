/* SPDX-License-Identifier: MIT */
/* Rows of a table that only grows (quarantine, audit), by id and filters, a page at a time: no snapshot is held while they are worked on. */
#ifndef SIT_AUDIT_PAGES_H
#define SIT_AUDIT_PAGES_H

#include "db/db.h"
#include "model/select.h"

/* What is read: the descriptor whose fields filters name, the fields of a row (the id first), the rows behind an id. */
struct pages {
	const struct entity *ent;
	const struct field *field;
	size_t n;
	int (*select)(struct db *db, const struct select_ctx *ctx, const struct select *select, int64_t after, int64_t limit,
		      struct stmt **out, struct err *e);
};

/* Which rows: terms (sit-selectors(7)), a bare integer is an id; all must hold. */
struct pages_ask {
	char **term;
	int n;
	struct time_ctx when;
	const struct nouns *nouns; /* with custom fields of what filters follow references to; NULL: none */
	const struct select *select; /* and this, which the caller has read over the descriptor; NULL: none */
	int64_t after; /* only rows with a greater id */
};

/* What the store keeps of the field, as the kind of cell that the field is. */
struct cell field_cell(const struct field *f, struct cell c);
/* The terms as one selector, in the context's arena; NULL in *out when there are none. */
int pages_terms(const struct select_ctx *ctx, char *const *term, int n, const struct select **out, struct err *e);
/* fn gets each row's cells, oldest first; it may write. */
int pages_each(struct db *db, const struct pages *p, const struct pages_ask *ask,
	       int (*fn)(const struct cell *cells, void *arg, struct err *e), void *arg, struct err *e);

#endif
