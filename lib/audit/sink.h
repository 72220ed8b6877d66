/* SPDX-License-Identifier: MIT */
/*
 * Where rows of the trail go besides the store: the setting "audit" (SIT_AUDIT) lists them, "journal", "syslog", "file:PATH", commas between; a socket
 * of another path is "journal:PATH", "syslog:PATH". They are sent when their transaction is committed, each with its digest, so that what is there can be compared with
 * the chain. That a row is to be sent is written with the row itself, that it was, after it was: what a sink did not take, or the process did not live to send, goes with the next
 * row of the organisation, in order, each at least once (its organisation and number say which it is). A sink that fails is one warning and a count in the store; the row is in the
 * trail whatever becomes of it.
 */
#ifndef SIT_AUDIT_SINK_H
#define SIT_AUDIT_SINK_H

#include "store/audit.h"

/* Rows that this connection writes go there from now on; list NULL: nowhere. warn gets the line about a sink that fails. E_USAGE for a list that cannot be read. */
int sinks_begin(struct db *db, const char *list, void (*warn)(void *arg, const char *line), void *arg, struct err *e);
/* Inside db_write(): a row was written, whose number and digest the head has (audit/trail.c). */
int sinks_note(struct db *db, const struct audit_head *head, struct err *e);

/* Forms of a row (sink_text.c): a line as sit-audit export has it, a message of RFC 5424, fields of the journal. -1 without memory. */
int sink_json(const struct audit *a, struct str org, struct sb *sb);
int sink_syslog(const struct audit *a, struct str org, struct sb *sb);
int sink_journal_fields(const struct audit *a, struct str org, struct sb *sb);

#endif
