/* SPDX-License-Identifier: MIT */
#include "task/group.h"

#include "store/where.h"
#include "task/work.h"

/* clang-format off */
const struct field group_member_fields[] = {
	{ .name = "name", .kind = FIELD_NAME, .flags = FIELD_LIST, .help = "a device, or a group that is in it" },
	{ .name = "noun", .kind = FIELD_ENUM, .flags = FIELD_LIST, .help = "device or group" },
};
const size_t group_member_count = COUNT(group_member_fields);

const struct field group_stats_fields[] = {
	{ .name = "group", .kind = FIELD_NAME, .flags = FIELD_LIST, .help = "the group" },
	{ .name = "devices", .kind = FIELD_INT, .flags = FIELD_LIST, .help = "devices in it" },
	{ .name = "gateways", .kind = FIELD_INT, .flags = FIELD_LIST, .help = "of them gateways" },
	{ .name = "disabled", .kind = FIELD_INT, .flags = FIELD_LIST, .help = "of them not enabled" },
	{ .name = "online", .kind = FIELD_INT, .flags = FIELD_LIST, .help = "of them online" },
	{ .name = "never_seen", .kind = FIELD_INT, .flags = FIELD_LIST, .help = "of them never heard of" },
	{ .name = "sites", .kind = FIELD_INT, .flags = FIELD_LIST, .help = "sites they stand in" },
	{ .name = "models", .kind = FIELD_INT, .flags = FIELD_LIST, .help = "models they have" },
	{ .name = "last_seen", .kind = FIELD_TIME, .flags = FIELD_LIST, .help = "when one of them was last heard of" },
};
const size_t group_stats_count = COUNT(group_stats_fields);
/* clang-format on */

/* "group:NAME" as a selector of devices. */
static struct select named(struct str name)
{
	return (struct select){ .kind = SELECT_GROUP, .name = name };
}

static struct select_ctx devices_of(struct work *w)
{
	struct select_ctx ctx = work_select(w);

	ctx.ent = nouns_find(&w->nouns, "device");
	return ctx;
}

int group_verify(struct work *w, int64_t id, struct err *e)
{
	struct select_ctx ctx = devices_of(w);
	struct where where = where_begin(w->db, &ctx, 1);
	char name[32];
	struct select s;
	int rc;

	(void)snprintf(name, sizeof(name), "id:%" PRId64, id);
	s = named(str_of(name));
	rc = where_select(&where, &s, "t", e);
	where_done(&where);
	if (rc < 0 && (e->code == E_USAGE || e->code == E_NOTFOUND))
		e->code = E_INPUT;
	return rc;
}

/* ---- members ---- */

struct printing {
	struct out *out;
	size_t *rows;
};

static int print_member(struct str name, bool is_group, void *arg, struct err *e)
{
	struct printing *p = arg;

	++*p->rows;
	return out_rec(p->out, (struct cell[]){ CELL_OF_TEXT(name), CELL_OF_TEXT(is_group ? STR("group") : STR("device")) }, e);
}

int group_list_members(struct work *w, const char *group, bool direct, struct out *out, size_t *rows, struct err *e)
{
	struct select_ctx ctx = devices_of(w);
	struct select s = named(str_of(group));
	struct entity_ask ask = { .ctx = &ctx, .select = &s };
	AUTO(entity_cursor_freep) struct entity_cursor *c = NULL;
	struct printing p = { out, rows };
	struct row *row = arena_alloc(&w->keep, sizeof(*row));
	int64_t id;
	int got;

	if (!row)
		return err_nomem(e);
	if (entity_resolve(w->db, &group_entity, str_of(group), &id, e) < 0)
		return -1;
	if (direct)
		return group_members(w->db, id, print_member, &p, e);
	if (entity_select(w->db, &ask, &c, e) < 0)
		return -1;
	while ((got = entity_next(c, row, e)) > 0)
		if (print_member(row_text(ctx.ent, row, "name"), false, &p, e) < 0)
			return -1;
	return got;
}

/* Membership is in the trail under the group. */
static int trail_member(struct work *w, const struct group_change *ch, const char *member, struct err *e)
{
	AUTO(sb_done) struct sb json = SB_INIT(1024);

	sb_adds(&json, ch->groups ? "{\"group\":" : "{\"device\":");
	sb_json(&json, str_of(member));
	if (sb_addc(&json, '}') < 0)
		return err_nomem(e);
	return work_trail_text(w, ch->add ? "member add" : "member rm", "group", ch->name, ch->add ? NULL : sb_cstr(&json),
			       ch->add ? sb_cstr(&json) : NULL, e);
}

int group_change_one(struct work *w, const struct target *t, void *arg, enum did *did, struct err *e)
{
	const struct group_change *ch = arg;
	int64_t device = ch->groups ? 0 : t->id, child = ch->groups ? t->id : 0;
	bool done = false;

	if ((ch->add ? group_add(w->db, ch->group, device, child, &done, e) : group_rm(w->db, ch->group, device, child, &done, e)) < 0)
		return err_wrap(e, "%s", t->name);
	*did = done ? ch->add ? DID_ADD : DID_DELETE : DID_NOTHING;
	if (!done)
		return 0;
	if (ch->add && ch->groups && group_verify(w, ch->group, e) < 0)
		return err_wrap(e, "%s", t->name);
	return trail_member(w, ch, t->name, e);
}

/* "group:NAME" operands are groups, the others devices. */
static int split(struct work *w, const struct meant *what, struct meant *devices, struct meant *groups, struct err *e)
{
	*devices = (struct meant){ arena_alloc(&w->keep, ((size_t)what->n + 1) * sizeof(char *)), 0, what->select, what->nul };
	*groups = (struct meant){ arena_alloc(&w->keep, ((size_t)what->n + 1) * sizeof(char *)), 0, NULL, what->nul };
	if (!devices->names || !groups->names)
		return err_nomem(e);
	for (int i = 0; i < what->n; i++) {
		char *copy = arena_dup(&w->keep, str_of(what->names[i]));

		if (!copy)
			return err_nomem(e);
		if (str_starts(str_of(copy), "group:"))
			groups->names[groups->n++] = copy + strlen("group:");
		else
			devices->names[devices->n++] = copy;
	}
	return 0;
}

static int change_all(struct work *w, struct group_change *ch, const struct meant *what, work_note *note, void *arg, struct err *e)
{
	struct targets t;

	if (!what->n && !what->select)
		return 0;
	work_turn(w, ch->groups ? "group" : "device");
	if (work_targets(w, what->names, what->n, what->select, what->nul, &t, e) < 0)
		return -1;
	return work_each(w, &t, group_change_one, ch, note, arg, e);
}

int group_change(struct work *w, const char *group, bool add, const struct meant *what, work_note *note, void *arg, struct err *e)
{
	struct group_change ch = { .name = str_of(group), .add = add };
	struct meant devices, groups;
	struct group_rule rule;

	if (split(w, what, &devices, &groups, e) < 0 || entity_resolve(w->db, &group_entity, str_of(group), &ch.group, e) < 0 ||
	    group_rule(w->db, ch.group, &w->keep, &rule, e) < 0)
		return -1;
	if (rule.select.len)
		return err_set(e, E_CONFLICT, "group %s has a selector: its members come of themselves", group);
	if (change_all(w, &ch, &devices, note, arg, e) < 0)
		return -1;
	ch.groups = true;
	return change_all(w, &ch, &groups, note, arg, e);
}

/* ---- stats ---- */

static int stats_of(struct work *w, struct str name, struct out *out, struct err *e)
{
	struct select_ctx ctx = devices_of(w);
	struct select s = named(name);
	struct cell cells[COUNT(group_stats_fields)] = { CELL_OF_TEXT(name) };
	int64_t n[GROUP_COUNTS];

	if (group_count(w->db, &ctx, &s, n, e) < 0)
		return -1;
	for (int i = 0; i < GROUP_COUNTS; i++)
		cells[i + 1] = CELL_OF_INT(n[i]);
	cells[GROUP_COUNTS] = n[GROUP_LAST_SEEN] ? CELL_OF_TIME(n[GROUP_LAST_SEEN]) : CELL_OF_NULL;
	return out_rec(out, cells, e);
}

int group_print_stats(struct work *w, char **names, int n, struct out *out, struct err *e)
{
	struct targets t;

	if (work_targets(w, names, n, n ? NULL : "name!=''", false, &t, e) < 0)
		return -1;
	for (size_t i = 0; i < t.n; i++)
		if (stats_of(w, str_of(t.v[i].name), out, e) < 0)
			return -1;
	return 0;
}
