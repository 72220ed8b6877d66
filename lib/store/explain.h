/* SPDX-License-Identifier: MIT */
/*
 * What books, quarantine, trail and states know about one device. The functions with `out` give a statement whose columns are named here in order; step it,
 * free it with stmt_free(). Instants are microseconds; an organisation that cannot be seen has no rows.
 */
#ifndef SIT_STORE_EXPLAIN_H
#define SIT_STORE_EXPLAIN_H

#include "db/db.h"

/* Outside of transactions, before any of these. */
int explain_ready(struct db *db, struct err *e);
/* org_id, org name, name, key, edge_key, gateway_id, gateway's name, its key, enabled, created, retired: of one device, retired or not. */
int explain_device(struct db *db, int64_t id, struct stmt **out, struct err *e);
/* The device of that name that was retired last: 1, 0 none, -1. */
int explain_retired(struct db *db, int64_t org, struct str name, int64_t *id, struct err *e);
/* name: of the living devices of an organisation (10,000 at most). */
int explain_names(struct db *db, int64_t org, struct stmt **out, struct err *e);
/* name: of the datapoints that a device and a model (0: none) define. */
int explain_datapoints(struct db *db, int64_t device, int64_t model, struct stmt **out, struct err *e);
/* org_id, org name, device, gateway, edge_key, datapoint, reason, n, first and last arrival, id of one, time is after arrival, place: held points that arrived or are of the time [from, to). */
int explain_waiting(struct db *db, int64_t from, int64_t to, struct stmt **out, struct err *e);
/* The source after `source` ("" first) in the organisation's ledger, replacing it: 1, 0, -1. */
int explain_source(struct db *db, int64_t org, struct sb *source, struct err *e);
/* hour, stored and corrected, rejected, all, reason, place: of one source and device before `to`, newest first. */
int explain_ledger(struct db *db, int64_t org, struct str source, int64_t device, int64_t to, struct stmt **out, struct err *e);
/* id, program, started, ended, exit, counters: the last run of the source that had begun before `to`. */
int explain_run(struct db *db, int64_t org, struct str source, int64_t to, struct stmt **out, struct err *e);
/* id, at, actor, verb, new: rows of the trail about the device, newest first (200 at most). */
int explain_trail(struct db *db, int64_t org, struct str name, struct stmt **out, struct err *e);
/* org name, last heard of: devices of that name in other organisations that were heard of since. */
int explain_twins(struct db *db, int64_t org, struct str name, int64_t since, struct stmt **out, struct err *e);
/* Before this nothing of the series exists: 1, 0 no floor, -1. */
int explain_floor(struct db *db, int64_t series, int64_t *floor, struct err *e);
/* The last restore: 1, 0 never, -1. */
int explain_epoch(struct db *db, int64_t *number, int64_t *taken, int64_t *started, struct err *e);

#endif
