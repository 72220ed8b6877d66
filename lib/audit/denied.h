/* SPDX-License-Identifier: MIT */
/* What was refused is in the trail too. */
#ifndef SIT_AUDIT_DENIED_H
#define SIT_AUDIT_DENIED_H

#include "audit/apart.h"

/* Of a connection that is open for writing in an organisation: "denied PROGRAM VERB", why as its message. Refused it stays when that cannot be written. */
void denied_note(struct db *db, const char *program, const char *verb, const struct err *why);
/* The same when there is no such connection yet. */
void denied_apart(const struct apart *where, const char *program, const char *verb, const struct err *why);

#endif
