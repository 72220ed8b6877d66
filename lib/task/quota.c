/* SPDX-License-Identifier: MIT */
/* How many things an organisation may have, counted in the transaction that adds them. */
#include "db/caller.h"
#include "model/role.h"
#include "store/trouble.h"
#include "task/work.h"

#define DEPTH_MAX 64 /* organisations above one another */

/* What the row counts as; QUOTA_N: nothing. */
static enum quota_what counts_as(const struct work *w, const struct row *row)
{
	if (strcmp(w->ent->table, "device") == 0)
		return str_is(row_text(w->ent, row, "type"), "gateway") ? QUOTA_GATEWAYS : QUOTA_DEVICES;
	if (strcmp(w->ent->table, "site") == 0)
		return QUOTA_SITES;
	return strcmp(w->ent->table, "account") == 0 ? QUOTA_USERS : QUOTA_N;
}

static int count(struct work *w, enum quota_what what, struct err *e)
{
	return quota_count(w->db, db_self(w->db), what, 0, w->used.n + what, e);
}

/* One of those above: what others below it have is not to be had again. `own` of what is counted is this organisation's, as it was committed. */
static int leave(struct quota_used *u, struct db *beside, enum quota_what what, int64_t above, const char *name, int64_t own, struct err *e)
{
	struct quota q;
	int64_t all;

	if (quota_get(beside, above, &q, e) < 0)
		return -1;
	if (q.most[what] == QUOTA_NONE)
		return 0;
	if (quota_count(beside, above, what, 0, &all, e) < 0)
		return -1;
	if (u->left[what] != QUOTA_NONE && u->left[what] <= q.most[what] - (all - own))
		return 0;
	u->left[what] = all - own < q.most[what] ? q.most[what] - (all - own) : 0;
	u->above_most[what] = q.most[what];
	(void)snprintf(u->above[what], sizeof(u->above[what]), "%s", name);
	return 0;
}

/* What those above it have is no business of the organisation's, but counts: it is asked for beside its scope, which takes another connection. */
static int ask_above(struct work *w, enum quota_what what, struct err *e)
{
	AUTO(db_closep) struct db *beside = NULL;
	int64_t at = db_self(w->db), own = 0;
	char name[64];
	int got = 1;

	w->used.left[what] = QUOTA_NONE;
	if (!w->used.quota.below)
		return 0;
	if (db_open_beside(w->db, &beside, e) < 0)
		return -1;
	for (int depth = 0; depth < DEPTH_MAX && (got = quota_parent(beside, at, &at, name, e)) > 0; depth++) {
		if (depth == 0 && quota_count(beside, db_self(w->db), what, 0, &own, e) < 0)
			return -1;
		if (leave(&w->used, beside, what, at, name, own, e) < 0)
			return -1;
	}
	return got < 0 ? -1 : 0;
}

/* Nobody else writes meanwhile: once counted, those that are added are counted along. What nothing limits is not counted: it takes the longer the more there are. */
static int used(struct work *w, enum quota_what what, struct err *e)
{
	struct quota_used *u = &w->used;
	bool limited;

	if (!u->known) {
		*u = (struct quota_used){ .known = true };
		if (quota_get(w->db, db_self(w->db), &u->quota, e) < 0)
			return -1;
	}
	limited = u->quota.most[what] != QUOTA_NONE;
	if (!u->counted[what]) {
		u->counted[what] = true;
		if (ask_above(w, what, e) < 0)
			return -1;
		return limited || u->left[what] != QUOTA_NONE ? count(w, what, e) : 0;
	}
	if (!limited && u->left[what] == QUOTA_NONE)
		return 0;
	u->n[what]++;
	/* (One that was added and then refused for another reason was counted, too.) */
	return (limited && u->n[what] > u->quota.most[what]) || (u->left[what] != QUOTA_NONE && u->n[what] > u->left[what])
		       ? count(w, what, e)
		       : 0;
}

/* Whoever does it hears that a quota is nearly used up, and so does who follows events. */
static int warn(struct work *w, enum quota_what what, int64_t n, int64_t most, struct err *e)
{
	char about[64], line[200];
	const struct trouble t = { about, SEVERITY_WARNING, line, db_self(w->db), w->when.now };
	bool full = quota_warns(n, most), news;

	(void)snprintf(about, sizeof(about), "quota of %s", quota_words[what]);
	(void)snprintf(line, sizeof(line), "organisation %s has %" PRId64 " of the %" PRId64 " %s that it may have", db_self_name(w->db), n, most,
		       quota_words[what]);
	if (full)
		(void)snprintf(w->notice, sizeof(w->notice), "%s", line);
	return full ? trouble_on(w->db, &t, &news, e) : trouble_off(w->db, &t, &news, e);
}

int work_quota(struct work *w, const struct row *old, const struct row *now, struct err *e)
{
	enum quota_what what = counts_as(w, now);
	const struct quota_used *u = &w->used;
	const struct quota *q = &u->quota;
	int64_t n;

	if (what == QUOTA_N || !db_self(w->db) || (old && counts_as(w, old) == what))
		return 0;
	if (used(w, what, e) < 0)
		return -1;
	n = u->n[what];
	if (q->most[what] != QUOTA_NONE && n > q->most[what])
		return err_set(e, E_DENIED, "over quota: organisation %s may have %" PRId64 " %s (%s%s; sit-limit usage): remove some, or have %s raised",
			       db_self_name(w->db), q->most[what], quota_words[what], q->own[what] ? "its " : "tier ",
			       q->own[what] ? quota_fields[what] : q->name, quota_fields[what]);
	if (u->left[what] != QUOTA_NONE && n > u->left[what])
		return err_set(e, E_DENIED, "over quota: organisation %s may have %" PRId64 " %s together with all below it: remove some, or have its %s raised",
			       u->above[what], u->above_most[what], quota_words[what], quota_fields[what]);
	return q->most[what] == QUOTA_NONE ? 0 : warn(w, what, n, q->most[what], e);
}

/* The field at hand is one of what an organisation is given, and is to be changed: only who runs the store says that. */
static int refuse_own(const struct work *w, const struct row *changes, const char *field, struct err *e)
{
	const struct caller *c = db_caller(w->db);
	int at = entity_field(w->ent, str_of(field));

	if (at < 0 || !row_has(changes, (size_t)at))
		return 0;
	return err_set(e, E_DENIED, "%s: %s (key %s) may not say what an organisation may have", field, c->name, c->key);
}

int work_quota_may(struct work *w, const struct row *changes, struct err *e)
{
	const struct caller *c = db_caller(w->db);

	if (!c || c->rights & RIGHT_STORE || strcmp(w->ent->table, "org") != 0)
		return 0;
	if (refuse_own(w, changes, "tier", e) < 0 || refuse_own(w, changes, "profile", e) < 0)
		return -1;
	for (size_t i = 0; quota_fields[i]; i++)
		if (refuse_own(w, changes, quota_fields[i], e) < 0)
			return -1;
	return 0;
}
