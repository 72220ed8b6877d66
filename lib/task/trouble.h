/* SPDX-License-Identifier: MIT */
/* Events about the system itself: the one place that programs tell from what is wrong with it, store/trouble.h says how often. */
#ifndef SIT_TASK_TROUBLE_H
#define SIT_TASK_TROUBLE_H

#include "store/trouble.h"

/* In a transaction of its own, after trouble_ready(): it is there (over false), or is over. *news as trouble_on() and trouble_off() have it; may be NULL. */
int trouble_tell(struct db *db, const struct trouble *t, bool over, bool *news, struct err *e);
/*
 * The same for who only reads, or whose own connection may be what is broken: through another one to the store at url, when there is something to tell. Of
 * the organisation of `reader`, of the store when it has none. A store that cannot be written is not told: that is in *e, and for the caller to pass over.
 */
int trouble_tell_apart(struct db *reader, const char *url, struct trouble *t, bool over, struct err *e);

/* What is wrong where the store lies, told: a disk that is nearly full. (What a server of Postgres has left is not known here.) */
int trouble_look(struct db *db, int64_t now, struct err *e);
/* The clock was set by so many microseconds: an event. */
int trouble_clock(struct db *db, int64_t by, int64_t now, struct err *e);

/* How full the file system is, as it is for users: begins to be trouble below a tenth and 1 GiB, and is bad below a fiftieth and 200 MB. false: it is none. */
bool trouble_of_space(int64_t bytes, int64_t free_bytes, enum severity *severity);
/* Between two looks the wall clock went on by `wall`, and what counts seconds by `real` microseconds: by how much it was set, 0 when less than 5 s. */
int64_t trouble_of_clock(int64_t wall, int64_t real);

#endif
