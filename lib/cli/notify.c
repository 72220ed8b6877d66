/* SPDX-License-Identifier: MIT */
#include "cli/notify.h"

#include "cli/entity.h"
#include "cli/every_org.h"
#include "model/notify.h"
#include "notify/notify.h"
#include "os/clock.h"
#include "os/notify.h"

static struct {
	const char *channel, *subject, *severity, *secret;
	struct texts attach;
	bool follow, clear, drop, all;
	int64_t after;
} cfg = { .severity = "info" };

static const char *const severities[] = { "info", "warning", "error", "critical", NULL };

/* clang-format off */
const struct opt notify_opts[] = {
	OPT_HEAD("Messages"),
	OPT_TEXT_OF("send", 0, "channel", &cfg.channel, "CHANNEL", "where it goes"),
	OPT_TEXT_OF("send", 0, "subject", &cfg.subject, "TEXT", "its subject"),
	OPT_WORD_OF("send", 0, "severity", &cfg.severity, "SEVERITY", severities, "how bad it is (default info)"),
	{ .kind = OPT_KIND_LIST, .name = "attach", .list = &cfg.attach, .arg = "FILE", .verbs = "send", .help = "of mail: a file that goes with it (several times for several)" },
	OPT_FLAG_OF("run", 'F', "follow", &cfg.follow, "go on as things happen (a service)"),
	OPT_NUMBER_OF("history", 0, "after", &cfg.after, "ID", "only notices behind this one"),
	OPT_TEXT_OF("channel_secret", 0, "secret", &cfg.secret, "@FILE", "where the secret is: @FILE, @env:NAME, @cred:NAME"),
	OPT_FLAG_OF("channel_secret", 0, "clear", &cfg.clear, "take the secret away"),
	OPT_FLAG_OF("retry release", 0, "all", &cfg.all, "all of them"),
	OPT_FLAG_OF("release", 0, "drop", &cfg.drop, "they never go out"),
	OPT_END
};
/* clang-format on */

static int say(struct ctx *c, const struct notify_word *word, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;
	struct err said = { 0 };
	struct work w;
	int rc;

	if (entity_begin(c, &w, e) < 0)
		return -1;
	rc = ctx_out(c, notice_fields, notice_count, &out, e);
	if (rc == 0)
		rc = notice_say(&w, word, out, e);
	if (rc < 0)
		said = *e;
	if (out && out_end(&out, e) < 0 && !said.code)
		rc = -1;
	if (said.code)
		*e = said;
	work_end(&w);
	return rc;
}

int notify_v_send(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(65536);

	if (!cfg.channel)
		return err_set(e, E_USAGE, "needs --channel CHANNEL");
	for (int i = 0; i < argc; i++)
		sb_addf(&text, "%s%s", i ? " " : "", argv[i]);
	if (text.bad)
		return err_set(e, E_USAGE, "the text is longer than %zu bytes", text.max);
	return say(c, &(struct notify_word){ .channel = cfg.channel, .text = sb_cstr(&text), .subject = cfg.subject, .severity = cfg.severity,
					     .file = cfg.attach.v, .n = cfg.attach.n }, e);
}

int notify_v_test(struct ctx *c, int argc, char **argv, struct err *e)
{
	(void)argc;
	return say(c, &(struct notify_word){ .channel = argv[0], .text = "This is a test of sit-notify.", .subject = "sit-notify: a test",
					     .severity = "info", .test = true }, e);
}

int notify_v_secret(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(sb_wipe) struct sb secret = SB_INIT(16384);
	struct work w;
	int rc = cfg.clear ? 0 : ctx_secret(c, cfg.secret, "Secret", &secret, e);

	(void)argc;
	if (rc == 0 && !cfg.clear && !secret.len)
		rc = err_set(e, E_INPUT, "the secret is empty (--clear takes it away)");
	if (rc < 0 || entity_begin(c, &w, e) < 0)
		return -1;
	rc = notify_secret(&w, argv[0], cfg.clear ? (struct str){ NULL, 0 } : sb_str(&secret), e);
	work_end(&w);
	return rc;
}

/* ---- run ---- */

static void complain(void *arg, const char *line)
{
	ctx_complain(arg, "%s", line);
}

/* One go: what is configured is read anew each time. */
static int once(struct ctx *c, void *arg, struct err *e)
{
	struct work w;
	int rc;

	c->now = clock_now();
	if (entity_begin(c, &w, e) < 0)
		return -1;
	rc = notify_run(&w, complain, c, arg, e);
	work_end(&w);
	return rc;
}

/* In all organisations: each is looked at once, then those that something happened in. */
static int round_of(struct ctx *c, struct every_org *every, struct notify_done *done, struct err *e)
{
	int rc;

	if (db_self(c->db))
		return once(c, done, e);
	rc = every_org(c, every, e);
	every->names = notify_orgs_busy;
	if (rc == 0 || e->code == E_PARTIAL) {
		struct err why = { 0 };

		if (notify_soonest(c->db, &done->next, &why) < 0) {
			*e = why;
			return -1;
		}
	}
	return rc;
}

static int follow(struct ctx *c, struct every_org *every, struct notify_done *done, struct err *e)
{
	if (notify_watch(c->db, e) < 0)
		return -1;
	notify_say("READY=1");
	for (;;) {
		if (round_of(c, every, done, e) < 0 && e->code != E_PARTIAL)
			return -1;
		err_clear(e);
		notify_alive();
		if (notify_wait(c->db, done, e) < 0)
			return -1;
	}
}

int notify_v_run(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct notify_done done = { .next = INT64_MAX };
	struct every_org every = { .names = notify_orgs, .one = once, .arg = &done, .said = SB_INIT((size_t)16 << 20) };
	int rc = cfg.follow ? follow(c, &every, &done, e) : round_of(c, &every, &done, e);

	(void)argc;
	(void)argv;
	sb_done(&every.said);
	if (c->opt->verbose || c->opt->dry_run)
		ctx_note(c, "%" PRId64 " new, %" PRId64 " delivered, %" PRId64 " to be tried again, %" PRId64 " given up, %" PRId64 " held%s", done.made,
			 done.delivered, done.again, done.dead, done.held, c->opt->dry_run ? " (dry run)" : "");
	if (rc < 0)
		return -1;
	return done.dead ? err_set(e, E_PARTIAL, "%" PRId64 " given up (sit-notify history state=dead)", done.dead) : 0;
}

/* ---- lists ---- */

static int print(struct ctx *c, const struct field *fields, char **term, int n, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;
	struct work w;
	int rc;

	if (entity_begin(c, &w, e) < 0)
		return -1;
	rc = ctx_out(c, fields, notice_count, &out, e);
	if (rc == 0)
		rc = notify_history(&w, term, n, cfg.after, out, e);
	if (rc == 0 && c->verb->least && !out_count(out))
		rc = err_set(e, E_NOTFOUND, "no notice %s", term[0]);
	if (rc == 0)
		rc = out_end(&out, e);
	work_end(&w);
	return rc;
}

int notify_v_history(struct ctx *c, int argc, char **argv, struct err *e)
{
	return print(c, notice_fields, argv, argc, e);
}

int notify_v_status(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct field fields[32];

	for (size_t i = 0; i < notice_count && i < COUNT(fields); i++) {
		fields[i] = notice_fields[i];
		fields[i].flags = 0; /* all of them */
	}
	return print(c, fields, argv, argc, e);
}

static int turned(struct ctx *c, int (*turn)(struct work *w, char **id, int n, int64_t *count, struct err *e), int argc, char **argv, struct err *e)
{
	struct work w;
	int64_t n = 0;
	int rc;

	if (!argc == !cfg.all)
		return err_set(e, E_USAGE, "name notices by their numbers, or say --all");
	if (entity_begin(c, &w, e) < 0)
		return -1;
	rc = turn(&w, argv, argc, &n, e);
	work_end(&w);
	if (rc == 0 && (c->opt->verbose || c->opt->dry_run || c->err_terminal))
		ctx_note(c, "%" PRId64 " notices%s", n, c->opt->dry_run ? " (dry run)" : "");
	return rc;
}

int notify_v_retry(struct ctx *c, int argc, char **argv, struct err *e)
{
	return turned(c, notify_retry, argc, argv, e);
}

static int release(struct work *w, char **id, int n, int64_t *count, struct err *e)
{
	return notify_release(w, id, n, cfg.drop, count, e);
}

int notify_v_release(struct ctx *c, int argc, char **argv, struct err *e)
{
	return turned(c, release, argc, argv, e);
}
