/* SPDX-License-Identifier: MIT */
/* What the files of the registry share. */
#ifndef SIT_STORE_IMPL_H
#define SIT_STORE_IMPL_H

#include "store/entity.h"

/* Organisations are not in an organisation. */
static inline bool is_org(const struct entity *ent)
{
	return strcmp(ent->table, "org") == 0;
}

/* One number out of kept text with n parameters; 0 when there is no row (entity.c). */
int entity_number(struct db *db, const char *text, const struct cell *bind, size_t n, int64_t *out, struct err *e);

#endif
