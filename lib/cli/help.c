/* SPDX-License-Identifier: MIT */
/* --help for people, --describe for programs: both out of the same tables. */
#include "cli/cli.h"

#define FIELDS_MANY 20

struct helping {
	struct sb *sb;
	const char *head;
};

static void help_option(const struct opt *o, const char *head, bool shared, void *arg)
{
	struct helping *h = arg;
	char left[64];
	int n;

	if (shared)
		return;
	if (!h->head || strcmp(h->head, head) != 0)
		sb_addf(h->sb, "\n%s:\n", head);
	h->head = head;
	if (o->letter)
		n = snprintf(left, sizeof(left), "-%c, --%s%s%s", o->letter, o->name, o->arg ? " " : "", o->arg ? o->arg : "");
	else
		n = snprintf(left, sizeof(left), "    --%s%s%s", o->name, o->arg ? " " : "", o->arg ? o->arg : "");
	if (n > 26)
		sb_addf(h->sb, "  %s\n  %26s  %s\n", left, "", o->help);
	else
		sb_addf(h->sb, "  %-26s  %s\n", left, o->help);
}

/* Behind what is on the line, or on a new one. */
static void add_word(struct sb *sb, const char *word)
{
	size_t at = sb->len;

	while (at && sb->buf[at - 1] != '\n')
		at--;
	if (sb->len - at + strlen(word) + 1 > 78)
		sb_adds(sb, "\n ");
	sb_addf(sb, " %s", word);
}

static void help_common(const struct opt *o, const char *head, bool shared, void *arg)
{
	struct helping *h = arg;
	char word[64];

	(void)head;
	if (!shared)
		return;
	if (o->letter)
		(void)snprintf(word, sizeof(word), "-%c/--%s", o->letter, o->name);
	else
		(void)snprintf(word, sizeof(word), "--%s", o->name);
	add_word(h->sb, word);
}

/* With many fields, those that a list does not show are only named: --help is one screen. */
static void help_fields(const struct entity *ent, struct sb *sb)
{
	bool many = ent->n > FIELDS_MANY, more = false;

	sb_addf(sb, "\nFields of a %s:\n", ent->noun);
	for (size_t i = 0; i < ent->n; i++) {
		const struct field *f = ent->field + i;

		if (!(f->flags & FIELD_READONLY) && (!many || f->flags & (FIELD_LIST | FIELD_REQUIRED)))
			sb_addf(sb, "  %-18s  %s\n", f->name, f->help);
	}
	for (size_t i = 0; many && i < ent->n; i++) {
		if (ent->field[i].flags & (FIELD_READONLY | FIELD_LIST | FIELD_REQUIRED))
			continue;
		sb_adds(sb, more ? "" : "  and, in the manual:\n ");
		add_word(sb, ent->field[i].name);
		more = true;
	}
	sb_adds(sb, more ? "\n" : "");
}

/* Of one of several nouns the fields are named; the manual says what they mean. */
static void help_names(const struct entity *ent, struct sb *sb)
{
	sb_addf(sb, "\nFields of a %s:\n ", ent->noun);
	for (size_t i = 0; i < ent->n; i++)
		if (!(ent->field[i].flags & FIELD_READONLY))
			add_word(sb, ent->field[i].name);
	sb_addc(sb, '\n');
}

int help_print(const struct prog *p, struct sb *sb)
{
	struct helping h = { sb, NULL };

	sb_addf(sb, "%s - %s\n\nExamples:\n", p->name, p->brief);
	for (const struct example *x = p->examples; x && x->command; x++)
		sb_addf(sb, "  %s\n      %s\n", x->command, x->help);
	if (p->verbs)
		sb_addf(sb, "\nUsage: %s [options] VERB [operands]\n\nVerbs:\n", p->name);
	else
		sb_addf(sb, "\nUsage: %s [options]%s%s\n", p->name, p->operands && *p->operands ? " " : "",
			p->operands ? p->operands : "");
	for (const struct verb *v = p->verbs; v && v->name; v++) {
		char left[64];

		(void)snprintf(left, sizeof(left), "%s %s", v->name, v->operands);
		if (strlen(left) > 28)
			sb_addf(sb, "  %s\n  %28s  %s\n", left, "", v->help);
		else
			sb_addf(sb, "  %-28s  %s\n", left, v->help);
	}
	if (p->entity)
		help_fields(p->entity, sb);
	for (size_t i = 0; p->nouns && p->nouns[i]; i++)
		help_names(p->nouns[i], sb);
	opt_each(p, help_option, &h);
	sb_adds(sb, "\nCommon options, in sit(1):\n ");
	opt_each(p, help_common, &h);
	return sb_addf(sb, "\n\nThe manual: man %s\n", p->name);
}

/* ---- --describe ---- */

static void member(struct sb *sb, const char *key, const char *value)
{
	char last = sb->len ? sb->buf[sb->len - 1] : '{';

	if (last != '{' && last != '[')
		sb_addc(sb, ',');
	sb_json(sb, str_of(key));
	sb_addc(sb, ':');
	sb_json(sb, str_of(value ? value : ""));
}

static void words_member(struct sb *sb, const char *const *w)
{
	sb_adds(sb, ",\"words\":[");
	for (; w && *w; w++) {
		if (sb->buf[sb->len - 1] != '[')
			sb_addc(sb, ',');
		sb_json(sb, str_of(*w));
	}
	sb_addc(sb, ']');
}

static void open_object(struct sb *sb)
{
	sb_adds(sb, sb->buf[sb->len - 1] == '[' ? "{" : ",{");
}

struct describing {
	const struct prog *p;
	struct sb *sb;
};

static void describe_option(const struct opt *o, const char *head, bool shared, void *arg)
{
	const struct describing *d = arg;
	struct sb *sb = d->sb;
	char letter[2] = { o->letter, '\0' };
	AUTO(sb_done) struct sb verbs = SB_INIT(1024);

	open_object(sb);
	member(sb, "long", o->name);
	member(sb, "short", letter);
	member(sb, "arg", o->arg);
	member(sb, "help", o->help);
	member(sb, "group", head);
	sb_adds(sb, shared ? ",\"common\":true" : ",\"common\":false");
	(void)opt_verbs(d->p, o, &verbs);
	member(sb, "verbs", sb_cstr(&verbs));
	words_member(sb, o->words);
	sb_addc(sb, '}');
}

static void describe_fields(const struct field *f, size_t n, struct sb *sb)
{
	static const struct {
		unsigned flag;
		const char *word;
	} flags[] = { { FIELD_KEY, "key" }, { FIELD_REQUIRED, "required" }, { FIELD_READONLY, "readonly" },
		      { FIELD_FIXED, "fixed" }, { FIELD_LIST, "list" }, { FIELD_HIDDEN, "hidden" } };

	sb_adds(sb, ",\"fields\":[");
	for (size_t i = 0; i < n; i++) {
		const char *list[COUNT(flags) + 1] = { NULL };
		size_t k = 0;

		open_object(sb);
		member(sb, "name", f[i].name);
		member(sb, "kind", field_kind_word(f[i].kind));
		for (size_t j = 0; j < COUNT(flags); j++)
			if (f[i].flags & flags[j].flag)
				list[k++] = flags[j].word;
		sb_adds(sb, ",\"flags\":[");
		for (size_t j = 0; j < k; j++) {
			sb_adds(sb, j ? "," : "");
			sb_json(sb, str_of(list[j]));
		}
		sb_addc(sb, ']');
		member(sb, "ref", f[i].ref);
		words_member(sb, f[i].words);
		member(sb, "default", f[i].def);
		member(sb, "help", f[i].help);
		sb_addc(sb, '}');
	}
	sb_addc(sb, ']');
}

static void describe_verbs(const struct prog *p, struct sb *sb)
{
	sb_adds(sb, ",\"verbs\":[");
	for (const struct verb *v = p->verbs; v && v->name; v++) {
		open_object(sb);
		member(sb, "name", v->name);
		member(sb, "operands", v->operands);
		member(sb, "help", v->help);
		if (p->nouns && prog_noun(p, v))
			member(sb, "noun", prog_noun(p, v)->noun);
		sb_addc(sb, '}');
	}
	sb_addc(sb, ']');
}

static void describe_nouns(const struct prog *p, struct sb *sb)
{
	sb_adds(sb, ",\"nouns\":[");
	for (size_t i = 0; p->nouns && p->nouns[i]; i++) {
		open_object(sb);
		member(sb, "noun", p->nouns[i]->noun);
		member(sb, "help", p->nouns[i]->help);
		describe_fields(p->nouns[i]->field, p->nouns[i]->n, sb);
		sb_addc(sb, '}');
	}
	sb_addc(sb, ']');
}

int describe_print(const struct prog *p, struct sb *sb)
{
	struct describing d = { p, sb };

	sb_addc(sb, '{');
	member(sb, "name", p->name);
	member(sb, "family", p->family);
	member(sb, "brief", p->brief);
	member(sb, "version", SIT_VERSION);
	member(sb, "operands", p->operands);
	member(sb, "noun", p->entity ? p->entity->noun : "");
	describe_verbs(p, sb);
	sb_adds(sb, ",\"options\":[");
	opt_each(p, describe_option, &d);
	sb_addc(sb, ']');
	describe_fields(p->entity ? p->entity->field : NULL, p->entity ? p->entity->n : 0, sb);
	describe_nouns(p, sb);
	sb_adds(sb, ",\"records\":[");
	for (const struct record *r = p->records; r && r->name; r++) {
		open_object(sb);
		member(sb, "name", r->name);
		member(sb, "help", r->help);
		describe_fields(r->field, *r->n, sb);
		sb_addc(sb, '}');
	}
	sb_adds(sb, "],\"examples\":[");
	for (const struct example *x = p->examples; x && x->command; x++) {
		open_object(sb);
		member(sb, "command", x->command);
		member(sb, "help", x->help);
		sb_addc(sb, '}');
	}
	return sb_adds(sb, "]}\n");
}
