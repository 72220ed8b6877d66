/* SPDX-License-Identifier: MIT */
/*
 * Messages that wait in files while the store is away: in order, in segments of a few MiB, each record with its length and CRC-32C. What was
 * synced survives a power cut; what was not was not acknowledged either, and a torn end is passed over. One process per folder.
 */
#ifndef SIT_INGEST_SPOOL_H
#define SIT_INGEST_SPOOL_H

#include "base/base.h"
#include "base/err.h"
#include "base/sb.h"

struct spool;

struct spooled {
	int64_t arrived;
	struct str topic, payload; /* valid until the next call */
	uint16_t id; /* of its packet, 0: none */
	bool retained;
};

/*
 * The folder is made when missing (0700); its parent must be there: E_NOTFOUND. most: bytes that may lie in it. *waiting is how many messages of earlier runs lie in it. E_CONFLICT when another
 * process has it.
 */
int spool_open(const char *folder, int64_t most, struct spool **out, int64_t *waiting, struct err *e);
/* What is in it stays. spool_free(NULL) is fine. */
void spool_free(struct spool *s);
/* A message behind the others; it is safe after spool_sync(). 1, 0: there is no room, -1. */
int spool_put(struct spool *s, const struct spooled *m, struct err *e);
int spool_sync(struct spool *s, struct err *e);
/* There is no room for more. */
bool spool_is_full(const struct spool *s);
/* The next message that was not taken out: 1, 0 there is none, -1. One that is damaged ends its segment. */
int spool_next(struct spool *s, struct spooled *m, struct err *e);
/* What spool_next() gave is in the store now: segments that are through are removed. */
int spool_done(struct spool *s, struct err *e);
/* It is not: begin with the first one again that spool_done() did not cover. */
void spool_again(struct spool *s);

#endif
