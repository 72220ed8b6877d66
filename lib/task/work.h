/* SPDX-License-Identifier: MIT */
/* Inside the work on kept things. All of it runs inside work_write(). */
#ifndef SIT_TASK_WORK_H
#define SIT_TASK_WORK_H

#include "store/entity.h"
#include "task/entity.h"

struct rule;  /* judge/rule.h */
struct reach; /* store/definition.h */

/* The row's name as it is known: a datapoint's is OWNER:NAME, a custom field's NOUN:NAME, what has none goes by its number (work.c). */
int work_full_name(const struct work *w, const struct row *row, struct sb *sb);
/* The row's key, "?" without one (work.c). */
struct str work_row_name(const struct work *w, const struct row *row);
/* Read field i from text: kind, limits, zone, pattern, JSON (assign.c). */
int work_assign_field(struct work *w, struct row *row, size_t i, struct str text, struct err *e);
/* Who does the work, as the trail calls them (work_trail.c). */
void work_actor(const struct work *w, char *buf, size_t size);
/* The living thing with this id; cells live in the work's arena of rows (work.c). */
int work_load(struct work *w, int64_t id, struct row *row, struct err *e);
/* An audit row: fields that differ between old and now (NULL: none) (work_trail.c). */
int work_trail(struct work *w, const char *verb, const struct row *old, const struct row *now, struct err *e);
/* The same for what is no row: old and now are JSON objects or NULL (work_trail.c). */
int work_trail_text(struct work *w, const char *verb, const char *noun, struct str name, const char *old, const char *now,
		    struct err *e);
/* Add, or with upsert change (change.c). */
int work_add_row(struct work *w, struct row *row, enum did *did, struct err *e);
/* Change the thing; now gets the row as it is kept then (change.c). */
int work_change(struct work *w, int64_t id, const struct row *changes, enum did *did, struct row *now, struct err *e);
/* Who shows a key may change the thing as it is, or would be (may.c): 0, or E_DENIED. */
int work_may(struct work *w, const struct row *row, struct err *e);
/* Likewise for what is no row: the verb of the program, on something of that site (0: of none) (may.c). */
int work_may_at(struct work *w, const char *program, const char *verb, int64_t site, const char *noun, struct err *e);
/* Once the row is written (old NULL: added): the organisation may have so many (quota.c): 0, or E_DENIED. */
int work_quota(struct work *w, const struct row *old, const struct row *now, struct err *e);
/* Who shows a key does not give themselves more: what they may have is said by who holds the store (quota.c): 0, or E_DENIED. */
int work_quota_may(struct work *w, const struct row *changes, struct err *e);
/* Remove the thing (remove.c). */
int work_remove_one(struct work *w, int64_t id, const char *name, enum did *did, struct err *e);
/* What follows from other fields, before the row is complete: type, model of the product, site of the parent (derive.c). old NULL: adding. */
int work_derive(struct work *w, const struct row *old, struct row *now, struct err *e);
/* Alarms of it, and who judges (old NULL: added, now NULL: removed); and before the commit (alarm_follow.c). */
int work_alarms(struct work *w, const struct row *old, const struct row *now, struct err *e);
int work_alarms_settle(struct work *w, struct err *e);
/* Rules that need the store, once it is written: circles, selectors of groups, defaults of fields (derive.c). */
int work_verify(struct work *w, const struct row *old, const struct row *now, struct err *e);
/* E_CONFLICT when a selector or an escalation names the group, asset or channel, a rule the datapoint, or a rule or route the rule, by the name that it has in the row (named.c). */
int work_refuse_named(struct work *w, const struct row *row, struct err *e);
/* The same when a silence that is not over names the rule: one that is about nothing is in nobody's way, but who renames a rule does not mean to end it (named.c). */
int work_refuse_silenced(struct work *w, const struct row *rule, struct err *e);
/* The part of it about datapoints: a rule looks at it, and at nothing else of that name (rule_points.c). */
int work_refuse_watched(struct work *w, const struct row *point, struct err *e);
/* What the rule's fields say together can be computed, and what it looks at is there (rule_points.c). */
int work_verify_rule(struct work *w, const struct row *old, const struct row *now, struct err *e);
/* What it compares with is what its datapoint there can be, and fields of the device that it names are (rule_kinds.c). */
int rule_kinds_check(struct work *w, const struct reach *at, const struct rule *r, struct err *e);
/* Both of these of a rule that is not kept, in an organisation; outside work_write() (rule_points.c). */
int rule_points_check(struct work *w, const struct rule *r, struct err *e);
/* Of a route: what its texts name is there; of a channel: its secret goes only where it was meant for, with another address or login it is taken away (verify_notify.c). */
int work_verify_route(struct work *w, const struct row *now, struct err *e);
int work_verify_channel(struct work *w, const struct row *old, const struct row *now, struct err *e);
/* The devices that a route is about can be asked for (verify_notify.c). */
int route_select_check(struct work *w, struct str text, struct err *e);
/* The model, or the datapoint's, has changed (versions.c). */
int work_touch_model(struct work *w, const struct row *row, struct err *e);
/* New versions of the models that were touched (versions.c). */
int work_settle(struct work *w, struct err *e);

#endif
