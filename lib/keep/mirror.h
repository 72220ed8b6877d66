/* SPDX-License-Identifier: MIT */
/* Raw points of chosen series as rows of a table, where the store is in Postgres. */
#ifndef SIT_KEEP_MIRROR_H
#define SIT_KEEP_MIRROR_H

#include "rec/out.h"
#include "store/pick.h"

struct mirroring {
	struct pick_opts which;
	int64_t series, rows; /* out: series concerned, rows written */
};

/* Mirror what fits and is not mirrored, and fill it; what is half filled is filled. Run again it takes in what is new. E_CONFLICT where the store has no such table. */
int mirror_on(struct db *db, struct mirroring *m, struct err *e);
/* Not any more: rows go. */
int mirror_off(struct db *db, struct mirroring *m, struct err *e);
/* Fill what fits and is mirrored from its beginning. */
int mirror_rebuild(struct db *db, struct mirroring *m, struct err *e);

extern const struct field mirror_fields[];
extern const size_t mirror_count;
/* A record a mirrored series. */
int mirror_status(struct db *db, struct out *out, struct err *e);

#endif
