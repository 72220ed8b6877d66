/* SPDX-License-Identifier: MIT */
#include "cli/event.h"

#include "base/num.h"
#include "cli/entity.h"

#define BAR_WIDTH 60
#define CHUNK 1000 /* of a file in a transaction */

static struct {
	const char *file, *input, *window;
	bool exit_code, follow;
} cfg;

static const char *const inputs[] = { "auto", "jsonl", "csv", "tsv", NULL };

/* clang-format off */
const struct opt event_opts[] = {
	OPT_HEAD("Options"),
	OPT_TEXT_OF("add", 0, "file", &cfg.file, "FILE", "add what FILE (- is standard input) holds: what list writes, JSON Lines or CSV"),
	OPT_WORD_OF("add", 'i', "input", &cfg.input, "FORMAT", inputs, "format of FILE: auto jsonl csv tsv"),
	OPT_FLAG_OF("list", 'F', "follow", &cfg.follow, "go on with events as they are written"),
	OPT_FLAG_OF("list", 'e', "exit-code", &cfg.exit_code, "exit 1 when nothing is listed"),
	OPT_TEXT_OF("correlate", 0, "window", &cfg.window, "DURATION", "how far one may be behind the one before (default 60s)"),
	OPT_USE(select_opts),
	OPT_USE(range_opts),
	OPT_END
};
/* clang-format on */

/* ---- add ---- */

static void note(void *arg, const char *place, struct str name, enum did did, const struct err *why)
{
	(void)name;
	(void)did;
	if (why->code)
		ctx_complain(arg, "%s: %s", place, why->msg);
}

int event_add_verb(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct work w = { .db = c->db, .program = c->prog->name, .when = { c->now, c->zone } };
	struct work_file f = { .path = cfg.file, .chunk = CHUNK, .note = note, .arg = c };
	int64_t id = 0;
	int rc;

	if (!cfg.file && argc == 0)
		return err_set(e, E_USAGE, "needs message=TEXT, or --file");
	if (cfg.input && records_format_name(cfg.input, &f.format, e) < 0)
		return -1;
	if (work_begin(&w, &device_entity, e) < 0)
		return -1;
	rc = cfg.file ? event_put_file(&w, &f, argv, argc, e) : event_put(&w, argv, argc, &id, e);
	work_end(&w);
	if (rc == 0 && !cfg.file && (c->opt->verbose || c->err_terminal))
		ctx_note(c, "event %" PRId64, id);
	return rc;
}

/* ---- list, correlate ---- */

static int which(struct ctx *c, int argc, char **argv, struct terms *terms, struct event_which *w, struct err *e)
{
	bool given;

	if (ctx_terms(c, argc, argv, terms, e) < 0)
		return -1;
	*w = (struct event_which){ .operand = terms->v, .n = terms->n, .select = c->opt->select, .when = { c->now, c->zone } };
	return ctx_range(c, &w->range, &given, e);
}

int event_list_verb(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(terms_done) struct terms terms = { 0 };
	AUTO(out_dropp) struct out *out = NULL;
	struct field fields[EVENT_N];
	struct event_which w;
	size_t rows = 0;

	if (which(c, argc, argv, &terms, &w, e) < 0)
		return -1;
	event_shown(c->db, fields);
	if (ctx_out(c, fields, event_count, &out, e) < 0)
		return -1;
	if (event_print(c->db, &w, cfg.follow, out, &rows, e) < 0 || out_end(&out, e) < 0)
		return -1;
	return cfg.exit_code && !rows ? err_set(e, E_ANSWER, "nothing") : 0;
}

int event_show_verb(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;
	struct field fields[EVENT_N];
	int64_t id;

	(void)argc;
	if (!num_parse_int(str_of(argv[0]), &id))
		return err_set(e, E_USAGE, "\"%s\" is no number of an event", argv[0]);
	memcpy(fields, event_fields, sizeof(fields));
	for (size_t i = 0; i < EVENT_N; i++) /* show holds nothing back */
		fields[i].flags = 0;
	if (ctx_out(c, fields, event_count, &out, e) < 0 || event_show(c->db, id, out, e) < 0)
		return -1;
	return out_end(&out, e);
}

int event_correlate_verb(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(terms_done) struct terms terms = { 0 };
	AUTO(out_dropp) struct out *out = NULL;
	int64_t window = 60 * US_PER_S;
	struct event_which w;

	if (cfg.window && dur_parse(str_of(cfg.window), &window, e) < 0)
		return err_wrap(e, "--window");
	if (which(c, argc, argv, &terms, &w, e) < 0 || ctx_out(c, correlate_fields, correlate_count, &out, e) < 0 ||
	    event_correlate(c->db, &w, window, out, e) < 0)
		return -1;
	return out_end(&out, e);
}

/* ---- timeline ---- */

static int bars(struct ctx *c, const struct timeline *t, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 20);

	if (timeline_bars(c->db, t, BAR_WIDTH, c->zone, &text, e) < 0)
		return -1;
	return fputs(sb_cstr(&text), stdout) < 0 ? err_set(e, E_IO, "standard output: write failed") : 0;
}

int event_timeline_verb(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct timeline t = { .device = str_of(argv[0]), .now = c->now };
	AUTO(out_dropp) struct out *out = NULL;
	bool given;

	(void)argc;
	if (ctx_range(c, &t.range, &given, e) < 0)
		return -1;
	if (t.range.from == TIME_MIN)
		t.range.from = (t.range.to == TIME_MAX ? c->now : t.range.to) - US_PER_DAY;
	if (t.range.to == TIME_MAX)
		t.range.to = c->now;
	if (t.range.from >= t.range.to)
		return err_set(e, E_USAGE, "an empty stretch of time");
	if (ctx_table(c) && !c->opt->output && !c->opt->columns)
		return bars(c, &t, e);
	if (ctx_out(c, timeline_fields, timeline_count, &out, e) < 0 || timeline_print(c->db, &t, out, e) < 0)
		return -1;
	return out_end(&out, e);
}
