/* SPDX-License-Identifier: MIT */
/* Requests of whoever shows a key: as many as their limits let through. */
#ifndef SIT_ACCESS_ADMIT_H
#define SIT_ACCESS_ADMIT_H

#include "store/user.h"

/*
 * Count a request of the key against the limits of the key, its user and their organisation, on a connection without scope to the store at url: 0,
 * or E_DENIED with the limit and when the next one passes. A limit that cannot be looked up, or a request that cannot be counted, lets nothing through.
 * *first: the last one passed, this one does not.
 */
int admit_request(struct db *db, const char *url, const struct user_key *k, int64_t now, bool *first, struct err *e);

#endif
