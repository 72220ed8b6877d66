/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"
#include "task/find.h"
#include "task/programs.h"

static struct {
	bool show_origin, exit_code;
} cfg;

/* clang-format off */
static const struct opt opts[] = {
	OPT_HEAD("Options"),
	OPT_FLAG_OF("settings", 0, "show-origin", &cfg.show_origin, "say where each setting comes from"),
	OPT_FLAG_OF("find", 'e', "exit-code", &cfg.exit_code, "exit 1 when nothing is found"),
	OPT_END
};
/* clang-format on */

static int v_settings(struct ctx *c, int argc, char **argv, struct err *e)
{
	static const struct field fields[] = {
		{ .name = "setting", .kind = FIELD_TEXT, .help = "db, org, tz or format" },
		{ .name = "value", .kind = FIELD_TEXT, .help = "the value in force" },
		{ .name = "origin", .kind = FIELD_TEXT, .help = "where it comes from" },
	};
	struct out *out;

	(void)argc;
	(void)argv;
	if (ctx_out(c, fields, cfg.show_origin ? COUNT(fields) : COUNT(fields) - 1, &out, e) < 0)
		return -1;
	for (int i = 0; i < SET_COUNT; i++) {
		const struct setting *s = c->settings.of + i;
		AUTO(sb_done) struct sb shown = SB_INIT(1 << 16);
		int rc = setting_shown(&c->settings, (enum setting_name)i, &shown);
		struct cell cells[] = { CELL_OF_TEXT(str_of(setting_word((enum setting_name)i))),
					s->value ? CELL_OF_TEXT(sb_str(&shown)) : CELL_OF_NULL,
					s->value ? CELL_OF_TEXT(str_of(s->origin)) : CELL_OF_TEXT(STR("not set")) };

		if (rc < 0 || out_rec(out, cells, e) < 0) {
			out_drop(out);
			return rc < 0 ? err_nomem(e) : -1;
		}
	}
	return out_close(out, e);
}

static int v_programs(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 20);

	(void)c;
	(void)argc;
	(void)argv;
	if (programs_list(&text, e) < 0)
		return -1;
	(void)fwrite(text.buf, 1, text.len, stdout);
	return 0;
}

static int v_help(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 20);
	char help[] = "--help", *words[] = { argc ? argv[0] : NULL, help, NULL };
	struct near near = { 0 };

	if (argc) {
		words[0] += strncmp(argv[0], "sit-", 4) == 0 ? 4 : 0;
		return programs_exec(2, words, &near, e);
	}
	if (help_print(c->prog, &text) < 0)
		return err_nomem(e);
	(void)fwrite(text.buf, 1, text.len, stdout);
	return 0;
}

/* The things of the store, if there is one. */
static int find_in_store(struct ctx *c, const char *word, struct out *out, size_t *rows, struct err *e)
{
	struct work w = { .program = c->prog->name, .when = { c->now, c->zone } };
	int rc = ctx_open(c, NEED_READ, e);

	if (rc < 0 && e->code == E_NOTFOUND && !c->opt->db && !c->opt->org) {
		err_clear(e);
		return 0;
	}
	w.db = c->db;
	if (rc < 0 || work_begin(&w, &org_entity, e) < 0)
		return -1;
	rc = find_things(&w, word, out, rows, e);
	work_end(&w);
	return rc;
}

static int v_find(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;
	size_t rows = 0;

	(void)argc;
	if (ctx_out(c, find_fields, find_count, &out, e) < 0 || find_in_store(c, argv[0], out, &rows, e) < 0 ||
	    find_words(argv[0], out, &rows, e) < 0 || out_end(&out, e) < 0)
		return -1;
	return cfg.exit_code && !rows ? err_set(e, E_ANSWER, "nothing") : 0;
}

/* `sit` alone lists the programs; `sit X ...` becomes `sit-X ...`. */
static int other(int argc, char **argv, struct err *e)
{
	struct near near = { 0 };

	for (const struct verb *v = prog.verbs; v->name; v++) {
		if (strcmp(argv[1], v->name) == 0)
			return 1;
		near_offer(&near, str_of(argv[1]), str_of(v->name));
	}
	return programs_exec(argc - 1, argv + 1, &near, e);
}

/* clang-format off */
static const struct verb verbs[] = {
	{ "settings", "", "print what configuration is in force", v_settings, 0, 0, 0 },
	{ "find", "WORD", "where WORD stands: in things of the estate, programs, verbs, options, fields", v_find, 0, 1, 1 },
	{ "programs", "", "list the programs by family (as sit alone does)", v_programs, 0, 0, 0 },
	{ "help", "[PROGRAM]", "what a program is and takes, as its --help", v_help, 0, 0, 1 },
	{ NULL, NULL, NULL, NULL, 0, 0, 0 }
};

static const struct record records[] = {
	{ "find", "a place where a word stands", find_fields, &find_count },
	{ NULL, NULL, NULL, NULL }
};

static const struct example examples[] = {
	{ "sit", "list the programs by family" },
	{ "sit device list site=plant", "run sit-device" },
	{ "sit find shelve", "which program, verb, option or thing has that word" },
	{ "sit settings --show-origin", "which store, organisation, zone, and who says so" },
	{ NULL, NULL }
};
/* clang-format on */

const struct prog prog = {
	.name = "sit",
	.family = "sit",
	.brief = "an IoT estate from the shell: lists and runs the programs",
	.opts = opts,
	.verbs = verbs,
	.records = records,
	.examples = examples,
	.other = other,
	.alone = "programs",
};
