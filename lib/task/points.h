/* SPDX-License-Identifier: MIT */
/* What happens to points and datapoint definitions when the thing that owns them goes. */
#ifndef SIT_TASK_POINTS_H
#define SIT_TASK_POINTS_H

#include "db/db.h"

/* Inside db_write(): delete the datapoint definitions owned by the model or device (owner "model" or "device"). */
int points_drop_definitions(struct db *db, const char *owner, int64_t id, struct err *e);
/* Guards for points_purge(); before db_write(). */
int points_ready(struct db *db, struct err *e);
/* Inside db_write(): delete a device's series with all points. */
int points_purge(struct db *db, int64_t device, struct err *e);
/* Series that have points of the datapoint. */
int points_of_definition(struct db *db, int64_t datapoint, int64_t *n, struct err *e);

#endif
