/* SPDX-License-Identifier: MIT */
#include "store/stats.h"

#include "model/entity.h"

static const struct sql sql[STAT_N] = {
	[STAT_ORGS] = { "SELECT COUNT(*) FROM org WHERE retired IS NULL", NULL },
	[STAT_SITES] = { "SELECT COUNT(*) FROM site WHERE retired IS NULL", NULL },
	[STAT_MODELS] = { "SELECT COUNT(*) FROM model WHERE retired IS NULL", NULL },
	[STAT_DEVICES] = { "SELECT COUNT(*) FROM device WHERE retired IS NULL", NULL },
	[STAT_DATAPOINTS] = { "SELECT COUNT(*) FROM datapoint WHERE retired IS NULL", NULL },
	[STAT_QUARANTINED] = { "SELECT COUNT(*) FROM quarantine", NULL },
	[STAT_AUDIT] = { "SELECT COUNT(*) FROM audit", NULL },
};

int stats_count(struct db *db, int64_t out[STAT_N], struct err *e)
{
	for (size_t i = 0; i < STAT_N; i++) {
		AUTO(stmt_resetp) struct stmt *st = NULL;

		if (db_stmt(db, sql + i, &st, e) < 0 || stmt_step(st, e) < 0)
			return -1;
		out[i] = stmt_int(st, 0);
	}
	return 0;
}

static const struct sql next_sql[] = {
	{ "SELECT id, name, NULL FROM org WHERE id > $1 AND (retired IS NULL OR EXISTS (SELECT 1 FROM lane l WHERE l.org_id = org.id))"
	  " ORDER BY id LIMIT 1",
	  NULL },
	{ "SELECT d.id, o.name, d.name FROM device d JOIN org o ON o.id = d.org_id WHERE d.id > $1"
	  " AND EXISTS (SELECT 1 FROM series s WHERE s.device_id = d.id) ORDER BY d.id LIMIT 1",
	  NULL },
};

int stats_next(struct db *db, bool device, struct stats_thing *t, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	struct sb *const name[] = { &t->org, &t->device };
	int got;

	if (db_stmt(db, next_sql + device, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, t->id);
	got = stmt_step(st, e);
	if (got <= 0)
		return got;
	t->id = stmt_int(st, 0);
	for (int i = 0; i < 2; i++) {
		struct str s = stmt_text(st, i + 1);

		sb_clear(name[i]);
		if (s.ptr && sb_add(name[i], s.ptr, s.len) < 0)
			return err_nomem(e);
	}
	return 1;
}

static int check_words(struct db *db, const struct entity *ent, const struct field *f,
		       void (*bad)(const char *what, void *arg), void *arg, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(4096);
	AUTO(stmt_freep) struct stmt *st = NULL;
	char line[256];
	int n = 0, got;

	sb_addf(&text, "SELECT id, \"%s\" FROM %s WHERE \"%s\" NOT IN (", f->name, ent->table, f->name);
	for (; f->words[n]; n++)
		sb_addf(&text, "%s$%d", n ? ", " : "", n + 1);
	sb_adds(&text, ")");
	if (db_prepare(db, sb_cstr(&text), NULL, &st, e) < 0)
		return -1;
	for (int i = 0; i < n; i++)
		stmt_bind_text(st, i + 1, str_of(f->words[i]));
	while ((got = stmt_step(st, e)) > 0) {
		struct str word = stmt_text(st, 1);

		(void)snprintf(line, sizeof(line), "%s id:%" PRId64 ": %s \"%.*s\" is none of its words", ent->noun, stmt_int(st, 0),
			       f->name, (int)(word.len > 60 ? 60 : word.len), word.ptr);
		bad(line, arg);
	}
	return got;
}

int stats_check_words(struct db *db, void (*bad)(const char *what, void *arg), void *arg, struct err *e)
{
	for (const struct entity *const *p = entities; *p; p++)
		for (size_t i = 0; i < (*p)->n; i++)
			if (!(*p)->only[0] && (*p)->field[i].kind == FIELD_ENUM &&
			    check_words(db, *p, (*p)->field + i, bad, arg, e) < 0)
				return -1;
	return 0;
}
