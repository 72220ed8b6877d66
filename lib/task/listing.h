/* SPDX-License-Identifier: MIT */
/* Kept things printed: those that fit filters, or one with everything. */
#ifndef SIT_TASK_LISTING_H
#define SIT_TASK_LISTING_H

#include "rec/out.h"
#include "task/entity.h"

/* The fields of out are those of work_list_fields(). operand[n] and select (NULL: none) say which; *rows counts what was printed. */
int listing_print(struct work *w, char **operand, int n, const char *select, struct out *out, size_t *rows, struct err *e);
/* One thing: as a record of `fields`, or with table as pairs of field and value. */
int listing_show(struct work *w, const struct target *t, bool table, const struct field *fields, struct out *out, struct err *e);

/* A record as pairs of field and value. */
int listing_pairs(const struct field *fields, const struct cell *cells, size_t n, struct out *out, struct err *e);

#endif
