/* SPDX-License-Identifier: MIT */
/* Limits and quotas in the store: rules that were set, what buckets hold, what is counted. The rules themselves: model/bucket.h, model/quota.h. */
#ifndef SIT_STORE_LIMIT_H
#define SIT_STORE_LIMIT_H

#include "db/db.h"
#include "model/quota.h"

/*
 * Whose limit it is: of the organisation's requests, of all that comes into it, of a user's requests, a key's, of what a device sends.
 */
enum limit_noun { LIMIT_ORG, LIMIT_INGEST, LIMIT_USER, LIMIT_KEY, LIMIT_DEVICE };
extern const char *const limit_words[]; /* NULL ends */

struct limit_of {
	int64_t org;
	enum limit_noun noun;
	int64_t id; /* 0 of the organisation itself */
};

/* Before db_write(), and before reading. */
int limit_ready(struct db *db, struct err *e);
/* The rule that was set, and what happens beyond it ("delay", "quarantine"; nothing: the default), appended: 1, 0 none, -1. over may be NULL. */
int limit_get(struct db *db, const struct limit_of *of, struct sb *rule, struct sb *over, struct err *e);
/* Inside db_write(): set it (over NULL: the default), or take it back, with what its bucket holds; *done: there was one. */
int limit_put(struct db *db, const struct limit_of *of, struct str rule, const char *over, struct err *e);
int limit_rm(struct db *db, const struct limit_of *of, bool *done, struct err *e);
/* All that were set in the organisations that can be seen: organisation, noun, name of the thing, rule, over, its id; the caller frees the statement. */
int limit_each(struct db *db, struct stmt **out, struct err *e);
/* Some device of the organisation has a rule of its own, or all of them together have. */
int limit_any(struct db *db, int64_t org, bool *any, struct err *e);

/* What a device may send. Texts are valid until the statement goes. */
struct device_limit {
	struct str policy; /* its name; ptr NULL: none */
	bool telemetry;
	int64_t size, rate;	     /* of the policy: KiB of a message, messages a minute */
	struct str over, rule, own; /* over: of the policy; rule: its own; own: over of that */
};
/* 1, 0, -1; free the statement when done with the texts. */
int limit_device(struct db *db, int64_t device, struct stmt **st, struct device_limit *l, struct err *e);
/* Policies and how many living devices have each: organisation, name, rate, over, number; the caller frees the statement. */
int limit_policies(struct db *db, struct stmt **out, struct err *e);

/* The bucket's text appended: 1, 0 none, -1. */
int limit_bucket(struct db *db, const struct limit_of *of, struct sb *state, struct err *e);
/* Inside db_write(): it becomes now, if it is old (empty: if there is none). 1, 0 when it is something else, -1. */
int limit_bucket_swap(struct db *db, const struct limit_of *of, struct str old, struct str now, struct err *e);

/* What an organisation may have, and what of it was said for itself, not by its tier. */
struct quota {
	int64_t most[QUOTA_N]; /* QUOTA_NONE */
	bool own[QUOTA_N];
	struct tier tier;
	char name[16];	 /* of the tier */
	int64_t created; /* when the organisation was: with its id it is one among those of all stores */
	int64_t retention; /* microseconds that its points are kept; QUOTA_NONE: for ever */
	bool own_retention;
	bool below; /* another organisation, which may be given something for all below it */
};
int quota_get(struct db *db, int64_t org, struct quota *q, struct err *e);
/* The organisation above it, where the connection sees that: 1, 0, -1. */
int quota_parent(struct db *db, int64_t org, int64_t *parent, char name[64], struct err *e);
/* How many living things of the kind the organisation and those below it have; of QUOTA_POINTS, of it alone, what the ledger says of the day that begins at `day`. */
int quota_count(struct db *db, int64_t org, enum quota_what what, int64_t day, int64_t *n, struct err *e);
/* Inside db_write(): the points stored so far on that day, counted from the ledger when nobody has counted on it yet. */
int spent_get(struct db *db, int64_t org, int64_t day, int64_t *points, struct err *e);
/* Inside db_write(): after spent_get(), so many points are stored now in all. */
int spent_set(struct db *db, int64_t org, int64_t day, int64_t points, struct err *e);
/* Inside db_write(): so many more are stored, of an organisation without a quota: they count when it gets one on the same day. */
int spent_more(struct db *db, int64_t org, int64_t day, int64_t points, struct err *e);

#endif
