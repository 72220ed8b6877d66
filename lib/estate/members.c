/* SPDX-License-Identifier: MIT */
/* Members of groups: lists of names in the text, rows in the store. */
#include "estate/impl.h"
#include "store/group.h"
#include "task/group.h"
#include "task/work.h"

/* Names of one kind of members, sorted. */
struct names {
	struct str *v;
	size_t n, cap;
	struct arena *a;
};

struct members {
	struct names devices, groups;
};

static int add_name(struct names *l, struct str name, struct err *e)
{
	if (l->n == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 16;
		struct str *v = arena_alloc(l->a, cap * sizeof(*v));

		if (!v)
			return err_nomem(e);
		if (l->n)
			memcpy(v, l->v, l->n * sizeof(*v));
		l->v = v;
		l->cap = cap;
	}
	l->v[l->n] = (struct str){ arena_dup(l->a, name), name.len };
	return l->v[l->n++].ptr ? 0 : err_nomem(e);
}

static int take_member(struct str name, bool is_group, void *arg, struct err *e)
{
	struct members *m = arg;

	return add_name(is_group ? &m->groups : &m->devices, name, e);
}

static int members_here(struct work *w, int64_t group, struct members *m, struct err *e)
{
	*m = (struct members){ .devices = { .a = &w->arena }, .groups = { .a = &w->arena } };
	return group ? group_members(w->db, group, take_member, m, e) : 0;
}

static int by_name(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* The list under key, sorted, each name once. */
static int names_there(const struct entry *entry, const char *key, struct names *l, struct err *e)
{
	const json_t *list = json_object_get(entry->json, key);
	json_t *v;
	size_t i, n = 0;

	if (list && !json_is_array(list) && !json_is_null(list))
		return err_set(e, E_INPUT, "%s: should be a list of names", key);
	json_array_foreach((json_t *)(uintptr_t)list, i, v)
	{
		struct str name = { json_string_value(v), json_string_length(v) };

		if (!json_is_string(v) || str_starts(name, "id:") || memchr(name.ptr, '/', name.len))
			return err_set(e, E_INPUT, "%s: should be a list of names", key);
		if (add_name(l, name, e) < 0)
			return -1;
	}
	if (l->n)
		qsort(l->v, l->n, sizeof(*l->v), by_name);
	for (i = 0; i < l->n; i++)
		if (n == 0 || !str_eq(l->v[n - 1], l->v[i]))
			l->v[n++] = l->v[i];
	l->n = n;
	return 0;
}

static int members_there(struct work *w, const struct entry *entry, struct members *m, struct err *e)
{
	*m = (struct members){ .devices = { .a = &w->arena }, .groups = { .a = &w->arena } };
	if (names_there(entry, "devices", &m->devices, e) < 0 || names_there(entry, "groups", &m->groups, e) < 0)
		return -1;
	if (json_string_length(json_object_get(entry->json, "select")) && (m->devices.n || m->groups.n))
		return err_set(e, E_INPUT, "%s: a group with a selector has no members by hand", m->devices.n ? "devices" : "groups");
	return 0;
}

static bool same(const struct names *a, const struct names *b)
{
	for (size_t i = 0; a->n == b->n && i < a->n; i++)
		if (!str_eq(a->v[i], b->v[i]))
			return false;
	return a->n == b->n;
}

static int list_text(const struct names *l, const char *indent, struct sb *sb, struct err *e)
{
	for (size_t i = 0; i < l->n; i++) {
		sb_addf(sb, "%s%s%s", i ? "," : "[", indent ? indent : i ? " " : "", indent ? "  " : "");
		sb_json(sb, l->v[i]);
	}
	if (l->n)
		sb_addf(sb, "%s]", indent ? indent : "");
	return sb->bad ? err_nomem(e) : 0;
}

int members_text(struct work *w, int64_t group, const char *indent, struct sb *devices, struct sb *groups, struct err *e)
{
	struct members m;

	if (members_here(w, group, &m, e) < 0 || list_text(&m.devices, indent, devices, e) < 0)
		return -1;
	return list_text(&m.groups, indent, groups, e);
}

static int say_list(struct estate_run *r, const struct entry *entry, const char *key, const struct names *here, const struct names *there,
		    struct err *e)
{
	AUTO(sb_done) struct sb a = SB_INIT((size_t)16 << 20);
	AUTO(sb_done) struct sb b = SB_INIT((size_t)16 << 20);
	struct estate_diff d = { .noun = "group", .name = str_of(entry->name), .field = key };

	if (!r->how->differs || same(here, there))
		return 0;
	if (list_text(here, NULL, &a, e) < 0 || list_text(there, NULL, &b, e) < 0)
		return -1;
	d.here = sb_str(&a);
	d.there = sb_str(&b);
	return r->how->differs(r->how->arg, &d, e);
}

int members_compare(struct estate_run *r, struct entry *entry, int64_t group, bool by_selector, struct err *e)
{
	struct members here, there;
	struct item *item;

	if (members_there(r->w, entry, &there, e) < 0) {
		if (err_is_fatal(e))
			return -1;
		estate_bad(r, r->w->ent, entry, e->msg);
		err_clear(e);
		return 0;
	}
	if (members_here(r->w, group, &here, e) < 0)
		return -1;
	if (by_selector && !there.devices.n && !there.groups.n) /* what was put in before it had a selector is of no effect */
		return 0;
	if (same(&here.devices, &there.devices) && same(&here.groups, &there.groups))
		return 0;
	if (group && (say_list(r, entry, "devices", &here.devices, &there.devices, e) < 0 ||
		      say_list(r, entry, "groups", &here.groups, &there.groups, e) < 0))
		return -1;
	item = estate_todo(r, TO_MEMBERS, K_GROUP, entry, entry->name);
	if (!item)
		return err_nomem(e);
	item->fields = "members";
	r->counts.changed += group != 0;
	return 0;
}

/* ---- changing ---- */

/* Names of `from` that are not in `than` are put into the group, or taken out. */
static int change(struct work *w, struct group_change *ch, const struct names *from, const struct names *than, enum did *did, struct err *e)
{
	const struct entity *ent = ch->groups ? &group_entity : &device_entity;

	for (size_t i = 0; i < from->n; i++) {
		struct target t = { .name = from->v[i].ptr };
		enum did one;

		if (than->n && bsearch(from->v + i, than->v, than->n, sizeof(*than->v), by_name))
			continue;
		if (entity_resolve(w->db, ent, from->v[i], &t.id, e) < 0 || group_change_one(w, &t, ch, &one, e) < 0)
			return e->code == E_IO ? -1 : err_wrap(e, ch->groups ? "groups" : "devices");
		if (one != DID_NOTHING)
			*did = DID_SET;
	}
	return 0;
}

int members_apply(struct work *w, const struct entry *entry, enum did *did, struct err *e)
{
	struct group_change ch = { .name = str_of(entry->name) };
	struct members here, there;

	*did = DID_NOTHING;
	if (entity_resolve(w->db, &group_entity, ch.name, &ch.group, e) < 0 || members_here(w, ch.group, &here, e) < 0 ||
	    members_there(w, entry, &there, e) < 0)
		return -1;
	if (change(w, &ch, &here.devices, &there.devices, did, e) < 0)
		return -1;
	ch.groups = true;
	if (change(w, &ch, &here.groups, &there.groups, did, e) < 0)
		return -1;
	ch.add = true;
	if (change(w, &ch, &there.groups, &here.groups, did, e) < 0)
		return -1;
	ch.groups = false;
	return change(w, &ch, &there.devices, &here.devices, did, e);
}
