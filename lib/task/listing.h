/* SPDX-License-Identifier: MIT */
/* Kept things printed: those that fit filters, or one with everything. */
#ifndef SIT_TASK_LISTING_H
#define SIT_TASK_LISTING_H

#include "db/db.h"
#include "model/entity.h"
#include "rec/out.h"

/* The fields of out are those of work_list_fields(). terms[n] are filters; *rows counts what was printed. */
int listing_print(struct db *db, const struct entity *ent, char **terms, int n, const struct time_ctx *when, struct out *out,
		  size_t *rows, struct err *e);
/* One thing: as a record of `fields`, or with table as pairs of field and value. */
int listing_show(struct db *db, const struct entity *ent, const char *name, bool table, const struct field *fields,
		 struct out *out, struct err *e);

#endif
