/* SPDX-License-Identifier: MIT */
#include "store/where.h"

static int bind(struct where *w, const struct cell *c, struct err *e)
{
	if (w->nbind == WHERE_BINDS_MAX)
		return err_set(e, E_USAGE, "too many values in filters (at most %d)", WHERE_BINDS_MAX);
	w->bind[w->nbind++] = *c;
	return (int)(w->first + w->nbind - 1);
}

static int text_of(struct where *w, const struct cell *c, const char *column, const char *shape, struct err *e)
{
	int i = bind(w, c, e);

	return i < 0 ? -1 : sb_addf(&w->sql, shape, i, column);
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
			rc = text_of(w, &v->cell, column, "sit_glob($%d, %s)", e);
		else
			rc = text_of(w, &v->cell, column, "$%d = %s", e);
	}
	return rc;
}

static int range_of(struct where *w, const struct filter *f, const char *column, struct err *e)
{
	if (f->from.type != CELL_NULL && text_of(w, &f->from, column, "$%d <= %s", e) < 0)
		return -1;
	if (f->from.type != CELL_NULL && f->to.type != CELL_NULL)
		sb_adds(&w->sql, " AND ");
	if (f->to.type != CELL_NULL && text_of(w, &f->to, column, "$%d > %s", e) < 0)
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
		rc = db_match_check(f->value->cell.s, e) < 0 ? -1 :
							       text_of(w, &f->value->cell, column, "sit_match($%d, %s)", e);
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
