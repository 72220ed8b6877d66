/* SPDX-License-Identifier: MIT */
/*
 * Lanes whose runs and chunks are on another server (lib/store/schema_shard.c has how). That server commits first and the row of the lane here decides: before a lane is
 * changed, what came to nothing there is undone; each change leaves its number there; and nobody reads a shard that is ahead of the snapshot here.
 */
#include "series/impl.h"

#include "db/shard.h"

#define TRIES 100

enum { Q_THERE, Q_STATE, Q_PUT, Q_AHEAD, Q_AHEAD_BUT, Q_SETTLE };

static const struct sql shard_sql[] = {
	[Q_THERE] = { "SELECT 1 FROM counter WHERE name = 'shards'", NULL },
	[Q_STATE] = { "SELECT l.seq, m.seq FROM lane l LEFT JOIN shard_mark m ON m.lane = l.id WHERE l.id = $1", NULL },
	[Q_PUT] = { "INSERT INTO main.shard_mark (lane, org_id, seq, back) SELECT id, org_id, seq, CAST($2 AS BIGINT) FROM lane WHERE id = $1", "shard_mark" },
	/* Up to $1 all has been seen to be well: what came to nothing since has a higher number. */
	[Q_AHEAD] = { "SELECT value, (SELECT COUNT(*) FROM shard_mark m LEFT JOIN lane l ON l.id = m.lane WHERE m.lane > 0 AND m.seq > $1 AND m.seq > COALESCE(l.seq, 0))"
		      " FROM counter WHERE name = 'seq'",
		      NULL },
	[Q_AHEAD_BUT] = { "SELECT value, main.shard_ahead_but($1, CAST($2 AS INTEGER)) FROM counter WHERE name = 'seq'", NULL },
	[Q_SETTLE] = { "SELECT main.shard_settle_but(CAST($1 AS INTEGER))", NULL },
};

static int ask(struct db *db, int query, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	return db_stmt(db, shard_sql + query, &st, e) < 0 ? -1 : stmt_step(st, e);
}

static int put(struct engine *en, int64_t lane, bool back, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (!en->sharded)
		return 0;
	if (db_stmt(en->db, shard_sql + Q_PUT, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, lane);
	stmt_bind_int(st, 2, back);
	return stmt_post(st, e);
}

int shard_changed(struct engine *en, int64_t lane, struct err *e)
{
	return put(en, lane, false, e);
}

int shard_settle(struct engine *en, int64_t lane, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int64_t here, there;
	int got;

	if (!en->sharded)
		return 0;
	if (db_stmt(en->db, shard_sql + Q_STATE, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, lane);
	got = stmt_step(st, e);
	if (got <= 0 || stmt_is_null(st, 1)) /* a lane that is here, or new */
		return got < 0 ? -1 : 0;
	here = stmt_int(st, 0);
	there = stmt_int(st, 1);
	if (there < here)
		return err_set(e, E_IO, "%s: the shard of lane %" PRId64 " has lost what was stored (it is at %" PRId64 " of %" PRId64 "): sit-db shard check",
			       db_path(en->db), lane, there, here);
	return there > here ? put(en, lane, true, e) : 0;
}

/* A shard is ahead of the snapshot: 1, 0, -1. */
static int ahead(struct engine *en, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	unsigned but = missing_slots(en);

	if (db_stmt(en->db, shard_sql + (but ? Q_AHEAD_BUT : Q_AHEAD), &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, en->verified);
	if (but)
		stmt_bind_int(st, 2, but);
	if (stmt_step(st, e) <= 0)
		return e->code ? -1 : err_set(e, E_IO, "%s: the counter of runs is missing", db_path(en->db));
	if (stmt_int(st, 1) > 0)
		return 1;
	en->verified = but ? en->verified : stmt_int(st, 0);
	en->snapshot = db_snapshot(en->db);
	return 0;
}

static int settle_all(struct db *db, void *arg, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, shard_sql + Q_SETTLE, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, missing_slots(arg));
	return stmt_step(st, e) < 0 ? -1 : 0;
}

bool shard_there(struct engine *en, struct err *e)
{
	int got = 0;

	if (!en->sharded && !en->unsharded && db_months(en->db)) {
		got = ask(en->db, Q_THERE, e);
		en->sharded = got > 0;
		en->unsharded = got == 0;
	}
	return en->sharded;
}

/* The snapshots of all shards, begun with that of the store: nothing of them is newer than it. 1 they are, 0 not so, -1. */
static int begin(struct engine *en, struct err *e)
{
	int got;

	if (db_read_begin(en->db, e) < 0)
		return -1;
	if (db_snapshot(en->db) == 0 || en->snapshot == db_snapshot(en->db) || !shard_there(en, e)) {
		if (!e->code)
			return 1;
		db_read_end(en->db);
		return -1;
	}
	got = ahead(en, e);
	if (got == 0)
		return 1;
	db_read_end(en->db);
	return got < 0 ? -1 : 0;
}

int series_read_begin(struct db *db, struct err *e)
{
	struct engine *en;
	int got = engine_of(db, &en, e);

	for (int tries = 0; got >= 0 && tries < TRIES; tries++) {
		got = begin(en, e);
		if (got > 0)
			return 0;
		if (got < 0) {
			got = missing_learn(en, e);
			if (got <= 0)
				return -1;
			continue;
		}
		if (db_snapshot(db)) /* of a caller, who began it without asking for points */
			break;
		/* Who is writing ends first; what came to nothing is undone. */
		got = db_turn(db, settle_all, en, e);
	}
	return got < 0 ? -1 : err_set(e, E_IO, "%s: a shard of the store has moved on meanwhile: run it again", db_path(db));
}
