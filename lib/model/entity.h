/* SPDX-License-Identifier: MIT */
/*
 * A kept thing is described once; the verbs add list show set rm, help, completion, JSON, CSV, validation and audit follow from
 * the description. Rows are generic: a cell per field.
 */
#ifndef SIT_MODEL_ENTITY_H
#define SIT_MODEL_ENTITY_H

#include "base/arena.h"
#include "base/base.h"
#include "base/err.h"
#include "base/field.h"
#include "base/time.h"

#define ENTITY_FIELDS_MAX 32

struct entity;

/*
 * A row: cells by field index; `set` has a bit for each field that was given a value (also an empty one). References are
 * the names of things as text; ref[] has their ids once resolved (0: none).
 */
struct row {
	int64_t id, org;
	uint64_t set;
	struct cell cell[ENTITY_FIELDS_MAX];
	int64_t ref[ENTITY_FIELDS_MAX];
};

struct entity {
	const char *noun, *plural, *table;
	const char *help; /* one phrase */
	const struct field *field;
	size_t n;
	const char *parent[2];	  /* names of reference fields of which exactly one owns the thing (a datapoint's model, device) */
	const char *only[2];	  /* a field and the word it always has: the second door to devices has { "type", "gateway" } */
	const char *kept_by;	  /* table whose rows, by NOUN_id, make rm retire instead of delete; NULL: none */
	/* Rules over several fields; old is NULL when adding. now has all cells as they would be kept. E_INPUT. */
	int (*check)(const struct row *old, const struct row *now, struct err *e);
};

/* Index of the field called name, -1 when none. */
int entity_field(const struct entity *ent, struct str name);
/* Index of the key field. */
int entity_key(const struct entity *ent);
/* "unknown field …" with the nearest name; returns -1 with E_USAGE. */
int entity_unknown(const struct entity *ent, struct str name, struct err *e);
/*
 * Read text as the value of field f into *c (copied into a): kind, words, limits, UTF-8. The empty text gives NULL. E_INPUT says
 * which field and what it takes.
 */
int entity_value(const struct field *f, struct str text, const struct time_ctx *when, struct arena *a, struct cell *c,
		 struct err *e);
/* Fill the defaults of fields that were not set, refuse missing required ones, run check(). */
int entity_complete(const struct entity *ent, const struct row *old, struct row *now, struct arena *a, struct err *e);
/* The cell of the field called name; NULL cell when the noun has no such field. */
const struct cell *row_cell(const struct entity *ent, const struct row *row, const char *name);
/* Text of that cell as a slice; empty when it is NULL. */
struct str row_text(const struct entity *ent, const struct row *row, const char *name);

/* The nouns. */
extern const struct entity org_entity, site_entity, device_entity, gateway_entity, model_entity, datapoint_entity;
/* All of them, NULL ends. */
extern const struct entity *const entities[];
/* The entity called noun, NULL when none. */
const struct entity *entity_find(const char *noun);

#endif
