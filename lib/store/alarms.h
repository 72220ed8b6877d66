/* SPDX-License-Identifier: MIT */
/* Alarms and what happened to them, read by filters. (How they come to be is store/alarm.h.) */
#ifndef SIT_STORE_ALARMS_H
#define SIT_STORE_ALARMS_H

#include "db/db.h"
#include "model/alarm.h"
#include "model/select.h"

/* Before db_write(), and before any of these. */
int alarms_ready(struct db *db, struct err *e);
/*
 * Alarms that fit (select NULL: all), id > after, at most limit, in order of id; columns are alarm_fields, duration NULL. Devices of another organisation come as
 * ORG/NAME. The caller frees the statement; the selector's values must live as long.
 */
int alarms_select(struct db *db, const struct select_ctx *ctx, const struct select *select, int64_t after, int64_t limit, struct stmt **out, struct err *e);
/* What happened to those that fit, by its own id likewise; columns are alarm_change_fields. */
int alarm_changes_select(struct db *db, const struct select_ctx *ctx, const struct select *select, int64_t after, int64_t limit, struct stmt **out,
			 struct err *e);
/* Those that fit in order of when they were raised: columns rule, device, severity, site, organisation, raised, acked, cleared, flaps, state. */
int alarms_in_order(struct db *db, const struct select_ctx *ctx, const struct select *select, struct stmt **out, struct err *e);

/* Where an alarm is. */
struct alarm_place {
	int64_t org, device, rule, site; /* site 0: none */
	int64_t raised, cleared; /* cleared: of one that is not open */
	bool open, acked, shelved;
};
/* E_NOTFOUND when there is none. */
int alarm_place(struct db *db, int64_t id, struct alarm_place *out, struct err *e);
/* Inside db_write(): whose it is to see to (ptr NULL: nobody's). */
int alarm_assign(struct db *db, int64_t id, struct str user, struct err *e);
/* Inside db_write(): a person says something about it: a change that nobody is told of, with the alarm's severity, value and message. */
int alarm_said(struct db *db, int64_t id, const char *change, int64_t at, struct str who, struct str note, struct err *e);

/* An alarm that is there, for who asks whether a silence is about it; texts are valid until fn returns. */
struct alarm_open {
	int64_t id, device;
	struct str rule, severity, datapoint;
	bool suppressed, shelved;
};
/* Those of the organisation written to: all, or those that are suppressed. fn does not write. */
int alarms_open(struct db *db, bool all, int (*fn)(const struct alarm_open *a, void *arg, struct err *e), void *arg, struct err *e);
/* Inside db_write(): a silence begins to keep it quiet (nobody is told), or none does any more (they are, unless quiet). */
int alarm_suppress(struct db *db, int64_t id, bool on, bool quiet, int64_t at, struct err *e);

#endif
