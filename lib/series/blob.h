/* SPDX-License-Identifier: MIT */
/*
 * Inside room series: runs and chunks as blobs. Each begins with a version, a codec and a CRC-32C over the blob and over the
 * columns of its row, so that a flipped bit is found wherever it is. sit-store(7) has the formats.
 */
#ifndef SIT_SERIES_BLOB_H
#define SIT_SERIES_BLOB_H

#include "series/block.h"

#define LANE 256 /* series in a lane */

/* run_head.merged: as it was written; merged, and `latest` knows what is in it; merged without that. */
enum { RUN_FRESH, RUN_RAISED, RUN_UNRAISED };

/* The columns of a run beside its blob. */
struct run_head {
	int64_t lane, seq, org, tier, merged, t0, t1, n, written;
};

/* Those of a chunk; least and most are of the numbers that count, when it has any. */
struct chunk_head {
	int64_t series, org, t0, t1, n;
	bool has_range;
	double vmin, vmax;
};

/* A run being written: series by slot. */
struct run_wr {
	struct wr w;
	int slot; /* of the series written last, -1 none */
	size_t n;   /* its points */
	int64_t *times; /* the times that a next series may refer to */
	size_t ntimes, captimes;
	int64_t points, t0, t1;
};

/* An empty one. */
int runblob_begin(struct run_wr *r, struct err *e);
/* Points [from, to) of a block, of a higher slot than those before; late: some may be there already. */
int runblob_add(struct run_wr *r, int slot, bool late, const struct body *body, struct scratch *s, struct err *e);
/* Fill in t0, t1, n of the head and the CRC over all of it: what is then in r->w is the blob. */
void runblob_end(struct run_wr *r, struct run_head *h);
void runblob_wr_done(struct run_wr *r);

/* A run being read. */
struct run_part {
	int slot;
	bool late;
	size_t n;
	struct rd body, times; /* times.p NULL: the body has its own */
	size_t ntimes;
};
struct run_rd {
	struct rd r, times;
	size_t ntimes;
	struct run_part part;
};

/* The checksum is right, over blob and head. */
bool runblob_intact(const struct run_head *h, struct str blob);
/* False when this is no blob of ours. */
bool runblob_open(struct run_rd *r, struct str blob);
/* The next series, in r->part: 1, 0 end, -1 damaged. */
int runblob_next(struct run_rd *r);
/* The points of a part behind those of the block: 1, 0 damaged, -1 no memory. */
int runblob_read(const struct run_part *p, struct block *b, struct arena *text, struct scratch *s, struct err *e);

/* Points [from, to) as a chunk; the head is filled in but for series and org, which are the caller's. */
int chunk_write(struct wr *w, const struct body *body, struct chunk_head *h, struct scratch *s, struct err *e);
bool chunk_intact(const struct chunk_head *h, struct str blob);
/* 1, 0 damaged (also when the points are not those that the head says), -1 no memory. */
int chunk_read(const struct chunk_head *h, struct str blob, struct block *b, struct arena *text, struct scratch *s, struct err *e);

#endif
