/* SPDX-License-Identifier: MIT */
/* Names to ids. */
#include "base/name.h"
#include "store/entity.h"
#include "store/impl.h"

static int not_found(struct db *db, const struct entity *ent, struct str name, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	AUTO(sb_done) struct sb text = SB_INIT(4096);
	struct near near = { 0 };
	char hint[96], keep[NAME_MAX_LEN + 1];
	struct err ignored = { 0 };

	sb_addf(&text, "SELECT name FROM %s WHERE retired IS NULL AND %s = $1 LIMIT 10000", ent->table,
		is_org(ent) ? "$1" : "org_id");
	if (db_prepare(db, sb_cstr(&text), NULL, &st, &ignored) == 0) {
		stmt_bind_int(st, 1, db_self(db));
		while (stmt_step(st, &ignored) > 0)
			near_offer_copy(&near, keep, name, stmt_text(st, 0));
	}
	return err_set(e, E_NOTFOUND, "no %s \"%.*s\"%s", ent->noun, (int)(name.len > 200 ? 200 : name.len), name.ptr,
		       near_text(&near, hint, sizeof(hint)));
}

static int resolve_id(struct db *db, const struct entity *ent, struct str digits, int64_t *id, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(4096);
	struct cell bind[2] = { { .type = CELL_INT }, { .type = CELL_NULL } };

	sb_addf(&text, "SELECT id FROM %s WHERE id = $1 AND retired IS NULL", ent->table);
	if (ent->only[0]) {
		sb_addf(&text, " AND \"%s\" = $2", ent->only[0]);
		bind[1] = CELL_OF_TEXT(str_of(ent->only[1]));
	}
	for (size_t i = 0; i < digits.len; i++) {
		if (digits.ptr[i] < '0' || digits.ptr[i] > '9' || i > 17)
			return 0;
		bind[0].i = bind[0].i * 10 + (digits.ptr[i] - '0');
	}
	return entity_number(db, sb_cstr(&text), bind, ent->only[0] ? 2 : 1, id, e);
}

/* A datapoint is OWNER:NAME; the owner is looked for among devices, then models. */
static int resolve_owned(struct db *db, struct str name, int64_t *id, struct err *e)
{
	const char *colon = memchr(name.ptr, ':', name.len);
	struct str owner, leaf;
	struct cell bind[2];
	int64_t owner_id;

	if (!colon)
		return err_set(e, E_USAGE, "\"%.*s\" is no datapoint: write DEVICE:NAME or MODEL:NAME", STR_ARG(name));
	owner = (struct str){ name.ptr, (size_t)(colon - name.ptr) };
	leaf = (struct str){ colon + 1, name.len - owner.len - 1 };
	bind[1] = CELL_OF_TEXT(leaf);
	for (int i = 0; i < 2 && *id == 0; i++) {
		const struct entity *by = i ? &model_entity : &device_entity;

		if (entity_resolve(db, by, owner, &owner_id, e) < 0) {
			if (e->code != E_NOTFOUND || i)
				return -1;
			err_clear(e);
			continue;
		}
		bind[0] = CELL_OF_INT(owner_id);
		if (entity_number(db,
			   i ? "SELECT id FROM datapoint WHERE model_id = $1 AND name = $2 AND retired IS NULL" :
			       "SELECT id FROM datapoint WHERE device_id = $1 AND name = $2 AND retired IS NULL",
			   bind, 2, id, e) < 0)
			return -1;
	}
	return 0;
}

static int resolve_name(struct db *db, const struct entity *ent, struct str name, int64_t *id, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(4096);
	const char *slash = name.len ? memchr(name.ptr, '/', name.len) : NULL;
	struct cell bind[3];
	size_t n = 2;

	bind[1] = CELL_OF_INT(db_self(db));
	if (is_org(ent)) {
		sb_adds(&text, "SELECT id FROM org WHERE name = $1 AND retired IS NULL");
		n = 1;
	} else if (slash) {
		bind[1] = CELL_OF_TEXT(((struct str){ name.ptr, (size_t)(slash - name.ptr) }));
		name = (struct str){ slash + 1, name.len - (size_t)(slash + 1 - name.ptr) };
		sb_addf(&text,
			"SELECT id FROM %s t WHERE t.name = $1 AND t.retired IS NULL AND t.org_id ="
			" (SELECT o.id FROM org o WHERE o.name = $2 AND o.retired IS NULL)",
			ent->table);
	} else {
		sb_addf(&text, "SELECT id FROM %s WHERE name = $1 AND retired IS NULL AND org_id = $2", ent->table);
	}
	if (ent->only[0]) {
		sb_addf(&text, " AND \"%s\" = $%zu", ent->only[0], n + 1);
		bind[n++] = CELL_OF_TEXT(str_of(ent->only[1]));
	}
	bind[0] = CELL_OF_TEXT(name);
	return entity_number(db, sb_cstr(&text), bind, n, id, e);
}

/* A custom field is NOUN:NAME; its name alone will do where one noun only has it. */
static int resolve_field(struct db *db, struct str name, int64_t *id, struct err *e)
{
	const char *colon = name.len ? memchr(name.ptr, ':', name.len) : NULL;
	struct cell bind[3] = { CELL_OF_TEXT(name), CELL_OF_INT(db_self(db)), CELL_OF_NULL };
	int64_t n;

	if (colon) {
		bind[2] = CELL_OF_TEXT(((struct str){ name.ptr, (size_t)(colon - name.ptr) }));
		bind[0] = CELL_OF_TEXT(((struct str){ colon + 1, name.len - (size_t)(colon + 1 - name.ptr) }));
		return entity_number(db, "SELECT id FROM field WHERE name = $1 AND org_id = $2 AND noun = $3 AND retired IS NULL", bind,
				     3, id, e);
	}
	if (entity_number(db, "SELECT COUNT(*) FROM field WHERE name = $1 AND org_id = $2 AND retired IS NULL", bind, 2, &n, e) < 0)
		return -1;
	if (n > 1)
		return err_set(e, E_USAGE, "several nouns have a field \"%.*s\": write NOUN:%.*s", STR_ARG(name), STR_ARG(name));
	return entity_number(db, "SELECT id FROM field WHERE name = $1 AND org_id = $2 AND retired IS NULL", bind, 2, id, e);
}

int entity_lookup(struct db *db, const struct entity *ent, struct str name, int64_t *id, struct err *e)
{
	*id = 0;
	if (str_starts(name, "id:"))
		return resolve_id(db, ent, (struct str){ name.ptr + 3, name.len - 3 }, id, e);
	if (ent->parent[0])
		return resolve_owned(db, name, id, e);
	if (ent->scoped_by)
		return resolve_field(db, name, id, e);
	return resolve_name(db, ent, name, id, e);
}

int entity_resolve(struct db *db, const struct entity *ent, struct str name, int64_t *id, struct err *e)
{
	if (entity_lookup(db, ent, name, id, e) < 0)
		return -1;
	return *id ? 0 : not_found(db, ent, name, e);
}
