/* SPDX-License-Identifier: MIT */
#include "cli/alarm_run.h"

#include "alarm/run.h"
#include "cli/every_org.h"
#include "os/clock.h"
#include "os/notify.h"
#include "task/trouble.h"

#define ROUND (10 * US_PER_S) /* built-in datapoints and silent devices are looked at so often */
#define GLANCE US_PER_S	      /* and what is due sooner is heard of within so long */

static struct {
	bool follow;
} cfg;

const struct opt alarm_run_opts[] = {
	OPT_FLAG_OF("run", 'F', "follow", &cfg.follow, "stay, and do it whenever something is due"),
	OPT_END
};

static void complain(void *arg, const char *line)
{
	ctx_complain(arg, "%s", line);
}

static int once(struct ctx *c, void *arg, struct err *e)
{
	int64_t *soonest = arg;
	AUTO(out_dropp) struct out *out = NULL;
	struct alarm_run r = { .judging = { .program = "sit-alarm", .complain = complain, .arg = c }, .dry = c->opt->dry_run, .now = c->now };

	if (ctx_out(c, change_fields, change_count, &out, e) < 0)
		return -1;
	r.judging.changes = out;
	if (alarm_run(c->db, &r, e) < 0)
		return -1;
	if (c->opt->verbose)
		ctx_note(c, "%" PRId64 " devices looked at", r.devices);
	*soonest = r.soonest < *soonest ? r.soonest : *soonest;
	return out_end(&out, e);
}

/* What the store lies on, and the clock that everything is timed by. (One that stands still is a test's.) */
static int look_around(struct ctx *c, int64_t *wall, int64_t *real, struct err *e)
{
	int64_t now = clock_now(), mono = clock_monotonic();
	int64_t by = *wall && now != *wall ? trouble_of_clock(now - *wall, mono - *real) : 0;

	*wall = now;
	*real = mono;
	if (c->opt->dry_run)
		return 0;
	if (trouble_ready(c->db, e) < 0 || trouble_look(c->db, now, e) < 0)
		return -1;
	return by ? trouble_clock(c->db, by, now, e) : 0;
}

/* Until then, or until it is time to look again; what others have put before it counts. */
static int rest(struct ctx *c, bool all, int64_t soonest, struct err *e)
{
	int64_t began = clock_monotonic();

	while (clock_monotonic() - began < ROUND) {
		notify_alive();
		if (ctx_wait(e) < 0)
			return -1;
		if (clock_now() >= soonest)
			return 0;
		if (!all && clock_monotonic() - began >= GLANCE && alarm_run_soonest(c->db, &soonest, e) < 0)
			return -1;
	}
	return 0;
}

int alarm_v_run(struct ctx *c, int argc, char **argv, struct err *e)
{
	/* Each organisation by itself: rules and devices of one have nothing to do with those of another. */
	struct every_org every = { .names = alarm_run_orgs, .one = once, .said = SB_INIT((size_t)16 << 20) };
	int64_t wall = 0, real = 0;
	bool all = db_self(c->db) == 0;
	int rc;

	(void)argc;
	(void)argv;
	do {
		int64_t soonest = INT64_MAX;

		c->now = clock_now();
		every.arg = &soonest;
		rc = look_around(c, &wall, &real, e);
		if (rc == 0)
			rc = all ? every_org(c, &every, e) : once(c, &soonest, e);
		if (!cfg.follow || (rc < 0 && e->code != E_PARTIAL))
			break;
		err_clear(e);
		notify_say("READY=1");
		rc = rest(c, all, soonest, e);
	} while (rc == 0);
	sb_done(&every.said);
	return rc < 0 && cfg.follow && e->code == E_SIGNAL ? 0 : rc;
}
