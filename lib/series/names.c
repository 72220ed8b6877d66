/* SPDX-License-Identifier: MIT */
/* Series by the name of their datapoint, and the lanes they are given a place in. */
#include "series/merge.h"

enum { Q_FIND, Q_ADD, Q_OF, Q_SLOT, Q_LANE_ADD, Q_TITLE };

const struct sql names_sql[] = {
	[Q_FIND] = { "SELECT id FROM series WHERE device_id = $1 AND name = $2", NULL },
	[Q_ADD] = { "INSERT INTO main.series (id, org_id, device_id, name) VALUES ($1, $2, $3, $4)", "series" },
	[Q_OF] = { "SELECT id, name FROM series WHERE device_id = $1 ORDER BY name", NULL },
	[Q_SLOT] = { "UPDATE main.lane SET slots = slots + 1 WHERE id = (SELECT MAX(id) FROM lane WHERE org_id = $1 AND slots < 256)"
		     " RETURNING id, slots",
		     "lane" },
	[Q_LANE_ADD] = { "INSERT INTO main.lane (org_id, part, slots, seq, gen, points) VALUES ($1, 0, 1, 0, 0, 0)", "lane" },
	[Q_TITLE] = { "SELECT d.name, s.name FROM series s JOIN device d ON d.id = s.device_id WHERE s.id = $1", NULL },
};
const size_t names_sql_n = COUNT(names_sql);

int series_ready(struct db *db, struct err *e)
{
	const struct {
		const struct sql *sql;
		size_t n;
	} all[] = {
		{ engine_sql, engine_sql_n }, { tables_sql, tables_sql_n }, { names_sql, names_sql_n },   { append_sql, append_sql_n },
		{ late_sql, late_sql_n },     { scan_sql, scan_sql_n },	    { runs_sql, runs_sql_n },     { latest_sql, latest_sql_n },
		{ merge_sql, merge_sql_n },   { seal_sql, seal_sql_n },	    { join_sql, join_sql_n },	  { compact_sql, compact_sql_n },
		{ cut_sql, cut_sql_n },	      { stats_sql, stats_sql_n },   { tally_sql, tally_sql_n },   { check_sql, check_sql_n },
	};

	/* Who only reads needs no guards, and starts sooner. */
	for (size_t i = 0; i < COUNT(all) && db_writable(db); i++)
		if (db_ready(db, all[i].sql, all[i].n, e) < 0)
			return -1;
	return 0;
}

int series_find(struct db *db, int64_t device, struct str name, int64_t *id, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(db, names_sql + Q_FIND, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, device);
	stmt_bind_text(st, 2, name);
	got = stmt_step(st, e);
	*id = got > 0 ? stmt_int(st, 0) : 0;
	return got < 0 ? -1 : 0;
}

/* A place that no series had before, in a lane of the organisation. */
static int take_slot(struct db *db, int64_t *id, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL, *add = NULL;
	int got;

	if (db_stmt(db, names_sql + Q_SLOT, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, db_self(db));
	got = stmt_step(st, e);
	if (got > 0) {
		*id = stmt_int(st, 0) * LANE + stmt_int(st, 1) - 1;
		return stmt_step(st, e) < 0 ? -1 : 0; /* to its end: only then is it done */
	}
	if (got < 0 || db_stmt(db, names_sql + Q_LANE_ADD, &add, e) < 0)
		return -1;
	stmt_bind_int(add, 1, db_self(db));
	if (stmt_run(add, e) < 0)
		return -1;
	*id = db_last_id(db) * LANE;
	return 0;
}

int series_make(struct db *db, int64_t device, struct str name, int64_t *id, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (series_find(db, device, name, id, e) < 0)
		return -1;
	if (*id)
		return 0;
	if (take_slot(db, id, e) < 0 || db_stmt(db, names_sql + Q_ADD, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, *id);
	stmt_bind_int(st, 2, db_self(db));
	stmt_bind_int(st, 3, device);
	stmt_bind_text(st, 4, name);
	return stmt_run(st, e);
}

int series_each(struct db *db, int64_t device, int (*fn)(int64_t id, struct str name, void *arg, struct err *e), void *arg,
		struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(db, names_sql + Q_OF, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, device);
	while ((got = stmt_step(st, e)) > 0)
		if (fn(stmt_int(st, 0), stmt_text(st, 1), arg, e) < 0)
			return -1;
	return got;
}

void series_title(struct engine *en, int64_t series, char *buf, size_t size)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	struct err ignored = { 0 };

	(void)snprintf(buf, size, "series %" PRId64, series);
	if (db_stmt(en->db, names_sql + Q_TITLE, &st, &ignored) < 0)
		return;
	stmt_bind_int(st, 1, series);
	if (stmt_step(st, &ignored) > 0)
		(void)snprintf(buf, size, "%.*s:%.*s", STR_ARG(stmt_text(st, 0)), STR_ARG(stmt_text(st, 1)));
}
