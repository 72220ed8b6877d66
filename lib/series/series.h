/* SPDX-License-Identifier: MIT */
/*
 * Points in the store, behind one interface: append a batch, scan, latest, aggregate, delete a range, statistics. Today over
 * plain rows. A series is (device, datapoint name) for ever. Ids come only from a resolve of this connection, which is scoped.
 */
#ifndef SIT_SERIES_SERIES_H
#define SIT_SERIES_SERIES_H

#include "base/time.h"
#include "db/db.h"
#include "model/agg.h"
#include "model/point.h"

/* Guards of the engine's tables; before db_write(). */
int series_ready(struct db *db, struct err *e);
/* As db_read_begin(), which ends it too, for who reads points in the snapshot: where they lie on several servers, those are at the same moment. */
int series_read_begin(struct db *db, struct err *e);
/* The series of a device's datapoint: *id is 0 when there is none yet. */
int series_find(struct db *db, int64_t device, struct str name, int64_t *id, struct err *e);
struct series_wanted {
	int64_t device;
	struct str name;
	int64_t id; /* out */
};
/* Inside db_write(): the same for many, best in order of device, made when missing. */
int series_make(struct db *db, struct series_wanted *w, size_t n, struct err *e);
/* The series of a device, by name; fn (-1 stops) must not ask for another device's. */
int series_each(struct db *db, int64_t device, int (*fn)(int64_t id, struct str name, void *arg, struct err *e), void *arg,
		struct err *e);
/* The same of the devices that device_ahead() gives, and of those it leaves out, in any order. */
int series_of_devices(struct db *db, struct str from, int64_t n, int (*fn)(int64_t device, int64_t id, struct str name, void *arg, struct err *e), void *arg,
		 struct err *e);

/* What became of an appended point. */
enum outcome {
	OUTCOME_STORED,
	OUTCOME_CORRECTED,
	OUTCOME_DUPLICATE,
	OUTCOME_CONFLICT,
	OUTCOME_EXPIRED, /* before the floor of its series (retention): nothing was written */
};

/* What db_watch() listens to, to hear of points. */
#define SERIES_CHANNEL "points"
/*
 * Inside db_write(): append n points, any order, several series. Equal (series, ts) with the same value, raw and quality: duplicate. With another:
 * keep_last: the new one holds, the old one goes to `correction` (run: the id of the run, 0 none); else the old one holds and the outcome is
 * conflict. Also within the batch, in its order. outcome[n] is filled.
 */
int series_append(struct db *db, const struct point *p, size_t n, bool keep_last, int64_t run, int64_t now,
		  enum outcome *outcome, struct err *e);

struct series_scan;
/* Points of one series in [from, to), in order of time (or newest first). Text is valid until the next call. Does not hold a read transaction while the caller prints. */
int series_scan(struct db *db, int64_t series, const struct range *r, bool newest_first, struct series_scan **out,
		struct err *e);
/* 1 point, 0 end, -1. */
int series_next(struct series_scan *s, struct point *p, struct err *e);
/*
 * The points that come next as columns, as long as they are numbers of one quality without raw value; they are then passed over. n is 0 when the
 * next point is none (series_next() has it, or the end). Not for newest first. Valid until the next call.
 */
struct series_numbers {
	size_t n;
	enum quality quality;
	const int64_t *ts;
	const double *num;
};
int series_numbers(struct series_scan *s, struct series_numbers *out, struct err *e);
/* Read what several new scans begin with in one snapshot, as far as memory for it is meant to go: for many series of few points. */
int series_ahead(struct series_scan *const *s, size_t n, struct err *e);
void series_scan_free(struct series_scan *s);
DEFINE_AUTO(series_scan_freep, struct series_scan *, series_scan_free)

/*
 * From now on reads of points on this connection go on without what lies on a shard that is not to be had, instead of failing. For who ends with
 * series_left_out() and shows what is read to somebody: not for what is stored, judged or counted.
 */
int series_spare(struct db *db, struct err *e);
/* As series_damage(), with what shards were missing: a line each, the last as the error, those before it by tell(). */
int series_left_out(struct db *db, void (*tell)(void *arg, const char *line), void *arg, struct err *e);
/*
 * What the reads of this connection had to leave out because it is damaged: 0 nothing, else -1 with E_PARTIAL. For the end of a program, whose other results
 * stand.
 */
int series_damage(struct db *db, struct err *e);
/* The same for who has merged (series_compact(), series_tend()): what had to be put aside, and is in no answer any more. */
int series_put_aside(struct db *db, struct err *e);

/* The newest point that has a value (quality bad and stale with null never are latest): 1 found, 0 none, -1. txt is appended to text. */
int series_latest(struct db *db, int64_t series, struct point *p, struct sb *text, struct err *e);
/*
 * Buckets of the series in [r.from, r.to) that hold points, in order; fn gets each (-1 stops). With `delta` the value before the range is looked
 * up. Buckets at the edges are cut to the range.
 */
int series_aggregate(struct db *db, int64_t series, const struct range *r, const struct step *step, const struct zone *zone,
		     bool delta, int (*fn)(const struct bucket *b, void *arg, struct err *e), void *arg, struct err *e);
/*
 * After db_write(): merge what has become due in the lanes that this connection wrote to. It may be left out: the store then stays right, and grows. E_IO when
 * the disk fails; what was written stays written.
 */
int series_tend(struct db *db, struct err *e);
/*
 * The same, a little of it, for who is to write again soon: in step with what was written or, when there is time (idle), some milliseconds' worth. *more: there
 * may be more to do.
 */
int series_tend_some(struct db *db, bool idle, bool *more, struct err *e);
/*
 * Make the points of all that the connection sees small, lane by lane, beside writers and readers: everything merged, sealed, and thrown away below floors. It
 * goes on where the last call ended, and comes back to there; stop(arg) is asked after each step, of a few milliseconds. all: seal even single points. 1: stopped
 * before the end, 0 done.
 */
int series_compact(struct db *db, bool all, bool (*stop)(void *arg), void *arg, struct err *e);
/*
 * Where chunks lie in parts by month (db_months()): make those of this month and the next two ahead. Elsewhere nothing.
 */
int series_months_ahead(struct db *db, int64_t now, struct err *e);
/* Likewise, inside db_write(): the one of the instant, for who writes chunks by another way. */
int series_month(struct db *db, int64_t t, struct err *e);
/*
 * Likewise: drop the parts of months of which all lies below the floors of its series, in whole; with a scope, those that are all of its organisation. Elsewhere
 * nothing: series_compact() takes it out chunk by chunk. stop as there (NULL: never).
 */
int series_months_drop(struct db *db, bool (*stop)(void *arg), void *arg, struct err *e);
/* Look at every checksum and at what must hold between runs, chunks and lanes: bad(text) per finding. */
int series_check(struct db *db, void (*bad)(const char *what, void *arg), void *arg, struct err *e);
/* For db_mover(): points of a store that kept them as rows. */
int series_adopt(struct db *db, struct err *e);
/* How many points of the series are in [from, to). */
int series_count(struct db *db, int64_t series, const struct range *r, int64_t *n, struct err *e);
/*
 * Inside db_write(): nothing of the series before t exists any more (retention); a floor only rises. At once for every reader; what lies below is thrown away
 * by series_compact().
 */
int series_floor(struct db *db, int64_t series, int64_t t, struct err *e);
/* Inside db_write(): remove the points of [from, to); *n of them. */
int series_delete(struct db *db, int64_t series, const struct range *r, int64_t *n, struct err *e);
/* Inside db_write(): remove the series of a device with their points. */
int series_purge(struct db *db, int64_t device, int64_t *n, struct err *e);

/* Inside db_write(): the points of the series are kept as rows too (where db_months()), or not any more; *changed. What was there before: series_mirror_fill(). */
int series_mirror_set(struct db *db, int64_t series, bool on, bool *changed, struct err *e);
/* Make the rows of a mirrored series anew, page by page, a transaction each, beside writers; *n rows. Nothing, of a series that is not mirrored. */
int series_mirror_fill(struct db *db, int64_t series, int64_t now, int64_t *n, struct err *e);
/* A mirrored series. */
struct mirrored {
	int64_t series, org;
	int64_t filled; /* when it was filled; 0: not to the end */
	int64_t rows;
	struct sb org_name, device, datapoint;
};
#define MIRRORED_INIT { .org_name = SB_INIT(256), .device = SB_INIT(256), .datapoint = SB_INIT(256) }
/* The one after m->series: 1, 0, -1. */
int series_mirror_next(struct db *db, struct mirrored *m, struct err *e);
void mirrored_done(struct mirrored *m);

struct series_stats {
	int64_t series, points, oldest, newest; /* oldest and newest 0 when there are none */
	int64_t runs, chunks;			/* blobs that hold some of it */
	int64_t bytes;				/* of them, of a device the part that is its own */
};
struct series_of {
	int64_t org, device; /* 0: any */
};
/* Exact, and from headers wherever they suffice. of: one organisation or one device; NULL: all that the connection sees. */
int series_stats(struct db *db, const struct series_of *of, struct series_stats *s, struct err *e);

#endif
