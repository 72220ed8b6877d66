/* SPDX-License-Identifier: MIT */
/*
 * Being told of commits of others. Whoever writes holds the lock beside the store and closes it once the commit is to be seen, which inotify tells; what is written to the
 * WAL is told earlier, before it is. PRAGMA data_version then says whether there is anything new. Where there is no lock yet, no inotify, or a file system that does not
 * tell, only looking every few milliseconds helps.
 */
#include "db/impl.h"

#include <poll.h>
#include <sys/inotify.h>

#define LOOK_MS 20
#define UNTOLD_MOST 3 /* commits in a row that looking found and nobody told */
#define EVENTS (IN_CLOSE_WRITE | IN_CLOSE_NOWRITE | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF)
#define LOST (IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF | IN_IGNORED) /* the path may name another file by now */

/* The file at the path of the lock; one that is watched already stays so. */
static void listen(struct lite *q)
{
	if (!q->listening)
		q->listening = q->ear >= 0 && inotify_add_watch(q->ear, q->db.lock, EVENTS) >= 0;
}

/* Take all that was told; how often does not matter. */
static bool heard(struct lite *q)
{
	struct inotify_event event;
	char buf[64 * sizeof(event)]; /* of a file, not a folder: they come without names */
	bool any = false;
	ssize_t got;

	while ((got = read(q->ear, buf, sizeof(buf))) > 0)
		for (size_t at = 0; at + sizeof(event) <= (size_t)got; at += sizeof(event) + event.len) {
			memcpy(&event, buf + at, sizeof(event));
			any = true;
			if (event.mask & LOST)
				q->listening = false;
		}
	return any;
}

/* Another connection has committed something since it was asked last: 1, 0, -1. */
static int newer(struct lite *q, struct err *e)
{
	int64_t was = q->seen;
	bool trusted = q->trusted;
	int rc = SQLITE_OK;

	/* Kept: it is asked again and again. */
	q->trusted = true;
	if (!q->version)
		rc = sqlite3_prepare_v3(q->h, "PRAGMA data_version", -1, SQLITE_PREPARE_PERSISTENT, &q->version, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(q->version);
	q->trusted = trusted;
	if (rc == SQLITE_ROW)
		q->seen = sqlite3_column_int64(q->version, 0);
	else
		lite_fail(q, rc, e);
	(void)sqlite3_reset(q->version);
	return rc == SQLITE_ROW ? q->seen != was : -1;
}

int lite_watch(struct db *db, const char *channel, struct err *e)
{
	struct lite *q = lite_of(db);

	(void)channel;
	if (q->ear < 0)
		q->ear = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	listen(q);
	return newer(q, e) < 0 ? -1 : 0;
}

int lite_wait(struct db *db, int ms, struct err *e)
{
	struct lite *q = lite_of(db);
	struct pollfd p = { .fd = q->ear, .events = POLLIN };
	int got;

	/* Listen, then look, then wait: whatever is committed after the look is told. */
	listen(q);
	got = newer(q, e);
	if (got || ms <= 0)
		return got;
	if ((!q->listening || q->untold >= UNTOLD_MOST) && ms > LOOK_MS)
		ms = LOOK_MS;
	got = poll(&p, p.fd >= 0, ms);
	if (got < 0 && errno != EINTR)
		return err_errno(e, errno, db->path);
	if (got > 0 && heard(q))
		q->untold = 0;
	else
		got = 0;
	switch (newer(q, e)) {
	case 0:
		return 0;
	case 1:
		q->untold += q->listening && got == 0;
		return 1;
	default:
		return -1;
	}
}
