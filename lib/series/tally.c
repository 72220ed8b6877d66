/* SPDX-License-Identifier: MIT */
/*
 * Devices of one lane at a time: chunks say in their row how much they hold; each run is read once for all. A series whose points in runs are all newer than what
 * was there before has as many points as its parts have together; one with late points (which may stand for others) or with points below its floor is read.
 */
#include "series/tally.h"

enum { Q_OF, Q_LANE, Q_SERIES, Q_CHUNKS };

const struct sql tally_sql[] = {
	[Q_OF] = { "SELECT id FROM series WHERE device_id = $1 ORDER BY id", NULL },
	[Q_LANE] = { "SELECT seq, gen FROM lane WHERE id = $1", NULL },
	[Q_SERIES] = { "SELECT id, device_id, floor FROM series WHERE id >= $1 AND id < $2 ORDER BY id", NULL },
	[Q_CHUNKS] = { "SELECT series_id, COUNT(*), CAST(SUM(n) AS BIGINT), CAST(SUM(LENGTH(data)) AS BIGINT), MIN(t0), MAX(t1)"
		       " FROM chunk WHERE series_id >= $1 AND series_id < $2" IN_LANE " GROUP BY series_id",
		       NULL },
};
const size_t tally_sql_n = COUNT(tally_sql);

/* Of a series. */
struct slot {
	struct series_stats s;
	int64_t device, floor;
	int first; /* slot of the first series of the device */
	bool read; /* its points must be read to be counted */
};

struct tally {
	int64_t lane, seq, gen;
	struct slot slot[LANE];
	int64_t counted[LANE]; /* by first: the run that was counted last */
	struct block b;
	struct arena text;
	struct engine *en;
};

void tally_done(struct engine *en)
{
	free(en->tally);
	en->tally = NULL;
}

static int read_series(struct tally *t, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(t->en->db, tally_sql + Q_SERIES, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, t->lane * LANE);
	stmt_bind_int(st, 2, (t->lane + 1) * LANE);
	while ((got = stmt_step(st, e)) > 0) {
		int i = slot_of(stmt_int(st, 0));
		struct slot *s = t->slot + i;

		s->device = stmt_int(st, 1);
		s->floor = stmt_is_null(st, 2) ? INT64_MIN : stmt_int(st, 2);
		s->s.series = 1;
		for (s->first = 0; t->slot[s->first].device != s->device;)
			s->first++;
	}
	return got;
}

static int read_chunks(struct tally *t, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(t->en->db, tally_sql + Q_CHUNKS, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, t->lane * LANE);
	stmt_bind_int(st, 2, (t->lane + 1) * LANE);
	while ((got = stmt_step(st, e)) > 0) {
		struct slot *s = t->slot + slot_of(stmt_int(st, 0));

		s->s.chunks = stmt_int(st, 1);
		s->s.points = stmt_int(st, 2);
		s->s.bytes = stmt_int(st, 3);
		stats_widen(&s->s, stmt_int(st, 4), stmt_int(st, 5));
	}
	return got;
}

static int read_run(const struct run_seen *run, void *arg, struct err *e)
{
	struct tally *t = arg;

	for (size_t i = 0; i < run->nparts; i++) {
		const struct run_part *part = run->part + i;
		struct slot *s = t->slot + part->slot;
		int rc;

		block_clear(&t->b);
		arena_clear(&t->text);
		rc = runblob_read(part, &t->b, &t->text, &t->en->scratch, e);
		if (rc < 0)
			return -1;
		if (rc == 0)
			continue;
		s->read |= part->late;
		s->s.points += (int64_t)part->n;
		s->s.bytes += (int64_t)rd_left(&part->body);
		stats_widen(&s->s, t->b.ts[0], t->b.ts[t->b.n - 1]);
		t->slot[s->first].s.runs += t->counted[s->first] != run->h.seq;
		t->counted[s->first] = run->h.seq;
	}
	return 0;
}

/* What cannot be known from headers. */
static int read_points(struct tally *t, struct err *e)
{
	for (int i = 0; i < LANE; i++) {
		struct slot *s = t->slot + i;

		if (!s->s.series || !(s->read || s->s.oldest < s->floor))
			continue;
		s->s.points = 0;
		s->s.oldest = INT64_MAX;
		s->s.newest = INT64_MIN;
		if (stats_scan(t->en->db, t->lane * LANE + i, &s->s, e) < 0)
			return -1;
	}
	return 0;
}

static int read_lane(struct tally *t, struct err *e)
{
	const struct run_ask all = { t->lane, { INT64_MIN, INT64_MAX }, false };

	for (int i = 0; i < LANE; i++) {
		t->slot[i] = (struct slot){ .s = { .oldest = INT64_MAX, .newest = INT64_MIN } };
		t->counted[i] = -1;
	}
	return read_series(t, e) < 0 || read_chunks(t, e) < 0 || runs_each(t->en, &all, read_run, t, e) < 0 ? -1 : read_points(t, e);
}

/* The lane in en->tally: devices that follow each other mostly lie in one. */
static int get_lane(struct engine *en, int64_t lane, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	struct tally *t = en->tally;
	int rc;

	if (!t)
		t = en->tally = calloc(1, sizeof(*t));
	if (!t)
		return err_nomem(e);
	if (db_stmt(en->db, tally_sql + Q_LANE, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, lane);
	rc = stmt_step(st, e);
	if (rc <= 0 || (t->lane == lane && t->seq == stmt_int(st, 0) && t->gen == stmt_int(st, 1)))
		return rc;
	t->en = en;
	t->seq = stmt_int(st, 0);
	t->gen = stmt_int(st, 1);
	t->text.max = (size_t)1 << 30;
	t->lane = lane;
	rc = read_lane(t, e);
	block_done(&t->b);
	arena_done(&t->text);
	if (rc < 0)
		t->lane = 0;
	return rc < 0 ? -1 : 1;
}

static void add(struct series_stats *to, const struct series_stats *s)
{
	to->series += s->series;
	to->points += s->points;
	to->runs += s->runs;
	to->chunks += s->chunks;
	to->bytes += s->bytes;
	stats_widen(to, s->oldest, s->newest);
}

int tally_device(struct engine *en, int64_t device, struct series_stats *s, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got, rc;

	if (db_stmt(en->db, tally_sql + Q_OF, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, device);
	while ((got = stmt_step(st, e)) > 0) {
		rc = get_lane(en, lane_of(stmt_int(st, 0)), e);
		if (rc < 0)
			return -1;
		if (rc > 0)
			add(s, &en->tally->slot[slot_of(stmt_int(st, 0))].s);
	}
	return got;
}
