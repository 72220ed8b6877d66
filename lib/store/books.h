/* SPDX-License-Identifier: MIT */
/* Ledger, runs and quarantine. */
#ifndef SIT_STORE_BOOKS_H
#define SIT_STORE_BOOKS_H

#include "db/db.h"

/* Counters of one device in one hour of arrival, added to what the ledger has. */
struct ledger_row {
	const char *source;
	int64_t device, hour;
	int64_t stored, corrected, duplicate, conflict, rejected, quarantined, empty;
	const char *reason, *place; /* first ones; NULL: none */
};

/* A point that waits for its device or datapoint, or whose time or type is doubtful. */
struct quarantine_row {
	int64_t id, at, ts;
	const char *reason, *source, *place;
	struct str device, gateway, edge_key, datapoint, value; /* value: JSON */
	const char *quality;
};

/* What came in by the ledger, of all devices together. */
struct ledger_hour {
	int64_t org, hour, points; /* points: stored and corrected */
	struct str source, name;   /* name: of the organisation */
};
/* On an unscoped connection: each organisation, source and hour in this order; fn (-1 stops) has the texts until it returns. */
int ledger_hours(struct db *db, int (*fn)(const struct ledger_hour *h, void *arg, struct err *e), void *arg, struct err *e);
/* A number that moves with whatever a program stores, changes or takes in. */
int books_mark(struct db *db, int64_t *mark, struct err *e);

/* Before db_write(). */
int books_ready(struct db *db, struct err *e);
/* Inside db_write(): add to the hour's row. */
int ledger_add(struct db *db, const struct ledger_row *r, struct err *e);
/* Inside db_write(): a run begins, *id names it; it ends with its exit code and counters (a JSON object). */
int run_begin(struct db *db, const char *program, const char *source, int64_t now, int64_t *id, struct err *e);
int run_end(struct db *db, int64_t id, int64_t now, int exit, struct str counters, struct err *e);
/* Inside db_write(): keep a point, or let it go. */
int quarantine_add(struct db *db, const struct quarantine_row *q, struct err *e);
int quarantine_rm(struct db *db, int64_t id, struct err *e);
/* The row q->id still waits: for that reason now, with that quality. */
int quarantine_still(struct db *db, const struct quarantine_row *q, struct err *e);
/* How many points of names that nobody knows wait there from the source; it stops counting at most. */
int quarantine_unknown(struct db *db, const char *source, int64_t most, int64_t *n, struct err *e);

#endif
