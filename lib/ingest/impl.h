/* SPDX-License-Identifier: MIT */
/* Inside of the write path: resolving (ingest/resolve.c), converting (ingest/convert.c), committing (ingest/ingest.c). */
#ifndef SIT_INGEST_IMPL_H
#define SIT_INGEST_IMPL_H

#include "access/gauge.h"
#include "alarm/judging.h"
#include "base/arena.h"
#include "base/map.h"
#include "ingest/ingest.h"
#include "series/series.h"
#include "store/books.h"
#include "store/definition.h"
#include "store/event.h"
#include "store/inbox.h"
#include "store/trouble.h"
#include "task/state.h"

/* A datapoint of a device as it was resolved. */
struct slot {
	struct str wire;	      /* the name it came under */
	const char *name;	      /* of the series; NULL: unknown, goes to quarantine */
	const struct definition *def; /* shared by the devices of a model, where they have nothing of their own */
	int64_t series;		      /* 0: not made yet */
	bool reported, created;
	const char *near; /* of an unknown one: " (did you mean ...)", or empty; NULL: not looked for yet */
	bool fresh; /* its series was made in the transaction at hand */
	struct ears *ears; /* alarm rules that listen to it, as they were at `heard` (1 + judging_generation()) */
	uint64_t heard;
};

/* What a device may send, or all of the organisation together. */
struct allowance {
	struct gauge gauge;
	bool rated;	    /* there is a rule in gauge */
	bool looked;	    /* its bucket is known */
	bool mute;	    /* it may send no points */
	int64_t size;	    /* bytes of a message; 0: any */
	const char *policy; /* its name */
	bool drawn;	    /* something was taken that is not kept yet: it is in the list */
	bool over;	    /* others took meanwhile what was taken here */
	struct allowance *next;
};

enum verdict { VERDICT_PASS, VERDICT_HOLD, VERDICT_DELAY };

struct dev {
	struct str name, gateway, edge_key; /* as given */
	struct device_ref ref;
	bool known, foreign, reported;
	bool listed; /* its series are in names */
	int64_t at;  /* index in the run's devices */
	const char *shown; /* its name, for messages and --emit */
	const struct zone *zone;
	struct slot *slot;
	size_t nslot, capslot;
	size_t next;	       /* the slot that the next name probably means: devices repeat the order of their names */
	struct dev *after;     /* the device that came after it the last time */
	struct ledger_row now; /* counters not yet in the ledger */
	struct dev *touched;   /* the next one of those that have such counters, itself at the end; NULL: has none */
	struct told *told, *via; /* what is heard of it, and of its gateway through it; NULL: nothing is kept */
	struct allowance *allowance; /* NULL: it has none of its own */
	bool delayed;		     /* somebody was told that it has to wait */
	int64_t heard_to;	     /* newest time of the batch that was looked at */
	const char *near;	     /* of an unknown one, as of a slot */
	const char *unmade;	     /* why --auto-create did not make it; NULL */
};

/* What a point of the batch needs besides itself. */
struct mark {
	struct dev *dev;
	uint32_t slot;
	uint32_t message;   /* bytes of the message whose first point it is; 0: another of the same, or of none that is limited */
	int64_t quarantine; /* row it comes from, 0: none */
};

struct held {
	struct held *next;
	struct quarantine_row row;
};

/* Devices that were read ahead of being named, with their series: one round trip for many, where look-ups are round trips. */
struct ahead {
	struct map by_name; /* indexes of ref */
	struct device_ref *ref;
	size_t n, cap;
	unsigned missed; /* look-ups of one device since the last time that reading ahead was of no use */
	int64_t next;	 /* how many the next time */
};

struct ingest {
	struct db *db;
	struct ahead ahead;
	struct ingest_opts opt;
	struct origin at;
	struct arena keep;  /* of the run: devices, names, definitions */
	struct arena batch; /* of the batch: texts, quarantine */
	struct map by_name;
	struct map names; /* of datapoints and series, under keys of resolve.c: one for all, because maps of their own cost every device 20 KB */
	struct sb key;
	bool learning; /* a snapshot is held while names are looked up */
	struct dev *last; /* the device of the last record; NULL: none by name yet */
	char known_text[40]; /* the last time that ingest_time_known() read, and what it was */
	size_t known_len;
	int64_t known;
	struct dev **dev;
	size_t ndev, capdev, nslot; /* nslot: of all devices */
	struct dev *touched;
	struct point *point;
	struct mark *mark;
	enum outcome *outcome;
	size_t n;
	struct held *held, **held_tail;
	size_t nheld;
	struct said *said, **said_tail; /* messages that are no points */
	bool pressing; /* there is something to commit besides points */
	struct books books, settled; /* what happened; what is committed */
	int64_t run, created, adopting;
	size_t reports;
	size_t guesses;	   /* names that near ones were looked for */
	struct err why;	   /* of the last value that was not converted */
	struct err failure; /* what the run ends with; no code: nothing */
	size_t made;	   /* series made in the transaction at hand */
	bool counted;	   /* outcomes are in the counters of devices */
	unsigned clock_in; /* records until the clock is read again */
	int64_t since;	 /* monotonic time of the last commit */
	int64_t learned; /* monotonic time of the first look-up that is kept */
	bool damage_told;
	FILE *rejects;
	struct tellings tellings;
	struct judging *judging; /* NULL: not asked for yet */
	bool judges;		 /* there are rules */
	struct buckets buckets;	   /* db NULL: not asked for yet */
	struct allowance *all;	   /* NULL: none */
	bool limits_known, limited; /* limited: some device, or all, may have a rule of their own */
	struct allowance *drawn;
	const struct dev *judged; /* the record at hand is of this device, and verdict is about it; NULL: not yet */
	enum verdict verdict;
	uint32_t message; /* bytes of the message at hand, until a point of it is kept */
	bool overdrawn;	  /* the transaction at hand would let more through than a bucket gives */
	struct sb over;	  /* why it does not pass */
	int64_t day, most, spent; /* points that may be stored today, and are; QUOTA_NONE */
	int64_t unwarned;	  /* the day on which there was said to be enough left */
	bool excess, warned;	  /* the transaction at hand would store more; somebody heard of 80 % */
	int64_t beyond;		  /* points that went to quarantine for it */
	int64_t unknown;	  /* points of unknown names that wait from this source, those of this batch included */
	bool unknown_known;	  /* it was counted */
	struct others *others;	  /* ingests of the organisations that records name; NULL: all are of one */
	struct ingest *front;	  /* it is one of those of this one */
};

/* All that is due by now (tidy.c). */
int ingest_tidy(struct ingest *g, struct err *e);

/* Ingests of other organisations (orgs.c), where the front has some: made, called in turn until one fails, ended and added up, freed. */
int others_begin(struct ingest *front, struct err *e);
int others_each(struct ingest *front, int (*fn)(struct ingest *g, struct err *e), struct err *e);
struct ingest *others_at(const struct ingest *front, size_t i); /* the i-th of them; NULL */
/* refused: what the worst of them ends with, no failure. */
int others_end(struct ingest *front, struct books *total, struct err *refused, struct err *e);
void others_free(struct ingest *front);

/* A message for the inbox. */
struct said {
	struct said *next;
	struct inbox_row row;
};

/* Inside db_write(): what ingest_message() holds. */
int ingest_write_said(struct ingest *g, struct err *e);
/* Alarm rules (judge.c). Before db_write(); inside it, before points are appended, and once their outcomes are known. */
int ingest_judging(struct ingest *g, struct err *e);
int ingest_listen(struct ingest *g, struct err *e);
int ingest_judge_batch(struct ingest *g, struct err *e);
/* Let go of the snapshot in which names were looked up: before anything is written, and before waiting. */
void ingest_learned(struct ingest *g);
/* The device's counters have changed. */
void ingest_touch(struct ingest *g, struct dev *d);
/* Refuse or hold back one point; v's text is copied where kept. */
int ingest_refuse(struct ingest *g, struct dev *d, const char *reason, struct err *e);
int ingest_hold(struct ingest *g, struct dev *d, struct str name, int64_t ts, const struct raw_value *v, enum quality q,
		const char *reason, bool report, struct err *e);
/* A point that is held back. */
struct holding {
	struct str name;
	int64_t ts, id; /* id: of its row, 0: it gets one */
	const struct raw_value *v;
	enum quality q;
	const char *reason;
};
/* The same as ingest_hold(), of a point that was read before: counted as held back, not reported, nothing is committed. */
int ingest_hold_back(struct ingest *g, struct dev *d, const struct holding *h, struct err *e);

/* A point of a name that nobody knows waits, or is refused when too many do (limit.c). */
int ingest_hold_unknown(struct ingest *g, struct dev *d, struct slot *s, int64_t ts, const struct raw_value *v, enum quality q, struct err *e);

/* What the device may send, in the snapshot that names are looked up in (limit.c, and all that follow). */
int ingest_allowance(struct ingest *g, struct dev *d, struct err *e);
void ingest_allowances_forget(struct ingest *g);
/* The record at hand, by its first value: g->verdict is to pass or to be held. Waits where it has to. */
int ingest_judge(struct ingest *g, struct dev *d, struct err *e);
/* The same, once a point: cheap where nothing is limited. */
static inline int ingest_admit(struct ingest *g, struct dev *d, struct err *e)
{
	return (d->allowance || g->all) && !g->adopting && g->judged != d ? ingest_judge(g, d, e) : 0;
}
/* Inside db_write(): the counters of all devices that something came of. */
int ingest_write_ledger(struct ingest *g, struct err *e);
/* Inside the transaction: keep what was taken from buckets, E_DENIED with g->overdrawn when others were quicker; then it is over. */
int ingest_draw(struct ingest *g, struct err *e);
void ingest_drawn(struct ingest *g, bool committed);
/* That transaction was rolled back: what a bucket does not give is waited for, or held back. */
int ingest_redraw(struct ingest *g, struct err *e);
/* Inside the transaction: before the points are appended, and once their outcomes are known: E_DENIED with g->excess when they are too many. */
int ingest_quota(struct ingest *g, struct err *e);
int ingest_spend(struct ingest *g, struct err *e);
/* That transaction was rolled back: the points for which there is no room are held back. */
int ingest_put_aside(struct ingest *g, struct err *e);
void ingest_quota_warn(struct ingest *g);

/* The wire name was met before in this run. */
bool slot_known(struct ingest *g, const struct dev *d, struct str wire);
/* Commit what is in hand with all counters, then forget every device: pointers to them are void. */
int ingest_forget(struct ingest *g, struct err *e);
/*
 * The datapoint under the wire name; made when auto-create says so. Of names that are not known the slot may live until the next call only,
 * with the caller's bytes in it. NULL on failure (e).
 */
struct slot *resolve_slot(struct ingest *g, struct dev *d, struct str wire, const struct raw_value *v, struct err *e);

/* What is near to a name that nobody knows, for its reason: " (did you mean ...)" or "", or NULL (e). */
const char *resolve_near(struct ingest *g, struct dev *d, struct slot *s, struct err *e);

enum converted { CONVERT_OK, CONVERT_REJECT, CONVERT_HOLD };
/* raw → value by the definition: scale, offset, type. The reason is in why when it is not OK. */
enum converted convert_value(const struct definition *def, const struct raw_value *v, struct point *p, struct arena *a,
			     struct err *why);

#endif
