/* SPDX-License-Identifier: MIT */
/* Organisations before there is a scope, and the store's own settings. */
#ifndef SIT_STORE_ORG_H
#define SIT_STORE_ORG_H

#include "db/db.h"

/* On an unscoped connection: the living organisation called name; E_NOTFOUND when none. */
int org_find(struct db *db, struct str name, int64_t *id, struct err *e);
/* Living organisations that can be seen: fn gets each (-1 stops). */
int org_living(struct db *db, int (*fn)(struct str name, void *arg, struct err *e), void *arg, struct err *e);
/* On an unscoped connection: the one that the store began with, whose trail has what concerns no other; its name replaces what is in *name (NULL: nobody asks). */
int org_first(struct db *db, int64_t *id, struct sb *name, struct err *e);
/* On any connection that sees it: its name, appended. */
int org_name(struct db *db, int64_t id, struct sb *sb, struct err *e);
/* Its audit_reads, appended. */
int org_reads(struct db *db, int64_t id, struct sb *sb, struct err *e);
/* The organisation and all below it, living or not; *ids is the caller's to free(). */
int org_below(struct db *db, int64_t id, int64_t **ids, size_t *n, struct err *e);
/* A setting of the store ("default_org", "test"), appended to sb; nothing when it is not set. */
int meta_get(struct db *db, const char *name, struct sb *sb, struct err *e);
/* Inside db_write(). */
int meta_put(struct db *db, const char *name, const char *value, struct err *e);
int meta_rm(struct db *db, const char *name, struct err *e);

#endif
