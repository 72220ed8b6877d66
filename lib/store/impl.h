/* SPDX-License-Identifier: MIT */
/* What the files of the registry share. */
#ifndef SIT_STORE_IMPL_H
#define SIT_STORE_IMPL_H

#include "store/entity.h"

/* How long a device d may be silent: its own word, its model's, three times what its datapoints promise, ten minutes. */
#define OFFLINE_AFTER_DEFAULT "600000000"
#define DEVICE_OFFLINE_AFTER                                                                                                   \
	"COALESCE(d.offline_after, (SELECT m.offline_after FROM model m WHERE m.id = d.model_id),"                             \
	" 3 * (SELECT MIN(x.n) FROM (SELECT MIN(p.expected_interval) AS n FROM datapoint p WHERE p.device_id = d.id"            \
	" AND p.retired IS NULL UNION ALL SELECT MIN(p.expected_interval) FROM datapoint p WHERE p.model_id = d.model_id"       \
	" AND p.retired IS NULL) x), " OFFLINE_AFTER_DEFAULT ")"

/* Parts of the schema that only Postgres has (schema_pg.c). */
extern const char schema_months[], schema_mirror[];
extern const char *const schema_functions[];
/* Points on several servers (schema_shard.c): functions, the migration, and what a shard has for slot {n}, with rights for {role}. */
extern const char schema_parting[], schema_naming[], schema_settling[], schema_moving[], schema_checking[], schema_shards[], schema_shard_home[], schema_shard_slot[], schema_shard_slot_drop[];
/* Schema bi (views_pg.c). */
extern const char *const schema_views[];

/* Organisations are not in an organisation. */
static inline bool is_org(const struct entity *ent)
{
	return strcmp(ent->table, "org") == 0;
}

/* One number out of kept text with n parameters; 0 when there is no row (entity.c). */
int entity_number(struct db *db, const char *text, const struct cell *bind, size_t n, int64_t *out, struct err *e);

/* The first column of what a statement finds for one id, appended: 1, 0 when it finds nothing, -1 (entity.c). */
int entity_text(struct db *db, const struct sql *sql, int64_t id, struct sb *sb, struct err *e);

#endif
