/* SPDX-License-Identifier: MIT */
/* What was refused is in the trail too. */
#ifndef SIT_TASK_DENIED_H
#define SIT_TASK_DENIED_H

#include "db/caller.h"

/* Of a connection that is open for writing in an organisation: "denied PROGRAM VERB", why as its message. Refused it stays when that cannot be written. */
void denied_note(struct db *db, const char *program, const char *verb, const struct err *why);
/* The same when there is no such connection yet: in the organisation of that id and name, in the name of the caller (NULL: who runs the process). */
void denied_apart(const char *url, int64_t org, const char *org_name, const struct caller *who, const char *program, const char *verb,
		  const struct err *why);

#endif
