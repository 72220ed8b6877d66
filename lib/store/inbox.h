/* SPDX-License-Identifier: MIT */
/* What devices say that is no point: events, and answers to what was asked of them, for the programs that asked. */
#ifndef SIT_STORE_INBOX_H
#define SIT_STORE_INBOX_H

#include "db/db.h"

struct inbox_row {
	int64_t device, ts, at; /* when it was said by the device's clock (else at), when it came */
	const char *kind;	/* "event" "command/ack" "config/ack" "ota/progress" "script/log" */
	struct str ref;		/* the request that it answers, from the topic; ptr NULL: not said there */
	struct str payload;	/* text, mostly JSON */
	const char *digest;	/* one message is one row, however often it is delivered; NULL: each delivery is a row */
};

/* Before db_write(). */
int inbox_ready(struct db *db, struct err *e);
/* Inside db_write(): keep it, in the organisation written to. */
int inbox_add(struct db *db, const struct inbox_row *r, struct err *e);

#endif
