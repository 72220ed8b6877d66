/* SPDX-License-Identifier: MIT */
#include "store/where.h"

static int bind(struct where *w, const struct cell *c, struct err *e)
{
	if (w->nbind == WHERE_BINDS_MAX)
		return err_set(e, E_USAGE, "too many values in filters (at most %d)", WHERE_BINDS_MAX);
	w->bind[w->nbind++] = *c;
	return (int)(w->first + w->nbind - 1);
}

/* before $i between column after */
static int compare(struct where *w, const struct cell *c, const char *before, const char *between, const char *column,
		   const char *after, struct err *e)
{
	int i = bind(w, c, e);

	return i < 0 ? -1 : sb_addf(&w->sql, "%s$%d%s%s%s", before, i, between, column, after);
}

static int any_of(struct where *w, const struct filter *f, const char *column, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < f->n && rc == 0; i++) {
		const struct filter_value *v = f->value + i;

		if (i)
			sb_adds(&w->sql, " OR ");
		if (v->cell.type == CELL_NULL)
			rc = sb_addf(&w->sql, "%s IS NULL", column);
		else if (v->glob)
			rc = compare(w, &v->cell, "sit_glob(", ", ", column, ")", e);
		else
			rc = compare(w, &v->cell, "", " = ", column, "", e);
	}
	return rc;
}

static int range_of(struct where *w, const struct filter *f, const char *column, struct err *e)
{
	if (f->from.type != CELL_NULL && compare(w, &f->from, "", " <= ", column, "", e) < 0)
		return -1;
	if (f->from.type != CELL_NULL && f->to.type != CELL_NULL)
		sb_adds(&w->sql, " AND ");
	if (f->to.type != CELL_NULL && compare(w, &f->to, "", " > ", column, "", e) < 0)
		return -1;
	return 0;
}

int where_add(struct where *w, const struct filter *f, const char *column, struct err *e)
{
	int rc = -1;

	sb_adds(&w->sql, w->sql.len ? " AND " : " ");
	sb_adds(&w->sql, f->negate ? "NOT COALESCE((" : "(");
	switch (f->op) {
	case FILTER_ANY:
		rc = any_of(w, f, column, e);
		break;
	case FILTER_RANGE:
		rc = range_of(w, f, column, e);
		break;
	case FILTER_REGEX:
		if (db_match_check(f->value->cell.s, e) == 0)
			rc = compare(w, &f->value->cell, "sit_match(", ", ", column, ")", e);
		break;
	}
	sb_adds(&w->sql, f->negate ? "), FALSE)" : ")");
	if (rc == 0 && w->sql.bad)
		return err_nomem(e);
	return rc;
}

void where_bind(const struct where *w, struct stmt *st)
{
	for (size_t i = 0; i < w->nbind; i++)
		stmt_bind_cell(st, (int)(w->first + i), w->bind + i);
}
