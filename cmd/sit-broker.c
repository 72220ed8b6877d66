/* SPDX-License-Identifier: MIT */
#include "base/time.h"
#include "cli/broker.h"
#include "cli/cli.h"
#include "cli/trouble.h"

static struct {
	const char *within;
} cfg = { .within = "14d" };

/* clang-format off */
static const struct opt opts[] = {
	OPT_USE(broker_opts),
	OPT_HEAD("Questions"),
	OPT_TEXT_OF("check", 0, "within", &cfg.within, "DURATION", "warn of a certificate that ends so soon (default 14d)"),
	OPT_END
};
/* clang-format on */

static int status(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(sb_done) struct sb dir = SB_INIT(PATH_MAX);
	AUTO(out_dropp) struct out *out = NULL;

	(void)argc;
	(void)argv;
	if (broker_begin(c, &dir, e) < 0 || ctx_out(c, broker_status_fields, broker_status_count, &out, e) < 0 ||
	    broker_status(c->db, sb_cstr(&dir), c->now, out, e) < 0)
		return -1;
	return out_end(&out, e);
}

static int check(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(sb_done) struct sb dir = SB_INIT(PATH_MAX);
	AUTO(out_dropp) struct out *out = NULL;
	size_t findings = 0;
	int64_t within;

	(void)argc;
	(void)argv;
	if (dur_parse(str_of(cfg.within), &within, e) < 0)
		return err_wrap(e, "--within");
	if (broker_begin(c, &dir, e) < 0 || ctx_out(c, broker_check_fields, broker_check_count, &out, e) < 0 ||
	    broker_check(c->db, sb_cstr(&dir), c->now, within, out, &findings, e) < 0 || out_end(&out, e) < 0)
		return -1;
	return findings ? err_set(e, E_ANSWER, "%zu findings", findings) : 0;
}

static int v_check(struct ctx *c, int argc, char **argv, struct err *e)
{
	return ctx_trouble(c, "broker", check(c, argc, argv, e), e);
}

/* clang-format off */
static const struct verb verbs[] = {
	{ "init", "", "make the folder: configuration, services", broker_v_init, NEED_WRITE | NEED_OWNER, 0, 0 },
	{ "sync", "", "let in whom the store says, and prove it", broker_v_sync, NEED_READ | NEED_OWNER, 0, 0 },
	{ "run", "", "run the broker in the foreground, and sync when the store changes", broker_v_run, NEED_WRITE | NEED_OWNER, 0, 0 },
	{ "status", "", "print what runs, and whether it is what the store says", status, NEED_READ | NEED_OWNER, 0, 0 },
	{ "check", "", "print what is stale or unsafe; exit 1 when anything is", v_check, NEED_READ | NEED_OWNER, 0, 0 },
	{ "rotate", "SERVICE", "a new password for a service (sit-ingest, sit-command)", broker_v_rotate, NEED_READ | NEED_OWNER, 1, 1 },
	{ NULL, NULL, NULL, NULL, 0, 0, 0 }
};

static const struct record records[] = {
	{ "broker status", "a broker and its files", broker_status_fields, &broker_status_count },
	{ "broker finding", "something stale or unsafe about a broker", broker_check_fields, &broker_check_count },
	{ NULL, NULL, NULL, NULL }
};

static const struct example examples[] = {
	{ "sit-broker init --dir /etc/sit/broker --cert server.pem --key server.key --ca ca.pem --url mqtts://broker.example.com", "make its folder" },
	{ "sit-broker sync", "let in whom the store says" },
	{ "sit-broker run --dir ./broker --listen 127.0.0.1:1883", "a broker for development" },
	{ "sit-broker check -q || echo 'look at the broker'", "for a monitor" },
	{ NULL, NULL },
};
/* clang-format on */

const struct prog prog = {
	.name = "sit-broker",
	.family = "acquire",
	.brief = "a mosquitto broker that lets in whom the store says",
	.opts = opts,
	.verbs = verbs,
	.records = records,
	.examples = examples,
};
