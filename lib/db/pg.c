/* SPDX-License-Identifier: MIT */
/* Postgres: transactions, the table of the backend. */
#include "db/pg_impl.h"

#include <poll.h>

static void traced(const struct pg *q, const char *text)
{
	if (q->db.trace)
		q->db.trace(text, q->db.trace_arg);
}

static bool went_well(const PGresult *r)
{
	ExecStatusType s = PQresultStatus(r);

	return s == PGRES_COMMAND_OK || s == PGRES_TUPLES_OK || s == PGRES_EMPTY_QUERY;
}

int pg_exec(struct pg *q, const char *text, struct err *e)
{
	PGresult *r;
	int rc;

	if (pg_settle(q, e) < 0)
		return -1;
	r = PQexec(q->c, text);
	rc = went_well(r) ? 0 : pg_fail(q, r, e);
	PQclear(r);
	return rc;
}

int pg_ask(struct pg *q, const char *text, struct sb *sb, struct err *e)
{
	PGresult *r;
	int rc = -1;

	if (pg_settle(q, e) < 0)
		return -1;
	r = PQexec(q->c, text);
	if (!went_well(r)) {
		pg_fail(q, r, e);
	} else {
		rc = PQntuples(r) > 0 && !PQgetisnull(r, 0, 0);
		if (rc && sb && sb_adds(sb, PQgetvalue(r, 0, 0)) < 0)
			rc = err_nomem(e);
	}
	PQclear(r);
	return rc;
}

static int pg_exec_db(struct db *db, const char *text, struct err *e)
{
	traced(pg_of(db), text);
	return pg_exec(pg_of(db), text, e);
}

/* Whoever waits for another writer can be told to stop. */
static int await(struct pg *q, struct err *e)
{
	struct pollfd p = { .fd = PQsocket(q->c), .events = POLLIN };

	while (PQisBusy(q->c)) {
		if (poll(&p, 1, -1) < 0) {
			char why[256];
			PGcancel *c;

			if (errno != EINTR)
				return err_errno(e, errno, q->db.path);
			if (!q->db.stop_requested || !q->db.stop_requested())
				continue;
			c = PQgetCancel(q->c);
			(void)(c && PQcancel(c, why, sizeof(why)));
			PQfreeCancel(c);
			return q->db.stop_error(e);
		}
		if (!PQconsumeInput(q->c))
			return pg_fail(q, NULL, e);
	}
	return 0;
}

/* Several statements of which the last may have to wait. */
static int exec_waiting(struct pg *q, const char *text, struct err *e)
{
	int rc = 0;
	PGresult *r;

	if (pg_settle(q, e) < 0)
		return -1;
	traced(q, text);
	if (!PQsendQuery(q->c, text))
		return pg_fail(q, NULL, e);
	rc = await(q, e);
	while ((r = PQgetResult(q->c))) {
		if (rc == 0 && !went_well(r))
			rc = pg_fail(q, r, e);
		PQclear(r);
		if (rc == 0)
			rc = await(q, e);
	}
	return rc;
}

/* The transaction of listings whose rows have all been taken. */
static int end_own(struct pg *q, struct err *e)
{
	q->own = false;
	return q->db.be->commit(&q->db, e);
}

/*
 * A writer reads what is committed at each statement: it has its turn first, so nobody else of ours writes meanwhile. (A snapshot for the whole
 * transaction would be older than the turn, and fail at what the one before has written.) A reader has one snapshot, that of a listing which is
 * being read if there is one. A connection that turns out to be gone is made anew: nothing was done on it yet.
 */
static int pg_begin(struct db *db, bool write, struct err *e)
{
	struct pg *q = pg_of(db);
	AUTO(sb_done) struct sb text = SB_INIT((size_t)1 << 26);
	const char *setup;

	if (q->own && write && (pg_cursors_take(q, e) < 0 || end_own(q, e) < 0))
		return -1;
	if (q->own) {
		q->joined = true;
		return 0;
	}
	if (pg_setup(q, &setup, e) < 0 || (write && pg_batch_new(q, e) < 0))
		return -1;
	sb_addf(&text, "%s; %s", write ? "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
		setup);
	if (write)
		sb_adds(&text,
			"; SELECT pg_catalog.set_config('synchronous_commit', 'on', true)"
			" WHERE pg_catalog.current_setting('synchronous_commit') IN ('off', 'local')"
			"; SELECT pg_catalog.pg_advisory_xact_lock(" DB_WRITERS ")");
	if (text.bad)
		return err_nomem(e);
	q->state[0] = '\0';
	q->doubt = false;
	while (exec_waiting(q, sb_cstr(&text), e) < 0) {
		db->be->rollback(db);
		if (strcmp(q->state, "0A000") == 0) /* READ WRITE is no feature of a standby */
			return err_set(e, E_IO, "%s: is read-only", db->path);
		if (!pg_again(q, e))
			return -1;
	}
	q->begun = true;
	q->write = write;
	return 0;
}

/* Who listens hears of the commit with it. */
static bool tell(const struct pg *q)
{
	char text[96];

	for (size_t i = 0; i < COUNT(q->told) && q->told[i]; i++) {
		(void)snprintf(text, sizeof(text), "NOTIFY sit_%s", q->told[i]);
		if (!PQsendQueryParams(q->c, text, 0, NULL, NULL, NULL, NULL, 0))
			return false;
	}
	return true;
}

/* With what is on its way, in one round trip. */
static int send_commit(struct pg *q, struct err *e)
{
	PGresult *r;
	bool sent;
	int rc;

	if (q->write) {
		sent = pg_pipe_begin(q, e) == 0 && pg_batch_send(q);
		q->doubt = sent;
		sent = sent && tell(q);
		sent = sent && PQsendQueryParams(q->c, "COMMIT", 0, NULL, NULL, NULL, NULL, 0);
		rc = pg_pipe_end(q, sent, &r, e);
	} else {
		if (pg_settle(q, e) < 0)
			return -1;
		r = PQexec(q->c, "COMMIT");
		rc = went_well(r) ? 0 : pg_fail(q, r, e);
	}
	if (rc == 0 && strcmp(PQcmdStatus(r), "COMMIT") != 0)
		rc = err_set(e, E_IO, "%s: the transaction was lost", q->db.path);
	PQclear(r);
	return rc;
}

static int pg_commit(struct db *db, struct err *e)
{
	struct pg *q = pg_of(db);
	int rc;

	if (q->joined) {
		q->joined = false;
		pg_cursor_over(q);
		return 0;
	}
	if (PQtransactionStatus(q->c) == PQTRANS_INERROR) {
		db->be->rollback(db);
		return err_set(e, E_IO, "%s: the transaction was lost: a statement in it had failed", db->path);
	}
	if (pg_cursors_take(q, e) < 0)
		return -1;
	traced(q, "COMMIT");
	rc = send_commit(q, e);
	memset(q->told, 0, sizeof(q->told));
	if (rc == 0 || pg_failure(db) != DB_GONE)
		q->doubt = false;
	q->begun = rc < 0 && PQstatus(q->c) == CONNECTION_OK && PQtransactionStatus(q->c) != PQTRANS_IDLE;
	return rc;
}

static void pg_rollback(struct db *db)
{
	struct err ignored = { 0 };
	struct pg *q = pg_of(db);
	PGTransactionStatusType s;

	if (q->joined) {
		q->joined = false;
		pg_cursor_over(q);
		return;
	}
	memset(q->told, 0, sizeof(q->told));
	pg_cursors_lost(q);
	pg_rows_drop(q);
	(void)pg_settle(q, &ignored);
	s = PQtransactionStatus(q->c);
	q->begun = false;
	if (s == PQTRANS_INTRANS || s == PQTRANS_INERROR)
		(void)pg_exec_db(db, "ROLLBACK", &ignored);
}

/* Also in one that a failed statement has broken: a savepoint mends it. */
static bool pg_in_transaction(const struct db *db)
{
	PGTransactionStatusType s = PQtransactionStatus(pg_of_const(db)->c);

	return pg_of_const(db)->pending || s == PQTRANS_INTRANS || s == PQTRANS_INERROR;
}

static int64_t pg_changes(const struct db *db)
{
	return pg_of_const(db)->changes;
}

static int64_t pg_last_id(struct db *db)
{
	AUTO(sb_done) struct sb sb = SB_INIT(32);
	struct err ignored = { 0 };

	if (pg_ask(pg_of(db), "SELECT pg_catalog.lastval()", &sb, &ignored) <= 0)
		return 0;
	return (int64_t)strtoll(sb_cstr(&sb), NULL, 10);
}

static bool pg_owner(const struct db *db)
{
	return pg_of_const(db)->owner;
}

/* Row-level security needs no preparation. */
static int pg_ready(struct db *db, const char *text, const char *writes, struct err *e)
{
	(void)db;
	(void)text;
	(void)writes;
	(void)e;
	return 0;
}

static void pg_trace(struct db *db)
{
	(void)db; /* it is asked for at every statement */
}

static int pg_settle_db(struct db *db, struct err *e)
{
	return pg_settle(pg_of(db), e);
}

/*
 * Locks of the session, since the work lies between transactions. Behind a pooler there are none: the same work is then done twice now and then, and the second
 * of it is thrown away.
 */
static int pg_part_take(struct db *db, int64_t part, bool wait, int *held, struct err *e)
{
	struct pg *q = pg_of(db);
	int key = (int)(part % INT_MAX), got = 1;
	char text[96];

	if (q->pooled) {
		*held = -1;
		return 1;
	}
	if (wait) {
		(void)snprintf(text, sizeof(text), "SELECT pg_catalog.pg_advisory_lock(" DB_WRITERS ", %d)", key);
		got = exec_waiting(q, text, e) < 0 ? -1 : 1;
	} else {
		(void)snprintf(text, sizeof(text), "SELECT 1 WHERE pg_catalog.pg_try_advisory_lock(" DB_WRITERS ", %d)", key);
		got = pg_ask(q, text, NULL, e);
	}
	*held = got > 0 ? key : -1;
	return got;
}

static void pg_part_drop(struct db *db, int held)
{
	struct err ignored = { 0 };
	char text[96];

	(void)snprintf(text, sizeof(text), "SELECT pg_catalog.pg_advisory_unlock(" DB_WRITERS ", %d)", held);
	(void)pg_ask(pg_of(db), text, NULL, &ignored);
}

/* The server gives pages back by itself. */
static int pg_shrink(struct db *db, int64_t pages, struct err *e)
{
	(void)db;
	(void)pages;
	(void)e;
	return 0;
}

/* Its log is its own too; what was deleted is made free for reuse, in tables that the login may do it to. */
static int pg_checkpoint(struct db *db, bool *done, struct err *e)
{
	*done = true;
	return pg_exec_db(db, "VACUUM (ANALYZE)", e);
}

static const char *const words[][2] = {
	{ "STRICT, WITHOUT ROWID", "" },
	{ "WITHOUT ROWID", "" },
	{ "STRICT", "" },
	{ "INTEGER", "BIGINT" },
	{ "REAL", "DOUBLE PRECISION" },
	{ "ANY", "DOUBLE PRECISION" },
	{ "TEXT", "TEXT COLLATE \"C\"" },
	{ NULL, NULL },
};

extern const struct db_backend sit_db_plugin;

__attribute__((visibility("default"))) const struct db_backend sit_db_plugin = {
	.abi = DB_ABI,
	.name = "postgres",
	.id = "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
	.blob = "BYTEA",
	.json = "TEXT COLLATE \"C\"",
	.words = words,
	.months = true,
	.open = pg_open,
	.close = pg_close,
	.discard = pg_discard,
	.exec = pg_exec_db,
	.begin = pg_begin,
	.commit = pg_commit,
	.rollback = pg_rollback,
	.in_transaction = pg_in_transaction,
	.settle = pg_settle_db,
	.failure = pg_failure,
	.mend = pg_mend,
	.secure = pg_secure,
	.owner = pg_owner,
	.scope = pg_scope,
	.ready = pg_ready,
	.prepare = pg_prepare,
	.free = pg_stmt_free,
	.reset = pg_reset,
	.bind = pg_bind,
	.bind_blob = pg_bind_blob,
	.step = pg_step,
	.post = pg_post,
	.post_row = pg_post_row,
	.stream = pg_stream,
	.columns = pg_columns,
	.column_name = pg_column_name,
	.is_null = pg_is_null,
	.get_int = pg_get_int,
	.get_real = pg_get_real,
	.get_text = pg_get_text,
	.get_blob = pg_get_blob,
	.get_cell = pg_get_cell,
	.changes = pg_changes,
	.last_id = pg_last_id,
	.foreign = pg_foreign,
	.check = pg_check,
	.size = pg_size,
	.part_take = pg_part_take,
	.part_drop = pg_part_drop,
	.shrink = pg_shrink,
	.checkpoint = pg_checkpoint,
	.trace = pg_trace,
	.watch = pg_watch,
	.notify = pg_notify,
	.wait = pg_wait,
	.catalogue = pg_catalogue,
	.unbind = pg_unbind,
	.bind_again = pg_bind_again,
	.counters = pg_counters,
	.snapshot = pg_snapshot,
	.adopt = pg_adopt,
	.elsewhere = pg_elsewhere,
	.server_may = pg_server_may,
	.server_put = pg_server_put,
};
