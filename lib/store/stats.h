/* SPDX-License-Identifier: MIT */
/* How many rows of what are in the store. */
#ifndef SIT_STORE_STATS_H
#define SIT_STORE_STATS_H

#include "db/db.h"

enum stat_of { STAT_ORGS, STAT_SITES, STAT_MODELS, STAT_DEVICES, STAT_DATAPOINTS, STAT_QUARANTINED, STAT_AUDIT, STAT_N };

/* Living things by kind. */
int stats_count(struct db *db, int64_t out[STAT_N], struct err *e);
/* An organisation, or a device that has series. */
struct stats_thing {
	int64_t id;
	struct sb org, device; /* names; of an organisation without device */
};
/* The next one by id after t->id (0: the first): 1, 0 no more, -1. Names are put into t's strings. */
int stats_next(struct db *db, bool device, struct stats_thing *t, struct err *e);
/* Rows that break a rule the schema cannot hold: enums outside their words. fn gets a line per finding. */
int stats_check_words(struct db *db, void (*bad)(const char *what, void *arg), void *arg, struct err *e);

#endif
