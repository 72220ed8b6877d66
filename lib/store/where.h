/* SPDX-License-Identifier: MIT */
/* Selectors compiled to bound SQL, in one place. */
#ifndef SIT_STORE_WHERE_H
#define SIT_STORE_WHERE_H

#include "db/db.h"
#include "model/select.h"

#define WHERE_BINDS_MAX 20000
#define WHERE_GROUPS_MAX 16 /* groups in groups */

/* A condition under construction: text and the values of its parameters, numbered from `first`. */
struct where {
	struct db *db;
	const struct select_ctx *ctx; /* what the selectors were read over; groups are read over the same */
	struct sb sql;
	size_t first, nbind, cap;
	struct cell *bind;
	int names, depth;
};

/* An empty condition; where_done() frees it. */
struct where where_begin(struct db *db, const struct select_ctx *ctx, size_t first);
void where_done(struct where *w);
/* A parameter for the value: its number, or -1 when there are too many (E_USAGE). */
int where_param(struct where *w, const struct cell *c, struct err *e);
/* Append the selector as an expression over the table called `alias` (ours, never data). Groups are looked up: E_NOTFOUND, E_CONFLICT for a circle. */
int where_select(struct where *w, const struct select *s, const char *alias, struct err *e);
/* Append to sql (of the same statement): the column fits the pattern with wildcards. */
int where_glob(struct where *w, struct sb *sql, struct str pattern, const char *column, struct err *e);
/* What a value is asked: does the pattern match, or is it within one end of a range of versions. */
struct where_test {
	struct str text;
	bool version, upper, closed; /* upper: text is the end, not the beginning; closed: text itself fits */
};
/* Append to w: the column has one of the values, of those that it has in `from` ("TABLE ALIAS"), which fit. E_USAGE for a pattern that is too costly. */
int where_values(struct where *w, const struct where_test *t, const char *column, const char *from, struct err *e);
/* Bind the values to a prepared statement; they must live as long as it is stepped. */
void where_bind(const struct where *w, struct stmt *st);


/* A question with a selector (NULL: none) over the table called alias, whose values are parameters from `first` on. */
struct where_ask {
	const struct select_ctx *ctx;
	const struct select *select;
	const char *alias;
	size_t first;
};
/*
 * text ("... WHERE ...", ours), the selector as one more condition, tail: prepared, with the selector's values bound; their texts live in the selector's arena. Parameters
 * before `first` are the caller's to bind. The caller frees *out.
 */
int where_prepare(struct db *db, const struct where_ask *q, struct sb *text, const char *tail, struct stmt **out, struct err *e);

#endif
