/* SPDX-License-Identifier: MIT */
/* Somebody whose role does not let them change things may have been granted those of a site. */
#include "db/caller.h"
#include "model/role.h"
#include "task/entity_impl.h"

/* The site that the thing is or belongs to; 0: none. */
static int site_of(struct work *w, const struct row *row, int64_t *site, struct err *e)
{
	struct str name = row_text(w->ent, row, "site");

	*site = strcmp(w->ent->table, "site") == 0 ? row->id : 0;
	return name.len ? entity_resolve(w->db, &site_entity, name, site, e) : 0;
}

int work_may(struct work *w, const struct row *row, struct err *e)
{
	const struct caller *c = db_caller(w->db);
	unsigned needs;
	char program[64];
	int64_t site;

	if (!c)
		return 0;
	(void)snprintf(program, sizeof(program), "sit-%s", w->ent->noun);
	needs = right_needed(program, "set");
	if (w->ent == nouns_find(&w->nouns, "user") && role_rights(row_text(w->ent, row, "role")) & ~c->rights)
		return err_set(e, E_DENIED, "%s (key %s) may not touch users who may do more", c->name, c->key);
	if (needs & c->rights)
		return 0;
	if (site_of(w, row, &site, e) < 0)
		return -1;
	for (size_t i = 0; site && i < c->ngrant; i++)
		if (c->grant[i].site == site && c->grant[i].rights & needs)
			return 0;
	return err_set(e, E_DENIED, "%s (key %s) may not change this %s", c->name, c->key, w->ent->noun);
}
