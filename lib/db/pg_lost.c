/* SPDX-License-Identifier: MIT */
/*
 * When the server goes away, or gives way to another's transaction. Each transaction of db_write() leaves a number of its own in the table `batch`, so that
 * whether a COMMIT whose reply was lost has happened can be looked up afterwards.
 */
#include "db/pg_impl.h"

#include <poll.h>
#include <sys/random.h>
#include <time.h>

#define AWAY_MOST_MS 30000 /* how long a server may take to come back */
#define KEPT_SECONDS "172800" /* of numbers in `batch` */

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool gone(const struct pg *q)
{
	/* A connection that was told to go is not always closed yet. */
	return PQstatus(q->c) != CONNECTION_OK || strncmp(q->state, "57P", 3) == 0 || strncmp(q->state, "08", 2) == 0;
}

enum db_failure pg_failure(const struct db *db)
{
	const struct pg *q = pg_of_const(db);

	if (gone(q))
		return DB_GONE;
	if (strcmp(q->state, PG_APART) == 0)
		return DB_APART;
	return strcmp(q->state, "40001") == 0 || strcmp(q->state, "40P01") == 0 ? DB_GIVE_WAY : DB_FAILED;
}

/* Told to stop meanwhile: -1. */
static int rest(struct pg *q, int ms, struct err *e)
{
	(void)poll(NULL, 0, ms);
	return q->db.stop_requested && q->db.stop_requested() ? q->db.stop_error(e) : 0;
}

int pg_reconnect(struct pg *q, struct err *e)
{
	int64_t until = now_ms() + AWAY_MOST_MS;
	struct err late = { 0 };
	int wait = 20;

	pg_cursors_lost(q);
	pg_rows_drop(q);
	q->begun = false;
	q->pending = 0;
	q->session++;
	for (;;) {
		PQreset(q->c);
		if (PQstatus(q->c) == CONNECTION_OK && pg_connected(q, &late) == 0)
			break;
		if (now_ms() >= until)
			return pg_fail(q, NULL, e);
		if (rest(q, wait, e) < 0)
			return -1;
		wait = wait < 500 ? wait * 2 : wait;
	}
	q->state[0] = '\0';
	return 0;
}

bool pg_again(struct pg *q, struct err *e)
{
	struct err late = { 0 };

	if (q->begun || !gone(q))
		return false;
	if (pg_reconnect(q, &late) < 0) {
		if (late.code == E_SIGNAL)
			*e = late;
		return false;
	}
	err_clear(e);
	return true;
}

/* ---- the number of a transaction ---- */

int pg_batch_new(struct pg *q, struct err *e)
{
	unsigned char bytes[sizeof(q->batch) / 2];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return err_errno(e, errno, "random numbers");
	for (size_t i = 0; i < sizeof(bytes); i++)
		(void)snprintf(q->batch + 2 * i, 3, "%02x", bytes[i]);
	return 0;
}

/*
 * A transaction that wrote nothing has no number of the server's, and leaves none of its own: should the answer to its COMMIT be lost, it is done again, and
 * writes nothing again. Old numbers go with one of some 256, which a program that runs for months sees as well as one that writes once.
 */
bool pg_batch_send(struct pg *q)
{
#define WROTE "pg_catalog.pg_current_xact_id_if_assigned() IS NOT NULL"
	static const char add[] = "INSERT INTO main.batch (id, at) SELECT $1, EXTRACT(EPOCH FROM pg_catalog.now())::bigint * 1000000 WHERE " WROTE;
	static const char prune[] =
		"DELETE FROM main.batch WHERE " WROTE " AND at < (EXTRACT(EPOCH FROM pg_catalog.now())::bigint - " KEPT_SECONDS ") * 1000000";
	const char *id = q->batch;

	if (!q->batches)
		return true;
	if (!PQsendQueryParams(q->c, add, 1, NULL, &id, NULL, NULL, 1))
		return false;
	return strncmp(id, "00", 2) != 0 || PQsendQueryParams(q->c, prune, 0, NULL, NULL, NULL, NULL, 1);
}

/* Takes the turn to write first: when it has it, the transaction in question is over, one way or the other. */
static int look_up(struct pg *q, bool *stored, struct err *e)
{
	char text[sizeof(q->batch) + 64];
	int got = -1;

	(void)snprintf(text, sizeof(text), "SELECT 1 FROM main.batch WHERE id = '%s'", q->batch);
	if (q->db.be->begin(&q->db, true, e) == 0)
		got = pg_ask(q, text, NULL, e);
	q->db.be->rollback(&q->db);
	*stored = got > 0;
	return got < 0 ? -1 : 0;
}

int pg_mend(struct db *db, bool *stored, struct err *e)
{
	struct pg *q = pg_of(db);
	char batch[sizeof(q->batch)];
	bool doubt = q->doubt;
	int tries = 3;

	*stored = false;
	if (!gone(q))
		return 0;
	memcpy(batch, q->batch, sizeof(batch));
	while (tries-- > 0) {
		err_clear(e);
		if (pg_reconnect(q, e) < 0)
			break;
		if (!doubt)
			return 0;
		if (!q->batches) {
			err_set(e, E_IO, "%s: the connection was lost", db->path);
			break;
		}
		memcpy(q->batch, batch, sizeof(batch));
		if (look_up(q, stored, e) == 0)
			return 0;
		if (!gone(q))
			break;
	}
	return doubt ? err_wrap(e, "whether the last transaction was stored is not known") : -1;
}
