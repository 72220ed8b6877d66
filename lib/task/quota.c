/* SPDX-License-Identifier: MIT */
/* How many things an organisation may have, counted in the transaction that adds them. */
#include "db/caller.h"
#include "model/role.h"
#include "task/entity_impl.h"

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
	struct quota_used *u = &w->used;

	u->counted[what] = true;
	return quota_count(w->db, db_self(w->db), what, 0, u->n + what, e);
}

/* Nobody else writes meanwhile: once counted, those that are added are counted along. */
static int used(struct work *w, enum quota_what what, struct err *e)
{
	struct quota_used *u = &w->used;

	if (!u->known) {
		*u = (struct quota_used){ .known = true };
		if (quota_get(w->db, db_self(w->db), &u->quota, e) < 0)
			return -1;
	}
	if (u->quota.most[what] == QUOTA_NONE)
		return 0;
	if (!u->counted[what])
		return count(w, what, e);
	/* (One that was added and then refused for another reason was counted, too.) */
	return ++u->n[what] > u->quota.most[what] ? count(w, what, e) : 0;
}

int work_quota(struct work *w, const struct row *old, const struct row *now, struct err *e)
{
	enum quota_what what = counts_as(w, now);
	const struct quota *q = &w->used.quota;
	int64_t n;

	if (what == QUOTA_N || !db_self(w->db) || (old && counts_as(w, old) == what))
		return 0;
	if (used(w, what, e) < 0)
		return -1;
	n = w->used.n[what];
	if (q->most[what] == QUOTA_NONE)
		return 0;
	if (n > q->most[what])
		return err_set(e, E_DENIED, "over quota: organisation %s may have %" PRId64 " %s (%s%s; sit-limit usage): remove some, or have %s raised",
			       db_self_name(w->db), q->most[what], quota_words[what], q->own[what] ? "its " : "tier ",
			       q->own[what] ? quota_fields[what] : q->name, quota_fields[what]);
	if (quota_warns(n, q->most[what]))
		(void)snprintf(w->notice, sizeof(w->notice), "organisation %s has %" PRId64 " of the %" PRId64 " %s that it may have",
			       db_self_name(w->db), n, q->most[what], quota_words[what]);
	return 0;
}

int work_quota_may(struct work *w, const struct row *changes, struct err *e)
{
	const struct caller *c = db_caller(w->db);
	int tier;

	if (!c || c->rights & RIGHT_STORE || strcmp(w->ent->table, "org") != 0)
		return 0;
	tier = entity_field(w->ent, STR("tier"));
	if (tier >= 0 && row_has(changes, (size_t)tier))
		return err_set(e, E_DENIED, "tier: %s (key %s) may not say what an organisation may have", c->name, c->key);
	for (size_t i = 0; quota_fields[i]; i++) {
		int at = entity_field(w->ent, str_of(quota_fields[i]));

		if (at >= 0 && row_has(changes, (size_t)at))
			return err_set(e, E_DENIED, "%s: %s (key %s) may not say what an organisation may have", quota_fields[i], c->name, c->key);
	}
	return 0;
}
