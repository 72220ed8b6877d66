/* SPDX-License-Identifier: MIT */
#include "store/books.h"

#include "model/reason.h"

enum { Q_LEDGER_MORE, Q_LEDGER_ADD, Q_RUN_BEGIN, Q_RUN_END, Q_QUARANTINE_ADD, Q_QUARANTINE_RM, Q_QUARANTINE_REASON, Q_QUARANTINE_UNKNOWN, Q_COUNT };
enum { Q_HOURS, Q_MARK };

static const struct sql sql[Q_COUNT] = {
	/* Mostly the row is there, and changing it costs half of what an INSERT costs that finds so. */
	[Q_LEDGER_MORE] = { "UPDATE main.ledger SET stored = stored + $5, corrected = corrected + $6, duplicate = duplicate + $7,"
			    " conflict = conflict + $8, rejected = rejected + $9, quarantined = quarantined + $10, empty = empty + $11,"
			    " first_reason = COALESCE(first_reason, $12), first_place = COALESCE(first_place, $13)"
			    " WHERE org_id = $1 AND source = $2 AND device_id = $3 AND hour = $4",
			    "ledger" },
	[Q_LEDGER_ADD] = { "INSERT INTO main.ledger (org_id, source, device_id, hour, stored, corrected, duplicate, conflict,"
			   " rejected, quarantined, empty, first_reason, first_place)"
			   " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
			   " ON CONFLICT (org_id, source, device_id, hour) DO UPDATE SET stored = ledger.stored + excluded.stored,"
			   " corrected = ledger.corrected + excluded.corrected, duplicate = ledger.duplicate + excluded.duplicate,"
			   " conflict = ledger.conflict + excluded.conflict, rejected = ledger.rejected + excluded.rejected,"
			   " quarantined = ledger.quarantined + excluded.quarantined, empty = ledger.empty + excluded.empty,"
			   " first_reason = COALESCE(ledger.first_reason, excluded.first_reason),"
			   " first_place = COALESCE(ledger.first_place, excluded.first_place)",
			   "ledger" },
	[Q_RUN_BEGIN] = { "INSERT INTO main.run (org_id, program, source, started) VALUES ($1, $2, $3, $4)", "run" },
	[Q_RUN_END] = { "UPDATE main.run SET ended = $2, exit = $3, counters = $4 WHERE id = $1", "run" },
	[Q_QUARANTINE_ADD] = { "INSERT INTO main.quarantine (org_id, at, reason, source, place, device, gateway, edge_key,"
			       " datapoint, ts, value, quality) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
			       "quarantine" },
	[Q_QUARANTINE_RM] = { "DELETE FROM main.quarantine WHERE id = $1", "quarantine" },
	[Q_QUARANTINE_REASON] = { "UPDATE main.quarantine SET reason = $2, quality = $3 WHERE id = $1", "quarantine" },
	[Q_QUARANTINE_UNKNOWN] = { "SELECT COUNT(*) FROM (SELECT 1 AS one FROM quarantine WHERE org_id = $1 AND source = $2 AND (reason LIKE '" REASON_DEVICE
				   "%' OR reason LIKE '" REASON_EDGE "%' OR reason LIKE '" REASON_DATAPOINT "%') LIMIT $3) q",
				   NULL },
};

/* Of the whole store, by its owner. */
static const struct sql owners_sql[] = {
	[Q_HOURS] = { "SELECT l.org_id, l.source, l.hour, CAST(SUM(l.stored + l.corrected) AS BIGINT), o.name FROM ledger l"
		      " JOIN org o ON o.id = l.org_id GROUP BY l.org_id, l.source, l.hour, o.name ORDER BY l.org_id, l.source, l.hour",
		      NULL },
	[Q_MARK] = { "SELECT COALESCE((SELECT MAX(id) FROM audit), 0) + COALESCE((SELECT MAX(id) FROM run), 0) + CAST(COALESCE((SELECT"
		     " SUM(value) FROM counter), 0) + COALESCE((SELECT SUM(stored + corrected + duplicate + conflict + rejected + quarantined"
		     " + empty) FROM ledger), 0) AS BIGINT)",
		     NULL },
};

int ledger_hours(struct db *db, int (*fn)(const struct ledger_hour *h, void *arg, struct err *e), void *arg, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(db, owners_sql + Q_HOURS, &st, e) < 0)
		return -1;
	while ((got = stmt_step(st, e)) > 0) {
		const struct ledger_hour h = { .org = stmt_int(st, 0), .hour = stmt_int(st, 2), .points = stmt_int(st, 3),
					       .source = stmt_text(st, 1), .name = stmt_text(st, 4) };

		if (fn(&h, arg, e) < 0)
			return -1;
	}
	return got;
}

int books_mark(struct db *db, int64_t *mark, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, owners_sql + Q_MARK, &st, e) < 0 || stmt_step(st, e) < 0)
		return -1;
	*mark = stmt_int(st, 0);
	return 0;
}

int books_ready(struct db *db, struct err *e)
{
	return db_ready(db, sql, COUNT(sql), e);
}

static int ledger_put(struct db *db, const struct sql *q, const struct ledger_row *r, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	const int64_t n[] = { r->stored, r->corrected, r->duplicate, r->conflict, r->rejected, r->quarantined, r->empty };

	if (db_stmt(db, q, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, db_self(db));
	stmt_bind_text(st, 2, str_of(r->source));
	stmt_bind_int(st, 3, r->device);
	stmt_bind_int(st, 4, r->hour);
	for (size_t i = 0; i < COUNT(n); i++)
		stmt_bind_int(st, 5 + (int)i, n[i]);
	stmt_bind_text(st, 12, str_of(r->reason));
	stmt_bind_text(st, 13, str_of(r->place));
	return stmt_post_row(st, 4, e);
}

int ledger_add(struct db *db, const struct ledger_row *r, struct err *e)
{
	/* A change costs half of an upsert, where its outcome is known at once. */
	if (!db_posts(db)) {
		if (ledger_put(db, sql + Q_LEDGER_MORE, r, e) < 0)
			return -1;
		if (db_changes(db))
			return 0;
	}
	return ledger_put(db, sql + Q_LEDGER_ADD, r, e);
}

int run_begin(struct db *db, const char *program, const char *source, int64_t now, int64_t *id, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + Q_RUN_BEGIN, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, db_self(db));
	stmt_bind_text(st, 2, str_of(program));
	stmt_bind_text(st, 3, str_of(source));
	stmt_bind_int(st, 4, now);
	if (stmt_run(st, e) < 0)
		return -1;
	*id = db_last_id(db);
	return 0;
}

int run_end(struct db *db, int64_t id, int64_t now, int exit, struct str counters, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + Q_RUN_END, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, id);
	stmt_bind_int(st, 2, now);
	stmt_bind_int(st, 3, exit);
	stmt_bind_text(st, 4, counters);
	return stmt_post(st, e);
}

int quarantine_add(struct db *db, const struct quarantine_row *q, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + Q_QUARANTINE_ADD, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, db_self(db));
	stmt_bind_int(st, 2, q->at);
	stmt_bind_text(st, 3, str_of(q->reason));
	stmt_bind_text(st, 4, str_of(q->source));
	stmt_bind_text(st, 5, str_of(q->place));
	stmt_bind_text(st, 6, q->device);
	stmt_bind_text(st, 7, q->gateway);
	stmt_bind_text(st, 8, q->edge_key);
	stmt_bind_text(st, 9, q->datapoint);
	stmt_bind_int(st, 10, q->ts);
	stmt_bind_text(st, 11, q->value);
	stmt_bind_text(st, 12, str_of(q->quality));
	return stmt_post_row(st, 0, e);
}

int quarantine_rm(struct db *db, int64_t id, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + Q_QUARANTINE_RM, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, id);
	return stmt_post(st, e);
}

int quarantine_still(struct db *db, const struct quarantine_row *q, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + Q_QUARANTINE_REASON, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, q->id);
	stmt_bind_text(st, 2, str_of(q->reason));
	stmt_bind_text(st, 3, str_of(q->quality));
	return stmt_post(st, e);
}

int quarantine_unknown(struct db *db, const char *source, int64_t most, int64_t *n, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + Q_QUARANTINE_UNKNOWN, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, db_self(db));
	stmt_bind_text(st, 2, str_of(source));
	stmt_bind_int(st, 3, most);
	if (stmt_step(st, e) <= 0)
		return -1;
	*n = stmt_int(st, 0);
	return 0;
}
