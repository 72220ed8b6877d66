/* SPDX-License-Identifier: MIT */
/* Following what other connections commit. */
#include <poll.h>

#include "db/backend.h"
#include "os/clock.h"

#define LOOK_MS 20   /* where only looking tells */
#define LISTEN_MS 500 /* between looks at whether to stop, should a signal come just before the wait */

int db_watch(struct db *db, const char *channel, struct err *e)
{
	if (db->writing || db->reads)
		return err_set(e, E_BUG, "db_watch() inside a transaction");
	return db->be->watch ? db->be->watch(db, channel, e) : db->be->version(db, &db->seen, e);
}

void db_notify(struct db *db, const char *channel)
{
	if (db->be->notify)
		db->be->notify(db, channel);
}

/* Something was committed since: 1, 0 not within ms, -1. */
static int wait_some(struct db *db, int ms, struct err *e)
{
	int64_t was = db->seen;

	if (db->be->wait)
		return db->be->wait(db, ms, e);
	if (db->be->version(db, &db->seen, e) < 0)
		return -1;
	if (db->seen != was)
		return 1;
	(void)poll(NULL, 0, ms);
	return 0;
}

int db_wait(struct db *db, int64_t timeout, struct err *e)
{
	const int most = db->be->wait ? LISTEN_MS : LOOK_MS;
	int64_t end = clock_monotonic() + timeout;
	int got;

	if (db->writing || db->reads)
		return err_set(e, E_BUG, "db_wait() inside a transaction");
	for (;;) {
		int64_t left = end - clock_monotonic();
		int ms = left <= 0 ? 0 : left / 1000 + 1 < most ? (int)(left / 1000 + 1) : most;

		if (db->stop_requested && db->stop_requested())
			return db->stop_error(e);
		got = wait_some(db, ms, e);
		if (got || left <= 0)
			return got;
	}
}
