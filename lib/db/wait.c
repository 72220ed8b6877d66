/* SPDX-License-Identifier: MIT */
/* Following what other connections commit. */
#include "db/backend.h"
#include "os/clock.h"

#define WAIT_MS 500 /* between looks at whether to stop, should a signal come just before the wait */

int db_watch(struct db *db, const char *channel, struct err *e)
{
	if (db->writing || db->reads)
		return err_set(e, E_BUG, "db_watch() inside a transaction");
	return db->be->watch(db, channel, e);
}

void db_notify(struct db *db, const char *channel)
{
	if (db->be->notify)
		db->be->notify(db, channel);
}

int db_wait(struct db *db, int64_t timeout, struct err *e)
{
	int64_t end = clock_monotonic() + timeout;
	int got;

	if (db->writing || db->reads)
		return err_set(e, E_BUG, "db_wait() inside a transaction");
	for (;;) {
		int64_t left = end - clock_monotonic();
		int ms = left <= 0 ? 0 : left / 1000 + 1 < WAIT_MS ? (int)(left / 1000 + 1) : WAIT_MS;

		if (db->stop_requested && db->stop_requested())
			return db->stop_error(e);
		got = db->be->wait(db, ms, e);
		if (got || left <= 0)
			return got;
	}
}
