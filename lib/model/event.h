/* SPDX-License-Identifier: MIT */
/* What an event is: a record, and as a noun of its own, so that filters of sit-selectors(7) work on it. */
#ifndef SIT_MODEL_EVENT_H
#define SIT_MODEL_EVENT_H

#include "model/entity.h"

enum event_kind { EVENT_STATE_CHANGE, EVENT_ALARM, EVENT_MAINTENANCE, EVENT_SYSTEM, EVENT_USER_ACTION };
/* In their order; NULL at the end. */
extern const char *const event_kind_words[];

/*
 * Fields as they are listed. What happens to alarms is listed among events, kind alarm, without an id, the last but one of the fields only then.
 */
enum { EVENT_ID, EVENT_TS, EVENT_DEVICE, EVENT_KIND, EVENT_SEVERITY, EVENT_MESSAGE, EVENT_SOURCE, EVENT_WHO, EVENT_DATA, EVENT_AT, EVENT_ALARM_ID,
       EVENT_CHANGE, EVENT_RULE, EVENT_ORG, EVENT_N };
extern const struct field event_fields[];
extern const size_t event_count;
extern const struct entity event_entity;

#define EVENT_MESSAGE_MOST 4096 /* bytes */

/* Sources of the toolkit's own events. */
#define EVENT_FROM_STATE "state"   /* a device went online or offline */
#define EVENT_FROM_DEVICE "device" /* a device said so */
#define EVENT_FROM_HAND "hand"	   /* sit-event add */
#define EVENT_FROM_BACKUP "backup"
#define EVENT_FROM_SYSTEM "system" /* something is wrong with the system itself, or is no more (store/trouble.h) */
#define EVENT_FROM_ALARM "alarm" /* something that happened to an alarm; no event row */
/* Messages of EVENT_FROM_STATE. */
#define EVENT_ONLINE "online"
#define EVENT_OFFLINE "offline"

#endif
