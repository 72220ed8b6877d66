/* SPDX-License-Identifier: MIT */
/*
 * What is known of devices from hearing of them: rows of device_state, and the sweep that finds the silent ones. Each change from online to offline and back is an event, in
 * the same transaction.
 */
#ifndef SIT_STORE_STATE_H
#define SIT_STORE_STATE_H

#include "db/db.h"
#include "model/state.h"

/* Outside of transactions, before any of these. */
int state_ready(struct db *db, struct err *e);
/* The state of a living or retired device: 1, 0 no such device, -1. One that was never heard of is there with STATE_NONE. */
int state_read(struct db *db, int64_t device, struct device_state *s, struct err *e);
/*
 * Inside db_write(): add what was heard. Times go forward only (but a last_seen more than STATE_AHEAD_MAX ahead of what was seen now is an
 * error of our clock, and goes, unless it is now that our clock is wrong: earlier than the device was added). The device becomes online when it was seen within offline_after of now.
 */
int state_write(struct db *db, int64_t device, const struct heard *h, int64_t offline_after, int64_t now, struct err *e);
/* Inside db_write(): the device, if it is online, becomes offline since `at`. */
int state_gone(struct db *db, int64_t device, int64_t at, struct err *e);
/*
 * Inside db_write(): devices of the organisation written to (the owner: of all) that were online and have been silent for longer than their
 * offline_after become offline; *n of them. Only rows that are old enough for the shortest offline_after of any device are looked at.
 */
int state_sweep(struct db *db, int64_t now, int64_t *n, struct err *e);
/*
 * The datapoints that a device must have values of to be complete, its own word before its model's: fn gets each name (-1 stops).
 */
int state_required(struct db *db, int64_t device, int (*fn)(struct str name, void *arg, struct err *e), void *arg, struct err *e);

#endif
