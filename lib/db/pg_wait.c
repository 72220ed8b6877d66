/* SPDX-License-Identifier: MIT */
/* Being told of commits of others: NOTIFY goes with a commit, LISTEN belongs to the session. */
#include "db/pg_impl.h"

#include <poll.h>

int pg_watch(struct db *db, const char *channel, struct err *e)
{
	char text[96];

	(void)snprintf(text, sizeof(text), "LISTEN sit_%s", channel);
	return pg_exec(pg_of(db), text, e);
}

void pg_notify(struct db *db, const char *channel)
{
	struct pg *q = pg_of(db);

	for (size_t i = 0; i < COUNT(q->told); i++) {
		if (q->told[i] && strcmp(q->told[i], channel) != 0)
			continue;
		q->told[i] = channel;
		return;
	}
}

/* One by another session is there; all are taken. */
static bool heard(struct pg *q)
{
	PGnotify *n;
	bool any = false;

	while ((n = PQnotifies(q->c))) {
		any |= n->be_pid != PQbackendPID(q->c);
		PQfreemem(n);
	}
	return any;
}

int pg_wait(struct db *db, int ms, struct err *e)
{
	struct pg *q = pg_of(db);
	struct pollfd p = { .events = POLLIN };

	if (pg_settle(q, e) < 0)
		return -1;
	if (!PQconsumeInput(q->c))
		return pg_fail(q, NULL, e);
	if (heard(q))
		return 1;
	p.fd = PQsocket(q->c);
	if (poll(&p, 1, ms) < 0 && errno != EINTR)
		return err_errno(e, errno, db->path);
	if (!PQconsumeInput(q->c))
		return pg_fail(q, NULL, e);
	return heard(q);
}
