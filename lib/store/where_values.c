/* SPDX-License-Identifier: MIT */
/*
 * Conditions that a backend cannot work out as we mean them. Patterns of PCRE2 and the order of versions are asked of every value that the column
 * has, here in C, and the statement gets the list of those that fit: so the meaning is the same to the letter on every backend, wherever the
 * condition stands. Wildcards become a regular expression that all mean alike.
 */
#include "base/name.h"
#include "store/impl.h"
#include "store/where.h"

#define LIST_MAX ((size_t)256 << 20)

int where_glob(struct where *w, struct sb *sql, struct str pattern, const char *column, struct err *e)
{
	struct sb regex = SB_INIT(1 << 20);
	struct cell c = CELL_OF_TEXT(pattern);
	int at, rc;

	if (db_matches(w->db)) {
		at = where_param(w, &c, e);
		return at < 0 ? -1 : sb_addf(sql, "sit_glob($%d, %s)", at, column);
	}
	rc = glob_regex(pattern, &regex);
	c.s = (struct str){ rc < 0 ? NULL : arena_dup(w->ctx->arena, sb_str(&regex)), regex.len };
	sb_done(&regex);
	if (!c.s.ptr)
		return err_nomem(e);
	at = where_param(w, &c, e);
	/* A character for each byte. */
	return at < 0 ? -1 : sb_addf(sql, "convert_from(convert_to(%s, 'UTF8'), 'LATIN1') ~ $%d", column, at);
}

/* 1, 0, -1. */
static int fits(const struct where_test *t, struct str v, struct err *e)
{
	int c;

	if (!t->version)
		return db_match(t->text, v, e);
	c = version_cmp(t->text, v);
	return t->upper ? c > 0 || (t->closed && c == 0) : c < 0 || (t->closed && c == 0);
}

/* The values of the column that fit, as a JSON list. */
static int list(struct where *w, const struct where_test *t, const char *column, const char *from, struct sb *json, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(4096);
	AUTO(stmt_freep) struct stmt *st = NULL;
	int got;

	sb_addf(&text, "SELECT DISTINCT %s FROM %s", column, from);
	if (text.bad)
		return err_nomem(e);
	if (db_prepare(w->db, sb_cstr(&text), NULL, &st, e) < 0)
		return -1;
	sb_addc(json, '[');
	while ((got = stmt_step(st, e)) > 0) {
		int fit = stmt_is_null(st, 0) ? 0 : fits(t, stmt_text(st, 0), e);

		if (fit < 0)
			return -1;
		if (!fit)
			continue;
		if (json->len > 1)
			sb_addc(json, ',');
		sb_json(json, stmt_text(st, 0));
	}
	if (sb_addc(json, ']') < 0)
		return err_set(e, E_USAGE, "too many values fit the condition");
	return got;
}

int where_values(struct where *w, const struct where_test *t, const char *column, const char *from, struct err *e)
{
	struct sb json = SB_INIT(LIST_MAX);
	int rc = list(w, t, column, from, &json, e), at;
	struct cell c = CELL_OF_TEXT(((struct str){ rc < 0 ? NULL : arena_dup(w->ctx->arena, sb_str(&json)), json.len }));

	sb_done(&json);
	if (rc < 0)
		return -1;
	if (!c.s.ptr)
		return err_nomem(e);
	at = where_param(w, &c, e);
	return at < 0 ? -1
		      : sb_addf(&w->sql, "%s = ANY (ARRAY(SELECT x.v FROM json_array_elements_text(CAST($%d AS json)) x (v)))", column, at);
}
