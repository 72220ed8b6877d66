/* SPDX-License-Identifier: MIT */
/* Readers that go on without the shards that are not to be had, and what they were left without. */
#include "series/impl.h"

#include "db/shard.h"

#define SLOTS 8
#define LEARN_MOST 3 /* shards come and go: after so many times a read fails */

enum { Q_DOWN, Q_SLOT };

static const struct sql missing_sql[] = {
	[Q_DOWN] = { "SELECT slot, shard, why FROM main.shard_down()", NULL },
	[Q_SLOT] = { "SELECT CAST(i AS BIGINT) FROM generate_series(0, 7) i"
		     " WHERE pg_catalog.satisfies_hash_partition('main.point_run'::pg_catalog.regclass, 8, i, CAST($1 AS BIGINT))",
		     NULL },
};

/* A slot; where several are on one shard the first of them counts for all. */
struct absent {
	bool is;
	char shard[64], why[200];
	int64_t n, last; /* series that were asked for */
	char first[200];
};

struct missing {
	struct absent slot[SLOTS];
	int64_t lane; /* whose slot is known; 0: none */
	int at, learned;
};

int series_spare(struct db *db, struct err *e)
{
	struct engine *en;

	if (engine_of(db, &en, e) < 0 || !db_months(db))
		return e->code ? -1 : 0;
	missing_done(en);
	en->missing = calloc(1, sizeof(*en->missing));
	return en->missing ? 0 : err_nomem(e);
}

void missing_done(struct engine *en)
{
	free(en->missing);
	en->missing = NULL;
}

unsigned missing_slots(const struct engine *en)
{
	unsigned slots = 0;

	for (int i = 0; en->missing && i < SLOTS; i++)
		slots |= en->missing->slot[i].is ? 1U << i : 0;
	return slots;
}

static void copy_text(char *to, size_t size, struct str s)
{
	(void)snprintf(to, size, "%.*s", STR_ARG(s));
}

int missing_learn(struct engine *en, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	struct missing *m = en->missing;
	int got;

	if (!m || !db_apart(en->db) || db_snapshot(en->db) || m->learned++ == LEARN_MOST)
		return 0;
	err_clear(e);
	for (int i = 0; i < SLOTS; i++)
		m->slot[i].is = false;
	if (db_stmt(en->db, missing_sql + Q_DOWN, &st, e) < 0)
		return -1;
	while ((got = stmt_step(st, e)) > 0) {
		int64_t i = stmt_int(st, 0);

		if (i < 0 || i >= SLOTS)
			return err_set(e, E_BUG, "slot %" PRId64, i);
		m->slot[i].is = true;
		copy_text(m->slot[i].shard, sizeof(m->slot[i].shard), stmt_text(st, 1));
		copy_text(m->slot[i].why, sizeof(m->slot[i].why), stmt_text(st, 2));
	}
	return got < 0 ? -1 : 1;
}

static int slot_of_lane(struct engine *en, int64_t lane, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	struct missing *m = en->missing;

	if (m->lane == lane)
		return m->at;
	if (db_stmt(en->db, missing_sql + Q_SLOT, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, lane);
	if (stmt_step(st, e) <= 0)
		return e->code ? -1 : err_set(e, E_BUG, "lane %" PRId64 " is in no slot", lane);
	m->lane = lane;
	m->at = (int)stmt_int(st, 0);
	return m->at;
}

int missing_series(struct engine *en, int64_t series, struct err *e)
{
	struct absent *a;
	int slot, i = 0;

	if (!missing_slots(en))
		return 0;
	slot = slot_of_lane(en, lane_of(series), e);
	if (slot < 0 || !en->missing->slot[slot].is)
		return slot < 0 ? -1 : 0;
	while (!en->missing->slot[i].is || strcmp(en->missing->slot[i].shard, en->missing->slot[slot].shard) != 0)
		i++;
	a = en->missing->slot + i;
	if (a->n && a->last == series)
		return 1;
	if (a->n++ == 0)
		series_title(en, series, a->first, sizeof(a->first));
	a->last = series;
	return 1;
}

/* The error that is there is told, and this one takes its place. */
static void push(struct err *e, void (*tell)(void *arg, const char *line), void *arg, const struct absent *a)
{
	if (e->code)
		tell(arg, e->msg);
	(void)err_set(e, E_PARTIAL, "shard %s is not to be had (%.150s): what it has of %" PRId64 " series is left out, of %.150s%s", a->shard, a->why, a->n,
		      a->first, a->n > 1 ? " and others" : "");
}

int series_left_out(struct db *db, void (*tell)(void *arg, const char *line), void *arg, struct err *e)
{
	const struct engine *en = db_attached(db);
	struct err worst = { 0 };

	(void)series_damage(db, &worst);
	for (int i = 0; en && en->missing && i < SLOTS; i++)
		if (en->missing->slot[i].n)
			push(&worst, tell, arg, en->missing->slot + i);
	if (!worst.code)
		return 0;
	*e = worst;
	return -1;
}
