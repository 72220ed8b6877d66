/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"
#include "task/programs.h"

static struct {
	bool show_origin;
} cfg;

/* clang-format off */
static const struct opt opts[] = {
	OPT_HEAD("Options"),
	OPT_FLAG_OF("settings", 0, "show-origin", &cfg.show_origin, "say where each setting comes from"),
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
		struct cell cells[] = { CELL_OF_TEXT(str_of(setting_word((enum setting_name)i))),
					s->value ? CELL_OF_TEXT(str_of(s->value)) : CELL_OF_NULL,
					s->value ? CELL_OF_TEXT(str_of(s->origin)) : CELL_OF_TEXT(STR("not set")) };

		if (out_rec(out, cells, e) < 0) {
			out_drop(out);
			return -1;
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

/* `sit` alone lists the programs; `sit X ...` becomes `sit-X ...`. */
static int other(int argc, char **argv, struct err *e)
{
	if (strcmp(argv[1], "settings") == 0 || strcmp(argv[1], "programs") == 0)
		return 1;
	return programs_exec(argc - 1, argv + 1, e);
}

/* clang-format off */
static const struct verb verbs[] = {
	{ "settings", "", "print what configuration is in force", v_settings, 0, 0, 0 },
	{ "programs", "", "list the programs by family (as sit alone does)", v_programs, 0, 0, 0 },
	{ NULL, NULL, NULL, NULL, 0, 0, 0 }
};

static const struct example examples[] = {
	{ "sit", "list the programs by family" },
	{ "sit device list site=plant", "run sit-device" },
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
	.examples = examples,
	.other = other,
	.alone = "programs",
};
