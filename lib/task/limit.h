/* SPDX-License-Identifier: MIT */
/*
 * Limits and quotas as people ask about them. A limit is of "org" (requests of its keys), "ingest" (all that comes into it), "user:NAME", "key:KEY" (its
 * first 12 characters), "device:NAME"; a bare name is a device's, else a user's, else a key's.
 */
#ifndef SIT_TASK_LIMIT_H
#define SIT_TASK_LIMIT_H

#include "rec/out.h"
#include "store/limit.h"
#include "task/entity.h"

/* Set a limit (over: "delay", "quarantine", NULL the default), or with rule NULL take it back (E_NOTFOUND when there was none). */
int limit_change(struct work *w, const char *whose, const char *rule, const char *over, struct err *e);
/* Inside work_write(), of a thing called name: the same, of a rule as bucket_rule_print() makes it. */
int limit_change_one(struct work *w, const struct limit_of *of, struct str name, const char *rule, const char *over, struct err *e);
/* The limits that are set, by policies too, and what the tier gives; *rows counts. */
extern const struct field limit_fields[];
extern const size_t limit_count;
int limit_print(struct work *w, struct out *out, size_t *rows, struct err *e);
/* What the organisation has used of its quotas; org NULL: the one in force. */
extern const struct field usage_fields[];
extern const size_t usage_count;
int usage_print(struct work *w, const char *org, struct out *out, struct err *e);
/* Each window that a request of the key or user, or a message of the device, has to pass, and when it does; *rows counts. */
extern const struct field passing_fields[];
extern const size_t passing_count;
int limit_explain(struct work *w, const char *whose, struct out *out, size_t *rows, struct err *e);

#endif
