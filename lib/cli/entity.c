/* SPDX-License-Identifier: MIT */
#include "cli/entity.h"

#include "base/name.h"
#include "model/term.h"
#include "task/listing.h"
#include "task/names.h"

#define RM_MOST 100 /* targets that rm takes without --max-targets */

static struct {
	const char *file, *input, *delimiter;
	int64_t chunk;
	bool upsert, purge, exit_code;
} cfg;

static const char *const input_words[] = { "auto", "jsonl", "csv", "tsv", NULL };

/* clang-format off */
const struct opt entity_opts[] = {
	OPT_HEAD("Options"),
	OPT_TEXT_OF("add", 0, "file", &cfg.file, "FILE", "add what FILE (- is standard input) holds: what list writes, JSON Lines or CSV"),
	{ .kind = OPT_KIND_TEXT, .letter = 'i', .name = "input", .text = &cfg.input, .arg = "FORMAT", .words = input_words, .verbs = "add", .help = "format of FILE: auto jsonl csv tsv" },
	OPT_TEXT_OF("add", 0, "delimiter", &cfg.delimiter, "CHAR", "what separates cells of FILE (default ,)"),
	OPT_FLAG_OF("add", 0, "upsert", &cfg.upsert, "change what is there already"),
	{ .kind = OPT_KIND_NUMBER, .name = "chunk", .number = &cfg.chunk, .arg = "N", .verbs = "add", .help = "commit after every N records of FILE (default: all or nothing)" },
	OPT_FLAG_OF("rm", 0, "purge", &cfg.purge, "with all points, or all values of a field"),
	OPT_FLAG_OF("list", 'e', "exit-code", &cfg.exit_code, "exit 1 when nothing is listed"),
	OPT_USE(target_opts),
	OPT_USE(writing_opts),
	OPT_END
};
/* clang-format on */

int entity_begin(struct ctx *c, struct work *w, struct err *e)
{
	const struct entity *ent = prog_noun(c->prog, c->verb);

	*w = (struct work){ .db = c->db, .program = c->prog->name, .message = c->opt->message, .when = { c->now, c->zone },
			    .dry = c->opt->dry_run, .upsert = cfg.upsert, .purge = cfg.purge };
	return work_begin(w, ent ? ent : c->prog->nouns[0], e);
}

/* What was done, one line each with -v or --dry-run; what was refused, always. */
void entity_note(void *arg, const char *place, struct str name, enum did did, const struct err *e)
{
	struct ctx *c = arg;

	if (e->code)
		ctx_complain(c, "%s%s%s", place, *place ? ": " : "", e->msg);
	else if (c->opt->verbose || c->opt->dry_run)
		ctx_note(c, "%s \"%.*s\" %s%s", prog_noun(c->prog, c->verb)->noun, STR_ARG(name), did_word(did), c->opt->dry_run ? " (dry run)" : "");
}

static int assign_all(struct work *w, struct row *row, int argc, char **argv, struct err *e)
{
	for (int i = 0; i < argc; i++)
		if (work_assign(w, row, str_of(argv[i]), e) < 0)
			return -1;
	return 0;
}

/* ---- add ---- */

static int add_file(struct ctx *c, struct work *w, struct row *row, struct err *e)
{
	struct work_file f = { .path = cfg.file, .chunk = cfg.chunk, .note = entity_note, .arg = c };
	int rc;

	if (cfg.input && records_format_name(cfg.input, &f.format, e) < 0)
		return -1;
	if (cfg.delimiter && opt_char(cfg.delimiter, "--delimiter", &f.delimiter, e) < 0)
		return -1;
	if (ctx_bar(c))
		f.progress = ctx_progress;
	rc = work_add_file(w, &f, row, e);
	ctx_bar_end(c);
	return rc;
}

static int add_one(struct ctx *c, struct work *w, int argc, char **argv, struct row *row, struct err *e)
{
	AUTO(sb_done) struct sb key = SB_INIT(512);
	enum did did = DID_NOTHING;

	if (argc < 1)
		return err_set(e, E_USAGE, "needs a name, or --file");
	if (strchr(argv[0], '='))
		return err_set(e, E_USAGE, "\"%s\": the name comes first, then field=value", argv[0]);
	sb_addf(&key, "%s=%s", w->ent->field[entity_key(w->ent)].name, argv[0]);
	if (assign_all(w, row, 1, &key.buf, e) < 0 || assign_all(w, row, argc - 1, argv + 1, e) < 0 || work_add(w, row, &did, e) < 0)
		return -1;
	entity_note(c, "", str_of(argv[0]), did, e);
	return 0;
}

int entity_add(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct row row = { 0 };
	struct work w;
	int rc;

	if (entity_begin(c, &w, e) < 0)
		return -1;
	if (cfg.file)
		rc = assign_all(&w, &row, argc, argv, e) < 0 ? -1 : add_file(c, &w, &row, e);
	else
		rc = add_one(c, &w, argc, argv, &row, e);
	if (w.notice[0])
		ctx_note(c, "%s", w.notice);
	work_end(&w);
	return rc;
}

/* ---- list and show ---- */

/* Nothing fits: one of the things that a filter names may not be there. Nobody reads that off a terminal. */
static void tell_absent(struct ctx *c, struct work *w, int argc, char **argv)
{
	const struct entity *of = w->ent;

	for (int i = 0; i < argc && (c->err_terminal || c->opt->verbose); i++) {
		struct str field, op, v;
		struct err why = { 0 };
		struct targets t;
		char *name[1];
		int at = term_split(str_of(argv[i]), &field, &op, &v) && !op.ptr ? entity_field(of, field) : -1;

		if (at < 0 || of->field[at].kind != FIELD_REF || !v.len || glob_is(v) || memchr(v.ptr, ',', v.len) || strstr(v.ptr, ".."))
			continue;
		name[0] = (char *)(uintptr_t)v.ptr; /* the rest of the operand */
		work_turn(w, of->field[at].ref);
		if (work_targets(w, name, 1, NULL, false, &t, &why) < 0 && why.code == E_NOTFOUND)
			ctx_note(c, "%s", why.msg);
		work_turn(w, of->noun);
	}
}

int entity_list(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;
	struct field fields[ENTITY_FIELDS_MAX + 2];
	struct work w;
	size_t rows = 0;
	int rc;

	if (entity_begin(c, &w, e) < 0)
		return -1;
	rc = ctx_out(c, fields, work_list_fields(&w, fields), &out, e);
	if (rc == 0)
		rc = listing_print(&w, argv, argc, c->opt->select, out, &rows, e);
	if (rc == 0)
		rc = out_end(&out, e);
	if (rc == 0 && rows == 0)
		tell_absent(c, &w, argc, argv);
	work_end(&w);
	if (rc < 0)
		return -1;
	return cfg.exit_code && !rows ? err_set(e, E_ANSWER, "nothing") : 0;
}

static int show_all(struct ctx *c, struct work *w, const struct targets *t, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;
	static const struct field pair[] = {
		{ .name = "field", .kind = FIELD_TEXT, .help = "name of a field" },
		{ .name = "value", .kind = FIELD_TEXT, .help = "its value" },
	};
	const char *format = setting(&c->settings, SET_FORMAT);
	bool table = format ? strcmp(format, "table") == 0 : c->terminal && !c->opt->output;
	struct field fields[ENTITY_FIELDS_MAX + 2];
	size_t n = work_list_fields(w, fields);

	for (size_t i = 0; i < n; i++) /* show holds nothing back */
		fields[i].flags &= ~(unsigned)FIELD_HIDDEN;
	if (ctx_out(c, table ? pair : fields, table ? COUNT(pair) : n, &out, e) < 0)
		return -1;
	for (size_t i = 0; i < t->n; i++)
		if (listing_show(w, t->v + i, table, fields, out, e) < 0)
			return -1;
	return out_end(&out, e);
}

int entity_show(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct targets t;
	struct work w;
	int rc;

	if (entity_begin(c, &w, e) < 0)
		return -1;
	rc = entity_targets(c, &w, argc, argv, 0, &t, e);
	if (rc == 0)
		rc = show_all(c, &w, &t, e);
	work_end(&w);
	return rc;
}

/* ---- set and rm ---- */

int entity_targets(struct ctx *c, struct work *w, int argc, char **argv, int64_t most, struct targets *t, struct err *e)
{
	w->partly = c->opt->select != NULL;
	for (int i = 0; i < argc; i++)
		w->partly |= names_is_list(argv[i]);
	if (argc == 0 && !c->opt->select)
		return err_set(e, E_USAGE, "needs names, or --select");
	if (work_targets(w, argv, argc, c->opt->select, c->opt->nul, t, e) < 0)
		return -1;
	if (c->opt->max_targets)
		most = c->opt->max_targets;
	if (most && t->n > (size_t)most)
		return err_set(e, E_USAGE, "%zu %s, more than %" PRId64 ": say --max-targets %zu when they are all meant", t->n,
			       w->ent->plural, most, t->n);
	return 0;
}

/* With many targets, each has a record of what was done with it. */
struct results {
	struct ctx *c;
	struct out *out; /* NULL: notes only */
	struct err *e;
	int rc;
};

static const struct field result_fields[] = {
	{ .name = "name", .kind = FIELD_TEXT, .help = "the target" },
	{ .name = "result", .kind = FIELD_ENUM, .help = "changed, unchanged, retired, deleted or refused" },
	{ .name = "why", .kind = FIELD_TEXT, .help = "why it was refused" },
};

static void note_result(void *arg, const char *place, struct str name, enum did did, const struct err *e)
{
	struct results *r = arg;
	struct cell cells[] = { CELL_OF_TEXT(name), CELL_OF_TEXT(str_of(e->code ? "refused" : did_word(did))),
				e->code ? CELL_OF_TEXT(str_of(e->msg)) : CELL_OF_NULL };

	if (!r->out)
		entity_note(r->c, place, name, did, e);
	else if (r->rc == 0)
		r->rc = out_rec(r->out, cells, r->e);
}

typedef int bulk_fn(struct work *w, const struct targets *t, const struct row *row, work_note *note, void *arg, struct err *e);

static int run_bulk(struct ctx *c, struct work *w, const struct targets *t, const struct row *row, bulk_fn *fn, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;
	struct err late = { 0 };
	struct results r = { .c = c, .e = &late };
	int rc;

	if (w->partly && !c->opt->quiet && ctx_out(c, result_fields, COUNT(result_fields), &out, e) < 0)
		return -1;
	r.out = out;
	rc = fn(w, t, row, note_result, &r, e);
	if (rc < 0 && e->code != E_PARTIAL)
		return -1;
	if (r.rc < 0) {
		*e = late;
		return -1;
	}
	return out && out_end(&out, &late) < 0 ? (*e = late, -1) : rc;
}

static int do_set(struct work *w, const struct targets *t, const struct row *row, work_note *note, void *arg, struct err *e)
{
	return work_set(w, t, row, note, arg, e);
}

static int do_rm(struct work *w, const struct targets *t, const struct row *row, work_note *note, void *arg, struct err *e)
{
	(void)row;
	return work_remove(w, t, note, arg, e);
}

int entity_set(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct targets t;
	struct row row = { 0 };
	struct work w;
	int names = 0, rc;

	while (names < argc && !strchr(argv[names], '='))
		names++;
	if (names == argc)
		return err_set(e, E_USAGE, "needs names (or --select), then field=value");
	if (entity_begin(c, &w, e) < 0)
		return -1;
	rc = assign_all(&w, &row, argc - names, argv + names, e);
	if (rc == 0)
		rc = entity_targets(c, &w, names, argv, 0, &t, e);
	if (rc == 0)
		rc = run_bulk(c, &w, &t, &row, do_set, e);
	if (rc == 0 && w.notice[0])
		ctx_note(c, "%s", w.notice);
	work_end(&w);
	return rc;
}

static int rm_targets(struct ctx *c, struct work *w, const struct targets *t, struct err *e)
{
	char question[200];
	int rc;

	if (c->opt->dry_run)
		ctx_note(c, "%zu %s (dry run)", t->n, t->n == 1 ? w->ent->noun : w->ent->plural);
	(void)snprintf(question, sizeof(question), "Remove %zu %s%s?", t->n, t->n == 1 ? w->ent->noun : w->ent->plural,
		       cfg.purge ? " with all points" : "");
	rc = t->n ? ctx_confirm(c, question, e) : 1;
	return rc ? rc < 0 ? -1 : 0 : run_bulk(c, w, t, NULL, do_rm, e);
}

int entity_rm(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct targets t;
	struct work w;
	int rc;

	if (entity_begin(c, &w, e) < 0)
		return -1;
	rc = entity_targets(c, &w, argc, argv, RM_MOST, &t, e);
	if (rc == 0)
		rc = rm_targets(c, &w, &t, e);
	work_end(&w);
	return rc;
}

/* clang-format off */
const struct verb entity_verbs[] = {
	ENTITY_VERBS(0),
	{ NULL, NULL, NULL, NULL, 0, 0, 0 }
};
/* clang-format on */
