/* SPDX-License-Identifier: MIT */
#include "cli/alarm.h"

#include "alarm/act.h"
#include "alarm/explain.h"
#include "alarm/silence.h"
#include "task/names.h"

#define ACTS "ack clear shelve unshelve assign comment"
#define READS "list check history stats"

static struct {
	const char *device, *site, *group, *gateway, *select;
	const char *from, *to, *during, *last, *by, *span, *until, *schedule;
	bool active, all, none, exit_code, nul;
	int64_t after, limit, top;
} cfg = { .by = "" };

/* clang-format off */
const struct opt alarm_opts[] = {
	OPT_HEAD("Which alarms (sit-selectors(7))"),
	OPT_FLAG_OF("list", 0, "active", &cfg.active, "those that are there now (this is the default)"),
	OPT_FLAG_OF("list silence_list", 0, "all", &cfg.all, "those that have ended, too"),
	OPT_TEXT_OF(READS " " ACTS, 'd', "device", &cfg.device, "DEVICE", "only of this device"),
	OPT_TEXT_OF(READS " " ACTS, 's', "site", &cfg.site, "SITE", "only of devices of SITE (same as site=SITE)"),
	OPT_TEXT_OF(READS " " ACTS, 'g', "group", &cfg.group, "GROUP", "only of devices of GROUP (same as group:GROUP)"),
	OPT_TEXT_OF(READS " " ACTS, 0, "gateway", &cfg.gateway, "GATEWAY", "only of devices behind GATEWAY"),
	OPT_TEXT_OF(READS " " ACTS, 0, "select", &cfg.select, "EXPRESSION", "only alarms that fit; " ACTS ": of those that are there now"),
	OPT_FLAG_OF(ACTS " silence_rm", '0', "null", &cfg.nul, "numbers from - and @FILE end with NUL, not with a line"),
	OPT_TEXT_OF("list history stats silence_add", 'S', "from", &cfg.from, "TIME", "that were there from TIME on; stats: raised; silence add: begins then (default: now)"),
	OPT_TEXT_OF("list history stats", 'U', "to", &cfg.to, "TIME", "that were there before TIME; stats: raised"),
	OPT_TEXT_OF("list history stats", 0, "during", &cfg.during, "PERIOD", "2026, 2026-Q1, 2026-01, today, last-month, ... (sit-time(7))"),
	OPT_TEXT_OF("list history stats", 0, "last", &cfg.last, "DURATION", "the DURATION until now"),
	OPT_NUMBER_OF("list history", 0, "after", &cfg.after, "ID", "only with a greater id"),
	OPT_NUMBER_OF("list history", 'N', "limit", &cfg.limit, "N", "at most so many"),
	OPT_FLAG_OF("list", 'e', "exit-code", &cfg.exit_code, "exit 1 when nothing is listed"),
	OPT_HEAD("Sums"),
	OPT_TEXT_OF("stats", 0, "by", &cfg.by, "A,B,...", "a sum for each of some of rule, device, severity, site"),
	OPT_NUMBER_OF("stats", 0, "top", &cfg.top, "N", "only the N with most alarms"),
	OPT_HEAD("What to do"),
	OPT_FLAG_OF("assign", 0, "none", &cfg.none, "to nobody"),
	OPT_TEXT_OF("shelve silence_add", 0, "for", &cfg.span, "DURATION", "for so long"),
	OPT_TEXT_OF("shelve silence_add", 0, "until", &cfg.until, "TIME", "until then"),
	OPT_TEXT_OF("silence_add", 0, "schedule", &cfg.schedule, "WINDOWS", "in these windows of each week on the clocks of --tz: \"tue 02:00-04:00\""),
	OPT_USE(writing_opts),
	OPT_END
};
/* clang-format on */

static int begin(struct ctx *c, struct work *w, struct err *e)
{
	struct common *v = common();

	v->device = cfg.device;
	v->site = cfg.site;
	v->group = cfg.group;
	v->gateway = cfg.gateway;
	v->from = cfg.from;
	v->to = cfg.to;
	v->during = cfg.during;
	v->last = cfg.last;
	v->nul = cfg.nul;
	*w = (struct work){ .db = c->db, .program = c->prog->name, .message = c->opt->message, .when = { c->now, c->zone }, .dry = c->opt->dry_run };
	return alarms_begin(w, e);
}

/* Work that reads: between begin() and work_end(). */
typedef int read_fn(struct ctx *c, struct work *w, struct alarms_ask *ask, struct err *e);

static int reading(struct ctx *c, int argc, char **argv, read_fn *fn, struct err *e)
{
	AUTO(terms_done) struct terms terms = { 0 };
	struct alarms_ask ask = { .select = cfg.select, .after = cfg.after, .limit = cfg.limit };
	struct range range;
	struct work w;
	bool given;
	int rc;

	if (begin(c, &w, e) < 0)
		return -1;
	rc = ctx_terms(c, argc, argv, &terms, e);
	if (rc == 0)
		rc = ctx_range(c, &range, &given, e);
	ask.term = terms.v;
	ask.n = terms.n;
	if (rc == 0)
		ask.range = given ? &range : NULL;
	if (rc == 0)
		rc = fn(c, &w, &ask, e);
	work_end(&w);
	return rc;
}

/* Fields to print: with the organisation where there are several; all of them for one. */
static void fields_of(const struct ctx *c, const struct field *from, size_t n, bool every, struct field *out)
{
	memcpy(out, from, n * sizeof(*out));
	if (db_many(c->db))
		out[n - 1].flags |= FIELD_LIST;
	for (size_t i = 0; every && i < n; i++)
		out[i].flags = 0;
}

/* ---- looking ---- */

static int print_list(struct ctx *c, struct work *w, struct alarms_ask *ask, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;
	struct field fields[AL_ALL];
	int64_t rows;

	ask->active = cfg.active || !(cfg.all || ask->range);
	fields_of(c, alarm_fields, AL_ALL, false, fields);
	if (ctx_out(c, fields, AL_ALL, &out, e) < 0 || alarms_list(w, ask, out, &rows, e) < 0 || out_end(&out, e) < 0)
		return -1;
	return cfg.exit_code && !rows ? err_set(e, E_ANSWER, "nothing") : 0;
}

int alarm_list(struct ctx *c, int argc, char **argv, struct err *e)
{
	return reading(c, argc, argv, print_list, e);
}

static int count_active(struct ctx *c, struct work *w, struct alarms_ask *ask, struct err *e)
{
	int64_t rows;

	ask->active = ask->loud = true;
	if (alarms_list(w, ask, NULL, &rows, e) < 0)
		return -1;
	if (c->opt->verbose)
		ctx_note(c, "%" PRId64 " active", rows);
	return rows ? err_set(e, E_ANSWER, "%" PRId64 " active", rows) : 0;
}

int alarm_check(struct ctx *c, int argc, char **argv, struct err *e)
{
	return reading(c, argc, argv, count_active, e);
}

static int show_all(struct ctx *c, struct work *w, int argc, char **argv, struct err *e)
{
	static const struct field pair[] = {
		{ .name = "field", .kind = FIELD_TEXT, .help = "name of a field" },
		{ .name = "value", .kind = FIELD_TEXT, .help = "its value" },
	};
	AUTO(out_dropp) struct out *out = NULL;
	struct field fields[AL_ALL];
	bool table = ctx_table(c);
	int64_t id;

	fields_of(c, alarm_fields, AL_ALL, true, fields);
	if (ctx_out(c, table ? pair : fields, table ? COUNT(pair) : AL_ALL, &out, e) < 0)
		return -1;
	for (int i = 0; i < argc; i++)
		if (alarm_id_read(str_of(argv[i]), &id, e) < 0 || alarms_show(w, id, table, out, e) < 0)
			return -1;
	return out_end(&out, e);
}

int alarm_show(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct work w;
	int rc;

	if (begin(c, &w, e) < 0)
		return -1;
	rc = show_all(c, &w, argc, argv, e);
	work_end(&w);
	return rc;
}

static int print_history(struct ctx *c, struct work *w, struct alarms_ask *ask, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;
	struct field fields[AC_ALL];
	int64_t rows;

	fields_of(c, alarm_change_fields, AC_ALL, false, fields);
	return ctx_out(c, fields, AC_ALL, &out, e) < 0 || alarms_history(w, ask, out, &rows, e) < 0 ? -1 : out_end(&out, e);
}

int alarm_history(struct ctx *c, int argc, char **argv, struct err *e)
{
	return reading(c, argc, argv, print_history, e);
}

static int print_sums(struct ctx *c, struct work *w, struct alarms_ask *ask, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;
	struct alarm_by by;

	ask->raised = true;
	if (alarm_by_read(cfg.by, &by, e) < 0 || ctx_out(c, by.field, by.n + ALARM_SUMS, &out, e) < 0)
		return -1;
	return alarm_stats(w, ask, &by, cfg.top, out, e) < 0 ? -1 : out_end(&out, e);
}

int alarm_sums(struct ctx *c, int argc, char **argv, struct err *e)
{
	return reading(c, argc, argv, print_sums, e);
}

/* ---- doing ---- */

struct told {
	struct ctx *c;
	const char *noun, *word;
};

static void note(void *arg, const char *place, struct str name, enum did did, const struct err *e)
{
	const struct told *t = arg;

	(void)place;
	if (e->code)
		ctx_complain(t->c, "%s", e->msg);
	else if (t->c->opt->verbose || t->c->opt->dry_run)
		ctx_note(t->c, "%s %.*s: %s%s", t->noun, STR_ARG(name), did == DID_NOTHING ? "it was so already" : t->word, t->c->opt->dry_run ? " (dry run)" : "");
}

struct numbers {
	struct work *w;
	struct targets *t;
};

static int add_number(struct str name, size_t line, void *arg, struct err *e)
{
	const struct numbers *n = arg;
	int64_t id;

	(void)line;
	return alarm_id_read(name, &id, e) < 0 ? -1 : work_target(n->w, n->t, id, e);
}

/* Numbers, lists of them, and what the selection finds; many go on when one is refused. */
static int numbers(struct ctx *c, struct work *w, int argc, char **argv, struct targets *t, struct err *e)
{
	struct numbers n = { w, t };

	for (int i = 0; i < argc; i++) {
		bool list = names_is_list(argv[i]);

		w->partly |= list || argc > 1;
		if ((list ? names_read(argv[i], c->opt->nul, add_number, &n, e) : add_number(str_of(argv[i]), 0, &n, e)) < 0)
			return -1;
	}
	return 0;
}

static int targets(struct ctx *c, struct work *w, int argc, char **argv, struct targets *t, struct err *e)
{
	AUTO(terms_done) struct terms terms = { 0 };
	struct alarms_ask ask = { .select = cfg.select, .active = true };
	bool selected = cfg.select || cfg.device || cfg.site || cfg.group || cfg.gateway;

	if (!argc && !selected)
		return err_set(e, E_USAGE, "needs numbers of alarms (- reads them), or a selection");
	if (numbers(c, w, argc, argv, t, e) < 0)
		return -1;
	if (!selected)
		return 0;
	w->partly = true;
	if (ctx_terms(c, 0, NULL, &terms, e) < 0)
		return -1;
	ask.term = terms.v;
	ask.n = terms.n;
	return alarms_targets(w, &ask, t, e);
}

static void complain(void *arg, const char *line)
{
	ctx_complain(arg, "%s", line);
}

static int act(struct ctx *c, int argc, char **argv, struct alarm_do *d, struct err *e)
{
	struct told told = { c, "alarm", alarm_act_done(d->what) };
	struct targets t = { 0 };
	struct work w;
	int rc;

	d->complain = complain;
	d->arg = c;
	if (begin(c, &w, e) < 0)
		return -1;
	rc = targets(c, &w, argc, argv, &t, e);
	if (rc == 0)
		rc = alarms_do(&w, &t, d, note, &told, e);
	work_end(&w);
	return rc;
}

/* Begin and end that --from, --for and --until say. */
static int span(struct ctx *c, int64_t *begins, int64_t *ends, struct err *e)
{
	const struct time_ctx when = { c->now, c->zone };
	int64_t lasts;

	*begins = c->now;
	if (!cfg.span == !cfg.until)
		return err_set(e, E_USAGE, "until when? (--for DURATION or --until TIME)");
	if (cfg.from && time_parse(str_of(cfg.from), &when, begins, e) < 0)
		return err_wrap(e, "--from");
	if (cfg.until)
		return time_parse(str_of(cfg.until), &when, ends, e) < 0 ? err_wrap(e, "--until") : 0;
	if (dur_parse(str_of(cfg.span), &lasts, e) < 0)
		return err_wrap(e, "--for");
	if (lasts <= 0 || lasts > TIME_MAX - *begins)
		return err_set(e, E_USAGE, "--for: longer than nothing, and not beyond the year 9999");
	*ends = *begins + lasts;
	return 0;
}

int alarm_ack(struct ctx *c, int argc, char **argv, struct err *e)
{
	return act(c, argc, argv, &(struct alarm_do){ .what = ALARM_ACK }, e);
}

int alarm_clear(struct ctx *c, int argc, char **argv, struct err *e)
{
	return act(c, argc, argv, &(struct alarm_do){ .what = ALARM_CLEAR }, e);
}

int alarm_shelve(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct alarm_do d = { .what = ALARM_SHELVE };
	int64_t now;

	if (span(c, &now, &d.until, e) < 0)
		return -1;
	if (d.until <= now)
		return err_set(e, E_USAGE, "--until: that is over");
	return act(c, argc, argv, &d, e);
}

int alarm_unshelve(struct ctx *c, int argc, char **argv, struct err *e)
{
	return act(c, argc, argv, &(struct alarm_do){ .what = ALARM_UNSHELVE }, e);
}

int alarm_assign_to(struct ctx *c, int argc, char **argv, struct err *e)
{
	if (!argc && !cfg.none)
		return err_set(e, E_USAGE, "needs the user (or --none) behind the alarms");
	if (cfg.none)
		return act(c, argc, argv, &(struct alarm_do){ .what = ALARM_ASSIGN }, e);
	return act(c, argc - 1, argv, &(struct alarm_do){ .what = ALARM_ASSIGN, .user = argv[argc - 1] }, e);
}

int alarm_comment(struct ctx *c, int argc, char **argv, struct err *e)
{
	return act(c, argc, argv, &(struct alarm_do){ .what = ALARM_COMMENT }, e);
}

/* ---- silences ---- */

static int add_silence(struct ctx *c, struct work *w, struct silence_new *n, struct err *e)
{
	int64_t id;

	if (!n->note || !*n->note)
		return err_set(e, E_USAGE, "why? (--message TEXT)");
	if (span(c, &n->begins, &n->ends, e) < 0 || silence_new(w, n, &id, e) < 0)
		return -1;
	if (c->opt->dry_run)
		ctx_note(c, "silence added (dry run)");
	else if (c->opt->verbose || c->terminal)
		ctx_note(c, "silence %" PRId64 " added", id);
	return 0;
}

int alarm_silence_add(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct silence_new n = { .term = argv, .n = argc, .schedule = cfg.schedule, .tz = setting(&c->settings, SET_TZ), .note = c->opt->message };
	struct work w;
	int rc;

	if (begin(c, &w, e) < 0)
		return -1;
	rc = silence_begin(&w, e);
	if (rc == 0)
		rc = add_silence(c, &w, &n, e);
	work_end(&w);
	return rc;
}

int alarm_silence_list(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;
	struct field fields[SL_ALL];
	struct work w;
	int64_t rows;
	int rc;

	if (begin(c, &w, e) < 0)
		return -1;
	fields_of(c, silence_fields, SL_ALL, false, fields);
	rc = silence_begin(&w, e);
	if (rc == 0)
		rc = ctx_out(c, fields, SL_ALL, &out, e);
	if (rc == 0)
		rc = silence_list(&w, argv, argc, cfg.all, out, &rows, e);
	if (rc == 0)
		rc = out_end(&out, e);
	work_end(&w);
	return rc;
}

int alarm_silence_rm(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct told told = { c, "silence", "ended" };
	struct targets t = { 0 };
	struct work w;
	int rc;

	if (begin(c, &w, e) < 0)
		return -1;
	rc = silence_begin(&w, e);
	if (rc == 0)
		rc = numbers(c, &w, argc, argv, &t, e);
	if (rc == 0)
		rc = silence_remove(&w, &t, note, &told, e);
	work_end(&w);
	return rc;
}

/* ---- why ---- */

int alarm_explains(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;
	struct work w;
	int64_t id;
	int rc;

	(void)argc;
	if (alarm_id_read(str_of(argv[0]), &id, e) < 0 || begin(c, &w, e) < 0)
		return -1;
	rc = ctx_out(c, alarm_step_fields, alarm_step_count, &out, e);
	if (rc == 0)
		rc = alarm_explain(&w, id, out, e);
	if (rc == 0)
		rc = out_end(&out, e);
	work_end(&w);
	return rc;
}
