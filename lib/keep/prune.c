/* SPDX-License-Identifier: MIT */
#include "keep/prune.h"

#include "audit/trail.h"
#include "base/time.h"
#include "os/clock.h"
#include "points/chosen.h"
#include "series/series.h"
#include "store/definition.h"
#include "store/limit.h"

struct pruning {
	struct prune *p;
	struct chosen chosen;
	bool *has; /* by place in chosen: there is something to lose */
	struct trail trail;
};

static int begin(struct db *db, struct prune *p, struct pruning *x, struct err *e)
{
	const struct range r = { TIME_MIN, p->before };

	p->series = p->points = 0;
	if (pick_ready(db, e) < 0 || definition_ready(db, e) < 0 || series_ready(db, e) < 0 || audit_ready(db, e) < 0 ||
	    chosen_find(db, &p->which, true, &x->chosen, e) < 0)
		return -1;
	x->has = calloc(x->chosen.n + 1, 1);
	if (!x->has)
		return err_nomem(e);
	for (size_t i = 0; i < x->chosen.n; i++) {
		int64_t n;

		if (p->own && x->chosen.v[i].org != db_self(db))
			continue;
		if (series_count(db, x->chosen.v[i].series, &r, &n, e) < 0)
			return -1;
		x->has[i] = n > 0;
		p->series += n > 0;
		p->points += n;
	}
	return 0;
}

static void end(struct pruning *x)
{
	free(x->has);
	chosen_done(&x->chosen);
	trail_done(&x->trail);
}

int prune_retention(struct db *db, int64_t now, struct prune *p, char why[96], struct err *e)
{
	char span[48];
	struct quota q;

	if (!db_self(db))
		return err_set(e, E_USAGE, "each organisation keeps its points for a time of its own: name one (--org)");
	if (limit_ready(db, e) < 0 || quota_get(db, db_self(db), &q, e) < 0)
		return -1;
	if (q.retention == QUOTA_NONE)
		return 0;
	(void)dur_print(q.retention, span);
	if (q.own_retention)
		(void)snprintf(why, 96, "retention of %s", span);
	else
		(void)snprintf(why, 96, "retention of %s (tier %s)", span, q.name);
	p->before = now - q.retention;
	p->own = true;
	if (!p->message)
		p->message = why;
	return 1;
}

int prune_count(struct db *db, struct prune *p, struct err *e)
{
	struct pruning x = { .p = p, .chosen = CHOSEN_INIT, .trail = { .program = p->program } };
	int rc = begin(db, p, &x, e);

	end(&x);
	return rc;
}

static int tell(struct db *db, struct pruning *x, const struct picked *s, struct err *e)
{
	char now[80], before[40];
	struct audit a = { .at = clock_now(), .verb = STR("prune"), .noun = STR("device"), .name = s->device_name,
			   .message = str_of(x->p->message) };

	(void)time_print(x->p->before, NULL, before);
	(void)snprintf(now, sizeof(now), "{\"floor\":\"%s\"}", before);
	a.now = str_of(now);
	return trail_add(db, &x->trail, &a, e);
}

static int raise_floors(struct db *db, void *arg, struct err *e)
{
	struct pruning *x = arg;
	int64_t told = 0;

	for (size_t i = 0; i < x->chosen.n; i++) {
		const struct picked *s = x->chosen.v + i;

		if (!x->has[i])
			continue;
		if (s->org != db_self(db))
			return err_set(e, E_DENIED, "%.*s is of another organisation: prune there, with --org", STR_ARG(s->device_name));
		if (series_floor(db, s->series, x->p->before, e) < 0 || (s->device != told && tell(db, x, s, e) < 0))
			return -1;
		told = s->device;
	}
	return 0;
}

int prune_run(struct db *db, struct prune *p, struct err *e)
{
	struct pruning x = { .p = p, .chosen = CHOSEN_INIT, .trail = { .program = p->program } };
	int rc = begin(db, p, &x, e);

	if (rc == 0 && p->points)
		rc = db_write(db, false, raise_floors, &x, e);
	/* What a stop here leaves is hidden already, and goes with the next prune or compact. */
	if (rc == 0 && p->points)
		rc = series_months_drop(db, NULL, NULL, e);
	end(&x);
	return rc;
}
