/* SPDX-License-Identifier: MIT */
/* Organisations: what they begin with, and how they hang together. */
#ifndef SIT_TASK_ORGS_H
#define SIT_TASK_ORGS_H

#include "rec/out.h"
#include "task/entity.h"

/* On an unscoped connection: the organisations made since then get the policies that every one begins with. */
int orgs_furnish(struct db *db, int64_t since, struct err *e);

extern const struct field org_tree_fields[];
extern const size_t org_tree_count;
/* The organisations that can be seen, each below its parent: name, depth, title, tier. With table the name is indented. */
int orgs_tree(struct work *w, bool table, struct out *out, struct err *e);

#endif
