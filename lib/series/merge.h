/* SPDX-License-Identifier: MIT */
/*
 * Inside room series: one merge. Neighbouring runs of a lane become one run and, when the oldest is among them, chunks. It is worked out on a snapshot, without
 * the lock of writers, and applied in a transaction that first looks whether the lane is still as it was.
 */
#ifndef SIT_SERIES_MERGE_H
#define SIT_SERIES_MERGE_H

#include "series/impl.h"

#define CHUNK_POINTS 1024
#define CHUNK_BYTES 1944 /* two to a page of 4 KiB of SQLite, four to one of 8 KiB of Postgres, with the other columns */
#define CHUNK_ENOUGH (CHUNK_BYTES * 63 / 64)
#define CHUNK_TRIES 4
#define SEAL_AT 4096	 /* points of a series that go to chunks */

struct input {
	struct run_head h;
	struct sb blob;
	bool damaged;
	struct run_rd r;
	int part; /* what runblob_next() said last */
};

struct added {
	struct chunk_head h;
	size_t at, len; /* in merge.bytes */
};

struct removed {
	int64_t series, t0;
	bool damaged;
};

/* What becomes the newest of a series that no merge had seen. */
struct raised {
	int64_t series, t;
	bool has, renew;
	struct point p;
};

struct merge {
	struct engine *en;
	int64_t lane, from, to; /* rows of seq from…to */
	int tier;	       /* of those that made it due; -1: all there are (compact) */
	size_t threshold;	 /* points of a series that are sealed */
	size_t most;		 /* chunks made or removed after which the rest stays in the run; 0: any number */
	bool more;		 /* out: some did */
	bool fold;		 /* late points go to their chunks, however few */
	int fd;			 /* the lane's lock */
	int64_t org, gen;
	bool oldest; /* nothing lies before the inputs */
	struct input *in;
	size_t nin;
	struct run_wr w;
	struct run_head h;
	struct added *add;
	size_t nadd, capadd;
	struct removed *del;
	size_t ndel, capdel;
	struct raised raise[LANE];
	size_t nraise;
	struct wr bytes, chunk;
	struct block b, tmp;
	struct arena text;
	bool idle; /* nothing would change */
};

/* Organisation and gen of the lane: 1, 0 it is not there, -1. */
int merge_lane(struct engine *en, int64_t lane, int64_t *org, int64_t *gen, struct err *e);
/* Work it out: 1, 0 when there is nothing to do, -1. */
int merge_prepare(struct merge *m, struct err *e);
/* Inside db_write(), after engine_sync(): apply it, unless the lane has changed meanwhile. */
int merge_apply(struct merge *m, struct err *e);
/* Inside db_write(): the chunks that were made. */
int merge_add_chunks(struct merge *m, struct err *e);
/* Likewise: leave what it takes for who follows, or note that it is gone (feed.c). */
int feed_merged(struct merge *m, struct err *e);
void merge_done(struct merge *m);
/* It has as many chunks as it may. */
static inline bool merge_full(const struct merge *m)
{
	return m->most && m->nadd + m->ndel >= m->most;
}

/* Merges that are applied in one transaction. */
struct group {
	struct engine *en;
	struct merge *m;
	size_t n;
};
/* Work out m[n], which the caller has filled in, as the next of the group: 1, 0 nothing came of it (wait: also when another process is at that lane), -1. */
int group_prepare(struct group *g, bool wait, struct err *e);
/* Apply all of them; the group is then empty. */
int group_flush(struct group *g, struct err *e);
void group_done(struct group *g);

/* Where join_prepare() is in a lane: behind this chunk. */
struct join_at {
	int64_t series, t0;
};
/* Work out which small chunks become larger ones, m->most of them at most, from *at on, which moves: 1, 0 none are left, -1. */
int join_prepare(struct merge *m, struct join_at *at, struct err *e);
/* Note in m that a chunk goes; that points of a body come as one (or, where they take too many bytes, the first of them up to *end). */
int merge_removes(struct merge *m, int64_t series, int64_t t0, bool damaged, struct err *e);
int merge_adds(struct merge *m, int64_t series, const struct body *x, size_t *end, struct err *e);

/* Move the points of m->b that are to be sealed into chunks; what stays is left, with its flag. */
int seal(struct merge *m, int64_t series, bool *late, struct err *e);

extern const struct sql seal_sql[], join_sql[], compact_sql[];
extern const size_t seal_sql_n, join_sql_n, compact_sql_n;

#endif
