/* SPDX-License-Identifier: MIT */
#include "cli/alarm_run.h"

#include "os/clock.h"
#include "os/notify.h"
#include "task/alarm_run.h"

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

static int once(struct ctx *c, int64_t *soonest, struct err *e)
{
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

struct names {
	char **v;
	size_t n;
};

static int add_name(struct str name, void *arg, struct err *e)
{
	struct names *s = arg;
	char **v = realloc(s->v, (s->n + 1) * sizeof(char *));

	if (v) {
		s->v = v;
		v[s->n] = strndup(name.ptr, name.len);
	}
	return v && v[s->n++] ? 0 : err_nomem(e);
}

static int turn_to(struct ctx *c, const char *name, struct err *e)
{
	char *copy = strdup(name);

	if (!copy)
		return err_nomem(e);
	free(c->settings.of[SET_ORG].value);
	c->settings.of[SET_ORG].value = copy;
	return ctx_open(c, NEED_WRITE | NEED_ALL_ORGS, e);
}

/* Each organisation by itself: rules and devices of one have nothing to do with those of another. */
static int everywhere(struct ctx *c, int64_t *soonest, struct err *e)
{
	struct names names = { NULL, 0 };
	int rc = turn_to(c, "*", e) < 0 ? -1 : alarm_run_orgs(c->db, add_name, &names, e);

	for (size_t i = 0; i < names.n; i++) {
		if (rc == 0)
			rc = turn_to(c, names.v[i], e) < 0 || once(c, soonest, e) < 0 ? -1 : 0;
		free(names.v[i]);
	}
	free(names.v);
	return rc;
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
	bool all = db_self(c->db) == 0;

	(void)argc;
	(void)argv;
	for (;;) {
		int64_t soonest = INT64_MAX;

		c->now = clock_now();
		if ((all ? everywhere(c, &soonest, e) : once(c, &soonest, e)) < 0)
			return -1;
		if (!cfg.follow)
			return 0;
		notify_say("READY=1");
		if (rest(c, all, soonest, e) < 0)
			return e->code == E_SIGNAL ? 0 : -1;
	}
}
