/* SPDX-License-Identifier: MIT */
/* The descriptors in force: the nouns with the custom fields of the organisations that can be seen. */
#ifndef SIT_STORE_NOUNS_H
#define SIT_STORE_NOUNS_H

#include "base/arena.h"
#include "db/db.h"
#include "model/entity.h"

#define CUSTOM_MAX 64 /* custom fields of a noun */

/* Before db_write(). */
int nouns_ready(struct db *db, struct err *e);
/* The nouns without custom fields. */
void nouns_plain(struct nouns *out);
/* Read the custom fields; everything lives in a. Where an organisation below has one of the same name, the own one counts. E_CONFLICT: too many. */
int nouns_load(struct db *db, struct arena *a, struct nouns *out, struct err *e);

#endif
