/* SPDX-License-Identifier: MIT */
/*
 * What a backup says of itself: which store, when, what was counted in it, and the digests of its file. One object of JSON whose last
 * member is the digest of all bytes before it, so that no byte of it can change unseen. In sit-backup(1).
 */
#ifndef SIT_KEEP_MANIFEST_H
#define SIT_KEEP_MANIFEST_H

#include "base/arena.h"
#include "db/db.h"
#include "keep/pack.h"

#define MANIFEST "MANIFEST"
#define MANIFEST_FORMAT 1

/* A table, or an organisation (then id > 0), and its rows or points. */
struct census_row {
	const char *name;
	int64_t id, n;
};

/* What is in a store: the same before and after it was packed, restored or copied. */
struct census {
	int schema;
	int64_t epoch, points;
	struct census_row *table, *org;
	size_t ntable, norg;
	struct arena a;
};

/* Count; of a store that is written to inside db_read_begin(). Free it with census_done(), also after an error. */
int census_take(struct db *db, struct census *c, struct err *e);
/* Free it; it may be used again. */
void census_done(struct census *c);
/* What is not the same in `now` as it was: bad() per count. */
void census_compare(const struct census *was, const struct census *now, fault_fn *bad, void *arg);

struct manifest {
	bool database; /* a dump of a database of Postgres, else a file of SQLite */
	char *store;   /* where it was, without passwords */
	int64_t at;
	struct census census;
	char *file; /* its name in the set */
	struct packed packed;
};

/* Free what is in it. */
void manifest_done(struct manifest *m);
/* Append its text. */
int manifest_print(const struct manifest *m, struct sb *sb, struct err *e);
/* The manifest that these bytes are; E_INPUT says what is wrong with them. Free it with manifest_done(), also after an error. */
int manifest_parse(struct str text, struct manifest *m, struct err *e);

#endif
