/* SPDX-License-Identifier: MIT */
/*
 * Inside room series: one merge. Neighbouring runs of a lane become one run and, when the oldest is among them, chunks. It is worked out on a snapshot, without
 * the lock of writers, and applied in a transaction that first looks whether the lane is still as it was.
 */
#ifndef SIT_SERIES_MERGE_H
#define SIT_SERIES_MERGE_H

#include "series/impl.h"

#define CHUNK_POINTS 1024
#define CHUNK_BYTES 1900 /* two to a page of 4 KiB */
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

/* Work it out: 1, 0 when there is nothing to do, -1. */
int merge_prepare(struct merge *m, struct err *e);
/* Inside db_write(), after engine_sync(): apply it, unless the lane has changed meanwhile. */
int merge_apply(struct merge *m, struct err *e);
/* Inside db_write(): the chunks that were made. */
int merge_add_chunks(struct merge *m, struct err *e);
void merge_done(struct merge *m);
/* Move the points of m->b that are to be sealed into chunks; what stays is left, with its flag. */
int seal(struct merge *m, int64_t series, bool *late, struct err *e);

extern const struct sql seal_sql[], compact_sql[];
extern const size_t seal_sql_n, compact_sql_n;

#endif
