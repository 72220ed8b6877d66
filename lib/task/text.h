/* SPDX-License-Identifier: MIT */
/* Things as JSON text with sorted keys: the words of sit-estate(1), and what a model's hash is taken over. */
#ifndef SIT_TASK_TEXT_H
#define SIT_TASK_TEXT_H

#include "task/entity.h"

/* The field is part of the text of a thing: not its key, nor its owner, nor what is only read. */
bool text_has(const struct entity *ent, size_t i);
/* Indices of those fields, sorted by name; their number. */
size_t text_order(const struct entity *ent, size_t order[ENTITY_FIELDS_MAX]);
/* What belongs to a thing besides its fields: its datapoints, the members of a group. */
struct text_part {
	const char *key; /* NULL: none */
	struct str text; /* JSON; empty: nothing is written */
};
#define TEXT_PARTS 2
/* "key": value, … of the fields that have a value and of the parts (NULL: none), sorted by key, `sep` between two; nothing around it. */
int text_members(const struct entity *ent, const struct row *row, const struct text_part part[TEXT_PARTS], const char *sep,
		 struct sb *sb, struct err *e);
/* The model with its datapoints, compact. */
int text_of_model(struct work *w, int64_t id, struct sb *sb, struct err *e);

/* Datapoints by what owns them. */
struct owned {
	struct owned_one {
		struct str owner, name, text; /* text: {…} on one line */
		bool of_model;
	} *v;
	size_t n, cap;
};
/* Read those of the organisation that fit (select NULL: all), sorted by owner and name; in the work's memory. */
int owned_read(struct work *w, const struct select *select, struct owned *out, struct err *e);
/* Those of one owner: the first, and how many. */
const struct owned_one *owned_find(const struct owned *o, bool of_model, struct str owner, size_t *n);

#endif
