/* SPDX-License-Identifier: MIT */
/* Series by the name of their datapoint, and the lanes they are given a place in. */
#include "db/ahead.h"
#include "series/merge.h"

#define TOGETHER 32 /* devices that are looked up at once */

enum { Q_FIND, Q_ADD, Q_OF, Q_OF_AHEAD, Q_OF_MANY, Q_OF_STRETCH, Q_LANE, Q_LANE_SLOTS, Q_LANES_ADD, Q_TITLE };

const struct sql names_sql[] = {
	[Q_FIND] = { "SELECT id FROM series WHERE device_id = $1 AND name = $2", NULL },
	[Q_ADD] = { "INSERT INTO main.series (id, org_id, device_id, name) VALUES ($1, $2, $3, $4)", "series" },
	[Q_OF_AHEAD] = { "SELECT s.device_id, s.id, s.name FROM (" DEVICES_AHEAD ") d JOIN series s ON s.device_id = d.id", NULL },
	[Q_OF] = { "SELECT id, name FROM series WHERE device_id = $1 ORDER BY name", NULL },
	[Q_OF_MANY] = { "SELECT id, device_id, name FROM series WHERE device_id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,"
			" $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32)",
			NULL },
	[Q_OF_STRETCH] = { "SELECT id, device_id, name FROM series WHERE device_id >= $1 AND device_id <= $2", NULL },
	[Q_LANE] = { "SELECT id, slots FROM lane WHERE org_id = $1 AND slots < 256 ORDER BY id DESC LIMIT 1", NULL },
	[Q_LANE_SLOTS] = { "UPDATE main.lane SET slots = $2 WHERE id = $1", "lane" },
	/* As many as series $2 fill, each with the places that are given away. */
	[Q_LANES_ADD] = { "INSERT INTO main.lane (org_id, part, slots, seq, gen, points) WITH RECURSIVE l (series) AS (SELECT CAST($2 AS BIGINT)"
			  " UNION ALL SELECT series - 256 FROM l WHERE series > 256)"
			  " SELECT $1, 0, CASE WHEN series < 256 THEN series ELSE 256 END, 0, 0, 0 FROM l RETURNING id, slots",
			  "lane" },
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
		{ cut_sql, cut_sql_n },	      { stats_sql, stats_sql_n },   { tally_sql, tally_sql_n },   { check_sql, check_sql_n }, { feed_sql, feed_sql_n },
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

/* ---- making ---- */

/* Places in a lane that are this transaction's. */
struct places {
	int64_t next, end; /* ids of series */
};

struct making {
	struct db *db;
	struct series_wanted *w;
	size_t n;
	struct map there; /* id by device and name; 0: to be made */
	struct sb key;
	struct places *places; /* in lanes, in the order they are to be used */
	size_t nplaces, at;
};

static struct str key_of(struct making *m, int64_t device, struct str name)
{
	sb_clear(&m->key);
	(void)sb_add(&m->key, (const char *)&device, sizeof(device));
	(void)sb_add(&m->key, name.ptr, name.len);
	return sb_str(&m->key);
}

static int note(struct making *m, int64_t device, struct str name, int64_t id, struct err *e)
{
	struct str key = key_of(m, device, name);

	return m->key.bad || map_put(&m->there, key, id) < 0 ? err_nomem(e) : 0;
}

static int note_rows(struct making *m, struct stmt *st, struct err *e)
{
	int got;

	while ((got = stmt_step(st, e)) > 0)
		if (note(m, stmt_int(st, 1), stmt_text(st, 2), stmt_int(st, 0), e) < 0)
			return -1;
	return got;
}

static int look_up(struct making *m, const int64_t *device, int n, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(m->db, names_sql + Q_OF_MANY, &st, e) < 0)
		return -1;
	for (int i = 0; i < n; i++)
		stmt_bind_int(st, i + 1, device[i]);
	return note_rows(m, st, e);
}

/* Where mostly those of devices from the least to the greatest are wanted, all of them in one statement: 1; 0: they are too far apart; -1. */
static int look_up_stretch(struct making *m, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int64_t least = m->w[0].device, most = least, devices = 1;

	for (size_t i = 1; i < m->n; i++) {
		least = m->w[i].device < least ? m->w[i].device : least;
		most = m->w[i].device > most ? m->w[i].device : most;
		devices += m->w[i].device != m->w[i - 1].device;
	}
	if (devices <= TOGETHER || (most - least) / 2 > devices)
		return 0;
	if (db_stmt(m->db, names_sql + Q_OF_STRETCH, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, least);
	stmt_bind_int(st, 2, most);
	return note_rows(m, st, e) < 0 ? -1 : 1;
}

/* All series of the devices: those wanted may be there already. */
static int look_up_all(struct making *m, struct err *e)
{
	int64_t device[TOGETHER];
	int n = 0, rc = look_up_stretch(m, e);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	for (size_t i = 0; i < m->n; i++) {
		if (i && m->w[i].device == m->w[i - 1].device)
			continue;
		if (n == TOGETHER && look_up(m, device, n, e) < 0)
			return -1;
		n = n == TOGETHER ? 0 : n;
		device[n++] = m->w[i].device;
	}
	return n ? look_up(m, device, n, e) : 0;
}

/* Those that are there get their ids; *missing are to be made. */
static int sort_out(struct making *m, size_t *missing, struct err *e)
{
	*missing = 0;
	for (size_t i = 0; i < m->n; i++) {
		struct series_wanted *w = m->w + i;
		const int64_t *at = map_find(&m->there, key_of(m, w->device, w->name));

		w->id = at ? *at : 0;
		if (at)
			continue;
		if (note(m, w->device, w->name, 0, e) < 0)
			return -1;
		++*missing;
	}
	return 0;
}

static void add_places(struct making *m, int64_t lane, int64_t from, int64_t to)
{
	m->places[m->nplaces++] = (struct places){ lane * LANE + from, lane * LANE + to };
}

/* What is left of the organisation's newest lane: for n series at most; *taken of them. */
static int old_places(struct making *m, int64_t n, int64_t *taken, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL, *keep = NULL;
	int64_t lane, slots;
	int got;

	*taken = 0;
	if (db_stmt(m->db, names_sql + Q_LANE, &st, e) < 0 || db_stmt(m->db, names_sql + Q_LANE_SLOTS, &keep, e) < 0)
		return -1;
	stmt_bind_int(st, 1, db_self(m->db));
	got = stmt_step(st, e);
	if (got <= 0)
		return got;
	lane = stmt_int(st, 0);
	slots = stmt_int(st, 1);
	*taken = n < LANE - slots ? n : LANE - slots;
	add_places(m, lane, slots, slots + *taken);
	stmt_bind_int(keep, 1, lane);
	stmt_bind_int(keep, 2, slots + *taken);
	return stmt_post(keep, e);
}

/* Lanes of the organisation for n series. */
static int new_places(struct making *m, int64_t n, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *add = NULL;
	struct engine *en;
	int64_t given = 0;
	int got;

	if (engine_of(m->db, &en, e) < 0 || engine_sync(en, e) < 0 || db_stmt(m->db, names_sql + Q_LANES_ADD, &add, e) < 0)
		return -1;
	stmt_bind_int(add, 1, db_self(m->db));
	stmt_bind_int(add, 2, n);
	while ((got = stmt_step(add, e)) > 0 && given < n) {
		if (lane_made(en, stmt_int(add, 0), db_self(m->db), e) < 0)
			return -1;
		add_places(m, stmt_int(add, 0), 0, stmt_int(add, 1));
		given += stmt_int(add, 1);
	}
	if (got < 0)
		return -1;
	return given == n && got == 0 ? 0 : err_set(e, E_BUG, "%" PRId64 " places in new lanes, not %" PRId64, given, n);
}

/* A place that no series had before, in lanes of the organisation, for each that is missing. */
static int take_places(struct making *m, size_t missing, struct err *e)
{
	int64_t n = (int64_t)missing, old;

	if (n == 0)
		return 0;
	m->places = calloc(missing / LANE + 2, sizeof(*m->places));
	if (!m->places)
		return err_nomem(e);
	if (old_places(m, n, &old, e) < 0)
		return -1;
	return old < n ? new_places(m, n - old, e) : 0;
}

static int make(struct making *m, struct series_wanted *w, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int64_t *at = map_find(&m->there, key_of(m, w->device, w->name));

	if (*at) { /* it was wanted twice */
		w->id = *at;
		return 0;
	}
	while (m->places[m->at].next == m->places[m->at].end)
		m->at++;
	w->id = *at = m->places[m->at].next++;
	if (db_stmt(m->db, names_sql + Q_ADD, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, w->id);
	stmt_bind_int(st, 2, db_self(m->db));
	stmt_bind_int(st, 3, w->device);
	stmt_bind_text(st, 4, w->name);
	return stmt_post_row(st, 0, e);
}

int series_make(struct db *db, struct series_wanted *w, size_t n, struct err *e)
{
	struct making m = { .db = db, .w = w, .n = n, .there = MAP_INIT, .key = SB_INIT((size_t)1 << 20) };
	size_t missing = 0;
	int rc = n == 0 || look_up_all(&m, e) < 0 || sort_out(&m, &missing, e) < 0 || take_places(&m, missing, e) < 0 ? -1 : 0;

	for (size_t i = 0; i < n && rc == 0; i++)
		if (!w[i].id)
			rc = make(&m, w + i, e);
	map_done(&m.there);
	sb_done(&m.key);
	free(m.places);
	return n ? rc : 0;
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

int series_of_devices(struct db *db, struct str from, int64_t n, int (*fn)(int64_t device, int64_t id, struct str name, void *arg, struct err *e), void *arg,
		 struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(db, names_sql + Q_OF_AHEAD, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, db_self(db));
	stmt_bind_text(st, 2, from);
	stmt_bind_int(st, 3, n);
	while ((got = stmt_step(st, e)) > 0)
		if (fn(stmt_int(st, 0), stmt_int(st, 1), stmt_text(st, 2), arg, e) < 0)
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
