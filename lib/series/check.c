/* SPDX-License-Identifier: MIT */
/* Every checksum, and what must be so between the tables: the invariants of sit-store(7). */
#include "series/impl.h"

#include "base/days.h"

enum { Q_LANES, Q_RUNS, Q_CHUNKS, Q_LATEST, Q_LOST_RUNS, Q_LOST_CHUNKS, Q_COUNTER };

const struct sql check_sql[] = {
	[Q_LANES] = { "SELECT id, org_id, seq, points FROM lane WHERE id > $1 ORDER BY id LIMIT 1", NULL },
	[Q_RUNS] = { "SELECT " RUN_COLUMNS " FROM point_run WHERE lane = $1 ORDER BY seq", NULL },
	[Q_CHUNKS] = { "SELECT " CHUNK_COLUMNS " FROM chunk WHERE series_id >= $1 AND series_id < $2" IN_LANE " ORDER BY series_id, t0", NULL },
	[Q_LATEST] = { "SELECT s.id, s.floor, l.t FROM series s LEFT JOIN latest l ON l.series_id = s.id WHERE s.id >= $1 AND s.id < $2", NULL },
	[Q_LOST_RUNS] = { "SELECT COUNT(*) FROM point_run WHERE lane NOT IN (SELECT id FROM lane)", NULL },
	[Q_LOST_CHUNKS] = { "SELECT COUNT(*) FROM chunk WHERE series_id NOT IN (SELECT id FROM series)", NULL },
	[Q_COUNTER] = { "SELECT COALESCE((SELECT value FROM counter WHERE name = 'seq'), -1), COALESCE((SELECT MAX(seq) FROM lane), 0)", NULL },
};
const size_t check_sql_n = COUNT(check_sql);

struct checking {
	struct engine *en;
	void (*bad)(const char *what, void *arg);
	void *arg;
	int64_t lane, org, seq, points;
	int64_t last; /* t1 of the chunk before */
	int64_t series;
	int64_t newest[LANE]; /* in runs that `latest` knows, and chunks */
	bool damaged;
	struct block b;
	struct arena text;
};

static void say(struct checking *c, int64_t series, const struct range *r, const char *what)
{
	char line[512], title[200], from[40], to[40];

	series_title(c->en, series, title, sizeof(title));
	(void)time_print(r->from, NULL, from);
	(void)time_print(r->to, NULL, to);
	(void)snprintf(line, sizeof(line), "points of %s, %s to %s: %s", title, from, to, what);
	c->bad(line, c->arg);
}

static bool ascending(const struct block *b)
{
	for (size_t i = 1; i < b->n; i++)
		if (b->ts[i] <= b->ts[i - 1])
			return false;
	return b->n > 0;
}

/* ---- runs ---- */

static void run_bad(struct checking *c, const struct run_head *h, int slot, const char *what)
{
	char line[160];

	(void)snprintf(line, sizeof(line), "%s (run %" PRId64 " of lane %" PRId64 ", with the series beside it)", what, h->seq, h->lane);
	say(c, c->lane * LANE + slot, &(struct range){ h->t0, h->t1 }, line);
	c->damaged = true;
}

static int check_run(struct checking *c, const struct run_head *h, struct str blob, struct err *e)
{
	struct run_head seen = { .t0 = INT64_MAX, .t1 = INT64_MIN };
	struct run_rd r;
	int got, rc;

	if (!runblob_intact(h, blob) || !runblob_open(&r, blob)) {
		run_bad(c, h, 0, "the checksum is wrong");
		return 0;
	}
	while ((got = runblob_next(&r)) > 0) {
		int64_t *newest = c->newest + r.part.slot;

		block_clear(&c->b);
		arena_clear(&c->text);
		rc = runblob_read(&r.part, &c->b, &c->text, &c->en->scratch, e);
		if (rc < 0)
			return -1;
		if (rc == 0 || !ascending(&c->b)) {
			run_bad(c, h, r.part.slot, "they cannot be read");
			return 0;
		}
		seen.n += (int64_t)c->b.n;
		seen.t0 = c->b.ts[0] < seen.t0 ? c->b.ts[0] : seen.t0;
		seen.t1 = c->b.ts[c->b.n - 1] > seen.t1 ? c->b.ts[c->b.n - 1] : seen.t1;
		if (h->merged == RUN_RAISED && c->b.ts[c->b.n - 1] > *newest)
			*newest = c->b.ts[c->b.n - 1];
	}
	if (got < 0)
		run_bad(c, h, r.part.slot < 0 ? 0 : r.part.slot, "they cannot be read");
	else if (seen.n != h->n || seen.t0 != h->t0 || seen.t1 != h->t1)
		run_bad(c, h, 0, "n, t0 or t1 is not that of the points");
	if (h->org != c->org)
		run_bad(c, h, 0, "the run is of another organisation than its lane");
	if (h->seq > c->seq)
		run_bad(c, h, 0, "the run is newer than its lane knows");
	return 0;
}

static int check_runs(struct checking *c, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(c->en->db, check_sql + Q_RUNS, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, c->lane);
	while ((got = stmt_step(st, e)) > 0) {
		struct run_head h;
		struct str blob;

		runblob_row_read(st, &h, &blob);
		if (check_run(c, &h, blob, e) < 0)
			return -1;
	}
	return got;
}

/* ---- chunks ---- */

static int64_t month_of(int64_t t)
{
	int64_t y;
	int m, d;

	date_from_days(floor_div(t, US_PER_DAY), &y, &m, &d);
	return y * 12 + m;
}

/* What is wrong with a chunk whose points are in c->b; NULL: nothing. */
static const char *chunk_fault(const struct checking *c, const struct chunk_head *h)
{
	if (!ascending(&c->b))
		return "they are not in order of time";
	if (month_of(h->t0) != month_of(h->t1))
		return "the chunk reaches over the end of a month";
	if (h->series == c->series && h->t0 <= c->last)
		return "the chunk overlaps the one before";
	return h->org != c->org ? "the chunk is of another organisation than its lane" : NULL;
}

static int check_chunk(struct checking *c, const struct chunk_head *h, struct str blob, struct err *e)
{
	int64_t *newest = c->newest + slot_of(h->series);
	const char *fault = NULL;
	int rc = 0;

	block_clear(&c->b);
	arena_clear(&c->text);
	if (!chunk_intact(h, blob))
		fault = "the checksum is wrong";
	else if ((rc = chunk_read(h, blob, &c->b, &c->text, &c->en->scratch, e)) == 0)
		fault = "they cannot be read";
	if (rc < 0)
		return -1;
	if (rc > 0)
		fault = chunk_fault(c, h);
	if (fault) {
		say(c, h->series, &(struct range){ h->t0, h->t1 }, fault);
		c->damaged = true;
	}
	if (rc > 0 && h->t1 > *newest)
		*newest = h->t1;
	c->series = h->series;
	c->last = h->t1;
	return 0;
}

static int for_lane(struct checking *c, int query, struct stmt **st, struct err *e)
{
	if (db_stmt(c->en->db, check_sql + query, st, e) < 0)
		return -1;
	stmt_bind_int(*st, 1, c->lane * LANE);
	stmt_bind_int(*st, 2, (c->lane + 1) * LANE);
	return 0;
}

static int check_chunks(struct checking *c, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (for_lane(c, Q_CHUNKS, &st, e) < 0)
		return -1;
	stmt_stream(st);
	c->series = 0;
	while ((got = stmt_step(st, e)) > 0) {
		struct chunk_head h;
		struct str blob;

		chunk_row_read(st, &h, &blob);
		if (check_chunk(c, &h, blob, e) < 0)
			return -1;
	}
	return got;
}

/* ---- between them ---- */

static int check_latest(struct checking *c, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (for_lane(c, Q_LATEST, &st, e) < 0)
		return -1;
	while ((got = stmt_step(st, e)) > 0) {
		int64_t newest = c->newest[slot_of(stmt_int(st, 0))];
		bool below = !stmt_is_null(st, 1) && newest < stmt_int(st, 1);

		if (newest != INT64_MIN && !below && (stmt_is_null(st, 2) || stmt_int(st, 2) < newest))
			say(c, stmt_int(st, 0), &(struct range){ newest, newest }, "the row of the latest value is older");
	}
	return got;
}

static int check_count(struct checking *c, struct err *e)
{
	char line[200];
	int64_t n;

	if (c->damaged)
		return 0;
	if (lane_recount(c->en, c->lane, &n, e) < 0)
		return -1;
	if (n == c->points)
		return 0;
	(void)snprintf(line, sizeof(line), "lane %" PRId64 " counts %" PRId64 " points and holds %" PRId64, c->lane, c->points, n);
	c->bad(line, c->arg);
	return 0;
}

static int check_lane(struct checking *c, struct err *e)
{
	c->damaged = false;
	for (int i = 0; i < LANE; i++)
		c->newest[i] = INT64_MIN;
	return check_runs(c, e) < 0 || check_chunks(c, e) < 0 || check_latest(c, e) < 0 || check_count(c, e) < 0 ? -1 : 0;
}

/* Rows that belong to nothing, and the counter. */
static int check_whole(struct checking *c, struct err *e)
{
	static const char *const what[] = { "runs of lanes that are not there", "chunks of series that are not there" };
	AUTO(stmt_resetp) struct stmt *counter = NULL;
	char line[160];

	for (int i = 0; i < 2; i++) {
		AUTO(stmt_resetp) struct stmt *st = NULL;

		if (db_stmt(c->en->db, check_sql + Q_LOST_RUNS + i, &st, e) < 0 || stmt_step(st, e) < 0)
			return -1;
		if (stmt_int(st, 0) == 0)
			continue;
		(void)snprintf(line, sizeof(line), "%" PRId64 " %s", stmt_int(st, 0), what[i]);
		c->bad(line, c->arg);
	}
	if (db_stmt(c->en->db, check_sql + Q_COUNTER, &counter, e) < 0 || stmt_step(counter, e) < 0)
		return -1;
	if (stmt_int(counter, 0) < stmt_int(counter, 1))
		c->bad("the counter of runs is behind a lane", c->arg);
	return 0;
}

static int next_lane(struct checking *c, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(c->en->db, check_sql + Q_LANES, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, c->lane);
	got = stmt_step(st, e);
	if (got <= 0)
		return got;
	c->lane = stmt_int(st, 0);
	c->org = stmt_int(st, 1);
	c->seq = stmt_int(st, 2);
	c->points = stmt_int(st, 3);
	return 1;
}

int series_check(struct db *db, void (*bad)(const char *what, void *arg), void *arg, struct err *e)
{
	struct checking *c = calloc(1, sizeof(*c));
	int got = 1;

	if (!c)
		return err_nomem(e);
	c->bad = bad;
	c->arg = arg;
	c->text.max = (size_t)1 << 30;
	if (engine_of(db, &c->en, e) < 0)
		got = -1;
	/* A snapshot for each lane: writers may go on. */
	while (got > 0) {
		if (series_read_begin(db, e) < 0) {
			got = -1;
			break;
		}
		got = next_lane(c, e);
		if (got > 0 && check_lane(c, e) < 0)
			got = -1;
		db_read_end(db);
	}
	if (got == 0)
		got = check_whole(c, e);
	if (c->en)
		c->en->damaged = 0; /* said, each of them */
	block_done(&c->b);
	arena_done(&c->text);
	free(c);
	return got;
}
