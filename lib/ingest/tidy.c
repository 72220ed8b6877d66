/* SPDX-License-Identifier: MIT */
/* The store is kept tidy by who writes to it. */
#include "ingest/impl.h"
#include "os/clock.h"
#include "series/series.h"
#include "task/trouble.h"

/* What a merge finds damaged is in no answer any more: that is said, once, and an event. */
static int tell_damage(struct ingest *g)
{
	struct err why = { 0 }, ignored = { 0 };
	char line[700];
	const struct trouble t = { "store", SEVERITY_ERROR, line, db_self(g->db), clock_now() };

	if (g->damage_told || series_put_aside(g->db, &why) == 0)
		return 0;
	g->damage_told = true;
	g->opt.complain(g->opt.arg, why.msg);
	(void)snprintf(line, sizeof(line), "%s: %s", g->opt.program, why.msg);
	(void)trouble_tell(g->db, &t, false, NULL, &ignored);
	return 0;
}

int ingest_tidy(struct ingest *g, struct err *e)
{
	if (!g->db || g->opt.dry)
		return 0;
	return series_tend(g->db, e) < 0 ? -1 : tell_damage(g);
}

int ingest_tend(struct ingest *g, bool idle, bool *more, struct err *e)
{
	struct ingest *one = g;

	*more = false;
	for (size_t i = 0; one; one = others_at(g, i++)) {
		bool some = false;

		if (!one->db || one->opt.dry)
			continue;
		if (series_tend_some(one->db, idle, &some, e) < 0 || tell_damage(one) < 0)
			return -1;
		*more |= some;
	}
	return 0;
}
