/* SPDX-License-Identifier: MIT */
/* The outbox: what happened and nobody was told of yet, and the notices made of it. All work is in the organisation of the connection. */
#ifndef SIT_STORE_NOTICE_H
#define SIT_STORE_NOTICE_H

#include "base/arena.h"
#include "db/db.h"
#include "model/notify.h"
#include "model/select.h"

/* Before db_write(). */
int notice_ready(struct db *db, struct err *e);

/* ---- what happened (happening.c) ---- */

/* Before db_write(); notice_ready() does it. */
int happening_ready(struct db *db, struct err *e);

/* A change of an alarm, or an event. Texts that there are not have ptr NULL. */
struct happening {
	bool event;
	int64_t id, ts, at; /* at: when it was written, by our clock */
	int64_t alarm, number, rule_id, device, gateway, site; /* ids, number of the alarm on its device and rule; 0: none */
	struct str kind, change, severity, value, threshold, message, rule, title, datapoint, device_name, gateway_name, site_name, org;
};
/* The oldest changes, or events, that nobody was told of, at most `limit`; in a. */
int happening_untold(struct db *db, bool events, int64_t limit, struct arena *a, struct happening **out, size_t *n, struct err *e);
/* Inside db_write(): it is told. *ours is false when another process was faster. */
int happening_told(struct db *db, const struct happening *h, int64_t now, bool *ours, struct err *e);
/* The severity that the alarm had before that change of it, as a number; -1: nobody was to be told that it was there. */
int happening_before(struct db *db, const struct happening *h, int *severity, struct err *e);
/* Inside db_write(), on an unscoped connection: nobody is told any more of what happened in the organisation so far. */
int happening_past(struct db *db, int64_t org, int64_t now, struct err *e);
/* Of the n devices with these ids (sorted), those that the selector means: hit[i]. */
int happening_devices(struct db *db, const struct select_ctx *ctx, const struct select *s, const int64_t *ids, size_t n, bool *hit, struct err *e);

/* ---- notices ---- */

struct notice {
	int64_t id, channel, route, device, alarm, created, due, lease, again; /* again: told again after so long; 0: no */
	int tries, most; /* given up after most tries; 0: after as many as the channel says */
	enum notice_state state;
	struct str to, key, token, kind, severity, bucket, record, answer;
};
/* Inside db_write(): *id gets its number, 0 when there is one of the same key already. */
int notice_add(struct db *db, const struct notice *n, int64_t *id, struct err *e);
/* Inside db_write(): what goes with it. */
int notice_attach(struct db *db, int64_t notice, struct str name, struct str data, struct err *e);
/* A notice of what happened to the alarm went the route: 1, 0, -1. */
int notice_told(struct db *db, int64_t route, int64_t alarm, struct err *e);
/* The alarm was escalated to the channel: 1, 0, -1. */
int notice_escalated(struct db *db, int64_t alarm, int64_t channel, struct err *e);
/* Channels that something is due for at that time: at most `most` ids; *next is when the next one of all is (INT64_MAX: none). */
int notice_due(struct db *db, int64_t now, int64_t *channel, size_t most, size_t *n, int64_t *next, struct err *e);
/* On an unscoped connection: organisations that something happened in and nobody was told of, or that something is due in; when something is due in any. */
int notice_orgs(struct db *db, int64_t now, int (*fn)(struct str name, void *arg, struct err *e), void *arg, struct err *e);
int notice_soonest(struct db *db, int64_t *next, struct err *e);
/* What is taken: of the channel, what is due now, or (not 0) only that notice; until lease. */
struct notice_take {
	int64_t channel, only, now, lease;
};
/* Inside db_write(): the next notice to be sent. Texts in a. 1, 0 none, -1. */
int notice_claim(struct db *db, const struct notice_take *take, struct arena *a, struct notice *out, struct err *e);
/* Inside db_write(): all that wait in its bucket go out with it, but for alarms that are shelved or silenced by now, and what is put off. */
int notice_gather(struct db *db, const struct notice *n, int64_t now, struct err *e);
/* The notice of that number, its texts in a. */
int notice_read(struct db *db, int64_t id, struct arena *a, struct notice *out, struct err *e);
/* The records of those that go out with it, itself included; in a. */
int notice_records(struct db *db, int64_t id, struct arena *a, struct str **out, size_t *n, struct err *e);
/* Files that go with it: fn gets name and data; -1 stops. */
int notice_files(struct db *db, int64_t id, int (*fn)(struct str name, struct str data, void *arg, struct err *e), void *arg, struct err *e);
/* How it ended, or when it is tried again (state waiting, due). *ours is false when another process has taken it since. */
struct notice_end {
	enum notice_state state;
	struct str answer;
	int64_t now, due;
};
int notice_finish(struct db *db, const struct notice *n, const struct notice_end *end, bool *ours, struct err *e);
/* Inside db_write(): what waits from before the epoch is held. */
int notice_hold(struct db *db, int64_t before, int64_t *n, struct err *e);
/* Inside db_write(): it never goes out, if it has not yet. */
int notice_drop(struct db *db, int64_t id, struct err *e);
/* Inside db_write(): from one of two states into waiting (due now, tried as if for the first time) or dropped; id 0: all of them. */
int notice_turn(struct db *db, int64_t id, enum notice_state from, enum notice_state to, int64_t now, int64_t *n, struct err *e);
/* Of notice n: it says that its alarm is there (as its key has it, see route.c), of which nobody is to be told now, or was to be when it ended. */
#define NOTICE_HUSHED(n, now)                                                                                                            \
	n ".kind = 'alarm' AND (" n ".\"key\" LIKE 'alarm:%:raised:%' OR " n ".\"key\" LIKE 'alarm:%:escalated:%'"                       \
	" OR " n ".\"key\" LIKE 'alarm:%:unshelved:%' OR " n ".\"key\" LIKE 'alarm:%:unsuppressed:%')"                                 \
	" AND EXISTS (SELECT 1 FROM alarm h WHERE h.id = " n ".alarm"                                                                    \
	" AND (h.shelved > " now " OR h.suppressed = 1 OR h.cleared IS NOT NULL) AND (h.cleared IS NULL OR EXISTS (SELECT 1 FROM alarm_change y" \
	" WHERE y.alarm_id = h.id AND y.change = 'cleared' AND y.told = 0)))"

/* ---- reminders: repeats and escalations (reminder.c) ---- */

/* Before db_write(); notice_ready() does it. */
int reminder_ready(struct db *db, struct err *e);
/*
 * Of the alarm of a notice (and those of what goes out with it): one is still there and not acknowledged (open), and neither shelved nor silenced nor below the
 * severity of its route (loud). over: none is there. hushed: all that it says is that they are there, and each was shelved or silenced meanwhile. shelved until then, 0: not.
 * severity: the highest. The quiet hours of the route; in a.
 */
struct reminder_wanted {
	bool open, loud, over, hushed;
	int64_t shelved;
	int severity;
	struct str quiet, quiet_over, tz;
};
int reminder_wanted(struct db *db, const struct notice *n, int64_t now, struct arena *a, struct reminder_wanted *out, struct err *e);
/* Inside db_write(): those that wait in its bucket and are loud go out with it. */
int reminder_gather(struct db *db, const struct notice *n, int64_t now, struct err *e);
/* Numbers of those that go out with it, itself included, that are to be told again and whose alarms are open; in a. */
int reminder_next(struct db *db, const struct notice *n, struct arena *a, int64_t **id, size_t *count, struct err *e);
/* Inside db_write(): one that was claimed is put off until then, as if it had not been; or until people are told of the alarm again. */
int reminder_park(struct db *db, const struct notice *n, int64_t until, struct err *e);
int reminder_wake(struct db *db, int64_t alarm, int64_t now, struct err *e);
/* Inside db_write(): those of the route that wait are not sent: they begin anew. */
int reminder_anew(struct db *db, int64_t alarm, int64_t route, int64_t now, struct err *e);
/* Inside db_write(): what the route was to say of the alarm later, it says now, and it alone does not lead to repeats. */
int reminder_rouse(struct db *db, int64_t alarm, int64_t route, int64_t now, struct err *e);

/* ---- lists ---- */

/* Rows for audit/pages.h, the newest last. */
int notice_select(struct db *db, const struct select_ctx *ctx, const struct select *select, int64_t after, int64_t limit, struct stmt **out,
		  struct err *e);

/* ---- the secret of a channel ---- */

/* Append it; nothing when there is none. */
int channel_secret(struct db *db, int64_t channel, struct sb *sb, struct err *e);
/* Inside db_write(): ptr NULL takes it away. */
int channel_secret_set(struct db *db, int64_t channel, struct str secret, int64_t now, struct err *e);
/*
 * Inside db_write(), on an unscoped connection: channels of the organisation whose secret was left behind send nothing until somebody sets it. fn gets the name of
 * each that lives; -1 stops.
 */
int channels_bereft(struct db *db, int64_t org, int (*fn)(struct str name, void *arg, struct err *e), void *arg, struct err *e);

#endif
