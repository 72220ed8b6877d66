/* SPDX-License-Identifier: MIT */
/*
 * What rules say of devices, as rows: states that are judged with (alarm_state), alarms, and what happened to them (alarm_change, only ever added to). How they
 * are judged is alarm/judging.h.
 */
#ifndef SIT_STORE_ALARM_H
#define SIT_STORE_ALARM_H

#include "base/arena.h"
#include "base/time.h"
#include "db/db.h"

/* What db_watch() listens to, to hear of alarm changes and events. */
#define ALARM_CHANNEL "alarms"
#define ALARM_NEVER INT64_MAX /* an instant that does not come */

/* Where the organisation's alarms are: numbers that grow by one with each transaction that wrote states, and with each that changed what rules are read from. */
struct alarm_head {
	int64_t seq, rules, swept;
};
/* A state; texts are valid until the next step. */
struct alarm_state {
	int64_t device, rule, seq, due, alarm; /* due ALARM_NEVER; alarm 0: there was none yet */
	bool inhibited;
	struct str form, text;
};
/* A rule's place: which devices it is about. */
struct alarm_rule {
	int64_t id, model, device, overrides; /* 0: none */
	int64_t since; /* it is what it is */
};
/* A device as rules see it. */
struct alarm_device {
	int64_t id, model, gateway, asset; /* 0: none */
	int64_t since; /* it has the rules that it has, as far as that is its own doing */
	bool enabled;
	struct str name, tz; /* tz empty: its site has none */
};
/* An alarm as it is once something happened to it. Instants ALARM_NEVER: not. Texts ptr NULL: none. */
struct alarm_row {
	int64_t id, device, rule, number, raised, cleared, acked, shelved, flaps;
	bool suppressed, flapping;
	const char *severity, *why;
	struct str rule_name, datapoint, acked_by, value, threshold, message;
};
/* What happened. told: notices of it are not to be made. */
struct alarm_change {
	int64_t alarm, ts, at, flaps;
	const char *change, *severity, *why;
	struct str value, message, who, note;
	bool told;
};

/* Lists of devices of the organisation written to, each once. */
enum alarm_list {
	ALARM_OF_GATEWAY, /* a: living ones behind this device */
	ALARM_OF_ASSET,	  /* a: living ones of this asset */
	ALARM_OF_MODEL,	  /* a: living, enabled ones of this model, without those on which another rule stands in for rule b */
	ALARM_SINCE,	  /* with states that were written after the transaction of number a */
	ALARM_DUE,	  /* with a state that is due by a, the longest waiting first, at most b */
	ALARM_INHIBITED,  /* with a state that is inhibited */
	ALARM_WATCHED,	  /* with states of rule a; 0: of any */
	ALARM_LISTS
};
struct ids {
	int64_t *v;
	size_t n, cap;
};
static inline void ids_done(struct ids *i)
{
	free(i->v);
	*i = (struct ids){ NULL, 0, 0 };
}

/* Before db_write(), and before any of these. */
int alarm_ready(struct db *db, struct err *e);

/* Of the organisation written to: 1, 0 nothing was ever judged, -1. */
int alarm_head_read(struct db *db, struct alarm_head *h, struct err *e);
/* Inside db_write(): the next number of a transaction that writes states. */
int alarm_head_next(struct db *db, int64_t *seq, struct err *e);
/* Inside db_write(): rules, or devices that they are about, have changed. */
int alarm_head_rules(struct db *db, struct err *e);
/* Inside db_write(): all devices have states for rules as they were at that number. */
int alarm_head_swept(struct db *db, int64_t rules, struct err *e);

/* Each rule that is in force in the organisation written to: fn -1 stops. */
int alarm_rules(struct db *db, int (*fn)(const struct alarm_rule *r, void *arg, struct err *e), void *arg, struct err *e);
/* The living device, its texts in a: 1, 0, -1. */
int alarm_device(struct db *db, int64_t id, struct arena *a, struct alarm_device *d, struct err *e);
/* Alarms of the rule on the device that began in the range and that somebody acknowledged: fn gets when each was (INT64_MAX: it still is). */
int alarm_acknowledged(struct db *db, int64_t device, int64_t rule, const struct range *range, int (*fn)(const struct range *at, void *arg, struct err *e), void *arg,
		       struct err *e);
/* Inside db_write(): a rule, or a device, is watched for the first time as it is from now on. */
int alarm_rule_since(struct db *db, int64_t rule, int64_t now, struct err *e);
int alarm_device_since(struct db *db, int64_t device, int64_t now, struct err *e);
/* The rule is there no more: if it stood in for another on its device, that one begins there. */
int alarm_override_over(struct db *db, int64_t rule, int64_t now, struct err *e);
/* The text of a device's custom field; *found false: it has none. */
int alarm_field(struct db *db, int64_t device, struct str field, struct sb *text, bool *found, struct err *e);

/* States of a device: fn gets each, without seq and inhibited, which only queries look at. */
int alarm_states(struct db *db, int64_t device, int (*fn)(const struct alarm_state *s, void *arg, struct err *e), void *arg, struct err *e);
/* The list, in place of what out holds; the caller's to end with ids_done(). */
int alarm_devices(struct db *db, enum alarm_list which, int64_t a, int64_t b, struct ids *out, struct err *e);
/* The soonest due of the organisation written to; ALARM_NEVER. */
int alarm_soonest(struct db *db, int64_t *due, struct err *e);
/* Inside db_write(): write a state. */
int alarm_state_put(struct db *db, const struct alarm_state *s, struct err *e);
/* The highest number that an alarm of the rule on the device has had; 0. */
int alarm_last(struct db *db, int64_t device, int64_t rule, int64_t *number, struct err *e);

/* Inside db_write(): a new alarm gets its id; another is changed to what the row says (acked and message stay where the row has none, who it is assigned to always). */
int alarm_add(struct db *db, struct alarm_row *a, struct err *e);
int alarm_update(struct db *db, const struct alarm_row *a, struct err *e);
int alarm_change_add(struct db *db, const struct alarm_change *c, struct err *e);
/*
 * Inside db_write(): the rule on the device is no more, or is another now (0: on any device; of any rule): its open alarms end then, why=rule, and its states go.
 */
int alarm_settle(struct db *db, int64_t device, int64_t rule, int64_t ts, struct err *e);
/* Inside db_write(): nothing is left of the device's alarms and events. */
int alarm_purge(struct db *db, int64_t device, struct err *e);

#endif
