/* SPDX-License-Identifier: MIT */
#include "carry/named.h"

#include <strings.h>

#include "codec/json.h"
#include "os/signal.h"
#include "store/notice.h"

/* ---- texts that name somebody ---- */

bool named_actor(struct str actor, struct str name)
{
	static const char sudo[] = " sudo ";

	for (size_t at = 0; at + name.len <= actor.len; at++) {
		size_t end = at + name.len;

		if (memcmp(actor.ptr + at, name.ptr, name.len) != 0 || (end < actor.len && actor.ptr[end] != '('))
			continue;
		if (at == 0 || (at >= sizeof(sudo) && actor.ptr[at - sizeof(sudo)] == ')' &&
				memcmp(actor.ptr + at - sizeof(sudo) + 1, sudo, sizeof(sudo) - 1) == 0))
			return true;
	}
	return false;
}

static bool of_address(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c != '\0' && strchr("._%+-@", c));
}

/* The address stands in the text, and is not part of a longer one. */
static bool has_address(struct str text, struct str address)
{
	for (size_t at = 0; address.len && at + address.len <= text.len; at++) {
		size_t end = at + address.len;

		if (strncasecmp(text.ptr + at, address.ptr, address.len) == 0 && (at == 0 || !of_address(text.ptr[at - 1])) &&
		    (end == text.len || !of_address(text.ptr[end]) || (text.ptr[end] == '.' && (end + 1 == text.len || !of_address(text.ptr[end + 1])))))
			return true;
	}
	return false;
}

static bool is_named(const struct named_person *who, enum naming how, struct str text)
{
	if (how == NAMES_USER)
		return named_actor(text, who->name);
	return has_address(text, who->email) || has_address(text, who->phone);
}

/* ---- rows ---- */

bool named_table(const struct db_table *t)
{
	for (const struct named *n = namings; n->table; n++)
		if (strcmp(n->table, t->name) == 0)
			return true;
	return false;
}

static bool in_column(const struct named_person *who, const struct named *n, const struct db_table *t, const struct cell *row)
{
	int column = strcmp(n->table, t->name) == 0 ? db_column_find(t, str_of(n->column)) : -1;

	return column >= 0 && row[column].type == CELL_TEXT && is_named(who, n->how, row[column].s);
}

bool named_row(const struct named_person *who, const struct db_table *t, const struct cell *row)
{
	for (const struct named *n = namings; n->table; n++)
		if (in_column(who, n, t, row))
			return true;
	return false;
}

/* A member called as a column that names people does. */
static bool in_json(const struct named_person *who, struct str text)
{
	struct err ignored = { 0 };
	json_t *json = text.ptr ? json_read(text, &ignored) : NULL;
	bool found = false;

	for (const struct named *n = namings; json && n->table && !found; n++) {
		const json_t *v = json_object_get(json, n->column);

		found = json_is_string(v) && is_named(who, n->how, (struct str){ json_string_value(v), json_string_length(v) });
	}
	json_decref(json);
	return found;
}

bool named_trail(const struct named_person *who, const struct audit *a)
{
	static const char user[] = "user:";
	struct str name = { NULL, 0 };

	if (str_starts(a->name, user))
		name = (struct str){ a->name.ptr + sizeof(user) - 1, a->name.len - sizeof(user) + 1 };
	return (str_is(a->noun, "limit") && str_eq(name, who->name)) || in_json(who, a->old) || in_json(who, a->now);
}

/* ---- erasing ---- */

struct spot {
	int64_t id;
	size_t column;
};

struct spots {
	struct spot *v;
	size_t n, cap;
};

static int add_spot(struct spots *s, int64_t id, size_t column, struct err *e)
{
	if (s->n == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 64;
		struct spot *v = realloc(s->v, cap * sizeof(*v));

		if (!v)
			return err_nomem(e);
		s->v = v;
		s->cap = cap;
	}
	s->v[s->n++] = (struct spot){ id, column };
	return 0;
}

/* A channel that works is not silently made one that tells nobody. */
static int leads_to_them(const struct named *n, const struct db_table *t, const struct cell *row, struct err *e)
{
	int retired = db_column_find(t, STR("retired"));

	if (strcmp(t->name, "channel") != 0 || row[retired].type != CELL_NULL)
		return 0;
	return err_set(e, E_CONFLICT, "channel %.*s has their address (%s): nothing was erased; give it another first (sit-notify channel set)",
		       STR_ARG(row[db_column_find(t, STR("name"))].s), n->column);
}

static int find_spots(struct db *db, const struct named *n, const struct db_table *t, const struct named_person *who, struct spots *s, struct err *e)
{
	AUTO(db_rows_freep) struct db_rows *rows = NULL;
	int got, id = db_column_find(t, STR("id")), column = db_column_find(t, str_of(n->column));
	const struct cell *row;

	if (db_rows_open(db, t, db_self(db), NULL, &rows, e) < 0)
		return -1;
	while ((got = db_rows_next(rows, &row, e)) > 0) {
		if (in_column(who, n, t, row) && (leads_to_them(n, t, row, e) < 0 || add_spot(s, row[id].i, (size_t)column, e) < 0))
			return -1;
		if (stop_requested())
			return stop_error(e);
	}
	return got;
}

static int set_text(struct db *db, const struct db_table *t, int64_t id, const char *column, struct str text, struct err *e)
{
	int at = db_column_find(t, str_of(column));

	return at < 0 ? err_set(e, E_BUG, "%s.%s", t->name, column) : db_row_set(db, t, id, (size_t)at, &CELL_OF_TEXT(text), e);
}

/* Its key has the address in it; what has not gone out never does. */
static int erase_notice(struct db *db, const struct db_table *t, int64_t id, const char *label, struct err *e)
{
	char key[80];

	(void)snprintf(key, sizeof(key), "%s:%" PRId64, label, id);
	return set_text(db, t, id, "key", str_of(key), e) < 0 ? -1 : notice_drop(db, id, e);
}

static int erase_spots(struct db *db, const struct named *n, const struct db_table *t, const struct spots *s, const char *label, struct err *e)
{
	for (size_t i = 0; i < s->n; i++) {
		if (db_row_set(db, t, s->v[i].id, s->v[i].column, &CELL_OF_TEXT(str_of(label)), e) < 0)
			return -1;
		if (strcmp(t->name, "notice") == 0 && strcmp(n->column, "to") == 0 && erase_notice(db, t, s->v[i].id, label, e) < 0)
			return -1;
	}
	return 0;
}

int named_erase(struct db *db, const struct db_tables *all, const struct named_person *who, const char *label, struct err *e)
{
	for (const struct named *n = namings; n->table; n++) {
		const struct db_table *t = db_table_find(all, str_of(n->table));
		struct spots s = { 0 };
		int rc = t ? find_spots(db, n, t, who, &s, e) : 0;

		if (rc == 0 && t)
			rc = erase_spots(db, n, t, &s, label, e);
		free(s.v);
		if (rc < 0)
			return -1;
	}
	return 0;
}
