/* SPDX-License-Identifier: MIT */
/* sit find: where a word stands, in the estate and in what the programs say of themselves. */
#ifndef SIT_TASK_FIND_H
#define SIT_TASK_FIND_H

#include "rec/out.h"
#include "task/entity.h"

extern const struct field find_fields[];
extern const size_t find_count;

/* Things of every noun with the word in a field of text (custom ones too), whatever its case; *rows counts them. */
int find_things(struct work *w, const char *word, struct out *out, size_t *rows, struct err *e);
/* Programs, verbs, options and fields whose name or help has the word; *rows counts them. */
int find_words(const char *word, struct out *out, size_t *rows, struct err *e);

#endif
