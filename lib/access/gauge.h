/* SPDX-License-Identifier: MIT */
/*
 * A limit in force for somebody, with its bucket as this process knows it: taken from in memory, kept in the store (in the transaction of what passed), or
 * in Redis where SIT_REDIS names one that several hosts share. Where another process has taken from it meanwhile, gauge_keep() finds out, before anything passes.
 */
#ifndef SIT_ACCESS_GAUGE_H
#define SIT_ACCESS_GAUGE_H

#include "model/bucket.h"
#include "store/limit.h"
#include "wire/shared.h"

/* Where buckets are kept: in the store, or shared. */
struct buckets {
	struct db *db;
	struct shared *shared; /* NULL: in the store */
	int64_t created;       /* of the organisation */
};
/* E_IO when SIT_REDIS is set and nobody answers: what cannot be looked up lets nothing through. buckets_close() also after a failure. */
int buckets_open(struct buckets *b, struct db *db, int64_t org, struct err *e);
void buckets_close(struct buckets *b);

struct gauge {
	struct limit_of of;
	struct bucket_rule rule;
	char from[96];	 /* where the rule is from: "own", "policy NAME", "tier NAME" */
	bool quarantine; /* beyond it: what came is quarantined; else it waits */
	struct bucket_state bucket;
	struct bucket_load taken; /* since the bucket was kept last */
	int64_t refused;	  /* requests since the last one that passed */
	struct sb kept, next;	  /* the bucket's text as it was kept last, and in the transaction at hand */
};

/* The rule in force for them: 1, 0 none, -1. The gauge is the caller's to gauge_done(). */
int gauge_find(struct db *db, const struct limit_of *of, struct gauge *g, struct err *e);
/* The same of a device of which it is known what it may send. */
int gauge_of_device(const struct limit_of *of, const struct device_limit *l, struct gauge *g, struct err *e);
void gauge_done(struct gauge *g);
/* The bucket as it is kept. */
int gauge_look(const struct buckets *b, struct gauge *g, int64_t now, struct err *e);
/* It passes, and is taken; or nothing changes. */
bool gauge_take(struct gauge *g, const struct bucket_load *load, int64_t now);
/*
 * Inside db_write() where the store keeps it: keep what was taken. Where others have taken from it meanwhile and it has not enough for both, *over: nothing was kept, and the bucket
 * is known as they left it. over NULL: what was taken has passed, and is owed.
 */
int gauge_keep(const struct buckets *b, struct gauge *g, int64_t now, bool *over, struct err *e);
/*
 * The same, as much of what was taken as the bucket gives: then g->taken is what is left, and *wait the microseconds until it gives more; 0: it is all paid.
 */
int gauge_pay(const struct buckets *b, struct gauge *g, int64_t now, int64_t *wait, struct err *e);
/* What was taken is given back: it did not pass. As gauge_keep(). */
int gauge_return(const struct buckets *b, struct gauge *g, const struct bucket_load *load, int64_t now, struct err *e);
/* That transaction is over. */
void gauge_kept(struct gauge *g, bool committed);
/* Append why it does not pass: "over_limit: 60 messages in 1m (policy telemetry-only)". what: one of what is counted. */
int gauge_say(struct gauge *g, const char *what, const struct bucket_load *load, int64_t now, struct sb *sb);

#endif
