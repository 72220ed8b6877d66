/* SPDX-License-Identifier: MIT */
#include "store/explain.h"

enum { Q_DEVICE, Q_RETIRED, Q_NAMES, Q_DATAPOINTS, Q_WAITING, Q_SOURCE, Q_LEDGER, Q_RUN, Q_TRAIL, Q_TWINS, Q_FLOOR, Q_EPOCH, Q_COUNT };

static const struct sql sql[Q_COUNT] = {
	[Q_DEVICE] = { "SELECT d.org_id, o.name, d.name, d.\"key\", d.edge_key, d.gateway_id, g.name, g.\"key\", d.enabled, d.created, d.retired"
		       " FROM device d JOIN org o ON o.id = d.org_id LEFT JOIN device g ON g.id = d.gateway_id WHERE d.id = $1",
		       NULL },
	[Q_RETIRED] = { "SELECT id FROM device WHERE org_id = $1 AND name = $2 AND retired IS NOT NULL ORDER BY retired DESC LIMIT 1", NULL },
	[Q_NAMES] = { "SELECT name FROM device WHERE org_id = $1 AND retired IS NULL ORDER BY name LIMIT 10000", NULL },
	[Q_DATAPOINTS] = { "SELECT DISTINCT name FROM datapoint WHERE (device_id = $1 OR model_id = $2) AND retired IS NULL ORDER BY name", NULL },
	[Q_WAITING] = { "SELECT q.org_id, o.name, q.device, q.gateway, q.edge_key, q.datapoint, q.reason, COUNT(*), MIN(q.at), MAX(q.at), MIN(q.id),"
			" MAX(CASE WHEN q.ts > q.at THEN 1 ELSE 0 END), MIN(q.place) FROM quarantine q JOIN org o ON o.id = q.org_id"
			" WHERE (q.at >= $1 AND q.at < $2) OR (q.ts >= $1 AND q.ts < $2)"
			" GROUP BY q.org_id, o.name, q.device, q.gateway, q.edge_key, q.datapoint, q.reason ORDER BY MIN(q.id)",
			NULL },
	/* One look-up in the primary key a source, instead of reading the ledger. */
	[Q_SOURCE] = { "SELECT source FROM ledger WHERE org_id = $1 AND source > $2 ORDER BY source LIMIT 1", NULL },
	[Q_LEDGER] = { "SELECT hour, stored + corrected, rejected, stored + corrected + duplicate + rejected + quarantined + empty, first_reason,"
		       " first_place FROM ledger WHERE org_id = $1 AND source = $2 AND device_id = $3 AND hour < $4 ORDER BY hour DESC",
		       NULL },
	[Q_RUN] = { "SELECT id, program, started, ended, exit, counters FROM run WHERE org_id = $1 AND source = $2 AND started < $3"
		    " ORDER BY id DESC LIMIT 1",
		    NULL },
	[Q_TRAIL] = { "SELECT id, at, actor, verb, new FROM audit WHERE org_id = $1 AND noun IN ('device', 'gateway') AND name = $2"
		      " ORDER BY id DESC LIMIT 200",
		      NULL },
	[Q_TWINS] = { "SELECT o.name, s.last_seen FROM device d JOIN org o ON o.id = d.org_id JOIN device_state s ON s.device_id = d.id"
		      " WHERE d.name = $2 AND d.org_id <> $1 AND d.retired IS NULL AND s.last_seen > $3 ORDER BY s.last_seen DESC",
		      NULL },
	[Q_FLOOR] = { "SELECT floor FROM series WHERE id = $1 AND floor IS NOT NULL", NULL },
	[Q_EPOCH] = { "SELECT id, taken, started FROM epoch ORDER BY id DESC LIMIT 1", NULL },
};

int explain_ready(struct db *db, struct err *e)
{
	return db_ready(db, sql, COUNT(sql), e);
}

/* The statement with the values bound, in their order; what texts point to must live as long as it is stepped. */
static int begin(struct db *db, int q, const struct cell *v, int n, struct stmt **out, struct err *e)
{
	if (db_prepare(db, sql[q].text, NULL, out, e) < 0)
		return -1;
	for (int i = 0; i < n; i++)
		stmt_bind_cell(*out, i + 1, v + i);
	return 0;
}

/* The first column of its first row: 1, 0, -1. */
static int number(struct db *db, int q, const struct cell *v, int n, int64_t *out, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	int got = begin(db, q, v, n, &st, e) < 0 ? -1 : stmt_step(st, e);

	if (got > 0)
		*out = stmt_int(st, 0);
	return got;
}

int explain_device(struct db *db, int64_t id, struct stmt **out, struct err *e)
{
	return begin(db, Q_DEVICE, &CELL_OF_INT(id), 1, out, e);
}

int explain_retired(struct db *db, int64_t org, struct str name, int64_t *id, struct err *e)
{
	return number(db, Q_RETIRED, (struct cell[]){ CELL_OF_INT(org), CELL_OF_TEXT(name) }, 2, id, e);
}

int explain_names(struct db *db, int64_t org, struct stmt **out, struct err *e)
{
	return begin(db, Q_NAMES, &CELL_OF_INT(org), 1, out, e);
}

int explain_datapoints(struct db *db, int64_t device, int64_t model, struct stmt **out, struct err *e)
{
	return begin(db, Q_DATAPOINTS, (struct cell[]){ CELL_OF_INT(device), CELL_OF_INT(model) }, 2, out, e);
}

int explain_waiting(struct db *db, int64_t from, int64_t to, struct stmt **out, struct err *e)
{
	if (begin(db, Q_WAITING, (struct cell[]){ CELL_OF_INT(from), CELL_OF_INT(to) }, 2, out, e) < 0)
		return -1;
	stmt_stream(*out);
	return 0;
}

int explain_source(struct db *db, int64_t org, struct sb *source, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	AUTO(sb_done) struct sb after = SB_INIT(1 << 16);
	struct str s;
	int got;

	if (sb_add(&after, sb_cstr(source), source->len) < 0)
		return err_nomem(e);
	if (begin(db, Q_SOURCE, (struct cell[]){ CELL_OF_INT(org), CELL_OF_TEXT(sb_str(&after)) }, 2, &st, e) < 0)
		return -1;
	got = stmt_step(st, e);
	if (got <= 0)
		return got;
	s = stmt_text(st, 0);
	sb_clear(source);
	return sb_add(source, s.ptr, s.len) < 0 ? err_nomem(e) : 1;
}

int explain_ledger(struct db *db, int64_t org, struct str source, int64_t device, int64_t to, struct stmt **out, struct err *e)
{
	return begin(db, Q_LEDGER, (struct cell[]){ CELL_OF_INT(org), CELL_OF_TEXT(source), CELL_OF_INT(device), CELL_OF_INT(to) }, 4, out, e);
}

int explain_run(struct db *db, int64_t org, struct str source, int64_t to, struct stmt **out, struct err *e)
{
	return begin(db, Q_RUN, (struct cell[]){ CELL_OF_INT(org), CELL_OF_TEXT(source), CELL_OF_INT(to) }, 3, out, e);
}

int explain_trail(struct db *db, int64_t org, struct str name, struct stmt **out, struct err *e)
{
	return begin(db, Q_TRAIL, (struct cell[]){ CELL_OF_INT(org), CELL_OF_TEXT(name) }, 2, out, e);
}

int explain_twins(struct db *db, int64_t org, struct str name, int64_t since, struct stmt **out, struct err *e)
{
	return begin(db, Q_TWINS, (struct cell[]){ CELL_OF_INT(org), CELL_OF_TEXT(name), CELL_OF_INT(since) }, 3, out, e);
}

int explain_floor(struct db *db, int64_t series, int64_t *floor, struct err *e)
{
	return number(db, Q_FLOOR, &CELL_OF_INT(series), 1, floor, e);
}

int explain_epoch(struct db *db, int64_t *id, int64_t *taken, int64_t *started, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	int got = begin(db, Q_EPOCH, NULL, 0, &st, e) < 0 ? -1 : stmt_step(st, e);

	if (got <= 0)
		return got;
	*id = stmt_int(st, 0);
	*taken = stmt_int(st, 1);
	*started = stmt_int(st, 2);
	return 1;
}
