/* SPDX-License-Identifier: MIT */
#include "task/find.h"

#include <jansson.h>

#include "store/entity.h"
#include "task/programs.h"

/* clang-format off */
const struct field find_fields[] = {
	{ .name = "what", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "the noun, or program, verb, option, field" },
	{ .name = "name", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "its name, or the words that say it" },
	{ .name = "about", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "its title, or what it is for" },
};
/* clang-format on */
const size_t find_count = COUNT(find_fields);

/* ---- in the estate ---- */

static bool has_text(const struct field *f)
{
	return f->kind == FIELD_NAME || f->kind == FIELD_IDENT || f->kind == FIELD_TEXT || f->kind == FIELD_URL || f->kind == FIELD_EMAIL ||
	       f->kind == FIELD_VERSION;
}

/* "a ~ '(?i)word' or b ~ ..." over all fields of text; bytes that mean something in a regular expression are quoted. */
static int selector_of(const struct entity *ent, const char *word, struct sb *sb)
{
	for (size_t i = 0; i < ent->n; i++) {
		if (!has_text(ent->field + i))
			continue;
		sb_addf(sb, "%s%s ~ '(?i)", sb->len ? " or " : "", ent->field[i].name);
		for (const char *c = word; *c; c++) {
			if ((unsigned char)*c < 0x80 && !((*c >= '0' && *c <= '9') || ((*c | 0x20) >= 'a' && (*c | 0x20) <= 'z')))
				sb_addc(sb, '\\');
			sb_addc(sb, *c);
			if (*c == '\'')
				sb_addc(sb, *c);
		}
		sb_addc(sb, '\'');
	}
	return sb->bad ? -1 : 0;
}

static int find_of_noun(struct work *w, const char *word, struct out *out, size_t *rows, struct err *e)
{
	AUTO(entity_cursor_freep) struct entity_cursor *c = NULL;
	AUTO(sb_done) struct sb text = SB_INIT(1 << 20);
	struct select_ctx ctx = work_select(w);
	struct entity_ask ask = { .ctx = &ctx };
	struct row *row = arena_alloc(&w->keep, sizeof(*row));
	int title = entity_field(w->ent, STR("title")), got;

	if (!row || selector_of(w->ent, word, &text) < 0)
		return err_nomem(e);
	if (select_parse(&ctx, sb_str(&text), &ask.select, e) < 0 || entity_select(w->db, &ask, &c, e) < 0)
		return -1;
	while ((got = entity_next(c, row, e)) > 0) {
		struct cell cells[] = { CELL_OF_TEXT(str_of(w->ent->noun)), row->cell[entity_key(w->ent)],
					title < 0 ? CELL_OF_NULL : row->cell[title] };

		++*rows;
		if (out_rec(out, cells, e) < 0)
			return -1;
	}
	return got;
}

int find_things(struct work *w, const char *word, struct out *out, size_t *rows, struct err *e)
{
	for (const struct entity *const *ent = entities; *ent; ent++) {
		if ((*ent)->only[0]) /* a second door to the things of another noun */
			continue;
		work_turn(w, (*ent)->noun);
		if (find_of_noun(w, word, out, rows, e) < 0)
			return -1;
	}
	return 0;
}

/* ---- in the programs ---- */

struct searching {
	const char *word;
	struct out *out;
	size_t *rows;
};

static int tell(const struct searching *s, const char *what, const char *program, const char *name, const char *help, struct err *e)
{
	char full[200];

	if (!strcasestr(name, s->word) && !strcasestr(help, s->word))
		return 0;
	++*s->rows;
	(void)snprintf(full, sizeof(full), "%s%s%s", program, *program ? " " : "", name);
	return out_rec(s->out, (struct cell[]){ CELL_OF_TEXT(str_of(what)), CELL_OF_TEXT(str_of(full)), CELL_OF_TEXT(str_of(help)) }, e);
}

static const char *word_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static int tell_all(const struct searching *s, const json_t *about, const char *list, const char *what, const char *key, const char *dashes,
		    struct err *e)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(about, list), i, one)
	{
		char name[100];

		if (json_is_true(json_object_get(one, "common")))
			continue;
		(void)snprintf(name, sizeof(name), "%s%s", dashes, word_of(one, key));
		if (tell(s, what, word_of(about, "name"), name, word_of(one, "help"), e) < 0)
			return -1;
	}
	return 0;
}

static int search_program(const json_t *about, void *arg, struct err *e)
{
	const struct searching *s = arg;

	if (tell(s, "program", "", word_of(about, "name"), word_of(about, "brief"), e) < 0 ||
	    tell_all(s, about, "verbs", "verb", "name", "", e) < 0 || tell_all(s, about, "options", "option", "long", "--", e) < 0)
		return -1;
	return tell_all(s, about, "fields", "field", "name", "", e);
}

int find_words(const char *word, struct out *out, size_t *rows, struct err *e)
{
	struct searching s = { word, out, rows };

	return programs_each(search_program, &s, e);
}
