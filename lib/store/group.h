/* SPDX-License-Identifier: MIT */
/* Members of groups. */
#ifndef SIT_STORE_GROUP_H
#define SIT_STORE_GROUP_H

#include "base/arena.h"
#include "db/db.h"
#include "model/select.h"

/* What a group is made of: a selector, or (empty) members by hand. */
struct group_rule {
	int64_t id, org;
	struct str name, select;
};

/* The rule of a living group, its texts in a. E_NOTFOUND. */
int group_rule(struct db *db, int64_t id, struct arena *a, struct group_rule *out, struct err *e);
/* The next group in the group after *child (0: the first): 1, 0 none, -1. */
int group_child_after(struct db *db, int64_t group, int64_t *child, struct err *e);
/* Inside db_write(): add a device (or, device 0, a group) to the group, or take it out; *did false when there was nothing to do. */
int group_add(struct db *db, int64_t group, int64_t device, int64_t child, bool *did, struct err *e);
int group_rm(struct db *db, int64_t group, int64_t device, int64_t child, bool *did, struct err *e);
/* Members by hand: fn gets the name of each device or (is_group) group, sorted; -1 stops. */
int group_members(struct db *db, int64_t group, int (*fn)(struct str name, bool is_group, void *arg, struct err *e), void *arg,
		  struct err *e);
/* Counts over devices that fit. */
enum { GROUP_DEVICES, GROUP_GATEWAYS, GROUP_DISABLED, GROUP_ONLINE, GROUP_NEVER_SEEN, GROUP_SITES, GROUP_MODELS, GROUP_LAST_SEEN, GROUP_COUNTS };
int group_count(struct db *db, const struct select_ctx *ctx, const struct select *s, int64_t n[GROUP_COUNTS], struct err *e);

#endif
