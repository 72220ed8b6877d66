/* SPDX-License-Identifier: MIT */
#include "store/definition.h"

#include "db/ahead.h"
#include "store/impl.h"

enum { Q_BY_KEY, Q_BY_ORG, Q_BY_EDGE, Q_BY_ID, Q_AHEAD, Q_OWN, Q_MODEL, Q_OWN_NAMED, Q_MODEL_NAMED, Q_DROP_MODEL, Q_DROP_DEVICE, Q_SERIES, Q_NEAR_DEVICE, Q_NEAR, Q_OF, Q_ANYWHERE, Q_REACHES, Q_OWN_WORDS, Q_COUNT };

#define DEVICE_FIELDS                                                                                                          \
	"SELECT d.id, d.org_id, d.site_id, d.model_id, d.enabled, s.tz, " DEVICE_OFFLINE_AFTER ","                                    \
	" (SELECT COUNT(*) FROM datapoint o WHERE o.device_id = d.id AND o.retired IS NULL), d.policy_id"
#define DEVICE_COLUMNS DEVICE_FIELDS " FROM device d LEFT JOIN site s ON s.id = d.site_id"
/* The living device of org $1 that is called $2 on the wire, else by name. An OR of the two would read all devices of the organisation. */
#define BY_KEY_OR_NAME                                                                                                         \
	"COALESCE((SELECT k.id FROM device k WHERE k.org_id = $1 AND k.\"key\" = $2 AND k.retired IS NULL ORDER BY k.id LIMIT 1),"  \
	" (SELECT n.id FROM device n WHERE n.org_id = $1 AND n.name = $2 AND n.retired IS NULL))"
#define DEFINITION_COLUMNS                                                                                                     \
	"SELECT name, type, kind, unit, words, scale, \"offset\", min, max, \"precision\", expected_interval FROM datapoint"
#define LIVING_POINT " AND p.name = $3 AND p.retired IS NULL AND p.id <> $4"

static const struct sql sql[Q_COUNT] = {
	[Q_BY_KEY] = { DEVICE_COLUMNS " WHERE d.id = " BY_KEY_OR_NAME, NULL },
	[Q_BY_ORG] = { DEVICE_COLUMNS " JOIN org o ON o.id = d.org_id WHERE o.name = $1 AND d.name = $2"
				      " AND d.retired IS NULL",
		       NULL },
	[Q_BY_EDGE] = { DEVICE_COLUMNS " WHERE d.gateway_id = " BY_KEY_OR_NAME " AND d.edge_key = $3 AND d.retired IS NULL", NULL },
	[Q_BY_ID] = { DEVICE_COLUMNS " WHERE d.id = $1", NULL },
	/* Not those whose name is what another one is called on the wire. */
	[Q_AHEAD] = { DEVICE_FIELDS ", d.name FROM (" DEVICES_AHEAD ") d LEFT JOIN site s ON s.id = d.site_id"
				    " WHERE NOT EXISTS (SELECT 1 FROM device k WHERE k.org_id = $1 AND k.\"key\" = d.name AND k.retired IS NULL)",
		      NULL },
	[Q_OWN] = { DEFINITION_COLUMNS " WHERE device_id = $1 AND (\"key\" = $2 OR name = $2) AND retired IS NULL"
				       " ORDER BY \"key\" = $2 DESC NULLS LAST LIMIT 1",
		    NULL },
	[Q_MODEL] = { DEFINITION_COLUMNS " WHERE model_id = $1 AND (\"key\" = $2 OR name = $2) AND retired IS NULL"
					 " ORDER BY \"key\" = $2 DESC NULLS LAST LIMIT 1",
		      NULL },
	[Q_OWN_NAMED] = { DEFINITION_COLUMNS " WHERE device_id = $1 AND name = $2 AND retired IS NULL", NULL },
	[Q_MODEL_NAMED] = { DEFINITION_COLUMNS " WHERE model_id = $1 AND name = $2 AND retired IS NULL", NULL },
	[Q_DROP_MODEL] = { "DELETE FROM main.datapoint WHERE model_id = $1", "datapoint" },
	[Q_SERIES] = { "SELECT COUNT(*) FROM series s, datapoint p WHERE p.id = $1 AND s.name = p.name AND (s.device_id = p.device_id"
		       " OR s.device_id IN (SELECT d.id FROM device d WHERE d.model_id = p.model_id))",
		       NULL },
	[Q_NEAR_DEVICE] = { "SELECT name FROM device WHERE org_id = $1 AND retired IS NULL LIMIT 10000", NULL },
	[Q_NEAR] = { "SELECT name FROM datapoint WHERE (device_id = $1 OR model_id = $2) AND retired IS NULL ORDER BY name LIMIT 10000", NULL },
	[Q_OF] = { "SELECT 1 WHERE EXISTS (SELECT 1 FROM datapoint p WHERE p.model_id = $1" LIVING_POINT ")"
		   " OR EXISTS (SELECT 1 FROM datapoint p WHERE p.device_id = $2" LIVING_POINT ")"
		   " OR EXISTS (SELECT 1 FROM device d JOIN datapoint p ON p.model_id = d.model_id WHERE d.id = $2" LIVING_POINT ")"
		   " OR EXISTS (SELECT 1 FROM device d JOIN datapoint p ON p.device_id = d.id WHERE d.model_id = $1 AND d.retired IS NULL" LIVING_POINT ")",
		   NULL },
	[Q_ANYWHERE] = { "SELECT 1 FROM datapoint WHERE org_id = $1 AND name = $2 AND retired IS NULL AND id <> $3 LIMIT 1", NULL },
	[Q_REACHES] = { "SELECT 1 FROM datapoint p WHERE p.id = $1 AND (p.model_id = $2 OR p.device_id = $3"
			" OR p.model_id = (SELECT d.model_id FROM device d WHERE d.id = $3)"
			" OR EXISTS (SELECT 1 FROM device d WHERE d.id = p.device_id AND d.model_id = $2))",
			NULL },
	[Q_OWN_WORDS] = { "SELECT p.words FROM device d JOIN datapoint p ON p.device_id = d.id WHERE d.model_id = $1 AND d.retired IS NULL"
			  " AND p.name = $2 AND p.retired IS NULL AND p.words IS NOT NULL",
			  NULL },
	[Q_DROP_DEVICE] = { "DELETE FROM main.datapoint WHERE device_id = $1", "datapoint" },
};

int definition_ready(struct db *db, struct err *e)
{
	return db_ready(db, sql, COUNT(sql), e);
}

static int read_device(struct stmt *st, struct device_ref *d, struct err *e)
{
	int got = stmt_step(st, e);
	struct str tz;

	if (got <= 0)
		return got;
	*d = (struct device_ref){ stmt_int(st, 0), stmt_int(st, 1), stmt_int(st, 2), stmt_int(st, 3), stmt_int(st, 4) != 0,
				   stmt_int(st, 6), "UTC", stmt_int(st, 7) != 0, stmt_int(st, 8) };
	tz = stmt_text(st, 5);
	if (tz.len)
		(void)snprintf(d->tz, sizeof(d->tz), "%.*s", STR_ARG(tz));
	return 1;
}

int device_lookup(struct db *db, struct str name, struct device_ref *d, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	const char *slash = name.len ? memchr(name.ptr, '/', name.len) : NULL;

	if (db_stmt(db, sql + (slash ? Q_BY_ORG : Q_BY_KEY), &st, e) < 0)
		return -1;
	if (slash) {
		size_t n = (size_t)(slash - name.ptr);

		stmt_bind_text(st, 1, (struct str){ name.ptr, n });
		stmt_bind_text(st, 2, (struct str){ slash + 1, name.len - n - 1 });
	} else {
		stmt_bind_int(st, 1, db_self(db));
		stmt_bind_text(st, 2, name);
	}
	return read_device(st, d, e);
}

int device_ahead(struct db *db, struct str from, int64_t n, int (*fn)(const struct device_ref *d, struct str name, void *arg, struct err *e), void *arg,
		 struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	struct device_ref d;
	int got;

	if (db_stmt(db, sql + Q_AHEAD, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, db_self(db));
	stmt_bind_text(st, 2, from);
	stmt_bind_int(st, 3, n);
	while ((got = read_device(st, &d, e)) > 0)
		if (fn(&d, stmt_text(st, 9), arg, e) < 0)
			return -1;
	return got;
}

int device_lookup_edge(struct db *db, struct str gateway, struct str edge_key, struct device_ref *d, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + Q_BY_EDGE, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, db_self(db));
	stmt_bind_text(st, 2, gateway);
	stmt_bind_text(st, 3, edge_key);
	return read_device(st, d, e);
}

int device_by_id(struct db *db, int64_t id, struct device_ref *d, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + Q_BY_ID, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, id);
	return read_device(st, d, e);
}

/* A definition with what is set in it: what an override leaves open is the model's. */
enum { HAS_UNIT = 1, HAS_WORDS = 2, HAS_SCALE = 4, HAS_OFFSET = 8, HAS_MIN = 16, HAS_MAX = 32, HAS_PRECISION = 64, HAS_INTERVAL = 128 };

static const char *copy(struct arena *a, const struct stmt *st, int col)
{
	struct str s = stmt_text(st, col);

	return s.ptr ? arena_dup(a, s) : NULL;
}

static enum definition_takes takes_of(const char *type)
{
	static const char *const words[] = { [TAKES_FLOAT] = "float",	[TAKES_INT] = "int",   [TAKES_BOOL] = "boolean",
					     [TAKES_STRING] = "string", [TAKES_ENUM] = "enum", [TAKES_LOCATION] = "location" };

	for (size_t i = 0; type && i < COUNT(words); i++)
		if (strcmp(type, words[i]) == 0)
			return (enum definition_takes)i;
	return TAKES_STRING;
}

static unsigned has(const struct stmt *st)
{
	static const int column[] = { 3, 4, 5, 6, 7, 8, 9, 10 }; /* in the order of the bits */
	unsigned bits = 0;

	for (size_t i = 0; i < COUNT(column); i++)
		if (!stmt_is_null(st, column[i]))
			bits |= 1u << i;
	return bits;
}

/* 1, 0 none, -1. */
static int read_definition(struct db *db, int q, int64_t owner, struct str wire, struct arena *a, struct definition *def,
			   struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	unsigned set;
	int got;

	if (!owner)
		return 0;
	if (db_stmt(db, sql + q, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, owner);
	stmt_bind_text(st, 2, wire);
	got = stmt_step(st, e);
	if (got <= 0)
		return got;
	set = has(st);
	*def = (struct definition){ .name = copy(a, st, 0), .type = copy(a, st, 1), .kind = copy(a, st, 2), .unit = copy(a, st, 3),
				    .words = copy(a, st, 4), .said = set };
	def->takes = takes_of(def->type);
	def->has_scale = set & (HAS_SCALE | HAS_OFFSET);
	def->scale = set & HAS_SCALE ? stmt_real(st, 5) : 1;
	def->offset = stmt_real(st, 6);
	def->has_min = set & HAS_MIN;
	def->min = stmt_real(st, 7);
	def->has_max = set & HAS_MAX;
	def->max = stmt_real(st, 8);
	def->precision = set & HAS_PRECISION ? (int)stmt_int(st, 9) : -1;
	def->expected_interval = stmt_int(st, 10);
	return def->name && def->type && def->kind ? 1 : err_nomem(e);
}

static void fill_in(struct definition *def, const struct definition *from)
{
	unsigned set = def->said;

	if (!(set & HAS_UNIT))
		def->unit = from->unit;
	if (!(set & HAS_WORDS))
		def->words = from->words;
	if (!(set & HAS_SCALE))
		def->scale = from->scale;
	if (!(set & HAS_OFFSET))
		def->offset = from->offset;
	def->has_scale |= from->has_scale;
	if (!(set & HAS_MIN)) {
		def->has_min = from->has_min;
		def->min = from->min;
	}
	if (!(set & HAS_MAX)) {
		def->has_max = from->has_max;
		def->max = from->max;
	}
	if (!(set & HAS_PRECISION))
		def->precision = from->precision;
	if (!(set & HAS_INTERVAL))
		def->expected_interval = from->expected_interval;
}

int definition_named(struct db *db, const struct device_ref *d, struct str name, struct arena *a, struct definition *def,
		     struct err *e)
{
	struct definition base;
	int own = read_definition(db, Q_OWN_NAMED, d->id, name, a, def, e);
	int of_model = own < 0 ? -1 : read_definition(db, Q_MODEL_NAMED, d->model, name, a, &base, e);

	if (own < 0 || of_model < 0)
		return -1;
	if (own && of_model)
		fill_in(def, &base);
	else if (of_model)
		*def = base;
	return own || of_model;
}

int definition_lookup(struct db *db, const struct device_ref *d, struct str wire, struct arena *a, struct definition *def,
		      struct err *e)
{
	int got;

	/* Of a device that has none of its own what was found is all there is. */
	if (!d->own)
		return read_definition(db, Q_MODEL, d->model, wire, a, def, e);
	got = read_definition(db, Q_OWN, d->id, wire, a, def, e);
	if (got == 0)
		got = read_definition(db, Q_MODEL, d->model, wire, a, def, e);
	/* What the wire calls it leads to a name, and both the model and the device may say something of that. */
	return got > 0 ? definition_named(db, d, str_of(def->name), a, def, e) : got;
}

int definition_of_model(struct db *db, int64_t model, struct str name, struct arena *a, struct definition *def, struct err *e)
{
	return read_definition(db, Q_MODEL_NAMED, model, name, a, def, e);
}

bool definition_has_word(const char *words, struct str word)
{
	for (const char *p = words; p && *p;) {
		size_t n = strcspn(p, ",");

		if (str_eq(word, (struct str){ p, n }))
			return true;
		p += n;
		p += *p == ',';
	}
	return false;
}

int definition_own_word(struct db *db, int64_t model, struct str name, struct str word, bool *yes, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(db, sql + Q_OWN_WORDS, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, model);
	stmt_bind_text(st, 2, name);
	*yes = false;
	while (!*yes && (got = stmt_step(st, e)) != 0) {
		if (got < 0)
			return -1;
		*yes = definition_has_word(stmt_text(st, 0).ptr, word);
	}
	return 0;
}

static int nearest(struct stmt *st, struct str name, char buf[NAME_MAX_LEN + 1], struct err *e)
{
	struct near near = { 0 };
	int got;

	buf[0] = '\0';
	while ((got = stmt_step(st, e)) > 0)
		near_offer_copy(&near, buf, name, stmt_text(st, 0));
	return got;
}

int device_near(struct db *db, struct str name, char buf[NAME_MAX_LEN + 1], struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + Q_NEAR_DEVICE, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, db_self(db));
	return nearest(st, name, buf, e);
}

int definition_near(struct db *db, const struct device_ref *d, struct str name, char buf[NAME_MAX_LEN + 1], struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + Q_NEAR, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, d->id);
	stmt_bind_int(st, 2, d->model);
	return nearest(st, name, buf, e);
}

int definition_series(struct db *db, int64_t datapoint, int64_t *n, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + Q_SERIES, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, datapoint);
	if (stmt_step(st, e) <= 0)
		return -1;
	*n = stmt_int(st, 0);
	return 0;
}

static int is_one(struct stmt *st, bool *yes, struct err *e)
{
	int got = stmt_step(st, e);

	*yes = got > 0;
	return got < 0 ? -1 : 0;
}

int definition_of(struct db *db, const struct reach *r, struct str name, bool *yes, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + Q_OF, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, r->model);
	stmt_bind_int(st, 2, r->device);
	stmt_bind_text(st, 3, name);
	stmt_bind_int(st, 4, r->but);
	return is_one(st, yes, e);
}

int definition_anywhere(struct db *db, const struct reach *r, struct str name, bool *yes, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + Q_ANYWHERE, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, r->org);
	stmt_bind_text(st, 2, name);
	stmt_bind_int(st, 3, r->but);
	return is_one(st, yes, e);
}

int definition_reaches(struct db *db, const struct reach *r, int64_t datapoint, bool *yes, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + Q_REACHES, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, datapoint);
	stmt_bind_int(st, 2, r->model);
	stmt_bind_int(st, 3, r->device);
	return is_one(st, yes, e);
}

int definition_drop(struct db *db, bool model, int64_t id, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + (model ? Q_DROP_MODEL : Q_DROP_DEVICE), &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, id);
	return stmt_run(st, e);
}
