/* SPDX-License-Identifier: MIT */
/* Points of a store in Postgres on other servers too. */
#ifndef SIT_KEEP_SHARD_H
#define SIT_KEEP_SHARD_H

#include "db/db.h"
#include "rec/out.h"

struct sharding {
	const char *name, *url;
	int64_t slots, rows; /* out: moved */
	void (*progress)(void *arg, uint64_t done, uint64_t size);
	void *arg;
};

/*
 * The server of url becomes a shard, and gets its share of the slots, each in a transaction of its own; again after a stop it goes on. E_CONFLICT where the store or
 * the server cannot.
 */
int shard_add(struct db *db, struct sharding *s, struct err *e);
/* All that is on it comes here, likewise; then it is none any more. E_PARTIAL when what it had could not be removed there. */
int shard_rm(struct db *db, struct sharding *s, struct err *e);

extern const struct field shard_fields[];
extern const size_t shard_count;
/* A record a shard. */
int shard_list(struct db *db, struct out *out, struct err *e);
/* A record a finding; E_ANSWER when there is any. */
int shard_check(struct db *db, struct out *out, struct err *e);
/* The store has shards: 1, 0, -1. */
int shard_any(struct db *db, struct err *e);

#endif
