/* SPDX-License-Identifier: MIT */
/* Somebody whose role does not let them change things may have been granted those of a site. */
#include "db/caller.h"
#include "model/role.h"
#include "task/work.h"

/* The site that the thing is or belongs to; 0: none. */
static int site_of(struct work *w, const struct row *row, int64_t *site, struct err *e)
{
	struct str name = row_text(w->ent, row, "site");

	*site = strcmp(w->ent->table, "site") == 0 ? row->id : 0;
	return name.len ? entity_resolve(w->db, &site_entity, name, site, e) : 0;
}

/*
 * What a channel does is done by whoever runs sit-notify, on their machine: programs, files, and hosts that only that machine can reach are for who may work on
 * the store as a whole.
 */
static int channel_may(const struct caller *c, const struct row *row, struct err *e)
{
	static const char *const local[] = { "exec", "file", "journal" };
	struct str type = row_text(&channel_entity, row, "type");
	const struct cell *private = row_cell(&channel_entity, row, "allow_private");

	if (c->rights & RIGHT_STORE)
		return 0;
	for (size_t i = 0; i < COUNT(local); i++)
		if (str_is(type, local[i]))
			return err_set(e, E_DENIED, "type: %s (key %s) may not have a channel of type %s", c->name, c->key, local[i]);
	if (private->type == CELL_BOOL && private->i)
		return err_set(e, E_DENIED, "allow_private: %s (key %s) may not say so", c->name, c->key);
	return row_text(&channel_entity, row, "ca").len ? err_set(e, E_DENIED, "ca: %s (key %s) may not name a file", c->name, c->key) : 0;
}

/* They may everywhere, or at that site. */
static int may_at(const struct caller *c, unsigned needs, int64_t site, const char *noun, struct err *e)
{
	if (needs & c->rights)
		return 0;
	for (size_t i = 0; site && i < c->ngrant; i++)
		if (c->grant[i].site == site && c->grant[i].rights & needs)
			return 0;
	return err_set(e, E_DENIED, "%s (key %s) may not change this %s", c->name, c->key, noun);
}

int work_may(struct work *w, const struct row *row, struct err *e)
{
	const struct caller *c = db_caller(w->db);
	unsigned needs;
	char program[64], verb[64];
	int64_t site = 0;

	if (!c)
		return 0;
	(void)snprintf(program, sizeof(program), "%s%s", w->ent->kept_with ? "" : "sit-", w->ent->kept_with ? w->ent->kept_with : w->ent->noun);
	(void)snprintf(verb, sizeof(verb), "%s%sset", w->ent->kept_with ? w->ent->noun : "", w->ent->kept_with ? " " : "");
	needs = right_needed(program, verb);
	if (w->ent == nouns_find(&w->nouns, "user") && role_rights(row_text(w->ent, row, "role")) & ~c->rights)
		return err_set(e, E_DENIED, "%s (key %s) may not touch users who may do more", c->name, c->key);
	if (strcmp(w->ent->table, "channel") == 0 && channel_may(c, row, e) < 0)
		return -1;
	if (!(needs & c->rights) && site_of(w, row, &site, e) < 0)
		return -1;
	return may_at(c, needs, site, w->ent->noun, e);
}

int work_may_at(struct work *w, const char *program, const char *verb, int64_t site, const char *noun, struct err *e)
{
	const struct caller *c = db_caller(w->db);

	return c ? may_at(c, right_needed(program, verb), site, noun, e) : 0;
}
