/* SPDX-License-Identifier: MIT */
/* Rows out of terms and records: what a value may be. */
#include "base/utf8.h"
#include "codec/json.h"
#include "os/file.h"
#include "os/zones.h"
#include "task/work.h"

#define FILE_MAX_LEN 65536 /* of a value given as @FILE */

static size_t characters(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += ((unsigned char)s.ptr[i] & 0xc0) != 0x80;
	return n;
}

/* Length and pattern of a custom field. */
static int check_custom(const struct field *f, const struct custom *own, struct str text, struct err *e)
{
	size_t n = characters(text);
	int fits;

	if (own->least && n < (size_t)own->least)
		return err_set(e, E_INPUT, "%s: needs at least %" PRId64 " characters", f->name, own->least);
	if (own->most && n > (size_t)own->most)
		return err_set(e, E_INPUT, "%s: at most %" PRId64 " characters", f->name, own->most);
	if (!own->pattern)
		return 0;
	fits = db_match(str_of(own->pattern), text, e);
	if (fits < 0)
		return err_wrap(e, "%s", f->name);
	return fits ? 0 : err_set(e, E_INPUT, "%s: \"%.*s\" does not match %s", f->name, (int)(text.len > 80 ? 80 : text.len), text.ptr, own->pattern);
}

/* JSON is kept in one form: compact, keys in their order. */
static int check_json(struct work *w, const struct field *f, struct cell *c, struct err *e)
{
	json_t *json = json_read(c->s, e);
	char *text;

	if (!json)
		return err_wrap(e, "%s", f->name);
	text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
	json_decref(json);
	c->s = str_of(text);
	c->s.ptr = text ? arena_dup(&w->arena, c->s) : NULL;
	free(text);
	return c->s.ptr ? 0 : err_nomem(e);
}

int work_assign_field(struct work *w, struct row *row, size_t i, struct str text, struct err *e)
{
	const struct field *f = w->ent->field + i;
	const struct custom *own = entity_custom(w->ent, i);
	struct cell *c = row->cell + i;
	const struct zone *zone;

	if (own && !own->id)
		return err_set(e, E_INPUT, "%s: is a field of another organisation", f->name);
	if (entity_value(f, text, &w->when, &w->arena, c, e) < 0)
		return -1;
	if (f->kind == FIELD_TZ && c->type == CELL_TEXT && zones_get(c->s.ptr, &zone, e) < 0) {
		e->code = E_INPUT;
		return err_wrap(e, "%s", f->name);
	}
	if (c->type == CELL_JSON && check_json(w, f, c, e) < 0)
		return -1;
	if (own && c->type == CELL_TEXT && check_custom(f, own, c->s, e) < 0)
		return -1;
	row_mark(row, i);
	return 0;
}

int work_assign(struct work *w, struct row *row, struct str term, struct err *e)
{
	AUTO(sb_done) struct sb file = SB_INIT(FILE_MAX_LEN);
	struct str name, op, text;
	int i;

	if (!term_split(term, &name, &op, &text) || op.ptr)
		return err_set(e, E_USAGE, "\"%.*s\" is no assignment: write field=value", STR_ARG(term));
	i = entity_field(w->ent, name);
	if (i < 0)
		return entity_unknown(w->ent, name, e);
	if (w->ent->field[i].flags & FIELD_READONLY)
		return err_set(e, E_USAGE, "%s: cannot be set", w->ent->field[i].name);
	if (row_has(row, (size_t)i))
		return err_set(e, E_USAGE, "%s: twice", w->ent->field[i].name);
	if (str_starts(text, "@@")) {
		text = (struct str){ text.ptr + 1, text.len - 1 };
	} else if (str_starts(text, "@")) {
		if (file_read(text.ptr + 1, &file, e) < 0)
			return err_wrap(e, "%s", w->ent->field[i].name);
		text = sb_str(&file);
		while (text.len && (text.ptr[text.len - 1] == '\n' || text.ptr[text.len - 1] == '\r'))
			text.len--;
	}
	return work_assign_field(w, row, (size_t)i, text, e);
}

int work_assign_record(struct work *w, struct row *row, struct str name, struct str text, struct err *e)
{
	int i = entity_field(w->ent, name);

	if (i < 0 && (str_is(name, "id") || str_is(name, "org")))
		return 0;
	if (i < 0)
		return entity_unknown(w->ent, name, e);
	return w->ent->field[i].flags & FIELD_READONLY ? 0 : work_assign_field(w, row, (size_t)i, text, e);
}
