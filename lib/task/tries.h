/* SPDX-License-Identifier: MIT */
/*
 * Logins in the trail. Each success is a row ("login"), for a key once an hour. Of failures of one key or user the first TRIES_ROWS of an hour are rows ("denied login"); those
 * behind them are only counted, in one row of login_try, and told by one row when the hour is over: who tries a hundred thousand keys does not fill the store.
 */
#ifndef SIT_TASK_TRIES_H
#define SIT_TASK_TRIES_H

#include "task/apart.h"

#define TRIES_ROWS 10

struct try {
	const char *kind; /* "key", "password" */
	const char *whose; /* prefix of the key, name of the user; "?": unknown */
	const char *program;
	const struct err *why; /* NULL: it succeeded */
};
/* On a connection of its own; what cannot be written is let go. */
void tries_note(const struct apart *where, const struct try *t);
/* Inside db_write(): the same row of success. */
int tries_success(struct db *db, const struct try *t, struct err *e);

#endif
