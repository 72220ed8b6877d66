/* SPDX-License-Identifier: MIT */
/* Groups: their members, and what their selectors name. */
#ifndef SIT_TASK_GROUP_H
#define SIT_TASK_GROUP_H

#include "rec/out.h"
#include "task/entity.h"

extern const struct field group_member_fields[], group_stats_fields[];
extern const size_t group_member_count, group_stats_count;

/* Inside work_write(): the group's selector and those of the groups in it can be followed: names are there, nothing is in itself. */
int group_verify(struct work *w, int64_t id, struct err *e);
/* The devices of the group, or (direct) what was put into it by hand, printed. */
int group_list_members(struct work *w, const char *group, bool direct, struct out *out, size_t *rows, struct err *e);
/* What is put in or taken out: devices, as work_targets() takes them, and groups ("group:NAME"). */
struct meant {
	char **names;
	int n;
	const char *select; /* NULL: none */
	bool nul;
};
/* Put them into the group, or take them out. */
int group_change(struct work *w, const char *group, bool add, const struct meant *what, work_note *note, void *arg, struct err *e);
/* A change of members of one group. */
struct group_change {
	int64_t group;
	struct str name; /* the group's */
	bool add, groups; /* put in, else take out; what: groups, else devices */
};
/* Inside work_write(), a target_fn with a struct group_change: put the target into the group or take it out. */
int group_change_one(struct work *w, const struct target *t, void *arg, enum did *did, struct err *e);
/* A row per group (names NULL: all): devices, gateways, sites, models, online, offline, last seen. */
int group_print_stats(struct work *w, char **names, int n, struct out *out, struct err *e);

#endif
