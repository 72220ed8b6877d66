/* SPDX-License-Identifier: MIT */
/* Who changes the store lets the broker know, without knowing it. */
#ifndef SIT_TASK_BROKER_STAMP_H
#define SIT_TASK_BROKER_STAMP_H

#include "db/db.h"

#define BROKER_CHANNEL "broker" /* db_notify(): something that concerns the broker was committed */

/* After a commit: touch the stamp beside the store, where there is one, so that who watches it syncs. */
void broker_stamp(const struct db *db);
/* A change to things of the noun concerns the broker. */
bool broker_concerned(const char *noun);

#endif
