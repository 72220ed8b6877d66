/* SPDX-License-Identifier: MIT */
/*
 * The one write path of points: resolve, convert, validate, store, in one transaction per batch; books that balance. Sources hand in
 * readings; the shapes of JSON and CSV are in ingest/shape.h and ingest/sheet.h.
 */
#ifndef SIT_INGEST_INGEST_H
#define SIT_INGEST_INGEST_H

#include "base/time.h"
#include "db/db.h"
#include "model/point.h"
#include "rec/out.h"

#define INGEST_UNKNOWN_MOST INT64_C(100000) /* points of unknown names that wait from one source of an organisation: more are refused */
#define INGEST_SKEW_PAST (36525 * US_PER_DAY) /* usual limits of times: 100 years back, a day ahead */
#define INGEST_SKEW_FUTURE US_PER_DAY
#define INGEST_REPORTS_MAX 100 /* lines on stderr about refused records; the rejects file holds all */

/* Counts of points; a line that cannot be read counts as one. */
struct books {
	int64_t read, stored, corrected, duplicate, conflict, rejected, quarantined, empty, spooled;
};

/* A value before its datapoint is known. */
struct raw_value {
	enum value_type type; /* VALUE_NULL: an explicit null */
	double num;
	struct str txt;
	bool typed; /* false: text of a cell, to be read by the datapoint's type */
	bool has_raw; /* the value was made of this raw value before: neither is scaled again */
	double raw;
	struct str unit; /* that the value was said in; empty: that of its datapoint */
};

/* A point on its way past: as it was named, not resolved. */
struct passing {
	struct str device, gateway, edge, datapoint; /* device, or gateway and edge; the others without pointer */
	int64_t ts;
	const struct raw_value *value;
	enum quality quality;
};

struct ingest_opts {
	const char *program, *source;
	bool keep_last, dry;
	bool live, clock; /* what the source says of its devices: struct hearing */
	bool acks;	  /* the source waits for the commit of all that is said of it: counters do not wait for the next points, and a message
			     that should wait is held back in quarantine */
	const struct zone *zone; /* of times without offset when given, else the device's site */
	bool zone_given;
	const char *time_format; /* NULL: sit-time(7) */
	int64_t skew_past, skew_future;
	const char *create_site; /* --auto-create; NULL: off */
	int64_t max_create;
	int64_t batch; /* points of a transaction at most */
	int64_t flush; /* microseconds that a point waits for its transaction at most; 0: no limit */
	const char *rejects; /* file; NULL: none */
	FILE *rejects_to;    /* that file where somebody else opened it, and closes it; NULL: nobody did */
	struct out *emit;    /* gets stored and corrected points after commit; NULL: none */
	int64_t now;
	/* One line about a refused or quarantined record. */
	void (*complain)(void *arg, const char *line);
	/* Without a store (db NULL) nothing is resolved or kept: points are handed on as they come. */
	int (*pass)(void *arg, const struct passing *p, struct err *e);
	void *arg;
	/*
	 * Each record is of the organisation that it names: 1 with a connection scoped to that one, which the ingest closes; 0 when there is none for the caller;
	 * -1. What names none, or one that there is not, is refused in the books of db's. NULL: all records are of db's organisation.
	 */
	int (*enter)(void *arg, struct str org, struct db **out, struct err *e);
	void *enter_arg;
};

struct ingest;
struct dev; /* a device as the path knows it, maybe unknown */

/* Where a record is: for messages and rejects. */
struct origin {
	uint64_t line;
	int64_t arrived;   /* it came earlier than now and lay in the spool; 0: it comes now */
	uint16_t id;	   /* with arrived: a message that comes with the same two is this one again; 0: nobody knows */
	struct str topic;  /* that it came under; ptr NULL: none */
	struct str text;   /* the record as read */
	struct str header; /* of a CSV file */
};

/* A run over one source begins (db NULL: see pass); ingest_end() ends it, ingest_free() frees it (NULL is fine). */
int ingest_begin(struct db *db, const struct ingest_opts *o, struct ingest **out, struct err *e);
void ingest_free(struct ingest *g);
DEFINE_AUTO(ingest_freep, struct ingest *, ingest_free)
/* The record that the next calls are about. */
void ingest_at(struct ingest *g, const struct origin *at);
/* A device by name or key, or by gateway and edge key (name.ptr NULL). The slot is kept for the run. NULL: out of memory or store failed (e). */
struct dev *ingest_device(struct ingest *g, struct str name, struct str gateway, struct str edge_key, struct err *e);
/* A time as text in the device's zone, or as an epoch number. -1 with E_INPUT. */
int ingest_time(struct ingest *g, const struct dev *d, struct str text, int64_t *ts, struct err *e);
/* A time that needs neither zone nor format to be understood, at speed; false: ask ingest_time(). */
bool ingest_time_known(struct ingest *g, struct str text, int64_t *ts);
/* A point: 0 (stored later, or refused and counted), -1 when the store failed. quality.ptr NULL: good. */
int ingest_put(struct ingest *g, struct dev *d, struct str name, int64_t ts, const struct raw_value *v, struct str quality,
	       struct err *e);
/* Count n points of the record as refused, with the reason; or an empty cell. */
int ingest_reject(struct ingest *g, struct dev *d, int64_t n, const char *reason, struct err *e);
void ingest_empty(struct ingest *g, struct dev *d);
/* The name of the organisation that is ingested into; empty when it is the owner's connection. */
struct str ingest_org(const struct ingest *g);
/*
 * Whose the record at hand is, where each names its organisation: *g becomes the ingest of that one until the next record. 1, or 0 with n points refused;
 * -1. Where all are of one, *g stays.
 */
int ingest_turn(struct ingest **g, struct str org, int64_t n, struct err *e);
/* Records name their organisation. */
bool ingest_for_all(const struct ingest *g);
/* The organisation that it works for is called as it was: 0; E_CONFLICT: it is not, and what comes under its new name is for nobody. Not known: 0. */
int ingest_same_name(struct ingest *g, struct err *e);
/* The store has the device. */
bool ingest_knows(const struct dev *d);
/* Why nothing can be kept of the device: unknown, another organisation's, not enabled; NULL: it can. */
const char *ingest_unfit(const struct dev *d);
/* The device says that it is there, or somebody (its broker) that it is not. */
int ingest_status(struct ingest *g, struct dev *d, bool online, struct err *e);
/* What a device says that is no point: kept for who asked. kind and ref as in the table inbox; has_ts: the message itself says when. */
struct told_message {
	const char *kind;
	struct str ref, payload;
	int64_t ts;
	bool has_ts;
};
int ingest_message(struct ingest *g, struct dev *d, const struct told_message *m, struct err *e);
/* What is in hand and not committed never was: the source will say it again. */
void ingest_drop(struct ingest *g);
/* n points were put into the spool, or taken out of it to be read again (-n). */
void ingest_spooled(struct ingest *g, int64_t n);
/* Between two records: commit when the first point in hand has waited for opt.flush. */
int ingest_tick(struct ingest *g, struct err *e);
/* The input is momentarily empty: commit, and look names up anew now and then, because somebody may have changed them. The store is not tidied: ingest_tend(). */
int ingest_idle(struct ingest *g, struct err *e);
/* Some tidying after that, in step with what came, or (idle) more of it: series_tend_some(). */
int ingest_tend(struct ingest *g, bool idle, bool *more, struct err *e);
/* Commit what is in hand, and tidy the store. */
int ingest_flush(struct ingest *g, struct err *e);
/* The source failed: the run ends with that, which its row keeps. */
void ingest_failed(struct ingest *g, const struct err *why);
/*
 * Flush, close the run, check the books (E_BUG when they do not add up). E_PARTIAL when something was refused, E_DENIED when more came than the
 * organisation may store in a day: the rest is in quarantine. The books are those of all organisations together.
 */
int ingest_end(struct ingest *g, struct books *b, struct err *e);
/* The instant of arrival of the record at hand. */
int64_t ingest_now(struct ingest *g);
/* While adopting: the quarantine row that the next point comes from; deleted once the point is in. */
void ingest_adopt(struct ingest *g, int64_t quarantine_id);
/* Fields of the books, for --stats and sit-records(5). */
extern const struct field books_fields[];
extern const size_t books_count;
void books_cells(const struct books *b, struct cell *cells);
void books_add(struct books *total, const struct books *b);
/* "read 10 = stored 8 + … ": the line for people. */
int books_text(const struct books *b, struct sb *sb);

#endif
