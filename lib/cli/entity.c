/* SPDX-License-Identifier: MIT */
#include "cli/entity.h"

#include "task/entity.h"
#include "task/listing.h"

static struct {
	const char *file, *input;
	bool upsert, purge, exit_code;
} cfg;

static const char *const input_words[] = { "auto", "jsonl", "csv", "tsv", NULL };

/* clang-format off */
const struct opt entity_opts[] = {
	OPT_HEAD("Options"),
	OPT_TEXT_OF("add", 0, "file", &cfg.file, "FILE", "add what FILE (- is standard input) holds: what list writes, JSON Lines or CSV"),
	{ .kind = OPT_KIND_TEXT, .letter = 'i', .name = "input", .text = &cfg.input, .arg = "FORMAT", .words = input_words, .verbs = "add", .help = "format of FILE: auto jsonl csv tsv" },
	OPT_FLAG_OF("add", 0, "upsert", &cfg.upsert, "change what is there already"),
	OPT_FLAG_OF("rm", 0, "purge", &cfg.purge, "with all points"),
	OPT_FLAG_OF("list", 'e', "exit-code", &cfg.exit_code, "exit 1 when nothing is listed"),
	OPT_USE(writing_opts),
	OPT_END
};
/* clang-format on */

static struct work work_of(struct ctx *c)
{
	return (struct work){ .db = c->db, .ent = c->prog->entity, .program = c->prog->name, .message = c->opt->message,
			      .when = { c->now, c->zone }, .dry = c->opt->dry_run, .upsert = cfg.upsert, .purge = cfg.purge,
			      .arena = ARENA_INIT((size_t)64 << 20) };
}

/* What was done, one line each with -v or --dry-run; what was refused, always. */
static void note(void *arg, const char *place, struct str name, enum did did, const struct err *e)
{
	struct ctx *c = arg;

	if (e->code)
		ctx_complain(c, "%s%s%s", place, *place ? ": " : "", e->msg);
	else if (c->opt->verbose || c->opt->dry_run)
		ctx_note(c, "%s %s \"%.*s\"%s", c->prog->entity->noun, did_word(did), STR_ARG(name),
			 c->opt->dry_run ? " (dry run)" : "");
}

static int assign_all(struct work *w, struct row *row, int argc, char **argv, struct err *e)
{
	for (int i = 0; i < argc; i++)
		if (work_assign(w, row, str_of(argv[i]), e) < 0)
			return -1;
	return 0;
}

static int add(struct ctx *c, struct work *w, int argc, char **argv, struct err *e)
{
	AUTO(sb_done) struct sb key = SB_INIT(512);
	enum records_format format = RECORDS_AUTO;
	struct row row = { 0 };
	enum did did = DID_NOTHING;

	if (cfg.input && records_format_name(cfg.input, &format, e) < 0)
		return -1;
	if (cfg.file) {
		int rc = assign_all(w, &row, argc, argv, e);
		struct arena keep = w->arena; /* the defaults live as long as the file is read */

		w->arena = (struct arena)ARENA_INIT((size_t)64 << 20);
		if (rc == 0)
			rc = work_add_file(w, cfg.file, format, &row, note, c, e);
		arena_done(&keep);
		return rc;
	}
	if (argc < 1)
		return err_set(e, E_USAGE, "needs a name, or --file");
	sb_addf(&key, "%s=%s", w->ent->field[entity_key(w->ent)].name, argv[0]);
	if (strchr(argv[0], '='))
		return err_set(e, E_USAGE, "\"%s\": the name comes first, then field=value", argv[0]);
	if (assign_all(w, &row, 1, &key.buf, e) < 0 || assign_all(w, &row, argc - 1, argv + 1, e) < 0)
		return -1;
	if (work_add(w, &row, &did, e) < 0)
		return -1;
	note(c, "", str_of(argv[0]), did, e);
	return 0;
}

static int v_add(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct work w = work_of(c);
	int rc = add(c, &w, argc, argv, e);

	arena_done(&w.arena);
	return rc;
}

static int v_list(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;
	struct field fields[ENTITY_FIELDS_MAX + 2];
	struct work w = work_of(c);
	size_t n = work_list_fields(&w, fields), rows = 0;
	struct out *done;
	int rc;

	if (ctx_out(c, fields, n, &out, e) < 0)
		return -1;
	rc = listing_print(c->db, c->prog->entity, argv, argc, &w.when, out, &rows, e);
	arena_done(&w.arena);
	if (rc < 0)
		return -1;
	done = out;
	out = NULL;
	if (out_close(done, e) < 0)
		return -1;
	return cfg.exit_code && !rows ? err_set(e, E_ANSWER, "nothing") : 0;
}

static int v_show(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;
	static const struct field pair[] = {
		{ .name = "field", .kind = FIELD_TEXT, .help = "name of a field" },
		{ .name = "value", .kind = FIELD_TEXT, .help = "its value" },
	};
	const char *format = setting(&c->settings, SET_FORMAT);
	bool table = format ? strcmp(format, "table") == 0 : c->terminal && !c->opt->output;
	struct field fields[ENTITY_FIELDS_MAX + 2];
	struct work w = work_of(c);
	size_t n = work_list_fields(&w, fields);
	struct out *done;

	for (size_t i = 0; i < n; i++) /* show holds nothing back */
		fields[i].flags &= ~(unsigned)FIELD_HIDDEN;
	if (ctx_out(c, table ? pair : fields, table ? COUNT(pair) : n, &out, e) < 0)
		return -1;
	for (int i = 0; i < argc; i++)
		if (listing_show(c->db, c->prog->entity, argv[i], table, fields, out, e) < 0)
			return -1;
	done = out;
	out = NULL;
	return out_close(done, e);
}

static int v_set(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct work w = work_of(c);
	struct row row = { 0 };
	int names = 0, rc;

	while (names < argc && !strchr(argv[names], '='))
		names++;
	if (names == 0 || names == argc)
		return err_set(e, E_USAGE, "needs names, then field=value");
	rc = assign_all(&w, &row, argc - names, argv + names, e);
	if (rc == 0)
		rc = work_set(&w, argv, names, &row, note, c, e);
	arena_done(&w.arena);
	return rc;
}

static int v_rm(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct work w = work_of(c);
	char question[200];
	int rc;

	(void)snprintf(question, sizeof(question), "Remove %d %s%s?", argc,
		       argc == 1 ? w.ent->noun : w.ent->plural, cfg.purge ? " with all points" : "");
	rc = ctx_confirm(c, question, e);
	if (rc)
		return rc < 0 ? -1 : 0;
	rc = work_remove(&w, argv, argc, note, c, e);
	arena_done(&w.arena);
	return rc;
}

/* clang-format off */
const struct verb entity_verbs[] = {
	{ "add", "NAME [FIELD=VALUE...]", "add one, or with --file many", v_add, NEED_WRITE, 0, -1 },
	{ "list", "[FIELD=VALUE...]", "print those that fit all filters (sit-selectors(7))", v_list, NEED_READ, 0, -1 },
	{ "show", "NAME...", "print everything about them", v_show, NEED_READ, 1, -1 },
	{ "set", "NAME... FIELD=VALUE...", "change fields (FIELD= clears)", v_set, NEED_WRITE, 2, -1 },
	{ "rm", "NAME...", "remove: retires what has points, deletes the rest", v_rm, NEED_WRITE, 1, -1 },
	{ NULL, NULL, NULL, NULL, 0, 0, 0 }
};

const struct verb org_verbs[] = {
	{ "add", "NAME [FIELD=VALUE...]", "add one, or with --file many", v_add, NEED_WRITE | NEED_ALL_ORGS, 0, -1 },
	{ "list", "[FIELD=VALUE...]", "print those that fit all filters (sit-selectors(7))", v_list, NEED_READ, 0, -1 },
	{ "show", "NAME...", "print everything about them", v_show, NEED_READ, 1, -1 },
	{ "set", "NAME... FIELD=VALUE...", "change fields (FIELD= clears)", v_set, NEED_WRITE | NEED_ALL_ORGS, 2, -1 },
	{ "rm", "NAME...", "remove: retires what has points, deletes the rest", v_rm, NEED_WRITE | NEED_ALL_ORGS, 1, -1 },
	{ NULL, NULL, NULL, NULL, 0, 0, 0 }
};
/* clang-format on */
