/* SPDX-License-Identifier: MIT */
/* The option table turned into getopt_long(3), and what it found turned into the targets. */
#include <getopt.h>

#include "base/name.h"
#include "base/num.h"
#include "cli/cli.h"

#define OPTS_MAX 96

/* The verb's first word is the noun's. */
static bool is_of(const struct entity *ent, const struct verb *v)
{
	size_t n = strlen(ent->noun);

	return strncmp(v->name, ent->noun, n) == 0 && v->name[n] == ' ';
}

const struct entity *prog_noun(const struct prog *p, const struct verb *v)
{
	for (size_t i = 0; v && p->nouns && p->nouns[i]; i++)
		if (is_of(p->nouns[i], v))
			return p->nouns[i];
	return p->entity;
}

/* The n bytes at word are the verb's name, its blank as '_'. */
static bool is_verb(const char *word, size_t n, const char *name)
{
	size_t i = 0;

	while (i < n && name[i] && (name[i] == word[i] || (name[i] == ' ' && word[i] == '_')))
		i++;
	return i == n && !name[i];
}

/* The option serves the verb; names in o->verbs are separated by blanks, "key_add" stands for "key add", and of one of several nouns "add" for "NOUN add". */
static bool serves(const struct prog *prog_of, const struct opt *o, const struct verb *v)
{
	const struct entity *ent = prog_of->nouns ? prog_noun(prog_of, v) : NULL;
	const char *p = o->verbs;

	if (!p || !v)
		return true;
	while (*p) {
		size_t n = strcspn(p, " ");

		if (is_verb(p, n, v->name) || (ent && is_verb(p, n, v->name + strlen(ent->noun) + 1)))
			return true;
		p += n;
		p += strspn(p, " ");
	}
	return false;
}

/* It serves a verb of the program, or the program as a whole. */
static bool serves_some(const struct opt *o, const struct prog *p)
{
	const struct verb *v = p->verbs;

	if (!o->verbs || !v)
		return true;
	while (v->name && !serves(p, o, v))
		v++;
	return v->name != NULL;
}

int opt_verbs(const struct prog *p, const struct opt *o, struct sb *sb)
{
	bool first = true;

	for (const struct verb *v = o->verbs ? p->verbs : NULL; v && v->name; v++) {
		if (!serves(p, o, v))
			continue;
		if (!first)
			sb_addc(sb, ' ');
		first = false;
		for (const char *c = v->name; *c; c++)
			sb_addc(sb, *c == ' ' ? '_' : *c);
	}
	return sb->bad ? -1 : 0;
}

static void each(const struct prog *p, const struct opt *o, const char *head, bool shared,
		 void (*fn)(const struct opt *, const char *, bool, void *), void *arg)
{
	for (; o && o->kind != OPT_KIND_END; o++) {
		if (o->kind == OPT_KIND_HEAD)
			head = o->name;
		else if (o->kind == OPT_KIND_USE)
			each(p, o->use, head, shared, fn, arg);
		else if (serves_some(o, p))
			fn(o, head, shared, arg);
	}
}

void opt_each(const struct prog *p, void (*fn)(const struct opt *o, const char *head, bool shared, void *arg), void *arg)
{
	each(p, p->opts, "Options", false, fn, arg);
	each(p, common_opts, "Common", true, fn, arg);
}

/* The tables as getopt wants them. */
struct flat {
	const struct opt *opt[OPTS_MAX];
	struct option lng[OPTS_MAX + 1];
	char shrt[2 * OPTS_MAX + 2];
	size_t n, ns;
};

static bool takes_value(const struct opt *o)
{
	return o->kind != OPT_KIND_FLAG && o->kind != OPT_KIND_COUNT;
}

static void flatten(const struct opt *o, const char *head, bool shared, void *arg)
{
	struct flat *f = arg;

	(void)head;
	(void)shared;
	if (f->n == OPTS_MAX)
		return;
	f->lng[f->n] = (struct option){ o->name, takes_value(o) ? required_argument : no_argument, NULL, (int)f->n + 256 };
	if (o->letter) {
		f->shrt[f->ns++] = o->letter;
		if (takes_value(o))
			f->shrt[f->ns++] = ':';
	}
	f->opt[f->n++] = o;
}

static int one_of(const struct opt *o, const char *value, struct err *e)
{
	AUTO(sb_done) struct sb all = SB_INIT(300);
	struct near near = { 0 };
	char hint[96];

	for (const char *const *w = o->words; w && *w; w++) {
		if (strcmp(*w, value) == 0)
			return 0;
		sb_addf(&all, "%s%s", all.len ? ", " : "", *w);
		near_offer(&near, str_of(value), str_of(*w));
	}
	if (!o->words)
		return 0;
	return err_set(e, E_USAGE, "--%s: \"%s\" is none of %s%s", o->name, value, sb_cstr(&all), near_text(&near, hint, sizeof(hint)));
}

static int store_value(const struct opt *o, const char *value, struct err *e)
{
	const char **grown;

	switch (o->kind) {
	case OPT_KIND_FLAG:
		*o->flag = true;
		return 0;
	case OPT_KIND_COUNT:
		++*o->count;
		return 0;
	case OPT_KIND_TEXT:
		*o->text = value;
		return one_of(o, value, e);
	case OPT_KIND_NUMBER:
		if (!num_parse_int(str_of(value), o->number) || *o->number < 0)
			return err_set(e, E_USAGE, "--%s: \"%s\" is not a whole number from 0 on", o->name, value);
		return 0;
	case OPT_KIND_LIST:
		grown = realloc(o->list->v, (o->list->n + 1) * sizeof(*grown));
		if (!grown)
			return err_nomem(e);
		o->list->v = grown;
		o->list->v[o->list->n++] = value;
		return 0;
	case OPT_KIND_END:
	case OPT_KIND_HEAD:
	case OPT_KIND_USE:
		break;
	}
	return err_set(e, E_BUG, "option table of %s", o->name);
}

static int unknown(const struct flat *f, char **argv, int letter, struct err *e)
{
	const char *word = argv[optind - 1];
	struct near near = { 0 };
	char hint[96];
	struct str name;

	if (letter && letter < 256)
		return err_set(e, E_USAGE, "unknown option -%c (see --help)", letter);
	if (word[0] != '-' || word[1] != '-')
		return err_set(e, E_USAGE, "unknown option %s (see --help)", word);
	name = (struct str){ word + 2, strcspn(word + 2, "=") };
	for (size_t i = 0; i < f->n; i++) {
		if (str_is(name, f->opt[i]->name))
			return err_set(e, E_USAGE, "--%s takes no value", f->opt[i]->name);
		near_offer(&near, name, str_of(f->opt[i]->name));
	}
	return err_set(e, E_USAGE, "unknown option --%.*s%s", STR_ARG(name), near_text(&near, hint, sizeof(hint)));
}

/* Scripts must write long options in full: an abbreviation that is unique today is not tomorrow. */
static int refuse_short_form(const struct opt *o, char **argv, struct err *e)
{
	const char *word = argv[optind - 1];

	if (takes_value(o) && optarg == word)
		word = argv[optind - 2];
	if (isatty(STDERR_FILENO) || strncmp(word, "--", 2) != 0)
		return 0;
	if (str_is((struct str){ word + 2, strcspn(word + 2, "=") }, o->name))
		return 0;
	return err_set(e, E_USAGE, "%s: write --%s in full (abbreviations are for terminals)", word, o->name);
}

static const struct verb *find_verb(const struct verb *verbs, int argc, char **argv, int *words)
{
	for (const struct verb *v = verbs; v->name; v++) {
		const char *blank = strchr(v->name, ' ');
		size_t n = blank ? (size_t)(blank - v->name) : strlen(v->name);

		if (argc < 1 || strlen(argv[0]) != n || strncmp(argv[0], v->name, n) != 0)
			continue;
		if (blank && (argc < 2 || strcmp(argv[1], blank + 1) != 0))
			continue;
		*words = blank ? 2 : 1;
		return v;
	}
	return NULL;
}

/* A verb of two words is compared with as many of the line. */
static int no_verb(const struct prog *p, int argc, char **argv, struct err *e)
{
	AUTO(sb_done) struct sb all = SB_INIT(400), pair = SB_INIT(400);
	struct near one = { 0 }, two = { 0 };
	const struct near *near = &one;
	char hint[96];

	if (argc)
		sb_addf(&pair, "%s %s", argv[0], argc > 1 ? argv[1] : "");
	for (const struct verb *v = p->verbs; v->name; v++) {
		const char *blank = strchr(v->name, ' ');

		sb_addf(&all, "%s%s", all.len ? ", " : "", v->name);
		if (argc && blank)
			near_offer(&two, str_of(sb_cstr(&pair)), str_of(v->name));
		else if (argc)
			near_offer(&one, str_of(argv[0]), str_of(v->name));
	}
	if (!argc)
		return err_set(e, E_USAGE, "needs a verb: %s", sb_cstr(&all));
	if (two.best.ptr && (!one.best.ptr || two.distance <= one.distance))
		near = &two;
	return err_set(e, E_USAGE, "unknown verb \"%s\"%s; there are %s", argv[0], near_text(near, hint, sizeof(hint)),
		       sb_cstr(&all));
}

static int count_operands(const char *shape, int argc, int least, int most, struct err *e)
{
	if (argc < least)
		return err_set(e, E_USAGE, "needs %s", shape && *shape ? shape : "an operand");
	if (most >= 0 && argc > most)
		return err_set(e, E_USAGE, most ? "too many operands: takes %s" : "takes no operands%s", most ? shape : "");
	return 0;
}

int opt_parse(const struct prog *p, int *argc, char ***argv, const struct verb **verb, struct err *e)
{
	struct flat f = { .n = 0 };
	bool given[OPTS_MAX] = { false };
	int c, words = 0;

	f.shrt[f.ns++] = ':';
	opt_each(p, flatten, &f);
	opterr = 0;
	while ((c = getopt_long(*argc, *argv, f.shrt, f.lng, NULL)) != -1) {
		size_t i = c >= 256 ? (size_t)(c - 256) : 0;
		const struct opt *o;

		if (c == ':')
			return err_set(e, E_USAGE, "option %s needs a value", (*argv)[optind - 1]);
		if (c == '?')
			return unknown(&f, *argv, optopt, e);
		while (c < 256 && i < f.n && f.opt[i]->letter != c)
			i++;
		o = i < f.n ? f.opt[i] : NULL;
		if (!o)
			return err_set(e, E_BUG, "getopt knows an option that the table does not");
		if (c >= 256 && refuse_short_form(o, *argv, e) < 0)
			return -1;
		if (store_value(o, optarg, e) < 0)
			return -1;
		given[i] = true;
	}
	*argc -= optind;
	*argv += optind;
	if (common()->help || common()->version || common()->describe)
		return 0;
	if (!p->verbs)
		return count_operands(p->operands, *argc, p->least, p->most, e);
	*verb = find_verb(p->verbs, *argc, *argv, &words);
	if (!*verb)
		return no_verb(p, *argc, *argv, e);
	*argc -= words;
	*argv += words;
	for (size_t i = 0; i < f.n; i++)
		if (given[i] && !serves(p, f.opt[i], *verb))
			return err_set(e, E_USAGE, "--%s does not go with %s", f.opt[i]->name, (*verb)->name);
	return count_operands((*verb)->operands, *argc, (*verb)->least, (*verb)->most, e);
}

int opt_char(const char *text, const char *option, char *out, struct err *e)
{
	if (strcmp(text, "\\t") == 0 || strcmp(text, "tab") == 0)
		text = "\t";
	if (strlen(text) != 1)
		return err_set(e, E_USAGE, "%s: one character, or tab", option);
	*out = *text;
	return 0;
}
