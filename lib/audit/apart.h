/* SPDX-License-Identifier: MIT */
/* Writing beside what a process does: on a connection of its own, in an organisation that need not be the one in force. */
#ifndef SIT_AUDIT_APART_H
#define SIT_AUDIT_APART_H

#include "audit/settings.h"
#include "db/caller.h"
#include "store/audit.h"

struct apart {
	const struct settings *settings; /* where the store is, and where rows of the trail go besides */
	int64_t org;
	const char *org_name;
	const struct caller *who; /* in whose name; NULL: who runs the process */
	void (*warn)(void *arg, const char *line);
	void *arg;
	int (*ready)(struct db *db, struct err *e); /* more to get ready; NULL: nothing */
};

/* fn(arg) in a transaction there, after audit_ready() and audit_watching_ready(). */
int apart_write(const struct apart *a, int (*fn)(struct db *db, void *arg, struct err *e), void *arg, struct err *e);
/* Inside of it or of any transaction: one row of the trail by this program. */
int apart_row(struct db *db, const char *program, const struct audit *row, struct err *e);

#endif
