/* SPDX-License-Identifier: MIT */
#include "cli/connect.h"
#include "ingest/listen.h"

static struct listen cfg;
static struct texts topics;

/* clang-format off */
static const struct opt opts[] = {
	OPT_HEAD("What is printed"),
	OPT_LIST(0, "topic", &topics, "FILTER", "messages of these topics (default: all of the organisation's, or the URL's); may be repeated"),
	OPT_FLAG(0, "raw", &cfg.raw, "messages as they are, not the points in them"),
	OPT_NUMBER(0, "count", &cfg.count, "N", "end after N records"),
	OPT_TEXT(0, "as", &cfg.as, "DEVICE", "the device under topics that name none"),
	OPT_FLAG('F', "follow", &cfg.stay, "when the connection is lost, connect again"),
	OPT_USE(connect_opts),
	OPT_END
};

static const struct example examples[] = {
	{ "sit-subscribe mqtt://broker", "points as they come, until stopped" },
	{ "sit-subscribe mqtt://broker/sit/acme/+/status --raw", "who comes and goes" },
	{ "sit-subscribe mqtts://broker --user me --password @env:PW -f jsonl | jq .value", "in a pipe" },
	{ NULL, NULL },
};
/* clang-format on */

static void complain(void *arg, const char *line)
{
	ctx_complain(arg, "%s", line);
}

static int run(struct ctx *c, int argc, char **argv, struct err *e)
{
	int rc;

	(void)argc;
	if (cfg.count < 0)
		return err_set(e, E_USAGE, "--count: 1 or more");
	if (connect_read(&cfg.broker, e) < 0)
		return -1;
	if (ctx_out(c, cfg.raw ? listen_raw_fields : listen_fields, cfg.raw ? listen_raw_count : listen_count, &cfg.out, e) < 0)
		return -1;
	cfg.url = argv[0];
	cfg.topic = topics.v;
	cfg.ntopic = topics.n;
	cfg.org = setting(&c->settings, SET_ORG);
	cfg.complain = complain;
	cfg.arg = c;
	rc = listen_run(&cfg, e);
	if (rc < 0) {
		struct err late = { 0 };

		(void)out_close(cfg.out, &late);
		return -1;
	}
	return out_close(cfg.out, e);
}

static const struct record records[] = {
	{ "message", "a message of a broker (sit-subscribe --raw)", listen_raw_fields, &listen_raw_count },
	{ "heard point", "a point as a broker said it (sit-subscribe)", listen_fields, &listen_count },
	{ NULL, NULL, NULL, NULL },
};

const struct prog prog = {
	.name = "sit-subscribe",
	.family = "acquire",
	.brief = "what devices say to a broker, as records: ad hoc, at most once",
	.operands = "URL",
	.opts = opts,
	.records = records,
	.examples = examples,
	.least = 1,
	.most = 1,
	.run = run,
};
