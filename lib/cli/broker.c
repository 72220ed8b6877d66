/* SPDX-License-Identifier: MIT */
#include "cli/broker.h"

#include "base/time.h"
#include "os/clock.h"
#include "os/process.h"
#include "os/signal.h"
#include "task/broker_stamp.h"

#define RESTS US_PER_S	     /* between two looks at a store that changes all the time */
#define LOOKS (10 * US_PER_S) /* and at one that does not: what expires does so by itself */

static struct {
	const char *dir, *listen, *websocket, *cert, *key, *ca, *socket, *url;
	bool dry;
} cfg;

#define MAKES "init run"

/* clang-format off */
const struct opt broker_opts[] = {
	OPT_HEAD("Options"),
	OPT_TEXT(0, "dir", &cfg.dir, "DIR", "the broker's folder (default: where init made it)"),
	OPT_TEXT_OF(MAKES, 0, "listen", &cfg.listen, "[ADDRESS:]PORT", "where devices come in (with --cert 8883)"),
	OPT_TEXT_OF(MAKES, 0, "websocket", &cfg.websocket, "[ADDRESS:]PORT", "where they come in through WebSockets"),
	OPT_TEXT_OF(MAKES, 0, "cert", &cfg.cert, "FILE", "certificate of the broker, PEM"),
	OPT_TEXT_OF(MAKES, 0, "key", &cfg.key, "FILE", "its private key, PEM"),
	OPT_TEXT_OF(MAKES, 0, "ca", &cfg.ca, "FILE", "certificate that devices shall trust, PEM: goes into their bundles"),
	OPT_TEXT_OF(MAKES, 0, "socket", &cfg.socket, "PATH", "Unix socket for programs of this host (default DIR/mqtt.sock)"),
	OPT_TEXT_OF(MAKES, 0, "url", &cfg.url, "URL", "where devices reach the broker: goes into their bundles"),
	OPT_FLAG_OF("sync", 'n', "dry-run", &cfg.dry, "say what would be done, change nothing"),
	OPT_END
};
/* clang-format on */

int broker_begin(struct ctx *c, struct sb *dir, struct err *e)
{
	AUTO(free_chars) char *real = NULL;

	if (broker_folder(c->db, cfg.dir, dir, e) < 0)
		return -1;
	real = realpath(sb_cstr(dir), NULL);
	sb_clear(dir);
	return real && sb_adds(dir, real) == 0 ? 0 : err_nomem(e);
}

/* The folder that the options speak of; of one that is there, `again` says whether it is what they say. */
static int make(struct ctx *c, bool again, struct err *e)
{
	const struct broker_init how = { .dir = cfg.dir, .listen = cfg.listen, .websocket = cfg.websocket, .cert = cfg.cert, .key = cfg.key, .ca = cfg.ca, .socket = cfg.socket,
					 .url = cfg.url };

	if (!cfg.dir)
		return err_set(e, E_USAGE, "which folder: --dir DIR");
	return again && broker_is_made(cfg.dir) ? broker_again(c->db, &how, e) : broker_init(c->db, &how, e);
}

int broker_v_init(struct ctx *c, int argc, char **argv, struct err *e)
{
	bool there = cfg.dir && broker_is_made(cfg.dir);

	(void)argc;
	(void)argv;
	if (make(c, false, e) < 0)
		return -1;
	if (there)
		ctx_note(c, "bundles say it from now on; %s is as it was", cfg.dir);
	else
		ctx_note(c, "%s is made; sit-broker sync fills it, mosquitto -c %s/mosquitto.conf runs it", cfg.dir, cfg.dir);
	return 0;
}

static int sync_once(struct ctx *c, const char *dir, bool loud, struct err *e)
{
	struct broker_synced s = { 0 };

	if (broker_sync(c->db, dir, clock_now(), cfg.dry, &s, e) < 0)
		return -1;
	if (s.refused)
		ctx_complain(c, "%" PRId64 " credentials are left out: their names are none, or their organisation has not the profile (sit-broker check)", s.refused);
	if (cfg.dry)
		ctx_note(c, "%" PRId64 " logins: %s (dry run)", s.logins, s.wrote ? "would be written" : "as they are");
	else if (loud || c->opt->verbose)
		ctx_note(c, "%" PRId64 " logins: %s; %s", s.logins, s.wrote ? "written" : "as they were",
			 s.proved ? "the broker does what they say" : "not proved: no broker runs");
	return 0;
}

int broker_v_sync(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(sb_done) struct sb dir = SB_INIT(PATH_MAX);

	(void)argc;
	(void)argv;
	return broker_begin(c, &dir, e) < 0 ? -1 : sync_once(c, sb_cstr(&dir), c->err_terminal, e);
}

int broker_v_rotate(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(sb_done) struct sb dir = SB_INIT(PATH_MAX);

	(void)argc;
	if (broker_begin(c, &dir, e) < 0 || broker_rotate(sb_cstr(&dir), argv[0], e) < 0)
		return -1;
	return sync_once(c, sb_cstr(&dir), c->err_terminal, e);
}

/* ---- run ---- */

/* It has ended by itself: nobody stopped us. */
static int ended(struct process *p, struct err *e)
{
	if (process_end(p, e) < 0)
		return -1;
	return err_set(e, E_IO, "mosquitto ended");
}

static int wait_for(struct process *p, const char *dir, struct err *e)
{
	while (!broker_pid(dir) || broker_loaded(dir, e) <= 0) {
		if (e->code == E_SIGNAL)
			return -1;
		err_clear(e);
		if (process_gone(p))
			return ended(p, e);
		if (ctx_wait(e) < 0)
			return -1;
	}
	return 0;
}

static int follow(struct ctx *c, struct process *p, const char *dir, struct err *e)
{
	if (wait_for(p, dir, e) < 0 || db_watch(c->db, BROKER_CHANNEL, e) < 0 || sync_once(c, dir, true, e) < 0)
		return -1;
	for (;;) {
		int64_t until = clock_monotonic() + RESTS;

		if (db_wait(c->db, LOOKS, e) < 0)
			return -1;
		while (clock_monotonic() < until)
			if (ctx_wait(e) < 0)
				return -1;
		if (process_gone(p))
			return ended(p, e);
		if (sync_once(c, dir, false, e) == 0)
			continue;
		if (e->code == E_SIGNAL)
			return -1;
		/* A store that is away for a while must not take the broker with it. */
		ctx_complain(c, "%s", e->msg);
		err_clear(e);
	}
}

int broker_v_run(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(sb_done) struct sb dir = SB_INIT(PATH_MAX);
	AUTO(sb_done) struct sb conf = SB_INIT(PATH_MAX);
	const char *call[] = { "mosquitto", "-c", NULL, NULL };
	struct process p = { .argv = call, .in = -1, .out = -1, .loud = true };
	int rc;

	(void)argc;
	(void)argv;
	if (cfg.dir && make(c, true, e) < 0)
		return -1;
	if (broker_begin(c, &dir, e) < 0 || sync_once(c, sb_cstr(&dir), false, e) < 0)
		return -1;
	if (broker_pid(sb_cstr(&dir)))
		return err_set(e, E_CONFLICT, "a broker runs on %s already", sb_cstr(&dir));
	if (sb_addf(&conf, "%s/mosquitto.conf", sb_cstr(&dir)) < 0)
		return err_nomem(e);
	call[2] = sb_cstr(&conf);
	if (access("/usr/sbin/mosquitto", X_OK) == 0) /* where Debian has it, and PATH of users has not */
		call[0] = "/usr/sbin/mosquitto";
	if (process_start(&p, e) < 0)
		return -1;
	rc = follow(c, &p, sb_cstr(&dir), e);
	process_kill(&p);
	return rc;
}
