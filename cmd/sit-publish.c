/* SPDX-License-Identifier: MIT */
#include "cli/connect.h"
#include "ingest/send.h"

static struct send cfg;

/* clang-format off */
static const struct opt opts[] = {
	OPT_HEAD("What is sent"),
	OPT_TEXT(0, "topic", &cfg.topic, "TOPIC", "records as they are, all to TOPIC (default: to their devices' topics of telemetry)"),
	OPT_TEXT(0, "as", &cfg.as, "DEVICE", "the device of records that name none"),
	OPT_FLAG(0, "retain", &cfg.retain, "the broker keeps the last one of each topic for who comes later"),
	OPT_USE(connect_opts),
	OPT_END
};

static const struct example examples[] = {
	{ "sit-publish mqtt://broker points.jsonl", "points to their devices' topics" },
	{ "sit-query m1 '*' --last 1h | sit-publish --profile thingsboard mqtt://other", "as another server has it" },
	{ "echo '{\"status\":\"done\"}' | sit-publish mqtt://broker --topic sit/acme/m1/command/ack", "any message" },
	{ NULL, NULL },
};
/* clang-format on */

static void complain(void *arg, const char *line)
{
	ctx_complain(arg, "%s", line);
}

static int run(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct err ignored = { 0 };

	if (connect_read(&cfg.broker, e) < 0)
		return -1;
	if (cfg.topic && (topic_filter_check(str_of(cfg.topic), &ignored) < 0 || strpbrk(cfg.topic, "+#")))
		return err_set(e, E_USAGE, "--topic: \"%s\" is no topic: 1 to %d bytes without + and #", cfg.topic, TOPIC_MAX);
	if (argc == 1 && isatty(STDIN_FILENO))
		return err_set(e, E_USAGE, "standard input is a terminal: name a file, or - to read it all the same");
	cfg.url = argv[0];
	cfg.org = setting(&c->settings, SET_ORG);
	if (!cfg.org)
		cfg.org = "default";
	cfg.complain = complain;
	cfg.arg = c;
	if (send_run(&cfg, argv + 1, argc - 1, e) < 0)
		return -1;
	if (c->opt->verbose)
		ctx_note(c, "%" PRId64 " messages taken by the broker", cfg.sent);
	return 0;
}

const struct prog prog = {
	.name = "sit-publish",
	.family = "acquire",
	.brief = "records to a broker, each until the broker has it",
	.operands = "URL [FILE...]",
	.opts = opts,
	.examples = examples,
	.least = 1,
	.most = -1,
	.run = run,
};
