/* SPDX-License-Identifier: MIT */
/* What a connection knows of lanes, and whether that is still so: the store's counter moves with every change by anybody. */
#include "series/impl.h"

#define TOGETHER 32 /* lanes whose rows are read at once */

enum { Q_COUNTER, Q_COUNTER_SET, Q_LANE, Q_LANES, Q_HIGH, Q_FLOORS, Q_RUNS, Q_UNRAISED, Q_LANE_CHANGE };

const struct sql engine_sql[] = {
	[Q_COUNTER] = { "SELECT value, (SELECT value FROM counter WHERE name = 'shards'), (SELECT value FROM counter WHERE name = 'watch')"
			" FROM counter WHERE name = 'seq'", NULL },
	[Q_COUNTER_SET] = { "UPDATE main.counter SET value = $1 WHERE name = 'seq'", "counter" },
	[Q_LANE] = { "SELECT org_id, seq, gen FROM lane WHERE id = $1", NULL },
	[Q_LANES] = { "SELECT id, org_id, seq, gen FROM lane WHERE id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,"
		      " $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32)",
		      NULL },
	[Q_HIGH] = { "SELECT series_id, t, at, type, quality, num, txt, raw FROM latest WHERE series_id >= $1 AND series_id < $2", NULL },
	[Q_FLOORS] = { "SELECT id, floor FROM series WHERE id >= $1 AND id < $2 AND floor IS NOT NULL", NULL },
	[Q_RUNS] = { "SELECT seq, tier, t0, t1, n FROM point_run WHERE lane = $1 ORDER BY seq", NULL },
	[Q_UNRAISED] = { "SELECT " RUN_COLUMNS " FROM point_run WHERE lane = $1 AND merged <> 1 ORDER BY seq", NULL },
	[Q_LANE_CHANGE] = { "UPDATE main.lane SET seq = $2, gen = gen + 1, points = points + $3 WHERE id = $1", "lane" },
};
const size_t engine_sql_n = COUNT(engine_sql);

static void lane_free(struct lane *l)
{
	free(l->run);
	free(l);
}

static void engine_free(void *thing)
{
	struct engine *en = thing;

	for (size_t i = 0; i < en->nlane; i++)
		lane_free(en->lane[i]);
	free(en->lane);
	map_done(&en->lanes);
	scratch_done(&en->scratch);
	append_done(en);
	block_done(&en->spare);
	runblob_wr_done(&en->out);
	runs_done(en);
	tally_done(en);
	missing_done(en);
	months_done(en);
	free(en);
}

void lane_forget(struct lane *l)
{
	l->epoch = l->row.epoch = 0;
}

void lane_due(struct engine *en, struct lane *l)
{
	if (l->due)
		return;
	l->due = true;
	l->next_due = NULL;
	*en->due_tail = l;
	en->due_tail = &l->next_due;
	en->ndue++;
}

void lane_touch(struct engine *en, struct lane *l)
{
	if (l->touched)
		return;
	l->touched = true;
	l->next_touched = en->touched;
	en->touched = l;
}

/* What was learnt in a transaction that came to nothing is forgotten; the counter is as it was. */
static void on_end(struct db *db, bool committed)
{
	struct engine *en = db_attached(db);

	for (struct lane *l; en && (l = en->touched);) {
		en->touched = l->next_touched;
		l->touched = false;
		if (!committed)
			lane_forget(l);
	}
	if (en)
		en->synced = false;
	if (en && !committed) {
		en->counter = -1;
		runs_forget(en, -1);
	}
}

int engine_of(struct db *db, struct engine **out, struct err *e)
{
	struct engine *en = db_attached(db);

	if (!en) {
		en = calloc(1, sizeof(*en));
		if (!en)
			return err_nomem(e);
		en->db = db;
		en->counter = -1;
		en->lanes = (struct map)MAP_INIT;
		en->due_tail = &en->due;
		db_attach(db, en, engine_free);
		db_on_end(db, on_end);
	}
	*out = en;
	return 0;
}

int engine_sync(struct engine *en, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (en->synced)
		return 0;
	if (db_stmt(en->db, engine_sql + Q_COUNTER, &st, e) < 0)
		return -1;
	if (stmt_step(st, e) <= 0)
		return e->code ? -1 : err_set(e, E_IO, "%s: the counter of runs is missing", db_path(en->db));
	en->sharded = !stmt_is_null(st, 1);
	en->watch = stmt_int(st, 2);
	if (stmt_int(st, 0) != en->counter) {
		en->counter = stmt_int(st, 0);
		en->epoch++;
	}
	en->synced = true;
	return 0;
}

int engine_take(struct engine *en, int64_t n, int64_t *last, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(en->db, engine_sql + Q_COUNTER_SET, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, en->counter + n);
	if (stmt_post(st, e) < 0)
		return -1;
	en->counter += n;
	*last = en->counter;
	return 0;
}

static struct str key_of(const int64_t *id)
{
	return (struct str){ (const char *)id, sizeof(*id) };
}

struct lane *lane_known(const struct engine *en, int64_t id)
{
	const int64_t *at = map_find(&en->lanes, key_of(&id));

	return at ? en->lane[*at] : NULL;
}

static int lane_new(struct engine *en, int64_t id, struct lane **out, struct err *e)
{
	if (en->nlane == en->caplane) {
		size_t cap = en->caplane ? en->caplane * 2 : 64;
		struct lane **more = realloc(en->lane, cap * sizeof(*more)); /* NOLINT(bugprone-sizeof-expression) */

		if (!more)
			return err_nomem(e);
		en->lane = more;
		en->caplane = cap;
	}
	*out = calloc(1, sizeof(**out));
	if (!*out || map_put(&en->lanes, key_of(&id), (int64_t)en->nlane) < 0) {
		free(*out);
		return err_nomem(e);
	}
	(*out)->id = id;
	en->lane[en->nlane++] = *out;
	return 0;
}

int lane_add_run(struct lane *l, const struct run_row *r, struct err *e)
{
	if (l->nrun == l->caprun) {
		size_t cap = l->caprun ? l->caprun * 2 : 16;
		struct run_row *more = realloc(l->run, cap * sizeof(*more));

		if (!more)
			return err_nomem(e);
		l->run = more;
		l->caprun = cap;
	}
	l->run[l->nrun++] = *r;
	return 0;
}

static void raise_high(struct high *h, const struct point *p)
{
	if (p->ts < h->t)
		return;
	h->t = p->ts;
	h->known = !p->has_raw && p->value.type <= VALUE_BOOL;
	h->status = (uint8_t)status_of(p);
	h->bits = p->value.type == VALUE_NULL ? 0 : bits_of(p->value.num);
}

/* From what merges have left in `latest`. */
static int load_high(struct lane *l, struct stmt *st, struct err *e)
{
	int got;

	stmt_bind_int(st, 1, l->id * LANE);
	stmt_bind_int(st, 2, (l->id + 1) * LANE);
	while ((got = stmt_step(st, e)) > 0) {
		struct high *h = l->high + slot_of(stmt_int(st, 0));
		struct point p = { .ts = stmt_int(st, 1) };

		read_value(st, 3, &p);
		raise_high(h, &p);
		h->known &= !stmt_is_null(st, 2) && stmt_int(st, 2) == p.ts;
	}
	return got;
}

/* From the runs that it does not know. A damaged one is as good as empty. */
static int load_unraised(struct engine *en, struct lane *l, struct stmt *st, struct err *e)
{
	struct arena text = ARENA_INIT((size_t)1 << 30);
	struct block b = { 0 };
	int got, rc = 0;

	stmt_bind_int(st, 1, l->id);
	while (rc >= 0 && (got = stmt_step(st, e)) > 0) {
		struct run_head h;
		struct run_rd r;
		struct str blob;

		runblob_row_read(st, &h, &blob);
		if (!runblob_intact(&h, blob) || !runblob_open(&r, blob))
			continue;
		while (runblob_next(&r) > 0) {
			struct point p = { 0 };

			block_clear(&b);
			rc = runblob_read(&r.part, &b, &text, &en->scratch, e);
			if (rc <= 0)
				break;
			block_get(&b, b.n - 1, &p);
			raise_high(l->high + r.part.slot, &p);
		}
		arena_clear(&text);
	}
	arena_done(&text);
	block_done(&b);
	return rc < 0 ? -1 : got;
}

static int load_runs(struct lane *l, struct stmt *st, struct err *e)
{
	int got;

	l->nrun = 0;
	stmt_bind_int(st, 1, l->id);
	while ((got = stmt_step(st, e)) > 0) {
		struct run_row r = { .seq = stmt_int(st, 0), .t0 = stmt_int(st, 2), .t1 = stmt_int(st, 3), .n = stmt_int(st, 4), .tier = (int)stmt_int(st, 1) };

		if (lane_add_run(l, &r, e) < 0)
			return -1;
	}
	return got;
}

static int load_floors(struct lane *l, struct stmt *st, struct err *e)
{
	int got;

	stmt_bind_int(st, 1, l->id * LANE);
	stmt_bind_int(st, 2, (l->id + 1) * LANE);
	while ((got = stmt_step(st, e)) > 0)
		l->high[slot_of(stmt_int(st, 0))].floor = stmt_int(st, 1);
	return got;
}

static int lane_load(struct engine *en, struct lane *l, struct err *e)
{
	struct stmt *st[4] = { NULL };
	static const int query[] = { Q_HIGH, Q_FLOORS, Q_RUNS, Q_UNRAISED };
	int rc = 0;

	for (size_t i = 0; i < LANE; i++)
		l->high[i] = (struct high){ .t = INT64_MIN, .floor = INT64_MIN };
	l->nrun = 0;
	if (l->seq == 0 && l->gen == 0) /* nothing was ever written to it, nor taken away */
		return mirror_load(en, l, e);
	for (size_t i = 0; i < COUNT(st) && rc == 0; i++)
		rc = db_stmt(en->db, engine_sql + query[i], st + i, e);
	if (rc == 0 && (load_high(l, st[0], e) < 0 || load_floors(l, st[1], e) < 0 || load_runs(l, st[2], e) < 0 ||
			load_unraised(en, l, st[3], e) < 0 || mirror_load(en, l, e) < 0))
		rc = -1;
	for (size_t i = 0; i < COUNT(st); i++)
		stmt_reset(st[i]);
	return rc;
}

static int read_ahead(struct engine *en, const int64_t *id, size_t n, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(en->db, engine_sql + Q_LANES, &st, e) < 0)
		return -1;
	for (size_t i = 0; i < TOGETHER; i++)
		stmt_bind_int(st, (int)i + 1, id[i < n ? i : n - 1]);
	while ((got = stmt_step(st, e)) > 0) {
		struct lane *l = lane_known(en, stmt_int(st, 0));

		if (!l && lane_new(en, stmt_int(st, 0), &l, e) < 0)
			return -1;
		l->row = (struct lane_row){ en->epoch, stmt_int(st, 1), stmt_int(st, 2), stmt_int(st, 3) };
	}
	return got;
}

int lanes_ahead(struct engine *en, const int64_t *id, size_t n, struct err *e)
{
	int64_t ask[TOGETHER];
	size_t k = 0;

	for (size_t i = 0; i < n && db_posts(en->db); i++) {
		const struct lane *l = lane_known(en, id[i]);

		if (l && (l->epoch == en->epoch || l->row.epoch == en->epoch))
			continue;
		ask[k++] = id[i];
		if (k == TOGETHER && read_ahead(en, ask, k, e) < 0)
			return -1;
		k %= TOGETHER;
	}
	/* One alone is as well read when it is asked for. */
	return k > 1 ? read_ahead(en, ask, k, e) : 0;
}

int lane_made(struct engine *en, int64_t id, int64_t org, struct err *e)
{
	struct lane *l = lane_known(en, id);

	if (!db_posts(en->db))
		return 0;
	if (!l && lane_new(en, id, &l, e) < 0)
		return -1;
	l->row = (struct lane_row){ en->epoch, org, 0, 0 };
	return 0;
}

/* The row as it is: read ahead, for this once, or now. */
static int lane_row(struct engine *en, struct lane *l, struct lane_row *row, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	*row = l->row;
	l->row.epoch = 0;
	if (row->epoch == en->epoch)
		return 0;
	if (db_stmt(en->db, engine_sql + Q_LANE, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, l->id);
	switch (stmt_step(st, e)) {
	case 0:
		return err_set(e, E_CONFLICT, "series of lane %" PRId64 " are not there any more", l->id);
	case 1:
		break;
	default:
		return -1;
	}
	*row = (struct lane_row){ en->epoch, stmt_int(st, 0), stmt_int(st, 1), stmt_int(st, 2) };
	return 0;
}

int lane_get(struct engine *en, int64_t id, struct lane **out, struct err *e)
{
	struct lane *l = lane_known(en, id);
	struct lane_row row;

	if (!l && lane_new(en, id, &l, e) < 0)
		return -1;
	*out = l;
	if (l->epoch == en->epoch)
		return 0;
	if (lane_row(en, l, &row, e) < 0)
		return -1;
	/* Others wrote, but not here. */
	if (l->epoch && l->seq == row.seq && l->gen == row.gen) {
		l->epoch = en->epoch;
		return 0;
	}
	l->org = row.org;
	l->seq = row.seq;
	l->gen = row.gen;
	l->epoch = 0;
	if (lane_load(en, l, e) < 0)
		return -1;
	l->epoch = en->epoch;
	return 0;
}

int lane_bump(struct engine *en, int64_t id, int64_t more_points, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	struct lane *l = lane_known(en, id);
	int64_t seq;

	if (shard_settle(en, id, e) < 0 || engine_take(en, 1, &seq, e) < 0 || db_stmt(en->db, engine_sql + Q_LANE_CHANGE, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, id);
	stmt_bind_int(st, 2, seq);
	stmt_bind_int(st, 3, more_points);
	if (stmt_post(st, e) < 0 || shard_changed(en, id, e) < 0)
		return -1;
	if (l)
		l->row.epoch = 0;
	if (l && l->epoch == en->epoch) {
		l->seq = seq;
		l->gen++;
		lane_touch(en, l);
	}
	return 0;
}

int lane_change(struct engine *en, int64_t id, int64_t more_points, struct err *e)
{
	struct lane *l = lane_known(en, id);

	if (lane_bump(en, id, more_points, e) < 0)
		return -1;
	if (l)
		lane_forget(l);
	return 0;
}

int tier_of(int64_t n)
{
	int tier = 0;

	for (n /= 256; n >= 8 && tier < 3; n /= 8)
		tier++;
	return tier;
}
