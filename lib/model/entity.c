/* SPDX-License-Identifier: MIT */
#include "model/entity.h"

#include "base/name.h"
#include "base/num.h"
#include "base/sb.h"
#include "base/utf8.h"

#define TEXT_MAX_LEN 4096 /* bytes of a text field without a limit of its own */

int entity_field(const struct entity *ent, struct str name)
{
	return field_find(ent->field, ent->n, name);
}

int entity_key(const struct entity *ent)
{
	for (size_t i = 0; i < ent->n; i++)
		if (ent->field[i].flags & FIELD_KEY)
			return (int)i;
	return 0;
}

const struct custom *entity_custom(const struct entity *ent, size_t i)
{
	return i + ent->ncustom >= ent->n ? ent->custom + (i + ent->ncustom - ent->n) : NULL;
}

/* Of a user it is "a": the word is spoken with a consonant. */
static const char *article(const struct entity *ent)
{
	return strchr("aeio", ent->noun[0]) ? "an" : "a";
}

int entity_unknown(const struct entity *ent, struct str name, struct err *e)
{
	struct near near = { 0 };
	char hint[96];

	for (size_t i = 0; i < ent->n; i++)
		near_offer(&near, name, str_of(ent->field[i].name));
	return err_set(e, E_USAGE, "%s %s has no field \"%.*s\"%s", article(ent), ent->noun, STR_ARG(name),
		       near_text(&near, hint, sizeof(hint)));
}

const struct cell *row_cell(const struct entity *ent, const struct row *row, const char *name)
{
	static const struct cell null = { .type = CELL_NULL };
	int i = entity_field(ent, str_of(name));

	return i < 0 ? &null : row->cell + i;
}

struct str row_text(const struct entity *ent, const struct row *row, const char *name)
{
	const struct cell *c = row_cell(ent, row, name);

	return c->type == CELL_TEXT || c->type == CELL_JSON ? c->s : (struct str){ NULL, 0 };
}

static int bad(const struct field *f, struct str text, const char *takes, struct err *e)
{
	return err_set(e, E_INPUT, "%s: \"%.*s\" %s", f->name, (int)(text.len > 80 ? 80 : text.len), text.ptr, takes);
}

static int number_value(const struct field *f, struct str text, struct cell *c, struct err *e)
{
	double v = 0;
	enum num_verdict verdict = num_parse(text, &v);

	if (f->kind == FIELD_INT) {
		c->type = CELL_INT;
		if (!num_parse_int(text, &c->i))
			return bad(f, text, "is not a whole number", e);
		v = (double)c->i;
	} else {
		if (verdict != NUM_OK)
			return bad(f, text, num_why(verdict), e);
		*c = CELL_OF_REAL(v);
	}
	if (f->max > f->min && (v < f->min || v > f->max))
		return err_set(e, E_INPUT, "%s: %.*s is outside %g..%g", f->name, STR_ARG(text), f->min, f->max);
	return 0;
}

static void add_words(const struct field *f, struct sb *all)
{
	for (const char *const *w = f->words; w && *w; w++)
		sb_addf(all, "%s%s", all->len ? ", " : "", *w);
}

int entity_word(const struct field *f, struct str text, struct err *e)
{
	AUTO(sb_done) struct sb all = SB_INIT(300);
	struct near near = { 0 };
	char hint[96];

	for (const char *const *w = f->words; w && *w; w++) {
		if (str_is(text, *w))
			return 0;
		near_offer(&near, text, str_of(*w));
	}
	add_words(f, &all);
	return !f->words ? 0 : err_set(e, E_INPUT, "%s: \"%.*s\" is none of %s%s", f->name, STR_ARG(text), sb_cstr(&all),
		       near_text(&near, hint, sizeof(hint)));
}

static int bool_value(const struct field *f, struct str text, struct cell *c, struct err *e)
{
	bool yes = str_is(text, "true") || str_is(text, "yes") || str_is(text, "on") || str_is(text, "1");
	bool no = str_is(text, "false") || str_is(text, "no") || str_is(text, "off") || str_is(text, "0");

	*c = CELL_OF_BOOL(yes);
	return yes || no ? 0 : bad(f, text, "is neither true nor false", e);
}

/* References may be written CHILD/NAME or id:42; resolving decides. */
static int ref_value(const struct field *f, struct str text, struct err *e)
{
	const char *slash = memchr(text.ptr, '/', text.len);
	struct str name = text;

	if (str_starts(text, "id:"))
		return 0;
	if (slash)
		name = (struct str){ slash + 1, text.len - (size_t)(slash + 1 - text.ptr) };
	return name_valid(name) ? 0 : bad(f, text, "is not a name", e);
}

/* Every word of a list is one of the field's words, when it has some. */
static int words_value(const struct field *f, struct str text, struct err *e)
{
	for (size_t i = 0; f->words && i <= text.len;) {
		const char *comma = memchr(text.ptr + i, ',', text.len - i);
		struct str word = { text.ptr + i, comma ? (size_t)(comma - text.ptr) - i : text.len - i };

		if (entity_word(f, word, e) < 0)
			return -1;
		i += word.len + 1;
	}
	return 0;
}

static bool is_date(struct str text)
{
	int d[10];

	for (size_t i = 0; i < 10; i++) {
		bool dash = i == 4 || i == 7;

		if (text.len != 10 || (dash ? text.ptr[i] != '-' : text.ptr[i] < '0' || text.ptr[i] > '9'))
			return false;
		d[i] = text.ptr[i] - '0';
	}
	return civil_valid(&(struct civil){ .year = d[0] * 1000 + d[1] * 100 + d[2] * 10 + d[3], .month = d[5] * 10 + d[6],
					    .day = d[8] * 10 + d[9] });
}

/* SCHEME:REST without blanks. */
static bool is_url(struct str text)
{
	const char *colon = memchr(text.ptr, ':', text.len);

	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.ptr[i] <= ' ' || (text.ptr + i < colon && !strchr("+.-", text.ptr[i]) &&
							   !((text.ptr[i] | 0x20) >= 'a' && (text.ptr[i] | 0x20) <= 'z') &&
							   !(text.ptr[i] >= '0' && text.ptr[i] <= '9')))
			return false;
	return colon && colon > text.ptr && (size_t)(colon - text.ptr) + 1 < text.len;
}

/* LOCAL@DOMAIN without blanks: whether mail gets there only sending tells. */
static bool is_email(struct str text)
{
	const char *at = memchr(text.ptr, '@', text.len);

	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.ptr[i] <= ' ')
			return false;
	return at && at > text.ptr && at + 1 < text.ptr + text.len && !memchr(at + 1, '@', text.len - (size_t)(at + 1 - text.ptr));
}

static int text_value(const struct field *f, struct str text, struct err *e)
{
	double most = f->max > 0 ? f->max : TEXT_MAX_LEN;

	if ((double)text.len > most)
		return err_set(e, E_INPUT, "%s: longer than %g bytes", f->name, most);
	if (f->kind == FIELD_NAME && !name_valid(text))
		return bad(f, text, "is not a name: 1 to 63 of letters, digits, '.', '_', '-'; a letter or digit first", e);
	if (f->kind == FIELD_IDENT && !ident_valid(text))
		return bad(f, text, "is not an identifier: 1 to 63 of letters, digits, '_'; a letter first", e);
	if (f->kind == FIELD_DATE && !is_date(text))
		return bad(f, text, "is not a day (2026-01-31)", e);
	if (f->kind == FIELD_URL && !is_url(text))
		return bad(f, text, "is not a URL (https://...)", e);
	if (f->kind == FIELD_EMAIL && !is_email(text))
		return bad(f, text, "is not a mail address", e);
	if (f->kind == FIELD_WORDS)
		return words_value(f, text, e);
	if (f->kind == FIELD_ENUM)
		return entity_word(f, text, e);
	return f->kind == FIELD_REF ? ref_value(f, text, e) : 0;
}

int entity_value(const struct field *f, struct str text, const struct time_ctx *when, struct arena *a, struct cell *c,
		 struct err *e)
{
	*c = CELL_OF_NULL;
	if (text.len == 0)
		return 0;
	if (!utf8_valid(text))
		return err_set(e, E_INPUT, "%s: not UTF-8 text", f->name);
	switch (f->kind) {
	case FIELD_INT:
	case FIELD_REAL:
		return number_value(f, text, c, e);
	case FIELD_BOOL:
		return bool_value(f, text, c, e);
	case FIELD_TIME:
		c->type = CELL_TIME;
		return time_parse(text, when, &c->i, e) < 0 ? err_wrap(e, "%s", f->name) : 0;
	case FIELD_DUR:
		c->type = CELL_INT;
		return dur_parse(text, &c->i, e) < 0 ? err_wrap(e, "%s", f->name) : 0;
	case FIELD_JSON:
	case FIELD_TEXT:
	case FIELD_NAME:
	case FIELD_IDENT:
	case FIELD_ENUM:
	case FIELD_TZ:
	case FIELD_REF:
	case FIELD_WORDS:
	case FIELD_VALUE:
	case FIELD_VERSION:
	case FIELD_DATE:
	case FIELD_URL:
	case FIELD_EMAIL:
		break;
	}
	if (text_value(f, text, e) < 0)
		return -1;
	*c = f->kind == FIELD_JSON ? CELL_OF_JSON(text) : CELL_OF_TEXT(text);
	c->s.ptr = arena_dup(a, text);
	return c->s.ptr ? 0 : err_nomem(e);
}

static int complete_field(const struct entity *ent, size_t i, const struct row *old, struct row *now, struct arena *a, struct err *e)
{
	const struct field *f = ent->field + i;
	const struct custom *own = entity_custom(ent, i);
	AUTO(sb_done) struct sb all = SB_INIT(300);
	struct time_ctx never = { 0 };

	if (f->flags & FIELD_READONLY || (own && !own->id))
		return 0;
	if (!old && !row_has(now, i) && f->def) {
		if (entity_value(f, str_of(f->def), &never, a, now->cell + i, e) < 0)
			return err_wrap(e, "default");
		row_mark(now, i);
	}
	if (old && row_has(now, i) && f->flags & FIELD_FIXED && now->cell[i].type != old->cell[i].type)
		return err_set(e, E_INPUT, "%s: cannot be changed", f->name);
	/* A custom field may have become required after the thing was made: only what is given is asked for then. */
	if (!(f->flags & FIELD_REQUIRED) || now->cell[i].type != CELL_NULL || (own && old && !row_has(now, i)))
		return 0;
	add_words(f, &all);
	return err_set(e, E_INPUT, "%s: %s %s needs one (%s=%s)", f->name, article(ent), ent->noun, f->name, all.len ? sb_cstr(&all) : "...");
}

int entity_complete(const struct entity *ent, const struct row *old, struct row *now, struct arena *a, struct err *e)
{
	for (size_t i = 0; i < ent->n; i++)
		if (complete_field(ent, i, old, now, a, e) < 0)
			return -1;
	return ent->check ? ent->check(old, now, e) : 0;
}

bool cell_same(const struct cell *a, const struct cell *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == CELL_TEXT || a->type == CELL_JSON)
		return str_eq(a->s, b->s);
	return a->type == CELL_NULL || (a->type == CELL_REAL ? a->r == b->r : a->i == b->i);
}

const struct entity *nouns_find(const struct nouns *nouns, const char *noun)
{
	for (size_t i = 0; entities[i]; i++)
		if (strcmp(entities[i]->noun, noun) == 0)
			return nouns ? nouns->of[i] : entities[i];
	return NULL;
}
