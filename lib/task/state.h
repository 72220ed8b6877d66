/* SPDX-License-Identifier: MIT */
/* Inside of the write path: what arriving points say of their devices and gateways, written in the transaction of the points. */
#ifndef SIT_TASK_STATE_H
#define SIT_TASK_STATE_H

#include "base/arena.h"
#include "base/map.h"
#include "db/db.h"
#include "model/state.h"
#include "store/definition.h"

/* A device as it is heard of in this run. */
struct told {
	int64_t device;
	struct hearing how;
	struct heard heard; /* since its row was written last */
	int64_t written;    /* monotonic; 0: not in this run */
	int64_t shown;	    /* when its row says that it was seen, if this run has said so; STATE_NONE */
	struct told *next;  /* of those with something to write */
	bool waiting;	    /* it is one of them */
	bool sent;	    /* it is written by the transaction at hand */
	bool away;	    /* it was said to be gone: what is heard next is written at once */
};

/* All of a run; kept while names are looked up anew. */
struct tellings {
	struct arena arena;
	struct map by_id; /* id of the device → index in v */
	struct told **v;
	size_t n, cap;
	struct told *waiting;
	bool live, clock; /* of the source */
};

/* Nothing heard of; live and clock as in struct hearing. */
void tellings_begin(struct tellings *t, bool live, bool clock);
void tellings_done(struct tellings *t);
/* Where to note what is heard of the device; NULL when out of memory (e). */
struct told *tellings_of(struct tellings *t, const struct device_ref *d, struct err *e);
/* Inside db_write(): write the rows whose turn it is, or all that wait. */
int tellings_write(struct tellings *t, struct db *db, int64_t now, bool all, struct err *e);
/* That transaction is over: what it has written need not be written again, if it was committed. */
void tellings_written(struct tellings *t, bool committed);

/* There is something to write about the device. */
static inline void told_wait(struct tellings *t, struct told *d)
{
	if (d->waiting)
		return;
	d->waiting = true;
	d->next = t->waiting;
	t->waiting = d;
}

/* A point of the device arrived: taken or refused. Once a point: cheap. */
static inline void told_heard(struct tellings *t, struct told *d, int64_t ts, int64_t now)
{
	if (d && heard_note(&d->heard, &d->how, ts, now))
		told_wait(t, d);
}

/* A point of a device behind this gateway came through it. Whose clock its time is read from is not known. */
static inline void told_through(struct tellings *t, struct told *gateway, int64_t ts, int64_t now)
{
	struct hearing how = { .clock = false };

	if (!gateway)
		return;
	how.offline_after = gateway->how.offline_after;
	how.live = gateway->how.live;
	if (heard_note(&gateway->heard, &how, ts, now))
		told_wait(t, gateway);
}

/* The device was said to be gone (its last will): nobody has to wait for its silence. */
static inline void told_gone(struct tellings *t, struct told *d, int64_t now)
{
	if (!d)
		return;
	d->heard.gone = now;
	d->away = true;
	told_wait(t, d);
}

/* A point of the device is stored. */
static inline void told_stored(struct tellings *t, struct told *d, int64_t ts)
{
	if (!d || ts <= d->heard.telemetry)
		return;
	d->heard.telemetry = ts;
	told_wait(t, d);
}

#endif
