/* SPDX-License-Identifier: MIT */
/* How much is there. What lies below a floor is there and is not: lanes that still hold some are counted series by series. */
#include "series/tally.h"

enum { Q_LANES, Q_LANES_OF, Q_SERIES, Q_RUNS, Q_CHUNKS, Q_ENDS, Q_RUN_ENDS, Q_UNCLEAN, Q_IN_LANE };

const struct sql stats_sql[] = {
	[Q_LANES] = { "SELECT id, points FROM lane ORDER BY id", NULL },
	[Q_LANES_OF] = { "SELECT id, points FROM lane WHERE org_id = $1 ORDER BY id", NULL },
	[Q_SERIES] = { "SELECT COUNT(*), 0 FROM series WHERE id >= $1 AND id < $2", NULL },
	[Q_RUNS] = { "SELECT COUNT(*), CAST(COALESCE(SUM(LENGTH(data)), 0) AS BIGINT) FROM point_run WHERE lane = $1", NULL },
	[Q_CHUNKS] = { "SELECT COUNT(*), CAST(COALESCE(SUM(LENGTH(data)), 0) AS BIGINT) FROM chunk WHERE series_id >= $1 AND series_id < $2" IN_LANE, NULL },
	[Q_ENDS] = { "SELECT MIN((SELECT MIN(c.t0) FROM chunk c WHERE c.series_id = s.id AND c.series_id / 256 = $1 / 256)),"
		     " MAX((SELECT MAX(l.t) FROM latest l WHERE l.series_id = s.id)) FROM series s WHERE s.id >= $1 AND s.id < $2",
		     NULL },
	[Q_RUN_ENDS] = { "SELECT MIN(t0), MAX(t1) FROM point_run WHERE lane = $1", NULL },
	[Q_UNCLEAN] = { "SELECT COUNT(*) FROM series s WHERE s.id >= $1 AND s.id < $2 AND s.floor IS NOT NULL"
			" AND ((SELECT MIN(c.t0) FROM chunk c WHERE c.series_id = s.id AND c.series_id / 256 = $1 / 256) < s.floor"
			" OR (SELECT MIN(r.t0) FROM point_run r WHERE r.lane = $3) < s.floor)",
			NULL },
	[Q_IN_LANE] = { "SELECT id FROM series WHERE id >= $1 AND id < $2", NULL },
};
const size_t stats_sql_n = COUNT(stats_sql);

void stats_widen(struct series_stats *s, int64_t oldest, int64_t newest)
{
	s->oldest = oldest < s->oldest ? oldest : s->oldest;
	s->newest = newest > s->newest ? newest : s->newest;
}

int stats_scan(struct db *db, int64_t id, struct series_stats *s, struct err *e)
{
	AUTO(series_scan_freep) struct series_scan *scan = NULL;
	const struct range all = { INT64_MIN, INT64_MAX };
	const struct block *page;
	int got;

	if (series_scan(db, id, &all, false, &scan, e) < 0)
		return -1;
	while ((got = scan_page(scan, &page, e)) > 0) {
		s->points += (int64_t)page->n;
		stats_widen(s, page->ts[0], page->ts[page->n - 1]);
	}
	return got;
}

/* A statement with lane's range of ids as $1 and $2, and the lane as $3 where it has one. */
static int for_lane(struct db *db, int query, int64_t lane, struct stmt **st, struct err *e)
{
	if (db_stmt(db, stats_sql + query, st, e) < 0)
		return -1;
	if (query == Q_RUN_ENDS || query == Q_RUNS) {
		stmt_bind_int(*st, 1, lane);
		return 0;
	}
	stmt_bind_int(*st, 1, lane * LANE);
	stmt_bind_int(*st, 2, (lane + 1) * LANE);
	if (query == Q_UNCLEAN)
		stmt_bind_int(*st, 3, lane);
	return 0;
}

static int ids_of_lane(struct db *db, int64_t lane, int64_t id[LANE], size_t *n, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	*n = 0;
	if (for_lane(db, Q_IN_LANE, lane, &st, e) < 0)
		return -1;
	while (*n < LANE && (got = stmt_step(st, e)) > 0)
		id[(*n)++] = stmt_int(st, 0);
	return *n < LANE ? got : 0;
}

/* Its points; those below floors are there and are not. */
static int add_points(struct db *db, int64_t lane, int64_t points, struct series_stats *s, struct err *e)
{
	static const int ends[] = { Q_ENDS, Q_RUN_ENDS };
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int64_t id[LANE];
	size_t n;

	if (for_lane(db, Q_UNCLEAN, lane, &st, e) < 0 || stmt_step(st, e) < 0)
		return -1;
	if (stmt_int(st, 0) > 0) {
		if (ids_of_lane(db, lane, id, &n, e) < 0)
			return -1;
		for (size_t i = 0; i < n; i++)
			if (stats_scan(db, id[i], s, e) < 0)
				return -1;
		return 0;
	}
	s->points += points;
	for (size_t i = 0; i < COUNT(ends); i++) {
		AUTO(stmt_resetp) struct stmt *end = NULL;

		if (for_lane(db, ends[i], lane, &end, e) < 0 || stmt_step(end, e) < 0)
			return -1;
		stats_widen(s, stmt_is_null(end, 0) ? INT64_MAX : stmt_int(end, 0), stmt_is_null(end, 1) ? INT64_MIN : stmt_int(end, 1));
	}
	return 0;
}

static int add_lane(struct db *db, int64_t lane, int64_t points, struct series_stats *s, struct err *e)
{
	int64_t *const total[] = { &s->series, &s->runs, &s->chunks };

	for (int i = 0; i < 3; i++) {
		AUTO(stmt_resetp) struct stmt *st = NULL;

		if (for_lane(db, Q_SERIES + i, lane, &st, e) < 0 || stmt_step(st, e) < 0)
			return -1;
		*total[i] += stmt_int(st, 0);
		s->bytes += stmt_int(st, 1);
	}
	return points > 0 ? add_points(db, lane, points, s, e) : 0;
}

static int all_lanes(struct db *db, int64_t org, struct series_stats *s, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(db, stats_sql + (org ? Q_LANES_OF : Q_LANES), &st, e) < 0)
		return -1;
	if (org)
		stmt_bind_int(st, 1, org);
	while ((got = stmt_step(st, e)) > 0)
		if (add_lane(db, stmt_int(st, 0), stmt_int(st, 1), s, e) < 0)
			return -1;
	return got;
}

int series_stats(struct db *db, const struct series_of *of, struct series_stats *s, struct err *e)
{
	struct engine *en;
	int rc;

	*s = (struct series_stats){ .oldest = INT64_MAX, .newest = INT64_MIN };
	if (engine_of(db, &en, e) < 0 || series_read_begin(db, e) < 0)
		return -1;
	rc = of && of->device ? tally_device(en, of->device, s, e) : all_lanes(db, of ? of->org : 0, s, e);
	db_read_end(db);
	if (s->oldest > s->newest)
		s->oldest = s->newest = 0;
	return rc;
}
