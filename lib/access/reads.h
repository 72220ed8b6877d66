/* SPDX-License-Identifier: MIT */
/*
 * Reads in the trail, one row an invocation: across organisations always ("--org '*'", in the chain of the store's first one; in an organisation that has others
 * below it), else as audit_reads of the organisation says: none, personal (model/role.h), all.
 */
#ifndef SIT_ACCESS_READS_H
#define SIT_ACCESS_READS_H

#include "access/open.h"
#include "audit/apart.h"

/*
 * On a connection for reading, scoped: leave the row that is due, on another one. When that cannot be written, E_DENIED where audit_reads asks for it; a read
 * across organisations goes on with a warning.
 */
int reads_note(struct db *db, const struct apart *where, const struct opening *how, struct err *e);

#endif
