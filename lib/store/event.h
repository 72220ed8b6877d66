/* SPDX-License-Identifier: MIT */
/* Events: rows that are only ever added. What happens to alarms (alarm_change) is read with them, in one order. */
#ifndef SIT_STORE_EVENT_H
#define SIT_STORE_EVENT_H

#include "base/time.h"
#include "db/db.h"
#include "model/event.h"
#include "model/rule.h"
#include "model/select.h"

struct event {
	int64_t device, ts, at; /* device 0: none */
	enum event_kind kind;
	enum severity severity;
	const char *source;	 /* EVENT_FROM_... */
	struct str message, data; /* data: a JSON object; from here on ptr NULL: none */
	struct str who;
	int64_t org;		 /* 0: the organisation written to */
};

/* Before db_write(), and before reading. */
int event_ready(struct db *db, struct err *e);
/* Inside db_write(): keep it. Notices of it are made (told) when it is a warning or worse. */
int event_add(struct db *db, const struct event *v, struct err *e);
/* The same, unless the inbox has a message of kind "event" of the device with this digest already. */
int event_add_once(struct db *db, const struct event *v, const char *digest, struct err *e);
/* Likewise, of each organisation that is below no other: of the store as a whole. */
int event_add_everywhere(struct db *db, const struct event *v, struct err *e);

/*
 * What is read: columns of event_fields (device and org by name, ORG/NAME for a device of another organisation), and behind them the ids of the row
 * and of the device; its type, its gateway and its asset, ids and names. NULL: none.
 */
enum { EVENT_ROW_ID = EVENT_N, EVENT_DEVICE_ID, EVENT_TYPE, EVENT_GATEWAY_ID, EVENT_GATEWAY, EVENT_ASSET_ID, EVENT_ASSET, EVENT_COLUMNS };
struct event_ask {
	const struct select_ctx *ctx; /* with select, over event_entity */
	const struct select *select;  /* NULL: all */
	struct range range;	      /* of ts */
	int64_t device;		      /* 0: any */
	bool state;		      /* only of devices that go online or offline */
	bool alarms;		      /* rows of alarm_change, else of event */
	bool committed;		      /* in the order in which they were committed, which is that of ids; else of time, then id */
	int64_t after_ts, after_id;   /* only rows behind this one in that order */
	int64_t upto;		      /* only ids up to this one; 0: any */
	int64_t limit;
};
/* The caller frees the statement. */
int event_rows(struct db *db, const struct event_ask *ask, struct stmt **out, struct err *e);
/*
 * Changes of alarms with ids behind after, in the order in which they were committed: columns ts alarm rule device datapoint change severity value threshold why flaps
 * message who org, then id, device's id, at. The caller frees the statement.
 */
enum { CHANGE_ORG = 13, CHANGE_ID, CHANGE_DEVICE_ID, CHANGE_AT, CHANGE_COLUMNS };
int event_changes(struct db *db, int64_t after, int64_t limit, struct stmt **out, struct err *e);
/* Alarms of the device that were there in the range, oldest first: id, rule, severity, raised, cleared (NULL: not), message. The caller frees the statement. */
int event_alarms(struct db *db, int64_t device, const struct range *r, struct stmt **out, struct err *e);
/* The highest id of each. */
int event_newest(struct db *db, int64_t *event, int64_t *change, struct err *e);

#endif
