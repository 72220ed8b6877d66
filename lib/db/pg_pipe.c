/* SPDX-License-Identifier: MIT */
/*
 * The pipeline of a connection. A statement that is waited for goes with its sync in one round trip; outside a transaction what sets the scope goes
 * before it. Statements that nobody waits for are only sent: their results are taken with those of the next one that somebody does.
 */
#include "db/pg_impl.h"

#define PENDING_MOST 1024 /* results that the server may hold back for us */
#define PENDING_FLUSH 32  /* commands after which it is given something to do */

int pg_pipe_begin(struct pg *q, struct err *e)
{
	const char *setup;

	if (PQstatus(q->c) != CONNECTION_OK)
		return pg_fail(q, NULL, e);
	if (pg_rows_send(q, e) < 0)
		return -1;
	/* In a transaction that had an error the server says so itself, which is clearer than a failed setup. */
	if (!q->begun && pg_setup(q, &setup, e) < 0)
		return -1;
	if (!PQenterPipelineMode(q->c))
		return pg_fail(q, NULL, e);
	if (!q->begun && !PQsendQueryParams(q->c, setup, 0, NULL, NULL, NULL, NULL, 0))
		return pg_fail(q, NULL, e);
	if (!q->begun && q->db.mode == DB_READ &&
	    !PQsendQueryParams(q->c, "SELECT pg_catalog.set_config('transaction_read_only', 'on', true)", 0, NULL, NULL, NULL, NULL, 0))
		return pg_fail(q, NULL, e);
	return 0;
}

/* Of several failures the first counts, those after it were only not run. */
int pg_pipe_end(struct pg *q, bool sent, PGresult **last, struct err *e)
{
	bool synced = false;
	int rc = 0, nothing = 0;

	*last = NULL;
	if (!sent || !PQpipelineSync(q->c))
		rc = pg_fail(q, NULL, e);
	while (rc == 0 || PQstatus(q->c) == CONNECTION_OK) {
		PGresult *r = PQgetResult(q->c);
		ExecStatusType s = PQresultStatus(r);

		if (!r) {
			/* One after each command; two at once: nothing more will come. */
			if (nothing++)
				break;
			continue;
		}
		nothing = 0;
		if (s == PGRES_PIPELINE_SYNC) {
			synced = true;
			PQclear(r);
			break;
		}
		if (rc == 0 && s != PGRES_COMMAND_OK && s != PGRES_TUPLES_OK && s != PGRES_EMPTY_QUERY)
			rc = pg_fail(q, r, e);
		PQclear(*last);
		*last = r;
	}
	if (rc == 0 && !synced)
		rc = pg_fail(q, NULL, e);
	(void)PQexitPipelineMode(q->c);
	q->pending = 0;
	if (rc < 0) {
		q->failures++;
		PQclear(*last);
		*last = NULL;
	}
	return rc;
}

int pg_settle(struct pg *q, struct err *e)
{
	PGresult *last;
	int rc;

	if (pg_rows_send(q, e) < 0)
		return -1;
	if (!q->pending)
		return 0;
	rc = pg_pipe_end(q, true, &last, e);
	PQclear(last);
	return rc;
}

int pg_pended(struct pg *q, struct err *e)
{
	if (++q->pending >= PENDING_MOST)
		return pg_settle(q, e);
	if (q->pending % PENDING_FLUSH == 0 && PQflush(q->c) < 0)
		return pg_fail(q, NULL, e);
	return 0;
}

/* Text of ours, sent and not waited for. */
int pg_post_text(struct pg *q, const char *text, struct err *e)
{
	if (pg_rows_send(q, e) < 0)
		return -1;
	if (!PQenterPipelineMode(q->c) || !PQsendQueryParams(q->c, text, 0, NULL, NULL, NULL, NULL, 1))
		return pg_fail(q, NULL, e);
	return pg_pended(q, e);
}
