/* SPDX-License-Identifier: MIT */
#include "alarm/run.h"

#include "series/series.h"
#include "store/org.h"
#include "store/state.h"

#define AT_ONCE 1000 /* devices of a transaction */

struct running {
	struct alarm_run *r;
	struct judging *g;
	struct ids due;
};

/* Rules and devices that are new, and what no point says. */
static int first_tx(struct db *db, void *arg, struct err *e)
{
	struct running *x = arg;
	int64_t n;

	if (judging_open(x->g, x->r->now, e) < 0 || state_sweep(db, x->r->now, &n, e) < 0 || judging_sweep(x->g, &x->r->devices, e) < 0)
		return -1;
	if (judging_look(x->g, x->r->now, e) < 0 || judging_hush(x->g, x->r->now, e) < 0)
		return -1;
	return judging_close(x->g, e);
}

static int due_tx(struct db *db, void *arg, struct err *e)
{
	struct running *x = arg;

	(void)db;
	if (judging_open(x->g, x->r->now, e) < 0)
		return -1;
	for (size_t i = 0; i < x->due.n; i++)
		if (judging_time(x->g, x->due.v[i], x->r->now, e) < 0)
			return -1;
	return judging_close(x->g, e);
}

static void undo(void *arg)
{
	const struct running *x = arg;

	(void)judging_end(x->g, false, NULL);
}

/* One transaction, anew when the rules change meanwhile. */
static int turn(struct db *db, struct running *x, int (*fn)(struct db *db, void *arg, struct err *e), struct err *e)
{
	for (;;) {
		bool any;
		int rc;

		if (judging_prepare(x->g, &any, e) < 0)
			return -1;
		rc = db_write_again(db, x->r->dry, fn, undo, x, e);
		if (rc < 0 && judging_stale(x->g)) {
			undo(x);
			err_clear(e);
			continue;
		}
		if (judging_end(x->g, rc == 0 && !x->r->dry, e) < 0)
			return -1;
		return rc;
	}
}

static int run_all(struct db *db, struct running *x, struct err *e)
{
	if (turn(db, x, first_tx, e) < 0)
		return -1;
	for (;;) {
		if (alarm_devices(db, ALARM_DUE, x->r->now, AT_ONCE, &x->due, e) < 0)
			return -1;
		if (x->due.n == 0)
			break;
		x->r->devices += (int64_t)x->due.n;
		if (turn(db, x, due_tx, e) < 0)
			return -1;
		if (x->r->dry) /* they stay due */
			break;
	}
	return alarm_soonest(db, &x->r->soonest, e);
}

int alarm_run(struct db *db, struct alarm_run *r, struct err *e)
{
	struct running x = { r, NULL, { NULL, 0, 0 } };
	int rc;

	r->devices = 0;
	r->soonest = ALARM_NEVER;
	if (series_ready(db, e) < 0 || judging_new(db, &r->judging, &x.g, e) < 0)
		return -1;
	rc = run_all(db, &x, e);
	ids_done(&x.due);
	judging_free(x.g);
	return rc;
}

int alarm_run_soonest(struct db *db, int64_t *due, struct err *e)
{
	return alarm_ready(db, e) < 0 ? -1 : alarm_soonest(db, due, e);
}

int alarm_run_orgs(struct db *db, int (*fn)(struct str name, void *arg, struct err *e), void *arg, struct err *e)
{
	return org_living(db, fn, arg, e);
}
