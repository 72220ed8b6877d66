/* SPDX-License-Identifier: MIT */
/*
 * Logins in the trail, and guessing made slow. Each success is a row ("login"), for a key once an hour. Of failures of one key or user the first TRIES_ROWS of an hour are
 * rows ("denied login"); those behind them are only counted, in one row of login_try, and told by one row when the hour is over: who tries a hundred thousand keys does not
 * fill the store.
 *
 * After so many wrong ones in a row nothing is tried for a minute, then two, four, at most TRIES_LOCK: for a password from its fifth, whoever tries; of an address from its
 * twentieth, whoever is tried from there; for a key from its tenth, where it is shown on this host. A lock ends by itself, tries during it neither count nor are looked at,
 * and the trail has a row ("lock"). What was wrong is forgotten after a day (users) or an hour without any. A password counts as wrong from before it is tried, so that any
 * number of processes at once tries no more of them.
 */
#ifndef SIT_ACCESS_TRIES_H
#define SIT_ACCESS_TRIES_H

#include "audit/apart.h"

#define TRIES_ROWS 10
#define TRIES_LOCK (15 * 60 * (int64_t)1000000)
#define TRIES_ADDRESS 64 /* bytes of an address, with its end */

struct try {
	const char *kind;    /* "key", "password" */
	const char *whose;   /* as the trail has it: prefix of the key, name of the user; "?": unknown */
	char what[80];	     /* what is counted: tries_of_user(), tries_of_key() */
	const char *address; /* as tries_address() wrote it; NULL: not known */
	const char *program;
	const struct err *why; /* NULL: it succeeded */
	bool guess;	       /* it counts as a wrong one when it is noted (a key) */
	int64_t until[2];      /* out of tries_begin(): it locks the user, the address, should it be wrong; 0: it does not */
};
/* What is counted of a user; of a name that nobody has (id 0) twelve bits of its digest: what was typed there may be a password. */
int tries_of_user(int64_t id, struct str name, struct try *t, struct err *e);
/* What is counted of a key (its prefix, "?") that is shown by who runs this process. */
void tries_of_key(const char *prefix, struct try *t);
/* An address as it is counted: IPv6 by its first 64 bits, ::ffff:1.2.3.4 as 1.2.3.4. E_INPUT. */
int tries_address(const char *text, char out[TRIES_ADDRESS], struct err *e);

/* On a connection of its own: the password counts as wrong until tries_note() says that it was not; or *locked, and it is not to be tried. */
int tries_begin(const struct apart *where, struct try *t, bool *locked, struct err *e);
/* Nothing of t->what is tried now; org: whose it is. On a connection of whatever scope, after audit_watching_ready(). */
int tries_locked(struct db *db, int64_t org, const struct try *t, bool *locked, struct err *e);
/* On a connection of its own; what cannot be written is let go. */
void tries_note(const struct apart *where, const struct try *t);
/* Inside db_write(): the same row of success. */
int tries_success(struct db *db, const struct try *t, struct err *e);

#endif
