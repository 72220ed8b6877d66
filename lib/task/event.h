/* SPDX-License-Identifier: MIT */
/* Events added, listed, correlated. */
#ifndef SIT_TASK_EVENT_H
#define SIT_TASK_EVENT_H

#include "base/arena.h"
#include "points/picks.h"
#include "rec/out.h"
#include "store/event.h"
#include "task/entity.h"

/* ---- which ---- */

/* Filters over fields of event_entity, and what chooses devices (names, patterns, filters over their fields). */
struct event_which {
	char **operand;
	int n;
	const char *select; /* of devices; NULL: none */
	struct time_ctx when;
	struct range range; /* of ts */
	int64_t device;	    /* 0: any */
	bool state;	    /* only of devices that go online or offline */
	int64_t upto[2];    /* ids of events and of changes of alarms up to these; 0: any */
};

/* A reader of them. */
struct event_reader {
	struct db *db;
	struct arena filters, page;
	struct select_ctx ctx;
	const struct select *select;
	char **device; /* operands that choose devices */
	int ndevice;
	struct picks picks;
	struct time_ctx when;
	struct event_ask ask;
	struct cell *rows;
	size_t n, at;
	bool end;
};

/* Get ready to read. The reader is the caller's to end with event_reader_done(), also after -1. E_USAGE, E_NOTFOUND. */
int event_reader_begin(struct event_reader *r, struct db *db, const struct event_which *w, bool alarms, struct err *e);
void event_reader_done(struct event_reader *r);
/*
 * The next row's EVENT_COLUMNS cells, in the order and behind the place of r->ask, which moves: 1, 0 none (at the moment), -1. Valid until the next call; no snapshot is
 * held between calls.
 */
int event_reader_next(struct event_reader *r, struct cell **row, struct err *e);

/* ---- use cases ---- */

/* fn gets events and changes of alarms in one order of time (-1 stops). */
int event_each(struct db *db, const struct event_which *w, int (*fn)(struct cell *row, void *arg, struct err *e), void *arg, struct err *e);
/* Fields as they are shown on this store: org when several organisations can be seen. */
void event_shown(const struct db *db, struct field out[EVENT_N]);
/* Print them; *rows counts. follow: then go on with what is written, until the process is told to stop (E_SIGNAL). */
int event_print(struct db *db, const struct event_which *w, bool follow, struct out *out, size_t *rows, struct err *e);
/* Print the one with this id; E_NOTFOUND. */
int event_show(struct db *db, int64_t id, struct out *out, struct err *e);
/*
 * Print those that have company: of devices behind one gateway, or of one asset, each at most `window` behind the one before; with the number of their group and whose
 * it is (correlate_fields). The first of a group is the first cause.
 */
extern const struct field correlate_fields[];
extern const size_t correlate_count;
int event_correlate(struct db *db, const struct event_which *w, int64_t window, struct out *out, struct err *e);

/* Something that is added by hand: terms "field=value" over event_entity, as work_assign() reads them. */
int event_put(struct work *w, char *const *term, int n, int64_t *id, struct err *e);
/* Likewise what a file lists (f->note gets each), terms as defaults. E_PARTIAL. */
int event_put_file(struct work *w, struct work_file *f, char *const *term, int n, struct err *e);

#endif
