/* SPDX-License-Identifier: MIT */
/* Points in quarantine: looked at, taken in once their device or datapoint is there, or thrown away. */
#ifndef SIT_INGEST_WAITING_H
#define SIT_INGEST_WAITING_H

#include "db/db.h"
#include "ingest/ingest.h"
#include "model/waiting.h"
#include "rec/out.h"

/* Which: terms "device=…" "datapoint=…" "gateway=…" "edge_key=…" "reason=…" (any of, glob), or ids as bare integers. All must hold. */
struct waiting {
	char **term;
	int n;
	struct time_ctx when;
};

/* Print them, oldest first; *rows counts. */
int waiting_list(struct db *db, const struct waiting *w, struct out *out, size_t *rows, struct err *e);
/*
 * Put them through the write path again; those that fit now are stored and leave quarantine, the others wait for the reason that they have then. Points
 * that wait for their time only are taken when they are asked for, by their numbers or a term "reason=…"; the times of all others are held against
 * INGEST_SKEW_*. *left counts those that were not asked for.
 */
int waiting_adopt(struct db *db, const struct waiting *w, const struct ingest_opts *o, struct books *b, int64_t *left, struct err *e);
/* Throw them away, with an audit row; *n of them. */
int waiting_remove(struct db *db, const struct waiting *w, const char *program, const char *message, bool dry, int64_t *n,
		   struct err *e);

#endif
