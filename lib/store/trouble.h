/* SPDX-License-Identifier: MIT */
/*
 * What is wrong with the system itself for a while: a disk that is nearly full, a backup that failed, a route whose channel is gone. It is an event of kind
 * system when it begins, gets worse and ends, however often it is seen in between, by whichever process.
 */
#ifndef SIT_STORE_TROUBLE_H
#define SIT_STORE_TROUBLE_H

#include "db/db.h"
#include "model/rule.h"

struct trouble {
	const char *about; /* what is wrong: one row for each organisation and this */
	enum severity severity;
	const char *message;
	int64_t org; /* whose trouble it is; 0: of the store, hence of every organisation that is below no other */
	int64_t now;
};

/* Before db_write(), and before asking. */
int trouble_ready(struct db *db, struct err *e);
/* Inside db_write(): it is there. *news: an event was written, since nobody knew, or knew it as less bad. (Message and beginning are those of then.) */
int trouble_on(struct db *db, const struct trouble *t, bool *news, struct err *e);
/* Inside db_write(): it is over, which the message says. *news: it was there. */
int trouble_off(struct db *db, const struct trouble *t, bool *news, struct err *e);
/* Whether trouble_on(), or (over) trouble_off(), would have news. */
int trouble_news(struct db *db, const struct trouble *t, bool over, bool *news, struct err *e);
/* Inside db_write(): an event of something that does not last. */
int trouble_once(struct db *db, const struct trouble *t, struct err *e);

#endif
