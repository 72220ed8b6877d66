/* SPDX-License-Identifier: MIT */
/*
 * A kept thing is described once; the verbs add list show set rm, help, completion, JSON, CSV, validation, estate text and audit follow
 * from the description. Rows are generic: a cell per field. An organisation may add fields of its own to a noun ("field.floor"): the
 * descriptor in force is then the noun's own, made longer.
 */
#ifndef SIT_MODEL_ENTITY_H
#define SIT_MODEL_ENTITY_H

#include "base/arena.h"
#include "base/base.h"
#include "base/err.h"
#include "base/field.h"
#include "base/time.h"

#define ENTITY_FIELDS_MAX 128
#define ENTITY_CUSTOM "field." /* before the name of a custom field */

struct entity;

/*
 * A row: cells by field index; row_has() tells which fields were given a value (also an empty one). References are
 * the names of things as text; ref[] has their ids once resolved (0: none).
 */
struct row {
	int64_t id, org;
	uint64_t set[ENTITY_FIELDS_MAX / 64];
	struct cell cell[ENTITY_FIELDS_MAX];
	int64_t ref[ENTITY_FIELDS_MAX];
};

/* What there is to know of a custom field besides its struct field. */
struct custom {
	int64_t id;	     /* of its definition in the organisation written to; 0: only organisations below have it */
	const int64_t *ids;  /* of all definitions of that name that can be seen */
	size_t n;
	const char *pattern; /* PCRE2 that text must match; NULL: any */
	int64_t least, most; /* characters of text; most 0: any */
};

struct entity {
	const char *noun, *plural, *table;
	const char *help; /* one phrase */
	const struct field *field;
	size_t n;
	const struct custom *custom; /* of the last ncustom fields */
	size_t ncustom;
	const char *parent[2];	  /* names of reference fields of which exactly one owns the thing (a datapoint's model, device) */
	const char *only[2];	  /* a field and the word it always has: the second door to devices has { "type", "gateway" } */
	const char *kept_by[3];	  /* tables whose rows, by NOUN_id, make rm retire instead of delete */
	const char *state;	  /* table with the fields flagged FIELD_STATE, by NOUN_id; NULL: none */
	const char *kept_with;	  /* the program whose verbs "NOUN add" ... it has; NULL: sit-NOUN */
	const char *scoped_by;	  /* enum field that is part of the name: NOUN:NAME of custom fields; NULL: none */
	bool extensible;	  /* organisations may add fields */
	const char *about;	  /* the reference field whose thing is asked, in filters, for fields that this noun has not; NULL: none */
	/* Rules over several fields; old is NULL when adding. now has all cells as they would be kept. E_INPUT. */
	int (*check)(const struct row *old, const struct row *now, struct err *e);
};

/* The descriptors in force, custom fields included, in the order of entities[]. */
#define NOUNS_MAX 24
struct nouns {
	const struct entity *of[NOUNS_MAX];
};

/* The field at i was given a value. */
static inline bool row_has(const struct row *row, size_t i)
{
	return row->set[i / 64] >> (i % 64) & 1;
}

/* Note that the field at i was given a value. */
static inline void row_mark(struct row *row, size_t i)
{
	row->set[i / 64] |= UINT64_C(1) << (i % 64);
}

/* Index of the field called name, -1 when none. */
int entity_field(const struct entity *ent, struct str name);
/* Index of the key field. */
int entity_key(const struct entity *ent);
/* The custom field at index i; NULL when it is one of the noun's own. */
const struct custom *entity_custom(const struct entity *ent, size_t i);
/* "unknown field …" with the nearest name; returns -1 with E_USAGE. */
int entity_unknown(const struct entity *ent, struct str name, struct err *e);
/*
 * Read text as the value of field f into *c (copied into a): kind, words, limits, UTF-8. The empty text gives NULL. E_INPUT says
 * which field and what it takes.
 */
int entity_value(const struct field *f, struct str text, const struct time_ctx *when, struct arena *a, struct cell *c,
		 struct err *e);
/* The field has no words, or this is one of them: 0, or E_INPUT with those there are. */
int entity_word(const struct field *f, struct str text, struct err *e);
/* Fill the defaults of fields that were not set, refuse missing required ones, run check(). */
int entity_complete(const struct entity *ent, const struct row *old, struct row *now, struct arena *a, struct err *e);
/* Both hold the same value. */
bool cell_same(const struct cell *a, const struct cell *b);
/* The cell of the field called name; NULL cell when the noun has no such field. */
const struct cell *row_cell(const struct entity *ent, const struct row *row, const char *name);
/* Text of that cell as a slice; empty when it is NULL. */
struct str row_text(const struct entity *ent, const struct row *row, const char *name);

/* The nouns. */
extern const struct entity org_entity, site_entity, asset_entity, device_entity, gateway_entity, group_entity;
extern const struct entity model_entity, datapoint_entity, product_entity, policy_entity, field_entity, user_entity, rule_entity, channel_entity, route_entity;
/* All of them, NULL ends. */
extern const struct entity *const entities[];
/* The entity called noun, without custom fields; NULL when none. */
const struct entity *entity_find(const char *noun);
/* The descriptor in force; nouns NULL: without custom fields. NULL when there is no such noun. */
const struct entity *nouns_find(const struct nouns *nouns, const char *noun);

#endif
