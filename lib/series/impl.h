/* SPDX-License-Identifier: MIT */
/*
 * Inside room series: what a connection knows of the lanes it writes to, and what the parts of the engine do for each other.
 * engine.c keeps lanes, append.c writes, late.c looks up, scan.c reads, merge.c and seal.c tidy, cut.c removes.
 */
#ifndef SIT_SERIES_IMPL_H
#define SIT_SERIES_IMPL_H

#include "base/map.h"
#include "series/blob.h"
#include "series/series.h"

/* The newest point of a series, whatever it is. */
struct high {
	int64_t t;	/* INT64_MIN: none */
	int64_t floor;	/* nothing before it exists; INT64_MIN: none */
	uint64_t bits;	/* of its number */
	uint8_t status;
	bool known; /* bits and status are all there is to compare */
};

/* The row of a run, without its blob. */
struct run_row {
	int64_t seq, t0, t1, n;
	int tier;
};

/* The row of a lane as it was read ahead, in an epoch of the engine; 0: it was not, or has changed. */
struct lane_row {
	uint64_t epoch;
	int64_t org, seq, gen;
};

struct lane {
	int64_t id, org, seq, gen;
	uint64_t epoch;	 /* up to date if the engine's */
	struct lane_row row; /* read ahead */
	bool touched;	 /* by the transaction at hand: it is in the list of those */
	bool due;	 /* written to since it was last tidied: likewise */
	struct lane *next_touched, *next_due;
	struct high high[LANE];
	bool mirrored[LANE]; /* rows of their points are kept too, see mirror.c */
	struct run_row *run; /* in order of seq */
	size_t nrun, caprun;
};

struct engine {
	struct db *db;
	int64_t counter; /* the store's `seq` as we last saw it */
	int64_t watch;	 /* until then merges keep what they take, for who follows; 0: nobody ever did */
	uint64_t epoch;
	bool synced; /* in the transaction at hand: nobody else writes until its end */
	struct map lanes; /* by id: place in lane */
	struct lane **lane;
	size_t nlane, caplane;
	struct lane *touched;
	struct lane *due, **due_tail; /* the first one has waited for longest */
	size_t ndue;
	size_t wrote; /* lanes written to, that no tidying was done for */
	struct scratch scratch;
	struct run_wr out;
	struct append_room *room;
	struct block spare; /* of a scan that is over, for the next one */
	struct kept *kept; /* runs for reading, see runs.h */
	struct months *months; /* those that have a part, see month.c */
	uint64_t mirrorless;   /* the epoch in which no series was mirrored */
	struct tally *tally; /* the lane that was counted last, see tally.h */
	struct missing *missing; /* reads go on without shards that are not to be had, see missing.c; NULL: they fail */
	bool sharded, unsharded; /* the store lies on several servers; it is known that it does not, see shard.c */
	uint64_t snapshot; /* in which all of them are as the store is */
	int64_t verified;  /* the counter there */
	int64_t damaged; /* blobs that a read had to leave out, or a merge put aside */
	bool aside;	 /* a merge did */
	char first_damage[320];
};

/* That of the connection, made when there is none yet. */
int engine_of(struct db *db, struct engine **en, struct err *e);
/* Inside db_write(): learn whether others wrote. */
int engine_sync(struct engine *en, struct err *e);
/* Take n numbers for rows; the last one is returned in *last. */
int engine_take(struct engine *en, int64_t n, int64_t *last, struct err *e);
/* The lane, loaded and up to date; after engine_sync(). */
int lane_get(struct engine *en, int64_t id, struct lane **out, struct err *e);
/* Where each statement is a round trip: the rows of many lanes, for lane_get(), in few of them. Ascending, and none twice. */
int lanes_ahead(struct engine *en, const int64_t *id, size_t n, struct err *e);
/* Likewise: a lane has just been made, so its row is known. After engine_sync(). */
int lane_made(struct engine *en, int64_t id, int64_t org, struct err *e);
/* The lane if it is known, up to date or not; NULL. */
struct lane *lane_known(const struct engine *en, int64_t id);
/* Inside db_write(): it is written to. */
void lane_touch(struct engine *en, struct lane *l);
/* It is to be tidied. */
void lane_due(struct engine *en, struct lane *l);
/* Add a row at the end. */
int lane_add_run(struct lane *l, const struct run_row *r, struct err *e);
/* Forget what is known of it. */
void lane_forget(struct lane *l);
/* Inside db_write(): note that what lies in the lane has changed: seq, gen and points; what is known of it besides is so still. */
int lane_bump(struct engine *en, int64_t id, int64_t more_points, struct err *e);
/* The same, and what is known of it is forgotten. */
int lane_change(struct engine *en, int64_t id, int64_t more_points, struct err *e);

/* Of a series, by its id. */
static inline int64_t lane_of(int64_t series)
{
	return series / LANE;
}

/* Likewise: its place in the lane. */
static inline int slot_of(int64_t series)
{
	return (int)(series % LANE);
}

/* Columns of a run and of a chunk as the statements below read them, from column 0. */
#define RUN_COLUMNS "lane, seq, org_id, tier, merged, t0, t1, n, written, data"
#define CHUNK_COLUMNS "series_id, t0, org_id, t1, n, vmin, vmax, data"
/* Of chunk, where $1 is a series or the first of a lane: what a backend needs to look in one part only, where parts lie by lane. */
#define IN_LANE " AND series_id / 256 = $1 / 256"
/* The row at hand; the blob lives until the next step. */
void runblob_row_read(const struct stmt *st, struct run_head *h, struct str *blob);
void chunk_row_read(const struct stmt *st, struct chunk_head *h, struct str *blob);
/* Inside db_write(): add and remove rows. */
int runblob_insert(struct db *db, const struct run_head *h, struct str blob, struct err *e);
int runblob_delete(struct db *db, int64_t lane, int64_t seq, struct err *e);
int chunk_insert(struct db *db, const struct chunk_head *h, struct str blob, struct err *e);
int chunk_delete(struct db *db, int64_t series, int64_t t0, struct err *e);
/* Inside db_write(): put a damaged row aside, unread. */
int runblob_set_aside(struct db *db, int64_t lane, int64_t seq, struct err *e);
int chunk_set_aside(struct db *db, int64_t series, int64_t t0, struct err *e);
/*
 * The first instant of the next month (UTC); of this one. A chunk lies in one month, so the one that instant t falls in begins at or after the latter: statements
 * say so, for a backend that need then not look at the parts before.
 */
int64_t month_end(int64_t t);
int64_t month_begin(int64_t t);
/* Inside db_write(): where tables lie in parts by month, that of instant t is there. */
enum months_of { MONTHS_CHUNK, MONTHS_MIRROR };
int month_make(struct engine *en, enum months_of table, int64_t t, struct err *e);
/* The schema has such parts, and the mirror: 1, 0 it has not, or (e) that cannot be known. */
bool month_there(struct engine *en, struct err *e);
void months_done(struct engine *en);

/* The store lies on several servers; false also when that cannot be known (e). */
bool shard_there(struct engine *en, struct err *e);
/* Inside db_write(), before a lane is looked at to be changed: what came to nothing on its shard is undone. After engine_sync(). */
int shard_settle(struct engine *en, int64_t lane, struct err *e);
/* Likewise, after its row in `lane` was changed: the shard gets the number. */
int shard_changed(struct engine *en, int64_t lane, struct err *e);

/* Which slots are left out of reads: a bit for each. */
unsigned missing_slots(const struct engine *en);
/* Outside a snapshot, after a read failed because of a shard: learn which slots are not to be had. 1 it may go well now, 0 it fails, -1. */
int missing_learn(struct engine *en, struct err *e);
/* The series' lane is on a shard that is not to be had, which is remembered for series_left_out(): 1, 0, -1. */
int missing_series(struct engine *en, int64_t series, struct err *e);
void missing_done(struct engine *en);

/* Inside db_write(): rows of the mirror, in place of those of the same instants. */
int mirror_put(struct engine *en, int64_t org, int64_t series, const struct body *x, struct err *e);
/* Inside db_write(): rows of the range go, if the series is mirrored. */
int mirror_cut(struct engine *en, int64_t series, const struct range *r, struct err *e);
/* Which series of the lane are mirrored. */
int mirror_load(struct engine *en, struct lane *l, struct err *e);
/* Inside db_write(): parts of past months that are empty are dropped. */
int mirror_trim(struct engine *en, struct err *e);
/* Remember that a read left something out, for series_damage(); that a merge put it aside, for series_put_aside(). */
void damage_note(struct engine *en, int64_t series, const char *what, const struct range *r);
void aside_note(struct engine *en, int64_t series, const char *what, const struct range *r);

/* What is kept for reading of the runs of a lane (< 0: of all) is so no more. */
void runs_forget(struct engine *en, int64_t lane);
void append_done(struct engine *en);
void runs_done(struct engine *en);
void tally_done(struct engine *en);

/* "DEVICE:DATAPOINT" for messages; the number when it has no name (any more). */
void series_title(struct engine *en, int64_t series, char *buf, size_t size);

/* The size class of a run of n points. */
int tier_of(int64_t n);

/* Columns type, quality, num, txt, raw of a statement, from parameter i on. */
void bind_value(struct stmt *st, int i, const struct point *p);
/* Likewise from column i on; the text lives until the next step. */
void read_value(const struct stmt *st, int i, struct point *p);

/*
 * What lies under n instants (ascending) of a series at or below its high-water: the points found, in *found. Runs are looked through
 * newest first, then chunks.
 */
struct late {
	struct engine *en;
	struct lane *lane;
	struct sb *blob;  /* the lane's runs, copied when first needed: by place in lane->run */
	bool *fetched;
	size_t n;
	struct arena text;
};
int late_find(struct late *x, int64_t series, const int64_t *ts, size_t n, struct block *found, struct err *e);
void late_done(struct late *x);

/* The next page of a scan, whole: 1, 0 at the end, -1. Valid until the next. */
int scan_page(struct series_scan *s, const struct block **page, struct err *e);
/* The scan gives what is below the floor of its series too. */
void scan_physical(struct series_scan *s);

/* Inside db_write(): the row of `latest` is raised to instant t and to point p, which was written later (NULL: none that has a value). */
int latest_raise(struct engine *en, int64_t org, int64_t t, const struct point *p, int64_t series, struct err *e);
/* Inside db_write(): made anew from what there is; no row when nothing is. */
int latest_renew(struct engine *en, int64_t org, int64_t series, struct err *e);

/* What is to go out of a lane: a range for each slot; from >= to: nothing. */
struct cut {
	int64_t lane, org;
	struct range r[LANE];
};
/* Inside db_write(), after engine_sync(): take it out; *gone distinct keys. */
int lane_cut(struct engine *en, const struct cut *c, int64_t *gone, struct err *e);
/* Distinct keys that are in the lane's runs and chunks. */
int lane_recount(struct engine *en, int64_t lane, int64_t *n, struct err *e);
/* Inside db_write(): when something damaged was put aside, lane.points is counted anew. */
int lane_repair(struct engine *en, int64_t lane, struct err *e);

/* Inside db_write(), before points go out of the lane: what merges have left of it goes too. */
int feed_cut(struct engine *en, int64_t lane, struct err *e);

/* Statements of each part, for series_ready(). */
extern const struct sql engine_sql[], tables_sql[], names_sql[], append_sql[], late_sql[], scan_sql[], runs_sql[], latest_sql[], merge_sql[], cut_sql[], stats_sql[], tally_sql[], check_sql[], feed_sql[];
extern const size_t engine_sql_n, tables_sql_n, names_sql_n, append_sql_n, late_sql_n, scan_sql_n, runs_sql_n, latest_sql_n, merge_sql_n, cut_sql_n, stats_sql_n, tally_sql_n, check_sql_n, feed_sql_n;

#endif
