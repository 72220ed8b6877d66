/* SPDX-License-Identifier: MIT */
/*
 * Epochs of a store. Each restore from a backup begins one. What was decided before it began (epoch.started) and waits to be sent may have
 * been sent since the backup was taken, by the store that the restored one replaces: whoever sends compares with epoch_now().
 */
#ifndef SIT_STORE_EPOCH_H
#define SIT_STORE_EPOCH_H

#include "db/db.h"

struct epoch {
	int64_t number;	 /* 0: the store was never restored */
	int64_t started; /* INT64_MIN with number 0: nothing is older */
};

/* The epoch in force. */
int epoch_now(struct db *db, struct epoch *now, struct err *e);
/* Inside db_write(): the epoch of this number begins, out of the backup of this name that was taken then, by actor. */
int epoch_begin(struct db *db, const struct epoch *now, const char *backup, int64_t taken, const char *actor, struct err *e);

#endif
