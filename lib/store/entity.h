/* SPDX-License-Identifier: MIT */
/* Rows of entities in the store: one generic reader and writer, driven by the descriptor. All SQL of the registry. */
#ifndef SIT_STORE_ENTITY_H
#define SIT_STORE_ENTITY_H

#include "db/db.h"
#include "model/entity.h"
#include "model/select.h"
#include "store/group.h"

struct entity_cursor;

/* What to read. */
struct entity_ask {
	const struct select_ctx *ctx; /* the noun, as it is in force */
	const struct select *select;  /* NULL: all */
	int64_t id;		      /* > 0: only that one, also a retired one */
	const bool *want;	      /* by field index: what is not wanted stays NULL; NULL: everything */
};

/* Guards of every table of the registry; before db_write(). */
int entity_ready(struct db *db, struct err *e);
/* The table whose rows keep things of the noun from being deleted, likewise. */
int entity_kept_ready(struct db *db, const struct entity *ent, struct err *e);
/* Living rows that fit, by organisation and name. The cursor's rows hold text that is valid until the next call. */
int entity_select(struct db *db, const struct entity_ask *ask, struct entity_cursor **out, struct err *e);
/* 1 row, 0 end, -1 error. Names of things of other organisations come as ORG/NAME. */
int entity_next(struct entity_cursor *c, struct row *row, struct err *e);
/* The name of the row's organisation. */
struct str entity_row_org(const struct entity_cursor *c);
void entity_cursor_free(struct entity_cursor *c);
DEFINE_AUTO(entity_cursor_freep, struct entity_cursor *, entity_cursor_free)

/* The SQL expression of a field that is no reference and not custom, over the table called alias. */
void entity_column(const struct entity *ent, size_t i, const char *alias, char *out, size_t size);
/* The column of field_value that holds values of the custom field. */
const char *entity_value_column(const struct field *f);

/*
 * The id of the living thing called name: "NAME" in the organisation written to, "ORG/NAME" in another of the scope, "id:42". Datapoints are written
 * "OWNER:NAME", the owner a device or a model; custom fields "NOUN:NAME", or NAME when there is one only. E_NOTFOUND, with a near name, when there is none.
 */
int entity_resolve(struct db *db, const struct entity *ent, struct str name, int64_t *id, struct err *e);
/* The same, *id 0 when there is none. (The owner of a datapoint must be there all the same.) */
int entity_lookup(struct db *db, const struct entity *ent, struct str name, int64_t *id, struct err *e);
/* Insert (row->id is set) or update the fields that row_has(); references are resolved from their names. E_CONFLICT when the name is taken. */
int entity_insert(struct db *db, const struct entity *ent, struct row *row, int64_t now, struct err *e);
int entity_update(struct db *db, const struct entity *ent, struct row *row, struct err *e);
/* Living (or, with living false, any) rows of `by` whose field refers to id. */
int entity_count_refs(struct db *db, const struct entity *by, const char *field, int64_t id, bool living, int64_t *n,
		      struct err *e);
/* Living rows of `by` that the organisation itself has. */
int entity_count_of(struct db *db, const struct entity *by, int64_t org, int64_t *n, struct err *e);
/* Values of custom reference fields of living definitions that refer to the thing. */
int entity_count_custom(struct db *db, const struct entity *ent, int64_t id, int64_t *n, struct err *e);
/* Values of a custom field. */
int entity_count_values(struct db *db, int64_t field, int64_t *n, struct err *e);
/* Rows of the tables `kept_by` that refer to the thing. */
int entity_count_kept(struct db *db, const struct entity *ent, int64_t id, int64_t *n, struct err *e);
/* E_DENIED when the thing belongs to another organisation than the one written to: asked before work that spans several tables. */
int entity_own(struct db *db, const struct entity *ent, int64_t id, struct err *e);
/* The thing above in a tree (parent_id): 0 for none. */
int entity_parent(struct db *db, const struct entity *ent, int64_t id, int64_t *parent, struct err *e);
int entity_retire(struct db *db, const struct entity *ent, int64_t id, int64_t now, struct err *e);
/* With what is kept about it alone: custom values, state, membership, versions. */
int entity_delete(struct db *db, const struct entity *ent, int64_t id, struct err *e);
/* Delete all values of a custom field. */
int entity_drop_values(struct db *db, int64_t field, struct err *e);

#endif
